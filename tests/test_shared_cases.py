"""Inputs that failed once are read right, or what is not read is named. The values are those of each `expected.txt`."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED_PAGES, InProcess, Project, Shell
from promises import ask

CASES = SHARED_PAGES.parent / "cases"

# file: (page date, quotes: pair or currency, rate, "/" and the units where they are not 1, report)
PROBED = {
    "acronym-heading/rates.txt": ("2026-01-16", "THB 0.1157, USD 3.6346, EUR 4.2192, CHF 4.5302"),
    "acronym-heading/ecb.txt": ("2010-09-10", "USD 1.2725, JPY 106.84, PLN 3.9338, SEK 9.2019"),
    "acronym-heading/usa.html": ("2003-10-24", "AUD 2.7483, DKK 0.6230, USD 3.9168, SEK 0.5114, JPY 3.5879/100"),
    "buy-sell/board.html": ("2003-10-24", "AUD 2.7483, DKK 0.6230, EUR 4.6296, USD 3.9168"),
    "change-and-percent/list.txt": (
        None, "GBP/EUR 1.1652 -0.26%, GBP/USD 1.2546 0.11%, EUR/USD 1.0767 0.38%, USD/JPY 154.61 -0.13%"
    ),
    "cross-table/rates.txt": (
        "2025-11-26", "CNY/EGP 6.7392 -0.13%, CNY/AUD 0.2177 -0.26%, CNY/BRL 0.7597 0.00%, CNY/DKK 0.9111 -0.01%"
    ),
    "date-lines/rates.html": ("2026-01-15", "USD 78.5270, EUR 91.4930, KGS 0.8980, KZT 0.1537"),
    "date-per-row/rates.txt": (
        "2025-11-26", "EUR/USD 1.1579 0.05%, GBP/USD 1.3155 -0.13%, USD/JPY 156.4960 0.09%, USD/CHF 0.8064 -0.26%"
    ),
    "glued/rates.txt": ("2026-01-16", "THB 0.1157, USD 3.6346, EUR 4.2192, HUF 0.010932, CHF 4.5302"),
    "glued/rates2.txt": ("2019-10-22", "USD 1.1130, JPY 120.87, BGN 1.9558, CZK 25.570"),
    "image-arrow/page.html": (
        "2025-12-05", "USD/KGS 87.4500 -0.12%, EUR/KGS 101.9020 0.35%, RUB/KGS 1.1320 -1.07%, KZT/KGS 0.1729 0.02%"
    ),
    "nbsp-before-percent/widget.html": (
        None,
        ("GBP/USD 1.3191 -1.07%, EUR/USD 1.1159 -0.11%, USD/JPY 109.59 0.05%, USD/CAD 1.3172 0.18%, "
        "AUD/USD 0.67064 -0.08%"),
    ),
    "per-hundred/rates.txt": (
        "2025-12-05", "AUD/KZT 286.59, AMD/KZT 11.38/10, USD/KZT 444.32, IRR/KZT 10.6/1000, UZS/KZT 3.5/100"
    ),
    "percent-column/rates.txt": (
        "2025-11-26", "EUR/USD 1.1579 0.05%, GBP/USD 1.3155 -0.13%, USD/JPY 156.4960 0.09%, USD/CHF 0.8064 -0.26%"
    ),
    "prose-number/ticker.txt": (None, "EUR/USD 1.065, USD/JPY 154.410, GBP/USD 1.244, AUD/USD 0.642"),
    "russian-date/rates.html": ("2025-12-05", "USD 87.4500, EUR 101.9020, RUB 1.1320, KZT 0.1729"),
    "slash-with-spaces/rates.txt": ("2024-04-24", "AUD/KZT 286.59, BYN/KZT 136.04, USD/KZT 444.32, EUR/KZT 473.33"),
    "space-thousands/rates.html": (
        "2025-12-05", "USD 11932.54 12.03, EUR 13917.92 -33.10, RUB 155.61 0.88, GBP 15912.00 21.50"
    ),
    "space-thousands/pairs.txt": (
        None,
        ("USD/ARS 1331.0000, USD/IDR 16355.0000, USD/KRW 1384.4900, USD/COP 4049.5000, USD/VND 26200.0000, "
        "EUR/USD 1.1659"),
    ),
    "unit-column/rates-2026-01-15.html": (
        "2026-01-15",
        "AUD 52.6147, AMD 20.6507/100, USD 78.5270, EUR 91.4930, KZT 15.3740/100, KGS 89.7971/10, UZS 65.3400/10000",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def cases() -> Path:
    if not CASES.is_dir():
        pytest.skip("the shared cases are not on this machine")
    return CASES


def shown(quote: dict[str, Any]) -> str:
    """Write a quote as in the table above: without plus, and without a currency that the page does not name."""
    unit = "" if quote["unit"] == 1 else f"/{quote['unit']}"
    report = " " + quote["reported"].removeprefix("+") if quote["reported"] else ""
    return f"{quote['pair'].removesuffix('/XXX').removeprefix('XXX/')} {quote['rate']}{unit}{report}"


@pytest.mark.parametrize("file", PROBED)
def test_a_probe_reads_what_the_page_shows(cases: Path, project: Project, in_process: InProcess, file: str) -> None:
    date, quotes = PROBED[file]
    project.configure("")
    record = json.loads(in_process("probe", str(cases / file), "--json")[1])
    read = record["suggested"] or record
    assert read["page_date"] == date
    assert sorted(map(shown, read["quotes"])) == sorted(quotes.split(", "))


def test_an_entry_that_is_suggested_dates_the_page_of_the_next_day(
    cases: Path, project: Project, in_process: InProcess
) -> None:
    for day in (1, 2):
        shutil.copy(cases / "date-pattern-figures" / f"day{day}.txt", project.root / "pages")
    project.configure("")
    record = json.loads(in_process("probe", str(project.root / "pages" / "day1.txt"), "--json")[1])
    project.configure(record["suggestion"].replace("XXX", "TJS"))
    for day in (1, 2):
        found = json.loads(in_process("probe", str(project.root / "pages" / f"day{day}.txt"), "--json")[1])
        assert (found["outcome"], found["page_date"]) == ("ok", f"2025-11-{25 + day}")


def test_rows_between_entries_are_named_and_cost_no_quote(cases: Path, in_process: InProcess) -> None:
    record = json.loads(in_process("probe", str(cases / "broken-run" / "page.html"), "--json")[1])
    assert sorted(map(shown, record["quotes"])) == ["EUR/USD 1.1468 -0.37%", "GBP/USD 1.3412 -0.20%"]
    assert all(name in record["detail"] for name in ("DXY", "USD/JPY", "BTC/USD", "ETH/USD"))


def ingested(
    cases: Path, name: str, project: Project, in_process: InProcess, shell: Shell
) -> dict[str, dict[str, Any]]:
    """Ingest the pages of a case, and return for each its date, detail and quotes."""
    shutil.copytree(cases / name / "pages", project.root / "pages", dirs_exist_ok=True)
    project.configure((cases / name / "config.toml").read_text("utf-8"))
    assert in_process("ingest")[0] == 0
    rows = ask(
        shell, project.config.database,
        "SELECT c.location, c.page_date::VARCHAR AS date, c.date_basis, coalesce(c.detail, '') AS detail, q.pair, "
        "q.rate::VARCHAR AS rate, q.reported_text AS report, q.reported_pct::VARCHAR AS pct "
        "FROM captures c LEFT JOIN quotes q ON q.snapshot_id = c.snapshot_id",
    )  # fmt: skip
    pages: dict[str, dict[str, Any]] = {}
    for row in rows:
        page = pages.setdefault(Path(row["location"]).name, row | {"quotes": {}})
        if row["pair"]:
            page["quotes"][row["pair"]] = row
    assert pages
    return pages


@pytest.mark.parametrize("name", ["half-number", "half-number-comma"])
def test_no_rate_is_half_a_number(
    cases: Path, project: Project, in_process: InProcess, shell: Shell, name: str
) -> None:
    for file, page in ingested(cases, name, project, in_process, shell).items():
        assert page["date"], file
        whole = {"EUR/KZT": {"12345", "13845", "545"}, "USD/KZT": {"12345", "13845", "545"}}
        read = 0
        for pair, quote in page["quotes"].items():
            if pair in whole and Decimal(quote["rate"]) >= 1:
                assert f"{Decimal(quote['rate']).normalize():f}" in whole[pair], (file, quote)
                read += 1
        assert read or "left out" in page["detail"], file


def test_a_sign_behind_a_report_is_its_sign_or_leaves_it_out(
    cases: Path, project: Project, in_process: InProcess, shell: Shell
) -> None:
    (page,) = ingested(cases, "sign-behind", project, in_process, shell).values()
    for pair, size in {"KGS/USD": "0.5", "KZT/USD": "0.1", "TJS/USD": "0.28"}.items():
        quote = page["quotes"].get(pair)
        if quote and quote["pct"]:
            assert Decimal(quote["pct"]) == -Decimal(size), pair
        else:
            assert size in page["detail"], pair
    assert Decimal(page["quotes"]["TMT/USD"]["pct"]) == Decimal("0.3")


def test_struck_out_figures_and_dates_are_not_read(
    cases: Path, project: Project, in_process: InProcess, shell: Shell
) -> None:
    for file, page in ingested(cases, "struck-out", project, in_process, shell).items():
        quote = page["quotes"].get("EUR/KZT")
        if quote:
            assert Decimal(quote["rate"]) in {Decimal("546.5"), Decimal("547.5")}, file
        assert quote or "left out" in page["detail"] or file == "date.html", file
        assert page["date"] != "2025-12-07", file


def test_an_entry_that_is_not_understood_costs_no_other_quote(
    cases: Path, project: Project, in_process: InProcess, shell: Shell
) -> None:
    for file, page in ingested(cases, "ticker-cut-short", project, in_process, shell).items():
        assert page["date"], file
        assert len(page["quotes"]) >= 7, file
        assert len(page["quotes"]) == 8 or page["detail"], file


def test_a_date_line_that_is_not_understood_is_never_the_date_of_the_capture_in_silence(
    cases: Path, project: Project, in_process: InProcess, shell: Shell
) -> None:
    for file, page in ingested(cases, "date-line-not-understood", project, in_process, shell).items():
        if page["date"] and page["date"].endswith("08"):
            assert page["date_basis"] == "page", file
        else:
            assert page["detail"], file
            assert page["date"] is None, file
