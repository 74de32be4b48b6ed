"""Computed changes with their rounding intervals beside the reported ones: the picture of the audit."""

from collections import Counter

import numpy as np

from fxtrack.charts.axes import DATE_AXIS_POINTS, PAD, free_axis, label_room, time_axis
from fxtrack.charts.labels import LINE_HEIGHT, RASTER_POINTS, dot_points, width_of
from fxtrack.charts.series import Changes, Floats
from fxtrack.charts.sheet import Sheet
from fxtrack.charts.style import TEXT_POINTS, verdict_marks

EXPLANATION = (
    "Bars: the change since the previous captured date that the printed digits allow, faint where days lie between. "
    "Marks: the change that the page reports, by verdict."
)
_LEAST_SPAN = 0.02
_KEY_POINTS = 14.0


def draw_changes(sheet: Sheet, changes: Changes) -> None:
    """Draw the changes of one pair at one source, with a legend of the verdicts that occur and how often."""
    theme = sheet.theme
    top = sheet.top - 4 - _legend(sheet, changes)
    bottom = sheet.bottom + DATE_AXIS_POINTS
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    labels = free_axis(axes, *value_range(changes), top - bottom, _LEAST_SPAN)
    left = sheet.left + TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    sheet.place(axes, left, bottom, sheet.right, top)
    first, last = np.floor(changes.x[0]), np.floor(changes.x[-1])
    time_axis(axes, float(first), float(last), sheet.right - left)
    axes.axhline(0, color=theme.muted, linewidth=0.8, zorder=1.5)
    size = dot_points(sheet.right - left, float(last - first) + 1)
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
                changes.x[chosen], changes.reported[chosen], mark.marker, color=mark.colour, linestyle="none",
                markersize=max(2.2, min(5.0, size + 1)), markerfacecolor=mark.colour if mark.filled else "none",
                markeredgewidth=0.8, zorder=4 if mark.filled else 3, rasterized=raster, gid=f"reported, {verdict}",
            )  # fmt: skip
    axes.set_ylabel("change in percent", color=theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def value_range(changes: Changes) -> tuple[float, float]:
    """Return the values that the axis spans: all reports, and the changes from one day to the next.

    A change over many days is no match for a report and can be many times as large, so it does not set the scale.
    """
    daily = changes.gap_days == 1
    values = np.concatenate([changes.low[daily], changes.high[daily], changes.reported, [0.0]])
    values = values[np.isfinite(values)]
    return float(values.min()), float(values.max())


def beyond(changes: Changes) -> int:
    """Return how many changes lie beyond the axis, wholly or in part."""
    low, high = value_range(changes)
    # as far as the axis goes
    reach = PAD * max(high - low, _LEAST_SPAN) / 2
    return int(((changes.low < low - reach) | (changes.high > high + reach)).sum())


def change_notes(changes: Changes) -> tuple[str, ...]:
    """Say what percentage stands for an absolute change, and how many changes the axis has no room for."""
    absolute = "A reported change in the counter currency is drawn as a percentage of the rate less that change."
    outside = beyond(changes)
    beyond_scale = f"Beyond the scale: {outside:,} change{'' if outside == 1 else 's'} over gaps of several days."
    return (*([absolute] if changes.is_absolute else []), *([beyond_scale] if outside else []))


def _bars(x: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return vertical bars as one line, broken between two."""
    gap = np.full_like(x, np.nan)
    return np.column_stack([x, x, gap]).ravel(), np.column_stack([low, high, gap]).ravel()


def _legend(sheet: Sheet, changes: Changes) -> float:
    """Write the verdicts below the head of the sheet and return the height that they take."""
    counts = Counter(changes.verdicts)
    entries = [(mark, f"{verdict}: {counts[verdict]:,}") for verdict, mark in verdict_marks(sheet.theme).items()
               if counts[verdict]]  # fmt: skip
    rows: list[list[tuple[float, int]]] = [[]]
    x = 0.0
    for number, (_, text) in enumerate(entries):
        wide = _KEY_POINTS + width_of(text, TEXT_POINTS) + 12
        if rows[-1] and x + wide > sheet.right - sheet.left:
            rows.append([])
            x = 0.0
        rows[-1].append((x, number))
        x += wide
    height = len(rows) * TEXT_POINTS * (LINE_HEIGHT + 0.1)
    keys = sheet.axes(sheet.left, sheet.top - height, sheet.right, sheet.top)
    keys.set_axis_off()
    keys.set_xlim(0, sheet.right - sheet.left)
    keys.set_ylim(0, height)
    for row, cells in enumerate(rows):
        y = height - (row + 0.5) * height / len(rows)
        for at, number in cells:
            mark, text = entries[number]
            keys.plot(
                [at + 4], [y], mark.marker, color=mark.colour, markersize=5, markeredgewidth=0.8, clip_on=False,
                markerfacecolor=mark.colour if mark.filled else "none",
            )  # fmt: skip
            keys.text(at + _KEY_POINTS, y, text, color=sheet.theme.ink, fontsize=TEXT_POINTS, va="center_baseline")
    return height + 4
