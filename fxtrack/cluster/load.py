"""Loading: takes parts into the store in the order of the listing, as one run."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from fxtrack import __version__
from fxtrack.cluster.folder import PartFolder, folder_at
from fxtrack.cluster.parts import Mark, marked_names, read_marks, read_parts
from fxtrack.cluster.unit import reading_settings
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, NothingFound
from fxtrack.ingest.ingest import AddTally, IngestReport
from fxtrack.limits import LISTING_FILES, LOADED_ROWS
from fxtrack.model.page import PageFile
from fxtrack.model.run import Progress, Run, Tally, counted
from fxtrack.pipeline import PassReport, store_pages
from fxtrack.store.captures import add_parts, unknown_files
from fxtrack.store.writer import Store

_SHOWN_NAMES = 3


def load_parts(
    config: Config, target: str, run: Run, on_group: Callable[[Progress], None] = lambda _progress: None
) -> PassReport:
    """Take parts into the store, recompute the rounding rules, publish what changed, and record it all as one run.

    Args:
        config: the configuration in force.
        target: the folder of parts, an absolute path.
        run: the job and its start.
        on_group: called with the progress after each transaction.

    Raises:
        NothingFound: there are no parts.
        FxtrackError: parts are of another version or of other settings; nothing is loaded. A part is damaged; groups
            before it are kept.
        StoreError: the store cannot be opened or written; committed groups are kept.
    """
    folder = folder_at(target)
    found = marked_names(folder)
    marks = current_marks(read_marks(folder, found), reading_settings(config))
    if not marks:
        raise NothingFound(f"{target}: no parts there; `fxtrack extract PATH... --to {target}` writes them")

    def add(store: Store, count: AddTally) -> IngestReport:
        report = IngestReport()
        add_marks(store, folder, marks, run.started, report, count, on_group)
        return report

    return store_pages(config, run, add)


def add_marks(  # noqa: PLR0913, PLR0917 -- two callbacks besides
    store: Store, folder: PartFolder, marks: Sequence[Mark], now: dt.datetime, report: IngestReport, count: AddTally,
    on_group: Callable[[Progress], None],
) -> None:  # fmt: skip
    """Add the parts of some units to the store, a group in each transaction, and their counts to `report`."""
    newest = _newest(marks)
    wanted, known = _unknown(store, marks)
    if known:
        seen = Tally(pages=known, known=known)
        report.tally = report.tally.plus(seen)
        count(seen)
    total = sum(mark.size for mark in marks)
    done = total - sum(mark.size for mark in wanted)
    for group in _groups(wanted):
        tables = read_parts(folder, group)
        tables["files"] = _without_outdated(tables["files"], group, newest)
        pages = sum(mark.captures for mark in group), sum(mark.failures for mark in group)
        report.tally = report.tally.plus(add_parts(store, tables, pages, now, count))
        for mark in group:
            mark.add_to(report)
        done += sum(mark.size for mark in group)
        on_group(Progress(done, total, report.tally.pages - report.tally.known, report.tally.new))


def current_marks(marks: Sequence[Mark], settings: str) -> list[Mark]:
    """Return the marks to load, in the order of the listing: of one file that was read twice, only the later.

    Args:
        marks: all marks of a folder.
        settings: digest of the settings in force.

    Raises:
        FxtrackError: a file has parts of another version or of other settings only.
    """
    current = [mark for mark in marks if (mark.version, mark.settings) == (__version__, settings)]
    covered = {file.location for mark in current for file in mark.files}
    for mark in marks:
        missing = [file.location for file in mark.files if file.location not in covered]
        if missing:
            of = (
                f"by fxtrack {mark.version}, this is {__version__}" if mark.version != __version__
                else "under other settings of sources than those in force"
            )  # fmt: skip
            raise FxtrackError(
                f"{_shown(missing)}: extracted {of}; nothing is loaded: extract again with this version and these "
                f"settings, or remove _done/{mark.name}.json"
            )
    seen: set[tuple[str, int | None, int | None, str]] = set()
    kept = []
    for mark in sorted(current, key=lambda mark: mark.started_utc, reverse=True):
        # two lists of records of one WARC file do not replace each other, nor the whole file
        part = mark.name if mark.records else ""
        files = {(file.location, file.size, file.mtime_ns, part) for file in mark.files}
        if files - seen:
            kept.append(mark)
            seen |= files
    return sorted(kept, key=lambda mark: (mark.ordinal, mark.started_utc, mark.name))


def _shown(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {counted(more, 'more file')}" if more > 0 else "")


def _newest(marks: Sequence[Mark]) -> dict[str, dt.datetime]:
    """Return when each file was last extracted as a whole."""
    newest: dict[str, dt.datetime] = {}
    for mark in marks:
        for file in () if mark.records else mark.files:
            newest[file.location] = max(newest.get(file.location, mark.started_utc), mark.started_utc)
    return newest


def _unknown(store: Store, marks: Sequence[Mark]) -> tuple[list[Mark], int]:
    """Return the marks with a file that the store does not know, and the number of pages in the others."""
    wanted: list[Mark] = []
    known = 0
    listed = [mark for mark in marks for _ in mark.files]
    files = [PageFile("", f.location, f.size or 0, f.mtime_ns or 0) for mark in marks for f in mark.files]
    names: set[str] = set()
    for first in range(0, len(files), LISTING_FILES):
        asked = files[first : first + LISTING_FILES]
        owner = {id(file): mark.name for file, mark in zip(asked, listed[first:], strict=False)}
        names |= {owner[id(file)] for file in unknown_files(store, asked)[0]}
    for mark in marks:
        if mark.name in names:
            wanted.append(mark)
        else:
            known += mark.captures
    return wanted, known


def _groups(marks: Sequence[Mark]) -> Iterator[list[Mark]]:
    """Yield marks in groups of about `LOADED_ROWS` rows."""
    group: list[Mark] = []
    rows = 0
    for mark in marks:
        if group and rows + mark.rows > LOADED_ROWS:
            yield group
            group, rows = [], 0
        group.append(mark)
        rows += mark.rows
    if group:
        yield group


def _without_outdated(files: pa.Table, group: Sequence[Mark], newest: dict[str, dt.datetime]) -> pa.Table:
    """Return the rows of files without those of files that a later extraction has read again."""
    outdated: set[tuple[int, str]] = set()
    first = 0
    for mark in group:
        old = [file.location for file in mark.files if mark.started_utc < newest.get(file.location, mark.started_utc)]
        outdated.update((first + number, location) for number in range(mark.batches) for location in old)
        first += mark.batches
    if not outdated:
        return files
    rows = files.select(["part", "location", "archive"]).to_pylist()
    kept = [outdated.isdisjoint({(r["part"], r["location"]), (r["part"], r["archive"])}) for r in rows]
    return files.filter(pa.array(kept, pa.bool_()))
