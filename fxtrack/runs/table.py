"""The table `runs`: the one place that writes it."""

import datetime as dt
from dataclasses import asdict
from pathlib import Path

from fxtrack import __version__
from fxtrack.model.run import RunOutcome, RunRecord, Tally
from fxtrack.store.writer import Store


def insert_run(store: Store, record: RunRecord) -> int:
    """Insert a run and return its number; `record.run_id` is ignored, and its counts start from 0."""
    ((number,),) = store.query(
        "INSERT INTO runs (run_id, job, scheduled_utc, started_utc, ended_utc, outcome, message, process, pages, new,"
        " known, no_ticker, conflict, unreadable, tool_version)"
        " SELECT coalesce(max(run_id), 0) + 1, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, ? FROM runs RETURNING run_id",
        [
            record.job, *map(_naive, (record.scheduled_utc, record.started_utc, record.ended_utc)),
            record.outcome, record.message, record.process, __version__,
        ],
    )  # fmt: skip
    return int(number)


def end_run(store: Store, run_id: int, outcome: str, message: str | None, ended_utc: dt.datetime | None) -> None:
    """Write the outcome of a run to its row."""
    store.query(
        "UPDATE runs SET outcome = ?, message = ?, ended_utc = ? WHERE run_id = ?",
        [outcome, message, _naive(ended_utc), run_id],
    )


def has_ended(store: Store, run_id: int, outcome: str, message: str | None) -> bool:
    """Return whether a run's row already has this outcome and message."""
    return store.query("SELECT outcome, message FROM runs WHERE run_id = ?", [run_id]) == [(outcome, message)]


def end_killed(store: Store, living: int | None) -> None:
    """Mark every run that is still `running` as `killed`, except those of the process `living`."""
    store.query(
        "UPDATE runs SET outcome = ? WHERE outcome = ? AND process IS DISTINCT FROM ?",
        [str(RunOutcome.KILLED), str(RunOutcome.RUNNING), living],
    )


def add_counts(store: Store, run_id: int, tally: Tally) -> None:
    """Add to the counts of a run."""
    assignments = ", ".join(f"{name} = {name} + ${name}" for name in asdict(tally))
    store.query(f"UPDATE runs SET {assignments} WHERE run_id = $run_id", {**asdict(tally), "run_id": run_id})


def last_run_in(store: Store, copy: Path) -> int | None:
    """Return the number of the last run in a copy of the store; None if the file is no copy or has no run.

    Raises:
        StoreBusy: another process has the file open for writing.
    """
    found = store.peek(copy, "SELECT store_id, (SELECT max(run_id) FROM other.main.runs) FROM other.main.store_info")
    return found[1] if found and found[0] == store.identity()[0] else None


def outcome_counts(store: Store) -> list[tuple[str, str, int]]:
    """Return (job, outcome, number of runs) of all runs that have ended."""
    return list(
        store.query(
            "SELECT job, outcome, count(*) FROM runs WHERE outcome <> ? GROUP BY ALL ORDER BY ALL",
            [str(RunOutcome.RUNNING)],
        )
    )


def _naive(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.replace(tzinfo=None) if moment else None
