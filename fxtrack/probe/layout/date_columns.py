"""Columns of rates under dates: several dates side by side. Pure."""

import datetime as dt
import re
from dataclasses import replace
from string import ascii_lowercase
from typing import Any

from fxtrack.probe.dates import date_in, format_keys, format_of, in_re2, is_ambiguous
from fxtrack.probe.layout.columns import FURTHER, Roles
from fxtrack.probe.layout.figures import CannotSuggest
from fxtrack.probe.layout.rows import Layout
from fxtrack.probe.layout.tokens import Token, tokens_of
from fxtrack.probe.meaning.headings import Headings, headings_of, not_plain, over

_FEWEST = 2
_ESCAPED = re.compile(r"([\\.+*?()|\[\]{}^$])")


def with_dates(layout: Layout, roles: Roles, text: str, heading: str) -> Roles:
    """Return the roles with the dates of the columns, where a heading has one for each column of rates."""
    dates = [token for token in tokens_of(heading) if token.kind == "date"]
    places = [roles.rate, *(place for place, what in roles.rest if what == FURTHER)]
    parsed = [date for token in dates if not is_ambiguous(token.text, layout.latest) and (date := date_in(token.text))]
    formats = {format_of(token.text) for token in dates}
    headings = headings_of(layout, text)
    if not _FEWEST <= len(parsed) <= len(ascii_lowercase) or len(formats) > 1 or roles.date:
        return _sure(roles, dates, headings)
    if not len(set(parsed)) == len(dates) == len(places):
        return _sure(roles, dates, headings)
    for place, token in zip(places, dates, strict=True):
        above = over(headings, layout, text, place)
        if above and (token.text not in above[0] or not_plain(above[0])):
            return _sure(roles, dates, headings)
    rest = tuple((place, what) for place, what in roles.rest if place not in places)
    columns = tuple((place, label, date) for place, label, date in zip(places, ascii_lowercase, parsed, strict=False))
    return replace(roles, dated=columns, rest=rest)


def _sure(roles: Roles, dates: list[Token], headings: Headings) -> Roles:
    """Return roles without dated columns, where no heading has several dates.

    Raises:
        CannotSuggest: one has, and they are not those of the columns.
    """
    if len({token.text for token in dates}) > 1 and headings.lines:
        raise CannotSuggest(f"the dates {dates[0].text} and {dates[1].text} above the rows are not one for each column")
    return roles


def heading_keys(heading: str) -> dict[str, Any]:
    """Return the keys that read the dates of a heading: ``date_a``, ``date_b`` and so on from the left."""
    dates = [token for token in tokens_of(heading) if token.kind == "date"]
    parts = []
    for n, token in enumerate(dates):
        between = heading[dates[n - 1].end : token.start] if n else ""
        parts += [_gap(between), f"(?P<date_{ascii_lowercase[n]}>{in_re2(token.text)})"]
    fmt, language = format_of(dates[0].text) or ("", "en")
    return {**format_keys(fmt, language), "date_pattern": "".join(parts), "date_position": "before"}


def newest(dated: tuple[tuple[Any, str, dt.date], ...]) -> str:
    """Return the label of the newest of the columns."""
    return max(dated, key=lambda column: column[2])[1]


def _gap(between: str) -> str:
    """Return the pattern of the text between two dates."""
    if any(c.isalnum() for c in between):
        return "[^0-9]*?"
    mark = _ESCAPED.sub(r"\\\1", between.strip())
    return rf"\s*{mark}\s*" if mark else r"\s+" if between else ""
