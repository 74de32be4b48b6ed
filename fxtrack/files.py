"""Whole files or none: write beside the target, sync, rename, sync the folder."""

import datetime as dt
import fcntl
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fxtrack.errors import FxtrackError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path to write to; on success it takes the place of `target`, on any error it is removed.

    Raises:
        FxtrackError: the target cannot be written; what was there before is still there.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _discard(temporary)
        yield temporary
        sync(temporary)
        os.replace(temporary, target)
        sync(target.parent)
    except OSError as error:
        raise FxtrackError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            _discard(temporary)


def log_of(database: Path) -> Path:
    """Return where DuckDB keeps what it has not written into a database file yet."""
    return database.with_name(database.name + ".wal")


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it holds all of `content` or what it held before."""
    with replacing(target) as temporary:
        temporary.write_bytes(content)


def write_output(target: Path, content: bytes) -> None:
    """Write content to a place that somebody named.

    Replaces a file as a whole and keeps its mode, behind a link the file that it leads to; writes into a device or a
    pipe. Makes no folder.

    Raises:
        FxtrackError: it cannot be written; a file that was there before is still there.
    """
    try:
        mode = target.stat().st_mode
    except OSError:
        mode = None  # nothing is there yet, or what is wrong comes out below
    if mode is None or stat.S_ISREG(mode):
        file = Path(os.path.realpath(target))
        if not os.path.exists(file.parent):
            raise FxtrackError(f"{target}: cannot be written: {file.parent} is no folder; make it first")
        with replacing(file) as temporary:
            temporary.write_bytes(content)
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))
        return
    try:
        with target.open("wb") as opened:
            opened.write(content)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FxtrackError(f"{target}: cannot be written: {error.strerror or error}") from error


def remove(path: Path) -> None:
    """Remove a file if it is there.

    Raises:
        FxtrackError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FxtrackError(f"{path}: cannot be removed: {error.strerror or error}") from error


def make_folder(folder: Path) -> None:
    """Make a folder and those around it that are missing, each on disk before anything is put into it.

    Raises:
        FxtrackError: it cannot be made.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            sync(path.parent)
    except OSError as error:
        raise FxtrackError(f"{folder}: cannot be made: {error.strerror or error}") from error


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes that ask for the same folder out until done.

    Raises:
        FxtrackError: the folder cannot be made or opened.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise FxtrackError(f"{folder}: cannot be used: {error.strerror or error}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def quarantine(path: Path, now: dt.datetime) -> Path:
    """Rename a file to a free name beside it that says when, and return that name."""
    aside = aside_name(path, now)
    path.rename(aside)
    return aside


def aside_name(path: Path, now: dt.datetime) -> Path:
    """Return a free name beside a file: ``NAME.20251208T120000Z.aside``, with a number where that is taken."""
    stem = f"{path.name}.{now:%Y%m%dT%H%M%SZ}"
    names = (path.with_name(f"{stem}{'' if n == 1 else f'-{n}'}.aside") for n in itertools.count(1))
    return next(name for name in names if not os.path.lexists(name))


def sync(path: Path) -> None:
    """Wait until a file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_left_over(target: Path) -> None:
    """Remove what killed processes left beside `target`; what a living process is writing stays."""
    for path in target.parent.glob(f".{target.name}.*.new*"):
        writer = path.name.removeprefix(f".{target.name}.").partition(".")[0]
        if writer == str(os.getpid()) or not is_alive(writer):
            with suppress(OSError):
                path.unlink()


def _discard(temporary: Path) -> None:
    for path in (temporary, log_of(temporary)):  # a database that could not be finished has one
        path.unlink(missing_ok=True)


def is_alive(process: str) -> bool:
    """Tell whether a process of that id lives."""
    try:
        os.kill(int(process), 0)  # signal 0 only asks
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    return True
