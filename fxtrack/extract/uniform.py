"""Finds percentages that all stand under one class or colour of an unknown meaning. Pure.

A page may print falls without a sign and mark them by a class (``ng``) or a colour alone. On a day on which all rates
fall, every entry then has the same markup. So the class or colour of a percentage is uncertain if neither its rate nor
its pair has it, unless it is grey or a word that only says what the element is. Words for a direction and the names of
colours in classes are read by the module `signs`.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from fxtrack.extract.characters import DOWN_ARROWS, MINUS
from fxtrack.extract.text.signs import AROUND, PARTS, WORDS, names_fall, says_any

NEUTRAL = frozenset({
    "odd", "even", "alt", "alternate", "first", "last", "active", "current", "selected", "item", "row", "cell", "col",
})  # fmt: skip
"""Parts of classes that say where an element stands."""

# Parts of classes that say what an element is or how it is set.
_KINDS = NEUTRAL | AROUND | frozenset({
    "chg", "rates", "column", "td", "th", "tr", "li", "span", "div", "box", "wrap", "wrapper", "inner", "outer",
    "block", "inline", "flex", "grid", "right", "left", "center", "align", "small", "big", "large", "xs", "sm", "md",
    "lg", "xl", "nowrap", "mono", "numeric", "digits", "font", "size", "label", "data", "info", "main", "list", "table",
    "mark", "percents", "perc", "daily", "day", "variation", "var", "difference", "movement", "move", "quotes",
    "ps", "pl", "pr", "px", "py", "ml", "mr", "mx", "my", "e", "js", "el", "second", "third", "muted", "light",
    "secondary", "note", "entry", "fw", "strong", "em", "b", "i", "c", "p",
})  # fmt: skip
_MOVING = frozenset({"dropdown", "drop", "slide", "scroll"})  # beside these, `down` says nothing of a rate
_STYLE = re.compile(
    r"(?:^|;)\s*(?:background-)?color\s*:\s*([^;!]+)|(?:^|;)\s*background(?:-image)?\s*:\s*(url[^;!]+)", re.IGNORECASE
)
_GREY = frozenset({
    "black", "white", "gray", "grey", "silver", "darkgray", "darkgrey", "lightgray", "lightgrey", "dimgray", "dimgrey",
    "gainsboro", "whitesmoke", "slategray", "slategrey", "inherit", "initial", "unset", "currentcolor", "transparent",
})  # fmt: skip
_HEX = re.compile(r"#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGB = re.compile(r"rgba?\(\s*([0-9]{1,3})[\s,]+([0-9]{1,3})[\s,]+([0-9]{1,3})\b[^)]*\)")
_KEPT_CHARS = 256
_SHORT_HEX = 4  # digits, with one for the opacity
_TINT = 40  # of 255: how far the parts of a grey may differ
_NEGATIVE = re.compile(rf"(?<![\w)])[{MINUS}{DOWN_ARROWS}]\s?[0-9.]")
_MARKED = re.compile(rf"['\"][^'\"]*[{MINUS}{DOWN_ARROWS}]")
_SHOWN = frozenset({"img", "source", "use", "image", "input", "object", "embed"})
_WORD = re.compile(r"[^\W\d_]+")
_ANY_ATTRIBUTE = re.compile(r"\s([^\s=>\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
_ATTRIBUTE = re.compile(r"\s(class|style|color|bgcolor)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)


def telling(attributes: Mapping[str, str]) -> set[str]:
    """Return the classes and colours of an element that may tell a direction."""
    found = {word for word in attributes.get("class", "").split() if _may_tell(word)}
    colours = [
        attributes.get("color", ""),
        attributes.get("bgcolor", ""),
    ]
    colours += [one or other for one, other in _STYLE.findall(attributes.get("style", ""))]
    return found | {colour for text in colours if (colour := text.strip().lower()) and not _is_grey(colour)}


def tells(tags: Iterable[str]) -> bool:
    """Return whether a start tag, as printed, may tell a direction."""
    for tag in tags:
        if falls_in(tag):
            return True
        given = {name.lower(): one or two or three for name, one, two, three in _ATTRIBUTE.findall(tag)}
        if given and telling(given):
            return True
    return False


def says_fall(name: str, value: str, tag: str = "") -> bool:
    """Return whether an attribute other than a class has a negative number, or a word for a fall, also as its name.

    The address of a picture counts, that of a link does not.
    """
    if name == "style":
        return "list-style" in value and _MARKED.search(value) is not None
    if name == "class" or (name in {"href", "src"} and tag not in _SHOWN):
        return False
    words = [*_WORD.findall(name.lower()), *_WORD.findall(value.lower())]
    return _NEGATIVE.search(value) is not None or any(WORDS.get(word) == -1 for word in words)


def says_fall_in(tag: str) -> bool:
    """Return the same of any attribute of a start tag, as printed."""
    name = tag[1:].split(maxsplit=1)[0].lower() if tag[1:2].isalpha() else ""
    return any(
        says_fall(given.lower(), one or two or three, name) for given, one, two, three in _ANY_ATTRIBUTE.findall(tag)
    )


def falls_in(tag: str) -> bool:
    """Return whether a start tag, as printed, says that something fell, also by its class."""
    if tag.startswith("</"):
        return False
    return _kept_falls(tag) if len(tag) <= _KEPT_CHARS else _falls(tag)


def _falls(tag: str) -> bool:
    if says_fall_in(tag):
        return True
    classes = [one or two or three for name, one, two, three in _ATTRIBUTE.findall(tag) if name.lower() == "class"]
    return any(names_fall(word) for given in classes for word in given.split())


_kept_falls = lru_cache(maxsize=1024)(_falls)


def _may_tell(word: str) -> bool:
    parts = {part.lower() for part in PARTS.findall(word)}
    if not parts:
        return _WORD.search(word) is not None  # in other letters
    return not says_any(word) and (not parts & _MOVING or parts == {"drop"}) and not parts <= _KINDS


def _is_grey(colour: str) -> bool:
    if colour in _GREY:
        return True
    if found := _HEX.fullmatch(colour):
        digits = found[1]
        width = 1 if len(digits) <= _SHORT_HEX else 2
        parts = [int(digits[n * width : (n + 1) * width] * (3 - width), 16) for n in range(3)]
    elif found := _RGB.fullmatch(colour):
        parts = [int(part) for part in found.groups()]
    else:
        return False
    return max(parts) - min(parts) <= _TINT
