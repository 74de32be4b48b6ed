"""Rows to a person's terminal, to JSON or to CSV, however many: they are read and written a chunk at a time."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fxtrack.output.cells import TEXT, Written, in_csv, in_file, in_json, plain
from fxtrack.output.table import lay_out

if TYPE_CHECKING:
    from fxtrack.store.query import QueryResult, Rows

__all__ = ["as_csv", "as_table", "plain", "render"]

_HELD_BYTES = 16 * 1024 * 1024
_PIECE_CHARACTERS = 256 * 1024
_WITHOUT_QUOTES = 2  # columns from which on csv writes a null without quotes


def render(rows: "Rows | QueryResult", form: str | None, hide: tuple[str, ...] = ()) -> Iterator[str]:
    """Return rows in the form asked for, piece by piece: json, csv, or a table without the columns in `hide`.

    When it returns, all rows have been read: an answer that breaks off prints nothing, and nobody who reads slowly
    keeps the database open.
    """
    if form is None:
        return lay_out(rows, hide=hide)
    pieces = (form == "csv" and _written_csv(rows)) or _kept(_json(rows) if form == "json" else _csv(rows))
    next(pieces)
    return pieces


def as_csv(rows: "Rows") -> str:
    """Return the rows as CSV (RFC 4180, LF) with a header; null is empty."""
    return "".join(_csv(rows))


def as_table(rows: "Rows", title: str | None = None, hide: tuple[str, ...] = ()) -> str:
    """Return the rows as a table for a terminal; `table.lay_out` says how it looks."""
    return "".join(lay_out(rows, title, hide))


def _written_csv(rows: "Rows | QueryResult") -> Iterator[str] | None:
    """Return CSV that the database writes by itself, many times faster than Python; None where it may not or cannot.

    It goes by way of files of ours: standard output may be a file that is added to.
    """
    wanted = {place: in_file(kind, f"#{place + 1}") for place, kind in enumerate(rows.types)}
    if not rows.writes or len(wanted) < _WITHOUT_QUOTES or None in wanted.values():
        return None
    with tempfile.TemporaryDirectory(prefix="fxtrack-") as folder:
        paths = rows.write_csv({place: expression or "" for place, expression in wanted.items()}, Path(folder))
        if not paths:
            return None
        # from here on they have no names that could be left behind
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
        writer.writerows([_plainly(row, slow) for row in chunk] if slow else chunk)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _json(rows: "Rows | QueryResult") -> Iterator[str]:
    # of columns with the same name the last one counts, at the place of the first
    names = {name: place for place, name in enumerate(rows.columns)}
    places, slow = _expressions(rows, names.values(), in_json)
    fields = (f"    {json.dumps(name)}: ".replace("%", "%%") + "%s" for name in names)
    record = "  {\n" + ",\n".join(fields) + "\n  }"
    before = "[\n"
    for chunk in rows.chunks(places):
        columns: list[Sequence[Any]] = []
        for n, (place, values) in enumerate(zip(places, zip(*chunk, strict=True), strict=True)):
            columns.append(
                _texts(values) if rows.types[place] == TEXT else _written(values, _value if n in slow else None)
            )
        yield before + ",\n".join([record % row for row in zip(*columns, strict=True)])
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _expressions(
    rows: "Rows | QueryResult", places: Iterable[int], written: Written
) -> tuple[dict[int, str], frozenset[int]]:
    """Return what to read for each place, and the positions among those of what Python has to write."""
    found = {place: written(rows.types[place], f"#{place + 1}") for place in places}
    slow = frozenset(n for n, expression in enumerate(found.values()) if expression is None)
    return {place: expression or f"#{place + 1}" for place, expression in found.items()}, slow


def _plainly(row: Sequence[object], slow: frozenset[int]) -> list[object]:
    return [plain(value) if n in slow else value for n, value in enumerate(row)]


def _written(values: Sequence[Any], write: Callable[[Any], str] | None) -> Sequence[str]:
    return values if write is None else [write(value) for value in values]


def _texts(values: Sequence[str | None]) -> Sequence[str]:
    # the same few texts stand in most rows
    known = {value: "null" if value is None else encode_basestring_ascii(value) for value in set(values)}
    return list(map(known.__getitem__, values))


def _value(value: object) -> str:
    return json.dumps(plain(value), indent=2).replace("\n", "\n    ")


def _kept(pieces: Iterator[str]) -> Iterator[str]:
    """Take all pieces, in memory or, where they are many, in a temporary file; yield nothing once, and then them."""
    with tempfile.SpooledTemporaryFile(_HELD_BYTES, "w+", encoding="utf-8", errors="surrogatepass", newline="") as kept:
        for piece in pieces:
            kept.write(piece)
        kept.seek(0)
        yield from _read([kept])


def _read(files: Sequence[IO[str]], head: str = "") -> Iterator[str]:
    """Yield nothing once, and then what is in some files, behind a head."""
    with ExitStack() as opened:
        for file in files:
            opened.enter_context(file)
        yield ""
        yield head
        for file in files:
            while piece := file.read(_PIECE_CHARACTERS):
                # up to the end of a line: what stands in one is looked at as a whole where it is printed
                yield piece + file.readline()
