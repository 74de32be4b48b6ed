"""Parts: the rows of one unit as Parquet files, and the mark that makes them count.

    captures/NAME-0000.parquet  snapshots/  snapshot_quotes/  conflict_quotes/  further_snapshots/  further_sightings/
    files/
    _done/NAME.json

The mark is written last: parts without one do not exist. A batch of pages has one number, and no file where it has no
rows.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from fxtrack.cluster.folder import PartFolder
from fxtrack.errors import FxtrackError
from fxtrack.ingest.ingest import IngestReport
from fxtrack.model.capture import Batch
from fxtrack.store.batch import batch_tables

_DONE = "_done"
_MARK_ENDING = ".json"
_FOLDERS = {
    "quotes": "snapshot_quotes",
    "conflicts": "conflict_quotes",
    "further": "further_snapshots",
    "again": "further_sightings",
}
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_Name = TypeVar("_Name")
_Content = TypeVar("_Content")


class MarkedFile(msgspec.Struct, frozen=True, array_like=True):
    """A file of a unit as it was listed; an unlisted path has neither size nor time of change."""

    location: str
    size: int | None
    mtime_ns: int | None


class Mark(msgspec.Struct, frozen=True):
    """The record of a unit that is done.

    Attributes:
        name: of the unit and its parts.
        version: of the fxtrack that read it.
        settings: digest of the settings that it was read with.
        ordinal: the number of its first file in the listing.
        started_utc: start of the extraction.
        files: as listed.
        tables: for each table the number of rows in each of its parts.
        captures: pages that were read.
        failures: files, and places in them, that could not be read.
        skipped_records: records of WARC files that are no page of a source, by reason.
        remarks: lines on single pages; `unsaid` counts the further ones.
        records: how many chosen records of its WARC file were read; 0 for whole files.
    """

    name: str
    version: str
    settings: str
    ordinal: int
    started_utc: dt.datetime
    files: tuple[MarkedFile, ...]
    tables: dict[str, list[int]]
    captures: int = 0
    failures: int = 0
    skipped_records: dict[str, int] = {}
    remarks: tuple[str, ...] = ()
    unsaid: int = 0
    records: int = 0

    @property
    def rows(self) -> int:
        """Number of rows in all its parts."""
        return sum(map(sum, self.tables.values()))

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(file.size or 0 for file in self.files)

    @property
    def batches(self) -> int:
        """Number of its batches."""
        return max(map(len, self.tables.values()), default=0)

    def add_to(self, report: IngestReport) -> None:
        """Add its failures, skipped records and remarks to a report."""
        report.refused += self.failures
        report.skipped_records.update(self.skipped_records)
        report.remark(self.remarks)
        report.unsaid += self.unsaid


def write_batch(folder: PartFolder, name: str, number: int, tables: Mapping[str, pa.Table]) -> dict[str, int]:
    """Write one batch of a unit, and return the number of rows of each table.

    Args:
        folder: to write to.
        name: of the unit.
        number: of the batch.
        tables: as `batch_tables` makes them.

    Raises:
        FxtrackError: the folder cannot be written.
    """
    rows = {}
    for table_name, table in tables.items():
        kind = table_name.removeprefix("new_")
        rows[kind] = table.num_rows
        if table.num_rows:
            sink = pa.BufferOutputStream()
            pq.write_table(_plain(table), sink, compression="zstd")
            folder.write(_file(kind, name, number), memoryview(sink.getvalue()))
    return rows


def write_mark(folder: PartFolder, mark: Mark) -> None:
    """Write the mark of a unit whose parts are all written."""
    folder.write(f"{_DONE}/{mark.name}{_MARK_ENDING}", memoryview(msgspec.json.encode(mark)))


def marked_names(folder: PartFolder) -> set[str]:
    """Return the names of the units that are done."""
    return {name.removesuffix(_MARK_ENDING) for name in folder.names(_DONE) if name.endswith(_MARK_ENDING)}


def read_marks(folder: PartFolder, names: Iterable[str]) -> list[Mark]:
    """Return the marks of some units.

    Raises:
        FxtrackError: one cannot be read, or is damaged.
    """

    def read_mark(name: str) -> Mark:
        file = f"{_DONE}/{name}{_MARK_ENDING}"
        try:
            return msgspec.json.decode(folder.read(file), type=Mark)
        except msgspec.DecodeError as error:
            raise FxtrackError(f"{file}: not a mark of this version ({error}); remove it and extract again") from error

    return _read_all(folder, read_mark, sorted(names))


def read_parts(folder: PartFolder, marks: Sequence[Mark]) -> dict[str, pa.Table]:
    """Return the rows of some units, in order, as one table for each table of a batch, with the column `part`.

    Raises:
        FxtrackError: a part is missing, or is damaged.
    """
    empty = {name.removeprefix("new_"): _plain(table) for name, table in batch_tables(Batch(), _NEVER).items()}
    wanted = list(_wanted(marks))
    came = _read_all(folder, lambda part: _read_part(folder, part), wanted)
    found: dict[str, list[pa.Table]] = {kind: [_numbered(table, 0)] for kind, table in empty.items()}
    for part, table in zip(wanted, came, strict=True):
        found[part.kind].append(table)
    return {kind: pa.concat_tables(tables) for kind, tables in found.items()}


def _read_all(folder: PartFolder, read: Callable[[_Name], _Content], names: Sequence[_Name]) -> list[_Content]:
    if folder.readers == 1:
        return [read(name) for name in names]
    with ThreadPoolExecutor(folder.readers) as readers:
        return list(readers.map(read, names))


class _Wanted(NamedTuple):
    """A part: its table, its unit with its mark, its number in the unit and among all batches, and its rows."""

    kind: str
    name: str
    number: int
    place: int
    rows: int


def _wanted(marks: Sequence[Mark]) -> Iterator[_Wanted]:
    first = 0
    for mark in marks:
        for kind, rows in mark.tables.items():
            for number, count in enumerate(rows):
                if count:
                    yield _Wanted(kind, mark.name, number, first + number, count)
        first += mark.batches


def _read_part(folder: PartFolder, part: _Wanted) -> pa.Table:
    file = _file(part.kind, part.name, part.number)
    again = f"remove {_DONE}/{part.name}{_MARK_ENDING} and extract again"
    try:
        table = pq.read_table(pa.BufferReader(folder.read(file)))
    except pa.ArrowException as error:
        raise FxtrackError(f"{file}: damaged ({' '.join(str(error).split())}); {again}") from error
    if table.num_rows != part.rows:
        raise FxtrackError(f"{file}: has {table.num_rows:,} rows, its mark says {part.rows:,}; {again}")
    return _numbered(table, part.place)


def _numbered(table: pa.Table, number: int) -> pa.Table:
    return table.append_column("part", pa.repeat(pa.scalar(number, pa.int32()), table.num_rows))


def _plain(table: pa.Table) -> pa.Table:
    """Return a table without dictionaries: Parquet refuses one that holds a null."""
    fields = [
        field.with_type(field.type.value_type) if isinstance(field.type, pa.DictionaryType) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _file(kind: str, name: str, number: int) -> str:
    return f"{_FOLDERS.get(kind, kind)}/{name}-{number:04}.parquet"
