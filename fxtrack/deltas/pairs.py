"""Which pairs the quoted pairs of sources give, and why others cannot be derived. Prices are SQL: `rate_series`."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from itertools import permutations

Quoted = Mapping[str, AbstractSet[str]]
"""The pairs that each source quotes, by the name of the source."""

_MOST_NAMED = 12


def spelled(text: str) -> str:
    """Return a pair in the spelling of the store: ``KGS/USD`` for ``kgs-usd``, ``kgs usd`` or ``kgsusd``."""
    name = text.strip().upper()
    for mark in "- _:":
        name = name.replace(mark, "/")
    return f"{name[:3]}/{name[3:]}" if len(name) == len("KGSUSD") and name.isalpha() else name


def swapped(pair: str) -> str:
    """Return a pair the other way round."""
    base, _, counter = pair.partition("/")
    return f"{counter}/{base}"


def needs_deriving(pair: str, quoted: Quoted) -> bool:
    """Return whether any source gives a pair other than as it prints it."""
    return any(swapped(pair) in pairs or (pair not in pairs and shared(pair, pairs)) for pairs in quoted.values())


def is_given(pair: str, quoted: Quoted) -> bool:
    """Return whether any source quotes a pair, either way, or two pairs that share a currency."""
    return any(pair in pairs or swapped(pair) in pairs or bool(shared(pair, pairs)) for pairs in quoted.values())


def shared(pair: str, pairs: Iterable[str]) -> set[str]:
    """Return the currencies that both currencies of a pair are quoted against, either way."""
    base, _, counter = pair.partition("/")
    pairs = tuple(pairs)
    return _against(base, pairs) & _against(counter, pairs) - {base, counter} if base != counter else set()


def derivable(quoted: Quoted) -> list[str]:
    """Return the pairs that can be derived and that no source quotes, in alphabetical order."""
    found = {pair for pairs in quoted.values() for pair in _given(pairs)}
    return sorted(found - {pair for pairs in quoted.values() for pair in pairs})


def explain_missing(text: str, quoted: Quoted, where: str = "in the database") -> str:
    """Return why a pair is neither quoted nor derivable, the nearest pair that is, and all of them in short."""
    pair = spelled(text)
    known = sorted({name for pairs in quoted.values() for name in pairs})
    parts = [f"no pair {text!r} {where}{_reason(pair, quoted, where)}"]
    base, _, counter = pair.partition("/")
    choices = [*known, *derivable(quoted)] if base != counter else []
    if near := get_close_matches(pair, choices, n=5, cutoff=0.6):
        swaps = {pair[:i] + pair[i + 1] + pair[i] + pair[i + 2 :] for i in range(len(pair) - 1)}
        nearest = max(near, key=lambda name: (name in swaps, sum(a == b for a, b in zip(name, pair, strict=False))))
        parts.append(f"the nearest is {nearest}")
    parts.append(f"it has {', '.join(known) or 'none yet'}{_more(quoted)}")
    return "; ".join(parts)


def _reason(pair: str, quoted: Quoted, where: str) -> str:
    base, slash, counter = pair.partition("/")
    who = f"{where.removeprefix('at ')} does not quote" if where.startswith("at ") else "no source quotes"
    pairs = {name for names in quoted.values() for name in names}
    currencies = {currency for name in pairs for currency in name.split("/")}
    if not slash or not currencies:
        return ""
    if base == counter:
        return ": a currency has no rate against itself"
    if unknown := [currency for currency in (base, counter) if currency not in currencies]:
        return f", and it cannot be derived: {who} {' or '.join(unknown)}"
    against = [f"{currency} against {', '.join(sorted(_against(currency, pairs)))}" for currency in (base, counter)]
    return (
        f", and it cannot be derived: {who} both against one currency ({' and '.join(against)})"
        if not is_given(pair, quoted)
        else ", and it cannot be derived: the pairs that would give it share no date"
    )


def _more(quoted: Quoted) -> str:
    """Return what can be derived, as a clause."""
    found = derivable(quoted)
    known = {pair for pairs in quoted.values() for pair in pairs}
    currencies = sorted({currency for pair in known for currency in pair.split("/")})
    if not found:
        return ""
    if len(known | set(found)) == len(currencies) * (len(currencies) - 1) and len(found) > _MOST_NAMED:
        return f", and any two of {', '.join(currencies)} can be derived"
    rest = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return f", and can derive {', '.join(found[:_MOST_NAMED])}{rest}"


def _given(pairs: AbstractSet[str]) -> Iterator[str]:
    currencies = sorted({currency for pair in pairs for currency in pair.split("/")})
    for pair in map("/".join, permutations(currencies, 2)):
        if pair in pairs or swapped(pair) in pairs or shared(pair, pairs):
            yield pair


def _against(currency: str, pairs: Iterable[str]) -> set[str]:
    return {other for pair in pairs for other in pair.split("/") if currency in pair.split("/")} - {currency}
