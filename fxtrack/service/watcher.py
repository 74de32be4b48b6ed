"""New pages in the folder shorten the wait for the next pass; what is missed here, the schedule finds."""

import threading
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from watchfiles import Change, watch

from fxtrack.config.config import Config

_QUIET_MS = 500
"""Pages are taken in when the folder has been quiet for so long: one that is being written is not read half-way."""

_PATIENCE_MS = 5_000
_LOOK_SECONDS = 1.0  # whether a folder is there that was missing
_AGAIN_SECONDS = 60.0  # what cannot be watched may have so many folders that to try costs


def _matters(config: Config, path: str) -> bool:
    """Tell whether a path may be somebody's new page, or a folder that came with pages in it.

    `fetch` and `backfill` take in their own themselves. What is put into a new folder before that is watched, too, is
    noticed by the folder only.
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


class Inbox:
    """Watches the pages folder in a thread of its own until closed, and whatever folder takes its place."""

    def __init__(self, config: Config, on_pages: Callable[[], None], on_watched: Callable[[str | None], None]) -> None:
        """Begin.

        Args:
            config: says which folder and which names.
            on_pages: called when pages have appeared or changed.
            on_watched: called with a reason when the folder cannot be watched, and with None when it is again.
        """
        self._config, self._on_pages, self._on_watched = config, on_pages, on_watched
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="inbox", daemon=True).start()

    def close(self) -> None:
        """Stop to watch."""
        self._over.set()

    def _watch(self) -> None:
        reason: str | None = None
        unseen = False  # pages may have come that nobody saw: with another folder, or before it was watched
        while not self._over.is_set():
            try:
                for changes in self._looks():
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
                self._over.wait(_LOOK_SECONDS if isinstance(error, FileNotFoundError) else _AGAIN_SECONDS)
            unseen = True

    def _looks(self) -> Iterator[set[tuple[Change, str]]]:
        """Yield what changed, or now and then that nothing did, for as long as it is the same folder.

        Raises:
            OSError, RuntimeError: it is not there, or cannot be watched. To watch what is not there is no error itself.
        """
        folder = self._config.pages.resolve()
        watched = _identity(self._config.pages)

        def wanted(change: Change, path: str) -> bool:
            return path == str(folder) if change == Change.deleted else _matters(self._config, path)

        for changes in watch(
            folder, watch_filter=wanted, stop_event=self._over, raise_interrupt=False, step=_QUIET_MS,
            debounce=_PATIENCE_MS, rust_timeout=1000, yield_on_timeout=True, ignore_permission_denied=True,
        ):  # fmt: skip
            # a folder that is removed may leave its number to the one that takes its place
            if (Change.deleted, str(folder)) in changes or _identity(self._config.pages) != watched:
                return
            yield changes


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino
