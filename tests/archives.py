"""WARC files for tests, written by warcio, and ways to damage them."""

import gzip
import io
import re
import uuid
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from fastwarc.stream_io import ZstdWriter
from markups import block_page
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

SITE = "https://timesca.com"


class _Writer(WARCWriter):  # type: ignore[misc]
    """A writer that leaves no temporary files to the garbage collector."""

    @classmethod
    def _create_temp_file(cls) -> io.BytesIO:
        return io.BytesIO()


class Made(NamedTuple):
    """A record to be written; `http` None makes one without HTTP."""

    uri: str | None = f"{SITE}/"
    body: bytes = b""
    http: tuple[str, Sequence[tuple[str, str]]] | None = ("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    kind: str = "response"
    date: str | None = "2025-12-12T10:00:00Z"
    more: tuple[tuple[str, str], ...] = ()
    content_type: str | None = None


Records = Sequence[Made | bytes]


def html(number: int = 0, date: str | None = "12 December 2025") -> bytes:
    """Return a page that differs from that of any other number."""
    return block_page("list", date=date).encode() + f"<p>Page {number}.</p>".encode()


def response(number: int = 0, **changes: object) -> Made:
    """Return a response whose page differs from that of any other number."""
    made = Made(f"{SITE}/page/{number}", html(number))
    return made._replace(**changes)  # type: ignore[arg-type]


def record(made: Made) -> bytes:
    """Return one record, as in a plain file."""
    out = io.BytesIO()
    writer = _Writer(out, gzip=False)
    headers = {"WARC-Date": made.date} if made.date else {}
    headers["WARC-Record-ID"] = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, repr(made))}>"
    headers.update(made.more)
    http = StatusAndHeaders(made.http[0], list(made.http[1]), protocol="HTTP/1.1") if made.http else None
    written = writer.create_warc_record(
        made.uri or "urn:none", made.kind, payload=io.BytesIO(made.body), http_headers=http,
        warc_content_type=made.content_type or "", warc_headers_dict=headers,
    )  # fmt: skip
    writer.write_record(written)
    data = out.getvalue()
    return data if made.uri else re.sub(rb"WARC-Target-URI: [^\r]*\r\n", b"", data)


def plain(records: Records) -> bytes:
    return b"".join(r if isinstance(r, bytes) else record(r) for r in records)


def members(records: Records) -> bytes:
    """Return a WARC file with a gzip member for each record."""
    return b"".join(gzip.compress(plain([r]), mtime=0) for r in records)


def whole(records: Records) -> bytes:
    return gzip.compress(plain(records), mtime=0)


def frames(records: Records) -> bytes:
    """Return a WARC file with a zstd frame for each record."""
    return b"".join(zstd(plain([r])) for r in records)


def whole_zstd(records: Records) -> bytes:
    return zstd(plain(records))


def zstd(data: bytes) -> bytes:
    out = io.BytesIO()
    with ZstdWriter(out) as writer:
        writer.write(data)
    return out.getvalue()


PACKINGS = {"plain": plain, "gzip": members, "gzip whole": whole, "zstd": frames, "zstd whole": whole_zstd}
NAMES = {packing: "a.warc" + {"p": "", "g": ".gz", "z": ".zst"}[packing[0]] for packing in PACKINGS}


def starts(packing: str, records: Records) -> list[int]:
    """Return the offset of each record, as in its location."""
    pack = PACKINGS[packing] if packing in {"gzip", "zstd"} else plain
    return [len(pack(records[:number])) for number in range(len(records))]


def cut(data: bytes, start: int, length: int, by: bytes = b"") -> bytes:
    """Return data with something else, or nothing, in place of some of its bytes."""
    return data[:start] + by + data[start + length :]


def with_length(data: bytes, length: object) -> bytes:
    """Return a record that says it has another length."""
    return re.sub(rb"(?<=\r\nContent-Length: )\d+", str(length).encode(), data, count=1)


def deflated(data: bytes, *, bare: bool = False) -> bytes:
    packer = zlib.compressobj(wbits=-15 if bare else 15)
    return packer.compress(data) + packer.flush()
