# ruff: noqa: RUF001 -- headings in several languages
"""Text around a ticker that changes what its numbers mean, and lists that are cut: read where certain, else named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markups import read_html
from test_spellings import BEFORE, BEHIND, COMMA, DEC_8, REST, unhurried

from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.quote import Outcome, Reading

RISING = tuple(entry.replace("-0.1%", "0.1%") for entry in BEFORE)
ROWS = "\n".join(entry.replace(" = ", "\t").replace(" ", "\t") for entry in RISING)
LIST = "\n".join(RISING)


def rows(reading: Reading) -> list[str]:
    return [str(quote) for quote in reading.quotes]


def entries_under(heading: str) -> str:
    return ROWS if "\t" in heading else LIST


UNITS = [
    "Rates per 100 units", "Курс за 100 единиц", "(per 1,000)", "100 бірлік үшін", "100 birlik uchun", "Per hundred",
    "Kurs für 100 Einheiten", "Prices for 1000 units", "Курсы валют за 10 единиц", "Rates per 100 units\n",
    "Rates per 1 000 units\nCurrency", "Rates per 100 units on 8 December 2025",
]  # fmt: skip


@pytest.mark.parametrize("heading", UNITS)
def test_rates_under_a_heading_with_a_unit_are_left_out(heading: str) -> None:
    reading = read_ticker(f"{heading}\n{LIST}\n{REST}")
    assert rows(reading) == []
    assert heading.partition("\n")[0] in (reading.detail or "")


@pytest.mark.parametrize("heading", ["Курс на 10 декабря", "Rates for 10 December 2025", "Rates for Dec 10"])
def test_a_day_is_no_unit(heading: str) -> None:
    for reading in (read_ticker(f"{heading}\n{LIST}\nA headline"), read_ticker(f"{LIST}\n{heading}\nA headline")):
        assert (rows(reading), reading.date_unread) == ([*RISING], True)


@pytest.mark.parametrize(
    "heading", ["Pair\tRate per 100\t%", "Rates per 100 units\nPair\tRate\t%", "Pair\tYesterday\t%", "Pair\tVolume\t%"]
)
def test_rates_in_a_column_that_is_not_the_rate_of_one_unit_today_are_left_out(heading: str) -> None:
    reading = read_ticker(f"{heading}\n{ROWS}\n{REST}")
    assert rows(reading) == []
    assert "left out, 4 quotes" in (reading.detail or "")


@pytest.mark.parametrize("heading", ["Losers", "Снижение", "Falling currencies", "Pair\tRate\tFall, %"])
def test_percentages_without_signs_under_a_heading_for_falls_are_left_out(heading: str) -> None:
    reading = read_ticker(f"{heading}\n{entries_under(heading)}\n{REST}")
    assert [quote.reported_text for quote in reading.quotes] == [None] * 4
    assert "may be their sign" in (reading.detail or "")
    assert reading.page_date == DEC_8


@pytest.mark.parametrize(
    "heading",
    [
        "A headline", "TOP TEN 10", "Top 100 companies", "It fell by 3", "Rise and fall", "Currency rates",
        "Rates, 1 unit", "Rates for you",
        "Pair\tRate\tRise/fall, %", "Pair\tRate\tChange from previous", "The 100 days since prices fell in Almaty",
    ],
)  # fmt: skip
def test_other_headings_change_nothing(heading: str) -> None:
    reading = read_ticker(f"{heading}\n{entries_under(heading)}\n{REST}")
    assert (rows(reading), reading.page_date, reading.detail) == ([*RISING], DEC_8, None)


def test_a_heading_for_falls_over_printed_signs_changes_nothing() -> None:
    reading = read_ticker("\n".join(["Losers", *BEFORE, REST]))
    assert (rows(reading), reading.detail) == ([*BEFORE], None)


@pytest.mark.parametrize("unit", ["per 100", "(100)", "за 100 ед.", "100"])
def test_a_unit_under_an_entry_may_belong_to_either_neighbour(unit: str) -> None:
    reading = read_ticker("\n".join([*BEFORE[:2], "JPY/USD = 0.644 0.5%", unit, *BEFORE[2:], *BEHIND, REST]))
    assert rows(reading) == [*BEFORE[:2], BEFORE[3], *BEHIND]
    assert "JPY/USD" in (reading.detail or "")
    last = read_ticker("\n".join([*BEFORE, unit, REST]))
    assert (rows(last), last.page_date) == ([*BEFORE[:3]], DEC_8)
    assert "TMT/USD" in (last.detail or "")


@pytest.mark.parametrize("proof", ["KZT/KGS = 0,1729 0%", "USD/KGS = 87,45", "USD/KGS = 87,450 0,12%"])
def test_where_one_entry_proves_a_decimal_comma_no_comma_parts_groups(proof: str) -> None:
    reading = read_ticker("\n".join([*BEHIND, "RUB/KGS = 1,132", "GBP/KGS = 116,300 0%", proof, REST]))
    assert rows(reading) == [*BEHIND]
    assert all(pair in (reading.detail or "") for pair in ("RUB/KGS", "GBP/KGS", proof[:7]))


def test_where_one_entry_proves_a_decimal_point_no_point_parts_groups() -> None:
    text = f"AMD/KGS = 0,229\nUZS/KGS = 0,0072\nRUB/KGS = 1.132\nGBP/KGS = 0.5124\n{REST}"
    reading = read_ticker(text, COMMA)
    assert rows(reading) == ["AMD/KGS = 0.229", "UZS/KGS = 0.0072"]
    assert "RUB/KGS" in (reading.detail or "")


@unhurried
@given(
    st.lists(
        st.sampled_from(["Advertisement", "Subscribe now", "Read more about our app today.", "More", "• • •"]),
        min_size=1, max_size=5,
    ),
    st.integers(1, 3),
)  # fmt: skip
def test_quotes_behind_any_text_are_read_or_named(between: list[str], number: int) -> None:
    reading = read_ticker("\n".join([*BEFORE, *between, *BEHIND[:number], REST]))
    named = reading.detail or ""
    assert all(entry in rows(reading) or entry in named for entry in (*BEFORE, *BEHIND[:number]))
    assert reading.page_date == DEC_8 or reading.date_unread


def test_quotes_behind_an_advertisement_in_html_are_named_however_far_off() -> None:
    items = "".join(f"<li>{entry}</li>" for entry in BEFORE)
    reading = read_html(f"<ul>{items}</ul>{'<p>Read more about it here.</p>' * 99}<p>{BEHIND[1]}</p><p>x</p>")
    assert BEHIND[1] in (reading.detail or "")
    assert reading.date_unread


@pytest.mark.parametrize("broken", ["EUR/USD\n= 1.1 0%", "EUR/USD\n1.1 0%", "EUR/USD"])
@pytest.mark.parametrize("between", [" • ", " | "])
def test_a_last_entry_that_a_line_break_parts_is_named_and_the_date_behind_it_read(broken: str, between: str) -> None:
    reading = read_ticker(between.join([*BEFORE, broken]) + "\n" + REST)
    assert (rows(reading), reading.page_date) == ([*BEFORE], DEC_8)
    assert "EUR/USD" in (reading.detail or "")


FORMS = [
    "{p} ▲ = {r} {c}", "{p}: {r} {c}", "{p} {r} {c}", "{p} ≈ {r}", "{p} → {r}", "{p}\n{r}\n{c}", "100\t{p}\t{r}\t{c}",
    "{p} ({r})", "{p} — {r}",
]  # fmt: skip


@pytest.mark.parametrize("stroke", "/\u2044\u2215\uff0f")
@pytest.mark.parametrize("form", [*FORMS, "{p} = {r} {c}"])
def test_a_page_without_a_ticker_tells_of_numbers_beside_pairs(form: str, stroke: str) -> None:
    if form == "{p} = {r} {c}" and stroke == "/":
        pytest.skip("the usual ticker")
    entries = []
    for entry in BEFORE:
        pair, rate, change = entry.replace(" = ", " ").split(" ")
        entries.append(form.format(p=pair.replace("/", stroke), r=rate, c=change))
    reading = read_ticker("\n".join(entries) + "\n" + REST)
    assert (reading.outcome, rows(reading)) == (Outcome.NO_TICKER, [])
    assert "4 pairs" in (reading.detail or "")


@pytest.mark.parametrize("end", ["0.28", "0.2857", "0.", "<b>0.28"])
def test_a_rate_at_the_end_of_markup_that_is_cut_is_left_out(end: str) -> None:
    entries = [entry.rpartition(" ")[0] for entry in BEFORE[:3]]
    reading = read_html("<ul>" + "".join(f"<li>{entry}" for entry in entries) + f"<li>TMT/USD = {end}")
    assert rows(reading) == entries
    assert "TMT/USD" in (reading.detail or "")


@pytest.mark.parametrize("end", ["</ul>", "\n", "</li>\n"])
def test_markup_that_ends_behind_a_rate_is_whole(end: str) -> None:
    entries = [entry.rpartition(" ")[0] for entry in BEFORE]
    reading = read_html("<ul>" + "".join(f"<li>{entry}" for entry in entries) + end)
    assert (rows(reading), reading.detail) == (entries, None)


@pytest.mark.parametrize("odd", ["• -JPY/USD = 1 0%", "per 100 units of\n• JPY/USD = 1 0%"])
def test_an_odd_line_does_not_break_a_short_list(odd: str) -> None:
    entries = [f"• {entry}" for entry in BEFORE]
    reading = read_ticker("\n".join([*entries[:2], odd, *entries[2:], REST]))
    assert (rows(reading)[:1], reading.page_date) == ([BEFORE[0]], DEC_8)
    assert {*rows(reading)} <= {*BEFORE}
    assert "JPY/USD" in (reading.detail or "")
