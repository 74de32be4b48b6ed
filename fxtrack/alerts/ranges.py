"""Moves and levels of closes, by the range of true rates that print as they do. Pure, in integers and fractions."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

from fxtrack.alerts.rules import Judgement
from fxtrack.config.alerts import LevelAlert, MovedAlert

_UNITS = 2 * 10**9  # of the price of 1


@dataclass(frozen=True, slots=True)
class Close:
    """The close of a date: the range of true rates that print as `text`, in units of half 10^-9."""

    date: dt.date
    low: int
    high: int
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """The change between two closes in percent, as the range that printed digits allow; no limit if None."""

    low: Fraction
    high: Fraction | None

    @property
    def in_words(self) -> str:
        """The range, rounded outwards to two decimals."""
        high = "any rise" if self.high is None else f"{_rounded(self.high, ROUND_CEILING):+f} %"
        return f"{_rounded(self.low, ROUND_FLOOR):+f} % to {high}"


def move_between(base: Close, close: Close) -> Move:
    """Return the change from a base to a close. A base that prints as zero allows any rise."""
    return Move(
        Fraction(100 * (close.low - base.high), base.high),
        Fraction(100 * (close.high - base.low), base.low) if base.low > 0 else None,
    )


def judge_moves(alert: MovedAlert, pair: str, closes: Sequence[Close], first: dt.date) -> Iterator[Judgement]:
    """Judge each close from `first` on; closes before that serve as bases."""
    least = Fraction(alert.least_percent)
    for place, close in enumerate(closes):
        if close.date < first:
            continue
        base = _base_of(alert, closes, place)
        yield Judgement(close.date, None) if base is None else _judge_move(least, pair, base, close)


def judge_levels(alert: LevelAlert, closes: Sequence[Close]) -> Iterator[Judgement]:
    """Judge each close against a level."""
    level, back = _in_units(alert.level), _in_units(alert.back_level)
    way = "above" if alert.is_above else "below"
    for close in closes:
        beyond, over = (close.low > level, close.high < back) if alert.is_above else (
            close.high < level, close.low > back
        )  # fmt: skip
        shown = f"{close.text} on {close.date}"
        if beyond:
            yield Judgement(close.date, True, way, f"{alert.pair} is {way} {alert.level:f}: {shown}")
        elif over:
            other = "below" if alert.is_above else "above"
            yield Judgement(close.date, False, "", f"{alert.pair} is back {other} {alert.back_level:f}: {shown}")
        else:
            yield Judgement(close.date, None)


def _base_of(alert: MovedAlert, closes: Sequence[Close], place: int) -> Close | None:
    """Return the close that one is compared with, None if there is none.

    For a number of days that is the last close from before then, unless that is as long before again.
    """
    date = closes[place].date
    if alert.days:
        wanted = date - dt.timedelta(days=alert.days)
        base = _last_by(closes, wanted)
        return base if base and base.date >= wanted - dt.timedelta(days=alert.days) else None
    if alert.date:
        return _last_by(closes, alert.date) if alert.date < date else None
    return closes[place - 1] if place else None


def _last_by(closes: Sequence[Close], date: dt.date) -> Close | None:
    place = bisect_right(closes, date, key=lambda close: close.date)
    return closes[place - 1] if place else None


def _judge_move(least: Fraction, pair: str, base: Close, close: Close) -> Judgement:
    move, dates = move_between(base, close), f"from {base.date} to {close.date}"
    evidence = f"{base.text} on {base.date}, {close.text} on {close.date}: {move.in_words}"
    if move.low >= least:
        title = f"{pair} rose by at least {_rounded(move.low, ROUND_FLOOR):f} % {dates}"
        return Judgement(close.date, True, f"rose {move.low // least}", f"{title}\n{evidence}")
    if move.high is not None and -move.high >= least:
        title = f"{pair} fell by at least {_rounded(-move.high, ROUND_FLOOR):f} % {dates}"
        return Judgement(close.date, True, f"fell {-move.high // least}", f"{title}\n{evidence}")
    if move.high is not None and -least < move.low and move.high < least:
        return Judgement(close.date, False, "", f"{pair} moved by less than {_plain(least)} % {dates}\n{evidence}")
    return Judgement(close.date, None)


def _in_units(rate: Decimal) -> Fraction:
    return Fraction(rate) * _UNITS


def _plain(number: Fraction) -> str:
    return f"{(Decimal(number.numerator) / Decimal(number.denominator)).normalize():f}"


def _rounded(number: Fraction, mode: str) -> Decimal:
    hundredths = number * 100
    whole = hundredths.__floor__() if mode == ROUND_FLOOR else hundredths.__ceil__()
    return Decimal(whole).scaleb(-2)
