"""What config.toml may say of the service: sections `schedule`, `service` and `backup`."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Struct

from fxtrack import limits
from fxtrack.config.fields import FileName, checked, zone_of
from fxtrack.config.schedule import Cron, Interval, parse_duration


class Job(Struct, frozen=True, forbid_unknown_fields=True):
    """When a job is due: a `cron` expression (minute, hour, day, month, day of week) or `every` so long.

    A run is put off by a random part of `jitter`. The time zone, of the expression only, is that of the schedule
    unless given.
    """

    cron: str | None = None
    every: str | None = None
    time_zone: str | None = None
    jitter: str = "0s"

    def __post_init__(self) -> None:
        """Refuse what is no schedule."""
        if (self.cron is None) == (self.every is None):
            raise ValueError("a job needs either cron or every")
        if self.every is not None and checked("every", parse_duration, self.every) < limits.SHORTEST_INTERVAL:
            raise ValueError(f"every: {self.every!r} is shorter than 1s")
        checked("jitter", parse_duration, self.jitter)
        zone = checked("time_zone", zone_of, "UTC" if self.time_zone is None else self.time_zone)
        if self.cron is not None:
            checked("cron", lambda expression: Cron(expression, zone), self.cron)


class Schedule(Struct, frozen=True, forbid_unknown_fields=True):
    """When the service does what; a job that is not named does not run."""

    time_zone: str = "UTC"
    fetch: Job | None = None
    ingest: Job | None = None
    charts: Job | None = None
    backup: Job | None = None

    def __post_init__(self) -> None:
        """Refuse a time zone that is not known."""
        checked("time_zone", zone_of, self.time_zone)


DEFAULT_SCHEDULE = Schedule(
    fetch=Job(cron="0 */6 * * *", jitter="5m"),
    ingest=Job(every="15m"),
    charts=Job(cron="5 * * * *"),
    backup=Job(cron="30 3 * * *"),
)


class Service(Struct, frozen=True, forbid_unknown_fields=True):
    """How the service behaves, and when `status` calls things unhealthy.

    Data older than `max_age` is, and less than `min_free_mb` MB (10**6 bytes) of room. `watch` takes in new pages when
    they appear. `metrics_port` is on the loopback interface; 0 is no listener. `metrics_file` is for node_exporter.
    """

    max_age: str = f"{limits.MAX_AGE.days}d"
    min_free_mb: Annotated[int, Meta(ge=0, le=10**9)] = limits.MIN_FREE_MB
    max_run_minutes: Annotated[int, Meta(ge=1, le=10_080)] = limits.MOST_RUN_MINUTES
    watch: bool = True
    metrics_port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    metrics_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse an age that is no duration."""
        checked("max_age", parse_duration, self.max_age)


class Backup(Struct, frozen=True, forbid_unknown_fields=True):
    """Where backups go and how many stay: the newest `keep`, and the last of so many months (`keep_monthly`)."""

    folder: FileName = "backups"
    keep: Annotated[int, Meta(ge=1, le=limits.MOST_BACKUPS)] = limits.KEPT_BACKUPS
    keep_monthly: Annotated[int, Meta(ge=0, le=limits.MOST_BACKUPS)] = limits.KEPT_MONTHLY_BACKUPS


JOBS = ("fetch", "ingest", "charts", "backup")
"""The jobs of the service, in the order in which those that are due together run."""


@dataclass(frozen=True, slots=True)
class JobSchedule:
    """When a job is due, and by how much a run may be put off at random."""

    when: Cron | Interval
    jitter: dt.timedelta


def job_schedule(job: Job, zone: str) -> JobSchedule:
    """Return what a job's settings mean; `zone` is that of the schedule."""
    jitter = parse_duration(job.jitter)
    if job.cron is not None:
        return JobSchedule(Cron(job.cron, zone_of(job.time_zone or zone)), jitter)
    return JobSchedule(Interval(parse_duration(job.every or "")), jitter)
