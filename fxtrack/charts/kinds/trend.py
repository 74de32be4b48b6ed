"""One pair over time: closes as steps, every state seen, and the range that the printed digits allow."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from fxtrack.charts.axes import DATE_AXIS_POINTS, free_axis, label_room, printed_axis, short_date, time_axis
from fxtrack.charts.labels import END_GAP, EndLabel, label_ends, unit_in_words, widest, wrapped
from fxtrack.charts.marks import draw_implied, draw_series
from fxtrack.charts.select import Chart, ChartRows
from fxtrack.charts.series import ImpliedRanges, Series, implied_of, series_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LINE_HEIGHT, SOLID, TEXT_POINTS, Cue, Look, cues

_EXPLANATION = (
    "Line: the close of each captured day. Dots: every rate seen. Band: the range that the printed digits allow, half "
    "a unit of the last digit either way. Days without a capture are blank."
)
_EXPLANATION_DERIVED = (
    "Line: the close of each captured day, derived from printed rates and not rounded. Dots: every rate seen. Band: "
    "the range that the printed digits allow. Days without a capture are blank."
)
_FEW_TICKS = 4
_HUNDRED = 99.5


def draw_trend(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw the series of one pair, a line for each source."""
    pair = str(chart.pair)
    mine = pl.col("pair") == pair
    series = series_of(rows.closes.filter(mine), rows.states.filter(mine), invert=look.invert)
    derived = any(s.derived for s in series)
    title = f"{series[0].name}, the inverse of {pair} as quoted" if look.invert else f"{pair}{', derived' * derived}"
    explanation = _EXPLANATION_DERIVED if derived else _EXPLANATION
    implied = _implied(rows, pair)
    if rows.selection.implied:
        explanation += " Dashed: the range that a later report allows for a day without a capture."
    sheet = Sheet(Texts(title, explanation, _notes(series), footer_of(rows, pair)), look)
    chosen = cues(look.theme, rows.palette)
    lines = [chosen[s.source] for s in series] if len(series) > 1 else [Cue(chosen[pair].colour, SOLID)]
    _draw(sheet, series, lines, implied)
    return sheet


def _implied(rows: ChartRows, pair: str) -> dict[str, ImpliedRanges]:
    """Return the ranges that reports allow for days not captured, by source."""
    if not rows.selection.implied:
        return {}
    mine = rows.implied.filter(pl.col("pair") == pair)
    return {str(source): implied_of(its) for (source,), its in mine.partition_by("source", as_dict=True).items()}


def _notes(series: Sequence[Series]) -> tuple[str, ...]:
    """Return a note for each series that is derived, or so flat that its steps show rounding."""
    notes = []
    for one in series:
        prefix = f"{one.source}: " if len(series) > 1 else ""
        if one.derived:
            notes.append(f"{prefix}{one.pair} is derived: {one.derived}.")
            continue
        ticks = one.span_in_ticks()
        worth = f"{_two_digits(one.tick_pct())} %"
        if ticks == 0:
            notes.append(
                f"{prefix}Every rate prints as {one.newest.text}. One unit of its last digit is worth {worth}: smaller "
                "moves cannot be seen."
            )
        elif ticks <= _FEW_TICKS:
            units = "1 unit" if ticks == 1 else f"{ticks} units"
            notes.append(
                f"{prefix}All rates lie within {units} of the last printed digit, each worth {worth}: the steps show "
                "rounding."
            )
    return tuple(notes)


def _draw(sheet: Sheet, series: Sequence[Series], lines: Sequence[Cue], implied: Mapping[str, ImpliedRanges]) -> None:
    """Draw axes and series; `lines` has the colour and dashes of each, `implied` the ranges beside it, by source."""
    several, computed = len(series) > 1, any(s.inverse or s.derived for s in series)
    bottom, top = sheet.bottom + DATE_AXIS_POINTS, sheet.top - 4
    unit = wrapped(unit_in_words(*series[0].name.split("/")), TEXT_POINTS, max(top - bottom, 60))
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    low, high = min(float(s.low.min()) for s in series), max(float(s.high.max()) for s in series)
    low = min([low, *(float(ranges.low.min()) for ranges in implied.values())])
    high = max([high, *(float(ranges.high.max()) for ranges in implied.values())])
    if computed:
        labels = free_axis(axes, low, high, top - bottom)
    else:
        labels = printed_axis(axes, low, high, max(s.decimals for s in series), top - bottom)
    ends = [
        EndLabel(
            "\n".join([*([s.source] if several else []), s.newest_text(), short_date(s.newest.date)]),
            float(s.rate[-1]),
            cue.colour,
        )
        for s, cue in zip(series, lines, strict=True)
    ]
    left = sheet.left + len(unit) * TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    right = sheet.right - widest([end.text for end in ends], TEXT_POINTS) - END_GAP
    sheet.place(axes, left, bottom, right, top)
    first = min(*(float(s.days[0]) for s in series), *(float(ranges.days[0]) for ranges in implied.values()), np.inf)
    last = max(float(s.days[-1]) for s in series)
    time_axis(axes, first, last, right - left)
    for one, cue in zip(series, lines, strict=True):
        draw_series(axes, one, cue, right - left)
        if one.source in implied:
            draw_implied(axes, implied[one.source], cue)
    label_ends(axes, ends, top - bottom)
    axes.set_ylabel("\n".join(unit), color=sheet.theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def _two_digits(value: float) -> str:
    return f"{value:.2g}" if value < _HUNDRED else f"{value:.0f}"
