"""How the records of an archive are packed into a file, and where records begin in it.

There are two ways to lay out an archive:

- `Members`: each record is a gzip member or zstd frame of its own, and an offset is one of the file as stored. Such a
  file can be entered at any record.
- `Stream`: plain, or packed as a whole. An offset is one of the unpacked stream.
"""

import io
import re
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from fxtrack.limits import ARCHIVE_CANDIDATES, ARCHIVE_HEADER_BYTES
from fxtrack.pages.decompress import (
    CHUNK_BYTES,
    GZIP,
    UNPACKING_ERRORS,
    WHOLE_CHUNK_BYTES,
    ZSTD,
    Member,
    Read,
    Window,
    part_of,
    upto,
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
    """What lies in a file where a record begins.

    Attributes:
        fits: whether the record's block is as long as its header says.
        end: where the next record may begin.
        sealed: whether nothing of its packing is missing.
        error: what is wrong with its packing.
    """

    fits: bool
    end: int
    sealed: bool = True
    error: str | None = None


class Layout(Protocol):
    """Where the records of one archive lie.

    Attributes:
        unpacked: offsets are those of the unpacked stream.
        can_be_entered: reading may begin at any record as well as at the first.
        checked: the packing has a checksum of its own.
    """

    unpacked: bool
    can_be_entered: bool
    checked: bool

    def window(self, start: int) -> Window:
        """Return what a record reader reads, from an offset on."""

    def alone(self, start: int) -> Window:
        """Return what a record reader reads of the record at an offset, and nothing behind it where that is known."""

    def extent(self, start: int, length: int) -> Extent:
        """Return what lies at `start`, where a header says that `length` bytes follow."""

    def find(self, start: int) -> int | None:
        """Return where the first record at or behind `start` begins; None if there is none."""

    def holds_record(self, start: int) -> bool:
        """Tell whether a record begins at `start`."""

    def is_blank(self, start: int, end: int | None) -> bool:
        """Tell whether nothing lies between two offsets, or up to the end, but what fills space."""


class Members:
    """Each record a gzip member or a zstd frame of its own."""

    unpacked = False
    can_be_entered = True

    def __init__(self, file: BinaryIO, size: int, magic: bytes) -> None:
        """Take the first `size` bytes of `file`, whose members begin with `magic`."""
        self._file, self._size, self._magic = file, size, magic
        self.checked = magic == GZIP
        self._looks = 0  # at what began like a member and held no record
        self._found: tuple[int, int | None] = (size + 1, None)  # where the last search began, and what it found

    def window(self, start: int) -> Window:
        """Return what a record reader reads, from an offset on."""
        return Window(part_of(self._file, start, self._size), start, self._magic)

    def alone(self, start: int) -> Window:
        """Return what a record reader reads of the one record at an offset: its member, unpacked."""
        return Window(Member(self._file, start, self._size, self._magic).read, start)

    def extent(self, start: int, length: int) -> Extent:
        """Return what lies at `start`, where a header says that `length` bytes follow."""
        following = self.find(start + 1)
        member = Member(self._file, start, self._size, self._magic)
        head, error = upto(member.read, ARCHIVE_HEADER_BYTES)
        begin = _end_of_header(head)
        held, tail = len(head), head
        while held <= begin + length + 4 and not error:
            data, error = upto(member.read, CHUNK_BYTES)
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
        while position < self._size and self._looks < ARCHIVE_CANDIDATES:
            self._file.seek(position)
            chunk = self._file.read(min(CHUNK_BYTES, self._size - position))
            found = chunk.find(self._magic)
            while found >= 0 and self._looks < ARCHIVE_CANDIDATES:
                if self.holds_record(position + found):
                    return position + found
                self._looks += 1
                found = chunk.find(self._magic, found + 1)
            position += max(1, len(chunk) - len(self._magic) + 1)
        return None

    def holds_record(self, start: int) -> bool:
        """Tell whether the member at `start` unpacks to the first line of a record."""
        try:
            return bool(_STARTS.match(Member(self._file, start, self._size, self._magic).read(64)))
        except UNPACKING_ERRORS:
            return False

    def is_blank(self, start: int, end: int | None) -> bool:
        """Tell whether nothing lies between two offsets but zeros, line ends and members that hold nothing."""
        end = self._size if end is None else end
        between, _ = upto(part_of(self._file, start, end), min(end - start, CHUNK_BYTES))
        if len(between) < end - start:
            return False
        if not between.strip(_BLANK):
            return True
        try:
            return not Member(self._file, start, end, self._magic).read(64)
        except UNPACKING_ERRORS:
            return False


class Stream:
    """Records one after the other in a stream of bytes, plain or unpacked as a whole."""

    def __init__(self, file: BinaryIO, size: int, magic: bytes) -> None:
        """Take the first `size` bytes of `file`, which is packed if it begins with a `magic`."""
        self._file, self._size, self._magic = file, size, magic
        self.unpacked = bool(magic)
        self.can_be_entered = not magic
        self.checked = False  # that of a whole file comes at its end, after all records

    def window(self, start: int) -> Window:
        """Return what a record reader reads, from an offset on."""
        return Window(self._from(start), start)

    def alone(self, start: int) -> Window:
        """Return what a record reader reads of the one record at an offset; where it ends is not known."""
        return self.window(start)

    def extent(self, start: int, length: int) -> Extent:
        """Return what lies at `start`: the block is as long as it says if what ends a record follows it."""
        head, error, read = b"", None, self._from(start)
        while not error and not _end_of_header(head) and len(head) < ARCHIVE_HEADER_BYTES:
            data, error = upto(read, WHOLE_CHUNK_BYTES)
            head += data
            if not data:
                break
        begin = _end_of_header(head)
        behind, error = upto(self._from(start + begin + length), 4)
        closing = b"\r\n\r\n"[: len(behind)]  # an archive may end before its last line does
        fits = begin > 0 and behind == closing and (len(behind) > 0 or self._ends_at(start + begin + length))
        end = start + begin + length + len(behind) if fits else start + max(1, begin)
        return Extent(fits, end, error=str(error) if error else None)

    def _ends_at(self, offset: int) -> bool:
        return self.unpacked or offset == self._size

    def find(self, start: int) -> int | None:
        """Return where the first line that begins a record is, at or behind `start`."""
        read = self._from(start)
        position, held = start, b""
        while True:
            more, _ = upto(read, CHUNK_BYTES)
            if not more:
                return None
            held += more
            if found := _STARTS_WITHIN.search(held):
                return position + found.start()
            kept = min(len(held), _HEADER_START_BYTES)
            position += len(held) - kept
            held = held[-kept:]

    def holds_record(self, start: int) -> bool:
        """Tell whether a record begins at `start`."""
        return bool(_STARTS.match(upto(self._from(start), 64)[0]))

    def is_blank(self, start: int, end: int | None) -> bool:
        """Tell whether nothing lies between two offsets but zeros and line ends."""
        most = CHUNK_BYTES if end is None else max(0, min(end - start, CHUNK_BYTES))
        between, error = upto(self._from(start), most)
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


def layout_of(file: BinaryIO, size: int) -> Layout:
    """Look at the beginning of an archive and say how it is packed."""
    file.seek(0)
    head = file.read(4)
    magic = GZIP if head.startswith(GZIP) else ZSTD if head == ZSTD else b""
    if magic and _is_one_record(file, size, magic):
        return Members(file, size, magic)
    return Stream(file, size, magic)


def is_archive(head: bytes) -> bool:
    """Tell whether a file that begins so holds records, packed or not."""
    if head.startswith((GZIP, ZSTD)):
        try:
            head = Member(io.BytesIO(head), 0, len(head), GZIP if head.startswith(GZIP) else ZSTD).read(64)
        except UNPACKING_ERRORS:
            return False
    return bool(_STARTS.match(head))


def _is_one_record(file: BinaryIO, size: int, magic: bytes) -> bool:
    """Tell whether the first member holds one record only, as far as its header can be believed."""
    member = Member(file, 0, size, magic)
    head, _ = upto(member.read, ARCHIVE_HEADER_BYTES)
    begin = _end_of_header(head)
    length = _LENGTH.search(head[:begin])
    if not length or int(length[1]) > _FIRST_RECORD_BYTES:
        return True
    more = begin + int(length[1]) + 4 + 1 - len(head)
    return more > 0 and len(upto(member.read, more)[0]) < more


def _end_of_header(head: bytes) -> int:
    return head.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in head else 0
