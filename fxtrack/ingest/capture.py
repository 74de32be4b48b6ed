"""One page in, the capture that records it out."""

from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.extract.calendar.dates import date_of_page
from fxtrack.extract.page import read
from fxtrack.model.capture import Capture, PageDate, Sighting
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading
from fxtrack.pages.contents import SourcedPage


def capture_of(found: SourcedPage, config: Config) -> Capture:
    """Read a page, also for the sources that share it: `Capture.further` has their snapshots."""
    page, source = found
    reading = read(page, source.grammar)
    dated = _date_of(page, source, reading)
    further = _further(source, reading, dated)
    for other in config.sharing(source):
        read_again = read(page, other.grammar)
        other_date = _date_of(page, other, read_again)
        if read_again.outcome is Outcome.OK:
            further += [Sighting(other.name, other_date.date, read_again.quotes)]
            further += _further(other, read_again, other_date)
        if note := _note(other, read_again, reading):
            reading = reading.noting(note)
    return Capture(
        page.location, page.capture_id, source.name, reading, page.captured_utc, page.uri, dated, tuple(further)
    )


def _date_of(page: Page, source: Source, reading: Reading) -> PageDate:
    return date_of_page(
        reading.page_date, page.captured_utc, source.time_zone, source.max_capture_days, unread=reading.date_unread
    )


def _further(source: Source, reading: Reading, dated: PageDate) -> list[Sighting]:
    """Return the snapshots of a page's other dates; they are believed if the newest date is."""
    believed = dated.date is not None
    return [Sighting(source.name, date if believed else None, quotes) for date, quotes in reading.further]


def _note(other: Source, found: Reading, first: Reading) -> str | None:
    """Return a remark on the reading of a source that shares a page, None if it needs none."""
    said = [found.detail] if found.detail and found.detail != first.detail else []
    if found.outcome is Outcome.CONFLICT:
        said = [f"conflict: {', '.join(f'{v.quote} ({v.repeats} times)' for v in found.variants)}", *said]
    elif found.outcome is not first.outcome:
        said = ["the only one that reads quotes" if found.quotes else str(found.outcome), *said]
    return f"{other.name}: {'; '.join(said)}" if said else None
