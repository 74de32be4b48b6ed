"""A batch of pages as one Arrow table for each table of the store: the form in which DuckDB takes rows in bulk."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fxtrack.pages import PageFile
from fxtrack.snapshot import Quote, Reading, snapshot_id, state_id


@dataclass(frozen=True, slots=True)
class TakenPage:
    """A page that was read: which file (its `mtime_ns` None if it may still change), what bytes, what they say."""

    file: PageFile
    settled: bool
    capture_id: str
    source: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that could not be read, and why."""

    location: str
    size: int | None
    reason: str


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


_TEXT = pa.string()
_UTC = pa.timestamp("us")
_RATE = pa.decimal128(18, 9)
_PCT = pa.decimal128(18, 6)

_CAPTURES = _schema(
    capture_id=_TEXT, source=_TEXT, location=_TEXT, uri=_TEXT, captured_utc=_UTC, ingested_utc=_UTC,
    page_date=pa.date32(), date_basis=_TEXT, snapshot_id=_TEXT, repeats=pa.int32(), outcome=_TEXT, detail=_TEXT,
)  # fmt: skip
_SNAPSHOTS = _schema(snapshot_id=_TEXT, source=_TEXT, page_date=pa.date32(), state_id=_TEXT)
_QUOTES = _schema(
    snapshot_id=_TEXT, pair=_TEXT, rate=_RATE, rate_decimals=pa.int8(),
    reported_text=_TEXT, reported_pct=_PCT, reported_decimals=pa.int8(), reported_sign=pa.int8(),
)  # fmt: skip
_CONFLICTS = _schema(
    capture_id=_TEXT, pair=_TEXT, rate=_RATE, rate_decimals=pa.int8(), reported_text=_TEXT, repeats=pa.int32()
)
_LISTING = _schema(number=pa.int64(), location=_TEXT, size=pa.int64(), mtime_ns=pa.int64())
_FILES = _schema(location=_TEXT, size=pa.int64(), mtime_ns=pa.int64(), capture_id=_TEXT, error=_TEXT, seen_utc=_UTC)


def batch_tables(taken: Sequence[TakenPage], refused: Sequence[RefusedFile], now: dt.datetime) -> dict[str, pa.Table]:
    """Return the batch as one table for each table of the store, each row once."""
    captures: dict[str, tuple[Any, ...]] = {}
    snapshots: dict[str, tuple[Any, ...]] = {}
    quotes: list[tuple[Any, ...]] = []
    conflicts: list[tuple[Any, ...]] = []
    files: dict[str, tuple[Any, ...]] = {r.location: (r.location, r.size, None, None, r.reason, now) for r in refused}
    for page in taken:
        file, reading = page.file, page.reading
        mtime = file.mtime_ns if page.settled else None
        files[file.location] = (file.location, file.size, mtime, page.capture_id, None, now)
        if page.capture_id in captures:
            continue
        shown = snapshot_id(page.source, reading.page_date, reading.quotes) if reading.quotes else None
        captures[page.capture_id] = (
            page.capture_id, page.source, file.location, None, None, now, reading.page_date,
            "page" if reading.page_date else None, shown, reading.repeats, str(reading.outcome), reading.detail,
        )  # fmt: skip
        conflicts += [
            (page.capture_id, v.quote.pair, v.quote.rate, v.quote.rate_decimals, v.quote.reported_text, v.repeats)
            for v in reading.variants
        ]
        if shown and shown not in snapshots:
            snapshots[shown] = (shown, page.source, reading.page_date, state_id(page.source, reading.quotes))
            quotes += [_quote_row(shown, quote) for quote in reading.quotes]
    return {
        "new_captures": _table(_CAPTURES, list(captures.values())),
        "new_snapshots": _table(_SNAPSHOTS, list(snapshots.values())),
        "new_quotes": _table(_QUOTES, quotes),
        "new_conflicts": _table(_CONFLICTS, conflicts),
        "new_files": _table(_FILES, list(files.values())),
    }


def listing_table(files: Sequence[PageFile]) -> pa.Table:
    """Return files as a table of (number, location, size, mtime_ns)."""
    rows = [(number, file.location, file.size, file.mtime_ns) for number, file in enumerate(files)]
    return _table(_LISTING, rows)


def _quote_row(shown: str, quote: Quote) -> tuple[Any, ...]:
    return (
        shown, quote.pair, quote.rate, quote.rate_decimals,
        quote.reported_text, quote.reported_pct, quote.reported_decimals, quote.reported_sign,
    )  # fmt: skip


def _table(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
