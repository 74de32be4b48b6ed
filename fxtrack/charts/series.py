"""Rows of the database as series of numbers to draw. Up to here rates are decimals; from here on they are floats."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]

_DAY_ONE = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Last:
    """The newest close of a series: its date, its text as printed, and the true rates that print as it."""

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
        days: page dates as days since 1970-01-01, rising.
        rate: price of 1 BASE in COUNTER; of 1 COUNTER in BASE if `inverse`.
        low, high: the range of true rates that the printed digits allow.
        decimals: the most digits after the decimal point that a close is printed with.
        last: the newest close, as printed whether inverse or not.
        state_days, state_rates: every rate seen, closes included.
        inverse: True if the price is the other way round.
    """

    source: str
    pair: str
    days: Floats
    rate: Floats
    low: Floats
    high: Floats
    decimals: int
    last: Last
    state_days: Floats
    state_rates: Floats
    inverse: bool = False

    @property
    def tick(self) -> float:
        """One unit of the last printed digit, in COUNTER."""
        return 10.0**-self.decimals

    def inverted(self) -> "Series":
        """Return the price the other way round. The ends of the range change places, since 1/x falls."""
        return replace(
            self,
            rate=1 / self.rate,
            low=1 / self.high,
            high=1 / self.low,
            state_rates=1 / self.state_rates,
            inverse=True,
        )

    def span_in_ticks(self) -> int:
        """Return how many units of the last printed digit lie between the lowest and the highest rate seen."""
        rates = 1 / self.state_rates if self.inverse else self.state_rates
        return round((float(rates.max()) - float(rates.min())) / self.tick)

    def tick_pct(self) -> float:
        """Return one unit of the last printed digit in percent of the newest close."""
        return 100 * self.tick / float((self.last.low + self.last.high) / 2)

    def last_text(self) -> str:
        """Return the newest close as text: as printed; the other way round, the range that its digits allow."""
        if not self.inverse:
            return self.last.text
        return inverse_text(self.last.low, self.last.high)


def inverse_text(low: Decimal, high: Decimal) -> str:
    """Return the range of 1/x for 0 < low <= x <= high, rounded outwards to digits that tell its ends apart."""
    with localcontext(prec=40):
        least, most = 1 / high, 1 / low
        decimals = max(0, -(most - least).adjusted())
        return f"{_rounded(least, decimals, ROUND_FLOOR)}\u2013{_rounded(most, decimals, ROUND_CEILING)}"


def series_of(closes: pl.DataFrame, states: pl.DataFrame, *, invert: bool = False) -> list[Series]:
    """Return a series for each source and pair, in the order of the rows.

    Args:
        closes: rows of (source, pair, page_date, rate, rate_decimals, rate_text, low, high), by date.
        states: rows of (source, pair, page_date, rate).
        invert: the price the other way round.
    """
    seen = states.partition_by("source", "pair", as_dict=True)
    found = []
    for (source, pair), rows in closes.partition_by("source", "pair", as_dict=True).items():
        all_states = seen[source, pair]
        newest = rows.row(-1, named=True)
        series = Series(
            source=source,
            pair=pair,
            days=days_of(rows["page_date"]),
            rate=_floats(rows["rate"]),
            low=_floats(rows["low"]),
            high=_floats(rows["high"]),
            decimals=int(max(rows["rate_decimals"].to_list())),
            last=Last(newest["page_date"], newest["rate_text"], newest["low"], newest["high"]),
            state_days=days_of(all_states["page_date"]),
            state_rates=_floats(all_states["rate"]),
        )
        found.append(series.inverted() if invert else series)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class IndexSeries:
    """One pair as an index: `value` is 100 at `start`; `low` and `high` are what the digits of both closes allow."""

    source: str
    pair: str
    start: dt.date
    days: Floats
    value: Floats
    low: Floats
    high: Floats

    def inverted(self) -> "IndexSeries":
        """Return the index of the price the other way round."""
        return replace(self, value=10_000 / self.value, low=10_000 / self.high, high=10_000 / self.low)


def index_series_of(frame: pl.DataFrame, *, invert: bool = False) -> list[IndexSeries]:
    """Return a series for each source and pair of (source, pair, page_date, start_date, index_value, _low, _high).

    An index too large for the database has no value: such rows are left out.
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
            _floats(rows["index_low"]),
            _floats(rows["index_high"]),
        )
        found.append(series.inverted() if invert else series)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Computed changes of one pair at one source beside its reports, in percent; NaN where there is none.

    `x` is the time of each in days since 1970-01-01: the states of one date stand side by side within their day.
    `is_absolute` is true where the page reports changes in the counter currency.
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


def changes_of(frame: pl.DataFrame) -> list[Changes]:
    """Return the changes of each source and pair, rows in order of date."""
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
            )
        )
    return found


def days_of(dates: pl.Series) -> Floats:
    """Return dates as days since 1970-01-01, the time axis of all charts."""
    return np.asarray(dates.cast(pl.Int32).to_numpy(), dtype=np.float64)


def date_of(day: float) -> dt.date:
    """Return the date of a point on the time axis."""
    return _DAY_ONE + dt.timedelta(days=int(np.floor(day)))


def day_of(date: dt.date) -> float:
    """Return a date's place on the time axis, its start."""
    return float((date - _DAY_ONE).days)


def steps(days: Floats, *columns: Floats) -> tuple[Floats, ...]:
    """Return a step line over each stretch of consecutive days, with NaN between stretches.

    A close stands for its whole day, so every stretch ends at the end of its last day, and over missing days there is
    nothing to draw.

    Args:
        days: rising whole days.
        columns: values at these days.

    Returns:
        The days and the columns, each with a point more for every stretch and a NaN between two.
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


def _rounded(value: Decimal, decimals: int, rounding: str) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-decimals), rounding):,f}"
