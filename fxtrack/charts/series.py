"""Rows of the database as arrays to draw. Rates are decimals up to this module and floats from here on."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

import numpy as np
import numpy.typing as npt
import polars as pl

from fxtrack.charts.language.digits import inverse_text, range_text, value_text

Floats = npt.NDArray[np.float64]

_DAY_ONE = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class NewestClose:
    """The newest close of a series: its date, its printed text, and the range of true rates that print as it."""

    date: dt.date
    text: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The closes of one pair at one source.

    Attributes:
        source: name of the source.
        pair: ``BASE/COUNTER``.
        days: page dates as days since 1970-01-01, ascending.
        rate: price of 1 BASE in COUNTER; of 1 COUNTER in BASE if `inverse`.
        low, high: the range of true rates that the printed digits allow.
        decimals: the largest number of printed digits after the decimal point of any close.
        newest: the newest close as printed, also if `inverse`.
        state_days, state_rates: every rate seen, closes included.
        ranges: low and high of each close as decimals, of the rate that is not inverse.
        inverse: the rates are inverse rates.
        derived: how the newest close is derived from printed rates; None if it is printed.
    """

    source: str
    pair: str
    days: Floats
    rate: Floats
    low: Floats
    high: Floats
    decimals: int
    newest: NewestClose
    state_days: Floats
    state_rates: Floats
    ranges: tuple[tuple[Decimal, Decimal], ...]
    inverse: bool = False
    derived: str | None = None

    @property
    def tick(self) -> float:
        """One unit of the last printed digit, in COUNTER."""
        return 10.0**-self.decimals

    @property
    def name(self) -> str:
        """The pair as drawn: ``COUNTER/BASE`` if `inverse`."""
        base, counter = self.pair.split("/")
        return f"{counter}/{base}" if self.inverse else self.pair

    def inverted(self) -> "Series":
        """Return the inverse rates. The ends of the range change places because 1/x falls."""
        return replace(
            self,
            rate=1 / self.rate,
            low=1 / self.high,
            high=1 / self.low,
            state_rates=1 / self.state_rates,
            inverse=True,
        )

    def level_changes(self) -> dict[float, tuple[Decimal, Decimal]]:
        """Return the least and greatest change in percent across each gap that surely changes the level.

        The key is the first day without a capture. The change goes from the last close before the gap to the first
        behind it.
        """
        found = {}
        for place in np.flatnonzero(np.diff(self.days) > 1):
            before, after = self.ranges[place], self.ranges[place + 1]
            if self.inverse:
                before, after = after, before
            low, high = change_range(before, after)
            if low > 0 or high < 0:
                found[float(self.days[place]) + 1] = low, high
        return found

    def moving_mean(self, days: int) -> tuple[Floats, Floats]:
        """Return, for each close, the mean of the closes of the `days` days up to it, and how many these are."""
        first = np.searchsorted(self.days, self.days - days, side="right")
        count = np.arange(len(self.days)) + 1 - first
        sums = np.concatenate([[0.0], np.cumsum(self.rate)])
        return (sums[1:] - sums[first]) / count, count.astype(np.float64)

    def span_in_ticks(self) -> int:
        """Return the distance between the lowest and the highest rate seen, in ticks."""
        rates = 1 / self.state_rates if self.inverse else self.state_rates
        return round((float(rates.max()) - float(rates.min())) / self.tick)

    def tick_pct(self) -> float:
        """Return the tick in percent of the newest close."""
        return 100 * self.tick / float((self.newest.low + self.newest.high) / 2)

    def newest_text(self) -> str:
        """Return the newest close as printed; if `inverse`, the range that its digits allow; if derived, both."""
        if self.derived:
            return f"{self.newest.text} ({range_text(self.newest.low, self.newest.high)})"
        if not self.inverse:
            return self.newest.text
        return inverse_text(self.newest.low, self.newest.high)


def change_range(before: tuple[Decimal, Decimal], after: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    """Return the least and greatest change in percent from one range of true rates, low and high, to another."""
    with localcontext(prec=40):
        return 100 * (after[0] / before[1] - 1), 100 * (after[1] / before[0] - 1)


def series_of(closes: pl.DataFrame, states: pl.DataFrame, *, invert: bool = False) -> list[Series]:
    """Return one series per source and pair, in the order of the rows.

    Args:
        closes: rows of (source, pair, page_date, rate, rate_decimals, rate_text, low, high, derived), by date.
        states: rows of (source, pair, page_date, rate).
        invert: return inverse rates.
    """
    seen = states.partition_by("source", "pair", as_dict=True)
    found = []
    for (source, pair), rows in closes.partition_by("source", "pair", as_dict=True).items():
        all_states = seen[source, pair]
        close = rows.row(-1, named=True)
        series = Series(
            source=source,
            pair=pair,
            days=days_of(rows["page_date"]),
            rate=_floats(rows["rate"]),
            low=_floats(rows["low"]),
            high=_floats(rows["high"]),
            decimals=int(max(rows["rate_decimals"].to_list())),
            newest=NewestClose(close["page_date"], close["rate_text"], close["low"], close["high"]),
            state_days=days_of(all_states["page_date"]),
            state_rates=_floats(all_states["rate"]),
            ranges=tuple(zip(rows["low"].to_list(), rows["high"].to_list(), strict=True)),
            derived=close["derived"],
        )
        found.append(series.inverted() if invert else series)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class ImpliedRanges:
    """The ranges that reports allow for days not captured: the days, and the ends of each range."""

    days: Floats
    low: Floats
    high: Floats


def implied_of(frame: pl.DataFrame) -> ImpliedRanges:
    """Return the ranges in rows of (rate_date, low, high)."""
    return ImpliedRanges(days_of(frame["rate_date"]), _floats(frame["low"]), _floats(frame["high"]))


@dataclass(frozen=True, slots=True, eq=False)
class IndexSeries:
    """One pair as an index.

    Attributes:
        source: name of the source.
        pair: ``BASE/COUNTER``.
        start: date of the close that is 100.
        days: page dates as days since 1970-01-01, ascending.
        value: the index.
        newest: the newest value, and the lowest and highest that the digits of both closes allow.
        derived: how the newest rate is derived from printed ones; None if it is printed.
    """

    source: str
    pair: str
    start: dt.date
    days: Floats
    value: Floats
    newest: tuple[Decimal, Decimal, Decimal]
    derived: str | None = None

    def inverted(self) -> "IndexSeries":
        """Return the index of the inverse rate."""
        with localcontext(prec=40):
            value, low, high = (10_000 / number for number in self.newest)
        return replace(self, value=10_000 / self.value, newest=(value, high, low))

    def newest_text(self) -> str:
        """Return the newest value with as many digits as its range, and in brackets the range, see `range_text`."""
        value, low, high = self.newest
        return f"{value_text(value, low, high)} ({range_text(low, high)})"


def index_series_of(frame: pl.DataFrame, *, invert: bool = False) -> list[IndexSeries]:
    """Return one series per source and pair of rows of `chart_index.sql`.

    Rows whose index is too large for the database have no value and are skipped.
    """
    found = []
    whole = frame.drop_nulls(["index_value", "index_low", "index_high"])
    for (source, pair), rows in whole.partition_by("source", "pair", as_dict=True).items():
        series = IndexSeries(
            source,
            pair,
            rows["start_date"][0],
            days_of(rows["page_date"]),
            _floats(rows["index_value"]),
            rows.select("index_value", "index_low", "index_high").row(-1),
            rows["derived"][-1],
        )
        found.append(series.inverted() if invert else series)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Computed and reported changes of one pair at one source, in percent; NaN where there is none.

    Attributes:
        source: name of the source.
        pair: ``BASE/COUNTER``.
        x: times in days since 1970-01-01; the states of one date are spread evenly over their day.
        gap_days: days since the previous captured date.
        low, high: the range of the computed change that the printed digits allow.
        reported: the change that the page reports.
        verdicts: the verdict on each report.
        is_absolute: the page reports changes in the counter currency.
        hidden: the rate surely moved since the day before, and the page reports no change.
        most_hidden: of the largest of these moves the date and its range in percent.
    """

    source: str
    pair: str
    x: Floats
    gap_days: Floats
    low: Floats
    high: Floats
    reported: Floats
    verdicts: tuple[str, ...]
    is_absolute: bool
    hidden: npt.NDArray[np.bool_]
    most_hidden: tuple[dt.date, Decimal, Decimal] | None


def changes_of(frame: pl.DataFrame) -> list[Changes]:
    """Return the changes of each source and pair; rows must be in order of date."""
    found = []
    for (source, pair), rows in frame.partition_by("source", "pair", as_dict=True).items():
        of_day = (pl.int_range(pl.len()) + 0.5) / pl.len()
        within = rows.select(of_day.over("page_date")).to_series().to_numpy()
        found.append(
            Changes(
                source,
                pair,
                days_of(rows["page_date"]) + within,
                _floats(rows["gap_days"]),
                _floats(rows["change_pct_low"]),
                _floats(rows["change_pct_high"]),
                _floats(rows["reported"]),
                tuple(rows["verdict"].to_list()),
                bool(rows["is_absolute"].any()),
                rows["hidden"].to_numpy(),
                _most_hidden(rows),
            )
        )
    return found


def _most_hidden(rows: pl.DataFrame) -> tuple[dt.date, Decimal, Decimal] | None:
    moves = rows.filter(rows["hidden"]).select("page_date", "change_pct_low", "change_pct_high").rows()
    return max(moves, key=lambda move: max(move[1], -move[2]), default=None)


def days_of(dates: pl.Series) -> Floats:
    """Return dates as days since 1970-01-01, the unit of every time axis."""
    return np.asarray(dates.cast(pl.Int32).to_numpy(), dtype=np.float64)


def date_of(day: float) -> dt.date:
    """Return the date of a point on the time axis."""
    return _DAY_ONE + dt.timedelta(days=int(np.floor(day)))


def day_of(date: dt.date) -> float:
    """Return the start of a date on the time axis."""
    return float((date - _DAY_ONE).days)


def step_line(days: Floats, *columns: Floats) -> tuple[Floats, ...]:
    """Return a step line over each stretch of consecutive days, with NaN between stretches.

    A close stands for its whole day, so a stretch ends at the end of its last day. Missing days have no line.

    Args:
        days: whole days, ascending.
        columns: values at these days.

    Returns:
        The days and the columns, each with one more point per stretch and a NaN between two stretches.
    """
    starts = [0, *(np.flatnonzero(np.diff(days) != 1) + 1).tolist()]
    stretches = list(zip(starts, [*starts[1:], len(days)], strict=True))
    return (
        _joined([np.append(days[a:b], days[b - 1] + 1) for a, b in stretches]),
        *(_joined([np.append(column[a:b], column[b - 1]) for a, b in stretches]) for column in columns),
    )


def _joined(parts: Sequence[Floats]) -> Floats:
    gap = np.array([np.nan])
    return np.concatenate([piece for part in parts for piece in (part, gap)][:-1])


def _floats(column: pl.Series) -> Floats:
    return np.asarray(column.cast(pl.Float64).to_numpy(), dtype=np.float64)
