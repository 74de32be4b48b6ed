"""Bytes of a page in, text out. Pure."""

import codecs
from dataclasses import dataclass

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROLS = bytes(set(range(32)) - {*b"\t\n\v\f\r\x1b"})
_CONTROL_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a page, lines ended by line feeds; None where the bytes hold none. `note` says what was not clean."""

    text: str | None
    note: str | None = None


def decode(data: bytes) -> Decoded:
    """Decode a page: UTF-8 unless a byte-order mark says UTF-16. Bytes that are not valid are replaced and counted."""
    bom, encoding = next(((b, e) for b, e in _BOMS if data.startswith(b)), (b"", "utf-8"))
    body = data[len(bom) :]
    if not body.strip():
        return Decoded(None, "empty page")
    if encoding == "utf-8" and b"\0" in body:
        return Decoded(None, "binary data, not text")
    try:
        text = body.decode(encoding)
        return Decoded(_lines(text)) if text.strip() else Decoded(None, "empty page")
    except UnicodeDecodeError as error:
        first = error.start + len(bom)
    if encoding == "utf-8" and len(body) - len(body.translate(None, _CONTROLS)) > _CONTROL_SHARE * len(body):
        return Decoded(None, "binary data, not text")
    text = body.decode(encoding, errors="replace")
    replaced = text.count("\ufffd") - body.count("\ufffd".encode(encoding))
    return Decoded(_lines(text), f"not valid {encoding.upper()}: {replaced} places replaced, the first at byte {first}")


def printable(text: str) -> str:
    """Return text with everything that is not printable written as an escape: a page cannot steer a screen."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
