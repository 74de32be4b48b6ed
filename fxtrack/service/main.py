"""The service: a scheduler, one worker, and a main thread that answers signals and systemd until told to stop."""

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
from fxtrack.runs.record import close_open_runs
from fxtrack.service import process
from fxtrack.service.notifier import Notifier
from fxtrack.service.process import ENDING, HeldSignals
from fxtrack.service.queue import JobQueue, JobRequest
from fxtrack.service.scheduler import Scheduler, missed
from fxtrack.service.status.health import HealthReport
from fxtrack.service.status.metrics import Listener, Metrics
from fxtrack.service.status.rates import NewestRates
from fxtrack.service.status.survey import survey
from fxtrack.service.watcher import Watcher
from fxtrack.service.worker import Worker
from fxtrack.store.publish import guard
from fxtrack.store.writer import interrupt_open_stores

_TICK_SECONDS = 1.0
_REFRESH_SECONDS = 30.0
_MARGIN_SECONDS = 1.5


def run_service(config: Config, log: FilteringBoundLogger, signals: HeldSignals) -> None:
    """Run the service until SIGTERM or SIGINT.

    Raises:
        ServiceRunning: another service runs on this database.
        StoreError: the store cannot be used at all.
        FxtrackError: the port for metrics is not free.
    """
    now = dt.datetime.now(dt.UTC)
    with ServiceLock.take(config, now) as lock:
        _Service(config, log, signals, lock).run()


class _Service:
    def __init__(self, config: Config, log: FilteringBoundLogger, signals: HeldSignals, lock: ServiceLock) -> None:
        self.config, self.log, self.signals, self.lock = config, log, signals, lock
        self.queue = JobQueue()
        self.metrics = Metrics(self.view, NewestRates(lambda: self.config))
        self.worker = Worker(
            lambda: self.config, self.queue, log, lambda job, took: self.metrics.duration.labels(job).observe(took)
        )
        self.scheduler = Scheduler(self.queue.add)
        self.notifier = Notifier(lambda: self.config, log, self.view)
        self.watcher: Watcher | None = None
        self.listener: Listener | None = None
        self.refreshed = float("-inf")
        self.metrics_error: str | None = None

    def view(self) -> tuple[Facts, HealthReport]:
        """Return the current state, with the backlog as the worker last counted it."""
        return survey(self.config, dt.datetime.now(dt.UTC), lambda *_: self.worker.backlog)

    def run(self) -> None:
        """Start everything, serve, stop everything."""
        guard(self.config.database)
        self._open_outside(self.config)
        ran = self._close_past_runs()
        self.worker.recount()
        now = dt.datetime.now(dt.UTC)
        catching_up = missed(self.config.schedules, ran, now)
        self.worker.start()
        for request in catching_up:
            self.queue.add(request)
        self.scheduler.start(self.config.schedules, now)
        self.log.info(
            "ready", process=os.getpid(), database=str(self.config.database),
            jobs=", ".join(self.config.schedules) or "none",
            catching_up=", ".join(request.job for request in catching_up) or "none",
        )  # fmt: skip
        process.notify("READY=1", f"STATUS=jobs: {', '.join(self.config.schedules)}")
        received = self._serve()
        self._stop(received)

    def _close_past_runs(self) -> dict[str, dt.datetime]:
        """Record the end of runs that earlier services left open.

        Returns:
            The latest scheduled time (UTC) that each job ran for.
        """
        try:
            facts: Facts | None = close_open_runs(self.config, START_WAIT_SECONDS)
        except StoreBusy as error:
            self.log.warning("starting although the store is held by another process", reason=str(error))
            facts = read_facts(self.config)
        return facts.scheduled if facts else {}

    def _serve(self) -> signal.Signals:
        """Answer signals and systemd until a signal ends the service; return that signal."""
        watchdog = process.watchdog_seconds()
        tick = min(_TICK_SECONDS, watchdog / 3) if watchdog else _TICK_SECONDS
        while True:
            if watchdog and not self.worker.is_hung():
                process.notify("WATCHDOG=1")
            if self.worker.error:
                raise self.worker.error
            if time.monotonic() - self.refreshed > _REFRESH_SECONDS:
                self._refresh()
            self.notifier.look()
            received = self.signals.wait(tick)
            if received is None:
                self._wake()
            elif received == signal.SIGHUP:
                self._reload()
            else:
                return received

    def _wake(self) -> None:
        if jobs := self.scheduler.wake():
            self.log.warning("the clock was set back: the schedules continue from the new time")
            self._begin(jobs, dt.datetime.now(dt.UTC))

    def _begin(self, jobs: Iterable[str], now: dt.datetime) -> None:
        """Make `status` count from `now` on when these jobs are due."""
        try:
            self.lock.begin(jobs, now)
        except FxtrackError as error:
            self.log.warning("`status` may report a job as overdue that is not", reason=str(error))

    def _refresh(self) -> None:
        self.refreshed = time.monotonic()
        if path := self.config.metrics_file:
            try:
                self.metrics.write(path)
                self.metrics_error = None
            except FxtrackError as error:
                if str(error) != self.metrics_error:
                    self.log.warning("metrics cannot be written", reason=str(error))
                self.metrics_error = str(error)

    def _reload(self) -> None:
        process.notify_reloading()
        try:
            new = load_config(self.config.file)
            _check_same_store(self.config, new)
            self._open_outside(new)
        except FxtrackError as error:
            self.log.warning("the new configuration is invalid: the old one stays in force", reason=str(error))
        else:
            old, now = self.config.schedules, dt.datetime.now(dt.UTC)
            self._begin([job for job, schedule in new.schedules.items() if old.get(job) != schedule], now)
            self.config = new
            self.worker.recount()
            self.scheduler.replace(new.schedules, now)
            self.log.info("configuration reloaded", jobs=", ".join(new.schedules) or "none")
        process.notify("READY=1")

    def _open_outside(self, config: Config) -> None:
        """Open the listener for metrics, then the watcher: only the listener can fail, and nothing is open by then."""
        port = config.settings.service.metrics_port
        if self.listener is None or port != self.config.settings.service.metrics_port:
            listener = Listener(self.metrics, port) if port else None
            if self.listener:
                self.listener.close()
            self.listener = listener
        if self.watcher:
            self.watcher.close()
        watch = config.settings.service.watch and "ingest" in config.schedules
        self.watcher = Watcher(config, lambda: self.queue.add(JobRequest("ingest")), self._watched) if watch else None

    def _watched(self, reason: str | None) -> None:
        if reason is None:
            self.log.info("the pages folder is watched again")
        else:
            self.log.warning("the pages folder cannot be watched; the schedule continues", reason=reason)

    def _stop(self, received: signal.Signals) -> None:
        """Stop within `STOP_SECONDS`: after the current batch, else after rolling it back, else without waiting."""
        began = time.monotonic()
        process.notify("STOPPING=1")
        self.log.info("stopping", signal=received.name)
        self.scheduler.stop()
        if self.watcher:
            self.watcher.close()
        self.notifier.stop()
        self.worker.stop()
        while self.worker.is_alive() and time.monotonic() - began < INTERRUPT_SECONDS:
            if self.signals.wait(0.05) in ENDING:
                break  # a second signal asks for haste
        while self.worker.is_alive() and time.monotonic() - began < STOP_SECONDS - _MARGIN_SECONDS:
            interrupt_open_stores()
            self.worker.join(1.0)  # lets the worker record the end of its run before the next interrupt
        self._refresh()
        if self.listener:
            self.listener.close()
        self.log.info("stopped", after_seconds=round(time.monotonic() - began, 1))
        if self.worker.is_alive():  # inside a call that cannot be interrupted; it leaves nothing incomplete on disk
            sys.stderr.flush()
            os._exit(0)


def _check_same_store(old: Config, new: Config) -> None:
    if new.writer.resolve() != old.writer.resolve():
        raise ConfigError(f"{new.file}: paths.writer: cannot change while the service runs; restart the service")
