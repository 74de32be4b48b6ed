"""Text where it can be read: widths, lines, and labels that keep apart. Pure but for the font that it measures with."""

import warnings
from collections.abc import Sequence
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from fxtrack.charts.style import FONT

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
