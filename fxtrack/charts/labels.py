"""Text where it can be read: widths, lines, and labels that keep apart. Pure but for the font that it measures with."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel.numbers import get_currency_name
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from fxtrack.charts.series import Series, steps
from fxtrack.charts.style import FONT, LINE_POINTS, TEXT_POINTS, Cue

LINE_HEIGHT = 1.3
"""Distance of two lines of text in sizes of the type."""


@lru_cache(maxsize=4096)
def width_of(text: str, points: float, *, bold: bool = False) -> float:
    """Return the width of one line of text in points."""
    with warnings.catch_warnings():
        # an SVG may hold characters that the charts' own font lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        width, _, _ = text_to_path.get_text_width_height_descent(text, _font(points, bold), ismath=False)
    return float(width)


def widest(texts: Sequence[str], points: float) -> float:
    """Return the width of the widest line of several texts in points, 0 for none."""
    return max((width_of(line, points) for text in texts for line in text.split("\n")), default=0.0)


def wrapped(text: str, points: float, width: float, *, bold: bool = False) -> list[str]:
    """Break text into lines of at most `width` points. A word that is longer gets a line of its own and is cut."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, points, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(_cut(word, points, width, bold=bold))
    return lines


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions as little as possible so that neighbours are at least `gap` apart, all within low and high.

    The least sum of squared moves that keeps the order: the pool-adjacent-violators algorithm (Ayer et al., 1955).
    Where they cannot all fit, they overlap evenly.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    pools: list[tuple[float, int]] = []  # mean of what is wanted less its place in the queue, and how many share it
    for place, i in enumerate(order):
        mean, size = wanted[i] - place * gap, 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    top = high - (len(wanted) - 1) * gap
    positions = [0.0] * len(wanted)
    place = 0
    for mean, size in pools:
        for _ in range(size):
            positions[order[place]] = min(max(mean, low), top) + place * gap
            place += 1
    return positions


def missing_glyphs(text: str) -> str:
    """Return the characters of a text that the charts' font cannot draw."""
    font = get_font(findfont(FontProperties(family=FONT)))
    return "".join(sorted({c for c in text if not c.isspace() and not font.get_char_index(ord(c))}))


def _cut(word: str, points: float, width: float, *, bold: bool) -> str:
    if width_of(word, points, bold=bold) <= width:
        return word
    while word and width_of(word + "…", points, bold=bold) > width:
        word = word[:-1]
    return word + "…"


@lru_cache
def _font(points: float, bold: bool) -> FontProperties:
    return FontProperties(family=FONT, size=points, weight="bold" if bold else "normal")


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


_LOCALE = "en"


def unit_in_words(base: str, counter: str) -> str:
    """Return what a rate of BASE/COUNTER counts: ``US dollars for 1 Kyrgystani som``.

    A code that CLDR has no name for stands for itself.
    """
    return f"{get_currency_name(counter, 2, _LOCALE)} for 1 {get_currency_name(base, 1, _LOCALE)}"
