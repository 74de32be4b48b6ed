"""A batch of pages as one Arrow table for each table of the store, the form in which DuckDB reads rows in bulk."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa

from fxtrack.model.capture import Batch, Capture
from fxtrack.model.quote import Quote, snapshot_of_state, state_id

T = TypeVar("T")


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


_TEXT = pa.string()
_UTC = pa.timestamp("us")
_RATE = pa.decimal128(18, 9)
_PCT = pa.decimal128(18, 6)

_CAPTURES = _schema(
    capture_id=_TEXT, source=_TEXT, location=_TEXT, uri=_TEXT, captured_utc=_UTC, ingested_utc=_UTC,
    page_date=pa.date32(), date_basis=_TEXT, snapshot_id=_TEXT, repeats=pa.int32(), outcome=_TEXT, detail=_TEXT,
    shown_date=pa.date32(),
)  # fmt: skip
_CAPTURED = _CAPTURES.get_field_index("captured_utc")
_SNAPSHOTS = _schema(snapshot_id=_TEXT, source=_TEXT, page_date=pa.date32(), state_id=_TEXT)
_QUOTES = _schema(
    snapshot_id=_TEXT, pair=_TEXT, rate=_RATE, rate_decimals=pa.int8(),
    reported_text=_TEXT, reported_pct=_PCT, reported_decimals=pa.int8(), reported_sign=pa.int8(), reported_change=_RATE,
    rate_unit=pa.int32(), change_text=_TEXT,
)  # fmt: skip
_CONFLICTS = _schema(
    capture_id=_TEXT, pair=_TEXT, rate=_RATE, rate_decimals=pa.int8(), reported_text=_TEXT, repeats=pa.int32(),
    rate_unit=pa.int32(), change_text=_TEXT,
)  # fmt: skip
_FURTHER = _schema(capture_id=_TEXT, source=_TEXT, page_date=pa.date32(), snapshot_id=_TEXT)
_FILES = _schema(
    location=_TEXT, size=pa.int64(), mtime_ns=pa.int64(), capture_id=_TEXT, error=_TEXT, seen_utc=_UTC,
    pages=pa.int64(), archive=_TEXT,
)  # fmt: skip


class _Numbers(dict[T, int]):
    """Numbers distinct values from 0, in the order of their first lookup."""

    def __missing__(self, value: T) -> int:
        self[value] = number = len(self)
        return number


def batch_tables(batch: Batch, now: dt.datetime) -> dict[str, pa.Table]:
    """Return a batch of a run that started at `now` as one table for each table of the store, each row once.

    Of pages with the same bytes, the earliest is the capture; the others are further sightings, in `new_again`.
    """
    now = now.replace(tzinfo=None)  # the store holds UTC without a zone
    captures: dict[str, tuple[Any, ...]] = {}
    again: list[tuple[Any, ...]] = []
    shown: _Shown = _Shown({}, [])
    conflicts: dict[str, list[tuple[Any, ...]]] = {}
    further: dict[str, list[tuple[Any, ...]]] = {}
    for page in batch.captures:
        reading, dated = page.reading, page.dated
        captured = page.captured_utc.astimezone(dt.UTC).replace(tzinfo=None) if page.captured_utc else None
        snapshot = shown.add(page.source, dated.date, reading.quotes) if reading.quotes else None
        row = (
            page.capture_id, page.source, page.location, page.uri, captured, now, dated.date, dated.basis, snapshot,
            reading.repeats, str(reading.outcome), reading.detail, dated.shown,
        )  # fmt: skip
        beside_rows = _further_rows(page, snapshot, shown) if page.further else []
        if known := captures.get(page.capture_id):
            if captured is None or (known[_CAPTURED] is not None and captured >= known[_CAPTURED]):
                again += _sighting_rows(row, beside_rows)
                continue
            again += _sighting_rows(known, further.pop(page.capture_id, []))
            conflicts.pop(page.capture_id, None)
        captures[page.capture_id] = row
        if beside_rows:
            further[page.capture_id] = beside_rows
        if reading.variants:
            conflicts[page.capture_id] = [
                (page.capture_id, q.pair, q.rate, q.rate_decimals, q.reported_text, repeats, q.rate_unit,
                 q.change_text)
                for q, repeats in reading.variants
            ]  # fmt: skip
    return {
        "new_captures": _table(_CAPTURES, list(captures.values())),
        "new_further": _table(_FURTHER, [row for rows in further.values() for row in rows]),
        "new_again": _table(_CAPTURES, list(dict.fromkeys(again))),
        "new_snapshots": _table(_SNAPSHOTS, list(shown.snapshots.values())),
        "new_quotes": _quotes_table(list(shown.snapshots), shown.quotes),
        "new_conflicts": _table(_CONFLICTS, [row for rows in conflicts.values() for row in rows]),
        "new_files": _table(_FILES, _file_rows(batch, now)),
    }


def _further_rows(page: Capture, snapshot: str | None, shown: "_Shown") -> list[tuple[Any, ...]]:
    """Return the rows of the snapshots that a page shows beside its first one."""
    rows = dict.fromkeys(
        (page.capture_id, other.source, other.date, shown.add(other.source, other.date, other.quotes))
        for other in page.further
    )
    return [row for row in rows if row[-1] != snapshot]


def _sighting_rows(row: tuple[Any, ...], beside: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the rows of a further sighting: its own, and one without an outcome for each snapshot beside its first."""
    capture_id, _, location, uri, captured, now, *_ = row
    return [
        row,
        *(
            (capture_id, source, location, uri, captured, now, date, None, snapshot, None, None, None, None)
            for _, source, date, snapshot in beside
        ),
    ]


class _Shown(NamedTuple):
    """Snapshots of a batch: their rows by name, and the quotes of each in the same order."""

    snapshots: dict[str, tuple[Any, ...]]
    quotes: list[Sequence[Quote]]

    def add(self, source: str, date: dt.date | None, quotes: Sequence[Quote]) -> str:
        """Add a snapshot, if it is new, and return its name."""
        state = state_id(source, quotes)
        name = snapshot_of_state(state, date)
        if name not in self.snapshots:
            self.snapshots[name] = (name, source, date, state)
            self.quotes.append(quotes)
        return name


def _quotes_table(snapshots: Sequence[str], shown: Sequence[Sequence[Quote]]) -> pa.Table:
    """Return the quotes of snapshots. Quotes recur, so each distinct one is computed once."""
    distinct: _Numbers[Quote] = _Numbers()
    quote = _numbers(distinct[quote] for quotes in shown for quote in quotes)
    snapshot = _numbers(number for number, quotes in enumerate(shown) for _ in quotes)
    columns = {name: ([getattr(q, name) for q in distinct], quote) for name in _QUOTES.names[1:]}
    # DuckDB takes a dictionary for the type of its values
    return pa.table(
        {
            name: pa.DictionaryArray.from_arrays(of, pa.array(values, _QUOTES.field(name).type))
            for name, (values, of) in ({"snapshot_id": (list(snapshots), snapshot)} | columns).items()
        }
    )


def _numbers(numbers: Iterable[int]) -> pa.Int32Array:
    return pa.array(list(numbers), pa.int32())


def _file_rows(batch: Batch, now: dt.datetime) -> list[tuple[Any, ...]]:
    rows: dict[str, tuple[Any, ...]] = {}
    for r in batch.refused:
        rows[r.location] = (r.location, r.size, None, None, r.reason, now, None, None)
    for read in batch.files:
        file = read.file
        mtime = file.mtime_ns if read.is_stable else None
        if read.whole:  # otherwise a later ingest has to read the rest
            rows[file.location] = (file.location, file.size, mtime, read.capture_id, None, now, read.pages, None)
        for d in read.damages:
            rows[d.location] = (d.location, None, None, None, d.reason, now, None, file.location)
    return list(rows.values())


def _table(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
