"""Ways in which sites write a ticker in HTML, around the same text."""

import html
import re
from collections.abc import Callable

from conftest import BLOCK

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.model.page import Page
from fxtrack.model.quote import Reading

Entry = tuple[str, str, str | None]


def read_html(markup: str | bytes, grammar: Grammar | None = None) -> Reading:
    """Read a page of HTML; without a grammar, as a source without settings does."""
    data = markup.encode() if isinstance(markup, str) else markup
    return read(Page("a.html", data, media_type="text/html"), grammar or Grammar())


def parts(text: str) -> tuple[list[Entry], str | None, list[str]]:
    """Take a text capture apart: entries of its ticker, its date line, and what follows."""
    lines = text.split("\n")
    entries: list[Entry] = []
    while found := re.fullmatch(r"\s*[•·]?\s*([A-Z]{3}/[A-Z]{3}) = (\S+)(?: (\S+%))?", lines[0]):
        entries.append((found[1], found[2], found[3]))
        lines.pop(0)
    date = lines.pop(0) if lines and re.fullmatch(r"\d{2} [A-Z][a-z]+ \d{4}", lines[0]) else None
    return entries, date, lines


def document(ticker: str, date: str | None, rest: list[str], between: str = "<div class='date'>{}</div>") -> str:
    """Return a whole page around a ticker: what sites put before, between and behind, seen and unseen."""
    paragraphs = "".join(f"<p>{html.escape(line)}</p>\n" for line in rest if line.strip())
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>KGS/USD = 9.99999 9% | Site</title>
<meta property="article:published_time" content="2024-06-06T10:00:00Z">
<style>.up {{ color: green }}</style>
<script>var rates = ["KGS/USD = 0.05555 5%", "KZT/USD = 0.05555 5%", "TJS/USD = 0.05555 5%"];</script>
<script type="application/ld+json">{{"datePublished": "2024-06-06", "x": "</p>KGS/USD = 0.07777 1%"}}</script>
</head><body><a class="skip" href="#main">Skip to content</a>
<template><ul><li>KGS/USD = 0.06666 6%</li><li>KZT/USD = 0.06666 6%</li></ul></template>
<!-- KGS/USD = 0.04444 4% --><div hidden>KGS/USD = 0.03333 3%</div>
<noscript><ul><li>KGS/USD = 0.02222 2%</li></ul></noscript>
<div style="display: none">TJS/USD = 0.01111 1%</div>
<header>{ticker}{between.format(date) if date else ""}</header>
<article><time datetime="2024-06-06">6 June 2024</time>{paragraphs}</article></body></html>"""


def _quoted(entry: Entry) -> str:
    pair, rate, pct = entry
    return f"{pair} = {rate}" + (f" {pct}" if pct else "")


def _each(form: Callable[[Entry], str], around: str = "<ul>{}</ul>") -> Callable[[list[Entry]], str]:
    return lambda entries: around.format("\n".join(form(entry) for entry in entries))


def _arrow(pct: str) -> str:
    return f"▼ {pct.lstrip('-')}" if pct.startswith("-") else f"▲ {pct}"


def _marquee(entries: list[Entry]) -> str:
    """Return the first block for all readers, its repeats for the eye only."""
    size = next((n for n in range(1, len(entries)) if entries[n] == entries[0]), len(entries))
    items = ["".join(f"<li>{_quoted(e)}</li>" for e in entries[n : n + size]) for n in range(0, len(entries), size)]
    return "".join(f"<ul{' aria-hidden=true' * (n > 0)}>{item}</ul>" for n, item in enumerate(items))


def _classed(entry: Entry) -> str:
    pair, rate, pct = entry
    return (
        f'<li>{pair} = {rate} <span class="{"down" if (pct or "").startswith("-") else "up"}">{pct or ""}</span></li>'
    )


def _split(entry: Entry) -> str:
    pair, rate, pct = entry
    return f"<li><b>{pair[:3]}</b>/<i>{pair[4:]}</i>&nbsp;= {rate[:3]}<em>{rate[3:]}</em> {pct or ''}</li>"


def _escaped(entry: Entry) -> str:
    pair, rate, pct = entry
    percent = (pct or "").replace("-", "&minus;").replace("%", "&percnt;")
    return f"<li>{pair.replace('/', '&#47;')} &equals; {rate} {percent}</li>"


def _cells(before: str, between: str, behind: str) -> Callable[[Entry], str]:
    return lambda entry: before + between.join([*entry[:2], entry[2] or ""]) + behind


MARKUPS: dict[str, Callable[[list[Entry]], str]] = {
    "list": _each(lambda e: f"<li>{_quoted(e)}</li>"),
    "unclosed list": _each(lambda e: f"<li>{_quoted(e)}"),
    "bullets": _each(lambda e: f"<p>&bull;&nbsp;{_quoted(e)}</p>", "{}"),
    "classes": _each(_classed),
    "spans": _each(lambda e: f"<span>{e[0]} = {e[1]}</span> <span>{e[2] or ''}</span>", "<div>{}</div>"),
    "tight spans": _each(lambda e: f"<span>{e[0]} = {e[1]}</span><span>{e[2] or ''}</span>", "<div>{}</div>"),
    "split within": _each(_split),
    "table": _each(_cells("<tr><td>", "</td><td>", "</td></tr>"), "<table>{}</table>"),
    "unclosed table": _each(_cells("<tr><th>", "<td>", ""), "<table>{}</table>"),
    "table with signs": _each(lambda e: f"<tr><td>{e[0]}<td>=<td>{e[1]}<td>{e[2] or ''}</tr>", "<table>{}</table>"),
    "blocks": _each(_cells("<div><div>", "</div><div>", "</div></div>"), "<section>{}</section>"),
    "definitions": _each(lambda e: f"<dt>{e[0]}</dt><dd>{e[1]} {e[2] or ''}</dd>", "<dl>{}</dl>"),
    "entities": _each(_escaped),
    "arrows": _each(lambda e: f"<li>{e[0]} = {e[1]} <span>{_arrow(e[2]) if e[2] else ''}</span></li>"),
    "lines": _each(lambda e: f"{_quoted(e)}<br>", "<div>{}</div>"),
    "pre": lambda entries: "<pre>" + "\n".join(map(_quoted, entries)) + "</pre>",
    "marquee": _marquee,
    "comments": _each(lambda e: f"<li>{e[0]}<!-- --> = <!-- -->{e[1]} {e[2] or ''}<script>x</script></li>"),
}


def block_page(markup: str, entries: tuple[Entry, ...] = BLOCK, date: str | None = "12 December 2025") -> str:
    """Return a page of one block, eight times, in one of the markups."""
    return document(MARKUPS[markup](list(entries) * 8), date, ["A headline", "It rose 3% on 6 June 2024."])
