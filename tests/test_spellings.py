"""Entries as pages elsewhere spell them: what is stored is right, and whatever is not certain is noted."""

import datetime as dt
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from markups import read_html

from fxtrack.extract.calendar.dates import date_of_page
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.extract.text.html import visible_text
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading

DEC_8 = dt.date(2025, 12, 8)
BEFORE = ("KGS/USD = 0.01144 0.5%", "KZT/USD = 0.00192 -0.1%", "TJS/USD = 0.10879 0.28%", "TMT/USD = 0.28571 0.3%")
BEHIND = ("UZS/USD = 0.00008 0%", "AMD/USD = 0.00262 0.2%", "GEL/USD = 0.37021 0.1%")
REST = "08 December 2025\n\nA headline\n"
COMMA = Grammar(decimal="comma")
unhurried = settings(
    deadline=None, derandomize=True, database=None, max_examples=200, phases=(Phase.explicit, Phase.generate)
)


def page(entry: str, behind: tuple[str, ...] = BEHIND) -> str:
    return "\n".join([*BEFORE, entry, *behind, REST])


def html(entry: str) -> str:
    items = "".join(f"<li>{item}</li>" for item in (*BEFORE, entry, *BEHIND))
    return f"<html><body><ul>{items}</ul><p>08 December 2025</p><p>A headline</p></body></html>"


def shown(reading: Reading, pair: str = "EUR/KZT") -> tuple[str, str | None] | None:
    """Return rate and report of the odd entry, and check that all around it is read."""
    quotes = {quote.pair: quote for quote in reading.quotes}
    others = [str(quote) for quote in reading.quotes if quote.pair != pair]
    assert (reading.outcome, reading.page_date, others) == (Outcome.OK, DEC_8, [*BEFORE, *BEHIND])
    quote = quotes.get(pair)
    assert quote or "left out" in (reading.detail or "")
    return (quote.rate_text, quote.reported_text) if quote else None


@pytest.mark.parametrize("report", ["", " 0.5%"])
@pytest.mark.parametrize("mark", "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2063\u2066\ufeff\u061c")
def test_invisible_characters_are_no_part_of_a_rate(mark: str, report: str) -> None:
    assert shown(read_ticker(page(f"EUR/KZT = 12{mark}345{report}"))) == ("12345", report.strip() or None)


@pytest.mark.parametrize("where", ["EUR{}/KZT = 5", "EUR/{}KZT = 5", "E{}UR/KZT = 5", "EUR/KZT{} = 5", "EUR/KZT ={} 5"])
@pytest.mark.parametrize("first", [True, False])
def test_invisible_characters_are_no_part_of_a_pair(where: str, first: bool) -> None:
    entry = where.format("\u200b")
    text = f"{entry}\n{page(BEHIND[0], BEHIND[1:])}" if first else page(entry)
    assert shown(read_ticker(text)) == ("5", None)


@pytest.mark.parametrize("report", ["", " 0.5%"])
@pytest.mark.parametrize(
    "rate",
    [
        "12\u00b4345", "12`345", "12\u2032345", "12\u00b7345", "12:345", "12;345", "12\u066b345", "12\u066c345",
        "12\uff0c345", "12\uff0e345", "12 345", "1 234 567.89", "12\t345", "12\u2003345", "12\u2028345", "12\n345",
        "12|345", "12 | 345", "12•345", "12-345", "12/345", "12*345", "12_345", "12e3", "12.", "12,", "12,-", "12.,",
        "545.\u2076\u2077", "545\u00b2", "\u0665\u0664\u0665", "545,67", "1.2.3", "$545", "545\u20b8", "~545", "545*",
        "12\ufffd345", "12\ufffd", "545.6\ufffd", "1\u00a0234,567", "12\u2019345,678", "1,234\u202f567",
        "1'234\u2019567", "1\u2009234\u00a0567", "1,234,567'890",
    ],
)  # fmt: skip
def test_a_rate_that_is_not_understood_whole_is_left_out_with_a_note(rate: str, report: str) -> None:
    assert shown(read_ticker(page(f"EUR/KZT = {rate}{report}"))) is None
    last = read_ticker(page(f"EUR/KZT = {rate}{report}", behind=()))
    assert [str(quote) for quote in last.quotes] == list(BEFORE)
    assert "EUR/KZT" in (last.detail or "")


MIXED = ["1\u00a0234.567", "12\u2019345.678", "1.234\u202f567", "1'234\u2019567", "1.234.567\u2009890"]


@pytest.mark.parametrize("rate", [*MIXED, "13.845,\u2013", "13.845,-", "545,-", "545,", "12 345,67", "12\u00b7345,67"])
def test_a_rate_with_a_comma_that_is_not_understood_whole_is_left_out_with_a_note(rate: str) -> None:
    text = page(f"EUR/KZT = {rate} 0,5%").replace("0.", "0,")
    reading = read_ticker(text, COMMA)
    assert (len(reading.quotes), reading.page_date) == (7, DEC_8)
    assert repr(f"EUR/KZT = {rate}")[1:-1] in (reading.detail or "")


@pytest.mark.parametrize("mark", ",'\u2019\u00a0\u202f\u2009")
def test_one_mark_parts_all_groups_of_a_number(mark: str) -> None:
    assert shown(read_ticker(page(f"EUR/KZT = 1{mark}234{mark}567.89 0.5%"))) == ("1234567.89", "0.5%")


@unhurried
@given(st.lists(st.sampled_from(",'\u2019\u00a0\u202f\u2009"), min_size=1, max_size=2), st.sampled_from(["", " 0.5%"]))
def test_a_number_whose_groups_have_different_marks_is_left_out(marks: list[str], report: str) -> None:
    found = shown(read_ticker(page("EUR/KZT = 1" + "".join(f"{mark}234" for mark in marks) + report)))
    assert found == (None if len(set(marks)) > 1 else ("1" + "234" * len(marks), report.strip() or None))


@pytest.mark.parametrize("bytes_", [b"12\xbd", b"12\xb7 0.5%", b"12 0.5%\xbd"])
def test_a_character_that_is_not_decoded_beside_a_digit_is_no_bullet(bytes_: bytes) -> None:
    text = page("EUR/KZT = ?").encode().replace(b"?", bytes_)
    reading = read(Page("a.txt", text, media_type="text/plain"), Grammar())
    assert shown(reading) is None
    assert "EUR/KZT" in (reading.detail or "")


def test_a_character_that_is_not_decoded_and_stands_apart_is_a_bullet() -> None:
    assert shown(read_ticker(page("EUR/KZT = 12 \ufffd"))) == ("12", None)


printed_rates = st.from_regex(r"[1-9][0-9]{1,6}(\.[0-9]{1,4})?", fullmatch=True)
PLACES = st.integers(1, 20)


@unhurried
@given(
    printed_rates,
    st.characters(exclude_categories=["Cs"], exclude_characters="\r") | st.sampled_from(" .,'\n\t•|-*`\u00a0"),
    PLACES,
    st.sampled_from(["", " 0.5%", " -0.5%"]),
    st.booleans(),
)
def test_a_character_between_two_digits_of_a_rate_never_makes_it_shorter(
    rate: str, odd: str, place: int, report: str, last: bool
) -> None:
    place = min(place, len(rate) - 1)
    entry = rate[:place] + odd + rate[place:]
    reading = read_ticker(page(f"EUR/KZT = {entry}{report}", () if last else BEHIND))
    quote = next((quote for quote in reading.quotes if quote.pair == "EUR/KZT"), None)
    if quote is None:
        assert "EUR/KZT" in (reading.detail or "")
        return
    digits = [c for c in entry if c in "0123456789"]
    assert [c for c in quote.rate_text if c.isdigit()] == digits
    assert quote.reported_text == (report.strip() or None)
    if unicodedata.category(odd) == "Cf":
        assert quote.rate == Decimal(rate)


READ = [
    ("(-0.5%)", "-0.5%"), ("(+0.5%)", "+0.5%"), ("[-0.5%]", "-0.5%"), ("0.5%-", "-0.5%"), ("0.5%+", "+0.5%"),
    ("0.5%\u2212", "-0.5%"), ("\u207b0.5%", "-0.5%"), ("\u208b0.5%", "-0.5%"), ("-.5%", "-0.5%"),
    ("\u27960.5%", "-0.5%"), ("\u27950.5%", "+0.5%"), ("\u22120.5 %", "-0.5%"), ("+ 0.5 %", "+0.5%"),
    ("-0.5 percent", "-0.5%"), ("0.5 per cent", "0.5%"), ("-0.5 pct", "-0.5%"), ("-0.5\uff05", "-0.5%"),
    ("\u200e-0.5%", "-0.5%"), ("▼0.5%", "-0.5%"), ("0.5%▼", "-0.5%"), ("0.5% ▼", "-0.5%"),
    ("\U0001f53b0.5%", "-0.5%"), ("\u23ec0.5%", "-0.5%"), ("\u21e90.5%", "-0.5%"), ("\u2b07\ufe0f 0.5%", "-0.5%"),
    ("\U0001f4c90.5%", "-0.5%"), ("▲0.5%", "0.5%"), ("\u21970.5%", "0.5%"), ("▼ -0.5%", "-0.5%"),
    ("(▼0.5%)", "-0.5%"), ("(0%)", "0%"),
]  # fmt: skip
NAMED = [
    "(0.5%)", "-(0.5%)", "(0.5)%", "0.5-%", "0.5% -", "0.5% \u2013", "\u00b10.5%", "\u22130.5%", "~0.5%",
    "\u22480.5%", "<0.01%", "\u20140.5%", "\u2014 0.5%", "--0.5%", "+-0.5%", "▲-0.5%", "▼+0.5%", "▼0.5% ▲",
    "\u21950.5%", "\u2934 0.5%", "n/a", "unch", "down 0.5%", "0.5% down", "minus 0.5%", "0.5 pp", "0.5\u2030", "-0.5",
    "0,5%", "\uf0d70.5%", "\ufffd0.5%", "| 546.10 0.5%", ", -0.5%", "\u20b8 0.5%", "&minus;0.5%", "-\u00bd%", "0.5%%",
    "0.5% 0.7%", "0.5% | 1.2%", "-0.5% today", "0.5% 12:30", "-0.5%.", "-0.5%*", "* 0.5%", "-\n0.5%", "\n0.5%",
]  # fmt: skip


@pytest.mark.parametrize(("report", "text"), READ)
def test_a_report_is_read_where_its_meaning_is_certain(report: str, text: str) -> None:
    assert shown(read_ticker(page(f"EUR/KZT = 545.67 {report}"))) == ("545.67", text)


@pytest.mark.parametrize("report", NAMED)
def test_a_report_that_is_not_certain_is_noted_and_the_run_goes_on(report: str) -> None:
    assert shown(read_ticker(page(f"EUR/KZT = 545.67 {report}"))) is None


@pytest.mark.parametrize("between", [" • ", " | ", " - ", "  "])
@pytest.mark.parametrize("report", ["n/a", "unch", "(0.5%)", "\u00b10.5%", "0.5 pp"])
def test_in_a_ticker_of_one_line_only_the_entry_that_is_not_certain_is_left_out(report: str, between: str) -> None:
    reading = read_ticker(between.join([*BEFORE, f"EUR/KZT = 545.67 {report}", *BEHIND]) + "\n" + REST)
    assert shown(reading) is None


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "entry",
    [
        "100 JPY/USD = 0.644 0.1%", "1/JPY/USD = 0.644", "1 / JPY/USD = 155.3", "XBT-JPY/USD = 0.644",
        "\u042fJPY/USD = 0.644", "100JPY/USD = 0.644", "(100) JPY/USD = 0.644", "JPY/USD (100) = 0.644",
        "JPY/USD/100 = 0.644", "per 100 JPY/USD = 1", "100 \u00d7 JPY/USD = 0.644", "_JPY/USD = 0.644",
        "XBT - JPY/USD = 0.644", "\u00bd JPY/USD = 0.3", "100 | JPY/USD = 1", "100\tJPY/USD\t0.644", "JPY/USD: 0.644",
        "JPY/USDX = 0.644", "JPY / USD = 0.644", "jpy/usd = 0.644", "JPYUSD = 0.644",
    ],
)  # fmt: skip
def test_a_pair_that_something_else_belongs_to_is_no_quote_and_is_named(entry: str, first: bool) -> None:
    reading = read_ticker(f"{entry}\n{page(BEHIND[0], BEHIND[1:])}" if first else page(entry))
    assert shown(reading, "JPY/USD") is None


def test_the_end_of_an_entry_that_is_not_understood_may_belong_to_the_next_pair() -> None:
    entries = "JPY/USD = n/a 100 EUR/KZT = 54567 0.1%"
    assert shown(read_ticker(page(entries))) is None


@pytest.mark.parametrize("line", ["DXY\t101.42\t▼", "Brent = 63.20 1%", "Gold 4200.10 -1%"])
def test_a_line_that_lists_something_else_does_not_end_the_run(line: str) -> None:
    reading = read_ticker(page(line))
    assert len(reading.quotes) == 7
    assert line.split(maxsplit=1)[0] in (reading.detail or "")
    assert reading.page_date == DEC_8


def test_quotes_under_a_heading_of_their_own_are_named_and_the_page_is_not_dated_by_its_capture() -> None:
    reading = read_ticker("\n".join([*BEFORE, "Others", "EUR/KZT = 545.67 0.1%", "GEL/USD = 0.37 0.1%", REST]))
    assert [str(quote) for quote in reading.quotes] == list(BEFORE)
    assert "EUR/KZT" in (reading.detail or "")
    assert "GEL/USD" in (reading.detail or "")
    assert reading.date_unread


def test_a_pair_in_a_sentence_beside_the_ticker_is_the_article_s() -> None:
    reading = read_ticker("\n".join([*BEFORE, REST.strip(), "On Monday EUR/KZT = 545.67 was all that we saw.", ""]))
    assert (len(reading.quotes), reading.detail) == (4, None)


PICTURES = [
    "<img src=a.gif>", "<img src=a.gif alt=''>", "<img src=a.gif alt=arrow>", "<i class=x1></i>",
    "<svg><path/></svg>", "<span class='ico ico-2'></span>", "<i style='background: url(a.png)'></i>",
    "<i class=red></i>", "<canvas></canvas>", "<input type=image>", "<i data-way=d></i>",
]  # fmt: skip


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize(
    "entry", ["545.67 {}0.5%", "545.67 {} 0.5%", "545.67 0.5% {}", "545.67 0.5%{}", "{}545.67 0.5%"]
)
def test_a_picture_beside_a_percentage_makes_its_sign_uncertain(entry: str, picture: str) -> None:
    reading = read_html(html(f"EUR/KZT = {entry.format(picture)}"))
    assert shown(reading) == ("545.67", None)
    assert "left out: 0.5%" in (reading.detail or "")


@pytest.mark.parametrize(
    ("picture", "report"),
    [
        ("<img alt=down>", "-0.5%"), ("<img alt='Down'>", "-0.5%"), ("<img alt='▼'>", "-0.5%"),
        ("<img alt=up>", "0.5%"), ("<svg aria-label=down></svg>", "-0.5%"),
        ("<img src=a.gif width=1 height=1>", "0.5%"),
    ],
)  # fmt: skip
def test_the_text_of_a_picture_says_its_sign(picture: str, report: str) -> None:
    markup = html(f"EUR/KZT = 545.67 {picture} 0.5%").replace("-0.1%", "0.1%")  # a page that prints no signs
    assert f"EUR/KZT = 545.67 {report}" in [str(quote) for quote in read_html(markup).quotes]


def test_a_picture_beside_a_printed_sign_changes_nothing() -> None:
    reading = read_html(html("EUR/KZT = 545.67 <img src=a.gif> -0.5%"))
    assert (shown(reading), reading.detail) == (("545.67", "-0.5%"), None)


def test_a_flag_before_a_pair_is_no_sign() -> None:
    reading = read_html(html("<img src=eu.png>EUR/KZT = 545.67 0.5%"))
    assert (shown(reading), reading.detail) == (("545.67", "0.5%"), None)


@pytest.mark.parametrize(
    "struck",
    [
        "<del>{}</del>", "<s>{}</s>", "<strike>{}</strike>", "<span style='text-decoration: line-through'>{}</span>",
        "<b style='TEXT-DECORATION-LINE:line-through'>{}</b>",
    ],
)  # fmt: skip
def test_what_is_struck_out_is_withdrawn(struck: str) -> None:
    for space in ("", " "):
        reading = read_html(html(f"EUR/KZT = {struck.format('545')}{space}<ins>546.5</ins> 0.5%"))
        assert (shown(reading), reading.detail) == (("546.5", "0.5%"), None)
    assert shown(read_html(html(f"EUR/KZT = 5{struck.format('4')}6.5 0.5%"))) is None
    undated = read_html(html("").replace("08 December 2025", struck.format("08 December 2025")))
    assert undated.page_date is None


@pytest.mark.parametrize(
    "rate",
    [
        "545<sup>67</sup>", "545.<sup>67</sup>", "545<sub>67</sub>", "545<a href='#1'>1</a>", "545<small>67</small>",
        "545<ins>67</ins>", "545<td>67", "545<br>67", "545<label>6</label>", "545<img src=7.png>67",
        "545<img src=7.png>", "545<span class=d7></span>67", "545<ruby>6<rt>7</rt></ruby>",
    ],
)  # fmt: skip
def test_digits_of_elements_of_another_meaning_are_never_one_number(rate: str) -> None:
    assert shown(read_html(html(f"EUR/KZT = {rate} 0.5%"))) is None


@pytest.mark.parametrize(
    "rate", ["5<b>45</b>.67", "545<span>.67</span>", "545<wbr>.67", "<font>5</font>45.67", "5&shy;45.67"]
)
def test_digits_that_only_look_different_are_one_number(rate: str) -> None:
    assert shown(read_html(html(f"EUR/KZT = {rate} 0.5%"))) == ("545.67", "0.5%")


DATES = [
    "8th December 2025", "8th of December, 2025", "December 8th, 2025", "Monday, 08 December 2025", "Mon, 8 Dec 2025",
    "08 December 2025 (Monday)", "08 December 2025, 23:45", "08 December 2025 | 12:30 GMT", "23:45, 08 December 2025",
    "08 December 2025 at 5:30 pm", "2025-12-08T23:45:00+05:00", "2025-12-08 23:45", "8 Dec. 2025",
    "\u200e08 December 2025", "08 December, 2025.", "(08 December 2025)",
    "08\u00adDecember 2025".replace("\u00ad", " \u200f"),
]  # fmt: skip
UNREAD_DATES = [
    "08.12.2025", "08/12/2025", "8.12.25", "Updated: 08 December 2025",
    "8 \u0434\u0435\u043a\u0430\u0431\u0440\u044f 2025", "2025\u5e7412\u67088\u65e5",
    "\u0668 \u062f\u064a\u0633\u0645\u0628\u0631 \u0662\u0660\u0662\u0665", "08-Dec-2025", "20251208", "8 December",
    "Dec 8 '25", "Tuesday, 08 December 2025", "08 December 2025 09 December 2025", "Rates of 2025",
    "December outlook", "1990-2025: a look back",
]  # fmt: skip


@pytest.mark.parametrize("line", DATES)
def test_a_date_line_is_read_in_the_words_that_go_with_a_date(line: str) -> None:
    text = "\n".join([*BEFORE, line, "", "A headline"])
    assert read_ticker(text) == Reading(Outcome.OK, DEC_8, read_ticker(text).quotes, 1)


@pytest.mark.parametrize("bullet", [" •", "•", " |", "·"])
def test_a_bullet_behind_the_last_entry_does_not_hide_the_date(bullet: str) -> None:
    reading = read_ticker("\n".join([*BEFORE[:3], BEFORE[3] + bullet, REST]))
    assert (len(reading.quotes), reading.page_date) == (4, DEC_8)


@pytest.mark.parametrize(("line", "day"), [("08 Sept 2025", 8), ("Sept. 8, 2025", 8), ("Thurs, 4 Sept 2025", 4)])
def test_september_has_two_short_names(line: str, day: int) -> None:
    assert read_ticker("\n".join([*BEFORE, line])).page_date == dt.date(2025, 9, day)


@pytest.mark.parametrize("line", UNREAD_DATES)
def test_a_line_that_may_be_a_date_and_is_not_understood_leaves_the_page_undated(line: str) -> None:
    reading = read_ticker("\n".join([*BEFORE, line, "", "A headline"]))
    assert (reading.page_date, reading.date_unread) == (None, True)
    assert repr(line) in (reading.detail or "")
    captured = dt.datetime(2025, 12, 10, tzinfo=dt.UTC)
    dated = date_of_page(reading.page_date, captured, "UTC", 7, unread=reading.date_unread)
    assert (dated.date, dated.basis) == (None, None)


@pytest.mark.parametrize(
    "line",
    [
        "Viewing results 7 - 12 of 2025",
        "Viewing results 1999 - 2004 of 5000",
        "A headline",
        "Top 5 may surprise",
        "$2025",
        "It fell 3%",
    ],
)
def test_other_lines_beside_the_ticker_leave_the_date_to_the_capture(line: str) -> None:
    reading = read_ticker("\n".join([*BEFORE, line, "", "8 May 2024"]))
    assert (reading.page_date, reading.date_unread, reading.detail) == (None, False, None)


def test_a_date_on_the_other_side_of_the_ticker_is_named() -> None:
    reading = read_ticker("\n".join(["08 December 2025", *BEFORE, "A headline"]))
    assert (reading.page_date, reading.date_unread) == (None, True)
    assert "date_position" in (reading.detail or "")


HIDDEN = [
    "<dialog>{}</dialog>", "<details><summary>x</summary><div>{}</div></details>", "<details>{}</details>",
    "<div popover>{}</div>", "<p hidden='until-found'>{}</p>", "<p style='display:/**/none'>{}</p>",
    "<p style='display:no\\6e e'>{}</p>", "<p style='visibility : hidden !important'>{}</p>",
    "<p style='opacity:0'>{}</p>", "<p style='opacity:.0'>{}</p>", "<p style='font-size:0px'>{}</p>",
    "<p style='position:absolute;left:-9999px'>{}</p>", "<p style='text-indent:-9999px'>{}</p>",
    "<p style='color:transparent'>{}</p>", "<p style='width:0;overflow:hidden'>{}</p>",
    "<p style='clip: rect(0, 0, 0, 0)'>{}</p>", "<p style='clip-path:inset(50%)'>{}</p>",
    "<p style='transform:scale(0)'>{}</p>",
]  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_html_or_an_inline_style_hides_is_no_text(hidden: str) -> None:
    text = visible_text("<p>a</p>" + hidden.format("KGS/USD = 9 1%") + "<p>b</p>").text
    assert text.replace("\nx\n", "\n") == "a\nb"


@pytest.mark.parametrize(
    "seen",
    [
        "<dialog open>{}</dialog>", "<details open><summary>x</summary><div>{}</div></details>",
        "<p style='opacity:0.9'>{}</p>", "<details><summary>{}</summary>x</details>",
        "<p style='display:block;color:#000'>{}</p>", "<p style='width:0'>{}</p>",
        "<p style='font-size:0.8em;margin-left:-10px'>{}</p>", "<p style='text-decoration:underline'>{}</p>",
    ],
)  # fmt: skip
def test_what_is_open_or_merely_styled_is_seen(seen: str) -> None:
    assert "KGS/USD = 9 1%" in visible_text("<p>a</p>" + seen.format("KGS/USD = 9 1%") + "<p>b</p>").text


@pytest.mark.parametrize("mark", ["+", "-", "\u2212"])
def test_a_sign_that_touches_the_rate_is_no_sign_of_the_report(mark: str) -> None:
    assert shown(read_ticker(page(f"EUR/KZT = 545.67{mark} 0.5%"))) is None


@pytest.mark.parametrize("between", [" • ", " | ", "  ", ""])
@pytest.mark.parametrize("rate", ["5\n45.67", "545\n.67", "545.\n67", "545.67\n546.1"])
def test_a_rate_that_is_broken_over_lines_is_left_out(rate: str, between: str) -> None:
    reading = read_ticker(between.join([*BEFORE, f"EUR/KZT = {rate}", *BEHIND]) + "\n" + REST)
    assert "EUR/KZT" not in {quote.pair for quote in reading.quotes}
    assert "EUR/KZT" in (reading.detail or "")


@pytest.mark.parametrize("entry", ["EUR/KZT = 5.1 0.5 p.p.", "EUR/KZT = 5.1 -0.5%.", "EUR/KZT = 5.1 0.5%:"])
def test_an_entry_that_ends_in_a_full_stop_is_no_sentence(entry: str) -> None:
    assert shown(read_ticker("\n".join([entry, *BEFORE, *BEHIND, REST]))) is None


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("pair", ["EUR/\u041aZ\u0422", "\u0415UR/KZT", "EUR\uff0fKZT", "EUR\u2192KZT", "EUR KZT"])
def test_an_entry_in_letters_of_another_script_beside_the_run_is_named(pair: str, last: bool) -> None:
    entry = f"{pair} = 545.67 0.5%"
    reading = read_ticker("\n".join([*BEFORE, *BEHIND, entry, REST] if last else [entry, *BEFORE, *BEHIND, REST]))
    assert [str(quote) for quote in reading.quotes] == [*BEFORE, *BEHIND]
    assert pair in (reading.detail or "")
    assert reading.page_date == DEC_8 or reading.date_unread


@pytest.mark.parametrize("percent", ["<b>0.5</b>%", "0.5<small>%</small>", "<b>0</b>.5%", "<b>0.5</b> <i>%</i>"])
@pytest.mark.parametrize(
    "picture", ["<img src=a.gif>", "<i class=x1></i>", "<svg><path/></svg>", "<math><mo>-</mo></math>"]
)
def test_a_picture_beside_a_percentage_in_several_elements_makes_its_sign_uncertain(picture: str, percent: str) -> None:
    reading = read_html(html(f"EUR/KZT = 545.67 {picture}{percent}"))
    assert shown(reading) == ("545.67", None)
    assert "left out" in (reading.detail or "")


@pytest.mark.parametrize("percent", ["<b>0.5</b>%", "0.5<small>%</small>", "<b>0</b>.5%"])
def test_a_word_for_falling_belongs_to_a_percentage_in_several_elements(percent: str) -> None:
    for markup in (f"<i class=icon-down></i>{percent}", f"<span class=down>{percent}</span>"):
        reading = read_html(html(f"EUR/KZT = 545.67 {markup}").replace("-0.1%", "0.1%"))
        assert "EUR/KZT = 545.67 -0.5%" in [str(quote) for quote in reading.quotes]


CODES = ("KGS", "KZT", "TJS", "UZS", "TMT", "EUR", "GBP", "JPY")
SPELLINGS = [
    "{r}{s}", "({r}{s})", "[{r}{s}]", "{s}", "", "{b}{s}", "{s}{t}", "{s} {t}", "{r} {s}", "{s}.", "{s} {w}",
    "{w} {s}", "~{s}",
]  # fmt: skip
MARKS = st.sampled_from(
    ["-", "+", "\u2212", "\u2013", "\u2014", "▼", "▲", "\u2196", "\u00b1", "\u207b", "\u2796", "*", ""]
)
spelled = st.tuples(
    st.from_regex(r"[1-9][0-9]{0,6}(\.[0-9]{1,6})?", fullmatch=True),
    st.sampled_from(["", ",", "'", "\u00a0", " ", "\u00b4", "\u2009", "\u200b", "\u00b7"]),
    st.from_regex(r"[0-9](\.[0-9]{1,2})?", fullmatch=True),
    st.sampled_from(SPELLINGS), MARKS, MARKS, MARKS,
    st.sampled_from(["", "", "", "100 ", "1/", "XBT-", "n ", "\u042f"]),
    st.sampled_from(["%", " %", " percent", "", "\u2030"]),
)  # fmt: skip
MEANT = {
    "-": "-",
    "\u2212": "-",
    "\u2013": "-",
    "▼": "-",
    "\u207b": "-",
    "\u2796": "-",
    "+": "+",
    "▲": "",
    "\u2196": "",
    "": "",
}


def spell(pair: str, spelling: tuple[str, ...]) -> tuple[str, set[tuple[str, str | None]]]:
    """Return an entry as printed, and all that may be stored of it."""
    rate, group, size, form, r, b, t, before, unit = spelling
    whole, point, decimals = rate.partition(".")
    grouped = f"{int(whole):,}".replace(",", group) + point + decimals
    printed = form.format(r=r, b=b, t=t, s=size + unit, w="down")
    signs = [mark for name, mark in (("r", r), ("b", b), ("t", t)) if f"{{{name}}}" in form and mark]
    right: set[tuple[str, str | None]] = set()
    if before in {"", "n "} and all(mark in MEANT for mark in signs):
        meant = {MEANT[mark] for mark in signs} - {""}
        if not printed.strip():
            right.add((rate, None))
        elif len(meant) < 2 and unit in {"%", " %", " percent"} and "down" not in printed and "~" not in printed:
            right.add((rate, (meant.pop() if meant else "") + size + "%"))
    return f"{before}{pair} = {grouped} {printed}".rstrip(), right


@unhurried
@given(
    st.permutations(CODES).flatmap(lambda codes: st.integers(4, 7).map(lambda n: codes[:n])),
    st.lists(spelled, min_size=7, max_size=7),
    st.lists(st.booleans(), min_size=7, max_size=7),
    st.sampled_from(["\n", "\n  • ", " • ", " | "]),
    st.integers(1, 3),
    st.sampled_from([*DATES, *UNREAD_DATES, "A headline"]),
)
def test_whole_pages_of_any_spelling_are_right_or_noted(
    codes: list[str], odd: list[tuple[str, ...]], plain: list[bool], between: str, repeats: int, date: str
) -> None:
    block, truth = [], {}
    for code, spelling, is_plain in zip(codes, odd, plain, strict=False):
        pair, easy = f"{code}/USD", (spelling[0], "", spelling[2], "{r}{s}", "-", "", "", "", "%")
        entry, truth[pair] = spell(pair, easy if is_plain else spelling)
        block.append(entry)
    reading = read_ticker(between.join(block * repeats) + f"\n{date}\n\nA headline\n")
    stored = {quote.pair: quote for quote in (*reading.quotes, *(v.quote for v in reading.variants))}
    for pair, quote in stored.items():
        assert (quote.rate_text, quote.reported_text) in truth[pair], (block, str(quote))
    if reading.outcome is Outcome.OK:
        assert reading.page_date in {None, DEC_8}
        for pair in truth.keys() - stored.keys():
            assert pair in (reading.detail or ""), (block, pair, reading.detail)
        assert reading.page_date == DEC_8 or reading.date_unread or date == "A headline"
