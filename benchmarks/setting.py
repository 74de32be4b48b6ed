"""The place of a benchmark run, the input of fxtrack, and the expected results."""

import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from benchmarks.corpus import SITES, Corpus, Truth
from benchmarks.measure import Contender
from benchmarks.stores import fxtrack_command, sources_by_address, sources_by_path
from fxtrack.store.database.opening import connect_reader

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Setting:
    """A run: its input, folders, the Python of the contenders, and how many days the stores to be queried hold."""

    corpus: Corpus
    cache: Path
    work: Path
    python: Path
    days: int
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def fresh(self, config: str) -> Path:
        """Make a folder with nothing but a configuration; the one before it is removed by `clear`."""
        self.clear()
        folder = self.work / f"run-{next(self._numbers)}"
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(config, "utf-8")
        return folder

    def clear(self) -> None:
        """Remove what the last run left."""
        for folder in self.work.glob("run-*"):
            shutil.rmtree(folder)

    def script(self, name: str, *arguments: str | Path) -> tuple[str, ...]:
        """Return the command of a contender that is a script."""
        return (str(self.python), str(HERE / "contenders" / name), *map(str, arguments))

    def ingest(
        self, name: str, source: Path, truth: Truth, *, prefix: tuple[str, ...] = (), once: bool = False
    ) -> Contender:
        """Return fxtrack taking a folder or an archive into a new database."""
        config = config_for(source)
        return Contender(
            name, (*prefix, fxtrack_command(), "--config", "config.toml", "ingest"),
            prepare=lambda: self.fresh(config), answer=stored, expected=found_in(truth), once=once,
        )  # fmt: skip


def config_for(source: Path) -> str:
    """Return a configuration for a folder of the corpus, or for an archive of it."""
    sources = sources_by_path(SITES) if source.is_dir() else sources_by_address(SITES)
    return f'[paths]\npages = "{source}"\n\n{sources}'


Found = tuple[int, int, int, int, Decimal]


def stored(_output: str, folder: Path | None) -> Found:
    """Ask a published database how many captures it holds, by outcome, and for the sum of the rates that they show."""
    if folder is None:
        raise ValueError("a store lies in a folder")
    with connect_reader(folder / "db" / "fxtrack.duckdb", 0) as connection:
        rows = connection.execute(
            "SELECT count(*), count(*) FILTER (outcome = 'ok'), count(*) FILTER (outcome = 'no ticker'),"
            " count(*) FILTER (outcome = 'conflict'), (SELECT sum(rate) FROM captures JOIN quotes USING (snapshot_id))"
            " FROM captures"
        ).fetchall()
    pages, ok, no_ticker, conflict, rates = rows[0]
    return pages, ok, no_ticker, conflict, Decimal(rates or 0).normalize()


def found_in(truth: Truth) -> Found:
    """Return what a store must hold of these pages."""
    return truth.pages, truth.ok, truth.no_ticker, truth.conflict, truth.rates.normalize()


Answer = Callable[[str, Path | None], object]


def counted(output: str, _folder: Path | None) -> int:
    """Add up what a grep printed: a number, or a line of path and number for each file."""
    return sum(int(line.rpartition(":")[2]) for line in output.splitlines())


def extracted(output: str, _folder: Path | None) -> tuple[int, Decimal]:
    """Return how many rates a contender printed that it found, and their sum."""
    count, total = output.split()
    return int(count), Decimal(total).normalize()
