"""All pairs as an index, 100 at a base date that the title gives."""

import datetime as dt
from collections.abc import Sequence
from enum import Enum

import numpy as np
from matplotlib.axes import Axes

from fxtrack.charts.axes import free_axis, label_room
from fxtrack.charts.kinds.marks import draw_lone_days, draw_steps
from fxtrack.charts.labels import END_GAP, EndLabel, Legend, label_ends, widest
from fxtrack.charts.language.language import Language
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import IndexSeries, index_series_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LEAST_PLOT_POINTS, LINE_HEIGHT, LINE_POINTS, TEXT_POINTS, Cue, Look, cues
from fxtrack.charts.time.axis import DATE_AXIS_POINTS, time_axis
from fxtrack.charts.time.breaks import draw_gaps, time_words
from fxtrack.charts.time.scale import TimeScale
from fxtrack.errors import NothingFound

_SMALLEST_SPAN = 0.5
_LINE_KEY_POINTS = 26.0
_LEGEND_GAP = 8.0
_AXIS_LABEL_POINTS = 50.0
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
    language = look.language
    title = language.say("indexed_inverse" if look.invert else "indexed", date=language.date(rows.base))
    width, height = look.content_points
    plot = height - DATE_AXIS_POINTS
    naming = _naming_for(series, width, plot, language)
    if naming is not Naming.ENDS and look.height_follows:
        naming = Naming.LEGEND
        look = look.sized_for(height + _legend(series, naming, width, language).height + _LEGEND_GAP)
    left_out = [pair for pair in rows.pairs() if pair not in {s.pair for s in series}]
    beside = widest(_names(series, naming, language), TEXT_POINTS) + END_GAP if naming is Naming.ENDS else 0
    scale = TimeScale.fit(np.concatenate([s.days for s in series]), width - beside - _AXIS_LABEL_POINTS, look.gaps)
    explanation = _explanation(rows.base, naming, scale, language)
    texts = Texts(title, explanation, _notes(series, left_out, rows.base, language), footer_of(rows, language))
    below = 0 if naming is Naming.ENDS else _legend(series, naming, width, language).height + _LEGEND_GAP
    sheet = Sheet(texts, look, LEAST_PLOT_POINTS + below)
    chosen = cues(look.theme, rows.palette)
    _draw(sheet, series, [chosen[s.pair] for s in series], naming, scale)
    return sheet


def _naming_for(series: Sequence[IndexSeries], width: float, height: float, language: Language) -> Naming:
    """Return how lines can be named beside a plot of `height` points on a sheet of `width`."""
    texts = _names(series, Naming.ENDS, language)
    if len(texts) * TEXT_POINTS * LINE_HEIGHT <= height and widest(texts, TEXT_POINTS) < width / 2:
        return Naming.ENDS
    legend = _legend(series, Naming.LEGEND, width, language)
    return Naming.LEGEND if legend.height + _LEGEND_GAP <= _LEGEND_SHARE * height else Naming.NAMES


def _legend(series: Sequence[IndexSeries], naming: Naming, width: float, language: Language) -> Legend:
    return Legend.fit(_names(series, naming, language), _LINE_KEY_POINTS, width, aligned=True)


def _names(series: Sequence[IndexSeries], naming: Naming, language: Language) -> list[str]:
    several = len({s.source for s in series}) > 1
    names = [language.say("and_derived", name=s.pair) if s.derived else s.pair for s in series]
    names = [f"{name}{f' {s.source}' * several}" for name, s in zip(names, series, strict=True)]
    if naming is Naming.NAMES:
        return names
    return [f"{name}  {language.number(s.newest_text())}" for name, s in zip(names, series, strict=True)]


def _explanation(base: dt.date, naming: Naming, scale: TimeScale, language: Language) -> str:
    words = [language.say("index_base", date=language.date(base))]
    if naming is not Naming.NAMES:
        words.append(language.say("index_ranges"))
    words += time_words(scale, language)
    if scale.folded:
        words.append(language.say("across_gaps"))
    return " ".join(words)


def _notes(
    series: Sequence[IndexSeries], left_out: Sequence[str], base: dt.date, language: Language
) -> tuple[str, ...]:
    """Name the pairs that start from a close before the base date, and those without one."""
    starts = [f"{s.pair} ({language.date(s.start)})" for s in series if s.start != base]
    notes = []
    if starts:
        notes.append(language.say("index_earlier", pairs=", ".join(starts)))
    if left_out:
        notes.append(language.say("index_none", pairs=", ".join(left_out)))
    return tuple(notes)


def _draw(sheet: Sheet, series: Sequence[IndexSeries], lines: Sequence[Cue], naming: Naming, scale: TimeScale) -> None:
    """Draw axes, lines and names; `lines` has the colour and dashes of each series."""
    low, high = min(float(s.value.min()) for s in series), max(float(s.value.max()) for s in series)
    top, bottom, right = sheet.top - 4, sheet.bottom + DATE_AXIS_POINTS, sheet.right
    language = sheet.language
    texts = _names(series, naming, language)
    if naming is Naming.ENDS:
        right -= widest(texts, TEXT_POINTS) + END_GAP
    else:
        legend = _legend(series, naming, sheet.right - sheet.left, language)
        _draw_legend(sheet, legend, lines)
        bottom += legend.height + _LEGEND_GAP
    axes = sheet.axes(sheet.left, bottom, right, top)
    labels = free_axis(axes, low, high, top - bottom, language, _SMALLEST_SPAN)
    left = sheet.left + TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    sheet.place(axes, left, bottom, right, top)
    scale = scale.on(right - left)
    time_axis(axes, scale, language)
    draw_gaps(axes, scale, sheet.theme, language, top - bottom)
    axes.axhline(100, color=sheet.theme.muted, linewidth=0.8, zorder=1.5)
    for one, cue in zip(series, lines, strict=True):
        draw_steps(axes, one.days, one.value, cue, scale, f"index-{one.pair}")
        draw_lone_days(axes, one.days, one.value, cue, scale)
    if naming is Naming.ENDS:
        ends = zip(series, texts, lines, strict=True)
        label_ends(axes, [EndLabel(text, float(s.value[-1]), cue.colour) for s, text, cue in ends], top - bottom)
    axes.set_ylabel(language.say("index"), color=sheet.theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def _draw_legend(sheet: Sheet, legend: Legend, lines: Sequence[Cue]) -> None:
    """Write a legend at the foot of the sheet."""
    canvas = sheet.canvas(sheet.left, sheet.bottom, sheet.right, sheet.bottom + legend.height)

    def draw_line(number: int, x: float, y: float, *, on: Axes = canvas) -> None:
        cue = lines[number]
        on.plot([x, x + legend.key_points - 6], [y, y], color=cue.colour, linestyle=cue.dash, linewidth=LINE_POINTS)

    legend.draw(canvas, sheet.theme.ink, draw_line)
