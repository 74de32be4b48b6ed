"""A calendar of captures: a row for each weekday, a block for each year, missing days in a colour of their own."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from fxtrack.charts.axes import MONTHS
from fxtrack.charts.labels import LINE_HEIGHT, width_of
from fxtrack.charts.sheet import Sheet
from fxtrack.charts.style import SMALL_POINTS, TEXT_POINTS, Theme

EXPLANATION = "One square a day, Monday to Sunday downwards: how many captured pages show that date."
_WEEKS = 54
_LABEL_POINTS = 34.0
_BLOCK_LINES = 1.6
_LEAST_CELL = 4.6
"""Below this size of a square only every other month has its name."""
_CLASSES = 5


@dataclass(frozen=True, slots=True)
class Coverage:
    """Captures by calendar date of one source, from its first to its last date, missing dates with 0."""

    source: str
    captures: dict[dt.date, int]

    @property
    def years(self) -> list[int]:
        """The years that it touches."""
        return list(range(min(self.captures).year, max(self.captures).year + 1))


def coverages_of(frame: pl.DataFrame) -> list[Coverage]:
    """Return the coverage of each source of rows of (source, page_date, captures)."""
    return [
        Coverage(source, dict(rows.select("page_date", "captures").iter_rows()))
        for (source,), rows in frame.partition_by("source", as_dict=True).items()
    ]


def count_steps(most: int) -> list[int]:
    """Return where the classes of counts begin, five at most: 1, then about evenly on a logarithmic scale."""
    if most <= _CLASSES:
        return list(range(1, max(most, 1) + 1))
    return sorted({1, *(max(2, round(most ** (k / _CLASSES))) for k in range(1, _CLASSES))})


def height_for(years: int, width: float) -> float:
    """Return the height in points that the calendar of so many years needs, texts around it left out."""
    cell = (width - 24 - _LABEL_POINTS) / _WEEKS
    return years * (7 * cell + _BLOCK_LINES * TEXT_POINTS * LINE_HEIGHT) + 2.2 * TEXT_POINTS * LINE_HEIGHT


def draw_coverage(sheet: Sheet, coverage: Coverage) -> None:
    """Draw the calendar of one source."""
    theme = sheet.theme
    most = max(coverage.captures.values())
    starts = count_steps(most)
    legend = _legend(sheet, starts, most)
    top = sheet.top - legend
    block = (top - sheet.bottom) / len(coverage.years)
    cell = min((sheet.right - sheet.left - _LABEL_POINTS) / _WEEKS, (block - _BLOCK_LINES * TEXT_POINTS) / 7)
    axes = sheet.axes(sheet.left, sheet.bottom, sheet.right, top)
    axes.set_axis_off()
    axes.set_xlim(0, sheet.right - sheet.left)
    axes.set_ylim(0, top - sheet.bottom)
    squares: dict[str, list[np.ndarray]] = {}
    gap = 0.08 * cell
    corners = np.array([(gap, gap), (cell - gap, gap), (cell - gap, cell - gap), (gap, cell - gap)])
    for number, year in enumerate(coverage.years):
        upper = top - sheet.bottom - number * block - _BLOCK_LINES * TEXT_POINTS
        january = dt.date(year, 1, 1).weekday()
        axes.text(0, upper - 3.5 * cell, str(year), color=theme.ink, fontsize=TEXT_POINTS, fontweight="bold",
                  va="center", gid="year")  # fmt: skip
        for month, name in enumerate(MONTHS, 1):
            week = (dt.date(year, month, 1).timetuple().tm_yday - 1 + january) // 7
            if month % 2 or cell > _LEAST_CELL:
                axes.text(_LABEL_POINTS + week * cell, upper + 2, name, color=theme.muted, fontsize=SMALL_POINTS)
        for date, captures in coverage.captures.items():
            if date.year == year:
                week, weekday = divmod(date.timetuple().tm_yday - 1 + january, 7)
                corner = np.array([_LABEL_POINTS + week * cell, upper - (weekday + 1) * cell])
                squares.setdefault(colour_of(captures, starts, theme), []).append(corners + corner)
    for colour, boxes in sorted(squares.items()):
        # all squares of a colour as one shape, which keeps files small
        shape = Path.make_compound_path_from_polys(np.stack(boxes))
        axes.add_patch(PathPatch(shape, facecolor=colour, edgecolor="none", linewidth=0, gid=f"days {colour}"))


def colour_of(captures: int, starts: list[int], theme: Theme) -> str:
    """Return the colour of a day."""
    if captures == 0:
        return theme.missing
    place = sum(captures >= start for start in starts) - 1
    # few classes take the outer colours, so that they differ as much as they can
    return (
        theme.counts[round(place * (len(theme.counts) - 1) / max(1, len(starts) - 1))]
        if len(starts) > 1
        else theme.counts[2]
    )


def _legend(sheet: Sheet, starts: list[int], most: int) -> float:
    """Write what the colours mean below the head of the sheet and return the height that it takes."""
    theme = sheet.theme
    ends = [*(start - 1 for start in starts[1:]), max(most, 1)]
    names = [f"{a}" if a == b else f"{a}\u2013{b}" for a, b in zip(starts, ends, strict=True)]
    entries = [
        ("missing", theme.missing),
        *((name, colour_of(s, starts, theme)) for name, s in zip(names, starts, strict=True)),
    ]
    height = TEXT_POINTS * LINE_HEIGHT
    keys = sheet.axes(sheet.left, sheet.top - height, sheet.right, sheet.top)
    keys.set_axis_off()
    keys.set_xlim(0, sheet.right - sheet.left)
    keys.set_ylim(0, height)
    x = 0.0
    for name, colour in entries:
        keys.add_patch(Rectangle((x, 1), 9, 9, facecolor=colour, edgecolor="none"))
        keys.text(x + 13, 5.5, name, color=theme.ink, fontsize=TEXT_POINTS, va="center")
        x += 13 + width_of(name, TEXT_POINTS) + 12
    return height + 8
