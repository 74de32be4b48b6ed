"""Reads the index of a web archive (CDX API): the listed captures of an address.

There are two dialects: the Wayback Machine's (rows of one JSON array, `resumeKey`) and that of pywb and Common Crawl
(one JSON object a line, `page`). They write conditions on status and type differently, so requests have none.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from fxtrack.collect.archives.listed import STAMP, Listed, listed_in
from fxtrack.collect.http.client import Ask, Web
from fxtrack.config.settings import Archive
from fxtrack.errors import FetchError
from fxtrack.limits import INDEX_ANSWERS, INDEX_BYTES, INDEX_ROWS
from fxtrack.model.location import printable

_NO_PAGE = 400
_NONE_FOUND = 404
_SPACE = re.compile(r"[ \t\r\n]*")
_JSON = json.JSONDecoder()

TimeSpan = tuple[dt.datetime, dt.datetime]


Take = Callable[[Listed], None]
"""Receives each listed capture; a capture that is listed twice is passed twice."""


@dataclass(slots=True)
class IndexPage:
    """One answer of an index.

    Attributes:
        rows: number of its rows.
        earliest, latest: times of its captures, None without any.
        unreadable: number of rows that are no captures.
        resume_key: the key to the rest, if the server gave one.
        is_new: whether any of its captures has not been seen before.
    """

    rows: int = 0
    unreadable: int = 0
    resume_key: str | None = None
    is_new: bool = False
    earliest: dt.datetime | None = None
    latest: dt.datetime | None = None

    def add(self, captured: Listed, seen: set[int]) -> None:
        """Count a capture, and note whether it has been seen before."""
        key = hash((captured.captured_utc, captured.uri))
        self.is_new |= key not in seen
        seen.add(key)
        self.earliest = min(self.earliest or captured.captured_utc, captured.captured_utc)
        self.latest = max(self.latest or captured.captured_utc, captured.captured_utc)

    def is_within(self, span: TimeSpan) -> bool:
        """Return whether all its captures lie within a time span."""
        return (self.earliest or span[0]) >= span[0] and (self.latest or span[1]) <= span[1]


def list_captures(web: Web, archive: Archive, url: str, dates: tuple[dt.date, dt.date], take: Take) -> int:
    """Pass all captures of an address within a range of dates (UTC, both included) to `take`, a year at a time.

    Args:
        web: a client that may reach the index.
        archive: whose index.
        url: an address; with ``*`` at its end, all addresses with this beginning.
        dates: first and last date.
        take: called with each capture as it is read.

    Returns:
        The number of rows that could not be read.

    Raises:
        FetchError: the index does not answer, or its answer is no list of captures.
    """
    first = dt.datetime.combine(dates[0], dt.time.min, dt.UTC)
    last = dt.datetime.combine(dates[1], dt.time(23, 59, 59), dt.UTC)
    query = _Query(web, url, take)
    if archive.kind == "commoncrawl":
        for index in _indexes(web, archive, first, last):
            query.by_page(index, (first, last))
        return query.unreadable
    start = first
    while start <= last:
        end = min(last, dt.datetime(start.year, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
        query.by_key(archive.index, (start, end))
        start = end + dt.timedelta(seconds=1)
    return query.unreadable


def read_index(data: bytes, take: Take, seen: set[int] | None = None) -> IndexPage:
    """Pass the captures in an answer of an index, in either dialect, to `take`, row by row.

    Args:
        data: the answer.
        take: called with each capture.
        seen: hashes of the captures of earlier answers; the hashes of this answer are added.

    Raises:
        FetchError: it is no answer of an index.
    """
    text, seen = data.decode("utf-8", "replace"), set() if seen is None else seen
    page, has_objects = IndexPage(), False
    is_array = text.startswith("[", _end_of_space(text, 0))
    try:
        for row in _array_rows(text, page) if is_array else _values(text, 0, ""):
            page.rows += 1
            if not isinstance(row, dict):
                page.unreadable += 1
                continue
            if not has_objects and not is_array and row.keys() & {"error", "message"}:
                return _of_message(str(row.get("error") or row.get("message")))
            has_objects = True
            captured = listed_in(row)
            if captured is None:
                page.unreadable += 1
                continue
            page.add(captured, seen)
            take(captured)
    except (ValueError, TypeError, RecursionError) as error:
        raise _no_index(text) from error
    if page.rows and not has_objects and not is_array:
        raise _no_index(text)
    return page


def _no_index(text: str) -> FetchError:
    begin = printable(text[:60].strip())
    return FetchError(f"not an answer of an index (CDX API), it begins {begin!r}; check the archive's index")


class _Query:
    """The requests for the list of one address.

    Attributes:
        unreadable: rows that are no captures, so far.
    """

    def __init__(self, web: Web, url: str, take: Take) -> None:
        self._web, self._url, self._take = web, url, take
        self._answers = 0
        self.unreadable = 0

    def by_key(self, index: str, span: TimeSpan) -> None:
        """Follow resume keys; where the server has none and its list is cut, ask for each half of the time span."""
        key: str | None = None
        seen: set[int] = set()
        while True:
            asked = {"showResumeKey": "true", "limit": str(INDEX_ROWS), **({"resumeKey": key} if key else {})}
            page = self._ask(index, span, asked, seen)
            if key is None and page.resume_key is None and page.rows >= INDEX_ROWS:
                break
            self.unreadable += page.unreadable
            if page.resume_key is None:
                return
            if page.resume_key == key:
                raise FetchError(f"{index}: gives the same resume key twice, so its list has no end")
            if not page.is_new:
                raise FetchError(f"{index}: gives a resume key and nothing new, so its list has no end")
            key = page.resume_key
        start, end = span
        if not page.is_within(span):
            raise FetchError(f"{index}: has no limit and no dates in its search; ask for fewer with --url")
        if start == end:
            raise FetchError(f"{index}: more than {INDEX_ROWS:,} captures in one second; ask for fewer with --url")
        middle = (start + (end - start) // 2).replace(microsecond=0)
        self.by_key(index, (start, middle))
        self.by_key(index, (middle + dt.timedelta(seconds=1), end))

    def by_page(self, index: str, span: TimeSpan) -> None:
        """Turn pages up to an empty one, or one without new captures."""
        seen: set[int] = set()
        for number in count():
            page = self._ask(index, span, {"page": str(number)}, seen)
            if not page.is_new:
                return
            self.unreadable += page.unreadable

    def _ask(self, index: str, span: TimeSpan, asked: dict[str, str], seen: set[int]) -> IndexPage:
        start, end = (moment.strftime(STAMP) for moment in span)
        query = urlencode({"url": self._url, "output": "json", "from": start, "to": end, **asked}, errors="replace")
        last_page = _NO_PAGE if asked.get("page", "0") != "0" else 200
        answer = self._web.get(
            Ask(f"{index}?{query}", INDEX_BYTES, {}, accept=frozenset({200, _NONE_FOUND, last_page}))
        )
        page = IndexPage()
        if answer.last.status != _NO_PAGE:
            try:
                page = read_index(answer.data, self._take, seen)
            except FetchError as error:
                raise FetchError(f"{answer.last.url}: {error}", answer.last.status) from error
        if answer.last.status == _NONE_FOUND and page.rows:
            raise FetchError(f"{answer.last.url}: the server answers 404; check the archive's index", _NONE_FOUND)
        self._answers += 1
        if self._answers > INDEX_ANSWERS:
            raise FetchError(
                f"the archive's list goes on after {INDEX_ANSWERS:,} answers; ask for less with --from, --to or --url"
            )
        return page


def _indexes(web: Web, archive: Archive, first: dt.datetime, last: dt.datetime) -> Iterator[str]:
    """Yield the addresses to ask: the configured one, or those in its list whose crawls overlap the time span."""
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


def _array_rows(text: str, page: IndexPage) -> Iterator[Any]:
    """Yield the rows of ``[[name, ...], [value, ...], ..., [], [key]]`` as objects, and keep the key."""
    values = _values(text, _end_of_space(text, 0) + 1, ",")
    names: Any = next(values, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError("the first row has no names")
    held: Any = None
    is_held = False
    for row in values:
        if is_held and held == [] and isinstance(row, list) and len(row) == 1:
            page.resume_key = str(row[0])
            is_held = False
            continue
        if is_held:
            yield held
        held, is_held = row, row == []
        if not is_held:
            yield dict(zip(names, row, strict=False)) if isinstance(row, list) else row
    if is_held:
        yield held


def _values(text: str, position: int, separator: str) -> Iterator[Any]:
    """Yield JSON values: those of an array that is separated by commas, or of lines.

    Raises:
        ValueError: one is no JSON, or an array does not end.
    """
    position = _end_of_space(text, position)
    while position < len(text) and not (separator and text[position] == "]"):
        value, position = _JSON.raw_decode(text, position)
        yield value
        position = _end_of_space(text, position)
        if separator and text.startswith(separator, position):
            position = _end_of_space(text, position + 1)
        elif separator and not text.startswith("]", position):
            raise ValueError("no separator")
    if separator and _end_of_space(text, position + 1) < len(text):
        raise ValueError("text behind the array")
    if separator and position >= len(text):
        raise ValueError("no end of the array")


def _end_of_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _of_message(message: str) -> IndexPage:
    if "no captures found" in message.lower():
        return IndexPage()
    raise FetchError(f"the index says: {printable(message)}")


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
