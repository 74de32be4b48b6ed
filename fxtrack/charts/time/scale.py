"""Where days stand on a time axis: true to scale, or with long stretches without captures folded to breaks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fxtrack.charts.series import Floats

Gaps = Literal["fold", "true"]

BREAK_POINTS = 17.0
"""Width of a break, which has a line or two of text upright in it."""

_READABLE_POINTS = 6.0
"""A day this wide needs no more folding."""

_NEARLY = 0.85
"""Further breaks that widen a day by less than the rest of this are left out."""

_LEAST_GAIN = 1.25
"""Folding that widens a day by less is not worth an axis that is not to scale."""

_MOST_BREAKS = 0.4
"""The share of the axis that breaks may take."""

_FAR = 1e6


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive days, from the start of the first to the end of the last, in days since 1970-01-01."""

    start: float
    end: float

    @property
    def days(self) -> int:
        """The number of days."""
        return round(self.end - self.start)


@dataclass(frozen=True, slots=True)
class TimeScale:
    """A time axis from the start of its first day to the end of its last one.

    Attributes:
        start, end: in days since 1970-01-01.
        folded: the stretches that are folded to breaks, ascending.
        open_gaps: the stretches without captures that are drawn to scale, ascending.
        break_days: width of a break, in days to scale.
        width: of the axis in points, without its margins.
    """

    start: float
    end: float
    folded: tuple[Stretch, ...]
    open_gaps: tuple[Stretch, ...]
    break_days: float
    width: float

    @classmethod
    def fit(cls, captured: Floats, width: float, gaps: Gaps = "fold", band: float = BREAK_POINTS) -> "TimeScale":
        """Return the scale of an axis of `width` points.

        With ``fold``, the longest stretches without captures become breaks of `band` points, as few as leave days of a
        readable width; none where that helps little.

        Args:
            captured: the days that have something to draw, in any order.
            width: in points.
            gaps: ``fold`` or ``true``.
            band: width of a break in points.
        """
        days = np.unique(np.floor(captured))
        start, end = float(days[0]), float(days[-1]) + 1
        after = np.flatnonzero(np.diff(days) > 1)
        missing = [Stretch(float(days[i]) + 1, float(days[i + 1])) for i in after]
        folded = _to_fold(missing, end - start, width, band) if gaps == "fold" else []
        return cls(start, end, tuple(folded), tuple(g for g in missing if g not in folded), 0.0, width).on(width, band)

    def without_open_gaps(self) -> "TimeScale":
        """Return the scale without stretches to name between its breaks."""
        return replace(self, open_gaps=())

    def on(self, width: float, band: float = BREAK_POINTS) -> "TimeScale":
        """Return the scale with the same breaks on an axis of another width."""
        to_scale = self.end - self.start - sum(gap.days for gap in self.folded)
        return replace(self, width=width, break_days=band * to_scale / max(width - len(self.folded) * band, 1.0))

    @property
    def length(self) -> float:
        """Length of the axis, in days to scale."""
        return self.end - self.start + sum(self.break_days - gap.days for gap in self.folded)

    @property
    def day_points(self) -> float:
        """Width of a day in points."""
        return self.width / self.length

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The parts of the axis that are to scale, between breaks."""
        starts = [self.start, *(gap.end for gap in self.folded)]
        ends = [*(gap.start for gap in self.folded), self.end]
        return tuple(Stretch(start, end) for start, end in zip(starts, ends, strict=True))

    def place(self, days: Floats) -> Floats:
        """Return the places of days on the axis, in days to scale from `start`."""
        return np.asarray(np.interp(days, *self._knots()), dtype=np.float64)

    def days_at(self, places: Floats) -> Floats:
        """Return the days at places; what `place` undoes."""
        days, at = self._knots()
        return np.asarray(np.interp(places, at, days), dtype=np.float64)

    def points(self, day: float) -> float:
        """Return the distance of a day from the start of the axis in points."""
        return float(self.place(np.array([day]))[0]) * self.day_points

    def _knots(self) -> tuple[Floats, Floats]:
        days, places = [self.start - _FAR, self.start], [-_FAR, 0.0]
        for gap in self.folded:
            places += [places[-1] + gap.start - days[-1], places[-1] + gap.start - days[-1] + self.break_days]
            days += [gap.start, gap.end]
        rest = self.end - days[-1]
        return np.array([*days, self.end + _FAR]), np.array([*places, places[-1] + rest + _FAR])


def _to_fold(missing: Sequence[Stretch], days: float, width: float, band: float) -> list[Stretch]:
    """Return the stretches to fold: the longest ones, as few as make a day readable or nearly as wide as it can be."""
    ordered = sorted(missing, key=lambda gap: (-gap.days, gap.start))
    most = int(_MOST_BREAKS * width // band)
    left = days
    widths = [width / days]
    for number, gap in enumerate(ordered[:most], 1):
        left -= gap.days
        widths.append((width - number * band) / left)
    enough = min(_READABLE_POINTS, _NEARLY * max(widths))
    chosen = next(number for number, wide in enumerate(widths) if wide >= enough)
    if widths[chosen] < _LEAST_GAIN * widths[0]:
        return []
    return sorted(ordered[:chosen], key=lambda gap: gap.start)
