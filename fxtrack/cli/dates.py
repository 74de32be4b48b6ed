"""Dates on the command line: ``2025-12-08``, ``2025-12``, ``2025``, ``today``, ``yesterday`` and ``-30d``."""

import calendar
import datetime as dt
import re
from typing import Literal

import click

from fxtrack.errors import UsageError

Edge = Literal["first", "last"]

_PERIOD = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2}))?", re.ASCII)
_BEFORE = re.compile(r"-(?P<count>\d{1,5})(?P<unit>[dwmy])", re.ASCII)
_NAMED = {"today": 0, "yesterday": 1}
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"m": 1, "y": 12}
_YEAR_MONTHS = 12


class Date(click.ParamType[dt.date]):
    """A calendar date: ISO 8601, a whole month or year, or a distance from today in UTC.

    Args:
        edge: the day that a month or year stands for, its first or its last.
    """

    name = "date"

    def __init__(self, edge: Edge = "first") -> None:
        """Read a month or a year as its first or its last day."""
        self.edge = edge

    def convert(self, value: str | dt.date, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Return the date, or fail with a usage error."""
        if isinstance(value, dt.date):
            return value
        found = read_date(value, dt.datetime.now(dt.UTC).date(), self.edge)
        return found or self.fail(
            f"{value!r} is not a date like 2025-12-08, 2025-12, 2025, today, yesterday, -30d, -4w, -6m or -1y",
            param,
            ctx,
        )


def read_date(text: str, today: dt.date, edge: Edge = "first") -> dt.date | None:
    """Return the date that a text names, None if it names none.

    Args:
        text: a date; see the module.
        today: the day that ``today``, ``yesterday`` and distances count from. A month before the 31st of March is the
            last day of February.
        edge: the day that a month or year stands for.
    """
    text = text.strip().lower()
    try:
        if text in _NAMED:
            return today - dt.timedelta(days=_NAMED[text])
        if found := _BEFORE.fullmatch(text):
            return _before(today, int(found["count"]), found["unit"])
        if found := _PERIOD.fullmatch(text):
            return _edge_of(int(found["year"]), found["month"], edge)
        return dt.date.fromisoformat(text)
    except (ValueError, OverflowError):
        return None


def _before(today: dt.date, count: int, unit: str) -> dt.date:
    if unit in _DAYS:
        return today - dt.timedelta(days=count * _DAYS[unit])
    year, month = divmod(today.year * _YEAR_MONTHS + today.month - 1 - count * _MONTHS[unit], _YEAR_MONTHS)
    return dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _edge_of(year: int, month: str | None, edge: Edge) -> dt.date:
    number = int(month or ("1" if edge == "first" else "12"))
    first = dt.date(year, number, 1)
    return first if edge == "first" else first.replace(day=calendar.monthrange(year, number)[1])


class Moment(click.ParamType[str]):
    """A date as `Date` takes it, which means its end, or a time in ISO 8601, by default UTC: ``2025-12-08T10:00``."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the moment as the database takes it, or fail with a usage error."""
        from fxtrack.store.history.as_of import knowledge_time

        if ":" not in value:
            return Date("last").convert(value, param, ctx).isoformat()
        try:
            return knowledge_time(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)
