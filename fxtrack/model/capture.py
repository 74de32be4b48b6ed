"""A capture: the record that a page was seen, with its date and what it says; and the files it came from.

Named tuples, since there is one for every page and they are sent between processes.
"""

import datetime as dt
from typing import NamedTuple

from fxtrack.model.page import PageFile
from fxtrack.model.quote import Quote, Reading


class PageDate(NamedTuple):
    """The date that a page stands for, None where nobody can say.

    Attributes:
        date: calendar date in the source's time zone.
        basis: ``page`` where the page shows it, ``capture`` where it is that of the capture time; None without a date.
        shown: the date that the page shows, believed or not.
    """

    date: dt.date | None
    basis: str | None
    shown: dt.date | None

    @classmethod
    def as_shown(cls, shown: dt.date | None) -> "PageDate":
        """Return the date of a page of which nothing is known but what it shows."""
        return cls(shown, "page" if shown else None, shown)


class Sighting(NamedTuple):
    """A snapshot that a page shows beside its first: of another date, or of a source that shares the page."""

    source: str
    date: dt.date | None
    quotes: tuple[Quote, ...]


class Capture(NamedTuple):
    """A page that was read: where, what bytes, what they say, and when and from which address they were captured.

    `date` is what the page stands for; without it, the date that it shows. `further` are the snapshots that it shows
    beside that of `reading`.
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
        """Which date the page stands for, and why."""
        return self.date or PageDate.as_shown(self.reading.page_date)


class RefusedFile(NamedTuple):
    """A file that could not be read, and why."""

    location: str
    size: int | None
    reason: str


class ReadFile(NamedTuple):
    """A file that was read to its end.

    Attributes:
        file: which one.
        settled: whether it can be known by its time of change; if not, it may still change within that.
        pages: how many it holds.
        capture_id: the one page that it is; None for an archive.
        damages: places in it that cannot be read.
    """

    file: PageFile
    settled: bool
    pages: int
    capture_id: str | None = None
    damages: tuple[RefusedFile, ...] = ()
