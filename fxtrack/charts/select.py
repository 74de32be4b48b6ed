"""A selection of rates: which charts it yields, and the rows that they need."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fxtrack.errors import NothingFound, UsageError
from fxtrack.store.connection import Connection
from fxtrack.store.query import (
    ask_frame,
    check_pair,
    check_source,
    date_range,
    known_pairs,
    known_sources,
    pairs_with_dates,
)

if TYPE_CHECKING:
    import polars as pl

KINDS = {
    "trend": "a pair: closes, every state seen, and the range that the printed digits allow",
    "indexed": "all pairs, 100 at a base date",
    "changes": "a pair: computed and reported changes, by verdict",
    "overview": "all pairs, a small panel each, on one time axis",
    "coverage": "captures per calendar day",
}
"""Each kind of chart and its content."""

CHART_FORMATS = ("png", "svg", "pdf")

INVERTIBLE = ("trend", "indexed", "overview")
"""Kinds that can show inverse rates. A report refers to the printed rate, so `changes` cannot."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its kind, and the pair and source that it shows; None for all of them."""

    kind: str
    pair: str | None = None
    source: str | None = None

    @property
    def name(self) -> str:
        """File name without the suffix."""
        return "-".join(part.replace("/", "-") for part in (self.kind, self.pair, self.source) if part)


def plan(kinds: Collection[str], pairs: Mapping[str, Sequence[str]], sources: Sequence[str]) -> list[Chart]:
    """Return the charts of `kinds`, in the order of `KINDS`.

    Args:
        kinds: keys of `KINDS`.
        pairs: each pair with the sources that quote it.
        sources: the sources that have a captured date.
    """
    charts: list[Chart] = []
    for kind in KINDS:
        if kind not in kinds:
            continue
        if kind == "trend":
            charts += [Chart(kind, pair) for pair in pairs]
        elif kind == "changes":
            # sources round in different ways, so each has its own chart
            charts += [
                Chart(kind, pair, source if len(sources) > 1 else None)
                for pair, its_sources in pairs.items()
                for source in its_sources
            ]
        elif kind == "coverage":
            charts += [Chart(kind, source=source) for source in sources]
        elif pairs:
            charts.append(Chart(kind))
    return charts


def check_invertible(kinds: Collection[str]) -> None:
    """Refuse kinds that cannot show inverse rates.

    Raises:
        UsageError: one of them is not in `INVERTIBLE`.
    """
    for kind in kinds:
        if kind not in INVERTIBLE:
            raise UsageError(f"{kind} cannot show inverse rates; {', '.join(INVERTIBLE)} can")


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions on rows: pairs in the order of the charts (none: all that have a close); None is no bound."""

    pairs: tuple[str, ...] = ()
    source: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    def parameters(self) -> dict[str, object]:
        """Return the parameters of the queries."""
        return {"pairs": list(self.pairs), "source": self.source, "from": self.since, "to": self.until}


@dataclass(frozen=True, slots=True, eq=False)
class ChartRows:
    """The rows of a selection, a frame for each query; `store/sql/queries/chart_*.sql` defines the columns.

    Attributes: selection: the conditions, with all selected pairs.
        base: date at which an index is 100; None without an index.
        palette: all pairs and sources of the database, so that each keeps its colour in every chart.
    """

    selection: Selection
    closes: "pl.DataFrame"
    states: "pl.DataFrame"
    changes: "pl.DataFrame"
    index: "pl.DataFrame"
    coverage: "pl.DataFrame"
    captures: "pl.DataFrame"
    base: dt.date | None
    palette: tuple[str, ...]

    def pairs(self) -> dict[str, list[str]]:
        """Return each pair that has a close, in the order of the selection, with its sources."""
        found = self.closes.select("pair", "source").unique().sort("source").rows()
        pairs = [pair for pair in self.selection.pairs if any(pair == p for p, _ in found)]
        return {pair: [source for p, source in found if p == pair] for pair in pairs}

    def sources(self) -> list[str]:
        """Return the sources that have a captured date."""
        return sorted(self.coverage["source"].unique().to_list())

    def order(self, pair: str) -> int:
        """Return the place of a pair in charts of several."""
        return self.selection.pairs.index(pair)

    def count_captures(self, pair: str | None = None, source: str | None = None) -> int:
        """Return the number of captures that show `pair` (None: any of the selection), at one source or at all."""
        shown = self.captures["pair"]
        rows = self.captures.filter(shown.is_null() if pair is None else shown == pair)
        if source:
            rows = rows.filter(rows["source"] == source)
        return int(rows["captures"].sum())


def select_rows(
    connection: Connection, selection: Selection, kinds: Collection[str], base: dt.date | None = None
) -> ChartRows:
    """Check a user's selection against the database, and read the rows.

    Args:
        connection: to the published file.
        selection: pairs in any spelling that `check_pair` knows.
        kinds: keys of `KINDS`.
        base: date at which an index is 100; see `read_rows`.

    Raises:
        NothingFound: the database has no such pair or source, no close in the range, or none at the base date.
    """
    wanted = Selection(
        tuple(dict.fromkeys(check_pair(connection, pair) for pair in selection.pairs)),
        check_source(connection, selection.source) if selection.source is not None else None,
        selection.since,
        selection.until,
    )
    rows = read_rows(connection, wanted, kinds, base)
    if rows.closes.is_empty():
        raise NothingFound(f"no close matches; {date_range(connection, wanted.pairs)}")
    if base is not None and "indexed" in kinds:
        _check_base(connection, rows, base)
    return rows


def read_rows(
    connection: Connection, selection: Selection, kinds: Collection[str], base: dt.date | None = None
) -> ChartRows:
    """Read the rows that `kinds` of charts need; the other frames stay empty.

    Args:
        connection: to the published file.
        selection: pairs and source as the database spells them.
        kinds: keys of `KINDS`.
        base: date at which an index is 100; without one, the first date on which the most series have a close.
    """
    import polars as pl

    selection = selection if selection.pairs else replace(selection, pairs=tuple(pairs_with_dates(connection)))
    parameters = selection.parameters()
    closes = ask_frame(connection, "chart_closes", **parameters)
    empty = pl.DataFrame()
    index = empty
    if "indexed" in kinds and not closes.is_empty():
        base = base or base_date(closes)
        frames = [ask_frame(connection, "chart_index", **parameters, pair=pair, base=base) for pair in selection.pairs]
        index = pl.concat(frames)
    return ChartRows(
        selection,
        closes,
        ask_frame(connection, "chart_states", **parameters) if {"trend", "overview"} & set(kinds) else empty,
        ask_frame(connection, "chart_changes", **parameters) if "changes" in kinds else empty,
        index,
        ask_frame(connection, "chart_coverage", **parameters),
        ask_frame(connection, "chart_captures", **parameters),
        base,
        (*known_pairs(connection), *known_sources(connection)),
    )


def base_date(closes: "pl.DataFrame") -> dt.date:
    """Return the first date on which the most series have a close."""
    counts = closes.group_by("page_date").len().sort("len", "page_date", descending=[True, False])
    date: dt.date = counts["page_date"][0]
    return date


def _check_base(connection: Connection, rows: ChartRows, base: dt.date) -> None:
    """Refuse a base date without a close: an index there would silently be based on another date.

    Raises:
        NothingFound: no pair has a close on it; the message names the nearest date that has one.
    """
    anywhere = replace(rows.selection, since=None, until=None).parameters()
    dates = ask_frame(connection, "chart_closes", **anywhere)["page_date"].unique().to_list()
    if base not in dates:
        nearest = min(dates, key=lambda date: (abs(date - base), date))
        raise NothingFound(f"no pair has a close on {base}, so no index can start there; the nearest date is {nearest}")
