"""All pairs as an index, 100 at a base date that the title gives."""

import datetime as dt
from collections.abc import Sequence
from enum import Enum

from matplotlib.axes import Axes

from fxtrack.charts.axes import DATE_AXIS_POINTS, free_axis, label_room, short_date, time_axis
from fxtrack.charts.labels import END_GAP, EndLabel, Legend, label_ends, widest
from fxtrack.charts.marks import draw_steps
from fxtrack.charts.select import Chart, ChartRows
from fxtrack.charts.series import IndexSeries, index_series_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LINE_HEIGHT, LINE_POINTS, TEXT_POINTS, Cue, Look, cues
from fxtrack.errors import NothingFound

_SMALLEST_SPAN = 0.5
_LINE_KEY_POINTS = 26.0
_LEGEND_GAP = 8.0
_LEGEND_SHARE = 0.45
"""A legend that would take a larger share of the plot has names only."""


class Naming(Enum):
    """How lines are named: at their ends with their ranges, in a legend with their ranges, in a legend by name only."""

    ENDS = "ends"
    LEGEND = "legend"
    NAMES = "names"


def draw_indexed(_: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw a line for each pair and source.

    Raises:
        NothingFound: no pair has an index.
    """
    series = sorted(index_series_of(rows.index, invert=look.invert), key=lambda s: (rows.order(s.pair), s.source))
    if rows.base is None or not series:
        raise NothingFound("no pair has an index there: choose another base date")
    title = f"{'Inverse rates' if look.invert else 'Rates'} as an index, 100 on {short_date(rows.base)}"
    width, height = look.content_points
    plot = height - DATE_AXIS_POINTS
    naming = _naming_for(series, width, plot)
    if naming is not Naming.ENDS and look.height_follows:
        naming = Naming.LEGEND
        look = look.sized_for(height + _legend(series, naming, width).height + _LEGEND_GAP)
    notes = _notes(series, [pair for pair in rows.pairs() if pair not in {s.pair for s in series}], rows.base)
    sheet = Sheet(Texts(title, _explanation(rows.base, naming), notes, footer_of(rows)), look)
    chosen = cues(look.theme, rows.palette)
    _draw(sheet, series, [chosen[s.pair] for s in series], naming)
    return sheet


def _naming_for(series: Sequence[IndexSeries], width: float, height: float) -> Naming:
    """Return how lines can be named beside a plot of `height` points on a sheet of `width`."""
    texts = _names(series, Naming.ENDS)
    if len(texts) * TEXT_POINTS * LINE_HEIGHT <= height and widest(texts, TEXT_POINTS) < width / 2:
        return Naming.ENDS
    legend = _legend(series, Naming.LEGEND, width)
    return Naming.LEGEND if legend.height + _LEGEND_GAP <= _LEGEND_SHARE * height else Naming.NAMES


def _legend(series: Sequence[IndexSeries], naming: Naming, width: float) -> Legend:
    return Legend.fit(_names(series, naming), _LINE_KEY_POINTS, width, aligned=True)


def _names(series: Sequence[IndexSeries], naming: Naming) -> list[str]:
    several = len({s.source for s in series}) > 1
    names = [f"{s.pair}{', derived' * bool(s.derived)}{f' {s.source}' * several}" for s in series]
    if naming is Naming.NAMES:
        return names
    return [f"{name}  {s.newest_text()}" for name, s in zip(names, series, strict=True)]


def _explanation(base: dt.date, naming: Naming) -> str:
    ranges = (
        ""
        if naming is Naming.NAMES
        else "Behind each name the newest value and, in brackets, the range that the printed digits allow. "
    )
    return f"100 is the close of {short_date(base)}. {ranges}Days without a capture are blank."


def _notes(series: Sequence[IndexSeries], left_out: Sequence[str], base: dt.date) -> tuple[str, ...]:
    """Name the pairs that start from a close before the base date, and those without one."""
    starts = [f"{s.pair} ({short_date(s.start)})" for s in series if s.start != base]
    notes = []
    if starts:
        notes.append(f"Not captured on that date, so from the close before: {', '.join(starts)}.")
    if left_out:
        notes.append(f"No close on or before that date: {', '.join(left_out)}.")
    return tuple(notes)


def _draw(sheet: Sheet, series: Sequence[IndexSeries], lines: Sequence[Cue], naming: Naming) -> None:
    """Draw axes, lines and names; `lines` has the colour and dashes of each series."""
    low, high = min(float(s.value.min()) for s in series), max(float(s.value.max()) for s in series)
    top, bottom, right = sheet.top - 4, sheet.bottom + DATE_AXIS_POINTS, sheet.right
    texts = _names(series, naming)
    if naming is Naming.ENDS:
        right -= widest(texts, TEXT_POINTS) + END_GAP
    else:
        legend = _legend(series, naming, sheet.right - sheet.left)
        _draw_legend(sheet, legend, lines)
        bottom += legend.height + _LEGEND_GAP
    axes = sheet.axes(sheet.left, bottom, right, top)
    labels = free_axis(axes, low, high, top - bottom, _SMALLEST_SPAN)
    left = sheet.left + TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    sheet.place(axes, left, bottom, right, top)
    first, last = min(float(s.days[0]) for s in series), max(float(s.days[-1]) for s in series)
    time_axis(axes, first, last, right - left)
    axes.axhline(100, color=sheet.theme.muted, linewidth=0.8, zorder=1.5)
    for one, cue in zip(series, lines, strict=True):
        draw_steps(axes, one.days, one.value, cue, f"index-{one.pair}")
    if naming is Naming.ENDS:
        ends = zip(series, texts, lines, strict=True)
        label_ends(axes, [EndLabel(text, float(s.value[-1]), cue.colour) for s, text, cue in ends], top - bottom)
    axes.set_ylabel("index", color=sheet.theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def _draw_legend(sheet: Sheet, legend: Legend, lines: Sequence[Cue]) -> None:
    """Write a legend at the foot of the sheet."""
    canvas = sheet.canvas(sheet.left, sheet.bottom, sheet.right, sheet.bottom + legend.height)

    def draw_line(number: int, x: float, y: float, *, on: Axes = canvas) -> None:
        cue = lines[number]
        on.plot([x, x + legend.key_points - 6], [y, y], color=cue.colour, linestyle=cue.dash, linewidth=LINE_POINTS)

    legend.draw(canvas, sheet.theme.ink, draw_line)
