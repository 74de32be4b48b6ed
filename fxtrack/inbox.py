"""New pages in the folder shorten the wait for the next pass; what is missed here, the schedule finds."""

import threading
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

from watchfiles import Change, watch

from fxtrack.config import Config

_QUIET_MS = 500
"""Pages are taken in when the folder has been quiet for so long: one that is being written is not read half-way."""

_PATIENCE_MS = 5_000


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
    """Watches the pages folder in a thread of its own until closed."""

    def __init__(self, config: Config, on_pages: Callable[[], None], on_failure: Callable[[str], None]) -> None:
        """Begin.

        Args:
            config: says which folder and which names.
            on_pages: called when pages have appeared or changed.
            on_failure: called once with a reason if the folder cannot be watched, or no longer.
        """
        self._over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(config, on_pages, on_failure), name="inbox", daemon=True)
        thread.start()

    def close(self) -> None:
        """Stop to watch."""
        self._over.set()

    def _watch(self, config: Config, on_pages: Callable[[], None], on_failure: Callable[[str], None]) -> None:
        def wanted(change: Change, path: str) -> bool:
            return change != Change.deleted and _matters(config, path)

        try:
            for _changes in watch(
                config.pages.resolve(), watch_filter=wanted, stop_event=self._over, raise_interrupt=False,
                step=_QUIET_MS, debounce=_PATIENCE_MS, rust_timeout=1000, ignore_permission_denied=True,
            ):  # fmt: skip
                on_pages()
        except (OSError, RuntimeError) as error:
            on_failure(str(error))
