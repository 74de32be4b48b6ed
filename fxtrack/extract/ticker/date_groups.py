"""Quotes of several dates on one page: entries with dates, or columns headed by dates. Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from fxtrack.extract.calendar.dates import DateLine, find_date, stated_date
from fxtrack.extract.grammar import Grammar, columns_of, date_pattern_of
from fxtrack.extract.ticker.entries import EntryRun, Item, Span, read_entry_run
from fxtrack.model.quote import DatedQuotes, Outcome, Reading


class DatedReading(NamedTuple):
    """The reading of a run with entries of several dates, and the place of the newest date."""

    reading: Reading
    line: DateLine | None


def read_by_date(span: Span, text: str, most_breaks: int, grammar: Grammar) -> DatedReading | None:
    """Read a run date by date; None if its entries have one date, or print none.

    Entries without a known date beside others that have one are quotes without a date. A date on which the entries
    disagree is skipped with a note, unless it is the only one.

    Args:
        span: the run.
        text: the page.
        most_breaks: line breaks between the run and a heading, as for `find_date`.
        grammar: how the source prints.
    """
    lines = _lines(span, text, most_breaks, grammar)
    if not lines:
        return None
    groups: dict[dt.date | None, list[Item]] = {}
    for item in span.items:
        line = lines.get(item.date or "")
        groups.setdefault(line.date if line else None, []).append(item)
    notes = dict.fromkeys([*span.notes, *(line.note for line in lines.values() if line.note)])
    if undated := [item for item in groups.get(None, ()) if not item.date]:
        notes[f"entries without a date beside others that have one: {', '.join(item.raw for item in undated)}"] = None
    found: list[DatedQuotes] = []
    disagreeing: list[tuple[dt.date | None, EntryRun]] = []
    for date in sorted(groups, key=lambda date: date or dt.date.min, reverse=True):
        items = groups[date]
        run = read_entry_run(Span(span.start, items, span.end if span.items[-1] in items else span.start), text)
        notes |= dict.fromkeys(run.notes)
        if len(run.values) > run.pairs or not run.periodic or run.is_over:
            disagreeing.append((date, run))
        elif run.values:
            found.append(DatedQuotes(date, tuple(value.quote for value in run.values)))
    if not found and disagreeing:
        newest, run = disagreeing[0]
        reading = Reading(Outcome.CONFLICT, newest, (), run.repeats, run.values)
    else:
        notes |= dict.fromkeys(map(_disagreement, disagreeing))
        (newest, quotes), *further = found or [DatedQuotes(None, ())]
        reading = Reading(Outcome.OK, newest, quotes, 1, further=tuple(further))
    line = next((line for line in lines.values() if line.date == newest), None)
    unread = newest is None and line is not None and line.unread
    return DatedReading(reading._replace(detail="; ".join(notes) or None, date_unread=unread), line)


def _lines(span: Span, text: str, most_breaks: int, grammar: Grammar) -> dict[str, DateLine]:
    """Return the dates of a run by their text in its items; empty if they do not differ."""
    pattern = grammar.date_pattern
    labels = [label for label in columns_of(grammar.pattern or "") if pattern and f"(?P<date_{label}>" in pattern]
    if labels and pattern:
        columns = {}
        for label in labels:
            of_label = replace(grammar, date_pattern=date_pattern_of(pattern, label))
            line = find_date(text, span.start, span.end, most_breaks, of_label)
            why = f": {line.note}" if line.note else ""
            columns[label] = line if line.date else line._replace(note=f"no date heads the column `{label}`{why}")
        return columns
    lines = {printed: stated_date(printed, grammar) for printed in dict.fromkeys(_printed(span))}
    return lines if len({line.date for line in lines.values()}) > 1 else {}


def _printed(span: Span) -> Iterator[str]:
    return (item.date for item in span.items if item.date)


def _disagreement(of: tuple[dt.date | None, EntryRun]) -> str:
    date, run = of
    values = ", ".join(f"{value.quote} ({value.repeats} times)" for value in run.values)
    return f"left out, the entries of {date or 'no date'} disagree: {values}"
