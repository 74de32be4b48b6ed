"""Entries that stand together on a page, and what they show between them. Pure."""

import re
from collections import Counter
from dataclasses import dataclass

from fxtrack.limits import TICKER_GAP_CHARS
from fxtrack.numerals import MINUS
from fxtrack.snapshot import Quote, Variant

BULLETS = r"•·∙●○◦‣\u2043▪▫■□▸►◆*|>\u2014\u200b\u200e\u200f\u2060\ufeff" + MINUS
GAP = re.compile(rf"[\s{BULLETS}]{{0,{TICKER_GAP_CHARS}}}")
"""What may stand between two entries of a ticker."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a run.

    Attributes:
        pair: BASE/COUNTER.
        quote: None where the entry is not a rate.
        raw: the entry as printed.
        line_breaks: how many lie between it and the entry before.
        date: the date that the entry shows for itself, as printed.
    """

    pair: str
    quote: Quote | None
    raw: str
    line_breaks: int
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Entries that stand together: where the first begins, the entries, where the last ends."""

    start: int
    items: list[Item]
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run of entries, read: what each pair shows, and how often.

    Attributes:
        values: the different quotes, in order of first appearance.
        periodic: the pairs repeat in one fixed order, with nothing left out between.
        repeats: how often the block of pairs is shown.
        listed: pairs, with those whose entries are no quotes.
        readable: entries that are quotes.
        line_breaks: the most that lie between two entries.
        dates: what the entries show as their own dates.
        notes: what was seen and not taken.
    """

    values: tuple[Variant, ...]
    periodic: bool
    repeats: int
    listed: int
    readable: int
    line_breaks: int
    dates: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def pairs(self) -> int:
        """How many pairs have a quote."""
        return len({v.quote.pair for v in self.values})


def read_run(span: Span, text: str) -> Run:
    """Read the entries of a run.

    Where the text ends in the middle of the last one, what is left of it proves nothing and is left out.
    """
    notes = []
    items = span.items
    gap = GAP.match(text, span.end)
    if gap and gap.end() == len(text) and _is_cut(items):
        items = items[:-1]
        notes.append("the page ends inside the ticker")
    order = list(dict.fromkeys(item.pair for item in items))
    shown = Counter(item.quote for item in items if item.quote)
    unread = Counter(item.raw for item in items if not item.quote)
    half_read = {quote.pair for quote in shown} & {item.pair for item in items if not item.quote}
    notes += [f"not a quote, left out: {raw!r}" + (f" ({n} times)" if n > 1 else "") for raw, n in unread.items()]
    return Run(
        values=tuple(Variant(quote, n) for quote, n in shown.items()),
        periodic=not half_read and all(item.pair == order[i % len(order)] for i, item in enumerate(items)),
        repeats=max(Counter(item.pair for item in items).values(), default=0),
        listed=len(order),
        readable=sum(shown.values()),
        line_breaks=max((item.line_breaks for item in items), default=0),
        dates=tuple(dict.fromkeys(item.date for item in items if item.date)),
        notes=tuple(notes),
    )


def _is_cut(items: list[Item]) -> bool:
    """Tell whether the last entry of a page is cut short: an earlier one says more, or the others have a report."""
    *earlier, last = items
    shown = [item.raw for item in earlier if item.pair == last.pair]
    if shown:
        return last.raw not in shown and any(raw.startswith(last.raw) for raw in shown)
    return bool(earlier) and not _reports(last) and all(_reports(item) for item in earlier)


def _reports(item: Item) -> bool:
    return item.raw.endswith("%") or (item.quote is not None and item.quote.reported_text is not None)
