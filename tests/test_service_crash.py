"""The service is killed at random moments under load: the next start makes it whole without help."""

import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from conftest import Project, Shell
from promises import ask, content, shell_program, value, varied_page
from services import Service, configure, rest, runs, wait_until

PAGES_A_TURN = 12
BUSY = 'ingest = { every = "1s" }\ncharts = { every = "2s" }\nbackup = { every = "1s" }\n'
SMALL = "[service]\nwatch = true\n[ingest]\nbatch_pages = 3\n[backup]\nkeep = 2\nkeep_monthly = 0\n"


@pytest.mark.parametrize("kills", [2, pytest.param(200, marks=pytest.mark.slow)])
def test_no_kill_of_the_service_loses_doubles_or_spoils_a_page(tmp_path: Path, shell: Shell, kills: int) -> None:
    moments = random.Random(kills)  # noqa: S311 -- moments, not secrets
    killed, quiet = Project(tmp_path / "killed"), Project(tmp_path / "quiet")
    for project in (killed, quiet):
        (project.root / "pages").mkdir(parents=True)
        configure(project, BUSY, SMALL)
    span = time_of_a_first_run(quiet)
    database, over = killed.config.database, threading.Event()
    seen: list[tuple[int, str]] = []

    def keep_asking() -> None:
        query = "SELECT count(*) = count(DISTINCT capture_id) AND count(*) > 0 FROM captures"
        command = [str(shell_program()), "-readonly", "-csv", "-noheader", str(database), "-c", query]
        while not over.wait(0.1):
            if database.exists():
                done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
                seen.append((done.returncode, done.stdout.strip() + done.stderr))

    reader = threading.Thread(target=keep_asking)
    reader.start()
    lock = killed.config.beside_writer("service.lock")
    hits, written = 0, 0
    try:
        for _ in range(kills):
            written += PAGES_A_TURN
            for number in range(written - PAGES_A_TURN, written):
                killed.page(f"{number:04}.txt", varied_page(number))
            lock.unlink(missing_ok=True)
            with Service(killed) as service:
                wait_until(lambda: lock.exists() or service.process.poll() is not None, "the start")
                assert service.process.poll() is None, service.log.read_text()
                time.sleep(moments.uniform(0, span))
                assert service.stop(signal.SIGKILL) == -signal.SIGKILL
            hits += any(row["outcome"] == "running" for row in runs(killed)) if killed.config.writer.exists() else 0
        drawn = len(runs(killed, "job = 'charts'")) if killed.config.writer.exists() else 0
        with Service(killed) as service:
            wait_until(
                lambda: database.exists() and value(shell, database, "SELECT count(*) FROM captures") == written,
                "every page",
            )
            wait_until(lambda: runs(killed)[-1]["outcome"] == "nothing new", "rest")
            # what a killed process has drawn in part goes with the next drawing that ends
            wait_until(
                lambda: any(row["outcome"] == "nothing new" for row in runs(killed, "job = 'charts'")[drawn:]),
                "charts that are up to date",
            )
            assert service.stop() == 0
    finally:
        over.set()
        reader.join()
    assert hits > 0
    assert set(seen) == {(0, "true")}
    for number in range(written):
        quiet.page(f"{number:04}.txt", varied_page(number))
    assert quiet.run("run").returncode == 0
    assert content(shell, database) == content(shell, quiet.config.database)
    assert value(shell, database, "SELECT count(DISTINCT capture_id) FROM captures") == written
    outcomes = {row["outcome"] for row in ask(shell, killed.config.writer, "SELECT DISTINCT outcome FROM runs")}
    assert {"killed", "done"} <= outcomes <= {"killed", "done", "nothing new", "stopped", "page without ticker"}
    assert rest(killed.root) == set()
    assert killed.run("verify").returncode == 0
    for backup in killed.config.backups.glob("*.duckdb"):
        assert value(shell, backup, "SELECT count(*) = count(DISTINCT capture_id) FROM captures") is True


def time_of_a_first_run(project: Project) -> float:
    """Return how many seconds a service takes from its start to a while after its first run, undisturbed."""
    lock = project.config.beside_writer("service.lock")
    project.page("0000.txt", varied_page(0))
    with Service(project) as service:
        wait_until(lock.exists, "the start")
        began = time.monotonic()
        service.wait_for("backup: done")
        span = time.monotonic() - began
        service.stop()
    shutil.rmtree(project.config.writer.parent)
    return span
