"""Runs of entries, and the values of each pair in them. Pure."""

import re
from collections import Counter
from itertools import islice
from typing import NamedTuple

from fxtrack.extract.characters import BULLETS, LOOSE_BULLETS
from fxtrack.limits import PAGE_NOTES, PAGE_PAIRS, PAIR_VALUES, TICKER_ENTRIES, TICKER_GAP_CHARS
from fxtrack.model.quote import Quote, Variant

# A dash or an asterisk is a bullet if it stands alone or begins a line.
_LOOSE = re.escape(LOOSE_BULLETS)
SHORT_GAP = re.compile(
    rf"(?:[\s{BULLETS}]|(?:(?<!\S)[{_LOOSE}]{{1,4}}(?=\s)|(?<![^\n])[{_LOOSE}]{{1,4}}|(?<=\s\s)[{_LOOSE}])){{0,{TICKER_GAP_CHARS}}}"
)
"""Pattern of the text between two entries of a ticker."""

_LONGEST_GAP = 4 * TICKER_GAP_CHARS  # a bullet has up to four characters


class Item(NamedTuple):
    """One entry of a run.

    Attributes:
        pair: BASE/COUNTER.
        quote: None where the entry is not a quote.
        raw: the entry as printed.
        line_breaks: number of line breaks between it and the previous entry.
        date: the date that the entry shows for itself, as printed.
        strange: True for other listed text between pairs.
        reason: why the entry is no quote, if known.
    """

    pair: str
    quote: Quote | None
    raw: str
    line_breaks: int
    date: str | None = None
    strange: bool = False
    reason: str | None = None


class EntryRun(NamedTuple):
    """A parsed run of entries: the values of each pair, and how often each is shown.

    Attributes:
        values: the different quotes, in order of first appearance.
        periodic: the pairs repeat in one fixed order, with nothing skipped in between.
        repeats: number of times that the block of pairs is shown.
        listed: number of pairs, including those whose entries are no quotes.
        readable: number of entries that are quotes.
        line_breaks: largest number of line breaks between two entries.
        dates: dates printed in the entries.
        notes: skipped entries, and other findings.
        is_over: it has more entries, pairs or values of a pair than a page may have; then it is a conflict.
    """

    values: tuple[Variant, ...]
    periodic: bool
    repeats: int
    listed: int
    readable: int
    line_breaks: int
    dates: tuple[str, ...]
    notes: tuple[str, ...]
    is_over: bool = False

    @property
    def pairs(self) -> int:
        """Number of pairs with a quote."""
        return len({quote.pair for quote, _ in self.values})


class Span(NamedTuple):
    """Adjacent entries.

    A marquee repeats its block of pairs exactly, so a known repeat is not parsed again: `items` lists the entries of
    the block once, and then those behind its last repeat.

    Attributes:
        start: start of the first entry.
        items: the entries of the block and those behind its repeats; the first one has the line breaks of its repeats.
        end: end of the last entry.
        block: number of `items` in the block.
        times: number of times that the block is shown.
        notes: text that was skipped without being read.
        usual: the run that these entries are unless the page ends with them, where it is known already.
    """

    start: int
    items: list[Item]
    end: int
    block: int = 0
    times: int = 1
    notes: tuple[str, ...] = ()
    usual: EntryRun | None = None

    @property
    def entries(self) -> list[Item]:
        """Every entry in order with all repeats; the very first one has no line breaks."""
        if not self.block:
            return self.items
        first = self.items[0]._replace(line_breaks=0)
        block, rest = self.items[: self.block], self.items[self.block :]
        return [first, *block[1:], *block * (self.times - 1), *rest]


def read_entry_run(span: Span, text: str) -> EntryRun:
    """Read the entries of a run.

    A last entry that the end of the text cuts short is skipped.
    """
    items, block, times = span.items, span.block, span.times
    ends_page = len(text) - span.end <= _LONGEST_GAP and _is_gap(text, span.end)
    if not ends_page and (usual := span.usual or (usual_run(items, times) if len(items) == block else None)):
        return usual
    order = list(dict.fromkeys([item.pair for item in items]))
    notes = [*span.notes[:PAGE_NOTES]]
    if len(span.notes) > PAGE_NOTES:
        notes.append(f"left out: {len(span.notes) - PAGE_NOTES:,} more")
    if ends_page or len(order) != block:  # not only a block and its repeats: read each entry
        items, block, times = span.entries, 0, 1
        if ends_page and _is_cut(items):
            items = items[:-1]
            notes.append("the page ends inside the ticker")
            order = list(dict.fromkeys(item.pair for item in items))
    shown: Counter[Quote] = Counter()
    unread: Counter[tuple[str, str | None]] = Counter()
    repeats: Counter[str] = Counter()
    periodic = True
    for i, item in enumerate(items):
        count = times if i < block else 1
        periodic = periodic and item.pair == order[i % len(order)]
        repeats[item.pair] += count
        if item.quote:
            shown[item.quote] += count
        else:
            unread[item.raw, item.reason] += count
    half_read = {quote.pair for quote in shown} & {item.pair for item in items if not item.quote}
    values, over = _within_ceilings(shown)
    if len(span.items) > TICKER_ENTRIES:
        over.insert(
            0, f"more than {TICKER_ENTRIES:,} entries in the ticker, so no quote is stored; they alone are counted"
        )
    notes += over
    notes += [
        f"not a quote, left out: {raw!r}" + (f", {reason}" if reason else "") + (f" ({n} times)" if n > 1 else "")
        for (raw, reason), n in islice(unread.items(), PAGE_NOTES)
    ]
    if len(unread) > PAGE_NOTES:
        notes.append(f"not quotes, left out: {len(unread) - PAGE_NOTES:,} more")
    return EntryRun(
        values=values,
        periodic=periodic and not half_read,
        repeats=max(repeats.values(), default=0),
        listed=len(order) - len({item.pair for item in items if item.strange}),
        readable=sum(shown.values()),
        line_breaks=max((item.line_breaks for item in items), default=0),
        dates=_dates(items),
        notes=tuple(notes),
        is_over=bool(over),
    )


def usual_run(items: list[Item], times: int) -> EntryRun | None:
    """Return the run of a block and its exact repeats; None where not all of it are quotes of different pairs."""
    quotes = [item.quote for item in items if item.quote]
    number = len(items)
    if not len(quotes) == len({item.pair for item in items}) == number <= PAGE_PAIRS:
        return None
    breaks = max([item.line_breaks for item in items])
    values = tuple([Variant(quote, times) for quote in quotes])
    return EntryRun(values, True, times, number, times * number, breaks, _dates(items), ())


def _is_gap(text: str, start: int) -> bool:
    """Return whether the rest of a text has no more than white space and bullets."""
    gap = SHORT_GAP.match(text, start)
    return gap is not None and gap.end() == len(text)


def _within_ceilings(shown: Counter[Quote]) -> tuple[tuple[Variant, ...], list[str]]:
    """Return the values of the first pairs, the first values of each, and notes on those that are left out."""
    values: list[Variant] = []
    different: Counter[str] = Counter()
    for quote, times in shown.items():
        different[quote.pair] += 1
        if different[quote.pair] <= PAIR_VALUES and len(different) <= PAGE_PAIRS:
            values.append(Variant(quote, times))
    notes = []
    if len(different) > PAGE_PAIRS:
        notes.append(f"{len(different):,} pairs, more than the {PAGE_PAIRS:,} of a page, so no quote is stored")
    many = [(pair, number) for pair, number in different.items() if number > PAIR_VALUES]
    notes += [
        f"{pair} has {number:,} values, of which the first {PAIR_VALUES} are kept"
        for pair, number in islice(many, PAGE_NOTES)
    ]
    if len(many) > PAGE_NOTES:
        notes.append(f"pairs with more than {PAIR_VALUES} values: {len(many) - PAGE_NOTES:,} more")
    return tuple(values), notes


def _dates(items: list[Item]) -> tuple[str, ...]:
    dates = [item.date for item in items if item.date]
    return tuple(dict.fromkeys(dates)) if dates else ()


def _is_cut(items: list[Item]) -> bool:
    """Return whether the last entry of a page is cut short: an earlier one is longer, or the others have a report."""
    *earlier, last = items
    shown = [item.raw for item in earlier if item.pair == last.pair]
    if shown:
        return last.raw not in shown and any(raw.startswith(last.raw) for raw in shown)
    return bool(earlier) and not _reports(last) and all(_reports(item) for item in earlier)


def _reports(item: Item) -> bool:
    return item.raw.endswith("%") or (item.quote is not None and item.quote.reported_text is not None)
