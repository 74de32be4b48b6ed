"""Markup that may change a number, a sign or a date: what it touches is right or left out with a note."""

from collections.abc import Callable

import pytest

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.model.page import Page
from fxtrack.model.quote import Reading

ENTRIES = (("KGS/USD", "0.01144", "0.5%"), ("KZT/USD", "0.00192", "0.1%"), ("TJS/USD", "0.10879", "0.28%"),
           ("TMT/USD", "0.28571", "0.3%"))  # fmt: skip
MINUS = "\u2212"
FALLS = ("KZT/USD", "TMT/USD")
DATE = "<p>08 December 2025</p>"


def page(items: list[str], css: str = "", date: str = DATE, around: str = "ul") -> Reading:
    body = f"<{around}>{''.join(items)}</{around}>{date}"
    markup = f"<html><head><style>{css}</style></head><body>{body}</body></html>"
    return read(Page("a.html", markup.encode(), media_type="text/html"), Grammar())


def ordinary() -> list[str]:
    return [f"<li>{pair} = {rate} {report}</li>" for pair, rate, report in ENTRIES]


@pytest.mark.parametrize(("rate", "css"), [
    ("545<span style='vertical-align:super'>67</span>", ""),
    ("545<span style='position:relative;top:-.5em'>67</span>", ""),
    ("<b style='display:block'>545</b><b style='display:block'>546.5</b>", ""), ("545<span class=cents>67</span>", ""),
    ("<b class=z>545</b><b class=z>546.5</b>", ".z{margin-left:9px}"), ("0.0<i style='vertical-align:sub'>12</i>8", ""),
    ("<span class=yesterday>545</span><b>546.5</b>", ""), ("<b>545</b><b>546.5</b>", "li b{display:block}"),
    ("545<span class=sr-only>99</span>.67", ""), ("545<bdo dir=rtl>76.</bdo>", ""),
    ("545<i style='direction:rtl;unicode-bidi:bidi-override'>76.</i>", ""),
    ("545.6<svg><use href='#7'/></svg>", ""), ("545.6<canvas></canvas>", ""),
    ("<b class=r>545.6</b>", "li:last-child .r::after{content:'7'}"),
    ("<i class=z>545</i><b>546.5</b>", "@supports (a:b){.z{display:none}}"),
])  # fmt: skip
def test_digits_that_may_stand_apart_are_no_number(rate: str, css: str) -> None:
    reading = page([*ordinary(), f"<li>EUR/KZT = {rate} 0.5%</li>"], css)
    assert "EUR/KZT" not in {quote.pair for quote in reading.quotes}
    assert "EUR/KZT" in (reading.detail or "")


@pytest.mark.parametrize(("rate", "css"), [
    ("<b>545</b>.67", ""), ("54<b>5</b>.67", ""), ("545<span class=cents>.67</span>", ""),
    ("<s>545</s><b>545.67</b>", ""), ("<i class=z>9</i>545.67", "@media (min-width:1px){.z{display:none}}"),
    ("<i class=z>9</i>545.67", "i:is(.z){text-decoration:line-through}"),
])  # fmt: skip
def test_digits_of_plain_elements_are_one_number_and_what_is_surely_hidden_is_none(rate: str, css: str) -> None:
    reading = page([*ordinary(), f"<li>EUR/KZT = {rate} 0.5%</li>"], css)
    assert [quote.rate_text for quote in reading.quotes if quote.pair == "EUR/KZT"] == ["545.67"]


Row = Callable[[str, str, str, bool], str]
SIGNS: list[tuple[Row, str]] = [
    (lambda p, r, c, f: f"<li><img src={'down' if f else 'up'}.png alt=''> {p} = {r} {c}</li>", ""),
    (lambda p, r, c, f: f"<li>{'<img src=a.png alt=падение> ' if f else ''}{p} = {r} {c}</li>", ""),
    (lambda p, r, c, f: f"<li><svg><use href='#{'d' if f else 'u'}'/></svg>{p} = {r} {c}</li>", ""),
    (lambda p, r, c, f: f"<li>{p} = <span class={'down' if f else 'up'}>{r}</span> {c}</li>", ""),
    (lambda p, r, c, f: f"<li>{p} = {r} <i class={'d' if f else 'u'}>▲</i> {c}</li>", ".d{transform:rotate(180deg)}"),
    (lambda p, r, c, f: f"<li class={'down' if f else 'up'}>{p} = {r} <i>▲</i> {c}</li>", ""),
    (lambda p, r, c, f: f"<li class={'down' if f else 'up'}>{p} = {r} <b>▲ {c}</b></li>", ""),
    (lambda p, r, c, f: f"<li>{p} = {r} <i class={'dn' if f else 'u'}>▲</i> {c}</li>", ""),
    (lambda p, r, c, _: f"<li>{p} = {r} <b>{c}</b></li>", "li:nth-child(even) b::before{content:'-'}"),
    (lambda p, r, c, _: f"<li>{p} = {r} <b>{c}</b></li>", "b::before{content:'▲';rotate:180deg}"),
    (lambda p, r, c, _: f"<li>{p} = {r} <b>{c}</b></li>", "b::before{content:'';border:4px solid transparent}"),
    (lambda p, r, c, f: f"<li style='list-style-image:url({'d' if f else 'u'}.png)'>{p} = {r} {c}</li>", ""),
    (lambda p, r, c, f: f"<li>{p} = {r} {'<bdo dir=rtl>-</bdo>' if f else ''}{c}</li>", ""),
    (lambda p, r, c, f: f"<li>{p} = {r} {'<i class=sr-only>-</i>' if f else ''}{c}</li>", ""),
    (lambda p, r, c, f: f"<li>{MINUS + ' ' if f else ''}{p} = {r} {c}</li>", ""),
    (lambda p, r, c, _: f"<li>{p} = {r} <b class=drop>{c}</b></li>", ""),
    (lambda p, r, c, _: f"<li>{p} = {r} <b class=падение>{c}</b></li>", ""),
]


@pytest.mark.parametrize("number", range(len(SIGNS)))
def test_a_fall_that_markup_may_show_is_no_rise(number: int) -> None:
    row, css = SIGNS[number]
    reading = page([row(pair, rate, report, pair in FALLS) for pair, rate, report in ENTRIES], css)
    assert [(quote.pair, quote.rate_text) for quote in reading.quotes] == [(p, r) for p, r, _ in ENTRIES]
    assert [quote.reported_text for quote in reading.quotes if quote.pair in FALLS] == [None, None]
    assert "left out" in (reading.detail or "")


@pytest.mark.parametrize("cells", [
    lambda p, r, c, f: f"<td>{p}</td><td>{r}</td><td>{'' if f else c}</td><td>{c if f else ''}</td>",
    lambda p, r, c, f: f"<td>{MINUS if f else ''}</td><td>{p}</td><td>{r}</td><td>{c}</td>",
    lambda p, r, c, f: f"<td class={'down' if f else 'up'}>{p}</td><td>{r}</td><td>{c}</td>",
    lambda p, r, c, f: f"<td>{p}</td><td>{r}</td><td><input type=button value='{'▼' if f else '▲'}'></td><td>{c}</td>",
])  # fmt: skip
def test_a_fall_that_a_column_may_show_is_no_rise(cells: Row) -> None:
    rows = [f"<tr>{cells(pair, rate, report, pair in FALLS)}</tr>" for pair, rate, report in ENTRIES]
    reading = page(rows, around="table")
    assert not any(quote.reported_text for quote in reading.quotes if quote.pair in FALLS)
    assert "left out" in (reading.detail or "")


@pytest.mark.parametrize("name", ["line-through", "text-decoration-line-through", "sr-only", "visually-hidden",
                                  "d-none",
                                  "screen-reader-text", "invisible", "strikethrough"])  # fmt: skip
def test_a_text_whose_class_usually_hides_it_is_uncertain(name: str) -> None:
    reading = page([*ordinary(), f"<li class={name}>EUR/KZT = 545 0.5%</li>"])
    assert "EUR/KZT" not in {quote.pair for quote in reading.quotes}
    assert "EUR/KZT" in (reading.detail or "")
    undated = page(ordinary(), date=f"<p class={name}>07 December 2025</p>{DATE}")
    assert (undated.page_date, undated.date_unread) == (None, True)


@pytest.mark.parametrize("style", ["font:0/0 a", "opacity:.001", "filter:opacity(0)", "color:rgb(0 0 0 / 0)",
                                   "color:#fff;background:#fff", "clip-path:inset(0 100% 0 0)"])  # fmt: skip
def test_a_date_that_nobody_sees_is_none_of_the_page(style: str) -> None:
    reading = page(ordinary(), date=f"<p style='{style}'>07 December 2025</p>{DATE}")
    assert str(reading.page_date) == "2025-12-08"


def test_notes_show_where_a_reader_may_see_nothing() -> None:
    reading = page(ordinary(), date="<p class=sr-only>07 December 2025</p>")
    assert reading.detail == (
        "beside the ticker, looks like a date and is none of date_formats: '[?]07 December 2025[?]'"
    )
