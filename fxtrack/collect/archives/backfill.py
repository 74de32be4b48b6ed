"""History from web archives: list captures, choose one of each period, skip what is already stored, fetch the rest.

    stored = stored_captures(config, task)                        # files, journal, database
    plan = make_plan(config, task, stored)                        # cdx, plan: one capture of each period
    with Journal(stored.folder) as journal:
        for result in fetch_captures(config, task, plan, (stored, journal)):
            ...                                                   # replay: original bytes; warc_writer: kept; journal
    run_pass(config, run, [stored.folder])                        # the pages are ingested like all others

The name of a capture's file follows from its address and time. The file is whole or missing, and on disk before the
journal names it: however a run ends, the next one skips stored captures and fetches the rest.
"""

import datetime as dt
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from fxtrack.collect.archives.cdx import list_captures
from fxtrack.collect.archives.journal import KEPT, Journal, JournalEntry, read_journal
from fxtrack.collect.archives.listed import Listed
from fxtrack.collect.archives.plan import BackfillPlan, BackfillTask, CaptureChoice, Chooser, StoredCaptures
from fxtrack.collect.archives.replay import ArchiveClosed, NotGiven, get_capture
from fxtrack.collect.http.client import Web, home_of
from fxtrack.collect.http.headers import contact_of
from fxtrack.collect.http.rate_limit import Stop
from fxtrack.collect.http.retry_after import heeding
from fxtrack.config.config import Config
from fxtrack.limits import ARCHIVE_FAILURES
from fxtrack.store.query import ask, open_published


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """The result of one period.

    Attributes:
        file: the file of its capture, None if there is none.
        already: how one of its captures is already stored, None if none is.
        entries: the lines of the journal about it.
    """

    file: Path | None
    already: str | None
    entries: tuple[JournalEntry, ...]


def stored_captures(config: Config, task: BackfillTask, *, again: bool = False) -> StoredCaptures:
    """Return which captures of a task's source need not be fetched; nothing is changed.

    Args:
        config: the configuration in force.
        task: names source and archive.
        again: request captures again that the archive failed to deliver.

    Raises:
        FxtrackError: journal or database cannot be read.
    """
    folder = config.archived / task.source.name
    seen: frozenset[tuple[str, dt.datetime]] = frozenset()
    if config.database.exists():
        with open_published(config) as connection:
            rows = ask(connection, "seen", source=task.source.name).rows
        seen = frozenset((uri, captured.replace(tzinfo=dt.UTC)) for uri, captured in rows)
    stored = StoredCaptures(folder, seen)
    for entry in read_journal(folder):
        if entry.outcome == KEPT or (entry.archive == task.archive.name and not again):
            stored.learn(entry)
    return stored


def make_plan(config: Config, task: BackfillTask, stored: StoredCaptures, stop: Stop) -> BackfillPlan:
    """Request the archive's list of captures, and choose one of each period.

    Raises:
        FetchError: its index returns no list, or a list that is too long.
    """
    archive = task.archive
    homes = home_of(archive.index, trusted=archive.private_address)
    chooser = Chooser(task, stored)
    with (
        heeding(config, 60 / archive.searches_per_minute, stop.sleep) as paces,
        Web(config.settings.fetch, homes, paces=paces) as web,
    ):
        unreadable = sum(
            list_captures(web, archive, url, span, chooser.take) for url in task.urls for span in task.spans()
        )
    return chooser.plan(unreadable)


def fetch_captures(
    config: Config, task: BackfillTask, plan: BackfillPlan, records: tuple[StoredCaptures, Journal], stop: Stop
) -> Iterator[PeriodResult]:
    """Fetch the wanted captures of a plan, a bounded number at a time, and yield each result once it is journaled.

    Args:
        config: the configuration in force.
        task: the task of the plan.
        plan: the captures.
        records: the stored captures and the journal; both are updated with each result.
        stop: ends the work from another thread; closing the generator ends it too.

    Raises:
        ArchiveClosed: the archive refuses requests for now, or delivers no more captures; results so far are kept.
        FxtrackError: a file cannot be written.
    """
    stored, journal = records
    archive, settings = task.archive, config.settings
    homes = home_of(archive.content, trusted=archive.private_address)
    waiting = deque(plan.wanted)
    running: dict[Future[PeriodResult], str] = {}
    failures = 0
    with (
        heeding(config, 60 / archive.pages_per_minute, stop.sleep) as paces,
        Web(settings.fetch, homes, paces=paces, connections=archive.at_once) as web,
        ThreadPoolExecutor(archive.at_once, "backfill") as pool,
    ):
        try:
            while waiting or running:
                # a capture with the digest of one under way waits: it may have the same bytes
                while waiting and len(running) < archive.at_once and waiting[0].digest not in running.values():
                    choice = waiting.popleft()
                    future = pool.submit(_fetch, config, task, web, stored, choice)
                    running[future] = choice.digest or str(id(choice))
                done = wait(running, return_when=FIRST_COMPLETED).done
                running = {future: digest for future, digest in running.items() if future not in done}
                for result in _in_order(done, journal, stored):
                    failures = 0 if result.file or result.already else failures + 1
                    yield result
                if failures >= ARCHIVE_FAILURES:
                    raise ArchiveClosed(f"the last {failures} captures were not available; try again another time")
        finally:
            stop.now()
            web.abort()


def _in_order(done: set[Future[PeriodResult]], journal: Journal, stored: StoredCaptures) -> Iterator[PeriodResult]:
    """Journal results and yield them; an error comes last, so that every result is journaled."""
    for future in sorted(done, key=lambda future: future.exception() is not None):
        result = future.result()
        for entry in result.entries:
            journal.write(entry)
            stored.learn(entry)
        yield result


def _fetch(config: Config, task: BackfillTask, web: Web, stored: StoredCaptures, choice: CaptureChoice) -> PeriodResult:
    """Try the captures of a period, the best first, until the archive delivers one or one is stored already."""
    entries: list[JournalEntry] = []
    for listed in choice.candidates:
        if (state := stored.state_of(listed)) is not None:
            return PeriodResult(None, state, tuple(entries))
        target = stored.file_of(listed)
        try:
            copy = get_capture(web, task.archive, listed, config.settings.ingest.max_page_bytes)
            copy.save(target, contact_of(config.settings.fetch))
        except NotGiven as error:
            entries.append(_entry(task, listed, error.absence, detail=str(error)))
            continue
        digest = listed.digest if copy.digest_holds else ""
        entries.append(_entry(task, listed, KEPT, digest=digest, detail=copy.note or ""))
        return PeriodResult(target, None, tuple(entries))
    return PeriodResult(None, None, tuple(entries))


def _entry(task: BackfillTask, listed: Listed, outcome: str, *, digest: str = "", detail: str = "") -> JournalEntry:
    return JournalEntry(task.archive.name, listed.stamp, listed.uri, str(outcome), digest, detail)
