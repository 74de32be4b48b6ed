"""Plans a backfill: chooses one listed capture for each period without a stored one."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from pathlib import Path

from fxtrack.collect.archives.journal import KEPT, JournalEntry
from fxtrack.collect.archives.listed import Listed, moment_of
from fxtrack.collect.archives.replay import Absence
from fxtrack.config.fields import zone_of
from fxtrack.config.settings import Archive
from fxtrack.config.source import Source
from fxtrack.errors import FetchError
from fxtrack.limits import ARCHIVE_TRIES, GAP_DAYS, LISTED_CAPTURES, PERIOD_CAPTURES
from fxtrack.model.location import warc_file_name

PERIOD_STARTS: dict[str, Callable[[dt.datetime], object]] = {
    "hour": lambda captured: captured.replace(minute=0, second=0),
    "day": lambda captured: captured.date(),
    "week": lambda captured: captured.isocalendar()[:2],
    "month": lambda captured: (captured.year, captured.month),
}
"""Values of `every` besides ``capture``, each with a function that is equal for two captures of one period (UTC)."""

_ONE_DAY = dt.timedelta(1)
SAME_BYTES = "same bytes as one that is kept"
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain", "warc/revisit", "unk", "-", ""})


@dataclass(frozen=True, slots=True)
class BackfillTask:
    """The pages to fetch: their source and addresses, the archive, and the range of dates (UTC, both included).

    With `days`, only captures of these dates in the time zone of the source, which are those of its page dates.
    """

    source: Source
    archive: Archive
    urls: tuple[str, ...]
    since: dt.date
    until: dt.date
    every: str
    days: frozenset[dt.date] | None = None

    def day_of(self, captured_utc: dt.datetime) -> dt.date:
        """Return the date of a capture: by UTC, or with `days` in the time zone of the source."""
        if self.days is None:
            return captured_utc.date()
        return captured_utc.astimezone(zone_of(self.source.time_zone)).date()

    def wants(self, captured_utc: dt.datetime) -> bool:
        """Return whether a capture has one of the dates."""
        day = self.day_of(captured_utc)
        return self.since <= day <= self.until if self.days is None else day in self.days

    def spans(self) -> list[tuple[dt.date, dt.date]]:
        """Return the ranges of dates to ask the index for: stretches without a wanted date, if long, are left out."""
        if self.days is None:
            return [(self.since, self.until)]
        spans: list[tuple[dt.date, dt.date]] = []
        for day in sorted(self.days):
            first, last = day - _ONE_DAY, day + _ONE_DAY  # a date of another time zone
            if spans and (first - spans[-1][1]).days <= GAP_DAYS:
                first = spans.pop()[0]
            spans.append((first, last))
        return spans


@dataclass(slots=True)
class StoredCaptures:
    """The captures that need not be fetched.

    Attributes:
        folder: where this source's captures are kept.
        stored: (URI, time) of captures in the database.
        digests: digests of captures that are kept, each known to be that of their bytes.
        refused: number of times that the archive failed to deliver a capture, by (timestamp, URI); after
            `ARCHIVE_TRIES` it is given up.
    """

    folder: Path
    stored: frozenset[tuple[str, dt.datetime]]
    digests: set[str] = field(default_factory=set)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def state_of(self, listed: Listed) -> str | None:
        """Return how a capture is already stored, None if it is not."""
        if (listed.uri, listed.captured_utc) in self.stored:
            return "stored"
        if self.file_of(listed).exists():
            return KEPT
        return SAME_BYTES if listed.digest in self.digests else None

    def is_refused(self, listed: Listed) -> bool:
        """Return whether a capture is given up."""
        return self.refused[listed.stamp, listed.uri] >= ARCHIVE_TRIES

    def file_of(self, listed: Listed) -> Path:
        """Return where a capture is kept."""
        return self.folder / f"{listed.captured_utc:%Y-%m}" / warc_file_name(listed.uri, listed.captured_utc)

    def learn(self, entry: JournalEntry) -> None:
        """Take a line of the journal into account."""
        if entry.outcome != KEPT:
            self.refused[entry.stamp, entry.uri] += 1 if entry.outcome == Absence.FAILED else ARCHIVE_TRIES
        elif (
            entry.digest and (captured := moment_of(entry.stamp)) and self.file_of(Listed(captured, entry.uri)).exists()
        ):
            self.digests.add(entry.digest)


@dataclass(frozen=True, slots=True)
class CaptureChoice:
    """The choice for one period.

    Attributes:
        candidates: captures, the best first; the others replace it if the archive does not deliver it.
        captures: number of captures of the period to choose from.
        already: how the period is stored already, None if a capture is to be fetched.
    """

    candidates: tuple[Listed, ...]
    captures: int
    already: str | None

    @property
    def digest(self) -> str:
        """The listed digest of the best capture."""
        return self.candidates[0].digest


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """The choices of a backfill.

    Attributes:
        choices: one for each period with a page, oldest first.
        listed: number of captures that the index lists.
        no_page: number of these that are redirects, errors or no text.
        unreadable: rows of the index that could not be read.
    """

    choices: tuple[CaptureChoice, ...]
    listed: int = 0
    no_page: int = 0
    unreadable: int = 0

    @property
    def wanted(self) -> list[CaptureChoice]:
        """The periods to fetch a capture of."""
        return [choice for choice in self.choices if choice.already is None]


@dataclass(slots=True)
class _Period:
    """The captures of one period so far: how many, the latest, and the latest that are not given up."""

    latest: Listed
    captures: int = 0
    left: int = 0
    candidates: list[tuple[dt.datetime, str, Listed]] = field(default_factory=list)  # a heap, the earliest first
    stored: tuple[dt.datetime, str, str] | None = None  # the latest stored capture, and how it is stored


class Chooser:
    """Takes captures one by one, in any order and possibly twice, and keeps the candidates.

    The last capture of a period is the best. A period is stored if any of its captures is. A capture that the archive
    failed to deliver too often is no candidate.
    """

    def __init__(self, task: BackfillTask, stored: StoredCaptures) -> None:
        """Begin without a capture."""
        self._task, self._stored = task, stored
        self._seen: set[int] = set()
        self._periods: dict[object, _Period] = {}
        self._listed = self._no_page = 0

    def take(self, listed: Listed) -> None:
        """Take a capture.

        Raises:
            FetchError: it exceeds `LISTED_CAPTURES`.
        """
        key = hash((listed.captured_utc, listed.uri))
        if key in self._seen:
            return
        self._seen.add(key)
        if len(self._seen) > LISTED_CAPTURES:
            raise FetchError(
                f"the archive lists more than {LISTED_CAPTURES:,} captures; ask for fewer with --from, --to or --url"
            )
        if not self._task.wants(listed.captured_utc):
            return
        self._listed += 1
        if _is_page(listed, self._task.archive):
            self._take_page(listed)
        else:
            self._no_page += 1

    def _take_page(self, listed: Listed) -> None:
        place = (listed.captured_utc, listed.uri)
        name: object = place
        if self._task.every == "day":
            name = self._task.day_of(listed.captured_utc)
        elif self._task.every != "capture":
            name = PERIOD_STARTS[self._task.every](listed.captured_utc)
        period = self._periods.setdefault(name, _Period(listed))
        period.captures += 1
        if place > (period.latest.captured_utc, period.latest.uri):
            period.latest = listed
        if not self._stored.is_refused(listed):
            period.left += 1
            push = heappush if len(period.candidates) < PERIOD_CAPTURES else heappushpop
            push(period.candidates, (*place, listed))
        state = self._stored.state_of(listed)
        if state not in {None, SAME_BYTES} and (period.stored is None or place > period.stored[:2]):
            period.stored = (*place, str(state))

    def plan(self, unreadable: int) -> BackfillPlan:
        """Return the plan for the captures taken so far; `unreadable` rows of the index could not be read."""
        choices = [self._choice(period) for period in self._periods.values()]
        choices.sort(key=lambda choice: (choice.candidates[0].captured_utc, choice.candidates[0].uri))
        return BackfillPlan(tuple(choices), self._listed, self._no_page, unreadable)

    def _choice(self, period: _Period) -> CaptureChoice:
        candidates = tuple(listed for _, _, listed in sorted(period.candidates, reverse=True))
        already = period.stored[2] if period.stored else None
        # later captures may differ from an earlier one whose bytes are known
        if candidates and self._stored.state_of(candidates[0]) == SAME_BYTES:
            best = (candidates[0].captured_utc, candidates[0].uri)
            already = SAME_BYTES if period.stored is None or best > period.stored[:2] else already
        if already is None and candidates:
            return CaptureChoice(candidates, period.left, None)
        return CaptureChoice((period.latest,), period.captures, already or "not available")


def _is_page(listed: Listed, archive: Archive) -> bool:
    if listed.mime.lower() not in _PAGE_TYPES:
        return False
    if listed.is_revisit:  # files of Common Crawl hold no bytes for a revisit
        return archive.kind != "commoncrawl" and listed.status in {"200", "-"}
    return listed.status == "200"
