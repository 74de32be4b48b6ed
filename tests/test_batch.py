"""Batches: captures pass between processes unchanged, and the rows of tables equal the values of their quotes."""

import datetime as dt
import pickle

import pytest
from conftest import Project

from fxtrack.model.capture import Batch, Capture, PageDate
from fxtrack.model.quote import Outcome, Quote, Reading, Variant, snapshot_of_state, state_id
from fxtrack.store.batch import batch_tables
from fxtrack.store.captures import add_captures
from fxtrack.store.settling.recompute import recompute
from fxtrack.store.writer import Store

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DAY = dt.date(2025, 12, 8)
QUOTES = (
    Quote("KGS/USD", "0.01144", "-0%"),
    Quote("KZT/USD", "0.00192", "+0.1%"),
    Quote("TJS/USD", "1", "-0.4600"),
    Quote("TMT/USD", "0.01144", None),
    Quote("UZS/USD", "0.00008", "0%"),
)
CONFLICT = Reading(Outcome.CONFLICT, DAY, (), 3, (Variant(QUOTES[0], 2), Variant(QUOTES[1], 1)), "they disagree")
PAGES = [
    Capture("a.txt", "a", "site", Reading(Outcome.OK, DAY, QUOTES, 8)),
    Capture("b.txt", "b", "site", Reading(Outcome.OK, None, QUOTES[:2], 8), None, "u", PageDate(None, None, DAY)),
    Capture("c.txt", "c", "other", CONFLICT, dt.datetime(2025, 12, 9, 3, tzinfo=dt.UTC)),
    Capture("d.txt", "d", "site", Reading(Outcome.NO_TICKER, detail="nothing"), date=PageDate.as_shown(DAY)),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_comes_out_of_a_pickle_as_it_went_in(page: Capture) -> None:
    there_and_back = pickle.loads(pickle.dumps([page, page]))  # noqa: S301 -- our own
    assert there_and_back == [page, page]


def test_every_quote_of_a_snapshot_is_a_row_of_its_values() -> None:
    tables = batch_tables(Batch(PAGES), NOW)
    columns = tables["new_quotes"].column_names[1:]
    states = [state_id("site", QUOTES), state_id("site", QUOTES[:2])]
    shown = snapshot_of_state(states[0], DAY), snapshot_of_state(states[1], None)
    assert [tuple(row.values()) for row in tables["new_quotes"].to_pylist()] == [
        (name, *(getattr(quote, column) for column in columns))
        for name, quotes in zip(shown, (QUOTES, QUOTES[:2]), strict=True)
        for quote in quotes
    ]
    assert tables["new_snapshots"].column("state_id").to_pylist() == states


def test_of_a_page_in_conflict_that_is_there_twice_the_values_are_there_once() -> None:
    later, earlier = PAGES[2], Capture("e.txt", "c", "other", CONFLICT, dt.datetime(2025, 12, 8, 3, tzinfo=dt.UTC))
    tables = batch_tables(Batch([later, earlier, later]), NOW)
    assert tables["new_captures"].column("location").to_pylist() == ["e.txt"]
    assert tables["new_conflicts"].column("repeats").to_pylist() == [2, 1]


def test_a_batch_of_nothing_has_every_table_with_its_columns() -> None:
    empty, full = batch_tables(Batch(), NOW), batch_tables(Batch(PAGES), NOW)
    assert {name: table.schema for name, table in empty.items()} == {name: t.schema for name, t in full.items()}
    assert not any(table.num_rows for table in empty.values())


@pytest.mark.parametrize("pages", [10, 1_000])
def test_a_batch_leaves_no_limit_behind(project: Project, pages: int) -> None:
    settings = "SELECT name, value FROM duckdb_settings() WHERE name IN ('memory_limit', 'threads') ORDER BY name"
    batch = [
        Capture(
            f"{number}", f"{number}", "site", Reading(Outcome.OK, DAY, (Quote("KGS/USD", f"1.{number:04}", "0%"),), 8)
        )
        for number in range(pages)
    ]
    with Store.open(project.config) as store:
        before = store.query(settings)
        add_captures(store, Batch(batch), NOW)
        recompute(store, project.config)
        assert store.query(settings) == before
        assert store.query("SELECT count(*) FROM settled_reports") == [(pages,)]
