"""Configured patterns: which are accepted, how they read a page, and that none can hang a run."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from test_config import SITE, complaint, load

from fxtrack.extract.calendar.dates import find_date, parse_date
from fxtrack.extract.characters import DecimalMark
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.numbers import read_rate, read_report
from fxtrack.extract.page import read
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.limits import PATTERN_CHARS, PATTERN_ENTRY_CHARS, PATTERN_MATCHES, PATTERN_WINDOW_CHARS, TICKER_GAP_CHARS
from fxtrack.model.page import Page
from fxtrack.model.quote import DatedQuotes, Outcome, Quote, Reading

PAIR, RATE = "(?P<pair>[A-Z]{3}/[A-Z]{3})", "(?P<rate>[0-9.]+)"
PLAIN = f"{PAIR} {RATE}"


def shown(reading: Reading) -> list[tuple[str, str, str | None]]:
    return [(q.pair, q.rate_text, q.reported_text) for q in reading.quotes]


@pytest.mark.parametrize(
    ("keys", "key", "reason"),
    [
        (f"pattern = '{PAIR} (?P<rate>[0-9'", "pattern", "not a pattern that RE2 takes: missing ]: [0-9"),
        (f"pattern = '{PAIR} {RATE}(?=x)'", "pattern", "not a pattern that RE2 takes: invalid perl operator: (?="),
        (f"pattern = '{PAIR} {RATE}\\1'", "pattern", "not a pattern that RE2 takes: invalid escape sequence: \\1"),
        (f"pattern = '{PAIR} {RATE}((a{{1000}}){{1000}}){{9}}'", "pattern", "not a pattern that RE2 takes: invalid re"),
        (f"pattern = '{PAIR}'", "pattern", "it has no group `rate`, (?P<rate>...)"),
        (f"pattern = '{RATE}'", "pattern", "nothing tells the pair: it has no group `pair`, and no `base` and no `cou"),
        (f"pattern = '(?P<base>[A-Z]{{3}}) {RATE}'", "pattern", "nothing tells the pair: it has no group `pair`, and"),
        (f"pattern = '{PLAIN}(?P<base>x)'", "pattern", "it names `pair` as well as `base` or `counter`: one of the tw"),
        (f"pattern = '{PLAIN} (?P<percent>x)'", "pattern", "no meaning for the group percent; it may name pair, base,"),
        (
            f"change = 'absolute'\npattern = '{PLAIN} (?P<pct>x)(?P<change>y)'",
            "pattern",
            "it names `pct`, but `change`",
        ),
        (f"pattern = '{PLAIN} (?P<rate_USD>x)'", "pattern", "it names `rate` as well as `rate_USD`: one of the two"),
        ("pattern = '(?P<base>x)(?P<rate_a>y)'\ncounter = 'KZT'", "pattern", "nothing tells what the column `a` is: n"),
        ("pattern = '(?P<rate_USD>y)(?P<pct_EUR>z)'\ncounter = 'KZT'", "pattern", "it names `pct_EUR`, but no `rate_"),
        (
            "pattern = '(?P<rate_USD>y)'",
            "pattern",
            "nothing tells the pair: it has no group `pair`, and no `counter` ei",
        ),
        (
            "pattern = '(?P<pair>x)(?P<rate_USD>y)'",
            "pattern",
            "it names both currencies of a pair as well as the colum",
        ),
        (f"pattern = '{PLAIN}'\nunit = 3", "unit", "3 is no power of ten from 1 to 1,000,000,000"),
        (f"pattern = '{PLAIN}'\nunit = {{ KZT = 0 }}", "unit", "0 is no power of ten from 1 to 1,000,000,000"),
        (f"pattern = '{PLAIN}'\nunit = {{ kzt = 100 }}", "unit", "Expected `str` matching regex '^[A-Z]{3}\\\\Z' in a"),
        ("unit = 100", "unit", "completes the entries of a `pattern`, and there is none"),
        ("currencies = { tenge = 'KZT' }", "currencies", "completes the entries of a `pattern`, and there is none"),
        ("pages_of = 'other'", "pages_of", "no source named 'other' takes pages itself; there are: "),
        (
            "pages_of = 'other'\nurl = 'https://example.org/'",
            "pages_of",
            "the pages are those of 'other'; drop paths, ",
        ),
        (f"pattern = '{PLAIN} (?P<direction>x)'", "pattern", "it names `direction`, but no `pct` or `change` that it"),
        ("pattern = '(?P<pair>a*)(?P<rate>b*)'", "pattern", "it matches where there is nothing"),
        (f"change = 'absolute'\npattern = '{PLAIN} (?P<pct>x)'", "pattern", "it names `pct`, but `change` says absolu"),
        (f"change = 'percent'\npattern = '{PLAIN} (?P<change>x)'", "pattern", "it names `change`, but `change` says p"),
        ("date_pattern = '[0-9]+'", "date_pattern", "it needs one named group, `date`: (?P<date>...)"),
        ("date_pattern = '(?P<date>'", "date_pattern", "not a pattern that RE2 takes: missing )"),
        ("counter = 'KZT'", "counter", "completes the pairs of a `pattern`, and there is none"),
        ("languages = ['ru', 'xx']", "languages", "'xx' is no language that CLDR knows; it is written like `ru`"),
        ("languages = ['../../etc']", "languages", "'../../etc' is no language that CLDR knows"),
        ("time_zone = 'Asia/Nowhere'", "time_zone", "'Asia/Nowhere' is not a time zone like Asia/Bishkek"),
        ("time_zone = '../../../etc/passwd'", "time_zone", "'../../../etc/passwd' is not a time zone"),
        ("time_zone = 'Asia'", "time_zone", "'Asia' is not a time zone"),
        ("time_zone = ''", "time_zone", "'' is not a time zone"),
        ("pairs = ['KGS/USD', 'KGS/USD']", "pairs", "KGS/USD is listed twice"),
        (
            "change = 'absolute'\nrounding = { pct_decimals = 2 }",
            "rounding",
            "the rule of this source has no pct_decimals",
        ),
        ("rounding = { change_decimals = 2 }", "rounding", "the rule of this source needs pct_decimals"),
    ],
)
def test_an_unusable_setting_is_refused_at_load_with_its_line_and_key(
    tmp_path: Path, keys: str, key: str, reason: str
) -> None:
    line = 4 + keys.count("\n")
    said = complaint(tmp_path, "# first\n" + SITE + keys + "\n")
    assert said.startswith(f"config.toml:{line - _lines_below(keys, key)}: sources[0].{key}: {reason}")


def _lines_below(keys: str, key: str) -> int:
    """Return how many lines of `keys` stand below that of `key`."""
    lines = [line.partition(" ")[0] for line in keys.split("\n")]
    return len(lines) - 1 - lines.index(key)


@pytest.mark.parametrize(
    "keys", ["pairs = ['kgs/usd']", "decimal = 'dot'", "change = 'pips'", "date_position = 'left'", "date_lines = 0",
             "date_lines = 21", "max_capture_days = -1", "max_capture_days = 367", "languages = []", "base = 'usd'",
             "pattern = ''"],
)  # fmt: skip
def test_values_outside_what_a_key_allows_are_refused(tmp_path: Path, keys: str) -> None:
    assert complaint(tmp_path, SITE + keys + "\n").startswith("config.toml:3: sources[0].")


def test_a_pattern_may_be_as_long_as_its_limit_and_no_longer(tmp_path: Path) -> None:
    longest = PLAIN + "x" * (PATTERN_CHARS - len(PLAIN))
    assert load(tmp_path, SITE + f"pattern = '{longest}'\n").settings.sources[0].pattern == longest
    said = complaint(tmp_path, SITE + f"pattern = '{longest}x'\n")
    assert said.startswith("config.toml:3: sources[0].pattern: ")


@pytest.mark.parametrize("change", [
    "<td class=neg>0.30%</td>", "<td><span class=down>0.30%</span></td>", "<td><img src=d.gif>0.30%</td>",
    "<td style='color:red'>0.30%</td>", "<td>0.30%<svg></svg></td>", "<td><i class=dn></i>0.30%</td>",
])  # fmt: skip
def test_a_report_whose_sign_may_be_a_class_or_a_picture_is_left_out_of_an_entry(change: str) -> None:
    markup = f"<!doctype html><table><tr><td>USD</td><td>505.02</td>{change}</tr></table>"
    grammar = Grammar(pattern=r"(?P<base>[A-Z]{3})\t(?P<rate>[0-9.]+)\t(?P<pct>[0-9.]+%)", counter="KZT", min_pairs=1)
    reading = read(Page("a.html", markup.encode(), media_type="text/html"), grammar)
    assert shown(reading) == [("USD/KZT", "505.02", None)]
    assert reading.detail == "left out: 0.30%, a class or picture near it may be its sign"


@pytest.mark.parametrize("change", ["<td>0.30%</td>", "<td class=num>0.30%</td>", "<td class=up>0.30%</td>"])
def test_a_report_of_an_entry_without_them_is_a_rise(change: str) -> None:
    flag = "<td><img src=us.gif></td>"
    markup = f"<!doctype html><table><tr>{flag}<td>USD</td><td>505.02</td>{change}</tr></table>"
    grammar = Grammar(pattern=r"(?P<base>[A-Z]{3})\t(?P<rate>[0-9.]+)\t(?P<pct>[0-9.]+%)", counter="KZT", min_pairs=1)
    reading = read(Page("a.html", markup.encode(), media_type="text/html"), grammar)
    assert (shown(reading), reading.detail) == ([("USD/KZT", "505.02", "0.30%")], None)


def table(rows: list[str]) -> str:
    return "\n".join(["Market", *rows, "", "The end."])


ROWS = ["USD/KZT 505.02", "EUR/KZT 587.30", "RUB/KZT 6.51", "CNY/KZT 71.41"]


@pytest.mark.parametrize(
    ("pattern", "row"),
    [
        ("(?P<base>[A-Z]{3}) +(?P<rate>[0-9.]+)", "{base}  {rate}"),
        ("1 (?P<base>[A-Z]{3}) = (?P<rate>[0-9.]+) (?P<counter>[A-Z]{3})", "1 {base} = {rate} KZT"),
        ("(?P<pair>[A-Z]{6}): (?P<rate>[0-9.]+)", "{base}KZT: {rate}"),
        ("(?P<pair>[a-z]{3}-[a-z]{3}) (?P<rate>[0-9.]+)", "{lower}-kzt {rate}"),
        ("(?P<rate>[0-9.]+) (?P<pair>[A-Z]{3} [A-Z]{3})", "{rate} {base} KZT"),
    ],
)
def test_a_pair_may_be_written_in_many_ways(pattern: str, row: str) -> None:
    rows = [line.split("/KZT ") for line in ROWS]
    text = table([row.format(base=base, lower=base.lower(), rate=rate) for base, rate in rows])
    reading = read_ticker(text, Grammar(pattern=pattern, counter="KZT"))
    assert shown(reading) == [(f"{base}/KZT", rate, None) for base, rate in rows]


def test_an_entry_that_is_no_quote_is_left_out_with_a_note() -> None:
    text = table([*ROWS, "GBP/KZT n/a", "USD/USD 1.02"])
    reading = read_ticker(text, Grammar(pattern=f"{PAIR} (?P<rate>[0-9.]+|n/a)"))
    assert len(reading.quotes) == 4
    assert reading.detail == (
        "not a quote, left out: 'GBP/KZT n/a', the rate is not a number; "
        "not a quote, left out: 'USD/USD 1.02', a currency priced in itself"
    )


def test_entries_too_far_apart_or_too_few_are_no_ticker() -> None:
    near, far = " " + "x" * (TICKER_GAP_CHARS - 2) + " ", " " + "x" * (TICKER_GAP_CHARS - 1) + " "
    grammar = Grammar(pattern=PLAIN)
    assert len(read_ticker(near.join(ROWS), grammar).quotes) == 4
    assert read_ticker(far.join(ROWS), grammar).outcome is Outcome.NO_TICKER
    assert read_ticker(table(ROWS[:3]), grammar).outcome is Outcome.NO_TICKER
    assert len(read_ticker(table(ROWS[:3]), Grammar(pattern=PLAIN, min_pairs=3)).quotes) == 3


def test_the_dates_of_entries_are_those_of_their_quotes() -> None:
    grammar = Grammar(pattern=f"{PLAIN} (?P<date>[0-9.]+)", date_formats=("%d.%m.%Y",))
    same = read_ticker(table([f"{row} 05.12.2025" for row in ROWS]), grammar)
    assert (same.page_date, same.detail) == (dt.date(2025, 12, 5), None)
    rows = [f"{row} 0{day}.12.2025" for row, day in zip(ROWS, (5, 5, 4, 5), strict=True)]
    different = read_ticker(table(rows), grammar)
    assert (different.page_date, different.detail) == (dt.date(2025, 12, 5), None)
    assert [q.pair for q in different.quotes] == ["USD/KZT", "EUR/KZT", "CNY/KZT"]
    assert different.further == (DatedQuotes(dt.date(2025, 12, 4), (Quote("RUB/KZT", "6.51", None),)),)
    never = read_ticker(table([f"{row} 05.12.1925" for row in ROWS]), grammar)
    assert never.page_date is None
    assert never.detail == "date line '05.12.1925' is outside 1990-01-01 to 2100-12-31: not believed"
    wrong = read_ticker(table([f"{row} 05.13.2025" for row in ROWS]), grammar)
    assert (wrong.page_date, wrong.detail) == (None, "not a date in any of date_formats: '05.13.2025'")


@pytest.mark.parametrize("offset", [0, 1, PATTERN_ENTRY_CHARS - 1, PATTERN_ENTRY_CHARS, PATTERN_ENTRY_CHARS + 20])
def test_entries_across_the_border_of_what_is_seen_at_once_are_read_whole_and_once(offset: int) -> None:
    block = "\n".join(ROWS)
    text = "x" * (PATTERN_WINDOW_CHARS - offset - len(block) // 2) + "\n" + block + "\n" + "y " * 100_000
    reading = read_ticker(text, Grammar(pattern=rf"\b{PLAIN}\b"))
    assert shown(reading) == [(*row.split(" "), None) for row in ROWS]
    assert reading.repeats == 1


def test_an_entry_may_be_as_long_as_its_limit_and_no_longer() -> None:
    pattern = "(?P<pair>[A-Z]{3}/[A-Z]{3}) +(?P<rate>[0-9.]+)"
    for length, found in ((PATTERN_ENTRY_CHARS, 1), (PATTERN_ENTRY_CHARS + 1, 0)):
        text = "USD/KZT" + " " * (length - 10) + "505 and more"
        assert len(read_ticker(text, Grammar(pattern=pattern, min_pairs=1)).quotes) == found


def test_entries_beyond_the_limit_of_a_page_are_not_read() -> None:
    block = "\n".join(ROWS) + "\n"
    text = block * (PATTERN_MATCHES // 4 + 10)
    assert read_ticker(text, Grammar(pattern=PLAIN)).repeats == PATTERN_MATCHES // 4


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize(
    "pattern",
    [
        f"{PAIR} (?P<rate>([0-9]+)+)+z",
        f"{PAIR}(?:[\\s\\S]*ZZZ)? (?P<rate>[0-9.]+)",
        f"(?s){PAIR} (?P<rate>[0-9.]+)(.*nowhere)?",
        "(?P<pair>[A-Z]{3}/?[A-Z]{3})((a|aa)*)*(?P<rate>[0-9]*)x?",
    ],
)
@pytest.mark.parametrize("piece", ["USD/KZT 5 ", "aaaaaaaaaa", "USD/KZT " + "1" * 500])
def test_no_pattern_can_hang_a_run(pattern: str, piece: str) -> None:
    text = piece * (4_000_000 // len(piece))
    # an engine that backtracks would be at it when the universe ends
    assert read_ticker(text, Grammar(pattern=pattern)).outcome in set(Outcome)


def line_around(before: str, after: str, **how: Any) -> dt.date | None:  # noqa: ANN401 -- keys of a grammar
    text = f"{before}\n• USD/KZT 505\n{after}"
    grammar = Grammar(**how)
    start = text.index("USD/KZT")
    return find_date(text, start, start + len("USD/KZT 505"), 1, grammar).date


DAY = dt.date(2025, 12, 5)


def test_the_date_line_stands_where_the_source_says_and_nowhere_else() -> None:
    assert line_around("5 December 2025", "", date_position="before") == DAY
    assert line_around("5 December 2025", "", date_position="after") is None
    assert line_around("", "5 December 2025") == DAY
    assert line_around("5 December 2025", "6 December 2025") == dt.date(2025, 12, 6)
    assert line_around("5 December 2025", "6 December 2025", date_position="before") == DAY
    assert line_around("5 December 2025\nRates", "", date_position="before") is None
    assert line_around("5 December 2025\n\n", "", date_position="before") is None


def test_as_many_lines_with_text_are_tried_as_the_source_says() -> None:
    lines = "5 December 2025\n\nA\n\n\nB"
    assert line_around(lines, "", date_position="before", date_lines=3) == DAY
    assert line_around(lines, "", date_position="before", date_lines=2) is None
    assert line_around("", "A\n\n\n5 December 2025", date_lines=2) == DAY
    assert line_around("", "A\n\n\n5 December 2025", date_lines=1) is None
    assert line_around("", " the rest of a row\n5 December 2025", date_lines=1) is None


def test_a_date_within_a_line_is_found_by_its_pattern_only() -> None:
    how: dict[str, Any] = {"date_pattern": r"as of (?P<date>\d\d\.\d\d\.\d{4})", "date_formats": ("%d.%m.%Y",)}
    assert line_around("", "Rates as of 05.12.2025, 15:30", **how) == DAY
    assert line_around("", "Rates of 05.12.2025, 15:30", **how) is None
    assert line_around("", "as of 05.12.2025", **how) == DAY  # whole though the page ends there
    assert line_around("", "as of 05.12.202", **how) is None


@pytest.mark.parametrize(
    ("line", "fmt", "languages", "date"),
    [
        ("5 декабря 2025", "%d %B %Y", ("ru",), DAY),
        ("5 ДЕКАБРЯ 2025", "%d %B %Y", ("ru",), DAY),
        ("Пятница, 5 декабря 2025", "%A, %d %B %Y", ("ru",), DAY),
        ("5 дек. 2025", "%d %b %Y", ("ru",), DAY),
        ("декабрь 5, 2025", "%B %d, %Y", ("ru",), DAY),
        ("2025 ж. 5 желтоқсан", "%Y ж. %d %B", ("kk",), DAY),
        ("5 декабрь 2025", "%d %B %Y", ("ky",), DAY),
        ("5 dekabr 2025", "%d %B %Y", ("uz",), DAY),
        ("5 декабри 2025", "%d %B %Y", ("tg",), DAY),
        ("5 мая 2025", "%d %B %Y", ("ru",), dt.date(2025, 5, 5)),
        ("5 Dezember 2025", "%d %B %Y", ("en", "de"), DAY),
        ("5 December 2025", "%d %B %Y", ("en", "de"), DAY),
        ("5 December 2025", "%d %B %Y", ("de",), DAY),  # strptime's own names
        ("5 декабря 2025", "%d %B %Y", ("en",), None),
        ("5 декабря 2025", "%d %B %Y", ("de",), None),
        ("\u0665 декабря 2025", "%d %B %Y", ("ru",), None),
        ("5 декабря 2025 \u0433", "%d %B %Y", ("ru",), None),
    ],
)
def test_months_are_read_in_the_languages_of_the_source(
    line: str, fmt: str, languages: tuple[str, ...], date: dt.date | None
) -> None:
    assert parse_date(line, (fmt,), languages) == date


@pytest.mark.parametrize(
    ("printed", "decimal", "rate"),
    [
        ("505,02", "comma", "505.02"), ("505.02", "comma", None), ("1.505,02", "comma", "1505.02"),
        ("1\u00a0505,02", "comma", "1505.02"), ("1 505,02", "comma", None), ("1.505", "comma", "1505"),
        ("0.505", "comma", None), ("505.02", "point", "505.02"), ("505,02", "point", None), ("0,00", "comma", None),
        ("1,234.5", "point", "1234.5"), ("\u0665\u0660\u0665", "point", None), ("5_0", "point", None),
        ("", "comma", None),
        ("999999999,999999999", "comma", "999999999.999999999"), ("1000000000", "comma", None),
        ("0,0000000001", "comma", None),
    ],
)  # fmt: skip
def test_a_number_follows_the_source_s_decimal_mark_or_is_none(
    printed: str, decimal: DecimalMark, rate: str | None
) -> None:
    assert read_rate(printed, decimal) == rate


@pytest.mark.parametrize(
    ("printed", "direction", "absolute", "text"),
    [
        ("1,25", "▲", True, "1.25"), ("1,25", "▼", True, "-1.25"), ("-1,25", None, True, "-1.25"),
        ("-1,25", "▼", True, "-1.25"), ("-1,25", "▲", True, None), ("+1,25", "▲", True, "+1.25"),
        ("+1,25", "▼", True, None), ("1,25", "", True, "1.25"), ("1,25", "■", True, "1.25"), ("1,25", "?", True, None),
        ("0,00", "▼", True, "-0.00"), ("0,00", "▲", True, "0.00"), ("\u22121,25", None, True, "-1.25"),
        ("- 1,25", None, True, "-1.25"), ("1,25%", None, True, None), ("1,25 %", "▼", False, "-1.25%"),
        ("1,25", "▼", False, "-1.25%"), ("0,1234567", None, False, None), ("0,1234567", None, True, "0.1234567"),
        ("▼\ufe0f1,25", None, True, "-1.25"), ("x1,25", None, True, None), ("", None, True, None),
        ("-", None, True, None),
    ],
)  # fmt: skip
def test_a_change_has_the_sign_that_sign_and_arrow_agree_on_or_is_none(
    printed: str, direction: str | None, absolute: bool, text: str | None
) -> None:
    assert read_report(printed, direction, "comma", absolute=absolute) == text
