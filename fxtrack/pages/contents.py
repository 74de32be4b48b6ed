"""Yields the pages of a file: one page, plain or compressed, or the records of a WARC file. A bad page is a value."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from fxtrack.config.config import Config
from fxtrack.config.settings import WARC_ENDINGS
from fxtrack.config.source import Source
from fxtrack.errors import PageError
from fxtrack.files import GZIP, ZSTD
from fxtrack.limits import BUCKET_BLOCK_BYTES, BUCKET_PAGE_BYTES, WARC_HEADER_BYTES
from fxtrack.model.location import is_in_bucket, location_of, path_of, split_location, warc_file_name
from fxtrack.model.page import Page, PageFile
from fxtrack.pages.discover import LEADS_OUT, leads_out, read_page_file

if TYPE_CHECKING:
    from fxtrack.pages.http_payload import SkipReason
    from fxtrack.pages.warc import Record

NO_SOURCE = "no source in the configuration has a pattern that matches it"


class SourcedPage(NamedTuple):
    """A page and the source it belongs to."""

    page: Page
    source: Source


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """An unreadable place in a WARC file, and the reason."""

    location: str
    reason: str


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record of a WARC file without a page of a source, and the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a WARC file.

    Attributes:
        start: the offset of its first record.
        stop: the offset of the first record behind it; None for the end of the file.
        records: how many records come before it.
    """

    start: int
    stop: int | None
    records: int = 0


@dataclass(frozen=True, slots=True)
class UnsoundSection:
    """A section is damaged, or does not end where the next begins: from its start on, the file is read as one."""


Found = SourcedPage | UnreadableRecord | SkippedRecord | UnsoundSection


def pages_in(
    file: PageFile, config: Config, section: Section | None = None, offsets: Sequence[int] = ()
) -> Iterator[Found]:
    """Yield the content of a file in order: pages with their sources, unreadable places and skipped records.

    Args:
        file: a page or a WARC file.
        config: names the sources and the limits.
        section: the part of a WARC file to read; all of it by default.
        offsets: of the only records of a WARC file to read, ascending; all by default.

    Raises:
        PageError: no part of it can be read, or it belongs to no source.
    """
    if not config.takes(file.location):
        raise PageError(NO_SOURCE)
    if section or offsets or _is_warc(file):
        yield from _records(file, config, section or Section(0, None), offsets)
        return
    page = _single(file, config.settings.ingest.max_page_bytes)
    source = config.source_of(file.location, page.uri)
    if source is None:
        raise PageError(NO_SOURCE)
    yield SourcedPage(page, source)


def sections_of(file: PageFile, config: Config, size: int) -> list[int]:
    """Return the offsets that divide a file into sections of about `size` bytes, to be read side by side.

    Returns:
        Offsets of records, the first of them 0; empty for a file that is read as a whole.

    Raises:
        PageError: the file cannot be read.
    """
    if not config.takes(file.location) or not _is_warc(file):
        return []
    from fxtrack.pages.warc_packing import packing_of

    starts = [0]
    with _open(file) as (opened, _):
        packing = packing_of(opened, file.size)
        if not packing.can_be_entered:
            return []
        while starts[-1] + 2 * size <= file.size and (start := packing.find(starts[-1] + size)):
            starts.append(start)
    return starts if len(starts) > 1 else []


def page_at(location: str, config: Config) -> Page:
    """Read the page of a stored capture again from its location.

    Raises:
        PageError: it is gone, cannot be read, or lies behind a link that is not followed.
    """
    file, offset = split_location(location, config.root)
    if offset is not None:
        return _record_at(_listed(config, file), offset, config)
    return _single(_listed(config, file), config.settings.ingest.max_page_bytes)


def exists_at(location: str, config: Config) -> bool:
    """Return whether the file of a location exists; a bucket that does not answer may hold it."""
    if is_in_bucket(location):
        from fxtrack.pages.bucket import bucket_file

        try:
            return bucket_file(location) is not None
        except PageError:
            return True
    return path_of(location, config.root).exists()


def size_at(location: str, config: Config) -> int:
    """Return the size of the file of a location, bytes.

    Raises:
        PageError: it is gone.
    """
    return _listed(config, location).size


def _listed(config: Config, location: str) -> PageFile:
    if is_in_bucket(location):
        from fxtrack.pages.bucket import bucket_file

        file = bucket_file(location)
        if file is None:
            raise PageError("no such file in the bucket; the file is no longer where it was read")
        return file
    path = path_of(location, config.root)
    try:
        found = path.stat()
        if path.is_symlink() and path.is_relative_to(config.pages) and leads_out(path, [], config.link_folders):
            raise PageError(LEADS_OUT)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PageError(f"{reason}; the file has moved since it was read") from None
    return PageFile(os.fspath(path), location_of(os.fspath(path), config.root), found.st_size, found.st_mtime_ns)


def _single(file: PageFile, max_bytes: int) -> Page:
    data = read_page_file(file, max_bytes)
    if data.startswith(GZIP):
        from fxtrack.pages.codings import gunzip

        data = gunzip(data, max_bytes)
        if data.startswith(GZIP):
            raise PageError("gzip within gzip, which is not unpacked")
    plain = file.location.lower().removesuffix(".gz")
    html = plain.endswith((".html", ".htm", ".xhtml"))
    return Page(file.location, data, media_type="text/html" if html else None)


def is_warc_at(location: str, config: Config) -> bool:
    """Return whether a location is a whole WARC file, not a page."""
    return _is_warc(_listed(config, location))


def has_warc_name(name: str) -> bool:
    """Return whether a name ends as those of WARC files do."""
    return name.lower().endswith(WARC_ENDINGS)


def _is_warc(file: PageFile) -> bool:
    """Return whether a file is a WARC file, by its name or, if the name is ambiguous, by its beginning."""
    name = file.location.lower()
    if has_warc_name(name):
        return True
    if name.endswith((".txt", ".html", ".htm")):
        return False
    try:
        with _open(file) as (opened, _):
            head = opened.read(4096)
    except PageError:
        return False  # reading it as a page reports the reason
    if not head.startswith((GZIP, ZSTD, b"WARC/")):
        return False
    from fxtrack.pages.warc_packing import is_warc

    return is_warc(head)


def _records(file: PageFile, config: Config, section: Section, offsets: Sequence[int]) -> Iterator[Found]:
    from fxtrack.pages.http_payload import SkipReason, can_hold_page
    from fxtrack.pages.warc import Damage, Record, read_at, read_records, read_section
    from fxtrack.pages.warc_packing import packing_of

    most = config.settings.ingest.max_page_bytes
    foreign, other = SkippedRecord(SkipReason.FOREIGN), SkippedRecord(SkipReason.OTHER)
    sources: dict[int, Source] = {}
    source_by = config.sources_at(file.location)

    def wants(record: Record) -> int:
        source = source_by(record.uri) if can_hold_page(record) else None
        if source is None:
            return 0
        sources[record.offset] = source
        return most + WARC_HEADER_BYTES

    with _open(file, BUCKET_PAGE_BYTES if offsets else BUCKET_BLOCK_BYTES) as (opened, size):
        packing = packing_of(opened, size)
        items: Iterator[Record | Damage | None]
        if offsets:
            items = read_at(packing, wants, offsets)
        elif section.stop is None:
            items = read_records(packing, wants, section.start, section.records)
        else:
            items = read_section(packing, wants, section.start, section.stop)
        for item in items:
            if item is None:
                yield UnsoundSection()
                return
            if isinstance(item, Damage):
                yield UnreadableRecord(f"{file.location}#{item.offset}", item.reason)
                continue
            source = sources.pop(item.offset, None)
            if source is None:  # most records of a crawl
                yield foreign if can_hold_page(item) else other
                continue
            location = f"{file.location}#{item.offset}"
            try:
                page = _page_of(item, location, most, file)
            except PageError as error:
                yield UnreadableRecord(location, str(error))
                continue
            yield SkippedRecord(page) if isinstance(page, str) else SourcedPage(page, source)


def _page_of(record: "Record", location: str, most: int, file: PageFile) -> "Page | SkipReason":
    from fxtrack.pages.codings import over_limit
    from fxtrack.pages.http_payload import captured_at, payload_of, reason_to_skip

    if record.refers_to:
        return _unchanged(file, record, most)._replace(
            location=location, uri=record.uri, captured_utc=captured_at(record)
        )
    if record.segment:
        raise PageError("a page in several segments, which are not joined")
    if record.block is None:
        if reason := reason_to_skip(record):
            return reason
        raise over_limit(most)
    payload = payload_of(record, most)
    if isinstance(payload, str):
        return payload
    return Page(location, payload.data, record.uri, captured_at(record), payload.media_type, payload.charset)


def _record_at(file: PageFile, offset: int, config: Config) -> Page:
    from fxtrack.pages.warc import Record, read_at
    from fxtrack.pages.warc_packing import packing_of

    most = config.settings.ingest.max_page_bytes
    with _open(file, BUCKET_PAGE_BYTES) as (opened, _):
        for item in read_at(packing_of(opened, file.size), lambda _record: most + WARC_HEADER_BYTES, [offset]):
            page = _page_of(item, f"{file.location}#{offset}", most, file) if isinstance(item, Record) else None
            if isinstance(page, Page):
                return page
    raise PageError("no page is at this offset now; the WARC file has changed since it was read")


def _unchanged(file: PageFile, record: "Record", most: int) -> Page:
    """Return the page that a record of an unchanged page refers to, from the file beside it that has its name.

    Raises:
        PageError: it is gone, or cannot be read.
    """
    from fxtrack.pages.warc import Record, read_records
    from fxtrack.pages.warc_packing import packing_of

    moment, capture_id = record.refers_to or (None, "")
    name = warc_file_name(record.uri or "", moment, capture_id) if moment else ""
    path = Path(file.path).parent.parent / f"{moment:%Y-%m}" / name
    gone = PageError(f"says that the page of {moment:%Y-%m-%d %H:%M:%S} is unchanged, and {name} is not there")
    if is_in_bucket(file.path) or not path.exists():  # live pages are kept on disk
        raise gone
    kept = PageFile(os.fspath(path), name, path.stat().st_size, 0)
    with _open(kept) as (opened, size):
        packing = packing_of(opened, size)
        for item in read_records(packing, lambda r: most + WARC_HEADER_BYTES if r.kind == "response" else 0):
            if isinstance(item, Record) and item.kind == "response" and item.block is not None:
                page = _page_of(item, name, most, kept)
                if isinstance(page, Page) and page.capture_id == capture_id:
                    return page
    raise gone


@contextmanager
def _open(file: PageFile, block_bytes: int = BUCKET_BLOCK_BYTES) -> Iterator[tuple[BinaryIO, int]]:
    """Open a regular file, or one in a bucket, for as long as the context lasts; yields it and its size.

    Raises:
        PageError: it cannot be opened, or a read within the context fails.
    """
    try:
        if is_in_bucket(file.path):
            from fxtrack.pages.bucket import open_bucket_file

            with open_bucket_file(file.path, block_bytes) as found:
                yield found
            return
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe in its place must not block
        with open(descriptor, "rb", buffering=0) as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PageError("not a regular file")
            yield opened, os.fstat(descriptor).st_size
    except OSError as error:
        raise PageError(f"cannot be read: {error.strerror or error}") from error
