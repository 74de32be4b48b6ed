"""Series as marks on axes: closes as step lines, every state as a dot, the range that the digits allow as a band."""

import numpy as np
from matplotlib.axes import Axes

from fxtrack.charts.series import Floats, ImpliedRanges, Series, step_line
from fxtrack.charts.style import (
    IMPLIED_DASH,
    LINE_POINTS,
    MEAN_DASH,
    RASTER_POINTS,
    Cue,
    dot_points,
    few,
    line_points,
)
from fxtrack.charts.time.scale import TimeScale


def draw_series(axes: Axes, series: Series, cue: Cue, scale: TimeScale) -> None:
    """Draw a series on a time axis: the band of half a tick either way, the states, the closes."""
    marks = len(series.state_days)
    days, low, high = step_line(series.days, series.low, series.high)
    axes.fill_between(days, low, high, step="post", color=cue.colour, alpha=0.22, linewidth=0, zorder=2, gid="band")
    axes.plot(
        series.state_days + 0.5, series.state_rates, "o", color=cue.colour, zorder=3, markeredgewidth=0,
        alpha=0.75 if few(marks) else 0.45, markersize=dot_points(scale.width, scale.day_points, marks),
        rasterized=marks > RASTER_POINTS, gid="states",
    )  # fmt: skip
    draw_steps(axes, series.days, series.rate, cue, scale, "closes")


def draw_steps(axes: Axes, days: Floats, values: Floats, cue: Cue, scale: TimeScale, gid: str) -> None:  # noqa: PLR0913, PLR0917
    """Draw a step line that is broken where days are missing; `gid` names it in an SVG."""
    axes.plot(
        *step_line(days, values), drawstyle="steps-post", color=cue.colour, linestyle=cue.dash,
        linewidth=line_points(scale.width, len(days)),
        solid_capstyle="butt", dash_capstyle="butt", zorder=4, gid=gid,
    )  # fmt: skip


def draw_lone_days(axes: Axes, days: Floats, values: Floats, cue: Cue, scale: TimeScale) -> None:
    """Draw a dot for each day that has no neighbour: its step is a day wide, and may be too short to see."""
    lone = np.concatenate([[True], np.diff(days) > 1]) & np.concatenate([np.diff(days) > 1, [True]])
    axes.plot(
        days[lone] + 0.5, values[lone], "o", color=cue.colour, markeredgewidth=0, zorder=4, gid="lone days",
        markersize=dot_points(scale.width, 0, len(days)),
    )  # fmt: skip


def draw_mean(axes: Axes, days: Floats, values: Floats, cue: Cue) -> None:
    """Draw a moving mean: a value in the middle of each captured date, joined only from one day to the next."""
    broken = np.flatnonzero(np.diff(days) > 1) + 1
    axes.plot(
        np.insert(days + 0.5, broken, np.nan), np.insert(values, broken, np.nan), color=cue.colour, linestyle=MEAN_DASH,
        marker="_", markersize=5, linewidth=LINE_POINTS, zorder=4.5, gid="mean",
    )  # fmt: skip


def draw_implied(axes: Axes, ranges: ImpliedRanges, cue: Cue) -> None:
    """Draw the range of each day not captured as a dashed box from the start to the end of the day."""
    x = np.column_stack([ranges.days, ranges.days, ranges.days + 1, ranges.days + 1, ranges.days])
    y = np.column_stack([ranges.low, ranges.high, ranges.high, ranges.low, ranges.low])
    gap = np.full((len(x), 1), np.nan)
    axes.plot(
        np.hstack([x, gap]).ravel(), np.hstack([y, gap]).ravel(), color=cue.colour, linestyle=IMPLIED_DASH,
        linewidth=0.9, zorder=3, gid="implied",
    )  # fmt: skip
