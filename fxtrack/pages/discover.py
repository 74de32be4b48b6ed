"""Lists captured pages on disk and reads their bytes."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from fxtrack.errors import PageError
from fxtrack.limits import BUCKET_BLOCK_BYTES
from fxtrack.model.location import is_in_bucket, location_of, readable
from fxtrack.model.page import PageFile

LEADS_OUT = "a link that leads out of the pages folder; to read such links, set ingest.follow_links = true"
_CHUNK_BYTES = 64 * 1024
_FILE, _LINK, _FOLDER = range(3)


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A path that cannot be listed, is no file or must not be read, and the reason."""

    location: str
    reason: str


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A file in a folder whose name matches no pattern of pages."""

    location: str


FilePath = Path | str
"""A path of this machine, or the name of a place in a bucket as text."""


def file_path(text: str) -> FilePath:
    """Return the path that a person has typed."""
    return text if is_in_bucket(text) else Path(text)


def absolute_path(path: FilePath) -> FilePath:
    """Return a path that means the same in every process."""
    return path if isinstance(path, str) else path.absolute()


def find_pages(
    paths: Sequence[FilePath], include: tuple[str, ...], root: Path, link_folders: Sequence[Path] | None = ()
) -> Iterator[PageFile | OtherFile | UnreadableFile]:
    """List page files below `paths`, in sorted order, folder by folder.

    A path that is a file is a page whatever its name. In folders only names that match a pattern of `include` are
    pages, and hidden names are skipped. Links to folders are not followed, so no loop can arise.

    Args:
        paths: files and folders.
        include: shell patterns of the names of pages.
        root: the configuration's folder, which locations are relative to.
        link_folders: where links in a folder may lead to besides the folder itself; None for anywhere.

    Raises:
        PageError: one of `paths` does not exist.
    """
    check_paths(paths)
    for path in paths:
        if isinstance(path, str):
            yield from _in_bucket(path, include)
        elif path.is_dir():
            yield from _walk(path, include, root, link_folders)
        else:
            yield _page_file(os.fspath(path), location_of(os.fspath(path), root))


def check_paths(paths: Sequence[FilePath], hint: str = "") -> None:
    """Check that paths exist.

    Raises:
        PageError: one of them does not; the message ends with `hint`, which says where the path is set.
    """
    for path in paths:
        if isinstance(path, str):
            from fxtrack.pages.bucket import key_of

            key_of(path)
            continue  # the listing says whether it exists
        try:
            path.stat()
        except OSError as error:
            reason = "no such file or folder" if isinstance(error, FileNotFoundError) else error.strerror
            raise PageError(f"{path}: {reason}{hint}") from error


def bytes_of(
    paths: Sequence[FilePath], include: tuple[str, ...], root: Path, link_folders: Sequence[Path] | None = ()
) -> int:
    """Return the size of all page files below `paths`, bytes; arguments and errors are those of `find_pages`."""
    return sum(entry.size for entry in find_pages(paths, include, root, link_folders) if isinstance(entry, PageFile))


def leads_out(path: str | Path, folders: Sequence[Path], link_folders: Sequence[Path] | None) -> bool:
    """Return whether a path leads outside all these folders; False if links may lead anywhere."""
    if link_folders is None:
        return False
    target = os.path.realpath(path)
    inside = (os.path.realpath(folder) for folder in (*folders, *link_folders))
    return not any(target.startswith(folder.rstrip(os.sep) + os.sep) for folder in inside)


def file_now(file: PageFile) -> PageFile:
    """Return a listed file with its present size and time of change.

    Raises:
        PageError: it cannot be found.
    """
    if is_in_bucket(file.path):
        from fxtrack.pages.bucket import bucket_file

        found = bucket_file(file.path)
        if found is None:
            raise PageError("no such file in the bucket")
        return found
    try:
        status = os.stat(file.path)
    except OSError as error:
        raise PageError(error.strerror or str(error)) from error
    return file._replace(size=status.st_size, mtime_ns=status.st_mtime_ns)


def read_page_file(page: PageFile, max_bytes: int) -> bytes:
    """Return the bytes of a page.

    Raises:
        PageError: the file cannot be read, or holds more than `max_bytes`.
    """
    if is_in_bucket(page.path):
        return _read_bucket_file(page, max_bytes)
    chunks = []
    held = 0
    try:
        # a pipe that took the place of the file must not block
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
                if held == page.size:  # a short read of a regular file is the end
                    break
                wanted = page.size + 1 - held if held <= page.size else _CHUNK_BYTES
        finally:
            os.close(descriptor)
    except OSError as error:
        raise PageError(f"cannot be read: {error.strerror or error}") from error
    if held > max_bytes:
        raise PageError(f"over the limit of {max_bytes:,} bytes (ingest.max_page_bytes)")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _read_bucket_file(page: PageFile, max_bytes: int) -> bytes:
    from fxtrack.pages.bucket import open_bucket_file

    try:
        with open_bucket_file(page.path, BUCKET_BLOCK_BYTES) as (opened, size):
            if size > max_bytes:
                raise PageError(f"{size:,} bytes, over the limit of {max_bytes:,} (ingest.max_page_bytes)")
            return opened.read(size)
    except OSError as error:
        raise PageError(f"cannot be read: {error.strerror or error}") from error


def _in_bucket(url: str, include: tuple[str, ...]) -> Iterator[PageFile | OtherFile]:
    from fxtrack.pages.bucket import find_in_bucket

    is_page = re.compile("|".join(map(translate, include))).match
    inside = url.rstrip("/") + "/"
    for file in find_in_bucket(url):
        names = file.path.removeprefix(inside).split("/")
        if file.path != url and any(name.startswith(".") for name in names):
            continue
        yield file if file.path == url or is_page(names[-1]) else OtherFile(file.location)


def _walk(
    folder: Path, include: tuple[str, ...], root: Path, link_folders: Sequence[Path] | None
) -> Iterator[PageFile | OtherFile | UnreadableFile]:
    is_page = re.compile("|".join(map(translate, include))).match
    # a stack, since folders may nest deeper than calls can
    waiting = [(os.fspath(folder), location_of(os.fspath(folder), root), _FOLDER)]
    while waiting:
        path, location, kind = waiting.pop()
        if kind == _FOLDER:
            try:
                with os.scandir(path) as listed:
                    entries = [(entry.name, _kind(entry)) for entry in listed if not entry.name.startswith(".")]
            except OSError as error:
                yield UnreadableFile(location, f"cannot be listed: {error.strerror or error}")
                continue
            entries.sort(reverse=True)
            inside = "" if location == "." else location + "/"
            waiting += [(f"{path}{os.sep}{name}", inside + readable(name), kind) for name, kind in entries]
        elif not is_page(os.path.basename(path)):
            yield OtherFile(location)
        else:
            page = _page_file(path, location)
            refused = kind == _LINK and isinstance(page, PageFile) and leads_out(path, [folder], link_folders)
            yield UnreadableFile(location, LEADS_OUT) if refused else page


def _kind(entry: os.DirEntry[str]) -> int:
    try:
        return _FOLDER if entry.is_dir(follow_symlinks=False) else _LINK if entry.is_symlink() else _FILE
    except OSError:  # it has disappeared; reading it reports that
        return _FILE


def _page_file(path: str, location: str) -> PageFile | UnreadableFile:
    try:
        found = os.stat(path)
    except OSError as error:
        return UnreadableFile(location, f"cannot be read: {error.strerror or error}")
    if not stat.S_ISREG(found.st_mode):
        return UnreadableFile(location, "not a regular file")
    return PageFile(path, location, found.st_size, found.st_mtime_ns)
