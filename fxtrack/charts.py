"""One trend chart per pair: the closes as steps, drawn over captured stretches only. The one module with matplotlib."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

_STYLE = {
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
}
_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#e69f00",
)  # Okabe and Ito: safe for colour-blind eyes
_SIZE_INCHES = (10.0, 4.5)
_DPI = 120


@dataclass(frozen=True, slots=True)
class Series:
    """The closes of one pair at one source, in order of date, and the most decimals that they are printed with."""

    source: str
    dates: tuple[dt.date, ...]
    rates: tuple[Decimal, ...]
    decimals: int

    def stretches(self) -> Iterator[tuple[tuple[dt.date, ...], tuple[Decimal, ...]]]:
        """Yield the runs of consecutive days: between them nothing is known, so nothing is drawn."""
        days = enumerate(zip(self.dates, self.rates, strict=True))
        for _, run in groupby(days, key=lambda item: item[1][0].toordinal() - item[0]):
            points = [point for _, point in run]
            yield tuple(p[0] for p in points), tuple(p[1] for p in points)


def series_of(frame: pl.DataFrame) -> list[Series]:
    """Turn rows of (source, page_date, rate, rate_decimals) into one series per source."""
    return [
        Series(
            str(source),
            tuple(rows["page_date"].to_list()),
            tuple(rows["rate"].to_list()),
            max(rows["rate_decimals"].to_list()),
        )
        for (source,), rows in frame.sort("page_date").group_by("source", maintain_order=True)
    ]


def trend_png(pair: str, series: list[Series]) -> bytes:
    """Return the trend chart of a pair as PNG; equal data give equal bytes."""
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
        axes = figure.add_subplot()
        for number, one in enumerate(series):
            _draw(axes, one, _COLOURS[number % len(_COLOURS)], len(series) > 1)
        base, _, counter = pair.partition("/")
        axes.set_title(_title(pair, series), loc="left")
        axes.set_ylabel(f"{counter} for 1 {base}")
        decimals = max(one.decimals for one in series)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.{decimals}f}"))
        _whole_ticks(axes, series, decimals)
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        if len(series) > 1:
            axes.legend(frameon=False)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def _draw(axes: Axes, series: Series, colour: str, labelled: bool) -> None:
    label = series.source if labelled else None
    for dates, rates in series.stretches():
        # a close stands for its whole day, so the last step of a stretch is as long as the others
        ends = [*dates, dates[-1] + dt.timedelta(days=1)]
        axes.step(ends, [float(r) for r in (*rates, rates[-1])], where="post", color=colour, label=label)  # type: ignore[arg-type]
        label = None
    axes.plot(series.dates, [float(r) for r in series.rates], "o", markersize=3, color=colour)  # type: ignore[arg-type]


def _whole_ticks(axes: Axes, series: list[Series], decimals: int) -> None:
    """Label the rate axis at round values, never closer than the source's tick, and let a flat line look flat."""
    tick = 10.0**-decimals
    rates = [float(rate) for one in series for rate in one.rates]
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, min(rates) - 2 * tick), max(high, max(rates) + 2 * tick))
    round_values = MaxNLocator(nbins=7, steps=[1, 2, 5, 10])
    values = round_values.tick_values(*axes.get_ylim())
    axes.yaxis.set_major_locator(MultipleLocator(tick) if values[1] - values[0] < tick else round_values)


def _title(pair: str, series: list[Series]) -> str:
    dates = [d for one in series for d in one.dates]
    days = (max(dates) - min(dates)).days + 1
    captured = len(set(dates))
    return f"{pair}   {min(dates)} to {max(dates)}, {captured} of {days} days captured"
