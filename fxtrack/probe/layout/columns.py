"""Assigns a role to each column of a page's rows: rate, unit, report, date, or none of these. Pure."""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from fxtrack.extract.characters import DecimalMark
from fxtrack.probe.dates import is_ambiguous
from fxtrack.probe.layout.figures import CannotSuggest, Place, arrows_in, decimal_of, unit_in, values
from fxtrack.probe.layout.reports import ChangeColumns, direction_of, report_of
from fxtrack.probe.layout.rows import Layout
from fxtrack.probe.layout.tokens import currencies

_ONE = re.compile(r"1(?:[.,]0+)?")
_NUMBER_CODE = re.compile(r"[0-9]{3}")
_AS_PERCENT = re.compile(r"%|\bper ?cent|процент|foiz|пайыз|yüzde|фоиз", re.IGNORECASE)
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
    decimal: DecimalMark
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
    changes = ChangeColumns([place for place in percent if place not in longer], signed, marked)
    unit = next((p for p in powers if {t.digits for t in values(layout, p)} != {"1"}), None)
    if unit and (over := heading_of(layout, text, heading, unit)) and _NO_UNIT.search(over):
        raise CannotSuggest(f"the figures under {over!r} may be units or not")
    decimal = decimal_of([t.digits for p in (*candidates, *signed, *changes.percent) for t in values(layout, p)])
    report, absolute, assumed = report_of(layout, rate, changes, decimal)
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
        direction=direction_of(layout, rate, report, text), rest=tuple(rest), remarks=(assumed,) if assumed else (),
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
        CannotSuggest: it is uncertain.
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
