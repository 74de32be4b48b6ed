"""A capture: the record that a page was seen, with its date and reading; and the files it came from.

Named tuples, since there is one for every page and they are sent between processes.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from fxtrack.model.page import PageFile
from fxtrack.model.quote import Quote, Reading


class PageDate(NamedTuple):
    """The date that a page stands for; None if it is unknown.

    Attributes:
        date: calendar date in the source's time zone.
        basis: ``page`` if the page shows it, ``capture`` if it follows from the capture time; None without a date.
        shown: the date that the page shows, believed or not.
    """

    date: dt.date | None
    basis: str | None
    shown: dt.date | None

    @classmethod
    def as_shown(cls, shown: dt.date | None) -> "PageDate":
        """Return the date of a page without a capture time."""
        return cls(shown, "page" if shown else None, shown)


class Sighting(NamedTuple):
    """A snapshot that a page shows beside its first: of another date, or of a source that shares the page."""

    source: str
    date: dt.date | None
    quotes: tuple[Quote, ...]


class Capture(NamedTuple):
    """The record that a page was seen: its location and bytes, its reading, and when and where it was captured.

    `date` is the date that the page stands for; without it, the date that it shows. `further` are the snapshots that it
    shows beside that of `reading`.
    """

    location: str
    capture_id: str
    source: str
    reading: Reading
    captured_utc: dt.datetime | None = None
    uri: str | None = None
    date: PageDate | None = None
    further: tuple[Sighting, ...] = ()

    @property
    def dated(self) -> PageDate:
        """The date that the page stands for, and on which basis."""
        return self.date or PageDate.as_shown(self.reading.page_date)


class RefusedFile(NamedTuple):
    """A file, or a place in one, that could not be read, with the reason."""

    location: str
    size: int | None
    reason: str


class ReadFile(NamedTuple):
    """A file that was read to its end.

    Attributes:
        file: the file.
        is_stable: whether its time of change identifies it; a file changed a moment ago may still change.
        pages: number of pages in it.
        capture_id: of the only page; None for an archive.
        damages: places in it that cannot be read.
        whole: whether all of it was read, not only records at some offsets.
    """

    file: PageFile
    is_stable: bool
    pages: int
    capture_id: str | None = None
    damages: tuple[RefusedFile, ...] = ()
    whole: bool = True


@dataclass(slots=True)
class Batch:
    """Captures and files for one transaction."""

    captures: list[Capture] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    files: list[ReadFile] = field(default_factory=list)
    size: int = 0  # bytes read for it, as on disk

    @property
    def failures(self) -> list[RefusedFile]:
        """Files, and places in them, that could not be read."""
        return [*self.refused, *(damage for file in self.files for damage in file.damages)]

    def __len__(self) -> int:
        """Return the number of captures and refused files."""
        return len(self.captures) + len(self.refused)


def end_of_date(date: dt.date) -> dt.datetime:
    """Return the end of a page date, UTC."""
    return dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), dt.UTC)


def age_of(date: dt.date, now: dt.datetime) -> dt.timedelta:
    """Return the time since the end of a page date, UTC; zero while it lasts."""
    return max(now - end_of_date(date), dt.timedelta(0))
