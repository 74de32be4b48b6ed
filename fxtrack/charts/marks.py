"""Series as marks on axes: closes as step lines, every state as a dot, the range that the digits allow as a band."""

import numpy as np
from matplotlib.axes import Axes

from fxtrack.charts.series import Floats, ImpliedRanges, Series, step_line
from fxtrack.charts.style import IMPLIED_DASH, LINE_POINTS, RASTER_POINTS, Cue, dot_points


def draw_series(axes: Axes, series: Series, cue: Cue, width: float) -> None:
    """Draw a series on a time axis of `width` points: the band of half a tick either way, the states, the closes."""
    first, last = axes.get_xlim()
    days, low, high = step_line(series.days, series.low, series.high)
    axes.fill_between(days, low, high, step="post", color=cue.colour, alpha=0.22, linewidth=0, zorder=2, gid="band")
    axes.plot(
        series.state_days + 0.5, series.state_rates, "o", color=cue.colour, alpha=0.45, zorder=3, markeredgewidth=0,
        markersize=dot_points(width, last - first), rasterized=len(series.state_days) > RASTER_POINTS, gid="states",
    )  # fmt: skip
    draw_steps(axes, series.days, series.rate, cue, "closes")


def draw_steps(axes: Axes, days: Floats, values: Floats, cue: Cue, gid: str) -> None:
    """Draw a step line that is broken where days are missing; `gid` names it in an SVG."""
    axes.plot(
        *step_line(days, values), drawstyle="steps-post", color=cue.colour, linestyle=cue.dash, linewidth=LINE_POINTS,
        solid_capstyle="butt", dash_capstyle="butt", zorder=4, gid=gid,
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
