"""What an entry is called and which pages it takes, from the place and address of one page. Pure."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from fxtrack.config.urls import place_of

_SPECIAL = re.compile(r"[\[\]*?]")
_FIGURES = re.compile(r"[0-9]+")


def name_of(location: str, taken: Collection[str]) -> str:
    """Return a name for the source of a page that no other source has."""
    stem = PurePosixPath(location.partition("#")[0]).name.partition(".")[0].lower()
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\d+", "", stem)).strip("-")[:40].strip("-") or "source"
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def paths_of(location: str) -> str:
    """Return a pattern of the page and of its siblings: those whose names differ in their figures only."""
    return _siblings(location.rpartition("#")[0] if _is_record(location) else location)


def urls_of(uri: str) -> str:
    """Return a pattern of a page's address and of those that differ in their figures only."""
    host, path = place_of(uri)
    return _SPECIAL.sub("?", host) + _siblings(path)


def _is_record(location: str) -> bool:
    return location.rpartition("#")[2].isdigit() and "#" in location


def _siblings(place: str) -> str:
    """Write figures as a wildcard of figures: as many as in a date, or any number where there is one alone."""
    parts = []
    position = 0
    for found in _FIGURES.finditer(place):
        parts.append(_SPECIAL.sub(r"[\g<0>]", place[position : found.start()]))
        width = len(found[0])
        parts.append("[0-9]" * width if width in {2, 4, 6, 8} else "[0-9]*")
        position = found.end()
    return "".join([*parts, _SPECIAL.sub(r"[\g<0>]", place[position:])])
