"""The SQL that explains reports agrees with exact fractions, for whatever a ticker can print."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import oracle
import pytest
from histories import add_history, empty, set_rules
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from oracle import Dated, Rule, base_range, decimals_of, printed, report_for, rounded, rounded_down, rounded_up, top

from fxtrack.database import in_memory
from fxtrack.limits import PCT_INTEGER_DIGITS, PCT_SCALE, RATE_INTEGER_DIGITS, RATE_SCALE
from fxtrack.schema import prepare
from fxtrack.store import Store

TODAY = dt.date(2025, 12, 12)
LOOKBACK = 7
PAIR = "AAA/BBB"
RULES = [Rule(change, pct) for change in (None, *range(10)) for pct in range(5)]
MOST_RATE = Fraction(10**18 - 1, 10**9)
MOST_PCT = 10**12 - Fraction(1, 10**6)
EXTREMES = ("0.000000001", "0.000000009", "1", "9", "999999999", "999999999.999999999", "100000000", "0.5", "000.1")


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
def cases(draw: st.DrawFn) -> Case:
    rule, rate = draw(st.sampled_from(RULES)), draw(rates())
    days = draw(st.lists(st.integers(0, LOOKBACK + 1), min_size=1, max_size=3, unique=True))
    bases = {day: draw(bases_near(rate, rule)) for day in days}
    return Case(rule, rate, draw(reports(rate, bases[days[0]], rule)), bases)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    connection = in_memory()
    prepare(connection)
    yield Store(connection, Path("in memory"))
    connection.close()


def histories(batch: list[Case]) -> dict[str, list[Dated]]:
    """Return one source for each case; its first snapshot is the one that reports."""
    return {
        f"s{number}": [
            Dated(f"s{number}", TODAY, {PAIR: (case.rate, case.report)}),
            *(Dated(f"s{number}", TODAY - dt.timedelta(day), {PAIR: (b, None)}) for day, b in case.bases.items()),
        ]
        for number, case in enumerate(batch)
    }


def load(store: Store, batch: list[Case]) -> dict[str, list[Dated]]:
    told = histories(batch)
    empty(store)
    add_history(store, [snapshot for history in told.values() for snapshot in history])
    set_rules(store, {f"s{number}": case.rule for number, case in enumerate(batch)}, LOOKBACK)
    return told


def reporting(store: Store) -> list[dict[str, Any]]:
    """Return the deltas of the snapshots that report, one for each case."""
    result = store.connection.execute("FROM deltas WHERE reported_text IS NOT NULL")
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def as_rate(value: Fraction | None) -> Fraction | None:
    """Return a rate, or null where the store's decimals do not reach."""
    return value if value is not None and abs(value) <= MOST_RATE else None


def as_pct(value: Fraction) -> Fraction | None:
    return value if abs(value) <= MOST_PCT else None


def fraction(value: object) -> Fraction | None:
    return None if value is None else Fraction(str(value))


BATCH = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
BATCHES = st.lists(cases(), min_size=25, max_size=60)


def test_every_report_gets_the_verdict_and_the_base_date_that_exact_fractions_give(store: Store) -> None:
    words: Counter[str] = Counter()

    @BATCH
    @given(BATCHES)
    def check(batch: list[Case]) -> None:
        told = load(store, batch)
        wrong = []
        for row in reporting(store):
            case = batch[int(row["source"][1:])]
            expected = oracle.verdict(told[row["source"]], 0, PAIR, case.rule, LOOKBACK)
            words[expected.word] += 1
            if expected != (row["verdict"], row["base_date"]):
                wrong.append((case, expected, row["verdict"], row["base_date"]))
        assert not wrong

    check()
    total = words.total()
    assert words["agrees"] + words["agrees earlier"] > total / 10, words
    assert words["breaks the rule"] > total / 20, words
    assert words["unexplained"] + words["base not captured"] + words["no history"] > total / 10, words


def test_the_base_that_a_report_implies_is_the_range_that_exact_fractions_give(store: Store) -> None:
    kinds: Counter[str] = Counter()

    @BATCH
    @given(BATCHES)
    def check(batch: list[Case]) -> None:
        load(store, batch)
        wrong = []
        for row in reporting(store):
            case = batch[int(row["source"][1:])]
            implied = base_range(case.rate, case.report, case.rule)
            low = high = None
            if implied:
                low = as_rate(rounded_down(implied[0], RATE_SCALE))
                high = None if implied[1] is None else as_rate(rounded_up(implied[1], RATE_SCALE))
            kinds["none" if implied is None else "no limit" if implied[1] is None else "range"] += 1
            if (fraction(row["base_low"]), fraction(row["base_high"])) != (low, high):
                wrong.append((case, low, row["base_low"], high, row["base_high"]))
        assert not wrong

    check()
    assert min(kinds["none"], kinds["range"]) > kinds.total() / 10, kinds
    assert kinds["no limit"], kinds


def test_computed_changes_and_what_printed_digits_allow_are_exact(store: Store) -> None:
    computed = 0

    @BATCH
    @given(BATCHES)
    def check(batch: list[Case]) -> None:
        nonlocal computed
        load(store, batch)
        wrong = []
        for row in reporting(store):
            case = batch[int(row["source"][1:])]
            earlier = min((day for day in case.bases if day), default=None)
            shown = tuple(fraction(row[name]) for name in CHANGES)
            if shown != ((None,) * len(CHANGES) if earlier is None else changes(case, case.bases[earlier])):
                wrong.append((case, shown))
            if row["previous_date"] != (earlier and TODAY - dt.timedelta(earlier)) or row["gap_days"] != earlier:
                wrong.append((case, row["previous_date"], row["gap_days"]))
            computed += earlier is not None
        assert not wrong

    check()
    assert computed > 500


CHANGES = ("previous_rate", "change", "change_pct", "change_pct_low", "change_pct_high", "discrepancy_pp")


def changes(case: Case, previous: str) -> tuple[Fraction | None, ...]:
    now, then = Fraction(case.rate), Fraction(previous)
    percent = as_pct(rounded(100 * (now - then) / then, 6))
    least = 100 * (printed(case.rate).low / top(printed(previous)) - 1)
    most = 100 * (top(printed(case.rate)) / printed(previous).low - 1)
    off = None if percent is None else percent - Fraction(case.report.rstrip("%"))
    return then, now - then, percent, as_pct(rounded_down(least, 6)), as_pct(rounded_up(most, 6)), off
