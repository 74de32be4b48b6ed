"""As known on a day: a store of the first pages only answers as the full store does as of then."""

import contextlib
import datetime as dt
import itertools
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import oracle
import pytest
from archives import Made, members
from conftest import Project, Shell, page_text, run_in_process, unstamped
from promises import ask, value

import fxtrack
from fxtrack.errors import NothingFound, UsageError
from fxtrack.model.run import Run
from fxtrack.pipeline import run_pass
from fxtrack.store.database.opening import connect_version

CONFIG = (
    '[[sources]]\nname = "site"\npaths = ["pages/site/*"]\n\n[[sources]]\nname = "other"\npaths = ["pages/other/*"]\n'
)
RULE = oracle.Rule(4, 2)
VIEWS = ("daily", "latest", "coverage", "gaps", "deltas", "changes", "audit")
UNCOUNTED = {"deltas": ("chance", "chance_of", "informative", "beyond_evidence"), "audit": ("informative",)}
"""Columns that the macros leave null, and that the option counts."""

FIRST_DAY = dt.date(2025, 11, 1)

Step = list[tuple[str, bytes]]
"""The files of one ingest: names and contents."""


def steps(seed: int, count: int) -> list[Step]:
    """Return ingests of a random history: states move, reports follow the rule, pages come late and come again."""
    generator = random.Random(seed)  # noqa: S311 -- no secret
    pages: list[tuple[int, str, Made | bytes]] = []
    rates = {"TJS/USD": Fraction("0.10850"), "KGS/USD": Fraction("0.01144")}
    bases = dict(rates)
    for number in sorted(generator.sample(range(24), 14)):
        date = FIRST_DAY + dt.timedelta(number)
        for _ in range(generator.randint(1, 3)):
            for pair, rate in rates.items():
                rates[pair] = oracle.rounded(rate * generator.randint(9900, 10100) / 10000, 5)
            quotes = tuple(
                (pair, f"{float(rate):.5f}", f"{float(oracle.report_for(rate, bases[pair], RULE)):.2f}%")
                for pair, rate in rates.items()
            )
            shown = date if generator.random() < 0.8 else None
            body = page_text(quotes, f"{shown:%d %B %Y}" if shown else None).encode()
            for _ in range(generator.choice([1, 1, 1, 2, 3])):
                place = generator.choice(["site", "site", "site", "other"])
                late = generator.choice([0, 0, 0, 1, 2, 4])
                step = min(count - 1, (number + late + generator.choice([0, 0, 0, 9])) * count // 30)
                if shown and generator.random() < 0.4:
                    pages.append((step, place, body))
                else:
                    time = f"{date + dt.timedelta(late)}T{generator.randint(0, 23):02}:00:00Z"
                    kind = ("200 OK", [("Content-Type", "text/plain")])
                    pages.append((step, place, Made("https://timesca.com/", body, kind, date=time)))
        bases = dict(rates)
    return [
        [
            (f"pages/{place}/{step}-{n}.{'txt' if isinstance(page, bytes) else 'warc.gz'}",
             page if isinstance(page, bytes) else members([page]))
            for n, (wanted, place, page) in enumerate(pages) if wanted == step
        ]
        for step in range(count)
    ]  # fmt: skip


def write(project: Project, files: Step) -> list[Path]:
    for name, content in files:
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return [project.root / name for name, _ in files]


def start_of(step: int) -> dt.datetime:
    return dt.datetime(2026, 1, 1 + step, 12, tzinfo=dt.UTC)


def made(root: Path, history: Sequence[Step], *, at_once: bool) -> Project:
    """Return a store of some steps, each ingested at its time, or all by one run at the time of the last."""
    (root / "pages").mkdir(parents=True)
    project = Project(root)
    project.configure(CONFIG)
    for number, step in enumerate(history):
        write(project, step)
        if not at_once or number == len(history) - 1:
            run_pass(project.config, Run("ingest", start_of(number)), [project.config.pages])
    return project


def rows(project: Project, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(connect_version(project.config.database, 0)) as connection:
        return sorted(connection.execute(query).fetchall(), key=str)


@pytest.fixture(scope="module")
def history() -> list[Step]:
    return steps(10, 4)


@pytest.fixture(scope="module")
def full(history: list[Step], tmp_path_factory: pytest.TempPathFactory) -> Project:
    return made(tmp_path_factory.mktemp("full") / "store", history, at_once=False)


@pytest.fixture(scope="module")
def prefixes(history: list[Step], tmp_path_factory: pytest.TempPathFactory) -> dict[int, Project]:
    """The stores of the first two steps and of the first three, each from its pages in one run."""
    folder = tmp_path_factory.mktemp("prefixes")
    return {n: made(folder / str(n), history[: n + 1], at_once=True) for n in (1, 2)}


def test_the_history_revises_closes_and_verdicts(full: Project, prefixes: dict[int, Project]) -> None:
    for query in (
        "SELECT source, page_date, pair, rate FROM daily",
        "SELECT source, snapshot_id, pair, verdict FROM deltas",
    ):
        first, second, last = (
            {row[:3]: row[3] for row in rows(project, query)} for project in (prefixes[1], prefixes[2], full)
        )
        assert len(first) < len(second) < len(last)
        assert any(last[key] != known for key, known in (first | second).items()), query


@pytest.mark.parametrize(("view", "number"), [(view, number) for number, view in zip(itertools.cycle((1, 2)), VIEWS)])
def test_the_macros_answer_as_a_store_of_the_pages_known_then(
    full: Project, prefixes: dict[int, Project], view: str, number: int
) -> None:
    columns = ", ".join(f"NULL AS {name}" for name in UNCOUNTED.get(view, ()))
    expected = rows(prefixes[number], f"SELECT * REPLACE ({columns}) FROM {view}" if columns else f"FROM {view}")
    moment = f"{start_of(number):%Y-%m-%d %H:%M:%S}" if view in {"daily", "deltas"} else f"{start_of(number):%Y-%m-%d}"
    assert rows(full, f"FROM {view}_as_of('{moment}')") == expected


@pytest.mark.few(1)
@pytest.mark.parametrize("number", [1, 2])
def test_the_option_answers_as_a_store_of_the_pages_known_then(
    full: Project, prefixes: dict[int, Project], number: int
) -> None:
    with fxtrack.open(full.root / "config.toml", as_of=start_of(number).date()) as now:
        for view in (*VIEWS, "problems", "lags", "periods('TJS/USD', 'week')", "rate_on('TJS/USD', '2025-11-20')"):
            expected = rows(prefixes[number], f"FROM {view}")
            assert sorted(now.sql(f"FROM {view}").rows(), key=str) == expected, view


def test_the_macros_answer_in_the_shell_and_in_the_oldest_duckdb(full: Project, shell: Shell) -> None:
    query = "SELECT count(*) FROM (FROM daily_as_of('infinity') EXCEPT FROM daily)"
    assert value(shell, full.config.database, query) == 0
    python = Path(sys.prefix, "oldest", "bin", "python")
    if not python.exists():
        pytest.skip("the oldest DuckDB is not installed beside this Python")
    calls = ["FROM coverage_as_of('2026-01-03')", *(f"DESCRIBE FROM {view}_as_of('2026-01-03')" for view in VIEWS)]
    program = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True); [c.execute(q) for q in sys.argv[2:]]"
    )
    done = subprocess.run(
        [python, "-c", program, str(full.config.database), *calls], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


COMMANDS = (
    ("latest",), ("show", "TJS/USD"), ("coverage",), ("audit", "--csv"), ("deltas", "--source", "site", "--csv"),
    ("export", "--source", "other", "--from", "2025-11-05"),
)  # fmt: skip


def test_every_command_answers_as_it_did_then(
    full: Project, prefixes: dict[int, Project], capsys: pytest.CaptureFixture[str]
) -> None:
    number = 1
    for arguments in COMMANDS:
        then = run_in_process(prefixes[number], capsys, *arguments)
        now = run_in_process(full, capsys, *arguments, "--as-of", f"{start_of(number):%Y-%m-%d}")
        assert now == then, arguments


def test_charts_and_frames_are_those_of_then(full: Project, prefixes: dict[int, Project]) -> None:
    number = 2
    with (
        fxtrack.open(full.root / "config.toml", as_of=start_of(number).date()) as now,
        fxtrack.open(prefixes[number].root / "config.toml") as then,
    ):
        for ask_for in ("daily", "changes", "deltas", "audit", "latest", "coverage"):
            assert getattr(now, ask_for)().equals(getattr(then, ask_for)()), ask_for
        for kind in ("trend", "changes"):
            pictures = [db.chart("TJS/USD", kind=kind, source="site") for db in (now, then)]
            assert unstamped(pictures[0]) == unstamped(pictures[1])


def test_a_file_as_of_then_stays_the_same_while_pages_come(
    full: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "closes.csv"
    code, _, err = run_in_process(full, capsys, "export", "--as-of", "2026-01-02", "--output", str(file))
    assert code == 0, err
    code, out, _ = run_in_process(full, capsys, "verify", str(file))
    assert (code, "same" in out) == (0, True)
    assert json.loads((tmp_path / "closes.csv.stamp.json").read_text())["query"]["as_of"] == "2026-01-02"
    assert run_in_process(full, capsys, "export", "--output", str(file))[0] == 0


def test_a_time_before_all_pages_and_what_is_no_time(full: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run_in_process(full, capsys, "latest", "--as-of", "2025-12-31")
    assert (code, out) == (3, "")
    assert "nothing was known on 2025-12-31: the first page was ingested on 2026-01-01 12:00:00 UTC" in err
    code, _, err = run_in_process(full, capsys, "latest", "--as-of", "someday")
    assert (code, "is not a date like" in err) == (2, True)
    code, _, err = run_in_process(full, capsys, "latest", "--as-of", "2026-01-02T25:00")
    assert (code, "is no date like" in err) == (2, True)
    with pytest.raises(NothingFound):
        fxtrack.open(full.root / "config.toml", as_of="2025-12-31")
    with pytest.raises(UsageError):
        fxtrack.open(full.root / "config.toml", as_of="last week")
    # a time with a zone means the same moment
    assert run_in_process(full, capsys, "latest", "--as-of", "2026-01-02T18:00+06:00") == run_in_process(
        full, capsys, "latest", "--as-of", "2026-01-02T12:00"
    )


def test_revisions_list_what_changed_for_a_date_and_by_which_capture(project: Project, shell: Shell) -> None:
    seen = [("0.10800", 8, 0), ("0.10820", 12, 1), ("0.10800", 18, 2), ("0.10820", 9, 3)]
    for rate, hour, step in seen:
        body = page_text((("TJS/USD", rate, None),), "01 December 2025").encode()
        kind = ("200 OK", [("Content-Type", "text/plain")])
        record = Made("https://timesca.com/", body, kind, date=f"2025-12-01T{hour:02}:00:00Z")
        project.page(f"{step}.warc.gz", members([record]))
        run_pass(project.config, Run("ingest", start_of(step)), [project.config.pages])
    found = ask(shell, project.config.database, "SELECT known_utc, change, rate_text, states, location FROM revisions")
    assert [tuple(row.values()) for row in found] == [
        ("2026-01-01 12:00:00", "first state", "0.10800", 1, "pages/0.warc.gz#0"),
        ("2026-01-02 12:00:00", "another state", "0.10820", 2, "pages/1.warc.gz#0"),
        ("2026-01-03 12:00:00", "seen later", "0.10800", 2, "pages/2.warc.gz#0"),
    ]
    for known, close in (("2026-01-01", "0.10800"), ("2026-01-02", "0.10820"), ("2026-01-03", "0.10800")):
        with fxtrack.open(project.root / "config.toml", as_of=known) as db:
            assert db.sql("SELECT rate_text FROM daily").rows() == [(close,)]


def test_a_rate_is_an_outlier_once_its_neighbours_are_known(project: Project) -> None:
    days = [(8, 9, "0.10800"), (8, 18, "1.08000"), *((day, 9, "0.10810") for day in (6, 7, 9, 10))]
    for number, (day, hour, rate) in enumerate(days):
        step = 0 if day == 8 else 1
        body = page_text((("TJS/USD", rate, None),), f"{day:02} December 2025").encode()
        kind = ("200 OK", [("Content-Type", "text/plain")])
        record = Made("https://timesca.com/", body, kind, date=f"2025-12-{day:02}T{hour:02}:00:00Z")
        project.page(f"{number}.warc.gz", members([record]))
        if number in {1, len(days) - 1}:
            run_pass(project.config, Run("ingest", start_of(step)), [project.config.pages])
    query = "SELECT rate_text, close_rule FROM {} WHERE page_date = '2025-12-08'"
    assert rows(project, query.format("daily")) == [("0.10800", "not an outlier")]
    for step, close in enumerate((("1.08000", "last captured"), ("0.10800", "not an outlier"))):
        moment = f"{start_of(step):%Y-%m-%d}"
        if not step:
            assert rows(project, query.format(f"daily_as_of('{moment}')")) == [close]
        with fxtrack.open(project.root / "config.toml", as_of=moment) as db:
            assert db.sql(query.format("daily")).rows() == [close]


@pytest.mark.slow
def test_the_rule_is_that_of_the_time_and_a_run_without_change_adds_no_history(
    full: Project, history: list[Step], tmp_path: Path
) -> None:
    project = made(tmp_path / "store", history[:2], at_once=False)
    before = rows(project, "FROM rule_history")
    columns = f"SELECT * EXCLUDE ({', '.join(UNCOUNTED['deltas'])})"
    then = rows(project, f"{columns} FROM deltas")
    project.configure(CONFIG.replace('paths = ["pages/site/*"]', 'paths = ["pages/site/*"]\nlookback_days = 3'))
    run_pass(project.config, Run("ingest", start_of(5)), [project.config.pages])
    after = rows(project, "FROM rule_history WHERE known_to_utc IS NULL AND source = 'site'")
    assert [row[1] for row in after] == [start_of(5).replace(tzinfo=None)]
    assert rows(project, f"{columns} FROM deltas") != then
    assert rows(project, f"{columns} FROM deltas_as_of('{start_of(1):%Y-%m-%d}')") == then
    run_pass(project.config, Run("ingest", start_of(6)), [project.config.pages])
    assert len(rows(project, "FROM rule_history")) == len(before) + 1
    assert rows(full, "SELECT source FROM rule_history WHERE known_to_utc IS NULL ORDER BY ALL") == [
        ("other",),
        ("site",),
    ]
