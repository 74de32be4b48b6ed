"""Describes the columns, words and rows of a page that an entry does not read. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from fxtrack.limits import SUGGEST_REMARKS
from fxtrack.probe.layout.columns import FURTHER, Roles, heading_of
from fxtrack.probe.layout.figures import CannotSuggest, Place, values
from fxtrack.probe.layout.rows import Layout, shown
from fxtrack.probe.pattern import pattern_of


def unused(layout: Layout, roles: Roles, text: str, heading: str) -> list[str]:
    """Return a line for each column, word and row that is not read."""
    return [
        *(
            _column(layout, text, heading, place, what) + _other_pattern(layout, roles, text, place, what)
            for place, what in roles.rest
        ),
        *_words(layout, text),
        *_rows(layout, text),
    ]


def _column(layout: Layout, text: str, heading: str, place: Place, what: str) -> str:
    token = values(layout, place)[0]
    under = heading_of(layout, text, heading, place)
    return f"not read: {what}, {token.text!r} in the first row{f' under {under!r}' if under else ''}"


def _other_pattern(layout: Layout, roles: Roles, text: str, place: Place, what: str) -> str:
    """Return the reading of a further figure, nothing for other columns."""
    if what != FURTHER:
        return ""
    try:
        pattern = pattern_of(layout, replace(roles, rate=place, report=None, direction=None), text)
    except CannotSuggest:
        return ""
    return (
        f"; to read it as a series of its own, add an entry with `pages_of` this one's name and the pattern {pattern}"
    )


def _words(layout: Layout, text: str) -> Iterator[str]:
    row = layout.columns
    places = sorted(
        [(t.start, t.end) for t in (*row.before, *row.after, row.anchor.base)]
        + ([(row.anchor.counter.start, row.anchor.counter.end)] if row.anchor.counter else [])
    )
    position = row.start
    for start, end in [*places, (row.end, row.end)]:
        between = " ".join(text[position:start].split()).strip(" ()|,;:=-")
        if any(c.isalpha() for c in between):
            yield f"not read: the words {between!r} in the first row"
        position = end


def _rows(layout: Layout, text: str) -> Iterator[str]:
    first, last = layout.rows[0].start, layout.rows[-1].end
    bare = [row for row in layout.others if not row.has_number and first <= row.start <= last + 1]
    yield from (f"not read, since it has no rate: {shown(row, text)!r}" for row in bare)
    rows = [row for row in layout.others if row.has_number]
    for row in rows[:SUGGEST_REMARKS]:
        yield f"not read, since it is not laid out as the rates are or stands apart: {shown(row, text)!r}"
    if len(rows) > SUGGEST_REMARKS:
        yield f"not read: {len(rows) - SUGGEST_REMARKS} more of these"
