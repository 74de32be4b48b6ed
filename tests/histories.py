"""Histories of snapshots straight into a database in memory: what pages would leave there, without the pages."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from oracle import Absolute, AnyRule, Dated, Quotes

from fxtrack.model.capture import Batch, Capture
from fxtrack.model.quote import Outcome, Quote, Reading, snapshot_of_state, state_id
from fxtrack.store.batch import batch_tables
from fxtrack.store.database.connection import Connection
from fxtrack.store.schema import prepare, script
from fxtrack.store.settling.recompute import begin_recomputing, end_recomputing, lots, recompute_lot

_NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def day(number: int) -> dt.date:
    """Return a day of a history: they begin on 1 November 2025."""
    return dt.date(2025, 11, 1) + dt.timedelta(number)


def quotes_of(quotes: Quotes) -> tuple[Quote, ...]:
    return tuple(Quote(pair, rate, report) for pair, (rate, report) in quotes.items())


def name_of(snapshot: Dated) -> str:
    """Return the snapshot_id under which the store has a snapshot."""
    return snapshot_of_state(state_id(snapshot.source, quotes_of(snapshot.quotes)), snapshot.date)


def in_memory() -> Connection:
    return duckdb.connect(":memory:")


def new_database() -> Connection:
    connection = in_memory()
    prepare(connection)
    return connection


def empty(connection: Connection) -> None:
    for table in (
        "captures",
        "further_sightings",
        "snapshots",
        "snapshot_quotes",
        "sources",
        "rounding_rules",
        "settled_reports",
        "settled_bases",
        "settled_ranges",
        "settled_rates",
        "settled_lags",
        "settled_outliers",
    ):
        connection.execute(f"TRUNCATE {table}")


def add_page(
    connection: Connection,
    source: str,
    date: dt.date | None,
    quotes: Quotes,
    copy: int = 0,
    captured_utc: dt.datetime | None = None,
) -> None:
    """Store one page that shows a ticker state; another `copy` is another page with the same state."""
    _add(connection, [_page(source, date, quotes, copy, captured_utc)])


def add_captures(connection: Connection, captures: Sequence[tuple[Dated, dt.datetime | None]]) -> None:
    """Store a page for each snapshot and capture time; a snapshot may come several times."""
    _add(connection, [_page(s.source, s.date, s.quotes, copy, time) for copy, (s, time) in enumerate(captures)])


def add_history(connection: Connection, history: Sequence[Dated]) -> None:
    """Store one page for each snapshot."""
    _add(connection, [_page(s.source, s.date, s.quotes, 0) for s in history])


def set_rules(connection: Connection, rules: Mapping[str, AnyRule], lookback: int = 7) -> None:
    """Put the rounding rule of each source in force."""
    rows = ", ".join(
        f"('{name}', {_or_null(r.change)}, {_or_null(None if isinstance(r, Absolute) else r.pct)}, '{r.mode}')"
        for name, r in rules.items()
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE told AS
        SELECT * FROM (VALUES {rows}) v (source, change_decimals, pct_decimals, rounding_mode);
        INSERT INTO sources BY NAME SELECT *, {lookback} AS lookback_days, 'configured' AS rule_origin FROM told;
        INSERT INTO rounding_rules BY NAME SELECT *, true AS chosen FROM told;
    """)
    settle_reports(connection)


def rows(database: Connection, query: str, *parameters: object) -> list[dict[str, Any]]:
    """Return the rows of a query as dictionaries."""
    result = database.execute(query, list(parameters))
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def settle_reports(connection: Connection) -> None:
    """Recompute what every report implies under the rules in force."""
    connection.execute(script("store/sql/settle", "all_changed"))
    begin_recomputing(connection)
    for lot in lots(connection):
        recompute_lot(connection, lot)
    end_recomputing(connection)


def _or_null(number: int | None) -> str:
    return "NULL::INTEGER" if number is None else str(number)


def _add(connection: Connection, pages: Sequence[Capture]) -> None:
    tables = batch_tables(Batch(list(pages)), _NOW)
    for new, table, key in (
        ("new_quotes", "snapshot_quotes", "snapshot_id"),
        ("new_snapshots", "snapshots", "snapshot_id"),
        ("new_captures", "captures", "capture_id"),
    ):
        connection.register("added", tables[new])
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM added ANTI JOIN {table} USING ({key})")
        connection.unregister("added")
    settle_reports(connection)


def _page(
    source: str, date: dt.date | None, quotes: Quotes, copy: int, captured_utc: dt.datetime | None = None
) -> Capture:
    name = f"{source} {date} {sorted(quotes.items())} {copy}"
    reading = Reading(Outcome.OK, date, quotes_of(quotes), repeats=8)
    return Capture(name, name, source, reading, captured_utc)
