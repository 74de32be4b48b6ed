"""Moves that the page does not show: one row a date and pair, by the digits alone."""

import datetime as dt
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

import pytest
from histories import add_history
from oracle import Dated, Rule, decimals_of

from fxtrack.store.database.connection import Connection

MONDAY = dt.date(2025, 11, 10)


IN_FORCE = {"site": Rule(4, 2)}


def day(number: int, rate: str, report: str = "0%", other: str = "0.01144") -> Dated:
    return Dated(
        "site", MONDAY + dt.timedelta(number), {"KZT/USD": (rate, report), "KGS/USD": (other, "0%")}
    )  # fmt: skip


def hidden(database: Connection) -> list[tuple[int, str, Decimal, int]]:
    rows = database.execute(
        "SELECT page_date, rate::VARCHAR, hidden_move_pct, snapshots FROM hidden_moves"
        " WHERE pair = 'KZT/USD' ORDER BY ALL"
    ).fetchall()
    return [((date - MONDAY).days, rate.rstrip("0"), least, snapshots) for date, rate, least, snapshots in rows]


def least_move(before: str, after: str) -> Decimal:
    """Return the size of the smallest move between two printed rates, percent, rounded down to 6 decimals."""
    ranges = [(Fraction(t), Fraction(5, 10 ** (decimals_of(t) + 1))) for t in (before, after)]
    (low, high), (new_low, new_high) = [(middle - half, middle + half) for middle, half in ranges]
    least = min(abs(a / b - 1) for a, b in ((new_low, high), (new_high, low)))
    millionths = int(least * 100 * 10**6)
    return Decimal(millionths).scaleb(-6).quantize(Decimal("0.000001"), ROUND_FLOOR)


@pytest.mark.parametrize(("before", "after"), [("0.00198", "0.00193"), ("0.00191", "0.00195"), ("0.00008", "0.00010")])
def test_a_move_that_the_digits_prove_and_the_page_denies_is_a_row(
    database: Connection, before: str, after: str
) -> None:
    add_history(database, [day(0, before), day(1, after), day(2, after)])
    assert hidden(database) == [(1, after.rstrip("0"), least_move(before, after), 1)]


def test_of_several_states_of_a_date_the_one_that_moved_most_counts_once(database: Connection) -> None:
    states = [("0.00195", "0.01144"), ("0.00193", "0.01144"), ("0.00193", "0.01145"), ("0.00199", "0.01144")]
    add_history(database, [day(0, "0.00198"), *(day(1, rate, "-0%", other) for rate, other in states)])
    assert hidden(database) == [(1, "0.00193", least_move("0.00198", "0.00193"), 3)]


def test_a_state_that_the_day_before_shows_too_has_not_moved(database: Connection) -> None:
    states = [day(0, "0.00198"), day(0, "0.00190", other="0.01145")]
    again = [Dated("site", MONDAY + dt.timedelta(1), state.quotes) for state in states]
    add_history(database, [*states, *again])
    (moved,) = database.execute(
        "SELECT count(*) FROM deltas WHERE change_pct_low > 0 OR change_pct_high < 0"
    ).fetchall()
    assert moved[0] > 0  # of its close, the other state has moved
    assert hidden(database) == []


def test_neighbouring_digits_a_reported_move_and_a_gap_hide_nothing(database: Connection) -> None:
    still = [day(0, "0.00198"), day(1, "0.00197"), day(2, "0.00190", "-3.55%"), day(4, "0.00180"), day(5, "0.0018")]
    add_history(database, still)
    assert hidden(database) == []
