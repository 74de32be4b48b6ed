"""A selection of rates, and the rows that its charts need."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fxtrack import __version__
from fxtrack.charts.plan import YEAR_ON_YEAR, Chart
from fxtrack.charts.queries import (
    base_date,
    palette_of,
    period_rows,
    printed_pairs,
    rows_of_pairs,
    year_before,
    year_on_year_rows,
)
from fxtrack.errors import NothingFound
from fxtrack.model.stamp import Digest, Stamp, given_values
from fxtrack.store.database.connection import Connection
from fxtrack.store.query import ask_frame, version_of
from fxtrack.store.selection import check_source, date_range, find_pair, pairs_with_dates, turned_pairs

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions on rows: pairs in the order of the charts (none: all that have a close); None is no bound.

    `as_of` is the moment as of which the connection answers.
    Without pairs, those in `prefer`, see `Config.preferences`, are drawn in that direction. `derived` has the pairs
    that some source gives other than as it prints them. A trend shows the periods of `every`, and with `implied` the
    ranges that reports allow for days not captured, with `mean` the moving mean over this many days. `zones` has the
    time zone of each source.
    """

    pairs: tuple[str, ...] = ()
    source: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    prefer: tuple[str, ...] = ()
    derived: frozenset[str] = frozenset()
    every: str | None = None
    implied: bool = False
    zones: tuple[tuple[str, str], ...] = ()
    as_of: str | None = None
    mean: int | None = None

    def parameters(self) -> dict[str, object]:
        """Return the parameters of the queries."""
        return {"pairs": list(self.pairs), "source": self.source, "from": self.since, "to": self.until}

    def rows(self, connection: Connection, name: str, **more: object) -> "pl.DataFrame":
        """Return the rows of a query for all pairs; `more` are further parameters."""
        printed = [pair for pair in self.pairs if pair not in self.derived]
        derived = [pair for pair in self.pairs if pair in self.derived]
        return rows_of_pairs(connection, name, self.parameters() | more, printed, derived)


@dataclass(frozen=True, slots=True, eq=False)
class ChartRows:
    """The rows of a selection, a frame for each query; `store/sql/queries/chart_*.sql` defines the columns.

    Attributes:
        selection: the conditions, with all selected pairs.
        base: date at which an index is 100; None without an index.
        palette: all pairs and sources of the database, so that each keeps its colour in every chart.
        version: of the database, as `store.query.version_of` returns it.
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
    periods: "pl.DataFrame"
    implied: "pl.DataFrame"
    version: tuple[str, int, str]
    year_on_year: "pl.DataFrame"

    def pairs(self) -> dict[str, list[str]]:
        """Return each pair that has a close, in the order of the selection, with its sources."""
        found = self.closes.select("pair", "source").unique().sort("source").rows()
        pairs = [pair for pair in self.selection.pairs if any(pair == p for p, _ in found)]
        return {pair: [source for p, source in found if p == pair] for pair in pairs}

    def yearly(self) -> list[str]:
        """Return the pairs that have a close a year before another one, in the order of the selection."""
        if self.year_on_year.is_empty():
            return []
        found = set(self.year_on_year["pair"].to_list())
        return [pair for pair in self.selection.pairs if pair in found]

    def reported(self) -> dict[str, list[str]]:
        """Return each pair that is printed, with its sources, for charts of reported changes."""
        if self.changes.is_empty():
            return {}
        found = self.changes.select("pair", "source").unique().sort("pair", "source").rows()
        return {pair: [source for p, source in found if p == pair] for pair in dict.fromkeys(p for p, _ in found)}

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
        selection: pairs in any spelling that `find_pair` knows.
        kinds: keys of `KINDS`.
        base: date at which an index is 100; see `read_rows`.

    Raises:
        NothingFound: the database has no such pair or source, no close in the range, or none at the base date.
    """
    source = check_source(connection, selection.source) if selection.source is not None else None
    found = [find_pair(connection, pair, source) for pair in selection.pairs]
    wanted = replace(
        selection,
        pairs=tuple(dict.fromkeys(pair.name for pair in found)),
        source=source,
        derived=frozenset(pair.name for pair in found if pair.derived),
    )
    rows = read_rows(connection, wanted, kinds, base)
    if rows.closes.is_empty():
        raise NothingFound(f"no close matches; {date_range(connection, wanted.pairs)}")
    if base is not None and "indexed" in kinds:
        _check_base(connection, rows, base)
    if {*kinds} == {YEAR_ON_YEAR} and not rows.yearly():
        raise NothingFound(
            f"no date has a close on the same date a year before; {date_range(connection, wanted.pairs)}"
        )
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

    printed = selection.pairs
    if not selection.pairs:
        printed = tuple(pairs_with_dates(connection))
        turned = turned_pairs(connection, selection.prefer) if selection.prefer else {}
        pairs = tuple(dict.fromkeys(shown for pair in printed for shown in turned.get(pair, (pair,))))
        derived = frozenset(shown for pair, names in turned.items() for shown in names if shown != pair)
        selection = replace(selection, pairs=pairs, derived=derived)
    closes = selection.rows(connection, "chart_closes")
    empty = pl.DataFrame()
    index = empty
    if "indexed" in kinds and not closes.is_empty():
        base = base or base_date(closes)
        index = selection.rows(connection, "chart_index", base=base)
    reports = selection.parameters() | {"pairs": list(printed)}
    return ChartRows(
        selection,
        closes,
        selection.rows(connection, "chart_states") if {"trend", "overview"} & set(kinds) else empty,
        ask_frame(connection, "chart_changes", **reports) if "changes" in kinds else empty,
        index,
        ask_frame(connection, "chart_coverage", **selection.parameters()),
        _captures(connection, selection),
        base,
        palette_of(connection, selection.pairs),
        _periods(connection, selection) if selection.every else empty,
        ask_frame(connection, "chart_implied", **selection.parameters()) if selection.implied else empty,
        version_of(connection),
        _year_on_year(connection, selection) if YEAR_ON_YEAR in kinds else empty,
    )


_SHOWN = {
    "trend": ("closes", "states"), "indexed": ("closes", "index"), "changes": ("closes", "changes"),
    "overview": ("closes", "states"), "coverage": ("coverage",), YEAR_ON_YEAR: ("year_on_year",),
}  # fmt: skip
"""The tables that each kind of chart shows."""


def stamp_of(chart: Chart, rows: ChartRows) -> Stamp:
    """Return the stamp of a chart of some rows."""
    selection = rows.selection
    given = {
        "kind": chart.kind, "pairs": chart.pair or ",".join(selection.pairs if chart.kind != "coverage" else ()),
        "source": chart.source or selection.source, "from": selection.since, "to": selection.until,
        "base": rows.base if chart.kind == "indexed" else None, "as_of": selection.as_of,
        "every": selection.every, "implied": selection.implied or None,
    }  # fmt: skip
    more = (*(["periods"] if selection.every else ()), *(["implied"] if selection.implied else ()))
    shown = (*_SHOWN[chart.kind], *(more if chart.kind == "trend" else ()))
    tables = {name: _of_chart(chart, getattr(rows, name)) for name in shown}
    dates = [date for table in tables.values() if "page_date" in table.columns for date in table["page_date"]]
    store, generation, definitions = rows.version
    return Stamp(
        fxtrack=__version__, made="chart", query=given_values(given), first=str(min(dates)) if dates else None,
        last=str(max(dates)) if dates else None, store=store, generation=generation, definitions=definitions,
        tables={name: Digest.of(table.height, table.write_csv().encode()) for name, table in tables.items()},
    )  # fmt: skip


def _of_chart(chart: Chart, table: "pl.DataFrame") -> "pl.DataFrame":
    for column, wanted in (("pair", chart.pair), ("source", chart.source)):
        if wanted and column in table.columns:
            table = table.filter(table[column] == wanted)
    return table


def _captures(connection: Connection, selection: Selection) -> "pl.DataFrame":
    import polars as pl

    printed = printed_pairs(connection, selection.pairs)
    derived = [pair for pair in selection.pairs if pair in selection.derived]
    counts = rows_of_pairs(connection, "chart_captures", selection.parameters(), printed, ())
    # a source may print a pair that another one gives otherwise: the count of the derived pair has both
    counts = counts.filter(~pl.col("pair").is_in(derived) | pl.col("pair").is_null())
    return pl.concat([counts, rows_of_pairs(connection, "chart_captures", selection.parameters(), (), derived)])


def _periods(connection: Connection, selection: Selection) -> "pl.DataFrame":
    sources, zones = [source for source, _ in selection.zones], [zone for _, zone in selection.zones]
    parameters = selection.parameters() | {"every": selection.every, "sources": sources, "zones": zones}
    return period_rows(connection, parameters, selection.pairs)


def _year_on_year(connection: Connection, selection: Selection) -> "pl.DataFrame":
    longer = replace(selection, since=selection.since and year_before(selection.since))
    return year_on_year_rows(longer.rows(connection, "chart_closes"), selection.since)


def _check_base(connection: Connection, rows: ChartRows, base: dt.date) -> None:
    """Refuse a base date without a close: an index there would silently be based on another date.

    Raises:
        NothingFound: no pair has a close on it; the message names the nearest date that has one.
    """
    anywhere = replace(rows.selection, since=None, until=None)
    dates = anywhere.rows(connection, "chart_closes")["page_date"].unique().to_list()
    if base not in dates:
        nearest = min(dates, key=lambda date: (abs(date - base), date))
        raise NothingFound(f"no pair has a close on {base}, so no index can start there; the nearest date is {nearest}")
