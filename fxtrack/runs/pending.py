"""Runs that ended while the store could not be written: kept in a file beside it until they can be entered.

Every change of the file happens under the lock of its folder.
"""

from collections.abc import Iterable
from contextlib import suppress

import msgspec

from fxtrack.config.config import Config
from fxtrack.files import alone_in, write_whole
from fxtrack.limits import MOST_PENDING
from fxtrack.model.run import RunRecord
from fxtrack.runs import table
from fxtrack.store.writer import Store

_KIND = "pending.json"


def pending_runs(config: Config) -> tuple[RunRecord, ...]:
    """Return the runs that wait to be entered, the oldest first."""
    try:
        return tuple(msgspec.json.decode(config.beside_writer(_KIND).read_bytes(), type=list[RunRecord]))
    except (OSError, msgspec.DecodeError):
        return ()


def keep_pending(config: Config, record: RunRecord) -> None:
    """Keep a run until it can be entered; at most the newest `MOST_PENDING` stay.

    Raises:
        FxtrackError: the file cannot be written, as on a full disk.
    """
    with alone_in(config.beside_writer(_KIND).parent):
        records = [*pending_runs(config), record][-MOST_PENDING:]
        write_whole(config.beside_writer(_KIND), msgspec.json.encode(records))


def enter_pending(store: Store, config: Config, further: Iterable[RunRecord] = ()) -> int:
    """Enter the waiting runs and further ones into `runs` in one transaction, and return their number.

    A run that has a row already gets its outcome there.
    """
    more = [*further]
    if not (more or pending_runs(config)):
        return 0
    with alone_in(config.beside_writer(_KIND).parent):
        records = [*pending_runs(config), *more]
        with store.transaction():
            for record in records:
                run_id = record.run_id or table.insert_run(store, record)
                table.end_run(store, run_id, record.outcome, record.message, record.ended_utc)
        with suppress(OSError):
            config.beside_writer(_KIND).unlink()
    return len(records)
