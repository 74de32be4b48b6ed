"""A page and the file that may hold one, as values."""

import datetime as dt
import hashlib
from typing import NamedTuple


class PageFile(NamedTuple):
    """A file that may hold a page, as the folder lists it.

    Attributes:
        path: path on disk.
        location: its name in the store: a POSIX path, relative to the configuration's folder if it lies inside.
        size: bytes.
        mtime_ns: last change, nanoseconds since 1970 UTC.
    """

    path: str
    location: str
    size: int
    mtime_ns: int


class Page(NamedTuple):
    """One captured page.

    Attributes:
        location: its place, as the store names it; a record of an archive is ``FILE#OFFSET``.
        data: its bytes, unpacked.
        uri: the address that it was captured from, None if unknown.
        captured_utc: when it was captured, None if unknown.
        media_type: from the server, the archive or the file's name; None if unknown.
        charset: the encoding that the server named; None if it named none.
    """

    location: str
    data: bytes
    uri: str | None = None
    captured_utc: dt.datetime | None = None
    media_type: str | None = None
    charset: str | None = None

    @property
    def capture_id(self) -> str:
        """SHA-256 of the bytes, hex."""
        return hashlib.sha256(self.data).hexdigest()
