"""Which charts a selection asks for, and what each is called. Pure."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from fxtrack.store.connection import Connection
from fxtrack.store.query import ask_frame

KINDS = {
    "trend": "the closes of a pair, every state seen, and what the printed digits allow",
    "indexed": "all pairs, 100 at a base date",
    "changes": "computed changes beside the reported ones, by verdict",
    "overview": "all pairs, small, on one time axis",
    "coverage": "captures per calendar day",
}
"""Each kind of chart, and what it shows."""

CHART_FORMATS = ("png", "svg", "pdf")

INVERTIBLE = ("trend", "indexed", "overview")
"""Kinds that can show the price the other way round. A report is about the printed rate, so `changes` cannot."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its kind, and where it is not about all of them, the pair and the source it is about."""

    kind: str
    pair: str | None = None
    source: str | None = None

    @property
    def name(self) -> str:
        """What its file is called, without the ending."""
        return "-".join(part.replace("/", "-") for part in (self.kind, self.pair, self.source) if part)


def plan(kinds: Sequence[str], pairs: Mapping[str, Sequence[str]], sources: Sequence[str]) -> list[Chart]:
    """Return the charts of `kinds`, in the order of `KINDS`.

    Args:
        kinds: which kinds.
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
            # every source rounds in its own way, so each has a picture of its own
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


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows: pairs in the order of the charts, and bounds; None is no bound."""

    pairs: tuple[str, ...]
    source: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    def parameters(self) -> dict[str, object]:
        """Return the parameters of the questions."""
        return {"pairs": list(self.pairs), "source": self.source, "from": self.since, "to": self.until}


@dataclass(frozen=True, slots=True, eq=False)
class ChartRows:
    """The rows of a selection, a frame for each question; see `sql/queries/chart_*.sql` for the columns.

    `base` is the date at which an index is 100.
    """

    selection: Selection
    closes: pl.DataFrame
    states: pl.DataFrame
    changes: pl.DataFrame
    index: pl.DataFrame
    coverage: pl.DataFrame
    captures: pl.DataFrame
    base: dt.date | None

    def pairs(self) -> dict[str, list[str]]:
        """Return each pair that has a close, in the order of the selection, with its sources."""
        found = self.closes.select("pair", "source").unique().sort("source").rows()
        pairs = [pair for pair in self.selection.pairs if any(pair == p for p, _ in found)]
        return {pair: [source for p, source in found if p == pair] for pair in pairs}

    def sources(self) -> list[str]:
        """Return the sources that have a captured date."""
        return sorted(self.coverage["source"].unique().to_list())


def read_rows(
    connection: Connection, selection: Selection, kinds: Collection[str], base: dt.date | None = None
) -> ChartRows:
    """Read what `kinds` of charts need of a selection; other frames stay empty.

    Args:
        connection: to the published file.
        selection: which rows.
        kinds: kinds of charts.
        base: where an index is 100; without one, the first date on which most of the pairs have a close.
    """
    parameters = selection.parameters()
    closes = ask_frame(connection, "chart_closes", **parameters)
    nothing = pl.DataFrame()
    index = nothing
    if "indexed" in kinds and not closes.is_empty():
        base = base or base_date(closes)
        frames = [ask_frame(connection, "chart_index", **parameters, pair=pair, base=base) for pair in selection.pairs]
        index = pl.concat(frames)
    return ChartRows(
        selection,
        closes,
        ask_frame(connection, "chart_states", **parameters) if {"trend", "overview"} & set(kinds) else nothing,
        ask_frame(connection, "chart_changes", **parameters) if "changes" in kinds else nothing,
        index,
        ask_frame(connection, "chart_coverage", **parameters),
        ask_frame(connection, "chart_captures", **parameters),
        base,
    )


def base_date(closes: pl.DataFrame) -> dt.date:
    """Return the first date on which the most series have a close."""
    counts = closes.group_by("page_date").len().sort([pl.col("len"), pl.col("page_date")], descending=[True, False])
    date: dt.date = counts["page_date"][0]
    return date


def captures_of(captures: pl.DataFrame, pairs: Sequence[str] | None, source: str | None) -> int:
    """Return how many captures show one of `pairs` (None: any of the selection), at one source or at all."""
    rows = captures.filter(pl.col("pair").is_null() if pairs is None else pl.col("pair").is_in(list(pairs)))
    if source:
        rows = rows.filter(pl.col("source") == source)
    return int(rows["captures"].sum())
