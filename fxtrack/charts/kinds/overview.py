"""All pairs, a small panel each, on one time axis."""

import math
from collections.abc import Sequence

import numpy as np

from fxtrack.charts.axes import free_axis, label_room, printed_axis
from fxtrack.charts.kinds.marks import draw_series
from fxtrack.charts.labels import width_of
from fxtrack.charts.language.language import Language
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import Series, series_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LINE_HEIGHT, SOLID, TEXT_POINTS, Cue, Look, cues
from fxtrack.charts.time.axis import DATE_AXIS_POINTS, time_axis
from fxtrack.charts.time.breaks import UPRIGHT_POINTS, draw_gaps, time_words
from fxtrack.charts.time.scale import TimeScale

_PANEL_POINTS = 118.0
"""Height of a panel with its title."""

_COLUMN_POINTS = 250.0
_MOST_COLUMNS = 3
_GUTTER = 18.0
_AXIS_LABEL_POINTS = 50.0
_BREAK_POINTS = UPRIGHT_POINTS + 3


def draw_overview(_: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw a panel for each pair; the sources of a pair share one."""
    series = sorted(
        series_of(rows.closes, rows.states, invert=look.invert), key=lambda s: (rows.order(s.pair), s.source)
    )
    several = len({s.source for s in series}) > 1
    language = look.language
    title = language.say("overview_inverse" if look.invert else "overview")
    panels = list({s.pair: [m for m in series if m.pair == s.pair] for s in series}.values())
    columns = max(1, min(int(72 * look.size[0] // _COLUMN_POINTS), len(panels), _MOST_COLUMNS))
    grid_rows = math.ceil(len(panels) / columns)
    least = grid_rows * _PANEL_POINTS + DATE_AXIS_POINTS
    look = look.sized_for(least)
    wide = (look.content_points[0] + _GUTTER) / columns
    days = np.concatenate([s.days for s in series])
    scale = TimeScale.fit(days, wide - _GUTTER - _AXIS_LABEL_POINTS, look.gaps, _BREAK_POINTS)
    sheet = Sheet(Texts(title, _explanation(series, scale, language), (), footer_of(rows, language)), look, least)
    chosen = cues(look.theme, rows.palette)
    high = (sheet.top - sheet.bottom - DATE_AXIS_POINTS) / grid_rows
    for number, members in enumerate(panels):
        row, column = divmod(number, columns)
        left, top = sheet.left + column * wide, sheet.top - row * high
        box = left, top - high, left + wide - _GUTTER, top
        lines = [chosen[s.source] if several else Cue(chosen[s.pair].colour, SOLID) for s in members]
        _draw_panel(sheet, box, scale, members, lines, is_lowest=number + columns >= len(panels))
    return sheet


def _explanation(series: Sequence[Series], scale: TimeScale, language: Language) -> str:
    derived = any(s.derived or s.inverse for s in series)
    words = [language.say(key) for key in ("closes", "states", "band_derived" if derived else "band")]
    if len({s.pair for s in series}) > 1:
        words.append(language.say("own_scale"))
    words += time_words(scale, language)
    if scale.folded:
        words.append(language.say("across_gaps"))
    return " ".join(words)


def _draw_panel(  # noqa: PLR0913
    sheet: Sheet,
    box: tuple[float, float, float, float],
    scale: TimeScale,
    members: Sequence[Series],
    lines: Sequence[Cue],
    *,
    is_lowest: bool,
) -> None:
    """Draw the series of one pair into a box of (left, bottom, right, top); only the lowest panels have dates."""
    left, bottom, right, top = box
    title_room = TEXT_POINTS * LINE_HEIGHT + 8
    axes = sheet.axes(left, bottom, right, top - title_room)
    limits = min(float(s.low.min()) for s in members), max(float(s.high.max()) for s in members)
    room = top - bottom - title_room
    if any(s.inverse or s.derived for s in members):
        labels = free_axis(axes, *limits, room, sheet.language)
    else:
        labels = printed_axis(axes, *limits, max(s.decimals for s in members), room, sheet.language)
    inner = left + label_room(labels)
    sheet.place(axes, inner, bottom + 8, right, top - title_room)
    scale = scale.on(right - inner, _BREAK_POINTS)
    time_axis(axes, scale, sheet.language, labelled=is_lowest)
    draw_gaps(axes, scale, sheet.theme, sheet.language, room - 8)
    for one, cue in zip(members, lines, strict=True):
        draw_series(axes, one, cue, scale)
    _write_title(sheet, (left, right), top - TEXT_POINTS, members)


def _write_title(sheet: Sheet, sides: tuple[float, float], baseline: float, members: Sequence[Series]) -> None:
    left, right = sides
    language = sheet.language
    name = members[0].name
    if any(s.derived for s in members):
        name = language.say("and_derived", name=name)
    sheet.write(left, baseline, name, sheet.theme.ink, fontweight="bold")
    newest = max(members, key=lambda s: s.newest.date)
    rate = language.number(newest.newest_text())
    text = language.say("rate_on", rate=rate, date=language.date(newest.newest.date))
    if left + width_of(name, TEXT_POINTS, bold=True) + 8 + width_of(text, TEXT_POINTS) <= right:
        sheet.write(right, baseline, text, sheet.theme.muted, ha="right")
