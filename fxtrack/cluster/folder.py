"""The folder that parts are written to: a file in it appears as a whole or not at all."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from fxtrack.errors import FxtrackError
from fxtrack.files import make_folder, sync

_LEFT_OVER_SECONDS = 86_400
_BEGUN = "_begun"


class PartFolder(Protocol):
    """A place for files, each named by a path of one folder and a name."""

    def make(self) -> None:
        """Make the place if it does not exist.

        Raises:
            FxtrackError: it cannot be made or used.
        """

    def write(self, name: str, content: memoryview) -> None:
        """Write a file as a whole, in place of one with the same name.

        Raises:
            FxtrackError: it cannot be written.
        """

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            FxtrackError: it cannot be read.
        """

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted; none if there is no such folder.

        Raises:
            FxtrackError: it cannot be listed.
        """

    def has(self, name: str) -> bool:
        """Return whether a file exists."""

    def remove(self, name: str) -> None:
        """Remove a file, if it exists and can be removed."""


class DiskFolder:
    """A folder on disk, of this machine or shared."""

    def __init__(self, path: Path) -> None:
        """Take the folder at an absolute path."""
        self._path = path

    def make(self) -> None:
        """Make the folder, and remove temporary files that killed processes left in it long ago."""
        if self._path.exists() and not self._path.is_dir():
            raise FxtrackError(f"{self._path}: no folder; name one for the parts")
        make_folder(self._path)
        before = time.time() - _LEFT_OVER_SECONDS
        for left in self._path.glob("*/.*.new"):
            with suppress(OSError):
                if left.stat().st_mtime < before:
                    left.unlink()

    def write(self, name: str, content: memoryview) -> None:
        """Write a file under a temporary name that no other node uses, sync it, and rename it."""
        target = self._path / name
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.new")
        try:
            target.parent.mkdir(exist_ok=True)
            try:
                with temporary.open("xb") as opened:
                    opened.write(content)
                    opened.flush()
                    os.fsync(opened.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
            sync(target.parent)
        except OSError as error:
            raise FxtrackError(f"{target}: cannot be written: {error.strerror or error}") from error

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        try:
            return (self._path / name).read_bytes()
        except OSError as error:
            raise FxtrackError(f"{self._path / name}: cannot be read: {error.strerror or error}") from error

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, without temporary ones."""
        try:
            return sorted(name for name in os.listdir(self._path / folder) if not name.startswith("."))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise FxtrackError(f"{self._path / folder}: cannot be listed: {error.strerror or error}") from error

    def has(self, name: str) -> bool:
        """Return whether a file exists."""
        return (self._path / name).exists()

    def remove(self, name: str) -> None:
        """Remove a file."""
        with suppress(OSError):
            (self._path / name).unlink()


def folder_at(target: str) -> PartFolder:
    """Return the folder at an absolute path."""
    return DiskFolder(Path(target))


def absolute_target(target: str) -> str:
    """Return the name of a folder of parts in the form that means the same in every process."""
    return str(Path(target).absolute())


@contextmanager
def announced(folder: PartFolder) -> Iterator[str]:
    """Yield a token that lies in the folder meanwhile: a process that does not find it looks at another folder."""
    token = f"{_BEGUN}/{secrets.token_hex(12)}"
    folder.write(token, memoryview(b""))
    try:
        yield token
    finally:
        folder.remove(token)
