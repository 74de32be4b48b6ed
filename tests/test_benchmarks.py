"""The benchmarks run through at a tiny size, and everybody in a comparison finds the same. No time is asserted."""

import datetime as dt
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT

from benchmarks.machine import REQUIRED, default_python, facts, missing
from benchmarks.market import STATES_A_DAY, report, states
from benchmarks.measure import BenchmarkError, Contender, Measured, alternate
from benchmarks.pages import as_html, as_text, shown
from benchmarks.picture import draw
from benchmarks.report import Outcome, comparison_table
from benchmarks.report import report as report_page
from benchmarks.targets import judge


@pytest.fixture(scope="module")
def contenders() -> Path:
    """The Python of the contenders; without them or a program there is nothing to compare with."""
    if packages := missing(REQUIRED):
        pytest.skip(f"not installed: {', '.join(packages)}")
    if not default_python().exists():
        pytest.skip("the contenders are not installed beside this Python (`make test-slow` installs them)")
    return default_python()


@pytest.mark.slow
@pytest.mark.usefixtures("contenders")
@pytest.mark.parametrize("part", ["text", "archive", "again", "adding", "queries"])
def test_all_contenders_run_and_find_the_same(part: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "benchmarks", "--quick", "--pages", "100", "--days", "4", "--only", part,
            "--cache", tmp_path,
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| peak MB |" in done.stdout
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} <= {"corpus", "store"}


def test_a_contender_that_finds_something_else_ends_the_comparison() -> None:
    with pytest.raises(BenchmarkError, match="found 40, and not 41"):
        alternate([Contender("sums", ("echo", "40"), answer=lambda output, _: int(output), expected=41)], 1)
    with pytest.raises(BenchmarkError, match="exit code 3\nwhy"):
        alternate([Contender("fails", ("sh", "-c", "echo why >&2; exit 3"))], 1)


def test_memory_is_that_of_all_processes_together() -> None:
    child = "x = b'1' * 50_000_000; import time; time.sleep(0.5)"
    command = f'{sys.executable} -c "{child}" & {sys.executable} -c "{child}"; wait'
    (found,) = alternate([Contender("two", ("sh", "-c", command))], 1, warm_up=False).values()
    assert found.peak_bytes is not None
    assert found.largest_bytes is not None
    assert found.peak_bytes > 100_000_000
    assert 50_000_000 < found.largest_bytes < 100_000_000


def test_the_made_market_rounds_as_the_site_does() -> None:
    assert [report(10_866_000, base) for base in (10_866_000, 10_865_000, 10_876_000, 10_846_000)] == [
        "0%", "0%", "-0.09%", "0.18%",
    ]  # fmt: skip
    assert report(191_999, 192_000) == "-0%"
    days = list(states("seed", 30))
    assert len({(state.date, state.quotes) for state in days}) == 30 * STATES_A_DAY
    assert days == list(states("seed", 40))[: len(days)]


def test_a_made_page_says_the_same_as_text_and_as_html() -> None:
    ticker = list(states("seed", 2))
    for number in range(20):
        page = shown("seed", number, ticker[:2])
        text, html = as_text(page).decode(), as_html(page).decode()
        assert text.count(" = ") == html.count(" = ") == len(page.printed)
        assert 20_000 < len(text.encode()) < 26_000
        assert 20_000 < len(html.encode()) < 26_000
        assert page.block_sum in {Decimal(0), sum(Decimal(rate) for _, rate, _ in page.entries) / page.repeats}


def test_the_report_holds_every_target_against_what_was_measured(tmp_path: Path) -> None:
    def timed(**medians: float) -> dict[str, Measured]:
        return {name: Measured(name, [at, at, at], [at], 10**8, 10**8) for name, at in medians.items()}

    outcome = Outcome(
        {"text": "Text | pages", "archive": "An archive"},
        {
            "text": timed(**{
                "fxtrack ingest": 2.0, "ripgrep, counting": 0.5, "DuckDB read_text, stores nothing": 2.5,
                "BeautifulSoup, pandas, SQLite": 60.0,
            }),
            "archive": timed(**{"fxtrack ingest": 3.0, "FastWARC, bare iteration": 1.0}),
        },
        ["Something was left out."],
    )  # fmt: skip
    assert [judged.met for judged in judge(outcome.results)] == [True, False, True, False]
    page = report_page(outcome, [("memory", "1 GiB")], "## Notes", dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    assert "| .warc.gz: times bare FastWARC iteration | 3\u00d7 | at most 2\u00d7 | **no** |" in page
    assert "Something was left out." in page
    assert "3.000" in comparison_table(list(outcome.results["archive"].values()))
    draw(outcome.titles, outcome.results, tmp_path / "results.png")
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("rg"), reason="ripgrep is not installed")
def test_machine_and_versions_are_named(contenders: Path) -> None:
    named = dict(facts(contenders))
    assert named["ripgrep"].startswith("ripgrep ")
    assert "beautifulsoup4" in named["Python contenders"]
