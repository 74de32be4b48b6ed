"""The page in a record of an archive: HTTP taken off, codings undone. Nothing unpacks without end."""

import datetime as dt
import http.client
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from fastwarc.stream_io import BrotliReader, ZstdReader
from fastwarc.warc import HeaderMap

from fxtrack.errors import PageError
from fxtrack.extract.text.decode import known_encoding
from fxtrack.limits import ARCHIVE_HEADER_BYTES, CONTENT_CODINGS, EARLIEST_PAGE_DATE
from fxtrack.pages.warc import Record

_CHUNK_BYTES = 64 * 1024
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
_UNTYPED = frozenset({"", "application/octet-stream", "unknown/unknown", "application/x-unknown", "*/*"})
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?\s*([^\s"';,]+)""", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;[^\n]{0,200})?\r?\n")
_OK = range(200, 300)
_PARTIAL = frozenset({204, 205, 206})


class SkipReason(StrEnum):
    """Why a record is no capture of a page."""

    OTHER = "of another kind"  # requests, metadata; revisits, which say that a page was as before
    FOREIGN = "of no source"
    MEDIA = "not a page"  # images, styles, scripts
    STATUS = "not answered with a page"  # redirects, errors, parts


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes of a page, and what came with them; `media_type` is None where nothing tells."""

    data: bytes
    media_type: str | None
    charset: str | None


def is_capture(record: Record) -> bool:
    """Tell whether a record of this kind can hold a page."""
    return record.kind in {"response", "resource", "conversion"}


def payload_of(record: Record, max_bytes: int) -> Payload | SkipReason:
    """Return the page that a record holds, or why it holds none.

    Args:
        record: with its block loaded.
        max_bytes: what the page may have, unpacked.

    Raises:
        PageError: it should be a page and cannot be read.
    """
    block = record.block or b""
    if record.kind != "response":
        return _typed(block, record.content_type or "")
    headers, body = _http(block)
    status = headers.status_code or 0
    if status not in _OK or status in _PARTIAL:
        return SkipReason.STATUS
    content_type = headers.get("Content-Type") or ""
    if _media_type(content_type) not in _PAGE_TYPES | _UNTYPED:
        return SkipReason.MEDIA
    transfer = [c for c in _codings(headers, "Transfer-Encoding") if c != "identity"]
    if transfer and _CHUNK_SIZE.match(body):  # many crawlers take the chunks off and leave the header
        body = _dechunked(body)
    codings = [*_codings(headers, "Content-Encoding"), *transfer]
    return _typed(
        decode_content(body, [c for c in codings if c not in {"chunked", "identity"}], max_bytes), content_type
    )


def http_body(record: Record) -> bytes:
    """Return the body of the HTTP response in a record, as it was sent.

    Raises:
        PageError: it is none.
    """
    return _http(record.block or b"")[1]


def is_too_long(record: Record) -> SkipReason | None:
    """Tell what a record is that is longer than any page: its kind of media says it is none, or None."""
    media = _media_type(record.content_type or "")
    return None if record.kind == "response" or media in _PAGE_TYPES | _UNTYPED else SkipReason.MEDIA


def captured_at(record: Record) -> dt.datetime | None:
    """Return when a record was captured, UTC, None where it does not say so to the second."""
    try:
        moment = dt.datetime.fromisoformat(record.date or "")
    except ValueError:
        return None
    if len(record.date or "") < len("2025-12-12T10:00"):
        return None
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return moment if moment.date() >= EARLIEST_PAGE_DATE else None


def decode_content(data: bytes, codings: list[str], max_bytes: int) -> bytes:
    """Undo content codings, the last first (RFC 9110, section 8.4). What is not packed after all is left as it is.

    Raises:
        PageError: they cannot be undone, or unpack to more than `max_bytes`.
    """
    if len(codings) > CONTENT_CODINGS:
        raise PageError(f"packed {len(codings)} times over, more than {CONTENT_CODINGS}")
    for coding in reversed(codings):
        if coding not in _UNPACKERS:
            raise PageError(f"content coding {coding!r} is not known")
        data = _UNPACKERS[coding](data, max_bytes)
    if len(data) > max_bytes:
        raise over_limit(max_bytes)
    return data


def gunzip(data: bytes, max_bytes: int) -> bytes:
    """Return what gzip packed; what does not begin like gzip is left as it is.

    Raises:
        PageError: it breaks off, is damaged, or unpacks to more than `max_bytes`.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    parts: list[bytes] = []
    left = max_bytes
    while data.startswith(b"\x1f\x8b"):  # several members count as one
        inflater = zlib.decompressobj(31)
        parts.append(_inflated(inflater, data, left))
        left -= len(parts[-1])
        if left < 0:
            raise over_limit(max_bytes)
        data = inflater.unused_data
    return b"".join(parts)


def over_limit(max_bytes: int) -> PageError:
    """Return the error of a page that is too long."""
    return PageError(f"unpacks to more than the limit of {max_bytes:,} bytes (ingest.max_page_bytes)")


def _inflated(inflater: "zlib._Decompress", data: bytes, max_bytes: int) -> bytes:
    try:
        unpacked = inflater.decompress(data, max_bytes + 1)
    except zlib.error as error:
        raise PageError(f"packed, and damaged: {error}") from None
    if not inflater.eof and len(unpacked) <= max_bytes:
        raise PageError("packed, and breaks off")
    return unpacked


def _inflate(data: bytes, max_bytes: int) -> bytes:
    """Undo ``deflate``: zlib's format by the standard, bare deflate from servers that misread it."""
    bare = len(data) < 2 or (data[0] & 0x0F) != 8 or (data[0] * 256 + data[1]) % 31  # noqa: PLR2004 -- RFC 1950, 2.2
    return _inflated(zlib.decompressobj(-15 if bare else 15), data, max_bytes)


def _streamed(kind: type[BrotliReader] | type[ZstdReader]) -> Callable[[bytes, int], bytes]:
    def unpack(data: bytes, max_bytes: int) -> bytes:
        parts, left = [], max_bytes + 1
        reader = kind(io.BytesIO(data))
        try:
            while left > 0 and (part := reader.read(min(left, _CHUNK_BYTES))):
                parts.append(part)
                left -= len(part)
        except OSError as error:
            if not parts and _looks_plain(data):
                return data
            raise PageError(f"packed, and damaged: {error}") from None
        return b"".join(parts)

    return unpack


_UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": gunzip, "x-gzip": gunzip, "deflate": _inflate, "br": _streamed(BrotliReader), "zstd": _streamed(ZstdReader),
}  # fmt: skip


def _looks_plain(data: bytes) -> bool:
    """Tell whether bytes that should be packed are text: many crawlers unpack and leave the header."""
    return data[:256].lstrip()[:1] == b"<" or (data[:256].isascii() and b"\0" not in data[:256])


def _http(block: bytes) -> tuple[HeaderMap, bytes]:
    headers = HeaderMap()
    try:
        begin = headers.parse(io.BytesIO(block))
    except OSError:
        raise PageError(f"its HTTP header is over the limit of {ARCHIVE_HEADER_BYTES // 1024:,} KiB") from None
    if headers.status_code is None:
        raise PageError("no HTTP response in it")
    return headers, block[begin:]


def _codings(headers: HeaderMap, name: str) -> list[str]:
    return [c.strip().lower() for value in headers.get_multiple(name) for c in value.split(",") if c.strip()]


def _dechunked(body: bytes) -> bytes:
    """Undo the chunked transfer coding (RFC 9112, section 7.1), by Python's own HTTP client."""
    response = http.client.HTTPResponse(_Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body))  # type: ignore[arg-type]
    try:
        response.begin()
        return response.read()
    except (http.client.HTTPException, ValueError, OSError):
        raise PageError("in chunks, and breaks off") from None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the client takes for a socket."""

    data: bytes

    def makefile(self, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO(self.data)


def _typed(data: bytes, content_type: str) -> Payload | SkipReason:
    media = _media_type(content_type)
    if media not in _PAGE_TYPES | _UNTYPED:
        return SkipReason.MEDIA
    if media in _UNTYPED and b"\0" in data[:1024]:
        return SkipReason.MEDIA
    charset = _CHARSET.search(content_type)
    return Payload(
        data, media if media in _PAGE_TYPES else None, charset[1] if charset and known_encoding(charset[1]) else None
    )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
