"""All pairs as an index, 100 at a base date that is printed."""

import datetime as dt
from collections.abc import Sequence
from enum import Enum

from fxtrack.charts.axes import DATE_AXIS_POINTS, free_axis, label_room, short_date, time_axis
from fxtrack.charts.labels import LINE_HEIGHT, EndLabel, label_ends, widest
from fxtrack.charts.series import IndexSeries, steps
from fxtrack.charts.sheet import Sheet
from fxtrack.charts.style import LINE_POINTS, TEXT_POINTS, Cue

_LEAST_SPAN = 0.5
_END_GAP = 14.0
_KEY_POINTS = 26.0
_LEGEND_SHARE = 0.45
"""A legend that would take more of the plot than this has names only."""


class Labels(Enum):
    """How lines are named: at their ends with their ranges, in a legend with their ranges, in a legend by name only."""

    DIRECT = "direct"
    LEGEND = "legend"
    NAMES = "names"


def labels_for(series: Sequence[IndexSeries], width: float, height: float) -> Labels:
    """Return how lines can be named beside a plot of `height` points on a sheet of `width`."""
    texts = _texts(series, Labels.DIRECT)
    if len(texts) * TEXT_POINTS * LINE_HEIGHT <= height and widest(texts, TEXT_POINTS) < width / 2:
        return Labels.DIRECT
    return Labels.LEGEND if legend_height(series, width, Labels.LEGEND) <= _LEGEND_SHARE * height else Labels.NAMES


def index_explanation(base: dt.date, labels: Labels) -> str:
    """Say how to read the chart."""
    ranges = "" if labels is Labels.NAMES else (
        "Behind each name the newest value and, in brackets, the range that the printed digits allow. "
    )  # fmt: skip
    return f"100 is the close of {short_date(base)}. {ranges}Days without a capture are blank."


def index_notes(series: Sequence[IndexSeries], left_out: Sequence[str], base: dt.date) -> tuple[str, ...]:
    """Say which pairs start from an earlier close than the base date's, and which have none."""
    starts = [f"{s.pair} ({short_date(s.start)})" for s in series if s.start != base]
    notes = []
    if starts:
        notes.append(f"Not captured on that date, so from the close before: {', '.join(starts)}.")
    if left_out:
        notes.append(f"No close on or before that date: {', '.join(left_out)}.")
    return tuple(notes)


def draw_indexed(sheet: Sheet, series: Sequence[IndexSeries], cues: dict[str, Cue], labels: Labels) -> None:
    """Draw a line for each series, named as `labels` says."""
    low, high = min(float(s.value.min()) for s in series), max(float(s.value.max()) for s in series)
    first, last = min(float(s.days[0]) for s in series), max(float(s.days[-1]) for s in series)
    texts = _texts(series, labels)
    top, bottom = sheet.top - 4, sheet.bottom + DATE_AXIS_POINTS
    right = sheet.right
    if labels is Labels.DIRECT:
        right -= widest(texts, TEXT_POINTS) + _END_GAP
    else:
        bottom += legend_height(series, sheet.right - sheet.left, labels)
        _legend(sheet, texts, [cues[s.pair] for s in series])
    axes = sheet.axes(sheet.left, bottom, right, top)
    values = free_axis(axes, low, high, top - bottom, _LEAST_SPAN)
    left = sheet.left + TEXT_POINTS * LINE_HEIGHT + label_room(values) + 2
    sheet.place(axes, left, bottom, right, top)
    time_axis(axes, first, last, right - left)
    axes.axhline(100, color=sheet.theme.muted, linewidth=0.8, zorder=1.5)
    for one in series:
        days, heights = steps(one.days, one.value)
        cue = cues[one.pair]
        axes.plot(
            days, heights, drawstyle="steps-post", color=cue.colour, linestyle=cue.dash, linewidth=LINE_POINTS,
            solid_capstyle="butt", dash_capstyle="butt", zorder=4, gid=f"index-{one.pair}",
        )  # fmt: skip
    if labels is Labels.DIRECT:
        ends = [EndLabel(text, float(s.value[-1]), cues[s.pair].colour) for s, text in zip(series, texts, strict=True)]
        label_ends(axes, ends, top - bottom)
    axes.set_ylabel("index", color=sheet.theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def legend_height(series: Sequence[IndexSeries], width: float, labels: Labels) -> float:
    """Return the height in points of a legend on `width` points."""
    columns, _ = _columns(_texts(series, labels), width)
    return -(-len(series) // columns) * TEXT_POINTS * LINE_HEIGHT + 8


def _texts(series: Sequence[IndexSeries], labels: Labels) -> list[str]:
    several = len({s.source for s in series}) > 1
    names = [f"{s.pair} {s.source}" if several else s.pair for s in series]
    if labels is Labels.NAMES:
        return names
    return [f"{name}  {_range(s)}" for name, s in zip(names, series, strict=True)]


def _range(series: IndexSeries) -> str:
    low, high = float(series.low[-1]), float(series.high[-1])
    decimals = 2 if high - low < 1 else 1
    return f"{float(series.value[-1]):,.{decimals}f} ({low:,.{decimals}f}\u2013{high:,.{decimals}f})"


def _columns(texts: Sequence[str], width: float) -> tuple[int, float]:
    cell = widest(texts, TEXT_POINTS) + _KEY_POINTS + 12
    return max(1, int((width + 12) // cell)), cell


def _legend(sheet: Sheet, texts: Sequence[str], keys: Sequence[Cue]) -> None:
    """Write a legend at the foot of the sheet."""
    columns, cell = _columns(texts, sheet.right - sheet.left)
    height = -(-len(texts) // columns) * TEXT_POINTS * LINE_HEIGHT
    axes = sheet.axes(sheet.left, sheet.bottom, sheet.right, sheet.bottom + height)
    axes.set_axis_off()
    axes.set_xlim(0, sheet.right - sheet.left)
    axes.set_ylim(0, height)
    for number, (text, cue) in enumerate(zip(texts, keys, strict=True)):
        row, column = divmod(number, columns)
        x, y = column * cell, height - (row + 0.5) * TEXT_POINTS * LINE_HEIGHT
        axes.plot([x, x + _KEY_POINTS - 6], [y, y], color=cue.colour, linestyle=cue.dash, linewidth=LINE_POINTS)
        axes.text(x + _KEY_POINTS, y, text, color=sheet.theme.ink, fontsize=TEXT_POINTS, va="center")
