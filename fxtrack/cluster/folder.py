"""The folder that parts are written to: a file in it appears as a whole or not at all."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from fxtrack.errors import FxtrackError, NodeFault
from fxtrack.files import make_folder, sync
from fxtrack.limits import PART_READERS
from fxtrack.model.location import is_in_bucket
from fxtrack.pages.bucket import bucket_errors, bucket_system, key_of, reason_of

_LEFT_OVER_SECONDS = 86_400
_BEGUN = "_begun"


class PartFolder(Protocol):
    """A place for files, each named by a path of one folder and a name.

    Attributes:
        readers: threads with which to read many of its files.
    """

    readers: int

    def make(self) -> None:
        """Make the place if it does not exist.

        Raises:
            FxtrackError: it cannot be made or used.
        """

    def write(self, name: str, content: memoryview) -> None:
        """Write a file as a whole, in place of one with the same name.

        Raises:
            NodeFault: it cannot be written, which concerns every task.
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
    """A folder on disk, of this machine or shared.

    One thread reads it: CPython waits for ever for a thread that gets no memory when it starts.
    """

    readers = 1

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
            raise NodeFault(f"{target}: cannot be written: {error.strerror or error}") from error

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


class BucketFolder:
    """A place in a bucket. An object appears as a whole once it is closed."""

    readers = PART_READERS

    def __init__(self, url: str) -> None:
        """Take the place that ``s3://BUCKET/PREFIX`` names."""
        self._url, self._key = url, key_of(url)

    def make(self) -> None:
        """Do nothing: the first object makes the place."""

    def write(self, name: str, content: memoryview) -> None:
        """Write an object; `compression` would pack one whose name ends in ``.gz``."""
        try:
            with bucket_system().open_output_stream(f"{self._key}/{name}", compression=None) as stream:
                stream.write(content)
        except OSError as error:
            raise NodeFault(f"{self._url}/{name}: cannot be written: {reason_of(error)}") from error

    def read(self, name: str) -> bytes:
        """Return the content of an object."""
        with bucket_errors(f"{self._url}/{name}"), bucket_system().open_input_file(f"{self._key}/{name}") as opened:
            return opened.read()

    def names(self, folder: str) -> list[str]:
        """Return the names of the objects in a folder."""
        from pyarrow.fs import FileSelector, FileType

        with bucket_errors(self._url):
            found = bucket_system().get_file_info(FileSelector(f"{self._key}/{folder}", allow_not_found=True))
            bucket = self._key.partition("/")[0]
            if not found and bucket_system().get_file_info(bucket).type == FileType.NotFound:
                raise FxtrackError(f"{self._url}: no such bucket")
        return sorted(info.base_name for info in found if info.type == FileType.File)

    def has(self, name: str) -> bool:
        """Return whether an object exists."""
        from pyarrow.fs import FileType

        with bucket_errors(self._url):
            return bool(bucket_system().get_file_info(f"{self._key}/{name}").type == FileType.File)

    def remove(self, name: str) -> None:
        """Remove an object."""
        with suppress(OSError):
            bucket_system().delete_file(f"{self._key}/{name}")


def folder_at(target: str) -> PartFolder:
    """Return the folder at an absolute path, or in a bucket."""
    return BucketFolder(target.rstrip("/")) if is_in_bucket(target) else DiskFolder(Path(target))


def absolute_target(target: str) -> str:
    """Return the name of a folder of parts in the form that means the same in every process."""
    return target if is_in_bucket(target) else str(Path(target).absolute())


@contextmanager
def announced(folder: PartFolder) -> Iterator[str]:
    """Yield a token that lies in the folder meanwhile: a process that does not find it looks at another folder."""
    token = f"{_BEGUN}/{secrets.token_hex(12)}"
    folder.write(token, memoryview(b""))
    try:
        yield token
    finally:
        folder.remove(token)
