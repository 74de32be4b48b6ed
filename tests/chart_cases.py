"""Histories to draw, and functions that read a drawing back."""

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from histories import add_history, new_database, set_rules
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from oracle import Absolute, Dated, Rule

from fxtrack.charts.plan import KINDS, Chart
from fxtrack.charts.render import Drawing, draw
from fxtrack.charts.select import ChartRows, Selection, read_rows
from fxtrack.charts.style import Look

RULE = Rule(4, 2)
START = dt.date(2025, 12, 1)
# day of December, states of that day; a state is the rates and reports of its pairs. 4, 5 and 8 December are missing.
STORY: list[tuple[int, list[dict[str, tuple[str, str | None]]]]] = [
    (1, [{"KGS/USD": ("0.01144", "0%"), "UZS/USD": ("0.00008", "0%"), "TMT/USD": ("0.2849", "0%")}]),
    (2, [{"KGS/USD": ("0.01147", "0%"), "UZS/USD": ("0.00008", "0%"), "TMT/USD": ("0.28571", "0.28%")},
         {"KGS/USD": ("0.01142", "0%"), "UZS/USD": ("0.00008", "-0%"), "TMT/USD": ("0.28571", "0.28%")}]),
    (3, [{"KGS/USD": ("0.01150", "0.87%"), "UZS/USD": ("0.00008", "0%"), "TMT/USD": ("0.28571", "5.54%")}]),
    (6, [{"KGS/USD": ("0.01120", "-2.62%"), "UZS/USD": ("0.00008", None), "TMT/USD": ("0.28490", "-0.28%")}]),
    (7, [{"KGS/USD": ("0.01121", "0%"), "UZS/USD": ("0.00008", "0%"), "TMT/USD": ("0.28490", "0.01%")}]),
    (9, [{"KGS/USD": ("0.01125", "0%"), "UZS/USD": ("0.00008", "0%"), "TMT/USD": ("0.28520", "0.11%")}]),
]  # fmt: skip


def story(source: str = "site") -> list[Dated]:
    return [Dated(source, START.replace(day=day), quotes) for day, states in STORY for quotes in states]


def rows_of(
    history: Sequence[Dated],
    kinds: Sequence[str] = tuple(KINDS),
    base: dt.date | None = None,
    rule: Rule | Absolute = RULE,
) -> ChartRows:
    """Return the rows of the charts of a history, read from a database."""
    connection = new_database()
    add_history(connection, history)
    set_rules(connection, {s.source: rule for s in history})
    pairs = tuple(sorted({pair for s in history for pair in s.quotes}))
    return read_rows(connection, Selection(pairs), kinds, base)


def drawn(kind: str, rows: ChartRows, pair: str | None = None, source: str | None = None, **look: Any) -> Drawing:  # noqa: ANN401
    return draw(Chart(kind, pair, source), rows, Look(**look))


def walk(dates: int, pairs: int, seed: int = 1, step: int = 1) -> list[Dated]:
    """Return a random walk of `pairs` pairs over `dates` dates, with as many digits as the real rates have."""
    moves = random.Random(seed)  # noqa: S311 -- prices, not secrets
    rates = {pair: Fraction(rate) for pair, rate in list(PAIRS.items())[:pairs]}
    history = []
    for number in range(dates):
        quotes: dict[str, tuple[str, str | None]] = {}
        for pair, rate in rates.items():
            now = rate * (1 + Fraction(moves.randint(-40, 40), 10_000))
            decimals = len(PAIRS[pair].partition(".")[2])
            change = Decimal(round(100 * (now / rate - 1), 2).numerator) / round(100 * (now / rate - 1), 2).denominator
            quotes[pair] = (f"{round(float(now), decimals):.{decimals}f}", f"{change:.2f}%")
            rates[pair] = now
        history.append(Dated("site", START + dt.timedelta(days=number * step), quotes))
    return history


PAIRS = {
    "KGS/USD": "0.01144", "KZT/USD": "0.00192", "TJS/USD": "0.10866", "UZS/USD": "0.00008", "TMT/USD": "0.28571",
    "EUR/USD": "1.1650", "GBP/USD": "1.3310", "CNY/USD": "0.14120", "RUB/USD": "0.01231", "XAU/USD": "2650.10",
    "TRY/USD": "0.0236", "CHF/USD": "1.25",
}  # fmt: skip


def days(figures: Any) -> list[dt.datetime | None]:  # noqa: ANN401 -- an array of floats
    """Return points of a time axis as times, None where a line is broken."""
    epoch = dt.datetime(1970, 1, 1)  # noqa: DTZ001 -- page dates have no zone
    return [None if np.isnan(x) else epoch + dt.timedelta(days=float(x)) for x in figures]


def day(number: int) -> dt.datetime:
    return dt.datetime(2025, 12, number)  # noqa: DTZ001


def main_axes(drawing: Drawing) -> list[Axes]:
    """Return the axes with data, legends left out."""
    return [axes for axes in drawing.figure.axes if axes.axison]


def line(axes: Axes, gid: str) -> Any:  # noqa: ANN401
    (found,) = [line for line in axes.lines if line.get_gid() == gid]
    return found


def texts(drawing: Drawing) -> list[str]:
    return [text.get_text() for text in visible_texts(drawing.figure)]


def visible_texts(figure: Figure) -> list[Text]:
    """Return every text that a reader sees, tick labels included."""
    figure.draw_without_rendering()
    hidden = {
        id(text)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for text in axis.findobj(Text)
        if not axes.axison
    }
    found: list[Any] = figure.findobj(Text)
    return [text for text in found if text.get_visible() and text.get_text().strip() and id(text) not in hidden]


def corners(path: Path) -> npt.NDArray[np.float64]:
    """Return the points of a path, a row for each."""
    return np.asarray(path.vertices, dtype=np.float64)
