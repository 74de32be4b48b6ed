"""One pass: pages into the store, rules settled, the published file brought up to date, all of it one row of `runs`.

    report = run_pass(config, Run("ingest", now), [config.pages])

is what `ingest`, `run`, the jobs of the service and whatever else brings pages have in common. It prints nothing.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fxtrack.config.config import Config
from fxtrack.ingest.ingest import FileListing, IngestReport, ingest
from fxtrack.ingest.pool import Readers
from fxtrack.model.run import Finding, Progress, Run, RunOutcome, finding_of_pages, gravest
from fxtrack.runs.facts import changed_layouts, write_facts
from fxtrack.runs.record import concerns_readers, entered
from fxtrack.store.publish import is_current, publish
from fxtrack.store.settle import recompute
from fxtrack.store.writer import Store


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
    listing = FileListing(config, paths)
    with Readers(config, run.started) as readers:
        # a new store knows no page: they are read while it is made
        begun = None if config.writer.exists() else readers.read(listing.all())
        with Store.open(config) as store, entered(store, config, run):
            known_errors = _errors(store)
            report = ingest(store, readers, listing, begun, on_batch)
            recompute(store, config)
            current = is_current(store, config.database)
            finding = gravest([*run.found, *_of_pages(store, run.started, known_errors), _of_change(current)])
            store.end_run(finding, dt.datetime.now(dt.UTC))
            stays = current and not concerns_readers(finding)
            put_aside = [] if stays else publish(store, config.database, run.started)
            write_facts(store, config)
            return PassReport(store.run_id or 0, finding, report, (*store.put_aside, *put_aside))


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
