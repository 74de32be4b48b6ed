"""The tables of config.toml as frozen types, checked as they are read."""

import datetime as dt
import os
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta, Struct

from fxtrack import limits
from fxtrack.config.alerts import AnyAlert, Notify, check_alerts
from fxtrack.config.fields import (
    Currency,
    FileName,
    Label,
    Name,
    Pair,
    PerMinute,
    Seconds,
    check_preferred,
    check_url,
    checked,
    zone_of,
)
from fxtrack.config.schedule import Cron, Interval, parse_duration
from fxtrack.config.source import Source

WARC_ENDINGS = tuple(f".{name}{packing}" for name in ("warc", "wet") for packing in ("", ".gz", ".zst"))
"""The endings of names of WARC files."""

INCLUDE = (
    *(f"*.{name}{packing}" for name in ("txt", "html", "htm") for packing in ("", ".gz")),
    *(f"*{ending}" for ending in WARC_ENDINGS),
)


class Paths(Struct, frozen=True, forbid_unknown_fields=True):
    """Files and folders. `database` is the published file, `writer` the one that only fxtrack opens."""

    pages: FileName = "pages"
    database: FileName = "db/fxtrack.duckdb"
    writer: FileName = "db/fxtrack-writer.duckdb"
    charts: FileName = "charts"


class Ingest(Struct, frozen=True, forbid_unknown_fields=True):
    """How pages are ingested.

    `batch_pages` pages are one transaction; `processes` read them, by default one per core. Links that lead out of the
    pages folder are refused unless `follow_links` is set.
    """

    include: Annotated[tuple[FileName, ...], Meta(min_length=1)] = INCLUDE
    max_page_bytes: Annotated[int, Meta(ge=1, le=2**31)] = limits.MAX_PAGE_BYTES
    batch_pages: Annotated[int, Meta(ge=1, le=100_000)] = limits.BATCH_PAGES
    processes: Annotated[int, Meta(ge=1, le=64)] | None = None
    follow_links: bool = False


class DatabaseAccess(Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait, in seconds, while another process holds a database file."""

    wait_seconds: Annotated[float, Meta(ge=0, le=86_400)] = limits.WAIT_SECONDS


class Fetch(Struct, frozen=True, forbid_unknown_fields=True):
    """How requests are made. `contact` is part of the user agent; times are in seconds."""

    contact: Annotated[str, Meta(pattern=r"^[!-~]+\Z", max_length=200)] | None = None
    timeout_seconds: Seconds = limits.FETCH_TIMEOUT_SECONDS
    total_seconds: Seconds = limits.FETCH_TOTAL_SECONDS
    attempts: Annotated[int, Meta(ge=1, le=10)] = limits.FETCH_ATTEMPTS
    max_wait_seconds: Annotated[float, Meta(ge=0, le=86_400)] = limits.FETCH_WAIT_SECONDS
    seconds_between: Annotated[float, Meta(ge=0, le=3_600)] = limits.FETCH_SECONDS_BETWEEN
    max_redirects: Annotated[int, Meta(ge=0, le=20)] = limits.FETCH_REDIRECTS


class Archive(Struct, frozen=True, forbid_unknown_fields=True):
    """A web archive with an index (CDX API).

    `content` is the URL that captures are fetched from: of a `wayback` the part before the timestamp, of a
    `commoncrawl` the part before the name of a WARC file. The `index` of a `commoncrawl` may be the list of its
    indexes, `*.json`.
    """

    name: Name
    index: str
    content: str
    kind: Literal["wayback", "commoncrawl"] = "wayback"
    searches_per_minute: PerMinute = limits.ARCHIVE_SEARCHES_PER_MINUTE
    pages_per_minute: PerMinute = limits.ARCHIVE_PAGES_PER_MINUTE
    at_once: Annotated[int, Meta(ge=1, le=16)] = limits.ARCHIVE_AT_ONCE
    private_address: bool = False

    def __post_init__(self) -> None:
        """Check the URLs."""
        check_url("index", self.index)
        check_url("content", self.content)


ARCHIVES = (
    Archive("wayback", "https://web.archive.org/cdx/search/cdx", "https://web.archive.org/web"),
    Archive(
        "commoncrawl", "https://index.commoncrawl.org/collinfo.json", "https://data.commoncrawl.org", "commoncrawl"
    ),
)


class JobSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When a job is due: a `cron` expression (minute, hour, day, month, day of week) or `every` duration.

    Each run is delayed by a random part of `jitter`. `time_zone` applies to the expression and defaults to that of the
    schedule.
    """

    cron: str | None = None
    every: str | None = None
    time_zone: str | None = None
    jitter: str = "0s"

    def __post_init__(self) -> None:
        """Check that it is a schedule."""
        if (self.cron is None) == (self.every is None):
            raise ValueError("a job needs either cron or every")
        if self.every is not None and checked("every", parse_duration, self.every) < limits.SHORTEST_INTERVAL:
            raise ValueError(f"every: {self.every!r} is shorter than 1s")
        checked("jitter", parse_duration, self.jitter)
        zone = checked("time_zone", zone_of, "UTC" if self.time_zone is None else self.time_zone)
        if self.cron is not None:
            checked("cron", lambda expression: Cron(expression, zone), self.cron)


class ScheduleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When the service runs each job; a job without an entry does not run."""

    time_zone: str = "UTC"
    fetch: JobSettings | None = None
    ingest: JobSettings | None = None
    charts: JobSettings | None = None
    backup: JobSettings | None = None

    def __post_init__(self) -> None:
        """Check the time zone."""
        checked("time_zone", zone_of, self.time_zone)


DEFAULT_SCHEDULE = ScheduleSettings(
    fetch=JobSettings(cron="0 */6 * * *", jitter="5m"),
    ingest=JobSettings(every="15m"),
    charts=JobSettings(cron="5 * * * *"),
    backup=JobSettings(cron="30 3 * * *"),
)


JOBS = ("fetch", "ingest", "charts", "backup")
"""The jobs of the service; jobs due at the same time run in this order."""


@dataclass(frozen=True, slots=True)
class JobSchedule:
    """When a job is due, and the longest random delay of a run."""

    when: Cron | Interval
    jitter: dt.timedelta


def job_schedule(job: JobSettings, zone: str) -> JobSchedule:
    """Return the schedule that a job's settings describe; `zone` is the time zone of the table."""
    jitter = parse_duration(job.jitter)
    if job.cron is not None:
        return JobSchedule(Cron(job.cron, zone_of(job.time_zone or zone)), jitter)
    return JobSchedule(Interval(parse_duration(job.every or "")), jitter)


class Service(Struct, frozen=True, forbid_unknown_fields=True):
    """How the service behaves, and the limits that `status` checks.

    Data older than `max_age`, or less than `min_free_mb` MB (10**6 bytes) of free space, is unhealthy. `watch` ingests
    new pages when they appear. `metrics_port` is on the loopback interface; 0 means no listener. `metrics_file` is a
    textfile for node_exporter.
    """

    max_age: str = f"{limits.MAX_AGE.days}d"
    min_free_mb: Annotated[int, Meta(ge=0, le=10**9)] = limits.MIN_FREE_MB
    max_run_minutes: Annotated[int, Meta(ge=1, le=10_080)] = limits.MOST_RUN_MINUTES
    watch: bool = True
    metrics_port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    metrics_file: str | None = None

    def __post_init__(self) -> None:
        """Check the age."""
        checked("max_age", parse_duration, self.max_age)


class Backup(Struct, frozen=True, forbid_unknown_fields=True):
    """The folder of backups; the newest `keep` stay, and the last of each of the newest `keep_monthly` months."""

    folder: FileName = "backups"
    keep: Annotated[int, Meta(ge=1, le=limits.MOST_BACKUPS)] = limits.KEPT_BACKUPS
    keep_monthly: Annotated[int, Meta(ge=0, le=limits.MOST_BACKUPS)] = limits.KEPT_MONTHLY_BACKUPS


class Cluster(Struct, frozen=True, forbid_unknown_fields=True):
    """Where `extract` and `ingest` read pages.

    `engine` is ``local`` for processes of this machine, or ``ray`` for the cluster at `address`. Parts are written to
    `staging`, a folder that every node sees. A task is tried again `retries` times, and a process is renewed after
    `tasks_per_process` tasks.
    """

    engine: Literal["local", "ray"] = "local"
    address: FileName = "auto"
    staging: FileName = "parts"
    retries: Annotated[int, Meta(ge=0, le=100)] = limits.TASK_RETRIES
    tasks_per_process: Annotated[int, Meta(ge=1, le=1_000_000)] = limits.PROCESS_TASKS


class Output(Struct, frozen=True, forbid_unknown_fields=True):
    """How rates are shown to people: the pairs in `prefer` in that direction, if a source quotes them the other way."""

    prefer: tuple[Pair, ...] = ()

    def __post_init__(self) -> None:
        """Check the pairs."""
        check_preferred(self.prefer)


CHART_LANGUAGES = {
    "en": "English", "ru": "Russian", "kk": "Kazakh", "ky": "Kyrgyz", "tg": "Tajik", "uz": "Uzbek",
}  # fmt: skip
"""The languages of charts by ISO 639 code."""


class Charts(Struct, frozen=True, forbid_unknown_fields=True):
    """How charts are drawn unless an option says otherwise.

    `gaps` folds long stretches without captures to breaks, or draws them to scale. `words` is a file of corrected
    phrases. `currencies` has names by ISO 4217 code in this language, each one text or one for each plural category.
    """

    language: Literal["en", "ru", "kk", "ky", "tg", "uz"] = "en"
    gaps: Literal["fold", "true"] = "fold"
    words: FileName | None = None
    currencies: dict[Currency, Label | dict[Literal["one", "two", "few", "many", "other"], Label]] = {}

    def __post_init__(self) -> None:
        """Check that a name with plural forms has the general one."""
        for code, name in self.currencies.items():
            if not isinstance(name, str) and "other" not in name:
                raise ValueError(f"currencies: {code}: the plural form other is needed")


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All tables of config.toml."""

    paths: Paths = Paths()
    ingest: Ingest = Ingest()
    database: DatabaseAccess = DatabaseAccess()
    schedule: ScheduleSettings = DEFAULT_SCHEDULE
    service: Service = Service()
    backup: Backup = Backup()
    cluster: Cluster = Cluster()
    fetch: Fetch = Fetch()
    output: Output = Output()
    charts: Charts = Charts()
    archives: Annotated[tuple[Archive, ...], Meta(min_length=1)] = ARCHIVES
    sources: Annotated[tuple[Source, ...], Meta(min_length=1)] = (Source("default"),)
    alerts: tuple[AnyAlert, ...] = ()
    notify: Notify = Notify()

    def __post_init__(self) -> None:
        """Check that names are unique, that shared pages have a source, and that the two databases are two files."""
        for kind, named in (("sources", self.sources), ("archives", self.archives)):
            names = [one.name for one in named]
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"two {kind} are named {name!r}")
        taking = {source.name for source in self.sources if source.pages_of is None}
        for number, source in enumerate(self.sources):
            if source.pages_of is not None and source.pages_of not in taking:
                raise ValueError(
                    f"sources[{number}].pages_of: no source named {source.pages_of!r} takes pages itself; there are: "
                    f"{', '.join(sorted(taking))}"
                )
        check_alerts(self.alerts, (source.name for source in self.sources))
        if os.path.normpath(self.paths.database) == os.path.normpath(self.paths.writer):
            raise ValueError("paths.writer: the same file as paths.database")
