"""Assesses the state of jobs and sources from facts, schedules and the time. Pure."""

import datetime as dt
from dataclasses import dataclass, field, replace

from fxtrack.config.config import Config
from fxtrack.config.schedule import next_run, parse_duration
from fxtrack.limits import CLOCK_STEP, OVERDUE
from fxtrack.model.capture import age_of
from fxtrack.model.run import RunOutcome, RunRecord, counted
from fxtrack.runs.facts import Facts
from fxtrack.runs.lock import Holder


@dataclass(frozen=True, slots=True)
class Environment:
    """Inputs of the assessment in addition to the facts.

    Attributes:
        holder: who holds the service's lock.
        living: the processes of the facts' runs that are alive.
        pending: runs that are not in the store yet, oldest first.
        backlog: number of pages that wait for ingest, None if unknown.
        free_bytes: (path, bytes free on its device).
    """

    holder: Holder | None = None
    living: frozenset[int] = frozenset()
    pending: tuple[RunRecord, ...] = ()
    backlog: int | None = None
    free_bytes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class JobState:
    """A job: its last run, its last ended run, the end of its last successful run, and when it is due.

    `next_utc` is known only while a service runs.
    """

    job: str
    last: RunRecord | None
    last_ended: RunRecord | None
    last_well_utc: dt.datetime | None
    next_utc: dt.datetime | None
    overdue_since: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source: its newest page date, the time since that day ended (UTC), and the allowed age."""

    source: str
    page_date: dt.date | None
    age: dt.timedelta | None
    max_age: dt.timedelta
    captures: int

    @property
    def is_stale(self) -> bool:
        """Whether the data is older than allowed."""
        return self.age is None or self.age > self.max_age


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The overall state; unhealthy if there is any problem. `undelivered` are those that concern messages."""

    now: dt.datetime
    service: Holder | None
    jobs: tuple[JobState, ...]
    sources: tuple[SourceState, ...]
    backlog: int | None
    unread: int
    free_bytes: tuple[tuple[str, int], ...]
    problems: tuple[str, ...] = field(default=())
    undelivered: tuple[str, ...] = field(default=())

    @property
    def grave(self) -> tuple[str, ...]:
        """The problems that an alert on `unhealthy` is about: a message that cannot be sent needs no other message."""
        return tuple(problem for problem in self.problems if problem not in self.undelivered)

    @property
    def is_healthy(self) -> bool:
        """Whether nothing needs attention."""
        return not self.problems


def assess(config: Config, facts: Facts | None, environment: Environment, now: dt.datetime) -> HealthReport:
    """Return the state at `now` (UTC)."""
    known = facts or Facts(written_utc=now)
    last = _last_runs(known, environment)
    names = [*config.schedules, *(job for job in last if job not in config.schedules)]
    jobs = tuple(_job_state(config, known, environment, last.get(name) or name, now) for name in names)
    sources = tuple(_source_states(config, known, now))
    problems = [
        *(line for job in jobs for line in _problems_of_job(config, job, jobs)),
        *(_stale(source) for source in sources if source.is_stale),
        *_short_of_room(config, environment),
    ]
    undelivered = _undelivered(config, known)
    return HealthReport(
        now,
        environment.holder,
        jobs,
        sources,
        environment.backlog,
        known.unread,
        environment.free_bytes,
        (*problems, *undelivered),
        undelivered,
    )


def _last_runs(facts: Facts, environment: Environment) -> dict[str, RunRecord]:
    """Return the last run of each job. A run that is recorded as running but has no living process was killed."""
    runs = _with_pending(facts.last, environment)
    return {
        job: replace(run, outcome=str(RunOutcome.KILLED))
        if run.outcome == RunOutcome.RUNNING and run.process not in environment.living
        else run
        for job, run in runs.items()
    }


def _with_pending(runs: dict[str, RunRecord], environment: Environment) -> dict[str, RunRecord]:
    """Merge stored runs with runs that the store lacks or has without their end; return the last run of each job."""
    last = dict(runs)
    for run in environment.pending:
        if run.job not in last or run.started_utc >= last[run.job].started_utc:
            last[run.job] = run
    return last


def _job_state(
    config: Config, facts: Facts, environment: Environment, last: RunRecord | str, now: dt.datetime
) -> JobState:
    name, run = (last, None) if isinstance(last, str) else (last.job, last)
    schedule, well = config.schedules.get(name), facts.last_well.get(name)
    running = run is not None and run.outcome == RunOutcome.RUNNING
    ended = _with_pending(facts.last_ended, environment).get(name) if running else run
    service = environment.holder if environment.holder and environment.holder.what == "service" else None
    pending = [run.scheduled_utc for run in environment.pending if run.job == name]
    since = [facts.scheduled.get(name), *pending, service.began.get(name) if service else None]
    # a future time comes from a clock that has been set back since, and proves nothing
    known = [at for at in since if at and at <= now + CLOCK_STEP]
    counted = max(known, default=min(service.since, now) if service else None)
    overdue = None
    if schedule and counted and not running:
        due = next_run(schedule.when, counted)
        overdue = due if due + schedule.jitter + OVERDUE < now else None
    return JobState(
        job=name,
        last=run,
        last_ended=ended,
        last_well_utc=well.ended_utc if well else None,
        next_utc=next_run(schedule.when, now) if schedule and service else None,
        overdue_since=overdue,
    )


def _source_states(config: Config, facts: Facts, now: dt.datetime) -> list[SourceState]:
    known = {source.source: source for source in facts.sources}
    states = []
    for source in config.settings.sources:
        found = known.get(source.name)
        newest = found.page_date if found else None
        age = age_of(newest, now) if newest else None
        limit = parse_duration(source.max_age or config.settings.service.max_age)
        states.append(SourceState(source.name, newest, age, limit, found.captures if found else 0))
    return states


def _problems_of_job(config: Config, state: JobState, jobs: tuple[JobState, ...]) -> list[str]:
    problems = []
    run = state.last_ended
    if run and not run.ended_well and run.outcome != RunOutcome.STOPPED:
        # a failed run started by hand needs no attention after any later run that ended well
        since = max((job.last_well_utc for job in jobs if job.last_well_utc), default=None)
        if state.job in config.schedules or since is None or since < run.started_utc:
            problems.append(f"{state.job}: {run.outcome}{f': {run.message}' if run.message else ''}")
    if state.overdue_since:
        problems.append(f"{state.job}: overdue since {state.overdue_since:%Y-%m-%d %H:%M:%S} UTC")
    return problems


def _stale(source: SourceState) -> str:
    if source.age is None:
        return f"{source.source}: no page with a date and a ticker yet"
    return (
        f"{source.source}: the newest page date is {source.page_date}, {duration_text(source.age)} ago; "
        f"{duration_text(source.max_age)} are allowed (max_age)"
    )


def _short_of_room(config: Config, environment: Environment) -> list[str]:
    least = config.settings.service.min_free_mb
    return [
        f"{place}: {free // 10**6:,} MB free, less than {least:,} (service.min_free_mb)"
        for place, free in environment.free_bytes
        if free < least * 10**6
    ]


def _undelivered(config: Config, facts: Facts) -> tuple[str, ...]:
    """Return a line about the messages that could not be sent, if there are any."""
    failed = [message for message in facts.unsent if message.last_error]
    if not failed or not config.settings.notify.has_receiver:
        return ()
    first = failed[0]
    since = f"{first.created_utc:%Y-%m-%d %H:%M} UTC after {counted(first.attempts, 'attempt')}"
    return (f"alerts: {counted(len(failed), 'message')} could not be sent, the oldest of {since}: {first.last_error}",)


def duration_text(length: dt.timedelta) -> str:
    """Return a length of time in its two largest units: ``3 d 4 h``, ``12 min``; ``0 s`` where a clock was set back."""
    seconds = max(int(length.total_seconds()), 0)
    parts = [
        (seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")
    ]  # fmt: skip
    first = next((i for i, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"
