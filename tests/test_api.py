"""The Python API answers from the published file, keeps Decimals, and stays out of the way of the service."""

import datetime as dt
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from conftest import BLOCK, Project, Shell, page_text
from promises import ask
from services import Service, configure

import fxtrack
from fxtrack.errors import ConfigError, NothingFound, UsageError
from fxtrack.model.quote import Outcome

EARLIER = tuple((pair, "0.10847" if pair == "TJS/USD" else rate, pct) for pair, rate, pct in BLOCK)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with two dates in its database, which no test changes."""
    project = Project(tmp_path_factory.mktemp("made"))
    project.configure('[[sources]]\nname = "site"\n')
    project.page("a.txt", page_text(EARLIER, "11 December 2025"))
    project.page("b.txt", page_text(BLOCK, "12 December 2025"))
    assert project.run("ingest").returncode == 0
    return project


@pytest.fixture
def stored(made: Project, tmp_path: Path) -> Project:
    """A copy of that project."""
    shutil.copytree(made.root, tmp_path, symlinks=True, dirs_exist_ok=True)
    return Project(tmp_path)


def rows(frame: pl.DataFrame) -> list[dict[str, object]]:
    """Return a frame as JSON has it, decimals as text."""
    found: list[dict[str, object]] = json.loads(json.dumps(frame.to_dicts(), default=str))
    return found


def test_the_public_names_are_these() -> None:
    assert fxtrack.__all__ == ["Database", "__version__", "open", "read_page"]
    assert all(hasattr(fxtrack, name) for name in fxtrack.__all__)
    with pytest.raises(AttributeError, match="no attribute 'close'"):
        getattr(fxtrack, "close")  # noqa: B009


def test_importing_the_package_loads_nothing_but_itself() -> None:
    program = "import sys, typing; before = set(sys.modules); import fxtrack; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "['fxtrack']"


@pytest.mark.parametrize("view", ["daily", "changes", "deltas", "audit", "latest", "coverage"])
def test_a_frame_has_the_rows_of_the_shell(stored: Project, shell: Shell, view: str) -> None:
    with fxtrack.open(stored.root / "config.toml") as db:
        frame = getattr(db, view)()
    query = f"SELECT COLUMNS(*)::VARCHAR FROM {view}"
    told = {tuple(sorted(row.items(), key=str)) for row in ask(shell, stored.config.database, query)}
    found = {
        tuple(sorted(((key, _as_shell(value)) for key, value in row.items()), key=str)) for row in frame.to_dicts()
    }
    assert len(frame) > 0
    assert found == told


def _as_shell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


def test_rates_are_decimals_and_conditions_hold(stored: Project) -> None:
    with fxtrack.open(stored.root / "config.toml") as db:
        frame = db.daily("tjs/usd", source="site", since=dt.date(2025, 12, 12), until=dt.date(2025, 12, 31))
        (change,) = db.changes("TJS/USD", since=dt.date(2025, 12, 12)).to_dicts()
    assert isinstance(frame.schema["rate"], pl.Decimal)
    assert frame.select("page_date", "rate").rows() == [(dt.date(2025, 12, 12), Decimal("0.10866"))]
    assert (change["change"], change["gap_days"]) == (Decimal("0.00019"), 1)
    assert (
        change["change_pct_low"] <= Decimal(100) * Decimal("0.00019") / Decimal("0.10847") <= change["change_pct_high"]
    )


def test_there_is_one_change_a_date_and_pair_from_close_to_close(stored: Project) -> None:
    states = [
        tuple((pair, f"0.1086{n}" if pair == "TJS/USD" else rate, pct) for pair, rate, pct in BLOCK) for n in (1, 9)
    ]
    for number, state in enumerate(states):
        stored.page(f"c{number}.txt", page_text(state, "12 December 2025"))
    assert stored.run("ingest").returncode == 0
    with fxtrack.open(stored.root / "config.toml") as db:
        daily, changes = db.daily(), db.changes()
        snapshots = db.sql("SELECT max(snapshots) AS most FROM daily").item()
    assert snapshots == 3
    keys = ["source", "page_date", "pair", "rate"]
    assert changes.select(keys).rows() == daily.select(keys).rows()


@pytest.mark.parametrize(
    ("arguments", "said"), [(("USD/EUR",), "no pair 'USD/EUR'"), ((None, "elsewhere"), "no source 'elsewhere'")]
)
def test_an_unknown_pair_or_source_is_named(stored: Project, arguments: tuple[str | None, ...], said: str) -> None:
    with fxtrack.open(stored.root / "config.toml") as db, pytest.raises(NothingFound, match=said):
        db.daily(arguments[0], source=arguments[1] if len(arguments) > 1 else None)


def test_a_query_reads_the_published_file_and_no_other(stored: Project) -> None:
    (stored.root / "other.csv").write_text("a\n1\n")
    with fxtrack.open(stored.root / "config.toml") as db:
        assert db.sql("SELECT $a + 1 AS two", {"a": 1}).item() == 2
        for query in (f"FROM '{stored.root}/other.csv'", "SELECT nonsense", "CREATE TABLE t (a INTEGER)"):
            with pytest.raises(UsageError, match="the query was refused"):
                db.sql(query)


def test_a_database_keeps_its_version_while_the_service_publishes_newer_ones(stored: Project) -> None:
    configure(stored, 'ingest = { every = "1s" }')
    with Service(stored) as service, fxtrack.open(stored.root / "config.toml") as db:
        service.wait_for("ready")
        before = rows(db.daily())
        stored.page("later.txt", page_text(BLOCK, "13 December 2025"))
        service.wait_for("ingest: done")
        assert rows(db.daily()) == before
        with fxtrack.open(stored.root / "config.toml") as newer:
            assert newer.latest()["page_date"].unique().to_list() == [dt.date(2025, 12, 13)]
        assert service.stop() == 0


def test_a_chart_is_the_file_that_the_command_writes(stored: Project) -> None:
    file = stored.root / "chart.svg"
    done = stored.run("chart", "TJS/USD", "--kind", "trend", "--output", str(file))
    assert done.returncode == 0, done.stderr
    with fxtrack.open(stored.root / "config.toml") as db:
        drawn = db.chart("TJS/USD", kind="trend", format="svg")
        assert drawn == file.read_bytes()
        assert drawn == db.chart("tjs/usd")
        assert db.chart(kind="overview", format="png").startswith(b"\x89PNG")
        with pytest.raises(UsageError, match="unknown kind 'pie'"):
            db.chart("TJS/USD", kind="pie")


def test_without_a_database_there_is_nothing_to_open(project: Project) -> None:
    with pytest.raises(NothingFound, match="`fxtrack run` makes it"):
        fxtrack.open(project.root / "config.toml")
    with pytest.raises(ConfigError, match="no such file"):
        fxtrack.open(project.root / "elsewhere.toml")


def test_a_page_is_read_without_a_store(project: Project) -> None:
    reading = fxtrack.read_page(page_text().encode())
    assert (reading.outcome, reading.page_date, reading.repeats) == (Outcome.OK, dt.date(2025, 12, 12), 8)
    assert [(quote.pair, quote.rate, quote.reported_text) for quote in reading.quotes] == [
        (pair, Decimal(rate), pct) for pair, rate, pct in BLOCK
    ]
    assert fxtrack.read_page(b"nothing here").outcome is Outcome.NO_TICKER
    project.configure('[[sources]]\nname = "site"\ndecimal = "comma"\nmin_pairs = 1\n')
    page = b"USD/KGS = 87,4500 0,1%\n12 December 2025\n\nText\n"
    (quote,) = fxtrack.read_page(page, config=project.root / "config.toml", source="site").quotes
    assert (quote.pair, quote.rate) == ("USD/KGS", Decimal("87.4500"))
    with pytest.raises(ConfigError, match="no source is named 'x'; it has site"):
        fxtrack.read_page(page, config=project.root / "config.toml", source="x")


def test_a_range_that_ends_before_it_begins_is_refused(made: Project) -> None:
    with fxtrack.open(made.root / "config.toml") as database:
        for method in (database.daily, database.changes, database.periods, database.chart):
            with pytest.raises(UsageError, match="since 2025-12-12 is after until 2025-12-11"):
                method("KGS/USD", since=dt.date(2025, 12, 12), until=dt.date(2025, 12, 11))


def test_an_index_starts_at_a_date_of_choice(made: Project) -> None:
    with fxtrack.open(made.root / "config.toml") as database:
        first, second = (database.chart(kind="indexed", base=dt.date(2025, 12, day)) for day in (11, 12))
        assert first != second
        with pytest.raises(UsageError, match="trend has no --base; indexed has"):
            database.chart("KGS/USD", base=dt.date(2025, 12, 12))
