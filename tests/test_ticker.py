"""The ticker reader: what is a quote, what is the page date, and what is neither."""

import datetime as dt
from decimal import Decimal

import pytest
from conftest import BLOCK, page_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.quote import Outcome, Reading

Printed = tuple[str, str, str | None]
DEC_12 = dt.date(2025, 12, 12)
REST = ["12 December 2025", "", "A headline", ""]
# An article: from the first line on it is prose, and everything in it that looks like rates or dates is bait.
ARTICLE = "The banks had little to say about the currencies this week.\n"
OTHER_QUOTES = ["EUR/USD = 1.1042 0.3%", "GBP/USD = 1.2711 -0.1%", "CNY/USD = 0.1405 0%", "TRY/USD = 0.0286 -1%"]


def entries(quotes: tuple[Printed, ...] = BLOCK) -> list[str]:
    return [f"{pair} = {rate}" + (f" {pct}" if pct else "") for pair, rate, pct in quotes]


def printed(reading: Reading) -> list[Printed]:
    return [(q.pair, q.rate_text, q.reported_text) for q in reading.quotes]


def read_with(entry: str) -> Reading:
    """Read a page whose fifth pair, UZS/USD, shows something else in all three repeats."""
    block = [line for line in entries() if not line.startswith("UZS")] + [f"UZS/USD = {entry}"]
    return read_ticker("\n".join([*(f"• {line}" for line in block * 3), *REST]))


@pytest.mark.parametrize("pairs", [4, 5])
@pytest.mark.parametrize("repeats", [1, 2, 4, 8])
def test_a_ticker_is_read_pair_by_pair_however_often_it_is_repeated(pairs: int, repeats: int) -> None:
    reading = read_ticker(page_text(BLOCK[:pairs], repeats=repeats))
    assert reading == Reading(Outcome.OK, DEC_12, reading.quotes, repeats)
    assert printed(reading) == list(BLOCK[:pairs])


@pytest.mark.parametrize("pairs", [2, 3])
def test_an_entry_that_is_no_quote_counts_as_a_pair_of_its_block(pairs: int) -> None:
    page = page_text(BLOCK[: pairs + 2], repeats=1).replace("0.01144 0%", "N/A")
    assert printed(read_ticker(page)) == list(BLOCK[1 : pairs + 2])


@pytest.mark.parametrize("pairs", [2, 3])
def test_a_block_of_few_pairs_is_a_ticker_if_it_is_repeated(pairs: int) -> None:
    assert printed(read_ticker(page_text(BLOCK[:pairs], repeats=2))) == list(BLOCK[:pairs])
    assert read_ticker(page_text(BLOCK[:pairs], repeats=1)).outcome is Outcome.NO_TICKER


@pytest.mark.parametrize("bullet", ["", *"•·∙●○◦‣▪■□►◆*|>-—\u2013\u2212", "\u200b• ", "- - "])
def test_any_bullet_or_none_may_stand_before_a_quote(bullet: str) -> None:
    reading = read_ticker("\n".join([*(f"{bullet} {line}" for line in entries() * 2), *REST]))
    assert (printed(reading), reading.repeats, reading.page_date) == (list(BLOCK), 2, DEC_12)


@pytest.mark.parametrize("between", [" • ", " - ", " | ", "  ", "•", "\t"])
def test_quotes_may_share_a_line(between: str) -> None:
    reading = read_ticker(between.join(entries() * 3) + "\n" + "\n".join(REST))
    assert (printed(reading), reading.repeats, reading.page_date) == (list(BLOCK), 3, DEC_12)


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2009", "\t", "   "])
def test_any_blank_may_stand_between_the_parts_of_a_quote(blank: str) -> None:
    lines = ["•" + blank + line.replace(" ", blank) for line in entries() * 2]
    assert printed(read_ticker("\n".join([*lines, *REST]))) == list(BLOCK)


def test_a_marquee_caught_between_two_blocks_is_no_conflict() -> None:
    reading = read_ticker("\n".join([*(f"• {line}" for line in (entries() * 4)[3:18]), *REST]))
    assert reading.outcome is Outcome.OK
    assert sorted(printed(reading)) == sorted(BLOCK)
    assert reading.repeats == 3


@pytest.mark.parametrize(
    ("entry", "rate"),
    [
        ("0.28490 0%", "0.28490"), ("0.50 0%", "0.50"), ("87 0%", "87"), ("87.0 0%", "87.0"),
        ("1,234.50 0%", "1234.50"), ("1'234.50 0%", "1234.50"), ("1\u2019234.50 0%", "1234.50"),
        ("1\u00a0234.50 0%", "1234.50"), ("1\u202f234.50 0%", "1234.50"), ("12,345,678.9 0%", "12345678.9"),
        ("123456789.123456789 0%", "123456789.123456789"),
    ],
)  # fmt: skip
def test_every_printed_digit_of_a_rate_is_kept(entry: str, rate: str) -> None:
    (quote,) = (q for q in read_with(entry).quotes if q.pair == "UZS/USD")
    assert quote.rate_text == rate
    assert str(quote.rate) == rate
    assert quote.rate_decimals == len(rate.partition(".")[2])


@pytest.mark.parametrize(
    ("shown", "text", "percent", "sign"),
    [
        ("0%", "0%", "0", 0), ("-0%", "-0%", "0", -1), ("+0%", "+0%", "0", 1), ("-0.00%", "-0.00%", "0.00", -1),
        ("0.1%", "0.1%", "0.1", 1), ("0.18%", "0.18%", "0.18", 1), ("+0.2%", "+0.2%", "0.2", 1),
        ("-0.46%", "-0.46%", "-0.46", -1), ("-0.5 %", "-0.5%", "-0.5", -1), ("- 0.5%", "-0.5%", "-0.5", -1),
        ("\u22120.46%", "-0.46%", "-0.46", -1), ("\u22120%", "-0%", "0", -1), ("\u20131.2\u00a0%", "-1.2%", "-1.2", -1),
        ("999999.123456%", "999999.123456%", "999999.123456", 1),
    ],
)  # fmt: skip
def test_a_percentage_keeps_its_digits_and_its_sign(shown: str, text: str, percent: str, sign: int) -> None:
    (quote,) = (q for q in read_with(f"0.28571 {shown}").quotes if q.pair == "UZS/USD")
    assert (quote.reported_text, quote.reported_pct, quote.reported_sign) == (text, Decimal(percent), sign)
    assert quote.reported_decimals == len(percent.partition(".")[2])


@pytest.mark.parametrize("missing", [(4,), (0,), (0, 1, 2, 3, 4)])
def test_a_quote_without_percentage_reports_nothing(missing: tuple[int, ...]) -> None:
    block = tuple((pair, rate, None if i in missing else pct) for i, (pair, rate, pct) in enumerate(BLOCK))
    reading = read_ticker(page_text(block))
    assert printed(reading) == list(block)
    for i in missing:
        quote = reading.quotes[i]
        assert (quote.reported_pct, quote.reported_sign, quote.reported_decimals) == (None, None, None)


def test_a_page_may_end_with_its_last_quote() -> None:
    for block in (BLOCK, tuple((pair, rate, None) for pair, rate, _ in BLOCK)):
        assert printed(read_ticker("\n".join(entries(block)))) == list(block)


@pytest.mark.parametrize(
    "line",
    [
        "08 December 2025", "8 Dec 2025", "December 8, 2025", "2025-12-08", "08\u00a0December\u00a02025",
        "\t08  DECEMBER 2025 ",
    ],
)  # fmt: skip
def test_the_date_line_right_behind_the_ticker_is_the_page_date(line: str) -> None:
    assert read_ticker(page_text(date=line)).page_date == dt.date(2025, 12, 8)


@pytest.mark.parametrize(
    ("formats", "line", "date"),
    [
        (("%d.%m.%Y",), "08.12.2025", dt.date(2025, 12, 8)), (("%m/%d/%Y",), "08/12/2025", dt.date(2025, 8, 12)),
        (("%d/%m/%Y",), "08/12/2025", dt.date(2025, 12, 8)), (("%d.%m.%Y",), "08 December 2025", None),
        (("%A, %d %B %Y",), "Monday, 08 December 2025", dt.date(2025, 12, 8)),
        (("%Y-%m-%d", "%d.%m.%Y"), "08.12.2025", dt.date(2025, 12, 8)),
        (("%Y-%m-%d",), "2025-12-8", dt.date(2025, 12, 8)), (("%d.%m.%y",), "8.12.25", dt.date(2025, 12, 8)),
    ],
)  # fmt: skip
def test_the_date_line_is_read_in_the_formats_of_its_source(
    formats: tuple[str, ...], line: str, date: dt.date | None
) -> None:
    assert read_ticker(page_text(date=line), Grammar(formats)).page_date == date


@pytest.mark.parametrize(("filler", "date"), [(44, DEC_12), (45, None)])
def test_a_line_longer_than_sixty_characters_is_not_tried_as_a_date(filler: int, date: dt.date | None) -> None:
    grammar = Grammar(("%d %B %Y" + "x" * filler,))
    assert read_ticker(page_text(date="12 December 2025" + "x" * filler), grammar).page_date == date


@pytest.mark.parametrize(
    "line",
    [
        "", "Uncategorized", "Results 3 - 8 of 90", "What 12 December 2025 will bring", "12 December 2025 by A. Writer",
        "31 February 2025", "12 December", "12 December 25", "12 December 2025 12 December 2025",
        "12 December \u0662\u0660\u0662\u0665",
    ],
)  # fmt: skip
def test_nothing_but_a_date_line_right_behind_the_ticker_dates_a_page(line: str) -> None:
    reading = read_ticker(page_text(date=line) + "\n14 July 2023\n\n2023-07-15\nWritten on 16 July 2023\n")
    assert (reading.outcome, reading.page_date) == (Outcome.OK, None)


@pytest.mark.parametrize(("blank_lines", "date"), [(1, DEC_12), (2, None)])
def test_on_a_double_spaced_page_the_date_is_one_blank_line_away(blank_lines: int, date: dt.date | None) -> None:
    lines = [f"• {line}" for line in entries() * 8]
    reading = read_ticker("\n\n".join(lines) + "\n" * blank_lines + "\n12 December 2025\n\nA headline\n")
    assert (printed(reading), reading.page_date) == (list(BLOCK), date)


def test_behind_a_single_spaced_ticker_a_date_after_a_blank_line_belongs_to_the_article() -> None:
    assert read_ticker(page_text(date="\n12 December 2025")).page_date is None


@pytest.mark.parametrize(
    ("line", "believed"), [("1989-12-31", False), ("1990-01-01", True), ("2100-12-31", True), ("2101-01-01", False)]
)
def test_a_date_of_an_implausible_year_is_noted_and_not_believed(line: str, believed: bool) -> None:
    reading = read_ticker(page_text(date=line))
    assert reading.outcome is Outcome.OK
    assert reading.page_date == (dt.date.fromisoformat(line) if believed else None)
    assert (line in (reading.detail or "")) is not believed


@pytest.mark.parametrize("repeats", [1, 8])
def test_quotes_and_dates_in_the_article_change_nothing(repeats: int) -> None:
    page = page_text(repeats=repeats)
    assert read_ticker(page + "\n".join(["2020-05-12", *OTHER_QUOTES * 9, "2020-05-13"])) == read_ticker(page)


@pytest.mark.parametrize(
    "text",
    [
        "", "A headline\n\n" + ARTICLE, ARTICLE + "\n".join(["", *OTHER_QUOTES, "12 May 2020", ""]),
        ARTICLE + "\n".join(f"• {line}" for line in [*OTHER_QUOTES, "SEK/USD = 0.0914 0%"]),
        "On Monday KGS/USD = 0.0114, and then KZT/USD = 0.0019, TJS/USD = 0.1086 and TMT/USD = 0.2857 were seen.\n",
        "\n".join(OTHER_QUOTES[:3]) + "\n12 May 2020\n", "X" + "\n".join(OTHER_QUOTES),
        "KGS/USD, KZT/USD, TJS/USD, TMT/USD\n0.1%\n12 May 2020\n",
        ARTICLE + "\nEUR/USD = 1.1042\nEUR/USD = 1.1050\nEUR/USD = 1.1077\n12 May 2020\n",
        ARTICLE + "\n".join([*OTHER_QUOTES[:2], "EUR/USD = 1.1050 0.1%", "GBP/USD = 1.2700 0%", "12 May 2020", ""]),
    ],
)  # fmt: skip
def test_a_page_without_ticker_has_no_quotes_and_no_date_whatever_its_article_lists(text: str) -> None:
    reading = read_ticker(text)
    assert (reading.outcome, reading.page_date, reading.quotes, reading.variants) == (Outcome.NO_TICKER, None, (), ())


@pytest.mark.parametrize("before", ["News of the region\nMenu\n", ARTICLE + "\n".join([*OTHER_QUOTES, "", ARTICLE])])
def test_a_repeated_ticker_is_found_behind_other_text(before: str) -> None:
    assert read_ticker(before + page_text()) == read_ticker(page_text())


@pytest.mark.parametrize(
    "odd", [("0.10866", "0.09%"), ("0.10875", "0.18%"), ("0.108660", "0.18%"), ("0.10866", None), ("0.10866", "-0.18%")]
)
@pytest.mark.parametrize("where", [0, 3, 7])
def test_one_repeat_that_differs_is_a_conflict_that_keeps_every_value_and_its_count(
    where: int, odd: tuple[str, str | None]
) -> None:
    changed: Printed = ("TJS/USD", *odd)
    blocks = [(*BLOCK[:2], changed, *BLOCK[3:]) if i == where else BLOCK for i in range(8)]
    reading = read_ticker(page_text(tuple(quote for block in blocks for quote in block), repeats=1))
    assert (reading.outcome, reading.quotes, reading.repeats) == (Outcome.CONFLICT, (), 8)
    assert reading.page_date == DEC_12
    seen = {(v.quote.pair, v.quote.rate_text, v.quote.reported_text): v.repeats for v in reading.variants}
    expected: dict[Printed, int] = {quote: 7 if quote[0] == "TJS/USD" else 8 for quote in BLOCK}
    assert seen == {**expected, changed: 1}


def test_repeats_that_list_different_pairs_are_a_conflict() -> None:
    reading = read_ticker(page_text((*BLOCK, *BLOCK[:2], *BLOCK[3:], *BLOCK), repeats=1))
    assert (reading.outcome, reading.quotes, reading.repeats) == (Outcome.CONFLICT, (), 3)
    seen = {v.quote.pair: v.repeats for v in reading.variants}
    assert seen == {"KGS/USD": 3, "KZT/USD": 3, "TJS/USD": 2, "UZS/USD": 3, "TMT/USD": 3}
    assert "same pairs" in (reading.detail or "")


def test_a_pair_that_only_some_repeats_show_a_rate_for_is_a_conflict() -> None:
    reading = read_ticker(page_text().replace("TMT/USD = 0.28571 0%", "TMT/USD = N/A", 1))
    assert (reading.outcome, reading.quotes) == (Outcome.CONFLICT, ())
    assert {v.quote.pair: v.repeats for v in reading.variants} == {
        pair: 8 - (pair == "TMT/USD") for pair, _, _ in BLOCK
    }
    assert "TMT/USD = N/A" in (reading.detail or "")


UNREADABLE = [
    "N/A", "", "n/a 0%", "0,28571 0%", "1.234,56 0%", "1,23 0%", "1_000 0%", "1e-5 0%", "\u0660.\u0665 0%",
    "0.1234567890 0%", "1234567890 0%", "0.00000 0%", "0 0%", "-0.5 0%", "0.28571 1234567%", "0.28571 0.1234567%",
    "0.28571 0,5%", "0.28571 0.1%%",
]  # fmt: skip


@pytest.mark.parametrize("entry", UNREADABLE)
def test_an_entry_that_is_no_rate_is_left_out_and_noted(entry: str) -> None:
    reading = read_with(entry)
    assert (reading.outcome, reading.repeats, reading.page_date) == (Outcome.OK, 3, DEC_12)
    assert printed(reading) == [quote for quote in BLOCK if quote[0] != "UZS/USD"]
    assert f"UZS/USD = {entry}".strip() in (reading.detail or "")


@pytest.mark.parametrize("between", [" • ", " | ", " - ", "  ", "\n"])
def test_an_entry_that_is_no_rate_takes_none_of_its_neighbours_along(between: str) -> None:
    block = [entries()[0], "UZS/USD = N/A", *(line for line in entries()[1:] if not line.startswith("UZS"))]
    reading = read_ticker(between.join(block * 4) + "\n" + "\n".join(REST))
    assert printed(reading) == [quote for quote in BLOCK if quote[0] != "UZS/USD"]
    assert reading.repeats == 4


@pytest.mark.parametrize(
    "shown", ["12 345.67", "12 345,67", "12'345,67", "12\u00a0345,67", "12\u202f345,67", "12'345.67 som", "12 345 678"]
)
def test_a_rate_is_never_cut_short(shown: str) -> None:
    rates = {quote.rate for quote in read_with(f"{shown} 0%").quotes if quote.pair == "UZS/USD"}
    assert rates <= {Decimal("12345.67"), Decimal(12345678)}


@pytest.mark.parametrize("date", ["12 December 2025", "2025-12-12", "December 12, 2025"])
def test_a_page_cut_anywhere_behind_its_first_block_shows_what_the_whole_page_shows(date: str) -> None:
    page = page_text(repeats=3, date=date)
    first_block = page.index("• KGS", 5)
    wrong = {}
    for end in range(first_block, len(page)):
        reading = read_ticker(page[:end])
        if printed(reading) != list(BLOCK) or reading.page_date not in {None, DEC_12}:
            wrong[page[end - 12 : end]] = (str(reading.outcome), str(reading.page_date))
    assert wrong == {}


@pytest.mark.parametrize(
    "rest", ["KZT/USD = 0.001", "KZT/USD = 0.", "KZT/USD =", "KZT/USD = 0.00192 -", "KZT/USD = 0.00192 -0"]
)
def test_a_page_that_ends_inside_the_ticker_says_so(rest: str) -> None:
    page = page_text(repeats=2)
    reading = read_ticker(page[: page.rindex("KZT/USD")] + rest)
    assert (reading.outcome, printed(reading)) == (Outcome.OK, list(BLOCK))
    assert "ends inside the ticker" in (reading.detail or "")


def test_a_page_cut_inside_its_first_block_shows_nothing_that_the_whole_page_does_not() -> None:
    page = page_text(repeats=3)
    first_block = page.index("• KGS", 5)
    shown = {quote for end in range(first_block) for quote in printed(read_ticker(page[:end]))}
    assert shown - set(BLOCK) == set()


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CODES = ("KGS", "KZT", "TJS", "UZS", "TMT", "EUR", "GBP", "JPY")
pairs = st.permutations(CODES).flatmap(lambda c: st.integers(4, 7).map(lambda n: [f"{code}/USD" for code in c[:n]]))
rates = st.from_regex(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?", fullmatch=True).filter(lambda rate: rate.strip("0.") != "")
percents = st.none() | st.from_regex(r"[+-]?(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?%", fullmatch=True)
blocks = pairs.flatmap(lambda names: st.tuples(*(st.tuples(st.just(name), rates, percents) for name in names)))
styles = st.tuples(
    st.sampled_from(["", "• ", "* ", "- ", "— ", "| "]),
    st.sampled_from(["\n", "\n  ", "\n\n", " ", " \t"]),
    st.sampled_from(["", ",", "'", "\u00a0", "\u202f"]),
)


def grouped(rate: str, separator: str) -> str:
    whole, point, decimals = rate.partition(".")
    return f"{int(whole):,}".replace(",", separator) + point + decimals


@unhurried
@given(blocks, styles, st.integers(1, 9), st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31)))
def test_whatever_is_printed_comes_back_exactly(
    block: tuple[Printed, ...], style: tuple[str, str, str], repeats: int, date: dt.date
) -> None:
    bullet, between, separator = style
    lines = entries(tuple((pair, grouped(rate, separator), pct) for pair, rate, pct in block)) * repeats
    page = between.join(bullet + line for line in lines) + f"\n{date:%d %B} {date.year}\n\nA headline\n"
    reading = read_ticker(page)
    assert reading == Reading(Outcome.OK, date, reading.quotes, repeats)
    assert printed(reading) == list(block)


scraps = st.lists(
    st.text()
    | st.sampled_from([*OTHER_QUOTES, "KGS/USD = 0.5 9%", "KGS/USD =", "•", "2020-05-12", "12 May 2020", "3%", ARTICLE])
).map("\n".join)


@unhurried
@given(st.integers(1, 8), st.sampled_from(["12 December 2025", "Uncategorized"]), scraps)
def test_no_text_behind_the_ticker_changes_the_reading(repeats: int, line: str, junk: str) -> None:
    page = page_text(repeats=repeats, date=line)
    alone, found = read_ticker(page), read_ticker(page + junk)
    if found.outcome is Outcome.CONFLICT:  # another ticker that contradicts this one; both are shown
        assert {quote.pair for quote in alone.quotes if quote.pair in junk}
        assert set(alone.quotes) <= {variant.quote for variant in found.variants}
    else:  # what looks like a quote there may be named, and is no quote
        assert found._replace(detail=None) == alone._replace(detail=None)


def test_another_ticker_of_one_quote_behind_the_ticker_is_a_conflict() -> None:
    page = page_text(repeats=1)
    found = read_ticker(page + "AAA/AAC=\nKGS/USD=1 0%\nAAA/AAA\nAAA/AAA\nAAA/AAB=")
    assert found.outcome is Outcome.CONFLICT
    shown = {(variant.quote.pair, variant.quote.rate_text) for variant in found.variants}
    assert shown >= {("KGS/USD", "0.01144"), ("KGS/USD", "1")}


@unhurried
@given(scraps)
def test_any_text_gives_a_reading_that_is_consistent_in_itself(text: str) -> None:
    reading = read_ticker(text)
    assert bool(reading.quotes) == (reading.outcome is Outcome.OK)
    assert bool(reading.variants) == (reading.outcome is Outcome.CONFLICT)
    assert (reading.repeats == 0) == (reading.outcome is Outcome.NO_TICKER)
    assert len({quote.pair for quote in reading.quotes}) == len(reading.quotes)
    for quote in (*reading.quotes, *(v.quote for v in reading.variants)):
        assert quote.rate > 0
        assert f"{quote.pair} =" in text


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize(
    ("start", "unit", "outcome"),
    [
        ("", "7", Outcome.NO_TICKER), ("", "• ", Outcome.NO_TICKER), ("", "a b c d.\n", Outcome.NO_TICKER),
        ("", "AAA/BBB = ", Outcome.NO_TICKER), ("", "AAA/BBB = 1 ", Outcome.OK), ("KGS/USD", " ", Outcome.NO_TICKER),
        ("", "KGS/USD = 0.01144 0%\n", Outcome.OK), ("KGS/USD = ", "7", Outcome.NO_TICKER),
        ("KGS/USD = 1", "\u00a0000", Outcome.NO_TICKER), ("KGS/USD = 1 ", "1,", Outcome.NO_TICKER),
        ("KGS/USD = 1", " ", Outcome.NO_TICKER),
    ],
)  # fmt: skip
def test_two_megabytes_of_nearly_a_ticker_are_read_to_the_end(start: str, unit: str, outcome: Outcome) -> None:
    page = start + unit * (2_000_000 // len(unit)) + "x"
    assert read_ticker(page).outcome is outcome
