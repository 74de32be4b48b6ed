"""`fxtrack probe`: how a page is understood, and an entry that makes an unknown one readable."""

import json
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from conftest import BLOCK, InProcess, Project, Shell, page_text
from promises import ask
from test_sources import BOURSE_SHOWS, LAYOUTS, VALLEY_SHOWS

from fxtrack.extract.ticker.marquee import examine_ticker
from fxtrack.probe.entry import paths_of
from fxtrack.probe.suggest import suggest

SITE = '[[sources]]\nname = "site"\n'


def probed(in_process: InProcess, page: Path, *options: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = in_process("probe", str(page), "--json", *options)
    record: dict[str, Any] = json.loads(out)
    return code, record


@pytest.mark.new
def test_every_step_from_bytes_to_outcome_is_shown_and_nothing_is_stored(
    project: Project, in_process: InProcess
) -> None:
    page = project.page("a.txt", "EUR/USD = 1.10 0%\nSome words\n" + page_text(BLOCK[:4], repeats=2))
    code, out, err = in_process("probe", str(page))
    assert (code, err) == (0, "")
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0].startswith("page:            pages/a.txt: ")
    for expected in (
        "text:            ",
        "source:          site: the first source that matches, by '*' in its paths",
        "quotes:          KGS/USD 0.01144 0%",
        "KZT/USD 0.00192 -0%",
        "page date:       2025-12-12, as the page shows",
    ):
        assert any(line.startswith(expected) for line in lines), expected
    assert not (project.root / "db").exists()


def test_runs_that_are_refused_say_why(project: Project, in_process: InProcess) -> None:
    prose = "The bank set new rates this week.\n\n"
    lists = "EUR/USD = 1.10 0%\nGBP/USD = 1.20 0%\n\nText.\n\n" + prose + page_text(repeats=1).replace("•", "")
    code, record = probed(in_process, project.page("a.txt", lists))
    assert code == 3
    assert record["outcome"] == "no ticker"
    assert [(c["line"], c["pairs"], c["repeats"], c["taken"], c["refused"]) for c in record["candidates"]] == [
        (1, 2, 1, False, "2 pairs, printed once; a ticker has 4 (min_pairs) or is repeated"),
        (8, 5, 1, False, "stands behind prose, where a ticker must be repeated and have all its pairs"),
    ]


def test_a_conflict_shows_every_value_and_a_date_line_says_where_it_is(project: Project, in_process: InProcess) -> None:
    code, record = probed(in_process, project.page("a.txt", page_text(repeats=2).replace("0.01144", "0.01199", 1)))
    assert (code, record["outcome"], record["page_date"], record["date_basis"]) == (0, "conflict", "2025-12-12", "page")
    assert record["date_line"] == {
        "line": 11,
        "text": "12 December 2025",
        "date": "2025-12-12",
        "note": None,
        "tried": [],
    }
    assert {"pair": "KGS/USD", "rate": "0.01199", "unit": 1, "reported": "0%", "sign": 0, "change": None} in record[
        "quotes"
    ]
    assert {"pair": "KGS/USD", "rate": "0.01144", "unit": 1, "reported": "0%", "sign": 0, "change": None} in record[
        "quotes"
    ]


@pytest.mark.parametrize(
    ("name", "content", "outcome"),
    [
        ("empty.txt", b"", "unreadable"),
        ("binary.txt", b"\0\1\2" * 50, "unreadable"),
        ("none.txt", b"Hello.\n", "no ticker"),
    ],
)
def test_a_page_without_a_ticker_ends_with_exit_code_3(
    project: Project, in_process: InProcess, name: str, content: bytes, outcome: str
) -> None:
    code, record = probed(in_process, project.page(name, content))
    assert (code, record["outcome"], record["suggestion"]) == (3, outcome, None)


def test_what_cannot_be_read_or_meant_is_one_line(project: Project, in_process: InProcess) -> None:
    code, out, err = in_process("probe", str(project.root / "nope.txt"))
    assert (code, out) == (1, "")
    assert err.endswith("nope.txt: no such file or folder\n")
    code, _, err = in_process("probe", str(project.root / "pages"))
    assert (code, err.count("\n")) == (1, 1)
    page = project.page("a.txt")
    code, _, err = in_process("probe", str(page), "--source", "other")
    assert (code, err) == (2, "fxtrack: no source 'other' in the configuration; it has site\n")


def test_a_page_can_be_read_as_another_source_s(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + '[[sources]]\nname = "dotted"\ndate_formats = ["%d.%m.%Y"]\n')
    page = project.page("a.txt", page_text(date="12.12.2025"))
    assert probed(in_process, page)[1]["page_date"] is None
    code, record = probed(in_process, page, "--source", "dotted")
    assert (code, record["source"], record["why"], record["page_date"]) == (
        0, "dotted", "named with --source", "2025-12-12",
    )  # fmt: skip


def paste(project: Project, record: dict[str, Any]) -> None:
    """Do what the probe says: paste the entry into config.toml, above the entry that takes the page now."""
    text = (project.root / "config.toml").read_text("utf-8")
    at = text.index(f'[[sources]]\nname = "{record["above"]}"') if record["above"] else len(text)
    project.configure(text[:at] + record["suggestion"] + "\n" + text[at:])


@pytest.mark.few(1)
@pytest.mark.parametrize("config", [SITE, "# nothing\n", SITE + 'paths = ["pages/other/*"]\n'])
def test_the_entry_suggested_for_an_unknown_page_makes_it_readable_when_it_is_pasted(
    project: Project, in_process: InProcess, shell: Shell, config: str
) -> None:
    project.configure(config)
    shows: dict[tuple[str, str], tuple[str, str]] = {}
    for date, quotes in BOURSE_SHOWS.items():
        page = project.page(f"bourse-{date}.html", (LAYOUTS / f"bourse-{date}.html").read_bytes())
        shows |= {(str(date), pair): (rate, report) for pair, rate, report in quotes}
    usual = project.page("usual.txt", page_text())
    code, record = probed(in_process, page)
    assert (code, record["outcome"]) == (3, "no ticker")
    paste(project, record)
    code, found = probed(in_process, page)
    assert (code, found["source"], found["page_date"], found["suggestion"]) == (0, "bourse", "2025-12-05", None)
    done = project.run("run")
    assert done.returncode == ("other" in config)
    rows = ask(shell, project.config.database, "FROM quotes WHERE source = 'bourse'")
    assert {(r["page_date"], r["pair"]): (r["rate_text"], r["reported_text"]) for r in rows} == shows
    if "other" not in config:
        assert probed(in_process, usual)[1]["source"] in {"site", "default"}
        assert ask(shell, project.config.database, "FROM quotes WHERE source <> 'bourse'")


def read_by_suggestion(text: str, location: str = "pages/p.txt") -> tuple[dict[str, Any], Any]:
    """Return the suggested entry and what it reads."""
    from msgspec import convert

    from fxtrack.config.source import Source

    found = suggest(text, location, {"p"})
    assert found is not None
    assert found.toml is not None
    (entry,) = tomllib.loads(found.toml.replace("XXX", "KZT"))["sources"]  # as its remark asks the reader to do
    return entry, examine_ticker(text, convert(entry, Source).grammar).reading


@pytest.mark.parametrize(
    ("text", "quotes", "date"),
    [
        ("5 Dec 2025\nUSDKZT 505.02 +1.25\nEURKZT 587.30 -0.30\nfoo\n",
         [("USD/KZT", "505.02", "+1.25"), ("EUR/KZT", "587.30", "-0.30")], "2025-12-05"),
        ("1 USD = 87.45 KGS\n1 EUR = 101.87 KGS\n1 RUB = 1.12 KGS\n\nRates on 05.12.2025\n",
         [("USD/KGS", "87.45", None), ("EUR/KGS", "101.87", None), ("RUB/KGS", "1.12", None)], "2025-12-05"),
        ("USD/KZT\n505.02\n▲ 0.25%\nEUR/KZT\n587.30\n▼ 0.05%\n\n12 декабря 2025\n",
         [("USD/KZT", "505.02", "0.25%"), ("EUR/KZT", "587.30", "-0.05%")], "2025-12-12"),
        ("Rates of 2025-12-05\nUSD | 505,02 | 506,10\nEUR | 587,30 | 588,00\n",
         [("USD/KZT", "505.02", None), ("EUR/KZT", "587.30", None)], "2025-12-05"),
        ("KGS/USD = 0,01144 0,1%\nKZT/USD = 0,00198 -0%\n",
         [("KGS/USD", "0.01144", "0.1%"), ("KZT/USD", "0.00198", "-0%")], None),
        ("it's USD-ARS: 1,234.5 (▲ 0.5%) EUR-ARS: 1,434.5 (▼ 0.5%)",
         [("USD/ARS", "1234.5", "0.5%"), ("EUR/ARS", "1434.5", "-0.5%")], None),
    ],
)  # fmt: skip
def test_layouts_of_many_kinds_are_suggested_as_a_person_reads_them(
    text: str, quotes: list[tuple[str, str, str | None]], date: str | None
) -> None:
    entry, reading = read_by_suggestion(text)
    assert [(q.pair, q.rate_text, q.reported_text) for q in reading.quotes] == quotes
    assert (reading.page_date and str(reading.page_date)) == date
    assert entry["pairs"] == [pair for pair, *_ in quotes]
    assert entry["name"] == "p-2"


def test_a_valley_page_whose_date_stands_first_is_suggested_with_its_language() -> None:
    for date, quotes in VALLEY_SHOWS.items():
        from fxtrack.extract.text.html import visible_text

        text = visible_text((LAYOUTS / f"valley-{date}.html").read_text("utf-8")).text
        entry, reading = read_by_suggestion(text, f"pages/valley-{date}.html")
        assert (entry["date_position"], entry["languages"], entry["paths"]) == (
            "before",
            ["ru"],
            ["pages/valley-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].html"],
        )
        assert "pattern" not in entry
        assert reading.page_date == date
        assert [(q.pair, q.rate_text, q.reported_text) for q in reading.quotes] == quotes


@pytest.mark.parametrize(
    "text",
    [
        "Nothing to see.\n",
        "On 5 December 2025 the USD rose to 505 and fell again.\n",
        "Call 555 0199 or 555 0142.\nThe THE 100\nAND FOR 200\n",  # three letters are not yet a currency
        "USD 505.02\n",
    ],
)
def test_nothing_is_suggested_where_there_is_nothing_to_read(text: str) -> None:
    assert suggest(text, "pages/a.txt", []) is None


def test_a_date_within_prose_is_not_suggested_as_the_page_s() -> None:
    text = "USD/KZT\t505.02\nEUR/KZT\t587.30\n\nIt was agreed on 5 December 2025 in Almaty.\n"
    entry, reading = read_by_suggestion(text)
    assert reading.page_date is None
    assert not {key for key in entry if key.startswith("date")}


def test_names_that_could_steer_a_screen_are_escaped(project: Project, in_process: InProcess) -> None:
    page = project.page("a.txt", page_text(date="12 \x1b[31mDecember 2025"))
    _, out, _ = in_process("probe", str(page))
    assert "\x1b" not in out
    assert "\\x1b" in out


def test_no_entry_is_suggested_that_reads_half_a_number(project: Project) -> None:
    entries = ["KGS/USD : 1.144e-02 0%", "KZT/USD : 1.92e-03 0%", "UZS/USD : 8.0e-05 0%"]
    page = project.page("a.html", "".join(f"<p>{entry}</p>\n" for entry in entries) + "<p>12 December 2025</p>\n")
    project.configure('[[sources]]\nname = "elsewhere"\npaths = ["x/*"]\n')
    assert "[[sources]]" not in project.run("probe", str(page)).stdout


CROSS = """$ CHF CNY
CHF 1,0711 1,2401 8,7789
CNY 0,1220 0,1413 0,1139
CNY
EGP
Pound A -0,13 6,7392 26.11.2025
CNY
AUD
Dollar B -0,26 0,2177 26.11.2025
CNY
BRL
Real C 0,00 0,7597 26.11.2025
"""
KINDS = {
    "three capitals that are no currency": (
        "NBX rates of 2026-01-16\nBaht (THB)0.1157\nDollar (USD)3.6346\nFranc (CHF)4.5302\n",
        [("THB/KZT", "0.1157", None), ("USD/KZT", "3.6346", None), ("CHF/KZT", "4.5302", None)], "2026-01-16", None,
    ),
    "figures in the words between entries": (
        "EUR/USD 1.065   |   USD/JPY 154.410   |   AUD/USD 0.642   |   XAU/USD rises on fear, 15 minutes ago\n",
        [("EUR/USD", "1.065", None), ("USD/JPY", "154.410", None), ("AUD/USD", "0.642", None)], None,
        "XAU/USD rises on fear",
    ),
    "percentages under % in the heading": (
        "Name Rate % Time\nEUR/USD 1.1579 0.05 26.11.2025 13:32:00\nGBP/USD 1.3155 -0.13 26.11.2025 13:31:00\n",
        [("EUR/USD", "1.1579", "0.05%"), ("GBP/USD", "1.3155", "-0.13%")], "2025-11-26", "a time of day",
    ),
    "a no-break space before the percentage": (
        "GBPUSD 1.3191 \u00a0(-1.07%)\nUSDJPY 109.59 \u00a0(+0.05%)\n",
        [("GBP/USD", "1.3191", "-1.07%"), ("USD/JPY", "109.59", "+0.05%")], None, "no date was found",
    ),
    "a change and its percentage": (
        "GBP/EUR\n1.1652\n-0.0031 (-0.26%)\nUSD/JPY\n154.61\n-0.20 (-0.13%)\n",
        [("GBP/EUR", "1.1652", "-0.26%"), ("USD/JPY", "154.61", "-0.13%")], None, None,
    ),
    "groups of digits with plain spaces": (
        "2025-12-05\nUSD\tName A\t11 932.54\t+12.03\nRUB\tName C\t155.61\t+0.88\nEUR\tName B\t13 917.92\t-33.10\n",
        [("USD/KZT", "11932.54", "+12.03"), ("RUB/KZT", "155.61", "+0.88"), ("EUR/KZT", "13917.92", "-33.10")],
        "2025-12-05", "a guess: +12.03",
    ),
    "a cross table beside a list": (
        CROSS,
        [("CNY/EGP", "6.7392", "-0.13%"), ("CNY/AUD", "0.2177", "-0.26%"), ("CNY/BRL", "0.7597", "0.00%")],
        "2025-11-26", "a guess: -0,13",
    ),
    "columns of buying and selling": (
        "2003-10-24\nLand\tCode\tBuy\tSell\nA\tAUD\t2.7483\t2.8039\nB\tDKK\t0.6230\t0.6356\n",
        [("AUD/KZT", "2.7483", None), ("DKK/KZT", "0.6230", None)], "2003-10-24",
        "'2.8039' in the first row under 'Sell'",
    ),
    "a column of numbers before the codes": (
        "Rates of 15.01.2026\nNum\tCode\tRate\n840\tUSD\t78.5270\n978\tEUR\t91.4930\n417\tKGS\t0.8980\n",
        [("USD/KZT", "78.5270", None), ("EUR/KZT", "91.4930", None), ("KGS/KZT", "0.8980", None)], "2026-01-15",
        "'840' in the first row under 'Num'",
    ),
    "a currency that the rates are against": (
        "Rates against the euro, 5 December 2025.\n2025-12-05\nUSD 1.1645\nCHF 0.9366\n",
        [("EUR/USD", "1.1645", None), ("EUR/CHF", "0.9366", None)], "2025-12-05", "base: EUR",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_reads_just_what_the_rows_show_and_says_what_it_does_not_read(kind: str) -> None:
    text, quotes, date, remark = KINDS[kind]
    _, reading = read_by_suggestion(text)
    assert [(q.pair, q.rate_text, q.reported_text) for q in reading.quotes] == quotes
    assert (reading.page_date and str(reading.page_date)) == date
    found = suggest(text, "pages/p.txt", ())
    assert found is not None
    assert remark is None or any(remark in said for said in found.remarks)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("USD 505 510\nEUR 585 592\n", "'505 510' may be one number or two"),
        ("USD/IDR 16.655\nUSD/VND 26.360\n", "whether 16.655 has decimals or thousands"),
        ("\tUSD\tEUR\tKGS\nUSD\t1\t0.8587\t87.45\nEUR\t1.1645\t1\t101.87\n", "rates of all against all"),
        ("USD\t87.30\t87.60\nEUR\t102.00\nRUB\t1.110\t1.135\n", "the row 'EUR 102.00' is not laid out as those beside"),
        ("USD/KZT 505.02\nUSD/KZT 505.90\nEUR/KZT 587.30\n", "different rates of USD/KZT"),
        ("USD/KZT 505.02\nEUR/KZT 587,30\n", "some numbers have a decimal point and others a decimal comma"),
    ],
)
def test_a_page_that_may_mean_several_things_gets_a_reason_and_no_entry(text: str, reason: str) -> None:
    found = suggest(text, "pages/p.txt", ())
    assert found is not None
    assert (found.toml, found.quotes) == (None, ())
    assert reason in found.remarks[0]


def test_an_entry_dates_the_page_of_the_next_day() -> None:
    first = "USD 78.5270\nEUR 91.4930\nKZT 0.1537\n\nGold -0,13 6,7392 26.11.2025 13:32:00\n"
    entry, reading = read_by_suggestion(first)
    assert str(reading.page_date) == "2025-11-26"
    assert "13" not in entry["date_pattern"].replace("{1,2}", "")
    from msgspec import convert

    from fxtrack.config.source import Source

    later = first.replace("-0,13 6,7392 26.11", "-0,21 6,7250 27.11").replace("78.5270", "78.6110")
    assert str(examine_ticker(later, convert(entry, Source).grammar).reading.page_date) == "2025-11-27"


@pytest.mark.parametrize(
    ("location", "siblings", "strangers"),
    [
        ("pages/rates-2026-01-15.html", ["pages/rates-2026-01-16.html"], ["pages/rates-news.html"]),
        ("pages/rates-2026-01-15.html", ["pages/rates-2025-12-31.html"], ["pages/x-2026-01-15.html"]),
        ("pages/2025-12-05.html", ["pages/2025-12-06.html"], ["pages/index.html", "pages/2025-12-05-news.html"]),
        ("pages/day1.txt", ["pages/day2.txt", "pages/day12.txt"], ["pages/daybreak.txt", "pages/night1.txt"]),
        ("pages/2025/12/05/board.html", ["pages/2026/01/30/board.html"], ["pages/about/12/05/board.html"]),
        ("pages/a[1]*.txt", ["pages/a[2]*.txt"], ["pages/a1b.txt"]),
        ("crawl.warc.gz#1234", ["crawl.warc.gz"], ["crawl.warc.gz.txt"]),
    ],
)  # fmt: skip
def test_the_paths_of_an_entry_match_siblings_of_the_page_only(
    location: str, siblings: list[str], strangers: list[str]
) -> None:
    pattern = paths_of(location)
    assert [name for name in [location.partition("#")[0], *siblings] if not fnmatchcase(name, pattern)] == []
    assert [name for name in strangers if fnmatchcase(name, pattern)] == []


def test_json_says_what_the_suggested_entry_reads_and_what_it_does_not(project: Project, in_process: InProcess) -> None:
    project.configure(SITE + 'paths = ["elsewhere/*"]\n')
    page = project.page("board.txt", KINDS["columns of buying and selling"][0])
    code, record = probed(in_process, page)
    assert code == 3
    assert record["suggested"]["page_date"] == "2003-10-24"
    first = record["suggested"]["quotes"][0]
    assert (first["pair"], first["rate"], first["reported"]) == ("AUD/XXX", "2.7483", None)
    assert any("put the currency" in said for said in record["remarks"])
    assert any("'2.8039'" in said for said in record["remarks"])
    _, out, _ = in_process("probe", str(page))
    assert "# reads AUD/XXX 2.7483" in out
    assert "# reads 2003-10-24" in out


def test_a_page_that_is_read_without_its_date_is_told_of_the_keys_that_read_it(
    project: Project, in_process: InProcess
) -> None:
    text = page_text(date=None)
    page = project.page("a.txt", "12 December 2025\n" + text)
    code, record = probed(in_process, page)
    assert (code, record["page_date"]) == (0, None)
    assert 'date_position = "before"' in record["advice"][0]
    keys = record["advice"][0].partition(": to read it, put into the entry of site: ")[2].replace(", ", "\n")
    project.configure(SITE + keys + "\n")
    assert probed(in_process, page)[1]["page_date"] == "2025-12-12"


@pytest.mark.parametrize("key", ['counter = "XXX"', 'base = "XXX"', 'counter = "KZT"\npairs = ["USD/XXX"]'])
def test_a_currency_that_is_still_to_be_named_is_refused(project: Project, in_process: InProcess, key: str) -> None:
    project.configure(SITE + f"pattern = '(?P<{'counter' if key[0] == 'b' else 'base'}>[A-Z]+) (?P<rate>.+)'\n{key}\n")
    code, out, err = in_process("config", "check")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "XXX stands in place of a currency: write that currency's code" in err


@pytest.mark.parametrize(
    "text",
    [
        (
            "15.01.2026\nNum\tCode\tUnits\tName\tRate\n840\tUSD\t1\tdollar\t78,5270\n398\tKZT\t100\ttenge\t15,3740\n"
            "860\tUZS\t10 000\tsum\t65,3400\n"
        ),
        "15.01.2026\n1 USD 78,5270\n100 KZT 15,3740\n10000 UZS 65,3400\n",
    ],
)
def test_a_column_of_powers_of_ten_is_the_unit_of_the_rates(text: str) -> None:
    found = suggest(text, "pages/p.txt", ())
    assert found is not None
    shown = [(quote.pair, quote.rate_text, quote.rate_unit) for quote in found.quotes]
    assert shown == [("USD/XXX", "78.5270", 1), ("KZT/XXX", "15.3740", 100), ("UZS/XXX", "65.3400", 10_000)]
    assert str(found.page_date) == "2026-01-15"


def test_a_change_beside_a_percentage_is_read_as_well() -> None:
    _, reading = read_by_suggestion(KINDS["a change and its percentage"][0])
    assert [quote.change_text for quote in reading.quotes] == ["-0.0031", "-0.20"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("USD/KZT 505.02 \u00b10.25%\nEUR/KZT 587.30 \u00b10.05%\n", "the sign of 0.25% is not certain"),
        ("USD/KZT 505.02 - 0.25%\nEUR/KZT 587.30 + 0.05%\n", "the sign of 0.25% is not certain"),
        ("USD/KZT 505.02 (0.25%)\nEUR/KZT 587.30 0.05%\n", "parentheses, which may be their sign"),
        ("Rates per 100 units\nUSD 78.5270\nEUR 91.4930\n", "may say how many units"),
        (
            "USD 78.5270\nKZT* 15.3740\n* \u0437\u0430 100 \u0435\u0434\u0438\u043d\u0438\u0446\n",
            "may say how many units",
        ),
        ("Code\tPrevious\tHigh\nUSD\t78.5270\t79.0\nEUR\t91.4930\t92.0\n", "not the rates of the page's date"),
    ],
)
def test_signs_units_and_headings_that_are_not_certain_are_a_reason_to_suggest_nothing(text: str, reason: str) -> None:
    found = suggest(text, "pages/p.txt", ())
    assert found is not None
    assert found.toml is None
    assert reason in found.remarks[0]


def test_a_date_that_may_begin_with_its_day_or_its_month_is_left_to_the_reader() -> None:
    found = suggest("12/05/2025\nUSD/KZT 505.02\nEUR/KZT 587.30\n", "pages/p.txt", ())
    assert found is not None
    assert found.page_date is None
    assert any("12/05/2025 may begin with its day or its month" in line for line in found.remarks)
    clear = suggest("12/25/2025\nUSD/KZT 505.02\nEUR/KZT 587.30\n", "pages/p.txt", ())
    assert clear is not None
    assert str(clear.page_date) == "2025-12-25"


def test_rows_with_dates_of_their_own_are_read_with_these() -> None:
    found = suggest("USD/KGS 87.45 05.12.2025\nEUR/KGS 101.87 04.12.2025\nRUB/KGS 1.12 05.12.2025\n", "p.txt", ())
    assert found is not None
    assert str(found.page_date) == "2025-12-05"
    assert [quote.pair for quote in found.quotes] == ["USD/KGS", "RUB/KGS", "EUR/KGS"]
    assert any("the rows have 2 dates, from 2025-12-04 to 2025-12-05" in line for line in found.remarks)


def test_a_table_of_names_is_read_once_the_names_that_are_not_known_are_given(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    cells = (("$", "87,45"), ("Евро", "101,87"), ("Казахстанский тенге", "0,1715"), ("₽", "1,1225"), ("₺", "2,02"))
    rows = "".join(f"<tr><td>{name}</td><td>{rate}</td></tr>" for name, rate in cells)
    page = project.page("kurs.html", f'<meta charset="utf-8"><p>16 января 2026</p><table>{rows}</table>')
    _, record = probed(in_process, page)
    assert 'currencies = { "$" = "XXX", "Казахстанский тенге" = "XXX" }' in record["suggestion"]
    named = record["suggestion"].replace('counter = "XXX"', 'counter = "KGS"')
    project.configure(named)
    refused = project.run("config", "check")
    assert refused.returncode == 2
    assert "currencies: XXX stands in place of a currency" in refused.stderr
    project.configure(named.replace('"$" = "XXX"', '"$" = "USD"').replace('тенге" = "XXX"', 'тенге" = "KZT"'))
    assert project.run("ingest").returncode == 0
    found = ask(shell, project.config.database, "SELECT pair, rate_text, page_date FROM quotes ORDER BY pair")
    assert [tuple(row.values()) for row in found] == [
        ("EUR/KGS", "101.87", "2026-01-16"), ("KZT/KGS", "0.1715", "2026-01-16"), ("RUB/KGS", "1.1225", "2026-01-16"),
        ("TRY/KGS", "2.02", "2026-01-16"), ("USD/KGS", "87.45", "2026-01-16"),
    ]  # fmt: skip


def test_columns_under_dates_are_stored_with_their_dates(project: Project, in_process: InProcess, shell: Shell) -> None:
    text = "Code 15.01.2026 16.01.2026\nUSD/KGS 87.44 87.45\nEUR/KGS 101.50 101.62\nKZT/KGS 0.171 0.172\n"
    _, record = probed(in_process, project.page("two.txt", text))
    project.configure(record["suggestion"])
    assert project.run("ingest").returncode == 0
    found = ask(shell, project.config.database, "SELECT page_date, pair, rate_text FROM daily ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [
        ("2026-01-15", "EUR/KGS", "101.50"), ("2026-01-15", "KZT/KGS", "0.171"), ("2026-01-15", "USD/KGS", "87.44"),
        ("2026-01-16", "EUR/KGS", "101.62"), ("2026-01-16", "KZT/KGS", "0.172"), ("2026-01-16", "USD/KGS", "87.45"),
    ]  # fmt: skip
