"""Which date a page stands for: the one that it shows, or that of its capture. Pure.

The two are different facts. A page that shows no date is as old as its capture; a page that shows a date long before or
after its capture is one that nobody can date, since one of the two is wrong.
"""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fxtrack.limits import EARLIEST_PAGE_DATE, LATEST_PAGE_DATE


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


def date_of_page(shown: dt.date | None, captured_utc: dt.datetime | None, zone: str, most_days: int) -> PageDate:
    """Return the date that a page stands for.

    Args:
        shown: the date that it shows beside its ticker.
        captured_utc: when it was captured, an aware instant; None if unknown. A year in which no page can have been
            captured tells nothing either.
        zone: IANA name of the source's time zone.
        most_days: how many days a page may lie from its capture and still be believed.
    """
    if captured_utc is None or not EARLIEST_PAGE_DATE.year < captured_utc.year <= LATEST_PAGE_DATE.year:
        return PageDate.as_shown(shown)
    captured = captured_utc.astimezone(ZoneInfo(zone)).date()
    if shown is None:
        return PageDate(captured, "capture", None)
    if abs((captured - shown).days) > most_days:
        return PageDate(None, None, shown)
    return PageDate.as_shown(shown)
