"""The meaning of HTML elements: which are blocks, invisible or pictures, and what their attributes tell. Pure."""

import re
from collections.abc import Mapping

from fxtrack.extract.characters import sign_of
from fxtrack.extract.styles.hidden import CLOSED, SEEN, STRUCK, UNSURE, is_moved, look_of, may_hide
from fxtrack.extract.text.lines import CELL, FENCE, LINE, SPACE
from fxtrack.extract.text.signs import Scope, is_withdrawn, scope_of

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "marquee", "menu", "nav", "ol", "p",
    "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_UNSEEN = frozenset({
    "applet", "audio", "canvas", "datalist", "head", "iframe", "map", "math", "meter", "noembed", "noframes",
    "noscript", "object", "option", "progress", "rp", "script", "select", "style", "svg", "template", "textarea",
    "title", "video",
})  # fmt: skip
VOID = frozenset({
    "area", "base", "br", "col", "embed", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
TEXTLESS = VOID | _UNSEEN | STRUCK
_MEANING = frozenset({
    "a", "abbr", "bdo", "button", "cite", "data", "dfn", "ins", "kbd", "label", "mark", "output", "q", "rt", "samp",
    "small", "time", "var",
})  # fmt: skip
"""Elements whose digits are not part of a number beside them, unlike those of <b>."""

RARE = TEXTLESS | _MEANING | CLOSED
PICTURES = frozenset({
    "img", "embed", "svg", "canvas", "object", "video", "math", "iframe", "meter", "progress",
})  # fmt: skip
LOGGED = frozenset({"source", "input"})
"""Elements without text that may show or choose a picture."""

LEAVING = frozenset({"color", "size", "lang", "title", "translate"})
"""Attributes that leave a text where it stands."""

CONTROLS = frozenset({"input", "textarea", "select"})
"""Elements that show a value of their own, which no text of the page is."""

DRAWN = frozenset({"svg", "math"})
"""Elements whose text is shown, in a place of its own."""

NEVER_HIDDEN = frozenset({"html", "body"})
"""Elements that no style sheet hides: a page that hides itself has a script that shows it."""

_FONT = re.compile(r"font(?:-family)?\s*:", re.IGNORECASE)
_TURNS = re.compile(r"rotat|flip|(?<!text-)transform|scale[xy]?(?:-y-|-x-)?\(?\s*-|turned|invert|upside", re.IGNORECASE)
_DOTS = frozenset({"0", "1"})  # sizes of pictures that only count visitors
COUNTED = frozenset({"time", "pre"})
"""Elements whose number of open ones matters to the text within."""

MARK_OF = {
    **dict.fromkeys(BLOCKS, LINE), "article": FENCE,
    **dict.fromkeys(("td", "th", "dd"), CELL), **dict.fromkeys(("sup", "sub"), SPACE),
}  # fmt: skip
SAYING = frozenset({"style", "hidden", "popover", "aria-hidden", "face"})
"""Attributes that `meaning_of` reads; it also reads classes, which many elements have."""


NOTHING_SAID: tuple[Scope | None, int, bool] = (None, SEEN, False)
"""The meaning of attributes that tell nothing."""


def meaning_of(attributes: Mapping[str, str]) -> tuple[Scope | None, int, bool]:
    """Return what the attributes of an element mean: its direction, whether it is seen, whether it is a copy."""
    style, classes = attributes.get("style", ""), attributes.get("class", "")
    seen = look_of(style, hidden=has_hiding_attribute(attributes))
    return (
        scope_of(classes, style),
        UNSURE if seen == SEEN and classes and may_hide(classes) else seen,
        attributes.get("aria-hidden", "").strip().lower() == "true",
    )


def has_hiding_attribute(attributes: Mapping[str, str]) -> bool:
    """Return whether attributes hide an element unless a style displays it."""
    return "hidden" in attributes or "popover" in attributes


def stands_apart(attributes: Mapping[str, str]) -> bool:
    """Return whether digits of an element never join those beside it: it has a font, a withdrawn text, or is moved.

    Symbols for arrows may be written as digits in a font of their own.
    """
    style = attributes.get("style", "")
    return (
        "face" in attributes
        or is_withdrawn(attributes.get("class", ""))
        or (style != "" and (_FONT.search(style) is not None or is_moved(style)))
    )


def is_turned(text: str, attributes: Mapping[str, str], scope: Scope | None) -> bool:
    """Return whether a text is an arrow whose element turns it, or says the opposite direction."""
    sign = sign_of(text[0]) if text and not text[0].isalnum() else None
    if sign not in {"-", "^"}:
        return False
    if scope and scope.word and (scope.word > 0) != (sign == "^"):
        return True
    return _TURNS.search(f"{attributes.get('class', '')} {attributes.get('style', '')}") is not None


def is_picture(tag: str, attributes: Mapping[str, str]) -> bool:
    """Return whether an element is a visible picture, not a dot that counts visitors."""
    shown = tag in PICTURES or (tag == "input" and attributes.get("type") == "image")
    return shown and _DOTS.isdisjoint(map(attributes.get, ("width", "height")))
