"""Periods of a pair, and what reports imply of days not captured, against the definitions in exact fractions."""

import datetime as dt
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from histories import add_history, add_page, rows, set_rules
from oracle import ATOMS, Dated, Price, Rule, base_range, fixed, rounded_down, rounded_up, series, verdict
from test_pairs import all_pairs, closes_of, random_history

from fxtrack.store.database.connection import Connection

FIRST = dt.date(2025, 11, 1)


def start_of(date: dt.date, every: str) -> dt.date:
    """Return the first day of the period of a date."""
    match every:
        case "week":
            return date - dt.timedelta(date.weekday())
        case "month":
            return date.replace(day=1)
        case "quarter":
            return date.replace(month=3 * ((date.month - 1) // 3) + 1, day=1)
        case _:
            return date.replace(month=1, day=1)


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(n) for n in range((last - first).days + 1)]


def mean_of(prices: list[Price]) -> Price:
    """Return the mean of prices as the database keeps them: ends are rounded outward before they are added."""
    number = len(prices)
    unit = Fraction(1, 10**ATOMS)
    value = sum(round_half_up(price.value / unit) for price in prices)
    low = sum((rounded_down(price.low, ATOMS) for price in prices), Fraction(0)) / number
    high = sum((rounded_up(price.high, ATOMS) for price in prices), Fraction(0)) / number
    return Price(Fraction((2 * value + number) // (2 * number)) * unit, low, high, None)


def round_half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def check(row: Mapping[str, Any], name: str, price: Price) -> None:
    """Hold one of the numbers of a period and its range against a price."""
    assert fixed(Fraction(row[name]), row[f"{name}_decimals"]) == price.text, name
    assert Fraction(row[f"{name}_low"]) == rounded_down(price.low, ATOMS), name
    assert Fraction(row[f"{name}_high"]) == rounded_up(price.high, ATOMS), name


@pytest.mark.few(2)
@pytest.mark.parametrize("every", ["week", "month", "quarter", "year"])
def test_the_periods_of_any_pair_are_those_of_its_series(database: Connection, every: str) -> None:
    history = [
        Dated(s.source, FIRST + dt.timedelta(37 * (s.date - FIRST).days), s.quotes)
        for s in random_history(11)
    ]  # fmt: skip
    add_history(database, history)
    printed = closes_of(database)
    compared = gaps = 0
    for pair in all_pairs(history)[::3]:
        found = {
            (row["source"], row["period_start"]): row for row in rows(database, f"FROM periods('{pair}', '{every}')")
        }
        expected: set[tuple[str, dt.date]] = set()
        for source, closes in printed.items():
            states = [(s.date, {p: rate for p, (rate, _) in s.quotes.items()}) for s in history if s.source == source]
            prices = series(pair, closes, states)
            if not prices:
                continue
            span = days_between(*(edge(s.date for s in history if s.source == source) for edge in (min, max)))
            for start in {start_of(day, every) for day in span}:
                expected.add((source, start))
                row = found[source, start]
                inside = {date: both for date, both in sorted(prices.items()) if start_of(date, every) == start}
                assert row["days_captured"] == len(inside)
                assert row["days_possible"] == sum(start_of(day, every) == start for day in span)
                assert start_of(row["period_end"] + dt.timedelta(1), every) == row["period_end"] + dt.timedelta(1)
                assert start_of(row["period_end"], every) == start
                assert row["week_starts"] == "Monday"
                if not inside:
                    gaps += 1
                    assert {row[name] for name in ("open", "highest", "lowest", "close", "mean", "mean_low")} == {None}
                    continue
                closed = [price for price, _ in inside.values()]
                seen = [price for close, others in inside.values() for price in (close, *others)]
                check(row, "open", closed[0])
                check(row, "close", closed[-1])
                check(row, "mean", mean_of(closed))
                for name, edge in (("lowest", min), ("highest", max)):
                    extreme = edge(price.value for price in seen)
                    texts = {price.text for price in seen if price.value == extreme}
                    assert fixed(Fraction(row[name]), row[f"{name}_decimals"]) in texts
                hows = sorted({price.derived for price in seen if price.derived})
                assert (row["derived"] or "") == "; ".join(hows)
                compared += 1
        assert found.keys() == expected
    assert compared > 10
    assert gaps > 0 or every in {"quarter", "year"}


@pytest.mark.parametrize("every", ["day", "fortnight", "Week"])
def test_an_unknown_period_is_refused(database: Connection, every: str) -> None:
    add_page(database, "site", FIRST, {"KGS/USD": ("0.01144", None)})
    with pytest.raises(duckdb.Error, match=f"a period is week, month, quarter or year, not {every}"):
        database.execute(f"FROM periods('KGS/USD', '{every}')").fetchall()


RULE = Rule(4, 2)


def test_a_report_on_a_missing_day_bounds_its_rate(database: Connection) -> None:
    add_page(database, "site", FIRST, {"TJS/USD": ("0.10870", "0%")})
    add_page(database, "site", FIRST + dt.timedelta(3), {"TJS/USD": ("0.10900", "0.46%")})
    set_rules(database, {"site": RULE})
    (implied,) = rows(database, "FROM implied")
    low, high = base_range("0.10900", "0.46%", RULE) or (None, None)
    assert low is not None
    assert high is not None
    assert implied == {
        "source": "site", "pair": "TJS/USD", "rate_date": FIRST + dt.timedelta(2),
        "gap_from": FIRST + dt.timedelta(1), "report_date": FIRST + dt.timedelta(3), "reports": 1, "meet": True,
        "rate_low": implied["rate_low"], "rate_high": implied["rate_high"],
    }  # fmt: skip
    assert Fraction(implied["rate_low"]) == rounded_down(low, 9)
    assert Fraction(implied["rate_high"]) == rounded_up(high, 9)
    assert implied["rate_low"] < implied["rate_high"]
    assert rows(database, "SELECT * FROM daily WHERE page_date = ?", FIRST + dt.timedelta(2)) == []


def test_a_report_that_a_captured_snapshot_explains_implies_nothing(database: Connection) -> None:
    add_page(database, "site", FIRST, {"TJS/USD": ("0.10850", "0%")})
    add_page(database, "site", FIRST + dt.timedelta(3), {"TJS/USD": ("0.10900", "0.46%")})
    set_rules(database, {"site": RULE})
    assert rows(database, "SELECT verdict FROM deltas WHERE reported_text = '0.46%'") == [{"verdict": "agrees"}]
    assert rows(database, "FROM implied") == []


def test_what_reports_imply_is_what_their_bases_have_in_common(database: Connection) -> None:
    chance = random.Random("implied")  # noqa: S311
    history = []
    for number in range(40):
        date = FIRST + dt.timedelta(number * 2 + (number % 5 == 0))
        for _ in range(chance.randint(1, 3)):
            rate = f"0.10{chance.randint(700, 999)}"
            report = f"{chance.choice(('', '-'))}{chance.choice(('0.09', '0.18', '0.28', '0.37', '0.46'))}%"
            history.append(Dated("site", date, {"TJS/USD": (rate, report)}))
    history = [snapshot for n, snapshot in enumerate(history) if snapshot not in history[:n]]
    add_history(database, history)
    set_rules(database, {"site": RULE})
    expected: dict[dt.date, list[tuple[Fraction, Fraction]]] = {}
    for number, snapshot in enumerate(history):
        if verdict(history, number, "TJS/USD", RULE).word == "base not captured":
            rate, reported = snapshot.quotes["TJS/USD"]
            assert reported is not None
            low, high = base_range(rate, reported, RULE) or (None, None)
            assert low is not None
            assert high is not None
            expected.setdefault(snapshot.date, []).append((rounded_down(low, 9), rounded_up(high, 9)))
    found = {row["report_date"]: row for row in rows(database, "FROM implied")}
    assert found.keys() == expected.keys()
    assert len(found) > 10
    for date, spans in expected.items():
        row = found[date]
        lows, highs = zip(*spans, strict=True)
        assert row["meet"] == (max(lows) <= min(highs))
        ends = (max(lows), min(highs)) if row["meet"] else (min(lows), max(highs))
        assert (Fraction(row["rate_low"]), Fraction(row["rate_high"])) == ends
        assert (row["rate_date"], row["reports"]) == (date - dt.timedelta(1), len(spans))
    assert {row["meet"] for row in found.values()} == {True, False}
