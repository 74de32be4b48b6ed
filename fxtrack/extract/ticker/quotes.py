"""The quote of one entry of the usual ticker, ``0.01144 -0.5%`` behind its pair. Pure.

The text is a rate and at most one report with its signs. Text with anything else is no quote.
"""

import re
from functools import cache, lru_cache

from fxtrack.extract.characters import BLANK, DASHES, PERCENT, STILL, Decimal, number, sign_of
from fxtrack.extract.numbers import read_rate, read_report
from fxtrack.model.quote import Quote

SPACE = BLANK + "{0,16}"
"""White space within a line; bounded, so that a hostile page cannot slow down a search."""

MARK = r"[^\w\s.,%()\[\]]"
"""A character that may be a sign."""

_REST_CHARS = 200  # a longer entry is no quote


@cache
def _pattern(decimal: Decimal, absolute: bool) -> re.Pattern[str]:
    """Return the pattern of a whole content: the text of a quote behind its pair."""
    size, mark = number(decimal), r"\." if decimal == "point" else ","
    unit = "" if absolute else rf"{SPACE}(?:[{PERCENT}]|(?i:per ?cent|pct\b\.?))"
    report = (
        rf"(?P<open>[(\[])?{SPACE}(?P<before>(?:{MARK}{SPACE}){{0,5}})(?P<size>{size}|(?<![0-9]){mark}[0-9]+){unit}"
        rf"(?P<close>[)\]])?(?P<touching>{MARK}{{0,3}})(?P<arrow>{BLANK}{SPACE}{MARK}{{1,2}})?"
    )
    return re.compile(rf"{SPACE}(?P<rate>{size})(?:{SPACE}{report})?")


@lru_cache(maxsize=4096)  # a page prints each of its quotes many times
def quote_behind(pair: str, printed: str, decimal: Decimal, absolute: bool) -> Quote | None:
    """Return the quote behind a pair; None if any of its text is uncertain."""
    found = _pattern(decimal, absolute).fullmatch(printed) if len(printed) <= _REST_CHARS else None
    rate = read_rate(found["rate"], decimal) if found else None
    if not found or not rate:
        return None
    if not found["size"]:
        return Quote(pair, rate, None)
    size = found["size"] if found["size"][0].isdigit() else f"0{found['size']}"
    before, arrow = found["before"], (found["arrow"] or "").strip()
    marks = "".join((before + found["touching"] + arrow).split())
    signs = [sign_of(mark) for mark in marks]
    bracketed, behind = bool(found["open"]), found["touching"] + arrow
    if (
        any(mark in STILL for mark in marks)
        or sum(mark in DASHES or sign == "+" for mark, sign in zip(marks, signs, strict=True)) > 1
        or any(mark in DASHES or sign_of(mark) == "+" for mark in arrow)
        or (before[-1:].isspace() and before[0] in "+" + DASHES and not printed[found.start("before") - 1].isspace())
        or bracketed != bool(found["close"])
        or (bracketed and (behind or (not before and size.strip("0.,"))))  # accountants put falls in brackets
        or (absolute and not marks and "." not in rate and re.fullmatch(r"[0-9]{3}\b.*", size))  # 16 355.00
    ):
        return None
    report = read_report(size + ("" if absolute else "%"), marks, decimal, absolute=absolute)
    return Quote(pair, rate, report) if report else None
