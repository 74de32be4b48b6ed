"""The one service of a database: a file that it holds locked for as long as it lives, with its process id in it.

The lock goes with the process, however that ends: a file that is left over says nothing, and stands in nobody's way.
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
    """Who holds the lock: process id, since when, and what it is (``service``, ``restore``).

    `began` says of which jobs the schedule is of later than `since`, and since when.
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
            ServiceRunning: another process has it; the message names it.
            StoreError: the file cannot be made or written.
        """
        path = config.beside_writer(_KIND)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(f"{path}: cannot be opened: {error.strerror or error}") from error
        deadline = time.monotonic() + _PATIENCE_SECONDS  # whoever only asks holds it for a moment, too
        while not _lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                os.close(descriptor)
                holder = _read(path)
                who = f"process {holder.process} ({holder.what})" if holder else "another process"
                raise ServiceRunning(f"{config.writer}: {who} is at work on this database; stop it first")
            time.sleep(_RETRY_SECONDS)
        lock = cls(path, descriptor, Holder(os.getpid(), now, what))
        try:
            lock._tell()
        except StoreError:
            os.close(descriptor)
            raise
        return lock

    def begin(self, jobs: Iterable[str], now: dt.datetime) -> None:
        """Say of some jobs that their schedule is of `now`. The service cannot have started later than that.

        Raises:
            StoreError: it cannot be written.
        """
        holder = self.holder
        self.holder = structs.replace(
            holder, since=min(holder.since, now), began={**holder.began, **dict.fromkeys(jobs, now)}
        )
        self._tell()

    def __enter__(self) -> Self:
        """Return the lock."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        os.close(self.descriptor)

    def _tell(self) -> None:
        # over what was there, at once, and blank where that was longer: whoever asks meanwhile finds one or the other
        content = msgspec.json.encode(self.holder)
        try:
            os.pwrite(self.descriptor, content.ljust(os.fstat(self.descriptor).st_size), 0)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror or error}") from error


def holder(config: Config) -> Holder | None:
    """Return who holds the lock of a configuration's database, None if nobody does."""
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
