"""Doubts rates whose ratio no two currencies have had, by the orders of magnitude in `magnitudes.toml`. Pure."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import NamedTuple

from fxtrack.model.quote import Quote

_MARGIN = 2  # on either side of the range that two currencies have had
_MAY_BE = "a unit, a direction or a decimal mark may be misread, or the figures are no rates"
_UNIT_MARGIN = 10  # where the page prints a unit, which is not missed then


class Priced(NamedTuple):
    """A currency, the rate printed beside it, and for how many units of it."""

    code: str
    rate: Fraction
    printed: str
    unit: int = 1


def impossible_rates(quotes: Iterable[Quote]) -> str | None:
    """Return why the rates of a page cannot all be right, None where they can be."""
    rows: dict[tuple[str, str], list[Priced]] = {}
    for quote in quotes:
        base, counter = quote.pair.split("/")
        if not Fraction(quote.rate_text):
            continue  # the reader refuses it
        priced = Priced(base, Fraction(quote.rate_text) / quote.rate_unit, quote.rate_text, quote.rate_unit)
        if is_possible(priced, counter) is False:
            return f"{quote.pair} at {_shown(priced)} is no possible price: {_MAY_BE}"
        rows.setdefault(("counter", counter), []).append(priced)
        rows.setdefault(("base", base), []).append(Priced(counter, 1 / priced.rate, quote.rate_text, quote.rate_unit))
    return next((doubt for priced_in in rows.values() if (doubt := impossible_prices(priced_in))), None)


def impossible_prices(prices: Sequence[Priced]) -> str | None:
    """Return why figures cannot all be prices in one currency, whichever that is; None where they can be."""
    if len(prices) > 2 and len({price.rate for price in prices}) == 1:  # noqa: PLR2004
        return f"{prices[0].printed} beside each of the currencies cannot be the price of one unit"
    for one, other in combinations(prices, 2):
        if is_possible_ratio(one, other) is False:
            said = f"{one.code} at {_shown(one)} and {other.code} at {_shown(other)}"
            return f"{said} cannot both be prices of one unit: {_MAY_BE}"
    return None


def is_possible(priced: Priced, counter: str, margin: int = _MARGIN) -> bool | None:
    """Return whether a rate in a counter currency is possible; None where one of the two is not listed."""
    return is_possible_ratio(priced, Priced(counter, Fraction(1), "1"), margin)


def is_possible_ratio(one: Priced, other: Priced, margin: int = _MARGIN) -> bool | None:
    """Return whether two prices in one currency are possible beside each other; None where a currency is not listed."""
    ranges = _ranges()
    if one.code not in ranges or other.code not in ranges or one.code == other.code:
        return None
    (low, high), (other_low, other_high) = ranges[one.code], ranges[other.code]
    margin = _UNIT_MARGIN if max(one.unit, other.unit) > 1 else margin
    return other_low / high / margin <= one.rate / other.rate <= other_high / low * margin


def listed_currencies() -> Iterable[str]:
    """Return the currencies whose magnitude is known: those of today."""
    return _ranges().keys()


def home_direction(prices: Iterable[Priced], home: str) -> str | None:
    """Return whether figures beside codes are prices in a currency or amounts that 1 unit of it costs.

    Returns:
        ``counter`` for prices, ``base`` for amounts; None where the magnitudes allow both, or neither, or are unknown.
    """
    rows = [price for price in prices if price.code in _ranges() and price.code != home]
    if home not in _ranges() or not rows:
        return None
    for margin in (_MARGIN, 1):
        kept = [key for key in ("counter", "base") if all(_fits(price, home, key, margin) for price in rows)]
        if len(kept) == 1:
            return kept[0]
        if not kept:
            return None
    return None


def _fits(price: Priced, home: str, key: str, margin: int) -> bool:
    rate = price.rate if key == "counter" else 1 / price.rate
    return is_possible(price._replace(rate=rate), home, margin) is not False


def _shown(priced: Priced) -> str:
    return f"{priced.printed} per {priced.unit:,}" if priced.unit != 1 else priced.printed


@cache
def _ranges() -> Mapping[str, tuple[Fraction, Fraction]]:
    """Return lowest and highest price of one US dollar in each currency."""
    text = (files("fxtrack.probe.meaning") / "magnitudes.toml").read_text("utf-8")
    return {code: (Fraction(str(low)), Fraction(str(high))) for code, (low, high) in tomllib.loads(text).items()}
