"""The one module that imports APScheduler: it wakes up when a job is due, and asks the agenda for it.

What it is not trusted with is left out of its hands. Its jobs only put a task on the agenda, so that none is dropped
because the one before still runs; `schedule` says when they are due, in UTC; no run is too late (it drops what is a
second late unless told); and it is woken now and then, since a clock that is set forward or a machine that slept would
make it oversleep. A clock that was set back would have it wait until the wrong time comes: then it begins anew.
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
from fxtrack.service.queue import Task


class Due(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires when a schedule is due, put off by a random part of its jitter."""

    def __init__(self, schedule: JobSchedule, now: dt.datetime) -> None:
        """Start to count after `now`."""
        self.schedule = schedule
        self.due = now
        self._answers: dict[dt.datetime | None, dt.datetime] = {}  # the last one only

    def get_next_fire_time(self, previous: dt.datetime | None, now: dt.datetime) -> dt.datetime:
        """Return the next time to fire, UTC: of the next instant at which the schedule is due, each once.

        APScheduler asks more than once what follows a time, and must be told the same each time. It would walk through
        all that was missed, of which only the last counts.
        """
        if previous not in self._answers:
            self.due = next_run(self.schedule.when, self.due if previous is None else max(self.due, now))
            late = self.schedule.jitter * random.random()  # noqa: S311 -- spreads load, hides nothing
            self._answers = {previous: self.due + late}
        return self._answers[previous]


class Timetable:
    """Calls `on_due` with a task for every job, in a thread of its own, from `start` until `stop`."""

    def __init__(self, on_due: Callable[[Task], None]) -> None:
        """Make one that has no jobs yet."""
        self._on_due = on_due
        self._lock = threading.Lock()
        self._schedules: dict[str, JobSchedule] = {}
        self._handled: dict[str, dt.datetime] = {}  # the latest time of its schedule that each job was asked for
        self._scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self, schedules: Mapping[str, JobSchedule], since: dt.datetime) -> None:
        """Begin, with what is due after `since`."""
        self.replace(schedules, since)
        self._scheduler.start()

    def replace(self, schedules: Mapping[str, JobSchedule], now: dt.datetime) -> None:
        """Follow other schedules: what is new from `now` on, what is unchanged from where it is.

        A run that is due and still put off by its jitter is not lost. What is ahead of the clock begins at `now`, too.
        """
        self._scheduler.remove_all_jobs()
        with self._lock:
            kept = {job for job in schedules if self._schedules.get(job) == schedules[job]} - self._ahead(now)
            self._handled = {job: self._handled[job] if job in kept else now for job in schedules}
            self._schedules = dict(schedules)
        for job, schedule in schedules.items():
            self._scheduler.add_job(self._fire, Due(schedule, self._handled[job]), id=job, args=[job])

    def wake(self) -> set[str]:
        """Have the clock read again, and return the jobs that go on from what it says since it was set back."""
        now = dt.datetime.now(dt.UTC)
        with self._lock:
            ahead = self._ahead(now)
        if ahead:
            self.replace(self._schedules, now)
        self._scheduler.wakeup()
        return ahead

    def stop(self) -> None:
        """End, without waiting for anything."""
        self._scheduler.shutdown(wait=False)

    def _ahead(self, now: dt.datetime) -> set[str]:
        """Return the jobs of which a time was handled that is still to come."""
        return {job for job, handled in self._handled.items() if handled > now + CLOCK_STEP}

    def _fire(self, job: str) -> None:
        now = dt.datetime.now(dt.UTC)
        with self._lock:
            schedule = self._schedules.get(job)
            due = schedule and last_due(schedule.when, self._handled[job], now)
            if not due:
                return  # a run that was piled up, and has been asked for already
            self._handled[job] = due
        self._on_due(Task(job, due))


def missed(schedules: Mapping[str, JobSchedule], ran: Mapping[str, dt.datetime], now: dt.datetime) -> list[Task]:
    """Return what should have run and did not, each job once, for the latest time at which it was due.

    Args:
        schedules: the jobs.
        ran: the latest time of its schedule that each job has run for; one that is not there never ran, and is owed.
            So is one that ran for a time that is still to come, by a clock that was wrong: nobody knows what it missed.
        now: UTC.
    """
    tasks = []
    known = {job: at for job, at in ran.items() if at <= now + CLOCK_STEP}
    for job, schedule in schedules.items():
        due = last_due(schedule.when, known.get(job, now - 2 * LONGEST_INTERVAL), now)
        if due or job not in known:
            tasks.append(Task(job, due))
    return tasks
