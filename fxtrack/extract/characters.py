"""Classes of characters and patterns that reading text and reading a ticker share. Pure.

Constants in capitals are strings for use in a regular expression: those named after characters go within [...].
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

DecimalMark = Literal["point", "comma"]

BLANK = r"[^\S\n]"
"""White space within a line, no-break and thin spaces included."""

PAIR = r"[A-Z]{3}/[A-Z]{3}"
GAP = r"\s{0,16}"  # bounded, so that a hostile page cannot slow down a search
NUMBER = r"[0-9][0-9.,'\u2019\u00a0\u202f\u2009]{0,40}"
"""Anything that looks like a number, with any group separators; `number` is exact."""

DOWN_ARROWS, UP_ARROWS = "▼▽▾🔻⬇↓↘⇩", "▲△▴🔺⬆↑↗⇧"
"""The arrows that patterns look for; `sign_of` knows all."""

DASHES = "-\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d"
MINUS = re.escape(DASHES)
ARROWS = DOWN_ARROWS + UP_ARROWS
SIGNS = re.escape("+" + DASHES + ARROWS)
PERCENT = "%\uff05\ufe6a\u066a"
LOST = "\ufffd"
"""The replacement character: a bullet that could not be decoded if it stands apart, else any part of a number."""

BULLETS = "•·∙●○◦‣\u2043▪▫■□▸►◆|" + LOST
"""Bullets in any position."""

LOOSE_BULLETS = "*>\u2014" + DASHES
"""Characters that are bullets if they stand alone, and signs or parts of words elsewhere."""

WHITE = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
APART = WHITE + BULLETS
"""Characters that separate entries, for `str.strip`."""

STILL = "=►▶•●◆■□▪~\u2194\u2015\u2014"
"""Characters for a rate that did not move, and characters without a meaning."""

OF_ARTICLE = "time: "
"""Begins the line of a date that the markup gives to an article."""

PICTURE = "\ufffc"
"""Placeholder in the text for a picture that may be part of the text it touches."""

# Category Cf of Unicode 15 as ranges; computing it would cost each process a tenth of a second. U+202E is left out: it
# shows the characters behind it from the last to the first.
INVISIBLE = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202d\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_GROUP_MARKS = "'\u2019\u00a0\u202f\u2009"
_VARIATION = re.compile("[\ufe0e\ufe0f]")  # asks for an arrow as text, or as a picture
_SIGN_NAME = re.compile(
    r"(?:(?:HEAVY|SUPERSCRIPT|SUBSCRIPT|FULLWIDTH|SMALL) )?(?:HYPHEN-)?(?P<sign>MINUS|PLUS)(?: SIGN)?"
)
_DOWNWARDS, _UPWARDS = frozenset({"DOWN", "DOWNWARDS", "SOUTH"}), frozenset({"UP", "UPWARDS", "NORTH"})
_ARROW_NAMES = frozenset({"ARROW", "ARROWS", "ARROWHEAD", "TRIANGLE", "POINTING", "TREND", "HARPOON"})
_SIDEWAYS = frozenset({"LEFT", "RIGHT", "LEFTWARDS", "RIGHTWARDS", "LEFTWARD", "RIGHTWARD"})


def group_mark(decimal: DecimalMark) -> str:
    """Return a regular expression of the separators of groups of digits; a plain space would join two numbers."""
    return f"[{_other_mark(decimal)}{_GROUP_MARKS}]"


def number(decimal: DecimalMark) -> str:
    """Return a regular expression of a number without sign; one mark parts all of its groups."""
    mark = r"\." if decimal == "point" else ","
    groups = "|".join(f"(?:{re.escape(group)}[0-9]{{3}})+" for group in _other_mark(decimal) + _GROUP_MARKS)
    return rf"(?:[1-9][0-9]{{0,2}}(?:{groups})|[0-9]+)(?:{mark}[0-9]+)?(?![0-9])"


def _other_mark(decimal: DecimalMark) -> str:
    """Return the decimal mark of other sources, which parts groups here."""
    return "," if decimal == "point" else "."


@lru_cache(maxsize=1024)
def sign_of(mark: str) -> str | None:
    """Return the direction that a character gives a rate, by its Unicode name.

    Returns:
        ``-`` for a minus sign or an arrow downwards, ``+`` for a plus sign, ``^`` for an arrow upwards, an empty string
        for a character without a direction, None if the meaning is uncertain.
    """
    if mark in STILL or _VARIATION.match(mark):
        return ""
    if mark in DASHES:
        return "-"
    name = unicodedata.name(mark, "")
    if found := _SIGN_NAME.fullmatch(name):
        return "-" if found["sign"] == "MINUS" else "+"
    words = frozenset(name.replace("-", " ").split())
    down, up = not words.isdisjoint(_DOWNWARDS), not words.isdisjoint(_UPWARDS)
    if down == up or words.isdisjoint(_ARROW_NAMES) or not words.isdisjoint(_SIDEWAYS):
        return None
    return "-" if down else "^"


def without_invisible(text: str) -> str:
    """Return text without characters that no reader sees: Unicode's category Cf, soft hyphens among them."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def has_invisible(text: str) -> bool:
    """Return whether text has a character that no reader sees."""
    # the quick look first: none of these characters counts as printable
    return not text.isascii() and not text.replace("\n", "").isprintable() and _INVISIBLE.search(text) is not None
