"""A copy of the bytes of a database file that this process has open: a database with an identity of its own.

DuckDB knows which database a write-ahead log belongs to by an identifier that is made when a file is created, and by
how many checkpoints the file has seen. Plain copies of one file share the identifier, so a log of one may fit another.
The identifier stands in the first block of the file, under a checksum; a clone gets one that nobody else has. That part
of the format is settled for files of storage version 1.4, which is the one that we write; no other is cloned.
"""

import os
import secrets
import struct
from contextlib import suppress
from pathlib import Path

_FORMAT = 67  # what files of storage version 1.4 say; later versions say more
_HEADER_SIZE = 4096
_SUM_SIZE = 8
_MAGIC_AND_FORMAT = struct.Struct("<4sQ")
_IDENTIFIER = slice(124, 140)
_CHUNK = 1 << 20
_FACTOR, _SEED, _WORD = 0xBF58476D1CE4E5B9, 5381, (1 << 64) - 1  # of DuckDB's checksum


def clone(source: Path, target: Path) -> bool:
    """Copy a database that this process has open and that has no log, changing nothing but its identity.

    Args:
        source: the database; nothing may change it meanwhile.
        target: a file that does not exist. It is neither synced nor checked.

    Returns:
        False, and there is nothing at `target`, where it cannot be done: the file is of another storage version, or the
        system does not tell what is open.

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
    """Return the first block of a database file with another identifier; None if it is not as we know it."""
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
    """Return the descriptor by which this process, that is DuckDB in it, has a file open.

    A second opening would do harm: closing it drops every lock that this process has on the file, and DuckDB's is what
    keeps other writers out. So this one is read from, at places that we name, and left as it is.
    """
    wanted = path.stat()
    with suppress(FileNotFoundError):  # not every system has this folder
        for name in os.listdir("/dev/fd"):
            with suppress(OSError):  # closed meanwhile, as that of the listing is
                if os.path.samestat(os.fstat(int(name)), wanted):
                    return int(name)
    return None


def _copy(source: int, target: int) -> None:
    at, size = 0, os.fstat(source).st_size
    with suppress(OSError, AttributeError):  # the system cannot, or not between these two; a full disk is met below
        while at < size and (done := os.copy_file_range(source, target, size - at, at, at)):
            at += done
    while at < size:
        chunk = os.pread(source, _CHUNK, at)
        if not chunk:
            raise OSError("the store shrank while it was copied")
        at += os.pwrite(target, chunk, at)
