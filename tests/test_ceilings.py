"""A page past a ceiling is a row with a word on it, and never one with fewer quotes in silence."""

from string import ascii_uppercase

import pytest

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.extract.text import ceilings
from fxtrack.extract.text.html import Parse
from fxtrack.extract.ticker.marquee import examine_ticker
from fxtrack.limits import (
    HTML_ATTRIBUTES,
    HTML_CLASS_CHARS,
    HTML_TAG_WORDS,
    PAGE_NOTES,
    PAGE_PAIRS,
    PAIR_VALUES,
    PATTERN_ENTRY_CHARS,
    PATTERN_LONGEST_CHARS,
    PATTERN_MATCHES,
    PATTERN_WINDOW_CHARS,
    PROBE_CANDIDATES,
    REFUSED_RUNS,
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
    assert (found.outcome, found.detail) == (Outcome.UNREADABLE, "an HTML element with more than 256 attributes")


@pytest.mark.parametrize("over", [0, 1])
def test_behind_so_many_lists_that_are_no_ticker_the_page_is_not_read_and_says_so(over: int) -> None:
    lists = "It is so today.\n" + "KGS/USD = 1.5 0%\nno\n" * (REFUSED_RUNS - 1 + over)
    found = reading(lists + "KGS/USD = 0.01144 0%\n" + OTHERS + "words\n")
    said = "more than 2,000 lists, or 20,000 entries, that are no ticker: the page is not read further"
    assert (found.outcome, (found.detail or "").endswith(said)) == (Outcome.NO_TICKER, bool(over))


@pytest.mark.parametrize("over", [0, 1])
def test_behind_so_many_entries_that_are_no_ticker_the_page_is_not_read_and_says_so(over: int) -> None:
    first = "".join(f"KGS/USD = x{n}\n" for n in range(TICKER_ENTRIES + over)) + "no\n"
    found = reading(first + "It is so today.\n" + ("KGS/USD = 0.01144 0%\n" + OTHERS) * 2 + "words\n")
    assert (found.outcome is Outcome.OK) != bool(over)
    assert ("the page is not read further" in (found.detail or "")) == bool(over)


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("attribute", ["class", "style"])
def test_a_page_with_a_longer_class_or_style_than_the_ceiling_is_unreadable(attribute: str, over: int) -> None:
    value = "a" * (HTML_CLASS_CHARS + over)
    found = reading(f"<html><body><p {attribute}='{value}'>KGS/USD = 0.01144 0%\n{OTHERS}</p>", "text/html")
    assert (found.outcome is Outcome.UNREADABLE) == bool(over)
    assert found.detail == ("an HTML element whose class and style have more than 16,384 characters" if over else None)


@pytest.mark.parametrize("over", [0, 1])
def test_a_tag_with_more_words_than_the_parser_may_get_is_unreadable(over: int) -> None:
    words = " ".join(["aa"] * (HTML_TAG_WORDS + over))  # one attribute, however often
    found = reading(f"<html><body><p {words}>KGS/USD = 0.01144 0%\n{OTHERS}</p>", "text/html")
    assert (found.outcome is Outcome.UNREADABLE) == bool(over)
    assert found.detail == ("an HTML element with more than 256 attributes" if over else None)


@pytest.mark.parametrize("over", [0, 1])
def test_a_page_with_more_text_or_pictures_than_the_ceiling_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    for inner, name, what in (
        ("1<br>", "HTML_TOKENS", "pieces of text"),
        ("<img>", "HTML_PIECES", "pictures, or texts with a direction or a time"),
    ):
        page = "<html>AAA/BBB " + inner * 50
        with Parse() as parse:
            parse.feed(page)
            parse.close()
            kept = {"HTML_TOKENS": len(parse.events.tokens), "HTML_PIECES": len(parse.events.pieces)}
        assert kept[name] >= 50
        with monkeypatch.context() as patch:
            patch.setattr(ceilings, name, kept[name])
            found = reading(page + inner * over, "text/html")
        assert (found.outcome is Outcome.UNREADABLE) == bool(over), inner
        assert (what in (found.detail or "")) == bool(over), found


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


@pytest.mark.parametrize("before", [0, PATTERN_WINDOW_CHARS - 1_500, PATTERN_WINDOW_CHARS, 3 * PATTERN_WINDOW_CHARS])
@pytest.mark.parametrize("chars", [
    PATTERN_ENTRY_CHARS + 1, 2_000, PATTERN_WINDOW_CHARS, PATTERN_WINDOW_CHARS + 1, PATTERN_LONGEST_CHARS,
])  # fmt: skip
def test_an_entry_longer_than_what_a_pattern_sees_at_once_is_told(chars: int, before: int) -> None:
    gap = "x" * (chars - len("KGS/USD1.5"))
    behind = "y " * PATTERN_WINDOW_CHARS
    text = f"{'y ' * (before // 2)}\nGBP/USD 1.25\nKGS/USD{gap}1.5\nEUR/USD 1.5\n{behind}\nTJS/USD 0.1\n"
    found = examine_ticker(text, Grammar(pattern=PATTERN, min_pairs=1))
    told = f"left out: {'KGS/USD' + 'x' * 53!r}, an entry of more than 1,024 characters"
    assert told in (found.reading.detail or "")
    read_too = {item.pair for candidate in found.candidates for item in candidate.span.items}
    assert {"GBP/USD", "KGS/USD"} & read_too == {"GBP/USD"}
