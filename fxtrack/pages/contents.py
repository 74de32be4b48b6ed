"""A file in, the pages in it out: one page, plain or packed, or the records of an archive. A bad one is a value."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.errors import PageError
from fxtrack.limits import ARCHIVE_HEADER_BYTES
from fxtrack.model.location import location_of, path_of, split_location
from fxtrack.model.page import Page, PageFile
from fxtrack.pages.discover import read_page

if TYPE_CHECKING:
    from fxtrack.pages.http_payload import SkipReason
    from fxtrack.pages.warc import Record

_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_ARCHIVE_ENDS = tuple(f".{kind}{packing}" for kind in ("warc", "wet") for packing in ("", ".gz", ".zst"))
NO_SOURCE = "no source in the configuration has a pattern that matches it"


class SourcedPage(NamedTuple):
    """A page and the source it belongs to."""

    page: Page
    source: Source


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A place that should hold a page and cannot be read, and why."""

    location: str
    reason: str


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record of an archive that is no capture of a page, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an archive: from one record up to another, or to the end; and how many records lie before it."""

    start: int
    stop: int | None
    records: int = 0


@dataclass(frozen=True, slots=True)
class UnsoundSection:
    """A section is damaged, or does not end where the next begins: from its start on, the archive is read as one."""


Found = SourcedPage | UnreadableRecord | SkippedRecord | UnsoundSection


def pages_in(file: PageFile, config: Config, section: Section | None = None) -> Iterator[Found]:
    """Yield what a file holds, in order; of an archive that is read in sections, what one of them holds.

    Raises:
        PageError: nothing of it can be read, or no source claims it.
    """
    if not config.takes(file.location):
        raise PageError(NO_SOURCE)
    if section or _is_archive(file):
        yield from _records(file, config, section or Section(0, None))
        return
    page = _single(file, config.settings.ingest.max_page_bytes)
    source = config.source_of(file.location, page.uri)
    if source is None:
        raise PageError(NO_SOURCE)
    yield SourcedPage(page, source)


def sections_of(file: PageFile, config: Config, size: int) -> list[int]:
    """Return where a file can be parted so that its parts, of about `size` bytes, can be read side by side.

    Returns:
        Offsets of records, the first of them 0; empty for a file that is read as a whole.
    """
    if not config.takes(file.location) or not _is_archive(file):
        return []
    from fxtrack.pages.warc_packing import layout_of

    starts = [0]
    with _open(file) as opened:
        layout = layout_of(opened, file.size)
        if not layout.can_be_entered:
            return []
        while starts[-1] + 2 * size <= file.size and (start := layout.find(starts[-1] + size)):
            starts.append(start)
    return starts if len(starts) > 1 else []


def page_at(location: str, config: Config) -> Page:
    """Read a stored capture again from its location.

    Raises:
        PageError: what was there is gone or cannot be read.
    """
    file, offset = split_location(location, config.root)
    if offset is not None:
        return _record_at(_listed(config, file), offset, config)
    return _single(_listed(config, file), config.settings.ingest.max_page_bytes)


def _listed(config: Config, location: str) -> PageFile:
    path = path_of(location, config.root)
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PageError(f"{reason}; the file is no longer where it was read") from None
    return PageFile(os.fspath(path), location_of(os.fspath(path), config.root), found.st_size, found.st_mtime_ns)


def _single(file: PageFile, max_bytes: int) -> Page:
    data = read_page(file, max_bytes)
    if data.startswith(_PACKED[0]):
        from fxtrack.pages.http_payload import gunzip

        data = gunzip(data, max_bytes)
        if data.startswith(_PACKED[0]):
            raise PageError("gzip within gzip, which is not unpacked")
    plain = file.location.lower().removesuffix(".gz")
    html = plain.endswith((".html", ".htm", ".xhtml"))
    return Page(file.location, data, media_type="text/html" if html else None)


def is_archive_at(location: str, config: Config) -> bool:
    """Tell whether a location is a whole archive, and so no page."""
    return _is_archive(_listed(config, location))


def _is_archive(file: PageFile) -> bool:
    """Tell whether a file is an archive: by its name, or by its beginning where the name says nothing else."""
    name = file.location.lower()
    if name.endswith(_ARCHIVE_ENDS):
        return True
    if name.endswith((".txt", ".html", ".htm")):
        return False
    try:
        with _open(file) as opened:
            head = opened.read(4096)
    except PageError:
        return False  # reading it as a page says why
    if not head.startswith((*_PACKED, b"WARC/")):
        return False
    from fxtrack.pages.warc_packing import is_archive

    return is_archive(head)


def _records(file: PageFile, config: Config, section: Section) -> Iterator[Found]:
    from fxtrack.pages.http_payload import SkipReason, is_capture
    from fxtrack.pages.warc import Damage, Record, read_records, read_section
    from fxtrack.pages.warc_packing import layout_of

    most = config.settings.ingest.max_page_bytes
    sources: dict[int, Source] = {}

    def wants(record: Record) -> int:
        source = config.source_of(file.location, record.uri) if is_capture(record) else None
        if source is None:
            return 0
        sources[record.offset] = source
        return most + ARCHIVE_HEADER_BYTES

    with _open(file) as opened:
        size = os.fstat(opened.fileno()).st_size
        layout = layout_of(opened, size)
        items: Iterator[Record | Damage | None] = (
            read_records(layout, wants, section.start, section.records)
            if section.stop is None
            else read_section(layout, wants, section.start, section.stop)
        )
        for item in items:
            if item is None:
                yield UnsoundSection()
                return
            location = f"{file.location}#{item.offset}"
            if isinstance(item, Damage):
                yield UnreadableRecord(location, item.reason)
                continue
            source = sources.pop(item.offset, None)
            if source is None:
                yield SkippedRecord(SkipReason.FOREIGN if is_capture(item) else SkipReason.OTHER)
                continue
            try:
                page = _page_of(item, location, most)
            except PageError as error:
                yield UnreadableRecord(location, str(error))
                continue
            yield SkippedRecord(page) if isinstance(page, str) else SourcedPage(page, source)


def _page_of(record: "Record", location: str, most: int) -> "Page | SkipReason":
    from fxtrack.pages.http_payload import captured_at, is_too_long, over_limit, payload_of

    if record.segment:
        raise PageError("a capture in several segments, which are not put together")
    if record.block is None:
        if reason := is_too_long(record):
            return reason
        raise over_limit(most)
    payload = payload_of(record, most)
    if isinstance(payload, str):
        return payload
    return Page(location, payload.data, record.uri, captured_at(record), payload.media_type, payload.charset)


def _record_at(file: PageFile, offset: int, config: Config) -> Page:
    from fxtrack.pages.warc import Record, read_records
    from fxtrack.pages.warc_packing import layout_of

    most = config.settings.ingest.max_page_bytes
    gone = PageError("no page is there any more; the archive has changed since it was read")
    with _open(file) as opened:
        layout = layout_of(opened, file.size)
        start = 0 if layout.unpacked else offset
        wants = most + ARCHIVE_HEADER_BYTES
        for item in read_records(layout, lambda record: wants if record.offset == offset else 0, start):
            if item.offset < offset:
                continue
            if not isinstance(item, Record) or item.offset > offset:
                raise gone
            page = _page_of(item, f"{file.location}#{offset}", most)
            if isinstance(page, str):
                raise gone
            return page
    raise gone


@contextmanager
def _open(file: PageFile) -> Iterator[BinaryIO]:
    """Open a regular file for as long as the context lasts.

    Raises:
        PageError: it cannot be opened, or what is done within cannot read it.
    """
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK)  # not to wait for a pipe in its place
        with open(descriptor, "rb", buffering=0) as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PageError("not a regular file")
            yield opened
    except OSError as error:
        raise PageError(f"cannot be read: {error.strerror or error}") from error
