"""Atomic files: write beside the target, sync, rename, sync the folder. Files of lines grow by whole lines.

A link stays a link: the file that it leads to is replaced, in its own folder.
"""

import datetime as dt
import errno
import fcntl
import glob
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fxtrack.errors import FxtrackError

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""The first bytes of what gzip and zstd packed."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path to write to. On success it replaces `target`, on any error it is removed.

    Temporary files of killed processes beside the target are removed first.

    Raises:
        FxtrackError: the target cannot be written; the previous file is still there.
    """
    real = real_path(target)
    temporary = real.with_name(f".{real.name}.{os.getpid()}.new")
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        remove_left_over(real)
        yield temporary
        sync(temporary)
        os.replace(temporary, real)
        sync(real.parent)
    except OSError as error:
        raise FxtrackError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            _discard(temporary)


def real_path(target: Path) -> Path:
    """Return the file that a path leads to, which need not exist.

    Raises:
        FxtrackError: it is a link to itself, or into a folder that is missing, as on a disk that is not mounted.
    """
    real = Path(os.path.realpath(target))
    if real.is_symlink():
        raise FxtrackError(f"{target}: a link that leads back to itself; remove it")
    if target.is_symlink() and not real.parent.is_dir():
        raise FxtrackError(f"{target}: a link into {real.parent}, which is missing; make it, or remove the link")
    return real


def log_of(database: Path) -> Path:
    """Return the path of a database's write-ahead log: changes that DuckDB has not written into the file yet."""
    return database.with_name(database.name + ".wal")


def write_whole(target: Path, content: bytes) -> None:
    """Replace the content of a file as a whole; after an error it has its previous content."""
    with replacing(target) as temporary:
        temporary.write_bytes(content)


def write_output(target: Path, content: bytes) -> None:
    """Write output to the place that the user named.

    Replaces a file as a whole and keeps its mode; writes into a device or a pipe. Makes no folder.

    Raises:
        FxtrackError: it cannot be written; a previous file is still there.
    """
    try:
        mode = target.stat().st_mode
    except OSError:
        mode = None  # no file yet, or the error recurs below
    if mode is None or stat.S_ISREG(mode):
        folder = real_path(target).parent
        if not folder.exists():
            raise FxtrackError(f"{target}: cannot be written: {folder} is no folder; make it first")
        with replacing(target) as temporary:
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


def append_line(descriptor: int, line: bytes) -> None:
    """Append a line in one write and wait until it is on disk.

    It begins a new line even where a crash cut the last one short. If it does not fit on the disk, it is taken back.

    Args:
        descriptor: of a file open for reading and appending, which no other process writes meanwhile.
        line: with its line feed.

    Raises:
        OSError: it cannot be written; the file is as before.
    """
    size = os.fstat(descriptor).st_size
    torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    whole = (b"\n" if torn else b"") + line
    try:
        if os.write(descriptor, whole) != len(whole):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301 -- as a write of nothing does
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def deny_others(path: Path) -> None:
    """Remove others' permission to write from a file, if it exists, grants it and belongs to this user."""
    with suppress(OSError):
        mode = path.stat().st_mode
        if mode & stat.S_IWOTH:
            path.chmod(stat.S_IMODE(mode) & ~stat.S_IWOTH)


def remove(path: Path) -> None:
    """Remove a file if it exists.

    Raises:
        FxtrackError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FxtrackError(f"{path}: cannot be removed: {error.strerror or error}") from error


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents, each synced to disk before the next is made in it.

    Raises:
        FxtrackError: the folder cannot be made.
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
    """Hold the lock of a folder: another process that asks for it waits.

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
    """Rename a file to a free name beside it that contains the time, and return that name."""
    aside = aside_name(path, now)
    path.rename(aside)
    return aside


def aside_name(path: Path, now: dt.datetime) -> Path:
    """Return a free name beside a file: ``NAME.20251208T120000Z.aside``, with a number if that is taken."""
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
    """Remove temporary files that killed processes left beside `target`; those of living processes stay."""
    target = real_path(target)
    for path in target.parent.glob(f".{glob.escape(target.name)}.*.new*"):
        writer = path.name.removeprefix(f".{target.name}.").partition(".")[0]
        if writer == str(os.getpid()) or not is_alive(writer):
            with suppress(OSError):
                path.unlink()


def _discard(temporary: Path) -> None:
    for path in (temporary, log_of(temporary)):  # an unfinished database has a log
        path.unlink(missing_ok=True)


def is_alive(process: str) -> bool:
    """Return whether a process with this id is alive."""
    try:
        os.kill(int(process), 0)  # signal 0 only checks
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    return True
