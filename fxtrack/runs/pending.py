"""Runs that ended while the store could not be written: kept beside it, and entered as soon as it can be again.

Whoever changes what is kept does so alone.
"""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress

import msgspec

from fxtrack import __version__
from fxtrack.config.config import Config
from fxtrack.files import alone_in, write_whole
from fxtrack.limits import MOST_PENDING
from fxtrack.model.run import RunRecord
from fxtrack.store.writer import Store

_KIND = "pending.json"


def pending_runs(config: Config) -> tuple[RunRecord, ...]:
    """Return the runs that wait to be entered, the oldest first."""
    try:
        return tuple(msgspec.json.decode(config.beside_writer(_KIND).read_bytes(), type=list[RunRecord]))
    except (OSError, msgspec.DecodeError):
        return ()


def keep_pending(config: Config, record: RunRecord) -> None:
    """Keep a run until it can be entered; of a long row of failures the newest `MOST_PENDING` stay.

    Raises:
        FxtrackError: it cannot be written, as on a full disk.
    """
    with alone_in(config.beside_writer(_KIND).parent):
        records = [*pending_runs(config), record][-MOST_PENDING:]
        write_whole(config.beside_writer(_KIND), msgspec.json.encode(records))


def enter_pending(store: Store, config: Config, further: Iterable[RunRecord] = ()) -> int:
    """Enter what waits into `runs`, and further runs, and return how many that were.

    A run that has its row gets its end in it.
    """
    more = [*further]
    if not (more or pending_runs(config)):
        return 0
    with alone_in(config.beside_writer(_KIND).parent):
        records = [*pending_runs(config), *more]
        with store.transaction():
            for record in records:
                _enter(store, record)
        with suppress(OSError):
            config.beside_writer(_KIND).unlink()
    return len(records)


def _enter(store: Store, record: RunRecord) -> None:
    if record.run_id is None:
        _insert(store, record)
    else:
        store.query(
            "UPDATE runs SET outcome = ?, message = ?, ended_utc = ? WHERE run_id = ?",
            [record.outcome, record.message, _utc(record.ended_utc), record.run_id],
        )


def _insert(store: Store, record: RunRecord) -> None:
    store.query(
        "INSERT INTO runs (run_id, job, scheduled_utc, started_utc, ended_utc, outcome, message, pages, new, known,"
        " no_ticker, conflict, unreadable, tool_version, process)"
        " SELECT coalesce(max(run_id), 0) + 1, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, ?, ? FROM runs",
        [
            record.job, _utc(record.scheduled_utc), _utc(record.started_utc), _utc(record.ended_utc),
            record.outcome, record.message, __version__, record.process,
        ],
    )  # fmt: skip


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.replace(tzinfo=None) if moment else None
