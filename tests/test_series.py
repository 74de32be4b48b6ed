"""The daily series and what is asked of it: closes, coverage, pages without a date, cross rates and indices."""

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from histories import add_history, add_page, name_of, rows
from oracle import Dated, derive, printed, rounded, rounded_down, rounded_up, top

from fxtrack.store.database.connection import Connection

FIRST = dt.date(2025, 11, 1)
KGS, TJS, TMT = "KGS/USD", "TJS/USD", "TMT/USD"


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(number)


def show(
    database: Connection, number: int | None, rates: dict[str, str], pages: int = 1, source: str = "site"
) -> Dated:
    """Store pages that show rates on a day, or on none; return the snapshot."""
    quotes = {pair: (rate, None) for pair, rate in rates.items()}
    date = None if number is None else day(number)
    for copy in range(pages):
        add_page(database, source, date, quotes, copy)
    return Dated(source, date or FIRST, quotes)


def one(database: Connection, query: str, *parameters: object) -> dict[str, Any]:
    (row,) = rows(database, query, *parameters)
    return row


def captured(database: Connection, snapshot: Dated, *times: str) -> None:
    """Give the captures of a snapshot their times."""
    names = database.execute("SELECT capture_id FROM captures WHERE snapshot_id = ?", [name_of(snapshot)]).fetchall()
    for (name,), time in zip(names, times, strict=True):
        database.execute("UPDATE captures SET captured_utc = ? WHERE capture_id = ?", [time, name])


def test_the_only_state_of_a_date_is_its_close(database: Connection) -> None:
    shown = show(database, 0, {KGS: "0.01144"}, pages=3)
    assert one(database, "SELECT * EXCLUDE reported_text FROM daily") == {
        "source": "site", "page_date": day(0), "pair": KGS, "rate": Decimal("0.011440000"), "rate_decimals": 5,
        "rate_text": "0.01144", "snapshots": 1, "low": Decimal("0.011440000"), "high": Decimal("0.011440000"),
        "low_decimals": 5, "high_decimals": 5, "lowest": Decimal("0.01144"), "highest": Decimal("0.01144"),
        "lowest_decimals": 5, "highest_decimals": 5,
        "captures": 3, "snapshot_id": name_of(shown), "close_rule": "only state",
    }  # fmt: skip


def test_the_low_and_the_high_of_a_date_keep_their_own_digits(database: Connection) -> None:
    for rate in ("0.0114", "0.01146", "0.011"):
        show(database, 0, {KGS: rate})
    shown = one(
        database, "SELECT as_printed(low, low_decimals) AS low, as_printed(high, high_decimals) AS high FROM daily"
    )
    assert shown == {"low": "0.011", "high": "0.01146"}


def test_digits_that_are_not_printed_are_cut_only_where_they_are_zeros(database: Connection) -> None:
    chance = random.Random("digits")  # noqa: S311
    whole = [0, 10**10, -5 * 10**8, 1, -1, 10**18 - 1, 1 - 10**18]
    whole += [chance.randrange(-(10**9), 10**9) * 10 ** chance.randrange(10) for _ in range(1_000)]
    rates = [Decimal(billionths).scaleb(-9) for billionths in whole]
    rows = database.execute(
        "SELECT rate, decimals, as_printed(rate::DECIMAL(18, 9), decimals)"
        " FROM unnest(?::VARCHAR[]) r(rate), range(10) d(decimals)",
        [[f"{rate:f}" for rate in rates]],
    ).fetchall()
    assert len(rows) == 10 * len(rates)
    for rate, decimals, text in rows:
        needed = -int(Decimal(rate).normalize().as_tuple().exponent)
        assert text == f"{Decimal(rate):.{max(decimals, needed)}f}"


def test_of_states_without_a_time_the_close_is_the_one_that_most_pages_show(database: Connection) -> None:
    show(database, 0, {KGS: "0.01146"})
    show(database, 0, {KGS: "0.01144"}, pages=3)
    show(database, 0, {KGS: "0.01141"}, pages=2)
    close = one(database, "SELECT rate_text, snapshots, low, high, captures, close_rule FROM daily")
    assert close == {
        "rate_text": "0.01144", "snapshots": 3, "low": Decimal("0.01141"), "high": Decimal("0.01146"), "captures": 3,
        "close_rule": "most captures",
    }  # fmt: skip


def test_of_states_that_as_many_pages_show_the_close_is_that_of_the_lowest_name(database: Connection) -> None:
    shown = [show(database, 0, {KGS: rate}, pages=2) for rate in ("0.01141", "0.01144", "0.01146")]
    close = one(database, "SELECT snapshot_id, close_rule FROM daily")
    assert close == {"snapshot_id": min(map(name_of, shown)), "close_rule": "tie, lowest snapshot_id"}


def test_the_state_captured_last_is_the_close_however_many_pages_show_another(database: Connection) -> None:
    early, late = show(database, 0, {KGS: "0.01144"}, pages=2), show(database, 0, {KGS: "0.01141"})
    show(database, 0, {KGS: "0.01146"}, pages=3)
    captured(database, early, "2025-11-01 06:00:00", "2025-11-01 12:00:00")
    captured(database, late, "2025-11-01 12:00:01")
    close = one(database, "SELECT rate_text, close_rule FROM daily")
    assert close == {"rate_text": "0.01141", "close_rule": "last captured"}


def test_a_state_with_a_time_is_the_close_before_any_without(database: Connection) -> None:
    show(database, 0, {KGS: "0.01144"}, pages=2)
    captured(database, show(database, 0, {KGS: "0.01141"}), "2025-11-01 06:00:00")
    close = one(database, "SELECT rate_text, close_rule FROM daily")
    assert close == {"rate_text": "0.01141", "close_rule": "last captured"}


def test_of_two_states_captured_last_at_the_same_time_most_pages_decide(database: Connection) -> None:
    first, second = show(database, 0, {KGS: "0.01144"}), show(database, 0, {KGS: "0.01141"}, pages=2)
    captured(database, first, "2025-11-01 12:00:00")
    captured(database, second, "2025-11-01 06:00:00", "2025-11-01 12:00:00")
    close = one(database, "SELECT rate_text, close_rule FROM daily")
    assert close == {"rate_text": "0.01141", "close_rule": "most captures"}


def test_each_source_has_its_own_close(database: Connection) -> None:
    show(database, 0, {KGS: "0.01144"})
    show(database, 0, {KGS: "0.01200"}, source="elsewhere")
    closes = rows(database, "SELECT source, rate_text, snapshots FROM daily ORDER BY source")
    assert closes == [
        {"source": "elsewhere", "rate_text": "0.01200", "snapshots": 1},
        {"source": "site", "rate_text": "0.01144", "snapshots": 1},
    ]


def test_a_state_that_lacks_a_pair_does_not_count_for_that_pair(database: Connection) -> None:
    show(database, 0, {KGS: "0.01144", TJS: "0.10870"})
    show(database, 0, {KGS: "0.01145"}, pages=2)
    closes = rows(database, "SELECT pair, rate_text, snapshots, close_rule FROM daily ORDER BY pair")
    assert closes == [
        {"pair": KGS, "rate_text": "0.01145", "snapshots": 2, "close_rule": "most captures"},
        {"pair": TJS, "rate_text": "0.10870", "snapshots": 1, "close_rule": "only state"},
    ]


def test_the_latest_close_of_a_pair_is_of_the_last_date_that_has_it(database: Connection) -> None:
    show(database, 0, {KGS: "0.01144", TJS: "0.10870"})
    show(database, 2, {KGS: "0.0115", TJS: "0.10860"})
    show(database, 3, {KGS: "0.01140"})
    latest = rows(database, "SELECT pair, page_date, rate_text, previous_date, previous_rate, change FROM latest")
    assert latest == [
        {"pair": KGS, "page_date": day(3), "rate_text": "0.01140", "previous_date": day(2),
         "previous_rate": Decimal("0.0115"), "change": Decimal("-0.0001")},
        {"pair": TJS, "page_date": day(2), "rate_text": "0.10860", "previous_date": day(0),
         "previous_rate": Decimal("0.10870"), "change": Decimal("-0.0001")},
    ]  # fmt: skip


def test_coverage_has_every_date_between_the_first_and_the_last_and_gaps_are_its_missing_runs(
    database: Connection,
) -> None:
    for number in (0, 1, 4, 6):
        show(database, number, {KGS: f"0.0114{number}"}, pages=2)
    show(database, 4, {KGS: "0.01199"})
    for number in (2, 5):
        show(database, number, {KGS: "0.01144"}, source="elsewhere")
    covered = rows(database, "FROM coverage WHERE source = 'site'")
    assert [row["page_date"] for row in covered] == [day(n) for n in range(7)]
    assert [(row["captures"], row["snapshots"]) for row in covered] == [
        (2, 1), (2, 1), (0, 0), (0, 0), (3, 2), (0, 0), (2, 1),
    ]  # fmt: skip
    assert [row["missing"] for row in covered] == [row["captures"] == 0 for row in covered]
    assert rows(database, "FROM gaps") == [
        {"source": "elsewhere", "first_missing": day(3), "last_missing": day(4), "days": 2, "pair": None},
        {"source": "site", "first_missing": day(2), "last_missing": day(3), "days": 2, "pair": None},
        {"source": "site", "first_missing": day(5), "last_missing": day(5), "days": 1, "pair": None},
    ]


def test_a_pair_that_vanishes_while_its_source_goes_on_is_a_gap_of_that_pair(database: Connection) -> None:
    for number, pairs in enumerate(((KGS, TJS), (KGS,), (), (KGS,), (KGS, TJS, TMT), (KGS, TMT), (TJS,))):
        if pairs:
            show(database, number, dict.fromkeys(pairs, "0.01144"))
    found = rows(
        database, "SELECT pair, first_missing, last_missing, days FROM gaps WHERE pair IS NOT NULL ORDER BY ALL"
    )
    assert [tuple(row.values()) for row in found] == [
        (KGS, day(6), day(6), 1), (TJS, day(1), day(3), 2), (TJS, day(5), day(5), 1), (TMT, day(6), day(6), 1),
    ]  # fmt: skip
    assert rows(database, "SELECT first_missing FROM gaps WHERE pair IS NULL") == [{"first_missing": day(2)}]
    missing = [row["missing_pairs"] for row in rows(database, "SELECT missing_pairs FROM coverage ORDER BY page_date")]
    assert missing == [None, [TJS], None, [TJS], None, [TJS], [KGS, TMT]]
    behind = {row["pair"]: row["days_behind"] for row in rows(database, "SELECT pair, days_behind FROM latest")}
    assert behind == {KGS: 1, TJS: 0, TMT: 1}


def test_pages_without_a_date_are_in_quotes_and_undated_and_nowhere_else(database: Connection) -> None:
    show(database, None, {KGS: "0.01144"}, pages=2)
    assert one(database, "SELECT page_date, rate_text FROM quotes") == {"page_date": None, "rate_text": "0.01144"}
    for view in ("daily", "latest", "deltas", "coverage", "gaps", "dated_quotes"):
        assert rows(database, f"FROM {view}") == [], view
    assert one(database, "SELECT * EXCLUDE snapshot_id FROM undated") == {
        "source": "site", "captures": 2, "earliest_date": None, "latest_date": None, "matching_dates": 0,
    }  # fmt: skip


def test_a_page_without_a_date_may_be_of_any_date_that_shows_the_same_state(database: Connection) -> None:
    state = {KGS: "0.01144", TJS: "0.10870"}
    for number in (2, 5, 7):
        show(database, number, state)
    show(database, 0, {KGS: "0.01144"})
    show(database, 9, {**state, TJS: "0.1087"})
    show(database, 10, state, source="elsewhere")
    show(database, None, state)
    undated = one(database, "SELECT earliest_date, latest_date, matching_dates FROM undated")
    assert undated == {"earliest_date": day(2), "latest_date": day(7), "matching_dates": 3}


def test_rate_on_is_the_last_close_on_or_before_a_date(database: Connection) -> None:
    show(database, 2, {KGS: "0.01144"})
    show(database, 5, {KGS: "0.01150"})
    found = {n: rows(database, "SELECT page_date, rate_text FROM rate_on(?, ?)", KGS, str(day(n))) for n in range(1, 8)}
    early, late = {"page_date": day(2), "rate_text": "0.01144"}, {"page_date": day(5), "rate_text": "0.01150"}
    assert found == {1: [], 2: [early], 3: [early], 4: [early], 5: [late], 6: [late], 7: [late]}
    assert rows(database, "SELECT page_date, rate_text FROM rate_on(?, ?)", KGS, day(4)) == [early]
    assert rows(database, "FROM rate_on(?, ?)", TJS, day(4)) == []


RATES = ("0.00008", "0.01144", "0.10870", "1", "87.45", "12650.25", "999999999.999999999", "0.000000001", "999999999")
ONE = (Fraction(1), Fraction(1), Fraction(1))


def least_printed_most(rate: str, *, inverse: bool = False) -> tuple[Fraction, Fraction, Fraction]:
    low, value, high = printed(rate).low, Fraction(rate), top(printed(rate))
    return (1 / high, 1 / value, 1 / low) if inverse else (low, value, high)


def kept(value: Fraction) -> Fraction | None:
    """Return what a DECIMAL(18, 9) holds of a value that has at most 9 decimals."""
    return value if value < 10**9 else None


def expected(base: tuple[Fraction, ...], counter: tuple[Fraction, ...] = ONE) -> tuple[Fraction | None, ...]:
    """Return (low, rate, high) of the price of one in the other, rounded outward."""
    low, rate, high = base[0] / counter[2], base[1] / counter[1], base[2] / counter[0]
    return kept(rounded_down(low, 9)), kept(rounded(rate, 9)), kept(rounded_up(high, 9))


def crossed(database: Connection, base: str, counter: str, date: dt.date) -> dict[str, tuple[Any, ...]]:
    """Return (low, rate, high, via) by source."""
    found = rows(database, "FROM cross_rate(?, ?, ?)", base, counter, date)
    prices = {
        row["source"]: tuple(None if row[n] is None else Fraction(row[n]) for n in ("low", "rate", "high"))
        for row in found
    }
    assert len(prices) == len(found)
    return {row["source"]: (*prices[row["source"]], row["via"]) for row in found}


@pytest.mark.parametrize("rate", RATES)
def test_a_quoted_pair_crosses_directly_and_the_other_way_round(database: Connection, rate: str) -> None:
    show(database, 0, {"AAA/BBB": rate})
    assert crossed(database, "AAA", "BBB", day(0)) == {"site": (*expected(least_printed_most(rate)), None)}
    inverse = expected(least_printed_most(rate, inverse=True))
    assert crossed(database, "BBB", "AAA", day(0)) == {"site": (*inverse, None)}


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("second", [False, True])
def test_two_pairs_cross_via_the_currency_they_share_whichever_way_they_are_quoted(
    database: Connection, first: bool, second: bool
) -> None:
    one_pair, other_pair = "VVV/AAA" if first else "AAA/VVV", "VVV/BBB" if second else "BBB/VVV"
    prices, history = {}, []
    for rates in product(RATES, repeat=2):
        source = " ".join(rates)
        history.append(Dated(source, day(0), {one_pair: (rates[0], None), other_pair: (rates[1], None)}))
        base, counter = least_printed_most(rates[0], inverse=first), least_printed_most(rates[1], inverse=second)
        prices[source] = (*expected(base, counter), "VVV")
    add_history(database, history)
    assert crossed(database, "AAA", "BBB", day(0)) == prices
    texts = {row["source"]: row["rate_text"] for row in rows(database, "FROM cross_rate('AAA', 'BBB', ?)", day(0))}
    assert texts == {
        snapshot.source: derive("AAA/BBB", {pair: rate for pair, (rate, _) in snapshot.quotes.items()})["VVV"].text
        for snapshot in history
    }


def test_a_cross_rate_is_made_of_the_last_closes_and_names_their_dates(database: Connection) -> None:
    show(database, 0, {KGS: "0.01144", TJS: "0.10870"})
    show(database, 2, {TJS: "0.10900"})
    show(database, 4, {KGS: "0.01200", TJS: "0.20000"})
    found = one(database, "FROM cross_rate('TJS', 'KGS', ?)", str(day(3)))
    assert (found["rate"], found["via"]) == (Decimal("9.527972028"), "USD")  # 0.10900 / 0.01144
    assert (found["base_pair"], found["base_date"]) == (TJS, day(2))
    assert (found["counter_pair"], found["counter_date"]) == (KGS, day(0))


def test_a_direct_quote_comes_before_the_ways_via_others_and_no_way_is_no_row(database: Connection) -> None:
    show(database, 0, {"AAA/BBB": "2.00", "AAA/CCC": "6.00", "BBB/CCC": "3.00", "AAA/DDD": "8.0", "BBB/DDD": "4.5"})
    ways = rows(database, "SELECT via FROM cross_rate('AAA', 'BBB', ?)", day(0))
    assert [row["via"] for row in ways] == [None, "CCC", "DDD"]
    assert rows(database, "FROM cross_rate('AAA', 'USD', ?)", day(0)) == []
    assert rows(database, "FROM cross_rate('AAA', 'BBB', ?)", day(-1)) == []


def test_an_index_is_100_at_the_last_close_on_or_before_its_base_date(database: Connection) -> None:
    for number, rate in enumerate(RATES[:6]):
        show(database, 2 * number, {KGS: rate})
    index = rows(database, "FROM indexed(?, ?)", KGS, str(day(5)))
    assert [row["page_date"] for row in index] == [day(2 * n) for n in range(6)]
    assert {row["start_date"] for row in index} == {day(4)}
    base_low, base, base_high = least_printed_most(RATES[2])
    assert (index[2]["index_low"], index[2]["index_value"], index[2]["index_high"]) == (100, 100, 100)
    for row, rate in zip(index, RATES, strict=False):
        if row["rate_date"] == row["start_date"]:
            continue
        low, value, high = least_printed_most(rate)
        assert Fraction(row["index_value"]) == rounded(100 * value / base, 6)
        assert Fraction(row["index_low"]) == rounded_down(100 * low / base_high, 6)
        assert Fraction(row["index_high"]) == rounded_up(100 * high / base_low, 6)
    assert rows(database, "FROM indexed(?, ?)", KGS, day(-1)) == []
