"""One chart: its rows, its texts, the drawing of its kind."""

import datetime as dt
import io
import re
import warnings
from dataclasses import dataclass
from xml.sax.saxutils import escape

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure

from fxtrack import __version__
from fxtrack.charts.axes import DATE_AXIS_POINTS, short_date
from fxtrack.charts.kinds import changes, coverage, indexed, overview, trend
from fxtrack.charts.select import Chart, ChartRows, captures_of
from fxtrack.charts.series import changes_of, index_series_of, series_of
from fxtrack.charts.sheet import Sheet, Texts
from fxtrack.charts.style import DARK, DPI, LIGHT, MARGIN_POINTS, RC, WIDE_INCHES, Theme, cues
from fxtrack.errors import NothingFound

_AROUND_POINTS = 96.0
"""What title, explanation and footer take, roughly, where the height of a chart follows from its content."""


@dataclass(frozen=True, slots=True)
class Look:
    """How charts are drawn.

    Attributes:
        theme: the colours.
        size: width and height in inches. The height is a wish where `height_follows`: calendar and panels need what
            they need.
        height_follows: whether a chart may take the height that its content needs.
        dpi: dots per inch of PNG, and of what SVG and PDF hold as pictures.
        title: instead of the chart's own.
        invert: the price the other way round.
        palette: all pairs and sources of the database, so that each keeps its colour in every chart.
    """

    theme: Theme = LIGHT
    size: tuple[float, float] = WIDE_INCHES
    height_follows: bool = True
    dpi: float = DPI
    title: str | None = None
    invert: bool = False
    palette: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn chart with its title and description in words."""

    figure: Figure
    title: str
    description: str


def draw(chart: Chart, rows: ChartRows, look: Look) -> Drawing:
    """Draw a chart. Equal rows and looks give equal drawings.

    Args:
        chart: which.
        rows: of a selection that has it.
        look: how.

    Raises:
        NothingFound: an index is asked for, and no pair has one.
    """
    with mpl.rc_context(RC):  # type: ignore[arg-type]
        sheet = _KINDS[chart.kind](chart, rows, look)
    return Drawing(sheet.figure, sheet.texts.title, sheet.texts.description())


def _trend(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    mine = pl.col("pair") == chart.pair
    closes = rows.closes.filter(mine)
    series = series_of(closes, rows.states.filter(mine), invert=look.invert)
    title = trend.trend_title(str(chart.pair), inverse=look.invert)
    footer = _footer(closes, captures_of(rows.captures, [str(chart.pair)], None))
    texts = Texts(look.title or title, trend.EXPLANATION, trend.trend_notes(series), footer)
    sheet = Sheet(texts, look.theme, look.size, look.dpi)
    trend.draw_trend(sheet, series, cues(look.theme, look.palette))
    return sheet


def _indexed(_: Chart, rows: ChartRows, look: Look) -> Sheet:
    order = {pair: number for number, pair in enumerate(rows.selection.pairs)}
    series = sorted(index_series_of(rows.index, invert=look.invert), key=lambda s: (order[s.pair], s.source))
    if not series:
        raise NothingFound("no pair has an index: choose another --base")
    base = rows.base or dt.date.min
    left_out = [pair for pair in rows.pairs() if pair not in {s.pair for s in series}]
    title = f"{'Inverse rates' if look.invert else 'Rates'} as an index, 100 on {short_date(base)}"
    footer = _footer(rows.closes, captures_of(rows.captures, None, None))
    width, plot = 72 * look.size[0] - 2 * MARGIN_POINTS, 72 * look.size[1] - _AROUND_POINTS - DATE_AXIS_POINTS
    labels = indexed.labels_for(series, width, plot)
    size = look.size
    if labels is not indexed.Labels.DIRECT and look.height_follows:
        labels = indexed.Labels.LEGEND
        size = _with_height(look, plot + DATE_AXIS_POINTS + indexed.legend_height(series, width, labels))
    explanation, notes = indexed.index_explanation(base, labels), indexed.index_notes(series, left_out, base)
    sheet = Sheet(Texts(look.title or title, explanation, notes, footer), look.theme, size, look.dpi)
    indexed.draw_indexed(sheet, series, cues(look.theme, look.palette), labels)
    return sheet


def _changes(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    mine = pl.col("pair") == chart.pair
    if chart.source:
        mine &= pl.col("source") == chart.source
    (found,) = changes_of(rows.changes.filter(mine))
    footer = _footer(rows.closes.filter(mine), captures_of(rows.captures, [str(chart.pair)], chart.source))
    of_source = f" at {chart.source}" if chart.source else ""
    texts = Texts(
        look.title or f"{chart.pair}: computed and reported changes{of_source}",
        changes.EXPLANATION,
        changes.change_notes(found),
        footer,
    )
    sheet = Sheet(texts, look.theme, look.size, look.dpi)
    changes.draw_changes(sheet, found)
    return sheet


def _overview(_: Chart, rows: ChartRows, look: Look) -> Sheet:
    order = {pair: number for number, pair in enumerate(rows.selection.pairs)}
    series = sorted(series_of(rows.closes, rows.states, invert=look.invert), key=lambda s: (order[s.pair], s.source))
    title = "Inverse rates of all pairs" if look.invert else "Rates of all pairs"
    footer = _footer(rows.closes, captures_of(rows.captures, None, None))
    texts = Texts(look.title or title, overview.EXPLANATION, (), footer)
    panels = len({s.pair for s in series})
    size = _with_height(look, overview.height_for(panels, 72 * look.size[0]))
    sheet = Sheet(texts, look.theme, size, look.dpi)
    overview.draw_overview(sheet, series, cues(look.theme, look.palette))
    return sheet


def _coverage(chart: Chart, rows: ChartRows, look: Look) -> Sheet:
    mine = rows.coverage.filter(pl.col("source") == chart.source)
    (found,) = coverage.coverages_of(mine)
    captured = mine.filter(pl.col("captures") > 0).height
    span = min(found.captures), max(found.captures)
    footer = _footer_text(str(chart.source), span, captured, int(mine["captures"].sum()))
    texts = Texts(look.title or f"Captures by page date: {chart.source}", coverage.EXPLANATION, (), footer)
    size = _with_height(look, coverage.height_for(len(found.years), 72 * look.size[0]))
    sheet = Sheet(texts, look.theme, size, look.dpi)
    coverage.draw_coverage(sheet, found)
    return sheet


_KINDS = {
    "trend": _trend, "indexed": _indexed, "changes": _changes, "overview": _overview, "coverage": _coverage,
}  # fmt: skip


def _footer(closes: pl.DataFrame, captures: int) -> str:
    sources = ", ".join(closes["source"].unique().sort().to_list())
    span = closes.select(pl.col("page_date").min().alias("a"), pl.col("page_date").max().alias("b")).row(0)
    return _footer_text(sources, span, closes["page_date"].n_unique(), captures)


def _footer_text(sources: str, span: tuple[dt.date, dt.date], captured: int, captures: int) -> str:
    first, last = span
    return (
        f"Source: {sources} · {first} to {last} · {captured:,} of {(last - first).days + 1:,} days captured · "
        f"{captures:,} capture{'' if captures == 1 else 's'} · fxtrack {__version__}"
    )


def _with_height(look: Look, points: float) -> tuple[float, float]:
    if not look.height_follows:
        return look.size
    return look.size[0], round((points + _AROUND_POINTS) / 72, 2)


_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}


def picture(drawing: Drawing, form: str, *, adapts: bool = False) -> bytes:
    """Return a drawing as PNG, SVG or PDF.

    An SVG has a title and a description for screen readers, and its text is text.

    Args:
        drawing: the chart.
        form: ``png``, ``svg`` or ``pdf``.
        adapts: an SVG drawn in light colours turns dark where its reader prefers that.
    """
    content = io.BytesIO()
    metadata: dict[str, str | None] = {**_METADATA[form]}
    if form != "png":
        metadata["Title"] = drawing.title
    with mpl.rc_context(RC), warnings.catch_warnings():  # type: ignore[arg-type]
        # a glyph that the font lacks is no loss in an SVG, whose reader brings the font
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawing.figure.savefig(content, format=form, metadata=metadata)
    if form != "svg":
        return content.getvalue()
    return _readable(content.getvalue().decode("utf-8"), drawing.description, adapts=adapts).encode()


def _readable(svg: str, description: str, *, adapts: bool) -> str:
    """Name title and description as what a screen reader says (W3C SVG Accessibility API Mappings)."""
    svg = svg.replace("<svg ", '<svg role="img" aria-labelledby="chart-title chart-description" ', 1)
    more = f'</title>\n <desc id="chart-description">{escape(description)}</desc>'
    if adapts:
        more += f"\n <style>{_dark_colours()}</style>"
    svg = svg.replace("<title>", '<title id="chart-title">', 1).replace("</title>", more, 1)
    return re.sub(r"(?m)[ \t]+$", "", svg)


def _dark_colours() -> str:
    """Return style rules that put the dark theme's colours in the place of the light theme's."""
    rules = "".join(
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for light, dark in zip(LIGHT.colours(), DARK.colours(), strict=True)
        for what in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme: dark){{{rules}}}"
