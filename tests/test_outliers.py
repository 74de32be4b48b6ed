"""A rate far from its neighbours is named with the likely reading, is not the close where another can be, and stays."""

import datetime as dt
from fractions import Fraction

import pytest
from histories import add_history, add_page, set_rules
from oracle import Dated, Rule, printed, rounded_down, top

from fxtrack.store.database.connection import Connection

FIRST = dt.date(2025, 12, 1)
USUAL = {"KGS/USD": "0.01144", "TJS/USD": "0.10800", "UZS/USD": "0.00008"}


IN_FORCE = {"site": Rule(4, 2)}


def day(number: int, source: str = "site", **rates: str) -> Dated:
    """Return a snapshot with the usual rates but for those given by base currency."""
    given = {f"{base}/USD": rate for base, rate in rates.items()}
    return Dated(source, FIRST + dt.timedelta(number), {pair: (rate, None) for pair, rate in (USUAL | given).items()})


def outliers(database: Connection) -> list[tuple[str, str]]:
    """Return (pair, detail) of each outlier in problems."""
    return database.execute("SELECT pair, detail FROM problems WHERE problem = 'outlier' ORDER BY ALL").fetchall()


@pytest.mark.few(4)
@pytest.mark.parametrize(
    ("rate", "reading"),
    [
        ("87.41", "likely inverted, 1 / 87.41 = 0.011440339"),
        ("0.11440", "likely 10 times too large"),
        ("0.001144", "likely 10 times too small"),
        ("1.1440", "likely 100 times too large"),
        ("11.44", "likely 1000 times too large"),
        ("0.10800", "likely the rate of TJS/USD"),
        ("0.00001144", "likely 1000 times too small"),
        ("0.05", ""),
    ],
)
def test_the_likely_reading_is_named(database: Connection, rate: str, reading: str) -> None:
    add_history(database, [*(day(n) for n in (0, 1, 2, 4, 5)), day(3, KGS=rate)])
    ((pair, detail),) = outliers(database)
    assert pair == "KGS/USD"
    assert detail.startswith(f"KGS/USD = {rate} is ")
    assert "0.011435 to 0.011445" in detail
    assert detail.endswith(reading)
    assert ("likely" in detail) == bool(reading)
    stored = database.execute(
        "SELECT rate_text FROM quotes WHERE pair = 'KGS/USD' AND page_date = '2025-12-04'"
    ).fetchall()
    assert stored == [(rate,)]


@pytest.mark.parametrize(
    "days",
    [
        [day(n, TJS=f"0.{10800 + 30 * n}") for n in range(8)],  # a rate that moves
        [day(n, UZS=("0.00008", "0.00009")[n % 2]) for n in range(8)],  # the last digit of two
        [day(n, KGS="0.01144" if n < 4 else "0.02100") for n in range(8)],  # a step to another level
        [day(0), day(1, KGS="0.11440")],  # of two, nobody knows which is right
        [day(0), day(1), day(40, KGS="0.11440"), day(80), day(81)],  # no neighbours
    ],
    ids=["moves", "last digit", "step", "two dates", "far apart"],
)
def test_what_is_no_outlier(database: Connection, days: list[Dated]) -> None:
    add_history(database, days)
    assert outliers(database) == []


def test_an_outlier_is_not_the_close_where_another_state_can_be(database: Connection) -> None:
    add_history(database, [day(n) for n in (0, 1, 2, 4, 5)])
    for copy in range(3):  # most captures show the outlier
        add_page(database, "site", FIRST + dt.timedelta(3), day(3, KGS="0.11440", TJS="0.10810").quotes, copy)
    add_history(database, [day(3)])
    query = "SELECT pair, rate_text, close_rule FROM daily WHERE page_date = '2025-12-04' ORDER BY pair"
    assert database.execute(query).fetchall() == [
        ("KGS/USD", "0.01144", "not an outlier"),
        ("TJS/USD", "0.10810", "most captures"),
        ("UZS/USD", "0.00008", "most captures"),
    ]


def test_an_outlier_that_is_the_only_state_is_the_close(database: Connection) -> None:
    add_history(database, [*(day(n) for n in (0, 1, 2, 4, 5)), day(3, KGS="0.11440")])
    query = "SELECT rate_text, close_rule FROM daily WHERE page_date = '2025-12-04' AND pair = 'KGS/USD'"
    assert database.execute(query).fetchall() == [("0.11440", "only state")]


def test_two_sources_bear_witness(database: Connection) -> None:
    set_rules(database, {"other": Rule(4, 2)})
    add_history(database, [day(0), day(0, "other", KGS="0.01145"), day(1), day(1, "other", KGS="0.0115")])
    rows = database.execute("SELECT * EXCLUDE (pair) FROM witness WHERE pair = 'KGS/USD' ORDER BY page_date").fetchall()
    for (date, *names, low, high, other_low, other_high, meet, apart), other in zip(
        rows, ("0.01145", "0.0115"), strict=True
    ):
        mine, theirs = printed("0.01144"), printed(other)
        assert names == ["other", "site"]
        assert (low, high) == (theirs.low, top(theirs)), date
        assert (other_low, other_high) == (mine.low, top(mine))
        gap = theirs.low - top(mine)
        assert meet == (gap <= 0)
        assert apart == max(Fraction(0), rounded_down(100 * gap / top(mine), 6))
    assert [row[-2] for row in rows] == [True, False]
