"""The keys of an entry that its rows do not give: its name, its pages, the other currency of single codes. Pure."""

import json
import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from fxtrack.config.urls import place_of
from fxtrack.probe.layout.tokens import currencies
from fxtrack.probe.meaning.magnitudes import Priced, home_direction, is_possible

_SPECIAL = re.compile(r"[\[\]*?]")
_FIGURES = re.compile(r"[0-9]+")
_ANY_FIGURES = "[0-9]*"
_LINES = 6
_CODE = r"(?<![A-Za-z0-9])([A-Z]{3})(?![A-Za-z0-9])"
_BASE = re.compile(
    r"(?i:\bbase(?: currency)?|базовая валюта|базалык валюта|базалық валюта|негізгі валюта|asosiy valyuta"
    r"|baz(?:aviy)? valyuta(?:si)?|temel para birimi|baz para birimi|асъори асосӣ)"
    rf"\s*(?:is\b)?[\s:=(\u2013-]*(?:1\s*)?{_CODE}"
    rf"|(?<![0-9.,])\b1\s*{_CODE}\s*(?:=|:|$)|(?i:\b(?:against|versus|vs\.?))\s+(?i:the\s+)?{_CODE}"
)
_BASE_NAME = re.compile(r"(?i:\b(?:against|versus)\s+(?:the\s+)?)([A-Za-z][A-Za-z ]{2,30})")
_COUNTER = re.compile(
    rf"(?i:\b(?:rates?|prices?|quoted|values?|expressed|all)\s+(?:are\s+)?in)\s+{_CODE}|{_CODE}\s+(?i:per\b)"
    rf"|(?i:\b(?:rate|price|курс|цена|бағам|kurs|kur|нарх|қурб))\s*[,(]\s*(?:в\s+)?{_CODE}"
)


class HomeCurrency(NamedTuple):
    """The other currency of single codes.

    Attributes:
        key: ``counter`` where the rates are its amounts, ``base`` where they are the price of 1 of it.
        code: the currency.
        line: the line that says so.
    """

    key: str
    code: str
    line: str


def home_of_rates(text: str, start: int, prices: Sequence[Priced]) -> HomeCurrency | None:
    """Return the currency that the lines above the rates name, None where none does, or several do.

    A row at 1 per unit is that of the bank's own currency. "Against" and "base" are said of both directions, and a
    line may speak of other things, so that a currency counts only where the magnitudes of the rates allow it.

    Args:
        text: the page.
        start: where the first row begins.
        prices: the figures of the rows.
    """
    lines = [" ".join(line.split()) for line in text[:start].split("\n") if line.strip()][-_LINES:]
    own = {price.code for price in prices if price.rate == 1}
    codes = {price.code for price in prices} - own
    named = {home for line in lines for home in _on(line) if home.code in currencies() and home.code not in codes}
    named |= {HomeCurrency("", code, f"{code} 1") for code in own if len(own) == 1}
    found = {sure for home in named if (sure := _sure(home, prices))}
    return found.pop() if len({(home.key, home.code) for home in found}) == 1 else None


def _sure(home: HomeCurrency, prices: Sequence[Priced]) -> HomeCurrency | None:
    """Return a currency with the direction that the magnitudes of the rates allow, None where they do not."""
    direction = home_direction(prices, home.code)
    if direction is None and home.key == "counter" and all(
        is_possible(price, home.code) is not False for price in prices if price.code != home.code
    ):  # fmt: skip
        return home
    if direction is None or (home.key == "counter" and direction == "base"):
        return None
    return home._replace(key=direction)


def _on(line: str) -> list[HomeCurrency]:
    bases = [code for match in _BASE.findall(line) for code in match if code]
    if named := _BASE_NAME.search(line):
        words = named[1].lower().split()
        bases += [code for n in range(len(words), 0, -1) if (code := _names().get(" ".join(words[:n])))][:1]
    counters = [code for match in _COUNTER.findall(line) for code in match if code]
    return [HomeCurrency("base", code, line) for code in bases] + [
        HomeCurrency("counter", code, line) for code in counters
    ]


@cache
def _names() -> dict[str, str]:
    """Map the English names of currencies to their codes."""
    from babel import Locale

    locale = Locale.parse("en")
    return {name.lower(): code for code, name in locale.currencies.items() if code in currencies()}


def name_of(location: str, taken: Collection[str]) -> str:
    """Return a name for the source of a page that no other source has."""
    stem = PurePosixPath(location.partition("#")[0]).name.partition(".")[0].lower()
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\d+", "", stem)).strip("-")[:40].strip("-") or "source"
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def paths_of(location: str) -> str:
    """Return a pattern of the page and of its siblings: those whose names differ in their figures only."""
    return _siblings(location.rpartition("#")[0] if _is_record(location) else location)


def urls_of(uri: str) -> str:
    """Return a pattern of a page's address and of those that differ in their figures only."""
    host, path = place_of(uri)
    return _SPECIAL.sub("?", host) + _siblings(path)


def _is_record(location: str) -> bool:
    return location.rpartition("#")[2].isdigit() and "#" in location


def path_patterns(location: str) -> list[str]:
    """Return the patterns of a page and of its siblings: any number of figures is one, two or three of them."""
    pattern = paths_of(location)
    return [pattern.replace(_ANY_FIGURES, "[0-9]" * n) for n in range(1, 4)] if _ANY_FIGURES in pattern else [pattern]


def _siblings(place: str) -> str:
    """Write figures as a wildcard of as many figures, or of any number where there is one alone.

    Those of a folder's name are a part of it, unless the name has nothing else, as that of a day has.
    """
    *folders, file = place.split("/")
    parts = [
        _SPECIAL.sub(r"[\g<0>]", folder) if any(c.isalpha() for c in folder) else _as_sibling(folder)
        for folder in folders
    ]
    return "/".join([*parts, _as_sibling(file)])


def _as_sibling(name: str) -> str:
    parts = []
    position = 0
    for found in _FIGURES.finditer(name):
        parts.append(_SPECIAL.sub(r"[\g<0>]", name[position : found.start()]))
        width = len(found[0])
        parts.append("[0-9]" * width if width > 1 else _ANY_FIGURES)
        position = found.end()
    return "".join([*parts, _SPECIAL.sub(r"[\g<0>]", name[position:])])


def entry_text(keys: dict[str, Any]) -> str:
    """Return keys as a `[[sources]]` entry."""
    return "[[sources]]\n" + "".join(f"{key} = {as_toml(value)}\n" for key, value in keys.items())


def as_toml(value: str | int | list[str] | dict[str, str]) -> str:
    """Return a value as TOML; a pattern as a literal string."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)} = {as_toml(item)}" for key, item in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    if isinstance(value, int):
        return str(value)
    is_literal = "\\" in value and "'" not in value and all(c.isprintable() or c == "\t" for c in value)
    return f"'{value}'" if is_literal else json.dumps(value, ensure_ascii=False)
