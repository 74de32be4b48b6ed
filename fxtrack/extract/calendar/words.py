"""Names of months and weekdays as pages print them, in CLDR's languages. Pure.

`names_in` gives those of a source's languages in English, `weekdays_in` those of weekdays alone. `is_month` and
`is_weekday` know all languages, for lines that show a date in some language or other; they read `words.txt`, since
loading every language would take a second.
"""

import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from fxtrack.extract.currencies import locale_of

LANGUAGES = ("en", "ru", "kk", "ky", "uz", "tg", "tk", "uk", "az", "tr", "de", "fr", "es", "it", "pt", "pl")
"""Languages in which dates and names are looked for where none is configured."""

_LEAST_STEM = 5  # letters of a month that may have an ending: желтоқсан, желтоқсандағы
_LEAST_LATIN_STEM = 6
_WORDS_TOO = frozenset({
    "ago", "ara", "april", "august", "ene", "few", "gen", "giu", "june", "kas", "lip", "lis", "lug", "lut", "mag",
    "main", "maja", "mar", "march", "mars", "mart", "may", "mai", "nis", "out", "sen", "set", "sie", "sty", "tem",
})  # fmt: skip
"""Names of months that are words of other languages, too."""


def check_language(language: str) -> None:
    """Check that CLDR has month names for a language.

    Raises:
        ValueError: CLDR does not know the language.
    """
    from babel import UnknownLocaleError

    try:
        locale_of(language)
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"{language!r} is no language that CLDR knows; it is written like `ru` or `pt-BR`") from None


@cache
def names_in(languages: tuple[str, ...]) -> dict[str, str]:
    """Map names of months and weekdays in other languages to the English ones that strptime takes."""
    foreign = [language for language in languages if language != "en"]
    if not foreign:
        return {}
    english = locale_of("en")
    names: dict[str, str] = {}
    for language in foreign:
        locale = locale_of(language)
        for width in ("abbreviated", "wide"):  # a name that is both full and short counts as full
            for context in ("stand-alone", "format"):
                for ours, theirs in ((english.months, locale.months), (english.days, locale.days)):
                    for key, name in theirs[context][width].items():
                        names[name.lower()] = ours["format"][width][key]
                        names.setdefault(name.lower().removesuffix("."), ours["format"][width][key])
                        if language == "tg":  # `8 декабри соли 2025`: a month before its year has an ending
                            names.setdefault(f"{name.lower()}\u0438", ours["format"][width][key])
    return names


@cache
def weekdays_in(languages: tuple[str, ...]) -> frozenset[str]:
    """Return the names of weekdays within dates, without case: also those of two letters, unlike `is_weekday`."""
    days = [locale_of(language).days["format"] for language in languages]
    names = (name for day in days for width in ("wide", "abbreviated") for name in day[width].values())
    return frozenset(name.casefold().strip(".") for name in names)


def is_month(word: str) -> bool:
    """Return whether a word, in small letters, is the name of a month in some language, endings included."""
    months = _words().months
    if word in months:
        return True
    least = _LEAST_LATIN_STEM if word.isascii() else _LEAST_STEM
    return any(word[:stop] in months for stop in range(len(word) - 1, least - 1, -1))


@lru_cache(maxsize=1024)
def is_nearly_a_month(word: str) -> bool:
    """Return whether a word of six letters or more, all small, is a month's name but for one letter: сентабр."""
    if len(word) < _LEAST_LATIN_STEM:
        return False
    same = (month for month in _words().months if len(month) == len(word))
    return any(sum(map(str.__ne__, word, month)) == 1 for month in same)


def is_word_too(month: str) -> bool:
    """Return whether the name of a month is another word of some language, and so no sign of a date alone."""
    return month in _WORDS_TOO


def is_weekday(word: str) -> bool:
    """Return whether a word, in small letters, is the name of a weekday in some language."""
    return word in _words().weekdays


class _Words(NamedTuple):
    months: frozenset[str]
    weekdays: frozenset[str]


@cache
def _words() -> _Words:
    text = (resources.files("fxtrack.extract.calendar") / "words.txt").read_text("utf-8")
    return _Words(*(frozenset(line.split()) for line in text.splitlines()))


def letters_in(text: str) -> list[str]:
    """Return the words of a text, with the marks that some scripts put on letters."""
    words, word = [], ""
    for c in text:
        if c.isalpha() or (word and unicodedata.category(c)[0] == "M"):
            word += c
        elif word:
            words.append(word)
            word = ""
    return [*words, word] if word else words
