"""The published file: whole, read-only, replaced at once, and beyond the reach of those who open it."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import BLOCK, InProcess, Project, Shell, names_in
from promises import MACROS, PROMISED, Session, ask, content, shell_program, value

from fxtrack.store.database.opening import connect_reader
from fxtrack.store.publish import publish
from fxtrack.store.writer import Store

COUNT = "SELECT count(*) FROM captures;"
INSERT = "INSERT INTO captures (capture_id) VALUES ('not a page');"
CHARTS = {
    *(f"{kind}-{pair.replace('/', '-')}.svg" for pair, _, _ in BLOCK for kind in ("trend", "changes")),
    "indexed.svg", "overview.svg", "coverage-site.svg",
}  # fmt: skip


@pytest.fixture
def ingest(project: Project, in_process: InProcess) -> Callable[[str], str]:
    """Write a new page and take it in; returns what was said on stderr."""

    def ingest(name: str) -> str:
        project.page(name)
        code, _, err = in_process("ingest")
        assert code == 0
        return err

    return ingest


def log_of(project: Project) -> Path:
    return project.config.database.with_name(project.config.database.name + ".wal")


def asides(project: Project) -> list[bytes]:
    return [path.read_bytes() for path in project.config.database.parent.iterdir() if path.name.endswith(".aside")]


def leave_a_log(project: Project) -> bytes:
    """Take the guard away, write to the published file in a shell, kill it, and return the log that it leaves."""
    log_of(project).unlink()
    with Session(project.config.database) as session:
        session.say(INSERT.replace(";", " RETURNING 1;"))
        assert session.say(COUNT) == "2"
    assert log_of(project).stat().st_size
    return log_of(project).read_bytes()


def test_an_older_shell_can_query_everything_promised(
    project: Project, ingest: Callable[[str], str], shell: Shell
) -> None:
    ingest("a.txt")
    assert shell("-version").stdout.startswith("v1.")
    for name in (*PROMISED, *MACROS.values()):
        assert len(ask(shell, project.config.database, f"SELECT count(*) FROM {name}")) == 1


def test_the_oldest_duckdb_can_query_everything_promised(project: Project, ingest: Callable[[str], str]) -> None:
    python = Path(sys.prefix, "oldest", "bin", "python")
    if not python.exists():
        pytest.skip("DuckDB 1.4.0 is not installed beside this Python (`make test` installs it)")
    ingest("a.txt")
    objects = [*PROMISED, *MACROS.values()]
    queries = [
        f"SELECT count(*), string_agg(x, ' ' ORDER BY x) FROM (SELECT t::VARCHAR AS x FROM {o} t)" for o in objects
    ]
    answers = [
        "import duckdb, sys",
        f"reader = duckdb.connect({str(project.config.database)!r}, read_only=True)",
        "for query in sys.argv[1:]: print(*reader.execute(query).fetchone())",
        "print(duckdb.__version__)",
    ]
    done = subprocess.run(
        [python, "-c", "\n".join(answers), *queries], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    *lines, version = done.stdout.splitlines()
    assert version == "1.4.0"
    with connect_reader(project.config.database, 0) as reader:
        assert lines == [" ".join(map(str, reader.execute(query).fetchone() or ())) for query in queries]


def test_a_reader_keeps_the_version_it_opened_while_new_ones_are_published(
    project: Project, ingest: Callable[[str], str], shell: Shell
) -> None:
    ingest("1.txt")
    with Session(project.config.database, "-readonly") as reader:
        assert reader.say(COUNT) == "1"
        for number in (2, 3, 4):
            assert ingest(f"{number}.txt") == ""
            assert reader.say(COUNT) == "1"
            assert reader.say("SELECT max(captures) FROM quotes;") == "1"
            assert value(shell, project.config.database, COUNT) == number


def test_a_reader_that_opened_before_and_asks_only_after_a_publish_gets_the_old_version_whole(
    project: Project, ingest: Callable[[str], str]
) -> None:
    ingest("1.txt")
    with Session(project.config.database, "-readonly") as reader:
        assert reader.say("SELECT 7;") == "7"
        ingest("2.txt")
        assert reader.say("SELECT count(*) FROM deltas;") == str(len(BLOCK))


@pytest.mark.parametrize("first_insert", ["before the publish", "after the publish"])
def test_a_shell_that_opened_for_writing_spoils_nothing_and_stops_nobody(
    project: Project, ingest: Callable[[str], str], shell: Shell, first_insert: str
) -> None:
    ingest("1.txt")
    with Session(project.config.database) as writer:
        assert writer.say(COUNT) == "1"
        if first_insert == "before the publish":
            assert "Failed to commit" in writer.say(INSERT)
        assert ingest("2.txt") == ""
        published = project.config.database.read_bytes()
        if first_insert == "after the publish":
            assert "Failed to commit" in writer.say(INSERT)
        assert value(shell, project.config.database, COUNT) == 2
        writer.leave()
    assert project.config.database.read_bytes() == published
    assert not log_of(project).exists()
    assert value(shell, project.config.database, COUNT) == 2
    assert asides(project) == []
    assert ingest("3.txt") == ""
    assert value(shell, project.config.database, COUNT) == 3


def test_a_failed_insert_leaves_no_row_even_where_nothing_new_is_published(
    project: Project, ingest: Callable[[str], str], shell: Shell
) -> None:
    ingest("1.txt")
    for statement in (INSERT, "DELETE FROM captures;", "CREATE TABLE big AS SELECT range AS n FROM range(2000000);"):
        assert shell(str(project.config.database), "-c", statement).returncode != 0
    assert value(shell, project.config.database, COUNT) == 1
    assert value(shell, project.config.database, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'big'") == 0


@pytest.mark.parametrize("something_new", [True, False])
def test_a_log_found_beside_the_file_is_put_aside_and_never_applied(
    project: Project, ingest: Callable[[str], str], in_process: InProcess, shell: Shell, something_new: bool
) -> None:
    ingest("1.txt")
    log = leave_a_log(project)
    err = ingest("2.txt") if something_new else in_process("ingest")[2]
    assert (err.count("\n"), "quarantined as fxtrack.duckdb.wal." in err) == (1, True)
    assert asides(project) == [log]
    assert log_of(project).is_symlink()
    assert value(shell, project.config.database, COUNT) == 1 + something_new
    assert ingest("3.txt") == ""


def test_a_log_of_the_version_before_is_put_aside_with_a_word_too(
    project: Project, ingest: Callable[[str], str], shell: Shell
) -> None:
    ingest("1.txt")
    log_of(project).unlink()
    with Session(project.config.database) as writer:
        assert writer.say(COUNT) == "1"
        ingest("2.txt")
        log_of(project).unlink()
        writer.say(INSERT.replace(";", " RETURNING 1;"))
    log = log_of(project).read_bytes()
    assert log
    ingest("3.txt")
    assert log in asides(project)
    assert value(shell, project.config.database, COUNT) == 3


def test_two_logs_found_within_a_second_are_both_kept(project: Project, ingest: Callable[[str], str]) -> None:
    ingest("1.txt")
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    logs = []
    for _ in range(2):
        logs.append(leave_a_log(project))
        with Store.open(project.config) as store:
            assert len(publish(store, project.config.database, now)) == 1
    assert sorted(asides(project)) == sorted(logs)


@pytest.mark.slow
@pytest.mark.new
def test_a_published_file_of_another_store_is_kept(
    project: Project, ingest: Callable[[str], str], tmp_path: Path, shell: Shell
) -> None:
    other = Project(tmp_path / "other")
    other.page("theirs.txt")
    other.configure('[[sources]]\nname = "theirs"\n')
    assert other.run("ingest").returncode == 0
    project.config.database.parent.mkdir()
    shutil.copy(other.config.database, project.config.database)
    err = ingest("ours.txt")
    assert (err.count("\n"), "not a copy of this store; kept as fxtrack.duckdb." in err) == (1, True)
    assert asides(project) == [other.config.database.read_bytes()]
    assert value(shell, project.config.database, "SELECT location FROM captures") == "pages/ours.txt"
    assert ingest("more.txt") == ""


@pytest.mark.new
def test_a_file_in_the_way_that_is_no_database_is_kept_as_well(
    project: Project, ingest: Callable[[str], str], shell: Shell
) -> None:
    project.config.database.parent.mkdir()
    project.config.database.write_text("my notes")
    ingest("a.txt")
    assert asides(project) == [b"my notes"]
    assert value(shell, project.config.database, COUNT) == 1


@pytest.mark.slow
def test_a_published_file_that_was_deleted_comes_back_with_the_next_run(
    project: Project, ingest: Callable[[str], str], in_process: InProcess, shell: Shell
) -> None:
    ingest("a.txt")
    before = content(shell, project.config.database)
    project.config.database.unlink()
    assert in_process("ingest")[0] == 0
    assert content(shell, project.config.database) == before


def test_a_published_file_from_before_the_last_change_is_brought_up_to_date(
    project: Project, ingest: Callable[[str], str], in_process: InProcess, shell: Shell
) -> None:
    ingest("a.txt")
    shutil.copy(project.config.database, project.root / "old")
    ingest("b.txt")
    os.replace(project.root / "old", project.config.database)
    assert in_process("ingest")[0] == 0
    assert value(shell, project.config.database, COUNT) == 2


def test_a_run_with_nothing_new_touches_neither_the_published_file_nor_the_charts(project: Project) -> None:
    project.page("a.txt")
    assert project.run("run").returncode == 0
    files = [
        project.config.database,
        *(path for path in project.config.charts.glob("page/*/*")),
    ]
    assert {path.name for path in files} >= CHARTS
    before = [(path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in files]
    done = project.run("run")
    assert (done.returncode, done.stderr) == (0, "")
    assert [(path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in files] == before


def test_a_run_leaves_nothing_behind_but_what_it_is_for_and_clears_up_after_a_killed_one(project: Project) -> None:
    project.page("a.txt")
    ended = subprocess.Popen(["true"])
    ended.wait()
    left_over = [
        project.config.database.with_name(f".fxtrack.duckdb.{ended.pid}.new"),
        project.config.database.with_name(f".fxtrack.duckdb.{ended.pid}.new.wal"),
        project.config.charts / "page" / f"..drawn-from.{ended.pid}.new",
        project.config.charts / f".index.html.{ended.pid}.new",
    ]
    for path in left_over:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(b"half of it")
    half = project.config.charts / "page" / ".drawn-1.new"
    half.mkdir()
    (half / "trend-KGS-USD.svg").write_bytes(b"half of it")
    assert project.run("run").returncode == 0
    assert names_in(project.root) == {"config.toml", "pages", "db", "charts"}
    kept = {"fxtrack-writer.duckdb", "fxtrack-writer.status.json", "fxtrack.duckdb", "fxtrack.duckdb.wal"}
    assert names_in(project.config.database.parent) == kept
    assert names_in(project.config.charts) == {"index.html", "page"}
    (folder,) = project.config.charts.glob("page/drawn-*")
    assert names_in(project.config.charts / "page") == {".drawn-from", folder.name}
    assert {name for name in names_in(folder) if name.endswith(".svg")} == {
        *CHARTS, *(name.replace(".svg", ".narrow.svg") for name in CHARTS)
    }  # fmt: skip


def test_the_published_file_is_read_only_for_everybody(project: Project, ingest: Callable[[str], str]) -> None:
    for name in ("1.txt", "2.txt"):
        ingest(name)
        assert project.config.database.stat().st_mode & 0o777 == 0o444


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach and write to; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="fxtrack-test-", dir="/tmp"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a shell as another user")
def test_a_user_without_rights_can_read_it_and_cannot_open_it_for_writing(
    project: Project, ingest: Callable[[str], str], open_folder: Path
) -> None:
    ingest("a.txt")
    shutil.copy(shell_program(), open_folder / "duckdb")
    shutil.move(project.config.database, open_folder / "fxtrack.duckdb")

    def as_nobody(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [open_folder / "duckdb", *arguments, open_folder / "fxtrack.duckdb", "-c", COUNT],
            capture_output=True, text=True, timeout=60, check=False, user=65534, group=65534, extra_groups=[],
            cwd=open_folder, env={"HOME": str(open_folder)},
        )  # fmt: skip

    reading, writing = as_nobody("-readonly", "-csv", "-noheader"), as_nobody()
    assert (reading.returncode, reading.stdout) == (0, "1\n")
    assert writing.returncode != 0
    assert "ermission denied" in writing.stderr
    assert names_in(open_folder) == {"duckdb", "fxtrack.duckdb"}
