"""Whatever fxtrack does is on record: one row of `runs`, however it ends. Who has to hear of it is told."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from fxtrack.config.config import Config
from fxtrack.errors import ConfigError, FxtrackError, NothingFound, StoreBusy, UsageError
from fxtrack.model.run import CURRENT_RUN, ENDED_WELL, INTERRUPTS, Finding, Run, RunOutcome, RunRecord, finding_of_error
from fxtrack.runs.facts import write_facts
from fxtrack.runs.pending import enter_pending, keep_pending
from fxtrack.store.publish import is_current, publish
from fxtrack.store.settle import recompute
from fxtrack.store.writer import Store


def run_with_store(config: Config, run: Run, work: Callable[[Store], Finding]) -> Finding:
    """Do something with the open store, as one row of `runs`.

    Raises:
        StoreError: the store cannot be opened or written.
        FxtrackError: what `work` raises.
    """
    with Store.open(config) as store, entered(store, config, run):
        finding = work(store)
        _end(store, config, finding)
        return finding


def run_apart(config: Config, run: Run, work: Callable[[Run], Finding]) -> Finding:
    """Do something that needs no store, or opens it itself, as one row of `runs` that stands from before its start.

    Args:
        config: the configuration in force.
        run: which job it is.
        work: gets the run with the number of its row. What it returns, or raises, goes on record, unless it has put
            that on record itself.
    """
    with Store.open(config) as store:
        begun = replace(run, run_id=store.begin_run(run))
        write_facts(store, config)
    try:
        finding = work(begun)
    except BaseException as error:
        with suppress(FxtrackError), Store.open(config) as store:
            store.begin_run(begun)
            _end(store, config, finding_of_error(error))
        raise
    with Store.open(config) as store:
        store.begin_run(begun)
        _end(store, config, finding)
    return finding


@contextmanager
def fetching(config: Config, run: Run) -> Iterator[None]:
    """See that a run that fetches pages is on record however it ends, also where no pass came to enter it.

    What cannot be meant, or finds nothing, is no run. Where the store is held, the run is kept beside it.
    """
    CURRENT_RUN.set(None)
    try:
        yield
    except (ConfigError, UsageError, NothingFound):
        raise
    except BaseException as error:
        if CURRENT_RUN.get() is None:
            with suppress(FxtrackError):  # the error itself is what the user has to hear of
                _enter_ended(config, run, error)
        raise


def _enter_ended(config: Config, run: Run, error: BaseException) -> None:
    now = dt.datetime.now(dt.UTC)
    finding = finding_of_error(error)
    if finding.outcome is RunOutcome.FAILED and isinstance(error, FxtrackError):
        finding = replace(finding, outcome=RunOutcome.FETCH_FAILED)
    record = RunRecord(
        None, run.job, run.scheduled_for, run.started, now, str(finding.outcome), os.getpid(), finding.message
    )
    patience = 0.0 if INTERRUPTS or isinstance(error, StoreBusy) else float("inf")
    try:
        store = Store.open(config, patience)
    except FxtrackError:
        keep_pending(config, record)
        return
    with store:
        enter_pending(store, config, [record])
        if concerns_readers(finding) or not is_current(store, config.database):
            publish(store, config.database, now)
        write_facts(store, config)


@contextmanager
def entered(store: Store, config: Config, run: Run) -> Iterator[None]:
    """Enter the run as running, and as failed if an error ends it; before it those that had to wait for the store."""
    enter_pending(store, config)
    store.begin_run(run)
    try:
        write_facts(store, config)
        yield
    except BaseException as error:
        finding = finding_of_error(error)
        store.try_end_run(finding, dt.datetime.now(dt.UTC))
        with suppress(FxtrackError):  # the error itself is what the user has to hear of
            _tell(store, config, finding)
        raise


def _end(store: Store, config: Config, finding: Finding) -> None:
    """Put the end of a run on record that changed no data."""
    store.end_run(finding, dt.datetime.now(dt.UTC))
    _tell(store, config, finding)


def _tell(store: Store, config: Config, finding: Finding) -> None:
    """Let those hear of a run that changed no data who have to: whoever asks for the status, and readers."""
    write_facts(store, config)
    if concerns_readers(finding):
        publish(store, config.database, dt.datetime.now(dt.UTC))


def concerns_readers(finding: Finding) -> bool:
    """Tell whether a run is a row of `problems`."""
    return finding.outcome not in ENDED_WELL | {RunOutcome.STOPPED}


def record_change(store: Store, config: Config, job: str, now: dt.datetime, change: Callable[[], None]) -> list[str]:
    """Make a change of the data as a run of its own: rules settled, the published file up to date, a row of `runs`.

    Args:
        store: open for writing.
        config: the configuration in force.
        job: what its row in `runs` calls it.
        now: UTC.
        change: changes the store, in one transaction.

    Returns:
        A line for each file that was in the way of the store or of the published file.

    Raises:
        StoreError: the store cannot be written; what `change` did not commit is undone.
        FxtrackError: the published file cannot be written; the one that was there is still there.
    """
    with entered(store, config, Run(job, now)):
        change()
        recompute(store, config)
        store.end_run(Finding(RunOutcome.DONE), dt.datetime.now(dt.UTC))
        put_aside = publish(store, config.database, now)
        write_facts(store, config)
        return [*store.put_aside, *put_aside]
