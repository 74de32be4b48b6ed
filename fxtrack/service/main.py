"""The service: a clock, one worker, and a main thread that answers signals and systemd, until it is told to stop."""

import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Iterable

from structlog.typing import FilteringBoundLogger

from fxtrack.config.config import Config
from fxtrack.config.load import load_config
from fxtrack.errors import ConfigError, FxtrackError, StoreBusy
from fxtrack.limits import INTERRUPT_SECONDS, START_WAIT_SECONDS, STOP_SECONDS
from fxtrack.runs.facts import Facts, read_facts
from fxtrack.runs.lock import ServiceLock
from fxtrack.runs.record import settle_past
from fxtrack.service import process
from fxtrack.service.process import ENDING, SIGNALS
from fxtrack.service.queue import JobQueue, Task
from fxtrack.service.scheduler import Timetable, missed
from fxtrack.service.status.health import HealthReport
from fxtrack.service.status.metrics import Listener, Metrics
from fxtrack.service.status.survey import survey
from fxtrack.service.watcher import Inbox
from fxtrack.service.worker import Worker
from fxtrack.store.publish import guard
from fxtrack.store.writer import interrupt_open_stores

_TICK_SECONDS = 1.0
_REFRESH_SECONDS = 30.0
_MARGIN_SECONDS = 1.5


def serve(config: Config, log: FilteringBoundLogger) -> None:
    """Run the service until SIGTERM or SIGINT. The signals are held (`fxtrack.service.process`).

    Raises:
        ServiceRunning: there is one on this database already.
        StoreError: the store cannot be used at all.
        FxtrackError: the port for metrics cannot be had.
    """
    now = dt.datetime.now(dt.UTC)
    with ServiceLock.take(config, now) as lock:
        _Service(config, log, lock).run()


class _Service:
    def __init__(self, config: Config, log: FilteringBoundLogger, lock: ServiceLock) -> None:
        self.config, self.log, self.lock = config, log, lock
        self.agenda = JobQueue()
        self.metrics = Metrics(self.view)
        self.worker = Worker(
            lambda: self.config, self.agenda, log, lambda job, took: self.metrics.duration.labels(job).observe(took)
        )
        self.timetable = Timetable(self.agenda.add)
        self.inbox: Inbox | None = None
        self.listener: Listener | None = None
        self.refreshed = float("-inf")
        self.unwritten: str | None = None

    def view(self) -> tuple[Facts, HealthReport]:
        """Return how things stand, with the pages that wait as the worker counted them last."""
        return survey(self.config, dt.datetime.now(dt.UTC), lambda *_: self.worker.backlog)

    def run(self) -> None:
        """Start everything, serve, stop everything."""
        guard(self.config.database)
        self._open_outside(self.config)
        ran = self._settle_past()
        self.worker.recount()
        now = dt.datetime.now(dt.UTC)
        owed = missed(self.config.schedules, ran, now)
        self.worker.start()
        for task in owed:
            self.agenda.add(task)
        self.timetable.start(self.config.schedules, now)
        self.log.info(
            "ready", process=os.getpid(), database=str(self.config.database),
            jobs=", ".join(self.config.schedules) or "none", catching_up=", ".join(task.job for task in owed) or "none",
        )  # fmt: skip
        process.notify("READY=1", f"STATUS=jobs: {', '.join(self.config.schedules)}")
        received = self._serve()
        self._stop(received)

    def _settle_past(self) -> dict[str, dt.datetime]:
        """Enter what earlier services left open, and return the latest time of its schedule that each job ran for."""
        try:
            facts: Facts | None = settle_past(self.config, START_WAIT_SECONDS)
        except StoreBusy as error:
            self.log.warning("the store is held, starting all the same", reason=str(error))
            facts = read_facts(self.config)
        return facts.scheduled if facts else {}

    def _serve(self) -> signal.Signals:
        """Answer signals and systemd until a signal ends it."""
        asked = process.watchdog_seconds()
        tick = min(_TICK_SECONDS, asked / 3) if asked else _TICK_SECONDS
        while True:
            if asked and not self.worker.is_hung():
                process.notify("WATCHDOG=1")
            if self.worker.error:
                raise self.worker.error
            if time.monotonic() - self.refreshed > _REFRESH_SECONDS:
                self._refresh()
            got = signal.sigtimedwait(SIGNALS, tick)
            if got is None:
                self._wake()
            elif got.si_signo == signal.SIGHUP:
                self._reload()
            else:
                return signal.Signals(got.si_signo)

    def _wake(self) -> None:
        if jobs := self.timetable.wake():
            self.log.warning("the clock was set back: the schedule goes on from what it says now")
            self._begin(jobs, dt.datetime.now(dt.UTC))

    def _begin(self, jobs: Iterable[str], now: dt.datetime) -> None:
        """Have `status` count from `now` on what is due of some jobs."""
        try:
            self.lock.begin(jobs, now)
        except FxtrackError as error:
            self.log.warning("`status` may call a job overdue that is not", reason=str(error))

    def _refresh(self) -> None:
        self.refreshed = time.monotonic()
        if path := self.config.metrics_file:
            try:
                self.metrics.write(path)
                self.unwritten = None
            except FxtrackError as error:
                if str(error) != self.unwritten:
                    self.log.warning("metrics cannot be written", reason=str(error))
                self.unwritten = str(error)

    def _reload(self) -> None:
        process.reloading()
        try:
            new = load_config(self.config.file)
            _check_same_store(self.config, new)
            self._open_outside(new)
        except FxtrackError as error:
            self.log.warning("the configuration is kept as it was: the new one cannot be used", reason=str(error))
        else:
            old, now = self.config.schedules, dt.datetime.now(dt.UTC)
            self._begin([job for job, schedule in new.schedules.items() if old.get(job) != schedule], now)
            self.config = new
            self.worker.recount()
            self.timetable.replace(new.schedules, now)
            self.log.info("configuration read again", jobs=", ".join(new.schedules) or "none")
        process.notify("READY=1")

    def _open_outside(self, config: Config) -> None:
        """Open what reaches out of the process: the listener first, which may fail, then the inbox."""
        port = config.settings.service.metrics_port
        if self.listener is None or port != self.config.settings.service.metrics_port:
            listener = Listener(self.metrics, port) if port else None
            if self.listener:
                self.listener.close()
            self.listener = listener
        if self.inbox:
            self.inbox.close()
        watch = config.settings.service.watch and "ingest" in config.schedules
        self.inbox = Inbox(config, lambda: self.agenda.add(Task("ingest")), self._watched) if watch else None

    def _watched(self, reason: str | None) -> None:
        if reason is None:
            self.log.info("the pages folder is watched again")
        else:
            self.log.warning("the pages folder is not watched, the schedule goes on", reason=reason)

    def _stop(self, received: signal.Signals) -> None:
        """End within `STOP_SECONDS`: after the batch at hand, else with it rolled back, else without waiting for it."""
        began = time.monotonic()
        process.notify("STOPPING=1")
        self.log.info("stopping", signal=received.name)
        self.timetable.stop()
        if self.inbox:
            self.inbox.close()
        self.worker.stop()
        while self.worker.is_alive() and time.monotonic() - began < INTERRUPT_SECONDS:
            if signal.sigtimedwait(ENDING, 0.05):
                break  # somebody is in a hurry
        while self.worker.is_alive() and time.monotonic() - began < STOP_SECONDS - _MARGIN_SECONDS:
            interrupt_open_stores()
            self.worker.join(1.0)  # time to put its end on record, before anything else is interrupted
        self._refresh()
        if self.listener:
            self.listener.close()
        self.log.info("stopped", after_seconds=round(time.monotonic() - began, 1))
        if self.worker.is_alive():  # in something that nobody can interrupt; nothing of it is half on disk
            sys.stderr.flush()
            os._exit(0)


def _check_same_store(old: Config, new: Config) -> None:
    if new.writer.resolve() != old.writer.resolve():
        raise ConfigError(f"{new.file}: paths.writer: cannot change while the service runs; stop it and start it again")
