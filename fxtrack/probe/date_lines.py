"""Finds the date that stands beside a page's rates, and the keys of an entry that read it. Pure.

A line gives the page's date only where each of its words is understood: it may speak of anything else.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fxtrack.extract.calendar.words import LANGUAGES, is_month, weekdays_in
from fxtrack.extract.characters import OF_ARTICLE
from fxtrack.limits import DATE_LINE_CHARS, DATE_PATTERN_CHARS, SUGGEST_DATE_LINES
from fxtrack.probe.dates import ANY_DATE, date_in, format_keys, in_re2, is_ambiguous, known_date
from fxtrack.probe.meaning.vocabulary import is_capital, kinds_of, tokens_in

_TIME = re.compile(
    r"(?i)T?(?<![0-9])[0-9]{1,2}[:.][0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:\s?[ap]\.?m\b\.?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?(?:['\u2019]\w+)?"
)
_NUMBERED = re.compile(r"(?i)(?:\u2116|\bn[ro]\b\.?)\s*[0-9][\w/.-]*")
_ORDINAL = re.compile(r"(?i)(?<=[0-9])(?:st|nd|rd|th)\b")
_FIGURE = re.compile(r"[+\u2212-]?(?<![0-9])[0-9]+[.,][0-9]+(?![0-9.,])%?")
_LOOKS = re.compile(
    r"(?<![0-9.,])(?:19|20)[0-9]{2}(?![0-9]|[.,][0-9])"
    r"|(?<![0-9.,])[0-9]{1,2}\s?[./\u2013-]\s?[0-9]{1,2}\s?[./\u2013-]\s?(?:[0-9]{4}|[0-9]{2})(?![0-9])"
)
_LINE = frozenset({"metal", "rate", "kind", "small", "date", "place", "currency", "identity", "against"})
_LANGUAGES = (*LANGUAGES, "hy")
_ENDED = 4  # letters of a word with an ending
_PREFIX_CHARS = 16
_FURTHEST = 2 * SUGGEST_DATE_LINES  # blank lines included
_SENTENCE_ENDS = (".", "!", "?", ";")
_AFTER = re.compile(
    r"(?:[\s,.;:|()\u2013\u2014-]|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"|\u0433(?:\.|ода)?|\u0440(?:\.|оку)?|-?ж(?:\.|ыл)?|-?yil|-?йил|(?:-c[iu] )?il|y\.)*"
)


class DateKeys(NamedTuple):
    """Keys of an entry, the date that they read, and the line that it stands on."""

    keys: dict[str, Any]
    date: dt.date
    line: str


def date_keys(
    text: str,
    start: int,
    end: int,
    read: Callable[[dict[str, Any]], dt.date | None],
    latest: dt.date | None = None,
) -> tuple[DateKeys | None, list[str]]:
    """Find the date nearest to the rates that an entry can read.

    Args:
        text: the page.
        start: where the first rate's entry begins.
        end: where the last one ends.
        read: reads the page with further keys and returns its date.
        latest: when the page was captured at the latest.

    Returns:
        The keys, None if there are none, and remarks on other dates.
    """
    found, remarks = _candidates(text, start, end, latest)
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


def _candidates(
    text: str, start: int, end: int, latest: dt.date | None
) -> tuple[list[tuple[int, str, DateKeys]], list[str]]:
    """Return the nearest date lines as (lines away, side, keys), and remarks on lines that are not certain."""
    found: list[tuple[int, str, DateKeys]] = []
    remarks: list[str] = []
    for distance, position, line in _lines_beside(text, start, end):
        if found and distance > found[0][0] + 1:
            break
        shown = line[:DATE_LINE_CHARS]
        if len({parsed for m in ANY_DATE.finditer(line) if (parsed := date_in(m[0]))}) > 1:
            remarks.append(f"the line {shown!r} has several dates and none was taken")
        elif unclear := next((m[0] for m in ANY_DATE.finditer(line) if is_ambiguous(m[0], latest)), None):
            remarks.append(
                f"{unclear} may begin with its day or its month or its year and was not taken: set date_formats"
            )
        elif keys := _on(line):
            if word := _not_of_date(line):
                remarks.append(f"not taken for the page's date, since {word!r} in it is not understood: {shown!r}")
            else:
                found.append((distance, position, keys))
        elif _looks_dated(line):
            remarks.append(f"may show a date and is not understood: {shown!r}")
    return found, remarks


def _not_of_date(line: str) -> str | None:
    """Return the first word or number of a line, apart from its date, that a title of dated rates does not have."""
    rest = _NUMBERED.sub(" ", _TIME.sub(" ", _ORDINAL.sub("", ANY_DATE.sub(" ", line, count=1))))
    rest = ANY_DATE.sub(" ", rest) if known_date(line) is None else ""  # a whole line may be a date with its weekday
    if any({"metal", "currency"} & kinds_of(token) for token in tokens_in(rest)):
        rest = _FIGURE.sub(" ", rest)  # the row of another thing that is priced then
    words = [token for token in tokens_in(rest) if token[0].isalnum()]
    means = [kinds_of(word) for word in words]
    is_title = any({"rate", "place"} & kinds for kinds in means)
    for n, (word, kinds) in enumerate(zip(words, means, strict=True)):
        is_bank = n + 1 < len(words) and "place" in means[n + 1]
        is_of_bank = n > 1 and "small" in means[n - 1] and any("place" in kinds for kinds in means[max(0, n - 3) : n])
        is_name = is_title and (is_capital(word) or (word[0].isupper() and (is_bank or is_of_bank)))
        if kinds.isdisjoint(_LINE) and not _is_weekday(word) and not is_name:
            return word
    return None


def _is_weekday(word: str) -> bool:
    """Return whether a word is a weekday, in any case: Russian puts it into the accusative."""
    folded, days = word.casefold(), weekdays_in(_LANGUAGES)
    return folded in days or any(folded[:-1] == day[:-1] for day in days if len(day) > _ENDED)


def _looks_dated(line: str) -> bool:
    """Return whether a short line has a year, a date in figures, or a day and a month."""
    if len(line) > DATE_LINE_CHARS or line.startswith("\u00a9"):
        return False
    has_month = any(is_month(word.casefold()) for word in tokens_in(line))
    return _LOOKS.search(line) is not None or (has_month and any(c.isdigit() for c in line))


def _lines_beside(text: str, start: int, end: int) -> Iterator[tuple[int, str, str]]:
    """Yield (lines away, ``after`` or ``before``, line) for the lines with text, the nearest first."""
    found = []
    before, after = text[:start].split("\n")[-2::-1], text[end:].split("\n")[1:]
    for position, lines in (("after", after), ("before", before)):
        kept = [(n, " ".join(line.split())) for n, line in enumerate(lines[:_FURTHEST]) if line.strip()]
        found += [(n, position, line) for n, line in kept[:SUGGEST_DATE_LINES] if not line.startswith(OF_ARTICLE)]
    yield from sorted(found)


def _on(line: str) -> DateKeys | None:
    """Return the keys that read the date of a line, None for a line without a date or of prose."""
    if len(line) <= DATE_LINE_CHARS and (found := known_date(line)):
        return DateKeys(format_keys(*found[:2]), found[2], line)
    if len(line) > DATE_PATTERN_CHARS:
        return None
    match = next((m for m in ANY_DATE.finditer(line) if known_date(m[0])), None)
    if match is None:
        return None
    rest = line[match.end() :]
    if line.endswith(_SENTENCE_ENDS) and (_AFTER.fullmatch(rest) is None or not re.search(r"\w", rest)):
        return None  # prose has dates of its own
    fmt, language, date = known_date(match[0]) or ("", "", dt.date.min)
    prefix = re.split(r"[0-9%]", line[: match.start()])[-1]
    prefix = prefix if len(prefix) <= _PREFIX_CHARS else prefix[-_PREFIX_CHARS:].partition(" ")[2]
    escaped = re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", prefix.lstrip()).replace(" ", r"\s+")
    return DateKeys(
        {**format_keys(fmt, language), "date_pattern": f"{escaped}(?P<date>{in_re2(match[0])})"}, date, line
    )
