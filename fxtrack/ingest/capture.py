"""What came of reading: a page that was taken, a file that was read, a file that was refused. Values, no work.

Named tuples, since there is one for every page and they are sent between processes.
"""

import datetime as dt
from typing import NamedTuple

from fxtrack.extract.page import read
from fxtrack.extract.ticker.dating import PageDate, date_of_page
from fxtrack.model.quote import Reading
from fxtrack.pages.contents import Capture
from fxtrack.pages.discover import PageFile


class TakenPage(NamedTuple):
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


def take(capture: Capture) -> TakenPage:
    """Read what a page says."""
    page, source = capture.page, capture.source
    reading = read(page, source.grammar)
    date = date_of_page(reading.page_date, page.captured_utc, source.time_zone, source.max_capture_days)
    return TakenPage(page.location, page.capture_id, source.name, reading, page.captured_utc, page.uri, date)
