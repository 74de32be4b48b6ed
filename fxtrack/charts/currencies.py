"""Currencies in words, from CLDR through Babel."""

from babel.numbers import get_currency_name

_LOCALE = "en"


def unit_in_words(base: str, counter: str) -> str:
    """Return what a rate of BASE/COUNTER counts: ``US dollars for 1 Kyrgystani som``.

    A code that CLDR has no name for stands for itself.
    """
    return f"{get_currency_name(counter, 2, _LOCALE)} for 1 {get_currency_name(base, 1, _LOCALE)}"
