"""Assigns a role to each column of a page's rows: rate, unit, report, date, or none of these. Pure."""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from fxtrack.extract.characters import DecimalMark
from fxtrack.probe.dates import is_ambiguous
from fxtrack.probe.layout.choice import Surroundings, means_change, means_date, means_unit, rate_column
from fxtrack.probe.layout.figures import CannotSuggest, Place, arrows_in, decimal_of, unit_in, values
from fxtrack.probe.layout.reports import ChangeColumns, direction_of, report_of, words_beside
from fxtrack.probe.layout.rows import Layout
from fxtrack.probe.layout.tokens import currencies
from fxtrack.probe.meaning.cells import check_rest, pieces_of
from fxtrack.probe.meaning.headings import headings_of

_ONE = re.compile(r"1(?:[.,]0+)?")
_NUMBER_CODE = re.compile(r"[0-9]{3}")
_AS_PERCENT = re.compile(r"%|\bper ?cent|процент|foiz|пайыз|yüzde|фоиз", re.IGNORECASE)
FURTHER = "a further figure"


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
    percent = [place for place in places if "pct" in kinds[place]]
    marked = None if percent else _percent_place(layout, heading, [*signed, *[p for p in others if p.behind][1:]])
    candidates = [place for place in others if place.behind and place != marked]
    _check_candidates(layout, candidates, [place for place in others if not place.behind], heading)
    pieces = pieces_of(layout, text)
    words = Surroundings(layout, text, headings_of(layout, text), pieces)
    check_rest(pieces, layout, text)
    rate, said = rate_column(words, candidates)
    daily = [p for p in (*percent, *signed) if means_change(words, p) and not words_beside(layout, rate, p, text)]
    changes = ChangeColumns(
        [p for p in percent if p in daily],
        [p for p in signed if p in daily],
        marked if marked and means_change(words, marked) else None,
    )
    unit = next((p for p in powers if {t.digits for t in values(layout, p)} != {"1"}), None)
    if unit:
        means_unit(words, unit)
    decimal = decimal_of(
        [t.digits for p in (*candidates, *signed) for t in values(layout, p)],
        [t.digits for p in percent for t in values(layout, p)],
    )
    report, absolute, assumed = report_of(layout, rate, changes, decimal)
    dates = [place for place in places if kinds[place] == {"date"}]
    clear = [
        p
        for p in dates
        if not any(is_ambiguous(t.text, layout.latest) for t in values(layout, p)) and means_date(words, p)
    ]
    rest = [(p, "a figure of three digits or a row's number") for p in figures]
    rest += [(p, FURTHER) for p in candidates if p != rate]
    change = next((place for place in changes.signed if changes.percent and place != report), None)
    rest += [(p, "a change that nothing calls a daily one") for p in (*percent, *signed) if p not in daily]
    rest += [(p, "a change") for p in daily if p not in {report, change}]
    rest += [(p, "a unit of 1") for p in powers if p != unit]
    rest += [(p, "a date") for p in dates if p not in clear[:1]]
    rest += [(p, "a time of day") for p in places if kinds[p] == {"time"}]
    return Roles(
        rate=rate, decimal=decimal, unit=unit, report=report, change=change, absolute=absolute,
        date=clear[0] if clear else None,
        direction=direction_of(layout, rate, report, text), rest=tuple(rest),
        remarks=(*([f"the rates are the figures {said}"] if said else []), *([assumed] if assumed else [])),
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
