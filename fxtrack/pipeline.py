"""One pass through the flow: collect -> ingest -> recompute -> evaluate alerts -> finish, recorded as a row of `runs`.

    report = run_pass(config, Run("ingest", now), [config.pages])

`ingest`, `run`, `fetch`, `backfill` and the jobs of the service all end in a pass. It prints nothing.
"""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from fxtrack.alerts.evaluate import evaluate
from fxtrack.alerts.ledger import Alarm
from fxtrack.config.config import Config
from fxtrack.ingest.ingest import AddTally, FileListing, IngestReport, ingest
from fxtrack.ingest.pool import Readers
from fxtrack.model.run import Finding, Progress, Run, RunOutcome, counted, gravest
from fxtrack.pages.discover import FilePath
from fxtrack.runs.findings import findings_of_new_pages
from fxtrack.runs.record import recording
from fxtrack.store.captures import file_errors
from fxtrack.store.settling.recompute import recompute
from fxtrack.store.writer import Store

if TYPE_CHECKING:
    from fxtrack.collect.visits import Visit


@dataclass(frozen=True, slots=True)
class PassReport:
    """The result of a pass.

    Attributes:
        run_id: its row in `runs`.
        finding: the outcome and message in that row.
        ingest: counts, and remarks on single pages.
        quarantined: a line for each file that stood in the place of the store or of the published file.
        alarms: events of the configured alerts; messages about them are written, and not sent yet.
        changed_layouts: a line for each source whose pages seem to have another layout now.
    """

    run_id: int
    finding: Finding
    ingest: IngestReport
    quarantined: tuple[str, ...]
    alarms: tuple[Alarm, ...] = ()
    changed_layouts: tuple[str, ...] = ()

    @property
    def notes(self) -> list[str]:
        """Lines that a person should read; empty in the ordinary case."""
        unsaid = self.ingest.unsaid
        more = [f"and {unsaid:,} more; `fxtrack sql 'FROM problems'` lists them all"] if unsaid else []
        return [*self.quarantined, *self.ingest.remarks, *more]

    @property
    def record(self) -> dict[str, Any]:
        """The result as names and values: run, outcome, counts of pages, remarks and alerts."""
        return {
            "run_id": self.run_id,
            "outcome": str(self.finding.outcome),
            "message": self.finding.message,
            **asdict(self.ingest.tally),
            **self.ingest.record,
            "alerts": [{"alert": alarm.alert, "event": alarm.event, "title": alarm.title} for alarm in self.alarms],
        }

    @property
    def summary(self) -> str:
        """One line of counts."""
        tally = self.ingest.tally
        return (
            f"{counted(tally.pages, 'page')}: {tally.new:,} new, {tally.known:,} known, "
            f"{tally.no_ticker:,} without ticker, {tally.conflict:,} in conflict, {tally.unreadable:,} unreadable"
        )


def run_pass(
    config: Config, run: Run, paths: Sequence[FilePath], on_batch: Callable[[Progress], None] = lambda _progress: None
) -> PassReport:
    """Take pages into the store, recompute the rules, evaluate the alerts, publish, and record it all as one run.

    Args:
        config: the configuration in force.
        run: the job, its start, and the findings that exist already.
        paths: files and folders to take in; without any, only rules and published file are brought up to date.
        on_batch: called with the progress after each commit; an exception from it ends the pass after that batch.

    Raises:
        PageError: one of `paths` does not exist.
        StoreError: the store cannot be opened or written; committed batches are kept.
        FxtrackError: the published file cannot be written; the previous one stays.
    """
    listing = FileListing(config, paths)
    with Readers(config, run.started) as readers:
        # a new store knows no page: reading begins while it is created
        begun = None if config.writer.exists() else readers.read(listing.all())
        return store_pages(config, run, lambda store, count: ingest(store, readers, listing, begun, on_batch, count))


def store_pages(config: Config, run: Run, add: Callable[[Store, AddTally], IngestReport]) -> PassReport:
    """Open the store, add pages, recompute the rules, evaluate the alerts, publish, and record it all as one run.

    Args:
        config: the configuration in force.
        run: the job, its start, and the findings that exist already.
        add: adds the pages to the open store, and calls its second argument with the counts of each transaction.
    """
    with Store.open(config) as store, recording(config, run, store) as recorder:
        known_errors = file_errors(store)
        report = add(store, recorder.count)
        recompute(store, config, run.started)
        current = recorder.is_current()
        change = Finding(RunOutcome.NOTHING_NEW if current else RunOutcome.DONE)
        sharing = {s.name: [other.name for other in config.sharing(s)] for s in config.settings.sources}
        found = findings_of_new_pages(store, run.started, known_errors, sharing)
        finding = gravest([*run.found, *report.findings, *found, change])
        alerts = evaluate(store, config, dt.datetime.now(dt.UTC), digest_before=recorder.evaluated_digest)
        recorder.evaluated_digest = alerts.evaluated_digest
        recorder.end(finding, current=current and not alerts.changed)
        changed = [f"{f.outcome}: {f.message}" for f in found if f.outcome == RunOutcome.LAYOUT_CHANGED]
        return PassReport(
            recorder.run_id, finding, report, tuple(recorder.quarantined), tuple(alerts.alarms), tuple(changed)
        )


def fetch(
    config: Config, run: Run, names: Sequence[str] = (), *,
    on_source: Callable[[str], None] = lambda _name: None, sleep: Callable[[float], None] = time.sleep,
) -> tuple["Visit", PassReport]:  # fmt: skip
    """Fetch live pages, take them into the store, and remember their validators for the next visit.

    Args:
        config: the configuration in force.
        run: the job and its start.
        names: sources; without names all that have a `url`.
        on_source: called with each source's name before it is asked.
        sleep: waits; an exception from it ends the visit and a request under way. Pages that were kept are taken in by
            the next pass.

    Raises:
        UsageError: a name is unknown.
        ConfigError: no source has a `url`, a named one has none, or there is no contact.
        StoreError: the store cannot be used.
    """
    from fxtrack.collect.live import fetch_sources  # HTTP, only where pages are fetched
    from fxtrack.collect.visits import remember

    visit = fetch_sources(config, run.started, names, on_source=on_source, sleep=sleep)
    failures = [Finding(RunOutcome.FETCH_FAILED, f"{failed.source}: {failed.detail}") for failed in visit.failed]
    report = run_pass(config, replace(run, found=(*run.found, *failures)), visit.files)
    remember(config, visit)
    return visit, report
