"""A percentage under a class or colour of its own that may be a sign is not stored as a rise."""

import pytest

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome

ENTRIES = (("USD/KGS", "87.45", "0.12"), ("EUR/KGS", "101.90", "0.35"), ("RUB/KGS", "1.13", "1.07"),
           ("KZT/KGS", "0.17", "0.20"))  # fmt: skip
LAYOUTS = {
    "line": "<p>{pair} = {rate} {percent}</p>",
    "cells": "<tr><td>{pair}</td><td>{rate}</td><td>{percent}</td></tr>",
    "items": "<span><b>{pair}</b> = <b>{rate}</b> {percent}</span> • ",
}


def reports(layout: str, percent: str, entries: tuple[tuple[str, str, str], ...] = ENTRIES) -> list[str | None]:
    """Return the reports of a page whose percentages are written like `percent`."""
    rows = "".join(
        LAYOUTS[layout].format(pair=pair, rate=rate, percent=percent.replace("N", number))
        for pair, rate, number in entries
    )
    body = f"<table>{rows}</table>" if layout == "cells" else f"<div>{rows}</div>"
    markup = f"<!doctype html><html><body>{body}<p>5 December 2025</p></body></html>"
    reading = read(Page("a.html", markup.encode(), media_type="text/html"), Grammar())
    assert reading.outcome is Outcome.OK
    assert [quote.rate_text for quote in reading.quotes] == [rate for _, rate, _ in entries]
    left_out = sum(quote.reported_text is None for quote in reading.quotes)
    assert (reading.detail or "").count("left out") == left_out
    return [quote.reported_text for quote in reading.quotes]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("percent", [
    "<font color=red>N%</font>", "<font color='#c00'>N%</font>", "<font color=green>N%</font>",
    "<span style='color:#c00'>N%</span>", "<span style='font-size:9px; color: rgb(200, 0, 0)'>N%</span>",
    "<span class=ng>N%</span>", "<b class='chg ng'>N%</b>", "<i class=ng></i>N%", "<b class=red>N%</b>",
    "<i class='pct ng'><b>N</b>%</i>", "<span style='color:crimson'>N%</span>", "<span data-dir=-1>N%</span>",
    "<b data-neg>N%</b>", "<span title='down'>N%</span>", "<span style='background:url(d.png)'>N%</span>",
    "<x-dn></x-dn>N%", "<span class=down>▲</span> N%", "<i style='transform: rotate(180deg)'>▲</i>N%",
    "<i class='arrow rotate-180'>▲</i> N%", "<i class='scale-y-flip'>⬆\ufe0f</i>N%",
])  # fmt: skip
def test_a_percentage_of_a_class_or_colour_of_its_own_is_left_out(layout: str, percent: str) -> None:
    assert reports(layout, percent) == [None] * len(ENTRIES)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("percent", [
    "N%", "<b>N%</b>", "<span class=pct>N%</span>", "<span class='ticker-change small'>N%</span>",
    "<span class=up>N%</span>", "<span class='ng up'>N%</span>", "<span style='color:#666'>N%</span>",
    "<span style='font-weight:bold'>N%</span>", "<font color=black>N%</font>", "<font size=1>N%</font>",
    "<span class=up>▲</span> N%", "<i style='text-transform: uppercase'>▲</i> N%", "<span data-key=7>N%</span>",
])  # fmt: skip
def test_a_percentage_without_one_is_a_rise(layout: str, percent: str) -> None:
    assert reports(layout, percent) == [f"{number}%" for _, _, number in ENTRIES]


@pytest.mark.parametrize("percent", ["<span class=ng>N%</span>", "<font color=red>N%</font>"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_minus_sign_anywhere_in_the_ticker_decides(layout: str, percent: str) -> None:
    entries = (*ENTRIES[:3], ("KZT/KGS", "0.17", "-0.20"))
    assert reports(layout, percent, entries) == [f"{number}%" for _, _, number in entries]


def test_a_class_that_the_rate_has_too_tells_nothing() -> None:
    markup = "".join(f"<tr><td>{p}</td><td class=k7>{r}</td><td class=k7>{n}%</td></tr>" for p, r, n in ENTRIES)
    page = f"<html><body><table>{markup}</table></body></html>"
    reading = read(Page("a.html", page.encode(), media_type="text/html"), Grammar())
    assert [quote.reported_text for quote in reading.quotes] == [f"{number}%" for _, _, number in ENTRIES]
