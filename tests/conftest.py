"""Fixtures of several tests: the shared real pages, a project in a temporary folder, the real shell."""

import compileall
import datetime as dt
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsers import CHROMIUM, DRIVER, HOSTILE, start_browser
from histories import empty, new_database, set_rules
from hypothesis import settings

from fxtrack.config.config import Config
from fxtrack.config.load import load_config
from fxtrack.store.database.connection import Connection
from fxtrack.store.writer import Store

if TYPE_CHECKING:
    from faults import Faults
    from loopback import Site
    from selenium.webdriver import Chrome

ROOT = Path(__file__).parent.parent
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 8 * 2**30  # noqa: S108
SHARED_PAGES = ROOT.parent / "shared" / "pages"
BLOCK = (
    ("KGS/USD", "0.01144", "0%"),
    ("KZT/USD", "0.00192", "-0%"),
    ("TJS/USD", "0.10866", "0.18%"),
    ("UZS/USD", "0.00008", "0%"),
    ("TMT/USD", "0.28571", "0%"),
)

ONE = '[[sources]]\nname = "site"\nmin_pairs = 1\n'
"""A source whose pages may have one pair, and so five charts, which are quick to draw."""

PAIR = BLOCK[:1]

InProcess = Callable[..., tuple[int, str, str]]
"""The fixture `in_process`."""

Shell = Callable[..., subprocess.CompletedProcess[str]]
"""The fixture `shell`."""


def pytest_configure(config: pytest.Config) -> None:
    """Compile the modules once: where the environment forbids to keep them, every command would do it anew.

    Files go to memory where there is enough of it: many tests wait for syncs to a disk, and none depends on one.
    """
    if hasattr(config, "workerinput"):
        return
    compileall.compile_dir(ROOT / "fxtrack", quiet=2)
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


settings.register_profile("the same in every run", derandomize=True)
settings.load_profile("the same in every run")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and (group := _group_of(item)):
            item.add_marker(pytest.mark.xdist_group(group))
    _leave_cases_to_the_long_tests(items)


def _group_of(item: pytest.Function) -> str | None:
    """Name the tests that run in one process, so that what they share is made once: the browser, or that of a file."""
    if "browser" in item.fixturenames:
        return "browser"
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    shared = any(fixture.scope == "module" for found in fixtures for fixture in found)
    return item.path.name if shared else None


def _leave_cases_to_the_long_tests(items: list[pytest.Item]) -> None:
    """Mark all but a few cases, evenly spread, of a test that says how few are enough."""
    cases = defaultdict(list)
    for item in items:
        if few := item.get_closest_marker("few"):
            cases[item.nodeid.partition("[")[0], few.args[0]].append(item)
    for (_, few), same in cases.items():
        for number, item in enumerate(same):
            if number * few % len(same) >= few:
                item.add_marker("slow")


def page_text(
    quotes: tuple[tuple[str, str, str | None], ...] = BLOCK, date: str | None = "12 December 2025", repeats: int = 8
) -> str:
    """Return a page as the site prints it: ticker, date line, blank line, a headline and a paragraph."""
    lines = [f"  • {pair} = {rate}" + (f" {pct}" if pct else "") for pair, rate, pct in quotes] * repeats
    lines[0] = lines[0].lstrip()
    return "\n".join([*lines, *([date] if date else []), "", "A headline", "", "It rose 3% on 6 June 2024.", ""])


@pytest.fixture(scope="session")
def shared_pages() -> Path:
    """The folder of real pages; tests that need it are skipped where it is not."""
    if not SHARED_PAGES.is_dir():
        pytest.skip("the shared captured pages are not on this machine")
    return SHARED_PAGES


@pytest.fixture(scope="session")
def shared_index(shared_pages: Path) -> list[dict[str, object]]:
    """The content of each shared page, as its index lists it."""
    lines = (shared_pages / "timesca" / "index.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def utc(text: str) -> dt.datetime:
    """Return a moment that is written without a zone."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def unstamped(picture: bytes) -> bytes:
    """Return an SVG without its stamp, which names the store and its generation."""
    return re.sub(rb"(?s)<dc:source>.*?</dc:source>", b"", picture)


@dataclass(frozen=True)
class Project:
    """A configuration in a separate folder, and a way to write pages."""

    root: Path

    @property
    def config(self) -> Config:
        return load_config(self.root / "config.toml")

    def page(self, name: str, content: str | bytes | None = None) -> Path:
        """Write a page; without content, one that differs from every other only in its article."""
        path = self.root / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            content = page_text() + f"Written as {name}.\n"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def configure(self, text: str) -> None:
        (self.root / "config.toml").write_text(text, "utf-8")

    def warc_files(self) -> list[Path]:
        """Return the WARC files of its pages folder."""
        return sorted((self.root / "pages").rglob("*.warc.gz"))

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run the command in a separate process."""
        return subprocess.run(
            [sys.executable, "-m", "fxtrack", "--config", str(self.root / "config.toml"), *arguments],
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Chrome]":
    """Chromium, started once; tests that need it are skipped where it is not."""
    pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium and its driver are not installed")
    driver = start_browser(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The sample pages after a run, and one more page with a hostile name."""
    project = Project(tmp_path_factory.mktemp("sample"))
    project.configure((ROOT / "config.toml").read_text("utf-8"))
    for page in sorted((ROOT / "pages" / "sample").glob("*.txt")):
        project.page(f"sample/{page.name}", page.read_bytes())
    changed = page_text(date="13 December 2025").replace("KGS/USD = 0.01144", "KGS/USD = 0.01150", 1)
    project.page(f"sample/{HOSTILE}", changed)
    done = project.run("run")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without captures, made once: to make one takes as long as a short test."""
    project = Project(tmp_path_factory.mktemp("empty"))
    project.configure("")
    with Store.open(project.config) as store:
        return store.path


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """An empty project with default settings, one source, `site`, and a store without captures.

    With the mark `new` there is no store: the first command that writes makes it.
    """
    project = Project(tmp_path)
    project.configure('[[sources]]\nname = "site"\n')
    (tmp_path / "pages").mkdir()
    if not request.node.get_closest_marker("new"):
        project.config.writer.parent.mkdir()
        shutil.copy(request.getfixturevalue("empty_store"), project.config.writer)
    return project


@pytest.fixture(scope="module")
def loaded() -> Iterator[Connection]:
    """A database in memory, for the tests of one file; each empties it for itself."""
    connection = new_database()
    yield connection
    connection.close()


@pytest.fixture
def database(loaded: Connection, request: pytest.FixtureRequest) -> Connection:
    """The database in memory, emptied for each test; if its file has rounding rules `IN_FORCE`, they hold."""
    empty(loaded)
    if rules := getattr(request.module, "IN_FORCE", None):
        set_rules(loaded, rules)
    return loaded


@pytest.fixture
def site() -> "Iterator[Site]":
    """A web server on loopback."""
    from loopback import serving  # it needs this module

    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Faults]":
    """A process that runs commands with failing system calls, for the tests of one file."""
    from faults import Faults  # only a few tests need it

    with Faults(tmp_path_factory.mktemp("faults")) as process:
        yield process


@pytest.fixture
def no_hang() -> Iterator[None]:
    """End a test that would otherwise hang."""

    def stop(*_: object) -> None:
        pytest.fail("still reading after many seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def shell() -> Shell:
    """The real DuckDB shell, older than the library."""
    program = Path(sys.executable).parent / "duckdb"
    if not program.exists():
        pytest.skip("the duckdb shell (package duckdb-cli) is not installed beside this Python")

    def run(*arguments: str, sql: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *arguments], input=sql, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a file system is not permitted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(disk: Path, leave_kib: int) -> Path:
    """Fill a file system with one file, except for a number of KiB."""
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    ballast.write_bytes(bytes(max(0, free - leave_kib * 1024)))
    return ballast


def run_in_process(project: Project, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process: (exit code, stdout, stderr)."""
    from fxtrack.cli.main import main

    with pytest.raises(SystemExit) as left:
        main(["--config", str(project.root / "config.toml"), *arguments])
    captured = capsys.readouterr()
    return int(left.value.code or 0), captured.out, captured.err


@pytest.fixture
def in_process(project: Project, capsys: pytest.CaptureFixture[str]) -> InProcess:
    """Run a command on the project in this process: (exit code, stdout, stderr)."""
    return partial(run_in_process, project, capsys)
