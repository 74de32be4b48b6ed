"""Judges whether a run of entries is a ticker, and whether later runs of a page contradict the first ticker. Pure.

A ticker lists at least `min_pairs` pairs, or lists a block more than once; behind a sentence it must do both.
"""

import re
from collections import Counter
from decimal import Decimal

from fxtrack.extract.characters import has_invisible, without_invisible
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.ticker.beside import is_sentence
from fxtrack.extract.ticker.builtin import ticker_runs
from fxtrack.extract.ticker.entries import EntryRun, Span, read_entry_run
from fxtrack.limits import PAIR_VALUES, REFUSED_RUNS, TICKER_ENTRIES
from fxtrack.model.quote import Quote, Variant

_LISTED = re.compile(r"/(?:[A-Z]{3}\s{0,16}[=\t]|[A-Z]{0,3}\s{0,16}[^\x00-\x7f])")


class Prose:
    """The beginning of a page's prose: the first line that ends like a sentence."""

    def __init__(self, text: str) -> None:
        """Set the page; nothing is looked at yet."""
        self._text = text
        self._position = 0  # of the first line not examined yet
        self._begun = False

    def begins_by(self, position: int) -> bool:
        """Return whether such a line begins at or before a position; positions must not decrease."""
        while not self._begun and self._position <= position:
            stop = self._text.find("\n", self._position)
            stop = len(self._text) if stop < 0 else stop
            self._begun = is_sentence(self._text[self._position : stop])
            self._position = stop + 1
        return self._begun


def refusal(run: EntryRun, span: Span, grammar: Grammar, prose: Prose) -> str | None:
    """Return the reason why a run is no ticker, None if it is one."""
    repeated, enough = run.repeats > 1, run.listed >= grammar.min_pairs
    if not run.readable:
        return "no entry is a quote"
    if not repeated and not enough:
        return f"{run.listed} pairs, printed once; a ticker has {grammar.min_pairs} (min_pairs) or is repeated"
    if (repeated and enough) or grammar.pattern or not prose.begins_by(span.start):
        return None
    return "stands behind prose, where a ticker must be repeated and have all its pairs"


def contradicting(
    run: EntryRun, end: int, text: str, grammar: Grammar
) -> tuple[tuple[Variant, ...], list[str], list[Quote]]:
    """Return the values of later tickers of a page that contradict those of its first one, and notes on them.

    The last ones are the quotes of other pairs there.

    Args:
        run: the first ticker.
        end: its end.
        text: the page.
        grammar: how its source prints.
    """
    if not _may_list_behind(text, end):
        return (), [], []
    rest = text[end:]
    rest = without_invisible(rest) if has_invisible(rest) else rest
    prose = Prose(rest)
    first: dict[str, list[Quote]] = {}
    for variant in run.values:
        first.setdefault(variant.quote.pair, []).append(variant.quote)
    found: Counter[Quote] = Counter()
    listed: list[Quote] = []
    further: dict[Quote, None] = {}
    entries = 0
    for number, span in enumerate(ticker_runs(rest, grammar)):
        entries += len(span.items)
        if number == REFUSED_RUNS or entries > TICKER_ENTRIES:
            note = f"more than {REFUSED_RUNS:,} lists, or {TICKER_ENTRIES:,} entries, behind the ticker"
            return _variants(found), [f"{note}: the page is not read further"], [*further]
        further |= dict.fromkeys(item.quote for item in span.items if item.quote and item.pair not in first)
        if first.keys().isdisjoint(item.pair for item in span.items):
            continue
        later = read_entry_run(span, rest)
        others = [
            (quote, times)
            for quote, times in later.values
            if quote.pair in first and not any(_agree(quote, other) for other in first[quote.pair])
        ]
        if refusal(later, span, grammar, prose) is None:
            for quote, times in others:
                found[quote] += times
        elif later.listed >= grammar.min_pairs:
            listed += [quote for quote, _ in others]
    notes = [f"another ticker on the page has other values: {next(iter(found))}"] if found else []
    if listed:
        notes.append(f"a list behind prose has other values, left out: {listed[0]}")
    return _variants(found), notes, [*further]


def _may_list_behind(text: str, end: int) -> bool:
    """Return whether an entry may stand behind a position, also one with invisible characters."""
    if text.find("=", end) < 0 and text.find("\t", end) < 0:  # most articles have neither
        return False
    return _LISTED.search(text, end) is not None


def _variants(found: "Counter[Quote]") -> tuple[Variant, ...]:
    """Return the values with their numbers; of each pair as many as are kept."""
    kept: Counter[str] = Counter()
    variants = []
    for quote, times in found.items():
        kept[quote.pair] += 1
        if kept[quote.pair] <= PAIR_VALUES:
            variants.append(Variant(quote, times))
    return tuple(variants)


def _agree(one: Quote, other: Quote) -> bool:
    """Return whether two quotes of a pair may be one: neither the rates nor the reports differ but in their digits."""
    reports = one.reported_text, other.reported_text
    if reports[0] and reports[1] and not _same(*(report.rstrip("%") for report in reports if report)):
        return False
    return _same(one.rate_text, other.rate_text)


def _same(one: str, other: str) -> bool:
    """Return whether the number with fewer decimals is the other one, rounded."""
    places = min(len(text.partition(".")[2]) for text in (one, other))
    return abs(Decimal(one) - Decimal(other)) * 2 <= (
        Decimal(0) if len(one.partition(".")[2]) == len(other.partition(".")[2]) else Decimal(1).scaleb(-places)
    )
