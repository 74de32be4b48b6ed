"""The visible text of an HTML page, and a ticker in it that is read like that of a text capture."""

import datetime as dt
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import BLOCK
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markups import MARKUPS, block_page, document, parts, read_html

from fxtrack.errors import PageError
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import cannot_show_quotes, read
from fxtrack.extract.text.decode import decode
from fxtrack.extract.text.html import looks_like_html, visible_text
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.limits import HTML_DEPTH, HTML_ENTRY_CHARS
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading

PAIRS = ("KGS/USD", "KZT/USD", "TJS/USD", "UZS/USD")


def quotes(markup: str) -> list[str]:
    return [str(quote) for quote in read_html(markup).quotes]


def ticker(entry: str, more: str = "") -> str:
    """Return a page of four quotes with 0.011 and whatever stands for a percentage, and a date."""
    items = "".join(f"<li>{pair} = 0.011 {entry}</li>" for pair in PAIRS)
    return f"<html><ul>{items}{more}</ul><p>12 December 2025</p></html>"


@pytest.mark.parametrize("markup", MARKUPS)
def test_a_ticker_in_any_markup_is_read_as_a_person_reads_it(markup: str) -> None:
    found = read_html(block_page(markup))
    assert (found.outcome, found.detail, found.repeats) == (Outcome.OK, None, 8)
    assert [(q.pair, q.rate_text, q.reported_text) for q in found.quotes] == list(BLOCK)
    assert found.page_date == dt.date(2025, 12, 12)


@pytest.mark.parametrize("markup", MARKUPS)
def test_every_real_page_gives_the_same_snapshot_in_any_markup(shared_pages: Path, markup: str) -> None:
    files = sorted(shared_pages.rglob("*.txt"))
    assert len(files) == 167
    for file in files:
        text = decode(file.read_bytes()).text or ""
        entries, date, rest = parts(text)
        assert read_html(document(MARKUPS[markup](entries), date, rest)) == read_ticker(text), file.name


@pytest.mark.parametrize("markup", MARKUPS)
def test_the_text_of_a_page_saved_as_a_text_capture_gives_the_same_snapshot(markup: str) -> None:
    page = block_page(markup)
    assert read_ticker(visible_text(page).text) == read_html(page)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a <b>b</b>\n\t c<i>d</i>", "a b cd"),
        ("<p>a<p>b", "a\nb"),
        ("<div><div><p>a</p></div></div><div>b</div>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("x&nbsp;y &lt;b&gt; &#8722;1", "x\xa0y <b> \u22121"),
        ("<p>a</p><article><p>b</p></article>", "a\n\nb"),
        ("<div><time>6 June 2024</time></div><p>on <time>6 June</time> it</p>", "time: 6 June 2024\non 6 June it"),
        ("1<sup>2</sup>", "1 2"),
        ("a<sup> </sup><sup>b</sup> <td> c</td>", "a b\tc"), ("<pre>a\n\n\n b</pre>c", "a\n\nb\nc"),
        ("a<br> <b>\n</b><br>b<br>&nbsp;c", "a\n\nb\n\xa0c"), ("<p>a</p>&nbsp;<p>b</p>", "a\nb"),
        ("<table><td> <td>a <td> <td> b<td></table>", "a\tb"), ("<br><br>a<article></article><br>", "a"),
        ("<p>a <time>x</time></p><p> <time> y\n</time> </p><p>b</p>", "a x\ntime: y\nb"),
        ("", ""), ("   ", ""), ("plain & simple < text", "plain & simple < text"),
    ],
)  # fmt: skip
def test_the_text_of_markup_is_what_a_reader_sees_line_by_line(markup: str, text: str) -> None:
    assert visible_text(markup).text == text


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>{}</script>", "<style>{}</style>", "<template>{}</template>", "<noscript>{}</noscript>", "<!-- {} -->",
        "<p hidden>{}</p>", "<p style='color: red; DISPLAY : none'>{}</p>", "<p style='visibility:hidden'>{}</p>",
        "<svg><title>{}</title></svg>", "<textarea>{}</textarea>", "<select><option>{}</option></select>",
        "<div hidden><div><b>{}</b></div></div>", "<iframe>{}</iframe>", "<title>{}</title>", "<object>{}</object>",
        "<input value='{}'>", "<img alt='{}'>", "<a title='{}'></a>",
    ],
)  # fmt: skip
def test_what_nobody_sees_is_no_text(unseen: str) -> None:
    assert visible_text("<p>a</p>" + unseen.format("KGS/USD = 1 1%") + "<p>b</p>").text == "a\nb"


def test_a_copy_for_the_eye_only_counts_as_a_repeat_where_it_says_the_same() -> None:
    block = "".join(f"<li>{pair} = 0.011 1%</li>" for pair in PAIRS)
    stale = block.replace("0.011", "0.012")
    page = "<ul>{}</ul><ul aria-hidden='true'>{}</ul><p>12 December 2025</p>"
    assert read_html(page.format(block, block)).repeats == 2
    found = read_html(page.format(block, stale))
    assert (found.outcome, found.repeats, found.page_date) == (Outcome.OK, 1, dt.date(2025, 12, 12))
    assert read_html(f"<ul aria-hidden='true'>{block}</ul>").outcome is Outcome.OK


def test_two_visible_copies_that_disagree_are_a_conflict() -> None:
    block = "".join(f"<li>{pair} = 0.011 1%</li>" for pair in PAIRS)
    assert read_html(f"<ul>{block}{block.replace('0.011', '0.012')}</ul>").outcome is Outcome.CONFLICT


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("<p>12 December 2025</p>", dt.date(2025, 12, 12)),
        ("<div><div><span>12 <b>December</b> 2025</span></div></div>", dt.date(2025, 12, 12)),
        ("<time datetime='2025-12-12'>12 December 2025</time>", None),
        ("<meta property='article:published_time' content='2025-12-12'>", None),
        ("<article><p>12 December 2025</p></article>", None),
        ("<h1>Headline</h1><p>12 December 2025</p>", None),
        ("<p hidden>11 December 2025</p><p>12 December 2025</p>", dt.date(2025, 12, 12)),
        ("<time>11 December 2025</time><p>12 December 2025</p>", None),
    ],
)
def test_only_visible_text_beside_the_ticker_is_the_page_date(date: str, expected: dt.date | None) -> None:
    items = "".join(f"<li>{pair} = 0.011 1%</li>" for pair in PAIRS)
    found = read_html(f"<ul>{items}</ul>{date}")
    assert (found.outcome, found.page_date) == (Outcome.OK, expected)


@pytest.mark.parametrize(
    ("shown", "read_as"),
    [
        ("▼ 0.46%", "-0.46%"), ("▲0.46%", "0.46%"), ("0.46% ▼", "-0.46%"), ("▼ -0.46%", "-0.46%"), ("▲ +1%", "+1%"),
        ("▼ 0%", "-0%"), ("▲ 0%", "0%"), ("&darr; 0.46%", "-0.46%"),
        ("<i class='fa fa-caret-down'></i> 0.46%", "-0.46%"), ("0.46% <i class='fa fa-caret-down'></i>", "-0.46%"),
        ("<svg class='icon-arrow-up'></svg>0.46%", "0.46%"), ("<img class='arrowDown' src='x'> 0.46%", "-0.46%"),
        ("<span class='sr-only'>down</span> 0.46%", "-0.46%"),
        ("<b class='down'>0.46%</b>", "-0.46%"), ("<b class='is-negative bold'>0.46%</b>", "-0.46%"),
        ("<b class='up'>0.46%</b>", "0.46%"), ("<b class='up'>0%</b>", "0%"), ("<b class='down'>0.00%</b>", "0.00%"),
        ("<b class='green'>0.46%</b>", "0.46%"), ("<b class='dropdown'>0.46%</b>", "0.46%"),
        ("<b class='slide-down'>0.46%</b>", "0.46%"), ("<b class='down'>-0.46%</b>", "-0.46%"),
        ("<b class='up'>-0.46%</b>", "-0.46%"),
    ],
)  # fmt: skip
def test_an_arrow_or_a_certain_word_is_a_sign_and_nothing_else_is(shown: str, read_as: str) -> None:
    assert quotes(ticker(shown)) == [f"{pair} = 0.011 {read_as}" for pair in PAIRS]


@pytest.mark.parametrize(
    "shown", ["<b class='red'>0.46%</b>", "<b style='color:red'>0.46%</b>", "<b class='up down'>1%</b>"]
)
def test_a_percentage_whose_sign_is_uncertain_is_left_out_with_a_word_and_the_rate_is_kept(shown: str) -> None:
    found = read_html(ticker(shown))
    assert [str(quote) for quote in found.quotes] == [f"{pair} = 0.011" for pair in PAIRS]
    assert "left out: " in (found.detail or "")
    assert found.page_date


def test_a_class_that_contradicts_the_signs_of_the_page_is_no_sign() -> None:
    found = read_html(ticker("<b class='down'>0.46%</b>", "<li>TMT/USD = 0.28 -0.1%</li>"))
    assert [q.reported_text for q in found.quotes] == [None] * 4 + ["-0.1%"]
    assert "contradicts" in (found.detail or "")


def test_a_sign_that_a_class_gave_is_told() -> None:
    assert "'down'" in (read_html(ticker("<b class='down'>0.46%</b>")).detail or "")


def test_an_icon_that_may_belong_to_two_quotes_is_the_sign_of_none() -> None:
    found = read_html("".join(f"<i class='fa-caret-down'></i>{pair} = 0.011 0.46% " for pair in PAIRS))
    assert [q.reported_text for q in found.quotes] == [None] * 4


def test_an_arrow_that_contradicts_a_sign_makes_no_quote() -> None:
    assert quotes(ticker("▲ -0.46%")) == []


def test_a_class_around_several_percentages_is_about_none_of_them() -> None:
    assert quotes(f"<div class='down'>{ticker('0.46%')}</div>") == [f"{pair} = 0.011 0.46%" for pair in PAIRS]


def test_digits_raised_beside_a_rate_are_not_taken_for_more_of_it() -> None:
    assert quotes("".join(f"<li>{pair} = 0.011<sup>1</sup> 1%</li>" for pair in PAIRS)) == []


@pytest.mark.parametrize("spare", [0, 1])
def test_blocks_are_one_entry_up_to_a_length(spare: int) -> None:
    rate = "0." + "1" * 35
    entry = f"<div><p>KGS/USD</p><p>{rate}</p><p>{{}}%</p></div>"
    room = HTML_ENTRY_CHARS - len(f"KGS/USD{rate}%")
    assert ("\n" in visible_text(entry.format("1" * (room + spare))).text) == bool(spare)


@pytest.mark.parametrize(
    ("text", "declared", "html"),
    [
        ("<!DOCTYPE html><p>", False, True), ("\n <!-- saved from url=(0019)https://a.b/ -->\n<html>", False, True),
        ("<?xml version='1.0'?><html xmlns='x'>", False, True), ("<ul><li>x", False, True), ("a < b", True, False),
        ("KGS/USD = 1", True, False), ("KGS/USD = 1<br>", True, True), ("KGS/USD = 1<br>", False, False),
        ("<unknown>", False, False),
    ],
)  # fmt: skip
def test_html_is_known_by_its_beginning_or_by_name_and_a_tag(text: str, declared: bool, html: bool) -> None:
    assert looks_like_html(text, declared=declared) is html


def test_html_in_a_text_file_is_read_as_html() -> None:
    assert len(read(Page("a.txt", block_page("table").encode()), Grammar()).quotes) == 5


def test_a_text_capture_named_html_is_read_as_text() -> None:
    text = "\n".join(f"• {pair} = 0.011 1%" for pair in PAIRS) + "\n12 December 2025\n\nMore\n"
    found = read(Page("a.html", text.encode(), media_type="text/html"), Grammar())
    assert (found.outcome, found.page_date) == (Outcome.OK, dt.date(2025, 12, 12))


def test_a_page_is_read_alike_whatever_was_read_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser is used again: neither a page that was left in the middle nor one that it refused leaves a trace."""
    ticker_page = block_page("classes")
    left = ["<pre>", "<p aria-hidden=true>", "<b class=down>", "<time>", "<script>", "<p hidden>", "<!--", "<a title='"]
    pages = [block_page(markup) for markup in MARKUPS]
    pages += [ticker_page + opened + "KGS/USD" for opened in left]
    pages += [ticker_page.replace("<article>", opened + "<article>") for opened in left]
    pages.insert(9, "<div>" * (HTML_DEPTH + 9) + ticker_page)

    def said(markup: str) -> object:
        try:
            return read_html(markup), visible_text(markup)
        except PageError as error:
            return str(error)

    alone = []
    for page in pages:
        monkeypatch.setattr("fxtrack.extract.text.html._IDLE.parsers", [])
        alone.append(said(page))
    assert [said(page) for page in pages] == alone
    assert [said(page) for page in reversed(pages)] == alone[::-1]


@pytest.mark.parametrize("spare", [0, 1])
def test_elements_may_be_nested_to_a_depth_and_no_deeper(spare: int) -> None:
    page = "<div>" * (HTML_DEPTH - 2 + spare) + "x"  # html and body are two more
    if spare:
        with pytest.raises(PageError, match="nested deeper than 1,000"):
            visible_text(page)
    else:
        assert visible_text(page).text == "x"


BOMBS = {
    "divs": "'<div>' * 100_000 + '</div>' * 100_000",
    "lists": "'<ul><li>' * 100_000",
    "formatting": "''.join(f'<p><b id={n}>' for n in range(100_000))",
    "anchors": "''.join(f'<a id={n}><div>' for n in range(100_000))",
    "attributes": "'<p ' + ' '.join(f'a{n}=1' for n in range(200_000)) + '>'",
    "wrong ends": "'<b>' * 900 + '</i>' * 300_000",
    "comments": "'<!--' * 400_000",
    "entities": "'&amp' * 400_000",
    "hidden": "'<p hidden>' * 100_000",
    "copies": "'<p aria-hidden=true>KGS/USD = 1 1%</p>' * 40_000",
    "classes": "'<b class=down>1%</b>' * 60_000",
    "spaces": "('KGS/USD' + '&nbsp;' * 2000 + '= 1<p aria-hidden=true>KZT/USD = 1' + '&nbsp;' * 2000 + '1%</p>') * 100",
    "digits": "'KGS/USD = ' + '1&nbsp;' * 300_000 + '%'",
    "percentages": "'KGS/USD = 0.1 ' + '1% ' * 300_000",
    "one line": "'KGS/USD = 0.1 1% <b class=down>1%</b>' * 30_000",
}


@pytest.mark.few(6)
@pytest.mark.parametrize("bomb", BOMBS)
def test_no_markup_costs_more_than_bounded_time_and_memory(bomb: str) -> None:
    script = f"""
import resource
from fxtrack.errors import PageError
from fxtrack.extract.text.html import visible_text
page = {BOMBS[bomb]}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    visible_text(page).text
except PageError:
    pass
print(len(page), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""
    limit = 10  # seconds of work; the slowest takes about one
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    size, memory = map(int, done.stdout.split())
    assert memory < 64 * 1024 * 1024 + 100 * size


@pytest.mark.parametrize("start", ["<!-- -->" * 200 + "x", "<!--" * 5000, " " * 10**6, "<?xml" * 10**5, "<" * 10**6])
@pytest.mark.usefixtures("no_hang")
def test_no_beginning_makes_it_slow_to_tell_html(start: str) -> None:
    assert looks_like_html(start) is False


def test_a_page_nested_too_deeply_is_one_line_even_where_it_shows_no_quote() -> None:
    found = read_html("<div>" * 100_000 + "</div>" * 100_000)
    assert found.outcome is Outcome.UNREADABLE
    assert "nested deeper" in (found.detail or "")


BITS = (
    "KGS", "USD", "/", "&#47;", "&sol;", "<b>", "</b>", "<!---->", " = ", "&equals;", "0.1", " 1%", "<td>", "\n", "é",
)  # fmt: skip


@example("<b>KGS</b>/<i>USD</i> = 1")
@example("KGS&#x2f;USD&#9;= 1")
@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(st.lists(st.sampled_from(BITS)).map("".join))
def test_the_shortcut_for_pages_without_quotes_never_changes_a_result(markup: str) -> None:
    page = Page("a.html", f"<html>{markup}<br>".encode() * 4, media_type="text/html")
    if cannot_show_quotes(page, Grammar()):
        assert read_ticker(visible_text(page.data.decode()).text) == Reading(Outcome.NO_TICKER)


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(st.text(alphabet=st.sampled_from('<>/!-&;="abpd \n\0é%KGSU1.')))
def test_any_markup_gives_lines_of_text(markup: str) -> None:
    text = visible_text(markup).text
    assert all(line == line.strip(" \t") for line in text.split("\n"))
    json.dumps(text)
