"""What config.toml may say: a frozen type for each table, checked as it is read."""

import os
from typing import Annotated, Literal

from msgspec import Meta, Struct

from fxtrack import limits
from fxtrack.config.fields import FileName, Name, Rate, Seconds, check_url
from fxtrack.config.servicesettings import DEFAULT_SCHEDULE, Backup, Schedule, Service
from fxtrack.config.source import Source

INCLUDE = (
    *(f"*.{name}{packing}" for name in ("txt", "html", "htm") for packing in ("", ".gz")),
    *(f"*.{name}{packing}" for name in ("warc", "wet") for packing in ("", ".gz", ".zst")),
)


class Paths(Struct, frozen=True, forbid_unknown_fields=True):
    """Where things are. `database` is the file people open, `writer` the one that only fxtrack opens."""

    pages: FileName = "pages"
    database: FileName = "db/fxtrack.duckdb"
    writer: FileName = "db/fxtrack-writer.duckdb"
    charts: FileName = "charts"


class Ingest(Struct, frozen=True, forbid_unknown_fields=True):
    """How pages are taken in. `batch_pages` pages are one transaction; `processes` read them, by default one a core."""

    include: Annotated[tuple[FileName, ...], Meta(min_length=1)] = INCLUDE
    max_page_bytes: Annotated[int, Meta(ge=1, le=2**31)] = limits.MAX_PAGE_BYTES
    batch_pages: Annotated[int, Meta(ge=1, le=100_000)] = limits.BATCH_PAGES
    processes: Annotated[int, Meta(ge=1, le=64)] | None = None


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait, in seconds, for another process to let go of a database file."""

    wait_seconds: Annotated[float, Meta(ge=0, le=86_400)] = limits.WAIT_SECONDS


class Fetch(Struct, frozen=True, forbid_unknown_fields=True):
    """How servers are asked. `contact` is told to them; waiting and pauses are in seconds."""

    contact: Annotated[str, Meta(pattern=r"^[!-~]+\Z", max_length=200)] | None = None
    timeout_seconds: Seconds = limits.FETCH_TIMEOUT_SECONDS
    total_seconds: Seconds = limits.FETCH_TOTAL_SECONDS
    attempts: Annotated[int, Meta(ge=1, le=10)] = limits.FETCH_ATTEMPTS
    max_wait_seconds: Annotated[float, Meta(ge=0, le=86_400)] = limits.FETCH_WAIT_SECONDS
    seconds_between: Annotated[float, Meta(ge=0, le=3_600)] = limits.FETCH_SECONDS_BETWEEN
    max_redirects: Annotated[int, Meta(ge=0, le=20)] = limits.FETCH_REDIRECTS


class Archive(Struct, frozen=True, forbid_unknown_fields=True):
    """A web archive with an index (CDX API).

    `content` is what captures are fetched from: of a `wayback` the address that timestamps follow, of a `commoncrawl`
    the one that names of WARC files follow. The `index` of a `commoncrawl` may be the list of its indexes, `*.json`.
    """

    name: Name
    index: str
    content: str
    kind: Literal["wayback", "commoncrawl"] = "wayback"
    searches_per_minute: Rate = limits.ARCHIVE_SEARCHES_PER_MINUTE
    pages_per_minute: Rate = limits.ARCHIVE_PAGES_PER_MINUTE
    at_once: Annotated[int, Meta(ge=1, le=16)] = limits.ARCHIVE_AT_ONCE
    private_address: bool = False

    def __post_init__(self) -> None:
        """Refuse addresses that are nowhere on the web."""
        check_url("index", self.index)
        check_url("content", self.content)


ARCHIVES = (
    Archive("wayback", "https://web.archive.org/cdx/search/cdx", "https://web.archive.org/web"),
    Archive(
        "commoncrawl", "https://index.commoncrawl.org/collinfo.json", "https://data.commoncrawl.org", "commoncrawl"
    ),
)


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What config.toml may say."""

    paths: Paths = Paths()
    ingest: Ingest = Ingest()
    database: Database = Database()
    schedule: Schedule = DEFAULT_SCHEDULE
    service: Service = Service()
    backup: Backup = Backup()
    fetch: Fetch = Fetch()
    archives: Annotated[tuple[Archive, ...], Meta(min_length=1)] = ARCHIVES
    sources: Annotated[tuple[Source, ...], Meta(min_length=1)] = (Source("default"),)

    def __post_init__(self) -> None:
        """Refuse two sources of one name, and two databases in one file."""
        for kind, named in (("sources", self.sources), ("archives", self.archives)):
            names = [one.name for one in named]
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"two {kind} are named {name!r}")
        if os.path.normpath(self.paths.database) == os.path.normpath(self.paths.writer):
            raise ValueError("paths.writer: the same file as paths.database")
