"""Finds the headings above the columns of a page's rows, and whether a heading means a plain rate. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fxtrack.probe.dates import DATE
from fxtrack.probe.layout.figures import Place
from fxtrack.probe.layout.rows import Layout
from fxtrack.probe.meaning.vocabulary import HEADING_KINDS, RATE_KINDS, has, kinds_of, tokens_in, unknown_in

_MOST_LINES = 4
_FIGURES = re.compile(r"[0-9][.,][0-9]")
_DATE = re.compile(DATE)
_OF_COLUMNS = ("rate", "kind", "identity", "unit", "change", "percent", "date")
_FEWEST = 2
_CALLS_A_RATE = frozenset({"rate", "kind", "currency", "place"})
_DAYS = re.compile(r"[0-9]{1,2}[./][0-9]{1,2}")
_PER_ONE = re.compile(
    r"(?:\b(?:per|for|of|за|на|барои)\s+)?(?:\b(?:1|one|одну|a|як)\s+)?"
    r"\b(?:unit|единиц[ауы]|ед|бірлік\w*|бирдик\w*|birlik\w*|birim\w*|бирлик\w*|воҳид\w*|միավոր\w*)\b\.?(?:\s+(?:үшін|үчүн|uchun|учун|için|համար))?",
    re.IGNORECASE,
)
"""That a rate is for one unit."""


class Headings(NamedTuple):
    """The lines of headings above the first row: cells by column, and cells of no certain column."""

    columns: tuple[tuple[str, ...], ...]
    loose: tuple[str, ...]
    lines: tuple[str, ...]


def headings_of(layout: Layout, text: str) -> Headings:
    """Return the headings above a layout's rows."""
    row = layout.columns
    printed, _, further = text[row.start : row.end].partition("\n")
    if layout.inline or (further and "\t" not in printed):
        return Headings((), (), ())
    columns: list[tuple[str, ...]] = []
    loose: list[str] = []
    lines: list[str] = []
    for line in _lines_above(layout, text, is_tabbed="\t" in printed):
        cells = line.split("\t") if "\t" in printed else line.split()
        wide = printed.count("\t") + 1 if "\t" in printed else len(printed.split())
        lines.append(line)
        if len(cells) == wide:
            columns.append(tuple(cell.strip() for cell in cells))
        elif len(cells) == wide - 1 and not _is_above_first(layout, text):
            columns.append(("", *(cell.strip() for cell in cells)))  # an empty cell begins no line
        else:
            loose += [cell.strip() for cell in cells if cell.strip()]
    return Headings(tuple(columns), tuple(loose), tuple(lines))


def over(headings: Headings, layout: Layout, text: str, place: Place) -> tuple[str, ...]:
    """Return the headings of a column, the nearest first."""
    row = layout.columns
    token = place.of(row)
    if token is None or not headings.columns:
        return ()
    end = text.find("\n", row.start, row.end)
    if end >= 0 and token.start > end:
        return ()
    printed = text[row.start : token.start]
    number = printed.count("\t") if "\t" in text[row.start : end if end >= 0 else row.end] else len(printed.split())
    return tuple(cells[number] for cells in headings.columns if number < len(cells) and cells[number])


def not_plain(heading: str) -> str | None:
    """Return the first word of a heading that means no plain rate of the page's date, None where all do."""
    rest = _PER_ONE.sub(" ", _DATE.sub(" ", heading))
    if word := unknown_in(rest, RATE_KINDS):
        return word
    said = [kinds_of(token) for token in tokens_in(rest) if kinds_of(token)]
    return None if not said or any(_CALLS_A_RATE & kinds for kinds in said) else heading


def currencies_of(heading: str) -> frozenset[str]:
    """Return the words for currencies in a heading."""
    return frozenset(t.casefold() for t in tokens_in(heading) if kinds_of(t) == {"currency"})


def not_understood(headings: Sequence[str]) -> str | None:
    """Return the first heading of a column that is not understood at all."""
    return next((cell for cell in headings if unknown_in(_PER_ONE.sub(" ", _DATE.sub(" ", cell)), HEADING_KINDS)), None)


def _lines_above(layout: Layout, text: str, *, is_tabbed: bool) -> Iterator[str]:
    """Yield the lines of headings, the nearest first; rows of another kind below them are passed over."""
    above = text[: layout.rows[0].start].split("\n")[-2::-1]
    kept = [line for line in above[: 2 * _MOST_LINES] if line.strip()][:_MOST_LINES]
    for line in kept:
        if not is_tabbed:
            if _is_heading(line):
                yield line
            return
        if "\t" not in line:
            return
        is_named = any(has(line, kind) for kind in _OF_COLUMNS if kind != "date")
        if is_named or not _FIGURES.search(_DATE.sub("", _DAYS.sub("", line))):
            yield line


def _is_heading(line: str) -> bool:
    """Return whether a line without cells has headings: words of columns, and no date as a title has."""
    words = line.split()
    dates = [word for word in words if _DATE.fullmatch(word)]
    meant = [word for word in words if any(has(word, kind) for kind in _OF_COLUMNS) or word in dates or word == "%"]
    if len(dates) == 1 or any(c.isdigit() for c in _DATE.sub("", line)):
        return False
    return len(words) >= _FEWEST and len(meant) * 2 > len(words)


def _is_above_first(layout: Layout, text: str) -> bool:
    """Return whether the first cell of a row holds more than its currency, so that it has a heading of its own."""
    row = layout.columns
    tab = text.find("\t", row.start, row.end)
    return tab < row.anchor.base.end
