"""Pages are stored once, whole batches or none, and every run leaves a true account of itself."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import BLOCK, InProcess, Project, Shell, page_text
from promises import ask, content, start, value, varied_page

OTHER_BLOCK = (("KGS/USD", "0.01155", "0.96%"), *BLOCK[1:])


def count(shell: Shell, project: Project, table: str) -> int:
    return int(value(shell, project.config.database, f"SELECT count(*) FROM {table}"))


def problems(shell: Shell, project: Project, kind: str) -> list[str]:
    rows = ask(
        shell, project.config.database, f"SELECT location, detail FROM problems WHERE problem = '{kind}' ORDER BY ALL"
    )
    return [f"{row['location']}: {row['detail']}" for row in rows]


def test_the_same_page_under_two_names_is_one_capture(project: Project, in_process: InProcess, shell: Shell) -> None:
    project.page("a.txt", page_text())
    project.page("b.txt", page_text())
    code, out, _ = in_process("ingest")
    assert (code, out) == (0, "2 pages: 1 new, 1 known, 0 without ticker, 0 in conflict, 0 unreadable\n")
    assert ask(shell, project.config.database, "SELECT location, outcome FROM captures") == [
        {"location": "pages/a.txt", "outcome": "ok"}
    ]
    assert count(shell, project, "quotes") == len(BLOCK)


@pytest.mark.parametrize("age_seconds", [0, 3600])
def test_the_same_folder_again_adds_nothing(
    project: Project, in_process: InProcess, shell: Shell, age_seconds: int
) -> None:
    for number in range(30):
        path = project.page(f"{number}.txt", varied_page(number))
        os.utime(path, (time.time() - age_seconds,) * 2)
    in_process("ingest")
    first = content(shell, project.config.database)
    for _ in range(2):
        code, out, _ = in_process("ingest")
        assert code == 0
        assert out.startswith("30 pages: 0 new, 30 known, ")
    assert content(shell, project.config.database) == first


def test_a_renamed_file_is_no_new_capture(project: Project, in_process: InProcess, shell: Shell) -> None:
    page = project.page("a.txt")
    in_process("ingest")
    page.rename(page.with_name("b.txt"))
    code, out, _ = in_process("ingest")
    assert (code, out.split(",")[0]) == (0, "1 page: 0 new")
    assert count(shell, project, "captures") == 1


def test_two_pages_that_differ_only_in_their_article_are_both_kept_and_show_one_snapshot(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.page("a.txt", page_text() + "One.\n")
    project.page("b.txt", page_text() + "Two.\n")
    in_process("ingest")
    assert count(shell, project, "captures") == 2
    assert ask(shell, project.config.database, "SELECT DISTINCT captures FROM quotes") == [{"captures": 2}]


def test_a_file_that_is_overwritten_leaves_both_of_its_contents_in_the_store(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.page("a.txt", page_text())
    in_process("ingest")
    project.page("a.txt", page_text(OTHER_BLOCK))
    in_process("ingest")
    found = ask(shell, project.config.database, "SELECT rate_text FROM quotes WHERE pair = 'KGS/USD' ORDER BY ALL")
    assert [row["rate_text"] for row in found] == ["0.01144", "0.01155"]


def test_a_file_whose_content_changed_but_not_its_size_is_read_again(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    hour_ago = time.time() - 3600
    os.utime(project.page("a.txt", page_text()), (hour_ago, hour_ago))
    in_process("ingest")
    os.utime(project.page("a.txt", page_text().replace("0.01144", "0.01155")), (hour_ago + 1, hour_ago + 1))
    in_process("ingest")
    assert count(shell, project, "captures") == 2


@pytest.mark.parametrize("pages", [7, pytest.param(40, marks=pytest.mark.slow)])
def test_the_size_of_batches_does_not_change_what_is_stored(tmp_path: Path, shell: Shell, pages: int) -> None:
    found = []
    for size in (1, 2, 1000):
        project = Project(tmp_path / str(size))
        for number in range(pages):
            project.page(f"{number % 3}/{number:03}.txt", varied_page(number))
        project.configure(f'[ingest]\nbatch_pages = {size}\n[[sources]]\nname = "site"\n')
        assert project.run("ingest").returncode == 0
        found.append(content(shell, project.config.database))
    assert found[0] == found[1] == found[2]


def test_a_rebuild_from_the_pages_gives_the_same_rows(project: Project, in_process: InProcess, shell: Shell) -> None:
    for number in range(20, 60):
        project.page(f"{number}.txt", varied_page(number))
        if number % 8 == 0:
            in_process("ingest")
    in_process("ingest")
    grown = content(shell, project.config.database)
    shutil.rmtree(project.config.database.parent)
    in_process("ingest")
    assert content(shell, project.config.database) == grown


def test_a_page_in_conflict_keeps_every_value_it_shows(project: Project, in_process: InProcess, shell: Shell) -> None:
    text = page_text().replace("KGS/USD = 0.01144 0%", "KGS/USD = 0.01155 0.96%", 3)
    project.page("a.txt", text)
    code, out, err = in_process("ingest")
    assert (code, "1 in conflict" in out, "conflict: the repeats disagree on KGS/USD" in err) == (0, True, True)
    assert problems(shell, project, "conflict") == [
        "pages/a.txt: KGS/USD = 0.01144 0% in 5 of 8 repeats",
        "pages/a.txt: KGS/USD = 0.01155 0.96% in 3 of 8 repeats",
    ]
    assert count(shell, project, "quotes") == 0


def limited(project: Project) -> None:
    project.configure('[ingest]\nmax_page_bytes = 5000\n[[sources]]\nname = "site"\n')


@pytest.mark.few(1)
@pytest.mark.parametrize("mended", ["new content", "known content", "removed"])
def test_a_file_that_cannot_be_read_is_a_problem_until_it_is_mended(
    project: Project, in_process: InProcess, shell: Shell, mended: str
) -> None:
    limited(project)
    project.page("a.txt", page_text())
    bad = project.page("b.txt", "x" * 5001)
    code, out, err = in_process("ingest")
    assert (code, "1 unreadable" in out, err.count("pages/b.txt: 5,001 bytes")) == (1, True, 1)
    assert len(problems(shell, project, "file not read")) == 1
    assert count(shell, project, "captures") == 1
    if mended == "removed":
        bad.unlink()
    else:
        project.page("b.txt", page_text() if mended == "known content" else page_text(OTHER_BLOCK))
    assert in_process("ingest")[0] == 0
    assert problems(shell, project, "file not read") == []


def test_a_page_that_no_source_matches_is_a_problem_until_one_does(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.configure('[[sources]]\nname = "site"\npaths = ["elsewhere/*"]\n')
    project.page("a.txt")
    assert in_process("ingest")[0] == 1
    assert len(problems(shell, project, "file not read")) == 1
    project.configure('[[sources]]\nname = "site"\n')
    assert in_process("ingest")[0] == 0
    assert problems(shell, project, "file not read") == []
    assert count(shell, project, "captures") == 1


def test_every_run_says_how_it_ended(project: Project, shell: Shell) -> None:
    project.configure('[ingest]\nbatch_pages = 1\n[[sources]]\nname = "site"\n')
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    assert project.run("ingest").returncode == 0
    (project.root / "blocked").write_text("a file where a folder must be")
    blocked = '[paths]\ndatabase = "blocked/fxtrack.duckdb"\n'
    project.configure(blocked + '[ingest]\nbatch_pages = 1\n[[sources]]\nname = "site"\n')
    assert project.run("ingest").returncode == 1
    project.configure('[ingest]\nbatch_pages = 1\n[[sources]]\nname = "site"\n')
    for number in range(60):
        project.page(f"{number}.txt")
    running = start(project, "ingest")
    log = project.config.writer.with_name(project.config.writer.name + ".wal")
    while running.poll() is None and not (log.exists() and log.stat().st_size > 5000):
        time.sleep(0.001)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    project.configure('[[sources]]\nname = "site"\n')
    assert project.run("ingest").returncode == 0
    rows = ask(shell, project.config.database, "FROM runs ORDER BY run_id")
    assert [row["outcome"] for row in rows] == ["done", "nothing new", "store failed", "killed", "done"]
    assert [row["ended_utc"] is None for row in rows] == [False, False, False, True, False]
    assert "blocked" in rows[2]["message"]
    assert rows[0]["new"] == 1
    eyes = ask(shell, project.config.database, "SELECT problem FROM problems WHERE problem LIKE '% run' ORDER BY ALL")
    assert [row["problem"] for row in eyes] == ["killed run", "store failed run"]


@contextmanager
def held(database: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has a database open for writing until it is told to let go."""
    program = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input(); c.close()"
    with subprocess.Popen(
        [sys.executable, "-c", program, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.communicate("\n")


def test_a_store_that_stays_held_ends_with_code_5_and_the_name_of_the_process(project: Project) -> None:
    project.configure('[database]\nwait_seconds = 0.3\n[[sources]]\nname = "site"\n')
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    with held(project.config.writer) as holder:
        done = project.run("ingest")
    assert (done.returncode, done.stdout) == (5, "")
    assert re.fullmatch(rf"fxtrack: .*fxtrack-writer\.duckdb: held by process {holder.pid} \(.*0\.3 s.*\n", done.stderr)
    assert project.run("ingest").returncode == 0


def test_a_store_that_is_let_go_within_the_time_is_waited_for(project: Project) -> None:
    project.configure('[database]\nwait_seconds = 60\n[[sources]]\nname = "site"\n')
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    project.page("b.txt")
    with held(project.config.writer):
        waiting = start(project, "ingest")
        time.sleep(1.5)
        assert waiting.poll() is None
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out.split(",")[0], err) == (0, "2 pages: 1 new", "")


def killed_store(project: Project) -> Path:
    """Kill a run in the middle and return the write-ahead log that it leaves."""
    project.configure('[ingest]\nbatch_pages = 1\n[[sources]]\nname = "site"\n')
    for number in range(60):
        project.page(f"{number}.txt", varied_page(number))
    log = project.config.writer.with_name(project.config.writer.name + ".wal")
    running = start(project, "ingest")
    while running.poll() is None and not (log.exists() and log.stat().st_size > 5000):
        time.sleep(0.001)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert (running.returncode, log.stat().st_size > 5000) == (-signal.SIGKILL, True)
    return log


@pytest.mark.slow
def test_a_store_that_was_deleted_is_rebuilt_even_where_its_log_was_left_behind(project: Project, shell: Shell) -> None:
    log = killed_store(project)
    left = log.read_bytes()
    project.config.writer.unlink()
    done = project.run("ingest")
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "60 pages: 60 new")
    assert count(shell, project, "captures") == 60
    assert left in [path.read_bytes() for path in log.parent.iterdir() if path.is_file()]


def test_a_damaged_log_stops_the_run_with_a_way_out_and_is_not_deleted(project: Project, shell: Shell) -> None:
    log = killed_store(project)
    damaged = bytearray(log.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    log.write_bytes(damaged)
    done = project.run("ingest")
    assert (done.returncode, done.stderr.count("\n"), log.name in done.stderr) == (1, 1, True)
    assert "rebuil" in done.stderr
    assert log.read_bytes() == damaged
    log.rename(project.root / "log")
    project.config.writer.rename(project.root / "store")
    assert project.run("ingest").returncode == 0
    assert count(shell, project, "captures") == 60
