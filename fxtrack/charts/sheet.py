"""A figure with title, explanation and notes above, a footer below, and room for axes between. Lengths in points."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fxtrack.charts.labels import LINE_HEIGHT, wrapped
from fxtrack.charts.style import MARGIN_POINTS, SMALL_POINTS, TEXT_POINTS, TITLE_POINTS, Theme


@dataclass(frozen=True, slots=True)
class Texts:
    """What is written around the axes.

    Attributes:
        title: names the chart.
        explanation: says how to read it.
        notes: what the numbers cannot say; a paragraph each.
        footer: where it comes from.
    """

    title: str
    explanation: str
    notes: tuple[str, ...]
    footer: str

    def description(self) -> str:
        """Return all but the title as running text, for those who cannot see the chart."""
        return " ".join([self.explanation, *self.notes, self.footer])


class Sheet:
    """A figure whose texts are in place. `bottom` and `top` bound what is left for axes."""

    def __init__(self, texts: Texts, theme: Theme, size_inches: tuple[float, float], dpi: float) -> None:
        """Make the figure and write the texts, broken into lines that fit."""
        self.theme = theme
        self.texts = texts
        self.figure = Figure(figsize=size_inches, dpi=dpi, facecolor=theme.paper)
        self.width, self.height = (72 * inches for inches in size_inches)
        self.left, self.right = MARGIN_POINTS, self.width - MARGIN_POINTS
        self.top = self.height - MARGIN_POINTS
        self.bottom = MARGIN_POINTS
        self._head()
        self._foot()

    def axes(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Add axes whose data area fills a box, with grid lines for values only."""
        axes = self.figure.add_axes(self._fractions(left, bottom, right, top))
        axes.set_facecolor("none")
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(self.theme.muted)
            spine.set_linewidth(0.8)
        axes.tick_params(colors=self.theme.muted, labelsize=TEXT_POINTS, length=3, width=0.8)
        axes.tick_params(axis="y", length=0, pad=4)
        axes.grid(visible=True, axis="y", color=self.theme.grid, linewidth=0.7)
        axes.set_axisbelow(True)
        return axes

    def place(self, axes: Axes, left: float, bottom: float, right: float, top: float) -> None:
        """Move axes to another box."""
        axes.set_position(self._fractions(left, bottom, right, top))

    def write(self, x: float, y: float, text: str, colour: str, points: float = TEXT_POINTS, **more: object) -> None:
        """Write a line of text with its baseline at `y`."""
        self.figure.text(x / self.width, y / self.height, text, color=colour, fontsize=points, **more)  # type: ignore[arg-type]

    def _head(self) -> None:
        theme, texts = self.theme, self.texts
        self._paragraphs([texts.title], theme.ink, TITLE_POINTS, bold=True)
        self._paragraphs([texts.explanation], theme.muted, TEXT_POINTS)
        self._paragraphs(texts.notes, theme.alarm, TEXT_POINTS)
        self.top -= 6

    def _foot(self) -> None:
        lines = wrapped(self.texts.footer, SMALL_POINTS, self.right - self.left)
        for line in reversed(lines):
            self.write(self.left, self.bottom, line, self.theme.muted, SMALL_POINTS)
            self.bottom += SMALL_POINTS * LINE_HEIGHT
        self.bottom += 6

    def _paragraphs(self, paragraphs: Sequence[str], colour: str, points: float, *, bold: bool = False) -> None:
        for paragraph in paragraphs:
            for line in wrapped(paragraph, points, self.right - self.left, bold=bold):
                self.top -= points
                self.write(self.left, self.top, line, colour, points, fontweight="bold" if bold else "normal")
                self.top -= points * (LINE_HEIGHT - 1)
            self.top -= 2

    def _fractions(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        # a sheet too small for its texts still gets axes, if tiny ones
        wide, high = max(right - left, 1.0), max(top - bottom, 1.0)
        return (left / self.width, bottom / self.height, wide / self.width, high / self.height)
