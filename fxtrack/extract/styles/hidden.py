"""Decides by attributes and styles which elements are invisible. Pure.

An element is hidden that HTML hides (``hidden``, ``popover``, a closed ``dialog``), or whose inline style does
(not displayed, invisible, transparent, of no size, clipped, far off the screen), and so is struck-out text, which was
withdrawn. The module `css` reads the style sheets of a page. A class whose usual style sheet hides or strikes its text
(``sr-only``, ``line-through``) leaves open whether a reader sees it, and so does text that runs from right to left.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

STRUCK = frozenset({"del", "s", "strike"})
CLOSED = frozenset({"dialog", "details"})
"""Elements that show their content only with the attribute ``open``; details always show their summary."""

SEEN, UNSEEN, UNSURE = 0, 1, 2
"""Whether a reader sees an element: surely, surely not, or possibly."""

_KEPT_CHARS = 1_024
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{1,6})\s?|\\(.)", re.DOTALL)
_CALC = re.compile(r"calc\(\s*([^()\s]+)\s*\)")
_UNIT = "(?:px|em|rem|pt|%|vh|vw)?"
_ZERO = rf"[+-]?0*\.?0*{_UNIT}"
_TINY = rf"(?:{_ZERO}|0*(?:\.[0-9]+|1(?:\.0*)?)(?:px|pt)|0*\.0[0-9]*(?:em|rem))"
_FAR = r"-(?:[0-9]{4,}(?:\.[0-9]*)?(?:px|pt)?|[0-9]{3,}(?:\.[0-9]*)?(?:em|rem|%|vw|vh))"
_SOME_FAR = rf"(?:.* )?{_FAR}(?: .*)?"
_NOTHING = r"0*\.?0*%?"
_FAINT = rf"{_NOTHING}|0*\.0[0-9]*|[0-4](?:\.[0-9]*)?%|[0-9.]+e-[0-9]+"
_CLEAR = (
    rf"transparent|(?:rgba|hsla)\(.*[,/] ?{_NOTHING} ?\)|(?:rgb|hsl)\((?:.*/ ?|(?:[^,]*,){{3}} ?){_NOTHING} ?\)"
    r"|#[0-9a-f]{3}0|#[0-9a-f]{6}00"
)
_FLAT = r"matrix\((?:0, ?){4}.*\)|rotate[xy]\(-?(?:90|270)deg\)"
_OFFSETS = frozenset({"left", "top", "right", "bottom", "inset", "inset-inline-start", "inset-block-start"})
_HIDING = {
    name: re.compile(value)
    for names, value in (
        ("display", "none"),
        ("visibility", "hidden|collapse"),
        ("content-visibility", "hidden"),
        ("opacity", _FAINT),
        ("filter", rf".*opacity\((?:{_FAINT})\).*"),
        ("font-size", _TINY),
        ("font", rf"(?:.* )?{_TINY}(?:/\S+)? .+"),
        ("color -webkit-text-fill-color", _CLEAR),
        (f"text-indent margin margin-left margin-top translate {' '.join(sorted(_OFFSETS))}", _SOME_FAR),
        ("clip", r"rect\((?:[01]px|0|auto)?(?:[, ]+(?:[01]px|0)){3}\)"),
        ("clip-path", rf"circle\(0.*\)|polygon\((?:{_ZERO}[, ]*)+\)"),
        ("scale", rf"{_NOTHING}(?: .*)?"),
        (
            "transform",
            rf"scale(?:3d|x|y)?\(0(?:[, ].*)?\)|translate(?:x|y|3d)?\((?:.*, ?)?{_FAR}.*\)|{_FLAT}",
        ),
    )
    for name in names.split()
}
_TEXT_ONLY = frozenset({"visibility", "font-size", "font", "color", "-webkit-text-fill-color"})
"""Properties that an element within may set anew."""

_RELATIVE = re.compile(r"inherit|unset|[0-9.]+(?:em|%)|currentcolor|larger|smaller")
_INSET = re.compile(r"inset\(([^()]*?)(?: round .*)?\)")
_PERCENT = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,5})?%")
_WHOLE = 100  # percent
_SIDES = 4
_NO_SIZE = re.compile(_TINY)
_STRIKING = frozenset({
    "text-decoration", "text-decoration-line", "-webkit-text-decoration", "-webkit-text-decoration-line",
})  # fmt: skip
_DISPLAYS = re.compile(
    r"none|(?:inline-|block |inline )?(?:block|flex|grid|table|flow-root|flow)|inline|table-[a-z-]+|list-item|contents"
    r"|run-in|ruby.*|math|inherit|initial|unset|revert|revert-layer|-.*|.*var\(.*"
)
SIZES = (
    "width", "height", "max-width", "max-height", "block-size", "inline-size", "max-block-size", "max-inline-size",
    "line-height",
)  # fmt: skip
_OVERFLOWS = ("overflow", "overflow-x", "overflow-y")
_BEHIND = ("background", "background-color")
_CLIPPED = ("background-clip", "-webkit-background-clip")
TOGETHER = (
    (frozenset(SIZES) | {"text-indent"}, frozenset(_OVERFLOWS)),
    (_OFFSETS, frozenset({"position"})),
    (frozenset({"color", "-webkit-text-fill-color"}), frozenset({*_BEHIND, *_CLIPPED})),
    (frozenset({"unicode-bidi"}), frozenset({"direction"})),
)
"""Properties that hide an element together with others."""

DECIDING = frozenset({*_HIDING, *_STRIKING, *SIZES}).union(*[one | others for one, others in TOGETHER])
"""Properties that may hide an element."""

_TURNING = re.compile(r"rotat|skew|matrix|scale[xy3d]*\([^)]*-|^-?[0-9.]+(?:deg|turn|rad|grad)|^.*-[0-9.]")
TURNING = frozenset({"transform", "rotate", "scale"})
_HARMLESS = frozenset({
    "color", "background", "background-color", "font-weight", "font-style", "text-decoration", "text-transform",
    "cursor", "transition", "text-shadow", "white-space", "line-height", "text-align", "box-sizing", "list-style",
    "opacity", "visibility", "direction", "outline", "overflow", "z-index", "user-select", "letter-spacing",
    "font-size",    "font-variant-numeric", "font-feature-settings", "-webkit-font-smoothing", "border-color",
    "animation", "will-change", "text-rendering", "text-decoration-line", "-webkit-text-decoration", "unicode-bidi",
})  # fmt: skip
"""Properties that leave a text where it stands; `moves` looks at the values of some."""

_STAYS = re.compile(r"0[a-z]*|0(?: 0)+|inline|static|none|normal|baseline|middle|auto|inherit|initial|unset|visible")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_HIDES = frozenset({
    "hidden", "invisible", "hide", "sr", "visuallyhidden", "screenreader", "reader", "offscreen", "nodisplay", "strike",
    "struck", "strikeout", "strikethrough", "linethrough", "through", "crossed", "crossout", "del", "deleted",
})  # fmt: skip
_AROUND = frozenset({
    "is", "u", "text", "only", "visually", "element", "screen", "a", "11", "y", "out", "line", "decoration", "js",
    "off",    "accessibility", "assistive", "for", "tw", "utility", "c", "util",
})  # fmt: skip
_NO_DISPLAY = frozenset({"d-none", "display-none", "opacity-0", "no-display", "u-none"})
"""Words of classes, and whole ones, whose usual style sheet hides or strikes out their text."""

_SHOWN_FROM = re.compile(
    r"(?:^|\s)(?:d-(?:sm|md|lg|xl|xxl)-(?!none)\w|\w+:(?:!)?(?:block|inline|flex|grid|table|visible))"
)


def look_of(style: str, *, hidden: bool = False) -> int:
    """Return whether a reader sees an element with an inline style, cached: a site has few styles.

    Args:
        style: its style.
        hidden: whether its attributes hide it unless its style displays it.
    """
    if not style:
        return UNSEEN if hidden else SEEN
    return _kept(style, hidden) if len(style) <= _KEPT_CHARS else _look(style, hidden)


def _look(style: str, hidden: bool) -> int:
    return look({**({"display": "none"} if hidden else {}), **inline_values(style)})


_kept = lru_cache(maxsize=1024)(_look)


def look(said: Mapping[str, str]) -> int:
    """Return whether a reader sees an element by values of properties, by name."""
    if hiding(said):
        return UNSEEN
    if said.get("direction") == "rtl" and "override" in said.get("unicode-bidi", ""):
        return UNSURE  # shown from its end, as no number is
    return UNSURE if any("var(" in said.get(name, "") for name in ("display", "visibility")) else SEEN


def hiding(said: Mapping[str, str]) -> set[str]:
    """Return the names of the properties that hide an element or strike it out."""
    found = {name for name, value in said.items() if name in _HIDING and _HIDING[name].fullmatch(value)}
    if said.get("position", "static") == "static":
        found -= _OFFSETS
    if any("text" in said.get(name, "") for name in _CLIPPED):  # shows the background in the form of the text
        found -= {"color", "-webkit-text-fill-color"}
    found |= {name for name in _STRIKING if "line-through" in said.get(name, "")}
    if "color" in said and said["color"] in (said.get(name) for name in _BEHIND):
        found.add("color")
    if (inset := _INSET.fullmatch(said.get("clip-path", ""))) and _cuts_all(inset[1]):
        found.add("clip-path")
    if any(word in said.get(name, "") for name in _OVERFLOWS for word in ("hidden", "clip")):
        found |= {name for name in SIZES if _NO_SIZE.fullmatch(said.get(name, "auto"))}
        if said.get("text-indent") == "100%":
            found.add("text-indent")
    return found


def _cuts_all(sides: str) -> bool:
    parts = [float(part[:-1]) if _PERCENT.fullmatch(part) else 0.0 for part in sides.split()]
    if not parts or len(parts) > _SIDES:
        return False
    top, right, bottom, left = (parts * _SIDES)[:_SIDES] if len(parts) < _SIDES - 1 else [*parts, parts[1]][:_SIDES]
    return top + bottom >= _WHOLE or left + right >= _WHOLE


def lost_text(said: Mapping[str, str]) -> frozenset[str]:
    """Return the properties that hide the text of an element unless one within sets them; empty if others hide it."""
    found = hiding(said)
    return frozenset(found) if found <= _TEXT_ONLY else frozenset()


def restores(said: Mapping[str, str], lost: frozenset[str]) -> bool:
    """Return whether an element sets anew the properties that hide the text around it."""
    names = {"font-size" if name == "font" else name for name in lost}
    given = {name: said.get(name, said.get("font", "inherit") if name == "font-size" else "inherit") for name in names}
    return not hiding(said) and not any(_RELATIVE.fullmatch(value) for value in given.values())


def turns(said: Mapping[str, str]) -> bool:
    """Return whether an element is turned or mirrored."""
    return any(_TURNING.search(said[name]) for name in TURNING if name in said)


@lru_cache(maxsize=1024)
def is_moved(style: str) -> bool:
    """Return whether an inline style moves its text away from the text beside it."""
    return len(style) <= _KEPT_CHARS and moves(inline_values(style))


def moves(said: Mapping[str, str]) -> bool:
    """Return whether values of properties move a text away from the text beside it."""
    return any(
        name not in _HARMLESS and not name.startswith("--") and not _STAYS.fullmatch(value)
        for name, value in said.items()
    )


@lru_cache(maxsize=1024)
def may_hide(classes: str) -> bool:
    """Return whether a class usually hides or strikes out its text, whatever the style sheet says."""
    if len(classes) > _KEPT_CHARS or _SHOWN_FROM.search(classes):
        return False
    return any(name in _NO_DISPLAY or _is_hiding({*map(str.lower, _PARTS.findall(name))}) for name in classes.split())


def _is_hiding(parts: set[str]) -> bool:
    return not parts.isdisjoint(_HIDES) and parts <= _HIDES | _AROUND


def inline_values(style: str) -> dict[str, str]:
    """Return the properties that a style sets, in lower case, without comments and escapes, as a browser takes them."""
    given, important = declared(style)
    return given | important


def declared(style: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the ordinary and the important properties of an inline style; the last one of each counts."""
    text = _ESCAPE.sub(_unescaped, _COMMENT.sub("", style)).lower()
    values: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for name, value, is_important in _pairs(text):
        if is_valid(name, value):
            values[is_important][name] = value
    return values


def _pairs(text: str) -> Iterator[tuple[str, str, bool]]:
    for part in text.split(";"):
        name, _, value = part.partition(":")
        plain = " ".join(value.replace("!important", "").replace("! important", "").split())
        if plain:
            yield name.strip(), uncalculated(plain), "important" in value and "!" in value


def uncalculated(value: str) -> str:
    """Return a value without the marks of a calculation around a single number."""
    return _CALC.sub(r"\1", value) if "calc(" in value else value


def is_valid(name: str, value: str) -> bool:
    """Return whether a browser takes a value; one that it does not know leaves the one before."""
    return name != "display" or _DISPLAYS.fullmatch(value) is not None


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else 0
    return chr(code) if 0 < code <= 0x10FFFF else found[2] or ""  # noqa: PLR2004 -- the last code of Unicode
