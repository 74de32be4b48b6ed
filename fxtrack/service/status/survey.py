"""How things stand, as seen from outside the store: facts and surroundings are read, `health` judges them."""

import datetime as dt
import shutil
from collections.abc import Callable

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, StoreError
from fxtrack.files import is_alive
from fxtrack.model.page import PageFile
from fxtrack.pages.discover import find_pages
from fxtrack.runs.facts import Facts, KnownFile, read_facts
from fxtrack.runs.lock import holder
from fxtrack.runs.pending import pending_runs
from fxtrack.service.status.health import HealthReport, Surroundings, report
from fxtrack.store.connection import connect_reader, store_errors


def count_backlog(config: Config, facts: Facts | None) -> int | None:
    """Return how many files in the pages folder are waiting; None if that cannot be told now.

    A file is known by location, size and time of change, to the published file or to the facts: together they have what
    the store knew when it was closed last.
    """
    unpublished = facts.unpublished if facts else []
    if unpublished is None:
        return None
    try:
        known = _published(config).union(unpublished)
        return sum(
            (file.location, file.size, file.mtime_ns) not in known and (file.location, file.size, None) not in known
            for file in find_pages([config.pages], config.settings.ingest.include, config.root, config.link_folders)
            if isinstance(file, PageFile)
        )
    except FxtrackError:
        return None


def _published(config: Config) -> set[KnownFile]:
    if not config.database.exists():
        return set()
    connection = connect_reader(config.database, 0)
    try:
        with store_errors(config.database):
            return set(connection.execute("SELECT location, size, mtime_ns FROM files").fetchall())
    except StoreError:
        return set()  # of a version that had no such table
    finally:
        connection.close()


def survey(
    config: Config, now: dt.datetime, count: Callable[[Config, Facts | None], int | None] = count_backlog
) -> tuple[Facts, HealthReport]:
    """Look at everything but the store itself.

    Args:
        config: the configuration in force.
        now: UTC.
        count: tells how many pages are waiting. To count them opens the published file, which is not to be done in one
            thread while another one of the process has it open.

    Raises:
        FxtrackError: the facts are there and cannot be read.
    """
    facts = read_facts(config)
    around = Surroundings(
        holder=holder(config),
        living=frozenset(
            run.process for run in (facts.last.values() if facts else ()) if run.process and is_alive(str(run.process))
        ),
        unentered=pending_runs(config),
        backlog=count(config, facts),
        free_bytes=tuple(_free(config)),
    )
    return facts or Facts(written_utc=now), report(config, facts, around, now)


def _free(config: Config) -> list[tuple[str, int]]:
    """Return the room where database, pages, charts and backups lie; of places on one device the first."""
    places: dict[int, tuple[str, int]] = {}
    for path in (config.writer.parent, config.pages, config.charts, config.backups):
        folder = next((p for p in (path, *path.parents) if p.is_dir()), None)
        if folder:
            places.setdefault(folder.stat().st_dev, (str(path), shutil.disk_usage(folder).free))
    return list(places.values())
