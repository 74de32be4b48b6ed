"""The SQL that explains reports agrees with exact fractions, for whatever a ticker can print."""

import datetime as dt
from collections import Counter
from fractions import Fraction
from typing import Any

import oracle
import pytest
from cases import LOOKBACK, SETTINGS, Case, cases, examples
from histories import add_history, empty, set_rules
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Dated, Rule, base_range, printed, report_for, rounded, rounded_down, rounded_up, top

from fxtrack.limits import RATE_SCALE
from fxtrack.store.database.connection import Connection

TODAY = dt.date(2025, 12, 12)
PAIR = "AAA/BBB"
MOST_RATE = Fraction(10**18 - 1, 10**9)
MOST_PCT = 10**12 - Fraction(1, 10**6)


def histories(batch: list[Case]) -> dict[str, list[Dated]]:
    """Return one source for each case; its first snapshot is the one that reports."""
    return {
        f"s{number}": [
            Dated(f"s{number}", TODAY, {PAIR: (case.rate, case.report)}),
            *(Dated(f"s{number}", TODAY - dt.timedelta(day), {PAIR: (b, None)}) for day, b in case.bases.items()),
        ]
        for number, case in enumerate(batch)
    }


def load(loaded: Connection, batch: list[Case]) -> dict[str, list[Dated]]:
    told = histories(batch)
    empty(loaded)
    add_history(loaded, [snapshot for history in told.values() for snapshot in history])
    set_rules(loaded, {f"s{number}": case.rule for number, case in enumerate(batch)}, LOOKBACK)
    return told


def reporting(loaded: Connection) -> list[dict[str, Any]]:
    """Return the deltas of the snapshots that report, one for each case."""
    result = loaded.execute("FROM deltas WHERE reported_text IS NOT NULL")
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def as_rate(value: Fraction | None) -> Fraction | None:
    """Return a rate, or null where the store's decimals do not reach."""
    return value if value is not None and abs(value) <= MOST_RATE else None


def as_pct(value: Fraction) -> Fraction | None:
    return value if abs(value) <= MOST_PCT else None


def fraction(value: object) -> Fraction | None:
    return None if value is None else Fraction(str(value))


BATCHES = st.lists(cases(), min_size=45, max_size=90)


@examples(12, 20)
def test_verdicts_bases_and_changes_of_any_reports_are_those_of_exact_fractions(
    loaded: Connection, examples: int
) -> None:
    words: Counter[str] = Counter()
    kinds: Counter[str] = Counter()

    @settings(SETTINGS, max_examples=examples)
    @given(BATCHES)
    def check(batch: list[Case]) -> None:
        told = load(loaded, batch)
        wrong: list[tuple[Case, object, object]] = []
        for row in reporting(loaded):
            case = batch[int(row["source"][1:])]
            verdict = oracle.verdict(told[row["source"]], 0, PAIR, case.rule, LOOKBACK)
            kind, base = implied_base(case)
            earlier = min((day for day in case.bases if day), default=None)
            computed = (None,) * len(CHANGES) if earlier is None else changes(case, case.bases[earlier])
            for expected, found in (
                (tuple(verdict), (row["verdict"], row["base_date"])),
                (base, (fraction(row["base_low"]), fraction(row["base_high"]))),
                (computed, tuple(fraction(row[name]) for name in CHANGES)),
                ((earlier and TODAY - dt.timedelta(earlier), earlier), (row["previous_date"], row["gap_days"])),
            ):
                if expected != found:
                    wrong.append((case, expected, found))
            words[verdict.word] += 1
            kinds[kind] += 1
            kinds["computed"] += earlier is not None
        assert not wrong

    check()
    total = words.total()
    assert words["agrees"] + words["agrees earlier"] > total / 10, words
    assert words["breaks the rule"] > total / 20, words
    assert words["unexplained"] + words["base not captured"] + words["no history"] > total / 10, words
    assert min(kinds["none"], kinds["range"]) > total / 10, kinds
    assert kinds["no limit"], kinds
    assert kinds["computed"] > 500, kinds


def implied_base(case: Case) -> tuple[str, tuple[Fraction | None, Fraction | None]]:
    """Return what kind of base a report implies, and its range as the store keeps it."""
    implied = base_range(case.rate, case.report, case.rule)
    if implied is None:
        return "none", (None, None)
    low, high = as_rate(rounded_down(implied[0], RATE_SCALE)), implied[1]
    if high is None:
        return "no limit", (low, None)
    return "range", (low, as_rate(rounded_up(high, RATE_SCALE)))


@examples(1, 4)
def test_no_view_refuses_what_a_ticker_lets_through(loaded: Connection, examples: int) -> None:
    names = loaded.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    views = [f"FROM {name}" for (name,) in names]
    assert {"FROM deltas", "FROM audit", "FROM problems"} <= set(views)

    @settings(SETTINGS, max_examples=examples)
    @given(BATCHES)
    def check(batch: list[Case]) -> None:
        load(loaded, batch)
        for query in (*views, f"FROM indexed('{PAIR}', '2025-12-12')", "FROM cross_rate('BBB', 'AAA', '2025-12-12')"):
            loaded.execute(query).fetchall()

    check()


def test_a_problem_says_what_was_found_even_where_no_rate_of_the_store_can_be_the_base(loaded: Connection) -> None:
    verdicts(loaded, [Case(Rule(4, 2), "900000000", "-50%", {1: "900000000"})])
    ((problem, detail),) = loaded.execute("SELECT problem, detail FROM problems").fetchall()
    assert problem == "unexplained"
    assert str(detail).startswith(f"{PAIR} = 900000000 reports -50%")


CHANGES = ("previous_rate", "change", "change_pct", "change_pct_low", "change_pct_high", "discrepancy_pp")


def changes(case: Case, previous: str) -> tuple[Fraction | None, ...]:
    now, then = Fraction(case.rate), Fraction(previous)
    percent = as_pct(rounded(100 * (now - then) / then, 6))
    least = 100 * (printed(case.rate).low / top(printed(previous)) - 1)
    most = 100 * (top(printed(case.rate)) / printed(previous).low - 1)
    off = None if percent is None else percent - Fraction(case.report.rstrip("%"))
    return then, now - then, percent, as_pct(rounded_down(least, 6)), as_pct(rounded_up(most, 6)), off


def verdicts(loaded: Connection, batch: list[Case]) -> list[str]:
    load(loaded, batch)
    words = {row["source"]: row["verdict"] for row in reporting(loaded)}
    return [words[f"s{number}"] for number in range(len(batch))]


@pytest.mark.parametrize("rule", [Rule(4, 3), Rule(9, 4), Rule(0, 4), Rule(0, 0)])
def test_a_fall_of_a_hundred_percent_has_a_base_however_great_the_rate(loaded: Connection, rule: Rule) -> None:
    # rate + change = base, so change / base comes as close to 1 as one likes where the base is great enough
    rate, base = Fraction(999999999), Fraction(10**40)
    assert report_for(rate, base, rule) == -100
    assert verdicts(loaded, [Case(rule, "999999999", "-100%", {1: "999999999"})]) == ["unexplained"]


def test_a_report_breaks_the_rule_where_the_only_base_in_question_lies_just_outside(loaded: Connection) -> None:
    # 9.5 to 10.5 is one whole step above a base of more than 8 and less than 10, and 100 / 13 or more than 12.5 % of
    # it is one of at most 8; two steps are 12.5 % of bases from 14.8 on
    rule = Rule(0, 0)
    batch = [Case(rule, "10", report, {1: "8"}) for report in ("13%", "12%")]
    assert verdicts(loaded, batch) == ["breaks the rule", "agrees"]


BORDERS: list[tuple[str, str, Rule, list[str], list[str]]] = [  # rate, base, rule, what is explained, what is not
    # one tick of 0.0001 on about 0.1000, which is 0.1 %; no tick or two are 0 % and 0.2 %
    ("0.1001", "0.1000", Rule(4, 2), ["0.1%", "0.10%", "+0.1%", "0%", "0.2%"], ["-0%", "0.11%", "0.101%", "0.15%"]),
    # 100 * 0.0001 / 0.08 is 0.125, a tie that rounds up; a base a little above 0.08 gives 0.12
    ("0.080100000", "0.080000000", Rule(4, 2), ["0.13%", "0.12%"], ["0%", "-0.13%", "0.14%"]),
    ("0.080000000", "0.080100000", Rule(4, 2), ["-0.12%"], ["-0.13%", "0.12%", "-0%"]),
    # 0.0000545 - 0.0000045 is half a tick, which counts as one: the two outermost ends, and nothing else
    ("0.000054", "0.000005", Rule(4, 0), ["0%", "2222%"], ["2221%", "2223%", "-0%"]),
    ("0.000053", "0.000005", Rule(4, 0), ["0%"], ["2222%", "2174%"]),
    # at least 0.000095 - 0.000045, half a tick again: never less than one tick
    ("0.00010", "0.00004", Rule(4, 2), ["222.22%", "285.71%"], ["0%"]),
    ("0.00009", "0.00004", Rule(4, 2), ["0%", "222.22%"], ["-0%"]),
    # the same digits may hide a small move either way; neighbours meet in one point, and else move one way only
    ("0.00008", "0.00008", Rule(4, 2), ["0%", "-0%", "+0%", "0.00%", "-0.0%"], ["0.01%"]),
    ("0.00009", "0.00008", Rule(4, 2), ["0%", "+0%"], ["-0%"]),
    ("0.00008", "0.00009", Rule(4, 2), ["0%", "-0%"], ["+0%"]),
    # a plain percent change: 6.01 on 12644.24 is 0.0475 %, -0.39 to -0.41 on 87.85 is -0.444 to -0.467 %
    ("12650.25", "12644.24", Rule(None, 2), ["0.05%"], ["0.04%", "0.06%", "0%"]),
    ("87.45", "87.85", Rule(None, 1), ["-0.5%", "-0.50%", "-0.4%"], ["-0.3%", "-0.46%", "0.5%"]),
    # 2.5125 on 2.5 is a rise of just 0.5 %, 2.4875 a fall: ends that only the outermost true rates reach round up
    ("2.512", "3", Rule(None, 0), ["1%", "0%", "-28%"], ["2%"]),
    ("2.513", "2", Rule(None, 0), ["1%", "68%"], ["0%", "+0%"]),
    ("2.488", "2", Rule(None, 0), ["-1%", "-0%", "0%"], ["-2%"]),
    ("2.487", "3", Rule(None, 0), ["-1%", "-29%"], ["-0%", "0%"]),
    # a percentage finer than the rule prints it is none of the rule's
    ("87.45", "87.85", Rule(2, 2), ["-0.46%", "-0.460%"], ["-0.461%", "-0.4553%", "-0.5%"]),
]


def test_a_report_at_the_border_is_explained_exactly_where_true_rates_for_it_exist(loaded: Connection) -> None:
    batch, expected = [], []
    for rate, base, rule, explained, not_explained in BORDERS:
        batch += [Case(rule, rate, report, {1: base}) for report in [*explained, *not_explained]]
        expected += [True] * len(explained) + [False] * len(not_explained)
    found = [word == "agrees" for word in verdicts(loaded, batch)]
    assert [*zip(batch, found, strict=True)] == [*zip(batch, expected, strict=True)]
    assert found == [oracle.explains(case.rate, case.report, case.bases[1], case.rule) for case in batch]


_WIDEST = 2 * 10**18
_FAST = 30_000_000_000  # beyond it the macros count with 128 bits


@given(
    st.lists(
        st.tuples(
            st.integers(-_WIDEST, _WIDEST) | st.integers(-_FAST - 2, _FAST + 2) | st.sampled_from([_FAST, _FAST + 1]),
            st.integers(1, _WIDEST) | st.integers(1, 10**6),
        ),
        min_size=1,
    )
)
@settings(max_examples=50)
def test_percentages_are_exact_whatever_the_width_they_are_counted_in(
    loaded: Connection, given_pairs: list[tuple[int, int]]
) -> None:
    found = loaded.execute(
        """SELECT pct_round(c, b), pct_floor(c, b), pct_ceil(c, b)
        FROM (SELECT unnest($c::BIGINT[]) AS c, unnest($b::BIGINT[]) AS b)""",
        {"c": [change for change, _ in given_pairs], "b": [base for _, base in given_pairs]},
    ).fetchall()
    for (change, base), percentages in zip(given_pairs, found, strict=True):
        exact = Fraction(100 * change, base)
        expected = [rounding(exact, 6) for rounding in (rounded, rounded_down, rounded_up)]
        assert [None if p is None else Fraction(p) for p in percentages] == [
            p if abs(p) < 10**12 else None for p in expected
        ]


@given(st.lists(st.integers(1 - 10**18, 10**18 - 1), min_size=1))
@settings(max_examples=50)
def test_units_are_twice_the_last_decimal_of_a_rate(loaded: Connection, nanos: list[int]) -> None:
    found = loaded.execute(
        """SELECT n, units((n::DECIMAL(27, 0) * 0.000000001::DECIMAL(10, 9))::DECIMAL(18, 9))
        FROM (SELECT unnest($n::BIGINT[]) AS n)""",
        {"n": nanos},
    ).fetchall()
    assert found == [(n, 2 * n) for n in nanos]
