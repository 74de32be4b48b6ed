"""Decides by tag, attributes and inline style which elements are invisible. Pure.

An element is hidden if HTML hides it (``hidden``, ``popover``, a closed ``dialog``), if its inline style does (not
displayed, invisible, transparent, of no size, clipped, far off the screen), or if it is struck out, since that text was
withdrawn. The module `css` reads the style sheets of a page.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

STRUCK = frozenset({"del", "s", "strike"})
CLOSED = frozenset({"dialog", "details"})
"""Elements that show their content only with the attribute ``open``; details always show their summary."""

_KEPT_CHARS = 1_024
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{1,6})\s?|\\(.)", re.DOTALL)
_ZERO = r"[+-]?0*\.?0*(?:px|em|rem|pt|%|vh|vw)?"
_FAR = r"-(?:[0-9]{4,}(?:\.[0-9]*)?(?:px|pt)?|[0-9]{3,}(?:\.[0-9]*)?(?:em|rem|%|vw|vh))"
_HIDING = {
    name: re.compile(value)
    for names, value in (
        ("display", "none"),
        ("visibility", "hidden|collapse"),
        ("content-visibility", "hidden"),
        ("opacity", r"0*\.?0*%?"),
        ("font-size", _ZERO),
        ("color", r"transparent|rgba\(.*[,/] ?0*\.?0*%?\)|hsla\(.*[,/] ?0*\.?0*%?\)|#[0-9a-f]{3}0|#[0-9a-f]{6}00"),
        ("text-indent left top right bottom margin-left margin-top", _FAR),
        ("clip", r"rect\((?:[01]px|0|auto)?(?:[, ]+(?:[01]px|0)){3}\)"),
        ("clip-path", r"inset\((?:50|100)%.*\)|circle\(0.*\)"),
        ("transform", rf"scale(?:3d|x|y)?\(0(?:[, ].*)?\)|translate(?:x|y|3d)?\((?:.*, ?)?{_FAR}.*\)"),
    )
    for name in names.split()
}
_NO_SIZE = re.compile(_ZERO)
_STRIKING = frozenset({"text-decoration", "text-decoration-line"})
SIZES = ("width", "height", "max-width", "max-height")
DECIDING = frozenset({*_HIDING, *_STRIKING, *SIZES, "overflow", "direction", "unicode-bidi"})
"""Properties that may hide an element."""


def hidden_by_style(style: str) -> bool:
    """Return whether an inline style hides its element or strikes it out, cached: a site has few styles."""
    return bool(style) and (_kept(style) if len(style) <= _KEPT_CHARS else _hides(style))


def _hides(style: str) -> bool:
    return hides(_declarations(style))


def hides(said: Mapping[str, str]) -> bool:
    """Return whether values of properties, by name, hide an element or strike it out."""
    if any(name in said and pattern.fullmatch(said[name]) for name, pattern in _HIDING.items()):
        return True
    if any("line-through" in said.get(name, "") for name in _STRIKING):
        return True
    if said.get("direction") == "rtl" and "override" in said.get("unicode-bidi", ""):
        return True  # shown from its end, as no number is
    no_size = any(_NO_SIZE.fullmatch(said.get(name, "auto")) for name in SIZES)
    return no_size and said.get("overflow", "visible") in {"hidden", "clip"}


_kept = lru_cache(maxsize=1024)(_hides)


def _declarations(style: str) -> dict[str, str]:
    """Return the properties that a style sets, in lower case, without comments and escapes; the last one counts."""
    text = _ESCAPE.sub(_unescaped, _COMMENT.sub("", style)).lower()
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip(): " ".join(value.replace("!important", "").split()) for name, _, value in pairs if value}


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else 0
    return chr(code) if 0 < code <= 0x10FFFF else found[2] or ""  # noqa: PLR2004 -- the last code of Unicode
