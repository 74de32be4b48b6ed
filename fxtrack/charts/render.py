"""Charts as pictures: PNG, SVG and PDF, the same bytes for the same rows and look."""

import datetime as dt
import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.figure import Figure

from fxtrack.charts.kinds.changes import draw_changes
from fxtrack.charts.kinds.coverage import draw_coverage
from fxtrack.charts.kinds.indexed import draw_indexed
from fxtrack.charts.kinds.overview import draw_overview
from fxtrack.charts.kinds.periods import draw_periods
from fxtrack.charts.kinds.trend import draw_trend
from fxtrack.charts.kinds.year_on_year import draw_year_on_year
from fxtrack.charts.plan import (
    ALL_KINDS,
    CHART_FORMATS,
    YEAR_ON_YEAR,
    Chart,
    check_base,
    check_invertible,
    check_trend,
    plan,
)
from fxtrack.charts.select import ChartRows, Selection, select_rows, stamp_of
from fxtrack.charts.sheet import Sheet
from fxtrack.charts.style import DARK, LIGHT, RC, Look
from fxtrack.errors import UsageError
from fxtrack.model.stamp import Stamp, seal
from fxtrack.store.database.connection import Connection

_DRAWERS: dict[str, Callable[[Chart, ChartRows, Look], Sheet]] = {
    "trend": draw_trend, "indexed": draw_indexed, "changes": draw_changes, "overview": draw_overview,
    "coverage": draw_coverage, YEAR_ON_YEAR: draw_year_on_year,
}  # fmt: skip
_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}

_STAMPED = {"png": "fxtrack", "svg": "Source", "pdf": "Keywords"}
"""The field of the metadata that holds the stamp."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn chart with its title and description in words.

    `adapts` says that an SVG of it turns dark where its reader prefers that.
    """

    figure: Figure
    title: str
    description: str
    adapts: bool


def chart_bytes(  # noqa: PLR0913
    connection: Connection,
    kind: str,
    pair: str | None = None,
    form: str = "svg",
    *,
    source: str | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    base: dt.date | None = None,
    look: Look | None = None,
    prefer: tuple[str, ...] = (),
    every: str | None = None,
    implied: bool = False,
    zones: tuple[tuple[str, str], ...] = (),
    as_of: str | None = None,
    mean: int | None = None,
) -> bytes:
    """Return one chart of a published file as a picture.

    Args:
        connection: to the published file.
        kind: a key of `ALL_KINDS`.
        pair: ``BASE/COUNTER``; required for `trend` and `changes` unless there is only one.
        form: one of `CHART_FORMATS`.
        source: only this source.
        since: first page date.
        until: last page date.
        base: date at which an index is 100.
        look: colours, size, resolution, title, direction; the standard look unless given.
        prefer: directions of the pairs of a chart of all pairs, see `Config.preferences`.
        every: of a trend: ``week``, ``month``, ``quarter`` or ``year`` in place of days.
        implied: of a trend: with the ranges that reports allow for days not captured.
        zones: the time zone of each source.
        as_of: the moment as of which the connection answers.
        mean: of a trend: with the mean of the closes captured in this many days up to each date.

    Raises:
        NothingFound: the database has no such pair or source, or no close matches.
        UsageError: the kind or format is unknown, a chart of this kind cannot be inverted, or several charts match.
    """
    look = look or Look()
    for what, value, choices in (("kind", kind, ALL_KINDS), ("format", form, CHART_FORMATS)):
        if value not in choices:
            raise UsageError(f"unknown {what} {value!r}; choose from {', '.join(choices)}")
    if look.invert:
        check_invertible((kind,))
    check_trend((kind,), every=every, implied=implied, mean=mean)
    check_base((kind,), base)
    selection = Selection(
        (pair,) if pair else (), source, since, until, prefer, every=every, implied=implied, zones=zones, mean=mean,
        as_of=as_of,
    )  # fmt: skip
    rows = select_rows(connection, selection, (kind,), base)
    charts = plan((kind,), rows.pairs(), rows.sources(), rows.reported(), every, rows.yearly())
    if len(charts) != 1:
        names = ", ".join(chart.name for chart in charts)
        raise UsageError(f"{len(charts)} charts match: {names}; choose one by pair and source")
    return picture(draw(charts[0], rows, look), form, stamp_of(charts[0], rows))


def draw(chart: Chart, rows: ChartRows, look: Look) -> Drawing:
    """Draw a chart. Equal rows and looks give equal drawings.

    Args:
        chart: which.
        rows: of a selection that includes it.
        look: how.

    Raises:
        NothingFound: an index is asked for, and no pair has one.
    """
    with _settings():
        sheet = (draw_periods if chart.every else _DRAWERS[chart.kind])(chart, rows, look)
    return Drawing(sheet.figure, sheet.texts.title, sheet.texts.description(), look.adapts)


def picture(drawing: Drawing, form: str, stamp: Stamp | None = None) -> bytes:
    """Return a drawing as PNG, SVG or PDF.

    An SVG keeps its text as text, and has a title and a description for screen readers. The stamp is in the metadata.
    """
    content = io.BytesIO()
    metadata: dict[str, str | None] = {**_METADATA[form]}
    if stamp is not None:
        metadata[_STAMPED[form]] = stamp.text
    if form != "png":
        metadata["Title"] = drawing.title
    with _settings(), warnings.catch_warnings():
        # readers of an SVG use their own font, which may have the glyph
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawing.figure.savefig(content, format=form, metadata=metadata)
    data = content.getvalue()
    if form == "svg":
        data = _accessible(data.decode("utf-8"), drawing).encode()
    return data if stamp is None else seal(data)


@contextmanager
def _settings() -> Iterator[None]:
    """Apply the settings of all charts, and ignore any matplotlibrc file."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)  # type: ignore[arg-type]
        yield


def _accessible(svg: str, drawing: Drawing) -> str:
    """Mark title and description as the name of the image (W3C SVG Accessibility API Mappings)."""
    svg = svg.replace("<svg ", '<svg role="img" aria-labelledby="chart-title chart-description" ', 1)
    more = f'</title>\n <desc id="chart-description">{escape(drawing.description)}</desc>'
    if drawing.adapts:
        more += f"\n <style>{_dark_colours()}</style>"
    svg = svg.replace("<title>", '<title id="chart-title">', 1).replace("</title>", more, 1)
    return re.sub(r"(?m)[ \t]+$", "", svg)


def _dark_colours() -> str:
    """Return style rules that replace the colours of the light theme with those of the dark one."""
    rules = "".join(
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for light, dark in zip(LIGHT.colours(), DARK.colours(), strict=True)
        for what in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme: dark){{{rules}}}"
