"""The published file: a complete copy of the store that every user may open and no reader can damage.

Readers that have the old file open keep that version: it exists until they close it. A reader that opened it for
writing would be a danger: its write-ahead log has a fixed path, `NAME.wal`, where the next reader of the new file would
find it. Three measures prevent that:

- the file is read-only, so that only the superuser can open it for writing;
- `NAME.wal` is a symbolic link into a folder that does not exist. A reader finds no log there; a writer cannot create
  one, so its first change fails in its own session;
- each published file has its own database identity (a copy of the rows has one anyway, a copy of the bytes gets one),
  and DuckDB refuses the log of another database.

A superuser who opened it for writing would still lock readers out. So the service holds a shared lock on the file that
it published (`guard`): readers share it, and DuckDB cannot open the file for writing.
"""

import datetime as dt
import fcntl
import os
import struct
from pathlib import Path

from fxtrack.errors import FxtrackError, StoreBusy, StoreError
from fxtrack.files import aside_name, log_of, quarantine, real_path, replacing
from fxtrack.store.copy import copy_bytes
from fxtrack.store.writer import Store

_guards: list[int] | None = None  # descriptors, once `guard` was called
_NOWHERE = "this-database-is-read-only/open-it-with-duckdb--readonly"


def is_current(store: Store, target: Path) -> bool:
    """Return whether the published file has the content of the store."""
    if not target.exists() or not _is_guarded(target):
        return False
    try:
        current = store.identity_of(target) == store.identity()
    except StoreBusy:
        return False  # a new file serves readers that wait for the locked one
    if current:
        _hold(target)  # another process may have published it
    return current


def publish(store: Store, target: Path, now: dt.datetime) -> list[str]:
    """Replace the published file by a copy of the store.

    Args:
        store: open for writing.
        target: the published file.
        now: time of the run, UTC; part of the name of a quarantined file.

    Returns:
        A line for each file that was quarantined, none in the ordinary case.

    Raises:
        StoreError: it cannot be written; the previous file stays.
    """
    try:
        target = real_path(target)  # DuckDB, too, looks for a log beside the file that a link leads to
        with replacing(target) as temporary:
            copy_bytes(store, temporary)
            temporary.chmod(0o444)
            _hold(temporary)
            return [*_keep_stranger(store, target, now), *_guard(target, now)]
    except StoreError:
        raise
    except FxtrackError as error:
        raise StoreError(str(error)) from error


def guard(target: Path) -> None:
    """From now on, hold a shared lock on the published file and on each of its successors."""
    global _guards  # noqa: PLW0603 -- a lock belongs to the process
    if _guards is None:
        _guards = []
    if target.exists():
        _hold(target)


def _hold(path: Path) -> None:
    """Lock a file (a new one before it gets its name), and release the lock on the previous one."""
    if _guards is None:
        return
    before = list(_guards)
    _guards[:] = _share(path)
    for descriptor in before:
        os.close(descriptor)


def _share(path: Path) -> list[int]:
    """Lock a file against writers; the lock persists if this process opens and closes the file elsewhere."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    whole_file = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, whole_file)
    except OSError:  # a process has it open for writing, or the system has no such locks
        os.close(descriptor)
        return []
    return [descriptor]


def _is_guarded(target: Path) -> bool:
    log = log_of(real_path(target))
    return os.path.islink(log) and not log.exists()


def _guard(target: Path, now: dt.datetime) -> list[str]:
    log = log_of(target)
    if _is_guarded(target):
        return []
    found = []
    if os.path.lexists(log):
        stray = quarantine(log, now)
        found.append(f"{log.name}: another process opened the published file for writing; quarantined as {stray.name}")
    log.symlink_to(_NOWHERE)
    return found


def _keep_stranger(store: Store, target: Path, now: dt.datetime) -> list[str]:
    """Keep a published file of another store, which may be the only copy left."""
    try:
        theirs = store.identity_of(target)
    except StoreBusy:
        return []  # a shell has it open for writing; it may be a copy of this store
    if not target.exists() or (theirs and theirs[0] == store.identity()[0]):
        return []
    kept = aside_name(target, now)
    os.link(target, kept)
    return [f"{target.name}: not a copy of this store; kept as {kept.name}"]
