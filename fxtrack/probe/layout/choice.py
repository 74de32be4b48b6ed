"""Chooses the columns that are read, by the headings above them and the words beside their figures. Pure."""

import datetime as dt
import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from fxtrack.probe.dates import date_in
from fxtrack.probe.layout.figures import CannotSuggest, Place, values
from fxtrack.probe.layout.rows import Layout, shown
from fxtrack.probe.layout.tokens import tokens_of
from fxtrack.probe.meaning.cells import RowWords, is_beside_names, label_of, share_a_cell
from fxtrack.probe.meaning.headings import Headings, currencies_of, not_plain, not_understood, over
from fxtrack.probe.meaning.vocabulary import RATE_KINDS, has, unknown_in

_OTHERWISE = "so the figures may be not the rates of the page's date"
_UNDECIDED = "no words say which of them is the rate"
_WIDEST_SPREAD = 5  # a selling rate is less than a fifth above the buying rate
_LONGEST_DAYS = 31  # between the dates of rates that stand beside each other
_A_DAY = re.compile(r"(?i)(?<![\w.])(?:24|1)\s?-?(?:h|hrs?|hours?|ч|час\w*|d|day)(?!\w)")
_CHANGE = frozenset({"change", "percent", "small", "rate", "kind", "since", "currency", "place"})
_DATES = RATE_KINDS | {"date"}
_UNITS = frozenset({"unit", "small", "currency", "identity"})


class Surroundings(NamedTuple):
    """The rows of a layout and the words around their figures."""

    layout: Layout
    text: str
    headings: Headings
    pieces: Sequence[RowWords]


def rate_column(words: Surroundings, candidates: Sequence[Place]) -> tuple[Place, str | None]:
    """Return the column of the rates, and the words that call it so.

    Raises:
        CannotSuggest: the words around no column, or around several, say that it has the rates of the page's date.
    """
    layout, text = words.layout, words.text
    if (loose := not_understood(words.headings.loose)) and not has_dated(words):
        raise CannotSuggest(f"the heading {loose!r} is not understood, {_OTHERWISE}")
    if has_dated(words):
        return candidates[0], None
    found = {place: _meaning(words, place) for place in candidates}
    plain = [place for place in candidates if found[place].problem is None]
    if not plain:
        raise CannotSuggest(f"{found[candidates[0]].problem}, {_OTHERWISE}")
    called = [place for place in plain if found[place].said] if plain == [*candidates] else []
    rate = called[0] if called and found[called[0]].heads else plain[0]
    said = found[rate].said
    if not said and rate != candidates[0]:
        raise CannotSuggest(f"{found[candidates[0]].problem}, {_OTHERWISE}")
    _check_others(words, rate, said, [(place, found[place].said) for place in plain if place != rate])
    for place in candidates:
        if place != rate and not (found[rate].label and found[place].label) and share_a_cell(rate, place, layout, text):
            raise CannotSuggest(f"two figures stand in one place in {shown(layout.columns, text)!r}: {_UNDECIDED}")
    return rate, f"under or beside {said!r}" if said else None


class _Meaning(NamedTuple):
    """Headings and label of a column, and why they are not those of a plain rate."""

    heads: tuple[str, ...]
    label: str
    problem: str | None

    @property
    def said(self) -> str:
        return " ".join([*self.heads, self.label]).strip()


def _meaning(words: Surroundings, place: Place) -> _Meaning:
    heads = over(words.headings, words.layout, words.text, place)
    label, problem = label_of(place, words.pieces, words.layout)
    if wrong := next((head for head in heads if not_plain(head)), None):
        problem = f"the heading {wrong!r} is not understood"
    return _Meaning(heads, label, problem)


def _check_others(words: Surroundings, rate: Place, said: str, others: Sequence[tuple[Place, str]]) -> None:
    """Refuse rows in which another figure may be the rate as well."""
    layout, row = words.layout, shown(words.layout.columns, words.text)
    for place, other in others:
        if other and said == other:
            raise CannotSuggest(f"two columns are both called {said!r}, and the page does not say which has the rates")
        mine, its = currencies_of(said), currencies_of(other)
        if mine and its and mine != its:
            raise CannotSuggest(f"the figures under {said!r} and {other!r} are in different currencies")
        if not said and not other and not _are_buy_and_sell(layout, rate, place):
            raise CannotSuggest(f"two figures stand in {row!r}: {_UNDECIDED}")


def _are_buy_and_sell(layout: Layout, one: Place, other: Place) -> bool:
    """Return whether figures without words are as buying and selling rates: the second a little higher in each row."""
    if other.number != one.number + 1:
        return True  # further ones follow these
    pairs = [(a.digits, b.digits) for row in layout.rows if (a := one.of(row)) and (b := other.of(row))]
    numbers = [(_size(a), _size(b)) for a, b in pairs if (a + b).count(".") + (a + b).count(",") <= 2]  # noqa: PLR2004
    return all(a <= b < a * (1 + Fraction(1, _WIDEST_SPREAD)) for a, b in numbers)


def _size(digits: str) -> Fraction:
    """Return the size of a number with one mark at most, taken as its decimal mark."""
    return Fraction(re.sub(r"[^0-9.]", "", digits.replace(",", ".")) or "0")


def has_dated(words: Surroundings) -> bool:
    """Return whether the headings have the dates of several columns."""
    for line in words.headings.lines[:1]:
        dates = [date_in(token.text) for token in tokens_of(line) if token.kind == "date"]
        return len({*dates}) > 1
    return False


def means_change(words: Surroundings, place: Place) -> bool:
    """Return whether headings call a column a daily change; without any headings, its place says so."""
    if not words.headings.lines:
        return True
    heads = over(words.headings, words.layout, words.text, place)
    if not heads and not words.headings.columns:
        cells = [cell for cell in words.headings.loose if has(cell, "change") or has(cell, "percent") or "%" in cell]
        heads = tuple(cells) if len(cells) == 1 else ()
    plain = [_A_DAY.sub("", head) for head in heads]
    is_called = any(has(head, "change") or has(head, "percent") or "%" in head for head in heads) or plain != [*heads]
    return is_called and not any(unknown_in(head, _CHANGE) for head in plain)


def means_unit(words: Surroundings, place: Place) -> None:
    """Refuse powers of ten that may be no units.

    Raises:
        CannotSuggest: nothing says that they are.
    """
    layout, text = words.layout, words.text
    heads = over(words.headings, layout, text, place)
    if wrong := next((head for head in heads if unknown_in(head, _UNITS)), None):
        raise CannotSuggest(f"the figures under {wrong!r} may be units or not")
    example = values(layout, place)[0]
    if place.behind:
        if is_beside_names(place, words.pieces):
            return
        label, why = label_of(place, words.pieces, layout, _UNITS)
        if why or unknown_in(label, _UNITS):
            raise CannotSuggest(f"the figures beside {label!r} may be units or not")
        is_beside = "\t" not in text[layout.columns.anchor.base.end : example.start]
        if not heads and not label and not is_beside and len({t.digits for t in values(layout, place)}) == 1:
            raise CannotSuggest(f"whether {example.text} in each row is a number of units is not clear from the page")


def means_date(words: Surroundings, place: Place) -> bool:
    """Return whether a column of dates has those of the rates, by its heading or by its place."""
    heads = over(words.headings, words.layout, words.text, place)
    if heads or words.headings.columns:
        return bool(heads) and not any(unknown_in(head, _DATES) for head in heads)
    dates = sorted(date for token in values(words.layout, place) if (date := date_in(token.text)))
    codes = {row.anchor.pair for row in words.layout.rows}
    return len(codes) < len(dates) or not any(
        later - earlier > dt.timedelta(days=_LONGEST_DAYS) for earlier, later in pairwise(dates)
    )
