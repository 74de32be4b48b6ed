"""Value axes with no more digits than the data has."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from fxtrack.charts.labels import widest
from fxtrack.charts.language.language import Language
from fxtrack.charts.style import TEXT_POINTS

_VALUE_LABEL_POINTS = 26.0
PAD = 0.1
"""Margin of a value axis beyond its data, either way, as a share of half their span."""


def printed_axis(  # noqa: PLR0913, PLR0917
    axes: Axes, low: float, high: float, decimals: int, height: float, language: Language
) -> list[str]:
    """Set up a value axis for rates printed with `decimals`: labels with these digits, at least one tick apart.

    Returns:
        The labels.
    """
    tick = 10.0**-decimals
    limits = _padded(low, high, 4 * tick)
    values, _ = _round_values(limits, height, tick)
    return _label_values(axes, limits, values, f".{decimals}f", language)


def free_axis(  # noqa: PLR0913, PLR0917
    axes: Axes, low: float, high: float, height: float, language: Language, least_span: float = 0.0
) -> list[str]:
    """Set up a value axis for computed numbers: labels with the digits that separate them.

    Returns:
        The labels.
    """
    limits = _padded(low, high, max(least_span, abs(low + high) * 1e-9, 1e-9))
    values, step = _round_values(limits, height, 0.0)
    form = f",.{max(0, -math.floor(math.log10(step) + 1e-9))}f"
    return _label_values(axes, limits, values, form, language)


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


def _label_values(
    axes: Axes, limits: tuple[float, float], values: list[float], form: str, language: Language
) -> list[str]:
    # z: a value that rounds to zero gets no minus sign
    labels = [language.number(f"{value:z{form}}") for value in values]
    axes.set_ylim(limits)
    axes.yaxis.set_major_locator(FixedLocator(values))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FixedFormatter(labels))
    return labels


def label_room(labels: Sequence[str]) -> float:
    """Return the width in points of the labels of a value axis, including their distance from it."""
    return widest(labels, TEXT_POINTS) + 6
