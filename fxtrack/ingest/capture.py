"""One page in, the capture that records it out."""

from fxtrack.extract.page import read
from fxtrack.extract.ticker.dates import date_of_page
from fxtrack.model.capture import Capture
from fxtrack.pages.contents import SourcedPage


def capture_of(capture: SourcedPage) -> Capture:
    """Read what a page says."""
    page, source = capture.page, capture.source
    reading = read(page, source.grammar)
    date = date_of_page(
        reading.page_date, page.captured_utc, source.time_zone, source.max_capture_days, unread=reading.date_unread
    )
    return Capture(page.location, page.capture_id, source.name, reading, page.captured_utc, page.uri, date)
