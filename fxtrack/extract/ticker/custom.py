"""Entries by a pattern of the source's own, for pages that have no ticker of the usual kind. Pure.

Entries that follow one another with at most `TICKER_GAP_CHARS` between them are a run, whatever that is: a table has
more cells than the pattern takes.
"""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from fxtrack.extract.ticker.dates import parse_date
from fxtrack.extract.ticker.entries import Item, Span
from fxtrack.extract.ticker.grammar import Grammar, compiled
from fxtrack.extract.ticker.numbers import read_rate, read_report
from fxtrack.limits import PATTERN_ENTRY_CHARS, PATTERN_MATCHES, PATTERN_WINDOW_CHARS, TICKER_GAP_CHARS
from fxtrack.model.quote import Quote

if TYPE_CHECKING:
    import re2

_CODE = 3  # letters of a currency in ISO 4217
_MARKS = "/-_:.\u2013\u2014\u2044\u2215 \u00a0"


def pattern_runs(text: str, grammar: Grammar, pattern: str) -> Iterator[Span]:
    """Yield the runs of entries that a source's pattern finds, in order."""
    start = end = 0
    items: list[Item] = []
    for entry_start, entry_end, groups in _entries(text, pattern):
        if items and entry_start - end > TICKER_GAP_CHARS:
            yield Span(start, items, end)
            items = []
        if not items:
            start = end = entry_start
        items.append(_item(text[entry_start:entry_end], groups, text.count("\n", end, entry_start), grammar))
        end = entry_end
    if items:
        yield Span(start, items, end)


def one_date(dates: tuple[str, ...], grammar: Grammar) -> str | None:
    """Say why the dates that entries show are not the page's one date; None where they are, or where there is none."""
    read = {parse_date(date, grammar.date_formats, grammar.languages) for date in dates}
    if None in read:
        return f"not a date in any of date_formats: {dates[0]!r}"
    return f"the entries show different dates: {', '.join(dates)}" if len(read) > 1 else None


def _entries(text: str, pattern: str) -> Iterator[tuple[int, int, dict[str, str | None]]]:
    """Yield where each match begins and ends, and its groups, window by window."""
    regexp, found, position = compiled(pattern), 0, 0
    names = _names(pattern)
    while position < len(text):
        first = max(0, position - 1)  # so that the pattern sees whether a word or a line begins here
        window = text[first : first + PATTERN_WINDOW_CHARS]
        is_last = first + len(window) == len(text)
        sure = len(window) if is_last else len(window) - PATTERN_ENTRY_CHARS
        following = first + sure
        for match in regexp.finditer(window, position - first):
            if match.end() > sure or found >= PATTERN_MATCHES:
                following = max(first + match.start(), position + 1)
                break
            if match.end() - match.start() <= PATTERN_ENTRY_CHARS:
                found += 1
                yield first + match.start(), first + match.end(), _groups(match, names)
        if is_last or found >= PATTERN_MATCHES:
            return
        position = min(following, first + sure)


@cache
def _names(pattern: str) -> tuple[str, ...]:
    return tuple(compiled(pattern).groupindex)


def _groups(match: "re2._Match[str]", names: tuple[str, ...]) -> dict[str, str | None]:
    return {name: match[name] for name in names}


def _item(raw: str, groups: dict[str, str | None], line_breaks: int, grammar: Grammar) -> Item:
    pair = _pair(groups, grammar)
    raw = " ".join(raw.split())
    quote = _quote(pair, groups, grammar) if pair else None
    return Item(pair or raw, quote, raw, line_breaks, (groups.get("date") or "").strip() or None)


def _pair(groups: dict[str, str | None], grammar: Grammar) -> str | None:
    """Return BASE/COUNTER, None where the entry names no two currencies."""
    printed = (groups.get("pair") or "").strip().upper()
    if printed:
        base, counter = printed[:_CODE], printed[_CODE:].strip(_MARKS)
    else:
        base = (groups.get("base") or grammar.base or "").strip().upper()
        counter = (groups.get("counter") or grammar.counter or "").strip().upper()
    codes = (base, counter)
    is_pair = base != counter and all(len(c) == _CODE and c.isascii() and c.isalpha() for c in codes)
    return "/".join(codes) if is_pair else None


def _quote(pair: str, groups: dict[str, str | None], grammar: Grammar) -> Quote | None:
    rate = read_rate((groups["rate"] or "").strip(), grammar.decimal)
    if rate is None:
        return None
    printed = (groups.get("change" if grammar.absolute else "pct") or "").strip()
    if not printed:
        return Quote(pair, rate, None)
    report = read_report(printed, groups.get("direction"), grammar.decimal, absolute=grammar.absolute)
    return Quote(pair, rate, report) if report else None
