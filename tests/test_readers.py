"""Several processes read as one does: the same rows in the same order, whatever the pages are, whatever goes wrong."""

import datetime as dt
import os
import signal
import time
from pathlib import Path

import pytest
from archives import PACKINGS, response
from conftest import Project
from markups import MARKUPS, block_page
from promises import start, varied_page

from fxtrack.config.load import load_config
from fxtrack.ingest.pool import Readers
from fxtrack.model.page import PageFile
from fxtrack.pages.discover import find_pages
from fxtrack.store.database.opening import connect_reader

TABLES = (
    "captures",
    "snapshots",
    "snapshot_quotes",
    "conflict_quotes",
    "files",
    "sources",
    "rounding_rules",
    "problems",
)


def everything(project: Project, processes: int, folder: Path) -> list[object]:
    """Take the pages into a new store and return all its rows, in the order in which they were stored."""
    project.configure(
        f'[ingest]\nprocesses = {processes}\nbatch_pages = 150\n[paths]\nwriter = "{folder}/w.duckdb"\n'
        f'database = "{folder}/fxtrack.duckdb"\n[[sources]]\nname = "site"\n'
    )
    done = project.run("ingest", timeout=300)
    connection = connect_reader(folder / "fxtrack.duckdb", 5)
    rows: list[object] = [done.returncode, done.stdout, done.stderr]
    for table in TABLES:
        result = connection.execute(f"FROM {table}" + (" ORDER BY ALL" if table == "problems" else ""))
        names = [column[0] for column in result.description]
        times = {names.index(name) for name in ("ingested_utc", "seen_utc") if name in names}
        rows += [tuple(v for i, v in enumerate(row) if i not in times) for row in result.fetchall()]
    connection.close()
    return rows


def odd_pages(project: Project) -> None:
    for number in range(500):
        project.page(f"{number % 7}/{number}.txt", varied_page(number))
    for number, markup in enumerate(MARKUPS):
        project.page(f"html/{number}.html", block_page(markup))
        project.page(f"html/{number}-again.html", block_page(markup))  # the same bytes in another place
    for number, data in enumerate([b"", b"\0\1\2", b"\xff\xfe" + b"x\0" * 9, os.urandom(900), b" \n", b"<div>" * 5000]):
        project.page(f"odd/{number}.txt", data)
        project.page(f"odd/{number}.html", data)
    for kind, pack in PACKINGS.items():
        records = 2_600 if kind == "plain" else 200  # long enough to be read in sections
        data = pack([response(n) if n % 5 else response(n, kind="request") for n in range(records)])
        project.page(f"archives/{kind}.warc", data)
        project.page(f"archives/{kind} torn.warc", data[: len(data) * 3 // 4] + b"junk" * 40 + data[len(data) // 2 :])
    (project.root / "pages/gone.txt").symlink_to("nowhere")
    project.page("big.txt", b"x" * 17_000_000)
    grow_old(project)


def grow_old(project: Project) -> None:
    """Let the pages have been written long ago: of new ones, it depends on the moment whether they may still change."""
    for path in (project.root / "pages").rglob("*.*"):
        if path.is_file():
            os.utime(path, (1_700_000_000, 1_700_000_000))


@pytest.mark.slow
def test_rows_do_not_depend_on_how_many_processes_read(project: Project) -> None:
    odd_pages(project)
    alone = everything(project, 1, project.root / "alone")
    assert sum(isinstance(row, tuple) for row in alone) > 5_000
    assert everything(project, 3, project.root / "together") == alone


@pytest.mark.slow
def test_rows_of_the_shared_pages_do_not_depend_on_how_many_processes_read(
    project: Project, shared_pages: Path
) -> None:
    for number in range(12):  # enough to be worth several processes
        for path in sorted(shared_pages.rglob("*.txt")):
            project.page(f"{number}/{path.name}", path.read_bytes() + b" " * number)
    grow_old(project)
    alone = everything(project, 1, project.root / "alone")
    assert everything(project, 2, project.root / "together") == alone


def readers_of(process: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            line = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == process and b"fxtrack.ingest.worker" in line:
            found.append(int(stat.parent.name))
    return found


def much_to_read(project: Project) -> None:
    project.configure('[ingest]\nprocesses = 2\nbatch_pages = 200\n[[sources]]\nname = "site"\n')
    for number in range(4_000):
        project.page(f"{number}.txt", varied_page(number) + "Nothing else of note.\n" * 200)


def wait_for_readers(process: int) -> list[int]:
    deadline = time.monotonic() + 30
    while not (found := readers_of(process)) and time.monotonic() < deadline:
        time.sleep(0.005)
    return found


def test_the_processes_read_before_anything_is_asked_for(project: Project) -> None:
    much_to_read(project)
    config = load_config(project.root / "config.toml")
    files = [file for file in find_pages([config.pages], ("*.txt",), config.root) if isinstance(file, PageFile)]
    with Readers(config, dt.datetime.now(dt.UTC)) as readers:
        intakes = readers.read(files)
        deadline = time.monotonic() + 30
        while bytes_read_by(readers_of(os.getpid())) < 4_000_000 and time.monotonic() < deadline:
            time.sleep(0.005)
        assert bytes_read_by(readers_of(os.getpid())) > 4_000_000
        assert [file.location for file, _ in intakes] == [file.location for file in files]


def bytes_read_by(processes: list[int]) -> int:
    return sum(int(Path(f"/proc/{process}/io").read_text().split()[1]) for process in processes)


def test_a_lost_reader_is_one_line_and_the_next_run_goes_on(project: Project) -> None:
    much_to_read(project)
    ingest = start(project, "ingest")
    os.kill(wait_for_readers(ingest.pid)[0], signal.SIGKILL)
    out, err = ingest.communicate(timeout=60)
    assert (ingest.returncode, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "a process that reads pages ended unexpectedly (killed by signal 9)" in err
    again = project.run("ingest")
    assert (again.returncode, again.stdout.split(",")[0]) == (0, "4")
    assert again.stdout.startswith("4,000 pages: ")


@pytest.mark.few(1)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_reader_outlives_the_ingest(project: Project, number: signal.Signals) -> None:
    much_to_read(project)
    ingest = start(project, "ingest")
    readers = wait_for_readers(ingest.pid)
    assert len(readers) in {1, 2}
    ingest.send_signal(number)
    _, err = ingest.communicate(timeout=60)
    assert "Traceback" not in err
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{reader}/fd").exists() for reader in readers):
        assert time.monotonic() < deadline, "a reader goes on without an ingest"
        time.sleep(0.05)
    assert project.run("ingest").stdout.startswith("4,000 pages: ")
