"""The look of charts: colours, dashes, sizes and matplotlib's settings. Draws nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args

from fxtrack.charts.language.language import Language, chart_language, english
from fxtrack.charts.time.scale import Gaps
from fxtrack.config.config import Config
from fxtrack.config.settings import CHART_LANGUAGES
from fxtrack.errors import UsageError

Dash = tuple[float, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by purpose, as ``#rrggbb``. No two are equal, so that one theme maps onto another."""

    paper: str
    ink: str
    muted: str
    grid: str
    alarm: str
    lines: tuple[str, ...]
    agrees: str
    agrees_earlier: str
    unexplained: str
    breaks_the_rule: str
    not_comparable: str
    computed: str
    missing: str
    counts: tuple[str, ...]

    def colours(self) -> list[str]:
        """Return all colours in a fixed order."""
        return [
            self.paper, self.ink, self.muted, self.grid, self.alarm, *self.lines, self.agrees, self.agrees_earlier,
            self.unexplained, self.breaks_the_rule, self.not_comparable, self.computed, self.missing, *self.counts,
        ]  # fmt: skip


# Lines and verdicts: the palette of Okabe and Ito, which colour-blind readers can tell apart (jfly.uni-koeln.de/color),
# darkened or lightened where it would be too faint on its paper. Counts: one hue, from few to many.
LIGHT = Theme(
    paper="#ffffff", ink="#1b1f24", muted="#59636e", grid="#dde1e6", alarm="#a33600",
    lines=("#0072b2", "#d55e00", "#007f5c", "#b8558f", "#4d4300", "#3a3f98", "#8c2d04"),
    agrees="#009e73", agrees_earlier="#3f9bd1", unexplained="#d55f01", breaks_the_rule="#8f2d83",
    not_comparable="#8a8f96", computed="#9fb3c8", missing="#fbe3d6",
    counts=("#c6dbef", "#85bcdc", "#4191c6", "#1765ab", "#08306b"),
)  # fmt: skip
DARK = Theme(
    paper="#15191e", ink="#e8eaed", muted="#a3acb6", grid="#31373e", alarm="#ffb08a",
    lines=("#5bb4e5", "#ff9a4d", "#3fc79a", "#e69ac6", "#f2ec9c", "#9aa0f0", "#e2835c"),
    agrees="#2fc193", agrees_earlier="#7cc6f2", unexplained="#ff9a4c", breaks_the_rule="#dd86d2",
    not_comparable="#8b9097", computed="#56687a", missing="#4a2b1d",
    counts=("#1f3a56", "#2a5f8f", "#3f88c0", "#79b4dd", "#cfe5f7"),
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK}

SOLID: Dash = (0, ())
IMPLIED_DASH: Dash = (0, (2.2, 1.6))
MEAN_DASH: Dash = (0, (1.0, 1.2))
_DASHES: tuple[Dash, ...] = (SOLID, (0, (5, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.5, 1.2, 1.5)))


@dataclass(frozen=True, slots=True)
class Cue:
    """Colour and dashes of a line: two features that set it apart from its neighbours."""

    colour: str
    dash: Dash


def cues(theme: Theme, names: Sequence[str]) -> dict[str, Cue]:
    """Return a cue for each name. Seven colours and four dashes make 28 distinct cues; neighbours differ in both."""
    return {
        name: Cue(theme.lines[number % len(theme.lines)], _DASHES[number % len(_DASHES)])
        for number, name in enumerate(names)
    }


@dataclass(frozen=True, slots=True)
class VerdictMark:
    """Marker and colour of a verdict, and whether the marker is filled."""

    marker: str
    colour: str
    filled: bool


def verdict_marks(theme: Theme) -> dict[str, VerdictMark]:
    """Return the mark of each verdict, in the order of a legend."""
    return {
        "agrees": VerdictMark("o", theme.agrees, filled=True),
        "agrees earlier": VerdictMark("s", theme.agrees_earlier, filled=True),
        "unexplained": VerdictMark("D", theme.unexplained, filled=True),
        "breaks the rule": VerdictMark("X", theme.breaks_the_rule, filled=True),
        "base not captured": VerdictMark("^", theme.not_comparable, filled=False),
        "no history": VerdictMark("o", theme.not_comparable, filled=False),
        "repeated": VerdictMark("s", theme.not_comparable, filled=False),
        "rule undecided": VerdictMark("v", theme.not_comparable, filled=False),
    }


def hidden_move_mark(theme: Theme) -> VerdictMark:
    """Return the ring around a report of no change where the rate surely moved."""
    return VerdictMark("o", theme.alarm, filled=False)


FONT = "DejaVu Sans"  # comes with matplotlib; wider than most substitutes, so that text still fits in a reader's font
TITLE_POINTS = 13.0
TEXT_POINTS = 9.0
SMALL_POINTS = 7.5
LINE_HEIGHT = 1.3
"""Distance between two lines of text, in multiples of the type size."""

MARGIN_POINTS = 12.0
LINE_POINTS = 1.6

RASTER_POINTS = 3_000
"""Longer runs of marks become one picture inside SVG and PDF: the eye cannot separate them, and files stay small."""

WIDE_INCHES = (10.0, 4.8)
NARROW_INCHES = (4.3, 4.4)
DPI = 120.0

LEAST_PLOT_POINTS = 190.0
"""A plot with its axis is at least this high, where the height of the sheet is free."""

_FEW_MARKS = 120
_AROUND_POINTS = 96.0
"""Approximate height of title, explanation and footer, for a chart whose height follows from its content."""

RC: dict[str, Any] = {
    "font.family": [FONT, "sans-serif"],
    "font.sans-serif": [FONT],
    "font.size": TEXT_POINTS,
    "text.parse_math": False,  # names are data: a dollar sign starts no formula
    "text.hinting": "no_hinting",  # letters as wide at 60 dpi as at 600
    "axes.unicode_minus": True,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "fxtrack",  # the same ids in every run
    "pdf.fonttype": 42,
    "path.simplify": False,
    "agg.path.chunksize": 0,
}
"""Settings of matplotlib for all charts."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is drawn.

    Attributes:
        theme: the colours.
        adapts: an SVG in light colours turns dark where its reader prefers that.
        size: width and height in inches.
        height_follows: the content decides the height, and `size` gives the width: calendars, panels, long legends.
        dpi: dots per inch of PNG, and of pictures inside SVG and PDF.
        title: replaces the chart's own title.
        invert: draw the inverse rate.
        gaps: fold long stretches without captures to breaks where that makes the rest readable, or draw them to scale.
        language: of all texts.
    """

    theme: Theme = LIGHT
    adapts: bool = False
    size: tuple[float, float] = WIDE_INCHES
    height_follows: bool = True
    dpi: float = DPI
    title: str | None = None
    invert: bool = False
    gaps: Gaps = "fold"
    language: Language = field(default_factory=english)

    @property
    def content_points(self) -> tuple[float, float]:
        """Width and approximate height in points that the texts and margins leave for content."""
        return 72 * self.size[0] - 2 * MARGIN_POINTS, 72 * self.size[1] - _AROUND_POINTS

    def sized_for(self, points: float) -> "Look":
        """Return the look with the height that content of `points` needs, unless the height is fixed."""
        if not self.height_follows:
            return self
        return replace(self, size=(self.size[0], round((points + _AROUND_POINTS) / 72, 2)))


def configured_look(config: Config, language: str | None = None, gaps: str | None = None) -> Look:
    """Return the standard look with the language and gaps of a configuration, unless others are given.

    Names of currencies in the configuration are in its own language, and serve no other.

    Raises:
        ConfigError: the file of phrases cannot be used.
        UsageError: the language or the way to draw gaps is unknown.
    """
    settings = config.settings.charts
    code, gaps = language or settings.language, gaps or settings.gaps
    for what, value, choices in (
        ("language", code, tuple(CHART_LANGUAGES)),
        ("way to draw gaps", gaps, get_args(Gaps)),
    ):
        if value not in choices:
            raise UsageError(f"unknown {what} {value!r}; choose from {', '.join(choices)}")
    words = config.root / settings.words if settings.words else None
    currencies = settings.currencies if code == settings.language else {}
    return Look(gaps=cast("Gaps", gaps), language=chart_language(code, words, currencies))


def dot_points(width: float, day_points: float, marks: int) -> float:
    """Return the diameter in points of each of this many marks on a time axis of `width` points.

    A mark is as wide as most of its day, wider where there are few marks, and always legible.
    """
    return min(6.0, max(2.0, 0.8 * day_points, min(5.0, 0.5 * width / max(marks, 1))))


def few(marks: int) -> bool:
    """Return whether this many marks stand apart, so that they may be strong."""
    return marks <= _FEW_MARKS


def line_points(width: float, closes: int) -> float:
    """Return the width of a line through some closes on an axis of `width` points: wider where they are few."""
    return min(2.4, max(LINE_POINTS, 0.25 * width / max(closes, 1)))
