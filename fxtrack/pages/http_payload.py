"""Extracts the page of a WARC record: parses the HTTP header, joins chunks, removes codings. Pure."""

import datetime as dt
import http.client
import io
import re
from dataclasses import dataclass
from enum import StrEnum

from fastwarc.warc import HeaderMap

from fxtrack.errors import PageError
from fxtrack.extract.text.decode import known_encoding
from fxtrack.limits import EARLIEST_PAGE_DATE, HTTP_HEADER_BYTES
from fxtrack.pages.codings import codings_in, decode_content
from fxtrack.pages.warc import Record

_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
_UNTYPED = frozenset({"", "application/octet-stream", "unknown/unknown", "application/x-unknown", "*/*"})
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?\s*([^\s"';,]+)""", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;[^\n]{0,200})?\r?\n")
_CHUNK_BYTES = 64 * 1024
_OK = range(200, 300)
_PARTIAL = frozenset({204, 205, 206})


class SkipReason(StrEnum):
    """Why a record holds no page of a source."""

    OTHER = "of another kind"  # requests, metadata; revisits of other crawlers
    FOREIGN = "of no source"
    MEDIA = "not a page"  # images, styles, scripts
    STATUS = "not answered with a page"  # redirects, errors, parts


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes of a page, its media type and its encoding; None where nothing names them."""

    data: bytes
    media_type: str | None
    charset: str | None


def can_hold_page(record: Record) -> bool:
    """Return whether a record of this kind can hold a page."""
    return record.kind in {"response", "resource", "conversion"} or record.refers_to is not None


def payload_of(record: Record, max_bytes: int) -> Payload | SkipReason:
    """Return the page of a record, or the reason why it holds none.

    Args:
        record: with its block loaded.
        max_bytes: the most bytes of the page, unpacked.

    Raises:
        PageError: it should be a page and cannot be read.
    """
    block = record.block or b""
    if record.kind != "response":
        return _typed(block, record.content_type or "")
    headers, body = _parsed_http(block)
    status = headers.status_code or 0
    if status not in _OK or status in _PARTIAL:
        return SkipReason.STATUS
    content_type = headers.get("Content-Type") or ""
    if _media_type(content_type) not in _PAGE_TYPES | _UNTYPED:
        return SkipReason.MEDIA
    transfer = codings_in(headers.get_multiple("Transfer-Encoding"))
    if transfer and _CHUNK_SIZE.match(body):  # many crawlers join the chunks and keep the header
        body = _dechunked(body)
    codings = [*codings_in(headers.get_multiple("Content-Encoding")), *transfer]
    return _typed(decode_content(body, [c for c in codings if c != "chunked"], max_bytes), content_type)


def http_body(record: Record) -> bytes:
    """Return the body of the HTTP response in a record, as it was sent.

    Raises:
        PageError: the record holds no HTTP response.
    """
    return _parsed_http(record.block or b"")[1]


def reason_to_skip(record: Record) -> SkipReason | None:
    """Return the reason why a record longer than any page holds none; None if it may still hold a page."""
    media = _media_type(record.content_type or "")
    return None if record.kind == "response" or media in _PAGE_TYPES | _UNTYPED else SkipReason.MEDIA


def captured_at(record: Record) -> dt.datetime | None:
    """Return the capture time of a record, UTC; None if it is missing or less precise than a minute."""
    try:
        moment = dt.datetime.fromisoformat(record.date or "")
    except ValueError:
        return None
    if len(record.date or "") < len("2025-12-12T10:00"):
        return None
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return moment if moment.date() >= EARLIEST_PAGE_DATE else None


def _parsed_http(block: bytes) -> tuple[HeaderMap, bytes]:
    headers = HeaderMap()
    try:
        begin = headers.parse(io.BytesIO(block))
    except OSError:
        raise PageError(f"its HTTP header is over the limit of {HTTP_HEADER_BYTES // 1024:,} KiB") from None
    if headers.status_code is None:
        raise PageError("no HTTP response in it")
    return headers, block[begin:]


def _dechunked(body: bytes) -> bytes:
    """Join the chunks of a body (RFC 9112, section 7.1) with Python's own HTTP client."""
    response = http.client.HTTPResponse(_Socket(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body))  # type: ignore[arg-type]
    try:
        response.begin()
        return b"".join(iter(lambda: response.read(_CHUNK_BYTES), b""))  # a full read keeps every chunk as an object
    except (http.client.HTTPException, ValueError, OSError):
        raise PageError("the chunked body is incomplete") from None


@dataclass(frozen=True, slots=True)
class _Socket:
    """The part of a socket that the client needs."""

    data: bytes

    def makefile(self, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO(self.data)


def _typed(data: bytes, content_type: str) -> Payload | SkipReason:
    media = _media_type(content_type)
    if media not in _PAGE_TYPES | _UNTYPED or (media in _UNTYPED and b"\0" in data[:1024]):
        return SkipReason.MEDIA
    charset = _CHARSET.search(content_type)
    return Payload(
        data, media if media in _PAGE_TYPES else None, charset[1] if charset and known_encoding(charset[1]) else None
    )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
