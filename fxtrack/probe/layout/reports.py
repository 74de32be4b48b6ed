"""Finds the reported changes of a page's rows, and whether their signs are certain. Pure."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from fxtrack.extract.characters import ARROWS, PICTURE, DecimalMark
from fxtrack.probe.layout.figures import UNCHANGED, CannotSuggest, Place, arrows_in, plain_number
from fxtrack.probe.layout.rows import Layout, Row, shown
from fxtrack.probe.layout.tokens import Token
from fxtrack.probe.meaning.vocabulary import unknown_in

_HARMLESS = frozenset("()[]|,;:=/\u2022\u00b7*\t\n \u00a0\u202f\u2009\ufe0e\ufe0f" + ARROWS + UNCHANGED)
"""Marks beside a change that are no sign of it; arrows are looked at apart."""

_DAILY_PERCENT = 10
"""Percent: no currency moves by more on a usual day, so a larger figure is no percentage."""

_NEUTRAL = frozenset({"change", "percent", "small", "since", "currency", "unit"})
"""Kinds of words beside a change that are no sign of it."""

_WORD = re.compile(r"[^\W\d_]+")
_TO_WORD = re.compile(r"\w")
_NEXT_CELL = re.compile(r"[\t\n|]")


class ChangeColumns(NamedTuple):
    """Columns that may be the report: percentages, figures with a sign, figures under % in the heading."""

    percent: list[Place]
    signed: list[Place]
    marked: Place | None


def report_of(
    layout: Layout, rate: Place, found: ChangeColumns, decimal: DecimalMark
) -> tuple[Place | None, bool, str | None]:
    """Return the report's column, whether it is an absolute change, and the assumption behind that."""
    if found.percent:
        return found.percent[0], False, None
    if found.marked:
        return found.marked, False, "the figures under % in the heading are read as percentages"
    if not found.signed:
        return None, False, None
    place = found.signed[0]
    rows = [(r, c) for row in layout.rows if (r := rate.of(row)) and (c := place.of(row))]
    decimals = {tuple(len(plain_number(t.digits, decimal).partition(".")[2]) for t in pair) for pair in rows}
    example = rows[0][1].text
    if all(a == b for a, b in decimals):
        said = f"a guess: {example} has as many decimals as the rate and is read as an absolute change; "
        said += "where it is a percentage, rename the group `change` to `pct`"
        return place, True, said if len(decimals) == 1 else None  # no percentage follows the rate row by row
    small = all(Fraction(plain_number(change.digits, decimal)) < _DAILY_PERCENT for _, change in rows)
    if small and len({b for _, b in decimals}) == 1 and all(b < a for a, b in decimals):
        said = f"a guess: {example} has fewer decimals than the rate and is read as a percentage; "
        return place, False, said + "where it is an absolute change, rename the group `pct` to `change`"
    return (
        None,
        False,
        f"{example} may be a percentage or an absolute change, and the page does not say which: not read",
    )


def direction_of(layout: Layout, rate: Place, report: Place | None, text: str) -> str | None:
    """Locate the arrows that give unsigned reports their sign.

    Raises:
        CannotSuggest: the sign of the reports is not certain.
    """
    if report is None:
        return None
    parts = [(row, number, change) for row in layout.rows if (number := rate.of(row)) and (change := report.of(row))]
    unsigned = [part for part in parts if not part[2].is_signed]
    _check_signs(unsigned, layout, text)
    if unsigned == parts and all(text[change.start - 1] in "([" for _, _, change in parts):
        raise CannotSuggest(f"the sign of {parts[0][2].text} is not certain: falls may stand in parentheses")
    if len(unsigned) < len(parts):
        return None
    found = {
        where
        for row, number, change in parts
        for where, start, end in (
            ("rate", row.anchor.base.end, number.start),
            ("report", number.end, change.start),
            ("end", change.end, row.end),
        )
        if arrows_in(text[start:end])
    }
    if len(found) > 1:
        raise CannotSuggest("arrows stand in several places of a row")
    return found.pop() if found else None


def _beside(row: Row, number: Token, change: Token, text: str) -> tuple[set[str], str]:
    """Return the marks beside a report, and the words before it and behind it in its cell."""
    columns = (*row.before, row.anchor.base, *row.after)
    start = max((token.end for token in columns if token.end <= change.start), default=row.start)
    stop = min((token.start for token in columns if token.start >= change.end), default=row.end)
    before, behind = text[start : change.start], text[change.end : stop]
    near = text[min(number.end, change.start) : change.start] + _TO_WORD.split(behind, maxsplit=1)[0]
    own = before if start > row.anchor.base.end else _NEXT_CELL.split(before)[-1]  # the cells behind a pair name it
    words = _WORD.findall(own) + _WORD.findall(_NEXT_CELL.split(behind)[0])
    if "\n" in text[row.start : row.end] and stop == row.end:
        words = _WORD.findall(own) + _WORD.findall(behind)
    return {c for c in near if not c.isalnum()}, " ".join(words).lower()


def words_beside(layout: Layout, rate: Place, place: Place, text: str) -> bool:
    """Return whether words that are not understood stand beside changes with signs, which may be those of a week."""
    rows = [(r, n, c) for r in layout.rows if (n := rate.of(r)) and (c := place.of(r)) and c.is_signed]
    said = [_beside(*parts, text)[1] for parts in rows]
    are_names = len({*said}) == len(said) > 1
    return not are_names and any(unknown_in(words, _NEUTRAL) for words in said)


def _check_signs(unsigned: Sequence[tuple[Row, Token, Token]], layout: Layout, text: str) -> None:
    """Refuse reports without a sign beside which something may be one; arguments are (row, rate, report).

    Words beside a report that are not known to be neutral may say its direction, whatever their language.
    """
    said: set[str] = set()
    for row, number, change in unsigned:
        marks, words = _beside(row, number, change, text)
        said.add(words)
        doubted = any(change.start <= place < change.end for place in layout.doubts)
        is_drawn = PICTURE in text[row.anchor.base.end : row.end] or arrows_in(text[row.start : row.anchor.base.start])
        is_said = (unknown_in(words, _NEUTRAL) is not None and change.digits.strip("0.,") != "") or len(said) > 1
        if doubted or is_drawn or is_said or not _HARMLESS.issuperset(marks):
            raise CannotSuggest(f"the sign of {change.text} is not certain, as in {shown(row, text)!r}")
    if len({text[change.start - 1] == "(" for _, _, change in unsigned}) > 1:
        raise CannotSuggest("some changes stand in parentheses, which may be their sign, and others do not")
