"""``python tests/calendar_words.py``: writes `fxtrack/extract/calendar/words.txt` from CLDR."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel import localedata

from fxtrack.extract.calendar.words import LANGUAGES, letters_in

FILE = Path(__file__).parent.parent / "fxtrack" / "extract" / "calendar" / "words.txt"
_SCRIPT = 4  # letters of a script in the name of a locale: uz_Cyrl


def names(field: str) -> frozenset[str]:
    """Return the longest word of each name of a month or weekday, full or short, in every language."""
    found: set[str] = set()
    for locale in localedata.locale_identifiers():
        language, *rest = locale.split("_")
        if rest and (len(rest) > 1 or len(rest[0]) != _SCRIPT):
            continue
        is_usual = language in LANGUAGES
        for name in _names(localedata.load(locale).get(field, {})):
            word = max(letters_in(name.lower()), key=len, default="")
            if len(word) >= _least(word, is_usual=is_usual):
                found.add(word)
    return frozenset(found)


def _names(contexts: dict[str, Any]) -> Iterator[str]:
    for widths in contexts.values():
        for width, of_width in widths.items():
            own = of_width[1] if isinstance(of_width, tuple) else of_width
            if width != "narrow" and isinstance(own, dict):
                yield from map(str, own.values())


def _least(word: str, *, is_usual: bool) -> int:
    """Return how many letters a name has at least: short ones of rare languages are words of others."""
    if word.isascii():
        return 3 if is_usual else 5
    return 4 if all(c < "\u0370" for c in word) and not is_usual else 1


if __name__ == "__main__":
    FILE.write_text("".join(" ".join(sorted(names(field))) + "\n" for field in ("months", "days")), "utf-8")
