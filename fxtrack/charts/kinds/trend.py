"""One pair over time: closes as steps, every state seen, and what the printed digits allow."""

from collections.abc import Sequence

from fxtrack.charts.axes import DATE_AXIS_POINTS, free_axis, label_room, printed_axis, short_date, time_axis
from fxtrack.charts.labels import LINE_HEIGHT, EndLabel, draw_series, label_ends, unit_in_words, widest, wrapped
from fxtrack.charts.series import Series
from fxtrack.charts.sheet import Sheet
from fxtrack.charts.style import SOLID, TEXT_POINTS, Cue

EXPLANATION = (
    "Line: the close of each captured day. Dots: every rate seen. Band: what the printed digits allow, half a unit of "
    "the last one either way. Days without a capture are blank."
)
_FEW_TICKS = 4
_HUNDRED = 99.5
_END_GAP = 14.0


def trend_title(pair: str, *, inverse: bool) -> str:
    """Return the title of a trend chart."""
    base, counter = pair.split("/")
    return f"{counter}/{base}, the inverse of {pair} as quoted" if inverse else pair


def trend_notes(series: Sequence[Series]) -> tuple[str, ...]:
    """Say where a whole series lies within a few units of its last digit, so that its steps show rounding."""
    notes = []
    for one in series:
        ticks = one.span_in_ticks()
        who = f"{one.source}: " if len(series) > 1 else ""
        worth = f"{_two_digits(one.tick_pct())} %"
        if ticks == 0:
            notes.append(
                f"{who}Every rate prints as {one.last.text}. One unit of its last digit is worth {worth}: smaller "
                "moves cannot be seen."
            )
        elif ticks <= _FEW_TICKS:
            units = "one unit" if ticks == 1 else f"{ticks} units"
            notes.append(
                f"{who}All rates lie within {units} of the last printed digit, each worth {worth}: the steps show "
                "rounding."
            )
    return tuple(notes)


def draw_trend(sheet: Sheet, series: Sequence[Series], cues: dict[str, Cue]) -> None:
    """Draw the series of one pair, a line for each source.

    Args:
        sheet: what to draw on.
        series: at least one, all of the same pair.
        cues: colour and dashes by pair, and by source where there are several.
    """
    first, last = min(float(s.days[0]) for s in series), max(float(s.days[-1]) for s in series)
    several = len(series) > 1
    chosen = {s.source: cues[s.source] if several else Cue(cues[s.pair].colour, SOLID) for s in series}
    base, counter = series[0].pair.split("/")
    unit = unit_in_words(counter, base) if series[0].inverse else unit_in_words(base, counter)
    bottom, top = sheet.bottom + DATE_AXIS_POINTS, sheet.top - 4
    unit_lines = wrapped(unit, TEXT_POINTS, max(top - bottom, 60))
    axes = sheet.axes(sheet.left, bottom, sheet.right, top)
    low, high = min(float(s.low.min()) for s in series), max(float(s.high.max()) for s in series)
    if series[0].inverse:
        labels = free_axis(axes, low, high, top - bottom)
    else:
        labels = printed_axis(axes, low, high, max(s.decimals for s in series), top - bottom)
    ends = [
        EndLabel(
            "\n".join([*([s.source] if several else []), s.last_text(), short_date(s.last.date)]),
            float(s.rate[-1]),
            chosen[s.source].colour,
        )
        for s in series
    ]
    left = sheet.left + len(unit_lines) * TEXT_POINTS * LINE_HEIGHT + label_room(labels) + 2
    right = sheet.right - widest([end.text for end in ends], TEXT_POINTS) - _END_GAP
    sheet.place(axes, left, bottom, right, top)
    time_axis(axes, first, last, right - left)
    for one in series:
        draw_series(axes, one, chosen[one.source], right - left)
    label_ends(axes, ends, top - bottom)
    axes.set_ylabel("\n".join(unit_lines), color=sheet.theme.ink, fontsize=TEXT_POINTS, labelpad=6)


def _two_digits(value: float) -> str:
    return f"{value:.2g}" if value < _HUNDRED else f"{value:.0f}"
