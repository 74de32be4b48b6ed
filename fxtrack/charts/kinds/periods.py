"""One pair by week, month, quarter or year: open, highest, lowest, close and mean; periods without captures."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from fxtrack.charts.axes import DATE_AXIS_POINTS, MONTHS, free_axis, label_room, short_date, time_axis
from fxtrack.charts.labels import END_GAP, EndLabel, label_ends, unit_in_words, widest, wrapped
from fxtrack.charts.select import Chart, ChartRows
from fxtrack.charts.series import day_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LINE_HEIGHT, TEXT_POINTS, Look, cues

_GAP = 0.12
"""Room beside the bar of a period, as a share of the period."""

Period = Mapping[str, Any]


def draw_periods(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw the periods of one pair; several sources stand side by side."""
    pair, every = str(chart.pair), str(chart.every)
    mine = rows.periods.filter(pl.col("pair") == pair)
    sources = mine["source"].unique().sort().to_list()
    periods = [mine.filter(pl.col("source") == source).to_dicts() for source in sources]
    explanation = (
        f"Of each {every}: bar, the lowest to the highest rate seen; tick to the left, the first close; to the right, "
        "the last; dot, the mean of the closes of captured dates; band, the range that the printed digits allow. "
        f"Shaded: a {every} without a capture."
    )
    title = f"{pair} by {every}{', derived' * (mine['derived'].is_not_null().any())}"
    sheet = Sheet(Texts(title, explanation, _notes(pair, every, sources, periods), footer_of(rows, pair)), look)
    chosen = cues(look.theme, rows.palette)
    _draw(sheet, pair, periods, [chosen[name].colour for name in (sources if len(sources) > 1 else [pair])])
    return sheet


def _notes(pair: str, every: str, sources: Sequence[str], periods: Sequence[Sequence[Period]]) -> tuple[str, ...]:
    """Say how many days are captured, how the rate is derived, and where weeks begin."""
    notes = []
    for source, its_periods in zip(sources, periods, strict=True):
        prefix = f"{source}: " if len(sources) > 1 else ""
        empty = sum(not period["days_captured"] for period in its_periods)
        captured, possible = (
            sum(period[f"days_{word}"] for period in its_periods) for word in ("captured", "possible")
        )
        zone = its_periods[0]["time_zone"]
        days = f"{captured:,} of {possible:,} days captured, {empty} of {len(its_periods)} {every}s empty"
        notes.append(f"{prefix}{days}. Page dates, in the time zone {zone}; weeks start on Monday.")
        hows = sorted({period["derived"] for period in its_periods if period["derived"]})
        if hows:
            notes.append(f"{prefix}{pair} is derived: {'; '.join(hows)}.")
    return tuple(notes)


def _draw(sheet: Sheet, pair: str, periods: Sequence[Sequence[Period]], colours: Sequence[str]) -> None:
    full = [period for its_periods in periods for period in its_periods if period["days_captured"]]
    bottom, top = sheet.bottom + DATE_AXIS_POINTS, sheet.top - 4
    unit = wrapped(unit_in_words(*pair.split("/")), TEXT_POINTS, max(top - bottom, 60))
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    low, high = min(float(p["lowest_low"]) for p in full), max(float(p["highest_high"]) for p in full)
    labels = free_axis(axes, low, high, top - bottom)
    ends = [_end(its_periods, colour) for its_periods, colour in zip(periods, colours, strict=True)]
    left = sheet.left + len(unit) * TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    right = sheet.right - widest([end.text for end in ends], TEXT_POINTS) - END_GAP
    sheet.place(axes, left, bottom, right, top)
    starts = [period["period_start"] for its_periods in periods for period in its_periods]
    stops = [period["period_end"] for its_periods in periods for period in its_periods]
    time_axis(axes, day_of(min(starts)), day_of(max(stops)), right - left)
    for number, (its_periods, colour) in enumerate(zip(periods, colours, strict=True)):
        for period in its_periods:
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


def _end(periods: Sequence[Period], colour: str) -> EndLabel:
    """Return the label of the last period with a capture: its close, and its range where the digits do not show it."""
    newest = [period for period in periods if period["days_captured"]][-1]
    text = newest["close"]
    if newest["derived"]:
        text += f" ({newest['close_low']}\u2013{newest['close_high']})"
    several = f"{newest['source']}\n" if len({period["source"] for period in periods}) > 1 else ""
    return EndLabel(f"{several}{text}\n{_name(newest)}", float(newest["close"]), colour)


def _name(period: Period) -> str:
    """Return the name of a period: 2025, Q4 2025, Dec 2025, or the first day of its week."""
    start: dt.date = period["period_start"]
    names = {
        "year": str(start.year), "quarter": f"Q{(start.month + 2) // 3} {start.year}",
        "month": f"{MONTHS[start.month - 1]} {start.year}", "week": f"week of {short_date(start)}",
    }  # fmt: skip
    return names[period["every"]]
