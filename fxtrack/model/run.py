"""Runs as values: a run, its findings and outcome, its counts and progress."""

import datetime as dt
from contextvars import ContextVar
from dataclasses import astuple, dataclass
from enum import StrEnum

from fxtrack.errors import INTERRUPTS, Interrupted, StoreError


class RunOutcome(StrEnum):
    """The outcome of a run; `RUNNING` until it has ended.

    `runs.layout_change` defines `LAYOUT_CHANGED`, `finding_of_pages` defines `PARSE_FAILED` and `NO_TICKER`. `FAILED`
    stands for any other failure, such as a chart that cannot be written.
    """

    RUNNING = "running"
    DONE = "done"
    NOTHING_NEW = "nothing new"
    NO_TICKER = "page without ticker"
    LAYOUT_CHANGED = "layout changed"
    PARSE_FAILED = "parse failed"
    FETCH_FAILED = "fetch failed"
    STORE_FAILED = "store failed"
    FAILED = "failed"
    STOPPED = "stopped"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A possible outcome of a run, and a line that gives the reason."""

    outcome: RunOutcome
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run before it reads any page.

    Attributes:
        job: its name in `runs`: ``ingest``, ``run``, ``fetch``, ...
        started: UTC.
        scheduled_for: the time of the schedule, UTC; None if a person started it.
        found: findings so far, such as a fetch that failed; the gravest of these and of the pages' becomes the outcome.
        run_id: number of its row in `runs`, if it has one.
    """

    job: str
    started: dt.datetime
    scheduled_for: dt.datetime | None = None
    found: tuple[Finding, ...] = ()
    run_id: int | None = None


ENDED_WELL = frozenset({RunOutcome.DONE, RunOutcome.NOTHING_NEW, RunOutcome.NO_TICKER})
"""Outcomes that need no attention."""

CURRENT_RUN: ContextVar[int | None] = ContextVar("CURRENT_RUN", default=None)
"""Number of the current run, for the log."""


_FINDINGS = (
    RunOutcome.STOPPED, RunOutcome.STORE_FAILED, RunOutcome.FETCH_FAILED, RunOutcome.FAILED, RunOutcome.PARSE_FAILED,
    RunOutcome.LAYOUT_CHANGED, RunOutcome.NO_TICKER, RunOutcome.DONE, RunOutcome.NOTHING_NEW,
)  # fmt: skip


def gravest(findings: list[Finding]) -> Finding:
    """Return the gravest finding (of equals the first) with the messages of all."""
    chief = min(findings, key=lambda finding: _FINDINGS.index(finding.outcome))
    others = [finding.message for finding in findings if finding is not chief and finding.message]
    return Finding(chief.outcome, "; ".join(filter(None, [chief.message, *others])) or None)


def finding_of_pages(new: int, no_ticker: int, damaged: int) -> Finding | None:
    """Return the finding of a run's new pages; None in the ordinary case, or without new pages.

    Args:
        new: number of pages that were not in the store.
        no_ticker: number of these without a ticker.
        damaged: number of pages without text, and of unreadable files that were not known to be unreadable.

    Returns:
        `PARSE_FAILED` if a new page could not be read, `NO_TICKER` if no new page shows a ticker.
    """
    if damaged:
        pages = counted(damaged, "page")
        return Finding(
            RunOutcome.PARSE_FAILED, f"{pages} could not be read; `fxtrack sql 'FROM problems'` lists the reasons"
        )
    if new and new == no_ticker:
        return Finding(RunOutcome.NO_TICKER, f"no ticker on {'the one new page' if new == 1 else f'{new:,} new pages'}")
    return None


def finding_of_error(error: BaseException) -> Finding:
    """Return the finding of a run that an error ended."""
    message = str(error) or type(error).__name__
    if INTERRUPTS or isinstance(error, KeyboardInterrupt | Interrupted):
        return Finding(RunOutcome.STOPPED, "interrupted; committed work is kept")
    return Finding(RunOutcome.STORE_FAILED if isinstance(error, StoreError) else RunOutcome.FAILED, message)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an ingest, in bytes: the number of pages in an archive is unknown before it is read.

    Attributes:
        done_bytes: size on disk of the files that were read or known.
        total_bytes: size of all files listed so far.
        pages: pages read so far, without those in known files.
        new: number of these that the store did not have.
    """

    done_bytes: int
    total_bytes: int
    pages: int
    new: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as a row of `runs`; `run_id` is None until it has a row. Instants are UTC."""

    run_id: int | None
    job: str
    scheduled_utc: dt.datetime | None
    started_utc: dt.datetime
    ended_utc: dt.datetime | None
    outcome: str
    process: int | None = None
    message: str | None = None
    pages: int = 0
    new: int = 0
    known: int = 0
    no_ticker: int = 0
    conflict: int = 0
    unreadable: int = 0

    @property
    def ended_well(self) -> bool:
        """Whether the outcome needs no attention."""
        return self.outcome in ENDED_WELL


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of pages. `no_ticker`, `conflict` and `unreadable` are part of `new`, except for refused files."""

    pages: int = 0
    new: int = 0
    known: int = 0
    no_ticker: int = 0
    conflict: int = 0
    unreadable: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Return the sum."""
        return Tally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: ``1 page``, ``2,000 pages``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
