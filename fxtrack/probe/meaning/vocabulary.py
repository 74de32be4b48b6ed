"""Tells what the words beside a page's rates mean, by `words.toml` and CLDR's names of currencies. Pure."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from fxtrack.extract.calendar.words import LANGUAGES
from fxtrack.probe.layout.tokens import currencies
from fxtrack.probe.meaning.magnitudes import listed_currencies

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2018\u2019\u02bb\u02bc][^\W\d_]+)*|[0-9][0-9.,'\u2019\u00a0]*|[^\w\s]")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
RATE_KINDS = frozenset({"rate", "kind", "small", "currency", "place", "identity"})
"""Kinds of words that a heading or a label of a plain rate may have."""
HEADING_KINDS = RATE_KINDS | {"unit", "change", "percent", "date", "against"}
"""Kinds of words that the heading of any column may have."""

_NAMED_IN = (*LANGUAGES, "hy", "cs", "hu")
_OTHERS = frozenset({"unit", "numeral", "change", "date"})
_SHORT = 3  # letters of a word that other words begin with
_SYMBOLS = "$€£¥₽₸₴₾₼֏₺₹₪₫₮฿₦₱₡₲₵₭៛؋৳\u20c0"


@lru_cache(maxsize=8192)
def kinds_of(word: str) -> frozenset[str]:
    """Return what a word may mean; nothing where it is not understood."""
    folded = _folded(word)
    found = {
        kind for kind, (words, stems) in _words().items() if folded in words or folded.startswith(stems or ("\0",))
    }
    if word in currencies() or word in _SYMBOLS or (found.isdisjoint(_OTHERS) and _is_currency(folded)):
        found.add("currency")
    return frozenset(found)


def _folded(word: str) -> str:
    """Return a word without case, with one kind of apostrophe."""
    return re.sub("[\u2018\u2019\u02bb\u02bc]", "'", word.casefold())


def tokens_in(text: str) -> Iterator[str]:
    """Yield the words, numbers and marks of a text."""
    for match in _TOKEN.finditer(text):
        yield match[0]


def unknown_in(text: str, kinds: frozenset[str]) -> str | None:
    """Return the first word or number of a text that has none of these meanings, None where all are understood."""
    for token in tokens_in(text):
        if token[0].isdigit() or token in {"\u00d7", "*"}:
            return token
        if (token[0].isalpha() or token in _SYMBOLS) and kinds.isdisjoint(kinds_of(token)):
            return token
    return None


def numeral_in(text: str) -> str | None:
    """Return the first numeral of a text that is written as a word."""
    return next((token for token in tokens_in(text) if "numeral" in kinds_of(token)), None)


def has(text: str, kind: str) -> bool:
    """Return whether a word of a text has a meaning."""
    return any(kind in kinds_of(token) for token in tokens_in(text))


def is_capital(word: str) -> bool:
    """Return whether a word is written in capitals, as the initials of a bank are."""
    return len(word) > 1 and word.isupper()


def _is_currency(folded: str) -> bool:
    """Return whether a word without case is from the name of a currency or a country, with any ending."""
    names, short, endings = _currency_words(), _words()["short"][0], _words()["ending"][0]
    if folded in names or folded in _words()["country"][0]:
        return True
    parts = [(folded[:-length], folded[-length:]) for length in range(1, max(map(len, endings)) + 1)]
    return any(
        ending in endings
        and (len(stem) > _SHORT or stem in short)
        and (stem in names or any(stem + last in names for last in _words()["last"][0]))
        for stem, ending in parts
    )


@cache
def _words() -> Mapping[str, tuple[frozenset[str], tuple[str, ...]]]:
    """Return the words and the beginnings of words with each meaning."""
    text = (files("fxtrack.probe.meaning") / "words.toml").read_text("utf-8")
    lists = {kind: words.split() for kind, words in tomllib.loads(text).items()}
    return {
        kind: (
            frozenset(word for word in words if not word.endswith("*")),
            tuple(word[:-1] for word in words if word.endswith("*")),
        )
        for kind, words in lists.items()
    }


@cache
def _currency_words() -> frozenset[str]:
    """Return the words of the names of today's currencies, in the languages that pages of rates have."""
    from babel import Locale

    names = (Locale.parse(language).currencies.get(code, "") for language in _NAMED_IN for code in listed_currencies())
    found = {_folded(part) for name in names for part in tokens_in(name) if part[0].isalpha()}
    others = set().union(*(_words()[kind][0] for kind in _OTHERS))
    return frozenset(word for word in found if len(word) > _SHORT) - others | _words()["short"][0]


@lru_cache(maxsize=8192)
def is_name_of(code: str, words: str) -> bool:
    """Return whether words are a name of a currency, or a part of one."""
    from babel import Locale

    folded = words.casefold()
    names = (Locale.parse(language).currencies.get(code, "").casefold() for language in _NAMED_IN)
    return any(folded == name or folded in _WORD.findall(name) for name in names if name)
