"""Locations: the names that the store gives to files and archive records, and the way back to the file.

A location is one printable line: a POSIX path, relative to the configuration's folder for files inside it, or
``s3://BUCKET/KEY``. A record of an archive is ``FILE#OFFSET``. Characters that are not printable are escaped, so that
several file names can have the same location; the files on disk decide between them.
"""

import datetime as dt
import hashlib
import os
from pathlib import Path

NOT_MODIFIED = "server-not-modified"
"""The profile of WARC records that say that a page is unchanged."""

_OFFSET_DIGITS = 18  # of 64 bits


S3 = "s3://"
"""The beginning of the location of a file in a bucket."""


def is_in_bucket(place: str) -> bool:
    """Return whether a location or path names a file or folder in a bucket."""
    return place.startswith(S3)


def location_of(path: str, root: Path) -> str:
    """Return the location of a path; characters that are not printable are escaped."""
    if is_in_bucket(path):
        return printable(path)
    absolute = os.path.abspath(path)
    relative = os.path.relpath(absolute, root)
    return readable(absolute if relative.startswith("..") else relative).replace(os.sep, "/")


def readable(name: str) -> str:
    """Return a file name as one printable line; other characters and bytes are escaped."""
    if name.isascii() and name.isprintable():
        return name
    return printable(os.fsencode(name).decode("utf-8", "backslashreplace"))


def path_of(location: str, root: Path) -> Path:
    """Return the path of a location; of several possible paths, one that exists."""
    path = root / location
    if "\\" not in location:
        return path
    path = root
    for name in location.split("/"):
        there = path / (name or "/")  # an empty first part is the root
        path = there if os.path.lexists(there) else _named(path, name) or there
    return path


def split_location(location: str, root: Path) -> tuple[str, int | None]:
    """Return file and offset of ``FILE#OFFSET``, or the location and None; a file name may contain a # itself."""
    file, mark, offset = location.rpartition("#")
    is_number = offset.isdecimal() and offset.isascii() and len(offset) <= _OFFSET_DIGITS
    if not mark or not is_number or (not is_in_bucket(location) and path_of(location, root).exists()):
        return location, None
    return file, int(offset)


def _named(folder: Path, name: str) -> Path | None:
    """Return the entry of a folder whose readable name is `name`, None if there is none."""
    if "\\" not in name:
        return None  # has no escape
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    return next((folder / found for found in names if readable(found) == name), None)


def printable(text: str) -> str:
    """Return text with escapes for characters that are not printable: a page cannot control a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def warc_file_name(uri: str, captured_utc: dt.datetime, *more: str) -> str:
    """Return the file name of one fetched capture, derived from its address, second and further distinctions."""
    digest = hashlib.sha256("\0".join([uri, *more]).encode()).hexdigest()
    return f"{captured_utc:%Y%m%dT%H%M%SZ}-{digest[:16]}.warc.gz"
