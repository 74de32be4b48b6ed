"""The memory of visits to live pages: their outcomes, validators for the next requests, and robots.txt files."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import msgspec

from fxtrack import __version__
from fxtrack.collect.http.robots import RobotsFile
from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.model.location import warc_file_name
from fxtrack.model.quote import Outcome
from fxtrack.store.schema import script
from fxtrack.store.writer import Store


class FetchOutcome(StrEnum):
    """The outcome of a request for a page."""

    KEPT = "kept"
    NOT_MODIFIED = "not modified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of a request for one source's page.

    Attributes:
        detail: one line with the address and the size of the page, or the reason why there is none and the way out.
        file: the WARC file, on disk; None if the request failed.
        capture_id: SHA-256 of the page's bytes, hex.
        page_url: the address of the page after redirects.
        not_before: the time before which the server wants no request, UTC.
    """

    source: str
    url: str
    outcome: FetchOutcome
    detail: str
    file: Path | None = None
    capture_id: str | None = None
    page_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    not_before: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """The results for several sources, and the robots.txt files of their sites."""

    asked_utc: dt.datetime
    results: tuple[Fetched, ...]
    robots: tuple[RobotsFile, ...]

    @property
    def files(self) -> list[Path]:
        """The WARC files of the answers."""
        return [result.file for result in self.results if result.file]

    @property
    def failed(self) -> list[Fetched]:
        """The results without a page."""
        return [result for result in self.results if result.outcome is FetchOutcome.FAILED]


@dataclass(frozen=True, slots=True)
class EarlierVisit:
    """The record that an earlier visit stored about a source.

    Attributes:
        kept_utc: capture time of the validators' page, UTC; None if its file is no longer there.
    """

    url: str
    page_url: str | None
    etag: str | None
    last_modified: str | None
    capture_id: str | None
    settings_digest: str | None
    kept_utc: dt.datetime | None = None

    def validators(self, source: Source, digest: str) -> tuple[str, dict[str, str]] | None:
        """Return the headers of a conditional request and the address they are for; None for an ordinary request."""
        if self.url != source.url or self.page_url is None or self.settings_digest != digest:
            return None
        if self.kept_utc is None:  # an answer "not modified" would have no page to refer to
            return None
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        given = {name: value for name, value in headers.items() if value}
        return (self.page_url, given) if given else None


def recall(config: Config) -> tuple[dict[str, EarlierVisit], tuple[RobotsFile, ...]]:
    """Return the record of each source's earlier visit, by its name, and the known robots.txt files.

    Raises:
        StoreError: the store cannot be used.
    """
    with Store.open(config) as store:
        rows = store.query(
            "SELECT source, url, page_url, etag, last_modified, capture_id, settings_digest FROM fetches"
        )
        seen = store.query(script("store/sql/queries", "seen_live"))
        robots = store.query("SELECT origin, asked_utc, body FROM robots")
    known = {source: EarlierVisit(url, *rest) for source, url, *rest in rows}
    for source, captured in seen:
        last, moment = known[source], captured.replace(tzinfo=dt.UTC)
        if live_file(config, source, last.page_url or "", moment, last.capture_id or "").exists():
            known[source] = replace(last, kept_utc=moment)
    return known, tuple(RobotsFile(origin, asked.replace(tzinfo=dt.UTC), body) for origin, asked, body in robots)


def remember(config: Config, visit: Visit) -> None:
    """Store the results of a visit, once its pages are in the store.

    Validators are stored only for a page that is in the store with a ticker, so that an answer "not modified" always
    means a page that is already stored.

    Raises:
        StoreError: the store cannot be used.
    """
    with Store.open(config) as store, store.transaction():
        for result in visit.results:
            _remember(store, config, result, visit.asked_utc)
        for file in visit.robots:
            store.connection.execute("DELETE FROM robots WHERE origin = ?", [file.origin])
            row = [file.origin, file.asked_utc.replace(tzinfo=None), file.text]
            store.connection.execute("INSERT INTO robots VALUES (?, ?, ?)", row)


def _remember(store: Store, config: Config, result: Fetched, asked_utc: dt.datetime) -> None:
    before = store.query(
        "SELECT page_url, etag, last_modified, capture_id, settings_digest FROM fetches WHERE source = ? AND url = ?",
        [result.source, result.url],
    )
    validators: Sequence[str | None] = before[0] if before else [None] * 5
    if result.outcome is FetchOutcome.KEPT:
        stored = store.query("SELECT outcome FROM captures WHERE capture_id = ?", [result.capture_id])
        source = next(s for s in config.settings.sources if s.name == result.source)
        understood = stored == [(str(Outcome.OK),)]
        validators = [
            result.page_url, result.etag if understood else None, result.last_modified if understood else None,
            result.capture_id, settings_digest(source, config.sharing(source)),
        ]  # fmt: skip
    not_before = result.not_before.replace(tzinfo=None) if result.not_before else None
    store.connection.execute("DELETE FROM fetches WHERE source = ?", [result.source])
    store.connection.execute(
        "INSERT INTO fetches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            result.source, result.url, asked_utc.replace(tzinfo=None), str(result.outcome), result.detail, not_before,
            *validators,
        ],
    )  # fmt: skip


def settings_digest(source: Source, sharing: Sequence[Source] = ()) -> str:
    """Return a digest of the version and the settings that decide how a page of a source is read.

    `sharing` are the sources that read another series from its pages.
    """
    settings = b"".join(msgspec.json.encode(read, order="sorted") for read in (source, *sharing))
    return hashlib.sha256(__version__.encode() + b"\0" + settings).hexdigest()


def live_file(config: Config, source: str, url: str, asked_utc: dt.datetime, *more: str) -> Path:
    """Return the path of the WARC file of a live page; `more` distinguishes answers of the same second."""
    return config.live / source / f"{asked_utc:%Y-%m}" / warc_file_name(url, asked_utc, *more)
