"""Says what each column of a page's rows is: rate, unit, report, date, or none of these. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fxtrack.extract.characters import ARROWS, PICTURE, Decimal
from fxtrack.extract.ticker.grammar import ENTRY_GROUPS
from fxtrack.probe.dates import date_in
from fxtrack.probe.rows import Layout, Row
from fxtrack.probe.tokens import SPACES, Token

_POWER = re.compile(r"10*")
_NUMBER_CODE = re.compile(r"[0-9]{3}")
_GROUP_MARKS = "'\u2019\u00a0\u202f\u2009 "
_AS_PERCENT = re.compile(r"%|\bper ?cent|процент|foiz|пайыз|пайыз|yüzde|фоиз", re.IGNORECASE)
STILL = "■"
_GROUP = 3  # digits


class CannotSuggest(Exception):
    """Nothing can be suggested that is sure to be right; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column: on which side of the anchor, and the how-manieth from the left."""

    behind: bool
    number: int

    def of(self, row: Row) -> Token | None:
        """Return what a row has there."""
        tokens = row.after if self.behind else row.before
        return tokens[self.number] if self.number < len(tokens) else None


class _Changes(NamedTuple):
    """Columns that may be the report: percentages, figures with a sign, figures under % in the heading."""

    percent: list[Place]
    signed: list[Place]
    marked: Place | None


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column is what.

    Attributes:
        rate: where the rates stand.
        decimal: what parts their whole from their fraction.
        unit: how many units the rate is for; None where that is 1.
        report: the reported change; None where the page prints none or it is uncertain.
        absolute: the report is a change in the counter currency.
        date: each row's date, if all rows have the same.
        direction: arrows say which way the rate went: ``rate`` or ``report`` for what they stand before, ``end``.
        rest: columns that are not used, with what is known of each.
        remarks: what is assumed.
        ones: units that are 1 in every row.
    """

    rate: Place
    decimal: Decimal
    unit: Place | None = None
    report: Place | None = None
    absolute: bool = False
    date: Place | None = None
    direction: str | None = None
    rest: tuple[tuple[Place, str], ...] = ()
    remarks: tuple[str, ...] = ()
    ones: tuple[Place, ...] = ()


def values(layout: Layout, place: Place) -> list[Token]:
    """Return what the rows have in a column."""
    return [token for row in layout.rows if (token := place.of(row))]


def roles_of(layout: Layout, text: str, heading: str) -> Roles:
    """Tell what each column is.

    Args:
        layout: the rows.
        text: the page.
        heading: the line above the first row.

    Raises:
        CannotSuggest: it is not certain which column the rate is, or how its numbers are written.
    """
    first = layout.columns
    places = [Place(False, n) for n in range(len(first.before))] + [Place(True, n) for n in range(len(first.after))]
    kinds = {place: {token.kind for token in values(layout, place)} for place in places}
    numbers = [place for place in places if kinds[place] == {"num"}]
    signed = [p for p in numbers if any(t.is_signed for t in values(layout, p)) or _has_arrow(layout, p, text)]
    plain = [place for place in numbers if place not in signed]
    powers, figures = _units_and_figures(layout, plain)
    others = [place for place in plain if place not in (*powers, *figures)]
    if not any(p.behind for p in others) and len(figures) == 1 and figures[0].behind:  # whole rates of three digits
        others, figures = [*others, *figures], []
    marked = _percent_place(layout, heading, [*signed, *[p for p in others if p.behind][1:]])
    candidates = [place for place in others if place.behind and place != marked]
    _check_candidates(layout, candidates, [place for place in others if not place.behind], heading)
    rate = candidates[0]
    changes = _Changes([place for place in places if "pct" in kinds[place]], signed, marked)
    unit = next((p for p in powers if {t.digits for t in values(layout, p)} != {"1"}), None)
    if unit and "unit" not in ENTRY_GROUPS:
        shown = next(t.digits for t in values(layout, unit) if t.digits != "1")
        raise CannotSuggest(f"the rates are per unit, some per {shown}, which cannot be configured")
    decimal = _decimal_of([t.digits for p in (*candidates, *signed, *changes.percent) for t in values(layout, p)])
    report, absolute, assumed = _report_of(layout, rate, changes, decimal)
    dates = [place for place in places if kinds[place] == {"date"}]
    same = [place for place in dates if len({date_in(t.text) for t in values(layout, place)}) == 1]
    rest = [(p, "a figure of three digits or a row's number") for p in figures]
    rest += [(p, "a further figure") for p in candidates[1:]]
    rest += [(p, "a change") for p in (*changes.percent, *signed) if p != report]
    rest += [(p, "a unit of 1") for p in powers if p != unit]
    rest += [(p, "dates that differ from row to row") for p in dates if p not in same]
    rest += [(p, "a time of day") for p in places if kinds[p] == {"time"}]
    return Roles(
        rate=rate, decimal=decimal, unit=unit, report=report, absolute=absolute, date=same[0] if same else None,
        direction=_direction(layout, rate, report, text), rest=tuple(rest), remarks=(assumed,) if assumed else (),
        ones=tuple(p for p in powers if p != unit),
    )  # fmt: skip


def _units_and_figures(layout: Layout, plain: Sequence[Place]) -> tuple[list[Place], list[Place]]:
    """Return the columns of powers of ten, and those of three digits each or of the rows' numbers."""
    powers, figures = [], []
    for place in plain if len(plain) > 1 else ():
        digits = [token.digits for token in values(layout, place)]
        if all(_POWER.fullmatch(d) for d in digits):
            powers.append(place)
        elif all(_NUMBER_CODE.fullmatch(d) for d in digits) or _is_rank(digits):
            figures.append(place)
    return powers, figures


def _check_candidates(layout: Layout, candidates: list[Place], before: list[Place], heading: str) -> None:
    """Refuse columns of which the rate is not certain.

    Raises:
        CannotSuggest: it is not.
    """
    if not candidates:
        raise CannotSuggest("no column is certain to be the rate")
    if len(candidates) > 1 and _names_many(heading, layout):
        raise CannotSuggest("a table of rates of all against all, which has several rates a row")
    if before:
        shown = values(layout, before[0])[0].text
        raise CannotSuggest(f"a column of figures before the currency, such as {shown}, has no known meaning")
    first = values(layout, candidates[0])
    if len(candidates) > 1 and all(token.digits.isdigit() for token in first):
        raise CannotSuggest(f"whole numbers such as {first[0].text} stand before other figures and may be units")


def plain_number(printed: str, decimal: Decimal) -> str:
    """Return a printed number without groups, with a decimal point and an ASCII sign."""
    kept = re.sub(f"[{_GROUP_MARKS}{',' if decimal == 'point' else '.'}]", "", printed)
    return re.sub("[\u2212\u2013]", "-", kept).replace(",", ".").replace("\uff0b", "+")


def arrows_in(text: str) -> str:
    """Return the arrows of a text."""
    return "".join(c for c in text if c in ARROWS or c in STILL)


def _has_arrow(layout: Layout, place: Place, text: str) -> bool:
    """Tell whether an arrow stands between a number behind the first one and the number before it."""
    if not place.behind or not place.number:
        return False
    ends = [(row.after[place.number - 1].end, t.start) for row in layout.rows if (t := place.of(row))]
    return any(arrows_in(text[a:b]) for a, b in ends)


def _is_rank(digits: Sequence[str]) -> bool:
    return list(digits) == [str(n) for n in range(1, len(digits) + 1)] and len(digits) > 2  # noqa: PLR2004


def _percent_place(layout: Layout, heading: str, places: Sequence[Place]) -> Place | None:
    """Return the column that a heading calls a percentage."""
    cells = heading.split("\t") if "\t" in heading else heading.split()
    marked = [n for n, cell in enumerate(cells) if _AS_PERCENT.search(cell)]
    if len(marked) != 1 or not places:
        return None
    wide = len(layout.columns.before) + 1 + len(layout.columns.after)
    if len(cells) >= wide - 1:
        at = marked[0] - len(layout.columns.before) - 1
        exact = [p for p in places if p.behind and p.number == at]
        if exact:
            return exact[0]
    return places[0] if len(places) == 1 else None


def _names_many(heading: str, layout: Layout) -> bool:
    """Tell whether the heading names several of the rows' currencies, each above a column of its own."""
    codes = {code for row in layout.rows for code in row.anchor.pair if code}
    return len(codes.intersection(re.findall(r"[A-Z]{3}", heading))) > 1


def _decimal_of(numbers: Sequence[str]) -> Decimal:
    """Tell how numbers are written: by those that can be written in one way only.

    Raises:
        CannotSuggest: they contradict each other, or none of them tells.
    """
    votes = {vote for number in numbers if (vote := _decimal_mark(number))}
    if len(votes) > 1:
        raise CannotSuggest("some numbers have a decimal point and others a decimal comma")
    doubtful = [number for number in numbers if "." in number or "," in number]
    if not votes and doubtful:
        raise CannotSuggest(f"whether {doubtful[0]} has decimals or thousands cannot be told from the page")
    return "comma" if votes == {","} else "point"


def _decimal_mark(number: str) -> str | None:
    """Return the decimal mark of a number, None where it may be a mark between groups as well, or where it has none."""
    marks = [c for c in number if c in ".,"]
    if not marks:
        return None
    head, _, tail = number.rpartition(marks[-1])
    if len(marks) > 1 and len(set(marks)) == 1:  # 1.234.567
        return "," if marks[0] == "." else "."
    is_group = len(tail) == _GROUP and head.strip("0") != "" and len(head) <= _GROUP and head.isdigit()
    return None if is_group else marks[-1]


def _report_of(layout: Layout, rate: Place, found: _Changes, decimal: Decimal) -> tuple[Place | None, bool, str | None]:
    """Return the report's column, whether it is an absolute change, and what is assumed."""
    if found.percent:
        said = "the rows print an absolute change as well as a percentage: the percentage is read"
        return found.percent[0], False, said if found.signed else None
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
    if len({b for _, b in decimals}) == 1 and all(b < a for a, b in decimals):
        said = f"a guess: {example} has fewer decimals than the rate and is read as a percentage; "
        return place, False, said + "where it is an absolute change, rename the group `pct` to `change`"
    return (
        None,
        False,
        f"{example} may be a percentage or an absolute change, and the page does not say which: not read",
    )


def _direction(layout: Layout, rate: Place, report: Place | None, text: str) -> str | None:
    """Tell where the arrows stand that give unsigned reports their sign.

    Raises:
        CannotSuggest: the sign of the reports is not certain.
    """
    if report is None or any(t.is_signed for t in values(layout, report)):
        return None
    if any(PICTURE in text[row.anchor.base.end : row.end] for row in layout.rows):
        raise CannotSuggest("a picture stands beside changes without a sign and may be their sign")
    found = set()
    for row in layout.rows:
        number, change = rate.of(row), report.of(row)
        if not number or not change:
            continue
        if arrows_in(text[row.anchor.base.end : number.start]):
            found.add("rate")
        if arrows_in(text[number.end : change.start]):
            found.add("report")
        if arrows_in(text[change.end : row.end]):
            found.add("end")
    if len(found) > 1:
        raise CannotSuggest("arrows stand in several places of a row")
    return found.pop() if found else None


def blank(text: str) -> bool:
    """Tell whether a text is white space within a line."""
    return not text.strip(SPACES + "\t")
