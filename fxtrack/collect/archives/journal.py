"""The journal of a backfill: one line for each capture, on disk before the next capture counts.

A capture is kept if its file exists, whether or not the journal names it. Only the journal records which digests can be
trusted, and which captures the archive does not deliver.

The file is JSON Lines (``.backfill.jsonl``, a hidden name, so that ingest skips it); incomplete lines are skipped.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fxtrack.errors import FxtrackError
from fxtrack.files import append_line, make_folder, sync

NAME = ".backfill.jsonl"
KEPT = "kept"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """The result of one capture.

    Attributes:
        outcome: `KEPT`, or why the archive delivers none: missing, blocked, damaged, failed.
        digest: as the index lists it, if it is that of the bytes received; else empty.
        detail: one line for people.
    """

    archive: str
    stamp: str
    uri: str
    outcome: str
    digest: str = ""
    detail: str = ""


class Journal:
    """The journal of one source's folder, written by one process at a time. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Set the folder; nothing is opened yet."""
        self._folder = folder
        self._path = folder / NAME
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Open the journal.

        Raises:
            FxtrackError: it cannot be opened, or another process writes it.
        """
        make_folder(self._folder)
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
            sync(self._folder)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise FxtrackError(f"{self._folder}: another backfill is at work there; wait until it is done") from None
        except OSError as error:
            raise FxtrackError(f"{self._path}: cannot be opened: {error.strerror or error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the journal."""
        os.close(self._descriptor)

    def write(self, entry: JournalEntry) -> None:
        """Add a line and wait until it is on disk.

        Raises:
            FxtrackError: it cannot be written.
        """
        line = json.dumps(asdict(entry), ensure_ascii=True, separators=(",", ":")) + "\n"
        try:
            append_line(self._descriptor, line.encode("ascii"))
        except OSError as error:
            raise FxtrackError(f"{self._path}: cannot be written: {error.strerror or error}") from error


def read_journal(folder: Path) -> Iterator[JournalEntry]:
    """Yield the entries of a folder's journal, oldest first; invalid lines are skipped.

    Raises:
        FxtrackError: it cannot be read.
    """
    path = folder / NAME
    try:
        with open(path, "rb") as file:
            for line in file:
                entry = _parsed(line)
                if entry is not None:
                    yield entry
    except FileNotFoundError:
        return
    except OSError as error:
        raise FxtrackError(f"{path}: cannot be read: {error.strerror or error}") from error


def _parsed(line: bytes) -> JournalEntry | None:
    try:
        found: Any = json.loads(line)
        entry = JournalEntry(**found)
    except (ValueError, TypeError, RecursionError):
        return None
    return entry if all(isinstance(value, str) for value in asdict(entry).values()) else None
