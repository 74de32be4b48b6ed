"""Fetches one capture from a web archive: its original bytes and time, or the reason why there are none."""

import base64
import datetime as dt
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from itertools import islice
from pathlib import Path

from fxtrack.collect.archives.listed import Listed
from fxtrack.collect.http.client import Ask, Exchange, Web
from fxtrack.collect.http.headers import http_date
from fxtrack.collect.http.rate_limit import Stopped
from fxtrack.collect.warc_writer import NewRecord, write_warc
from fxtrack.config.settings import Archive
from fxtrack.errors import FetchError, PageError
from fxtrack.limits import WARC_HEADER_BYTES
from fxtrack.model.location import printable
from fxtrack.pages import warc
from fxtrack.pages.codings import over_limit
from fxtrack.pages.http_payload import Payload, http_body, payload_of
from fxtrack.pages.warc_packing import packing_of

_ORIGINAL = "x-archive-orig-"
_OF_THE_PAGE = frozenset({"content-type", "content-language", "last-modified", "etag"})
_NOT_OF_THE_BYTES = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection"})


class Absence(StrEnum):
    """The reason why an archive does not deliver a listed capture."""

    MISSING = "missing"
    BLOCKED = "blocked"
    DAMAGED = "damaged"
    FAILED = "failed"


class NotGiven(FetchError):
    """The archive does not deliver a capture; only `Absence.FAILED` can change with time."""

    def __init__(self, absence: Absence, reason: str) -> None:
        """Keep the kind of absence."""
        super().__init__(reason)
        self.absence = absence


class ArchiveClosed(FetchError):
    """The archive cannot be reached, or takes no requests for now."""


@dataclass(frozen=True, slots=True)
class ArchivedCopy:
    """A capture as the archive delivered it, ready to be written.

    Attributes:
        records, members: the content of its WARC file, see `write_warc`.
        digests: SHA-1, base 32, of the page's bytes as sent and as unpacked.
        note: a remark for people; None in the ordinary case.
    """

    listed: Listed
    source_uri: str
    records: tuple[NewRecord, ...]
    members: bytes
    digests: frozenset[str]
    note: str | None = None

    @property
    def digest_holds(self) -> bool:
        """Whether the listed digest is that of the bytes received, so that equal digests mean equal bytes."""
        return self.listed.digest in self.digests

    def save(self, target: Path, contact: str) -> None:
        """Write it to its own WARC file, on disk when this returns.

        Raises:
            NotGiven: its header is longer than ingest reads.
            FxtrackError: the file cannot be written.
        """
        about = {"operator": contact, "description": f"copied from {self.source_uri}"}
        try:
            write_warc(target, about, self.records, self.members)
        except FetchError as error:
            raise NotGiven(Absence.DAMAGED, str(error)) from error


def get_capture(web: Web, archive: Archive, listed: Listed, max_bytes: int) -> ArchivedCopy:
    """Ask an archive for the original bytes of a capture.

    Args:
        web: a client that may reach the archive.
        archive: the archive.
        listed: the capture, as its index lists it.
        max_bytes: the most bytes of the page.

    Raises:
        NotGiven: the archive does not deliver this capture.
        ArchiveClosed: the archive delivers no capture for now.
    """
    try:
        if archive.kind == "commoncrawl":
            return _get_record(web, archive, listed, max_bytes)
        return _get_replay(web, archive, listed, max_bytes)
    except (NotGiven, ArchiveClosed, Stopped):
        raise
    except FetchError as error:
        raise _explained(error) from error


def _explained(error: FetchError) -> FetchError:
    """Turn a failed request into an error of this capture or of the archive."""
    reason = str(error)
    if error.status in {404, 410}:
        return NotGiven(Absence.MISSING, reason)
    if error.status in {401, 403, 451}:
        return NotGiven(Absence.BLOCKED, reason)
    if error.again:
        if error.status in {None, 429} or error.not_before:
            return ArchiveClosed(reason, error.status, error.not_before)
        return NotGiven(Absence.FAILED, reason)
    return NotGiven(Absence.DAMAGED, reason)


def _get_replay(web: Web, archive: Archive, listed: Listed, max_bytes: int) -> ArchivedCopy:
    """Ask a replay server for the bytes as captured: the modifier ``id_`` after the timestamp."""
    base = archive.content.rstrip("/")

    def inside(url: str) -> None:
        if not url.startswith(base + "/"):
            raise NotGiven(Absence.MISSING, f"{printable(url)}: leads out of the archive")

    answer = web.get(Ask(f"{base}/{listed.stamp}id_/{listed.uri}", max_bytes, {}), inside)
    shown = _time_shown(answer, base)
    if shown is not None and shown != listed.captured_utc:
        # servers replace a missing capture by the nearest one of another time
        reason = f"{answer.hops[0].url}: not there; the archive shows the capture of {shown:%Y-%m-%d %H:%M:%S} instead"
        raise NotGiven(Absence.MISSING, reason)
    headers = (*_original_headers(answer), ("Content-Length", str(len(answer.data))))
    more = {"WARC-Source-URI": answer.last.url}
    record = NewRecord("response", listed.uri, listed.captured_utc, "HTTP/1.1 200 OK", headers, answer.data, more)
    digests = frozenset({_sha1(answer.data), _sha1(answer.last.body)})
    return ArchivedCopy(listed, answer.last.url, (record,), b"", digests)


def _get_record(web: Web, archive: Archive, listed: Listed, max_bytes: int) -> ArchivedCopy:
    """Ask a file server for the part of a WARC file with the record, which is kept unchanged."""
    if listed.filename is None or listed.offset is None or not listed.length:
        raise NotGiven(Absence.MISSING, f"{listed.uri} of {listed.stamp}: the index gives no position for it")
    url = f"{archive.content.rstrip('/')}/{listed.filename}"
    if listed.length > max_bytes:
        raise NotGiven(Absence.DAMAGED, f"{url}: a record of {listed.length:,} bytes, over the limit of {max_bytes:,}")
    part = f"bytes={listed.offset}-{listed.offset + listed.length - 1}"
    ask = Ask(url, listed.length, {"Range": part, "Accept-Encoding": "identity"}, accept=frozenset({206}))
    member = web.get(ask).last.body
    place = f"{url} at {listed.offset}"
    if len(member) != listed.length:
        raise NotGiven(Absence.DAMAGED, f"{place}: {len(member):,} bytes of {listed.length:,} came")
    try:
        record = _record_in(member, listed, max_bytes)
        page = payload_of(record, max_bytes)
        bodies = [http_body(record), *([page.data] if isinstance(page, Payload) else [])]
    except PageError as error:
        raise NotGiven(Absence.DAMAGED, f"{place}: {error}") from error
    cut = record.truncated
    note = f"{place}: the archive kept only the beginning of the page ({printable(cut)})" if cut else None
    return ArchivedCopy(listed, place, (), member, frozenset(map(_sha1, bodies)), note)


def _record_in(member: bytes, listed: Listed, max_bytes: int) -> warc.Record:
    """Return the record in a part of a WARC file, read as ingest reads it.

    Raises:
        PageError: it cannot be read, or is not the listed one.
    """
    packing = packing_of(BytesIO(member), len(member))
    items = warc.read_records(packing, lambda _record: max_bytes + WARC_HEADER_BYTES)
    first, *more = [*islice(items, 2), None]
    problem = next((item.reason for item in (first, *more) if isinstance(item, warc.Damage)), None)
    if problem or not isinstance(first, warc.Record):
        raise PageError(problem or "no record is there")
    found = (first.kind, first.uri, first.date)
    if found != ("response", listed.uri, f"{listed.captured_utc:%Y-%m-%dT%H:%M:%SZ}"):
        raise PageError(f"holds another record than the index says: {printable(' '.join(map(str, found)))}")
    if first.block is None:
        raise over_limit(max_bytes)
    return first


def _time_shown(answer: Exchange, base: str) -> dt.datetime | None:
    """Return the time of the capture in a replay, by its header or else its address."""
    header = answer.last.header("Memento-Datetime")
    if header is not None:
        with suppress(OverflowError):
            if (shown := http_date(header)) is not None:
                return shown.astimezone(dt.UTC)
        raise NotGiven(Absence.DAMAGED, f"{answer.last.url}: Memento-Datetime is no time: {printable(header)!r}")
    stamp = answer.last.url.removeprefix(base + "/").partition("/")[0].removesuffix("id_")
    try:
        return dt.datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _original_headers(answer: Exchange) -> tuple[tuple[str, str], ...]:
    """Return the page's own headers in a replay, without headers that do not fit its unpacked bytes."""
    headers: dict[str, tuple[str, str]] = {}
    for name, value in answer.last.headers:
        lower = name.lower()
        original = lower.removeprefix(_ORIGINAL)
        if (lower.startswith(_ORIGINAL) or lower in _OF_THE_PAGE) and original not in _NOT_OF_THE_BYTES:
            headers.setdefault(original, (name[len(_ORIGINAL) :] if lower != original else name, value))
    return tuple(headers.values())


def _sha1(data: bytes) -> str:
    return base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode("ascii")
