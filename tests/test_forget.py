"""`fxtrack forget`: a store that has forgotten a capture answers as one that never had it, and keeps the record."""

import contextlib
import datetime as dt
import json
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from archives import Made, members
from conftest import Project, Shell, page_text, run_in_process
from promises import MACROS, ask, value
from test_as_of import made, steps

import fxtrack
from fxtrack.errors import FxtrackError
from fxtrack.maintenance.forget import FoundCapture, bring_back, find_capture, forget
from fxtrack.maintenance.reparse import apply, reparse
from fxtrack.maintenance.restore import restore
from fxtrack.model.run import Run
from fxtrack.pipeline import run_pass
from fxtrack.store.database.connection import Connection
from fxtrack.store.database.opening import connect_version
from fxtrack.store.writer import Store

INGESTED = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
LATER = INGESTED + dt.timedelta(5)
OF_ALL = {"this_store", "every_sighting", "every_snapshot", "every_finding", "priced_quotes"}
"""Views that show forgotten captures, and the one that names the store."""

TABLES = (
    "snapshots", "sources", "rounding_rules", "settled_reports", "settled_bases", "settled_rates", "settled_lags",
    "settled_ranges", "settled_outliers",
)  # fmt: skip
SOME = {*TABLES, "daily", "quotes", "sightings", "revisions", "undated", "problems", "coverage", "deltas", "chances"}
CONFLICT = page_text(date="14 November 2025").replace("KGS/USD = 0.01144", "KGS/USD = 0.01199", 1)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A store of a random history of two sources, by one ingest; one page is in conflict, another without a date."""
    (history,) = steps(10, 1)
    pages = {"conflict": CONFLICT, "undated": page_text((("KGS/USD", "0.01201", "0%"),), None)}
    more = [(f"pages/site/{name}.txt", text.encode()) for name, text in pages.items()]
    return made(tmp_path_factory.mktemp("original") / "store", [[*history, *more]], at_once=True)


@pytest.fixture(scope="module")
def original_rows(original: Project) -> "Derived":
    return derived(original)


@pytest.fixture
def copy(original: Project, tmp_path: Path) -> Project:
    """A copy of that store."""
    shutil.copytree(original.root, tmp_path / "store", symlinks=True)
    return Project(tmp_path / "store")


Derived = dict[str, list[tuple[object, ...]]]


@contextlib.contextmanager
def published(project: Project) -> Iterator[Connection]:
    with contextlib.closing(connect_version(project.config.database, 0)) as connection:
        yield connection


def rows(connection: Connection, query: str) -> list[tuple[object, ...]]:
    return sorted(connection.execute(query).fetchall(), key=str)


def derived(project: Project, names: Collection[str] = ()) -> Derived:
    """Return everything that is derived, all views and macros and the tables behind them, or some of it."""
    with published(project) as connection:
        views = {name for (name,) in connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
        ).fetchall()} - OF_ALL  # fmt: skip
        found = {name: rows(connection, f"FROM {name}") for name in names or (*views, *TABLES)}
        found |= {} if names else {name: rows(connection, f"FROM {call}") for name, call in MACROS.items()}
    found["problems"] = [row for row in found["problems"] if row[0] != "forgotten" and not str(row[0]).endswith(" run")]
    return found


def differing(one: Derived, other: Derived) -> list[str]:
    assert one.keys() == other.keys()
    return [name for name in one if one[name] != other[name]]


def ingested(folder: Path, files: dict[str, bytes], configuration: str) -> Project:
    """Return a store of some files under the pages folder, by one ingest."""
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    project = Project(folder)
    project.configure(configuration)
    for name, content in files.items():
        project.page(name, content)
    run_pass(project.config, Run("ingest", INGESTED), [project.config.pages])
    return project


def files_of(project: Project) -> dict[str, bytes]:
    pages = project.config.pages
    return {path.relative_to(pages).as_posix(): path.read_bytes() for path in pages.rglob("*") if path.is_file()}


def places(project: Project, capture: str) -> set[str]:
    """Return the files, under the pages folder, with the bytes of a capture."""
    with published(project) as connection:
        found = connection.execute(
            "SELECT location FROM captures WHERE capture_id = $1"
            " UNION SELECT location FROM further_sightings WHERE capture_id = $1", [capture]
        ).fetchall()  # fmt: skip
    return {location.partition("#")[0].removeprefix("pages/") for (location,) in found}


def take_out(project: Project, wanted: str, *, now: dt.datetime = LATER) -> FoundCapture:
    with Store.open(project.config) as store:
        found = find_capture(store, project.config, wanted)
        forget(store, project.config, found, "a test page", now)
    return found


def put_back(project: Project, wanted: str) -> None:
    with Store.open(project.config) as store:
        bring_back(store, project.config, find_capture(store, project.config, wanted), LATER)


PICKED = {
    "the only state of a date": "JOIN snapshots s USING (snapshot_id) WHERE s.page_date IN"
    " (SELECT page_date FROM snapshots WHERE source = s.source GROUP BY ALL HAVING count(*) = 1)"
    " AND c.page_date > (SELECT min(page_date) + 3 FROM snapshots)",
    "a close among several states": "JOIN daily d USING (snapshot_id) WHERE d.snapshots > 1 AND d.captures = 1",
    "shown to another source as well": "JOIN further_sightings f USING (capture_id) WHERE f.source <> c.source",
    "a conflict": "WHERE c.outcome = 'conflict'",
    "an undated page": "WHERE c.location = 'pages/site/undated.txt'",
}


@pytest.mark.slow
def test_forgotten_captures_are_in_nothing_derived_and_undo_restores_all(
    original: Project, original_rows: Derived, copy: Project, tmp_path: Path
) -> None:
    with published(original) as connection:
        picked: list[str] = []
        for condition in PICKED.values():
            found = rows(connection, f"SELECT c.capture_id FROM captures c {condition}")
            picked.append(next(str(capture) for (capture,) in found if capture not in picked))
        known = rows(connection, "SELECT capture_id FROM captures")
    for capture in picked:
        take_out(copy, capture[:8])
    after = derived(copy)
    gone = set[str]().union(*(places(original, capture) for capture in picked))
    files = {name: content for name, content in files_of(original).items() if name not in gone}
    never = ingested(tmp_path / "never", files, (original.root / "config.toml").read_text())
    assert differing(after, derived(never)) == []
    changed = set(differing(after, original_rows))
    assert changed >= {
        "daily",
        "deltas",
        "audit",
        "coverage",
        "sightings",
        "quotes",
        "undated",
        "problems",
        "revisions",
    }
    with published(copy) as connection:
        assert rows(connection, "SELECT capture_id FROM captures") == known
        said = rows(
            connection,
            "SELECT capture_id FROM problems WHERE problem = 'forgotten' AND detail LIKE 'by % on % a test page'",
        )
        assert said == [(capture,) for capture in sorted(picked)]
        assert rows(connection, "SELECT job, outcome FROM runs") == [("forget", "done")] * len(picked) + [
            ("ingest", "done")
        ]
    for capture in picked:
        put_back(copy, capture)
    assert differing(derived(copy, SOME), {name: original_rows[name] for name in SOME}) == []
    with published(copy) as connection:
        assert (
            rows(connection, "SELECT capture_id FROM forgotten UNION ALL SELECT snapshot_id FROM forgotten_snapshots")
            == []
        )


@pytest.mark.slow
def test_as_of_an_earlier_moment_a_forgotten_capture_counts(original: Project, copy: Project) -> None:
    with published(original) as connection:
        (capture,) = rows(connection, f"SELECT c.capture_id FROM captures c {PICKED['a close among several states']}")[
            0
        ]
        before = rows(connection, "FROM daily")
        audit = rows(connection, "FROM audit")
    take_out(copy, str(capture))
    with published(copy) as connection:
        now = rows(connection, "FROM daily")
        assert now != before
        assert rows(connection, f"FROM daily_as_of('{LATER.date() - dt.timedelta(1)}')") == before
        assert rows(connection, f"FROM daily_as_of('{LATER.date()}')") == now
    with fxtrack.open(copy.root / "config.toml", as_of=LATER.date() - dt.timedelta(1)) as then:
        assert sorted(then.sql("FROM daily").rows(), key=str) == before
        assert sorted(then.sql("FROM audit").rows(), key=str) == audit


SITE = '[database]\nwait_seconds = 0\n\n[[sources]]\nname = "site"\n'
DOTTED = SITE + 'date_formats = ["%d %B %Y", "%d.%m.%Y"]\n'
PAGES = {
    "a.txt": page_text(date="10 December 2025").encode(),
    "b.txt": page_text((("KGS/USD", "0.01150", "0.52%"),), "11 December 2025").encode(),
    "c.txt": page_text((("KGS/USD", "0.01199", "9%"),), "12.12.2025").encode(),
    "d.txt": page_text((("KGS/USD", "0.01151", "0.09%"),), "13 December 2025").encode(),
}


def test_a_forgotten_page_stays_so_when_it_comes_again_and_when_it_is_read_again(tmp_path: Path) -> None:
    project = ingested(tmp_path / "store", PAGES, SITE)
    capture = take_out(project, "pages/c.txt").capture_id
    expected = derived(ingested(tmp_path / "never", {n: c for n, c in PAGES.items() if n != "c.txt"}, SITE), SOME)

    record = Made(
        "https://site.example/",
        PAGES["c.txt"],
        ("200 OK", [("Content-Type", "text/plain")]),
        date="2025-12-12T08:00:00Z",
    )
    more = {"again.txt": PAGES["c.txt"], "early.warc.gz": members([record])}
    for name, content in more.items():  # the second is the earliest sighting: its date follows from the capture time
        project.page(name, content)
    run_pass(project.config, Run("ingest", LATER), [project.config.pages])
    assert differing(derived(project, SOME), expected) == []
    with published(project) as connection:
        own = rows(connection, f"SELECT location LIKE 'pages/early%' FROM captures WHERE capture_id = '{capture}'")
        assert own == [(True,)]
        assert len(rows(connection, "FROM further_sightings")) == 2

    project.configure(DOTTED)
    with Store.open(project.config) as store:
        again = reparse(store, project.config, LATER)
        assert {row["capture_id"] for row in again.rows.records()} == {capture}
        apply(store, project.config, LATER)
    assert differing(derived(project, SOME), expected) == []

    run_pass(project.config, Run("ingest", LATER), [project.page("e.txt", PAGES["c.txt"] + b"Another page.\n")])
    with published(project) as connection:  # the same state on a page that is not forgotten counts
        assert rows(connection, "SELECT captures FROM quotes WHERE page_date = '2025-12-12'") == [(1,)]
        assert rows(connection, "FROM forgotten_snapshots WHERE page_date = '2025-12-12'") == []
    put_back(project, capture)
    whole = derived(ingested(tmp_path / "whole", files_of(project), DOTTED), SOME - {"sightings", "revisions"})
    assert differing(derived(project, whole), whole) == []  # but for the times of ingest


@pytest.mark.slow
def test_a_restored_backup_forgets_what_the_replaced_store_had_forgotten(tmp_path: Path) -> None:
    project = ingested(tmp_path / "store", PAGES, SITE)
    backup = shutil.copy(project.config.writer, tmp_path / "backup.duckdb")
    take_out(project, "pages/b.txt")
    expected = derived(project, SOME)
    restore(project.config, Path(backup), LATER, lambda _line: None)
    run_pass(project.config, Run("restore", LATER), [])
    assert differing(derived(project, SOME), expected) == []


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return ingested(tmp_path_factory.mktemp("small") / "store", PAGES, SITE)


def test_the_command_and_the_shell_show_the_record(
    small: Project, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = ask(shell, small.config.database, "SELECT capture_id FROM captures WHERE location = 'pages/b.txt'")[0][
        "capture_id"
    ]
    assert run_in_process(small, capsys, "forget")[::2] == (
        3, "fxtrack: no capture is forgotten; `fxtrack forget ID --why TEXT` takes one out\n",
    )  # fmt: skip
    code, out, err = run_in_process(
        small, capsys, "forget", capture[:8].upper(), "--why", " a test\n page\u202e ", "--json"
    )
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "run_id": 2, "capture_id": capture, "location": "pages/b.txt", "why": "a test page\\u202e", "forgotten": True,
    }  # fmt: skip
    (row,) = json.loads(run_in_process(small, capsys, "forget", "--json")[1])
    assert (row["capture_id"], row["why"], row["location"]) == (capture, "a test page\\u202e", "pages/b.txt")
    assert run_in_process(small, capsys, "forget", "--csv")[1].count("\n") == 2
    found = ask(shell, small.config.database, "SELECT capture_id, page_date, why FROM forgotten")
    assert found == [{"capture_id": capture, "page_date": "2025-12-11", "why": "a test page\\u202e"}]
    assert value(shell, small.config.database, "SELECT outcome FROM captures WHERE location = 'pages/b.txt'") == "ok"
    assert value(shell, small.config.database, "SELECT count(*) FROM daily WHERE page_date = '2025-12-11'") == 0
    assert value(shell, small.config.database, "SELECT count(*) FROM problems WHERE problem = 'forgotten'") == 1
    assert run_in_process(small, capsys, "verify")[0] == 0
    assert (
        run_in_process(small, capsys, "forget", str(small.root / "pages" / "b.txt"), "--undo")[1]
        == "pages/b.txt counts again\n"
    )
    assert value(shell, small.config.database, "SELECT count(*) FROM daily WHERE page_date = '2025-12-11'") == 1


def test_each_mistake_is_one_line(small: Project, capsys: pytest.CaptureFixture[str]) -> None:
    with published(small) as connection:
        generation = rows(connection, "SELECT generation FROM store_info")
    for arguments, code, words in (
        (("nothing.txt", "--why", "x"), 3, "'nothing.txt' is neither a location of a capture nor"),
        (("0123456789", "--undo"), 3, "'0123456789' is neither"),
        (("", "--undo"), 3, "'' is neither"),
        (("pages/a.txt",), 2, "the reason is missing: add --why TEXT"),
        (("pages/a.txt", "--why", " \n"), 2, "--why is empty"),
        (("pages/a.txt", "--undo"), 1, "pages/a.txt is not forgotten"),
        (("pages/a.txt", "--undo", "--why", "x"), 2, "--why and --undo exclude each other"),
        (("pages/a.txt", "--csv", "--undo"), 2, "--csv prints the forgotten captures"),
        (("--undo",), 2, "--undo needs the ID"),
        (("--why", "x"), 2, "--why needs the ID"),
    ):
        done = run_in_process(small, capsys, "forget", *arguments)
        assert (done[0], done[1], done[2].count("\n")) == (code, "", 1), arguments
        assert done[2].startswith(f"fxtrack: {words}"), arguments
    with published(small) as connection:
        assert rows(connection, "SELECT generation FROM store_info") == generation
    with Store.open(small.config):
        busy = small.run("forget", "pages/a.txt", "--why", "x")
    assert (busy.returncode, busy.stdout, busy.stderr.count("\n")) == (5, "", 1)


def test_a_place_where_the_page_has_changed_does_not_choose_between_its_captures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = ingested(tmp_path, {"a.txt": PAGES["a.txt"]}, SITE)
    project.page("a.txt", PAGES["b.txt"])
    run_pass(project.config, Run("ingest", LATER), [project.config.pages])
    code, _, err = run_in_process(project, capsys, "forget", "pages/a.txt", "--why", "x")
    assert code == 2
    assert err.startswith("fxtrack: pages/a.txt may mean any of 2 captures: ")
    capture = take_out(project, err.split()[-1])
    with (
        Store.open(project.config) as store,
        pytest.raises(FxtrackError, match=r"is forgotten already, by .*: a test page;"),
    ):
        forget(store, project.config, capture, "again", LATER)
