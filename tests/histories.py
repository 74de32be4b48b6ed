"""Histories of snapshots straight into a store in memory: what pages would leave there, without the pages."""

import datetime as dt
from collections.abc import Mapping, Sequence

from oracle import Dated, Quotes, Rule

from fxtrack.batch import TakenPage
from fxtrack.pages import PageFile
from fxtrack.snapshot import Outcome, Quote, Reading, snapshot_id
from fxtrack.store import Store

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_TABLES = ("captures", "snapshots", "snapshot_quotes", "conflict_quotes", "files", "sources", "rounding_rules")


def quotes_of(quotes: Quotes) -> tuple[Quote, ...]:
    return tuple(Quote(pair, rate, report) for pair, (rate, report) in quotes.items())


def name_of(snapshot: Dated) -> str:
    """Return the snapshot_id under which the store has a snapshot."""
    return snapshot_id(snapshot.source, snapshot.date, quotes_of(snapshot.quotes))


def empty(store: Store) -> None:
    for table in _TABLES:
        store.connection.execute(f"TRUNCATE {table}")


def add_page(store: Store, source: str, date: dt.date | None, quotes: Quotes, copy: int = 0) -> None:
    """Store one page that shows a ticker state; another `copy` is another page with the same state."""
    store.add([_page(source, date, quotes, copy)], [], NOW)


def add_history(store: Store, history: Sequence[Dated]) -> None:
    """Store one page for each snapshot."""
    store.add([_page(s.source, s.date, s.quotes, 0) for s in history], [], NOW)


def set_rules(store: Store, rules: Mapping[str, Rule], lookback: int = 7) -> None:
    """Put the rounding rule of each source in force."""
    rows = ", ".join(f"('{name}', {'NULL' if r.change is None else r.change}, {r.pct})" for name, r in rules.items())
    store.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE told AS
        SELECT * FROM (VALUES {rows}) v (source, change_decimals, pct_decimals);
        INSERT INTO sources SELECT source, {lookback}, change_decimals, pct_decimals, 'configured' FROM told;
        INSERT INTO rounding_rules (source, change_decimals, pct_decimals, chosen)
        SELECT source, change_decimals, pct_decimals, true FROM told;
    """)


def _page(source: str, date: dt.date | None, quotes: Quotes, copy: int) -> TakenPage:
    name = f"{source} {date} {sorted(quotes.items())} {copy}"
    reading = Reading(Outcome.OK, date, quotes_of(quotes), repeats=8)
    return TakenPage(PageFile(name, name, 1, 0), True, name, source, reading)
