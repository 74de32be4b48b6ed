"""results.png: wall times as bars on a logarithmic axis, one panel a comparison."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.measure import Measured

_COLUMNS = 2
_OWN, _OTHER = "#b5402a", "#8a94a0"
_ROOM = 4  # the longest bar leaves this factor for its label


def draw(titles: Mapping[str, str], results: Mapping[str, Mapping[str, Measured]], path: Path) -> None:
    """Draw all comparisons."""
    panels = [(titles[name], list(found.values())) for name, found in results.items()]
    rows = [panels[at : at + _COLUMNS] for at in range(0, len(panels), _COLUMNS)]
    heights = [max(len(found) for _, found in row) + 2.2 for row in rows]
    figure = Figure(figsize=(15, 0.34 * sum(heights) + 0.4), layout="constrained", facecolor="white")
    grid = figure.add_gridspec(len(rows), _COLUMNS, height_ratios=heights)
    for line, row in enumerate(rows):
        for column, (title, found) in enumerate(row):
            _panel(figure.add_subplot(grid[line, column]), title, found)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _panel(axes: Axes, title: str, found: Sequence[Measured]) -> None:
    medians = [one.median for one in found]
    colours = [_OWN if _is_own(one.name) or all(not _is_own(o.name) for o in found) else _OTHER for one in found]
    low = [one.median - one.spread[0] for one in found]
    high = [one.spread[1] - one.median for one in found]
    places = list(range(len(found)))
    axes.barh(places, medians, color=colours, height=0.7, xerr=[low, high], error_kw={"ecolor": "#333333", "lw": 1})
    axes.set_yticks(places, [one.name for one in found])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())  # the numbers stand at the bars
    axes.set_xlim(min(medians) / _ROOM, max(one.spread[1] for one in found) * _ROOM)
    for place, one in zip(places, found, strict=True):
        axes.annotate(f"{one.median:.3g} s", (one.spread[1], place), (6, 0), textcoords="offset points", va="center")
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlabel("seconds, whole process (median; line: shortest to longest)", fontsize=8)
    axes.grid(axis="x", color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _is_own(name: str) -> bool:
    return name.startswith("fxtrack")
