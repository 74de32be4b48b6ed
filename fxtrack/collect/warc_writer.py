"""Writes WARC files (ISO 28500), one for each page, whole and on disk when the writer returns."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from uuid import uuid4

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from fxtrack import __version__
from fxtrack.collect.http.client import Exchange, Hop
from fxtrack.errors import FetchError
from fxtrack.files import make_folder, write_whole
from fxtrack.limits import HTTP_HEADER_BYTES
from fxtrack.model.location import NOT_MODIFIED, printable

_CHUNKS_HEADER = "transfer-encoding"


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One WARC record of an HTTP message.

    Attributes:
        kind: ``request``, ``response`` or ``revisit``, the answer that a page is unchanged.
        captured_utc: when the page was captured; whole seconds are kept.
        start: the message's first line: ``GET /path HTTP/1.1`` or ``HTTP/1.1 200 OK``.
        headers: of the message.
        body: of the message, chunks joined.
        more: further WARC headers.
    """

    kind: str
    uri: str
    captured_utc: dt.datetime
    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    more: Mapping[str, str] = field(default_factory=dict)


def write_warc(target: Path, info: Mapping[str, str], records: Iterable[NewRecord] = (), members: bytes = b"") -> None:
    """Write a WARC file, a gzip member for each record, and wait until it is on disk.

    Args:
        target: the file, written whole or not at all.
        info: the fields of its `warcinfo` record besides the software.
        records: HTTP messages.
        members: records that are gzip members already, as an archive keeps them.

    Raises:
        FetchError: a response's header is longer than ingest reads.
        FxtrackError: the file cannot be written.
    """
    held = BytesIO()
    writer = WARCWriter(held, gzip=True)
    about = {"software": f"fxtrack/{__version__}", "format": "WARC File Format 1.0", **info}
    writer.write_record(writer.create_warcinfo_record(target.name, about))
    for record in records:
        protocol, _, status = record.start.partition(" ")
        answers = record.kind != "request"
        headers = StatusAndHeaders(status if answers else record.start, list(record.headers))
        if answers:
            headers.protocol = protocol
            size = len(headers.to_ascii_bytes())  # non-ASCII bytes are written as escapes, three times as long
            if size > HTTP_HEADER_BYTES:
                where = printable(record.uri)
                raise FetchError(f"{where}: its header takes {size:,} bytes, over the limit of {HTTP_HEADER_BYTES:,}")
        writer.write_record(
            writer.create_warc_record(
                record.uri, record.kind, payload=BytesIO(record.body), length=len(record.body), http_headers=headers,
                warc_headers_dict={"WARC-Date": f"{record.captured_utc:%Y-%m-%dT%H:%M:%SZ}", **record.more},
            )
        )  # fmt: skip
    make_folder(target.parent)
    write_whole(target, held.getvalue() + members)


def exchange_records(answer: Exchange, unchanged: Mapping[str, str] | None = None) -> Iterator[NewRecord]:
    """Yield request and response of each hop, with its own address: redirects stay visible.

    Args:
        answer: the exchange.
        unchanged: of an answer "not modified", the WARC headers that name the page it refers to.
    """
    for hop in answer.hops:
        response_id = f"<urn:uuid:{uuid4()}>"
        sent = {"WARC-Concurrent-To": response_id}
        came = {"WARC-Record-ID": response_id, **({"WARC-IP-Address": hop.address} if hop.address else {})}
        ask, reply = f"GET {hop.target} HTTP/1.1", f"HTTP/1.1 {hop.status} {hop.reason}".rstrip()
        yield NewRecord("request", hop.url, hop.asked_utc, ask, hop.request_headers, b"", sent)
        if unchanged is not None and hop is answer.last:
            yield NewRecord("revisit", hop.url, hop.asked_utc, reply, _stored_headers(hop), b"", came | {**unchanged})
        else:
            yield NewRecord("response", hop.url, hop.asked_utc, reply, _stored_headers(hop), hop.body, came)


def revisit_headers(uri: str, captured_utc: dt.datetime, capture_id: str) -> dict[str, str]:
    """Return the headers of a record that says "not modified": which page it refers to (ISO 28500, section 6.7)."""
    return {
        "WARC-Profile": f"http://netpreserve.org/warc/1.0/revisit/{NOT_MODIFIED}",
        "WARC-Refers-To-Target-URI": uri,
        "WARC-Refers-To-Date": f"{captured_utc:%Y-%m-%dT%H:%M:%SZ}",
        "WARC-Payload-Digest": f"sha256:{capture_id}",
    }


def _stored_headers(hop: Hop) -> tuple[tuple[str, str], ...]:
    """Return a response's headers, adapted to the stored body, which has no chunks.

    Headers that do not describe it are renamed to ``X-Crawler-...``, as crawlers do.
    """
    if hop.header(_CHUNKS_HEADER) is None:
        return hop.headers
    headers = [(f"X-Crawler-{n}" if n.lower() in {_CHUNKS_HEADER, "content-length"} else n, v) for n, v in hop.headers]
    return (*headers, ("Content-Length", str(len(hop.body))))
