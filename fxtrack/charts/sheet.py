"""A figure with title, explanation and notes above, a footer below, and room for axes between. Lengths in points."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fxtrack import __version__
from fxtrack.charts.labels import wrapped
from fxtrack.charts.language.language import Language
from fxtrack.charts.select import ChartRows
from fxtrack.charts.style import LINE_HEIGHT, MARGIN_POINTS, SMALL_POINTS, TEXT_POINTS, TITLE_POINTS, Look


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts around the axes.

    Attributes:
        title: names the chart.
        explanation: how to read it.
        notes: limits of the numbers, a paragraph each.
        footer: the origin of the data, see `origin`.
    """

    title: str
    explanation: str
    notes: tuple[str, ...]
    footer: str

    def description(self) -> str:
        """Return everything except the title as running text, for readers who cannot see the chart."""
        return " ".join([self.explanation, *self.notes, self.footer])


def footer_of(rows: ChartRows, language: Language, pair: str | None = None, source: str | None = None) -> str:
    """Return the origin of the closes of a pair and source; None is no condition."""
    # a pair that is shown the other way round has reports under its printed name, and no closes
    closes = rows.closes if pair is None or pair in rows.pairs() else rows.changes
    if pair:
        closes = closes.filter(closes["pair"] == pair)
    if source:
        closes = closes.filter(closes["source"] == source)
    dates = closes["page_date"].unique().sort()
    sources, span = sorted(closes["source"].unique()), (dates[0], dates[-1])
    return origin(language, sources, span, len(dates), rows.count_captures(pair, source))


def origin(
    language: Language, sources: Sequence[str], span: tuple[dt.date, dt.date], captured: int, captures: int
) -> str:
    """Return where data comes from: sources, first and last date, number of captured days and of captures."""
    first, last = span
    say = language.say
    return " · ".join(
        [
            say("sources", len(sources), names=", ".join(sources)),
            say("span", first=first, last=last),
            say("days_captured", (last - first).days + 1, captured=language.count(captured)),
            say("captures", captures),
            f"fxtrack {__version__}",
        ]
    )


class Sheet:
    """A figure with its texts in place. `left`, `bottom`, `right` and `top` bound the room for axes."""

    def __init__(self, texts: Texts, look: Look, least: float = 0.0) -> None:
        """Make the figure and write the texts, broken into lines that fit.

        Args:
            texts: title, explanation, notes, footer; the title of the look takes precedence.
            look: colours, size, resolution.
            least: the height in points that must be left between the texts, unless the look fixes the height.
        """
        self.theme, self.language = look.theme, look.language
        self.texts = texts if look.title is None else replace(texts, title=look.title)
        width, height = look.size
        if look.height_follows:
            height = max(height, round((self._text_points(72 * width) + least) / 72, 2))
        self.figure = Figure(figsize=(width, height), dpi=look.dpi, facecolor=look.theme.paper)
        self.width, self.height = 72 * width, 72 * height
        self.left, self.right = MARGIN_POINTS, self.width - MARGIN_POINTS
        self.top = self.height - MARGIN_POINTS
        self.bottom = MARGIN_POINTS
        self._head()
        self._foot()

    def axes(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Add axes with a data area that fills a box, and with grid lines for values only."""
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

    def canvas(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Add axes without ticks or frame for a box; their coordinates are points from its lower left corner."""
        axes = self.axes(left, bottom, right, top)
        axes.set_axis_off()
        axes.set_xlim(0, right - left)
        axes.set_ylim(0, top - bottom)
        return axes

    def place(self, axes: Axes, left: float, bottom: float, right: float, top: float) -> None:
        """Move axes to another box."""
        axes.set_position(self._fractions(left, bottom, right, top))

    def write(self, x: float, y: float, text: str, colour: str, points: float = TEXT_POINTS, **more: object) -> None:
        """Write a line of text with its baseline at `y`."""
        self.figure.text(x / self.width, y / self.height, text, color=colour, fontsize=points, **more)  # type: ignore[arg-type]

    def _text_points(self, width: float) -> float:
        """Return the height in points of all texts with their margins, on a sheet of `width` points."""
        inner = width - 2 * MARGIN_POINTS
        texts = self.texts
        head = [(texts.title, TITLE_POINTS, True)]
        head += [(text, TEXT_POINTS, False) for text in (texts.explanation, *texts.notes)]
        lines = [(points, len(wrapped(text, points, inner, bold=bold))) for text, points, bold in head]
        foot = SMALL_POINTS * LINE_HEIGHT * len(wrapped(texts.footer, SMALL_POINTS, inner))
        return 2 * MARGIN_POINTS + 12 + foot + sum(count * points * LINE_HEIGHT + 2 for points, count in lines)

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
        # a sheet too small for its texts still gets tiny axes
        wide, high = max(right - left, 1.0), max(top - bottom, 1.0)
        return (left / self.width, bottom / self.height, wide / self.width, high / self.height)
