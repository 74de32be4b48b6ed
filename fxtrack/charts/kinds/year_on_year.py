"""One pair against the same date a year before: the range of the change that the printed digits allow."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from fxtrack.charts.axes import free_axis, label_room
from fxtrack.charts.labels import END_GAP, EndLabel, label_ends, widest
from fxtrack.charts.language.digits import range_ends
from fxtrack.charts.language.language import Language
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import Floats, change_range, days_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LEAST_PLOT_POINTS, LINE_HEIGHT, SOLID, TEXT_POINTS, Cue, Look, cues, dot_points
from fxtrack.charts.time.axis import DATE_AXIS_POINTS, time_axis
from fxtrack.charts.time.breaks import draw_gaps
from fxtrack.charts.time.scale import TimeScale

_SMALLEST_SPAN = 0.02
_AXIS_LABEL_POINTS = 150.0


def draw_year_on_year(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw a bar for each date of one pair that has a close a year before; several sources share the chart."""
    pair = str(chart.pair)
    mine = rows.year_on_year.filter(pl.col("pair") == pair)
    by_source = [(str(source), its) for (source,), its in mine.partition_by("source", as_dict=True).items()]
    chosen = cues(look.theme, rows.palette)
    lines = [chosen[source] for source, _ in by_source] if len(by_source) > 1 else [Cue(chosen[pair].colour, SOLID)]
    language = look.language
    scale = TimeScale.fit(days_of(mine["page_date"]), look.content_points[0] - _AXIS_LABEL_POINTS, look.gaps)
    title = language.say("yearly", pair=pair)
    if mine["derived"].is_not_null().any():
        title = language.say("and_derived", name=title)
    captured = rows.closes.filter(pl.col("pair") == pair).height
    note = language.say("yearly_count", captured, shown=language.count(mine.height))
    # a day without a bar may be captured, so nothing here says that it is not
    axis = language.say("yearly_folded", len(scale.folded)) if scale.folded else language.say("axis_true")
    explanation = f"{language.say('yearly_bars')} {axis}"
    sheet = Sheet(Texts(title, explanation, (note,), footer_of(rows, language, pair)), look, LEAST_PLOT_POINTS)
    _draw(sheet, by_source, lines, scale)
    return sheet


def yearly_changes(rows: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return days, and the least and greatest change in percent that the digits of both closes allow."""
    columns = rows.select("low", "high", "low_before", "high_before").rows()
    ranges = [change_range((low_before, high_before), (low, high)) for low, high, low_before, high_before in columns]
    least, greatest = (np.array([float(one[end]) for one in ranges]) for end in (0, 1))
    return days_of(rows["page_date"]), least, greatest


def _draw(sheet: Sheet, by_source: Sequence[tuple[str, pl.DataFrame]], lines: Sequence[Cue], scale: TimeScale) -> None:
    language = sheet.language
    bottom, top = sheet.bottom + DATE_AXIS_POINTS, sheet.top - 4
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    changes = [yearly_changes(rows) for _, rows in by_source]
    low = min(0.0, *(float(one[1].min()) for one in changes))
    high = max(0.0, *(float(one[2].max()) for one in changes))
    labels = free_axis(axes, low, high, top - bottom, language, _SMALLEST_SPAN)
    ends = [
        _end(source, rows, cue, language, several=len(by_source) > 1)
        for (source, rows), cue in zip(by_source, lines, strict=True)
    ]
    left = sheet.left + TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    right = sheet.right - widest([end.text for end in ends], TEXT_POINTS) - END_GAP
    sheet.place(axes, left, bottom, right, top)
    scale = scale.on(right - left)
    time_axis(axes, scale, language)
    draw_gaps(axes, scale.without_open_gaps(), sheet.theme, language, top - bottom, of_captures=False)
    axes.axhline(0, color=sheet.theme.muted, linewidth=0.8, zorder=1.5)
    for change, cue in zip(changes, lines, strict=True):
        _draw_bars(axes, change, cue, scale)
    label_ends(axes, ends, top - bottom)
    axes.set_ylabel(language.say("change_in_percent"), color=sheet.theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def _draw_bars(axes: Axes, change: tuple[Floats, Floats, Floats], cue: Cue, scale: TimeScale) -> None:
    """Draw a bar over each range, and a dot in its middle so that a narrow one can be seen."""
    days, low, high = change
    size = dot_points(scale.width, scale.day_points, len(days))
    axes.vlines(days + 0.5, low, high, color=cue.colour, alpha=0.45, linewidth=size, zorder=2, gid="year on year")
    axes.plot(
        days + 0.5, (low + high) / 2, "o", color=cue.colour, markeredgewidth=0, markersize=max(2.0, 0.7 * size),
        zorder=3, gid="middles",
    )  # fmt: skip


def _end(source: str, rows: pl.DataFrame, cue: Cue, language: Language, *, several: bool) -> EndLabel:
    last = rows.row(-1, named=True)
    low, high = change_range((last["low_before"], last["high_before"]), (last["low"], last["high"]))
    text = f"{language.range(*range_ends(low, high, signed=True))} %"
    lines = [*([source] if several else []), text, language.date(last["page_date"])]
    return EndLabel("\n".join(lines), float((low + high) / 2), cue.colour)
