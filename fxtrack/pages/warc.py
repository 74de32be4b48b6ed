"""The records of a WARC or WET file (plain, gzip or zstd) in order, and the damages between them.

FastWARC reads the records. It stops at the first damage, accepts a truncated last record and believes every length.
Each block is therefore checked against its Content-Length, and each record against the beginning of the next. A record
is yielded only once it is known to be whole; after a damage, reading resumes at the next record.
"""

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fastwarc.warc import ArchiveIterator, WarcRecord

from fxtrack.limits import (
    WARC_DAMAGES,
    WARC_HEADER_BYTES,
    WARC_RATIO,
    WARC_RATIO_FROM_BYTES,
    WARC_RECORDS,
    WARC_WHOLE_DAMAGES,
)
from fxtrack.model.location import NOT_MODIFIED
from fxtrack.pages.warc_packing import Packing

_SKIP_BYTES = 1024 * 1024
_BASE32_SHA1 = 32
_SHA256 = re.compile("[0-9a-f]{64}")
_NO_RECORD = "no record begins here"


@dataclass(slots=True)
class Record:
    """One record.

    Attributes:
        offset: where it begins, as its packing counts.
        kind: its WARC-Type in lower case, such as ``response``.
        uri: its target, None if it names none.
        date: its WARC-Date as written.
        content_type: the media type of its block.
        segment: its number if it is one of several that make up one page.
        truncated: the reason why the page is incomplete, None if it is complete.
        length: bytes of its block.
        block: its content; None if it is not wanted or longer than wanted.
        refers_to: of a record that says that the page is unchanged, the time and SHA-256 of the page; else None.
    """

    offset: int
    kind: str
    uri: str | None
    date: str | None
    content_type: str | None
    segment: str | None
    truncated: str | None
    length: int
    block: bytes | None = None
    refers_to: tuple[dt.datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class Damage:
    """A place where no record can be read, and the reason."""

    offset: int
    reason: str


Wants = Callable[[Record], int]
"""The most bytes of a record's block for it to be loaded; 0 if the record is not wanted."""


def read_section(packing: Packing, wants: Wants, start: int, stop: int) -> Iterator[Record | None]:
    """Yield the records between two offsets of records, in order.

    The last item is None where `read_records` would find a damage between `start` and `stop`, or no record at `stop`.
    """
    scan = _Scan(packing, start, wants, stop=stop)
    yield from scan
    if not scan.arrived:
        yield None


def read_records(packing: Packing, wants: Wants, start: int = 0, records: int = 0) -> Iterator[Record | Damage]:
    """Yield the records of a WARC file in order, sound ones before and behind any damage.

    Args:
        packing: access to the records.
        wants: returns how much of each to load.
        start: the offset of the first one.
        records: the number of records before it.
    """
    position: int | None = start
    left = WARC_WHOLE_DAMAGES if packing.unpacked else WARC_DAMAGES
    while position is not None:
        scan = _Scan(packing, position, wants)
        for record in scan:
            yield record
            records += 1
            if records >= WARC_RECORDS:
                yield Damage(record.offset, f"more than {WARC_RECORDS:,} records: the rest is not read")
                return
        found, position = _behind(packing, scan, position, wants)
        for item in found:
            if isinstance(item, Damage):
                if packing.exhausted:
                    yield Damage(item.offset, "too much here looks like a packed record: the rest is not read")
                    return
                if not left:
                    yield Damage(item.offset, "damaged in too many places: the rest is not read")
                    return
                left -= 1
            yield item


def read_at(packing: Packing, wants: Wants, offsets: Sequence[int]) -> Iterator[Record | Damage]:
    """Yield the records at some offsets, ascending, and a damage for each offset at which none begins."""
    if packing.unpacked:  # cannot be entered: one walk from the start, past what is not asked for
        left = set(offsets)
        for item in read_records(packing, lambda record: wants(record) if record.offset in left else 0):
            if item.offset in left:
                left.remove(item.offset)
                yield item
        yield from (Damage(offset, _NO_RECORD) for offset in sorted(left))
        return
    for offset in offsets:
        yield _record_at(packing, wants, offset)


def _record_at(packing: Packing, wants: Wants, offset: int) -> Record | Damage:
    found = read_records(packing, lambda record: wants(record) if record.offset == offset else 0, offset)
    item = next(found, None)
    return item if item and item.offset == offset else Damage(offset, _NO_RECORD)


class _Scan:
    """One walk over records, up to the first damage.

    Attributes:
        held: the last record, not yielded yet: only the bytes behind it show whether it is whole.
        complete: whether its block has the length that its header gives.
        endless: whether it was abandoned because of its ratio.
        error: the damage, None at a clean end.
        arrived: whether the walk reached a record at `stop` without damage.
        window: the part of the file that was read.
    """

    def __init__(
        self, packing: Packing, start: int, wants: Wants, *, alone: bool = False, stop: int | None = None
    ) -> None:
        self._packing, self._start, self._wants, self._stop = packing, start, wants, stop
        self.held: Record | None = None
        self.complete = self.endless = self.arrived = False
        self.error: str | None = None
        self.window = packing.alone(start) if alone else packing.window(start)

    def __iter__(self) -> Iterator[Record]:
        try:
            for raw in ArchiveIterator(self.window, parse_http=False, max_header_len=WARC_HEADER_BYTES):
                offset = self._start + raw.stream_pos
                if self.held is not None:
                    if self._packing.hides_record(self.window, self.held.offset, offset):
                        self.error = "runs into the next record"
                        return
                    yield self.held
                if self._stop is not None and offset >= self._stop:
                    self.arrived = offset == self._stop
                    return
                self.complete = False
                headers = _headers(raw)
                self.held = _record(headers, offset, raw.content_length)
                if not headers.get("content-length", "").strip().isdigit():
                    self.error = self.window.error or "no valid Content-Length"
                    return
                problem = self._load(raw, self.held, headers.get("warc-block-digest"))
                if problem:
                    self.error = problem
                    return
                self.complete = True
        except OSError as error:
            self.error = str(error)

    @property
    def trouble(self) -> str | None:
        """The damage that ended the walk, and its cause; None at a clean end."""
        reasons = dict.fromkeys(reason for reason in (self.error, self.window.error) if reason)
        return "; ".join(reasons) or None

    def _load(self, raw: WarcRecord, record: Record, digest: str | None) -> str | None:
        most, came, parts = self._wants(record), 0, []
        length, begin = record.length, self.window.tell()
        wanted = min(length, most)
        while came < wanted and (data := raw.reader.read(wanted - came)):
            parts.append(data)
            came += len(data)
        while came < length and (skipped := raw.reader.consume(min(_SKIP_BYTES, length - came))):
            came += skipped
            if came > WARC_RATIO_FROM_BYTES and came > WARC_RATIO * (self.window.tell() - begin + _SKIP_BYTES // 16):
                self.endless = True
                return f"unpacks to more than {WARC_RATIO} times its size"
        if came < length:
            return f"incomplete: Content-Length says {length:,}, {came:,} bytes came"
        if length <= most and most:
            record.block = b"".join(parts)
            if digest and not self._packing.checked and not _agrees(digest, record.block):
                return "its bytes do not agree with its WARC-Block-Digest"
        return None


def _behind(packing: Packing, scan: _Scan, start: int, wants: Wants) -> tuple[list[Record | Damage], int | None]:
    """Return the last record or damage of a walk, and where the next walk begins; None at the end of the file."""
    error = scan.trouble
    if scan.held and scan.endless:
        return [Damage(scan.held.offset, error or "")], None if packing.unpacked else packing.find(scan.held.offset + 1)
    if not scan.complete and error and not packing.unpacked:
        # the reader unpacks ahead: the error may lie behind the current record
        at = scan.held.offset if scan.held else start
        scan = _Scan(packing, at, wants, alone=True)
        for _ in scan:
            break
        error = error if scan.complete else scan.trouble or error
    held = scan.held
    if held is None:
        if error is None and packing.is_blank(start, None):
            return [], None
        return [Damage(start, error or _NO_RECORD)], packing.find(start + 1)
    if packing.unpacked and scan.complete and (scan.error is None or scan.window.error):
        return [held, *([Damage(held.offset, f"after this record: {error}")] if error else [])], None
    extent = packing.extent(held.offset, held.length)
    if not (scan.complete and extent.fits):
        reason = error if not scan.complete else extent.error
        return [Damage(held.offset, reason or "its Content-Length is not the length of its block")], packing.find(
            extent.end
        )
    following = packing.find(extent.end)
    found: list[Record | Damage] = [held]
    if not extent.sealed:
        found.append(Damage(held.offset, f"after this record: {extent.error or 'its compressed data is incomplete'}"))
    elif following != extent.end and not packing.is_blank(extent.end, following):
        found.append(Damage(extent.end, error or _NO_RECORD))
    return found, following


def _headers(raw: WarcRecord) -> dict[str, str]:
    """Return the headers of a record by lower-case names, the first of each name: one walk for all that is asked."""
    headers: dict[str, str] = {}
    for name, value in raw.headers.items():
        headers.setdefault(name.lower(), value)
    return headers


def _record(headers: dict[str, str], offset: int, length: int) -> Record:
    uri = headers.get("warc-target-uri")
    kind = headers.get("warc-type", "").lower()
    return Record(
        offset,
        kind,
        uri.strip("<> \t") or None if uri else None,
        headers.get("warc-date"),
        headers.get("content-type"),
        headers.get("warc-segment-number"),
        headers.get("warc-truncated"),
        length,
        refers_to=_reference(headers) if kind == "revisit" else None,
    )


def _reference(headers: dict[str, str]) -> tuple[dt.datetime, str] | None:
    """Return the time and the SHA-256 of the page that a record of an unchanged page refers to; None if it has none."""
    kind, _, digest = headers.get("warc-payload-digest", "").partition(":")
    if not headers.get("warc-profile", "").endswith(NOT_MODIFIED) or kind != "sha256" or not _SHA256.fullmatch(digest):
        return None
    try:
        moment = dt.datetime.fromisoformat(headers.get("warc-refers-to-date", ""))
    except ValueError:
        return None
    return (moment.astimezone(dt.UTC), digest) if moment.tzinfo else None


def _agrees(digest: str, block: bytes) -> bool:
    """Return whether a block has the SHA-1 of its record's header; digests of other kinds are not checked."""
    name, _, value = digest.partition(":")
    if name.lower() != "sha1" or len(value) != _BASE32_SHA1:
        return True
    found = hashlib.sha1(block, usedforsecurity=False).digest()
    return base64.b32encode(found).decode("ascii") == value.upper()
