"""Settling only what a change can affect leaves the store as settling everything from scratch would."""

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cases import SETTINGS
from conftest import Project
from hypothesis import given, settings
from hypothesis import strategies as st

import fxtrack.store.settling.infer
import fxtrack.store.settling.recompute
from fxtrack.config.config import Config
from fxtrack.extract.calendar.dates import date_of_page
from fxtrack.model.capture import Batch, Capture
from fxtrack.model.quote import Outcome, Quote, Reading, Variant
from fxtrack.store.captures import add_captures
from fxtrack.store.settling.recompute import recompute
from fxtrack.store.writer import Store

FIRST = dt.datetime(2025, 11, 1, 12, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SOURCES = ("one", "two")
PAIRS = ("KGS/USD", "TJS/USD")
STATES = (
    (("0.0114", "0.1086"), ("0%", "0.09%")),
    (("0.0114", "0.1087"), ("-0%", "0.28%")),
    (("0.0115", "0.1089"), ("0.88%", None)),
    (("0.0113", "0.1086"), ("-0%", "-0.09%")),
    (("0.0114", "0.1087"), ("0.5%", "0.1%")),
)
DAYS = 9
CONFIGURATIONS = (
    {"one": "", "two": ""},
    {"one": "lookback_days = 2", "two": ""},
    {"one": "lookback_days = 2", "two": "rounding = { change_decimals = 4, pct_decimals = 2 }"},
    {"one": "rounding = { pct_decimals = 1 }", "two": "lookback_days = 1"},
)
TABLES = (
    "sources",
    "rounding_rules",
    "settled_reports",
    "settled_bases",
    "settled_rates",
    "settled_lags",
    "settled_outliers",
)
RESULTS = {
    "settled_reports": "SELECT * EXCLUDE (range_id, meets_itself, source, repeated) FROM settled_reports",
    "ranges": """
        SELECT r.snapshot_id, r.pair, r.meets_itself, r.repeated, h.*
        FROM settled_reports r JOIN chances h USING (range_id)
    """,
}
AS_THE_VIEWS_SAY = {
    "settled_reports": """
        WITH ranges AS (
            SELECT source, page_date, pair, low, high, reported_text, min(base_low) AS base_low,
                CASE WHEN count(base_high) = count(*) THEN max(base_high) END AS base_high,
                count(DISTINCT (change_decimals, pct_decimals, rounding_mode)) AS possible
            FROM report_bounds WHERE chosen GROUP BY ALL
        ), explained AS (
            SELECT source, page_date, pair, low, high, reported_text, list(base_date) AS dates
            FROM explanations WHERE chosen GROUP BY ALL
        ), judged AS (
            SELECT q.snapshot_id, q.pair, r.base_low, r.base_high, list_max(e.dates) AS base_date,
                r.possible IS NOT NULL AS possible,
                NOT u.decided AND (
                    coalesce(r.possible, 0) < u.rules OR len(e.dates) < u.rules OR len(list_distinct(e.dates)) > 1
                ) AS undecided
            FROM dated_quotes q
            JOIN (
                SELECT source, valid_from, valid_to, decided, count(*) AS rules FROM rounding_rules
                WHERE chosen GROUP BY ALL
            ) u ON u.source = q.source AND coalesce(q.page_date >= u.valid_from, true)
                AND coalesce(q.page_date < u.valid_to, true)
            LEFT JOIN ranges r ON r.source = q.source AND r.page_date = q.page_date
                AND r.pair = q.pair AND r.low = q.low AND r.high = q.high AND r.reported_text = q.reported_text
            LEFT JOIN explained e ON e.source = q.source AND e.page_date = q.page_date
                AND e.pair = q.pair AND e.low = q.low AND e.high = q.high AND e.reported_text = q.reported_text
            WHERE q.reported_text IS NOT NULL
        )
        SELECT snapshot_id, pair, base_low, base_high, CASE WHEN NOT undecided THEN base_date END,
            coalesce(undecided, false)
        FROM judged WHERE possible OR undecided
    """,
    "settled_bases": "FROM base_evidence",
    "settled_rates": """
        SELECT source, year(page_date), pair, low, high, count(*) FROM dated_quotes
        GROUP BY source, year(page_date), pair, low, high
    """,
}


@st.composite
def pages(draw: st.DrawFn) -> Capture:
    """Return a page out of few: the same one comes again, captured at another time or at none."""
    source, day = draw(st.sampled_from(SOURCES)), draw(st.integers(0, DAYS))
    rates, reports = draw(st.sampled_from(STATES))
    quotes = tuple(Quote(*quote) for quote in zip(PAIRS, rates, reports, strict=True))
    shown = (FIRST + dt.timedelta(day)).date() if draw(st.integers(0, 2)) else None
    captured = draw(st.none() | st.integers(-60, 60).map(lambda hours: FIRST + dt.timedelta(day, 3600 * hours)))
    if draw(st.integers(0, 9)) == 0:
        reading = Reading(Outcome.CONFLICT, shown, repeats=2, variants=tuple(Variant(quote, 1) for quote in quotes))
    else:
        reading = Reading(Outcome.OK, shown, quotes, repeats=8)
    name = f"{source} {shown} {rates} {reports} {reading.outcome}"
    return Capture(name, name, source, reading, captured, date=date_of_page(shown, captured, "UTC", 7))


STEPS = st.lists(
    st.tuples(st.lists(pages(), max_size=10), st.sampled_from((0, 0, *range(len(CONFIGURATIONS))))),
    min_size=3,
    max_size=6,
)


def configured(root: Path, number: int) -> Config:
    project = Project(root)
    project.configure(
        "".join(
            f'[[sources]]\nname = "{name}"\npaths = ["pages/{name}/*"]\n{more}\n'
            for name, more in CONFIGURATIONS[number].items()
        )
    )
    return project.config


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    return store.query(f"SELECT * FROM ({query}) ORDER BY ALL")


def settled(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: rows(store, query) for name, query in ({table: f"FROM {table}" for table in TABLES} | RESULTS).items()
    }


@pytest.mark.parametrize(("examples", "least"), [(2, 0), pytest.param(8, 11, marks=pytest.mark.slow)])
def test_after_any_batches_what_is_settled_is_what_settling_everything_gives(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, examples: int, least: int
) -> None:
    # fewer reports than there are, so that old ones drop out, and so few dates that there are many lots
    monkeypatch.setattr(fxtrack.store.settling.recompute, "EVIDENCE_REPORTS", 20)
    monkeypatch.setattr(fxtrack.store.settling.infer, "EXAMINED_SOURCES", 1)
    monkeypatch.setattr(fxtrack.store.settling.recompute, "SETTLED_QUOTES", 3)
    met: Counter[str] = Counter()

    @settings(SETTINGS, max_examples=examples)
    @given(STEPS)
    def check(steps: list[tuple[list[Capture], int]]) -> None:
        root = tmp_path_factory.mktemp("settling")
        with Store.open(configured(root, 0)) as store:
            for batch, number in steps:
                config = configured(root, number)
                add_captures(store, Batch(batch), NOW)
                met["again"] += len(store.query("FROM further_sightings"))
                recompute(store, config)
                assert store.query("FROM unsettled") == []
                found = settled(store)
                store.query("UPDATE store_info SET settled_generation = -1, traced_generation = -1")
                recompute(store, config)
                assert settled(store) == found
                met.update({table: len(found[table]) for table in found})
            for table, query in AS_THE_VIEWS_SAY.items():
                assert settled(store)[table] == rows(store, query)

    check()
    many = ("settled_reports", "settled_bases", "settled_rates", "settled_lags", "ranges")
    assert min(met[name] for name in many) >= least, met
    assert met["again"] >= min(least, 1), met


def test_a_change_that_is_not_traced_settles_everything(project: Project) -> None:
    quote = Quote("KGS/USD", "0.0114", "0%")
    batch = [
        Capture(str(day), str(day), "site", Reading(Outcome.OK, (FIRST + dt.timedelta(day)).date(), (quote,), 8))
        for day in range(5)
    ]
    with Store.open(project.config) as store:
        add_captures(store, Batch(batch), NOW)
        recompute(store, project.config)
        found = settled(store)
        assert found["settled_reports"]
        for table in ("settled_reports", "settled_bases"):
            store.query(f"DELETE FROM {table} WHERE snapshot_id IN (SELECT snapshot_id FROM snapshots LIMIT 2)")
        with store.transaction():
            store.raise_generation(traced=True)
        recompute(store, project.config)
        assert settled(store) != found  # nobody said that anything of this changed
        store.query("UPDATE store_info SET generation = generation + 1")
        recompute(store, project.config)
        assert settled(store) == found


@pytest.mark.parametrize("up_to_date", [True, False])
def test_a_store_from_before_changes_were_traced_is_settled(project: Project, *, up_to_date: bool) -> None:
    quote = Quote("KGS/USD", "0.0114", "0%")
    batch = [
        Capture(str(day), str(day), "site", Reading(Outcome.OK, (FIRST + dt.timedelta(day)).date(), (quote,), 8))
        for day in range(6)
    ]
    with Store.open(project.config) as store:
        add_captures(store, Batch(batch[:3]), NOW)
        recompute(store, project.config)
        if not up_to_date:
            add_captures(store, Batch(batch[3:]), NOW)
        store.query("ALTER TABLE store_info DROP COLUMN traced_generation")
        store.query("DROP TABLE unsettled")
        store.query("DELETE FROM schema_migrations WHERE version >= 6")
    with Store.open(project.config) as store:
        add_captures(store, Batch(batch[3:]), NOW)
        recompute(store, project.config)
        assert len(settled(store)["settled_reports"]) == len(batch)
        for table, query in AS_THE_VIEWS_SAY.items():
            assert settled(store)[table] == rows(store, query)


def test_reports_that_are_settled_leave_the_views_as_they_are(project: Project) -> None:
    quote = Quote("KGS/USD", "0.0114", "0%")
    page = Capture("a", "a", "site", Reading(Outcome.OK, FIRST.date(), (quote,), 8))
    temporary = (
        "SELECT table_name AS name FROM duckdb_tables() WHERE temporary UNION ALL"
        " SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal ORDER BY name"
    )
    with Store.open(project.config) as store:
        for batch in ([page], []):
            add_captures(store, Batch(batch), NOW)
            before = store.query(temporary)
            recompute(store, project.config)
            assert store.query(temporary) == before


@pytest.mark.parametrize("dates", [2, 6])
def test_settling_that_is_cut_short_is_done_again_from_the_beginning(
    project: Project, monkeypatch: pytest.MonkeyPatch, dates: int
) -> None:
    monkeypatch.setattr(fxtrack.store.settling.recompute, "SETTLED_QUOTES", dates)
    days = [FIRST.date() + dt.timedelta(day) for day in range(6)]
    pages = [
        Capture(str(day), str(day), "site", Reading(Outcome.OK, day, (Quote("TJS/USD", f"0.1{n}86", "0.92%"),), 8))
        for n, day in enumerate(days)
    ]
    with Store.open(project.config) as store:
        add_captures(store, Batch(pages), NOW)
        recompute(store, project.config)
        project.configure('[[sources]]\nname = "site"\nrounding = { pct_decimals = 2, change_decimals = 1 }\n')

        def cut(_connection: object, _lot: object) -> None:
            raise KeyboardInterrupt

        before, published = settled(store), store.identity()
        with monkeypatch.context() as patched:
            patched.setattr(fxtrack.store.settling.recompute, "recompute_lot", cut)
            with pytest.raises(KeyboardInterrupt):
                recompute(store, project.config)
        recompute(store, project.config)
        assert store.identity() != published, "the published file is out of date"
        assert settled(store)["settled_reports"] != before["settled_reports"]
        for table, query in AS_THE_VIEWS_SAY.items():
            assert settled(store)[table] == rows(store, query)
