"""What a backfill did, a line for each capture, on disk before the next one counts: it survives whatever ends the run.

The pages themselves are the truth: a capture is had when its file is there, whether or not the journal knows. What only
the journal knows is which digests can be trusted, and which captures the archive cannot give.

The file is JSON Lines (``.backfill.jsonl``, out of sight of ingest); a line that a crash cut short is passed over.
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
from fxtrack.files import make_folder, sync

NAME = ".backfill.jsonl"
KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of asking for a capture.

    Attributes:
        outcome: `KEPT`, or why there is nothing: missing, blocked, damaged, failed.
        digest: as the index lists it, if it was found to be that of the bytes received; else empty.
        detail: one line for a person.
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
        """Name the folder; nothing is opened yet."""
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
            size = os.fstat(self._descriptor).st_size
            if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
                os.write(self._descriptor, b"\n")  # a crash cut the last line short
        except BlockingIOError:
            os.close(self._descriptor)
            raise FxtrackError(f"{self._folder}: another backfill is at work there; wait until it is done") from None
        except OSError as error:
            raise FxtrackError(f"{self._path}: cannot be opened: {error.strerror or error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let others in."""
        os.close(self._descriptor)

    def write(self, entry: Entry) -> None:
        """Add a line and wait until it is on disk.

        Raises:
            FxtrackError: it cannot be written.
        """
        line = json.dumps(asdict(entry), ensure_ascii=True, separators=(",", ":")) + "\n"
        try:
            os.write(self._descriptor, line.encode("ascii"))
            os.fsync(self._descriptor)
        except OSError as error:
            raise FxtrackError(f"{self._path}: cannot be written: {error.strerror or error}") from error


def read_journal(folder: Path) -> Iterator[Entry]:
    """Yield what was written, oldest first; lines that are none are passed over, and no journal has none.

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


def _parsed(line: bytes) -> Entry | None:
    try:
        found: Any = json.loads(line)
        entry = Entry(**found)
    except (ValueError, TypeError, RecursionError):
        return None
    return entry if all(isinstance(value, str) for value in asdict(entry).values()) else None
