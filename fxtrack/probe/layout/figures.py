"""Columns of a page's rows as figures: where they stand, and how their numbers are written. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fxtrack.extract.characters import ARROWS, DecimalMark
from fxtrack.probe.layout.rows import Layout, Row
from fxtrack.probe.layout.tokens import Token

UNCHANGED = "■"
_POWER = re.compile(r"10*")
_GROUP_MARKS = "'\u2019\u00a0\u202f\u2009 "
_GROUP = 3  # digits


class CannotSuggest(Exception):
    """No entry is certain to be right; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column: its side of the anchor, and its index on that side from the left."""

    behind: bool
    number: int

    def of(self, row: Row) -> Token | None:
        """Return the token of a row in this column, None where the row is shorter."""
        tokens = row.after if self.behind else row.before
        return tokens[self.number] if self.number < len(tokens) else None


def values(layout: Layout, place: Place) -> list[Token]:
    """Return the tokens of the rows in a column."""
    return [token for row in layout.rows if (token := place.of(row))]


def plain_number(printed: str, decimal: DecimalMark) -> str:
    """Return a printed number without groups, with a decimal point and an ASCII sign."""
    kept = re.sub(f"[{_GROUP_MARKS}{',' if decimal == 'point' else '.'}]", "", printed)
    return re.sub("[\u2212\u2013]", "-", kept).replace(",", ".").replace("\uff0b", "+")


def unit_in(printed: str) -> int | None:
    """Return a printed unit, a power of ten with or without groups; None for any other number."""
    groups = re.split(f"[{_GROUP_MARKS}.,]", printed)
    is_grouped = all(len(group) == _GROUP for group in groups[1:])
    return int("".join(groups)) if is_grouped and _POWER.fullmatch("".join(groups)) else None


def arrows_in(text: str) -> str:
    """Return the arrows of a text."""
    return "".join(c for c in text if c in ARROWS or c in UNCHANGED)


def decimal_of(numbers: Sequence[str], percentages: Sequence[str] = ()) -> DecimalMark:
    """Return the decimal mark of numbers, by those that allow one reading only.

    Args:
        numbers: of the columns of rates.
        percentages: beside them; they tell where the rates do not, if both have the same mark.

    Raises:
        CannotSuggest: they contradict each other, or none of them tells.
    """
    votes = {vote for number in (*numbers, *percentages) if (vote := _decimal_mark(number))}
    if len(votes) > 1:
        raise CannotSuggest("some numbers have a decimal point and others a decimal comma")
    doubtful = [number for number in numbers if "." in number or "," in number]
    if doubtful and not any(_decimal_mark(number) for number in numbers):
        marks = {c for number in doubtful for c in number if c in ".,"}
        if marks != votes:
            raise CannotSuggest(f"whether {doubtful[0]} has decimals or thousands is not clear from the page")
    return "comma" if votes == {","} else "point"


def _decimal_mark(number: str) -> str | None:
    """Return the decimal mark of a number; None where it has no mark, or one that may separate groups as well."""
    marks = [c for c in number if c in ".,"]
    if not marks:
        return None
    head, _, tail = number.rpartition(marks[-1])
    if len(marks) > 1 and len(set(marks)) == 1:  # 1.234.567
        return "," if marks[0] == "." else "."
    is_group = len(tail) == _GROUP and head.strip("0") != "" and len(head) <= _GROUP and head.isdigit()
    return None if is_group else marks[-1]
