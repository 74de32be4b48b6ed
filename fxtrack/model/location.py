"""What the store calls a place that pages come from, and the way back to the file.

A location is one printable line: POSIX, relative to the configuration's folder where the file lies inside. A record of
an archive is ``FILE#OFFSET``. What is not printable in a name is written as an escape, so that one location could mean
several names; what lies on disk tells which it is.
"""

import os
from pathlib import Path

_OFFSET_DIGITS = 18  # of 64 bits


def location_of(path: str, root: Path) -> str:
    """Return what the store calls a path. What is not printable text is written as an escape."""
    absolute = os.path.abspath(path)
    relative = os.path.relpath(absolute, root)
    return readable(absolute if relative.startswith("..") else relative).replace(os.sep, "/")


def readable(name: str) -> str:
    """Return a file name as text of one printable line: anything else in it is written as an escape."""
    if name.isascii() and name.isprintable():
        return name
    return printable(os.fsencode(name).decode("utf-8", "backslashreplace"))


def path_of(location: str, root: Path) -> Path:
    """Return the path of the file that a location is; where several could be meant, one that is there."""
    path = root / location
    if "\\" not in location:
        return path
    path = root
    for name in location.split("/"):
        there = path / (name or "/")  # it begins with / outside of the folder
        path = there if os.path.lexists(there) else _named(path, name) or there
    return path


def split_location(location: str, root: Path) -> tuple[str, int | None]:
    """Return the file of a location, and of ``FILE#OFFSET`` the offset; a file's own name may have a # in it."""
    file, mark, offset = location.rpartition("#")
    is_number = offset.isdecimal() and offset.isascii() and len(offset) <= _OFFSET_DIGITS
    if not mark or not is_number or path_of(location, root).exists():
        return location, None
    return file, int(offset)


def _named(folder: Path, name: str) -> Path | None:
    """Return the entry of a folder that has a name once that is made readable."""
    if "\\" not in name:
        return None  # nothing in it was written as an escape
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    return next((folder / found for found in names if readable(found) == name), None)


def printable(text: str) -> str:
    """Return text with everything that is not printable written as an escape: a page cannot steer a screen."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
