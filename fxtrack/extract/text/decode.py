"""Decodes the bytes of a page. Pure.

The encoding is chosen in the order of the HTML standard: a byte-order mark, the server's charset, the charset that the
page declares, UTF-8 where the bytes are valid, and last a guess. Bytes that cannot be decoded are replaced and counted.
"""

import codecs
import re
from typing import NamedTuple

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BOM_STARTS = tuple(bom for bom, _ in _BOMS)
_CONTROLS = bytes(set(range(32)) - {*b"\t\n\v\f\r\x1b"})
_CONTROL_SHARE = 0.02
_META_BYTES = 4096  # the standard requires 1,024; on many pages the declaration comes later
_META = re.compile(rb"""<meta\s[^>]{0,400}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.\-]{2,40})""", re.IGNORECASE)
_TAG = re.compile(rb"<[^>]{0,2000}>")
_GUESS_BYTES = 16 * 1024
_GUESS_LETTERS = 16  # too few non-ASCII bytes to guess from
_WIDE_BYTES = 64
_GUESSES = ["cp1251", "koi8_r", "cp866", "iso8859_5", "cp1252", "cp1254", "gb18030"]
# Meanings of labels on the web (https://encoding.spec.whatwg.org/#names-and-labels) where Python's codecs differ.
_WEB = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "tis-620": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "euc_kr": "cp949", "utf-16": "utf-16-le", "koi8-u": "koi8-u",
}  # fmt: skip
_ENCODING = re.compile(
    r"utf-(?:8|16(?:-[lb]e)?)|cp(?:125\d|866|874|949|932)|iso8859-\d+|koi8-[rut]|mac-(?:cyrillic|roman)|gb18030|gbk|gb2312|"
    r"big5|big5hkscs|euc_jp|euc_kr|shift_jis|ascii|tis-620"
)  # Python has other codecs, some of which decompress their input


class Decoded(NamedTuple):
    """Text of a page with line feeds between lines, None where there is none; `note` describes decoding problems."""

    text: str | None
    note: str | None = None


def decode(data: bytes, charset: str | None = None) -> Decoded:
    """Decode a page.

    Args:
        data: its bytes.
        charset: the encoding that the server named, if any.
    """
    bom, marked = b"", None
    if data.startswith(_BOM_STARTS):
        bom, marked = next((b, e) for b, e in _BOMS if data.startswith(b))
    body = data[len(bom) :]
    declared = marked or (known_encoding(charset) if charset else None) or _declared_in(body)
    encoding = declared or "utf-8"
    if not body or body.isspace():
        return Decoded(None, "empty page")
    if b"\0" in body and not encoding.startswith("utf-16"):
        wide = _wide(body)
        if wide and (text := _strictly(body, wide)):
            return Decoded(_lines(text), f"says no encoding; read as {wide}, which its bytes look like")
        return Decoded(None, "binary data, not text")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        return _unclean(body, declared, encoding, error.start + len(bom))
    if text.isspace():
        return Decoded(None, "empty page")
    return Decoded(_lines(text) if b"\r" in body else text)  # quicker to see in bytes


def _unclean(body: bytes, declared: str | None, encoding: str, first: int) -> Decoded:
    """Decode bytes that are invalid in their encoding: in another one if that is certain, or with replacements."""
    wide = encoding.startswith("utf-16")
    if not wide and len(body) - len(body.translate(None, _CONTROLS)) > _CONTROL_SHARE * len(body):
        return Decoded(None, "binary data, not text")
    if not wide and declared not in {None, "utf-8"} and (valid := _strictly(body, "utf-8")) is not None:
        return Decoded(_lines(valid), f"says it is {encoding}, and is UTF-8")
    if declared is None and (guess := _looks_like(body)) and (valid := _strictly(body, guess)) is not None:
        return Decoded(_lines(valid), f"says no encoding; read as {guess}, which its bytes look like")
    text = body.decode(encoding, errors="replace")
    replaced = text.count("\ufffd") - (body.count("\ufffd".encode(encoding)) if encoding.startswith("utf-") else 0)
    return Decoded(_lines(text), f"not valid {encoding.upper()}: {replaced} places replaced, the first at byte {first}")


def known_encoding(label: str | None) -> str | None:
    """Return Python's name for the encoding that a label means on the web; None for an unknown label."""
    try:
        name = codecs.lookup(label.strip(" \"'")).name if label else ""
    except (LookupError, ValueError):
        return None
    return _WEB.get(name, name) if _ENCODING.fullmatch(name) else None


def _declared_in(body: bytes) -> str | None:
    """Return the encoding that a page's markup declares; a 16-bit one is wrong, since the name was legible."""
    if body.find(b"<", 0, _META_BYTES) < 0 or not (found := _META.search(body[:_META_BYTES])):
        return None
    encoding = known_encoding(found[1].decode("ascii"))
    return "utf-8" if encoding and encoding.startswith("utf-16") else encoding


def _wide(body: bytes) -> str | None:
    """Return the UTF-16 encoding of a page without a byte-order mark: every other byte of ASCII text is zero."""
    sample = body[: min(_META_BYTES, len(body) // 2 * 2)]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < _WIDE_BYTES or min(even, odd) or 4 * max(even, odd) < len(sample):
        return None
    encoding = "utf-16-be" if even else "utf-16-le"
    text = _strictly(sample, encoding)
    return encoding if text and not any(c < " " and c not in "\t\n\v\f\r" for c in text) else None


def _looks_like(body: bytes) -> str | None:
    """Guess the encoding from words; digits are the same in all encodings."""
    if len(body.translate(None, bytes(range(128)))) < _GUESS_LETTERS:
        return None
    from charset_normalizer import from_bytes

    # single bytes are bullets and dashes, and a ticker has many of them
    words = b" ".join(bit for bit in _TAG.sub(b" ", body).split() if len(bit) > 1 and not bit.isascii())[:_GUESS_BYTES]
    best = from_bytes(words, cp_isolation=_GUESSES).best() if words else None
    return best.encoding if best else None


def _strictly(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        return None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
