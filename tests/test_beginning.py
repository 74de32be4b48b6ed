"""Skipped parts of a page do not change its reading: against the whole page, on sound pages and on broken ones."""

import random

import pytest
from conftest import BLOCK, page_text
from markups import MARKUPS, block_page, document

from fxtrack.errors import PageError
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.html_prefix import read_beginning
from fxtrack.extract.page import read, read_markup
from fxtrack.extract.text.html import Parse, visible_text
from fxtrack.extract.ticker.entries import Span, read_entry_run
from fxtrack.extract.ticker.marquee import examine_ticker
from fxtrack.limits import HTML_DEPTH
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading

Seen = tuple[Reading, tuple[str, ...]] | str | None

PIECES = [
    "<div>", "</div>", "<span>", "</span>", "<p>", "</p>", "<li>", "<ul>", "</ul>", "<table>", "<tr>", "<td>",
    "</td>", "</tr>", "</table>", "<br>", "<b>", "</b>", "<!--", "-->", "<i class=down>", "</i>",
    "<span class=up>", "<div hidden>", "<div style='display:none'>", "<div aria-hidden=true>", "<script>",
    "</script>", "KGS/USD = 0.01144 0%", "KGS/USD", "/", "KGS/USD = 0.01144 -2%", "12 December 2025",
    "A sentence that ends here is prose.", "<article>", "</article>", "<pre>", "</pre>", "&nbsp;", "&sol;",
    "<time>", "</time>", "<svg class=down></svg>", "▼", "<dt>", "<dd>", "<select>", "</select>", "</body>",
    "<form>", "</form>", "<a href='x'>", "</a>", "<h1>x</h1>", "<p>text of a line</p>", "<", "&", '"',
    "EUR/USD = 1.16 0.1%", "\n",
]  # fmt: skip
LINES = (
    "A headline", "text of a line", "Some prose that ends. And another sentence.", "KGS/USD is mentioned", "Tags",
    "KGS/USD = 0.01 -2% here it was.", "12 May 2020",
)  # fmt: skip
GRAMMARS = (
    Grammar(), Grammar(), Grammar(), Grammar(min_pairs=2), Grammar(date_position="before"), Grammar(date_lines=3),
    Grammar(decimal="comma"), Grammar(absolute=True),
)  # fmt: skip


def whole(markup: str, grammar: Grammar) -> Seen:
    try:
        return said(*read_markup(markup, grammar))
    except PageError as error:
        return str(error)


def shortly(markup: str, grammar: Grammar) -> Seen:
    try:
        found = read_beginning(markup, grammar)
    except PageError as error:
        return str(error)
    return said(*found) if found else None


def said(reading: Reading, notes: tuple[str, ...]) -> Seen:
    return reading, notes if reading.quotes or reading.variants else ()


def some_page(chance: random.Random) -> str:
    """Return a page in one of the markups, more or less broken, also in each of its repeats."""
    block = [(p, r, c if chance.random() < 0.9 else None) for p, r, c in BLOCK][: chance.choice([1, 2, 4, 5, 5, 5])]
    entries = block * chance.choice([1, 2, 3, 4, 8, 8, 8, 12])
    if chance.random() < 0.2:
        odd = chance.randrange(len(entries))
        entries[odd] = (entries[odd][0], entries[odd][1] + "1", entries[odd][2])
    rest = [chance.choice(LINES) for _ in range(chance.choice([0, 1, 3, 8, 30, 80]))]
    date = chance.choice(["12 December 2025", "12 December 2025", None])
    page = document(MARKUPS[chance.choice(list(MARKUPS))](list(entries)), date, rest)
    for _ in range(chance.choice([0, 0, 1, 2, 4, 10])):
        at, piece = chance.randrange(len(page)), chance.choice(PIECES)
        how = chance.choice(["insert", "insert", "delete", "everywhere"])
        if how == "insert":
            page = page[:at] + piece + page[at:]
        elif how == "delete":
            page = page[:at] + page[at + chance.randrange(1, 12) :]
        else:
            rate = chance.choice(block)[1]
            page = page.replace(rate, chance.choice([rate + piece, piece + rate]))
    return page[: chance.randrange(len(page))] if chance.random() < 0.1 else page


@pytest.mark.parametrize("seed", range(8))
def test_the_beginning_of_a_page_says_what_the_whole_page_says(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- the same pages in every run
    decided = 0
    for _ in range(250):
        page, grammar = some_page(chance), chance.choice(GRAMMARS)
        found = shortly(page, grammar)
        if found is not None:
            assert found == whole(page, grammar), page
            decided += 1
    assert decided > 100, "the short way was hardly ever taken"


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much markup is parsed, bit by bit."""
    fed: list[int] = []
    feed = Parse.feed

    def counted(self: Parse, part: str) -> None:
        fed.append(len(part))
        feed(self, part)

    monkeypatch.setattr(Parse, "feed", counted)
    return fed


@pytest.mark.parametrize("markup", MARKUPS)
def test_a_sound_page_needs_no_more_than_its_beginning(markup: str, fed: list[int]) -> None:
    article = "".join(f"<p>Line {n} of a long article about nothing at all.</p>\n" for n in range(400))
    page = block_page(markup).replace("</article>", article + "</article>")
    found = read_beginning(page, Grammar())
    spared = sum(fed)
    assert (said(*found) if found else None) in {whole(page, Grammar()), None}
    # a stroke in disguise, copies that other repeats have to bear out, and a text that no element parts
    if markup in {"entities", "marquee", "pre"}:
        return
    assert found is not None
    assert found[0].repeats == 8
    assert spared < len(page) / 2


def test_a_pair_that_an_article_names_further_on_is_not_read_up_to(fed: list[int]) -> None:
    paragraphs = [f"<p>Line {n} of an article about nothing at all.</p>" for n in range(40)]
    plain, named = (block_page("list").replace("</article>", "".join(lines) + "</article>") for lines in (
        paragraphs, [*paragraphs[:20], "<p>KGS/USD = 0.02 9% was the rate.</p>", *paragraphs[20:]]
    ))  # fmt: skip
    found = read_beginning(named, Grammar())
    parsed = sum(fed)
    assert found
    assert found == read_beginning(plain, Grammar()) == whole(named, Grammar())
    assert parsed < named.index("<p>KGS")


def test_what_lies_behind_the_date_line_does_no_harm() -> None:
    page = block_page("list").replace("</article>", "<p>x</p>" * 9 + "<div>" * (HTML_DEPTH + 9) + "</article>")
    with pytest.raises(PageError):
        visible_text(page)
    reading = read(Page("a.html", page.encode(), media_type="text/html"), Grammar())
    assert (reading.outcome, reading.repeats, str(reading.page_date)) == (Outcome.OK, 8, "2025-12-12")


def test_a_page_nested_too_deep_before_its_ticker_is_still_unreadable() -> None:
    page = block_page("list").replace("<header>", "<div>" * (HTML_DEPTH + 9) + "<header>")
    reading = read(Page("a.html", page.encode(), media_type="text/html"), Grammar())
    assert reading.outcome is Outcome.UNREADABLE
    assert "nested deeper" in (reading.detail or "")


def test_repeats_that_leave_elements_open_are_all_parsed() -> None:
    """Each of them stands deeper than the one before, so none says what the next one does."""
    entries = "".join(f"<div>{p} = {r} {c}" for p, r, c in BLOCK)
    page = document(entries * 8, "12 December 2025", ["A headline"] * 9)
    assert read_beginning(page, Grammar()) is None
    assert read(Page("a.html", page.encode(), media_type="text/html"), Grammar()).repeats == 8


@pytest.mark.parametrize("seed", range(4))
def test_a_block_that_is_counted_is_read_as_one_that_is_taken_apart(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)  # noqa: S311 -- the same pages in every run
    texts = []
    for _ in range(300):
        block = BLOCK[: chance.choice([1, 2, 4, 5])]
        text = page_text(block, chance.choice(["12 December 2025", None]), chance.choice([1, 2, 3, 4, 8]))
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            at = chance.randrange(len(text))
            piece = chance.choice(["•", " ", "\n", "0", "%", "KGS/USD = N/A", "KGS/USD = 0.01144 0%", "x", "/", "."])
            text = text[:at] + piece + text[at + chance.choice([0, 0, 1, 3]) :]
        texts.append(text[: chance.randrange(1, len(text))] if chance.random() < 0.2 else text)
    short = [examine_ticker(text) for text in texts]
    assert sum(any(c.span.block for c in found.candidates) for found in short) > 50

    def spelled_out(span: Span, text: str) -> object:
        return read_entry_run(Span(span.start, span.entries, span.end), text)

    for module in ("marquee", "judgement"):
        monkeypatch.setattr(f"fxtrack.extract.ticker.{module}.read_entry_run", spelled_out)
    for text, found in zip(texts, short, strict=True):
        apart = examine_ticker(text)
        assert found.reading == apart.reading
        assert [c.run for c in found.candidates] == [c.run for c in apart.candidates]
        for candidate in found.candidates:
            entries = candidate.span.entries
            shown = text[candidate.span.start : candidate.span.end]
            position = 0
            for entry in entries:  # every entry that is counted stands there
                position = shown.index(entry.raw, position) + len(entry.raw)
            assert shown[position:].strip() == ""
