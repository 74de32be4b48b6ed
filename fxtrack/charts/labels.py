"""Text on a chart: its width, its lines, labels at the ends of lines, legends."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from fxtrack.charts.style import FONT, LINE_HEIGHT, TEXT_POINTS

END_GAP = 14.0
"""Room in points between the end of a line and the right edge of its axes' box, without the label."""

_ENTRY_GAP = 12.0


@lru_cache(maxsize=4096)
def width_of(text: str, points: float, *, bold: bool = False) -> float:
    """Return the width of one line of text in points."""
    with warnings.catch_warnings():
        # an SVG may hold characters that this font lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        width, _, _ = text_to_path.get_text_width_height_descent(text, _font(points, bold), ismath=False)
    return float(width)


def widest(texts: Sequence[str], points: float) -> float:
    """Return the width of the widest line of several texts in points, 0 for none."""
    return max((width_of(line, points) for text in texts for line in text.split("\n")), default=0.0)


def wrapped(text: str, points: float, width: float, *, bold: bool = False) -> list[str]:
    """Break text into lines of at most `width` points. A longer word becomes a separate line, cut to fit."""
    words = list(filter(None, text.split(" ")))  # a space that does not break stays inside its number
    if words and width_of(whole := " ".join(words), points, bold=bold) <= width:
        return [whole]  # most texts; of any other, every beginning is measured
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, points, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(_cut_word(word, points, width, bold=bold))
    return lines


def missing_glyphs(text: str) -> str:
    """Return the characters of a text that the charts' font cannot draw."""
    font = get_font(findfont(FontProperties(family=FONT)))
    return "".join(sorted({c for c in text if not c.isspace() and not font.get_char_index(ord(c))}))


@dataclass(frozen=True, slots=True)
class EndLabel:
    """Text at the end of a line, at height `value` of the axes."""

    text: str
    value: float
    colour: str


def label_ends(axes: Axes, labels: Sequence[EndLabel], height: float) -> None:
    """Write labels to the right of axes that are `height` points high, without overlap, and lead lines to them.

    A label stands as near as possible to the height of its line; a thin line connects the two.
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


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions as little as possible so that neighbours are at least `gap` apart, all within low and high.

    Minimizes the sum of squared moves in the given order: the pool-adjacent-violators algorithm (Ayer et al., 1955).
    Positions that do not fit are distributed evenly.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    pools: list[tuple[float, int]] = []  # the mean of wanted positions less their offset in the queue, and their number
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


@dataclass(frozen=True, slots=True)
class Legend:
    """Texts with a key before each, in rows.

    Attributes:
        texts: an entry each.
        places: row and left edge in points of each entry.
        key_points: width of a key and its distance from the text.
    """

    texts: tuple[str, ...]
    places: tuple[tuple[int, float], ...]
    key_points: float

    @classmethod
    def fit(cls, texts: Sequence[str], key_points: float, width: float, *, aligned: bool = False) -> "Legend":
        """Place entries side by side on `width` points, in columns if `aligned`."""
        widths = [key_points + width_of(text, TEXT_POINTS) + _ENTRY_GAP for text in texts]
        if aligned:
            widths = [max(widths)] * len(widths)
        places: list[tuple[int, float]] = []
        row, x = 0, 0.0
        for wide in widths:
            if x and x + wide - _ENTRY_GAP > width:
                row, x = row + 1, 0.0
            places.append((row, x))
            x += wide
        return cls(tuple(texts), tuple(places), key_points)

    @property
    def height(self) -> float:
        """Height in points."""
        return (self.places[-1][0] + 1) * TEXT_POINTS * LINE_HEIGHT if self.places else 0.0

    def draw(self, canvas: Axes, colour: str, draw_key: Callable[[int, float, float], object]) -> None:
        """Write the entries on a canvas of points as high as the legend.

        Args:
            canvas: see `Sheet.canvas`.
            colour: of the texts.
            draw_key: draws the key of the entry with a number, its left edge at x and its middle at y.
        """
        for number, (text, (row, x)) in enumerate(zip(self.texts, self.places, strict=True)):
            y = self.height - (row + 0.5) * TEXT_POINTS * LINE_HEIGHT
            draw_key(number, x, y)
            canvas.text(x + self.key_points, y, text, color=colour, fontsize=TEXT_POINTS, va="center")


def _cut_word(word: str, points: float, width: float, *, bold: bool) -> str:
    if width_of(word, points, bold=bold) <= width:
        return word
    while word and width_of(word + "…", points, bold=bold) > width:
        word = word[:-1]
    return word + "…"


@lru_cache
def _font(points: float, bold: bool) -> FontProperties:
    return FontProperties(family=FONT, size=points, weight="bold" if bold else "normal")
