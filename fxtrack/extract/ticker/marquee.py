"""Decides which run of entries on a page is its ticker, and reads it. Pure.

A ticker is a run of quotes with only white space and bullets between them:

    • KGS/USD = 0.01144 0%
      • KZT/USD = 0.00192 -0%

A scrolling marquee repeats its block of pairs, so the run is a window onto an endless repetition of one block. That
distinguishes it from prose: it lists at least `min_pairs` pairs, or lists a block more than once. Behind a sentence it
must do both, since a list inside an article looks similar. The first such run is the ticker. A later one that
prints the same pairs with other values makes the page a conflict; everything else after it belongs to the article.

A source may configure a pattern for its entries (`custom`). It is written for its pages, so prose before the run does
not matter. The page date is a separate line beside the run (`calendar/dates`).
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from fxtrack.extract.calendar.dates import DateLine, find_date, stated_date
from fxtrack.extract.calendar.signs import ends_in_a_date
from fxtrack.extract.characters import INVISIBLE, has_invisible, without_invisible
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.ticker.beside import CODE_CHARS, PAIR_CHARS, beside, likely_pairs
from fxtrack.extract.ticker.builtin import ticker_runs
from fxtrack.extract.ticker.custom import pattern_runs
from fxtrack.extract.ticker.date_groups import read_by_date
from fxtrack.extract.ticker.entries import EntryRun, Span, read_entry_run
from fxtrack.extract.ticker.headings import doubt_above, unit_behind, without_groups, without_last, without_reports
from fxtrack.extract.ticker.judgement import Prose, contradicting, refusal
from fxtrack.limits import PAGE_NOTES, PROBE_CANDIDATES, REFUSED_RUNS, TICKER_ENTRIES
from fxtrack.model.quote import Outcome, Quote, Reading

_HIDDEN_PAIR = re.compile(
    rf"/(?:(?<=[{INVISIBLE}]/)|(?<=[{INVISIBLE}][A-Z]/)|(?<=[{INVISIBLE}][A-Z]{{2}}/)|[A-Z]{{0,3}}\s?[{INVISIBLE}])"
)
_LIKE_ENTRY = re.compile(r"/(?<=[A-Z]{3}/)[A-Z]{3}\s{0,16}=\s{0,16}[0-9]")  # starts with a literal: faster
_AROUND_CHARS, _NAMED_CHARS = 256, 60
_LEAST_HEADING = 5  # characters before a ticker that may be a heading


class Candidate(NamedTuple):
    """A run of entries that may be the ticker; `refused` is the reason why it is not, None for the ticker."""

    span: Span
    run: EntryRun
    refused: str | None


class Examination(NamedTuple):
    """How a page was read.

    Attributes:
        reading: the result.
        candidates: the examined runs, in order; if there is a ticker, it is the last one.
        text: the text that their positions refer to, without invisible characters.
        date_line: the line beside the ticker that was read as its date.
    """

    reading: Reading
    candidates: tuple[Candidate, ...]
    text: str
    date_line: DateLine | None = None


def read_ticker(text: str, grammar: Grammar | None = None, doubts: Sequence[int] = ()) -> Reading:
    """Read the ticker of a page.

    Args:
        text: the page, with line feeds between lines.
        grammar: how its source prints; the default reads the ticker described above.
        doubts: where numbers begin that are no reports of a pattern, since other things than characters may be their
            sign.

    Returns:
        A reading with outcome ``ok``, ``no ticker`` or ``conflict``. `detail` describes skipped text.
    """
    return examine_ticker(text, grammar, doubts).reading


def examine_ticker(text: str, grammar: Grammar | None = None, doubts: Sequence[int] = ()) -> Examination:
    """Read the ticker of a page and keep every run that was considered.

    Args:
        text: the page, with line feeds between lines.
        grammar: how its source prints; the default reads the ticker described above.
        doubts: as for `read_ticker`.
    """
    grammar = grammar or Grammar()
    if grammar.pattern:
        shown = without_invisible(text)
        if doubts and len(shown) < len(text):
            doubts = [len(without_invisible(text[:place])) for place in doubts]
        return _examine(shown, grammar, doubts)
    found = _examine(text, grammar)
    return found if text.isascii() or not _hides(found) else _examine(without_invisible(text), grammar)


def _hides(found: Examination) -> bool:
    """Return whether invisible characters may change the reading: in a pair, or in and around a run of entries."""
    text, runs = found.text, found.candidates
    if has_invisible("".join([_around(text, candidate.span) for candidate in runs])):
        return True
    first = runs[-1].span.start if runs and runs[-1].refused is None else len(text)
    return _HIDDEN_PAIR.search(text, 0, first) is not None


def _around(text: str, run: Span) -> str:
    """Return the text in and around a run, without its repeats, which are identical."""
    start, end, times, margin = run.start, run.end, run.times, _AROUND_CHARS
    once = (end - start) // times
    return text[max(0, start - margin) : start + once] + text[end - once : end + margin]


def _examine(text: str, grammar: Grammar, doubts: Sequence[int] = ()) -> Examination:
    candidates: list[Candidate] = []
    prose = Prose(text)
    runs = pattern_runs(text, grammar, grammar.pattern, doubts) if grammar.pattern else ticker_runs(text, grammar)
    entries, ended = 0, None
    doubted: list[str] = []
    for span in runs:
        if len(candidates) == REFUSED_RUNS or entries > TICKER_ENTRIES:
            ended = f"more than {REFUSED_RUNS:,} lists, or {TICKER_ENTRIES:,} entries, that are no ticker"
            break
        entries += len(span.items)
        run = read_entry_run(span, text)
        refused = refusal(run, span, grammar, prose)
        if span.start >= _LEAST_HEADING and not (refused or grammar.pattern):
            doubt = doubt_above(text, span.start)
            if doubt and doubt.of_rates:
                refused = f"left out, {run.readable} quotes: {doubt.note}"
                doubted.append(refused)
            elif doubt:
                run = without_reports(run, doubt)
        if not refused:
            found = _reading(run, span, text, grammar, candidates)
            for note in doubted:
                found = found._replace(reading=found.reading.noting(note))
            behind = _left_behind(islice(runs, REFUSED_RUNS), span) if grammar.pattern else None
            return found._replace(reading=found.reading.noting(behind)) if behind else found
        candidate = Candidate(span, run, refused)
        candidates.append(candidate if len(candidates) < PROBE_CANDIDATES else _without_entries(candidate))
    return Examination(_no_ticker(candidates, ended, text, grammar, doubted), tuple(candidates), text)


def _left_behind(runs: Iterator[Span], ticker: Span) -> str | None:
    """Return a note on entries of a pattern that stand apart from those that are read and show something else."""
    read = {item.quote for item in ticker.items}
    others = [item.raw for span in runs for item in span.items if item.quote and item.quote not in read]
    if not others:
        return None
    return f"left out, {len(others):,} entries that stand apart from the first list: {others[0][:_NAMED_CHARS]!r}"


def _no_ticker(
    candidates: list[Candidate], ended: str | None, text: str, grammar: Grammar, doubted: list[str]
) -> Reading:
    """Return the reading of a page none of whose runs is a ticker, with notes on what may be quotes."""
    rejected = sum(candidate.run.readable for candidate in candidates if candidate.refused not in doubted)
    notes = doubted[:PAGE_NOTES]
    notes += [f"quotes in prose or in a list too short for a ticker: {rejected}"] if rejected else []
    if ended:
        notes.append(f"{ended}: the page is not read further")
    unnamed = 0
    for candidate in candidates:
        listed = candidate.run.listed >= grammar.min_pairs
        if not candidate.run.readable and (listed or (grammar.pattern and candidate.span.items[0].strange)):
            unnamed += len(notes) >= PAGE_NOTES
            notes += candidate.run.notes if not unnamed else ()
    if not notes and not grammar.pattern:
        places = [found.start() - CODE_CHARS for found in _LIKE_ENTRY.finditer(text)]
        pairs = list(dict.fromkeys(text[place : place + PAIR_CHARS] for place in places))
        if len(pairs) >= grammar.min_pairs:
            notes.append(f"entries of {len(pairs)} pairs, left out: other text may belong to each, first {pairs[0]!r}")
        elif pairs := likely_pairs(text, grammar.min_pairs):
            notes.append(f"numbers beside {len(pairs)} pairs, left out: not printed as in a ticker, first {pairs[0]!r}")
    if unnamed:
        notes.append(f"further lists of entries that are no quotes: {unnamed:,}")
    return Reading(Outcome.NO_TICKER, detail="; ".join(notes) or None)


def _without_entries(candidate: Candidate) -> Candidate:
    """Return a refused candidate with its first entry only, which bounds memory."""
    span, run, refused = candidate
    notes = () if run.readable else run.notes
    return Candidate(
        span._replace(items=span.items[:1], block=0), run._replace(values=(), dates=(), notes=notes), refused
    )


def _reading(run: EntryRun, span: Span, text: str, grammar: Grammar, refused: list[Candidate]) -> Examination:
    if grammar.pattern and (found := read_by_date(span, text, max(1, run.line_breaks), grammar)):
        return Examination(found.reading, (*refused, Candidate(span, run, None)), text, found.line)
    if run is not span.usual and run.notes and not grammar.pattern:
        run = without_groups(run, span.items, grammar.decimal)
    line = _own_date(run, grammar) or find_date(text, span.start, span.end, max(1, run.line_breaks), grammar)
    if not (line.date or grammar.pattern) and (unit := unit_behind(text, span.end)):
        run, end = without_last(run, span, unit), text.find(unit, span.end) + len(unit)
        line = find_date(text, span.start, end, max(1, run.line_breaks), grammar)
    candidates = (*refused, Candidate(span, run, None))
    if run.notes and not (line.date or line.unread or grammar.pattern) and (dated := _entry_with_a_date(span)):
        line = DateLine(None, dated, "the date of the page may stand in that entry", line.tried)
    before, behind = ([], []) if grammar.pattern else beside(text, span)
    named = [f"looks like a quote beside the ticker, left out: {name!r}" for name in (*before, *behind)]
    notes = [*run.notes, *named]
    if line.note:
        notes.append(line.note)
    later, said, further = ((), [], []) if grammar.pattern else contradicting(run, span.end, text, grammar)
    notes += said
    # behind its date line a ticker is whole, and quotes of other pairs are the article's
    elsewhere = (
        [name for name in map(str, further) if name not in {*before, *behind}] if further and not line.date else ()
    )
    if elsewhere:
        notes += [f"a quote behind the ticker and apart from it, left out: {name!r}" for name in elsewhere[:PAGE_NOTES]]
        if len(elsewhere) > PAGE_NOTES:
            notes.append(f"quotes behind the ticker, left out: {len(elsewhere) - PAGE_NOTES:,} more")
    values = run.values + later
    conflict = len(values) > run.pairs or not run.periodic or run.is_over
    if conflict and len(values) == run.pairs and not run.is_over:
        notes.append("the repeats do not list the same pairs")
    if not values:
        return Examination(Reading(Outcome.NO_TICKER, detail="; ".join(notes)), candidates, text, line)
    reading = Reading(
        outcome=Outcome.CONFLICT if conflict else Outcome.OK,
        page_date=line.date,
        quotes=() if conflict else tuple([variant.quote for variant in values]),
        repeats=run.repeats,
        variants=values if conflict else (),
        detail="; ".join(notes) or None,
        date_unread=line.unread or (line.date is None and (bool(behind) or _goes_on(text, span.end, further))),
    )
    return Examination(reading, candidates, text, line)


def _goes_on(text: str, end: int, further: Sequence[Quote]) -> bool:
    """Return whether a ticker may go on with further quotes, and then show its date: no blank line parts them."""
    return bool(further) and "\n\n" not in text[end : max(end, text.find(further[0].pair, end))]


def _entry_with_a_date(span: Span) -> str | None:
    """Return an entry that is no quote and has a date behind its numbers."""
    return next((item.raw for item in span.items if not item.quote and ends_in_a_date(item.raw)), None)


def _own_date(run: EntryRun, grammar: Grammar) -> DateLine | None:
    """Return the date printed in the entries, None if they print none."""
    return stated_date(run.dates[0], grammar) if run.dates else None
