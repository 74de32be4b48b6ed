"""Requests an ingest as soon as pages appear in the pages folder; the schedule finds pages that it misses."""

import threading
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from watchfiles import Change, watch

from fxtrack.config.config import Config

_QUIET_MS = 500
"""Changes are reported once the folder has been quiet for this long: a page is not read while it is being written."""

_MOST_MS = 5_000
_MISSING_SECONDS = 1.0  # between checks for a missing folder
_RETRY_SECONDS = 60.0  # a folder that cannot be watched may be large, and every attempt costs a walk through it


def _matters(config: Config, path: str) -> bool:
    """Return whether a path may be a new page, or a new folder with pages in it.

    Pages of `fetch` and `backfill` do not count: these jobs ingest them. A new folder does, since pages that were
    written into it before it was watched cause no event.
    """
    place = Path(path)
    if any(place.is_relative_to(folder.resolve()) for folder in (config.live, config.archived)):
        return False
    try:
        parts = place.relative_to(config.pages.resolve()).parts
    except ValueError:
        return False
    if not parts or any(part.startswith(".") for part in parts):
        return False
    return place.is_dir() or any(fnmatch(parts[-1], pattern) for pattern in config.settings.ingest.include)


class Watcher:
    """Watches the pages folder, and any folder that takes its place, in its own thread until closed."""

    def __init__(self, config: Config, on_pages: Callable[[], None], on_watched: Callable[[str | None], None]) -> None:
        """Start to watch.

        Args:
            config: names the folder and the patterns of pages.
            on_pages: called when pages appear or change.
            on_watched: called with a reason when the folder cannot be watched, and with None when it can be again.
        """
        self._config, self._on_pages, self._on_watched = config, on_pages, on_watched
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="watcher", daemon=True).start()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()

    def _watch(self) -> None:
        reason: str | None = None
        unseen = False  # pages may have arrived unseen: with another folder, or before this one was watched
        while not self._closed.is_set():
            try:
                for changes in self._changes():
                    if reason is not None:
                        reason = None
                        self._on_watched(None)
                    if changes or unseen:
                        unseen = False
                        self._on_pages()
            except (OSError, RuntimeError) as error:
                found = f"{self._config.pages}: {getattr(error, 'strerror', None) or error}"
                if found != reason:
                    reason = found
                    self._on_watched(reason)
                self._closed.wait(_MISSING_SECONDS if isinstance(error, FileNotFoundError) else _RETRY_SECONDS)
            unseen = True

    def _changes(self) -> Iterator[set[tuple[Change, str]]]:
        """Yield sets of changes, and an empty one every second without any, until another folder takes the place.

        Raises:
            OSError, RuntimeError: the folder is missing, or cannot be watched.
        """
        folder = self._config.pages.resolve()
        watched = _identity(self._config.pages)

        def wanted(change: Change, path: str) -> bool:
            return path == str(folder) if change == Change.deleted else _matters(self._config, path)

        for changes in watch(
            folder, watch_filter=wanted, stop_event=self._closed, raise_interrupt=False, step=_QUIET_MS,
            debounce=_MOST_MS, rust_timeout=1000, yield_on_timeout=True, ignore_permission_denied=True,
        ):  # fmt: skip
            # the folder that takes the place of a removed one may have its inode number
            if (Change.deleted, str(folder)) in changes or _identity(self._config.pages) != watched:
                return
            yield changes


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino
