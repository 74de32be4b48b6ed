"""Describes the columns, words and rows of a page that an entry does not read. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from fxtrack.limits import SUGGEST_REMARKS
from fxtrack.probe.layout.columns import FURTHER, Roles
from fxtrack.probe.layout.figures import CannotSuggest, Place, values
from fxtrack.probe.layout.rows import Layout, Row, shown
from fxtrack.probe.meaning.around import left_out, title_of
from fxtrack.probe.meaning.headings import Headings, headings_of, over
from fxtrack.probe.pattern import pattern_of

_WORDS = 3


def unused(layout: Layout, roles: Roles, text: str) -> list[str]:
    """Return a line for each column, word and row that is not read."""
    headings = headings_of(layout, text)
    title = title_of(layout, text, headings.lines)
    return [
        *([f"not understood: the line {title!r} above the rates"] if title else []),
        *(
            _column(layout, text, headings, place, what) + _other_pattern(layout, roles, text, place, what)
            for place, what in roles.rest
        ),
        *_words(layout, text),
        *_rows(layout, text),
    ]


def _column(layout: Layout, text: str, headings: Headings, place: Place, what: str) -> str:
    token = values(layout, place)[0]
    under = " ".join(reversed(over(headings, layout, text, place)))
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
    """Yield a remark on the words of each place in the rows; words that differ from row to row are shown in part."""
    said: dict[int, list[str]] = {}
    for row in layout.rows:
        for place, printed in enumerate(_between(row, text)):
            if any(c.isalpha() for c in printed):
                said.setdefault(place, []).append(printed)
    for all_words in said.values():
        words = list(dict.fromkeys(all_words))
        shown_words = ", ".join(map(repr, words[:_WORDS])) + (
            f" and {len(words) - _WORDS} more" if words[_WORDS:] else ""
        )
        yield f"not read: the words {shown_words} in the {'rows' if len(words) > 1 else 'first row'}"


def _between(row: Row, text: str) -> Iterator[str]:
    places = sorted(
        [(t.start, t.end) for t in (*row.before, *row.after, row.anchor.base)]
        + ([(row.anchor.counter.start, row.anchor.counter.end)] if row.anchor.counter else [])
    )
    position = row.start
    for start, end in [*places, (row.end, row.end)]:
        yield " ".join(text[position:start].split()).strip(" ()|,;:=-")
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
    if not layout.inline:
        yield from left_out(layout, text, [(row.start, row.end) for row in (*rows, *bare)])
