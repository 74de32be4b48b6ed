"""The kinds of charts, and which charts a selection yields."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fxtrack.errors import UsageError
from fxtrack.limits import CHART_MEAN_DAYS
from fxtrack.model.words import check_period

KINDS = {
    "trend": "a pair: closes, every state seen, and the range that the printed digits allow",
    "indexed": "all pairs, 100 at a base date",
    "changes": "a pair: computed and reported changes, by verdict",
    "overview": "all pairs, a small panel each, on one time axis",
    "coverage": "captures per calendar day",
}
"""Each standard kind of chart and its content."""

YEAR_ON_YEAR = "year-on-year"
ALL_KINDS = {**KINDS, YEAR_ON_YEAR: "a pair: the change against the same date a year before"}
"""Every kind of chart; those that are not standard are drawn when they are asked for."""

CHART_FORMATS = ("png", "svg", "pdf")

INVERTIBLE = ("trend", "indexed", "overview")
"""Kinds that can show inverse rates. A report refers to the printed rate, so `changes` cannot."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its kind, the pair and source that it shows, None for all of them, and the period of a trend."""

    kind: str
    pair: str | None = None
    source: str | None = None
    every: str | None = None

    @property
    def name(self) -> str:
        """File name without the suffix."""
        return "-".join(part.replace("/", "-") for part in (self.kind, self.pair, self.source, self.every) if part)


def plan(  # noqa: PLR0913, PLR0917
    kinds: Collection[str],
    pairs: Mapping[str, Sequence[str]],
    sources: Sequence[str],
    reported: Mapping[str, Sequence[str]] | None = None,
    every: str | None = None,
    yearly: Sequence[str] = (),
) -> list[Chart]:
    """Return the charts of `kinds`, in the order of `ALL_KINDS`.

    Args:
        kinds: keys of `ALL_KINDS`.
        pairs: each pair with the sources that give it.
        sources: the sources that have a captured date.
        reported: each pair with the sources that print it, and may report changes; the same unless given.
        every: the period that a trend shows, None for days.
        yearly: the pairs that have a close a year before another one.
    """
    charts: list[Chart] = []
    for kind in ALL_KINDS:
        if kind not in kinds:
            continue
        if kind == "trend":
            charts += [Chart(kind, pair, every=every) for pair in pairs]
        elif kind == "changes":
            # sources round in different ways, so each has its own chart
            charts += [
                Chart(kind, pair, source if len(sources) > 1 else None)
                for pair, its_sources in (pairs if reported is None else reported).items()
                for source in its_sources
            ]
        elif kind == YEAR_ON_YEAR:
            charts += [Chart(kind, pair) for pair in yearly]
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


def check_base(kinds: Collection[str], base: dt.date | None) -> None:
    """Refuse the base date of an index where no index is drawn.

    Raises:
        UsageError: of the kinds asked for, none is an index.
    """
    if base is not None and kinds and "indexed" not in kinds:
        raise UsageError(f"{next(iter(kinds))} has no --base; indexed has")


def check_trend(kinds: Collection[str], *, every: str | None, implied: bool, mean: int | None = None) -> None:
    """Refuse options that only a trend has, for other kinds.

    Raises:
        UsageError: a kind is no trend, the period or the days of a mean cannot be, or options exclude each other.
    """
    options = [name for name, given in (("every", every), ("implied", implied), ("mean", mean is not None)) if given]
    for kind in kinds if options else ():
        if kind != "trend":
            raise UsageError(f"{kind} has no --{options[0]}; trend has")
    if every and len(options) > 1:
        raise UsageError(f"--every and --{options[1]} exclude each other: a period has no single day")
    if every:
        check_period(every)
    if mean is not None and not CHART_MEAN_DAYS[0] <= mean <= CHART_MEAN_DAYS[1]:
        raise UsageError(f"--mean {mean}: a mean is over {CHART_MEAN_DAYS[0]} to {CHART_MEAN_DAYS[1]:,} days")
