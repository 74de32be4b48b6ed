"""One pair over time: closes as steps, every state seen, and the range that the printed digits allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from fxtrack.charts.axes import free_axis, label_room, printed_axis
from fxtrack.charts.kinds.marks import draw_implied, draw_mean, draw_series
from fxtrack.charts.labels import END_GAP, EndLabel, label_ends, widest, wrapped
from fxtrack.charts.language.digits import range_ends
from fxtrack.charts.language.language import Language
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import Floats, ImpliedRanges, Series, implied_of, series_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LEAST_PLOT_POINTS, LINE_HEIGHT, SOLID, TEXT_POINTS, Cue, Look, cues
from fxtrack.charts.time.axis import DATE_AXIS_POINTS, time_axis
from fxtrack.charts.time.breaks import Levels, draw_gaps, time_words
from fxtrack.charts.time.scale import TimeScale

_FEW_TICKS = 4
_HUNDRED = 99.5
_VISIBLE_POINTS = 1.0
"""A band lower than this, and a line shorter, cannot be seen."""

_BREAK_POINTS = 27.0
"""Width of a break with its length and a change of level."""

_AXIS_LABEL_POINTS = 110.0
"""Approximate width of everything beside a plot."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The data of a trend.

    Attributes:
        series: one for each source.
        lines: the colour and dashes of each.
        implied: the ranges that reports allow for days not captured, by source.
        means: the moving mean of each series and the numbers of closes in it; empty unless asked for.
        mean_days: the days of this mean.
        scale: of the time axis.
    """

    series: Sequence[Series]
    lines: Sequence[Cue]
    implied: Mapping[str, ImpliedRanges]
    means: Sequence[tuple[Floats, Floats]]
    mean_days: int
    scale: TimeScale

    @property
    def computed(self) -> bool:
        """Whether any rate is not as printed."""
        return any(s.inverse or s.derived for s in self.series)

    def value_range(self) -> tuple[float, float]:
        """Return the lowest and highest value of any mark."""
        low, high = min(float(s.low.min()) for s in self.series), max(float(s.high.max()) for s in self.series)
        low = min([low, *(float(ranges.low.min()) for ranges in self.implied.values())])
        return low, max([high, *(float(ranges.high.max()) for ranges in self.implied.values())])

    def levels(self, language: Language) -> Levels:
        """Return the changes of level across gaps in words; none if several sources share the chart."""
        if len(self.series) > 1:
            return {}
        return {
            day: language.say("level", range=language.range(*range_ends(low, high, signed=True)))
            for day, (low, high) in self.series[0].level_changes().items()
        }


def draw_trend(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw the series of one pair, a line for each source."""
    pair = str(chart.pair)
    mine = pl.col("pair") == pair
    series = series_of(rows.closes.filter(mine), rows.states.filter(mine), invert=look.invert)
    chosen = cues(look.theme, rows.palette)
    implied = _implied(rows, pair)
    mean = rows.selection.mean
    width, height = look.content_points
    days = np.concatenate([*(s.days for s in series), *(ranges.days for ranges in implied.values())])
    trend = Trend(
        series,
        [chosen[s.source] for s in series] if len(series) > 1 else [Cue(chosen[pair].colour, SOLID)],
        implied,
        [s.moving_mean(mean) for s in series] if mean else [],
        mean or 0,
        TimeScale.fit(days, width - _AXIS_LABEL_POINTS, look.gaps, _BREAK_POINTS),
    )
    levels = trend.levels(look.language)
    for shown in (levels, {}):
        texts = Texts(
            _title(series[0], pair, look),
            _explanation(
                trend, look.language, height - DATE_AXIS_POINTS, implied=rows.selection.implied, with_levels=bool(shown)
            ),
            _notes(series, look.language),
            footer_of(rows, look.language, pair),
        )
        sheet = Sheet(texts, look, LEAST_PLOT_POINTS)
        if _draw(sheet, trend, shown) or not shown:
            break
    return sheet


def _title(series: Series, pair: str, look: Look) -> str:
    if look.invert:
        return look.language.say("inverse_of", name=series.name, pair=pair)
    return look.language.say("and_derived", name=pair) if series.derived else pair


def _explanation(trend: Trend, language: Language, height: float, *, implied: bool, with_levels: bool) -> str:
    """Explain the visible marks of a plot of about `height` points, and name requested marks that are absent."""
    low, high = trend.value_range()
    bands = max(float((s.high - s.low).max()) for s in trend.series)
    neighbours = any((np.diff(s.days) == 1).any() for s in trend.series)
    derived = any(s.derived for s in trend.series)
    keys = [
        "closes_derived" if derived else "closes"
        if neighbours or trend.scale.day_points > _VISIBLE_POINTS else "",
        "states",
        ("band_derived" if trend.computed else "band") if bands * height > _VISIBLE_POINTS * (high - low) else "",
        ("implied" if trend.implied else "implied_none") if implied else "",
    ]  # fmt: skip
    words = [language.say(key) for key in keys if key]
    if trend.means:
        counts = np.concatenate([count for _, count in trend.means])
        words.append(language.say("mean", trend.mean_days, least=int(counts.min()), most=int(counts.max())))
    words += time_words(trend.scale, language)
    if with_levels:
        words.append(language.say("level_explained"))
    return " ".join(words)


def _implied(rows: ChartRows, pair: str) -> dict[str, ImpliedRanges]:
    """Return the ranges that reports allow for days not captured, by source."""
    if not rows.selection.implied:
        return {}
    mine = rows.implied.filter(pl.col("pair") == pair)
    return {str(source): implied_of(its) for (source,), its in mine.partition_by("source", as_dict=True).items()}


def _notes(series: Sequence[Series], language: Language) -> tuple[str, ...]:
    """Return a note for each series that is derived, or so flat that its steps show rounding."""
    notes = []
    for one in series:
        prefix = f"{one.source}: " if len(series) > 1 else ""
        if one.derived:
            notes.append(prefix + language.say("is_derived", pair=one.pair, how=language.derivation(one.derived)))
            continue
        ticks = one.span_in_ticks()
        worth = language.number(_two_digits(one.tick_pct()))
        if ticks == 0:
            notes.append(prefix + language.say("flat", rate=language.number(one.newest.text), worth=worth))
        elif ticks <= _FEW_TICKS:
            notes.append(prefix + language.say("nearly_flat", ticks, worth=worth))
    return tuple(notes)


def _draw(sheet: Sheet, trend: Trend, levels: Levels) -> bool:
    """Draw axes and series, and return whether any change of level is written."""
    series, language = trend.series, sheet.language
    bottom, top = sheet.bottom + DATE_AXIS_POINTS, sheet.top - 4
    unit = wrapped(language.unit(*series[0].name.split("/")), TEXT_POINTS, max(top - bottom, 60))
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    low, high = trend.value_range()
    if trend.computed:
        labels = free_axis(axes, low, high, top - bottom, language)
    else:
        labels = printed_axis(axes, low, high, max(s.decimals for s in series), top - bottom, language)
    ends = [_end(s, cue, language, several=len(series) > 1) for s, cue in zip(series, trend.lines, strict=True)]
    left = sheet.left + len(unit) * TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    right = sheet.right - widest([end.text for end in ends], TEXT_POINTS) - END_GAP
    sheet.place(axes, left, bottom, right, top)
    scale = trend.scale.on(right - left, _BREAK_POINTS)
    time_axis(axes, scale, language)
    written = draw_gaps(axes, scale, sheet.theme, language, top - bottom, levels=levels)
    _draw_series(axes, trend, scale)
    label_ends(axes, ends, top - bottom)
    axes.set_ylabel("\n".join(unit), color=sheet.theme.ink, fontsize=TEXT_POINTS, labelpad=6)
    return written


def _draw_series(axes: Axes, trend: Trend, scale: TimeScale) -> None:
    for number, (one, cue) in enumerate(zip(trend.series, trend.lines, strict=True)):
        draw_series(axes, one, cue, scale)
        if one.source in trend.implied:
            draw_implied(axes, trend.implied[one.source], cue)
        if trend.means:
            draw_mean(axes, one.days, trend.means[number][0], cue)


def _end(series: Series, cue: Cue, language: Language, *, several: bool) -> EndLabel:
    lines = [language.number(series.newest_text()), language.date(series.newest.date)]
    return EndLabel("\n".join([*([series.source] if several else []), *lines]), float(series.rate[-1]), cue.colour)


def _two_digits(value: float) -> str:
    return f"{value:.2g}" if value < _HUNDRED else f"{value:.0f}"
