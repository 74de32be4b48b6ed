"""Assigns a role to each column of a page's rows: rate, unit, report, date, or none of these. Pure."""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from fxtrack.extract.characters import ARROWS, PICTURE, Decimal
from fxtrack.extract.text.signs import WORDS
from fxtrack.probe.dates import is_ambiguous
from fxtrack.probe.layout.rows import Layout, Row, shown
from fxtrack.probe.layout.tokens import Token, currencies

_ONE = re.compile(r"1(?:[.,]0+)?")
_POWER = re.compile(r"10*")
_NUMBER_CODE = re.compile(r"[0-9]{3}")
_GROUP_MARKS = "'\u2019\u00a0\u202f\u2009 "
_AS_PERCENT = re.compile(r"%|\bper ?cent|процент|foiz|пайыз|пайыз|yüzde|фоиз", re.IGNORECASE)
UNCHANGED = "■"
_HARMLESS = frozenset("()[]|,;:=/\u2022\u00b7*\t\n \u00a0\u202f\u2009\ufe0e\ufe0f" + ARROWS + UNCHANGED)
"""Marks beside a change that are no sign of it; arrows are looked at apart."""

_DAILY_PERCENT = 10
"""Percent: no currency moves by more on a usual day, so a larger figure is no percentage."""

_WORD = re.compile(r"[^\W\d_]+")
_TO_WORD = re.compile(r"\w")
_NEXT_CELL = re.compile(r"[\t\n]")
_GROUP = 3  # digits
FURTHER = "a further figure"
_EARLIER = re.compile(
    r"prev|open|\bhigh|\blow|\bmin\b|\bmax\b|yesterday|last week|пред|вчера|откр|макс|мин\b|oldingi|kecha|qabl|önceki"
    r"|dün|a\u00e7\u0131l\u0131\u015f|кечеэ|мурунку|кеше|алдыңғы", re.IGNORECASE,
)  # fmt: skip
"""Headings of rates that are not those of the page's date."""

_LONGER = re.compile(
    r"week|month|year|(?<!\w)(?:ytd|[136]m|1?w|[379]0?\s?d|oy|ay|y\u0131l|ай|год)(?!\w)|нед|месяц|hafta|апта|жума|жыл",
    re.IGNORECASE,
)  # fmt: skip
"""Headings of changes since an earlier time than the last rate."""

_NO_UNIT = re.compile(
    r"deal|trade|volume|turnover|\blots?\b|reserve|сдел|объ[её]м|оборот|көлем|мәміле|көлөм|бүтүм|hajm|bitim|işlem|hacim",
    re.IGNORECASE,
)
"""Headings of powers of ten that are no units of a rate."""


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


class _Changes(NamedTuple):
    """Columns that may be the report: percentages, figures with a sign, figures under % in the heading."""

    percent: list[Place]
    signed: list[Place]
    marked: Place | None


@dataclass(frozen=True, slots=True)
class Roles:
    """The role of each column.

    Attributes:
        rate: where the rates stand.
        decimal: the decimal mark of the rates.
        unit: the number of units that the rate is for; None where that is 1.
        report: the reported change; None where the page prints none or it is uncertain.
        change: an absolute change printed beside a percentage.
        absolute: the report is a change in the counter currency.
        date: the date that each row prints for itself.
        direction: arrows say which way the rate went: ``rate`` or ``report`` for what they stand before, ``end``.
        rest: unused columns, each with its description.
        remarks: assumptions.
        ones: units that are 1 in every row.
        dated: columns of rates under dates, each with its label and date.
    """

    rate: Place
    decimal: Decimal
    unit: Place | None = None
    report: Place | None = None
    change: Place | None = None
    absolute: bool = False
    date: Place | None = None
    direction: str | None = None
    rest: tuple[tuple[Place, str], ...] = ()
    remarks: tuple[str, ...] = ()
    ones: tuple[Place, ...] = ()
    dated: tuple[tuple[Place, str, dt.date], ...] = ()


def values(layout: Layout, place: Place) -> list[Token]:
    """Return the tokens of the rows in a column."""
    return [token for row in layout.rows if (token := place.of(row))]


def roles_of(layout: Layout, text: str, heading: str) -> Roles:
    """Assign the roles.

    Args:
        layout: the rows.
        text: the page.
        heading: the line above the first row.

    Raises:
        CannotSuggest: the column of the rate, or its number format, is uncertain.
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
    earlier = [p for p in candidates if _EARLIER.search(heading_of(layout, text, heading, p) or "")]
    candidates = sorted(candidates, key=lambda place: place in earlier)
    unclear = len(candidates) > 1 and not earlier and _EARLIER.search(heading) and not _is_row(heading)
    if unclear or (candidates and candidates[0] in earlier):
        raise CannotSuggest("by their headings, the figures are not the rates of the page's date")
    _check_candidates(layout, candidates, [place for place in others if not place.behind], heading)
    rate = candidates[0]
    percent = [place for place in places if "pct" in kinds[place]]
    longer = [p for p in percent if _LONGER.search(heading_of(layout, text, heading, p) or "")]
    changes = _Changes([place for place in percent if place not in longer], signed, marked)
    unit = next((p for p in powers if {t.digits for t in values(layout, p)} != {"1"}), None)
    if unit and (over := heading_of(layout, text, heading, unit)) and _NO_UNIT.search(over):
        raise CannotSuggest(f"the figures under {over!r} may be units or not")
    decimal = _decimal_of([t.digits for p in (*candidates, *signed, *changes.percent) for t in values(layout, p)])
    report, absolute, assumed = _report_of(layout, rate, changes, decimal)
    dates = [place for place in places if kinds[place] == {"date"}]
    clear = [p for p in dates if not any(is_ambiguous(token.text) for token in values(layout, p))]
    rest = [(p, "a figure of three digits or a row's number") for p in figures]
    rest += [(p, FURTHER) for p in candidates[1:]]
    change = next((place for place in signed if changes.percent and place != report), None)
    rest += [(p, "a change over a longer time") for p in longer]
    rest += [(p, "a change") for p in (*changes.percent, *signed) if p not in {report, change}]
    rest += [(p, "a unit of 1") for p in powers if p != unit]
    rest += [(p, "a date") for p in dates if p not in clear[:1]]
    rest += [(p, "a time of day") for p in places if kinds[p] == {"time"}]
    return Roles(
        rate=rate, decimal=decimal, unit=unit, report=report, change=change, absolute=absolute,
        date=clear[0] if clear else None,
        direction=_direction(layout, rate, report, text), rest=tuple(rest), remarks=(assumed,) if assumed else (),
        ones=tuple(p for p in powers if p != unit),
    )  # fmt: skip


def _units_and_figures(layout: Layout, plain: Sequence[Place]) -> tuple[list[Place], list[Place]]:
    """Return the columns of powers of ten, and those of three digits each or of the rows' numbers."""
    powers, figures = [], []
    for place in plain if len(plain) > 1 else ():
        digits = [token.digits for token in values(layout, place)]
        if all(unit_in(d) for d in digits):
            powers.append(place)
        elif all(_NUMBER_CODE.fullmatch(d) for d in digits) or _is_rank(digits):
            figures.append(place)
    return powers, figures


def _check_candidates(layout: Layout, candidates: list[Place], before: list[Place], heading: str) -> None:
    """Refuse rows whose rate column is uncertain.

    Raises:
        CannotSuggest: it is not.
    """
    if not candidates:
        raise CannotSuggest("no column is certain to be the rate")
    if len(candidates) > 1 and (_names_many(heading) or _is_square(layout, candidates)):
        raise CannotSuggest("a table of rates of all against all, which has several rates a row")
    if before:
        example = values(layout, before[0])[0].text
        raise CannotSuggest(f"a column of figures before the currency, such as {example}, has no known meaning")
    first = values(layout, candidates[0])
    if len(candidates) > 1 and all(token.digits.isdigit() for token in first):
        raise CannotSuggest(f"whole numbers such as {first[0].text} stand before other figures and may be units")


def plain_number(printed: str, decimal: Decimal) -> str:
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


def _has_arrow(layout: Layout, place: Place, text: str) -> bool:
    """Return whether an arrow stands between a number behind the first one and the number before it."""
    if not place.behind or not place.number:
        return False
    ends = [(row.after[place.number - 1].end, t.start) for row in layout.rows if (t := place.of(row))]
    return any(arrows_in(text[a:b]) for a, b in ends)


def heading_of(layout: Layout, text: str, heading: str, place: Place) -> str | None:
    """Return the heading of a column, None where the cells of heading and row do not match."""
    row = layout.columns
    token = place.of(row)
    cells, wide = heading.split("\t"), text.count("\t", row.start, row.end) + 1
    if token is None or len(cells) < 2:  # noqa: PLR2004
        return None
    number = text.count("\t", row.start, token.start)
    if len(cells) == wide - 1 and number and text.find("\t", row.start) >= row.anchor.base.end:
        number, wide = number - 1, wide - 1  # the cell above the currencies is empty, and no line begins with a tab
    return cells[number].strip() if len(cells) == wide else None


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


def _names_many(heading: str) -> bool:
    """Return whether the heading names several currencies, by codes or signs, each above a column of its own."""
    codes = currencies().intersection(re.findall(r"(?<![A-Z])[A-Z]{3}(?![A-Z])", heading))
    return len(codes) + len({c for c in heading if unicodedata.category(c) == "Sc"}) > 1


def _is_square(layout: Layout, places: Sequence[Place]) -> bool:
    """Return whether there are as many columns as rows, with 1 where a currency meets itself."""
    if len(places) != len(layout.rows):
        return False
    crossing = [place.of(row) for place, row in zip(places, layout.rows, strict=True)]
    return all(token is not None and _ONE.fullmatch(token.digits) for token in crossing)


def _is_row(heading: str) -> bool:
    """Return whether a line above the rows has rates of its own instead of headings."""
    return re.search(r"[0-9][.,][0-9]", heading) is not None


def _decimal_of(numbers: Sequence[str]) -> Decimal:
    """Return the decimal mark of numbers, by those that allow one reading only.

    Raises:
        CannotSuggest: they contradict each other, or none of them tells.
    """
    votes = {vote for number in numbers if (vote := _decimal_mark(number))}
    if len(votes) > 1:
        raise CannotSuggest("some numbers have a decimal point and others a decimal comma")
    doubtful = [number for number in numbers if "." in number or "," in number]
    if not votes and doubtful:
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


def _report_of(layout: Layout, rate: Place, found: _Changes, decimal: Decimal) -> tuple[Place | None, bool, str | None]:
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


def _direction(layout: Layout, rate: Place, report: Place | None, text: str) -> str | None:
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
    words += [word for word in _WORD.findall(behind) if word.lower() in WORDS]
    return {c for c in near if not c.isalnum()}, " ".join(words).lower()


def _check_signs(unsigned: Sequence[tuple[Row, Token, Token]], layout: Layout, text: str) -> None:
    """Refuse reports without a sign beside which something may be one; arguments are (row, rate, report).

    Words beside a report may say its direction if they differ from row to row, whatever their language.
    """
    said: set[str] = set()
    for row, number, change in unsigned:
        marks, words = _beside(row, number, change, text)
        said.add(words)
        doubted = any(change.start <= place < change.end for place in layout.doubts)
        is_drawn = PICTURE in text[row.anchor.base.end : row.end] or arrows_in(text[row.start : row.anchor.base.start])
        is_said = not WORDS.keys().isdisjoint(words.split()) or len(said) > 1
        if doubted or is_drawn or is_said or not _HARMLESS.issuperset(marks):
            raise CannotSuggest(f"the sign of {change.text} is not certain, as in {shown(row, text)!r}")
    if len({text[change.start - 1] == "(" for _, _, change in unsigned}) > 1:
        raise CannotSuggest("some changes stand in parentheses, which may be their sign, and others do not")
