"""Printed numbers and signs, as sources write them. Pure.

A number has groups of three digits or none, and a decimal point or a decimal comma: which of the two a source says,
since ``1.234`` is either 1.234 or 1234. What does not follow the source's way is no number.
"""

import re
from functools import cache
from typing import Literal

from fxtrack.extract.text import signs as direction
from fxtrack.limits import PCT_INTEGER_DIGITS, PCT_SCALE, RATE_INTEGER_DIGITS, RATE_SCALE

Decimal = Literal["point", "comma"]

MINUS = re.escape(direction.MINUS)
"""Every character that stands for a minus sign, for use within [...] of a regular expression."""

DOWN, UP = direction.DOWN_ARROWS + "↘⇩", direction.UP_ARROWS + "↗⇧"
ARROWS = DOWN + UP
FALL, PLUS = direction.MINUS + DOWN, "+\uff0b"
STILL = "=►▶•●◆■□▪~\u2194\u2015\u2014"
"""Characters that say which way a rate went."""

_SPACES = "\u00a0\u202f\u2009"
_POINT_GROUP, _COMMA_GROUP = rf"[,'\u2019{_SPACES}]", rf"[.'\u2019{_SPACES}]"
_VARIATION = "\ufe0e\ufe0f"  # asks for an arrow as text, or as a picture


def group_mark(decimal: Decimal) -> str:
    """Return a regular expression of what parts groups of digits; a plain space would swallow what comes next."""
    return _POINT_GROUP if decimal == "point" else _COMMA_GROUP


def number(decimal: Decimal) -> str:
    """Return a regular expression of a number without sign."""
    mark = r"\." if decimal == "point" else ","
    return rf"(?:[1-9][0-9]{{0,2}}(?:{group_mark(decimal)}[0-9]{{3}})+|[0-9]+)(?:{mark}[0-9]+)?(?![0-9])"


def plain(printed: str, decimal: Decimal) -> str:
    """Return a printed number, sign included, without groups and with a decimal point."""
    digits = re.sub(group_mark(decimal), "", printed)
    return digits if decimal == "point" else digits.replace(",", ".")


def read_rate(printed: str, decimal: Decimal) -> str | None:
    """Return a printed rate's digits; None where it is no number, zero, or too long to be kept exactly."""
    if not _whole(decimal).fullmatch(printed):
        return None
    rate = plain(printed, decimal)
    return rate if rate.strip("0.") and _fits(rate, RATE_INTEGER_DIGITS, RATE_SCALE) else None


def read_report(printed: str, direction: str | None, decimal: Decimal, *, absolute: bool) -> str | None:
    """Return a printed change as `Quote.reported_text` has it; None where it cannot be understood or kept exactly.

    An arrow downwards is a minus sign; one upwards says no more than a change without sign.

    Args:
        printed: number with or without sign and, for a percentage, with or without %.
        direction: what says which way the rate went: an arrow, a sign or nothing.
        decimal: how the source writes numbers.
        absolute: a change in the counter currency instead of a percentage.
    """
    text = re.sub(f"[{_VARIATION}]", "", printed).strip()
    if text.endswith("%"):
        if absolute:
            return None
        text = text[:-1].rstrip()
    number_from = next((i for i, c in enumerate(text) if c.isdigit()), 0)
    shown = text[:number_from] + re.sub(f"[{_VARIATION}]", "", direction or "")
    marks = [_sign(mark) for mark in shown if not mark.isspace()]
    signs = {mark for mark in marks if mark}
    sign = "-" if "-" in signs else "+" if "+" in signs else ""
    text = text[number_from:]
    if None in marks or (sign == "-" and len(signs) > 1) or not _whole(decimal).fullmatch(text):
        return None
    size = plain(text, decimal)
    whole, scale = (RATE_INTEGER_DIGITS, RATE_SCALE) if absolute else (PCT_INTEGER_DIGITS, PCT_SCALE)
    if not _fits(size, whole, scale):
        return None
    return sign + size + ("" if absolute else "%")


def _sign(mark: str) -> str | None:
    """Return -, + or ^ (an arrow upwards) for a mark, nothing for one that says neither, None for an unknown one."""
    if mark in STILL:
        return ""
    if mark in FALL:
        return "-"
    if mark in PLUS:
        return "+"
    return "^" if mark in UP else None


def _fits(digits: str, most_whole: int, most_decimals: int) -> bool:
    whole, _, decimals = digits.partition(".")
    return len(whole.lstrip("0")) <= most_whole and len(decimals) <= most_decimals


@cache
def _whole(decimal: Decimal) -> re.Pattern[str]:
    return re.compile(number(decimal), re.ASCII)
