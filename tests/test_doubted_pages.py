"""Pages whose words or figures leave doubt get no entry from `probe`, or one that names the doubt.

Each page is a variant of one table. The truth is in the page: what its words say is the reason to refuse it.
"""

import datetime as dt

import pytest

from fxtrack.extract.text.html import visible_text
from fxtrack.probe.entry import path_patterns
from fxtrack.probe.suggest import Known, Suggestion, suggest

ROWS = (("USD", "511.03"), ("EUR", "590.21"), ("GBP", "676.10"), ("CHF", "635.01"))
EARLIER = (("USD", "509.00"), ("EUR", "592.00"), ("GBP", "675.10"), ("CHF", "637.01"))
TODAY = dt.date(2025, 11, 28)


def probed(*cells: tuple[str, ...], above: str = "28.11.2025", below: str = "") -> Suggestion:
    """Return what is suggested for a table with a line above and below."""
    table = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
    text = visible_text(f"<html><p>{above}</p><table>{table}</table><p>{below}</p></html>").text
    found = suggest(text, "pages/a.html", (), Known(latest=TODAY))
    assert found is not None
    return found


def shown(found: Suggestion) -> list[tuple[str, str]]:
    return [(quote.pair, quote.rate_text) for quote in found.quotes]


def under(*headings: str) -> list[tuple[str, ...]]:
    return [("Code", *headings), *((*row, now) for row, (_, now) in zip(EARLIER, ROWS, strict=True))]


@pytest.mark.parametrize(
    "heading",
    ["Rate", "Курс, тенге", "Ресми бағам", "Sotib olish kursi", "Alış", "Қурб", "Փոխարժեք"],  # noqa: RUF001
)
def test_a_heading_that_is_understood_gives_the_rate_even_behind_one_that_is_not(heading: str) -> None:
    found = probed(*under("Қурби пешина", heading))
    assert shown(found) == [(f"{code}/XXX", rate) for code, rate in ROWS]
    assert any(heading in said and "the rates are the figures under" in said for said in found.remarks)


@pytest.mark.parametrize(
    "heading",
    [
        "Week ago",
        "Forecast",
        "27.11",
        "26 Nov",
        "Lot size",
        "Курс за сто единиц",  # noqa: RUF001
        "Rate × 100",  # noqa: RUF001
        "Rate (x1000)",
        "Units per KZT",
    ],
)
def test_a_heading_that_is_not_understood_is_a_reason_to_suggest_nothing(heading: str) -> None:
    found = probed(("Code", heading), *ROWS)
    assert found.toml is None
    assert repr(heading) in found.remarks[0] or "units" in found.remarks[0]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((*ROWS[:2], ("JPY", "327.40")), "cannot both be prices of one unit"),
        ((("USD", "840"), ("EUR", "978"), ("RUB", "643"), ("CNY", "156")), "cannot both be prices"),
        ((("USD", "5.00"), ("EUR", "5.00"), ("GBP", "5.00")), "cannot be the price of one unit"),
        ((*ROWS[:2], ("За 100 единиц", ""), ("JPY", "3.27")), "stands between the rows"),  # noqa: RUF001
        ((*ROWS[:2], ("Продажа", ""), *ROWS[2:]), "stands between the rows"),
        (
            (("USD", "511.03 тенге"), ("EUR", "590.21 тенге"), ("GBP", "1.3228 доллара"), ("CHF", "1.24 доллара")),
            "beside",
        ),
        (tuple((code, f"{rate} тиын") for code, rate in ROWS), "not understood"),
        (tuple((code, f"{rate}*") for code, rate in ROWS), "may change the meaning"),
        (tuple((code, f"509.00 {rate}") for code, rate in ROWS), "no words say which of them"),
        (tuple((*row, now) for row, (_, now) in zip(EARLIER, ROWS, strict=True)), "no words say"),
    ],
)
def test_figures_and_words_in_the_rows_that_leave_doubt_are_a_reason_to_suggest_nothing(
    rows: tuple[tuple[str, ...], ...], reason: str
) -> None:
    found = probed(*rows)
    assert found.toml is None
    assert reason in found.remarks[0]


@pytest.mark.parametrize("line", ["Курс за 1 000 единиц", "Rates per 1,000 units", "Quoted for one hundred units"])  # noqa: RUF001
def test_a_line_that_may_name_a_unit_is_a_reason_to_suggest_nothing(line: str) -> None:
    assert probed(*ROWS, above=line).toml is None
    assert probed(*ROWS, below=line).toml is None


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("Foreign currencies against the Turkish lira", ["USD/TRY", "EUR/TRY"]),
        ("Базовая валюта: TRY", ["USD/TRY", "EUR/TRY"]),
        ("Price of crude, USD per barrel", ["GBP/XXX", "EUR/XXX"]),
    ],
)
def test_the_magnitude_of_the_rates_decides_their_direction(line: str, pairs: list[str]) -> None:
    first = "GBP" if "XXX" in pairs[0] else "USD"
    found = probed((first, "42.1057"), ("EUR", "48.9021"), above=line)
    assert [quote.pair for quote in found.quotes] == pairs


@pytest.mark.parametrize(
    ("heading", "report"),
    [
        ("Change, %", "+0.50%"),
        ("За день", "+0.50%"),  # noqa: RUF001
        ("YTD", None),
        ("Спред, %", None),
        ("Weight", None),
        ("Рост", None),
    ],
)
def test_percentages_are_read_under_a_heading_that_calls_them_a_daily_change(heading: str, report: str | None) -> None:
    found = probed(("Code", "Rate", heading), *((*row, "+0.50%") for row in ROWS))
    assert {quote.reported_text for quote in found.quotes} == {report}
    assert report or any("not read" in said and heading in said for said in found.remarks)


@pytest.mark.parametrize("word", ["снижение", "düştü", "weaker", "off", "төмендеді"])
def test_a_word_beside_unsigned_percentages_that_is_not_known_as_neutral_may_be_their_sign(word: str) -> None:
    found = probed(*((*row, f"{word} 0.50%") for row in ROWS))
    assert found.toml is None
    assert "the sign of 0.50% is not certain" in found.remarks[0]


@pytest.mark.parametrize(
    "line",
    [
        "Тарифы вступили в силу 01.02.2025",
        "Banks closed on 25 December 2024",
        "Opened 12 May 2001",
        "20.11.25",
        "28.XI.2025",
    ],
)
def test_a_line_whose_date_may_be_that_of_something_else_is_named_and_not_taken(line: str) -> None:
    found = probed(*ROWS, above=line)
    assert found.page_date is None
    assert any(line in said for said in found.remarks)


def test_every_row_with_a_figure_that_is_not_read_is_named() -> None:
    others = (("Cny", "71.20"), ("SDR", "700.10"), ("CHE CHW", "635.01"))
    found = probed(*ROWS[:2], *others, *ROWS[2:])
    assert len(found.quotes) == len(ROWS)
    assert all(any(f"{name} {rate}" in said for said in found.remarks) for name, rate in others)


def test_a_card_has_its_rate_below_the_currency_or_gets_no_entry() -> None:
    below = suggest("28.11.2025\n" + "".join(f"{code}\n{rate}\n" for code, rate in ROWS), "pages/a.txt", ())
    above = suggest("28.11.2025\n" + "".join(f"{rate}\n{code}\n" for code, rate in ROWS), "pages/a.txt", ())
    assert below is not None
    assert shown(below) == [(f"{code}/XXX", rate) for code, rate in ROWS]
    assert above is not None
    assert above.toml is None


def test_a_folder_keeps_its_figures_and_a_file_takes_as_many_as_it_has() -> None:
    assert path_patterns("adv2/rates100.html") == ["adv2/rates[0-9][0-9][0-9].html"]
    assert path_patterns("pages/day1.txt") == [f"pages/day{'[0-9]' * n}.txt" for n in (1, 2, 3)]
