"""A calendar of captures: a row for each weekday, a block for each year, missing days in a distinct colour."""

import datetime as dt
from collections.abc import Container, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from fxtrack.charts.labels import Legend, width_of
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import Floats
from fxtrack.charts.sheet import Sheet, Texts, origin
from fxtrack.charts.style import LINE_HEIGHT, MARGIN_POINTS, SMALL_POINTS, TEXT_POINTS, Look, Theme

_WEEKS = 54
_YEAR_POINTS = 34.0
"""Width of the label with the year."""

_MONTHS_POINTS = 1.6 * TEXT_POINTS
"""Height of the names of months above a block."""

_SQUARE_KEY_POINTS = 13.0
_CLASSES = 5
_MONTH_GAP = 3.0


def draw_coverage(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    """Draw the calendar of one source."""
    mine = rows.coverage.filter(rows.coverage["source"] == chart.source)
    captures: dict[dt.date, int] = dict(mine.select("page_date", "captures").iter_rows())
    standing = set(mine.filter(mine["stands_still"])["page_date"].to_list())
    captured = sum(count > 0 for count in captures.values())
    span = min(captures), max(captures)
    language = look.language
    footer = origin(language, [str(chart.source)], span, captured, sum(captures.values()))
    years = range(span[0].year, span[1].year + 1)
    cell = (72 * look.size[0] - 2 * MARGIN_POINTS - _YEAR_POINTS) / _WEEKS
    height = len(years) * (7 * cell + LINE_HEIGHT * _MONTHS_POINTS) + 2.2 * TEXT_POINTS * LINE_HEIGHT
    explanation = " ".join([language.say("squares"), *([language.say("standing")] if standing else [])])
    texts = Texts(language.say("coverage", source=chart.source), explanation, (), footer)
    sheet = Sheet(texts, look.sized_for(height), height)
    _draw(sheet, captures, standing, years)
    return sheet


def class_starts(most: int) -> list[int]:
    """Return the lowest count of each class, five classes at most: 1, then about evenly on a logarithmic scale."""
    if most <= _CLASSES:
        return list(range(1, max(most, 1) + 1))
    return sorted({1, *(max(2, round(most ** (k / _CLASSES))) for k in range(1, _CLASSES))})


def _draw(sheet: Sheet, captures: Mapping[dt.date, int], standing: Container[dt.date], years: Sequence[int]) -> None:
    theme = sheet.theme
    most = max(captures.values())
    starts = class_starts(most)
    top = sheet.top - 8 - _draw_legend(sheet, starts, most)
    block = (top - sheet.bottom) / len(years)
    cell = min((sheet.right - sheet.left - _YEAR_POINTS) / _WEEKS, (block - _MONTHS_POINTS) / 7)
    canvas = sheet.canvas(sheet.left, sheet.bottom, sheet.right, top)
    squares: dict[str, list[Floats]] = {}
    dots: list[Floats] = []
    for number, year in enumerate(years):
        upper = top - sheet.bottom - number * block - _MONTHS_POINTS
        _label_year(canvas, sheet, year, upper, cell)
        for date, count in captures.items():
            if date.year == year:
                week, weekday = _place(date)
                corner = np.array([_YEAR_POINTS + week * cell, upper - (weekday + 1) * cell])
                squares.setdefault(_colour_of(count, starts, theme), []).append(corner + _square(cell))
                if date in standing:
                    dots.append(corner + 0.35 * cell + 0.3 * _square(cell))
    for colour, boxes in sorted(squares.items()):
        # one shape per colour keeps files small
        shape = Path.make_compound_path_from_polys(np.stack(boxes))
        canvas.add_patch(PathPatch(shape, facecolor=colour, edgecolor="none", linewidth=0, gid=f"days {colour}"))
    if dots:
        shape = Path.make_compound_path_from_polys(np.stack(dots))
        canvas.add_patch(PathPatch(shape, facecolor=theme.unexplained, edgecolor="none", linewidth=0, gid="standing"))


def _label_year(canvas: Axes, sheet: Sheet, year: int, upper: float, cell: float) -> None:
    """Write the year beside a block of squares of size `cell`, and the months above it, at `upper`."""
    theme = sheet.theme
    canvas.text(0, upper - 3.5 * cell, str(year), color=theme.ink, fontsize=TEXT_POINTS, fontweight="bold",
                va="center", gid="year")  # fmt: skip
    firsts = [dt.date(year, month, 1) for month in range(1, 13)]
    names = [sheet.language.month(first) for first in firsts]
    widest_name = max(width_of(name, SMALL_POINTS) for name in names)
    every = next((n for n in (1, 2, 3, 4) if widest_name + _MONTH_GAP <= n * 4 * cell), 6)
    for month, (first, name) in enumerate(zip(firsts, names, strict=True)):
        week, _ = _place(first)
        if month % every == 0:
            canvas.text(_YEAR_POINTS + week * cell, upper + 2, name, color=theme.muted, fontsize=SMALL_POINTS)


def _place(date: dt.date) -> tuple[int, int]:
    """Return the column and row of a date in the block of its year."""
    return divmod(date.timetuple().tm_yday - 1 + dt.date(date.year, 1, 1).weekday(), 7)


def _square(cell: float) -> Floats:
    """Return the corners of a square within a cell."""
    near, far = 0.08 * cell, 0.92 * cell
    return np.array([(near, near), (far, near), (far, far), (near, far)])


def _colour_of(captures: int, starts: Sequence[int], theme: Theme) -> str:
    """Return the colour of a day."""
    if captures == 0:
        return theme.missing
    if len(starts) == 1:
        return theme.counts[2]
    place = sum(captures >= start for start in starts) - 1
    # spread over the whole scale, so that few classes differ as much as possible
    return theme.counts[round(place * (len(theme.counts) - 1) / (len(starts) - 1))]


def _draw_legend(sheet: Sheet, starts: Sequence[int], most: int) -> float:
    """Write the meaning of the colours below the head of the sheet, and return the height of this legend."""
    ends = [*(start - 1 for start in starts[1:]), max(most, 1)]
    names = [f"{a}" if a == b else f"{a}\u2013{b}" for a, b in zip(starts, ends, strict=True)]
    colours = [_colour_of(count, starts, sheet.theme) for count in (0, *starts)]
    legend = Legend.fit([sheet.language.say("missing"), *names], _SQUARE_KEY_POINTS, sheet.right - sheet.left)
    canvas = sheet.canvas(sheet.left, sheet.top - legend.height, sheet.right, sheet.top)

    def draw_square(number: int, x: float, y: float, *, on: Axes = canvas) -> None:
        on.add_patch(Rectangle((x, y - 4.5), 9, 9, facecolor=colours[number], edgecolor="none"))

    legend.draw(canvas, sheet.theme.ink, draw_square)
    return legend.height
