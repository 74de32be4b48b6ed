"""Unpacks gzip and zstd files in pieces, from any offset on."""

import gzip
import io
import re
import zlib
from collections.abc import Callable
from typing import BinaryIO

from fastwarc.stream_io import ZstdReader

from fxtrack.files import GZIP, ZSTD
from fxtrack.limits import WARC_CANDIDATES, WARC_FRAME_BLOCKS, WARC_RATIO, WARC_RATIO_FROM_BYTES

GZIP_MEMBER = GZIP + b"\x08"
"""The first bytes of a member of a gzip file: all are packed by method 8."""
UNPACKING_ERRORS = (OSError, EOFError, zlib.error)
CHUNK_BYTES = 64 * 1024
WHOLE_CHUNK_BYTES = 4 * 1024
"""Bytes unpacked at once of a file that is packed as a whole: a damage may cost this many bytes before it."""

Read = Callable[[int], bytes]


class Window:
    """A file from an offset on, with the methods that FastWARC needs: `read`, `tell` and `seek`.

    Attributes:
        candidates: offsets in the file at which a packed record may begin, in the order they were read.
        crowded: whether there were too many of them to keep.
        error: the error that stopped reading early.
    """

    def __init__(self, read: Read, start: int, magic: bytes = b"") -> None:
        """Wrap `read`, whose next byte is at `start`; `magic` marks candidates."""
        self._read, self._start, self._magic = read, start, magic
        self._marks = re.compile(re.escape(magic))
        self._given = 0
        self._tail = b""
        self.candidates: list[int] = []
        self.crowded = False
        self.error: str | None = None

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, none at the end."""
        if self.error:
            return b""
        try:
            data = self._read(size if 0 < size < CHUNK_BYTES else CHUNK_BYTES)
        except UNPACKING_ERRORS as error:
            self.error = str(error)
            return b""
        if self._magic and not self.crowded:
            self._note_candidates(data)
        self._given += len(data)
        return data

    def _note_candidates(self, data: bytes) -> None:
        base, kept = self._start + self._given, len(self._magic) - 1
        edge = self._tail + data[:kept]
        if (across := edge.find(self._magic)) >= 0:
            self.candidates.append(base - len(self._tail) + across)
        # a compiled pattern searches at twice the speed of bytes.find
        self.candidates += [base + found.start() for found in self._marks.finditer(data)]
        self._tail = data[-kept:] if len(data) >= kept else edge[-kept:]
        self.crowded = len(self.candidates) > WARC_CANDIDATES

    def tell(self) -> int:
        """Return the number of bytes read so far."""
        return self._given

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Refuse to seek: the bytes already read are not kept."""
        raise io.UnsupportedOperation("seek")

    def close(self) -> None:
        """Leave the file open: it belongs to the caller."""


class Member:
    """One gzip member or zstd frame, unpacked piece by piece; `end` is its end in the file, None until it is known."""

    def __init__(self, file: BinaryIO, start: int, size: int, magic: bytes) -> None:
        """Begin at `start` of a file of `size` bytes; the member's `magic` is `GZIP_MEMBER` or `ZSTD`."""
        self.end: int | None = None
        self._start = start
        self._inflater = zlib.decompressobj(31) if magic == GZIP_MEMBER else None
        self._consumed = 0
        if self._inflater:
            self._read = part_of(file, start, size)
        else:
            self._frame_end = _end_of_frame(file, start, size)
            end = size if self._frame_end is None else self._frame_end  # the reader would go on into the next frame
            self._zstd = ZstdReader(Window(part_of(file, start, end), 0))

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end of the member.

        Raises:
            EOFError: the file ends first.
            OSError, zlib.error: the member is damaged.
        """
        if self.end is not None:
            return b""
        if not self._inflater:
            data = self._zstd.read(min(size, WHOLE_CHUNK_BYTES))
            self.end = None if data else self._frame_end
            return data
        while not self._inflater.eof:
            packed = self._inflater.unconsumed_tail
            if not packed:
                packed = self._read(CHUNK_BYTES // 4)
                self._consumed += len(packed)
                if not packed:
                    raise EOFError("the file ends inside a gzip member")
            if data := self._inflater.decompress(packed, size):
                return data
        self.end = self._start + self._consumed - len(self._inflater.unused_data)
        return b""


def beginning_of(file: BinaryIO, start: int, end: int, magic: bytes) -> bytes:
    """Return the first unpacked bytes of the member at `start`, from its packed bytes before `end`.

    Raises:
        EOFError, OSError, zlib.error: these bytes do not unpack.
    """
    if magic == GZIP_MEMBER:
        return Member(file, start, end, magic).read(64)
    return ZstdReader(Window(part_of(file, start, end), 0)).read(64)


def _end_of_frame(file: BinaryIO, start: int, size: int) -> int | None:
    """Return where a zstd frame ends, by its block headers (RFC 8878, section 3.1.1); None if that is too far."""
    file.seek(start + len(ZSTD))
    descriptor = (file.read(1) or b"\0")[0]
    single = descriptor >> 5 & 1
    position = start + len(ZSTD) + 2 - single + (0, 1, 2, 4)[descriptor & 3] + (single, 2, 4, 8)[descriptor >> 6]
    for _ in range(WARC_FRAME_BLOCKS):
        file.seek(position)
        header = int.from_bytes(file.read(3), "little")
        position += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
        if header & 1:
            position += 4 * (descriptor >> 2 & 1)
            return position if position <= size else None
        if position > size:
            break
    return None


def part_of(file: BinaryIO, start: int, end: int) -> Read:
    """Return a function that reads a part of a file, independent of the file's position."""
    position = start

    def read(size: int) -> bytes:
        nonlocal position
        file.seek(position)
        data = file.read(max(0, min(size, end - position)))
        position += len(data)
        return data

    return read


def whole(file: BinaryIO, size: int, magic: bytes) -> Read:
    """Return a function that reads a file packed as a whole, as long as its ratio stays below `WARC_RATIO`."""
    window = Window(part_of(file, 0, size), 0)
    reader = gzip.GzipFile(fileobj=window) if magic == GZIP_MEMBER else ZstdReader(window)
    unpacked = 0

    def read(wanted: int) -> bytes:
        nonlocal unpacked
        wanted = min(wanted, WHOLE_CHUNK_BYTES)
        data: bytes = reader.read1(wanted) if isinstance(reader, gzip.GzipFile) else reader.read(wanted)
        unpacked += len(data)
        if unpacked > max(WARC_RATIO_FROM_BYTES, WARC_RATIO * window.tell()):
            raise OSError(f"unpacks to more than {WARC_RATIO} times its size")
        return data

    return read


def read_up_to(read: Read, size: int) -> tuple[bytes, Exception | None]:
    """Return `size` bytes, fewer at the end or before an error, which is the second value."""
    parts = []
    try:
        while size > 0 and (data := read(size)):
            parts.append(data)
            size -= len(data)
    except UNPACKING_ERRORS as error:
        return b"".join(parts), error
    return b"".join(parts), None
