"""All pairs, each in a small panel of its own, on one time axis."""

import math
from collections.abc import Sequence

from fxtrack.charts.axes import DATE_AXIS_POINTS, free_axis, label_room, printed_axis, short_date, time_axis
from fxtrack.charts.labels import LINE_HEIGHT, draw_series, width_of
from fxtrack.charts.series import Series
from fxtrack.charts.sheet import Sheet
from fxtrack.charts.style import SOLID, TEXT_POINTS, Cue

EXPLANATION = (
    "The close of each captured day, every rate seen, and what the printed digits allow. Each pair has a scale "
    "of its own; time is shared. Days without a capture are blank."
)
PANEL_POINTS = 118.0
"""Height that a panel takes, its title included."""
_COLUMN_POINTS = 250.0
_GUTTER = 18.0


def columns_for(panels: int, width: float) -> int:
    """Return how many panels stand side by side on a sheet of `width` points."""
    fit = max(1, int(width // _COLUMN_POINTS))
    return max(1, min(fit, panels, 1 if panels == 1 else 3))


def height_for(panels: int, width: float) -> float:
    """Return the height in points that so many panels need, texts around them left out."""
    return math.ceil(panels / columns_for(panels, width)) * PANEL_POINTS + DATE_AXIS_POINTS


def draw_overview(sheet: Sheet, series: Sequence[Series], cues: dict[str, Cue]) -> None:
    """Draw a panel for each pair; several sources of a pair share one."""
    pairs = list(dict.fromkeys(s.pair for s in series))
    several = len({s.source for s in series}) > 1
    first, last = min(float(s.days[0]) for s in series), max(float(s.days[-1]) for s in series)
    columns = columns_for(len(pairs), sheet.width)
    rows = math.ceil(len(pairs) / columns)
    wide = (sheet.right - sheet.left + _GUTTER) / columns
    high = (sheet.top - sheet.bottom - DATE_AXIS_POINTS) / rows
    title_room = TEXT_POINTS * LINE_HEIGHT + 8
    for number, pair in enumerate(pairs):
        row, column = divmod(number, columns)
        members = [s for s in series if s.pair == pair]
        left, top = sheet.left + column * wide, sheet.top - row * high
        right, bottom = left + wide - _GUTTER, top - high
        axes = sheet.axes(left, bottom, right, top - title_room)
        limits = min(float(s.low.min()) for s in members), max(float(s.high.max()) for s in members)
        room = high - title_room
        if members[0].inverse:
            labels = free_axis(axes, *limits, room)
        else:
            labels = printed_axis(axes, *limits, max(s.decimals for s in members), room)
        inner = left + label_room(labels)
        sheet.place(axes, inner, bottom + 8, right, top - title_room)
        lowest = number + columns >= len(pairs)
        time_axis(axes, first, last, right - inner, labelled=lowest)
        for one in members:
            cue = cues[one.source] if several else Cue(cues[pair].colour, SOLID)
            draw_series(axes, one, cue, right - inner)
        _title(sheet, (left, right), top - TEXT_POINTS, members)


def _title(sheet: Sheet, sides: tuple[float, float], baseline: float, members: Sequence[Series]) -> None:
    left, right = sides
    pair = members[0].pair
    base, counter = pair.split("/")
    name = f"{counter}/{base}" if members[0].inverse else pair
    sheet.write(left, baseline, name, sheet.theme.ink, fontweight="bold")
    newest = max(members, key=lambda s: s.last.date)
    text = f"{newest.last_text()} on {short_date(newest.last.date)}"
    if left + width_of(name, TEXT_POINTS, bold=True) + 8 + width_of(text, TEXT_POINTS) <= right:
        sheet.write(right, baseline, text, sheet.theme.muted, ha="right")
