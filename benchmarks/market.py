"""A made-up market as a news site prints it: five states of the ticker a day, with the site's own rounding."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

FIRST_DAY = dt.date(2015, 1, 5)
STATES_A_DAY = 5

_UNIT_DECIMALS = 8  # what is not printed moves too: it decides between 0% and -0%
_PRINTED_DECIMALS = 5
_CHANGE_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class _Traded:
    """A pair, around which rate it stays, and how far it goes from one state to the next; units of 10^-8."""

    pair: str
    anchor: int
    step: int
    pegged: bool = False


_TRADED = (
    _Traded("KGS/USD", 1_144_000, 260),
    _Traded("KZT/USD", 192_000, 420),
    _Traded("TJS/USD", 10_866_000, 16_000),
    _Traded("UZS/USD", 8_000, 12),
    _Traded("TMT/USD", 28_530_000, 40_500, pegged=True),
)

PAIRS = len(_TRADED)


@dataclass(frozen=True, slots=True)
class State:
    """The ticker at one time of a day: (pair, rate, change) as printed."""

    date: dt.date
    quotes: tuple[tuple[str, str, str], ...]


def states(seed: str, days: int, first: dt.date = FIRST_DAY) -> Iterator[State]:
    """Yield five states a day, all different within their day, in order; equal for equal arguments.

    The change is that from the last state of the day before.
    """
    chance = random.Random(f"market {seed}")
    rates = [traded.anchor for traded in _TRADED]
    bases = list(rates)
    for day in range(days):
        seen: set[tuple[tuple[str, str, str], ...]] = set()
        while len(seen) < STATES_A_DAY:
            rates = [_move(chance, traded, rate) for traded, rate in zip(_TRADED, rates, strict=True)]
            quotes = tuple(
                (traded.pair, _printed(rate), report(rate, base))
                for traded, rate, base in zip(_TRADED, rates, bases, strict=True)
            )
            if quotes not in seen:
                seen.add(quotes)
                yield State(first + dt.timedelta(day), quotes)
        bases = list(rates)


def report(rate: int, base: int) -> str:
    """Return a change in percent as the site prints it: ``round(100 * round(rate - base, 4) / base, 2)``, exactly."""
    change = rate - base
    rounded = _nearest(abs(change), 10 ** (_UNIT_DECIMALS - _CHANGE_DECIMALS))
    hundredths = _nearest(100 * 100 * rounded * 10 ** (_UNIT_DECIMALS - _CHANGE_DECIMALS), base)
    digits = f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")
    return f"{'-' if change < 0 else ''}{digits}%"


def _move(chance: random.Random, traded: _Traded, rate: int) -> int:
    if traded.pegged:  # between the central bank's two values, now and then
        return (
            traded.anchor + (traded.step if chance.random() < 0.5 else -traded.step) if chance.random() < 0.1 else rate
        )
    return rate + round(chance.gauss(0, traded.step) + (traded.anchor - rate) / 400)


def _printed(rate: int) -> str:
    units = _nearest(rate, 10 ** (_UNIT_DECIMALS - _PRINTED_DECIMALS))
    return f"{units // 10**_PRINTED_DECIMALS}.{units % 10**_PRINTED_DECIMALS:05}"


def _nearest(amount: int, unit: int) -> int:
    """Return how many units an amount is, halves up."""
    return (2 * amount + unit) // (2 * unit)
