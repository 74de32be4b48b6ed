"""After any sequence of ingests, reparses and new rules, every table is what a rebuild makes of the pages."""

import datetime as dt
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import BLOCK, Project, page_text
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from fxtrack.maintenance.reparse import apply, reparse
from fxtrack.model.run import Run
from fxtrack.pipeline import run_pass
from fxtrack.store.database.opening import connect_reader
from fxtrack.store.writer import Store

OF_RUNS = {"runs", "fetches", "robots", "schema_migrations", "store_info"}
"""Tables that tell what was done, not what the pages say."""

OF_TIMES = {"ingested_utc", "seen_utc", "mtime_ns", "known_from_utc", "known_to_utc"}

SOURCES = [
    '[[sources]]\nname = "a"\n',
    '[[sources]]\nname = "b"\n',
    '[[sources]]\nname = "a"\ndate_formats = ["%d.%m.%Y"]\n',
    '[[sources]]\nname = "a"\nlookback_days = 1\nrounding = { pct_decimals = 2, change_decimals = 4 }\n',
    '[[sources]]\nname = "b"\nrounding = { pct_decimals = 1 }\ndate_formats = ["%d %B %Y", "%d.%m.%Y"]\n',
    '[[sources]]\nname = "a"\ndecimal = "comma"\n',
    '[[sources]]\nname = "a"\nmin_pairs = 2\n',
    '[[sources]]\nname = "left"\npaths = ["pages/left/*"]\n',
    '[[sources]]\nname = "left"\npaths = ["pages/left/*"]\n[[sources]]\nname = "rest"\nlookback_days = 30\n',
    '[[sources]]\nname = "rest"\n[[sources]]\nname = "empty"\npaths = ["pages/none/*"]\n',
]
LIMITS = ["", "[ingest]\nmax_page_bytes = 600\n"]
DATES = ["11 December 2025", "12 December 2025", "13.12.2025", "14 December 2025", None]


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table that says what the pages say, without times of ingest.

    Of what was known when, the rows that hold now: a rebuild does not know what was believed before.
    """
    with closing(connect_reader(path, 30)) as connection:
        columns: dict[str, list[str]] = {}
        histories = set()
        for table, column in connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND database_name ="
            " current_database() AND table_name IN (SELECT table_name FROM duckdb_tables()) ORDER BY ALL"
        ).fetchall():
            if column == "known_to_utc":
                histories.add(table)
            if table not in OF_RUNS and column not in OF_TIMES:
                columns.setdefault(table, []).append(column)
        assert {"captures", "files", "rounding_rules", "settled_reports", "snapshots", "sources"} <= columns.keys()
        assert histories == {"rule_history"}
        holds = {table: "WHERE known_to_utc IS NULL" if table in histories else "" for table in columns}
        return {
            table: connection.execute(f"SELECT {', '.join(names)} FROM {table} {holds[table]} ORDER BY ALL").fetchall()
            for table, names in columns.items()
        }


class Sequence(RuleBasedStateMachine):
    """One store that lives through a sequence, and one that is made anew at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.project = Project(Path(self.folder.name))
        self.pages = 0
        self.sources, self.limit = SOURCES[0], LIMITS[0]
        (self.project.root / "pages").mkdir()

    def teardown(self) -> None:
        try:
            self.take_in()
            self.read_again()
            assert tables(self.project.config.writer) == self.rebuilt()
        finally:
            self.folder.cleanup()

    def configure(self, more: str = "") -> None:
        self.project.configure(f"{self.limit}{more}{self.sources}")

    def rebuilt(self) -> dict[str, list[tuple[Any, ...]]]:
        self.configure('[paths]\nwriter = "anew/writer.duckdb"\ndatabase = "anew/fxtrack.duckdb"\n')
        config = self.project.config
        run_pass(config, Run("ingest", dt.datetime.now(dt.UTC)), [config.pages])
        return tables(config.writer)

    @initialize(sources=st.sampled_from(SOURCES), folder=st.sampled_from(["left", "right"]))
    def begin(self, sources: str, folder: str) -> None:
        self.sources = sources
        self.configure()
        for date in DATES[:2]:
            self.add_page(folder, date, "0.01144", "0%", 5, conflict=False)
        self.take_in()

    @rule(
        folder=st.sampled_from(["left", "right"]),
        date=st.sampled_from(DATES),
        rate=st.sampled_from(["0.01144", "0.01145", "0.01151", "0,01144"]),
        change=st.sampled_from(["0%", "-0%", "0.09%", "0.61%", None]),
        pairs=st.integers(2, 5),
        conflict=st.booleans(),
    )
    def add_page(
        self, folder: str, date: str | None, rate: str, change: str | None, pairs: int, conflict: bool
    ) -> None:
        self.pages += 1
        text = page_text((("KGS/USD", rate, change), *BLOCK[1:pairs]), date, repeats=2)
        if conflict:
            text = text.replace("0.00192", "0.00193", 1)
        self.project.page(f"{folder}/{self.pages:03}.txt", f"{text}Page {self.pages}.\n")

    @rule()
    def add_broken_file(self) -> None:
        self.pages += 1
        self.project.page(f"left/{self.pages:03}.txt.gz", b"\x1f\x8b broken")

    @rule()
    def remove_broken_files(self) -> None:
        for path in self.project.config.pages.rglob("*.gz"):
            path.unlink()

    @rule(sources=st.sampled_from(SOURCES), limit=st.sampled_from(LIMITS), reads=st.booleans())
    def change_rules(self, sources: str, limit: str, reads: bool) -> None:
        self.sources, self.limit = sources, limit
        self.configure()
        if reads:
            self.read_again()

    @rule()
    def take_in(self) -> None:
        config = self.project.config
        run_pass(config, Run("ingest", dt.datetime.now(dt.UTC)), [config.pages])

    @rule()
    def read_again(self) -> None:
        config, now = self.project.config, dt.datetime.now(dt.UTC)
        with Store.open(config) as store:
            if not reparse(store, config, now).is_empty:
                apply(store, config, now)


@pytest.mark.parametrize("examples", [2, pytest.param(200, marks=pytest.mark.slow)])
def test_any_sequence_of_ingests_reparses_and_changed_rules_ends_as_a_rebuild(examples: int) -> None:
    run_state_machine_as_test(
        Sequence,
        settings=settings(
            max_examples=examples, stateful_step_count=8, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
