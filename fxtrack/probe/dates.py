"""Formats of the dates that pages print, and which of them are certain. Pure."""

import datetime as dt
import re
from functools import lru_cache
from typing import Any

from fxtrack.extract.calendar.dates import parse_date
from fxtrack.extract.calendar.words import LANGUAGES
from fxtrack.limits import EARLIEST_PAGE_DATE, LATEST_PAGE_DATE

_WORDED = (
    "%d de %B de %Y", "%d %B \u0441\u043e\u043b\u0438 %Y", "%d-%b-%y",
    "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%A, %d %B %Y", "%A, %B %d, %Y", "%d %B %Y \u0433.",
    "%d-%b-%Y", "%d-%B-%Y", "%d-%B, %Y", "%d-%B %Y", "%d %B %Y, %A", "%d %B, %Y",
)  # fmt: skip
_FIGURES = (
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y.%m.%d", "%Y/%m/%d", "%d.%m.%y", "%m/%d/%Y", "%m-%d-%Y",
)  # fmt: skip
# Dates within a line, as patterns of both Python's engine and RE2
_LETTER = r"[^\W\d_]"
INSIDE = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{4}\.[0-9]{2}\.[0-9]{2}", r"[0-9]{4}/[0-9]{2}/[0-9]{2}",
    r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}", r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}",
    r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2}",
    rf"[0-9]{{4}}[- ]?{_LETTER}{{2,10}}\.?,? [0-9]{{1,2}}[- ]{_LETTER}{{3,12}}",
    rf"[0-9]{{1,2}} de {_LETTER}{{3,12}} de [0-9]{{4}}",
    rf"[0-9]{{1,2}} {_LETTER}{{3,12}} \u0441\u043e\u043b\u0438 [0-9]{{4}}",
    rf"[0-9]{{1,2}}-{_LETTER}{{3}}-[0-9]{{2}}",
    rf"[0-9]{{1,2}}\.?[ -]{_LETTER}{{3,12}}\.?,?[ -][0-9]{{4}}", rf"{_LETTER}{{3,12}}\.? [0-9]{{1,2}}, [0-9]{{4}}",
)  # fmt: skip
_YEAR_WORD = r"(?:жыл|ж\.|yil|йил|ci il|cu il)(?!\w)"
DATE = rf"(?<![\w.,/-])(?:{'|'.join(INSIDE)})(?!(?!T[0-9]{{2}}:)\w|[/-](?!{_YEAR_WORD})|[.,][0-9])"
"""A date that is not part of something longer; a word for the year and a time of day may follow."""

ANY_DATE = re.compile(DATE)
_YEAR_FIRST = re.compile(
    rf"[0-9]{{4}}(?P<year>[- ]?{_LETTER}{{2,10}}\.?,?) [0-9]{{1,2}}(?P<mark>[- ]){_LETTER}{{3,12}}"
)
_DAY_OR_MONTH = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-][0-9]{4}")
_SHORT = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{2})")
_CENTURY, _FIRST_YEAR = 2000, 2010
_WORDED_SHORT = re.compile(rf"[0-9]{{1,2}}-{_LETTER}{{3}}-[0-9]{{2}}")


def format_of(text: str) -> tuple[str, str] | None:
    """Return (strptime format, language) of a text that is a date a page can have, None for any other."""
    found = known_date(" ".join(text.split()))
    return found[:2] if found else None


def is_ambiguous(text: str, latest: dt.date | None = None) -> bool:
    """Return whether a date may begin with its day as well as with its month or year: ``05/12/2025``, ``20.11.25``.

    Args:
        text: the date.
        latest: when the page was captured at the latest; it shows no date behind that.
    """
    found = date_in(text)
    last = latest + dt.timedelta(days=1) if latest else None
    if parts := _SHORT.fullmatch(text):
        year, month, day = (int(parts[n]) for n in (1, 3, 4))
        try:
            other = dt.date(_CENTURY + year, month, day)
        except ValueError:
            other = None
        is_other = other is not None and other.year >= _FIRST_YEAR and not (last and other > last) and other != found
        return is_other or bool(found and last and found > last)
    if _WORDED_SHORT.fullmatch(text):
        return bool(found and last and found > last)
    parts = _DAY_OR_MONTH.fullmatch(text)
    return parts is not None and parts[1] != parts[2] and max(int(parts[1]), int(parts[2])) <= 12  # noqa: PLR2004


def date_in(text: str) -> dt.date | None:
    """Return the date that a text is."""
    found = known_date(" ".join(text.split()))
    return found[2] if found else None


def format_keys(fmt: str, language: str) -> dict[str, Any]:
    """Return the keys for dates of this format."""
    return {"date_formats": [fmt], **({"languages": [language]} if language != "en" else {})}


def in_re2(date: str) -> str:
    """Return an RE2 pattern of dates written like this one."""
    pattern = next((p for p in INSIDE if re.fullmatch(p, date)), r"\S+")
    return pattern.replace(_LETTER, r"\pL")


@lru_cache(maxsize=4096)
def known_date(text: str) -> tuple[str, str, dt.date] | None:
    """Return (strptime format, language, date) of a text that is a date a page can have, None for any other."""
    year_first = _YEAR_FIRST.fullmatch(text)
    worded = (f"%Y{year_first['year']} %d{year_first['mark']}%B",) if year_first else _WORDED
    figures = not any(c.isalpha() for c in text)
    for language in ("en",) if figures else LANGUAGES:
        for fmt in _FIGURES if figures else worded:
            found = parse_date(text, (fmt,), (language,))
            if found and EARLIEST_PAGE_DATE <= found <= LATEST_PAGE_DATE:
                return fmt, language, found
    return None
