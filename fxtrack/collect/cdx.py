"""The index of a web archive (CDX API): which captures of an address are there?

Two dialects are spoken: the Wayback Machine's (rows of one JSON array, `resumeKey`) and that of pywb and Common Crawl
(a JSON object a line, `page`). Conditions on status and type are written differently in each, so none are sent.
"""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from fxtrack.collect.http.client import Ask, Web
from fxtrack.config.settings import Archive
from fxtrack.errors import FetchError
from fxtrack.limits import INDEX_ANSWERS, INDEX_BYTES, INDEX_ROWS, LISTED_CAPTURES
from fxtrack.model.location import printable

_STAMP = "%Y%m%d%H%M%S"
_STAMP_DIGITS = 14
_ALIASES = {"original": "url", "mimetype": "mime", "statuscode": "status"}
_NO_PAGE = 400
_NONE_FOUND = 404


@dataclass(frozen=True, slots=True)
class Listed:
    """A capture as an index lists it.

    Attributes:
        captured_utc: when it was captured, UTC, to the second.
        status: as listed, ``-`` for most revisits.
        digest: SHA-1 in base 32 of the archived record's payload, which need not be that of the bytes received.
        filename, offset, length: where its record lies, for archives that hand out their files.
    """

    captured_utc: dt.datetime
    uri: str
    mime: str = "-"
    status: str = "-"
    digest: str = ""
    filename: str | None = None
    offset: int | None = None
    length: int | None = None

    @property
    def stamp(self) -> str:
        """The capture time as archives write it: 14 digits."""
        return self.captured_utc.strftime(_STAMP)

    @property
    def is_revisit(self) -> bool:
        """Whether the archive kept a reference to an earlier capture in place of the same bytes."""
        return self.mime == "warc/revisit"


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One answer of an index: captures, rows that are none, and the key to the rest if the server gave one."""

    captures: tuple[Listed, ...]
    rows: int
    unreadable: int = 0
    resume_key: str | None = None

    @property
    def keys(self) -> set[tuple[str, str]]:
        """What tells its captures apart: timestamp and address."""
        return {(capture.stamp, capture.uri) for capture in self.captures}


@dataclass(slots=True)
class IndexListing:
    """What an index said in all, in how many `answers`. `unreadable` rows could not be understood."""

    captures: dict[tuple[str, str], Listed]
    unreadable: int = 0
    answers: int = 0

    def count(self, page: IndexPage) -> IndexPage:
        """Return an answer that has come, unless it is one too many."""
        self.answers += 1
        if self.answers > INDEX_ANSWERS:
            raise FetchError(
                f"the archive's list goes on after {INDEX_ANSWERS:,} answers; ask for less with --from, --to or --url"
            )
        return page

    def add(self, page: IndexPage) -> None:
        """Take an answer; the same capture twice counts once."""
        self.captures.update({(capture.stamp, capture.uri): capture for capture in page.captures})
        self.unreadable += page.unreadable
        if len(self.captures) > LISTED_CAPTURES:
            raise FetchError(
                f"the archive lists more than {LISTED_CAPTURES:,} captures; ask for fewer with --from, --to or --url"
            )


def list_captures(web: Web, archive: Archive, url: str, since: dt.date, until: dt.date) -> IndexListing:
    """Return all captures of an address within a range of dates (UTC, both included), a year at a time.

    Args:
        web: a client that may reach the index.
        archive: whose index.
        url: an address; with ``*`` at its end all that begin like it.
        since: first date.
        until: last date.

    Raises:
        FetchError: the index cannot be asked, or its answer is none.
    """
    listing = IndexListing({})
    first = dt.datetime.combine(since, dt.time.min, dt.UTC)
    last = dt.datetime.combine(until, dt.time(23, 59, 59), dt.UTC)
    if archive.kind == "commoncrawl":
        for index in _indexes(web, archive, first, last):
            _list_by_page(web, index, url, (first, last), listing)
        return listing
    start = first
    while start <= last:
        end = min(last, dt.datetime(start.year, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
        _list_by_key(web, archive.index, url, (start, end), listing)
        start = end + dt.timedelta(seconds=1)
    return listing


def parse_index(data: bytes) -> IndexPage:
    """Return what an answer of an index lists, whichever dialect it speaks.

    Raises:
        FetchError: it is no answer of an index.
    """
    text = data.decode("utf-8", "replace").strip()
    if not text:
        return IndexPage((), 0)
    try:
        if text.startswith("["):
            rows, key = _of_array(json.loads(text))
        else:
            rows, key = [json.loads(line) for line in text.splitlines()], None
            if len(rows) == 1 and ("error" in rows[0] or "message" in rows[0]):
                return _of_message(str(rows[0].get("error") or rows[0].get("message")))
        captures = tuple(capture for row in rows if (capture := _capture(row)) is not None)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        begin = printable(text[:60])
        raise FetchError(
            f"not an answer of an index (CDX API), it begins {begin!r}; check the archive's index"
        ) from error
    return IndexPage(captures, len(rows), len(rows) - len(captures), key)


def _list_by_key(
    web: Web, index: str, url: str, window: tuple[dt.datetime, dt.datetime], listing: IndexListing
) -> None:
    """Follow resume keys; where the server has none and its list is cut, ask for each half of the window."""
    key: str | None = None
    seen: set[tuple[str, str]] = set()
    while True:
        asked = {"showResumeKey": "true", "limit": str(INDEX_ROWS), **({"resumeKey": key} if key else {})}
        page = listing.count(_ask(web, index, url, window, asked))
        if key is None and page.resume_key is None and page.rows >= INDEX_ROWS:
            break
        listing.add(page)
        if page.resume_key is None:
            return
        if page.resume_key == key:
            raise FetchError(f"{index}: gives the same resume key twice, so its list has no end")
        if page.keys <= seen:
            raise FetchError(f"{index}: gives a resume key and nothing new, so its list has no end")
        seen |= page.keys
        key = page.resume_key
    start, end = window
    if start == end:
        raise FetchError(f"{index}: more than {INDEX_ROWS:,} captures in one second; ask for fewer with --url")
    middle = start + (end - start) // 2
    middle = middle.replace(microsecond=0)
    _list_by_key(web, index, url, (start, middle), listing)
    _list_by_key(web, index, url, (middle + dt.timedelta(seconds=1), end), listing)


def _list_by_page(
    web: Web, index: str, url: str, window: tuple[dt.datetime, dt.datetime], listing: IndexListing
) -> None:
    """Turn pages until there is none, or until the server shows again what it has shown."""
    seen: set[tuple[str, str]] = set()
    for number in count():
        page = listing.count(_ask(web, index, url, window, {"page": str(number)}))
        if page.keys <= seen:
            return
        listing.add(page)
        seen |= page.keys


def _ask(web: Web, index: str, url: str, window: tuple[dt.datetime, dt.datetime], asked: dict[str, str]) -> IndexPage:
    start, end = (moment.strftime(_STAMP) for moment in window)
    query = urlencode({"url": url, "output": "json", "from": start, "to": end, **asked}, errors="replace")
    last_page = _NO_PAGE if asked.get("page", "0") != "0" else 200
    answer = web.get(Ask(f"{index}?{query}", INDEX_BYTES, {}, accept=frozenset({200, _NONE_FOUND, last_page})))
    if answer.last.status == _NO_PAGE:
        return IndexPage((), 0)
    try:
        page = parse_index(answer.data)
    except FetchError as error:
        raise FetchError(f"{answer.last.url}: {error}", answer.last.status) from error
    if answer.last.status == _NONE_FOUND and page.rows:
        raise FetchError(f"{answer.last.url}: the server answers 404; check the archive's index", _NONE_FOUND)
    return page


def _indexes(web: Web, archive: Archive, first: dt.datetime, last: dt.datetime) -> Iterator[str]:
    """Yield the addresses to ask: the one configured, or those in its list that can hold something of that time."""
    if not urlsplit(archive.index).path.endswith(".json"):
        yield archive.index
        return
    answer = web.get(Ask(archive.index, INDEX_BYTES, {}))
    try:
        crawls = [(str(crawl["cdx-api"]), crawl.get("from"), crawl.get("to")) for crawl in json.loads(answer.data)]
        spans = [(urljoin(archive.index, api), _moment(begin), _moment(end)) for api, begin, end in crawls]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FetchError(f"{archive.index}: not a list of crawls ({type(error).__name__}: {error})") from error
    for address, begin, end in reversed(spans):  # newest first in the list
        if (begin is None or begin <= last) and (end is None or end >= first):
            yield address


def _of_array(rows: list[list[str]]) -> tuple[list[dict[str, Any]], str | None]:
    """Take apart ``[[name, ...], [value, ...], ..., [], [key]]``."""
    key = None
    if len(rows) > 2 and rows[-2] == [] and len(rows[-1]) == 1:  # noqa: PLR2004 -- an empty row, then the key
        rows, key = rows[:-2], str(rows[-1][0])
    names = rows[0] if rows else []
    return [dict(zip(names, row, strict=False)) for row in rows[1:]], key


def _of_message(message: str) -> IndexPage:
    if "no captures found" in message.lower():
        return IndexPage((), 0)
    raise FetchError(f"the index says: {printable(message)}")


def _capture(row: dict[str, Any]) -> Listed | None:
    """Return the capture of a row, None if it has no time or no address."""
    values = {_ALIASES.get(name, name): str(value) for name, value in row.items() if value is not None}
    captured, uri = moment_of(values.get("timestamp", "")), values.get("url", "")
    if captured is None or not uri or not uri.isprintable():
        return None
    listed = Listed(captured, uri, values.get("mime", "-"), values.get("status", "-"), _digest(values))
    place = [values.get(name, "") for name in ("offset", "length")]
    if values.get("filename", "\n").isprintable() and all(number.isascii() and number.isdigit() for number in place):
        offset, length = (int(number[:18]) for number in place)
        return replace(listed, filename=values["filename"], offset=offset, length=length)
    return listed


def _digest(values: dict[str, str]) -> str:
    return values.get("digest", "").removeprefix("sha1:").upper()


def moment_of(text: str) -> dt.datetime | None:
    """Return the time of a timestamp as archives write it, 14 digits in UTC; None if it is none."""
    if len(text) != _STAMP_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    try:
        return dt.datetime.strptime(text, _STAMP).replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
