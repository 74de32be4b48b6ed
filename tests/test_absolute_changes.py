"""Sources that report the change itself: what such a report implies, and which base explains it, in exact fractions."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import oracle
import pytest
from cases import examples
from histories import add_history, empty, set_rules
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Absolute, Dated, printed, rounded_down, rounded_up

from fxtrack.store.database.connection import Connection

PAIR = "USD/KZT"
TODAY = dt.date(2025, 12, 5)
YESTERDAY = TODAY - dt.timedelta(1)


def decimal(units: int, decimals: int) -> str:
    return f"{Decimal(units).scaleb(-decimals):f}"


@st.composite
def reported(draw: st.DrawFn) -> tuple[str, str, str, Absolute]:
    """Draw (rate, report, base, rule), mostly with the base at or near a border of what the report allows."""
    decimals = draw(st.integers(0, 6))
    printed_with = draw(st.integers(0, 7))
    change = draw(st.one_of(st.integers(-60, 60), st.sampled_from([0, 1, -1])))
    sign = draw(st.sampled_from(["", "-", "+"])) if not change else ""
    report = sign + decimal(change, printed_with)
    rate = draw(st.integers(1, 5000))
    unit = Fraction(10**decimals, 10**printed_with)
    near = rate - change * unit + draw(st.sampled_from([-1, 0, 1])) * unit / 2 + draw(st.integers(-2, 2))
    base = max(1, round(near))
    rule = Absolute(draw(st.one_of(st.none(), st.integers(0, 8))))
    return decimal(rate, decimals), report, decimal(base, draw(st.just(decimals))), rule


@examples(8, 30)
def test_what_explains_an_absolute_change_and_what_it_implies_is_exact(loaded: Connection, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(st.lists(reported(), min_size=1, max_size=40, unique_by=lambda case: case))
    def check(cases: list[tuple[str, str, str, Absolute]]) -> None:
        empty(loaded)
        history = []
        for number, (rate, report, base, _) in enumerate(cases):
            history += [
                Dated(f"s{number}", TODAY, {PAIR: (rate, report)}), Dated(f"s{number}", YESTERDAY, {PAIR: (base, None)})
            ]  # fmt: skip
        set_rules(loaded, {f"s{number}": rule for number, (*_, rule) in enumerate(cases)})
        add_history(loaded, history)
        rows = {
            row[0]: row[1:]
            for row in loaded.execute(
                "SELECT source, verdict, base_low, base_high, reported_change, reported_pct, discrepancy,"
                " discrepancy_pp FROM deltas WHERE page_date = ?",
                [TODAY],
            ).fetchall()
        }
        for number, (rate, report, base, rule) in enumerate(cases):
            verdict, low, high, change, pct, discrepancy, discrepancy_pp = rows[f"s{number}"]
            spans = oracle.bases(rate, report, rule)
            explained = bool(oracle.bases(rate, report, rule, printed(base)))
            assert verdict == ("agrees" if explained else "unexplained" if spans else "breaks the rule")
            assert (Fraction(change), pct, discrepancy_pp) == (Fraction(report), None, None)
            assert Fraction(discrepancy) == Fraction(rate) - Fraction(base) - Fraction(report)
            if not spans:
                assert (low, high) == (None, None)
            else:
                assert Fraction(low) == rounded_down(spans[0].low, 9)
                assert Fraction(high) == rounded_up(oracle.top(spans[0]), 9)

    check()


@pytest.mark.few(4)
@pytest.mark.parametrize(
    ("rate", "report", "base", "verdict"),
    [
        ("505.71", "1.25", "504.46", "agrees"),
        ("505.71", "1.25", "504.47", "agrees"),  # true rates 505.715 and 504.465 are 1.25 apart
        ("505.71", "1.25", "504.48", "unexplained"),
        ("505.71", "-1.25", "506.96", "agrees"),
        ("505.71", "-1.25", "504.46", "unexplained"),
        ("505.71", "0.00", "505.71", "agrees"),
        ("505.71", "-0.00", "505.72", "agrees"),
        ("505.71", "-0.00", "505.70", "unexplained"),
        ("0.50", "1.25", "0.50", "breaks the rule"),  # the base would be below zero
    ],
)
def test_an_absolute_change_is_the_rate_less_its_base_to_the_decimals_printed(
    loaded: Connection, rate: str, report: str, base: str, verdict: str
) -> None:
    empty(loaded)
    set_rules(loaded, {"bourse": Absolute(None)})
    add_history(
        loaded, [Dated("bourse", YESTERDAY, {PAIR: (base, None)}), Dated("bourse", TODAY, {PAIR: (rate, report)})]
    )
    assert loaded.execute("SELECT verdict FROM deltas WHERE page_date = ?", [TODAY]).fetchall() == [(verdict,)]


def test_the_audit_of_absolute_changes_says_the_least_change_and_calls_nothing_a_percentage(loaded: Connection) -> None:
    empty(loaded)
    set_rules(loaded, {"bourse": Absolute(None)})
    history = [
        Dated("bourse", YESTERDAY, {PAIR: ("500.00", "1.00")}),
        Dated("bourse", TODAY, {PAIR: ("500.00", "0.00")}),
    ]
    add_history(loaded, history)
    row = loaded.execute(
        "SELECT reports, agrees, no_history, smallest_report_pct, smallest_report_change::VARCHAR,"
        " smallest_change_pct::VARCHAR, largest_zero_pct::VARCHAR FROM audit"
    ).fetchone()
    # half a tick of 0.01 on 500.00 is 0.001 %
    assert row == (2, 1, 1, None, "0.010000000", "0.001000", "0.000000")
