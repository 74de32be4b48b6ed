"""How a run can end, and which ending to put on record where several would be true. Pure."""

import datetime as dt
from contextvars import ContextVar
from dataclasses import astuple, dataclass
from enum import StrEnum

from fxtrack.errors import Interrupted, StoreError


class RunOutcome(StrEnum):
    """How a run ended; `RUNNING` stands until it has.

    `LAYOUT_CHANGED` is defined in `tickershare`, `PARSE_FAILED` and `NO_TICKER` by `finding_of_pages`. `FAILED` is what
    went wrong elsewhere, such as a chart that cannot be written.
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
    """One thing that is true of a run: an outcome that it would be put on record with, and a line that says why."""

    outcome: RunOutcome
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of a run before it looks at any page.

    Attributes:
        job: what its row in `runs` calls it: ``ingest``, ``run``, ``fetch``, ...
        started: UTC.
        scheduled_for: when the schedule wanted it, UTC; None if nobody but a person did.
        found: what is known already, such as a fetch that failed: the gravest of this and of what the pages show goes
            on record.
        run_id: its row in `runs`, if that stands already.
    """

    job: str
    started: dt.datetime
    scheduled_for: dt.datetime | None = None
    found: tuple[Finding, ...] = ()
    run_id: int | None = None


ENDED_WELL = frozenset({RunOutcome.DONE, RunOutcome.NOTHING_NEW, RunOutcome.NO_TICKER})
"""Outcomes that leave nothing for a person to do."""

CURRENT_RUN: ContextVar[int | None] = ContextVar("CURRENT_RUN", default=None)
"""Number of the run that the work at hand belongs to, for the log."""

INTERRUPTS: list[int] = []
"""Signals with which somebody interrupted this process: DuckDB passes Ctrl-C on as an error of whatever it was at."""

_FINDINGS = (
    RunOutcome.STOPPED, RunOutcome.STORE_FAILED, RunOutcome.FETCH_FAILED, RunOutcome.FAILED, RunOutcome.PARSE_FAILED,
    RunOutcome.LAYOUT_CHANGED, RunOutcome.NO_TICKER, RunOutcome.DONE, RunOutcome.NOTHING_NEW,
)  # fmt: skip


def gravest(findings: list[Finding]) -> Finding:
    """Return the finding that a run is put on record with: of equals the first, and no other's message is lost."""
    chief = min(findings, key=lambda finding: _FINDINGS.index(finding.outcome))
    others = [finding.message for finding in findings if finding is not chief and finding.message]
    return Finding(chief.outcome, "; ".join(filter(None, [chief.message, *others])) or None)


def finding_of_pages(new: int, no_ticker: int, damaged: int) -> Finding | None:
    """Say what a run's new pages amount to; None if they are as they should be, or none came.

    Args:
        new: pages that were not in the store.
        no_ticker: how many of these show no ticker.
        damaged: pages that hold no text, and files that could not be read and were not on record for that already.

    Returns:
        `PARSE_FAILED` if a page that came could not be read, `NO_TICKER` if pages came and none shows a ticker.
    """
    if damaged:
        pages = "1 page" if damaged == 1 else f"{damaged:,} pages"
        return Finding(
            RunOutcome.PARSE_FAILED, f"{pages} could not be read; `fxtrack sql 'FROM problems'` has the reasons"
        )
    if new and new == no_ticker:
        return Finding(RunOutcome.NO_TICKER, f"no ticker on {'the one new page' if new == 1 else f'{new:,} new pages'}")
    return None


def finding_of_error(error: BaseException) -> Finding:
    """Return what a run that an error ended is put on record with."""
    message = str(error) or type(error).__name__
    if INTERRUPTS or isinstance(error, KeyboardInterrupt | Interrupted):
        return Finding(RunOutcome.STOPPED, "interrupted; what was committed is kept")
    return Finding(RunOutcome.STORE_FAILED if isinstance(error, StoreError) else RunOutcome.FAILED, message)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come.

    Bytes tell how far: how many pages an archive holds is not known before it is read.

    Attributes:
        done_bytes: size of what has been read, or was known, as it lies on disk.
        total_bytes: size of everything, as far as it has been listed.
        pages: pages read so far; those that were known before they were read are not among them.
        new: those of them that the store did not have.
    """

    done_bytes: int
    total_bytes: int
    pages: int
    new: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run: its row in `runs`. `run_id` is None where it could not be entered yet; instants are UTC."""

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
        """Whether it leaves nothing for a person to do."""
        return self.outcome in ENDED_WELL


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a run's pages. `no_ticker`, `conflict` and `unreadable` are part of `new`, but for refused files."""

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
