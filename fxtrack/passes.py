"""One pass: pages into the store, rules settled, the published file brought up to date, all of it one row of `runs`.

    report = run_pass(config, Run("ingest", now), [config.pages])

is what `ingest`, `run`, the jobs of the service and whatever else brings pages have in common. It prints nothing.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from fxtrack.config import Config
from fxtrack.errors import ConfigError, FxtrackError, NothingFound, StoreBusy, UsageError
from fxtrack.facts import RunRecord, changed_layouts, write_facts
from fxtrack.ingest import IngestReport, Listing, ingest
from fxtrack.pending import enter_pending, keep
from fxtrack.progress import Progress
from fxtrack.publish import is_current, publish
from fxtrack.readers import Readers
from fxtrack.rounding import settle_rules
from fxtrack.runs import (
    CURRENT_RUN,
    ENDED_WELL,
    INTERRUPTS,
    Finding,
    Run,
    RunOutcome,
    finding_of_error,
    finding_of_pages,
    gravest,
)
from fxtrack.store import Store


@dataclass(frozen=True, slots=True)
class PassReport:
    """What a pass did.

    Attributes:
        run_id: its row in `runs`.
        finding: the outcome and message in that row.
        ingest: counts, and remarks on single pages.
        put_aside: a line for each file that was in the way of the store or of the published file.
    """

    run_id: int
    finding: Finding
    ingest: IngestReport
    put_aside: tuple[str, ...]

    @property
    def notes(self) -> list[str]:
        """What a person should read, a line each; none in the ordinary case."""
        unsaid = self.ingest.unsaid
        more = [f"and {unsaid:,} more; `fxtrack sql 'FROM problems'` has them all"] if unsaid else []
        return [*self.put_aside, *self.ingest.remarks, *more]

    @property
    def summary(self) -> str:
        """One line of counts."""
        tally = self.ingest.tally
        return (
            f"{tally.pages:,} pages: {tally.new:,} new, {tally.known:,} known, {tally.no_ticker:,} without ticker, "
            f"{tally.conflict:,} in conflict, {tally.unreadable:,} unreadable"
        )


def run_pass(
    config: Config, run: Run, paths: Sequence[Path], on_batch: Callable[[Progress], None] = lambda _progress: None
) -> PassReport:
    """Do one pass.

    Args:
        config: the configuration in force.
        run: which job it is, when it started, and what is known of it already.
        paths: files and folders to take in; with none, only rules and published file are brought up to date.
        on_batch: called with how far it has come after each commit; what it raises ends the pass after that batch.

    Raises:
        PageError: one of `paths` does not exist.
        StoreError: the store cannot be opened or written; what was committed is kept.
        FxtrackError: the published file cannot be written; the one that was there is still there.
    """
    listing = Listing(config, paths)
    with Readers(config, run.started) as readers:
        # a new store knows no page: they are read while it is made
        begun = None if config.writer.exists() else readers.read(listing.all())
        with Store.open(config) as store, _entered(store, config, run):
            known_errors = _errors(store)
            report = ingest(store, readers, listing, begun, on_batch)
            settle_rules(store, config)
            current = is_current(store, config.database)
            finding = gravest([*run.found, *_of_pages(store, run.started, known_errors), _of_change(current)])
            store.end_run(finding, dt.datetime.now(dt.UTC))
            stays = current and not _concerns_readers(finding)
            put_aside = [] if stays else publish(store, config.database, run.started)
            write_facts(store, config)
            return PassReport(store.run_id or 0, finding, report, (*store.put_aside, *put_aside))


def run_with_store(config: Config, run: Run, work: Callable[[Store], Finding]) -> Finding:
    """Do something with the open store, as one row of `runs`.

    Raises:
        StoreError: the store cannot be opened or written.
        FxtrackError: what `work` raises.
    """
    with Store.open(config) as store, _entered(store, config, run):
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
        keep(config, record)
        return
    with store:
        enter_pending(store, config, [record])
        if not is_current(store, config.database):
            publish(store, config.database, now)
        write_facts(store, config)


@contextmanager
def _entered(store: Store, config: Config, run: Run) -> Iterator[None]:
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
    if _concerns_readers(finding):
        publish(store, config.database, dt.datetime.now(dt.UTC))


def _concerns_readers(finding: Finding) -> bool:
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
    with _entered(store, config, Run(job, now)):
        change()
        settle_rules(store, config)
        store.end_run(Finding(RunOutcome.DONE), dt.datetime.now(dt.UTC))
        put_aside = publish(store, config.database, now)
        write_facts(store, config)
        return [*store.put_aside, *put_aside]


def _of_change(current: bool) -> Finding:
    return Finding(RunOutcome.NOTHING_NEW if current else RunOutcome.DONE)


def _of_pages(store: Store, started: dt.datetime, known_errors: set[tuple[str, str]]) -> list[Finding]:
    ((new, no_ticker, unreadable),) = store.query(
        "SELECT count(*), count(*) FILTER (outcome = 'no ticker'), count(*) FILTER (outcome = 'unreadable')"
        " FROM captures WHERE ingested_utc = ?",
        [started.replace(tzinfo=None)],
    )
    finding = finding_of_pages(new, no_ticker, unreadable + len(_errors(store) - known_errors))
    return [*([finding] if finding else []), *changed_layouts(store, started)]


def _errors(store: Store) -> set[tuple[str, str]]:
    return {(location, error) for location, error in store.query("SELECT location, error FROM files WHERE error <> ''")}
