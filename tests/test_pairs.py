"""Any pair either way: the prices that printed quotes give, against the definition in exact fractions."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from histories import add_history, add_page, new_database, rows
from oracle import ATOMS, Dated, Price, derive, rounded, rounded_down, rounded_up, series
from test_shared_pages import read

from fxtrack.store.database.connection import Connection
from fxtrack.store.schema import script

FIRST = dt.date(2025, 11, 1)
LAYOUTS = (
    ("KGS/USD", "KZT/USD", "TJS/USD", "UZS/USD"),
    ("USD/KGS", "USD/KZT", "EUR/USD", "EUR/KGS"),
    ("KGS/USD", "USD/KGS", "KZT/USD", "EUR/KZT", "EUR/USD"),
)
DIGITS = (
    "0.00008",
    "0.01144",
    "0.00192",
    "0.10870",
    "1",
    "87.45",
    "12650.25",
    "0.000000001",
    "999999999.999999999",
    "7.5",
)
Closes = dict[str, dict[dt.date, dict[str, str]]]


def closes_of(database: Connection) -> Closes:
    """Return the printed closes of each source and date; their choice is checked elsewhere."""
    found: Closes = {}
    for source, date, pair, text in database.execute("SELECT source, page_date, pair, rate_text FROM daily").fetchall():
        found.setdefault(source, {}).setdefault(date, {})[pair] = text
    return found


def random_history(seed: int) -> list[Dated]:
    """Return states of sources with different layouts, some of which lack pairs on some dates."""
    chance = random.Random(seed)  # noqa: S311
    history = []
    for number, layout in enumerate(LAYOUTS):
        for day in range(6):
            for _ in range(chance.randint(0, 2)):
                pairs = [pair for pair in layout if chance.random() < 0.8] or [layout[0]]
                quotes = {pair: (chance.choice(DIGITS), None) for pair in pairs}
                history.append(Dated(f"site{number}", FIRST + dt.timedelta(day), quotes))
    return [snapshot for n, snapshot in enumerate(history) if snapshot not in history[:n]]


def check_series(database: Connection, history: Sequence[Dated], pairs: Sequence[str]) -> int:
    """Hold every row of rate_series against the fractions; return the number of derived rows."""
    derived = 0
    printed = closes_of(database)
    for pair in pairs:
        found = {(row["source"], row["rate_date"]): row for row in rows(database, f"FROM rate_series('{pair}')")}
        expected: dict[tuple[str, dt.date], tuple[Price, list[Price]]] = {}
        for source, closes in printed.items():
            states = [(s.date, {p: rate for p, (rate, _) in s.quotes.items()}) for s in history if s.source == source]
            expected |= {(source, date): both for date, both in series(pair, closes, states).items()}
        assert found.keys() == expected.keys()
        for key, (price, seen) in expected.items():
            row = found[key]
            assert row["rate_text"] == price.text, (pair, key)
            assert (Fraction(row["rate"]), row["rate_decimals"]) == (Fraction(price.text), price.decimals)
            assert Fraction(row["rate_low"]) == rounded_down(price.low, ATOMS)
            assert Fraction(row["rate_high"]) == rounded_up(price.high, ATOMS)
            assert row["rate_low"] <= row["rate"] <= row["rate_high"]
            assert row["derived"] == price.derived
            assert row["snapshots"] == max(1, len(seen))
            all_seen = [price, *seen]
            assert Fraction(row["lowest"]) == Fraction(min(all_seen, key=lambda p: (p.value, p.decimals)).text)
            assert Fraction(row["highest"]) == Fraction(max(all_seen, key=lambda p: (p.value, p.decimals)).text)
            derived += price.derived is not None
    return derived


def all_pairs(history: Sequence[Dated]) -> list[str]:
    currencies = sorted({currency for s in history for pair in s.quotes for currency in pair.split("/")})
    return ["/".join(two) for two in permutations(currencies, 2)]


@pytest.mark.few(2)
@pytest.mark.parametrize("seed", range(4))
def test_a_series_of_any_pair_is_what_the_fractions_give(database: Connection, seed: int) -> None:
    history = random_history(seed)
    add_history(database, history)
    assert check_series(database, history, all_pairs(history)) > 50


def test_the_printed_rates_of_a_pair_have_their_printed_digits(database: Connection) -> None:
    for number, rate in enumerate(DIGITS):
        add_page(database, f"site{number}", FIRST, {"AAA/BBB": (rate, None)})
    found = {row["source"]: row["rate_text"] for row in rows(database, "FROM rate_series('AAA/BBB')")}
    assert found == {f"site{number}": rate for number, rate in enumerate(DIGITS)}


def test_the_digits_of_an_inverse_are_those_that_are_certain(database: Connection) -> None:
    add_page(
        database, "site", FIRST, {"KGS/USD": ("0.01144", None), "UZS/USD": ("0.00008", None), "EUR/USD": ("2", None)}
    )
    texts = {
        pair: rows(database, f"FROM rate_series('{pair}')")[0]["rate_text"]
        for pair in ("USD/KGS", "USD/UZS", "USD/EUR", "KGS/UZS")
    }
    # 1/0.01145 to 1/0.01143 is 87.3 to 87.5; one unit in 8 is 12 %
    assert texts == {"USD/KGS": "87.4", "USD/UZS": "12500", "USD/EUR": "0.5", "KGS/UZS": "143"}


def test_a_source_that_prints_a_pair_either_way_is_not_crossed(database: Connection) -> None:
    add_page(
        database, "site", FIRST, {"EUR/USD": ("1.16", None), "KGS/USD": ("0.01144", None), "EUR/KGS": ("101.4", None)}
    )
    add_page(database, "site", FIRST + dt.timedelta(1), {"EUR/USD": ("1.17", None), "KGS/USD": ("0.01144", None)})
    found = [(row["rate_date"], row["derived"]) for row in rows(database, "FROM rate_series('KGS/EUR')")]
    assert found == [(FIRST, "inverse of EUR/KGS")]


def test_a_pair_printed_one_way_first_and_the_other_way_later_is_one_series(database: Connection) -> None:
    add_page(database, "site", FIRST, {"KGS/USD": ("0.01144", None)})
    add_page(database, "site", FIRST + dt.timedelta(1), {"USD/KGS": ("87.45", None)})
    both = {
        pair: [(row["rate_text"], row["derived"]) for row in rows(database, f"FROM rate_series('{pair}')")]
        for pair in ("KGS/USD", "USD/KGS")
    }
    assert both == {
        "KGS/USD": [("0.01144", None), ("0.011435", "inverse of USD/KGS")],
        "USD/KGS": [("87.4", "inverse of KGS/USD"), ("87.45", None)],
    }
    (change,) = [row for row in rows(database, "FROM rate_changes('USD/KGS')") if row["previous_date"]]
    assert Fraction(change["change_pct"]) == rounded(100 * (Fraction("87.45") * Fraction("0.01144") - 1), 6)


@pytest.mark.few(1)
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_changes_and_indices_of_any_pair_are_exact(database: Connection, seed: int) -> None:
    history = random_history(seed)
    add_history(database, history)
    printed = closes_of(database)
    compared = 0
    for pair in all_pairs(history):
        changes = {(r["source"], r["rate_date"]): r for r in rows(database, f"FROM rate_changes('{pair}')")}
        start = FIRST + dt.timedelta(2)
        index = {(r["source"], r["rate_date"]): r for r in rows(database, f"FROM indexed('{pair}', '{start}')")}
        for source, closes in printed.items():
            prices = [(date, price) for date, (price, _) in sorted(series(pair, closes, []).items())]
            begin = [price for date, price in prices if date <= start][-1:]
            for (_, before), (date, price) in zip([(None, None), *prices], prices, strict=False):
                row = changes[source, date]
                if before is None:
                    assert (row["previous_date"], row["change_pct"]) == (None, None)
                else:
                    compared += near(row["change_pct"], 100 * (price.value / before.value - 1))
                    assert outside(row["change_pct_low"], 100 * (price.low / before.high - 1), -1)
                    assert outside(row["change_pct_high"], 100 * (price.high / before.low - 1), 1)
                    unit = Fraction(1, 10 ** row["change_decimals"])
                    assert abs(Fraction(row["change"]) - (price.value - before.value)) <= unit / 2 + ATOM
                    assert outside(row["change_low"], price.low - before.high, -1)
                    assert outside(row["change_high"], price.high - before.low, 1)
                if begin and begin[0] is price:
                    assert [index[source, date][name] for name in ("index_low", "index_value", "index_high")] == [
                        100
                    ] * 3
                elif begin:
                    assert near(index[source, date]["index_value"], 100 * price.value / begin[0].value)
                    assert outside(index[source, date]["index_low"], 100 * price.low / begin[0].high, -1)
                    assert outside(index[source, date]["index_high"], 100 * price.high / begin[0].low, 1)
    assert compared > 50


LARGEST = 10**12
ATOM = Fraction(1, 10**18)
"""The unit in which prices are computed."""
"""A percentage of the database holds no more."""


def near(found: Any, exact: Fraction) -> bool:  # noqa: ANN401
    """Return whether a percentage is the exact one rounded: to its last digit, of enormous ones to the 12th."""
    if found is None:
        return abs(exact) >= LARGEST * Fraction(999, 1000)
    return abs(Fraction(found) - exact) <= max(Fraction(1, 2 * 10**6), abs(exact) / 10**12)


def outside(found: Any, exact: Fraction, sign: int) -> bool:  # noqa: ANN401
    """Return whether the end of a range is the exact one rounded outward."""
    if found is None:
        return abs(exact) >= LARGEST * Fraction(999, 1000)
    return 0 <= sign * (Fraction(found) - exact) <= max(Fraction(1, 10**6), abs(exact) / 10**9)


def test_the_index_in_charts_is_that_of_the_macro(database: Connection) -> None:
    add_history(database, [s for s in random_history(7) if s.source == "site0"])
    given = {"base": FIRST + dt.timedelta(2), "source": None, "from": None, "to": None}
    compared = 0
    for pair in LAYOUTS[0]:
        drawn, macro = (
            database.execute(script("store/sql/queries", name), given | asked).fetchall()
            for name, asked in (("chart_index", {"pairs": [pair]}), ("derived/chart_index", {"pair": pair}))
        )
        assert drawn == macro
        compared += len(drawn)
    assert compared > 10


def test_rate_on_gives_the_last_derived_close_and_its_date(database: Connection) -> None:
    add_page(database, "site", FIRST, {"KGS/USD": ("0.01144", None), "KZT/USD": ("0.00192", None)})
    add_page(database, "site", FIRST + dt.timedelta(2), {"KGS/USD": ("0.01150", None)})
    (crossed,) = rows(database, "FROM rate_on('KGS/KZT', ?)", FIRST + dt.timedelta(5))
    assert (crossed["rate_date"], crossed["rate_text"], crossed["derived"]) == (FIRST, "5.96", "KGS/USD over KZT/USD")
    (inverse,) = rows(database, "FROM rate_on('USD/KGS', ?)", FIRST + dt.timedelta(5))
    assert (inverse["rate_date"], inverse["rate_text"]) == (FIRST + dt.timedelta(2), "86.96")
    assert rows(database, "FROM rate_on('USD/KGS', ?)", FIRST - dt.timedelta(1)) == []


def test_the_ends_of_a_range_are_shown_with_two_digits_of_its_width_rounded_outward(database: Connection) -> None:
    add_page(database, "site", FIRST, {"KGS/USD": ("0.01144", None)})
    (shown,) = rows(
        database,
        "SELECT low_text(atoms_of(rate_low), atoms_of(rate_high)) AS low,"
        " high_text(atoms_of(rate_low), atoms_of(rate_high)) AS high FROM rate_series('USD/KGS')",
    )
    assert shown == {"low": "87.374", "high": "87.451"}  # 1/0.011445 = 87.37440, 1/0.011435 = 87.45081


def test_every_pair_of_the_real_pages_is_what_the_fractions_give(
    shared_pages: Path, shared_index: list[dict[str, object]]
) -> None:
    database = new_database()
    history: list[Dated] = []
    for page in [*(shared_pages / "timesca").glob("*.txt"), *(shared_pages / "seeds").glob("*.txt")]:
        reading = read(page)
        if reading.page_date and reading.quotes:
            quotes: Mapping[str, tuple[str, str | None]] = {
                q.pair: (q.rate_text, q.reported_text) for q in reading.quotes
            }
            history.append(Dated("timesca", reading.page_date, quotes))
    history = [snapshot for n, snapshot in enumerate(history) if snapshot not in history[:n]]
    assert len(history) > 50
    assert len(shared_index) > 50
    add_history(database, history)
    assert check_series(database, history, all_pairs(history)) > 500
    assert derive("USD/KGS", {"KGS/USD": "0.01144"})[None].text == "87.4"
