"""Time axes true to scale, and value axes with no more digits than the data has."""

import datetime as dt
import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from fxtrack.charts.digits import MINUS_SIGN
from fxtrack.charts.labels import widest
from fxtrack.charts.series import date_of, day_of
from fxtrack.charts.style import LINE_HEIGHT, TEXT_POINTS

_DATE_LABEL_POINTS = 52.0
_VALUE_LABEL_POINTS = 26.0
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PAD = 0.1
"""Margin of a value axis beyond its data, either way, as a share of half their span."""

DATE_AXIS_POINTS = 2 * LINE_HEIGHT * TEXT_POINTS + 6
"""Height of the labels below a time axis: day or month, and below it the year where it changes."""


def short_date(date: dt.date) -> str:
    """Return a date as unambiguous text: 8 Dec 2025."""
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def time_axis(axes: Axes, first: float, last: float, width: float, *, labelled: bool = True) -> None:
    """Set up the time axis from the start of day `first` to the end of day `last`, on `width` points.

    A few days are labelled one by one, each in its middle; longer spans at the start of round days, months or years.
    """
    margin = max(0.01 * (last + 1 - first), 0.04 if last > first else 0.5)
    axes.set_xlim(first - margin, last + 1 + margin)
    room = max(2, int(width // _DATE_LABEL_POINTS))
    ticks = date_ticks(date_of(first), date_of(last), room)
    if last - first + 1 <= room:
        axes.xaxis.set_major_locator(FixedLocator([day_of(tick) + 0.5 for tick in ticks]))
        axes.tick_params(axis="x", length=0)
    else:
        axes.xaxis.set_major_locator(FixedLocator([day_of(tick) for tick in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FixedFormatter(date_labels(ticks) if labelled else []))


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


def date_labels(dates: Sequence[dt.date]) -> list[str]:
    """Return a label for each tick: year, month or day according to their distance, with the year where it changes."""
    if all(date.month == 1 and date.day == 1 for date in dates) and len(dates) > 1:
        return [str(date.year) for date in dates]
    months = all(date.day == 1 for date in dates) and len(dates) > 1
    labels = []
    year = None
    for date in dates:
        text = MONTHS[date.month - 1] if months else f"{date.day} {MONTHS[date.month - 1]}"
        labels.append(text if date.year == year else f"{text}\n{date.year}")
        year = date.year
    return labels


def printed_axis(axes: Axes, low: float, high: float, decimals: int, height: float) -> list[str]:
    """Set up a value axis for rates printed with `decimals`: labels with these digits, at least one tick apart.

    Returns:
        The labels.
    """
    tick = 10.0**-decimals
    limits = _padded(low, high, 4 * tick)
    values, _ = _round_values(limits, height, tick)
    return _label_values(axes, limits, values, f".{decimals}f")


def free_axis(axes: Axes, low: float, high: float, height: float, least_span: float = 0.0) -> list[str]:
    """Set up a value axis for computed numbers: labels with the digits that separate them.

    Returns:
        The labels.
    """
    limits = _padded(low, high, max(least_span, abs(low + high) * 1e-9, 1e-9))
    values, step = _round_values(limits, height, 0.0)
    return _label_values(axes, limits, values, f",.{max(0, -math.floor(math.log10(step) + 1e-9))}f")


def _padded(low: float, high: float, least_span: float) -> tuple[float, float]:
    middle, half = (low + high) / 2, max(high - low, least_span) / 2
    return middle - (1 + PAD) * half, middle + (1 + PAD) * half


def _round_values(limits: tuple[float, float], height: float, least: float) -> tuple[list[float], float]:
    """Return round values within limits, and their distance, which is at least `least`."""
    low, high = limits
    room = max(1, min(8, int(height // _VALUE_LABEL_POINTS)))
    found = MaxNLocator(nbins=room, steps=[1, 2, 5, 10]).tick_values(low, high)
    values, step = [float(value) for value in found], float(found[1] - found[0])
    if step < least:
        step = least
        values = [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return [value for value in values if low <= value <= high], step


def _label_values(axes: Axes, limits: tuple[float, float], values: list[float], form: str) -> list[str]:
    # z: a value that rounds to zero gets no minus sign
    labels = [f"{value:z{form}}".replace("-", MINUS_SIGN) for value in values]
    axes.set_ylim(limits)
    axes.yaxis.set_major_locator(FixedLocator(values))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FixedFormatter(labels))
    return labels


def label_room(labels: Sequence[str]) -> float:
    """Return the width in points of the labels of a value axis, including their distance from it."""
    return widest(labels, TEXT_POINTS) + 6
