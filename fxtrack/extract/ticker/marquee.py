"""Text of a page in, reading out. Pure: no files, no clock.

A ticker is a run of quotes with nothing between them but white space and bullets:

    • KGS/USD = 0.01144 0%
      • KZT/USD = 0.00192 -0%

A scrolling marquee repeats its block of pairs, so the run is a window onto an endless repetition of one block. That
is what tells it from prose: it lists at least `min_pairs` pairs, or lists a block more than once. Where a sentence
stands before it, it must do both, since a list inside an article looks much the same. The first such run is the ticker;
whatever comes later on the page belongs to the article.

A source may have a pattern of its own for its entries (`custom`): whoever wrote it knows the page, so prose around the
run proves nothing then. The page date is a line of its own beside the run (`dates`).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from fxtrack.extract.ticker.custom import pattern_runs
from fxtrack.extract.ticker.date_groups import read_by_date
from fxtrack.extract.ticker.dates import DateLine, believed, find_date, parse_date
from fxtrack.extract.ticker.entries import GAP, EntryRun, Item, Span, read_entry_run
from fxtrack.extract.ticker.grammar import Grammar
from fxtrack.extract.ticker.numbers import ARROWS, MINUS, Decimal, number, read_rate, read_report
from fxtrack.model.quote import Outcome, Quote, Reading

__all__ = ["Candidate", "Examination", "Grammar", "examine", "read_ticker"]

_BLANK = r"[^\S\n]"  # white space within a line, NBSP and thin spaces included
_SPACE = _BLANK + "{0,16}"  # bounded, so that no page can make the search slow
_PAIR = r"(?<![A-Za-z0-9])(?P<pair>[A-Z]{3}/[A-Z]{3})"
_SIGN = rf"(?:[{ARROWS}]{_SPACE})?(?:[{MINUS}+]{_SPACE})?"
# What may not follow a rate without report: more of a number or word, or digits that were not understood, as behind a
# sign that could not be decoded.
_NO_REPORT = rf"(?![\w%/]|[.,'\u2019](?:[0-9]|\Z)|{_SPACE}(?:\ufffd{_SPACE})?{_SIGN}[0-9])"
# An arrow behind a report is its sign where the line ends there; before another quote it may be that one's.
_ARROW = rf"(?:{_SPACE}(?P<arrow>[{ARROWS}])(?={_BLANK}*(?:\n|\Z)))?"
# In a row of a table the next cell is what "=" is elsewhere.
_EQUALS = rf"(?:{_SPACE}=|[^\S\n\t]{{0,16}}\t)"
# An entry that is no quote, up to the next bullet, pair or line: N/A, a dash, a number too long to keep.
_OTHER = rf"(?<![A-Za-z0-9])(?P<other>[A-Z]{{3}}/[A-Z]{{3}}){_EQUALS}(?:(?![A-Z]{{3}}/[A-Z]{{3}})[^\n•]){{0,60}}"

_FIND = re.compile(rf"/[A-Z]{{3}}{_EQUALS}")  # starts with a literal: several times faster than with a class
_CLOSING = "\"'\u201d\u2019)]"


@cache
def _item(decimal: Decimal, absolute: bool) -> re.Pattern[str]:
    """Return the pattern of an entry, quote or not, with what may stand between it and the next."""
    size = number(decimal)
    unit = "" if absolute else rf"{_SPACE}%"
    report = rf"(?P<report>{_SIGN}{size}){unit}(?![\w%/]){_ARROW}"
    quote = rf"{_PAIR}{_EQUALS}{_SPACE}(?P<rate>{size})(?:{_SPACE}{report}|{_NO_REPORT})"
    return re.compile(rf"(?P<entry>(?:{quote})|(?:{_OTHER})){GAP.pattern}")


class Candidate(NamedTuple):
    """A run of entries that may be the ticker; `refused` says why it is not, None for the one that is."""

    span: Span
    run: EntryRun
    refused: str | None


class Examination(NamedTuple):
    """How a page was read: the runs that were looked at, the last of them the ticker if any is, and its date."""

    reading: Reading
    candidates: tuple[Candidate, ...]
    date_line: DateLine | None = None


def read_ticker(text: str, grammar: Grammar | None = None) -> Reading:
    """Read the ticker of a page.

    Args:
        text: the page, with line feeds between lines.
        grammar: how its source prints; the default reads the ticker described above.

    Returns:
        A reading with outcome ``ok``, ``no ticker`` or ``conflict``. `detail` says what was seen and not taken.
    """
    return examine(text, grammar).reading


def examine(text: str, grammar: Grammar | None = None) -> Examination:
    """Read the ticker of a page, and say what was looked at on the way.

    Args:
        text: the page, with line feeds between lines.
        grammar: how its source prints; the default reads the ticker described above.
    """
    grammar = grammar or Grammar()
    candidates: list[Candidate] = []
    prose = _Prose(text)
    runs = pattern_runs(text, grammar, grammar.pattern) if grammar.pattern else _ticker_runs(text, grammar)
    for span in runs:
        run = read_entry_run(span, text)
        repeated, enough = run.repeats > 1, run.listed >= grammar.min_pairs
        if not run.readable:
            refused = "no entry is a quote"
        elif not repeated and not enough:
            refused = f"{run.listed} pairs, printed once; a ticker has {grammar.min_pairs} (min_pairs) or is repeated"
        else:
            if (repeated and enough) or grammar.pattern or not prose.begins_by(span.start):
                return _reading(run, span, text, grammar, candidates)
            refused = "stands behind prose, where a ticker must be repeated and have all its pairs"
        candidates.append(Candidate(span, run, refused))
    rejected = sum(candidate.run.readable for candidate in candidates)
    detail = f"quotes in prose or in a list too short for a ticker: {rejected}" if rejected else None
    return Examination(Reading(Outcome.NO_TICKER, detail=detail), tuple(candidates))


def _reading(run: EntryRun, span: Span, text: str, grammar: Grammar, refused: list[Candidate]) -> Examination:
    candidates = (*refused, Candidate(span, run, None))
    if grammar.pattern and (found := read_by_date(span, text, max(1, run.line_breaks), grammar)):
        return Examination(found.reading, candidates, found.line)
    line = _own_date(run, grammar) or find_date(text, span.start, span.end, max(1, run.line_breaks), grammar)
    notes = [*run.notes, *([line.note] if line.note else [])]
    if len(run.values) > run.pairs or not run.periodic:
        if len(run.values) == run.pairs:
            notes.append("the repeats do not list the same pairs")
        detail = "; ".join(notes) or None
        return Examination(Reading(Outcome.CONFLICT, line.date, (), run.repeats, run.values, detail), candidates, line)
    quotes = tuple(v.quote for v in run.values)
    reading = Reading(Outcome.OK, line.date, quotes, run.repeats, (), "; ".join(notes) or None)
    return Examination(reading, candidates, line)


def _own_date(run: EntryRun, grammar: Grammar) -> DateLine | None:
    """Return the date that the entries themselves show, None where they show none."""
    if not run.dates:
        return None
    found = parse_date(run.dates[0], grammar.date_formats, grammar.languages)
    if found is None:
        return DateLine(None, run.dates[0], f"not a date in any of date_formats: {run.dates[0]!r}")
    return believed(found, run.dates[0])


def _ticker_runs(text: str, grammar: Grammar) -> Iterator[Span]:
    """Yield the runs of entries in order."""
    item = _item(grammar.decimal, grammar.absolute)
    start = _next_quote(text, 0, item)
    while start is not None:
        span = _scan(text, start, item, grammar)
        yield span
        start = _next_quote(text, span.end, item)


def _next_quote(text: str, position: int, item: re.Pattern[str]) -> int | None:
    """Return where the next thing that looks like a quote begins."""
    for found in _FIND.finditer(text, position):
        start = found.start() - 3
        if start >= position and item.match(text, start):
            return start
    return None


def _scan(text: str, start: int, item: re.Pattern[str], grammar: Grammar) -> Span:
    """Return the entries of the run that starts at `start`."""
    items: list[Item] = []
    end = position = start
    block, times, breaks = 0, 1, 0
    while found := item.match(text, position):
        pair, rate, report, arrow = found.group("pair", "rate", "report", "arrow")
        quote = _quote(pair, rate, (report, arrow), grammar.decimal, grammar.absolute) if pair else None
        entry = found["entry"]
        items.append(Item(pair or found["other"], quote, entry.strip(), text.count("\n", end, position)))
        end, position = found.end("entry"), found.end()
        if not block and text.startswith(items[0].pair, position):
            # The block is complete. Where it follows to the letter, it need not be taken apart again.
            block, breaks = len(items), text.count("\n", end, position)
            whole, step, tail = text[start:position] + items[0].pair, position - start, position - end
            while text.startswith(whole, position):
                times += 1
                position += step
            end = position - tail
            shown = text[start : start + step - tail]
            last = len(entry)  # what follows the last repeat decides where its last entry ends
            if text.startswith(shown, position):
                again = item.match(text, position + len(shown) - last)
                if again and again["entry"] == entry:
                    times += 1
                    end, position = again.end("entry"), again.end()
    if times == 1:
        return Span(start, items, end)
    return Span(start, [items[0]._replace(line_breaks=breaks), *items[1:]], end, block, times)


@lru_cache(maxsize=4096)  # a page prints each of its quotes many times
def _quote(
    pair: str, rate: str, printed: tuple[str | None, str | None], decimal: Decimal, absolute: bool
) -> Quote | None:
    """Return a quote from its printed parts: pair, rate, and report with what stands behind it.

    None where the store could not keep them exactly, or where arrow and sign contradict each other.
    """
    digits, (report, arrow) = read_rate(rate, decimal), printed
    if digits is None or report is None:
        return Quote(pair, digits, None) if digits else None
    change = read_report(report, arrow, decimal, absolute=absolute)
    return Quote(pair, digits, change) if change else None


class _Prose:
    """Where the prose of a page begins: at the first line that ends like a sentence."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0  # of the first line that was not looked at
        self._begun = False

    def begins_by(self, position: int) -> bool:
        """Tell whether such a line begins at or before a position; later ones than before only."""
        while not self._begun and self._position <= position:
            stop = self._text.find("\n", self._position)
            stop = len(self._text) if stop < 0 else stop
            words = self._text[self._position : stop].split()
            self._begun = len(words) > 3 and words[-1].rstrip(_CLOSING)[-1:] in {".", "!", "?", ":", ";"}  # noqa: PLR2004
            self._position = stop + 1
        return self._begun
