"""How the records of an archive are packed into a file, and where records begin in it.

There are two ways to lay out an archive:

- `Members`: each record is a gzip member or zstd frame of its own, and an offset is one of the file as stored. Such a
  file can be entered at any record.
- `Stream`: plain, or packed as a whole. An offset is one of the unpacked stream.
"""

import gzip
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from fastwarc.stream_io import ZstdReader

from fxtrack.limits import ARCHIVE_CANDIDATES, ARCHIVE_HEADER_BYTES, ARCHIVE_RATIO, ARCHIVE_RATIO_FROM_BYTES

GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
UNPACKING_ERRORS = (OSError, EOFError, zlib.error)
_CHUNK_BYTES = 64 * 1024
_WHOLE_CHUNK_BYTES = 4 * 1024  # what may be lost just before a damage in a file that is packed as a whole
_FIRST_RECORD_BYTES = 64 * 1024 * 1024
_HEADER = rb"WARC/[01]\.[0-9]+\r?\n[A-Za-z]"
_STARTS = re.compile(rb"[\r\n]*" + _HEADER)
_STARTS_WITHIN = re.compile(_HEADER)
_LENGTH = re.compile(rb"\ncontent-length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*\r?\n", re.IGNORECASE)
_HEADER_START_BYTES = 32
_BLANK = b"\0\r\n \x1a"

Read = Callable[[int], bytes]


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


class Window:
    """A file from an offset on, as the record reader wants it: `read`, `tell` and `seek`.

    Attributes:
        candidates: offsets in the file at which a packed member may begin, in the order in which they were read.
        error: what ended it before its time.
    """

    def __init__(self, read: Read, start: int, magic: bytes = b"") -> None:
        """Wrap `read`, whose next byte is that at `start`."""
        self._read, self._start, self._magic = read, start, magic
        self._given = 0
        self._tail = b""
        self.candidates: list[int] = []
        self.error: str | None = None

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, none at the end."""
        if self.error:
            return b""
        try:
            data = self._read(size if 0 < size < _CHUNK_BYTES else _CHUNK_BYTES)
        except UNPACKING_ERRORS as error:
            self.error = str(error)
            return b""
        if self._magic:
            seen = self._tail + data
            base = self._start + self._given - len(self._tail)
            position = seen.find(self._magic)
            while position >= 0:
                self.candidates.append(base + position)
                position = seen.find(self._magic, position + 1)
            self._tail = seen[max(0, len(seen) - len(self._magic) + 1) :]
        self._given += len(data)
        return data

    def tell(self) -> int:
        """Return how many bytes were given."""
        return self._given

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Refuse: what was given is gone."""
        raise io.UnsupportedOperation("seek")

    def close(self) -> None:
        """Leave the file to whoever opened it."""


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
        return Window(_part(self._file, start, self._size), start, self._magic)

    def alone(self, start: int) -> Window:
        """Return what a record reader reads of the one record at an offset: its member, unpacked."""
        return Window(_Member(self._file, start, self._size, self._magic).read, start)

    def extent(self, start: int, length: int) -> Extent:
        """Return what lies at `start`, where a header says that `length` bytes follow."""
        following = self.find(start + 1)
        member = _Member(self._file, start, self._size, self._magic)
        head, error = _upto(member.read, ARCHIVE_HEADER_BYTES)
        begin = _end_of_header(head)
        held, tail = len(head), head
        while held <= begin + length + 4 and not error:
            data, error = _upto(member.read, _CHUNK_BYTES)
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
            chunk = self._file.read(min(_CHUNK_BYTES, self._size - position))
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
            return bool(_STARTS.match(_Member(self._file, start, self._size, self._magic).read(64)))
        except UNPACKING_ERRORS:
            return False

    def is_blank(self, start: int, end: int | None) -> bool:
        """Tell whether nothing lies between two offsets but zeros, line ends and members that hold nothing."""
        end = self._size if end is None else end
        between, _ = _upto(_part(self._file, start, end), min(end - start, _CHUNK_BYTES))
        if len(between) < end - start:
            return False
        if not between.strip(_BLANK):
            return True
        try:
            return not _Member(self._file, start, end, self._magic).read(64)
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
            data, error = _upto(read, _WHOLE_CHUNK_BYTES)
            head += data
            if not data:
                break
        begin = _end_of_header(head)
        behind, error = _upto(self._from(start + begin + length), 4)
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
            more, _ = _upto(read, _CHUNK_BYTES)
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
        return bool(_STARTS.match(_upto(self._from(start), 64)[0]))

    def is_blank(self, start: int, end: int | None) -> bool:
        """Tell whether nothing lies between two offsets but zeros and line ends."""
        most = _CHUNK_BYTES if end is None else max(0, min(end - start, _CHUNK_BYTES))
        between, error = _upto(self._from(start), most)
        return not error and (end is None or end - start <= most) and not between.strip(_BLANK)

    def _from(self, start: int) -> Read:
        if not self._magic:
            return _part(self._file, start, self._size)
        unpack = _whole(self._file, self._size, self._magic)
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
            head = _Member(io.BytesIO(head), 0, len(head), GZIP if head.startswith(GZIP) else ZSTD).read(64)
        except UNPACKING_ERRORS:
            return False
    return bool(_STARTS.match(head))


class _Member:
    """One gzip member or zstd frame, unpacked bit by bit; `end` is where it ended, None until then."""

    def __init__(self, file: BinaryIO, start: int, size: int, magic: bytes) -> None:
        self.end: int | None = None
        self._start = start
        self._inflater = zlib.decompressobj(31) if magic == GZIP else None
        self._taken = 0
        if self._inflater:
            self._read = _part(file, start, size)
        else:
            self._frame_end = _end_of_frame(file, start, size)
            end = size if self._frame_end is None else self._frame_end  # the reader would go on into the next frame
            self._zstd = ZstdReader(Window(_part(file, start, end), 0))

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end of the member.

        Raises:
            EOFError: the file ends first.
            OSError, zlib.error: it is damaged.
        """
        if self.end is not None:
            return b""
        if not self._inflater:
            data = self._zstd.read(min(size, _WHOLE_CHUNK_BYTES))
            self.end = None if data else self._frame_end
            return data
        while not self._inflater.eof:
            packed = self._inflater.unconsumed_tail
            if not packed:
                packed = self._read(_CHUNK_BYTES // 4)
                self._taken += len(packed)
                if not packed:
                    raise EOFError("the file ends inside a gzip member")
            if data := self._inflater.decompress(packed, size):
                return data
        self.end = self._start + self._taken - len(self._inflater.unused_data)
        return b""


def _end_of_frame(file: BinaryIO, start: int, size: int) -> int | None:
    """Return where a zstd frame ends, by its block headers (RFC 8878, section 3.1.1); None if beyond the file."""
    file.seek(start + len(ZSTD))
    descriptor = (file.read(1) or b"\0")[0]
    single = descriptor >> 5 & 1
    position = start + len(ZSTD) + 2 - single + (0, 1, 2, 4)[descriptor & 3] + (single, 2, 4, 8)[descriptor >> 6]
    last = False
    while not last:
        file.seek(position)
        header = int.from_bytes(file.read(3), "little")
        last = bool(header & 1) or position > size
        position += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
    position += 4 * (descriptor >> 2 & 1)
    return position if position <= size else None


def _part(file: BinaryIO, start: int, end: int) -> Read:
    """Return a way to read a part of a file, wherever others leave its position."""
    position = start

    def read(size: int) -> bytes:
        nonlocal position
        file.seek(position)
        data = file.read(max(0, min(size, end - position)))
        position += len(data)
        return data

    return read


def _whole(file: BinaryIO, size: int, magic: bytes) -> Read:
    """Return a way to read a file that is packed as a whole, as long as it does not unpack without end."""
    window = Window(_part(file, 0, size), 0)
    reader = gzip.GzipFile(fileobj=window) if magic == GZIP else ZstdReader(window)
    unpacked = 0

    def read(wanted: int) -> bytes:
        nonlocal unpacked
        wanted = min(wanted, _WHOLE_CHUNK_BYTES)
        data: bytes = reader.read1(wanted) if isinstance(reader, gzip.GzipFile) else reader.read(wanted)
        unpacked += len(data)
        if unpacked > max(ARCHIVE_RATIO_FROM_BYTES, ARCHIVE_RATIO * window.tell()):
            raise OSError(f"unpacks to more than {ARCHIVE_RATIO} times its size")
        return data

    return read


def _is_one_record(file: BinaryIO, size: int, magic: bytes) -> bool:
    """Tell whether the first member holds one record only, as far as its header can be believed."""
    member = _Member(file, 0, size, magic)
    head, _ = _upto(member.read, ARCHIVE_HEADER_BYTES)
    begin = _end_of_header(head)
    length = _LENGTH.search(head[:begin])
    if not length or int(length[1]) > _FIRST_RECORD_BYTES:
        return True
    more = begin + int(length[1]) + 4 + 1 - len(head)
    return more > 0 and len(_upto(member.read, more)[0]) < more


def _end_of_header(head: bytes) -> int:
    return head.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in head else 0


def _upto(read: Read, size: int) -> tuple[bytes, Exception | None]:
    """Return `size` bytes, fewer only at the end or where an error, the second value, put an end to it."""
    parts = []
    try:
        while size > 0 and (data := read(size)):
            parts.append(data)
            size -= len(data)
    except UNPACKING_ERRORS as error:
        return b"".join(parts), error
    return b"".join(parts), None
