"""Printed rates and changes to exact digits. Pure.

A number has groups of three digits or none, and a decimal point or a decimal comma as configured for the source, since
``1.234`` is either 1.234 or 1234. Any other form is no number.
"""

import re
from functools import cache

from fxtrack.extract.characters import PERCENT, DecimalMark, group_mark, number, sign_of
from fxtrack.limits import PCT_INTEGER_DIGITS, PCT_SCALE, RATE_INTEGER_DIGITS, RATE_SCALE


def ungrouped(printed: str, decimal: DecimalMark) -> str:
    """Return a printed number, sign included, without groups and with a decimal point."""
    digits = re.sub(group_mark(decimal), "", printed)
    return digits if decimal == "point" else digits.replace(",", ".")


def read_rate(printed: str, decimal: DecimalMark) -> str | None:
    """Return a printed rate's digits; None if it is no number, zero, or too long to be stored exactly."""
    if not _whole(decimal).fullmatch(printed):
        return None
    rate = ungrouped(printed, decimal)
    return rate if rate.strip("0.") and _fits(rate, RATE_INTEGER_DIGITS, RATE_SCALE) else None


def read_report(printed: str, direction: str | None, decimal: DecimalMark, *, absolute: bool) -> str | None:
    """Return a printed change as `Quote.reported_text` has it; None if it is uncertain or cannot be stored exactly.

    An arrow downwards is a minus sign; an arrow upwards means the same as no sign.

    Args:
        printed: number with or without sign and, for a percentage, with or without a percent sign.
        direction: characters for the direction of the rate, None for none.
        decimal: the source's decimal mark.
        absolute: True for a change in the counter currency instead of a percentage.
    """
    text = printed.strip()
    if text[-1:] in PERCENT and text:
        if absolute:
            return None
        text = text[:-1].rstrip()
    number_from = next((i for i, c in enumerate(text) if c.isdigit()), 0)
    marks = [sign_of(mark) for mark in text[:number_from] + (direction or "") if not mark.isspace()]
    signs = {mark for mark in marks if mark}
    sign = "-" if "-" in signs else "+" if "+" in signs else ""
    text = text[number_from:]
    if None in marks or (sign == "-" and len(signs) > 1) or not _whole(decimal).fullmatch(text):
        return None
    size = ungrouped(text, decimal)
    whole, scale = (RATE_INTEGER_DIGITS, RATE_SCALE) if absolute else (PCT_INTEGER_DIGITS, PCT_SCALE)
    return sign + size + ("" if absolute else "%") if _fits(size, whole, scale) else None


def _fits(digits: str, most_whole: int, most_decimals: int) -> bool:
    whole, _, decimals = digits.partition(".")
    return len(whole.lstrip("0")) <= most_whole and len(decimals) <= most_decimals


@cache
def _whole(decimal: DecimalMark) -> re.Pattern[str]:
    return re.compile(number(decimal), re.ASCII)
