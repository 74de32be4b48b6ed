"""A batch of pages as one Arrow table for each table of the store: the form in which DuckDB takes rows in bulk."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pyarrow as pa

from fxtrack.model.capture import Capture, ReadFile, RefusedFile
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
)  # fmt: skip
_CONFLICTS = _schema(
    capture_id=_TEXT, pair=_TEXT, rate=_RATE, rate_decimals=pa.int8(), reported_text=_TEXT, repeats=pa.int32()
)
_FILES = _schema(
    location=_TEXT, size=pa.int64(), mtime_ns=pa.int64(), capture_id=_TEXT, error=_TEXT, seen_utc=_UTC,
    pages=pa.int64(), archive=_TEXT,
)  # fmt: skip


class _Numbers(dict[T, int]):
    """The distinct values that were asked for, each with its number: the first is 0."""

    def __missing__(self, value: T) -> int:
        self[value] = number = len(self)
        return number


def batch_tables(
    taken: Sequence[Capture], refused: Sequence[RefusedFile], now: dt.datetime, files: Sequence[ReadFile] = ()
) -> dict[str, pa.Table]:
    """Return the batch as one table for each table of the store, each row once.

    Of pages with the same bytes the one that was captured first is kept.
    """
    captures: dict[str, tuple[Any, ...]] = {}
    snapshots: dict[str, tuple[Any, ...]] = {}
    shown_quotes: list[Sequence[Quote]] = []  # of each snapshot
    conflicts: dict[str, list[tuple[Any, ...]]] = {}
    for page in taken:
        reading, dated = page.reading, page.dated
        captured = page.captured_utc.astimezone(dt.UTC).replace(tzinfo=None) if page.captured_utc else None
        if known := captures.get(page.capture_id):
            if captured is None or (known[_CAPTURED] is not None and captured >= known[_CAPTURED]):
                continue
            conflicts.pop(page.capture_id, None)
        shown = None
        if reading.quotes:
            state = state_id(page.source, reading.quotes)
            shown = snapshot_of_state(state, dated.date)
            if shown not in snapshots:
                snapshots[shown] = (shown, page.source, dated.date, state)
                shown_quotes.append(reading.quotes)
        captures[page.capture_id] = (
            page.capture_id, page.source, page.location, page.uri, captured, now, dated.date, dated.basis, shown,
            reading.repeats, str(reading.outcome), reading.detail, dated.shown,
        )  # fmt: skip
        if reading.variants:
            conflicts[page.capture_id] = [
                (page.capture_id, v.quote.pair, v.quote.rate, v.quote.rate_decimals, v.quote.reported_text, v.repeats)
                for v in reading.variants
            ]
    return {
        "new_captures": _table(_CAPTURES, list(captures.values())),
        "new_snapshots": _table(_SNAPSHOTS, list(snapshots.values())),
        "new_quotes": _quotes_table(list(snapshots), shown_quotes),
        "new_conflicts": _table(_CONFLICTS, [row for rows in conflicts.values() for row in rows]),
        "new_files": _table(_FILES, _file_rows(files, refused, now)),
    }


def _quotes_table(snapshots: Sequence[str], shown: Sequence[Sequence[Quote]]) -> pa.Table:
    """Return the quotes of snapshots. Rates and reports recur: what a printed one means is found once for each."""
    quotes = [quote for quotes in shown for quote in quotes]
    pairs: _Numbers[str] = _Numbers()
    rates: _Numbers[str] = _Numbers()
    reports: _Numbers[str | None] = _Numbers()
    snapshot = _numbers(number for number, quotes in enumerate(shown) for _ in quotes)
    pair = _numbers(pairs[quote.pair] for quote in quotes)
    rate = _numbers(rates[quote.rate_text] for quote in quotes)
    report = _numbers(reports[quote.reported_text] for quote in quotes)
    of_rates = [Quote("", text, None) for text in rates]
    of_reports = [Quote("", "0", text) for text in reports]
    distinct: dict[str, tuple[list[Any], pa.Int32Array]] = {
        "snapshot_id": (list(snapshots), snapshot),
        "pair": (list(pairs), pair),
        "rate": ([q.rate for q in of_rates], rate),
        "rate_decimals": ([q.rate_decimals for q in of_rates], rate),
        "reported_text": (list(reports), report),
        "reported_pct": ([q.reported_pct for q in of_reports], report),
        "reported_decimals": ([q.reported_decimals for q in of_reports], report),
        "reported_sign": ([q.reported_sign for q in of_reports], report),
        "reported_change": ([q.reported_change for q in of_reports], report),
    }
    # DuckDB takes a dictionary for the type of its values
    return pa.table(
        {
            name: pa.DictionaryArray.from_arrays(of, pa.array(values, _QUOTES.field(name).type))
            for name, (values, of) in distinct.items()
        }
    )


def _numbers(numbers: Iterable[int]) -> pa.Int32Array:
    return pa.array(list(numbers), pa.int32())


def _file_rows(files: Sequence[ReadFile], refused: Sequence[RefusedFile], now: dt.datetime) -> list[tuple[Any, ...]]:
    rows: dict[str, tuple[Any, ...]] = {}
    for r in refused:
        rows[r.location] = (r.location, r.size, None, None, r.reason, now, None, None)
    for read in files:
        file = read.file
        mtime = file.mtime_ns if read.is_stable else None
        rows[file.location] = (file.location, file.size, mtime, read.capture_id, None, now, read.pages, None)
        for d in read.damages:
            rows[d.location] = (d.location, None, None, None, d.reason, now, None, file.location)
    return list(rows.values())


def _table(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
