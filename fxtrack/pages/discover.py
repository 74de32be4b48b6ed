"""Captured pages on disk: find them, and read the ones that are wanted."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from fxtrack.errors import PageError
from fxtrack.model.location import location_of, readable
from fxtrack.model.page import PageFile

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A path that cannot be listed or is no file, and why."""

    location: str
    reason: str


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A file in a folder whose name is not that of a page."""

    location: str


def find_pages(
    paths: Sequence[Path], include: tuple[str, ...], root: Path
) -> Iterator[PageFile | OtherFile | UnreadableFile]:
    """List page files below `paths`, in sorted order, folder by folder.

    A file that is named itself is taken whatever its name; in folders only names that match a pattern of `include` are
    pages, and hidden names are passed over. Links to folders are not followed, so no loop can arise.

    Raises:
        PageError: one of `paths` does not exist.
    """
    check_paths(paths)
    for path in paths:
        if path.is_dir():
            yield from _walk(os.fspath(path), include, root)
        else:
            yield _page_file(os.fspath(path), location_of(os.fspath(path), root))


def check_paths(paths: Sequence[Path], hint: str = "") -> None:
    """Refuse paths that are not there.

    Raises:
        PageError: one of them is not; `hint` says where it came from.
    """
    for path in paths:
        try:
            path.stat()
        except OSError as error:
            reason = "no such file or folder" if isinstance(error, FileNotFoundError) else error.strerror
            raise PageError(f"{path}: {reason}{hint}") from error


def bytes_of(paths: Sequence[Path], include: tuple[str, ...], root: Path) -> int:
    """Return the size of all pages below `paths`, as they lie on disk."""
    return sum(entry.size for entry in find_pages(paths, include, root) if isinstance(entry, PageFile))


def read_page(page: PageFile, max_bytes: int) -> bytes:
    """Return the bytes of a page.

    Raises:
        PageError: the file cannot be read, or holds more than `max_bytes`.
    """
    chunks = []
    held = 0
    try:
        # not to wait for a pipe that took the place of the file
        descriptor = os.open(page.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PageError("not a regular file")
            if page.size > max_bytes:
                raise PageError(f"{page.size:,} bytes, over the limit of {max_bytes:,} (ingest.max_page_bytes)")
            wanted = page.size + 1
            while held <= max_bytes and (chunk := os.read(descriptor, wanted)):
                chunks.append(chunk)
                held += len(chunk)
                if held == page.size:  # less came than was asked for: of a regular file that is all
                    break
                wanted = page.size + 1 - held if held <= page.size else _CHUNK_BYTES
        finally:
            os.close(descriptor)
    except OSError as error:
        raise PageError(f"cannot be read: {error.strerror or error}") from error
    if held > max_bytes:
        raise PageError(f"over the limit of {max_bytes:,} bytes (ingest.max_page_bytes)")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _walk(folder: str, include: tuple[str, ...], root: Path) -> Iterator[PageFile | OtherFile | UnreadableFile]:
    is_page = re.compile("|".join(map(translate, include))).match
    waiting = [(folder, location_of(folder, root), True)]  # a stack, since folders may nest deeper than calls can
    while waiting:
        path, location, is_folder = waiting.pop()
        if is_folder:
            try:
                with os.scandir(path) as listed:
                    entries = [(entry.name, _is_folder(entry)) for entry in listed if not entry.name.startswith(".")]
            except OSError as error:
                yield UnreadableFile(location, f"cannot be listed: {error.strerror or error}")
                continue
            entries.sort(reverse=True)
            inside = "" if location == "." else location + "/"
            waiting += [(f"{path}{os.sep}{name}", inside + readable(name), is_one) for name, is_one in entries]
        elif is_page(os.path.basename(path)):
            yield _page_file(path, location)
        else:
            yield OtherFile(location)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # it is gone again, which whoever looks at it will find
        return False


def _page_file(path: str, location: str) -> PageFile | UnreadableFile:
    try:
        found = os.stat(path)
    except OSError as error:
        return UnreadableFile(location, f"cannot be read: {error.strerror or error}")
    if not stat.S_ISREG(found.st_mode):
        return UnreadableFile(location, "not a regular file")
    return PageFile(path, location, found.st_size, found.st_mtime_ns)
