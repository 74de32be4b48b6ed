"""Backups that are whole, a restore that loses nothing, and the check of every quote against its page."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import InProcess, Project, Shell, fill, page_text, utc
from promises import Session, ask, content, start, value
from services import Service, configure, rest, runs, wait_until

from fxtrack.maintenance.backup import backups_in, expired


def backups(project: Project) -> list[Path]:
    return [path for _, path in backups_in(project.config.backups)]


def asides(project: Project) -> list[Path]:
    return sorted(project.config.writer.parent.glob("*writer*.aside"))


def test_a_backup_is_a_whole_store_that_any_shell_opens(project: Project, in_process: InProcess, shell: Shell) -> None:
    for number in range(5):
        project.page(f"{number}.txt")
    assert in_process("ingest")[0] == 0
    code, out, _ = in_process("backup")
    (backup,) = backups(project)
    assert (code, out) == (0, f"{backup.name} written\n")
    assert content(shell, backup) == content(shell, project.config.database)
    assert value(shell, backup, "SELECT count(*) FROM runs WHERE outcome = 'running'") == 0
    assert not os.stat(backup).st_mode & 0o222


def test_a_backup_of_what_the_newest_one_holds_is_not_written(project: Project, in_process: InProcess) -> None:
    project.page("a.txt")
    in_process("ingest")
    in_process("backup")
    code, out, _ = in_process("backup")
    assert (code, len(backups(project))) == (0, 1)
    assert "is up to date" in out


def killed_while_copying(project: Project, process: subprocess.Popen[Any]) -> bool:
    """Kill a process as soon as it is at a backup; return whether that came before the backup was whole."""
    folder = project.config.backups
    while process.poll() is None and not list(folder.glob(".*.new")):
        time.sleep(0.001)
    process.kill()
    process.communicate()
    return bool(list(folder.glob(".*.new"))) and not backups(project)


@pytest.mark.few(1)
@pytest.mark.parametrize("by", ["command", "service"])
def test_a_backup_that_is_killed_while_it_copies_is_on_record_as_killed_and_is_owed_still(
    tmp_path: Path, shell: Shell, by: str
) -> None:
    for number in range(20):
        project = Project(tmp_path / str(number))
        project.page("a.txt")
        configure(project, 'backup = { every = "1h" }\n', "[service]\nwatch = false\n")
        assert project.run("ingest").returncode == 0
        if by == "command":
            hit = killed_while_copying(project, start(project, "backup"))
        else:
            with Service(project) as service:
                hit = killed_while_copying(project, service.process)
        if hit:
            break
    assert hit
    if by == "command":
        assert project.run("backup").returncode == 0
    else:
        with Service(project) as service:
            service.wait_for("backup: done")
            assert service.stop() == 0
    (backup,) = backups(project)
    written = [("killed", None), ("done", f"{backup.name} written")]
    assert [(row["outcome"], row["message"]) for row in runs(project, "job = 'backup'")] == written
    rows = ask(shell, backup, "SELECT outcome, message FROM runs WHERE job = 'backup' ORDER BY run_id")
    assert [(row["outcome"], row["message"]) for row in rows] == written
    assert rest(project.root) == set()


@pytest.mark.few(2)
@pytest.mark.parametrize("left_kib", [100, 600, 1500, 2500])
def test_a_backup_for_which_there_is_no_room_says_so_and_leaves_nothing(
    project: Project, in_process: InProcess, small_disk: Path, left_kib: int
) -> None:
    project.configure('[backup]\nfolder = "disk"\n[[sources]]\nname = "site"\n')
    project.page("a.txt")
    in_process("ingest")
    ballast = fill(small_disk, left_kib)
    code, out, err = in_process("backup")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert str(small_disk) in err
    assert "the disk is full" in err
    assert list(small_disk.iterdir()) == [ballast]
    ballast.unlink()
    assert in_process("backup")[0] == 0
    assert [row["outcome"] for row in runs(project, "job = 'backup'")] == ["store failed", "done"]


def test_the_newest_and_the_last_of_each_month_stay() -> None:
    times = [utc("2025-01-01T03:30") + dt.timedelta(days=day) for day in range(365)]
    gone = expired(times, keep=3, keep_monthly=4)
    kept = [f"{time:%m-%d}" for time in times if time not in gone]
    assert kept == ["09-30", "10-31", "11-30", "12-29", "12-30", "12-31"]
    assert expired(times, keep=1, keep_monthly=0) == times[:-1]
    assert expired(times[:2], keep=2, keep_monthly=0) == []


def test_old_backups_go_when_a_new_one_is_there_and_what_is_not_ours_stays(
    project: Project, in_process: InProcess
) -> None:
    project.configure("[backup]\nkeep = 2\nkeep_monthly = 0\n" + '[[sources]]\nname = "site"\n')
    folder = project.config.backups
    folder.mkdir()
    foreign = {"fxtrack-old.duckdb", "fxtrack-20251399T000000Z.duckdb", "notes.txt"}
    ours = {f"fxtrack-202501{day:02}T033000Z.duckdb" for day in range(1, 5)}
    for name in foreign | ours:
        (folder / name).write_text("x")
    left_over = folder / ".fxtrack-20250105T033000Z.duckdb.999999999.new"
    left_over.write_text("x")
    project.page("a.txt")
    in_process("ingest")
    assert "3 old removed" in in_process("backup")[1]
    names = {path.name for path in folder.iterdir()}
    assert foreign <= names
    assert names & ours == {"fxtrack-20250104T033000Z.duckdb"}
    assert not left_over.exists()
    assert len(names) == len(foreign) + 2


def test_a_restore_brings_back_what_was_there_and_keeps_what_it_replaces(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.page("a.txt")
    in_process("ingest")
    before = content(shell, project.config.database)
    in_process("backup")
    project.page("b.txt", page_text(date="13 December 2025"))
    in_process("ingest")
    after = content(shell, project.config.database)
    assert before != after
    (backup,) = backups(project)
    code, out, err = in_process("restore", str(backup))
    assert code == 0
    assert str(project.config.database) in out
    assert content(shell, project.config.database) == before
    (aside,) = asides(project)
    assert aside.name in err
    assert content(shell, aside) == after
    assert in_process("ingest")[1].startswith("2 pages: 1 new, 1 known")
    assert content(shell, project.config.database) == after


@pytest.mark.slow
def test_a_restored_store_is_never_taken_for_the_published_one_of_before(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.page("a.txt")
    in_process("ingest")
    in_process("backup")
    project.page("b.txt")
    in_process("ingest")
    published = project.config.database.read_bytes()
    in_process("restore", str(backups(project)[0]))
    assert project.config.database.read_bytes() != published
    # as many changes as the replaced store had seen
    (project.root / "pages" / "b.txt").unlink()
    project.page("c.txt")
    in_process("ingest")
    rows = ask(shell, project.config.database, "SELECT location FROM captures ORDER BY ALL")
    assert [row["location"] for row in rows] == ["pages/a.txt", "pages/c.txt"]
    assert in_process("backup")[1].endswith("written\n")


@pytest.mark.few(1)
@pytest.mark.parametrize("what", ["gone", "damaged", "empty"])
def test_a_restored_store_is_never_taken_for_the_published_one_of_a_store_that_cannot_be_read(
    project: Project, in_process: InProcess, shell: Shell, what: str
) -> None:
    project.page("a.txt")
    in_process("ingest")
    in_process("backup")
    backup = backups(project)[0]
    project.page("b.txt", "No ticker here.\n")
    in_process("ingest")
    # one change apart, as the restored store will be from its backup
    generation = "SELECT generation FROM store_info"
    assert value(shell, project.config.database, generation) == value(shell, backup, generation) + 1
    published = project.config.database.read_bytes()
    if what == "gone":
        project.config.writer.unlink()
    else:
        project.config.writer.write_bytes(b"damaged" * 4096 if what == "damaged" else b"")
    code, _, err = in_process("restore", str(backup))
    assert code == 0, err
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1
    (kept,) = project.config.database.parent.glob("fxtrack.duckdb.*.aside")  # it had more than the backup
    assert kept.read_bytes() == published
    assert kept.name in err
    assert in_process("backup")[1].endswith("written\n")


def test_a_damaged_store_is_restored_and_its_log_is_kept_with_it(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.page("a.txt")
    in_process("ingest")
    in_process("backup")
    writer = project.config.writer
    writer.write_bytes(b"damaged" * 4096)
    log = writer.with_name(writer.name + ".wal")
    log.write_bytes(b"a log")
    assert in_process("ingest")[0] == 1
    code, _, err = in_process("restore", str(backups(project)[0]))
    assert code == 0, err
    kept = {path.read_bytes()[:7] for path in writer.parent.glob("*.aside*")}
    assert kept >= {b"damaged", b"a log"}
    assert in_process("ingest")[0] == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1


@pytest.mark.slow
def test_a_restore_without_room_changes_nothing_or_says_that_it_took_place(
    project: Project, in_process: InProcess, shell: Shell, small_disk: Path
) -> None:
    paths = '[paths]\ndatabase = "disk/fxtrack.duckdb"\nwriter = "disk/fxtrack-writer.duckdb"\n'
    project.configure(paths + '[[sources]]\nname = "site"\n')
    writer = project.config.writer
    project.page("a.txt")
    in_process("ingest")
    in_process("backup")
    (backup,) = backups(project)
    project.page("b.txt")
    in_process("ingest")
    store = writer.read_bytes()
    taken_place = []
    for left_kib in range(500, backup.stat().st_size // 1024 + 2000, 400):
        ballast = fill(small_disk, left_kib)
        code, out, err = in_process("restore", str(backup))
        ballast.unlink()
        assert (code, out, list(small_disk.glob(".*"))) == (1, "", []), err
        assert [f"kept as {aside.name}\n" in err for aside in asides(project)] in ([], [True])
        taken_place.append(f"{backup} is the database now" in err)
        if taken_place[-1]:
            assert "nothing was changed" not in err
            assert value(shell, asides(project)[0], "SELECT count(*) FROM captures") == 2
            assert value(shell, writer, "SELECT count(*) FROM captures") == 1
            writer.with_name(writer.name + ".wal").unlink(missing_ok=True)
            asides(project)[0].replace(writer)  # as it was, for the next time
        else:
            assert "the disk is full; make room, nothing was changed" in err
            assert asides(project) == []
        assert writer.read_bytes() == store
    assert sorted(set(taken_place)) == [False, True]
    (project.root / "pages" / "b.txt").unlink()
    ballast = fill(small_disk, left_kib)
    assert "is the database now; the next run publishes it" in in_process("restore", str(backup))[2]
    ballast.unlink()
    asides(project)[0].unlink()
    assert in_process("ingest")[0] == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1


def test_a_store_that_is_gone_is_restored_and_its_log_is_kept(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.page("a.txt")
    in_process("ingest")
    in_process("backup")
    project.page("b.txt")
    writer = project.config.writer
    log = writer.with_name(writer.name + ".wal")
    running = start(project, "run")
    wait_until(lambda: log.exists() and log.stat().st_size, "a log")
    running.kill()
    running.communicate()
    lost = log.read_bytes()
    writer.unlink()
    code, _, err = in_process("restore", str(backups(project)[0]))
    assert code == 0, err
    (kept,) = asides(project)
    assert kept.read_bytes() == lost
    assert f"{log.name}: kept as {kept.name}\n" in err
    for file in (writer, project.config.database):
        assert value(shell, file, "SELECT count(*) FROM captures") == 1
    assert in_process("ingest")[1].startswith("2 pages: 1 new, 1 known")
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 2


@pytest.mark.few(3)
@pytest.mark.parametrize("what", ["nothing", "text", "foreign", "cut short", "damaged", "newer", "itself"])
def test_what_is_no_backup_is_refused_in_one_line_and_nothing_changes(
    project: Project, in_process: InProcess, shell: Shell, what: str
) -> None:
    project.page("a.txt")
    in_process("ingest")
    in_process("backup")
    bad = project.root / "bad.duckdb"
    if what == "text":
        bad.write_text("SELECT 1;\n" * 1000)
    elif what == "foreign":
        shell(str(bad), "-c", "CREATE TABLE t AS SELECT 1")
    elif what == "cut short":
        bad.write_bytes(backups(project)[0].read_bytes()[:300_000])
    elif what == "damaged":
        whole = backups(project)[0].read_bytes()
        bad.write_bytes(whole[:1_000_000] + bytes(len(whole) - 1_000_000))
    elif what == "newer":
        shutil.copy(backups(project)[0], bad)
        bad.chmod(0o644)
        shell(str(bad), "-c", "INSERT INTO schema_migrations VALUES (999, now()::TIMESTAMP, '9.0')")
    elif what == "itself":
        bad = project.config.writer
    store = project.config.writer.read_bytes()
    code, out, err = in_process("restore", str(bad))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert str(bad) in err
    assert "a bug" not in err
    assert project.config.writer.read_bytes() == store
    assert asides(project) == []
    assert list(project.root.rglob(".*.new*")) == []


def test_a_restore_is_refused_while_the_service_or_anybody_else_is_at_work(
    project: Project, in_process: InProcess
) -> None:
    configure(project, 'ingest = { cron = "0 0 1 1 *" }\n')
    project.page("a.txt")
    with Service(project) as service:
        service.wait_for("ingest: done")
        assert project.run("backup").returncode == 0
        done = project.run("restore", str(backups(project)[0]))
        assert (done.returncode, done.stderr.count("\n")) == (5, 1)
        assert f"process {service.process.pid} (service)" in done.stderr
        assert service.stop() == 0
    project.configure('[database]\nwait_seconds = 0\n[[sources]]\nname = "site"\n')
    with Session(project.config.writer, "-readonly") as reader:
        assert reader.say("SELECT count(*) FROM captures;") == "1"
        code, _, err = in_process("restore", str(backups(project)[0]))
        assert (code, err.count("\n")) == (5, 1)
    assert asides(project) == []


@pytest.mark.slow
def test_a_restore_that_is_killed_leaves_the_old_store_or_the_new_one(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    if not shutil.which("strace"):
        pytest.skip("strace, which stops a run at a chosen call, is not installed")
    project.page("a.txt")
    in_process("ingest")
    in_process("backup")
    project.page("b.txt")
    in_process("ingest")
    (backup,) = backups(project)
    for call in ("?link,linkat", "?rename,?renameat,?renameat2", "fsync"):
        for number in (1, 2):
            traced = subprocess.run(
                ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                 f"inject={call}:signal=KILL:when={number}", sys.executable, "-m", "fxtrack", "--config",
                 project.root / "config.toml", "restore", backup],
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            if "ptrace" in traced.stderr:
                pytest.skip("this machine does not let strace trace")
            assert value(shell, project.config.database, "SELECT count(*) FROM captures") in {1, 2}
            assert value(shell, project.config.writer, "SELECT count(*) FROM captures") in {1, 2}
            assert in_process("ingest")[0] == 0
            assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 2


def test_every_quote_is_derived_again_from_its_page(project: Project, in_process: InProcess) -> None:
    conflict = page_text().replace("0.01144", "0.01145", 1)
    project.page("a.txt")
    project.page("b.txt", page_text(date=None))
    project.page("c.txt", "No ticker here.\n")
    project.page("d.txt", conflict)
    in_process("ingest")
    code, out, err = in_process("verify")
    assert (code, err) == (0, "")
    assert out == (
        "captures checked: 4; quotes derived again: 10; captures that differ: 0; captures whose page is gone: 0\n"
    )


def findings(in_process: InProcess) -> tuple[int, dict[str, list[str]]]:
    code, out, _ = in_process("verify", "--json")
    rows = json.loads(out)
    return code, {row["location"]: [row["finding"], row["detail"]] for row in rows}


def test_a_page_that_is_gone_or_was_replaced_is_told_from_one_that_was_changed(
    project: Project, in_process: InProcess
) -> None:
    for name in "abcd":
        project.page(f"{name}.txt")
    in_process("ingest")
    pages = project.root / "pages"
    shutil.copy(pages / "a.txt", pages / "copy-of-a.txt")
    in_process("ingest")
    (pages / "a.txt").unlink()  # its bytes are elsewhere still
    (pages / "b.txt").unlink()
    assert findings(in_process) == (0, {"pages/b.txt": ["gone", "no such file"]})
    project.page("c.txt", page_text() + "Written anew.\n")
    in_process("ingest")
    code, found = findings(in_process)
    assert (code, found["pages/c.txt"][0]) == (0, "gone")
    project.page("d.txt", page_text().replace("0.01144", "0.01154"))
    code, found = findings(in_process)
    assert (code, found["pages/d.txt"][0]) == (1, "changed")


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE snapshot_quotes SET rate = 0.01145 WHERE pair = 'KGS/USD'", "0.011440000"),
        ("UPDATE snapshot_quotes SET reported_sign = 1 WHERE pair = 'KZT/USD'", "KZT/USD"),
        ("DELETE FROM snapshot_quotes WHERE pair = 'UZS/USD'", "lacks the quote"),
        ("UPDATE captures SET page_date = DATE '2025-12-11'", "page_date is 2025-12-11, should be 2025-12-12"),
        ("UPDATE captures SET outcome = 'no ticker'", "outcome is no ticker, should be ok"),
        ("UPDATE captures SET repeats = 7", "repeats is 7, should be 8"),
    ],
)
def test_what_the_store_has_otherwise_than_the_page_is_told(
    project: Project, in_process: InProcess, shell: Shell, statement: str, said: str
) -> None:
    project.page("a.txt")
    in_process("ingest")
    spoilt = f"{statement}; UPDATE store_info SET generation = generation + 1;"
    assert shell(str(project.config.writer), "-c", spoilt).returncode == 0
    in_process("ingest")
    code, found = findings(in_process)
    assert code == 1
    (finding, detail) = found["pages/a.txt"]
    assert finding == "differs"
    assert said in detail


def test_a_grammar_that_was_changed_since_shows_as_a_difference(project: Project, in_process: InProcess) -> None:
    project.page("a.txt")
    in_process("ingest")
    project.configure('[[sources]]\nname = "site"\ndate_formats = ["%Y-%m-%d"]\n')
    code, found = findings(in_process)
    assert code == 1
    assert "page_date is 2025-12-12, should be None" in found["pages/a.txt"][1]


@pytest.mark.new
def test_without_a_database_there_is_nothing_to_back_up(project: Project) -> None:
    done = project.run("backup")
    assert (done.returncode, done.stdout) == (3, "")
    assert "no database yet" in done.stderr
    assert not [*project.root.glob("db/*"), *project.root.glob("backups/*")]
