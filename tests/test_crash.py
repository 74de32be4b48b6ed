"""Runs that are killed, interrupted, out of disk, or not alone: whatever happens, the next run makes it whole."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import Project, Shell, fill, page_text, unstamped
from promises import ask, content, shell_program, start, value, varied_page
from services import Service, runs, status, wait_until

KILLS = 12
PAGES = 400
BATCH = 5


def configure(project: Project, batch: int = 1000, wait: float = 30, folder: str = "db") -> None:
    project.configure(
        f'[paths]\ndatabase = "{folder}/fxtrack.duckdb"\nwriter = "{folder}/fxtrack-writer.duckdb"\n'
        f"[ingest]\nbatch_pages = {batch}\n[database]\nwait_seconds = {wait}\n"
        '[[sources]]\nname = "site"\n'
    )


def log_of(database: Path) -> Path:
    return database.with_name(database.name + ".wal")


def wait_for_log(running: subprocess.Popen[str], project: Project, size: int) -> None:
    """Wait until a run that goes on has committed something, which lies in the log until the store is closed."""
    log = log_of(project.config.writer)
    while running.poll() is None and not (log.exists() and log.stat().st_size > size):
        time.sleep(0.001)


def succeed(project: Project, command: str) -> None:
    done = project.run(command)
    assert (done.returncode, "unexpected" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=pytest.mark.slow) for seed in range(14)])
def test_no_kill_at_any_moment_loses_doubles_or_spoils_a_page(tmp_path: Path, shell: Shell, seed: int) -> None:
    moments = random.Random(seed)  # noqa: S311 -- moments, not secrets
    killed, quiet = Project(tmp_path / "killed"), Project(tmp_path / "quiet")
    for project in (killed, quiet):
        (project.root / "pages").mkdir(parents=True)
        configure(project, BATCH)
    for number in range(PAGES // KILLS):
        quiet.page(f"{number}.txt", varied_page(number))
    began = time.monotonic()
    succeed(quiet, "run")
    span = time.monotonic() - began
    hits = 0
    for turn in range(KILLS):
        known, whole = turn * PAGES // KILLS, (turn + 1) * PAGES // KILLS
        for number in range(known, whole):
            # as if written long ago, so that the pages of earlier turns are known without being read again
            os.utime(killed.page(f"{number}.txt", varied_page(number)), (1e9, 1e9))
        running = start(killed, "run")
        if turn % 2:
            wait_for_log(running, killed, 3000)
            time.sleep(moments.uniform(0, span / 30))  # most of a run is imports and charts: this hits the batches
        else:
            time.sleep(moments.uniform(0, span))
        running.send_signal(signal.SIGKILL)
        running.communicate()
        hits += running.returncode == -signal.SIGKILL
        if killed.config.database.exists():
            assert value(shell, killed.config.database, "SELECT count(*) FROM latest") in {0, 4}
        if killed.config.writer.exists():
            kept = value(shell, killed.config.writer, "SELECT count(*) FROM captures")
            assert kept == whole or (kept - known) % BATCH == 0
        succeed(killed, "ingest")
        assert value(shell, killed.config.database, "SELECT count(*) FROM captures") == whole
    succeed(killed, "run")
    for number in range(PAGES):
        quiet.page(f"{number}.txt", varied_page(number))
    shutil.rmtree(quiet.config.writer.parent)
    succeed(quiet, "run")
    assert content(shell, killed.config.database) == content(shell, quiet.config.database)
    assert value(shell, killed.config.database, "SELECT count(DISTINCT capture_id) FROM captures") == PAGES
    charts = [sorted(project.config.charts.rglob("*.svg")) for project in (killed, quiet)]
    assert len(charts[0]) > 0
    assert [unstamped(path.read_bytes()) for path in charts[0]] == [unstamped(path.read_bytes()) for path in charts[1]]
    assert hits > 0
    outcomes = ask(shell, killed.config.writer, "SELECT DISTINCT outcome FROM runs ORDER BY ALL")
    assert {row["outcome"] for row in outcomes} >= {"killed", "done"}


def test_ctrl_c_is_one_line_and_keeps_what_was_committed(project: Project, shell: Shell) -> None:
    configure(project, batch=1)
    for number in range(PAGES):
        project.page(f"{number}.txt", varied_page(number))
    running = start(project, "run")
    wait_for_log(running, project, 10_000)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (1, "", "fxtrack: interrupted; committed work is kept\n")
    kept = value(shell, project.config.writer, "SELECT count(*) FROM captures")
    assert 0 < kept < PAGES
    configure(project)
    done = project.run("run")
    assert done.stdout.startswith(f"{PAGES} pages: {PAGES - kept} new, {kept} known, ")
    rows = ask(shell, project.config.database, "SELECT outcome, new FROM runs ORDER BY run_id")
    assert [(row["outcome"], row["new"]) for row in rows] == [("stopped", kept), ("done", PAGES - kept)]


@pytest.mark.few(1)
@pytest.mark.parametrize("moment", [0, 2, *(pytest.param(moment, marks=pytest.mark.slow) for moment in (1, 3, 4))])
def test_ctrl_c_is_one_line_at_any_moment_of_the_work(project: Project, moment: int) -> None:
    configure(project, batch=10)
    for number in range(100):
        project.page(f"{number}.txt")
    running = start(project, "run")
    wait_for_log(running, project, 3000)
    time.sleep(0.12 * moment)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) in [(1, "fxtrack: interrupted; committed work is kept\n"), (0, "")]
    assert project.run("ingest").returncode == 0


def test_ctrl_c_in_text_that_is_executed_ends_with_an_exit_code_too(tmp_path: Path) -> None:
    # where dataclasses are made, that is, while modules are imported
    (tmp_path / "stopped.py").write_text(
        "import os, signal\n"
        "import fxtrack.cli.main\n"
        "text = 'import os, signal; os.kill(os.getpid(), signal.SIGINT); [None for _ in range(100_000)]'\n"
        "fxtrack.cli.main.cli.main = lambda *_, **__: exec(text)\n"
        "fxtrack.cli.main.main([])\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "stopped"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (1, "fxtrack: interrupted; committed work is kept\n")


@pytest.mark.few(1)
@pytest.mark.skipif(not shutil.which("strace"), reason="strace, which stops a run at a chosen write, is not installed")
@pytest.mark.parametrize("write", [1, 2, 3, 4])
def test_a_run_killed_while_it_creates_the_database_does_not_stop_the_next(
    project: Project, shell: Shell, write: int
) -> None:
    project.page("a.txt")
    kill_at(project, "pwrite64", write)
    done = project.run("ingest")
    assert (done.returncode, done.stderr) == (0, "")
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="strace, which stops a run at a chosen call, is not installed")
@pytest.mark.parametrize(
    "call",
    [
        "fdatasync",
        "fsync",
        "?copy_file_range",
        "?rename,?renameat,?renameat2",
        "?symlink,symlinkat",
        "?unlink,unlinkat",
    ],
)
def test_a_run_killed_at_each_call_that_makes_something_lasting_does_not_stop_the_next(
    tmp_path: Path, shell: Shell, call: str
) -> None:
    for number in range(1, 100):
        project = Project(tmp_path / str(number))
        project.page("a.txt")
        project.page("b.txt")
        configure(project, batch=1)
        code = kill_at(project, call, number)
        if project.config.database.exists():
            assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 2
        done = project.run("run")
        assert (done.returncode, done.stderr) == (0, ""), number
        assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 2
        assert not list(project.root.rglob(".*.new*")), number
        if code == 0:
            break
    assert code == 0
    assert number > 1


def kill_at(project: Project, call: str, number: int) -> int:
    """Run until the call is made for the n-th time, and kill it there; return 0 if it ended before."""
    traced = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}",
         sys.executable, "-m", "fxtrack", "--config", project.root / "config.toml", "run"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if "ptrace" in traced.stderr:
        pytest.skip("this machine does not let strace trace")
    return traced.returncode


def failed_in_one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith("fxtrack: ")
    assert "a bug" not in done.stderr
    return done.stderr


@pytest.mark.few(1)
@pytest.mark.parametrize("left_kib", [8, 2000, *(pytest.param(kib, marks=pytest.mark.slow) for kib in (0, 400))])
def test_a_full_disk_is_one_line_spoils_nothing_and_is_made_up_for_when_there_is_room(
    project: Project, small_disk: Path, shell: Shell, left_kib: int
) -> None:
    configure(project, batch=20, folder="disk")
    project.page("first.txt")
    assert project.run("ingest").returncode == 0
    published = project.config.database.read_bytes()
    for number in range(60):
        project.page(f"{number}.txt", varied_page(number))
    ballast = fill(small_disk, left_kib)
    for _ in range(2):
        assert str(small_disk) in failed_in_one_line(project.run("ingest"))
    assert project.config.database.read_bytes() == published
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1
    assert list(small_disk.glob(".*")) == []
    ballast.unlink()
    assert project.run("ingest").returncode == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 61
    assert value(shell, project.config.database, "SELECT count(*) FROM runs WHERE outcome = 'done'") == 2


@pytest.mark.slow
def test_a_disk_that_is_full_from_the_start_is_one_line_and_leaves_nothing(project: Project, small_disk: Path) -> None:
    configure(project, folder="disk")
    project.page("a.txt")
    ballast = fill(small_disk, 8)
    failed_in_one_line(project.run("run"))
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
    ballast.unlink()
    assert project.run("run").returncode == 0


@pytest.mark.slow
def test_a_full_disk_under_the_charts_is_one_line_and_the_database_is_published_all_the_same(
    project: Project, small_disk: Path, shell: Shell
) -> None:
    project.configure('[paths]\ncharts = "disk"\n[[sources]]\nname = "site"\n')
    project.page("a.txt")
    ballast = fill(small_disk, 40)
    assert "No space left" in failed_in_one_line(project.run("run"))
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1
    assert list(small_disk.glob(".*.new")) == []
    ballast.unlink()
    assert project.run("run").returncode == 0
    assert len(list(small_disk.glob("page/*/trend-*-USD.svg"))) == 5


@pytest.mark.few(1)
@pytest.mark.parametrize("guarded", [True, False])
def test_on_a_read_only_file_system_a_run_is_one_line_and_readers_work(
    project: Project, small_disk: Path, shell: Shell, guarded: bool
) -> None:
    configure(project, folder="disk")
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    project.page("b.txt")
    if not guarded:
        log_of(project.config.database).unlink()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert "Read-only file system" in failed_in_one_line(project.run("run"))
    assert project.run("latest").returncode == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert project.run("ingest").returncode == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 2


@pytest.mark.slow
@pytest.mark.parametrize("wait", [30, 0])
def test_two_runs_at_once_end_well_or_busy_and_leave_everything_complete(
    project: Project, shell: Shell, wait: float
) -> None:
    configure(project, batch=10, wait=wait)
    for number in range(100):
        project.page(f"{number}.txt", varied_page(number))
    both = [start(project, "run") for _ in range(2)]
    ends = [(*process.communicate(timeout=120), process.returncode) for process in both]
    codes = sorted(code for _, _, code in ends)
    assert codes == [0, 0] or (wait == 0 and codes == [0, 5]), ends
    assert all("held by process" in err for _, err, code in ends if code)
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 100
    found = content(shell, project.config.database)
    shutil.rmtree(project.config.writer.parent)
    assert project.run("ingest").returncode == 0
    assert content(shell, project.config.database) == found
    assert len(list(project.config.charts.glob("page/*/trend-*.narrow.svg"))) == 4
    assert list(project.config.charts.rglob(".*.new")) == []


@pytest.mark.slow
def test_shells_that_ask_while_runs_publish_see_neither_an_error_nor_half_a_state(project: Project) -> None:
    def add(number: int) -> None:
        day = f"{number + 1:02d} March 2025"
        project.page(f"{number:02}.txt", page_text((("KGS/USD", f"0.0{1140 + number}", "0%"),), day))
        done = project.run("ingest")
        assert (done.returncode, done.stderr) == (0, "")

    runs = 9
    add(0)
    over = threading.Event()
    seen: list[list[tuple[int, str, str]]] = [[], [], []]
    query = "SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM daily), (SELECT sum(pages) FROM runs)"

    def keep_asking(answers: list[tuple[int, str, str]]) -> None:
        ask_it = [str(shell_program()), "-readonly", "-csv", "-noheader", str(project.config.database), "-c", query]
        while not over.wait(0.3):
            done = subprocess.run(ask_it, capture_output=True, text=True, timeout=60, check=False)
            answers.append((done.returncode, done.stderr, done.stdout.strip()))

    readers = [threading.Thread(target=keep_asking, args=(answers,)) for answers in seen]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, runs):
            add(number)
    finally:
        over.set()
        for reader in readers:
            reader.join()
    whole = {f"{n},{n},{n * (n + 1) // 2}" for n in range(1, runs + 1)}
    for answers in seen:
        assert {(code, err) for code, err, _ in answers} == {(0, "")}
        assert {text for _, _, text in answers} <= whole
        counts = [int(text.split(",")[0]) for _, _, text in answers]
        assert all(before <= after for before, after in pairwise(counts))
        assert len(set(counts)) > runs // 3


@pytest.mark.slow
def test_a_service_whose_disk_is_full_says_so_once_and_goes_on_when_there_is_room(
    project: Project, small_disk: Path
) -> None:
    configure(project, batch=20, folder="disk")
    text = (project.root / "config.toml").read_text()
    project.configure('[schedule]\ningest = { every = "1s" }\n[service]\nwatch = false\n' + text)
    project.page("first.txt")
    with Service(project) as service:
        service.wait_for("ingest: done")
        ballast = fill(small_disk, 8)
        for number in range(60):
            project.page(f"{number}.txt", varied_page(number))
        failed = service.wait_for("ingest: store failed")
        assert str(small_disk) in failed["reason"]
        wait_until(lambda: not status(project)["healthy"], "a sick status")
        ballast.unlink()
        wait_until(lambda: runs(project)[-1]["outcome"] == "nothing new", "recovery")
        assert service.stop() == 0
    outcomes = [row["outcome"] for row in runs(project)]
    assert outcomes.count("done") == 2
    assert "store failed" in outcomes
    assert "running" not in outcomes
    assert [line["level"] for line in service.lines()].count("error") <= 2
