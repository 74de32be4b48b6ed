"""Several sources side by side: layouts that really exist, each read by its own entry in config.toml."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from conftest import Project, Shell, page_text
from markups import read_html
from promises import ask, value

from fxtrack.extract.page import read
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading

LAYOUTS = Path(__file__).parent / "layouts"
BOURSE = r"""
[[sources]]
name = "bourse"
paths = ["pages/bourse-*"]
pattern = '(?P<pair>[A-Z]{3}/[A-Z]{3})[^\t\n]*\t(?P<rate>[^\t\n]+)\t(?P<direction>[▲▼■]) (?P<change>[0-9,]+)\t'
decimal = "comma"
date_position = "before"
date_lines = 2
date_pattern = 'на (?P<date>\d\d\.\d\d\.\d{4}),'
date_formats = ["%d.%m.%Y"]
time_zone = "Asia/Almaty"
pairs = ["USD/KZT", "EUR/KZT", "RUB/KZT", "CNY/KZT", "USD/UZS"]
"""
VALLEY = """
[[sources]]
name = "valley"
paths = ["pages/valley-*"]
date_position = "before"
date_formats = ["%A, %d %B %Y"]
languages = ["ru"]
"""
SITE = '\n[[sources]]\nname = "site"\n'

# Read by eye from the pages.
BOURSE_SHOWS = {
    dt.date(2025, 12, 3): [
        ("USD/KZT", "505.71", "1.25"), ("EUR/KZT", "588.14", "-0.37"), ("RUB/KZT", "6.5012", "-0.0148"),
        ("CNY/KZT", "71.53", "0.00"), ("USD/UZS", "11941.50", "12.05"),
    ],
    dt.date(2025, 12, 4): [
        ("USD/KZT", "504.46", "-1.25"), ("EUR/KZT", "588.90", "0.76"), ("RUB/KZT", "6.5210", "0.0198"),
        ("CNY/KZT", "71.41", "-0.12"), ("USD/UZS", "11940.50", "-1.00"),
    ],
    dt.date(2025, 12, 5): [
        ("USD/KZT", "505.02", "0.56"), ("EUR/KZT", "587.30", "-1.60"), ("RUB/KZT", "6.5188", "-0.0022"),
        ("CNY/KZT", "71.41", "0.00"), ("USD/UZS", "11952.75", "12.25"),
    ],
}  # fmt: skip
VALLEY_SHOWS = {
    dt.date(2025, 12, 4): [
        ("USD/KGS", "87.4500", "0.00%"), ("EUR/KGS", "101.6200", "0.31%"), ("RUB/KGS", "1.1264", "-0.12%"),
        ("KZT/KGS", "0.1733", "0.06%"),
    ],
    dt.date(2025, 12, 5): [
        ("USD/KGS", "87.4500", "0.00%"), ("EUR/KGS", "101.8744", "0.25%"), ("RUB/KGS", "1.1225", "-0.35%"),
        ("KZT/KGS", "0.1736", "0.17%"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """All layouts and a page of the usual kind, taken in."""
    project = Project(tmp_path_factory.mktemp("several"))
    project.configure(BOURSE + VALLEY + SITE)
    shutil.copytree(LAYOUTS, project.root / "pages", ignore=lambda _folder, _names: {"pages"})
    project.page("usual.txt", page_text())
    done = project.run("ingest")
    assert (done.returncode, done.stderr) == (0, "")
    return project


def read_layout(project: Project, source: str, date: dt.date) -> Reading:
    name = f"{source}-{date}.html"
    found = project.config.source_of(f"pages/{name}")
    assert found is not None
    assert found.name == source
    return read_html((LAYOUTS / name).read_bytes(), found.grammar)


@pytest.mark.parametrize(("source", "shows"), [("bourse", BOURSE_SHOWS), ("valley", VALLEY_SHOWS)])
def test_each_layout_is_read_as_a_person_reads_it(
    several: Project, source: str, shows: dict[dt.date, list[tuple[str, str, str]]]
) -> None:
    for date, quotes in shows.items():
        reading = read_layout(several, source, date)
        assert (reading.outcome, reading.page_date, reading.detail) == (Outcome.OK, date, None)
        assert [(q.pair, q.rate_text, q.reported_text) for q in reading.quotes] == quotes


def test_an_absolute_change_is_kept_as_printed_and_never_as_a_percentage(shell: Shell, several: Project) -> None:
    rows = ask(
        shell, several.config.database,
        "SELECT page_date, pair, rate_text, reported_text, reported_change::VARCHAR AS change, reported_decimals,"
        " reported_pct, reported_sign FROM quotes WHERE source = 'bourse' ORDER BY ALL",
    )  # fmt: skip
    expected = sorted((str(date), *quote) for date, quotes in BOURSE_SHOWS.items() for quote in quotes)
    assert [(r["page_date"], r["pair"], r["rate_text"], r["reported_text"]) for r in rows] == expected
    for row in rows:
        whole, _, decimals = row["reported_text"].partition(".")
        assert row["change"] == f"{whole}.{decimals.ljust(9, '0')}"
        assert (row["reported_decimals"], row["reported_pct"]) == (len(decimals), None)
        assert row["reported_sign"] == (-1 if whole[0] == "-" else 1 if float(row["reported_text"]) else 0)


def test_a_verdict_on_an_absolute_change_holds_it_against_the_close_before(shell: Shell, several: Project) -> None:
    rows = ask(
        shell, several.config.database,
        "SELECT page_date, pair, verdict, discrepancy::DOUBLE AS off, discrepancy_pp FROM deltas"
        " WHERE source = 'bourse' AND page_date > '2025-12-03' ORDER BY ALL",
    )  # fmt: skip
    unexplained = {(row["page_date"], row["pair"], row["off"]) for row in rows if row["verdict"] == "unexplained"}
    # 11,940.50 is 1.00 below 11,941.50; everything else adds up on both days
    assert unexplained == set()
    assert {row["verdict"] for row in rows} == {"agrees"}
    assert len(rows) == 10
    assert {(row["off"], row["discrepancy_pp"]) for row in rows} == {(0, None)}


def test_each_source_has_its_own_rule_and_series(shell: Shell, several: Project) -> None:
    rules = ask(
        shell,
        several.config.database,
        "SELECT source, change_decimals, pct_decimals, rule_origin FROM sources ORDER BY 1",
    )
    assert [(r["source"], r["pct_decimals"], r["rule_origin"]) for r in rules] == [
        ("bourse", None, "inferred"), ("site", 2, "undecided"), ("valley", 2, "undecided"),
    ]  # fmt: skip
    said = several.run("audit", "--source", "bourse")
    assert "bourse: absolute change rounded to its printed decimals (inferred)" in said.stdout
    assert value(shell, several.config.database, "SELECT count(*) FROM problems") == 0
    assert value(shell, several.config.database, "SELECT count(DISTINCT source) FROM latest") == 3


def test_a_configured_rule_for_absolute_changes_is_in_force(shell: Shell, project: Project) -> None:
    project.configure(BOURSE + "rounding = { change_decimals = 2 }\n")
    for date in ("2025-12-03", "2025-12-04"):
        project.page(f"bourse-{date}.html", (LAYOUTS / f"bourse-{date}.html").read_bytes())
    assert project.run("ingest").returncode == 0
    rows = ask(
        shell, project.config.database,
        "SELECT pair, verdict FROM deltas WHERE page_date = '2025-12-04' AND pair IN ('RUB/KZT', 'USD/KZT') ORDER BY 1",
    )  # fmt: skip
    assert rows == [
        {"pair": "RUB/KZT", "verdict": "breaks the rule"},  # 0.0198 is no change of whole hundredths
        {"pair": "USD/KZT", "verdict": "agrees"},
    ]


def test_a_missing_pair_and_one_that_is_not_expected_are_problem_rows(shell: Shell, project: Project) -> None:
    project.configure(BOURSE.replace('"USD/UZS"]', '"GBP/KZT"]'))
    page = project.page("bourse-2025-12-03.html", (LAYOUTS / "bourse-2025-12-03.html").read_bytes())
    assert project.run("ingest").returncode == 0
    rows = ask(shell, project.config.database, "SELECT problem, pair, location FROM problems ORDER BY ALL")
    assert rows == [
        {"problem": "missing pair", "pair": "GBP/KZT", "location": f"pages/{page.name}"},
        {"problem": "unexpected pair", "pair": "USD/UZS", "location": f"pages/{page.name}"},
    ]
    project.configure(BOURSE)  # what is expected is a setting: no page needs to be read again
    assert project.run("ingest").returncode == 0
    assert ask(shell, project.config.database, "FROM problems") == []


def test_figures_in_prose_scripts_and_footers_of_a_market_page_are_not_its_quotes(several: Project) -> None:
    text = (LAYOUTS / "bourse-2025-12-05.html").read_text("utf-8")
    for bait in ("512,40", "499.99", "16.12.2025", "01.12.2025"):
        assert bait in text
    reading = read_layout(several, "bourse", dt.date(2025, 12, 5))
    assert not {"512.40", "499.99"} & {quote.rate_text for quote in reading.quotes}
    changed = text.replace("По состоянию на 05.12.2025, 15:30", "")
    source = several.config.source_of("pages/bourse-x")
    assert source
    assert read_html(changed.encode(), source.grammar).page_date is None


def test_the_usual_ticker_is_read_with_a_decimal_comma_and_absolute_changes_too(project: Project) -> None:
    project.configure('[[sources]]\nname = "site"\ndecimal = "comma"\nchange = "absolute"\n')
    entries = ["KGS/USD = 0,01144 -0,00002", "UZS/KZT = 1.234,5 ▲ 12,50", "TJS/USD = 0,10870 0,00", "EUR/USD = 1,1"]
    text = "\n".join([*(f"• {entry}" for entry in entries * 2), "12 December 2025", "", "More."])
    reading = read(Page("a.txt", text.encode()), project.config.settings.sources[0].grammar)
    assert [(q.pair, q.rate_text, q.reported_text) for q in reading.quotes] == [
        ("KGS/USD", "0.01144", "-0.00002"), ("UZS/KZT", "1234.5", "12.50"), ("TJS/USD", "0.10870", "0.00"),
        ("EUR/USD", "1.1", None),
    ]  # fmt: skip
    assert reading.page_date == dt.date(2025, 12, 12)
