"""Computed changes with their rounding ranges and the reported changes: the audit as a picture."""

from collections import Counter
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from fxtrack.charts.axes import DATE_AXIS_POINTS, PAD, free_axis, label_room, time_axis
from fxtrack.charts.labels import Legend
from fxtrack.charts.select import Chart, ChartRows
from fxtrack.charts.series import Changes, Floats, changes_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LINE_HEIGHT, RASTER_POINTS, TEXT_POINTS, Look, VerdictMark, dot_points, verdict_marks
from fxtrack.model.run import counted

_EXPLANATION = (
    "Bars: the range of the change since the previous captured date that the printed digits allow, faint where days "
    "are missing in between. Marks: the change that the page reports, by verdict."
)
_SMALLEST_SPAN = 0.02
_MARK_KEY_POINTS = 14.0


def draw_changes(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw the changes of one pair at one source, with a legend of the verdicts that occur and their numbers."""
    mine = pl.col("pair") == chart.pair
    if chart.source:
        mine &= pl.col("source") == chart.source
    (changes,) = changes_of(rows.changes.filter(mine))
    at = f" at {chart.source}" if chart.source else ""
    title = f"{chart.pair}: computed and reported changes{at}"
    sheet = Sheet(Texts(title, _EXPLANATION, _notes(changes), footer_of(rows, chart.pair, chart.source)), look)
    _draw(sheet, changes)
    return sheet


def value_range(changes: Changes) -> tuple[float, float]:
    """Return the range of the axis: all reports, and the changes from one day to the next.

    A change over many days is not comparable with a report and can be many times as large: it does not set the scale.
    """
    daily = changes.gap_days == 1
    values = np.concatenate([changes.low[daily], changes.high[daily], changes.reported, [0.0]])
    values = values[np.isfinite(values)]
    return float(values.min()), float(values.max())


def beyond(changes: Changes) -> int:
    """Return the number of changes that lie beyond the axis, wholly or in part."""
    low, high = value_range(changes)
    margin = PAD * max(high - low, _SMALLEST_SPAN) / 2
    return int(((changes.low < low - margin) | (changes.high > high + margin)).sum())


def _notes(changes: Changes) -> tuple[str, ...]:
    """Explain absolute changes drawn as percentages, and count the changes beyond the axis."""
    absolute = "A reported change in the counter currency is drawn as a percentage of the rate less that change."
    outside = beyond(changes)
    beyond_scale = f"Beyond the scale: {counted(outside, 'change')} over gaps of several days."
    return (*([absolute] if changes.is_absolute else []), *([beyond_scale] if outside else []))


def _draw(sheet: Sheet, changes: Changes) -> None:
    theme = sheet.theme
    top = sheet.top - 8 - _draw_legend(sheet, changes)
    bottom = sheet.bottom + DATE_AXIS_POINTS
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    labels = free_axis(axes, *value_range(changes), top - bottom, _SMALLEST_SPAN)
    left = sheet.left + TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    sheet.place(axes, left, bottom, sheet.right, top)
    first, last = float(np.floor(changes.x[0])), float(np.floor(changes.x[-1]))
    time_axis(axes, first, last, sheet.right - left)
    axes.axhline(0, color=theme.muted, linewidth=0.8, zorder=1.5)
    size = dot_points(sheet.right - left, last - first + 1)
    raster = len(changes.x) > RASTER_POINTS
    for gaps, alpha, name in ((False, 0.95, "computed"), (True, 0.5, "computed over a gap")):
        chosen = (changes.gap_days > 1) == gaps
        axes.plot(
            *_bars(changes.x[chosen], changes.low[chosen], changes.high[chosen]), color=theme.computed, alpha=alpha,
            linewidth=min(5.0, max(1.4, size)), solid_capstyle="butt", zorder=2, rasterized=raster, gid=name,
        )  # fmt: skip
    for verdict, mark in verdict_marks(theme).items():
        chosen = np.array([v == verdict for v in changes.verdicts]) & np.isfinite(changes.reported)
        if chosen.any():
            axes.plot(
                changes.x[chosen], changes.reported[chosen], **_style_of(mark), markersize=max(2.2, min(5.0, size + 1)),
                zorder=4 if mark.filled else 3, rasterized=raster, gid=f"reported, {verdict}",
            )  # fmt: skip
    axes.set_ylabel("change in percent", color=theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def _bars(x: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return vertical bars as one line with NaN between them."""
    gap = np.full_like(x, np.nan)
    return np.column_stack([x, x, gap]).ravel(), np.column_stack([low, high, gap]).ravel()


def _draw_legend(sheet: Sheet, changes: Changes) -> float:
    """Write the verdicts that occur below the head of the sheet, and return the height of this legend."""
    counts = Counter(changes.verdicts)
    marks = {verdict: mark for verdict, mark in verdict_marks(sheet.theme).items() if counts[verdict]}
    if not marks:
        return 0.0
    texts = [f"{verdict}: {counts[verdict]:,}" for verdict in marks]
    legend = Legend.fit(texts, _MARK_KEY_POINTS, sheet.right - sheet.left)
    canvas = sheet.canvas(sheet.left, sheet.top - legend.height, sheet.right, sheet.top)
    keys = list(marks.values())

    def draw_mark(number: int, x: float, y: float, *, on: Axes = canvas) -> None:
        on.plot([x + 4], [y], **_style_of(keys[number]), markersize=5, clip_on=False)

    legend.draw(canvas, sheet.theme.ink, draw_mark)
    return legend.height


def _style_of(mark: VerdictMark) -> dict[str, Any]:
    return {
        "marker": mark.marker, "color": mark.colour, "linestyle": "none", "markeredgewidth": 0.8,
        "markerfacecolor": mark.colour if mark.filled else "none",
    }  # fmt: skip
