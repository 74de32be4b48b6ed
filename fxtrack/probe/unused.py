"""Says of everything beside a page's rates that an entry does not read what it is. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from fxtrack.limits import SUGGEST_REMARKS
from fxtrack.probe.columns import CannotSuggest, Place, Roles, values
from fxtrack.probe.pattern import pattern_of
from fxtrack.probe.rows import Layout, shown


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
    under = _heading_of(layout, text, heading, place)
    return f"not read: {what}, {token.text!r} in the first row{f' under {under!r}' if under else ''}"


def _other_pattern(layout: Layout, roles: Roles, text: str, place: Place, what: str) -> str:
    """Return how a further figure is read, nothing for other columns."""
    if what != "a further figure":
        return ""
    try:
        pattern = pattern_of(layout, replace(roles, rate=place, report=None, direction=None), text)
    except CannotSuggest:
        return ""
    return f"; to read it as a series of its own, add this entry with another name and the pattern {pattern}"


def _heading_of(layout: Layout, text: str, heading: str, place: Place) -> str | None:
    """Return what stands above a column in the heading, where the cells can be counted."""
    row = layout.columns
    token = place.of(row)
    cells = heading.split("\t")
    line = text[row.start : row.end]
    if token is None or len(cells) < 2 or len(cells) != line.count("\t") + 1:  # noqa: PLR2004
        return None
    return cells[text.count("\t", row.start, token.start)].strip()


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
    rows = [row for row in layout.others if row.has_number]
    for row in rows[:SUGGEST_REMARKS]:
        yield f"not read, since it is not laid out as the rates are or stands apart: {shown(row, text)!r}"
    if len(rows) > SUGGEST_REMARKS:
        yield f"not read: {len(rows) - SUGGEST_REMARKS} more of these"
