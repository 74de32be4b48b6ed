"""The rows of charts, query by query."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from fxtrack.deltas.pairs import swapped
from fxtrack.store.database.connection import Connection
from fxtrack.store.query import ask_frame
from fxtrack.store.selection import known_pairs, known_sources

if TYPE_CHECKING:
    import polars as pl


def period_rows(connection: Connection, parameters: Mapping[str, object], pairs: Sequence[str]) -> "pl.DataFrame":
    """Return the weeks, months, quarters or years of pairs."""
    import polars as pl

    return pl.concat([ask_frame(connection, "periods", **{**parameters, "pair": pair}) for pair in pairs])


def printed_pairs(connection: Connection, pairs: Sequence[str]) -> list[str]:
    """Return the printed pairs that the rates of pairs come from."""
    found: dict[str, None] = {}
    known = known_pairs(connection)
    for pair in pairs:
        either_way = [name for name in known if name in {pair, swapped(pair)}]
        found |= dict.fromkeys(either_way or [name for name in known if {*name.split("/")} & {*pair.split("/")}])
    return list(found)


def rows_of_pairs(
    connection: Connection,
    name: str,
    parameters: Mapping[str, object],
    printed: Collection[str],
    derived: Collection[str],
) -> "pl.DataFrame":
    """Return the rows of a query for all pairs: at once for those that are printed, one by one for the others."""
    import polars as pl

    frames = [ask_frame(connection, name, **{**parameters, "pairs": list(printed)})]
    frames += [ask_frame(connection, name, **parameters, pair=pair, derived=True) for pair in derived]
    return pl.concat(frames)


def palette_of(connection: Connection, pairs: Sequence[str]) -> tuple[str, ...]:
    """Return all names that have a colour; an inverse has that of the printed pair unless both are drawn."""
    names = known_pairs(connection)
    more = []
    for pair in pairs:
        if pair in names:
            continue
        other = swapped(pair)
        if other in names and other not in pairs:
            names[names.index(other)] = pair
            names.append(other)
        else:
            more.append(pair)
    return (*names, *known_sources(connection), *more)


def year_on_year_rows(closes: "pl.DataFrame", since: dt.date | None) -> "pl.DataFrame":
    """Return each close with the range of the close of the same date a year before, where both are captured.

    The 29th of February has no such date.

    Args:
        closes: from a year before `since`.
        since: first date of the later closes.
    """
    import polars as pl

    date = pl.col("page_date")
    later = closes.filter(~((date.dt.month() == 2) & (date.dt.day() == 29)))  # noqa: PLR2004
    if since:
        later = later.filter(date >= since)
    before = date.alias("before")
    earlier = closes.select("source", "pair", before, pl.col("low", "high").name.suffix("_before"))
    return (
        later.with_columns(date.dt.offset_by("-1y").alias("before"))
        .join(earlier, on=["source", "pair", "before"])
        .sort("source", "pair", "page_date")
    )


def year_before(date: dt.date) -> dt.date:
    """Return the same date a year before; of the 29th of February, the 28th."""
    return date.replace(year=date.year - 1, day=min(date.day, 28) if date.month == 2 else date.day)  # noqa: PLR2004


def base_date(closes: "pl.DataFrame") -> dt.date:
    """Return the first date on which the most series have a close."""
    counts = closes.group_by("page_date").len().sort("len", "page_date", descending=[True, False])
    date: dt.date = counts["page_date"][0]
    return date
