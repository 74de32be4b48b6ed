"""What trend and overview draw of a series: band, dots, steps; and labels at the ends of lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from fxtrack.charts.labels import LINE_HEIGHT, spread
from fxtrack.charts.series import Series, steps
from fxtrack.charts.style import LINE_POINTS, TEXT_POINTS, Cue

RASTER_POINTS = 3_000
"""More dots than this are drawn into SVG and PDF as one picture: nobody can tell them apart, and files stay small."""


def draw_series(axes: Axes, series: Series, cue: Cue, width: float) -> None:
    """Draw a series on a time axis of `width` points: the band of ± half a tick, every state, the closes as steps."""
    first, last = axes.get_xlim()
    days, rate, low, high = steps(series.days, series.rate, series.low, series.high)
    axes.fill_between(days, low, high, step="post", color=cue.colour, alpha=0.22, linewidth=0, zorder=2, gid="band")
    axes.plot(
        series.state_days + 0.5, series.state_rates, "o", color=cue.colour, alpha=0.45, zorder=3, markeredgewidth=0,
        markersize=dot_points(width, last - first), rasterized=len(series.state_days) > RASTER_POINTS, gid="states",
    )  # fmt: skip
    axes.plot(
        days, rate, drawstyle="steps-post", color=cue.colour, linestyle=cue.dash, linewidth=LINE_POINTS,
        solid_capstyle="butt", dash_capstyle="butt", zorder=4, gid="closes",
    )  # fmt: skip


def dot_points(width: float, days: float) -> float:
    """Return the size of a dot: as wide as a day, within reason."""
    return min(4.5, max(2.0, 0.8 * width / max(days, 1.0)))


@dataclass(frozen=True, slots=True)
class EndLabel:
    """Text at the end of a line, at height `value` of the axes."""

    text: str
    value: float
    colour: str


def label_ends(axes: Axes, labels: Sequence[EndLabel], height: float) -> None:
    """Write labels to the right of axes that are `height` points high, apart from another, and lead to them.

    A label stands as near as it can to the height of its line. Where it had to move, a thin line shows whose it is.
    """
    low, high = axes.get_ylim()
    lines = max((label.text.count("\n") + 1 for label in labels), default=1)
    gap = lines * TEXT_POINTS * LINE_HEIGHT
    wanted = [(label.value - low) / (high - low) * height for label in labels]
    for label, want, at in zip(labels, wanted, spread(wanted, gap, 0, height), strict=True):
        axes.annotate(
            label.text, xy=(1, want / height), xytext=(12, at - want), xycoords="axes fraction",
            textcoords="offset points", color=label.colour, fontsize=TEXT_POINTS, va="center", linespacing=LINE_HEIGHT,
            annotation_clip=False, gid="end-label",
            arrowprops={
                "arrowstyle": "-", "color": label.colour, "linewidth": 0.7, "alpha": 0.6, "shrinkA": 0, "shrinkB": 0,
                "relpos": (0, 0.5),
            },
        )  # fmt: skip
