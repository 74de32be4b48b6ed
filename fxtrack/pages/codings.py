"""Content codings of HTTP (RFC 9110, 8.4): packed bodies in, plain ones out, never more than was asked for. Pure."""

import zlib
from collections.abc import Sequence

from fxtrack.errors import FetchError
from fxtrack.limits import FETCH_CODINGS
from fxtrack.model.location import printable

_ZLIB = 8
"""The low half of the first byte of zlib data (RFC 1950: CM)."""


def codings_of(headers: Sequence[tuple[str, str]]) -> list[str]:
    """Return the codings that a message's headers name, in the order they were applied."""
    named = [c.strip().lower() for n, v in headers if n.lower() == "content-encoding" for c in v.split(",")]
    return [coding for coding in named if coding not in {"", "identity"}]


def unpacked(body: bytes, codings: Sequence[str], max_bytes: int, *, cut: bool = False) -> bytes:
    """Return a body after content decoding; with `cut` the first `max_bytes` of what it holds, and what can be had.

    Raises:
        FetchError: a coding is unknown, the data is damaged or cut short, or it unpacks to more than `max_bytes`.
    """
    if len(codings) > FETCH_CODINGS:
        raise FetchError(f"packed {len(codings)} times over, at most {FETCH_CODINGS} is taken")
    for coding in reversed(codings):
        body = _unpacked(body, coding, max_bytes, cut=cut)
    return body


def _unpacked(body: bytes, coding: str, max_bytes: int, *, cut: bool) -> bytes:
    if coding in {"gzip", "x-gzip"}:
        window = 16 + zlib.MAX_WBITS
    elif coding == "deflate":  # zlib by the standard, and raw by custom
        window = zlib.MAX_WBITS if body[:1] and body[0] & 15 == _ZLIB else -zlib.MAX_WBITS
    else:
        raise FetchError(f"packed as {printable(coding)!r}, which was not asked for")
    out = b""
    try:
        while body:
            unpacker = zlib.decompressobj(window)
            out += unpacker.decompress(body, max_bytes + 1 - len(out))
            if len(out) > max_bytes:
                if cut:
                    return out[:max_bytes]
                raise FetchError(f"unpacks to more than {max_bytes:,} bytes, the limit")
            if not unpacker.eof:
                if cut:
                    return out
                raise FetchError("is packed data cut short")
            body = unpacker.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise FetchError(f"is not what it says, {coding}: {error}") from error
    return out
