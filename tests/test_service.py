"""The life of the service: started and signalled from outside, on a real schedule, with a real systemd socket."""

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import ONE, PAIR, ROOT, Project, Shell, page_text
from promises import value
from services import SITE, Service, configure, free_port, freezable, runs, status, wait_until

from fxtrack.errors import ServiceRunning
from fxtrack.runs.lock import ServiceLock, holder
from fxtrack.service.watcher import _matters
from fxtrack.store.database.opening import connect_writer

OFTEN = 'ingest = { every = "1s" }\n'
RARELY = 'ingest = { cron = "0 0 1 1 *" }\n'
QUIET = "[service]\nwatch = false\n"


def counts(project: Project) -> dict[str, int]:
    found = runs(project)
    return {outcome: sum(row["outcome"] == outcome for row in found) for outcome in {row["outcome"] for row in found}}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_idle_service_well(project: Project, number: signal.Signals) -> None:
    configure(project, RARELY)
    with Service(project) as service:
        service.wait_for("ready")
        assert service.stop(number) == 0
        assert service.said("stopping")[0]["signal"] == number.name
    assert holder(project.config) is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_more_signals_while_it_stops_change_nothing_about_its_end(project: Project, number: signal.Signals) -> None:
    configure(project, RARELY, f"[service]\nmetrics_port = {free_port()}\n")
    with Service(project) as service:
        service.wait_for("ready")
        while service.process.poll() is None:  # up to the very last moment
            service.process.send_signal(number)
            time.sleep(0.01)
        assert service.process.wait() == 0
    assert service.said("stopped")
    assert len(service.lines()) == len(service.log.read_text("utf-8").splitlines())


def test_a_service_that_is_stopped_and_continued_again_and_again_goes_on_and_still_hears_signals(
    project: Project,
) -> None:
    configure(project, OFTEN)
    with Service(project) as service:
        service.wait_for("ready")
        for _ in range(50):
            service.process.send_signal(signal.SIGSTOP)
            wait_until(lambda: state_of(service.process.pid) == "T", "the stop")
            service.process.send_signal(signal.SIGCONT)
            time.sleep(0.02)  # back into the wait for signals
        assert service.process.poll() is None
        before = len(runs(project))
        wait_until(lambda: len(runs(project)) > before, "a run after that")
        service.process.send_signal(signal.SIGHUP)
        service.wait_for("configuration reloaded")
        assert service.stop() == 0


def test_a_service_that_is_stopped_and_continued_while_it_ends_still_ends_well(project: Project) -> None:
    configure(project, RARELY, QUIET + "[ingest]\nbatch_pages = 1\n")
    for number in range(400):
        project.page(f"{number:03}.txt")
    log = project.config.writer.with_name(project.config.writer.name + ".wal")
    with Service(project) as service:
        wait_until(lambda: log.exists() and log.stat().st_size > 20_000, "the first batches")
        service.process.send_signal(signal.SIGTERM)
        for _ in range(10):
            service.process.send_signal(signal.SIGSTOP)
            service.process.send_signal(signal.SIGCONT)
            time.sleep(0.01)
        assert service.process.wait(60) == 0
    assert service.said("stopped")


def test_a_signal_that_arrives_while_the_service_is_stopped_ends_it_well(project: Project) -> None:
    configure(project, RARELY)
    with Service(project) as service:
        service.wait_for("ready")
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
            service.process.send_signal(number)
        assert service.process.wait(60) == 0
    assert service.said("stopped")


def test_a_service_that_is_frozen_and_thawed_goes_on_and_still_hears_signals(project: Project) -> None:
    configure(project, OFTEN)
    with Service(project) as service, freezable(service.process.pid) as freeze:
        service.wait_for("ready")
        for _ in range(20):
            freeze(True)
            freeze(False)
            time.sleep(0.02)  # back into the wait for signals
        assert service.process.poll() is None
        before = len(runs(project))
        wait_until(lambda: len(runs(project)) > before, "a run after that")
        freeze(True)
        service.process.send_signal(signal.SIGTERM)
        freeze(False)
        assert service.process.wait(60) == 0
    assert service.said("stopped")


def test_threads_of_libraries_take_no_signal_of_the_service(project: Project) -> None:
    configure(project, RARELY, f"[service]\nmetrics_port = {free_port()}\n")
    with Service(project) as service:
        service.wait_for("ready")
        threads = list(Path(f"/proc/{service.process.pid}/task").iterdir())
        held = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
        others = [thread for thread in threads if thread.name != str(service.process.pid)]
        assert len(others) > 3
        for thread in others:
            (mask,) = (line.split()[1] for line in (thread / "status").read_text().splitlines() if "SigBlk" in line)
            assert all(int(mask, 16) & 1 << number - 1 for number in held), (thread / "comm").read_text()
        assert service.stop() == 0


def state_of(process: int) -> str:
    """Return the state letter of a process, such as ``S`` (waits) or ``T`` (stopped)."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def has_runs(project: Project, job: str, least: int) -> bool:
    return len(runs(project, f"job = '{job}'")) >= least


def test_a_service_whose_clock_is_set_forward_and_back_goes_on_with_its_schedule(project: Project) -> None:
    library = next(Path("/usr").glob("lib*/**/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        pytest.skip("libfaketime (Debian package faketime) is not installed")
    clock = project.root / "clock"

    def set_clock(offset: str) -> None:
        new = clock.with_name("clock.new")
        new.write_text(offset)
        new.replace(clock)

    set_clock("+0")
    configure(project, 'ingest = { every = "1s" }\nbackup = { every = "6h" }\n', QUIET)
    env = {
        **os.environ, "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    with Service(project, env=env) as service:
        service.wait_for("backup: done")
        for offset in ("+3d", "+0", "+2h", "-2d", "+0"):
            more = len(runs(project, "job = 'ingest'")) + 2
            set_clock(offset)
            wait_until(partial(has_runs, project, "ingest", more), f"runs at {offset}")
            assert service.process.poll() is None, offset
        assert service.said("the clock was set back: the schedules continue from the new time")
        # three days forward are many missed backups and one run of the job
        wait_until(partial(has_runs, project, "backup", 2), "the backup that was due meanwhile")
        assert service.stop() == 0
    times = [(row["job"], row["scheduled_utc"]) for row in runs(project)]
    assert len([time for job, time in times if job == "backup"]) <= 6


def test_a_signal_before_it_is_ready_ends_it_well_too(project: Project) -> None:
    configure(project, RARELY)
    lock = project.config.beside_writer("service.lock")
    for number in (signal.SIGINT, signal.SIGTERM):
        lock.unlink(missing_ok=True)
        with Service(project) as service:
            wait_until(lock.exists, "the lock")
            assert service.stop(number) == 0
    assert b"Traceback" not in service.log.read_bytes()


def test_every_job_runs_and_is_a_row_with_the_time_it_was_scheduled_for(project: Project, shell: Shell) -> None:
    configure(project, OFTEN + 'charts = { every = "1s" }\nbackup = { every = "1s" }\n', QUIET)
    project.page("a.txt")
    with Service(project) as service:
        service.wait_for("backup: done")
        wait_until(lambda: len(runs(project, "outcome = 'nothing new'")) > 3, "runs")
        assert service.stop() == 0
    found = runs(project)
    assert {row["job"] for row in found} == {"ingest", "charts", "backup"}
    assert all(row["scheduled_utc"] <= row["started_utc"] <= row["ended_utc"] for row in found)
    assert all(row["scheduled_utc"].microsecond == 0 for row in found)
    # one at a time, and no time of the schedule twice
    assert all(a["ended_utc"] <= b["started_utc"] for a, b in pairwise(found))
    keys = [(row["job"], row["scheduled_utc"]) for row in found]
    assert len(keys) == len(set(keys))
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1
    assert len(list(project.config.charts.glob("page/*/trend-*.narrow.svg"))) == 5
    assert len(list(project.config.backups.glob("*.duckdb"))) == 1


def test_a_stop_in_mid_work_keeps_whole_batches_and_the_next_start_takes_up_the_rest(
    project: Project, shell: Shell
) -> None:
    configure(project, RARELY, QUIET + "[ingest]\nbatch_pages = 1\n")
    for number in range(400):
        project.page(f"{number:03}.txt")
    log = project.config.writer.with_name(project.config.writer.name + ".wal")
    with Service(project) as service:
        wait_until(lambda: log.exists() and log.stat().st_size > 20_000, "the first batches")
        assert service.stop() == 0
    (stopped,) = runs(project)
    assert stopped["outcome"] == "stopped"
    assert 0 < stopped["new"] < 400
    configure(project, RARELY, QUIET)
    with Service(project) as service:
        service.wait_for("ingest: done")
        assert service.stop() == 0
    again = runs(project)[-1]
    assert (again["outcome"], again["new"]) == ("done", 400 - stopped["new"])
    assert again["scheduled_utc"] == stopped["scheduled_utc"]
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 400


def test_what_should_have_run_while_the_service_was_down_runs_once_at_its_start(project: Project) -> None:
    configure(project, OFTEN, QUIET)
    with Service(project) as service:
        wait_until(lambda: len(service.lines()) and project.config.writer.exists() and runs(project), "a run")
        assert service.stop() == 0
    before = len(runs(project))
    time.sleep(3)  # three runs are missed
    configure(project, 'ingest = { every = "2s" }\n', QUIET)
    with Service(project) as service:
        line = service.wait_for("ready", 2)
        assert line["catching_up"] == "ingest"
        wait_until(lambda: len(runs(project)) > before, "the run that is owed")
        service.stop()
    owed = runs(project)[before]
    assert owed["scheduled_utc"] <= owed["started_utc"]
    assert (owed["started_utc"] - owed["scheduled_utc"]).total_seconds() < 5 * 60


def test_nothing_is_owed_where_nothing_was_missed(project: Project) -> None:
    configure(project, RARELY, QUIET)
    with Service(project) as service:
        assert service.wait_for("ready")["catching_up"] == "ingest"  # it never ran
        wait_until(lambda: service.said("ingest: done"), "the first run")
        service.stop()
    with Service(project) as service:
        assert service.wait_for("ready", 2)["catching_up"] == "none"
        service.stop()
    assert len(runs(project)) == 1


def test_a_run_that_was_killed_is_on_record_and_is_owed(project: Project) -> None:
    configure(project, RARELY, QUIET + "[ingest]\nbatch_pages = 1\n")
    for number in range(400):
        project.page(f"{number:03}.txt")
    log = project.config.writer.with_name(project.config.writer.name + ".wal")
    with Service(project) as service:
        wait_until(lambda: log.exists() and log.stat().st_size > 20_000, "the first batches")
        service.stop(signal.SIGKILL)
    configure(project, RARELY, QUIET)
    with Service(project) as service:
        assert service.wait_for("ready", 2)["catching_up"] == "ingest"
        service.wait_for("ingest: done")
        service.stop()
    assert [row["outcome"] for row in runs(project)] == ["killed", "done"]


def test_a_second_service_on_the_same_database_names_the_first(project: Project) -> None:
    configure(project, RARELY)
    other = project.root / "other.toml"
    link = project.root / "linked"
    link.symlink_to(project.root / "db")
    with Service(project) as service:
        service.wait_for("ready")
        other.write_text('[paths]\nwriter = "linked/fxtrack-writer.duckdb"\n')
        for config in ("config.toml", "other.toml"):
            done = subprocess.run(
                [sys.executable, "-m", "fxtrack", "--config", project.root / config, "service"],
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 5
            assert f"process {service.process.pid} (service)" in done.stderr
            assert done.stderr.count("\n") == 1
        assert service.stop() == 0


def test_a_lock_that_a_killed_service_left_is_in_nobodys_way(project: Project) -> None:
    configure(project, RARELY)
    with Service(project) as service:
        service.wait_for("ready")
        assert holder(project.config)
        service.stop(signal.SIGKILL)
    assert holder(project.config) is None
    with Service(project) as service:
        service.wait_for("ready", 2)
        assert service.stop() == 0


def test_a_lock_is_held_once_and_whoever_only_asks_takes_it_from_nobody(project: Project) -> None:
    config, now = project.config, dt.datetime.now(dt.UTC)
    with ServiceLock.take(config, now):
        held = holder(config)
        assert held
        assert (held.process, held.since) == (os.getpid(), now)
        with pytest.raises(ServiceRunning, match=str(os.getpid())):
            ServiceLock.take(config, now)
    assert holder(config) is None


def test_hup_takes_up_a_new_configuration_and_keeps_the_old_one_where_the_new_is_wrong(project: Project) -> None:
    configure(project, RARELY, QUIET)
    with Service(project) as service:
        service.wait_for("ingest: done")
        for wrong in ('[schedule]\ningest = { every = "soon" }\n', "not toml", '[paths]\nwriter = "db/other.duckdb"\n'):
            project.configure(wrong)
            seen = len(service.said("the new configuration is invalid: the old one stays in force"))
            service.process.send_signal(signal.SIGHUP)
            kept = service.wait_for("the new configuration is invalid: the old one stays in force", seen + 1)
            assert "config.toml" in kept["reason"]
        configure(project, OFTEN, QUIET)
        assert len(runs(project)) == 1
        service.process.send_signal(signal.SIGHUP)
        assert service.wait_for("configuration reloaded")["jobs"] == "ingest"
        wait_until(lambda: len(runs(project)) > 2, "runs of the new schedule")
        assert service.stop() == 0


def test_hup_notes_from_when_on_a_job_is_due_that_is_new_or_has_another_schedule(project: Project) -> None:
    configure(project, RARELY + 'charts = { every = "1d" }\n', QUIET)
    with Service(project) as service:
        service.wait_for("ready")
        before = dt.datetime.now(dt.UTC)
        configure(project, RARELY + 'charts = { every = "2d" }\nbackup = { every = "1d" }\n', QUIET)
        service.process.send_signal(signal.SIGHUP)
        service.wait_for("configuration reloaded")
        held = holder(project.config)
        assert held
        assert held.since < before
        assert held.began.keys() == {"charts", "backup"}
        assert all(before <= at <= dt.datetime.now(dt.UTC) for at in held.began.values())
        assert service.stop() == 0
    with Service(project) as service:
        service.wait_for("ready", 2)
        again = holder(project.config)
        assert again
        assert again.began == {}
        assert again.since > held.since
        assert service.stop() == 0


def test_by_hand_runs_go_on_beside_the_service(project: Project, shell: Shell) -> None:
    configure(project, OFTEN, QUIET, ONE)
    with Service(project) as service:
        service.wait_for("ready")
        for number in range(2):
            project.page(f"{number}.txt", page_text(PAIR) + f"Page {number}.\n")
            done = project.run("run")
            assert (done.returncode, done.stderr) == (0, "")
        assert service.stop() == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 2
    # a pass of the service that its stop interrupts is on record as such
    assert set(counts(project)) <= {"done", "nothing new", "stopped"}


def test_a_new_page_is_taken_in_at_once_where_the_folder_is_watched(project: Project) -> None:
    configure(project, RARELY)
    with Service(project) as service:
        wait_until(lambda: service.said("ingest: done"), "the first run")
        project.page("sub/a.txt")
        project.page("passed-over.log", "no page")
        service.wait_for("ingest: done", 2)
        assert service.stop() == 0
    (brought,) = runs(project, "new > 0")
    assert (brought["new"], brought["scheduled_utc"]) == (1, None)


def test_a_new_page_is_taken_in_at_once_in_a_folder_that_took_the_place_of_the_one_that_was_watched(
    project: Project,
) -> None:
    configure(project, RARELY)
    pages = project.root / "pages"
    with Service(project) as service:
        wait_until(lambda: service.said("ingest: done"), "the first run")
        before = 1
        for number, replace in enumerate((_move_and_copy, _remove_and_make, _turn_a_link)):
            replace(pages)
            project.page(f"with-it-{number}.txt")
            service.wait_for("ingest: done", before + 1)
            time.sleep(2)  # until the folder is watched for sure; the page above may have been seen in either way
            before = len(service.said("ingest: done"))
            project.page(f"later-{number}.txt")
            service.wait_for("ingest: done", before + 1)
            before = len(service.said("ingest: done"))
        assert service.stop() == 0
    assert sum(row["new"] for row in runs(project)) == 6


def _move_and_copy(pages: Path) -> None:
    shutil.move(pages, pages.with_name("pages.old"))
    shutil.copytree(pages.with_name("pages.old"), pages)


def _remove_and_make(pages: Path) -> None:
    shutil.rmtree(pages)
    pages.mkdir()  # on many file systems with the number of the one before


def _turn_a_link(pages: Path) -> None:
    pages.rename(pages.with_name("elsewhere"))
    other = pages.with_name("other")
    other.mkdir()
    pages.symlink_to(other)


def test_a_folder_that_is_missing_is_watched_as_soon_as_it_is_there_and_that_is_told_once(project: Project) -> None:
    configure(project, RARELY)
    pages = project.root / "pages"
    pages.rmdir()
    with Service(project) as service:
        service.wait_for("ingest: failed")
        told = service.wait_for("the pages folder cannot be watched; the schedule continues")
        assert told["reason"].startswith(f"{pages}: ")
        time.sleep(3)
        project.page("a.txt")
        service.wait_for("the pages folder is watched again")
        service.wait_for("ingest: recovered")
        assert service.stop() == 0
    assert len(service.said("the pages folder cannot be watched; the schedule continues")) == 1
    assert sum(row["new"] for row in runs(project)) == 1


def test_a_failure_is_told_once_until_it_changes_or_is_over(project: Project) -> None:
    configure(project, OFTEN, QUIET)
    moved = project.root / "moved"
    (project.root / "pages").rename(moved)
    with Service(project) as service:
        wait_until(lambda: project.config.writer.exists() and len(runs(project, "outcome = 'failed'")) > 3, "failures")
        assert len(service.said("ingest: failed")) == 1
        assert "no such file or folder" in service.said("ingest: failed")[0]["reason"]
        assert not status(project)["healthy"]
        moved.rename(project.root / "pages")
        service.wait_for("ingest: recovered")
        wait_until(lambda: not [p for p in status(project)["problems"] if p.startswith("ingest")], "health")
        assert service.stop() == 0
    assert len(service.said("ingest: failed")) == 1


def test_a_page_that_cannot_be_read_is_told_once_and_not_with_every_run(project: Project) -> None:
    configure(project, OFTEN, QUIET)
    project.page("a.txt")
    (project.root / "pages" / "b.txt").symlink_to("nowhere")
    with Service(project) as service:
        wait_until(lambda: project.config.writer.exists() and len(runs(project)) > 3, "runs")
        assert service.stop() == 0
    assert len([line for line in service.lines() if line["event"].startswith("pages/b.txt")]) == 1
    assert len(service.said("ingest: parse failed")) == 1


def test_every_line_of_the_json_log_has_a_run_id_and_a_runs_lines_have_its_own(project: Project) -> None:
    configure(project, RARELY + 'charts = { cron = "0 0 1 1 *" }\n', QUIET)
    project.page("a.txt")
    project.page("b.txt", b"\xff\xfe\x00")
    with Service(project) as service:
        service.wait_for("charts: done")
        assert service.stop() == 0
    text = service.log.read_text("utf-8").splitlines()
    lines = service.lines()
    assert len(lines) == len(text)
    assert all({"run_id", "level", "timestamp", "event"} <= line.keys() for line in lines)
    ids = {row["job"]: row["run_id"] for row in runs(project)}
    (ingested,) = [line for line in lines if line["event"] == "ingest: done"]
    assert [ingested[count] for count in ("pages", "new", "known", "no_ticker")] == [2, 2, 0, 1]
    told = {line["run_id"] for line in lines if line.get("job") == "ingest"}
    assert told == {ids["ingest"]}
    assert {line["run_id"] for line in lines if line.get("job") == "charts"} == {ids["charts"]}
    assert [line["run_id"] for line in lines if line["event"] in {"ready", "stopping", "stopped"}] == [None] * 3


def test_a_store_that_cannot_be_written_is_on_record_as_soon_as_it_can_again(project: Project) -> None:
    configure(project, OFTEN, QUIET)
    project.page("a.txt")
    program = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input(); c.close()"
    project.configure((project.root / "config.toml").read_text().replace("wait_seconds = 30", "wait_seconds = 0"))
    with Service(project) as service:
        wait_until(lambda: service.said("ingest: done"), "the first run")
        holding = "held"
        for _ in range(100):  # until it is free between two runs
            keeper = subprocess.Popen(
                [sys.executable, "-c", program, project.config.writer],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            assert keeper.stdout
            if keeper.stdout.readline().strip() == holding:
                break
            keeper.communicate()
        service.wait_for("ingest: store failed")
        wait_until(lambda: any("store failed" in p for p in status(project)["problems"]), "a sick status")
        keeper.communicate("\n")
        service.wait_for("ingest: recovered")
        assert service.stop() == 0
    failed = runs(project, "outcome = 'store failed'")
    assert failed
    assert all("held by process" in row["message"] for row in failed)
    assert len(service.said("ingest: store failed")) == 1


def test_a_service_starts_and_ends_while_somebody_holds_the_store(project: Project) -> None:
    configure(project, OFTEN, QUIET)
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    project.configure((project.root / "config.toml").read_text().replace("wait_seconds = 30", "wait_seconds = 3600"))
    with closing(connect_writer(project.config.writer, 30)), Service(project) as service:
        service.wait_for("starting although the store is held by another process")
        service.wait_for("ready")
        assert service.stop() == 0


class Systemd:
    """A real datagram socket, as systemd gives one to a service of `Type=notify`."""

    def __init__(self, folder: Path, *, abstract: bool) -> None:
        self.name = f"@fxtrack-test-{os.getpid()}" if abstract else str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.name[1:] if abstract else self.name)
        self.socket.settimeout(60)

    def hear(self, wanted: str) -> list[str]:
        """Return the messages up to the one that has this line."""
        heard = []
        while True:
            heard.append(self.socket.recv(4096).decode())
            if wanted in heard[-1].split("\n"):
                return heard


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_that_it_is_ready_alive_reloading_and_stopping(
    project: Project, tmp_path: Path, abstract: bool
) -> None:
    configure(project, RARELY, QUIET)
    systemd = Systemd(tmp_path, abstract=abstract)
    env = {**os.environ, "NOTIFY_SOCKET": systemd.name, "WATCHDOG_USEC": "600000"}
    with systemd.socket, Service(project, env=env) as service:
        assert len(systemd.hear("READY=1")) == 1
        assert project.config.writer.exists()
        systemd.hear("WATCHDOG=1")
        systemd.hear("WATCHDOG=1")
        service.process.send_signal(signal.SIGHUP)
        told = systemd.hear("RELOADING=1")[-1]
        assert any(line.startswith("MONOTONIC_USEC=") and line[15:].isdecimal() for line in told.split("\n"))
        assert not [m for m in systemd.hear("READY=1")[:-1] if m != "WATCHDOG=1"]
        assert service.process.poll() is None
        service.process.send_signal(signal.SIGTERM)
        systemd.hear("STOPPING=1")
        assert service.process.wait(60) == 0


def test_a_socket_that_is_gone_is_no_reason_to_fail(project: Project, tmp_path: Path) -> None:
    configure(project, RARELY, QUIET)
    env = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "600000"}
    with Service(project, env=env) as service:
        service.wait_for("ready")
        assert service.stop() == 0


UNIT = ROOT / "deploy" / "fxtrack.service"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "fxtrack.service"
    here = Path(sys.executable).with_name("fxtrack")
    lines = UNIT.read_text("utf-8").replace("/opt/fxtrack/.venv/bin/fxtrack", str(here)).splitlines()
    unit.write_text("\n".join(line for line in lines if not line.startswith("Documentation=")) + "\n")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_calls_the_unit_well_shut_in() -> None:
    done = subprocess.run(
        ["systemd-analyze", "--offline=true", "--threshold=20", "security", UNIT],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "Unknown" in done.stderr or "unrecognized" in done.stderr:
        pytest.skip(f"this systemd cannot: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_unit_asks_for_what_the_service_gives() -> None:
    lines = UNIT.read_text("utf-8").splitlines()
    assert {"Type=notify", "WatchdogSec=60", "ExecReload=/bin/kill -HUP $MAINPID"} <= set(lines)


def test_a_page_of_an_own_live_fetch_does_not_wake_the_watcher(project: Project) -> None:
    pages = project.config.pages.resolve()
    for folder in ("new", "live/other", ".hidden/new"):
        (pages / folder).mkdir(parents=True)
    names = ["a.txt", "sub/b.txt", "new", "live/site/c.txt", "live/other", ".hidden/d.txt", ".hidden/new", "f.log"]
    assert [name for name in names if _matters(project.config, str(pages / name))] == ["a.txt", "sub/b.txt", "new"]
    assert not _matters(project.config, "/elsewhere/a.txt")


def test_a_page_that_shows_another_state_is_published_by_the_service(project: Project, shell: Shell) -> None:
    configure(project, OFTEN, QUIET, SITE)
    project.page("a.txt", page_text(date="11 December 2025"))
    with Service(project) as service:
        service.wait_for("ingest: done")
        project.page("b.txt", page_text())
        service.wait_for("ingest: done", 2)
        assert service.stop() == 0
    assert value(shell, project.config.database, "SELECT max(page_date) FROM latest") == "2025-12-12"


def test_while_the_service_runs_nobody_can_open_the_published_file_for_writing_and_keep_readers_out(
    project: Project, shell: Shell
) -> None:
    configure(project, RARELY, QUIET)
    project.page("a.txt")
    for start in (1, 2):  # with a file of its own, and with one that it finds
        with Service(project) as service:
            service.wait_for("ready", start)
            wait_until(lambda: project.config.database.exists() and status(project)["backlog"] == 0, "the first run")
            assert shell(str(project.config.database), "-c", "SELECT 1").returncode != 0
            assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1
            assert service.stop() == 0
