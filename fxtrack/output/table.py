"""Rows as a table for a terminal.

Two passes: the first reads the rows, measures the columns and keeps the cells; the second writes the lines. Libraries
for tables hold all cells at once, and take a minute for as many rows as this takes a second for.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from fxtrack.model.location import printable
from fxtrack.model.words import VERDICT_WORDS
from fxtrack.output.cells import TEXT, decimals_place, in_table, table_text
from fxtrack.output.spool import PIECE_CHARACTERS, spooled

if TYPE_CHECKING:
    from fxtrack.store.query import QueryResult, Rows

_GAP = 2
_ANY_WIDTH = 10_000
_BETWEEN_CELLS = "\x1f"  # not printable, so it occurs in no cell
_BOLD = "1"
_REFUSED = {"unexplained": "31", "breaks the rule": "1;31"}
_VERDICT_STYLE = _REFUSED | {VERDICT_WORDS[verdict]: style for verdict, style in _REFUSED.items()}
_looks_numeric = re.compile(r"[-+.%]*[0-9][-+.%0-9]*").fullmatch


class Wording(NamedTuple):
    """How people see a column: its heading, the words for each value, and the ANSI style of those words."""

    heading: str
    words: Callable[[str], str]
    style: str = ""


class _Column:
    """The properties of a column, known once all its chunks have been read."""

    def __init__(self, name: str, kind: str, wording: Wording | None = None) -> None:
        self.name = wording.heading if wording else name
        self.kind = kind
        self.wording = wording
        self.given = False  # whether any value is not null
        self.numeric = wording is None  # whether all other values than null look like numbers
        self.width = 0
        self.uneven = False  # whether a cell has another width than characters
        self.styled = False  # whether a cell has a colour

    @property
    def right(self) -> bool:
        return self.given and self.numeric

    def style(self, cell: str) -> str:
        """Return the ANSI style of a cell."""
        of_column = self.wording.style if self.wording and cell else ""
        return of_column or _VERDICT_STYLE.get(cell, "")

    def cells(self, values: Sequence[Any]) -> Sequence[str]:
        """Return the cells of some values, without control characters that could steer the terminal."""
        if in_table(self.kind, "") is None:
            self.numeric = self.numeric and all(v is None or _is_number(v) for v in values)
            values = [None if v is None else table_text(v) for v in values]
        if self.wording:
            words = {v: v and self.wording.words(v) for v in set(values)}
            values = [words[v] for v in values]
        texts = set(values)
        has_null = None in texts
        texts.discard(None)
        if not texts:
            return [""] * len(values)
        self.given = True
        if self.kind == TEXT:
            self.numeric = self.numeric and all(map(_looks_numeric, texts))
        elif self.kind == "DATE":
            self.numeric = False
        self.styled = self.styled or bool(self.wording and self.wording.style) or not texts.isdisjoint(_VERDICT_STYLE)
        together = "".join(texts)
        if together.isascii() and together.isprintable():
            widest = max(map(len, texts))
            self.width = max(self.width, widest)
            return [text or "" for text in values] if has_null else values
        known = {text: printable(text) for text in texts}
        widest = max(map(_width, known.values()))
        self.width = max(self.width, widest)
        self.uneven = self.uneven or any(_width(cell) != len(cell) for cell in known.values())
        known[None] = ""
        return [known[text] for text in values]


def lay_out(
    rows: "Rows | QueryResult",
    title: str | None = None,
    hide: tuple[str, ...] = (),
    words: Mapping[str, Wording] | None = None,
) -> Iterator[str]:
    """Return the rows as a table, piece by piece; all of them have been read when this returns.

    Columns without any value and those in `hide` are left out. Numbers are aligned right. No cell is cut, because a
    truncated number is a wrong number; in a table wider than the terminal, headings break between words. Columns in
    `words` are shown in those words.
    """
    pieces = _table(rows, title, hide, words or {})
    next(pieces)
    return pieces


def _table(
    rows: "Rows | QueryResult", title: str | None, hide: tuple[str, ...], words: Mapping[str, Wording]
) -> Iterator[str]:
    """Read the rows, yield an empty piece, and then the table."""
    columns = {
        i: _Column(name, rows.types[i], words.get(name)) for i, name in enumerate(rows.columns) if name not in hide
    }
    wanted = {i: _expression(rows, i) for i in columns}
    empty = True
    with spooled() as kept:
        for chunk in rows.chunks(wanted):
            empty = False
            cells = [c.cells(values) for c, values in zip(columns.values(), zip(*chunk, strict=True), strict=False)]
            kept.writelines([_BETWEEN_CELLS.join(row) + "\n" for row in zip(*cells, strict=True)])
        yield ""
        kept.seek(0)
        yield from _lines(list(columns.values()), kept, title, empty=empty)


def _expression(rows: "Rows | QueryResult", place: int) -> str:
    """Return the expression for the cells of a column."""
    decimals = decimals_place(rows.columns[place], rows.columns, rows.types)
    column = f"#{place + 1}"
    return in_table(rows.types[place], column, None if decimals is None else f"#{decimals + 1}") or column


def _lines(columns: list[_Column], kept: IO[str], title: str | None, *, empty: bool) -> Iterator[str]:
    """Yield the lines of a table from its cells, in pieces."""
    shown_columns = [column for column in columns if column.given or empty]
    if not shown_columns:
        yield "\n"
        return
    colour = _is_coloured()
    yield _head(shown_columns, title, colour=colour)
    odd = {i: c for i, c in enumerate(columns) if c.given and (c.uneven or (c.styled and colour))}
    pattern = "".join(_pattern(column, even=i not in odd) for i, column in enumerate(columns))
    while lines := kept.readlines(PIECE_CHARACTERS):
        rows = [tuple(line[:-1].split(_BETWEEN_CELLS)) for line in lines]
        if odd:
            rows = [_padded(row, odd, colour=colour) for row in rows]
        yield "\n".join([(pattern % row).rstrip() for row in rows]) + "\n"


def _head(columns: list[_Column], title: str | None, *, colour: bool) -> str:
    """Set the width of the columns, and return the title and the headings, aligned at their last lines."""
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else _ANY_WIDTH
    for between_words in (" ", "\n"):
        headings = [between_words.join(map(printable, c.name.split("_"))).split("\n") for c in columns]
        widths = [max(c.width, *map(_width, heading)) for c, heading in zip(columns, headings, strict=True)]
        if sum(widths) + _GAP * len(columns) <= room:
            break
    for column, width in zip(columns, widths, strict=True):
        column.width = width
    style = _BOLD if colour else ""
    lines = [_styled(title.ljust(sum(widths) + _GAP * (len(columns) - 1)), style)] if title is not None else []
    for n in range(-max(map(len, headings)), 0):
        line = ""
        for column, heading in zip(columns, headings, strict=True):
            gap = " " * (0 if column is columns[-1] else _GAP)
            if -n > len(heading):
                line += _styled(" " * column.width + gap, style)
            else:
                line += _styled(_pad(heading[n], column), style) + _styled(gap, style)
        lines.append(line)
    return "".join(line.rstrip() + "\n" for line in lines)


def _pattern(column: _Column, *, even: bool) -> str:
    """Return the format of a cell; cells that are not `even` have been padded already."""
    if not column.given:
        return "%.0s"
    return (f"%{'' if column.right else '-'}{column.width}s" if even else "%s") + " " * _GAP


def _padded(row: tuple[str, ...], odd: dict[int, _Column], *, colour: bool) -> tuple[str, ...]:
    """Pad and colour the cells that a pattern cannot."""
    cells = list(row)
    for i, column in odd.items():
        cells[i] = _styled(_pad(cells[i], column), column.style(cells[i]) if colour else "")
    return tuple(cells)


def _pad(text: str, column: _Column) -> str:
    """Return text as wide as its column."""
    if column.right:
        return " " * (column.width - _width(text.rstrip())) + text.rstrip()
    return text + " " * (column.width - _width(text))


def _styled(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if text and style else text


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) or (isinstance(value, str) and bool(_looks_numeric(value)))


def _width(text: str) -> int:
    """Return the number of places that text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _is_coloured() -> bool:
    """Return whether standard output shows colours and wants them."""
    if os.environ.get("NO_COLOR"):
        return False
    if not (sys.stdout.isatty() or {"FORCE_COLOR", "TTY_COMPATIBLE"} & set(os.environ)):
        return False
    from rich.console import Console

    return Console().color_system is not None
