"""The data of a live chart: for each point its place on the screen, and texts with the digits of the store.

A number that people read is a text from here on. Floats only place a point on the screen.
"""

import base64
import datetime as dt
import gzip
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
import polars as pl

from fxtrack.charts.gallery.index_page import LIVE_KINDS
from fxtrack.charts.language.digits import range_text, value_text
from fxtrack.charts.language.language import english
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import day_of
from fxtrack.charts.style import DARK, LIGHT, cues, hidden_move_mark, verdict_marks
from fxtrack.model.run import counted
from fxtrack.model.words import HIDDEN_MOVES, hidden_move_words, verdict_words
from fxtrack.store.database.connection import Connection
from fxtrack.store.query import ask_frame

_POINT_DIGITS = 6
"""Significant digits of a place on the screen, which has a few thousand pixels."""

_READ = "Days without a capture are blank. Point, touch, or use the arrow keys; drag to choose a range."
_TREND = f"Line: the close of each captured day. Band: the range that the printed digits allow. {_READ}"
_INDEXED = f"Closes; pairs that change by the same share move alike. {_READ}"
_CHANGES = (
    "Bars: the range of the change since the previous captured date that the printed digits allow; those over gaps may "
    f"go beyond the scale. Marks: the change that the page reports. {_READ}"
)

_TREND_COLUMNS = [
    "Rate", "Digits allow", "Seen that day", "Reported", "Computed, %", "Digits allow, %", "Since", "Verdict", "Base",
    "Page", "Derived",
]  # fmt: skip
_CHANGES_COLUMNS = ["Reported", "Computed, %", "Digits allow, %", "Since", "Verdict", "Base", "Rate", "Page"]

Cells = list[str] | dict[str, list[Any]]


class LiveSeries(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line, or the marks of one verdict.

    Attributes:
        label: the name to show.
        colour: of lines and marks, in light and in dark.
        line: drawn as steps, otherwise as marks.
        x: days since the first date of the chart, ascending.
        cells: a column of texts for each of `LiveChart.columns`; one with few different texts has each of them once.
        y: places on the screen; without them, those of the texts in the first column.
        low, high: the range that the printed digits allow; without them, half a unit of the last digit if `half`.
        far: 1 where the range does not set the scale.
        dash: lengths of dashes and gaps in pixels.
        filled: marks are filled.
        range: colour of the ranges, in light and in dark; that of the line unless given.
    """

    label: str
    colour: tuple[str, str]
    line: bool
    x: list[float]
    cells: list[Cells]
    y: list[float | None] | None = None
    low: list[float | None] | None = None
    high: list[float | None] | None = None
    far: list[int] | None = None
    dash: list[float] | None = None
    half: bool = False
    filled: bool = False
    range: tuple[str, str] | None = None


class LiveChart(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The data of a chart, which the script of the page draws.

    Attributes:
        name: of the chart.
        svg: its wide picture, for a PNG: a page that is opened as a file cannot read the file of the picture.
        title: its content in a few words.
        about: how to read it.
        of: heading of the names of the series.
        first: day of `x` = 0, as days since 1970-01-01.
        decimals: the most that an axis shows.
        columns: headings of the texts.
        series: none for a chart that stays a picture.
        zero: a value that is always on the axis.
    """

    name: str
    svg: str = ""
    title: str = ""
    about: str = ""
    of: str = ""
    first: int = 0
    decimals: int = 0
    columns: list[str] = []
    series: list[LiveSeries] = []
    zero: float | None = None


def read_points(connection: Connection) -> pl.DataFrame:
    """Read each dated state of each printed pair, with the texts of its change; see `page_points.sql`."""
    points = ask_frame(connection, "page_points")
    columns = points.select("change_pct", "change_pct_low", "change_pct_high").iter_rows()
    texts = [_change_texts(*ends) for ends in columns]
    return points.with_columns(
        pl.Series("change", [change for change, _ in texts], dtype=pl.String),
        pl.Series("change_range", [ends for _, ends in texts], dtype=pl.String),
        pl.Series("since", [_days_before(days) for days in points["gap_days"]], dtype=pl.String),
        pl.Series("words", list(map(_verdict_text, points["verdict"], points["hidden_move_pct"])), dtype=pl.String),
        pl.Series("base", [_days_before(days) for days in points["base_days"]], dtype=pl.String),
        pl.Series("page", list(map(_page_text, points["location"], points["captures"])), dtype=pl.String),
    )


def live_chart(chart: Chart, rows: ChartRows, points: pl.DataFrame, svg: bytes) -> bytes:
    """Return the file of data of a chart: a script with one call, whose argument is JSON as gzip in base64.

    Args:
        chart: any chart; of a kind that is not in `LIVE_KINDS`, the file has only the picture.
        rows: of a selection that includes it.
        points: see `read_points`.
        svg: its wide picture.
    """
    makers: dict[str, Callable[[Chart, ChartRows, pl.DataFrame], LiveChart]] = {
        "trend": _trend, "indexed": _indexed, "changes": _changes,
    }  # fmt: skip
    data = LiveChart(name=chart.name)
    if chart.kind in LIVE_KINDS:
        data = makers[chart.kind](chart, rows, points)
    content = msgspec.json.encode(msgspec.structs.replace(data, svg=svg.decode()))
    packed = base64.b64encode(gzip.compress(content, mtime=0))
    return b'fxtrack(%s, "%s");\n' % (msgspec.json.encode(chart.name), packed)


def _trend(chart: Chart, rows: ChartRows, points: pl.DataFrame) -> LiveChart:
    closes = rows.closes.filter(pl.col("pair") == chart.pair)
    mine = points.filter((pl.col("pair") == chart.pair) & pl.col("snapshots").is_not_null())
    joined = closes.join(mine.drop("rate_text", "pair"), on=["source", "page_date"], how="left").sort(
        "source", "page_date"
    )
    first = _first_day(joined)
    colours = _colours(rows.palette)
    groups = joined.partition_by("source", as_dict=True)
    series = []
    for (source,), frame in groups.items():
        derived = frame["derived"][0] is not None
        digits = (
            [range_text(*ends) for ends in frame.select("low", "high").iter_rows()]
            if derived
            else [_half_unit(text) for text in frame["rate_text"]]
        )
        states = map(_states_text, frame["snapshots"], frame["lowest_text"], frame["highest_text"])
        columns: list[Iterable[str | None]] = [
            frame["rate_text"], digits, states, frame["reported_text"], frame["change"], frame["change_range"],
            frame["since"], frame["words"], frame["base"], frame["page"], frame["derived"],
        ]  # fmt: skip
        colour, dash = colours[str(source) if len(groups) > 1 else str(chart.pair)]
        series.append(
            LiveSeries(
                str(source), colour, line=True, x=_days(frame, first), cells=[_cells(column) for column in columns],
                low=_places(frame["low"]) if derived else None, high=_places(frame["high"]) if derived else None,
                half=not derived, dash=dash if len(groups) > 1 else None,
            )
        )  # fmt: skip
    pair = str(chart.pair)
    return LiveChart(
        name=chart.name, title=f"{pair}: {english().unit(*pair.split('/'))}", about=_TREND, of="Source", first=first,
        decimals=int(max(closes["rate_decimals"].to_list())), columns=_TREND_COLUMNS, series=series,
    )  # fmt: skip


def _indexed(chart: Chart, rows: ChartRows, _: pl.DataFrame) -> LiveChart:
    frame = rows.index.drop_nulls(["index_value", "index_low", "index_high"]).join(
        rows.closes.select("source", "pair", "page_date", "rate_text"), on=["source", "pair", "page_date"], how="left"
    )
    first = _first_day(frame)
    colours = _colours(rows.palette)
    several = frame["source"].n_unique() > 1
    series = []
    groups = frame.sort("source", "pair", "page_date").partition_by("source", "pair", as_dict=True)
    for (source, pair), its in sorted(groups.items(), key=lambda group: (rows.order(str(group[0][1])), group[0][0])):
        ends = list(its.select("index_value", "index_low", "index_high").iter_rows())
        columns: list[Iterable[str | None]] = [
            [value_text(*row) for row in ends], [range_text(*row[1:]) for row in ends], its["rate_text"],
        ]  # fmt: skip
        # of one pair at several sources, dashes tell the sources apart
        colour, dash = colours[str(pair)][0], colours[str(source) if several else str(pair)][1]
        series.append(
            LiveSeries(
                f"{pair}, {source}" if several else str(pair), colour, line=True, x=_days(its, first),
                cells=[_cells(column) for column in columns], dash=dash,
            )
        )  # fmt: skip
    return LiveChart(
        name=chart.name, title=f"All pairs as an index, 100 on {rows.base}", about=_INDEXED, of="Pair", first=first,
        decimals=2, columns=["Index", "Digits allow", "Rate"], series=series,
    )  # fmt: skip


def _changes(chart: Chart, rows: ChartRows, points: pl.DataFrame) -> LiveChart:
    mine = points.filter(pl.col("pair") == chart.pair)
    if chart.source:
        mine = mine.filter(pl.col("source") == chart.source)
    reported = rows.changes.select("source", "pair", "snapshot_id", "reported")
    frame = mine.join(reported, on=["source", "pair", "snapshot_id"], how="left").sort("page_date", "snapshot_id")
    first = _first_day(frame)
    # the states of one date are spread evenly over their day, as in the picture
    of_day = ((pl.int_range(pl.len()) + 0.5) / pl.len()).over("page_date")
    frame = frame.with_columns(x=(_day_column() - first) + of_day)
    # moves that the page does not show have a name of their own, whatever their verdict
    frame = frame.with_columns(
        mark=pl.when(pl.col("hidden_move_pct").is_null()).then("verdict").otherwise(pl.lit(HIDDEN_MOVES))
    )
    marks = [verdict_marks(theme) | {HIDDEN_MOVES: hidden_move_mark(theme)} for theme in (LIGHT, DARK)]
    series = []
    groups = frame.partition_by("mark", as_dict=True)
    order = [*marks[0], *sorted(str(name) for (name,) in groups if name not in marks[0])]
    for (name,), its in sorted(groups.items(), key=lambda group: order.index(str(group[0][0]))):
        light, dark = (mark.get(str(name)) for mark in marks)
        columns: list[Iterable[str | None]] = [
            its["reported_text"], its["change"], its["change_range"], its["since"],
            its["words"] if name == HIDDEN_MOVES else [""] * its.height, its["base"], its["rate_text"], its["page"],
        ]  # fmt: skip
        series.append(
            LiveSeries(
                verdict_words(str(name)), (light.colour, dark.colour) if light and dark else (LIGHT.muted, DARK.muted),
                line=False, x=[round(x, 4) for x in its["x"]], cells=[_cells(column) for column in columns],
                y=_places(its["reported"]), low=_places(its["change_pct_low"]), high=_places(its["change_pct_high"]),
                far=[int(days is not None and days > 1) for days in its["gap_days"]],
                filled=bool(light and light.filled), range=(LIGHT.computed, DARK.computed),
            )
        )  # fmt: skip
    at = f" at {chart.source}" if chart.source else ""
    return LiveChart(
        name=chart.name, title=f"{chart.pair}: computed and reported changes{at}, in percent", about=_CHANGES,
        of="Verdict", first=first, decimals=4, columns=_CHANGES_COLUMNS, series=series, zero=0.0,
    )  # fmt: skip


def _colours(palette: Sequence[str]) -> dict[str, tuple[tuple[str, str], list[float] | None]]:
    """Return for each pair and source its colours in light and dark, and its dashes in pixels."""
    light, dark = cues(LIGHT, palette), cues(DARK, palette)
    return {
        name: ((cue.colour, dark[name].colour), [2 * length for length in cue.dash[1]] or None)
        for name, cue in light.items()
    }


def _day_column() -> pl.Expr:
    return pl.col("page_date").cast(pl.Int32)


def _first_day(frame: pl.DataFrame) -> int:
    first: dt.date = frame["page_date"].min()  # type: ignore[assignment]
    return int(day_of(first))


def _days(frame: pl.DataFrame, first: int) -> list[float]:
    return frame.select(_day_column() - first).to_series().to_list()


def _places(column: pl.Series) -> list[float | None]:
    places = column.cast(pl.Float64).round_sig_figs(_POINT_DIGITS)
    return places.to_list()


def _cells(texts: Iterable[str | None]) -> Cells:
    """Return a column of texts; if they repeat, each text once and its number at each place."""
    found = [text or "" for text in texts]
    numbers = {text: number for number, text in enumerate(dict.fromkeys(found))}
    if 2 * len(numbers) > len(found):
        return found
    return {"values": list(numbers), "at": [numbers[text] for text in found]}


@lru_cache(maxsize=65_536)
def _change_texts(change: Decimal | None, low: Decimal | None, high: Decimal | None) -> tuple[str | None, str | None]:
    """Return a computed change and its range as the table of latest rates shows them."""
    if change is None or low is None or high is None:
        return None, None
    return value_text(change, low, high, signed=True), range_text(low, high, " to ", signed=True)


def _half_unit(rate: str) -> str:
    """Return half a unit of the last digit of a printed rate."""
    decimals = len(rate.partition(".")[2])
    return f"±{Decimal('0.5').scaleb(-decimals):f}"


def _states_text(states: int | None, lowest: str | None, highest: str | None) -> str:
    """Return the number of different states seen on a date, and their range; empty for one."""
    if states is None or states == 1:
        return ""
    return f"{counted(states, 'state')}, {lowest}" + (f" to {highest}" if highest != lowest else "")


def _days_before(days: int | None) -> str:
    if not days:
        return "" if days is None else "the same day"
    return f"{counted(days, 'day')} before"


def _verdict_text(verdict: str | None, hidden_move: Decimal | None) -> str:
    """Return a verdict in words; a move that the page does not show comes before it."""
    words = verdict_words(verdict)
    return words if hidden_move is None else f"{hidden_move_words(hidden_move, hidden_move)} ({words})"


def _page_text(location: str, captures: int) -> str:
    return location if captures == 1 else f"{location} and {captures - 1:,} more"
