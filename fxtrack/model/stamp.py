"""The stamp of a chart or an export: the question that it answers, the version of the database, a digest of its rows.

A stamp is one line of JSON in ASCII. Its `content` is a digest of the file around it: the file is made with zeros in
that place, and the digest of those bytes replaces them.
"""

import binascii
import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

FORMAT = 1
"""Number of this kind of stamp."""

_OPEN = "0" * 64
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">I4s")


class Digest(msgspec.Struct, frozen=True):
    """Number of the rows of one table, and the SHA-256 of their text."""

    rows: int
    sha256: str

    @classmethod
    def of(cls, rows: int, text: bytes) -> "Digest":
        """Return the digest of a table as text."""
        return cls(rows, hashlib.sha256(text).hexdigest())


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of a file.

    Attributes:
        fxtrack: the version that made it.
        made: ``chart`` or ``export``.
        query: the question: kind, pairs, source, range, and so on, as strings.
        first: the first page date in it, None without any.
        last: the last page date in it.
        store: the identity of the database.
        generation: the version of its data.
        definitions: digest of its views and macros.
        tables: the tables that it shows, by name.
        content: digest of the file; see the module.
        format: number of this kind of stamp.
    """

    fxtrack: str
    made: str
    query: dict[str, str]
    first: str | None
    last: str | None
    store: str
    generation: int
    definitions: str
    tables: dict[str, Digest]
    content: str = _OPEN
    format: int = FORMAT

    @property
    def text(self) -> str:
        """The stamp as one line of ASCII."""
        return json.dumps(msgspec.to_builtins(self), separators=(",", ":"), sort_keys=True)

    @property
    def rows(self) -> int:
        """Number of rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    def with_content(self, data: bytes) -> "Stamp":
        """Return the stamp for a file that stands beside it."""
        return msgspec.structs.replace(self, content=hashlib.sha256(data).hexdigest())


def parse_stamp(text: str) -> Stamp | None:
    """Return the stamp that a text holds, None if it holds none."""
    try:
        return msgspec.json.decode(text, type=Stamp)
    except (msgspec.DecodeError, UnicodeError):
        return None


def seal(data: bytes) -> bytes:
    """Return a file whose stamp has the digest of its content in place of the zeros."""
    return _with_checksums(data.replace(_OPEN.encode(), content_of(data, _OPEN).encode(), 1))


def content_of(data: bytes, content: str) -> str:
    """Return the digest of a file with zeros in place of the digest in its stamp."""
    return hashlib.sha256(_with_checksums(data.replace(content.encode(), _OPEN.encode(), 1))).hexdigest()


def png_texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the texts in a PNG by keyword (PNG specification, tEXt)."""
    for kind, start, end in _chunks(data):
        if kind == b"tEXt":
            key, _, text = data[start:end].partition(b"\0")
            yield key.decode("latin-1"), text.decode("latin-1")


def _with_checksums(data: bytes) -> bytes:
    """Return a PNG with the checksums of its texts as they should be; any other file unchanged."""
    if not data.startswith(_PNG):
        return data
    changed = bytearray(data)
    for kind, start, end in _chunks(data):
        if kind == b"tEXt":
            changed[end : end + 4] = binascii.crc32(data[start - 4 : end]).to_bytes(4, "big")
    return bytes(changed)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of each chunk of a PNG, as far as it is whole."""
    at = len(_PNG)
    while at + _CHUNK.size <= len(data):
        length, kind = _CHUNK.unpack_from(data, at)
        start = at + _CHUNK.size
        if start + length + 4 > len(data):
            return
        yield kind, start, start + length
        at = start + length + 4


def given_values(query: Mapping[str, Any]) -> dict[str, str]:
    """Return the given parameters of a question as strings; those that are not given are left out."""
    return {name: str(value) for name, value in query.items() if value not in {None, "", ()}}
