"""The published file: a complete copy of the store that anybody may open and nobody can spoil.

Readers that have the old file open keep it for as long as they like, since replacing a file leaves the old one to those
who hold it. A reader that opened it for writing is the danger: its write-ahead log lies at a path of its own,
`NAME.wal`, where the next reader of the new file would find it. Three things keep it away:

- the file is read-only, so that only the superuser can open it for writing at all;
- `NAME.wal` is a symbolic link into a folder that does not exist. To a reader there is no log; a writer cannot create
  one, so its first change fails with an error, in its own session;
- each published file is a database with an identity of its own, and DuckDB refuses a log of another one.
"""

import datetime as dt
import os
from pathlib import Path

from fxtrack.errors import StoreBusy
from fxtrack.files import aside_name, put_aside, remove_left_over, replacing
from fxtrack.store import Store

_NOWHERE = "this-database-is-read-only/open-it-with-duckdb--readonly"


def is_current(store: Store, target: Path) -> bool:
    """Tell whether the published file holds what the store holds."""
    if not target.exists() or not _is_guarded(target):
        return False
    try:
        return store.identity_of(target) == store.identity()
    except StoreBusy:
        return False  # a new file sets free those who wait for the one that is held


def publish(store: Store, target: Path, now: dt.datetime) -> list[str]:
    """Replace the published file by a copy of the store.

    Args:
        store: open for writing.
        target: the published file.
        now: time of the run, UTC; it names what has to be put aside.

    Returns:
        A line for each thing found beside the file and put aside, none in the ordinary case.

    Raises:
        FxtrackError: it cannot be written; the file that was there is still there.
    """
    remove_left_over(target)
    try:
        with replacing(target) as temporary:
            store.copy_to(temporary)
            temporary.chmod(0o444)
            return [*_keep_stranger(store, target, now), *_guard(target, now)]
    finally:
        remove_left_over(target)


def _is_guarded(target: Path) -> bool:
    return os.path.islink(_log(target)) and not _log(target).exists()


def _guard(target: Path, now: dt.datetime) -> list[str]:
    log = _log(target)
    if _is_guarded(target):
        return []
    found = []
    if os.path.lexists(log):
        stray = put_aside(log, now)
        found.append(f"{log.name}: somebody opened the published file for writing; put aside as {stray.name}")
    log.symlink_to(_NOWHERE)
    return found


def _keep_stranger(store: Store, target: Path, now: dt.datetime) -> list[str]:
    """Keep a published file that came from another store: it may be all that is left of that one."""
    try:
        theirs = store.identity_of(target)
    except StoreBusy:
        return []  # held by a shell that opened it for writing, which it can do to a copy of ours as well
    if not target.exists() or (theirs and theirs[0] == store.identity()[0]):
        return []
    kept = aside_name(target, now)
    os.link(target, kept)
    return [f"{target.name}: not a copy of this store; kept as {kept.name}"]


def _log(target: Path) -> Path:
    return target.with_name(target.name + ".wal")
