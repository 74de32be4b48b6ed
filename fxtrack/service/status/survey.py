"""Reads facts, lock, backlog and disk space without opening the store, for `health` to assess."""

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
from fxtrack.service.status.health import Environment, HealthReport, assess
from fxtrack.store.database.errors import store_errors
from fxtrack.store.database.opening import connect_reader


def count_backlog(config: Config, facts: Facts | None) -> int | None:
    """Return the number of files in the pages folder that wait for ingest; None if it is unknown now.

    A file is known by location, size and time of change if the published file or the facts list it: together they hold
    what the store knew when it was last closed.
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
        return set()  # written by a version without this table
    finally:
        connection.close()


def survey(
    config: Config, now: dt.datetime, count: Callable[[Config, Facts | None], int | None] = count_backlog
) -> tuple[Facts, HealthReport]:
    """Read and assess the overall state without opening the store.

    Args:
        config: the configuration in force.
        now: UTC.
        count: returns the number of waiting pages. `count_backlog` opens the published file, which no thread may do
            while another thread of the process has it open.

    Raises:
        FxtrackError: the facts exist and cannot be read.
    """
    facts = read_facts(config)
    environment = Environment(
        holder=holder(config),
        living=frozenset(
            run.process for run in (facts.last.values() if facts else ()) if run.process and is_alive(str(run.process))
        ),
        pending=pending_runs(config),
        backlog=count(config, facts),
        free_bytes=tuple(_free(config)),
    )
    return facts or Facts(written_utc=now), assess(config, facts, environment, now)


def _free(config: Config) -> list[tuple[str, int]]:
    """Return the free bytes at database, pages, charts and backups; of paths on one device the first."""
    places: dict[int, tuple[str, int]] = {}
    for path in (config.writer.parent, config.pages, config.charts, config.backups):
        folder = next((p for p in (path, *path.parents) if p.is_dir()), None)
        if folder:
            places.setdefault(folder.stat().st_dev, (str(path), shutil.disk_usage(folder).free))
    return list(places.values())
