"""Stores as years of use would leave them, filled through fxtrack's own batches instead of from pages."""

import datetime as dt
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fxtrack
from benchmarks.market import PAIRS, STATES_A_DAY, states
from fxtrack.config.load import load_config
from fxtrack.model.capture import Batch, Capture, ReadFile
from fxtrack.model.page import PageFile
from fxtrack.model.quote import Outcome, Quote, Reading
from fxtrack.model.run import Finding, Run, RunOutcome
from fxtrack.runs.record import recording
from fxtrack.store.captures import add_captures

_FORM = 1  # of what is filled in; another number makes all caches stale
_BATCH_PAGES = 20_000
_MTIME_NS = 1_700_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Filling:
    """The size of a store: sources, days of five snapshots of five pairs, and captures of each snapshot."""

    sources: int
    days: int
    captures: int = 1

    @property
    def name(self) -> str:
        """Its name in the cache."""
        return f"store-{_FORM}-{self.sources}x{self.days}x{self.captures}"

    @property
    def captures_in_all(self) -> int:
        """How many captures it holds."""
        return self.sources * self.days * STATES_A_DAY * self.captures

    @property
    def quotes_in_all(self) -> int:
        """How many quotes its snapshots have."""
        return self.sources * self.days * STATES_A_DAY * PAIRS


def fxtrack_command() -> str:
    """Return the program that is measured: the one beside this Python."""
    return str(Path(sys.executable).with_name("fxtrack"))


def sources_by_path(sources: int) -> str:
    """Return configuration of sources that are told apart by the folders of their pages."""
    return "".join(f'[[sources]]\nname = "site-{n:02}"\npaths = ["*/site-{n:02}/*"]\n\n' for n in range(sources))


def sources_by_address(sources: int) -> str:
    """Return configuration of sources that are told apart by the addresses of their pages."""
    return "".join(f'[[sources]]\nname = "site-{n:02}"\nurls = ["site-{n:02}.example"]\n\n' for n in range(sources))


def filled_store(cache: Path, filling: Filling) -> Path:
    """Return a folder with configuration, store and published file, from the cache if this fxtrack made it."""
    home = cache / f"{filling.name}-{_maker()}"
    if not home.exists():
        for stale in cache.glob(f"{filling.name}-*"):
            shutil.rmtree(stale)
        raw = cache / f"{filling.name}.new"
        shutil.rmtree(raw, ignore_errors=True)
        (raw / "pages").mkdir(parents=True)
        (raw / "config.toml").write_text(sources_by_path(filling.sources), "utf-8")
        _fill(raw, filling)
        settle = [fxtrack_command(), "--config", str(raw / "config.toml"), "ingest"]
        subprocess.run(settle, check=True, stdout=subprocess.DEVNULL)
        raw.rename(home)
    return home


def copy_store(home: Path, target: Path) -> None:
    """Copy a store with all that lies beside it, links as links."""
    shutil.copytree(home, target, symlinks=True)


def _maker() -> str:
    """Name what decides on the content of a store: tables, views, and how rows come into them."""
    package = Path(fxtrack.__file__).parent
    settling = sorted((package / "store" / "settling").glob("*.py"))
    files = [*sorted(package.rglob("*.sql")), package / "store" / "batch.py", *settling]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


def _fill(home: Path, filling: Filling) -> None:
    now = dt.datetime.now(dt.UTC)
    with recording(load_config(home / "config.toml"), Run("ingest", now)) as recorder:
        for source in range(filling.sources):
            batch: list[Capture] = []
            for page in _pages(f"site-{source:02}", filling):
                batch.append(page)
                if len(batch) >= _BATCH_PAGES:
                    add_captures(recorder.store, Batch(batch, files=[_file(page) for page in batch]), now)
                    batch = []
            add_captures(recorder.store, Batch(batch, files=[_file(page) for page in batch]), now)
        recorder.end(Finding(RunOutcome.DONE), current=True)


def _pages(source: str, filling: Filling) -> Iterator[Capture]:
    for number, state in enumerate(states(source, filling.days)):
        reading = Reading(Outcome.OK, state.date, tuple(Quote(*quote) for quote in state.quotes), 8)
        for copy in range(filling.captures):
            location = f"pages/{source}/{state.date:%Y-%m}/{number:06}-{copy}.txt"
            yield Capture(location, hashlib.sha256(location.encode()).hexdigest(), source, reading)


def _file(page: Capture) -> ReadFile:
    file = PageFile(page.location, page.location, 23_000, _MTIME_NS)
    return ReadFile(file, is_stable=True, pages=1, capture_id=page.capture_id)
