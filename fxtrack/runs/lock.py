"""Allows one service a database: it holds a locked file, with its process id inside, for as long as it lives.

The lock ends with the process, however that ends: a file left over without a lock means nothing and is taken over.
"""

import datetime as dt
import fcntl
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import structs

from fxtrack.config.config import Config
from fxtrack.errors import ServiceRunning, StoreError

_KIND = "service.lock"
_PATIENCE_SECONDS = 1.0
_RETRY_SECONDS = 0.02


class Holder(msgspec.Struct, frozen=True):
    """The holder of the lock: process id, start, and kind (``service``, ``restore``).

    `began` maps jobs whose schedule changed after `since` to the time of that change.
    """

    process: int
    since: dt.datetime
    what: str = "service"
    began: dict[str, dt.datetime] = {}


@dataclass(slots=True)
class ServiceLock:
    """The lock, held until closed. Use `ServiceLock.take`, as a context manager."""

    path: Path
    descriptor: int
    holder: Holder

    @classmethod
    def take(cls, config: Config, now: dt.datetime, what: str = "service") -> Self:
        """Take the lock of a configuration's database.

        Raises:
            ServiceRunning: another process holds it; the message names it.
            StoreError: the file cannot be created or written.
        """
        path = config.beside_writer(_KIND)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(f"{path}: cannot be opened: {error.strerror or error}") from error
        deadline = time.monotonic() + _PATIENCE_SECONDS  # a process that only asks holds the lock for a moment, too
        while not _lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                os.close(descriptor)
                holder = _read(path)
                who = f"process {holder.process} ({holder.what})" if holder else "another process"
                raise ServiceRunning(f"{config.writer}: {who} is at work on this database; stop it first")
            time.sleep(_RETRY_SECONDS)
        lock = cls(path, descriptor, Holder(os.getpid(), now, what))
        try:
            lock._write()
        except StoreError:
            os.close(descriptor)
            raise
        return lock

    def begin(self, jobs: Iterable[str], now: dt.datetime) -> None:
        """Note that the schedule of some jobs begins at `now`; the service cannot have started later than that.

        Raises:
            StoreError: it cannot be written.
        """
        holder = self.holder
        self.holder = structs.replace(
            holder, since=min(holder.since, now), began={**holder.began, **dict.fromkeys(jobs, now)}
        )
        self._write()

    def __enter__(self) -> Self:
        """Return the lock."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        os.close(self.descriptor)

    def _write(self) -> None:
        # one write over the old content, padded with blanks: a reader finds the old or the new content whole
        content = msgspec.json.encode(self.holder)
        try:
            os.pwrite(self.descriptor, content.ljust(os.fstat(self.descriptor).st_size), 0)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror or error}") from error


def holder(config: Config) -> Holder | None:
    """Return the holder of the lock of a configuration's database; None if it is free."""
    path = config.beside_writer(_KIND)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return None if _lock(descriptor, fcntl.LOCK_SH) else _read(path)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> Holder | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None
