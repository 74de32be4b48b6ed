"""The worker thread of the service: takes the next request, does the job, and records its end."""

import datetime as dt
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from structlog.typing import FilteringBoundLogger

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, reason_of_bug, reason_of_system
from fxtrack.limits import MOST_PENDING
from fxtrack.model.run import CURRENT_RUN, Finding, Run, RunOutcome, RunRecord, finding_of_error
from fxtrack.pipeline import PassReport
from fxtrack.runs.facts import Facts, read_facts
from fxtrack.runs.pending import keep_pending, pending_runs
from fxtrack.runs.record import enter_past, record_of
from fxtrack.service.jobs import Ended, do
from fxtrack.service.logs import LoggedFailures
from fxtrack.service.queue import JobQueue, JobRequest
from fxtrack.service.status.survey import count_backlog
from fxtrack.store.writer import Store

_COUNT = JobRequest("count")


@dataclass(frozen=True, slots=True)
class _Busy:
    request: JobRequest
    since: float


class Worker:
    """Does the jobs of a queue, one after the other, until the queue is closed."""

    def __init__(
        self,
        config: Callable[[], Config],
        queue: JobQueue,
        log: FilteringBoundLogger,
        observe: Callable[[str, float], None],
    ) -> None:
        """Prepare the thread.

        Args:
            config: returns the configuration in force; called before each job.
            queue: where requests come from.
            log: receives new failures, recoveries, other ends except "nothing new", and new notes on pages.
            observe: called with each job and the seconds that it took.
        """
        self.stopping = threading.Event()
        self.backlog: int | None = None
        self._config, self._queue, self._log, self._observe = config, queue, log, observe
        self._logged_failures = LoggedFailures()
        self._unkept: deque[RunRecord] = deque(maxlen=MOST_PENDING)
        self._busy: _Busy | None = None
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self.error: BaseException | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Return whether the thread still takes requests or does a job."""
        return self._thread.is_alive()

    def is_hung(self) -> bool:
        """Return whether the current job takes longer than `service.max_run_minutes`."""
        busy = self._busy
        return busy is not None and time.monotonic() - busy.since > 60 * self._config().settings.service.max_run_minutes

    def recount(self) -> None:
        """Request a count of the waiting pages, between two jobs: only this thread opens databases."""
        self.backlog = None
        self._queue.add(_COUNT)

    def stop(self) -> None:
        """Ask the thread to end after the current batch."""
        self.stopping.set()
        self._queue.close()

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, for this many seconds at most."""
        self._thread.join(seconds)

    def _work(self) -> None:
        try:
            while request := self._queue.take():
                self._busy = _Busy(request, time.monotonic())
                if request == _COUNT:
                    self._count(self._config())
                else:
                    self._do(self._config(), request)
                self._busy = None
        except BaseException as error:  # noqa: BLE001 -- the main thread raises it again
            self.error = error

    def _do(self, config: Config, request: JobRequest) -> None:
        CURRENT_RUN.set(None)
        run = Run(request.job, dt.datetime.now(dt.UTC), request.scheduled_for)
        began = time.monotonic()
        bug: Exception | None = None
        try:
            self._enter_pending(config)
            ended: Ended = do(config, run, self.stopping)
        except FxtrackError as error:
            ended = (finding_of_error(error), None)
        except Exception as error:  # noqa: BLE001 -- the other jobs continue; the run records it, the log shows its trace
            reason = reason_of_system(error)
            bug = None if reason else error
            ended = (Finding(RunOutcome.FAILED, reason or reason_of_bug(error)), None)
        self._observe(run.job, time.monotonic() - began)
        self._ensure_recorded(config, run, ended[0], self._count(config))
        self._log_end(run, *ended, bug)
        CURRENT_RUN.set(None)

    def _count(self, config: Config) -> Facts | None:
        with suppress(FxtrackError):
            facts = read_facts(config)
            self.backlog = count_backlog(config, facts)
            return facts
        return None

    def _enter_pending(self, config: Config) -> None:
        if self._unkept or pending_runs(config):
            with Store.open(config) as store:
                entered = enter_past(store, config, tuple(self._unkept))
            self._unkept.clear()
            self._log.info("runs recorded that had been waiting for the store", runs=entered)

    def _ensure_recorded(self, config: Config, run: Run, finding: Finding, facts: Facts | None) -> None:
        """Record the end of a run beside the store if the store does not have it."""
        last = facts.last.get(run.job) if facts else None
        if last and last.started_utc == run.started and last.ended_utc:
            return
        self._unkept.append(record_of(replace(run, run_id=CURRENT_RUN.get()), finding, dt.datetime.now(dt.UTC)))
        with suppress(FxtrackError):  # such as on a full disk: kept in memory and retried with the next run
            self._keep(config)

    def _keep(self, config: Config) -> None:
        while self._unkept:
            keep_pending(config, self._unkept[0])
            self._unkept.popleft()

    def _log_end(self, run: Run, finding: Finding, report: PassReport | None, bug: Exception | None) -> None:
        values = {"job": run.job, "outcome": str(finding.outcome)}
        if finding.message:
            values["reason"] = finding.message
        match self._logged_failures.judge(run.job, finding):
            case "failed":
                self._log.error(f"{run.job}: {finding.outcome}", exc_info=bug, **values)
            case "recovered":
                self._log.info(f"{run.job}: recovered", **values)
            case None if finding.outcome != RunOutcome.NOTHING_NEW:
                self._log.info(
                    f"{run.job}: {finding.outcome}", **values, **(asdict(report.ingest.tally) if report else {})
                )
        if report:
            for alarm in report.alarms:
                self._log.warning(f"alert {alarm.alert}: {alarm.title}", job=run.job)
            for line in self._logged_failures.new_notes(run.job, report.notes):
                self._log.warning(line, job=run.job)
