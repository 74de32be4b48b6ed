"""History from web archives: list captures, choose one of each period, leave out what is had, fetch the rest.

    had = what_is_had(config, task)                             # files, journal, database
    plan = make_plan(config, task, had)                           # cdx: what is there; one of each period
    with Journal(had.folder) as journal:
        for result in fetch_captures(config, task, plan, had, journal):
            ...                                                   # replay: original bytes; warcfile: kept; journal
    run_pass(config, Run("backfill", now, found=...), [had.folder])  # the pages go where all pages go

A capture's file has a name that follows from its address and time, is whole or not there, and is on disk before the
journal says so. Whatever ends the run, the next one finds what is had and goes on with the rest.
"""

import datetime as dt
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from fxtrack.collect.cdx import Listed, list_captures, moment_of
from fxtrack.collect.http.client import Web, home_of
from fxtrack.collect.http.headers import contact_of
from fxtrack.collect.http.rate_limit import Stop
from fxtrack.collect.http.retry_after import heeding
from fxtrack.collect.journal import KEPT, Entry, Journal, read_journal
from fxtrack.collect.replay import Absence, ArchiveClosed, NotGiven, get_capture
from fxtrack.collect.warc_writer import file_name
from fxtrack.config.config import Config
from fxtrack.config.settings import Archive
from fxtrack.config.source import Source
from fxtrack.limits import ARCHIVE_FAILURES, ARCHIVE_TRIES
from fxtrack.store.query import ask, open_published

PERIODS: dict[str, Callable[[dt.datetime], object]] = {
    "hour": lambda captured: captured.replace(minute=0, second=0),
    "day": lambda captured: captured.date(),
    "week": lambda captured: captured.isocalendar()[:2],
    "month": lambda captured: (captured.year, captured.month),
}
"""What `every` may be besides ``capture``, and what two captures of one such period have in common (UTC)."""

SAME_BYTES = "same bytes as one that is kept"
_PAGES = frozenset({"text/html", "application/xhtml+xml", "text/plain", "warc/revisit", "unk", "-", ""})


@dataclass(frozen=True, slots=True)
class BackfillTask:
    """What to fetch: which source's pages, of which addresses, from which archive, and of what time (UTC)."""

    source: Source
    archive: Archive
    urls: tuple[str, ...]
    since: dt.date
    until: dt.date
    every: str


@dataclass(slots=True)
class StoredCaptures:
    """What need not be fetched.

    Attributes:
        folder: where this source's captures are kept.
        stored: (URI, time) of captures in the database.
        digests: digests of captures that are kept and whose bytes are known to have them.
        refused: how often the archive did not give a capture, by (timestamp, URI); at `ARCHIVE_TRIES` it is let be.
    """

    folder: Path
    stored: frozenset[tuple[str, dt.datetime]]
    digests: set[str] = field(default_factory=set)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def has(self, listed: Listed) -> str | None:
        """Return how a capture is had already, None if it is not."""
        if (listed.uri, listed.captured_utc) in self.stored:
            return "stored"
        if self.file_of(listed).exists():
            return KEPT
        return SAME_BYTES if listed.digest in self.digests else None

    def file_of(self, listed: Listed) -> Path:
        """Return where a capture is kept."""
        return self.folder / f"{listed.captured_utc:%Y-%m}" / file_name(listed.uri, listed.captured_utc)

    def take(self, entry: Entry) -> None:
        """Learn from a line of the journal."""
        if entry.outcome != KEPT:
            self.refused[entry.stamp, entry.uri] += 1 if entry.outcome == Absence.FAILED else ARCHIVE_TRIES
        elif (
            entry.digest and (captured := moment_of(entry.stamp)) and self.file_of(Listed(captured, entry.uri)).exists()
        ):
            self.digests.add(entry.digest)


@dataclass(frozen=True, slots=True)
class Choice:
    """One period: its captures, the best first. `had` says how it is had already, None if it is to be fetched."""

    candidates: tuple[Listed, ...]
    had: str | None

    @property
    def digest(self) -> str:
        """The listed digest of the best capture."""
        return self.candidates[0].digest


@dataclass(frozen=True, slots=True)
class Plan:
    """What a backfill would do.

    Attributes:
        choices: the periods in which there is something, oldest first.
        listed: how many captures the index lists.
        no_page: how many of them are redirects, errors or no text.
        unreadable: rows of the index that could not be understood.
    """

    choices: tuple[Choice, ...]
    listed: int = 0
    no_page: int = 0
    unreadable: int = 0

    @property
    def wanted(self) -> list[Choice]:
        """The periods to fetch a capture of."""
        return [choice for choice in self.choices if choice.had is None]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one period: the file of its capture, and what was not to be had on the way to it."""

    file: Path | None
    had: str | None
    entries: tuple[Entry, ...]


def stored_captures(config: Config, task: BackfillTask, *, again: bool = False) -> StoredCaptures:
    """Look up which captures of a task's source need not be fetched; nothing is changed.

    Args:
        config: the configuration in force.
        task: whose captures, and from which archive.
        again: forget which ones the archive was found not to give.

    Raises:
        FxtrackError: journal or database cannot be read.
    """
    folder = config.archived / task.source.name
    stored: frozenset[tuple[str, dt.datetime]] = frozenset()
    if config.database.exists():
        with open_published(config) as connection:
            rows = ask(connection, "seen", source=task.source.name).rows
        stored = frozenset((uri, captured.replace(tzinfo=dt.UTC)) for uri, captured in rows)
    had = StoredCaptures(folder, stored)
    for entry in read_journal(folder):
        if entry.outcome == KEPT or (entry.archive == task.archive.name and not again):
            had.take(entry)
    return had


def make_plan(config: Config, task: BackfillTask, had: StoredCaptures, stop: Stop) -> Plan:
    """Ask the archive what it has, and choose.

    Raises:
        FetchError: its index cannot be asked.
    """
    archive = task.archive
    homes = home_of(archive.index, trusted=archive.private_address)
    listed: dict[tuple[str, str], Listed] = {}
    unreadable = 0
    with (
        heeding(config, 60 / archive.searches_per_minute, stop.sleep) as paces,
        Web(config.settings.fetch, homes, paces=paces) as web,
    ):
        for url in task.urls:
            listing = list_captures(web, archive, url, task.since, task.until)
            listed |= listing.captures
            unreadable += listing.unreadable
    inside = [c for c in listed.values() if task.since <= c.captured_utc.date() <= task.until]
    return choose(inside, task, had, unreadable)


def choose(listed: list[Listed], task: BackfillTask, had: StoredCaptures, unreadable: int = 0) -> Plan:
    """Return one choice for each period with a page in it: the last capture of the period is the best.

    A period that is had with any of its captures is had. A capture that the archive was found not to give is none.
    """
    pages = [capture for capture in listed if _is_page(capture, task.archive)]
    pages.sort(key=lambda capture: (capture.captured_utc, capture.uri))
    choices = []
    for _, group in groupby(pages, lambda capture: _period(capture, task.every)):
        captures = tuple(reversed(list(group)))
        choices.append(_choice(captures, had))
    return Plan(tuple(choices), len(listed), len(listed) - len(pages), unreadable)


def fetch_captures(
    config: Config, task: BackfillTask, plan: Plan, records: tuple[StoredCaptures, Journal], stop: Stop
) -> Iterator[Result]:
    """Fetch what a plan wants, a bounded number at a time, and yield what came of each period as it is on record.

    Args:
        config: the configuration in force.
        task: what the plan is for.
        plan: what is wanted.
        records: what is had already, and the journal; both learn what came of each capture.
        stop: ends it from another thread; whoever closes the generator ends it too.

    Raises:
        ArchiveClosed: the archive does not want to be asked for now, or gives nothing any more; what was yielded is
            kept.
        FxtrackError: a file cannot be written.
    """
    had, journal = records
    archive, settings = task.archive, config.settings
    homes = home_of(archive.content, trusted=archive.private_address)
    waiting = deque(plan.wanted)
    running: dict[Future[Result], str] = {}
    failures = 0
    with (
        heeding(config, 60 / archive.pages_per_minute, stop.sleep) as paces,
        Web(settings.fetch, homes, paces=paces, connections=archive.at_once) as web,
        ThreadPoolExecutor(archive.at_once, "backfill") as pool,
    ):
        try:
            while waiting or running:
                # what may turn out to be the same bytes as a capture that is under way waits for that one
                while waiting and len(running) < archive.at_once and waiting[0].digest not in running.values():
                    choice = waiting.popleft()
                    running[pool.submit(_fetch, config, task, web, had, choice)] = choice.digest or str(id(choice))
                done = wait(running, return_when=FIRST_COMPLETED).done
                running = {future: digest for future, digest in running.items() if future not in done}
                for result in _in_order(done, journal, had):
                    failures = 0 if result.file or result.had else failures + 1
                    yield result
                if failures >= ARCHIVE_FAILURES:
                    raise ArchiveClosed(f"the last {failures} captures could not be had; try again another time")
        finally:
            stop.now()
            web.abort()


def _in_order(done: set[Future[Result]], journal: Journal, had: StoredCaptures) -> Iterator[Result]:
    """Put results on record and yield them; an error comes last, so that nothing that was done goes unrecorded."""
    for future in sorted(done, key=lambda future: future.exception() is not None):
        result = future.result()
        for entry in result.entries:
            journal.write(entry)
            had.take(entry)
        yield result


def _fetch(config: Config, task: BackfillTask, web: Web, had: StoredCaptures, choice: Choice) -> Result:
    """Try the captures of a period, the best first, until one is had."""
    entries: list[Entry] = []
    for listed in choice.candidates:
        if (how := had.has(listed)) is not None:
            return Result(None, how, tuple(entries))
        try:
            copy = get_capture(web, task.archive, listed, config.settings.ingest.max_page_bytes)
        except NotGiven as error:
            entries.append(_entry(task, listed, error.absence, detail=str(error)))
            continue
        target = had.file_of(listed)
        copy.save(target, contact_of(config.settings.fetch))
        digest = listed.digest if copy.digest_holds else ""
        entries.append(_entry(task, listed, KEPT, digest=digest, detail=copy.note or ""))
        return Result(target, None, tuple(entries))
    return Result(None, None, tuple(entries))


def _entry(task: BackfillTask, listed: Listed, outcome: str, *, digest: str = "", detail: str = "") -> Entry:
    return Entry(task.archive.name, listed.stamp, listed.uri, str(outcome), digest, detail)


def _choice(captures: tuple[Listed, ...], had: StoredCaptures) -> Choice:
    """Choose among the captures of one period, the best first."""
    left = tuple(c for c in captures if had.refused[c.stamp, c.uri] < ARCHIVE_TRIES)
    for capture in captures:
        how = had.has(capture)
        # that an earlier capture shows what is known already says nothing of the later ones
        if how is not None and (how != SAME_BYTES or capture in left[:1]):
            return Choice(captures, how)
    return Choice(left, None) if left else Choice(captures, "not to be had")


def _period(capture: Listed, every: str) -> object:
    """Return what the captures have in common of which one is wanted."""
    return capture if every == "capture" else PERIODS[every](capture.captured_utc)


def _is_page(listed: Listed, archive: Archive) -> bool:
    if listed.mime.lower() not in _PAGES:
        return False
    if listed.is_revisit:  # a file of Common Crawl holds no bytes for it
        return archive.kind != "commoncrawl" and listed.status in {"200", "-"}
    return listed.status == "200"
