"""Backups: consistent copies of the store in a folder, old ones removed by rule."""

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

from fxtrack.config.config import Config
from fxtrack.files import remove_left_over, replacing
from fxtrack.model.run import Finding, Run, RunOutcome
from fxtrack.runs.record import Recorder, recording
from fxtrack.runs.table import end_run
from fxtrack.store.copy import copy_rows
from fxtrack.store.database.errors import store_errors
from fxtrack.store.database.opening import whole_database
from fxtrack.store.writer import Store

_NAME = re.compile(r"fxtrack-([0-9]{8}T[0-9]{6}Z)\.duckdb")
_LEFT = re.compile(r"\.(fxtrack-[0-9TZ]+\.duckdb)\.")
_STAMP = "%Y%m%dT%H%M%SZ"


def backups_in(folder: Path) -> list[tuple[dt.datetime, Path]]:
    """Return (time, path) of each backup in a folder, oldest first; the time (UTC) is in its name."""
    found = []
    for path in folder.glob("fxtrack-*.duckdb"):
        if named := _NAME.fullmatch(path.name):
            try:
                found.append((dt.datetime.strptime(named[1], _STAMP).replace(tzinfo=dt.UTC), path))
            except ValueError:
                continue  # a file of other origin
    return sorted(found)


def expired(times: Sequence[dt.datetime], keep: int, keep_monthly: int) -> list[dt.datetime]:
    """Return which backups to remove: all but the newest `keep` and the last of each of the newest months.

    Args:
        times: times of the backups, UTC.
        keep: number of newest backups to keep, at least 1.
        keep_monthly: number of newest months to keep one backup of; months without a backup do not count.
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
        FxtrackError: the backup cannot be written; nothing was removed.
    """
    store, config = recorder.store, recorder.config
    folder, rules = config.backups, config.settings.backup
    backups = backups_in(folder)
    if backups and store.identity_of(backups[-1][1]) == store.identity():
        return Finding(RunOutcome.NOTHING_NEW, f"{backups[-1][1].name} is up to date")
    path = folder / f"fxtrack-{now.astimezone(dt.UTC):{_STAMP}}.duckdb"
    _remove_left_over(folder)
    with replacing(path) as temporary:
        copy_rows(store, temporary)
        with store_errors(path), whole_database(temporary) as connection:
            # the end of the run is recorded in the store, once the backup is complete
            copy = Store(connection, temporary, [])
            end_run(copy, recorder.run_id, str(RunOutcome.DONE), f"{path.name} written", now)
        temporary.chmod(0o444)
    backups = backups_in(folder)
    outdated = set(expired([time for time, _ in backups], rules.keep, rules.keep_monthly))
    for time, old in backups:
        if time in outdated:
            old.unlink(missing_ok=True)
    removed = f", {len(outdated)} old removed" if outdated else ""
    return Finding(RunOutcome.DONE, f"{path.name} written{removed}")


def _remove_left_over(folder: Path) -> None:
    for name in {left[1] for path in folder.glob(".fxtrack-*.new*") if (left := _LEFT.match(path.name))}:
        remove_left_over(folder / name)
