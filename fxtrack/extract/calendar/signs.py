"""Judges whether a line shows a date, in whatever form and language. Pure.

Such a line beside a ticker that no date format fits leaves its page without a date. Headlines are the other lines
there, and many have figures and names of months.
"""

import calendar
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from fxtrack.extract.calendar.words import (
    is_month,
    is_nearly_a_month,
    is_weekday,
    is_word_too,
    letters_in,
    names_in,
)
from fxtrack.extract.characters import APART
from fxtrack.limits import DATE_LINE_CHARS

DIGIT = re.compile("[0-9]")
_YEAR = re.compile(
    r"(?<![\d$€£])(?<!\d[.,/])(?:19|20)(?:\d\d|\d{6})(?!\d|[.,]\d|%)"
    r"|(?<!\d)\d{1,2}([./-])\d{1,2}\1(?:\d{2}|\d{4})(?!\d)|(?<!\d)\d{4}([./-])\d{1,2}\2\d{1,2}(?!\d)"
)
_OF_RESULTS = re.compile(r"\d+\s+[-\u2013]\s+\d+\s+\w+\s+\d+")  # results 7 - 12 of 1990
_VERBS = frozenset({"may", "march"})  # as other words than months, they have no capital
_APART = re.compile(r"[\s/-]+")
_LONG_MONTHS = {name.lower() for name in calendar.month_name if len(name) > len("march")}
_MONTHS = {name.lower() for name in (*calendar.month_name, *calendar.month_abbr) if name} | {"sept"}

_IN_FIGURES = re.compile(
    r"(?<![\d.,])(?:[0-3]?\d ?[./,-] ?[01]?\d ?[./,-] ?(?:\d{4}|\d{2})|\d{4} ?[./,-] ?[01]?\d ?[./,-] ?[0-3]?\d"
    r"|(?:19|20)\d\d[01]\d[0-3]\d)(?![\d%]|[.,]\d)"
)
_IN_THREE = re.compile(r"\W*(?:[0-3]?\d\s[01]?\d\s(?:19|20)\d\d|(?:19|20)\d\d\s[01]?\d\s[0-3]?\d)\W*")
_DAY_AND_MONTH = re.compile(r"(?<!\d)(?:[0-3]?\d[./-](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[./-][0-3]?\d)(?!\d)")
_ROMAN = re.compile(r"(?<=\d)[.\s/-]{1,2}(?:I{1,3}|IV|VI{0,3}|IX|XI{0,2})[.\s/-]{1,2}(?=\d)")
_CLOCK = re.compile(
    r"(?<!\d)(?:[01]?\d|2[0-3])(?::[0-5]\d(?::[0-5]\d)?|\.(?:1[3-9]|[2-5]\d))(?![\d.])(?: ?[ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(?:[^\W_]|[ .,/-]){1,16}")
_BEFORE_TAIL = re.compile(r"[%\d]\s")
_FIGURE = re.compile(r"\d+")
_YEARS = range(1300, 2700)  # in calendars of other countries too
_MOST_DAYS, _DAY_DIGITS, _YEAR_DIGITS = 31, 2, 4
FEW_WORDS, _WORDS_BESIDE, _WORDS_OF_HEADING = 2, 4, 6
_LEAST_MONTH, _DAY_AND_ANOTHER = 3, 2
_LABEL_WORDS = 3
_NEAR = 3  # characters between a day and its month


@lru_cache(maxsize=4096)  # pages without a date show the same words
def may_be_a_date(line: str, languages: tuple[str, ...]) -> bool:
    """Return whether a line directly beside a ticker shows a date: it has a year, or the name of a month and a day.

    Args:
        line: the line.
        languages: the languages of the page, whose months are looked for among any number of other words.
    """
    plain = _with_ascii_digits(line)
    figures = DIGIT.search(plain) is not None
    if figures and _YEAR.search(_OF_RESULTS.sub(" ", plain)):
        return True
    words = [word.strip(".,()") for word in _APART.split(plain)]
    words = ["" if word in _VERBS else word.lower() for word in words]
    words = [names_in(languages).get(word, word).lower() for word in words]
    if not figures:
        return not _LONG_MONTHS.isdisjoint(words)
    days = {n for n, word in enumerate(words) if word[:1].isdigit()}
    months = [n for n, word in enumerate(words) if word in _MONTHS]
    if any({n - 2, n - 1, n + 1, n + 2} & days or words[n] in _LONG_MONTHS for n in months):
        return True
    return shows_a_date(line, _WORDS_BESIDE)


@lru_cache(maxsize=1024)
def heads_with_a_date(line: str) -> bool:
    """Return whether a line above a ticker shows a date: with a year in a heading, else with few words beside it."""
    if len(line) > DATE_LINE_CHARS:
        return False
    years = _YEAR.search(line) or any(
        int(figure) in _YEARS for figure in _FIGURE.findall(line[-_NEAR - _YEAR_DIGITS :])
    )
    return shows_a_date(line, _WORDS_OF_HEADING if years else FEW_WORDS)


@lru_cache(maxsize=4096)
def shows_a_date(line: str, most_words: int) -> bool:
    """Return whether a line is a date in some form, with no more than `most_words` beside it.

    Args:
        line: the line.
        most_words: number of words that are no part of the date.
    """
    plain = _with_ascii_digits(line)
    if len(line) > DATE_LINE_CHARS or not DIGIT.search(plain):
        return False
    native = plain != line
    plain = _ROMAN.sub(".1.", plain)
    if _IN_THREE.fullmatch(plain):
        return True
    if found := _IN_FIGURES.search(plain):
        rest = _CLOCK.sub("", plain[: found.start()] + plain[found.end() :])
        return not DIGIT.search(rest) and _others(letters_in(rest.lower())) <= most_words
    parts = _parts(_CLOCK.sub(" ", plain))
    if parts.others > most_words + 1:
        return False
    return _is_bare(parts, native=native) or _names_a_month(parts, most_words)


class _Parts(NamedTuple):
    """Parts of a line: its words, in small letters; how many are no calendar's; the places of its figures."""

    line: str
    words: list[str]
    others: int
    figures: int
    days: list[tuple[int, int]]
    years: list[tuple[int, int]]


def _parts(line: str) -> _Parts:
    words = letters_in(line.lower())
    figures = [found.span() for found in _FIGURE.finditer(line)]
    days = [(a, b) for a, b in figures if b - a <= _DAY_DIGITS and 0 < int(line[a:b]) <= _MOST_DAYS]
    years = [(a, b) for a, b in figures if b - a == _YEAR_DIGITS and int(line[a:b]) in _YEARS]
    return _Parts(line, words, _others(words), len(figures), days, years)


def _is_bare(parts: _Parts, *, native: bool) -> bool:
    """Return whether parts are a day and a month and nothing else, or a day, a word and a year.

    `native` is True if the figures are those of another script: then the year may be missing.
    """
    words, days = parts.words, parts.days
    one_of_each = len(days) == parts.figures - len(parts.years) == len(words) == 1
    if one_of_each and len(words[0]) >= _LEAST_MONTH and (native or parts.years):
        return True
    if parts.others or not days or parts.figures > _DAY_AND_ANOTHER:
        return False
    return any(map(is_weekday, words)) or (len(days) > 1 and _DAY_AND_MONTH.search(parts.line) is not None)


def _names_a_month(parts: _Parts, most_words: int) -> bool:
    """Return whether a month stands beside a day or a year, with no more than `most_words` others."""
    if not parts.days and not parts.years:
        return False
    if parts.days and len(parts.words) <= most_words and any(map(is_nearly_a_month, parts.words)):
        return True
    lowered = parts.line.lower()
    for month in filter(is_month, dict.fromkeys(parts.words)):
        begin = lowered.find(month)
        end = begin + len(month)
        beside = any(
            0 <= begin - stop <= _gap(lowered, stop, begin) or 0 <= start - end <= _NEAR
            for start, stop in (*parts.days, *parts.years)
        )
        if beside and parts.others <= (0 if is_word_too(month) and not parts.years else most_words):
            return True
    return False


def _gap(line: str, start: int, stop: int) -> int:
    """Return how many characters may stand between a day and its month: one short word, as an ending or `of`."""
    return _NEAR if len(letters_in(line[start:stop])) == 0 else 2 * _NEAR


def _others(words: list[str]) -> int:
    """Return how many words are neither months nor weekdays."""
    return sum(not is_month(word) and not is_weekday(word) for word in words)


def is_whole_date(text: str) -> bool:
    """Return whether text is a date and nothing else, with a year or the name of a month."""
    text = text.strip(APART)
    return _is_named(text) and shows_a_date(text, 0)


def ends_in_a_date(entry: str) -> bool:
    """Return whether the text of an entry has a date behind its numbers."""
    tails = (entry[found.end() :] for found in _BEFORE_TAIL.finditer(entry))
    return any(_is_named(tail) and shows_a_date(tail.strip(APART), 1) for tail in tails)


def _is_named(date: str) -> bool:
    return any(c.isalpha() for c in date) or _YEAR.search(date) is not None


@lru_cache(maxsize=4096)
def is_part_of_a_date(line: str) -> bool:
    """Return whether a line has nothing but figures and names of months and weekdays."""
    return _PLAIN.fullmatch(line) is not None and _others(letters_in(line.lower())) == 0


@lru_cache(maxsize=4096)
def is_label(line: str) -> bool:
    """Return whether a line is only a label of what follows it: marks, a weekday, a time, or a word and a colon."""
    words = letters_in(line.lower())
    if not words:
        return not any(c.isdigit() for c in _CLOCK.sub("", line))
    if any(c.isdigit() for c in _CLOCK.sub("", line)):
        return False
    if line[-1] == ":":
        return len(words) <= _LABEL_WORDS
    return len(words) == 1 and (line[-1] == "," or is_weekday(words[0]))


def _with_ascii_digits(line: str) -> str:
    if line.isascii():
        return line
    return "".join(str(digit) if (digit := unicodedata.digit(c, None)) is not None else c for c in line)
