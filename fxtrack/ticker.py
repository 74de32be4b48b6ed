"""Text of a page in, reading out. Pure: no files, no clock.

A ticker is a run of quotes with nothing between them but white space and bullets:

    • KGS/USD = 0.01144 0%
      • KZT/USD = 0.00192 -0%

A scrolling marquee repeats its block of pairs, so the run is a window onto an endless repetition of one block. That
is what tells it from prose: it lists at least `min_pairs` pairs, or lists a block more than once. Where a sentence
stands before it, it must do both, since a list inside an article looks much the same. The first such run is the ticker;
whatever comes later on the page belongs to the article.

The page date is a line of its own right behind the run, no further from it than its quotes are from one another.
"""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

from fxtrack.limits import (
    DATE_LINE_CHARS,
    EARLIEST_PAGE_DATE,
    LATEST_PAGE_DATE,
    MIN_PAIRS,
    PCT_INTEGER_DIGITS,
    PCT_SCALE,
    RATE_INTEGER_DIGITS,
    RATE_SCALE,
    TICKER_GAP_CHARS,
)
from fxtrack.snapshot import Outcome, Quote, Reading, Variant

DATE_FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one source prints its ticker.

    Attributes:
        date_formats: `datetime.strptime` formats of the date line, tried in order.
        min_pairs: distinct pairs that a block shown only once must list.
    """

    date_formats: tuple[str, ...] = DATE_FORMATS
    min_pairs: int = MIN_PAIRS


_BLANK = r"[^\S\n]"  # white space within a line, NBSP and thin spaces included
_SPACE = _BLANK + "{0,16}"  # bounded, so that no page can make the search slow
_MINUS = r"\-\u2212\u2010\u2011\u2012\u2013\uFE63\uFF0D"
_BULLETS = r"•·∙●○◦‣\u2043▪▫■□▸►◆*|>\u2014\u200b\u200e\u200f\u2060\ufeff" + _MINUS
_GROUP = r"[,'\u2019\u00a0\u202f\u2009]"  # thousands separators; a plain space would swallow the percentage
_NUMBER = rf"(?:[1-9][0-9]{{0,2}}(?:{_GROUP}[0-9]{{3}})+|[0-9]+)(?:\.[0-9]+)?(?![0-9])"
_PAIR = r"(?<![A-Za-z0-9])(?P<pair>[A-Z]{3}/[A-Z]{3})"
_PERCENT = rf"(?P<pct>(?:[{_MINUS}+]{_SPACE})?{_NUMBER}){_SPACE}%(?![\w%/])"
# What may not follow a rate without percentage: more of a number or word, or digits that were not understood.
_NO_PERCENT = rf"(?![\w%/]|[.,'\u2019](?:[0-9]|\Z)|{_SPACE}[{_MINUS}+]?{_SPACE}[0-9])"
_QUOTE = rf"{_PAIR}{_SPACE}={_SPACE}(?P<rate>{_NUMBER})(?:{_SPACE}{_PERCENT}|{_NO_PERCENT})"
# An entry that is no quote, up to the next bullet, pair or line: N/A, a dash, a number too long to keep.
_OTHER = rf"(?<![A-Za-z0-9])(?P<other>[A-Z]{{3}}/[A-Z]{{3}}){_SPACE}=(?:(?![A-Z]{{3}}/[A-Z]{{3}})[^\n•]){{0,60}}"

_FIND = re.compile(rf"/[A-Z]{{3}}{_SPACE}=")  # starts with a literal: several times faster than with a class
_ITEM = re.compile(rf"(?:{_QUOTE})|(?:{_OTHER})")
_GAP = re.compile(rf"[\s{_BULLETS}]{{0,{TICKER_GAP_CHARS}}}")
_LINE = re.compile(r"[^\n]*")
_CLOSING = "\"'\u201d\u2019)]"


def read_ticker(text: str, grammar: Grammar | None = None) -> Reading:
    """Read the ticker of a page.

    Args:
        text: the page, with line feeds between lines.
        grammar: how its source prints; the default reads the ticker described above.

    Returns:
        A reading with outcome ``ok``, ``no ticker`` or ``conflict``. `detail` says what was seen and not taken.
    """
    grammar = grammar or Grammar()
    rejected = 0
    prose: int | None = None
    start = _next_quote(text, 0)
    while start is not None:
        items, end = _scan(text, start)
        run = _read_run(items, text, end)
        repeated, enough = run.repeats > 1, run.listed >= grammar.min_pairs
        if run.readable and (repeated or enough):
            prose = _first_sentence(text) if prose is None else prose
            if start < prose or (repeated and enough):
                return _reading(run, text, end, grammar)
        rejected += run.readable
        start = _next_quote(text, end)
    detail = f"quotes in prose or in a list too short for a ticker: {rejected}" if rejected else None
    return Reading(Outcome.NO_TICKER, detail=detail)


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of quotes, read: what each pair shows, and how often."""

    values: tuple[Variant, ...]  # in order of first appearance
    periodic: bool  # the pairs repeat in one fixed order, with nothing left out between
    repeats: int
    listed: int  # pairs, with those whose entries are no quotes
    readable: int  # entries that are quotes
    line_breaks: int  # the most that lie between two quotes
    notes: tuple[str, ...]

    @property
    def pairs(self) -> int:
        return len({v.quote.pair for v in self.values})


def _reading(run: _Run, text: str, end: int, grammar: Grammar) -> Reading:
    page_date, date_note = _date_behind(text, end, max(1, run.line_breaks), grammar.date_formats)
    notes = [*run.notes, *([date_note] if date_note else [])]
    if len(run.values) > run.pairs or not run.periodic:
        if len(run.values) == run.pairs:
            notes.append("the repeats do not list the same pairs")
        return Reading(Outcome.CONFLICT, page_date, (), run.repeats, run.values, "; ".join(notes) or None)
    quotes = tuple(v.quote for v in run.values)
    return Reading(Outcome.OK, page_date, quotes, run.repeats, (), "; ".join(notes) or None)


def _next_quote(text: str, position: int) -> int | None:
    """Return where the next thing that looks like a quote begins."""
    for found in _FIND.finditer(text, position):
        start = found.start() - 3
        if start >= position and _ITEM.match(text, start):
            return start
    return None


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry of a run; `quote` is None where the entry is not a rate; `line_breaks` lie between it and the last."""

    pair: str
    quote: Quote | None
    raw: str
    line_breaks: int


def _scan(text: str, start: int) -> tuple[list[_Item], int]:
    """Return the entries of the run that starts at `start`, and where the last one ends."""
    items: list[_Item] = []
    end = position = start
    block = ""
    while found := _ITEM.match(text, position):
        quote = _quote(found["pair"], found["rate"], found["pct"]) if found["pair"] else None
        items.append(_Item(found["pair"] or found["other"], quote, found[0].strip(), text.count("\n", end, position)))
        end = found.end()
        gap = _GAP.match(text, end)
        position = gap.end() if gap else end
        if not block and text.startswith(items[0].pair, position):
            # The block is complete. Where it follows to the letter, it need not be taken apart again.
            block = text[start:position] + items[0].pair
            step, tail = position - start, position - end
            repeated = [replace(items[0], line_breaks=text.count("\n", end, position)), *items[1:]]
            while text.startswith(block, position):
                items += repeated
                position += step
            end = position - tail
    return items, end


def _read_run(items: list[_Item], text: str, end: int) -> _Run:
    """Read the entries of the run that ends at `end`.

    Where the text ends in the middle of the last one, what is left of it proves nothing and is left out.
    """
    notes = []
    gap = _GAP.match(text, end)
    if gap and gap.end() == len(text) and _is_cut(items):
        items = items[:-1]
        notes.append("the page ends inside the ticker")
    order = list(dict.fromkeys(item.pair for item in items))
    shown = Counter(item.quote for item in items if item.quote)
    unread = Counter(item.raw for item in items if not item.quote)
    half_read = {quote.pair for quote in shown} & {item.pair for item in items if not item.quote}
    notes += [f"not a quote, left out: {raw!r}" + (f" ({n} times)" if n > 1 else "") for raw, n in unread.items()]
    return _Run(
        values=tuple(Variant(quote, n) for quote, n in shown.items()),
        periodic=not half_read and all(item.pair == order[i % len(order)] for i, item in enumerate(items)),
        repeats=max(Counter(item.pair for item in items).values()),
        listed=len(order),
        readable=sum(shown.values()),
        line_breaks=max(item.line_breaks for item in items),
        notes=tuple(notes),
    )


def _is_cut(items: list[_Item]) -> bool:
    """Tell whether the last entry of a page is cut short: an earlier one says more, or the others have a percentage."""
    *earlier, last = items
    shown = [item.raw for item in earlier if item.pair == last.pair]
    if shown:
        return last.raw not in shown and any(raw.startswith(last.raw) for raw in shown)
    return bool(earlier) and not last.raw.endswith("%") and all(item.raw.endswith("%") for item in earlier)


@lru_cache(maxsize=4096)  # a page prints each of its quotes many times
def _quote(pair: str, rate: str, pct: str | None) -> Quote | None:
    """Return a quote from its printed parts, or None where the store could not keep them exactly."""
    rate = _plain(rate)
    whole, _, decimals = rate.partition(".")
    if len(whole.lstrip("0")) > RATE_INTEGER_DIGITS or len(decimals) > RATE_SCALE or not rate.strip("0."):
        return None
    if pct is None:
        return Quote(pair, rate, None)
    percent = _plain(re.sub(r"\s", "", re.sub(rf"[{_MINUS}]", "-", pct)))
    whole, _, decimals = percent.lstrip("+-").partition(".")
    if len(whole.lstrip("0")) > PCT_INTEGER_DIGITS or len(decimals) > PCT_SCALE:
        return None
    return Quote(pair, rate, percent + "%")


def _plain(number: str) -> str:
    return re.sub(_GROUP, "", number)


def _first_sentence(text: str) -> int:
    """Return where the first line that ends like a sentence begins; the length of the text if none does."""
    position = 0
    for line in text.split("\n"):
        words = line.split()
        if len(words) > 3 and words[-1].rstrip(_CLOSING)[-1:] in {".", "!", "?", ":", ";"}:  # noqa: PLR2004
            return position
        position += len(line) + 1
    return len(text)


def _date_behind(text: str, end: int, lines: int, formats: tuple[str, ...]) -> tuple[dt.date | None, str | None]:
    """Return the date on the first line with text behind `end`, at most `lines` line breaks away, and a note."""
    for breaks in range(lines + 1):
        line = _LINE.match(text, end)
        content = line[0].strip() if line else ""
        if len(content) > DATE_LINE_CHARS:
            break
        if content:
            last = line is not None and line.end() == len(text)
            if last and any(parse_date(content + digit, formats) for digit in "0123456789"):
                return None, f"the page ends inside the date line {content!r}"
            return _believed(content, formats)
        end = text.find("\n", end) + 1
        if end == 0 or breaks == lines:
            break
    return None, None


@lru_cache(maxsize=4096)
def _believed(line: str, formats: tuple[str, ...]) -> tuple[dt.date | None, str | None]:
    page_date = parse_date(line, formats)
    if page_date and not EARLIEST_PAGE_DATE <= page_date <= LATEST_PAGE_DATE:
        return None, f"date line {line!r} is outside {EARLIEST_PAGE_DATE} to {LATEST_PAGE_DATE}: not believed"
    return page_date, None


def parse_date(line: str, formats: tuple[str, ...]) -> dt.date | None:
    """Return the date that the whole line is, in the first of the `strptime` formats that fits, or None."""
    line = " ".join(line.split())
    if not line.isascii():
        return None
    for fmt in formats:
        try:
            return dt.datetime.strptime(line, fmt).date()  # noqa: DTZ007 -- a calendar date has no zone
        except ValueError:
            continue
    return None
