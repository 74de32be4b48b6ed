"""`fxtrack probe`: how a page is understood, and an entry that makes an unknown one readable."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from conftest import BLOCK, Project, page_text
from promises import ask
from test_sources import BOURSE_SHOWS, LAYOUTS, VALLEY_SHOWS

from fxtrack.extract.ticker.marquee import examine
from fxtrack.probe.suggest import suggest

InProcess = Callable[..., tuple[int, str, str]]
Shell = Callable[..., CompletedProcess[str]]
SITE = '[[sources]]\nname = "site"\n'


def probed(in_process: InProcess, page: Path, *options: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = in_process("probe", str(page), "--json", *options)
    record: dict[str, Any] = json.loads(out)
    return code, record


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
    assert {"pair": "KGS/USD", "rate": "0.01199", "reported": "0%", "sign": 0} in record["quotes"]
    assert {"pair": "KGS/USD", "rate": "0.01144", "reported": "0%", "sign": 0} in record["quotes"]


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
    return entry, examine(text, convert(entry, Source).grammar).reading


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
        ("it's USD-KZT: 1,234.5 (▲ 0.5%) EUR-KZT: 1,334.5 (▼ 0.5%)",
         [("USD/KZT", "1234.5", "0.5%"), ("EUR/KZT", "1334.5", "-0.5%")], None),
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
