"""All pairs, a small panel each, on one time axis."""

import math
from collections.abc import Sequence

from fxtrack.charts.axes import DATE_AXIS_POINTS, free_axis, label_room, printed_axis, short_date, time_axis
from fxtrack.charts.labels import width_of
from fxtrack.charts.marks import draw_series
from fxtrack.charts.select import Chart, ChartRows
from fxtrack.charts.series import Series, series_of
from fxtrack.charts.sheet import Sheet, Texts, footer_of
from fxtrack.charts.style import LINE_HEIGHT, SOLID, TEXT_POINTS, Cue, Look, cues

_EXPLANATION = (
    "The close of each captured day, every rate seen, and the range that the printed digits allow. Each pair has its "
    "own scale; all share the time axis. Days without a capture are blank."
)
_PANEL_POINTS = 118.0
"""Height of a panel with its title."""

_COLUMN_POINTS = 250.0
_MOST_COLUMNS = 3
_GUTTER = 18.0


def draw_overview(_: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw a panel for each pair; the sources of a pair share one."""
    series = sorted(
        series_of(rows.closes, rows.states, invert=look.invert), key=lambda s: (rows.order(s.pair), s.source)
    )
    several = len({s.source for s in series}) > 1
    title = "Inverse rates of all pairs" if look.invert else "Rates of all pairs"
    panels = list({s.pair: [m for m in series if m.pair == s.pair] for s in series}.values())
    columns = max(1, min(int(72 * look.size[0] // _COLUMN_POINTS), len(panels), _MOST_COLUMNS))
    grid_rows = math.ceil(len(panels) / columns)
    look = look.sized_for(grid_rows * _PANEL_POINTS + DATE_AXIS_POINTS)
    sheet = Sheet(Texts(title, _EXPLANATION, (), footer_of(rows)), look)
    chosen = cues(look.theme, rows.palette)
    wide = (sheet.right - sheet.left + _GUTTER) / columns
    high = (sheet.top - sheet.bottom - DATE_AXIS_POINTS) / grid_rows
    span = min(float(s.days[0]) for s in series), max(float(s.days[-1]) for s in series)
    for number, members in enumerate(panels):
        row, column = divmod(number, columns)
        left, top = sheet.left + column * wide, sheet.top - row * high
        box = left, top - high, left + wide - _GUTTER, top
        lines = [chosen[s.source] if several else Cue(chosen[s.pair].colour, SOLID) for s in members]
        _draw_panel(sheet, box, span, members, lines, is_lowest=number + columns >= len(panels))
    return sheet


def _draw_panel(  # noqa: PLR0913
    sheet: Sheet,
    box: tuple[float, float, float, float],
    span: tuple[float, float],
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
        labels = free_axis(axes, *limits, room)
    else:
        labels = printed_axis(axes, *limits, max(s.decimals for s in members), room)
    inner = left + label_room(labels)
    sheet.place(axes, inner, bottom + 8, right, top - title_room)
    time_axis(axes, *span, right - inner, labelled=is_lowest)
    for one, cue in zip(members, lines, strict=True):
        draw_series(axes, one, cue, right - inner)
    _write_title(sheet, (left, right), top - TEXT_POINTS, members)


def _write_title(sheet: Sheet, sides: tuple[float, float], baseline: float, members: Sequence[Series]) -> None:
    left, right = sides
    name = members[0].name + (", derived" if any(s.derived for s in members) else "")
    sheet.write(left, baseline, name, sheet.theme.ink, fontweight="bold")
    newest = max(members, key=lambda s: s.newest.date)
    text = f"{newest.newest_text()} on {short_date(newest.newest.date)}"
    if left + width_of(name, TEXT_POINTS, bold=True) + 8 + width_of(text, TEXT_POINTS) <= right:
        sheet.write(right, baseline, text, sheet.theme.muted, ha="right")
