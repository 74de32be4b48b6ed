"""How many pages lie in the folder that the store does not know yet, as far as can be told without the store."""

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, StoreError
from fxtrack.pages.discover import PageFile, find_pages
from fxtrack.runs.facts import Facts, KnownFile
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
            for file in find_pages([config.pages], config.settings.ingest.include, config.root)
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
