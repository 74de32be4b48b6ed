"""Adds a job to the queue when its schedule is due. The one module that imports APScheduler.

APScheduler only wakes up and calls back; this module avoids its unreliable parts:

- its jobs only add a request to the queue, so that none is dropped while the previous run is still at work;
- `config.schedule` computes when a job is due, in UTC;
- no run is too late (by default APScheduler drops a run that is a second late);
- `wake` makes it read the clock again, since after a suspend or a clock set forward it would oversleep;
- after a clock is set back it would wait until the old time comes again: the schedules start anew instead.
"""

import datetime as dt
import random
import threading
from collections.abc import Callable, Mapping

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from fxtrack.config.schedule import last_due, next_run
from fxtrack.config.settings import JobSchedule
from fxtrack.limits import CLOCK_STEP, LONGEST_INTERVAL
from fxtrack.service.queue import JobRequest


class Due(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires when a schedule is due, delayed by a random part of its jitter."""

    def __init__(self, schedule: JobSchedule, now: dt.datetime) -> None:
        """Fire for the first time after `now`."""
        self.schedule = schedule
        self.due = now
        self._answers: dict[dt.datetime | None, dt.datetime] = {}  # the last one only

    def get_next_fire_time(self, previous: dt.datetime | None, now: dt.datetime) -> dt.datetime:
        """Return the time (UTC) to fire for the next instant at which the schedule is due, each instant once.

        APScheduler asks for the successor of one time more than once, and needs the same answer each time. Of several
        missed instants only the last counts.
        """
        if previous not in self._answers:
            self.due = next_run(self.schedule.when, self.due if previous is None else max(self.due, now))
            late = self.schedule.jitter * random.random()  # noqa: S311 -- spreads load, not a secret
            self._answers = {previous: self.due + late}
        return self._answers[previous]


class Scheduler:
    """Calls `on_due` with a request for every job that is due, in its own thread, from `start` until `stop`."""

    def __init__(self, on_due: Callable[[JobRequest], None]) -> None:
        """Start without jobs."""
        self._on_due = on_due
        self._lock = threading.Lock()
        self._schedules: dict[str, JobSchedule] = {}
        self._handled: dict[str, dt.datetime] = {}  # the latest time of its schedule that each job was requested for
        self._scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self, schedules: Mapping[str, JobSchedule], since: dt.datetime) -> None:
        """Begin with the first times that are due after `since`."""
        self.replace(schedules, since)
        self._scheduler.start()

    def replace(self, schedules: Mapping[str, JobSchedule], now: dt.datetime) -> None:
        """Follow other schedules: changed ones start at `now`, unchanged ones continue.

        A run that is due and still delayed by its jitter is not lost. A schedule that is ahead of the clock starts at
        `now`, too.
        """
        self._scheduler.remove_all_jobs()
        with self._lock:
            kept = {job for job in schedules if self._schedules.get(job) == schedules[job]} - self._ahead(now)
            self._handled = {job: self._handled[job] if job in kept else now for job in schedules}
            self._schedules = dict(schedules)
        for job, schedule in schedules.items():
            self._scheduler.add_job(self._fire, Due(schedule, self._handled[job]), id=job, args=[job])

    def wake(self) -> set[str]:
        """Make APScheduler read the clock again.

        Returns:
            The jobs whose schedules start anew because the clock was set back.
        """
        now = dt.datetime.now(dt.UTC)
        with self._lock:
            ahead = self._ahead(now)
        if ahead:
            self.replace(self._schedules, now)
        self._scheduler.wakeup()
        return ahead

    def stop(self) -> None:
        """Stop without waiting."""
        self._scheduler.shutdown(wait=False)

    def _ahead(self, now: dt.datetime) -> set[str]:
        """Return the jobs that were already requested for a time later than `now`."""
        return {job for job, handled in self._handled.items() if handled > now + CLOCK_STEP}

    def _fire(self, job: str) -> None:
        now = dt.datetime.now(dt.UTC)
        with self._lock:
            schedule = self._schedules.get(job)
            due = schedule and last_due(schedule.when, self._handled[job], now)
            if not due:
                return  # APScheduler caught up on a run that was already requested
            self._handled[job] = due
        self._on_due(JobRequest(job, due))


def missed(schedules: Mapping[str, JobSchedule], ran: Mapping[str, dt.datetime], now: dt.datetime) -> list[JobRequest]:
    """Return the missed jobs, each once, for the latest time at which it was due.

    Args:
        schedules: by job.
        ran: the latest time of its schedule (UTC) that each job has run for. A job that is not listed never ran, and is
            missed. So is a job that ran for a time in the future: a wrong clock set it, and hides what was missed.
        now: UTC.
    """
    requests = []
    known = {job: at for job, at in ran.items() if at <= now + CLOCK_STEP}
    for job, schedule in schedules.items():
        due = last_due(schedule.when, known.get(job, now - 2 * LONGEST_INTERVAL), now)
        if due or job not in known:
            requests.append(JobRequest(job, due))
    return requests
