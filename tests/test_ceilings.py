"""A page past a ceiling is a row with a word on it, and never one with fewer quotes in silence."""

from string import ascii_uppercase

import pytest

from fxtrack.extract.page import read
from fxtrack.extract.ticker.grammar import Grammar
from fxtrack.extract.ticker.marquee import examine_ticker
from fxtrack.limits import (
    HTML_ATTRIBUTES,
    PAGE_NOTES,
    PAGE_PAIRS,
    PAIR_VALUES,
    PATTERN_ENTRY_CHARS,
    PATTERN_MATCHES,
    PROBE_CANDIDATES,
    TICKER_ENTRIES,
)
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading

OTHERS = "KZT/USD = 0.00192 -0%\nTJS/USD = 0.10879 0.28%\nUZS/USD = 0.00008 0%\n"


def reading(text: str, media_type: str = "text/plain") -> Reading:
    return read(Page("a", text.encode(), media_type=media_type), Grammar())


def pair(number: int) -> str:
    first, second, third = number // 676 % 26, number // 26 % 26, number % 26
    return f"{ascii_uppercase[first]}{ascii_uppercase[second]}{ascii_uppercase[third]}/USD"


@pytest.mark.parametrize("over", [0, 1])
def test_a_page_with_more_pairs_than_the_ceiling_is_a_conflict(over: int) -> None:
    found = reading("".join(f"{pair(n)} = 1.5 0%\n" for n in range(PAGE_PAIRS + over)) + "words\n")
    if not over:
        assert (found.outcome, len(found.quotes), found.detail) == (Outcome.OK, PAGE_PAIRS, None)
        return
    assert (found.outcome, found.quotes, len(found.variants)) == (Outcome.CONFLICT, (), PAGE_PAIRS)
    assert found.detail == "2,001 pairs, more than the 2,000 of a page, so no quote is stored"


@pytest.mark.parametrize("over", [0, 1])
def test_of_a_pair_with_more_values_than_the_ceiling_the_first_are_kept_and_all_counted(over: int) -> None:
    block = [f"KGS/USD = 0.{10_000 + n} 0%\n{OTHERS}" for n in range(PAIR_VALUES + over)]
    found = reading("".join(block) + "08 December 2025\nwords\n")
    assert found.outcome is Outcome.CONFLICT
    assert sum(variant.quote.pair == "KGS/USD" for variant in found.variants) == PAIR_VALUES
    assert found.detail == ("KGS/USD has 101 values, of which the first 100 are kept" if over else None)


@pytest.mark.parametrize("over", [0, 1])
def test_a_ticker_with_more_entries_than_the_ceiling_is_a_conflict_that_says_so(over: int) -> None:
    found = reading("".join(f"{pair(n % 4)} = 1.{n} 0%\n" for n in range(TICKER_ENTRIES + over)) + "words\n")
    assert found.outcome is Outcome.CONFLICT
    said = "more than 20,000 entries in the ticker, so no quote is stored"
    assert (found.detail or "").startswith(said) == bool(over)


@pytest.mark.parametrize("over", [0, 1])
def test_entries_that_are_no_quotes_are_named_up_to_the_ceiling_and_then_counted(over: int) -> None:
    found = reading("".join(f"{pair(n)} = none{n}\n" for n in range(PAGE_NOTES + over)) + "words\n")
    assert (found.detail or "").count("not a quote, left out: ") == PAGE_NOTES
    assert (found.detail or "").endswith("not quotes, left out: 1 more") == bool(over)


@pytest.mark.parametrize("over", [0, 1])
def test_a_page_with_more_attributes_on_an_element_than_the_ceiling_is_unreadable(over: int) -> None:
    attributes = " ".join(f"a{n}" for n in range(HTML_ATTRIBUTES + over))
    found = reading(f"<html><body><p {attributes}>KGS/USD = 0.01144 0%\n{OTHERS}</p>", "text/html")
    if not over:
        assert found.outcome is not Outcome.UNREADABLE
        return
    assert (found.outcome, found.detail) == (Outcome.UNREADABLE, "an HTML element with more than 1,000 attributes")


def test_every_refused_run_keeps_its_first_entry_for_probe() -> None:
    found = examine_ticker("It is so today.\n" + "KGS/USD = 1.5 0%\nno\n" * (PROBE_CANDIDATES + 2))
    assert len(found.candidates) == PROBE_CANDIDATES + 2
    assert {candidate.span.items[0].raw for candidate in found.candidates} == {"KGS/USD = 1.5 0%"}


PATTERN = r"(?P<pair>[A-Z]{3}/[A-Z]{3})[^0-9]+(?P<rate>[0-9.]+)"


@pytest.mark.parametrize("over", [0, 1, 20])
def test_a_pattern_that_matches_more_than_the_ceiling_is_told_with_the_first_entry_left_out(over: int) -> None:
    text = "".join(f"{pair(n)} 1.5\n" for n in range(PATTERN_MATCHES + over))
    found = read(Page("a", text.encode(), media_type="text/plain"), Grammar(pattern=PATTERN))
    assert (found.outcome, len(found.quotes)) == (Outcome.OK, PATTERN_MATCHES)
    said = f"left out: '{pair(PATTERN_MATCHES)} 1.5', and all entries behind it: a pattern matches 2,000 on a page"
    assert found.detail == (said if over else None)


@pytest.mark.parametrize("others", ["", "GBP/USD 1.25\nEUR/USD 1.5\n"])
@pytest.mark.parametrize("over", [0, 1])
def test_an_entry_longer_than_the_ceiling_is_told(over: int, others: str) -> None:
    gap = "x" * (PATTERN_ENTRY_CHARS - len("KGS/USD1.5") + over)
    found = read(Page("a", f"{others}KGS/USD{gap}1.5\n".encode()), Grammar(pattern=PATTERN, min_pairs=1))
    assert len(found.quotes) == others.count("/") + (not over)
    assert ("an entry of more than 1,024 characters" in (found.detail or "")) == bool(over)
