"""Finds the currency that a page's single codes are quoted in or against, where its text says so. Pure."""

import re
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from fxtrack.probe.tokens import currencies

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


class Home(NamedTuple):
    """The other currency of single codes.

    Attributes:
        key: ``counter`` where the rates are its amounts, ``base`` where they are the price of 1 of it.
        code: the currency.
        line: the line that says so.
    """

    key: str
    code: str
    line: str


def home_of_rates(text: str, start: int, codes: Collection[str]) -> Home | None:
    """Return the currency that the lines above the rates name, None where none does, or several do.

    Args:
        text: the page.
        start: where the first row begins.
        codes: the currencies of the rows.
    """
    lines = [" ".join(line.split()) for line in text[:start].split("\n") if line.strip()][-_LINES:]
    found = {home for line in lines for home in _on(line) if home.code in currencies() and home.code not in codes}
    return found.pop() if len({(home.key, home.code) for home in found}) == 1 else None


def _on(line: str) -> list[Home]:
    bases = [code for match in _BASE.findall(line) for code in match if code]
    if named := _BASE_NAME.search(line):
        words = named[1].lower().split()
        bases += [code for n in range(len(words), 0, -1) if (code := _names().get(" ".join(words[:n])))][:1]
    counters = [code for match in _COUNTER.findall(line) for code in match if code]
    return [Home("base", code, line) for code in bases] + [Home("counter", code, line) for code in counters]


@cache
def _names() -> dict[str, str]:
    """Map the English names of currencies to their codes."""
    from babel import Locale

    locale = Locale.parse("en")
    return {name.lower(): code for code, name in locale.currencies.items() if code in currencies()}
