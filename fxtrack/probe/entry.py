"""The keys of an entry that its rows do not give: its name, its pages, the other currency of single codes. Pure."""

import json
import re
from collections.abc import Collection
from functools import cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from fxtrack.config.urls import place_of
from fxtrack.probe.layout.tokens import currencies

_SPECIAL = re.compile(r"[\[\]*?]")
_FIGURES = re.compile(r"[0-9]+")
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


def home_of_rates(text: str, start: int, codes: Collection[str]) -> HomeCurrency | None:
    """Return the currency that the lines above the rates name, None where none does, or several do.

    Args:
        text: the page.
        start: where the first row begins.
        codes: the currencies of the rows.
    """
    lines = [" ".join(line.split()) for line in text[:start].split("\n") if line.strip()][-_LINES:]
    found = {home for line in lines for home in _on(line) if home.code in currencies() and home.code not in codes}
    return found.pop() if len({(home.key, home.code) for home in found}) == 1 else None


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


def _siblings(place: str) -> str:
    """Write figures as a wildcard of figures: as many as in a date, or any number where there is one alone."""
    parts = []
    position = 0
    for found in _FIGURES.finditer(place):
        parts.append(_SPECIAL.sub(r"[\g<0>]", place[position : found.start()]))
        width = len(found[0])
        parts.append("[0-9]" * width if width in {2, 4, 6, 8} else "[0-9]*")
        position = found.end()
    return "".join([*parts, _SPECIAL.sub(r"[\g<0>]", place[position:])])


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
