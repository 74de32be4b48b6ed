"""The records of a web archive (WARC or WET; plain, gzip or zstd) in order, and what is damaged between them.

FastWARC reads the records. It stops at the first damage, passes a truncated last record in silence and believes every
length. So what it says is checked: each block against its Content-Length, each record against where the next begins. A
record is handed out only when it is known to be whole; reading goes on at the next record behind a damage.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fastwarc.warc import ArchiveIterator, WarcRecord

from fxtrack.limits import (
    ARCHIVE_DAMAGES,
    ARCHIVE_HEADER_BYTES,
    ARCHIVE_RATIO,
    ARCHIVE_RATIO_FROM_BYTES,
    ARCHIVE_RECORDS,
    ARCHIVE_WHOLE_DAMAGES,
)
from fxtrack.pages.warc_packing import Layout

_SKIP_BYTES = 1024 * 1024
_BASE32_SHA1 = 32


@dataclass(slots=True)
class Record:
    """One record.

    Attributes:
        offset: where it begins, as its layout counts.
        kind: its WARC-Type, such as ``response``.
        uri: its target, None if it names none.
        date: its WARC-Date as written.
        content_type: the media type of its block.
        segment: its number if it is one of several that make up one capture.
        truncated: why not all of the capture was kept, None where it was.
        length: bytes of its block.
        block: what it holds; None where it was not asked for or is longer than was asked for.
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


@dataclass(frozen=True, slots=True)
class Damage:
    """A place where something that should be a record cannot be read, and why."""

    offset: int
    reason: str


Wants = Callable[[Record], int]
"""How many bytes a record's block may have to be loaded; 0: it is not wanted."""


def read_section(layout: Layout, wants: Wants, start: int, stop: int) -> Iterator[Record | None]:
    """Yield the records from `start` to `stop`, both offsets of records, in order.

    The last item is None where `read_records` would not come from the one to the other without anything to report.
    """
    run = _Scan(layout, start, wants, stop=stop)
    yield from run
    if not run.arrived:
        yield None


def read_records(layout: Layout, wants: Wants, start: int = 0, records: int = 0) -> Iterator[Record | Damage]:
    """Yield the records of an archive in order, sound ones before and behind any damage.

    Args:
        layout: where they lie.
        wants: says how much of each is loaded.
        start: the offset of the first one.
        records: how many lie before that.
    """
    position: int | None = start
    left = ARCHIVE_WHOLE_DAMAGES if layout.unpacked else ARCHIVE_DAMAGES
    while position is not None:
        run = _Scan(layout, position, wants)
        for record in run:
            yield record
            records += 1
            if records >= ARCHIVE_RECORDS:
                yield Damage(record.offset, f"more than {ARCHIVE_RECORDS:,} records: the rest is not read")
                return
        found, position = _behind(layout, run, position, wants)
        for item in found:
            if isinstance(item, Damage):
                if not left:
                    yield Damage(item.offset, "damaged in too many places: the rest is not read")
                    return
                left -= 1
            yield item


class _Scan:
    """Iterates over records up to the first trouble.

    Attributes:
        held: the last record, which is not handed out: only what follows shows whether it is whole.
        came: whether as many bytes came as it said.
        endless: whether it unpacks to so much that it was not read on.
        error: what the trouble was, None at a clean end.
        arrived: whether a record begins at `stop`, where the run ends then, and nothing was amiss before it.
        window: what was read.
    """

    def __init__(
        self, layout: Layout, start: int, wants: Wants, *, alone: bool = False, stop: int | None = None
    ) -> None:
        self._layout, self._start, self._wants, self._stop = layout, start, wants, stop
        self.held: Record | None = None
        self.came = self.endless = self.arrived = False
        self.error: str | None = None
        self.window = layout.alone(start) if alone else layout.window(start)

    def __iter__(self) -> Iterator[Record]:
        try:
            for raw in ArchiveIterator(self.window, parse_http=False, max_header_len=ARCHIVE_HEADER_BYTES):
                offset = self._start + raw.stream_pos
                if self.held is not None:
                    if self._hides_a_record(self.held.offset, offset):
                        self.error = "runs into the next record"
                        return
                    yield self.held
                if self._stop is not None and offset >= self._stop:
                    self.arrived = offset == self._stop
                    return
                self.came = False
                self.held = _record(raw, offset)
                if not (raw.headers.get("Content-Length") or "").strip().isdigit():
                    self.error = self.window.error or "no valid Content-Length"
                    return
                problem = self._load(raw, self.held)
                if problem:
                    self.error = problem
                    return
                self.came = True
        except OSError as error:
            self.error = str(error)

    @property
    def trouble(self) -> str | None:
        """What ended the run, and what is behind that; None at a clean end."""
        reasons = dict.fromkeys(reason for reason in (self.error, self.window.error) if reason)
        return "; ".join(reasons) or None

    def _load(self, raw: WarcRecord, record: Record) -> str | None:
        most, came, parts = self._wants(record), 0, []
        begin = self.window.tell()
        while came < min(record.length, most) and (data := raw.reader.read(min(record.length, most) - came)):
            parts.append(data)
            came += len(data)
        while came < record.length and (skipped := raw.reader.consume(min(_SKIP_BYTES, record.length - came))):
            came += skipped
            packed = self.window.tell() - begin + _SKIP_BYTES // 16
            if came > ARCHIVE_RATIO_FROM_BYTES and came > ARCHIVE_RATIO * packed:
                self.endless = True
                return f"unpacks to more than {ARCHIVE_RATIO} times its size"
        if came < record.length:
            return f"breaks off: Content-Length says {record.length:,}, {came:,} bytes came"
        if record.length <= most and most:
            record.block = b"".join(parts)
            digest = raw.headers.get("WARC-Block-Digest")
            if digest and not self._layout.checked and not _agrees(digest, record.block):
                return "its bytes do not agree with its WARC-Block-Digest"
        return None

    def _hides_a_record(self, first: int, last: int) -> bool:
        """Tell whether a packed record begins between two others: then the first one's length was too long."""
        candidates = self.window.candidates
        here = 0
        while here < len(candidates) and candidates[here] <= first:
            here += 1
        hidden = False
        while here < len(candidates) and candidates[here] < last:
            hidden = hidden or self._layout.holds_record(candidates[here])
            here += 1
        del candidates[:here]
        return hidden


def _behind(layout: Layout, run: _Scan, start: int, wants: Wants) -> tuple[list[Record | Damage], int | None]:
    """Return what a run ended with, and where to go on; None at the end of the archive."""
    error = run.trouble
    if run.held and run.endless:
        return [Damage(run.held.offset, error or "")], None if layout.unpacked else layout.find(run.held.offset + 1)
    if not run.came and error and not layout.unpacked:
        # the reader unpacks ahead: what it stumbled over may lie behind the record that it was at
        at = run.held.offset if run.held else start
        run = _Scan(layout, at, wants, alone=True)
        for _ in run:
            break
        error = error if run.came else run.trouble or error
    held = run.held
    if held is None:
        if error is None and layout.is_blank(start, None):
            return [], None
        return [Damage(start, error or "no record begins here")], layout.find(start + 1)
    if layout.unpacked and run.came and (run.error is None or run.window.error):
        return [held, *([Damage(held.offset, f"behind this record: {error}")] if error else [])], None
    extent = layout.extent(held.offset, held.length)
    if not (run.came and extent.fits):
        reason = error if not run.came else extent.error
        return [Damage(held.offset, reason or "its Content-Length is not the length of its block")], layout.find(
            extent.end
        )
    following = layout.find(extent.end)
    found: list[Record | Damage] = [held]
    if not extent.sealed:
        found.append(Damage(held.offset, f"behind this record: {extent.error or 'its packing breaks off'}"))
    elif following != extent.end and not layout.is_blank(extent.end, following):
        found.append(Damage(extent.end, error or "no record begins here"))
    return found, following


def _record(raw: WarcRecord, offset: int) -> Record:
    headers = raw.headers
    uri = headers.get("WARC-Target-URI")
    return Record(
        offset,
        (headers.get("WARC-Type") or "").lower(),
        uri.strip("<> \t") or None if uri else None,
        headers.get("WARC-Date"),
        headers.get("Content-Type"),
        headers.get("WARC-Segment-Number"),
        headers.get("WARC-Truncated"),
        raw.content_length,
    )


def _agrees(digest: str, block: bytes) -> bool:
    """Tell whether a block has the SHA-1 that its record says; a digest of another kind says nothing."""
    name, _, value = digest.partition(":")
    if name.lower() != "sha1" or len(value) != _BASE32_SHA1:
        return True
    found = hashlib.sha1(block, usedforsecurity=False).digest()
    return base64.b32encode(found).decode("ascii") == value.upper()
