"""Finds the records of a WARC file in its packing.

- `Members`: each record is a gzip member or zstd frame, and offsets count bytes of the file as stored. Reading can
  begin at any record.
- `Stream`: the file is plain, or packed as a whole. Offsets count bytes of the unpacked stream.
"""

import io
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from fxtrack.files import ZSTD
from fxtrack.limits import WARC_CANDIDATE_BYTES, WARC_CANDIDATE_EVERY, WARC_CANDIDATES, WARC_HEADER_BYTES
from fxtrack.pages.decompress import (
    CHUNK_BYTES,
    GZIP_MEMBER,
    UNPACKING_ERRORS,
    WHOLE_CHUNK_BYTES,
    Member,
    Read,
    Window,
    beginning_of,
    part_of,
    read_up_to,
    whole,
)

_FIRST_RECORD_BYTES = 64 * 1024 * 1024
_HEADER = rb"WARC/[01]\.[0-9]+\r?\n[A-Za-z]"
_STARTS = re.compile(rb"[\r\n]*" + _HEADER)
_STARTS_WITHIN = re.compile(_HEADER)
_LENGTH = re.compile(rb"\ncontent-length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*\r?\n", re.IGNORECASE)
_HEADER_START_BYTES = 32
_BLANK = b"\0\r\n \x1a"


@dataclass(frozen=True, slots=True)
class Extent:
    """The properties of a record and its packing.

    Attributes:
        fits: whether the record's block is as long as its header says.
        end: where the next record may begin.
        sealed: whether its packing is complete.
        error: the fault of its packing.
    """

    fits: bool
    end: int
    sealed: bool = True
    error: str | None = None


class Packing(Protocol):
    """Access to the records of one WARC file.

    Attributes:
        unpacked: whether offsets count bytes of the unpacked stream.
        can_be_entered: whether reading may begin at any record.
        checked: whether the packing has a checksum for each record.
    """

    unpacked: bool
    can_be_entered: bool
    checked: bool

    @property
    def exhausted(self) -> bool:
        """Whether the limit of candidates that are no record is reached."""

    def window(self, start: int) -> Window:
        """Return the file from an offset on."""

    def alone(self, start: int) -> Window:
        """Return the record at an offset, without the bytes behind it where its end is known."""

    def extent(self, start: int, length: int) -> Extent:
        """Examine the record at `start`, whose header says that `length` bytes follow."""

    def find(self, start: int) -> int | None:
        """Return where the first record at or behind `start` begins; None if there is none."""

    def hides_record(self, window: Window, first: int, last: int) -> bool:
        """Return whether a record may begin between those at `first` and `last`; its candidates are removed."""

    def is_blank(self, start: int, end: int | None) -> bool:
        """Return whether only padding lies between two offsets, or up to the end."""


class Members:
    """Each record is a gzip member or a zstd frame."""

    unpacked = False
    can_be_entered = True

    def __init__(self, file: BinaryIO, size: int, magic: bytes) -> None:
        """Take the first `size` bytes of `file`, whose members begin with `magic`."""
        self._file, self._size, self._magic = file, size, magic
        self.checked = magic == GZIP_MEMBER
        self._misses = 0  # candidates that were no record
        self._found: tuple[int, int | None] = (size + 1, None)  # start and result of the last search

    @property
    def exhausted(self) -> bool:
        """Whether the limit of candidates that are no record is reached."""
        return self._misses >= WARC_CANDIDATES + self._size // WARC_CANDIDATE_EVERY

    def window(self, start: int) -> Window:
        """Return the file from an offset on, which notes where members may begin."""
        return Window(part_of(self._file, start, self._size), start, self._magic)

    def alone(self, start: int) -> Window:
        """Return the member at an offset, unpacked."""
        return Window(Member(self._file, start, self._size, self._magic).read, start)

    def extent(self, start: int, length: int) -> Extent:
        """Examine the record at `start`, whose header says that `length` bytes follow."""
        following = self.find(start + 1)
        member = Member(self._file, start, self._size, self._magic)
        head, error = read_up_to(member.read, WARC_HEADER_BYTES)
        begin = _end_of_header(head)
        held, tail = len(head), head
        while held <= begin + length + 4 and not error:
            data, error = read_up_to(member.read, CHUNK_BYTES)
            if not data:
                break
            held, tail = held + len(data), (tail + data)[-8:]
        rest = held - begin - length
        fits = begin > 0 and 0 <= rest <= len(tail) and not tail[len(tail) - rest :].strip(b"\r\n")
        fits = fits and (not error or isinstance(error, EOFError))
        end = member.end if fits and member.end else following or self._size
        return Extent(fits, end, member.end is not None, str(error) if error else None)

    def find(self, start: int) -> int | None:
        """Return where the first member at or behind `start` begins that holds a record."""
        searched, found = self._found
        if not searched <= start <= (self._size if found is None else found):
            self._found = searched, found = start, self._search(start)
        return found

    def _search(self, start: int) -> int | None:
        position = start
        while position < self._size and not self.exhausted:
            self._file.seek(position)
            chunk = self._file.read(min(CHUNK_BYTES, self._size - position))
            found = chunk.find(self._magic)
            while found >= 0 and not self.exhausted:
                if self._holds_record(position + found):
                    return position + found
                found = chunk.find(self._magic, found + 1)
            position += max(1, len(chunk) - len(self._magic) + 1)
        return None

    def hides_record(self, window: Window, first: int, last: int) -> bool:
        """Return whether a member between two others holds a record; True also after too many candidates."""
        if window.crowded:
            return True
        candidates = window.candidates
        begin, end = bisect_right(candidates, first), bisect_left(candidates, last)
        hidden = begin < end and any(self.exhausted or self._holds_record(place) for place in candidates[begin:end])
        del candidates[:end]
        return hidden

    def _holds_record(self, start: int) -> bool:
        """Return whether the member at `start` unpacks to the first line of a record within its first bytes."""
        end = min(self._size, start + WARC_CANDIDATE_BYTES)
        try:
            holds = bool(_STARTS.match(beginning_of(self._file, start, end, self._magic)))
        except UNPACKING_ERRORS:
            holds = False
        self._misses += not holds
        return holds

    def is_blank(self, start: int, end: int | None) -> bool:
        """Return whether only zeros, line ends and empty members lie between two offsets."""
        end = self._size if end is None else end
        between, _ = read_up_to(part_of(self._file, start, end), min(end - start, CHUNK_BYTES))
        if len(between) < end - start:
            return False
        if not between.strip(_BLANK):
            return True
        try:
            return not Member(self._file, start, end, self._magic).read(64)
        except UNPACKING_ERRORS:
            return False


class Stream:
    """Records one behind the other in a stream of bytes, plain or packed as a whole."""

    exhausted = False

    def __init__(self, file: BinaryIO, size: int, magic: bytes) -> None:
        """Take the first `size` bytes of `file`, which is packed if `magic` is not empty."""
        self._file, self._size, self._magic = file, size, magic
        self.unpacked = bool(magic)
        self.can_be_entered = not magic
        self.checked = False  # the checksum of a whole file comes behind all records

    def window(self, start: int) -> Window:
        """Return the stream from an offset on."""
        return Window(self._from(start), start)

    def alone(self, start: int) -> Window:
        """Return the stream from an offset on: the end of the record is not known."""
        return self.window(start)

    def extent(self, start: int, length: int) -> Extent:
        """Examine the record at `start`: its length is right if the end of a record follows its block."""
        head, error, read = b"", None, self._from(start)
        while not error and not _end_of_header(head) and len(head) < WARC_HEADER_BYTES:
            data, error = read_up_to(read, WHOLE_CHUNK_BYTES)
            head += data
            if not data:
                break
        begin = _end_of_header(head)
        behind, error = read_up_to(self._from(start + begin + length), 4)
        closing = b"\r\n\r\n"[: len(behind)]  # a file may end before its last line does
        fits = begin > 0 and behind == closing and (len(behind) > 0 or self._ends_at(start + begin + length))
        end = start + begin + length + len(behind) if fits else start + max(1, begin)
        return Extent(fits, end, error=str(error) if error else None)

    def _ends_at(self, offset: int) -> bool:
        return self.unpacked or offset == self._size

    def find(self, start: int) -> int | None:
        """Return where the first record at or behind `start` begins, by its first line."""
        read = self._from(start)
        position, held = start, b""
        while True:
            more, _ = read_up_to(read, CHUNK_BYTES)
            if not more:
                return None
            held += more
            if found := _STARTS_WITHIN.search(held):
                return position + found.start()
            kept = min(len(held), _HEADER_START_BYTES)
            position += len(held) - kept
            held = held[-kept:]

    def hides_record(self, _window: Window, _first: int, _last: int) -> bool:
        """Return False: a first line within a block is content."""
        return False

    def is_blank(self, start: int, end: int | None) -> bool:
        """Return whether only zeros and line ends lie between two offsets."""
        most = CHUNK_BYTES if end is None else max(0, min(end - start, CHUNK_BYTES))
        between, error = read_up_to(self._from(start), most)
        return not error and (end is None or end - start <= most) and not between.strip(_BLANK)

    def _from(self, start: int) -> Read:
        if not self._magic:
            return part_of(self._file, start, self._size)
        unpack = whole(self._file, self._size, self._magic)
        left = start

        def read(size: int) -> bytes:
            nonlocal left
            while left and (data := unpack(left)):
                left -= len(data)
            return unpack(size)

        return read


def packing_of(file: BinaryIO, size: int) -> Packing:
    """Return how a WARC file is packed, by its beginning."""
    file.seek(0)
    head = file.read(4)
    magic = GZIP_MEMBER if head.startswith(GZIP_MEMBER) else ZSTD if head == ZSTD else b""
    if magic and _is_one_record(file, size, magic):
        return Members(file, size, magic)
    return Stream(file, size, magic)


def is_warc(head: bytes) -> bool:
    """Return whether a file with this beginning is a WARC file, packed or not."""
    if head.startswith((GZIP_MEMBER, ZSTD)):
        try:
            head = Member(io.BytesIO(head), 0, len(head), GZIP_MEMBER if head.startswith(GZIP_MEMBER) else ZSTD).read(
                64
            )
        except UNPACKING_ERRORS:
            return False
    return bool(_STARTS.match(head))


def _is_one_record(file: BinaryIO, size: int, magic: bytes) -> bool:
    """Return whether the first member holds a single record, by the length in its header."""
    member = Member(file, 0, size, magic)
    head, _ = read_up_to(member.read, WARC_HEADER_BYTES)
    begin = _end_of_header(head)
    length = _LENGTH.search(head[:begin])
    if not length or int(length[1]) > _FIRST_RECORD_BYTES:
        return True
    more = begin + int(length[1]) + 4 + 1 - len(head)
    return more > 0 and len(read_up_to(member.read, more)[0]) < more


def _end_of_header(head: bytes) -> int:
    return head.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in head else 0
