"""Backups: consistent copies of the store in a folder, the old ones thinned out."""

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

from fxtrack.config.config import Config
from fxtrack.files import remove_left_over, replacing
from fxtrack.model.run import Finding, Run, RunOutcome
from fxtrack.runs.record import Recorder, recording
from fxtrack.runs.table import end_run
from fxtrack.store.connection import store_errors, whole_database
from fxtrack.store.copy import copy_rows
from fxtrack.store.writer import Store

_NAME = re.compile(r"fxtrack-([0-9]{8}T[0-9]{6}Z)\.duckdb")
_LEFT = re.compile(r"\.(fxtrack-[0-9TZ]+\.duckdb)\.")
_STAMP = "%Y%m%dT%H%M%SZ"


def backups_in(folder: Path) -> list[tuple[dt.datetime, Path]]:
    """Return the backups in a folder with the time that their names give, UTC, the oldest first."""
    found = []
    for path in folder.glob("fxtrack-*.duckdb"):
        if named := _NAME.fullmatch(path.name):
            try:
                found.append((dt.datetime.strptime(named[1], _STAMP).replace(tzinfo=dt.UTC), path))
            except ValueError:
                continue  # somebody else's
    return sorted(found)


def expired(times: Sequence[dt.datetime], keep: int, keep_monthly: int) -> list[dt.datetime]:
    """Return which backups are to go: all but the newest `keep`, and the last of each of the newest months.

    Args:
        times: of the backups, UTC.
        keep: at least 1.
        keep_monthly: so many months, of those that have a backup.
    """
    newest_first = sorted(times, reverse=True)
    last_of_month: dict[tuple[int, int], dt.datetime] = {}
    for time in newest_first:
        last_of_month.setdefault((time.year, time.month), time)
    kept = {*newest_first[:keep], *list(last_of_month.values())[:keep_monthly]}
    return [time for time in sorted(times) if time not in kept]


def record_backup(config: Config, run: Run) -> Finding:
    """Write a backup as one row of `runs`.

    Raises:
        StoreError: the store cannot be opened or read.
        FxtrackError: the backup cannot be written; no old one was removed.
    """
    with recording(config, run) as recorder:
        finding = back_up(recorder, run.started)
        recorder.end(finding)
    return finding


def back_up(recorder: Recorder, now: dt.datetime) -> Finding:
    """Write a backup, unless the newest one holds the same, and remove the expired ones.

    Raises:
        FxtrackError: it cannot be written; nothing was removed.
    """
    store, config = recorder.store, recorder.config
    folder, rules = config.backups, config.settings.backup
    have = backups_in(folder)
    if have and store.identity_of(have[-1][1]) == store.identity():
        return Finding(RunOutcome.NOTHING_NEW, f"{have[-1][1].name} holds all there is")
    path = folder / f"fxtrack-{now.astimezone(dt.UTC):{_STAMP}}.duckdb"
    _remove_left_over(folder)
    with replacing(path) as temporary:
        copy_rows(store, temporary)
        with store_errors(path), whole_database(temporary) as connection:
            # the store itself records the end once the backup is complete
            copy = Store(connection, temporary, [])
            end_run(copy, recorder.run_id, str(RunOutcome.DONE), f"{path.name} written", now)
        temporary.chmod(0o444)
    have = backups_in(folder)
    going = set(expired([time for time, _ in have], rules.keep, rules.keep_monthly))
    for time, old in have:
        if time in going:
            old.unlink(missing_ok=True)
    removed = f", {len(going)} old removed" if going else ""
    return Finding(RunOutcome.DONE, f"{path.name} written{removed}")


def _remove_left_over(folder: Path) -> None:
    for name in {left[1] for path in folder.glob(".fxtrack-*.new*") if (left := _LEFT.match(path.name))}:
        remove_left_over(folder / name)
