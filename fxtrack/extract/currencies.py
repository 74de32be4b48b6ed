"""Currencies by code, name or sign, as pages print them. Pure.

Names come from CLDR (through Babel) in the source's languages, plural forms included; a name that CLDR gives to several
currencies is not read. A sign is read if it belongs to one currency: ``$``, ``£``, ``¥`` and ``₩`` do not, and need an
entry in the source's `currencies`.
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

_SIGNS = {
    "€": "EUR", "₽": "RUB", "₸": "KZT", "\u20c0": "KGS", "₴": "UAH", "₾": "GEL", "₼": "AZN", "֏": "AMD", "₺": "TRY",
    "₹": "INR", "₪": "ILS", "₫": "VND", "₮": "MNT", "฿": "THB", "₦": "NGN", "₱": "PHP", "₡": "CRC", "₲": "PYG",
    "₵": "GHS", "₭": "LAK", "៛": "KHR", "؋": "AFN", "৳": "BDT",
}  # fmt: skip
_CODE = 3  # letters of a code in ISO 4217
_COUNTS = (1, 2, 5, 1.5)  # one number for each plural form of any language


def fold(name: str) -> str:
    """Return a printed name without case, white space and surrounding marks, which do not distinguish names."""
    return " ".join(name.split()).strip(".,:;*()[]").strip().casefold()


@lru_cache(maxsize=4096)  # a page repeats the same names
def currency_of(printed: str, currencies: tuple[tuple[str, str], ...], languages: tuple[str, ...]) -> str | None:
    """Return the ISO 4217 code of a printed currency, None if it is unknown or uncertain.

    Args:
        printed: code, name or sign.
        currencies: the source's codes by printed name, which take precedence.
        languages: CLDR names of the languages of the page.
    """
    name = fold(printed)
    if configured := _configured(currencies).get(name):
        return configured
    is_code = len(name) == _CODE and name.isascii() and name.isalpha()
    if is_code and printed.strip() in {name, name.upper()}:
        return name.upper()
    if sign := _SIGNS.get(name):
        return sign
    names = _names(languages) if name else {}
    return names.get(name) or (name.upper() if is_code and name.upper() in names.values() else None)


@lru_cache(maxsize=1024)
def is_currency(code: str) -> bool:
    """Return whether CLDR knows a code of three letters as that of a currency."""
    from babel.core import get_global

    return code in get_global("all_currencies")


def locale_of(language: str) -> "Locale":
    """Return what CLDR knows of a language.

    Raises:
        UnknownLocaleError: CLDR does not know it.
        ValueError: its name is not like ``ru`` or ``pt-BR``.
    """
    from babel import Locale

    return Locale.parse(language, sep="-" if "-" in language else "_")


@cache
def _configured(currencies: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {fold(name): code for name, code in currencies}


@cache
def _names(languages: tuple[str, ...]) -> dict[str, str]:
    """Map the names of currencies in some languages, folded, to their codes; None for a name of several."""
    from babel.numbers import get_currency_name

    found: dict[str, set[str]] = {}
    for language in languages:
        locale = locale_of(language)
        for code, name in locale.currencies.items():
            for form in (name, *(get_currency_name(code, count, locale) for count in _COUNTS)):
                found.setdefault(fold(form), set()).add(code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}
