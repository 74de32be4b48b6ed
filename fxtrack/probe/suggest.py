"""A `[[sources]]` entry for a page that no source reads. Pure.

Layouts of a small family are tried on the page: how it writes a pair, what stands between pair and rate, which decimal
mark, which kind of report. The one that reads most is kept, with the nearest date beside it.

What cannot be known is not guessed: a number beside a rate is only taken for a change where the page prints signs or
arrows, and the currency that single codes are priced in is left to the reader. An entry is only suggested when the page
is read by it.
"""

import json
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import product
from pathlib import PurePosixPath
from typing import Any

import msgspec

from fxtrack.config.source import Source
from fxtrack.extract.characters import ARROWS, Decimal
from fxtrack.extract.ticker.dates import parse_date
from fxtrack.extract.ticker.grammar import Grammar
from fxtrack.extract.ticker.marquee import Candidate, examine
from fxtrack.limits import (
    DATE_LINE_CHARS,
    DATE_PATTERN_CHARS,
    EARLIEST_PAGE_DATE,
    LATEST_PAGE_DATE,
    MIN_PAIRS,
    SUGGEST_CHARS,
    SUGGEST_DATE_LINES,
)
from fxtrack.model.quote import Outcome

_FEWEST = 2  # pairs that a layout must find to be one
_NO_CURRENCY = "XXX"  # ISO 4217's code for it
_NUMBER = r"[0-9][0-9.,]*"
_GROUPED = r"[0-9][0-9.,\x{27}\x{2019}\x{a0}\x{202f}\x{2009}]*"
_HAS_GROUPS = re.compile("[0-9]['\u2019\u00a0\u202f\u2009][0-9]")
_CODES = (
    r"(?P<pair>[A-Z]{3}/[A-Z]{3})",
    r"(?P<pair>[A-Z]{3}[-_\x{2013}:][A-Z]{3})",
    r"\b(?P<pair>[A-Z]{6})\b",
    r"\b(?P<base>[A-Z]{3})\b",
)
_BETWEEN = (r"\s*[=:]?\s*", r"[^\t\n]*\t[ ]*", r"[^0-9\n]{1,60}", r"[^0-9]{1,80}")
_NUMBER_ENDS = r"(?:[\s)]|$)"
_ARROWS = "▲▼△▽↑↓■="
_SIGNS = rf"(?P<direction>[{_ARROWS}])?[\s\x{{fe0e}}\x{{fe0f}}]*"
_PLUS_MINUS = r"(?:[+\x{2212}\x{2013}-] ?)?"
_PCT = rf"\s*[(]?{_SIGNS}(?P<pct>{_PLUS_MINUS}{_NUMBER}\s?%)"
_CHANGE = rf"\s+[(]?{_SIGNS}(?P<change>{_PLUS_MINUS}{_NUMBER}){_NUMBER_ENDS}"
_REPORTS = (_PCT, _CHANGE, r"(?:[^\w.,%]|$)")
_EQUATION = rf"\b1\s*(?P<base>[A-Z]{{3}})\s*[=:]\s*(?P<rate>{_NUMBER})\s*(?P<counter>[A-Z]{{3}})\b"

_LANGUAGES = ("en", "ru", "kk", "ky", "uz", "tg", "tk", "uk", "az", "tr", "de", "fr", "es", "it", "pt", "pl")
_WORDED = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%A, %d %B %Y", "%A, %B %d, %Y", "%d %B %Y \u0433.")
_FIGURES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y.%m.%d", "%Y/%m/%d", "%d.%m.%y")
# Dates within a line, as patterns of both Python's engine and RE2
_INSIDE = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}", r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}",
    r"[0-9]{1,2} [^\W\d_]{3,12}\.? [0-9]{4}", r"[A-Z][a-z]{2,8} [0-9]{1,2}, [0-9]{4}",
)  # fmt: skip
_IN_RE2 = {r"[^\W\d_]": r"\pL"}
_PREFIX_CHARS = 16
_SENTENCE_ENDS = (".", "!", "?", ";")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A `[[sources]]` entry that reads a page, as TOML, and what is left to the reader."""

    toml: str
    remarks: tuple[str, ...]


def suggest(text: str, location: str, taken_names: Collection[str]) -> Suggestion | None:
    """Return an entry that reads the page, None if no layout that is tried does.

    Args:
        text: the page.
        location: what the store would call it; the entry's `paths` match it.
        taken_names: names that other sources have.
    """
    text = text[:SUGGEST_CHARS]
    found = max(_readings(text), key=lambda reading: reading.merit, default=None)
    if found is None:
        return None
    keys = {"name": _name(location, taken_names), "paths": [_paths(location)], **_grammar_keys(found)}
    keys |= _date_keys(text, found.ticker)
    keys["pairs"] = list(found.pairs)
    if "date_formats" in keys and examine(text, _source(keys).grammar).reading.page_date is None:
        keys.setdefault("date_lines", 1)  # blank lines lie between
    if examine(text, _source(keys).grammar).reading.quotes != found.ticker.quotes:
        return None
    return Suggestion(_entry(keys), tuple(_remarks(keys)))


def _entry(keys: dict[str, Any]) -> str:
    return "[[sources]]\n" + "".join(f"{key} = {_as_toml(value)}\n" for key, value in keys.items())


def _source(keys: dict[str, Any]) -> Source:
    """Return what the configuration makes of an entry."""
    return msgspec.convert(tomllib.loads(_entry(keys))["sources"][0], Source)


@dataclass(frozen=True, slots=True)
class _Ticker:
    quotes: tuple[Any, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What one layout reads of the page."""

    grammar: Grammar
    ticker: _Ticker
    order: int

    @property
    def pairs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(quote.pair for quote in self.ticker.quotes))

    @property
    def merit(self) -> tuple[int, int, int, int, int]:
        """Most pairs, both currencies known, most reports, most decimals of rates; of equals the simplest layout."""
        quotes = self.ticker.quotes
        decimals = sum(quote.rate_decimals for quote in quotes)
        return (
            len(self.pairs),
            -(self.grammar.counter is not None),
            sum(q.reported_text is not None for q in quotes),
            decimals,
            -self.order,
        )


def _readings(text: str) -> Iterator[_Found]:
    known = _currencies()
    grouped = bool(_HAS_GROUPS.search(text))
    for order, layout in enumerate(_layouts()):
        grammar = layout
        if grouped and layout.pattern:
            grammar = replace(layout, pattern=layout.pattern.replace(_NUMBER, _GROUPED))
        examination = examine(text, grammar)
        reading = examination.reading
        if reading.outcome is not Outcome.OK or len({q.pair for q in reading.quotes}) < _FEWEST:
            continue
        codes = {code for quote in reading.quotes for code in quote.pair.split("/")} - {_NO_CURRENCY}
        if not codes <= known or (grammar.absolute and not _has_signs(examination.candidates[-1])):
            continue
        if examination.candidates[-1].run.notes:
            continue
        span = examination.candidates[-1].span
        yield _Found(grammar, _Ticker(reading.quotes, span.start, span.end), order)


def _layouts() -> Iterator[Grammar]:
    decimals: tuple[Decimal, ...] = ("point", "comma")
    for decimal, absolute in product(decimals, (False, True)):
        yield Grammar(min_pairs=_FEWEST, decimal=decimal, absolute=absolute)
    for code, between, report, decimal in product(_CODES, _BETWEEN, _REPORTS, decimals):
        counter = None if "pair" in code else _NO_CURRENCY
        pattern = rf"{code}{between}(?P<rate>{_NUMBER}){report}"
        yield Grammar(min_pairs=_FEWEST, decimal=decimal, absolute=report == _CHANGE, pattern=pattern, counter=counter)
    for decimal in decimals:
        yield Grammar(min_pairs=_FEWEST, decimal=decimal, pattern=_EQUATION)


def _has_signs(candidate: Candidate) -> bool:
    signs = {*ARROWS, "+"}
    reported = [item for item in candidate.span.items if item.quote and item.quote.reported_text]
    return any(i.quote and (i.quote.reported_sign == -1 or signs & set(i.raw)) for i in reported)


def _grammar_keys(found: _Found) -> dict[str, Any]:
    grammar = found.grammar
    keys: dict[str, Any] = {}
    if grammar.pattern:
        keys["pattern"] = grammar.pattern
    if grammar.counter:
        keys["counter"] = grammar.counter
    if grammar.decimal != "point":
        keys["decimal"] = grammar.decimal
    if grammar.absolute and not grammar.pattern:
        keys["change"] = "absolute"
    if len(found.pairs) < MIN_PAIRS:
        keys["min_pairs"] = len(found.pairs)
    return keys


def _date_keys(text: str, ticker: _Ticker) -> dict[str, Any]:
    """Return the keys that find the date nearest to the ticker; none where there is no date beside it."""
    before = [line for line in reversed(text[: ticker.start].split("\n")[:-1]) if line.strip()]
    after = [line for line in text[ticker.end :].split("\n")[1:] if line.strip()]
    for distance in range(SUGGEST_DATE_LINES):
        for position, lines in (("after", after), ("before", before)):
            if distance < len(lines) and (keys := _date_on(" ".join(lines[distance].split()))):
                where: dict[str, Any] = {"date_position": "before"} if position == "before" else {}
                # one line more than needed, for a heading that comes and goes
                return {**keys, **where, **({"date_lines": distance + 1} if distance else {})}
    return {}


def _date_on(line: str) -> dict[str, Any] | None:
    if len(line) <= DATE_LINE_CHARS and (found := _format_of(line)):
        return _keys_of(*found)
    if len(line) > DATE_PATTERN_CHARS or line.endswith(_SENTENCE_ENDS):
        return None  # prose has dates of its own
    for pattern in _INSIDE:
        dates = list(re.finditer(pattern, line))
        for match in dates if len(dates) == 1 else []:
            if found := _format_of(match[0]):
                prefix = line[max(0, match.start() - _PREFIX_CHARS) : match.start()]
                prefix = prefix if match.start() <= _PREFIX_CHARS else prefix.partition(" ")[2] or prefix
                in_re2 = pattern
                for ours, theirs in _IN_RE2.items():
                    in_re2 = in_re2.replace(ours, theirs)
                escaped = re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", prefix).replace(" ", r"\s+")
                return {**_keys_of(*found), "date_pattern": f"{escaped}(?P<date>{in_re2})"}
    return None


def _format_of(text: str) -> tuple[str, str] | None:
    """Return (format, language) of a text that is a date."""
    for language in _LANGUAGES:
        for fmt in (*_WORDED, *(_FIGURES if language == "en" else ())):
            found = parse_date(text, (fmt,), (language,))
            if found and EARLIEST_PAGE_DATE <= found <= LATEST_PAGE_DATE:
                return fmt, language
    return None


def _keys_of(fmt: str, language: str) -> dict[str, Any]:
    return {"date_formats": [fmt], **({"languages": [language]} if language != "en" else {})}


def _remarks(keys: dict[str, Any]) -> Iterator[str]:
    if keys.get("counter") == _NO_CURRENCY:
        yield f"counter: put the currency that the rates are in, in place of {_NO_CURRENCY}"
    if "date_formats" not in keys:
        yield "no date was found beside the rates: pages are dated by their capture time, where that is known"
    elif keys["date_formats"][0] in {"%d/%m/%Y", "%d-%m-%Y"}:
        yield "date_formats: it could be month before day as well; look at a page from after the 12th of a month"


def _name(location: str, taken: Collection[str]) -> str:
    stem = PurePosixPath(location.partition("#")[0]).name.partition(".")[0].lower()
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\d+", "", stem)).strip("-")[:40] or "source"
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def _paths(location: str) -> str:
    """Return a pattern that matches the page and those whose names differ in their figures."""
    path = location.partition("#")[0]
    folder, _, name = path.rpartition("/")
    pattern = re.sub(r"[0-9]+(?:[-_.][0-9]+)*", "*", name)
    pattern = re.sub(r"[\[\]?]", "?", f"{folder}/{pattern}" if folder else pattern)
    return pattern if fnmatch(location, pattern) else pattern + "*"


def _as_toml(value: str | int | list[str]) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_as_toml(item) for item in value) + "]"
    if isinstance(value, int):
        return str(value)
    is_literal = "\\" in value and "'" not in value and all(c.isprintable() or c == "\t" for c in value)
    return f"'{value}'" if is_literal else json.dumps(value, ensure_ascii=False)


def _currencies() -> frozenset[str]:
    from babel.numbers import list_currencies

    return frozenset(list_currencies())
