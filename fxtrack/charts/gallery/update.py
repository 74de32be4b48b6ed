"""The folder of charts: which there should be, are they drawn from what is published, and the page around them."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fxtrack import __version__
from fxtrack.charts.gallery.index_page import Contents, front_page, read_contents
from fxtrack.charts.select import KINDS, Chart, plan
from fxtrack.config.config import Config
from fxtrack.files import alone_in, remove, remove_left_over, write_whole
from fxtrack.store.connection import Connection
from fxtrack.store.query import known_pairs, known_sources, open_published, pairs_with_dates

if TYPE_CHECKING:
    from fxtrack.charts.select import ChartRows

PAGE = "index.html"
NARROW = "narrow"
"""Folder of the same charts for narrow screens."""

_DRAWN = ".drawn-from"


class Drawn(msgspec.Struct, frozen=True):
    """What a folder of charts was drawn from, which is kept beside the charts.

    Attributes:
        identity: of the published content, and the version that drew it.
        charts: what was drawn.
        contents: what the page says.
    """

    identity: list[str]
    charts: list[Chart]
    contents: Contents


def update_charts(config: Config, now: dt.datetime) -> list[Path]:
    """Draw every chart of the published file, unless all are up to date already, and write the page that shows them.

    Args:
        config: says where.
        now: the time that the page gives as its own, UTC.

    Returns:
        The charts that were drawn, without their narrow versions; none if there was nothing to draw.

    Raises:
        FxtrackError: a chart or the page cannot be written.
    """
    # another process that draws at the same time could leave old charts under the name of new ones
    with alone_in(config.charts):
        return _update(config, now)


def _update(config: Config, now: dt.datetime) -> list[Path]:
    folder = config.charts
    before = _read(folder / _DRAWN)
    with open_published(config) as connection:
        identity = _identity(connection)
        current = before is not None and before.identity == identity and all(
            path.exists() for chart in before.charts for path in _paths(folder, chart)
        )  # fmt: skip
        drawn = before if before and current else Drawn(identity, _all_charts(connection), read_contents(connection))
        if draws := not current and bool(drawn.charts):
            rows, palette = _rows(connection), (*known_pairs(connection), *known_sources(connection))
    if not current:
        if draws:
            _draw(folder, drawn.charts, rows, palette)
        wanted = {path for chart in drawn.charts for path in _paths(folder, chart)}
        for path in {path for chart in (before.charts if before else []) for path in _paths(folder, chart)} - wanted:
            remove(path)
        # last, so that a pass that is killed half-way draws again
        remove_left_over(folder / _DRAWN)
        write_whole(folder / _DRAWN, msgspec.json.encode(drawn))
    remove_left_over(folder / PAGE)
    write_whole(folder / PAGE, front_page(drawn.contents, drawn.charts, now).encode())
    return [] if current else [folder / f"{chart.name}.svg" for chart in drawn.charts]


def _all_charts(connection: Connection) -> list[Chart]:
    sources: dict[str, list[str]] = {pair: [] for pair in pairs_with_dates(connection)}
    found = connection.execute("SELECT DISTINCT pair, source FROM dated_quotes ORDER BY ALL").fetchall()
    for pair, source in found:
        sources[pair].append(source)
    return plan(tuple(KINDS), sources, sorted({source for _, source in found}))


def _rows(connection: Connection) -> "ChartRows":
    from fxtrack.charts.select import Selection, read_rows

    return read_rows(connection, Selection(tuple(pairs_with_dates(connection))), KINDS)


def _draw(folder: Path, charts: list[Chart], rows: "ChartRows", palette: tuple[str, ...]) -> None:
    from fxtrack.charts.render import Look, draw, picture
    from fxtrack.charts.style import NARROW_INCHES, WIDE_INCHES

    for chart in charts:
        for path, size in zip(_paths(folder, chart), (WIDE_INCHES, NARROW_INCHES), strict=True):
            remove_left_over(path)
            write_whole(path, picture(draw(chart, rows, Look(size=size, palette=palette)), "svg", adapts=True))


def _paths(folder: Path, chart: Chart) -> tuple[Path, Path]:
    return folder / f"{chart.name}.svg", folder / NARROW / f"{chart.name}.svg"


def _identity(connection: Connection) -> list[str]:
    found = connection.execute("SELECT store_id, generation, views_digest FROM store_info").fetchone()
    return [*map(str, found or ()), __version__]


def _read(path: Path) -> Drawn | None:
    """Return what a folder says that it was drawn from; None where it says nothing that can be read, so draw again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Drawn)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
