"""Records every run as one row of `runs`, refreshes the status file, and publishes what the run changed.

    with recording(config, run) as recorder:
        ...                                  # work with recorder.store
        recorder.end(finding)

A `Recorder` is the only code that begins and ends a run.
"""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from fxtrack.config.config import Config
from fxtrack.errors import INTERRUPTS, ConfigError, FxtrackError, NothingFound, StoreBusy, StoreError, UsageError
from fxtrack.model.run import CURRENT_RUN, ENDED_WELL, Finding, Run, RunOutcome, RunRecord, Tally, finding_of_error
from fxtrack.runs import table
from fxtrack.runs.facts import Facts, last_evaluated_digest, write_facts
from fxtrack.runs.lock import holder
from fxtrack.runs.pending import enter_pending, keep_pending
from fxtrack.store.publish import is_current, publish
from fxtrack.store.writer import Store


class Recorder:
    """One run under way, with the store open for writing. Use `recording`.

    Attributes:
        run_id: number of the run's row.
        quarantined: a line for each file that stood in the place of the store or of the published file.
        evaluated_digest: of the state for which the alerts were evaluated last; a run that evaluates them sets it.
    """

    def __init__(self, store: Store, config: Config, run: Run) -> None:
        """Wrap an open store; `begin` writes the row."""
        self.store, self.config, self.run = store, config, run
        self.run_id = run.run_id or 0
        self.quarantined = list(store.quarantined)
        self.evaluated_digest = last_evaluated_digest(config)

    def begin(self) -> None:
        """Insert the row as `running`, unless the run has one, and set the number that log lines carry."""
        enter_past(self.store, self.config)
        if self.run.run_id is None:
            self.run_id = table.insert_run(self.store, record_of(self.run, Finding(RunOutcome.RUNNING), None))
        CURRENT_RUN.set(self.run_id)

    def count(self, tally: Tally) -> None:
        """Add to the counts of the run; within a transaction of the store the counts belong to it."""
        table.add_counts(self.store, self.run_id, tally)

    def is_current(self) -> bool:
        """Return whether the published file holds what the store holds."""
        return is_current(self.store, self.config.database)

    def end(self, finding: Finding, *, current: bool | None = None) -> None:
        """Write the outcome, publish if readers have to see a change, and refresh the status file.

        Args:
            finding: the outcome of the run.
            current: what `is_current` said after the last change, if it has been asked.

        Raises:
            StoreError: the store or the published file cannot be written.
            FxtrackError: the status file cannot be written.
        """
        stays = self.is_current() if current is None else current
        publishes = not stays or concerns_readers(finding)
        if publishes:
            self.store.checkpoint()  # a full disk shows here, before the row says that all went well
        now = dt.datetime.now(dt.UTC)
        table.end_run(self.store, self.run_id, str(finding.outcome), finding.message, now)
        self._refresh(publishes=publishes)

    def fail(self, error: BaseException) -> None:
        """Write the outcome of an error, as far as the store can still be written; the next run calls it killed else.

        After a failed checkpoint, as on a full disk, DuckDB refuses every statement until the file is opened again.
        """
        finding = finding_of_error(error)
        ended = (str(finding.outcome), finding.message, dt.datetime.now(dt.UTC))
        with suppress(StoreError):
            try:
                table.end_run(self.store, self.run_id, *ended)
            except StoreError:
                self.store.reopen()
                table.end_run(self.store, self.run_id, *ended)
        with suppress(FxtrackError):  # the user hears of the error itself
            self._refresh(publishes=concerns_readers(finding))

    def _refresh(self, *, publishes: bool) -> None:
        """Publish if wanted and write the status file, that also if publishing fails.

        Where an earlier step failed before the reports were recomputed, readers keep the previous file: the store has
        the new captures, and verdicts that do not follow from them.
        """
        try:
            if publishes and self.store.is_settled():
                self.quarantined += publish(self.store, self.config.database, dt.datetime.now(dt.UTC))
        except FxtrackError:
            with suppress(FxtrackError):
                write_facts(self.store, self.config, self.evaluated_digest)
            raise
        write_facts(self.store, self.config, self.evaluated_digest)


@contextmanager
def recording(config: Config, run: Run, store: Store | None = None) -> Iterator[Recorder]:
    """Open the store and record a run: as `running` at once, and as failed if an error leaves the context.

    Args:
        config: the configuration in force.
        run: the job, its times, and its row if it has one.
        store: the store, where it is open already.

    Raises:
        StoreError: the store cannot be opened or written.
    """
    if store is None:
        with Store.open(config) as opened, recording(config, run, opened) as recorder:
            yield recorder
        return
    recorder = Recorder(store, config, run)
    recorder.begin()
    try:
        write_facts(store, config)
        yield recorder
    except BaseException as error:
        recorder.fail(error)
        raise


@contextmanager
def recording_apart(config: Config, run: Run) -> Iterator[Run]:
    """Record a run whose work leaves the store to others: the row stands from before its start.

    Yields:
        The run with the number of its row. The work ends it, by `end_apart` or by a pass of its own; an error that
        leaves the context ends it as failed.
    """
    with Store.open(config) as store:
        recorder = Recorder(store, config, run)
        recorder.begin()
        write_facts(store, config)
    begun = replace(run, run_id=recorder.run_id)
    try:
        yield begun
    except BaseException as error:
        with suppress(FxtrackError):
            end_apart(config, begun, finding_of_error(error))
        raise


def end_apart(config: Config, run: Run, finding: Finding) -> None:
    """Open the store and end a run that `recording_apart` began, unless its row says so already."""
    with Store.open(config) as store:
        if not table.has_ended(store, run.run_id or 0, str(finding.outcome), finding.message):
            recorder = Recorder(store, config, run)
            recorder.begin()
            recorder.end(finding)


@contextmanager
def recording_failure(config: Config, run: Run) -> Iterator[None]:
    """Record a run that fails before a pass has begun its row, as a fetch does that no server answers.

    A usage error, or a question without an answer, is no run. While another process holds the store, the run is kept
    beside it.
    """
    CURRENT_RUN.set(None)
    try:
        yield
    except (ConfigError, UsageError, NothingFound):
        raise
    except BaseException as error:
        if CURRENT_RUN.get() is None:
            with suppress(FxtrackError):  # the user hears of the error itself
                _record_failed(config, run, error)
        raise


def _record_failed(config: Config, run: Run, error: BaseException) -> None:
    finding = finding_of_error(error)
    if finding.outcome is RunOutcome.FAILED and isinstance(error, FxtrackError):
        finding = replace(finding, outcome=RunOutcome.FETCH_FAILED)
    patience = 0.0 if INTERRUPTS or isinstance(error, StoreBusy) else float("inf")
    try:
        store = Store.open(config, patience)
    except FxtrackError:
        keep_pending(config, record_of(run, finding, dt.datetime.now(dt.UTC)))
        return
    with store:
        recorder = Recorder(store, config, run)
        recorder.begin()
        recorder.end(finding)


def enter_past(store: Store, config: Config, further: tuple[RunRecord, ...] = ()) -> int:
    """Enter the runs that ended while the store was held, and mark those whose process died as killed.

    Only the service has runs that do their work while the store is closed; the lock names its process.

    Returns:
        The number of runs entered.
    """
    service = holder(config)
    table.end_killed(store, service.process if service else None)
    return enter_pending(store, config, further)


def close_open_runs(config: Config, seconds: float) -> Facts:
    """Bring the rows of earlier runs up to date as the service starts: none of them is at work any more.

    Args:
        config: the configuration in force.
        seconds: how long to wait for another process that holds the store.

    Raises:
        StoreError: the store cannot be opened.
    """
    with Store.open(config, seconds) as store:
        table.end_killed(store, None)
        enter_pending(store, config)
        return write_facts(store, config)


def record_of(run: Run, finding: Finding, ended_utc: dt.datetime | None) -> RunRecord:
    """Return the row of a run of this process."""
    return RunRecord(
        run.run_id, run.job, run.scheduled_for, run.started, ended_utc, str(finding.outcome), os.getpid(),
        finding.message,
    )  # fmt: skip


def concerns_readers(finding: Finding) -> bool:
    """Return whether a run with this outcome is a row of `problems`."""
    return finding.outcome not in ENDED_WELL | {RunOutcome.STOPPED}
