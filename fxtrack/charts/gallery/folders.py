"""Folders of the page of charts: written as a whole, checked by their content, removed when they are out of date."""

import hashlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fxtrack.errors import FxtrackError
from fxtrack.files import sync

_STEM = "drawn-"
_OURS = re.compile(rf"\.?{_STEM}[0-9]+(-[0-9]+)?(\.new)?")
"""Names of folders of charts; one with a dot in front is unfinished."""

_FORMER_NOTE = ".drawn-from"
_FORMER_NARROW = "narrow"


def free_folder(pages: Path, generation: str) -> Path:
    """Return a free name for the charts of a generation of the store: its number, and a second one if that is taken."""
    names = (f"{_STEM}{generation}{'' if n == 1 else f'-{n}'}" for n in itertools.count(1))
    return next(pages / name for name in names if not os.path.lexists(pages / name))


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder to write to. On success it gets its name, with all its files on disk; on any error it is removed.

    Raises:
        FxtrackError: it cannot be written.
    """
    unfinished = folder.with_name(f".{folder.name}.new")
    try:
        remove_folder(unfinished)
        unfinished.mkdir()
        yield unfinished
        for path in unfinished.iterdir():
            sync(path)
        sync(unfinished)
        unfinished.rename(folder)
        sync(folder.parent)
    except OSError as error:
        raise FxtrackError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def digests(folder: Path) -> dict[str, str] | None:
    """Return the SHA-256 of each file of a folder; None unless it is a folder of plain, readable files."""
    found = {}
    try:
        if folder.is_symlink():
            return None
        for path in folder.iterdir():
            if path.is_symlink() or not path.is_file():
                return None
            with path.open("rb") as opened:
                found[path.name] = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None
    return found


def remove_folder(path: Path) -> None:
    """Remove a folder of charts if it exists; anything with a name that no such folder has stays.

    Raises:
        FxtrackError: it cannot be removed.
    """
    if not _OURS.fullmatch(path.name) or not os.path.lexists(path):
        return
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        else:
            shutil.rmtree(path)
    except OSError as error:
        raise FxtrackError(f"{path}: cannot be removed: {error.strerror or error}") from error


def remove_former_layout(charts: Path) -> None:
    """Remove the pictures that earlier versions kept beside the index page; their note lists them."""
    note = charts / _FORMER_NOTE
    try:
        names = [_former_name(chart) for chart in json.loads(note.read_bytes())["charts"]]
    except (OSError, ValueError, LookupError, TypeError):
        return
    narrow = charts / _FORMER_NARROW
    try:
        for name in names:
            (charts / name).unlink(missing_ok=True)
            (narrow / name).unlink(missing_ok=True)
        if narrow.is_dir() and not any(narrow.iterdir()):
            narrow.rmdir()
        note.unlink()
    except OSError as error:
        raise FxtrackError(f"{charts}: earlier charts cannot be removed: {error.strerror or error}") from error


def _former_name(chart: dict[str, str | None]) -> str:
    parts = (chart.get(key) for key in ("kind", "pair", "source", "every"))
    return "-".join(part.replace("/", "-") for part in parts if part) + ".svg"
