# ruff: noqa: RUF001 -- dates in many languages
"""Lines near a ticker that show a date in some form: one that is not read leaves the page without a date."""

import datetime as dt

import pytest
from calendar_words import FILE, names
from hypothesis import given
from hypothesis import strategies as st
from markups import read_html
from test_spellings import BEFORE, DEC_8, unhurried

from fxtrack.extract.calendar.signs import shows_a_date
from fxtrack.extract.calendar.words import LANGUAGES, is_month
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.quote import Reading

TICKER = "\n".join(BEFORE)
DATE = "08 December 2025"
IN_OTHER_FORMS = [
    "8 декабря, понедельник", "8 декабря (понедельник)", "8 декабря 10:30", "10:30, 8 декабря", "Курс на 8 декабря",
    "8-го декабря", "«8» декабря", "8-декабрь, дүйшөмбү", "8-dekabr, dushanba", "8-nji dekabr",
    "8 желтоқсан, дүйсенбі", "8 желтоқсандағы", "8 de diciembre", "Dec.8", "8.Dec", "Dec8", "8dec", "08DEC25",
    "Dec.08.2025", "08,12,2025", "08.12/2025", "08.XII.25", "12月8日", "۸ دسامبر", "۱۷ آذر ۱۴۰۴", "8 сентабр",
    "8 Δεκεμβρίου", "8 דצמבר", "8 ธันวาคม 2568", "17 Azar 1404", "8/12", "08 12 2025", "понедельник, 8",
    "20251208", "8 may",
]  # fmt: skip
HEADLINES = [
    "A headline", "7 comments", "Top 10 tips", "News 24", "Page 2", "It fell 3%", "Top 5 may surprise", "$2025",
    "Viewing results 1 - 6 of 10", "7 out of 10 Kazakhs", "12 officials dismissed", "3 mars probes", "5 marchers held",
    "5 days ago", "Sen. 5 talks",
    "1,234,567", "12.5 kg", "Oil at 65.3 a barrel", "24/7 help", "$1,200 for 12 months", "Set of 3 stamps",
]  # fmt: skip


def is_undated(reading: Reading, line: str) -> bool:
    """Return whether a page is read without a date, which its capture does not replace, and that line is named."""
    assert len(reading.quotes) >= 3
    return reading.page_date is None and reading.date_unread and line in (reading.detail or "")


@pytest.mark.parametrize("place", ["{t}\n{d}\nA headline\n", "{t}\n\n{d}\nA headline\n", "{d}\n{t}\nA headline\n"])
@pytest.mark.parametrize("line", IN_OTHER_FORMS)
def test_a_date_in_any_form_near_the_ticker_is_not_replaced_by_the_capture_s(line: str, place: str) -> None:
    assert is_undated(read_ticker(place.format(t=TICKER, d=line)), line)


@pytest.mark.parametrize("line", ["08.12", "8-12"])
def test_a_day_and_a_month_in_figures_below_the_ticker_are_a_date(line: str) -> None:
    assert is_undated(read_ticker(f"{TICKER}\n{line}\nA headline\n"), line)


@pytest.mark.parametrize("line", ["8 may", "8 сентабр", "8 октабр", "8 iyun"])
def test_a_month_of_a_configured_language_is_no_verb_of_another(line: str) -> None:
    assert is_undated(read_ticker(f"{TICKER}\n{line}\nYangiliklar\n", Grammar(languages=("uz",))), line)


@pytest.mark.parametrize("place", ["{t}\n{d}\nA headline\n", "{t}\n\n{d}\nA headline\n", "{d}\n{t}\nA headline\n"])
@pytest.mark.parametrize("line", HEADLINES)
def test_a_headline_with_figures_is_no_date(line: str, place: str) -> None:
    assert not read_ticker(place.format(t=TICKER, d=line)).date_unread


@pytest.mark.parametrize(
    "between",
    ["\n\n", "\n\n\n", "\n•\n", "\nMonday,\n", "\nMonday\n", "\n10:30\n", "\nUpdated:\n", "\n---\n", "\nдүйсенбі\n"],
)
def test_a_date_behind_blank_lines_and_labels_is_not_replaced_by_the_capture_s(between: str) -> None:
    assert is_undated(read_ticker(f"{TICKER}{between}{DATE}\nA headline\n"), DATE)


@pytest.mark.parametrize("between", ["\nA headline\n", "\n\nA headline\n\n", "\nIt rose.\n"])
def test_a_date_behind_a_headline_is_the_article_s(between: str) -> None:
    assert not read_ticker(f"{TICKER}{between}{DATE}\nAnother headline\n").date_unread


@pytest.mark.parametrize(
    "heading",
    [
        f"Rates as of {DATE}", "Официальные курсы валют на 08.12.2025", f"{DATE}\n", "Курсы на 8 декабря",
        "Rates on Dec 8", "Monday, 8 December 2025", "Обменные курсы на 8 декабря 2025 года", f"{DATE}\n•",
    ],
)  # fmt: skip
def test_a_date_above_the_ticker_is_not_replaced_by_the_capture_s(heading: str) -> None:
    assert is_undated(read_ticker(f"{heading}\n{TICKER}\nA headline\n"), heading.strip("\n•"))


@pytest.mark.parametrize("between", ["\n", " • ", " | "])
@pytest.mark.parametrize("mark", [" • ", " | ", " •"])
def test_a_date_behind_a_bullet_on_the_last_entry_s_line_is_read(mark: str, between: str) -> None:
    reading = read_ticker(f"{between.join(BEFORE)}{mark}{DATE}\nA headline\n")
    assert ([str(quote) for quote in reading.quotes], reading.page_date, reading.detail) == ([*BEFORE], DEC_8, None)


@pytest.mark.parametrize("mark", [" ", ", ", " - ", " (", " as of "])
def test_a_date_that_is_a_part_of_an_entry_that_is_left_out_is_not_replaced_by_the_capture_s(mark: str) -> None:
    assert is_undated(read_ticker(f"{TICKER}{mark}{DATE}\nA headline\n"), DATE)


@pytest.mark.parametrize(
    "markup",
    [
        f"<br><br>{DATE}", f"<article>{DATE}</article>", "<div>08</div><div>December</div><div>2025</div>",
        f"<section><h4>Monday</h4><p>{DATE}</p></section>", "<p>8</p><p>Dec</p>",
    ],
)  # fmt: skip
def test_a_date_in_markup_of_its_own_is_not_replaced_by_the_capture_s(markup: str) -> None:
    items = "".join(f"<li>{entry}</li>" for entry in BEFORE)
    assert is_undated(read_html(f"<ul>{items}</ul>{markup}<p>A headline</p><p>More</p>"), "8")


MONTHS = ("декабря", "желтоқсан", "dekabr", "diciembre", "Dezember", "Dec", "декабрь", "aralık", "décembre", "grudnia")


@unhurried
@given(
    st.integers(1, 31),
    st.sampled_from(MONTHS),
    st.sampled_from(["{d} {m}", "{d}.{m}", "{d}-{m}", "{m} {d}", "{d}{m}", "«{d}» {m}", "{d} {m} 2025", "{m}/{d}"]),
    st.sampled_from(["{}", "{}, 10:30", "10:30 {}", "на {}", "{} (x)", "Updated {}", "{}.", "As of {}"]),
    st.sampled_from(["\n", "\n\n", "\n•\n", "\nMonday\n"]),
)
def test_a_day_and_a_month_are_never_replaced_by_the_capture_s_date(
    day: int, month: str, form: str, around: str, between: str
) -> None:
    line = around.format(form.format(d=day, m=month))
    reading = read_ticker(f"{TICKER}{between}{line}\nA headline\n")
    read = month in {"Dec"} and reading.page_date == dt.date(2025, 12, day)
    assert read or is_undated(reading, line.strip())


def test_months_of_every_usual_language_are_known() -> None:
    for word in ("декабря", "желтоқсан", "dekabr", "grudnia", "décembre", "грудня", "dezembro", "желтоқсандағы"):
        assert is_month(word)
    assert not any(map(is_month, ("headline", "results", "page", "officials", "kazakhs", "viewing")))
    assert len(LANGUAGES) == 16


@pytest.mark.slow
def test_the_words_of_the_calendar_are_those_of_cldr() -> None:
    for line, field in zip(FILE.read_text("utf-8").splitlines(), ("months", "days"), strict=True):
        assert names(field) <= set(line.split())


def test_a_long_line_is_no_date() -> None:
    assert not shows_a_date("8 декабря " * 40, 4)
