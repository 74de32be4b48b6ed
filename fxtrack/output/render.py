"""Rows of any number as a table, JSON or CSV, read and written in chunks."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fxtrack.output.cells import TEXT, CellWriter, in_csv, in_file, in_json, plain_value
from fxtrack.output.spool import PIECE_CHARACTERS, spooled
from fxtrack.output.table import Wording, lay_out

if TYPE_CHECKING:
    from fxtrack.store.query import QueryResult, Rows

__all__ = ["as_csv", "as_json", "as_table", "plain_value", "render"]

_UNQUOTED_NULLS = 2
"""With fewer columns, Python's csv module writes a null in quotes."""


def render(
    rows: "Rows | QueryResult",
    form: str | None,
    hide: tuple[str, ...] = (),
    words: Mapping[str, Wording] | None = None,
) -> Iterator[str]:
    """Return rows piece by piece as json, csv, or (None) a table without the columns in `hide`; see `table.lay_out`.

    All rows have been read when this returns: an answer that fails prints nothing, and a slow reader does not keep the
    database open.
    """
    if form is None:
        return lay_out(rows, hide=hide, words=words)
    pieces = (form == "csv" and _csv_by_database(rows)) or _kept(_json(rows) if form == "json" else _csv(rows))
    next(pieces)
    return pieces


def as_json(record: object) -> str:
    """Return lists and dictionaries of any values as JSON; decimals are strings, null is null."""
    return json.dumps(plain_value(record), indent=2) + "\n"


def as_csv(rows: "Rows") -> str:
    """Return the rows as CSV (RFC 4180, LF) with a header; null is empty."""
    return "".join(_csv(rows))


def as_table(
    rows: "Rows",
    title: str | None = None,
    hide: tuple[str, ...] = (),
    words: Mapping[str, Wording] | None = None,
) -> str:
    """Return the rows as a table for a terminal; see `table.lay_out`."""
    return "".join(lay_out(rows, title, hide, words))


def _csv_by_database(rows: "Rows | QueryResult") -> Iterator[str] | None:
    """Return CSV that the database writes by itself, many times faster than Python; None if it may not or cannot.

    The database writes to temporary files because standard output may be a file that is open for appending.
    """
    wanted = {place: in_file(kind, f"#{place + 1}") for place, kind in enumerate(rows.types)}
    if not rows.writes or len(wanted) < _UNQUOTED_NULLS or None in wanted.values():
        return None
    with tempfile.TemporaryDirectory(prefix="fxtrack-") as folder:
        paths = rows.write_csv({place: expression or "" for place, expression in wanted.items()}, Path(folder))
        if not paths:
            return None
        # open files outlive the folder and leave no names behind
        files = [path.open(encoding="utf-8", newline="") for path in paths]
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(rows.columns)
    return _read(files, head.getvalue())


def _csv(rows: "Rows | QueryResult") -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows.columns)
    places, slow = _expressions(rows, range(len(rows.columns)), in_csv)
    for chunk in rows.chunks(places):
        writer.writerows([_plain_row(row, slow) for row in chunk] if slow else chunk)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _json(rows: "Rows | QueryResult") -> Iterator[str]:
    # of columns with the same name the last one counts, at the place of the first, as in a dictionary
    names = {name: place for place, name in enumerate(rows.columns)}
    places, slow = _expressions(rows, names.values(), in_json)
    fields = (f"    {json.dumps(name)}: ".replace("%", "%%") + "%s" for name in names)
    record = "  {\n" + ",\n".join(fields) + "\n  }"
    before = "[\n"
    for chunk in rows.chunks(places):
        columns: list[Sequence[Any]] = []
        for n, (place, values) in enumerate(zip(places, zip(*chunk, strict=True), strict=True)):
            columns.append(
                _json_texts(values)
                if rows.types[place] == TEXT
                else _written(values, _json_value if n in slow else None)
            )
        yield before + ",\n".join([record % row for row in zip(*columns, strict=True)])
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _expressions(
    rows: "Rows | QueryResult", places: Iterable[int], writer: CellWriter
) -> tuple[dict[int, str], frozenset[int]]:
    """Return the expression to read for each place, and the positions among those that Python has to write."""
    found = {place: writer(rows.types[place], f"#{place + 1}") for place in places}
    slow = frozenset(n for n, expression in enumerate(found.values()) if expression is None)
    return {place: expression or f"#{place + 1}" for place, expression in found.items()}, slow


def _plain_row(row: Sequence[object], slow: frozenset[int]) -> list[object]:
    return [plain_value(value) if n in slow else value for n, value in enumerate(row)]


def _written(values: Sequence[Any], write: Callable[[Any], str] | None) -> Sequence[str]:
    return values if write is None else [write(value) for value in values]


def _json_texts(values: Sequence[str | None]) -> Sequence[str]:
    # most rows share a few texts
    known = {value: "null" if value is None else encode_basestring_ascii(value) for value in set(values)}
    return list(map(known.__getitem__, values))


def _json_value(value: object) -> str:
    return json.dumps(plain_value(value), indent=2).replace("\n", "\n    ")


def _kept(pieces: Iterator[str]) -> Iterator[str]:
    """Take all pieces, yield an empty one, and then them."""
    with spooled() as kept:
        for piece in pieces:
            kept.write(piece)
        kept.seek(0)
        yield from _read([kept])


def _read(files: Sequence[IO[str]], head: str = "") -> Iterator[str]:
    """Yield an empty piece, then the head, and then the content of some files."""
    with ExitStack() as opened:
        for file in files:
            opened.enter_context(file)
        yield ""
        yield head
        for file in files:
            while piece := file.read(PIECE_CHARACTERS):
                # up to the end of a line: printing needs whole lines
                yield piece + file.readline()
