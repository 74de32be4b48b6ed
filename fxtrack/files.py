"""Whole files or none: write beside the target, sync, rename, sync the folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fxtrack.errors import FxtrackError


@contextmanager
def replacing(target: Path, *, unless_there: bool = False) -> Iterator[Path]:
    """Yield a path to write to; on success it takes the place of `target`, on any error it is removed.

    Args:
        target: the file to be.
        unless_there: leave a target that came to be in the meantime, and drop what was written.

    Raises:
        FxtrackError: the target cannot be written; what was there before is still there.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            temporary.unlink()
        yield temporary
        sync(temporary)
        if unless_there:
            with suppress(FileExistsError):
                os.link(temporary, target)
        else:
            os.replace(temporary, target)
        sync(target.parent)
    except OSError as error:
        raise FxtrackError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it holds all of `content` or what it held before."""
    with replacing(target) as temporary:
        temporary.write_bytes(content)


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
        if writer == str(os.getpid()) or not _is_alive(writer):
            with suppress(OSError):
                path.unlink()


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)  # signal 0 only asks
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    return True
