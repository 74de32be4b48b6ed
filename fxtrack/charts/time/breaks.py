"""Breaks of a time axis, and what stands in them: their length, and the change of level from one side to the other."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from fxtrack.charts.labels import widest, width_of
from fxtrack.charts.language.language import Language
from fxtrack.charts.style import LINE_HEIGHT, SMALL_POINTS, Theme
from fxtrack.charts.time.scale import Stretch, TimeScale

UPRIGHT_POINTS = LINE_HEIGHT * SMALL_POINTS
"""Width of a line of upright text."""

_LEAST_LABELLED_DAYS = 10
"""Shorter gaps that are drawn to scale have no label: it would stand among the marks."""

Levels = Mapping[float, str]
"""The change of level across a gap, by the first day without a capture."""


def draw_gaps(  # noqa: PLR0913
    axes: Axes,
    scale: TimeScale,
    theme: Theme,
    language: Language,
    height: float,
    *,
    levels: Levels | None = None,
    of_captures: bool = True,
) -> bool:
    """Mark the breaks of an axis `height` points high, and write into them and into wide gaps how long they are.

    Args:
        axes: with the time axis set up.
        scale: of the time axis.
        theme: the colours.
        language: of the texts.
        height: of the axes in points.
        levels: the changes of level to write beside the lengths.
        of_captures: the days in the gaps are not captured; otherwise they only have nothing to draw.

    Returns:
        Whether a change of level is written.
    """
    for gap in scale.folded:
        axes.axvspan(gap.start, gap.end, color=theme.grid, linewidth=0, zorder=1.6, gid="break")
        _draw_strokes(axes, gap, theme)
    room = height - 8
    gaps = [*scale.folded, *(gap for gap in scale.open_gaps if gap.days >= _LEAST_LABELLED_DAYS)]
    lengths = _lengths(gaps, language, room, of_captures=of_captures)
    written = False
    for gap, length in zip(gaps, lengths, strict=True):
        back = theme.grid if gap in scale.folded else theme.paper
        level = (levels or {}).get(gap.start, "")
        texts = [text for text in (length, level) if text and width_of(text, SMALL_POINTS) <= room]
        texts = texts[: int((scale.points(gap.end) - scale.points(gap.start)) // UPRIGHT_POINTS)]
        written |= level in texts
        _write_upright(axes, gap, texts, theme.muted, back)
    return written


def time_words(scale: TimeScale, language: Language) -> list[str]:
    """Say how the time axis is drawn: folded or to scale, and that a missing day is blank where that can be seen."""
    blank = [language.say("blank")] if scale.open_gaps else []
    if scale.folded:
        return [*blank, language.say("axis_folded", len(scale.folded))]
    return [*blank, language.say("axis_true")] if scale.open_gaps else []


def _lengths(gaps: Sequence[Stretch], language: Language, room: float, *, of_captures: bool) -> list[str]:
    """Return the lengths of gaps in the longest words that fit for all of them, empty where none do."""
    choices = (
        *([[language.say("not_captured", gap.days) for gap in gaps]] if of_captures else []),
        [language.say("days", gap.days) for gap in gaps],
        [language.count(gap.days) for gap in gaps],
    )
    return next((texts for texts in choices if widest(texts, SMALL_POINTS) <= room), [""] * len(gaps))


def _write_upright(axes: Axes, gap: Stretch, texts: Sequence[str], colour: str, back: str) -> None:
    """Write texts upright into the middle of a gap, side by side, over grid lines but not through them."""
    for number, text in enumerate(texts):
        aside = (number - (len(texts) - 1) / 2) * UPRIGHT_POINTS
        axes.annotate(
            text, xy=((gap.start + gap.end) / 2, 0.5), xycoords=("data", "axes fraction"), xytext=(aside, 0),
            textcoords="offset points", rotation=90, ha="center", va="center", color=colour,
            fontsize=SMALL_POINTS, annotation_clip=False, zorder=1.7, gid="gap-label",
            bbox={"facecolor": back, "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip


def _draw_strokes(axes: Axes, gap: Stretch, theme: Theme) -> None:
    """Interrupt the axis along a break, with a slanting stroke at either end."""
    on_axis = {"transform": axes.get_xaxis_transform(), "clip_on": False}
    axes.plot([gap.start, gap.end], [0, 0], color=theme.paper, linewidth=2.4, zorder=3, **on_axis)  # type: ignore[arg-type]
    axes.plot(
        [gap.start, gap.end], [0, 0], linestyle="none", marker=[(-1, -2), (1, 2)], markersize=8, markeredgewidth=1,
        color=theme.muted, zorder=5, gid="break-marks", **on_axis,  # type: ignore[arg-type]
    )  # fmt: skip
