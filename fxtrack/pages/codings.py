"""Decodes HTTP content codings (RFC 9110, section 8.4) up to a size limit. Pure."""

import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence

from fastwarc.stream_io import BrotliReader, ZstdReader

from fxtrack.errors import PageError
from fxtrack.files import GZIP, ZSTD
from fxtrack.limits import CODING_PARTS, CONTENT_CODINGS
from fxtrack.model.location import printable

_STREAMS = {"br": BrotliReader, "zstd": ZstdReader}
_DEFLATES = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_WINDOW, _ZLIB_WINDOW, _BARE_WINDOW = 31, 15, -15
_FIRST_BYTES, _CHUNK_BYTES = 512, 64 * 1024
_PADDING = re.compile(rb"\0*")


def codings_in(values: Iterable[str]) -> list[str]:
    """Return the codings that a header's values name, in the order of their application."""
    named = [coding.strip().lower() for value in values for coding in value.split(",")]
    return [coding for coding in named if coding not in {"", "identity"}]


def decode_content(data: bytes, codings: Sequence[str], max_bytes: int) -> bytes:
    """Decode the body of a stored page. A body without the named coding is returned unchanged: crawlers decode some.

    Raises:
        PageError: a coding is unknown, the data is damaged or incomplete, or it decodes to more than `max_bytes`.
    """
    for coding in _last_first(codings):
        if coding not in _DEFLATES | _STREAMS.keys():
            raise PageError(f"content coding {printable(coding)!r} is not known")
        data = _decoded(data, coding, max_bytes, stored=True)
    if len(data) > max_bytes:
        raise over_limit(max_bytes)
    return data


def decode_answer(body: bytes, codings: Sequence[str], max_bytes: int, *, cut: bool = False) -> bytes:
    """Decode the body of an answer to a request for gzip; `cut` returns the first `max_bytes` of a longer one.

    Raises:
        PageError: a coding was not requested, the data is damaged or incomplete, or decodes to more than `max_bytes`.
    """
    for coding in _last_first(codings):
        if coding not in _DEFLATES:
            raise PageError(f"has the coding {printable(coding)!r}, which was not requested")
        body = _decoded(body, coding, max_bytes, stored=False, cut=cut)
    return body


def gunzip(data: bytes, max_bytes: int) -> bytes:
    """Unpack gzip data; data without its magic number is returned unchanged.

    Raises:
        PageError: it is incomplete, damaged, or unpacks to more than `max_bytes`.
    """
    return _decoded(data, "gzip", max_bytes, stored=True)


def over_limit(max_bytes: int, key: str = " (ingest.max_page_bytes)") -> PageError:
    """Return the error for a page that is too long; `key` names the setting to change."""
    return PageError(f"unpacks to more than the limit of {max_bytes:,} bytes{key}")


def _last_first(codings: Sequence[str]) -> Iterator[str]:
    if len(codings) > CONTENT_CODINGS:
        raise PageError(f"compressed {len(codings)} times over, more than {CONTENT_CODINGS}")
    return reversed(codings)


def _decoded(data: bytes, coding: str, max_bytes: int, *, stored: bool, cut: bool = False) -> bytes:
    # an answer without a body, such as "not modified", may still name a coding
    if not data or (stored and coding in {"gzip", "x-gzip"} and not data.startswith(GZIP)):
        return data
    parts: list[bytes] = []
    left = max_bytes
    try:
        for part in _streamed(data, coding) if coding in _STREAMS else _inflated(data, coding, stored=stored):
            parts.append(part)
            left -= len(part)
            if left < 0:
                if not cut:
                    raise over_limit(max_bytes) if stored else over_limit(max_bytes, "")
                break
    except EOFError:
        if not cut:
            raise PageError("the compressed data is incomplete") from None
    except (OSError, zlib.error) as error:
        if stored and not parts and _looks_plain(data):
            return data
        raise PageError(f"the compressed data is damaged: {error}") from None
    return b"".join(parts)[:max_bytes]


def _inflated(data: bytes, coding: str, *, stored: bool) -> Iterator[bytes]:
    """Yield what zlib decodes; several gzip members count as one.

    Chunks begin small, since zlib copies the bytes behind the end of each member.
    """
    window = _GZIP_WINDOW if coding != "deflate" else _ZLIB_WINDOW if _is_zlib(data) else _BARE_WINDOW
    view, position = memoryview(data), 0
    for _ in range(CODING_PARTS):
        inflater, size = zlib.decompressobj(window), _FIRST_BYTES
        packed: bytes | memoryview = b""
        while not inflater.eof:
            if not packed:
                packed = view[position : position + size]
                position, size = position + len(packed), min(2 * size, _CHUNK_BYTES)
            part = inflater.decompress(packed, _CHUNK_BYTES)
            if part:
                yield part
            elif not packed and not inflater.eof:
                raise EOFError
            packed = inflater.unconsumed_tail
        position = _end_of_padding(data, position - len(inflater.unused_data))
        if position == len(data) or (stored and not data.startswith(GZIP, position)):
            return
    raise PageError(f"compressed in more than {CODING_PARTS:,} parts")


def _end_of_padding(data: bytes, start: int) -> int:
    found = _PADDING.match(data, start)
    return found.end() if found else start


def _is_zlib(data: bytes) -> bool:
    """Return whether data is in zlib's format (RFC 1950, 2.2), the standard's; some servers send bare deflate."""
    return len(data) > 1 and data[0] & 0x0F == 8 and (data[0] * 256 + data[1]) % 31 == 0  # noqa: PLR2004


def _streamed(data: bytes, coding: str) -> Iterator[bytes]:
    reader = _STREAMS[coding](io.BytesIO(data))
    if coding == "zstd" and data.count(ZSTD) > CODING_PARTS:
        raise PageError(f"compressed in more than {CODING_PARTS:,} parts")
    while part := reader.read(_CHUNK_BYTES):
        yield part


def _looks_plain(data: bytes) -> bool:
    """Return whether supposedly coded bytes are text."""
    return data[:256].lstrip()[:1] == b"<" or (data[:256].isascii() and b"\0" not in data[:256])
