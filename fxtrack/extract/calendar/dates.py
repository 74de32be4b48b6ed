"""Finds and reads the date line beside a ticker, and decides the date of a page. Pure.

A date line is a separate line next to the ticker; dates further off belong to the article. If a line there may be a
date and is not understood, the page has no date. Names of months and weekdays come from CLDR (through Babel) in the
source's languages.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fxtrack.extract.calendar.signs import (
    DIGIT,
    FEW_WORDS,
    heads_with_a_date,
    is_label,
    is_part_of_a_date,
    may_be_a_date,
    shows_a_date,
)
from fxtrack.extract.calendar.words import names_in
from fxtrack.extract.characters import APART, OF_ARTICLE
from fxtrack.extract.grammar import Grammar, compiled
from fxtrack.limits import DATE_LINE_CHARS, DATE_PATTERN_CHARS, EARLIEST_PAGE_DATE, LATEST_PAGE_DATE
from fxtrack.model.capture import PageDate

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*\.?")
_ORDINAL = re.compile(r"\b([0-9]{1,2})(?: ?(?:st|nd|rd|th|er)\b(?: of\b)?| ?[ºª]|\.(?= [^\W\d]))", re.IGNORECASE)
_TIME = re.compile(
    r"(?:T|\b(?:at )?)(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?: ?[ap]\.?m\b\.?)?"
    r"(?: ?\(?(?:Z|UTC|GMT|[A-Z]{3,4})\b)?(?: ?\(?[+-][0-9]{1,2}(?::?[0-9]{2})?)?\)?",
    re.IGNORECASE,
)
_AROUND_DATE = " ,;.|-\u2013\u2014()"
_MARKS = re.compile(r"[\s\u2022\u00b7|>*\-\u2013\u2014\u200b\u200e\u200f\u2060\ufeff]*\Z")

_DATE_WORDS = 4
_FIGURES = re.compile("%[dmYy]")
_WEEKDAYS = {name.lower(): n for names in (calendar.day_name, calendar.day_abbr) for n, name in enumerate(names)} | {
    "tues": 1, "wednes": 2, "thur": 3, "thurs": 3,
}  # fmt: skip

_LEAST_ABOVE = 4  # characters that may be a date: 8/12
_NEAR_CHARS = 3 * DATE_LINE_CHARS
_ANY_DIGIT = re.compile(r"\d")
_NEAR_BREAKS, _NEAR_LINES, _PIECES_CHARS = 6, 3, 24


class DateLine(NamedTuple):
    """The date line beside a ticker: its date, its text and a note on it.

    `tried` lists the examined lines that are not date lines.
    """

    date: dt.date | None = None
    line: str | None = None
    note: str | None = None
    tried: tuple[str, ...] = ()

    @property
    def unread(self) -> bool:
        """True where the line shows a date that is not understood or not believed."""
        return self.date is None and self.line is not None


def find_date(text: str, start: int, end: int, most_breaks: int, grammar: Grammar) -> DateLine:
    """Find the date line of the ticker from `start` to `end`.

    Args:
        text: the page, with line feeds between lines.
        start: where the first entry begins.
        end: where the last entry ends.
        most_breaks: line breaks between the ticker and its date line, where the grammar does not count lines.
        grammar: how the source prints dates, and where.
    """
    before = grammar.date_position == "before"
    lines = _lines_before(text, start) if before else _lines_after(text, end)
    tried: list[str] = []
    for breaks, content, last in lines:
        if grammar.date_lines is None and breaks > most_breaks:
            break
        if not content:
            continue
        if len(content) <= (DATE_PATTERN_CHARS if grammar.date_pattern else DATE_LINE_CHARS):
            found = _date_on(content, grammar)
            if last and any(_date_on(content + digit, grammar) not in {None, found} for digit in "0123456789"):
                return DateLine(None, content, f"the page ends inside the date line {content!r}", tuple(tried))
            if found:
                return believed(found, content, tuple(tried))
        tried.append(content[:DATE_LINE_CHARS])
        # the rest of the ticker's first or last line is not counted among the lines
        if len(tried) - (grammar.date_lines is not None and breaks == 0) >= (grammar.date_lines or 1):
            break
    other = _not_understood(tried, grammar)
    near = slice(max(0, start - _NEAR_CHARS), start) if before else slice(end, end + _NEAR_CHARS)
    if not other and grammar.date_lines is None and not grammar.date_pattern and _ANY_DIGIT.search(text[near]):
        other = _further_off(_lines_before(text, start) if before else _lines_after(text, end), grammar)
    if not other and (before or start >= _LEAST_ABOVE):
        other = _on_the_other_side(_lines_after(text, end) if before else _lines_before(text, start), grammar)
    return other._replace(tried=tuple(tried)) if other else DateLine(tried=tuple(tried))


def _not_understood(tried: list[str], grammar: Grammar) -> DateLine | None:
    for content in tried:
        if may_be_a_date(content, grammar.languages):
            note = f"beside the ticker, looks like a date and is none of date_formats: {content!r}"
            return DateLine(None, content, note)
    return None


def _further_off(lines: Iterator[tuple[int, str, bool]], grammar: Grammar) -> DateLine | None:
    """Return a date behind blank lines and labels, or in pieces on lines of their own, which is noted and not used."""
    pieces: list[str] = []
    for content in _first_with_text(lines):
        if is_label(content):
            continue
        pieces.append(content)
        if len(pieces) > 1:
            together = " ".join(pieces)
            if len(together) <= _PIECES_CHARS and shows_a_date(together, 0):
                return DateLine(None, together, f"beside the ticker, looks like a date on several lines: {together!r}")
        if not content.startswith(OF_ARTICLE) and (_dates(content, grammar) or shows_a_date(content, FEW_WORDS)):
            return DateLine(None, content, f"near the ticker and not beside it, looks like its date: {content!r}")
        if not is_part_of_a_date(content):
            return None
    return None


def _on_the_other_side(lines: Iterator[tuple[int, str, bool]], grammar: Grammar) -> DateLine | None:
    """Return a date line beside the ticker on the unexpected side, which is noted and not used."""
    for content in _first_with_text(lines):
        if not content.startswith(OF_ARTICLE):
            if _dates(content, grammar):
                side = "behind" if grammar.date_position == "before" else "before"
                note = f"{content!r} stands {side} the ticker, where date_position expects no date"
                return DateLine(None, content, note)
            if heads_with_a_date(content):
                note = f"beside the ticker, looks like a date and is none of date_formats: {content!r}"
                return DateLine(None, content, note)
        if not is_label(content):
            return None
    return None


def _dates(content: str, grammar: Grammar) -> bool:
    return len(content) <= DATE_LINE_CHARS and _date_on(content, grammar) is not None


def _first_with_text(lines: Iterator[tuple[int, str, bool]]) -> Iterator[str]:
    """Yield the first lines with text: no more than an HTML page is read of behind its ticker."""
    found = 0
    for breaks, content, _ in lines:
        if content:
            yield content
            found += 1
        if breaks >= _NEAR_BREAKS or found == _NEAR_LINES:
            return


def parse_date(line: str, formats: tuple[str, ...], languages: tuple[str, ...] = ("en",)) -> dt.date | None:
    """Return the date that the whole line states, in the first of the `strptime` formats that fits, or None.

    The line may also have the weekday and a time; ordinals (8th) and Sept are read as well.
    """
    line = " ".join(line.split())
    if not line.isascii() and any(c.isdigit() and not c.isascii() for c in line):
        return None
    if not DIGIT.search(line) and _all_have_figures(formats):  # most lines are headlines
        return None
    if names := names_in(languages):
        line = _WORD.sub(lambda found: _in_english(found[0], names), line)
    elif any(c.isalnum() and not c.isascii() for c in line) and all(fmt.isascii() for fmt in formats):
        return None
    return _in_a_format(line, formats) or _in_other_words(line, formats)


@cache
def _all_have_figures(formats: tuple[str, ...]) -> bool:
    return all(_FIGURES.search(fmt.replace("%%", "")) for fmt in formats)


def _in_a_format(line: str, formats: Iterable[str]) -> dt.date | None:
    for fmt in formats:
        try:
            return dt.datetime.strptime(line, fmt).date()  # noqa: DTZ007 -- a calendar date has no zone
        except ValueError:
            continue
    return None


def _in_other_words(line: str, formats: tuple[str, ...]) -> dt.date | None:
    """Read a date with an ordinal, a weekday or a time; None if the weekday is wrong."""
    if not DIGIT.search(line):
        return None
    rest, times = _TIME.subn(" ", line)
    words = [word for word in _ORDINAL.sub(r"\1 ", rest).replace(",", " ").split() if word.strip(_AROUND_DATE)]
    weekdays = {_WEEKDAYS[word.strip("().").lower()] for word in words if word.strip("().").lower() in _WEEKDAYS}
    words = [word for word in words if word.strip("().").lower() not in _WEEKDAYS]
    if times > 1 or len(weekdays) > 1 or len(words) > _DATE_WORDS:
        return None
    rest = " ".join("Sep" if word.lower().rstrip(".") == "sept" else word for word in words).strip(_AROUND_DATE)
    plain = [fmt.replace(",", " ") for fmt in formats]
    plain = [" ".join(fmt.split()) for fmt in (*plain, *(fmt.replace("%B", "%b") for fmt in plain))]
    rest = re.sub(r"(?<=[A-Za-z])\.(?= )", "", rest) if not any("." in fmt for fmt in formats) else rest
    found = _in_a_format(rest, plain)
    return found if found and weekdays <= {found.weekday()} else None


def _lines_after(text: str, end: int) -> Iterator[tuple[int, str, bool]]:
    """Yield (line breaks away, content without bullets of the ticker, whether it is the last line) behind a ticker."""
    breaks, position = 0, end
    while position <= len(text):
        stop = text.find("\n", position)
        stop = len(text) if stop < 0 else stop
        content = text[position:stop]
        yield breaks, content.strip(None if breaks else APART), stop == len(text)
        breaks, position = breaks + 1, stop + 1


def _lines_before(text: str, start: int) -> Iterator[tuple[int, str, bool]]:
    """Yield the same from the start of the ticker back, without bullets before its first entry."""
    breaks, stop = 0, start
    while stop >= 0:
        begin = text.rfind("\n", 0, stop) + 1
        content = text[begin:stop]
        yield breaks, (_MARKS.sub("", content, count=1) if breaks == 0 else content).strip(), False
        breaks, stop = breaks + 1, begin - 1


def _date_on(content: str, grammar: Grammar) -> dt.date | None:
    if grammar.date_pattern:
        found = compiled(grammar.date_pattern).search(content)
        return parse_date(found["date"], grammar.date_formats, grammar.languages) if found and found["date"] else None
    return _parsed(content, grammar.date_formats, grammar.languages)


_parsed = lru_cache(maxsize=4096)(parse_date)


def believed(found: dt.date, line: str, tried: tuple[str, ...] = ()) -> DateLine:
    """Return a date line, without its date if that is not plausible."""
    if not EARLIEST_PAGE_DATE <= found <= LATEST_PAGE_DATE:
        note = f"date line {line!r} is outside {EARLIEST_PAGE_DATE} to {LATEST_PAGE_DATE}: not believed"
        return DateLine(None, line, note, tried)
    return DateLine(found, line, None, tried)


def stated_date(printed: str, grammar: Grammar) -> DateLine:
    """Return a date that entries print; the line has no date where that is not one, or not plausible."""
    found = parse_date(printed, grammar.date_formats, grammar.languages)
    if found is None:
        return DateLine(None, printed, f"not a date in any of date_formats: {printed!r}")
    return believed(found, printed)


def _in_english(word: str, names: dict[str, str]) -> str:
    lowered = word.lower()
    if lowered in names:
        return names[lowered]
    bare = lowered.removesuffix(".")
    return names[bare] + "." if bare != lowered and bare in names else word


def date_of_page(
    shown: dt.date | None, captured_utc: dt.datetime | None, zone: str, most_days: int, *, unread: bool = False
) -> PageDate:
    """Return the date that a page stands for.

    Args:
        shown: the date that the page shows beside its ticker.
        captured_utc: capture time, an aware instant; None if unknown. A time in an impossible year counts as unknown.
        zone: IANA name of the source's time zone.
        most_days: largest distance in days between the shown date and the capture.
        unread: True if the page shows a date that is not understood; then the capture time does not replace it.
    """
    if unread or captured_utc is None or not EARLIEST_PAGE_DATE.year < captured_utc.year <= LATEST_PAGE_DATE.year:
        return PageDate.as_shown(shown)
    captured = captured_utc.astimezone(ZoneInfo(zone)).date()
    if shown is None:
        return PageDate(captured, "capture", None)
    if abs((captured - shown).days) > most_days:
        return PageDate(None, None, shown)
    return PageDate.as_shown(shown)
