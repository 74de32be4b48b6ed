"""A language of charts: phrases with their plural forms, dates, numbers, names of currencies."""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, get_month_names
from babel.numbers import get_currency_name, get_decimal_symbol, get_group_symbol

from fxtrack.charts.language.digits import MINUS_SIGN
from fxtrack.config.settings import CHART_LANGUAGES
from fxtrack.errors import ConfigError

Phrase = str | Mapping[Any, str]
"""A phrase, or a form of it for each plural category."""

_CURRENCY = "currency."
"""Before the code of a currency in the keys of its names."""

_COUNTED = 5
"""A count whose plural form names a currency that is counted: 5 US dollars, 5 долларов США."""

_PATTERNS = {"en": {"yMMMd": "d MMM y", "MMMd": "d MMM"}}
"""Dates that CLDR would write ambiguously for readers elsewhere."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language with its phrases.

    Attributes:
        code: a key of `CHART_LANGUAGES`.
        phrases: each key with its phrase.
        currencies: names by ISO 4217 code that take precedence over those of CLDR.
    """

    code: str
    phrases: Mapping[str, Phrase] = field(hash=False)
    currencies: Mapping[str, Phrase] = field(default_factory=dict, hash=False)

    def say(self, key: str, n: int | None = None, **values: object) -> str:
        """Return a phrase with its values filled in; `n` chooses the plural form and fills in ``{n}``."""
        phrase = self.phrases[key]
        if n is None:
            return str(phrase).format(**values)
        return _form(phrase, self._locale, n).format(n=self.count(n), **values)

    def count(self, number: int) -> str:
        """Return a whole number with the separators of the language."""
        return self.number(f"{number:,}")

    def number(self, text: str) -> str:
        """Return numbers written as ``-1,234.50`` with the signs of the language; every digit stays."""
        signs: dict[str, str | int | None] = {
            ",": get_group_symbol(self._locale),
            ".": get_decimal_symbol(self._locale),
            "-": MINUS_SIGN,
        }
        return text.translate(str.maketrans(signs))

    def range(self, low: str, high: str) -> str:
        """Return a range in words: ``-0.3 to +0.2``."""
        return self.say("range", low=self.number(low), high=self.number(high))

    def derivation(self, how: str) -> str:
        """Return how a rate is derived, ``KGS/USD over KZT/USD``; in signs where the database's English is no use."""
        if self.code == "en":
            return how
        factors = how.removeprefix("inverse of ").replace(" over ", " \u00f7 ").replace(" times ", " \u00d7 ")
        if factors == how or not how.startswith("inverse of "):
            return factors
        return f"1 ÷ ({factors})" if "\u00d7" in factors else f"1 ÷ {factors}"

    def date(self, date: dt.date) -> str:
        """Return a date with its year."""
        return self._skeleton("yMMMd", date)

    def day(self, date: dt.date) -> str:
        """Return the day and month of a date."""
        return self._skeleton("MMMd", date)

    def month(self, date: dt.date) -> str:
        """Return the short name of a month as it stands alone."""
        names: Mapping[int, str] = get_month_names("abbreviated", "stand-alone", self._locale)
        return names[date.month]

    def month_year(self, date: dt.date) -> str:
        """Return a month with its year."""
        return self._skeleton("yMMM", date)

    def quarter(self, date: dt.date) -> str:
        """Return a quarter with its year."""
        return self._skeleton("yQQQ", date)

    def unit(self, base: str, counter: str) -> str:
        """Return the unit of a rate of BASE/COUNTER: ``US dollars for 1 Kyrgyz som``."""
        return self.say("unit", counter=self.currency(counter, _COUNTED), base=self.currency(base, 1))

    def currency(self, code: str, n: int) -> str:
        """Return the name of `n` of a currency; a code that nobody names stands for itself."""
        if code in self.currencies:
            return _form(self.currencies[code], self._locale, n)
        return get_currency_name(code, n, self._locale)

    def unnamed(self, code: str) -> bool:
        """Return whether a currency has no name, neither here nor in CLDR."""
        return code not in self.currencies and code not in self._locale.currencies

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.code)

    def _skeleton(self, skeleton: str, date: dt.date) -> str:
        if pattern := _PATTERNS.get(self.code, {}).get(skeleton):
            return format_date(date, pattern, self._locale)
        return format_skeleton(skeleton, date, locale=self._locale)


def chart_language(code: str, words: Path | None = None, currencies: Mapping[str, Phrase] | None = None) -> Language:
    """Return a language.

    Args:
        code: a key of `CHART_LANGUAGES`.
        words: a file of the form of `words.toml`, whose phrases take precedence.
        currencies: names of currencies in this language, which take precedence over all.

    Raises:
        ConfigError: the file of phrases cannot be used; the message names it and the phrase.
    """
    phrases: dict[str, Phrase] = {}
    names: dict[str, Phrase] = {}
    for table in (_standard(), _read(words) if words else {}):
        for key, forms in table.items():
            if code in forms:
                kind = names if key.startswith(_CURRENCY) else phrases
                kind[key.removeprefix(_CURRENCY)] = forms[code]
    return Language(code, MappingProxyType(phrases), MappingProxyType(names | dict(currencies or {})))


def english() -> Language:
    """Return the language of charts unless another is asked for."""
    return chart_language("en")


def _form(phrase: Phrase, locale: Locale, n: int) -> str:
    """Return the form of a phrase for a count; that of ``other`` where a name has no form of its own."""
    if isinstance(phrase, str):
        return phrase
    return phrase.get(locale.plural_form(n)) or phrase["other"]


@lru_cache(maxsize=1)
def _standard() -> dict[str, Mapping[str, Phrase]]:
    text = files("fxtrack.charts.language").joinpath("words.toml").read_text("utf-8")
    return _flat(tomllib.loads(text))


def _flat(tables: Mapping[str, Any]) -> dict[str, Mapping[str, Phrase]]:
    """Return a phrase for each key, with ``currency.CODE`` for names."""
    flat: dict[str, Mapping[str, Phrase]] = {}
    for key, table in tables.items():
        if key == _CURRENCY.rstrip(".") and isinstance(table, dict):
            flat |= {f"{_CURRENCY}{code}": forms for code, forms in table.items()}
        else:
            flat[key] = table
    return flat


def _read(path: Path) -> dict[str, Mapping[str, Phrase]]:
    """Read and check a file of phrases.

    Raises:
        ConfigError: it is missing, is not TOML, or has a phrase that no chart knows or whose names in braces differ.
    """
    try:
        own = _flat(tomllib.loads(path.read_text("utf-8-sig")))
    except FileNotFoundError:
        raise ConfigError(f"charts.words: {path}: no such file; docs/charts.md shows its form") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"charts.words: {path}: cannot be read: {error}") from None
    for key, table in own.items():
        if problem := _problem(None if key.startswith(_CURRENCY) else key, table):
            raise ConfigError(f"charts.words: {path}: {key}: {problem}")
    return own


def _problem(key: str | None, own: object) -> str | None:
    """Return what is wrong with a phrase, None if it can be used; without a key it is the name of a currency."""
    if key is not None and key not in _standard():
        return "no chart has this phrase"
    if not isinstance(own, dict) or not own:
        return 'a table of languages is needed: en = "..."'
    problems = (_problem_in(code, phrase, _standard()[key]["en"] if key else None) for code, phrase in own.items())
    return next((problem for problem in problems if problem), None)


def _problem_in(code: str, phrase: object, standard: Phrase | None) -> str | None:
    """Return what is wrong with a phrase in one language; `standard` is its English, None for a currency."""
    if code not in CHART_LANGUAGES:
        return f"unknown language {code!r}; choose from {', '.join(CHART_LANGUAGES)}"
    forms = list(phrase.values()) if isinstance(phrase, dict) else [phrase]
    if not forms or not all(isinstance(form, str) and form.strip() and form.isprintable() for form in forms):
        return f"{code}: a line of text, or one for each plural form, is needed"
    if isinstance(phrase, dict):
        if isinstance(standard, str):
            return f"{code}: one line of text is needed, without plural forms"
        if "other" not in phrase:
            return f"{code}: the plural form 'other' is needed"
    problem = _wrong_fields([str(form) for form in forms], standard)
    return f"{code}: {problem}" if problem else None


def _wrong_fields(forms: Sequence[str], standard: Phrase | None) -> str | None:
    wanted = set() if standard is None else _fields([standard] if isinstance(standard, str) else standard.values())
    try:
        unknown = _fields(forms) - wanted
    except ValueError as error:
        return str(error)
    allowed = ", ".join(f"{{{one}}}" for one in sorted(wanted)) or "no names in braces"
    return f"unknown {{{min(unknown)}}}; it may have {allowed}" if unknown else None


def _fields(forms: Iterable[str]) -> set[str]:
    """Return the names in braces of all forms of a phrase."""
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name is not None}
