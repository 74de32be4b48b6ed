"""Derived numbers as text, with the digits that are certain. Rates themselves keep their printed text."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext

MINUS_SIGN = "\u2212"


def value_text(value: Decimal, low: Decimal, high: Decimal, *, signed: bool = False) -> str:
    """Return a value with as many digits as its range from `low` to `high`, see `range_text`."""
    return _rounded(value, _decimals_of(low, high), ROUND_HALF_UP, signed=signed)


def range_text(low: Decimal, high: Decimal, between: str = "\u2013", *, signed: bool = False) -> str:
    """Return a range, rounded outwards to two digits of its width; with plus signs if `signed`."""
    return between.join(range_ends(low, high, signed=signed))


def range_ends(low: Decimal, high: Decimal, *, signed: bool = False) -> tuple[str, str]:
    """Return the ends of a range, see `range_text`."""
    decimals = _decimals_of(low, high)
    return _rounded(low, decimals, ROUND_FLOOR, signed=signed), _rounded(high, decimals, ROUND_CEILING, signed=signed)


def inverse_text(low: Decimal, high: Decimal) -> str:
    """Return the range of 1/x for 0 < low <= x <= high, see `range_text`."""
    with localcontext(prec=40):
        return range_text(1 / high, 1 / low)


def _decimals_of(low: Decimal, high: Decimal) -> int:
    """Return the decimals down to the second digit of the width of a range."""
    return max(0, 1 - (high - low).adjusted())


def _rounded(value: Decimal, decimals: int, rounding: str, *, signed: bool = False) -> str:
    number = value.quantize(Decimal(1).scaleb(-decimals), rounding)
    text = f"{abs(number):,f}"
    if not number:
        return text
    return (MINUS_SIGN if number < 0 else "+" if signed else "") + text
