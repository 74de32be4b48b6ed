"""Kinds of pages: rates per several units, several series or dates on one page, names of currencies, odd rates."""

import datetime as dt
import json
import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import Project, Shell
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import ask, content, value

from fxtrack.extract.currencies import currency_of
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.ingest.capture import capture_of
from fxtrack.model.capture import Batch
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading
from fxtrack.pages.contents import SourcedPage
from fxtrack.store.captures import add_captures
from fxtrack.store.database.connection import Connection
from fxtrack.store.database.opening import connect_writer
from fxtrack.store.writer import Store

DAY, DAY_BEFORE = dt.date(2026, 1, 15), dt.date(2026, 1, 14)

CENTRAL = r"""
[[sources]]
name = "central"
pattern = '(?P<base>[A-Z]{3})\t(?P<unit>[0-9 ]+)\t[^\t\n]+\t(?P<rate>[0-9,]+)'
counter = "RUB"
decimal = "comma"
date_position = "before"
date_lines = 3
date_pattern = '(?P<date>\d\d\.\d\d\.\d{4})'
date_formats = ["%d.%m.%Y"]
"""
BOARD = r"""
[[sources]]
name = "board.buy"
paths = ["pages/board*"]
pattern = '(?P<base>[A-Z]{3})\t(?P<rate>[0-9.]+)\t[0-9.]+'
counter = "MYR"
date_position = "before"
date_lines = 2

[[sources]]
name = "board.sell"
pages_of = "board.buy"
pattern = '(?P<base>[A-Z]{3})\t[0-9.]+\t(?P<rate>[0-9.]+)'
"""


def read(text: str, pattern: str, **how: Any) -> Reading:  # noqa: ANN401 -- keys of a grammar
    return read_ticker(text, Grammar(pattern=pattern, **({"min_pairs": 1} | how)))


def shown(reading: Reading) -> list[str]:
    return [str(quote) for quote in reading.quotes]


def rows_of(date: str, *rows: str) -> str:
    cells = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row.split("|")) + "</tr>\n" for row in ("Code|A|B|C", *rows)
    )
    return f'<meta charset="utf-8"><p>{date}</p><table>{cells}</table>'


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two days of a central bank's table; the units of two currencies change between them."""
    project = Project(tmp_path_factory.mktemp("central"))
    project.configure(CENTRAL)
    project.page(
        "a.html",
        rows_of(
            "14.01.2026", "AUD|1|dollar|52,6147", "KZT|100|tenge|15,3740", "UZS|10000|sum|65,3400", "KGS|10|som|89,80"
        ),
    )
    project.page(
        "b.html",
        rows_of(
            "15.01.2026", "AUD|1|dollar|52,6147", "KZT|1000|tenge|154,1000", "UZS|10 000|sum|65,3400", "KGS|1|som|8,98"
        ),
    )
    done = project.run("ingest")
    assert (done.returncode, done.stderr) == (0, "")
    return project


def test_a_rate_per_units_is_stored_as_printed_and_everything_derived_is_the_price_of_1(
    shell: Shell, central: Project
) -> None:
    database = central.config.database
    rows = ask(
        shell, database,
        "SELECT pair, rate_text, rate_unit, price::VARCHAR AS price FROM quotes WHERE page_date = '2026-01-14'"
        " ORDER BY pair",
    )  # fmt: skip
    assert [tuple(row.values()) for row in rows] == [
        ("AUD/RUB", "52.6147", 1, "52.614700000"), ("KGS/RUB", "89.80", 10, "8.980000000"),
        ("KZT/RUB", "15.3740", 100, "0.153740000"), ("UZS/RUB", "65.3400", 10000, "0.006534000"),
    ]  # fmt: skip
    closes = ask(
        shell, database,
        "SELECT pair, rate::VARCHAR AS rate, rate_text, rate_decimals FROM daily WHERE page_date = '2026-01-15'"
        " ORDER BY pair",
    )  # fmt: skip
    assert [tuple(row.values()) for row in closes] == [
        ("AUD/RUB", "52.614700000", "52.6147", 4), ("KGS/RUB", "8.980000000", "8.98", 2),
        ("KZT/RUB", "0.154100000", "0.1541000", 7), ("UZS/RUB", "0.006534000", "0.00653400", 8),
    ]  # fmt: skip
    on = value(shell, database, "SELECT rate_text FROM rate_on('KZT/RUB', '2026-01-14')")
    assert on == "0.153740"
    exported = central.run("export", "--format", "ledger", "--pair", "UZS/RUB").stdout
    assert "P 2026-01-15 UZS 0.00653400 RUB" in exported


def test_a_change_of_the_unit_is_no_change_of_the_rate(shell: Shell, central: Project) -> None:
    rows = ask(
        shell, central.config.database,
        "SELECT pair, change::VARCHAR AS change, change_pct_low::VARCHAR AS low, change_pct_high::VARCHAR AS high"
        " FROM deltas WHERE page_date = '2026-01-15' ORDER BY pair",
    )  # fmt: skip
    found = {row["pair"]: row for row in rows}
    assert {pair: row["change"] for pair, row in found.items()} == {
        "AUD/RUB": "0.000000000", "KGS/RUB": "0.000000000", "KZT/RUB": "0.000360000", "UZS/RUB": "0.000000000"
    }  # fmt: skip
    half = Fraction(5, 10**5)  # of the fourth decimal, printed per 100 and then per 1000
    low, high = (Fraction("154.1000") - half) / 1000, (Fraction("154.1000") + half) / 1000
    base_low, base_high = (Fraction("15.3740") - half) / 100, (Fraction("15.3740") + half) / 100
    for key, end, exact in (("low", -1, low / base_high), ("high", 1, high / base_low)):
        distance = (Fraction(found["KZT/RUB"][key]) - 100 * (exact - 1)) * end
        assert 0 <= distance < Fraction(1, 10**6)


def test_cross_rates_and_indexes_of_rates_per_units_are_those_of_the_prices(shell: Shell, central: Project) -> None:
    database = central.config.database
    (cross,) = ask(
        shell, database,
        "SELECT rate::VARCHAR AS rate, low::VARCHAR AS low, high::VARCHAR AS high"
        " FROM cross_rate('KZT', 'UZS', '2026-01-14')",
    )  # fmt: skip
    half = Fraction(5, 10**5)
    assert abs(Fraction(cross["rate"]) - Fraction("0.153740") / Fraction("0.006534")) <= Fraction(1, 2 * 10**9)
    least = (Fraction("15.3740") - half) / 100 / ((Fraction("65.3400") + half) / 10_000)
    assert 0 <= least - Fraction(cross["low"]) < Fraction(1, 10**9)
    index = value(
        shell, database,
        "SELECT index_value::VARCHAR FROM indexed('KZT/RUB', '2026-01-14') WHERE page_date = '2026-01-15'",
    )  # fmt: skip
    assert index == str(round(Decimal("15.4100") * 100 / Decimal("15.3740"), 6))


def test_a_report_is_explained_across_a_change_of_the_unit_and_rounded_as_printed(
    shell: Shell, project: Project
) -> None:
    """The page rounds the change that it prints: 0.36 per 1000 to one decimal is 0.4, and 0.4 of 153.74 is 0.26 %."""
    project.configure(
        CENTRAL.replace(r"(?P<rate>[0-9,]+)", r"(?P<rate>[0-9,]+)(?:\t(?P<pct>[-0-9,%]+))?")
        + "min_pairs = 1\nrounding = { change_decimals = 1, pct_decimals = 2 }\n"
    )
    project.page("a.html", rows_of("14.01.2026", "KZT|100|tenge|15,3740"))
    project.page("b.html", rows_of("15.01.2026", "KZT|1000|tenge|154,1000|0,26%"))
    project.page("c.html", rows_of("16.01.2026", "KZT|1000|tenge|154,4000|0,20%"))
    assert project.run("ingest").returncode == 0
    rows = ask(shell, project.config.database, "SELECT verdict FROM deltas ORDER BY page_date")
    # 0.3 of 154.1 is 0.19 %: under this rule no change of tenths gives 0.20 % of anything near
    assert [row["verdict"] for row in rows] == ["not reported", "agrees", "breaks the rule"]


def test_an_absolute_change_per_units_is_one_of_the_price(shell: Shell, project: Project) -> None:
    project.configure(
        CENTRAL.replace(r"(?P<rate>[0-9,]+)", r"(?P<rate>[0-9,]+)(?:\t(?P<change>[-0-9,]+))?") + "min_pairs = 1\n"
    )
    project.page("a.html", rows_of("14.01.2026", "KZT|100|tenge|15,3740"))
    project.page("b.html", rows_of("15.01.2026", "KZT|1000|tenge|154,1000|0,3600"))
    assert project.run("ingest").returncode == 0
    (row,) = ask(
        shell, project.config.database,
        "SELECT reported_change::VARCHAR AS change, discrepancy::VARCHAR AS off, verdict FROM deltas"
        " WHERE reported_text IS NOT NULL",
    )  # fmt: skip
    assert row == {"change": "0.000360000", "off": "0.000000000", "verdict": "agrees"}
    printed = value(
        shell, project.config.database, "SELECT reported_change::VARCHAR FROM quotes WHERE rate_unit = 1000"
    )
    assert printed == "0.360000000"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("3 KZT 1.5", "a rate per 3, which is no power of ten up to 1,000,000,000"),
        ("1.000 KZT 1.5", "a rate per 1.000, which is no power of ten up to 1,000,000,000"),
        ("0 KZT 1.5", "a rate per 0, which is no power of ten up to 1,000,000,000"),
        ("10000000000 KZT 1.5", "a rate per 10000000000, which is no power of ten up to 1,000,000,000"),
        ("1000000 KZT 71.1234", "the rate per 1000000 has more than 3 decimals"),
        ("1 USD 1.0001", "a currency priced in itself"),
        ("100 USD 1.0000", "a currency priced in itself"),
        ("1 EUR 0.00", "the rate is zero"),
        ("1 EUR -0.92", "the rate is negative"),
        ("1 EUR 1000000000", "the rate has more than 9 digits before or 9 after the decimal mark"),
        ("1 EUR 1.0000000001", "the rate has more than 9 digits before or 9 after the decimal mark"),
        ("1 EUR 1.2.3", "the rate is not a number"),
        ("1 Fee 1.2", "no currency is known as 'Fee'"),
    ],
)
def test_an_entry_that_cannot_be_kept_exactly_is_left_out_and_its_note_says_why(row: str, reason: str) -> None:
    pattern = r"(?P<unit>[0-9.]+) (?P<base>\w+) (?P<rate>-?[0-9.]+)"
    reading = read(f"1 GBP 1.25\n{row}\n", pattern, counter="USD")
    assert shown(reading) == ["GBP/USD = 1.25"]
    assert reading.detail == f"not a quote, left out: {row!r}, {reason}"


@pytest.mark.parametrize("row", ["1 USD 1.0000", "1 USD 1", "100 USD 100.00", "1000 US Dollar 1000"])
@pytest.mark.parametrize("at", range(3))
def test_the_row_of_a_bank_s_own_currency_needs_no_note(row: str, at: int) -> None:
    rows = ["1 GBP 1.25", "100 JPY 0.64"]
    rows.insert(at, row)
    pattern = r"(?P<unit>[0-9.]+) (?P<base>[\w ]+) (?P<rate>-?[0-9.]+)"
    reading = read("\n".join(rows) + "\n", pattern, counter="USD")
    assert shown(reading) == ["GBP/USD = 1.25", "JPY/USD = 0.64 per 100"]
    assert (reading.outcome, reading.detail) == (Outcome.OK, None)


@pytest.mark.slow
def test_the_change_beside_a_percentage_is_kept_in_a_conflict(shell: Shell, project: Project) -> None:
    project.configure(f"[[sources]]\nname = 'site'\npattern = '''{BOTH}'''\n")
    project.page("a.txt", LIST + LIST.replace("+0.0041", "+0.0042") + "5 December 2025\n")
    assert project.run("ingest").returncode == 0
    rows = ask(
        shell, project.config.database,
        "SELECT change_text FROM conflict_quotes WHERE pair = 'EUR/USD' ORDER BY change_text",
    )  # fmt: skip
    assert [row["change_text"] for row in rows] == ["+0.0041", "+0.0042"]
    problems = ask(shell, project.config.database, "SELECT detail FROM problems WHERE pair = 'EUR/USD' ORDER BY detail")
    assert [("(+0.0041)" in row["detail"], "(+0.0042)" in row["detail"]) for row in problems] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert project.run("verify").returncode == 0
    assert "nothing would change" in project.run("reparse").stderr


def test_a_minus_outside_the_group_of_the_rate_makes_it_negative_all_the_same() -> None:
    reading = read("GBP 1.25\nEUR -0.92\nCHF-1.12\n", r"(?P<base>[A-Z]{3})[ -]+(?P<rate>[0-9.]+)", counter="USD")
    assert shown(reading) == ["GBP/USD = 1.25", "CHF/USD = 1.12"]
    assert reading.detail == "not a quote, left out: 'EUR -0.92', the rate is negative"


@pytest.mark.parametrize("unit", ["unit = 100", "unit = { KZT = 100 }"])
def test_a_unit_that_the_page_says_once_is_a_setting(project: Project, shell: Shell, unit: str) -> None:
    project.configure(
        f"[[sources]]\nname = 'site'\ncounter = 'RUB'\nmin_pairs = 1\n{unit}\n"
        "pattern = '(?P<base>[A-Z]{3}) (?:x(?P<unit>[0-9]+) )?(?P<rate>[0-9.]+)'\n"
    )
    project.page("a.txt", "KZT 15.3740\nUZS x10000 65.34\n15 January 2026\n")
    assert project.run("ingest").returncode == 0
    rows = ask(shell, project.config.database, "SELECT pair, rate_unit, price::VARCHAR AS p FROM quotes ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [
        ("KZT/RUB", 100, "0.153740000"), ("UZS/RUB", 10000, "0.006534000")
    ]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    mark=st.characters(exclude_categories=["Cs"]), whole=st.integers(1, 999), tail=st.integers(0, 99999),
    pattern=st.sampled_from(
        [r"(?P<rate>[0-9]+)", r"(?P<rate>[0-9.,]+)", r"(?P<rate>[0-9]+\.?[0-9]*)", r".*?(?P<rate>[0-9]+)"]
    ),
)  # fmt: skip
def test_no_mark_between_two_digits_makes_a_rate_shorter(mark: str, whole: int, tail: int, pattern: str) -> None:
    reading = read(f"GBP: {whole}{mark}{tail}\n", rf"(?P<base>[A-Z]{{3}}): {pattern}", counter="USD")
    if reading.outcome is Outcome.OK and reading.quotes[0].rate_text == str(whole):
        assert mark.isspace() or mark in "/|;=:*•(){}<>[]▼▽▾🔻⬇↓▲△▴🔺⬆↑↘⇩↗⇧"


@pytest.mark.parametrize(
    ("text", "pattern", "quote"),
    [
        (
            "KZT,398,100,15.3740,15.5000",
            r"(?P<base>[A-Z]{3}),[0-9]+,(?P<unit>[0-9]+),(?P<rate>[0-9.]+)",
            "15.3740 per 100",
        ),
        ("AUD,036,52.6147,53.0", r"(?P<base>[A-Z]{3}),[0-9]+,(?P<rate>[0-9.]+)", "52.6147"),
        ("AUD 52.6147,1.5%", r"(?P<base>[A-Z]{3}) (?P<rate>[0-9.]+),(?P<pct>[0-9.%]+)", "52.6147 1.5%"),
        ("AUD 1,505.02", r"(?P<base>[A-Z]{3}).*?(?P<rate>[0-9]+[.][0-9]+)", None),
        ("AUD 1.505,02", r"(?P<base>[A-Z]{3}) (?P<rate>[0-9.]+)", None),
        ("AUD 505,02", r"(?P<base>[A-Z]{3}) (?P<rate>[0-9.]+)", None),
        ("AUD 1 505.02", r"(?P<base>[A-Z]{3}) (?P<rate>[0-9.]+)", None),
        ("AUD 12\u00a0505", r"(?P<base>[A-Z]{3}) (?P<rate>[0-9.]+)", None),
        ("AUD 505.02\u00a00.5%", r"(?P<base>[A-Z]{3}) (?P<rate>[0-9.]+)", "505.02"),
        ("AUD 505.02/506.10", r"(?P<base>[A-Z]{3}) (?P<rate>[0-9.]+)", "505.02"),
    ],
)
def test_a_comma_parts_columns_only_where_it_cannot_be_a_part_of_a_number(
    text: str, pattern: str, quote: str | None
) -> None:
    reading = read(f"{text}\n", pattern, counter="RUB")
    assert shown(reading) == ([f"{text[:3]}/RUB = {quote}"] if quote else [])


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two days of a board with two columns of rates, read by two sources."""
    project = Project(tmp_path_factory.mktemp("board"))
    project.configure(BOARD)
    rows = ("AUD|2.7483|2.8039", "DKK|0.6230|0.6356", "EUR|4.6296|4.7232", "USD|3.9168|3.9960")
    project.page("board-a.html", rows_of("2003-10-24", *rows))
    project.page("board-b.html", rows_of("2003-10-25", *rows[:3], "USD|3.9170|3.9960"))
    done = project.run("ingest")
    assert (done.returncode, done.stderr) == (0, "")
    return project


def test_buy_and_sell_of_one_page_are_two_series_everywhere(shell: Shell, board: Project) -> None:
    database = board.config.database
    rates = "SELECT rate_text FROM daily WHERE source = '{}' AND page_date = '{}' ORDER BY pair"
    assert [list(row.values()) for row in ask(shell, database, rates.format("board.buy", "2003-10-24"))] == [
        ["2.7483"], ["0.6230"], ["4.6296"], ["3.9168"]
    ]  # fmt: skip
    assert [list(row.values()) for row in ask(shell, database, rates.format("board.sell", "2003-10-24"))] == [
        ["2.8039"], ["0.6356"], ["4.7232"], ["3.9960"]
    ]  # fmt: skip
    for table, count in (("latest", 4), ("audit", 4), ("coverage", 2), ("deltas", 8), ("sources", 1)):
        for name in ("board.buy", "board.sell"):
            assert value(shell, database, f"SELECT count(*) FROM {table} WHERE source = '{name}'") == count
    assert value(shell, database, "SELECT count(*) FROM captures") == 2
    assert value(shell, database, "SELECT count(*) FROM captures WHERE source = 'board.buy'") == 2
    assert value(shell, database, "SELECT sum(captures)::INTEGER FROM coverage WHERE source = 'board.sell'") == 2
    assert value(shell, database, "SELECT DISTINCT captures FROM quotes") == 1
    assert value(shell, database, "SELECT count(*) FROM problems") == 0
    said = board.run("latest", "--source", "board.sell", "--csv").stdout.splitlines()
    assert [line.split(",")[:4] for line in said[1:]][3] == ["board.sell", "USD/MYR", "2003-10-25", "3.9960"]


@pytest.mark.slow
def test_a_page_of_two_series_is_known_verified_and_rebuilt_like_any_other(
    shell: Shell, board: Project, tmp_path: Path
) -> None:
    assert "0 new, 2 known" in board.run("ingest").stdout
    assert board.run("reparse").stdout.startswith("captures: 0 added, 0 removed, 0 changed")
    assert "checked: 2; quotes derived again: 16; captures that differ: 0" in board.run("verify").stdout
    other = Project(tmp_path)
    shutil.copytree(board.root / "pages", tmp_path / "pages")
    other.configure(BOARD)
    assert other.run("ingest").returncode == 0
    assert content(shell, other.config.database) == content(shell, board.config.database)


@pytest.mark.slow
def test_a_series_that_is_configured_later_is_what_reparse_adds(shell: Shell, board: Project, tmp_path: Path) -> None:
    project = Project(tmp_path)
    shutil.copytree(board.root / "pages", tmp_path / "pages")
    project.configure(BOARD.partition('\n[[sources]]\nname = "board.sell"')[0])
    assert project.run("ingest").returncode == 0
    project.configure(BOARD)
    record = json.loads(project.run("reparse", "--json").stdout)
    assert record["quotes"] == {"added": 8, "removed": 0, "changed": 0}
    assert {row["field"] for row in record["rows"]} == {"board.sell 2003-10-24", "board.sell 2003-10-25"}
    assert project.run("reparse", "--apply").returncode == 0
    assert content(shell, project.config.database) == content(shell, board.config.database)


def test_what_the_second_source_cannot_read_is_a_note_and_no_loss_of_the_first(shell: Shell, project: Project) -> None:
    rows = ("AUD|2.7483|2.8039", "DKK|0.6230|n/a", "EUR|4.6296|n/a", "USD|3.9168|n/a")
    project.configure(BOARD.replace(r"(?P<rate>[0-9.]+)\t[0-9.]+'", r"(?P<rate>[0-9.]+)\t[^\t\n]+'"))
    project.page("board.html", rows_of("2003-10-24", *rows))
    assert project.run("ingest").returncode == 0
    (row,) = ask(shell, project.config.database, "SELECT outcome, detail FROM captures")
    assert row["outcome"] == "ok"
    assert row["detail"].startswith("board.sell: no ticker")
    assert value(shell, project.config.database, "SELECT string_agg(DISTINCT source) FROM quotes") == "board.buy"


def test_a_source_that_shares_pages_has_the_settings_of_the_one_that_takes_them(project: Project) -> None:
    project.configure(BOARD + 'counter = "SGD"\n')
    buy, sell = project.config.settings.sources
    assert (sell.counter, sell.date_position, sell.date_lines) == ("SGD", "before", 2)
    assert (buy.counter, sell.paths) == ("MYR", ("*",))
    shown_lines = project.run("config", "show").stdout.splitlines()
    (origin,) = [line.split()[-1] for line in shown_lines if line.startswith("sources[1].date_lines ")]
    assert origin == "config.toml:8"
    assert project.config.source_of("pages/board-x.html") == buy
    assert project.config.source_of("pages/other.html") is None


@pytest.mark.parametrize("at_once", [True, False])
def test_a_known_page_that_was_captured_earlier_takes_its_place(project: Project, *, at_once: bool) -> None:
    text = "Code\n" + "".join(f"{code}\t1.{n}\t2.{n}\n" for n, code in enumerate(("AUD", "DKK", "EUR", "USD")))
    project.configure(BOARD)
    source = project.config.settings.sources[0]
    captures = [
        capture_of(
            SourcedPage(Page(f"a#{day}", text.encode(), captured_utc=dt.datetime(2026, 1, day, tzinfo=dt.UTC)), source),
            project.config,
        )
        for day in (15, 14, 16)
    ]
    with Store.open(project.config) as store:
        for batch in [captures] if at_once else [[capture] for capture in captures]:
            add_captures(store, Batch(batch), dt.datetime(2026, 1, 20, tzinfo=dt.UTC))
        assert store.query("SELECT location FROM captures") == [("a#14",)]
        days = [(DAY_BEFORE + dt.timedelta(n), f"a#{14 + n}") for n in range(3)]
        assert store.query("SELECT source, page_date, location FROM sightings ORDER BY ALL") == [
            (source, date, location) for source in ("board.buy", "board.sell") for date, location in days
        ]
        assert store.query("SELECT source, page_date FROM snapshots ORDER BY ALL") == [
            (source, date) for source in ("board.buy", "board.sell") for date, _ in days
        ]
        assert store.query("SELECT count(*) FROM snapshot_quotes") == [(24,)]


@pytest.mark.parametrize(
    ("printed", "languages", "code"),
    [
        ("доллар США", ("ru",), "USD"), ("Доллар  США", ("ru",), "USD"), ("японских иен", ("ru",), "JPY"),
        ("киргизский сом", ("ru",), "KGS"), ("Узбекских сумов", ("ru",), "UZS"), ("сом", ("ru",), None),
        ("US Dollar", ("en",), "USD"), ("Japanese yen", ("en",), "JPY"), ("Yen", ("en",), None),
        ("US-Dollar", ("de",), "USD"), ("US-Dollar", ("en",), None), ("Swiss francs", ("en",), "CHF"),
        ("€", ("en",), "EUR"), ("₸", ("en",), "KZT"), ("$", ("en",), None), ("£", ("en",), None), ("¥", ("ja",), None),
        ("usd", ("en",), "USD"), ("Usd", ("en",), "USD"), ("dollar", ("en",), None), ("", ("en",), None),
    ],
)  # fmt: skip
def test_a_currency_is_known_by_code_name_or_a_sign_of_its_own(
    printed: str, languages: tuple[str, ...], code: str | None
) -> None:
    assert currency_of(printed, (), languages) == code


def test_names_and_signs_of_a_source_go_before_what_is_known_of_them(shell: Shell, project: Project) -> None:
    project.configure(
        "[[sources]]\nname = 'site'\nlanguages = ['ru']\ncounter = 'KGS'\nmin_pairs = 3\n"
        "currencies = { '$' = 'USD', 'тенге (нал.)' = 'KZT', 'сом' = 'KGS' }\n"
        "pattern = '(?m)^(?P<base>[^\\t\\n]+)\\t(?P<rate>[0-9.]+)$'\n"
    )
    project.page("a.html", rows_of("x", "$|87.45", "Евро|101.90", "Тенге (нал.)|0.1729", "злато|5.1"))
    assert project.run("ingest").returncode == 0
    rows = ask(shell, project.config.database, "SELECT pair, rate_text FROM quotes ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [
        ("EUR/KGS", "101.90"), ("KZT/KGS", "0.1729"), ("USD/KGS", "87.45")
    ]  # fmt: skip
    (problem,) = ask(shell, project.config.database, "SELECT detail FROM problems")
    assert problem["detail"] == "not a quote, left out: 'злато 5.1', no currency is known as 'злато'"


LIST = """GBP/EUR
1.1652
-0.0031 (-0.26%)
GBP/USD
1.2546
+0.0013 (+0.11%)
EUR/USD
1.0767
+0.0041 (+0.38%)
USD/JPY
154.61
-0.20 (-0.13%)
"""
BOTH = r"(?P<pair>[A-Z]{3}/[A-Z]{3})\n(?P<rate>[0-9.]+)\n(?P<change>[-+0-9.]+) \((?P<pct>[^)]+)\)"


def test_of_change_and_percentage_the_percentage_is_the_report_and_the_change_its_check(
    shell: Shell, project: Project
) -> None:
    project.configure(f"[[sources]]\nname = 'site'\npattern = '''{BOTH}'''\n")
    project.page("a.txt", LIST + "5 December 2025\n")
    project.page("b.txt", LIST.replace("-0.0031", "-0.0310").replace("-0.20", "+0.20") + "6 December 2025\n")
    assert project.run("ingest").returncode == 0
    rows = ask(
        shell, project.config.database,
        "SELECT pair, reported_text, change_text, reported_change::VARCHAR AS change, change_verdict FROM deltas"
        " ORDER BY page_date, pair",
    )  # fmt: skip
    assert [tuple(row.values()) for row in rows] == [
        ("EUR/USD", "+0.38%", "+0.0041", "0.004100000", "agrees"),
        ("GBP/EUR", "-0.26%", "-0.0031", "-0.003100000", "agrees"),
        ("GBP/USD", "+0.11%", "+0.0013", "0.001300000", "agrees"),
        ("USD/JPY", "-0.13%", "-0.20", "-0.200000000", "agrees"),
        ("EUR/USD", "+0.38%", "+0.0041", "0.004100000", "agrees"),
        ("GBP/EUR", "-0.26%", "-0.0310", "-0.031000000", "contradicts"),
        ("GBP/USD", "+0.11%", "+0.0013", "0.001300000", "agrees"),
        ("USD/JPY", "-0.13%", "+0.20", "0.200000000", "contradicts"),
    ]  # fmt: skip
    problems = ask(
        shell, project.config.database,
        "SELECT pair, detail FROM problems WHERE problem = 'change contradicts percentage' ORDER BY pair",
    )  # fmt: skip
    assert [tuple(row.values()) for row in problems] == [
        ("GBP/EUR", "GBP/EUR = 1.1652 prints -0.0310 beside -0.26%, and no base gives both"),
        ("USD/JPY", "USD/JPY = 154.61 prints +0.20 beside -0.13%, and no base gives both"),
    ]


def test_a_percentage_without_sign_moves_as_the_change_beside_it() -> None:
    reading = read("USD/JPY\n154.61\n-0.20 (0.13%)\nEUR/USD\n1.0767\n0.0041 (0.38%)\n", BOTH)
    assert shown(reading) == ["USD/JPY = 154.61 -0.13% (-0.20)", "EUR/USD = 1.0767 0.38% (0.0041)"]


@settings(max_examples=20, deadline=None)
@given(
    cases=st.lists(
        st.tuples(
            st.integers(1, 3000), st.integers(0, 4), st.integers(-400, 400), st.integers(0, 4),
            st.integers(-3000, 3000), st.integers(0, 3),
        ),
        min_size=1, max_size=100,
    )
)  # fmt: skip
def test_a_change_agrees_exactly_where_some_base_gives_both(
    loaded: Connection, cases: list[tuple[int, int, int, int, int, int]]
) -> None:
    """Held against fractions: the percentages of all changes and rates that print as these are one range."""
    rows, expected = [], []
    for rate, rate_decimals, change, change_decimals, pct, pct_decimals in cases:
        r, rate_half = Fraction(rate, 10**rate_decimals), Fraction(1, 2 * 10**rate_decimals)
        c, change_half = Fraction(change, 10**change_decimals), Fraction(1, 2 * 10**change_decimals)
        p, pct_half = Fraction(pct, 10**pct_decimals), Fraction(1, 2 * 10**pct_decimals)
        corners = [
            100 * x / (y - x) if y > x else None
            for x in (c - change_half, c + change_half)
            for y in (r - rate_half, r + rate_half)
        ]
        found = [corner for corner in corners if corner is not None]
        sign = (pct > 0) - (pct < 0)
        moves = (sign >= 0 or c < change_half) and (sign <= 0 or c > -change_half)
        reaches = None in corners or max(found) >= p - pct_half
        expected.append(moves and bool(found) and min(found) <= p + pct_half and reaches)
        amounts = [r - rate_half, r + rate_half, c, change_half]
        rows.append((*(int(2 * 10**9 * amount) for amount in amounts), int(p * 10**6), pct_decimals, sign))
    names = ("low", "high", "change", "half", "millionths", "decimals", "sign")
    columns = ", ".join(f"unnest(?::BIGINT[]) AS {name}" for name in names)
    answers = loaded.execute(
        "SELECT change_agrees(low, high, change, half, (millionths * 0.000001)::DECIMAL(18, 6), decimals, sign)"
        f" FROM (SELECT {columns})",
        [list(column) for column in zip(*rows, strict=True)],
    ).fetchall()
    assert [answer for (answer,) in answers] == expected


DOTTED: dict[str, Any] = {"date_formats": ("%d.%m.%Y",)}


def test_a_date_a_row_gives_each_date_its_quotes() -> None:
    text = "Name Rate % Time\n" + "".join(
        f"{pair} {rate} {pct} 26.11.2025 13:3{n}:00\n"
        for n, (pair, rate, pct) in enumerate(
            [("EUR/USD", "1.1579", "+0.05%"), ("GBP/USD", "1.3155", "-0.13%"), ("USD/JPY", "156.4960", "+0.09%")]
        )
    )
    pattern = r"(?P<pair>[A-Z]{3}/[A-Z]{3}) (?P<rate>[0-9.]+) (?P<pct>[-+0-9.]+%) (?P<date>[0-9.]{10})"
    reading = read(text, pattern, **DOTTED)
    assert (reading.page_date, len(reading.quotes), reading.further) == (dt.date(2025, 11, 26), 3, ())


HISTORY = r"(?P<date>\d\d\.\d\d\.\d{4})\t(?P<rate_USD>[0-9.]+|-)\t(?P<rate_EUR>[0-9.]+|-)"


def test_a_history_with_a_date_a_row_and_a_currency_a_column_is_a_snapshot_a_date() -> None:
    text = "Date\tUSD\tEUR\n13.01.2026\t504.46\t588.90\n15.01.2026\t505.02\t-\n14.01.2026\t504.90\t587.30\n"
    reading = read(text, HISTORY, counter="KZT", **DOTTED)
    assert (reading.page_date, shown(reading)) == (DAY, ["USD/KZT = 505.02"])
    assert [(f.page_date, [str(q) for q in f.quotes]) for f in reading.further] == [
        (DAY_BEFORE, ["USD/KZT = 504.90", "EUR/KZT = 587.30"]),
        (dt.date(2026, 1, 13), ["USD/KZT = 504.46", "EUR/KZT = 588.90"]),
    ]
    assert reading.detail == "not a quote, left out: '15.01.2026 505.02 -', the rate is not a number"


def test_dates_that_head_columns_are_those_of_the_columns() -> None:
    text = "Rates\nCode\t14.01.2026\t15.01.2026\nUSD\t504.90\t505.02\nEUR\t587.30\t588.10\n"
    how = {
        "counter": "KZT",
        "date_position": "before",
        "date_pattern": r"(?P<date_a>[0-9.]{10})\t(?P<date_b>[0-9.]{10})",
    }
    reading = read(text, r"(?P<base>[A-Z]{3})\t(?P<rate_a>[0-9.]+)\t(?P<rate_b>[0-9.]+)", **DOTTED, **how)
    assert (reading.page_date, shown(reading)) == (DAY, ["USD/KZT = 505.02", "EUR/KZT = 588.10"])
    ((date, quotes),) = reading.further
    assert (date, [str(q) for q in quotes]) == (DAY_BEFORE, ["USD/KZT = 504.90", "EUR/KZT = 587.30"])


def test_a_column_without_a_date_beside_one_that_has_it_is_undated_and_noted() -> None:
    text = "Rates\nCode\t14.01.2026\ttoday\nUSD\t504.90\t505.02\nEUR\t587.30\t588.10\n"
    pattern = r"(?P<date_a>[0-9.]{10})(?:\t(?P<date_b>[0-9.]{10}))?"
    reading = read(
        text, r"(?P<base>[A-Z]{3})\t(?P<rate_a>[0-9.]+)\t(?P<rate_b>[0-9.]+)", counter="KZT", date_position="before",
        date_pattern=pattern, **DOTTED,
    )  # fmt: skip
    assert (reading.page_date, shown(reading)) == (DAY_BEFORE, ["USD/KZT = 504.90", "EUR/KZT = 587.30"])
    assert [further.page_date for further in reading.further] == [None]
    assert (reading.detail or "").startswith("no date heads the column `b`: ")


@pytest.mark.parametrize(("captured", "believed"), [(16, True), (30, False)])
def test_of_a_history_the_newest_date_is_held_against_the_capture(
    project: Project, captured: int, *, believed: bool
) -> None:
    project.configure(
        "[[sources]]\nname = 'history'\ncounter = 'KZT'\ndate_formats = ['%d.%m.%Y']\nmin_pairs = 2\n"
        f"pattern = '''{HISTORY}'''\n"
    )
    text = "15.01.2026\t505.02\t588.10\n15.11.2025\t504.90\t587.30\n"
    at = dt.datetime(2026, 1, captured, tzinfo=dt.UTC)
    found = capture_of(
        SourcedPage(Page("a.txt", text.encode(), captured_utc=at), project.config.settings.sources[0]), project.config
    )
    dates = [found.dated.date, *(sighting.date for sighting in found.further)]
    assert dates == ([DAY, dt.date(2025, 11, 15)] if believed else [None, None])
    assert found.dated.shown == DAY


def test_rows_of_banks_are_sources_that_share_a_page(shell: Shell, project: Project) -> None:
    banks = "".join(
        f"\n[[sources]]\nname = '{name}'\n{of}pattern = '{bank}\\t(?P<rate_USD>[0-9.]+)\\t(?P<rate_EUR>[0-9.]+)'\n"
        for name, bank, of in (
            ("alfa", "Bank A", "counter = 'KGS'\nmin_pairs = 2\n"), ("beta", "Bank B", "pages_of = 'alfa'\n"),
        )
    )  # fmt: skip
    project.configure(banks)
    project.page("a.html", rows_of("x", "Bank A|87.10|101.20", "Bank B|87.30|101.50") + "<p>15 January 2026</p>")
    project.run("ingest")
    rows = ask(shell, project.config.database, "SELECT source, pair, rate_text FROM quotes ORDER BY ALL")
    assert [tuple(row.values()) for row in rows] == [
        ("alfa", "EUR/KGS", "101.20"), ("alfa", "USD/KGS", "87.10"), ("beta", "EUR/KGS", "101.50"),
        ("beta", "USD/KGS", "87.30"),
    ]  # fmt: skip


def test_entries_that_disagree_on_one_date_are_left_out_and_the_other_dates_stay() -> None:
    text = "13.01.2026\t504.46\t588.90\n14.01.2026\t504.90\t587.30\n14.01.2026\t504.91\t587.30\n"
    reading = read(text, HISTORY, counter="KZT", **DOTTED)
    assert (reading.outcome, reading.page_date) == (Outcome.OK, dt.date(2026, 1, 13))
    assert reading.further == ()
    assert reading.detail == (
        "left out, the entries of 2026-01-14 disagree: USD/KZT = 504.90 (1 times), EUR/KZT = 587.30 (2 times), "
        "USD/KZT = 504.91 (1 times)"
    )


def test_entries_whose_date_is_not_known_beside_others_are_quotes_without_a_date() -> None:
    text = "13.01.2026\t504.46\t588.90\n14.13.2026\t504.90\t587.30\n12.01.2026\t504.00\t587.00\n"
    reading = read(text, HISTORY, counter="KZT", **DOTTED)
    assert reading.page_date == dt.date(2026, 1, 13)
    assert [further.page_date for further in reading.further] == [dt.date(2026, 1, 12), None]
    assert reading.detail == "not a date in any of date_formats: '14.13.2026'"


def test_a_page_of_many_dates_is_one_capture_and_a_sighting_of_each(shell: Shell, project: Project) -> None:
    project.configure(
        "[[sources]]\nname = 'history'\ncounter = 'KZT'\ndate_formats = ['%d.%m.%Y']\nmin_pairs = 2\n"
        f"pattern = '''{HISTORY}'''\n"
    )
    rows = ["13.01.2026|504.46|588.90", "14.01.2026|504.90|587.30", "15.01.2026|505.02|588.10"]
    project.page("a.html", rows_of("x", *rows[:2]))
    project.page("b.html", rows_of("x", *rows))
    assert project.run("ingest").returncode == 0
    database = project.config.database
    assert [tuple(row.values()) for row in ask(shell, database, "SELECT page_date, captures FROM coverage")] == [
        ("2026-01-13", 2), ("2026-01-14", 2), ("2026-01-15", 1)
    ]  # fmt: skip
    assert value(shell, database, "SELECT count(*) FROM captures") == 2
    assert value(shell, database, "SELECT max(page_date) FROM captures") == "2026-01-15"
    assert value(shell, database, "SELECT list(DISTINCT captures ORDER BY captures) FROM quotes") == [1, 2]
    assert value(shell, database, "SELECT count(*) FROM deltas WHERE previous_date IS NOT NULL") == 4
    assert project.run("reparse").stdout.startswith("captures: 0 added, 0 removed, 0 changed")
    assert "checked: 2; quotes derived again: 10; captures that differ: 0" in project.run("verify").stdout
    older = value(shell, database, "SELECT snapshot_id FROM snapshots WHERE page_date = '2026-01-13'")
    assert project.run("page", older[:12]).stdout == (project.root / "pages" / "a.html").read_text()


@pytest.mark.slow
def test_a_store_from_before_units_and_sightings_keeps_its_quotes(shell: Shell, project: Project) -> None:
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    before = content(shell, project.config.database)
    connection = connect_writer(project.config.writer, 10)
    for statement in (
        "DROP VIEW sightings", "DROP TABLE further_snapshots", "ALTER TABLE snapshot_quotes DROP COLUMN rate_unit",
        "ALTER TABLE snapshot_quotes DROP COLUMN change_text", "ALTER TABLE conflict_quotes DROP COLUMN rate_unit",
        "DELETE FROM schema_migrations WHERE version >= 8", "UPDATE store_info SET views_digest = 'old'",
    ):  # fmt: skip
        connection.execute(statement)
    connection.close()
    assert project.run("ingest").returncode == 0
    assert content(shell, project.config.database) == before
    assert value(shell, project.config.database, "SELECT count(*) FROM quotes WHERE rate_unit = 1") == 5
