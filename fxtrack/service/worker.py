"""The one thread of the service that does jobs: takes the next task, does it, and sees that its end is on record."""

import datetime as dt
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from structlog.typing import FilteringBoundLogger

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError
from fxtrack.limits import MOST_PENDING
from fxtrack.model.run import CURRENT_RUN, Finding, Run, RunOutcome, RunRecord, finding_of_error
from fxtrack.pipeline import PassReport
from fxtrack.runs.facts import Facts, read_facts
from fxtrack.runs.pending import keep_pending, pending_runs
from fxtrack.runs.record import enter_past, record_of
from fxtrack.service.jobs import Ended, do
from fxtrack.service.logs import Alarms
from fxtrack.service.queue import JobQueue, Task
from fxtrack.service.status.survey import count_backlog
from fxtrack.store.writer import Store

_COUNT = Task("count")


@dataclass(frozen=True, slots=True)
class _Busy:
    task: Task
    since: float


class Worker:
    """Does the tasks of an agenda, one after the other, until the agenda is closed."""

    def __init__(
        self,
        config: Callable[[], Config],
        agenda: JobQueue,
        log: FilteringBoundLogger,
        observe: Callable[[str, float], None],
    ) -> None:
        """Get ready; `config` is asked before each task, `observe` told each job's seconds."""
        self.stopping = threading.Event()
        self.backlog: int | None = None
        self._config, self._agenda, self._log, self._observe = config, agenda, log, observe
        self._alarms = Alarms()
        self._unkept: deque[RunRecord] = deque(maxlen=MOST_PENDING)
        self._busy: _Busy | None = None
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self.error: BaseException | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether it still takes tasks or is at one."""
        return self._thread.is_alive()

    def is_hung(self) -> bool:
        """Tell whether the task at hand takes longer than any may."""
        busy = self._busy
        return busy is not None and time.monotonic() - busy.since > 60 * self._config().settings.service.max_run_minutes

    def recount(self) -> None:
        """Have the pages counted that wait, between two tasks: this thread alone opens databases."""
        self.backlog = None
        self._agenda.add(_COUNT)

    def stop(self) -> None:
        """Ask it to end after the batch that it is at."""
        self.stopping.set()
        self._agenda.close()

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    def _work(self) -> None:
        try:
            while task := self._agenda.take():
                self._busy = _Busy(task, time.monotonic())
                if task == _COUNT:
                    self._count(self._config())
                else:
                    self._do(self._config(), task)
                self._busy = None
        except BaseException as error:  # noqa: BLE001 -- the main thread raises it again
            self.error = error

    def _do(self, config: Config, task: Task) -> None:
        CURRENT_RUN.set(None)
        run = Run(task.job, dt.datetime.now(dt.UTC), task.scheduled_for)
        began = time.monotonic()
        bug: Exception | None = None
        try:
            self._enter_pending(config)
            ended: Ended = do(config, run, self.stopping)
        except FxtrackError as error:
            ended = (finding_of_error(error), None)
        except Exception as error:  # noqa: BLE001 -- the other jobs go on; it is on record and told with its trace
            ended = (Finding(RunOutcome.FAILED, f"unexpected {type(error).__name__}: {error} (a bug)"), None)
            bug = error
        self._observe(run.job, time.monotonic() - began)
        self._see_to_record(config, run, ended[0], self._count(config))
        self._tell(run, *ended, bug)
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
            self._log.info("runs entered that had been waiting for the store", runs=entered)

    def _see_to_record(self, config: Config, run: Run, finding: Finding, facts: Facts | None) -> None:
        """Put a run on record beside the store where the store did not take its end."""
        last = facts.last.get(run.job) if facts else None
        if last and last.started_utc == run.started and last.ended_utc:
            return
        self._unkept.append(record_of(replace(run, run_id=CURRENT_RUN.get()), finding, dt.datetime.now(dt.UTC)))
        with suppress(FxtrackError):  # as on a full disk: it is kept in memory, and tried again with the next run
            self._keep(config)

    def _keep(self, config: Config) -> None:
        while self._unkept:
            keep_pending(config, self._unkept[0])
            self._unkept.popleft()

    def _tell(self, run: Run, finding: Finding, report: PassReport | None, bug: Exception | None) -> None:
        values = {"job": run.job, "outcome": str(finding.outcome)}
        if finding.message:
            values["reason"] = finding.message
        match self._alarms.judge(run.job, finding):
            case "failed":
                self._log.error(f"{run.job}: {finding.outcome}", exc_info=bug, **values)
            case "recovered":
                self._log.info(f"{run.job}: recovered", **values)
            case None if finding.outcome != RunOutcome.NOTHING_NEW:
                counts = report.summary if report else None
                self._log.info(f"{run.job}: {finding.outcome}", **values, **({"pages": counts} if counts else {}))
        if report:
            for line in self._alarms.unheard(run.job, report.notes):
                self._log.warning(line, job=run.job)
