"""Finds the date that stands beside a page's rates, and the keys of an entry that read it. Pure."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from fxtrack.extract.ticker.dates import LANGUAGES, parse_date
from fxtrack.limits import (
    DATE_LINE_CHARS,
    DATE_PATTERN_CHARS,
    EARLIEST_PAGE_DATE,
    LATEST_PAGE_DATE,
    SUGGEST_DATE_LINES,
)

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

_ANY = re.compile(DATE)
_YEAR_FIRST = re.compile(
    rf"[0-9]{{4}}(?P<year>[- ]?{_LETTER}{{2,10}}\.?,?) [0-9]{{1,2}}(?P<mark>[- ]){_LETTER}{{3,12}}"
)
_DAY_OR_MONTH = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-][0-9]{4}")
_AFTER = re.compile(
    r"(?:[\s,.;:|()\u2013\u2014-]|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"|\u0433(?:\.|ода)?|\u0440(?:\.|оку)?|-?ж(?:\.|ыл)?|-?yil|-?йил|(?:-c[iu] )?il|y\.)*"
)
_ELSE = re.compile(
    r"next|until|valid|licen[cs]e|founded|since|©|copyright|№|след|до\s|лиценз|основан|закон|keyingi|кейінги|келерки"
    r"|litsenziya|kadar|sonraki|lisans", re.IGNORECASE,
)  # fmt: skip
_SENTENCE_ENDS = (".", "!", "?", ";")
_PREFIX_CHARS = 16
_FURTHEST = 2 * SUGGEST_DATE_LINES  # blank lines included
_OF_ARTICLE = "time: "  # as an article's own date is marked in the text of HTML


class DateKeys(NamedTuple):
    """Keys of an entry, the date that they read, and the line that it stands on."""

    keys: dict[str, Any]
    date: dt.date
    line: str


def date_keys(
    text: str, start: int, end: int, read: Callable[[dict[str, Any]], dt.date | None]
) -> tuple[DateKeys | None, list[str]]:
    """Find the date nearest to the rates that an entry can read.

    Args:
        text: the page.
        start: where the first rate's entry begins.
        end: where the last one ends.
        read: reads the page with further keys and returns its date.

    Returns:
        The keys, None if there are none, and remarks on other dates.
    """
    found, remarks = _candidates(text, start, end)
    dates = {keys.date for _, _, keys in found}
    if len(dates) > 1:
        lines = " and ".join(repr(keys.line) for _, _, keys in found)
        return None, [*remarks, f"the dates beside the rates differ, {lines}: none was taken"]
    for distance, position, keys in found:
        where: dict[str, Any] = {**keys.keys, **({"date_position": "before"} if position == "before" else {})}
        for lines in (None, *range(max(1, distance), distance + 5)):
            tried = where if lines is None else {**where, "date_lines": lines}
            if read(tried) == keys.date:
                return DateKeys(tried, keys.date, keys.line), remarks
        remarks.append(f"the date line {keys.line!r} is too far from the rates to be read")
    return None, remarks


def _candidates(text: str, start: int, end: int) -> tuple[list[tuple[int, str, DateKeys]], list[str]]:
    """Return the nearest date lines as (lines away, side, keys), and remarks on lines that are not certain."""
    found: list[tuple[int, str, DateKeys]] = []
    remarks: list[str] = []
    for distance, position, line in _lines_beside(text, start, end):
        if found and distance > found[0][0] + 1:
            break
        if _ELSE.search(line):
            continue
        if len({parsed for m in _ANY.finditer(line) if (parsed := date_in(m[0]))}) > 1:
            remarks.append(f"the line {line[:DATE_LINE_CHARS]!r} has several dates and none was taken")
            continue
        if unclear := next((m[0] for m in _ANY.finditer(line) if is_ambiguous(m[0])), None):
            remarks.append(f"{unclear} may begin with its day or its month and was not taken: set date_formats")
            continue
        if keys := _on(line):
            found.append((distance, position, keys))
    return found, remarks


def format_of(text: str) -> tuple[str, str] | None:
    """Return (strptime format, language) of a text that is a date a page can have, None for any other."""
    found = _known(" ".join(text.split()))
    return found[:2] if found else None


def is_ambiguous(text: str) -> bool:
    """Return whether a date may begin with its day as well as with its month: ``05/12/2025``."""
    parts = _DAY_OR_MONTH.fullmatch(text)
    return parts is not None and parts[1] != parts[2] and max(int(parts[1]), int(parts[2])) <= 12  # noqa: PLR2004


def date_in(text: str) -> dt.date | None:
    """Return the date that a text is."""
    found = _known(" ".join(text.split()))
    return found[2] if found else None


def format_keys(fmt: str, language: str) -> dict[str, Any]:
    """Return the keys for dates of this format."""
    return {"date_formats": [fmt], **({"languages": [language]} if language != "en" else {})}


def in_re2(date: str) -> str:
    """Return an RE2 pattern of dates written like this one."""
    pattern = next((p for p in INSIDE if re.fullmatch(p, date)), r"\S+")
    return pattern.replace(_LETTER, r"\pL")


@lru_cache(maxsize=4096)
def _known(text: str) -> tuple[str, str, dt.date] | None:
    year_first = _YEAR_FIRST.fullmatch(text)
    worded = (f"%Y{year_first['year']} %d{year_first['mark']}%B",) if year_first else _WORDED
    figures = not any(c.isalpha() for c in text)
    for language in ("en",) if figures else LANGUAGES:
        for fmt in _FIGURES if figures else worded:
            found = parse_date(text, (fmt,), (language,))
            if found and EARLIEST_PAGE_DATE <= found <= LATEST_PAGE_DATE:
                return fmt, language, found
    return None


def _lines_beside(text: str, start: int, end: int) -> Iterator[tuple[int, str, str]]:
    """Yield (lines away, ``after`` or ``before``, line) for the lines with text, the nearest first."""
    found = []
    before, after = text[:start].split("\n")[-2::-1], text[end:].split("\n")[1:]
    for position, lines in (("after", after), ("before", before)):
        kept = [(n, " ".join(line.split())) for n, line in enumerate(lines[:_FURTHEST]) if line.strip()]
        found += [(n, position, line) for n, line in kept[:SUGGEST_DATE_LINES] if not line.startswith(_OF_ARTICLE)]
    yield from sorted(found)


def _on(line: str) -> DateKeys | None:
    """Return the keys that read the date of a line, None for a line without a date or of prose."""
    if len(line) <= DATE_LINE_CHARS and (found := _known(line)):
        return DateKeys(format_keys(*found[:2]), found[2], line)
    if len(line) > DATE_PATTERN_CHARS:
        return None
    match = next((m for m in _ANY.finditer(line) if _known(m[0])), None)
    if match is None:
        return None
    rest = line[match.end() :]
    if line.endswith(_SENTENCE_ENDS) and (_AFTER.fullmatch(rest) is None or not re.search(r"\w", rest)):
        return None  # prose has dates of its own
    fmt, language, date = _known(match[0]) or ("", "", dt.date.min)
    prefix = re.split(r"[0-9%]", line[: match.start()])[-1]
    prefix = prefix if len(prefix) <= _PREFIX_CHARS else prefix[-_PREFIX_CHARS:].partition(" ")[2]
    escaped = re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", prefix.lstrip()).replace(" ", r"\s+")
    return DateKeys(
        {**format_keys(fmt, language), "date_pattern": f"{escaped}(?P<date>{in_re2(match[0])})"}, date, line
    )
