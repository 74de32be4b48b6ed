"""A capture: the record that a page was seen, with its date and what it says; and the files it came from.

Named tuples, since there is one for every page and they are sent between processes.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from fxtrack.model.page import PageFile
from fxtrack.model.quote import Reading


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


class Capture(NamedTuple):
    """A page that was read: where, what bytes, what they say, and when and from which address they were captured.

    `date` is what the page stands for; without it, the date that it shows.
    """

    location: str
    capture_id: str
    source: str
    reading: Reading
    captured_utc: dt.datetime | None = None
    uri: str | None = None
    date: PageDate | None = None

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


@dataclass(slots=True)
class Batch:
    """What goes into one transaction."""

    captures: list[Capture] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    files: list[ReadFile] = field(default_factory=list)
    size: int = 0  # bytes that were read for it, as they lie on disk

    def __len__(self) -> int:
        """Return how many pages and refused files it has."""
        return len(self.captures) + len(self.refused)
