"""A page with two tickers that contradict each other is a conflict with both; one that repeats its ticker is not."""

import pytest
from conftest import Project

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading

NEW = (("KGS/USD", "0.01144", "0%"), ("KZT/USD", "0.00192", "-0%"), ("TJS/USD", "0.10866", "0.18%"),
       ("UZS/USD", "0.00008", "0%"))  # fmt: skip
OLD = tuple((pair, "0.10766" if pair == "TJS/USD" else rate, report) for pair, rate, report in NEW)
PROSE = "<p>The som rose against the dollar, as KGS/USD shows.</p>\n" * 80


def marquee(block: tuple[tuple[str, str, str], ...], repeats: int, attributes: str = "") -> str:
    entries = "".join(f"<span>• {pair} = {rate} {report}</span> " for pair, rate, report in block)
    return f"<div {attributes}>{entries * repeats}</div>\n"


def of_page(*parts: str) -> Reading:
    body = "".join(parts).encode()
    return read(Page("a.html", b"<!doctype html><html><body>" + body, media_type="text/html"), Grammar())


def shown(reading: Reading) -> set[str]:
    return {str(variant.quote) for variant in reading.variants}


@pytest.mark.parametrize("prose", ["", PROSE], ids=["near", "far"])
@pytest.mark.parametrize("repeats", [(8, 8), (8, 2), (2, 8), (2, 2)])
@pytest.mark.parametrize("markup", [("", ""), ("TJS/USD", "TJS/<b>USD</b>"), ("TJS/USD", "TJS&shy;/USD"),
                                    ("TJS/USD =", "TJS/USD <i>=</i>"), ("TJS/USD =", "TJS/USD&nbsp;=")])  # fmt: skip
def test_two_tickers_that_disagree_are_a_conflict_with_both(
    prose: str, repeats: tuple[int, int], markup: tuple[str, str]
) -> None:
    second = marquee(OLD, repeats[1], "class=wide").replace(*markup) if markup[0] else marquee(OLD, repeats[1])
    reading = of_page(marquee(NEW, repeats[0]), "<p>12 December 2025</p>", prose, second)
    assert reading.outcome is Outcome.CONFLICT
    assert reading.quotes == ()
    assert {"TJS/USD = 0.10866 0.18%", "TJS/USD = 0.10766 0.18%"} <= shown(reading)
    assert "another ticker on the page has other values: TJS/USD = 0.10766 0.18%" in (reading.detail or "")


SAME = (
    NEW,
    tuple((pair, rate, "") for pair, rate, _ in NEW),
    tuple((pair, "0.109" if pair == "TJS/USD" else rate, report) for pair, rate, report in NEW),
    (
        ("EUR/USD", "1.16", "0.1%"),
        ("GBP/USD", "1.31", "0.1%"),
        ("CHF/USD", "1.24", "0.1%"),
        ("JPY/USD", "0.0064", "0%"),
    ),
)


@pytest.mark.parametrize("second", SAME, ids=["equal", "without reports", "rounded", "other pairs"])
@pytest.mark.parametrize("repeats", [1, 2, 8])
def test_a_second_ticker_that_agrees_is_no_conflict(second: tuple[tuple[str, str, str], ...], repeats: int) -> None:
    reading = of_page(marquee(NEW, 8), "<p>12 December 2025</p>", PROSE, marquee(second, repeats))
    assert (reading.outcome, reading.detail) == (Outcome.OK, None)
    assert [str(quote) for quote in reading.quotes] == [f"{pair} = {rate} {report}" for pair, rate, report in NEW]


def test_a_list_in_an_article_that_disagrees_is_named() -> None:
    reading = of_page(marquee(NEW, 8), "<p>12 December 2025</p>", PROSE, marquee(OLD, 1))
    assert reading.outcome is Outcome.OK
    assert reading.detail == "a list behind prose has other values, left out: TJS/USD = 0.10766 0.18%"


def test_two_tickers_of_a_text_disagree() -> None:
    blocks = ["".join(f"• {pair} = {rate} {report}\n" for pair, rate, report in block) * 2 for block in (NEW, OLD)]
    reading = read_ticker(blocks[0] + "\n12 December 2025\n\nA headline\nabout this\nand that\n\n" + blocks[1])
    assert reading.outcome is Outcome.CONFLICT
    assert len(shown(reading)) == len(NEW) + 1


def test_problems_show_both_values(project: Project) -> None:
    ticker = marquee(NEW, 8) + "<p>12 December 2025</p>"
    project.page("two.html", "<!doctype html><html><body>" + ticker + PROSE + marquee(OLD, 8))
    assert project.run("ingest").returncode == 0
    wanted = "SELECT detail FROM problems WHERE problem = 'conflict' AND pair = 'TJS/USD'"
    rows = project.run("sql", wanted, "--csv").stdout
    assert "TJS/USD = 0.10866 0.18% in 8 of 8 repeats" in rows
    assert "TJS/USD = 0.10766 0.18% in 8 of 8 repeats" in rows
