"""Complete copies of a store in another file: byte by byte, or row by row.

DuckDB ties a write-ahead log to its database by an identifier that is created with the file, and by the number of
checkpoints. Plain copies of one file share the identifier, so a log of one may fit another. A clone gets a new one; it
stands in the first block of the file, under a checksum. That part of the format is fixed for files of storage version
1.4, which fxtrack writes; no other version is cloned.
"""

import os
import secrets
import struct
from contextlib import suppress
from pathlib import Path

from fxtrack.files import log_of
from fxtrack.store.database.connection import one_row, quote_name, quote_text
from fxtrack.store.database.errors import store_errors
from fxtrack.store.database.opening import STORAGE_VERSION
from fxtrack.store.writer import Store


def copy_bytes(store: Store, path: Path) -> None:
    """Write a complete and closed copy to a new file, as `copy_rows` does, but at the speed of copying bytes.

    The copy includes the free blocks of the store. If more than half of the blocks are free, or the bytes cannot be
    copied, the rows are copied instead.

    Raises:
        OSError: it cannot be written.
        StoreError: the store cannot be read, or DuckDB cannot write.
    """
    if not (_is_compact(store) and clone(store.path, path) and store.identity_of(path) == store.identity()):
        path.unlink(missing_ok=True)
        copy_rows(store, path)


def copy_rows(store: Store, path: Path) -> None:
    """Write a complete and closed copy to a new file, row by row, without free blocks.

    The copy has its own identity: DuckDB refuses to apply the write-ahead log of another file to it.

    Raises:
        StoreError: the store cannot be read, or DuckDB cannot write.
    """
    with store_errors(path):
        (name,) = one_row(store.connection, "SELECT current_database()")
        store.connection.execute(f"ATTACH {quote_text(str(path))} AS published (STORAGE_VERSION '{STORAGE_VERSION}')")
        try:
            store.connection.execute(f"COPY FROM DATABASE {quote_name(name)} TO published")
            store.connection.execute("CHECKPOINT published")  # an error on detaching would not name its cause
        finally:
            store.connection.execute("DETACH published")


def _is_compact(store: Store) -> bool:
    """Write a checkpoint and return whether the file holds all data and no more free blocks than used ones."""
    with store_errors(store.path):
        store.connection.execute("CHECKPOINT")
        blocks, free = one_row(
            store.connection,
            "SELECT total_blocks, free_blocks FROM pragma_database_size() WHERE database_name = current_database()",
        )
    log = log_of(store.path)
    return 2 * free <= blocks and not (log.exists() and log.stat().st_size)


_FORMAT = 67  # of files of storage version 1.4; later versions have higher numbers
_HEADER_SIZE = 4096
_SUM_SIZE = 8
_MAGIC_AND_FORMAT = struct.Struct("<4sQ")
_IDENTIFIER = slice(124, 140)
_CHUNK = 1 << 20
_FACTOR, _SEED, _WORD = 0xBF58476D1CE4E5B9, 5381, (1 << 64) - 1  # of DuckDB's checksum


def clone(source: Path, target: Path) -> bool:
    """Copy a database that this process has open and that has no log, and give the copy a new identity.

    Args:
        source: the database; nothing may change it meanwhile.
        target: a file that does not exist. It is neither synced nor checked.

    Returns:
        False, with nothing at `target`, if the file has another storage version or the system does not show open files.

    Raises:
        OSError: the copy cannot be written.
    """
    held = _descriptor_of(source)
    header = renewed(os.pread(held, _HEADER_SIZE, 0)) if held is not None else None
    if held is None or header is None:
        return False
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        _copy(held, descriptor)
        os.pwrite(descriptor, header, 0)
    finally:
        os.close(descriptor)
    return True


def renewed(header: bytes) -> bytes | None:
    """Return the first block of a database file with a new identifier; None if its format is unknown."""
    whole = len(header) == _HEADER_SIZE and header[:_SUM_SIZE] == _checksum(header[_SUM_SIZE:])
    if not whole or _MAGIC_AND_FORMAT.unpack_from(header, _SUM_SIZE) != (b"DUCK", _FORMAT):
        return None
    changed = bytearray(header)
    changed[_IDENTIFIER] = secrets.token_bytes(_IDENTIFIER.stop - _IDENTIFIER.start)
    changed[:_SUM_SIZE] = _checksum(bytes(changed[_SUM_SIZE:]))
    return bytes(changed)


def _checksum(content: bytes) -> bytes:
    total = _SEED
    for (word,) in struct.iter_unpack("<Q", content):
        total ^= word * _FACTOR & _WORD
    return total.to_bytes(_SUM_SIZE, "little")


def _descriptor_of(path: Path) -> int | None:
    """Return the descriptor by which this process (DuckDB in it) has a file open.

    Opening the file again would be harmful: closing it drops every lock of this process on the file, also DuckDB's lock
    against other writers. So DuckDB's own descriptor is read, at explicit offsets, which does not change it.
    """
    wanted = path.stat()
    with suppress(FileNotFoundError):  # some systems lack this folder
        for name in os.listdir("/dev/fd"):
            with suppress(OSError):  # closed meanwhile, such as the descriptor of the listing
                if os.path.samestat(os.fstat(int(name)), wanted):
                    return int(name)
    return None


def _copy(source: int, target: int) -> None:
    at, size = 0, os.fstat(source).st_size
    with suppress(OSError, AttributeError):  # not supported, or not between these two files; a full disk shows below
        while at < size and (done := os.copy_file_range(source, target, size - at, at, at)):
            at += done
    while at < size:
        chunk = os.pread(source, _CHUNK, at)
        if not chunk:
            raise OSError("the store shrank while it was copied")
        at += os.pwrite(target, chunk, at)
