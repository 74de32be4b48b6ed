"""Computed changes with their rounding ranges and the reported changes: the audit as a picture."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from fxtrack.charts.axes import PAD, free_axis, label_room
from fxtrack.charts.labels import Legend
from fxtrack.charts.language.language import Language
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import Changes, Floats, changes_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import (
    LEAST_PLOT_POINTS,
    LINE_HEIGHT,
    RASTER_POINTS,
    TEXT_POINTS,
    Look,
    VerdictMark,
    dot_points,
    hidden_move_mark,
    verdict_marks,
)
from fxtrack.charts.time.axis import DATE_AXIS_POINTS, time_axis
from fxtrack.charts.time.breaks import draw_gaps, time_words
from fxtrack.charts.time.scale import TimeScale
from fxtrack.model.words import least_move

_SMALLEST_SPAN = 0.02
_MARK_KEY_POINTS = 14.0
_AXIS_LABEL_POINTS = 60.0
_LEAST_BAR = 0.8
"""Height in points of the mark in the middle of a bar, which may be lower than a line."""

_RING_POINTS = 8.5


def draw_changes(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw the changes of one pair at one source, with a legend of the verdicts that occur and their numbers."""
    mine = pl.col("pair") == chart.pair
    if chart.source:
        mine &= pl.col("source") == chart.source
    (changes,) = changes_of(rows.changes.filter(mine))
    language = look.language
    title = language.say("changes_at" if chart.source else "changes", pair=chart.pair, source=chart.source)
    scale = TimeScale.fit(changes.x, look.content_points[0] - _AXIS_LABEL_POINTS, look.gaps)
    footer = footer_of(rows, language, chart.pair, chart.source)
    texts = Texts(title, _explanation(changes, scale, language), _notes(changes, language), footer)
    legend, marks = _legend(changes, look)
    sheet = Sheet(texts, look, LEAST_PLOT_POINTS + legend.height)
    _draw(sheet, changes, scale, legend.height)
    _draw_legend(sheet, legend, marks)
    return sheet


def _explanation(changes: Changes, scale: TimeScale, language: Language) -> str:
    """Explain the marks that occur."""
    occurs = {
        "bars": bool(np.isfinite(changes.low).any()),
        "bars_faint": bool((changes.gap_days > 1).any()),
        "reports": bool(np.isfinite(changes.reported).any()),
        "hidden": bool(changes.hidden.any()),
    }
    return " ".join([*(language.say(key) for key, found in occurs.items() if found), *time_words(scale, language)])


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


def _notes(changes: Changes, language: Language) -> tuple[str, ...]:
    """Explain absolute changes drawn as percentages, count those beyond the axis, and name the largest hidden move."""
    outside = beyond(changes)
    hidden = []
    if changes.most_hidden:
        date, low, high = changes.most_hidden
        least = language.number(f"{least_move(low, high):f}")
        hidden.append(f"{language.date(date)}: {language.say('hidden_move', least=least)}.")
    return (
        *hidden,
        *([language.say("absolute")] if changes.is_absolute else []),
        *([language.say("beyond", outside)] if outside else []),
    )


def _draw(sheet: Sheet, changes: Changes, scale: TimeScale, legend: float) -> None:
    """Draw axes, ranges and reports below a legend of this height."""
    theme, language = sheet.theme, sheet.language
    top = sheet.top - 8 - legend
    bottom = sheet.bottom + DATE_AXIS_POINTS
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    labels = free_axis(axes, *value_range(changes), top - bottom, language, _SMALLEST_SPAN)
    left = sheet.left + TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    sheet.place(axes, left, bottom, sheet.right, top)
    scale = scale.on(sheet.right - left)
    time_axis(axes, scale, language)
    draw_gaps(axes, scale, theme, language, top - bottom)
    axes.axhline(0, color=theme.muted, linewidth=0.8, zorder=1.5)
    size = dot_points(scale.width, scale.day_points, len(changes.x))
    raster = len(changes.x) > RASTER_POINTS
    wide = min(5.0, max(1.4, size))
    for gaps, alpha, name in ((False, 0.95, "computed"), (True, 0.5, "computed over a gap")):
        chosen = (changes.gap_days > 1) == gaps
        axes.plot(
            *_bars(changes.x[chosen], changes.low[chosen], changes.high[chosen]), color=theme.computed, alpha=alpha,
            linewidth=wide, solid_capstyle="butt", zorder=2, rasterized=raster, gid=name,
        )  # fmt: skip
        axes.plot(  # a range that is narrow on this scale is seen by its middle
            changes.x[chosen], (changes.low[chosen] + changes.high[chosen]) / 2, linestyle="none", marker="_",
            color=theme.computed, alpha=alpha, markersize=wide, markeredgewidth=_LEAST_BAR,
            zorder=2, rasterized=raster, gid=f"{name}, middle",
        )  # fmt: skip
    for verdict, mark in verdict_marks(theme).items():
        chosen = np.array([v == verdict for v in changes.verdicts]) & np.isfinite(changes.reported)
        if chosen.any():
            axes.plot(
                changes.x[chosen], changes.reported[chosen], **_style_of(mark), markersize=max(2.2, min(5.0, size + 1)),
                zorder=4 if mark.filled else 3, rasterized=raster, gid=f"reported, {verdict}",
            )  # fmt: skip
    if changes.hidden.any():
        axes.plot(
            changes.x[changes.hidden], changes.reported[changes.hidden], **_style_of(hidden_move_mark(theme)),
            zorder=4.5, markersize=max(4.5, min(_RING_POINTS, size + 4)), rasterized=raster, gid="hidden moves",
        )  # fmt: skip
    axes.set_ylabel(language.say("change_in_percent"), color=theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def _bars(x: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return vertical bars as one line with NaN between them."""
    gap = np.full_like(x, np.nan)
    return np.column_stack([x, x, gap]).ravel(), np.column_stack([low, high, gap]).ravel()


def _legend(changes: Changes, look: Look) -> tuple[Legend, list[VerdictMark]]:
    """Return the verdicts that occur with their numbers, the hidden moves last, and the mark of each."""
    language = look.language
    counts = Counter(changes.verdicts)
    found = {verdict: mark for verdict, mark in verdict_marks(look.theme).items() if counts[verdict]}
    texts = [f"{language.say(verdict)}: {language.count(counts[verdict])}" for verdict in found]
    marks = list(found.values())
    if hidden := int(changes.hidden.sum()):
        texts.append(f"{language.say('hidden_moves')}: {language.count(hidden)}")
        marks.append(hidden_move_mark(look.theme))
    return Legend.fit(texts, _MARK_KEY_POINTS, look.content_points[0]), marks


def _draw_legend(sheet: Sheet, legend: Legend, marks: Sequence[VerdictMark]) -> None:
    """Write a legend below the head of the sheet."""
    if not legend.texts:
        return
    canvas = sheet.canvas(sheet.left, sheet.top - legend.height, sheet.right, sheet.top)

    def draw_mark(number: int, x: float, y: float, *, on: Axes = canvas) -> None:
        size = _RING_POINTS if marks[number] == hidden_move_mark(sheet.theme) else 5.0
        on.plot([x + 4], [y], **_style_of(marks[number]), markersize=size, clip_on=False)

    legend.draw(canvas, sheet.theme.ink, draw_mark)


def _style_of(mark: VerdictMark) -> dict[str, Any]:
    return {
        "marker": mark.marker, "color": mark.colour, "linestyle": "none", "markeredgewidth": 0.8,
        "markerfacecolor": mark.colour if mark.filled else "none",
    }  # fmt: skip
