"""Rates and reports as a ticker may print them, the hard ones more often than chance would have it."""

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from oracle import MODES, Rule, decimals_of, printed, report_for, rounded, top

from fxtrack.limits import PCT_INTEGER_DIGITS, PCT_SCALE, RATE_INTEGER_DIGITS, RATE_SCALE

LOOKBACK = 7
RULES = [Rule(change, pct, mode) for change in (None, *range(10)) for pct in range(5) for mode in MODES]
EXTREMES = ("0.000000001", "0.000000009", "1", "9", "999999999", "999999999.999999999", "100000000", "0.5", "000.1")
SETTINGS = settings(
    deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip


def examples(few: int, many: int) -> pytest.MarkDecorator:
    """Give a test its number of examples: few in `make test`, many in the long tests."""
    return pytest.mark.parametrize("examples", [few, pytest.param(many, marks=pytest.mark.slow)])


class Case(NamedTuple):
    """A report at a rate, and the rates of some days before (0: the same day) that may be its base."""

    rule: Rule
    rate: str
    report: str
    bases: dict[int, str]


def text_of(mantissa: int, decimals: int) -> str:
    digits = str(mantissa).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


@st.composite
def rates(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["tiny", "usual", "large", "any", "extreme"]))
    if kind == "extreme":
        return draw(st.sampled_from(EXTREMES))
    decimals = {"tiny": 5, "usual": 5, "large": 2}.get(kind) or draw(st.integers(0, RATE_SCALE))
    span = {"tiny": (1, 9), "usual": (150, 30_000), "large": (5_000, 1_500_000)}.get(kind)
    low, high = span or (1, 10 ** draw(st.integers(1, RATE_INTEGER_DIGITS + decimals)) - 1)
    return text_of(draw(st.integers(low, high)), decimals)


@st.composite
def bases_near(draw: st.DrawFn, rate: str, rule: Rule) -> str:
    """Return a rate a whole or half number of change ticks away, or a little, or anything; often of other precision."""
    how = draw(st.sampled_from(["same", "ticks", "ticks", "percent", "percent", "any"]))
    if how == "any":
        return draw(rates())
    decimals = decimals_of(rate)
    value = Fraction(rate)
    if how == "ticks":
        decimals = min(RATE_SCALE, max(decimals, 5 if rule.change is None else rule.change + 1))
        value += Fraction(draw(st.integers(-9, 9)), 2 * 10 ** (4 if rule.change is None else rule.change))
    elif how == "percent":
        value *= 1 + Fraction(draw(st.integers(-300, 300)), 10**4)
        decimals = draw(st.sampled_from([decimals, decimals, max(0, decimals - 1), min(RATE_SCALE, decimals + 2)]))
    mantissa = max(1, int(rounded(value, decimals) * 10**decimals))
    return text_of(min(mantissa, 10 ** (RATE_INTEGER_DIGITS + decimals) - 1), decimals)


@st.composite
def reports(draw: st.DrawFn, rate: str, base: str, rule: Rule) -> str:
    """Return the report that true rates behind a rate and a base give, or one beside it, or one of some other kind."""
    how = draw(st.sampled_from(["true", "true", "true", "beside", "beside", "zero", "any", "fall", "finer"]))
    if how == "zero":
        return draw(st.sampled_from(["0%", "-0%", "+0%", "0.00%", "-0.0%", "-0.000000%"]))
    if how == "fall":
        near = -100 * 10**rule.pct + draw(st.integers(-3, 3))
        return "-" + text_of(abs(near), rule.pct) + "%"
    if how == "any":
        digits = draw(st.integers(1, PCT_INTEGER_DIGITS))
        decimals = draw(st.integers(0, PCT_SCALE))
        size = draw(st.integers(0, 10 ** (digits + decimals) - 1))
        return draw(st.sampled_from(["", "-", "+"])) + text_of(size, decimals) + "%"
    places = st.sampled_from([Fraction(n, 6) for n in range(7)])
    true_rate, true_base = (s.low + draw(places) * (top(s) - s.low) for s in (printed(rate), printed(base)))
    decimals = rule.pct
    value = int(report_for(true_rate, true_base, rule) * 10**decimals)
    if how == "beside":
        value += draw(st.sampled_from([-2, -1, 1, 2]))
    sign = "-" if value < 0 or (value == 0 and true_rate < true_base) else ""
    if how == "finer" or draw(st.booleans()):
        value, decimals = 10 * value, decimals + 1
        value += draw(st.integers(-1, 1)) if how == "finer" else 0
    size = min(abs(value), 10 ** (PCT_INTEGER_DIGITS + decimals) - 1)
    return sign + text_of(size, decimals) + "%"


@st.composite
def ties(draw: st.DrawFn) -> Case:
    """Return a case where a percentage is half way between two reports just where the range of a rate or base ends."""
    base_decimals = draw(st.integers(0, 2))
    pct = draw(st.integers(0, 4 - base_decimals))
    finest = base_decimals + pct + 4  # decimals of the change between the two ends
    # an odd multiple of 5 in the decimal behind the last: a value between two neighbours with that many decimals
    base = (2 * draw(st.integers(1, 60)) + 1) * Fraction(5, 10 ** (base_decimals + 1))
    halves = 2 * draw(st.integers(0, 40)) + 1
    change = base * halves / (200 * 10**pct) * (draw(st.sampled_from([1, -1])) if halves < 200 * 10**pct else 1)
    rule = Rule(draw(st.sampled_from([None, finest, finest, finest - 1])), pct, draw(st.sampled_from(MODES)))
    rate_decimals, steps = draw(st.sampled_from([(finest, 0), (finest, 2), (finest - 1, 1)]))
    steps *= draw(st.sampled_from([1, -1]))
    shown_rate = base + change + Fraction(steps, 2 * 10**rate_decimals)
    shown_base = base + draw(st.sampled_from([-1, 1])) * Fraction(5, 10 ** (base_decimals + 1))
    report = text_of((halves + draw(st.sampled_from([-1, 1]))) // 2, pct) + "%"
    return Case(
        rule,
        text_of(max(1, int(shown_rate * 10**rate_decimals)), rate_decimals),
        ("-" if change < 0 else "") + report,
        {1: text_of(max(1, int(shown_base * 10**base_decimals)), base_decimals)},
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    if draw(st.integers(0, 3)) == 0:
        return draw(ties())
    rule, rate = draw(st.sampled_from(RULES)), draw(rates())
    days = draw(st.lists(st.integers(0, LOOKBACK + 1), min_size=1, max_size=3, unique=True))
    bases = {day: draw(bases_near(rate, rule)) for day in days}
    return Case(rule, rate, draw(reports(rate, bases[days[0]], rule)), bases)
