"""Ticks of a time axis: round dates, each at its true place."""

import datetime as dt
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from fxtrack.charts.labels import widest
from fxtrack.charts.language.language import Language
from fxtrack.charts.series import date_of, day_of
from fxtrack.charts.style import LINE_HEIGHT, TEXT_POINTS
from fxtrack.charts.time.scale import TimeScale

_DATE_LABEL_POINTS = 52.0
_LABEL_GAP = 5.0
_BEYOND = 12.0
"""How far a label may reach beyond the right end of its axis, in points."""

_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)

DATE_AXIS_POINTS = 2 * LINE_HEIGHT * TEXT_POINTS + 6
"""Height of the labels below a time axis: day or month, and below it the year where it changes."""


def time_axis(axes: Axes, scale: TimeScale, language: Language, *, labelled: bool = True) -> None:
    """Set up a time axis.

    A few days are labelled one by one, each in its middle; longer spans at the start of round days, months or years.
    The days between breaks are labelled in their middles, the first of them and as many more as there is room for.
    """
    margin = max(0.01 * scale.length, 0.04 if scale.length > 1 else 0.5)
    if scale.folded:
        axes.set_xscale("function", functions=(scale.place, scale.days_at))
    axes.set_xlim(scale.start - margin, scale.end + margin)
    room = max(2, int(scale.width // _DATE_LABEL_POINTS))
    if scale.folded:
        ticks = _ticks_between_breaks(scale, language)
        places = [day_of(tick) + 0.5 for tick in ticks]
        labels = _with_years([language.day(tick) for tick in ticks], ticks)
    else:
        ticks = date_ticks(date_of(scale.start), date_of(scale.end - 1), room)
        in_middle = scale.length <= room
        places = [day_of(tick) + 0.5 * in_middle for tick in ticks]
        labels = date_labels(ticks, language)
        if in_middle:
            axes.tick_params(axis="x", length=0)
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FixedFormatter(labels if labelled else []))


def date_ticks(first: dt.date, last: dt.date, room: int) -> list[dt.date]:
    """Return round dates from first to last, as close together as `room` labels allow.

    matplotlib's own locator warns and falls back to a single date where there is room for three or four.
    """
    days = (last - first).days + 1
    for step in (1, 2):
        if days <= room * step:
            return [first + dt.timedelta(days=day) for day in range(0, days, step)]
    for weeks in (1, 2):
        monday = first + dt.timedelta(days=-first.weekday() % 7)
        ticks = [monday + dt.timedelta(weeks=n) for n in range(0, days // 7 + 1, weeks)]
        ticks = [tick for tick in ticks if tick <= last]
        if 1 < len(ticks) <= room:
            return ticks
    ticks = []
    for months in _MONTH_STEPS:
        numbers = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
        ticks = [dt.date(n // 12, n % 12 + 1, 1) for n in numbers if n % months == 0]
        ticks = [tick for tick in ticks if first <= tick <= last]
        if len(ticks) <= room:
            break
    return ticks or [first]


def date_labels(dates: Sequence[dt.date], language: Language) -> list[str]:
    """Return a label for each tick: year, month or day according to their distance, with the year where it changes."""
    if all(date.month == 1 and date.day == 1 for date in dates) and len(dates) > 1:
        return [str(date.year) for date in dates]
    months = all(date.day == 1 for date in dates) and len(dates) > 1
    return _with_years([language.month(date) if months else language.day(date) for date in dates], dates)


def _with_years(labels: Sequence[str], dates: Sequence[dt.date]) -> list[str]:
    """Return the labels, each with its year below where that differs from the one before."""
    years = [None, *(date.year for date in dates)]
    return [
        label if year == before else f"{label}\n{year}"
        for label, before, year in zip(labels, years, years[1:], strict=False)
    ]


def _ticks_between_breaks(scale: TimeScale, language: Language) -> list[dt.date]:
    """Return dates whose labels do not meet: the first one of each stretch, the longest first, then round ones."""
    by_length = sorted(scale.stretches, key=lambda stretch: (-stretch.days, stretch.start))
    wanted = [date_of(stretch.start) for stretch in by_length]
    for stretch in by_length:
        room = max(1, int(stretch.days * scale.day_points // _DATE_LABEL_POINTS))
        wanted += date_ticks(date_of(stretch.start), date_of(stretch.end - 1), room)
    chosen: dict[dt.date, tuple[float, float]] = {}
    for date in wanted:
        middle = scale.points(day_of(date) + 0.5)
        half = widest([language.day(date), str(date.year)], TEXT_POINTS) / 2
        near = any(abs(middle - at) < half + other + _LABEL_GAP for at, other in chosen.values())
        if not near and middle + half <= scale.width + _BEYOND:
            chosen[date] = middle, half
    return sorted(chosen)
