"""One pair by week, month, quarter or year: open, highest, lowest, close and mean; periods without captures."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from fxtrack.charts.axes import free_axis, label_room
from fxtrack.charts.labels import END_GAP, EndLabel, label_ends, widest, wrapped
from fxtrack.charts.language.language import Language
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import Floats, day_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LEAST_PLOT_POINTS, LINE_HEIGHT, TEXT_POINTS, Look, cues
from fxtrack.charts.time.axis import DATE_AXIS_POINTS, time_axis
from fxtrack.charts.time.breaks import draw_gaps, time_words
from fxtrack.charts.time.scale import TimeScale

_GAP = 0.12
"""Room beside the bar of a period, as a share of the period."""

_AXIS_LABEL_POINTS = 110.0

Period = Mapping[str, Any]


def draw_periods(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw the periods of one pair; several sources stand side by side."""
    pair, every = str(chart.pair), str(chart.every)
    mine = rows.periods.filter(pl.col("pair") == pair)
    sources = mine["source"].unique().sort().to_list()
    periods = [mine.filter(pl.col("source") == source).to_dicts() for source in sources]
    language = look.language
    title = language.say(f"by_{every}", pair=pair)
    if mine["derived"].is_not_null().any():
        title = language.say("and_derived", name=title)
    scale = TimeScale.fit(_days(periods), look.content_points[0] - _AXIS_LABEL_POINTS, look.gaps)
    explanation = _explanation(periods, scale, language)
    texts = Texts(title, explanation, _notes(pair, sources, periods, language), footer_of(rows, language, pair))
    sheet = Sheet(texts, look, LEAST_PLOT_POINTS)
    chosen = cues(look.theme, rows.palette)
    _draw(sheet, pair, periods, [chosen[name].colour for name in (sources if len(sources) > 1 else [pair])], scale)
    return sheet


def _days(periods: Sequence[Sequence[Period]]) -> Floats:
    """Return the days of all periods with a capture."""
    full = [(day_of(p["period_start"]), day_of(p["period_end"])) for its in periods for p in its if p["days_captured"]]
    return np.concatenate([np.arange(start, end + 1) for start, end in full])


def _explanation(periods: Sequence[Sequence[Period]], scale: TimeScale, language: Language) -> str:
    """Explain the bars, the shading if any shows, and the breaks."""
    shaded = any(not period["days_captured"] and not _is_folded(period, scale) for its in periods for period in its)
    words = [language.say("period_bars"), *([language.say("period_shaded")] if shaded else [])]
    return " ".join(words + [word for word in time_words(scale, language) if word != language.say("blank")])


def _is_folded(period: Period, scale: TimeScale) -> bool:
    start = day_of(period["period_start"])
    return any(gap.start <= start < gap.end for gap in scale.folded)


def _notes(
    pair: str, sources: Sequence[str], periods: Sequence[Sequence[Period]], language: Language
) -> tuple[str, ...]:
    """Say how many days are captured, how the rate is derived, and where weeks begin."""
    notes = []
    for source, its_periods in zip(sources, periods, strict=True):
        prefix = f"{source}: " if len(sources) > 1 else ""
        captured, possible = (
            language.count(sum(period[f"days_{word}"] for period in its_periods)) for word in ("captured", "possible")
        )
        empty = language.count(sum(not period["days_captured"] for period in its_periods))
        days = language.say("periods_captured", len(its_periods), captured=captured, possible=possible, empty=empty)
        notes.append(f"{prefix}{days} {language.say('period_dates', zone=its_periods[0]['time_zone'])}")
        hows = sorted({period["derived"] for period in its_periods if period["derived"]})
        if hows:
            how = "; ".join(language.derivation(how) for how in hows)
            notes.append(prefix + language.say("is_derived", pair=pair, how=how))
    return tuple(notes)


def _draw(
    sheet: Sheet, pair: str, periods: Sequence[Sequence[Period]], colours: Sequence[str], scale: TimeScale
) -> None:
    language = sheet.language
    full = [period for its_periods in periods for period in its_periods if period["days_captured"]]
    bottom, top = sheet.bottom + DATE_AXIS_POINTS, sheet.top - 4
    unit = wrapped(language.unit(*pair.split("/")), TEXT_POINTS, max(top - bottom, 60))
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    low, high = min(float(p["lowest_low"]) for p in full), max(float(p["highest_high"]) for p in full)
    labels = free_axis(axes, low, high, top - bottom, language)
    ends = [_end(its_periods, colour, language) for its_periods, colour in zip(periods, colours, strict=True)]
    left = sheet.left + len(unit) * TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    right = sheet.right - widest([end.text for end in ends], TEXT_POINTS) - END_GAP
    sheet.place(axes, left, bottom, right, top)
    scale = scale.on(right - left)
    time_axis(axes, scale, language)
    draw_gaps(axes, scale.without_open_gaps(), sheet.theme, language, top - bottom)
    for number, (its_periods, colour) in enumerate(zip(periods, colours, strict=True)):
        for period in its_periods:
            if not _is_folded(period, scale):
                _draw_period(axes, period, colour, number, len(periods), sheet.theme.missing)
    label_ends(axes, ends, top - bottom)
    axes.set_ylabel("\n".join(unit), color=sheet.theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def _draw_period(axes: Axes, period: Period, colour: str, number: int, sources: int, missing: str) -> None:  # noqa: PLR0913, PLR0917
    """Draw one period in its part of the time from its start to its end."""
    start, stop = day_of(period["period_start"]), day_of(period["period_end"]) + 1
    if not period["days_captured"]:
        axes.axvspan(
            start, stop, ymin=number / sources, ymax=(number + 1) / sources, color=missing, linewidth=0, zorder=1,
            gid="gap",
        )  # fmt: skip
        return
    width = (stop - start) * (1 - 2 * _GAP) / sources
    left = start + (stop - start) * _GAP + number * width
    middle, right = left + width / 2, left + width
    value = {name: float(period[name]) for name in ("open", "highest", "lowest", "close", "mean")}
    for low, high, alpha, gid in (
        (float(period["lowest_low"]), float(period["highest_high"]), 0.15, "range"),
        (value["lowest"], value["highest"], 0.35, "lowest to highest"),
    ):
        axes.add_patch(
            Rectangle((left, low), width, high - low, color=colour, alpha=alpha, linewidth=0, gid=gid, zorder=2)
        )
    axes.plot(
        [left, middle], [value["open"]] * 2, color=colour, linewidth=1.6, solid_capstyle="butt", zorder=3, gid="open"
    )
    axes.plot(
        [middle, right], [value["close"]] * 2, color=colour, linewidth=1.6, solid_capstyle="butt", zorder=3, gid="close"
    )
    axes.plot([middle], [value["mean"]], "o", color=colour, markersize=4, markeredgewidth=0, zorder=4, gid="mean")


def _end(periods: Sequence[Period], colour: str, language: Language) -> EndLabel:
    """Return the label of the last period with a capture: its close, and its range where the digits do not show it."""
    newest = [period for period in periods if period["days_captured"]][-1]
    text = newest["close"]
    if newest["derived"]:
        text += f" ({newest['close_low']}\u2013{newest['close_high']})"
    several = f"{newest['source']}\n" if len({period["source"] for period in periods}) > 1 else ""
    return EndLabel(f"{several}{language.number(text)}\n{_name(newest, language)}", float(newest["close"]), colour)


def _name(period: Period, language: Language) -> str:
    """Return the name of a period: 2025, Q4 2025, Dec 2025, or the first day of its week."""
    start: dt.date = period["period_start"]
    names = {
        "year": str(start.year), "quarter": language.quarter(start), "month": language.month_year(start),
        "week": language.say("week_of", date=language.date(start)),
    }  # fmt: skip
    return names[period["every"]]
