"""How many pages lie in the folder that the store does not know yet, as far as can be told without the store."""

import os

from fxtrack.config import Config
from fxtrack.database import connect_reader, store_errors
from fxtrack.errors import FxtrackError, StoreError
from fxtrack.facts import Facts
from fxtrack.pages import PageFile, find_pages


def count_backlog(config: Config, facts: Facts | None) -> int | None:
    """Return how many files in the pages folder are waiting; None if that cannot be told now.

    A file is known if the published file has it, or if it has not changed in any way since the last pass through the
    whole folder began, which then must have seen it.
    """
    try:
        seen = _seen(config)
        scanned = facts.scanned_utc.timestamp() if facts and facts.scanned_utc else float("-inf")
        return sum(
            (file.location, file.size) not in seen and _changed(file) > scanned
            for file in find_pages([config.pages], config.settings.ingest.include, config.root)
            if isinstance(file, PageFile)
        )
    except FxtrackError:
        return None


def _seen(config: Config) -> set[tuple[str, int]]:
    if not config.database.exists():
        return set()
    connection = connect_reader(config.database, 0)
    try:
        with store_errors(config.database):
            return set(connection.execute("SELECT location, size FROM files").fetchall())
    except StoreError:
        return set()  # of a version that had no such table
    finally:
        connection.close()


def _changed(file: PageFile) -> float:
    try:
        return max(file.mtime_ns / 1e9, os.stat(file.path).st_ctime)
    except OSError:
        return float("-inf")
