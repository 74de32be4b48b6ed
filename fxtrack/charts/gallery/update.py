"""Keeping the folder of charts up to date with the published file."""

import datetime as dt
from pathlib import Path

import msgspec

from fxtrack import __version__
from fxtrack.charts.gallery.index_page import IndexData, index_page, read_index_data
from fxtrack.charts.select import KINDS, Chart, ChartRows, Selection, plan, read_rows
from fxtrack.config.config import Config
from fxtrack.files import alone_in, remove, remove_left_over, write_whole
from fxtrack.store.connection import Connection
from fxtrack.store.query import open_published

INDEX_PAGE = "index.html"
NARROW = "narrow"
"""Folder of the same charts for narrow screens."""

_NOTE = ".drawn-from"


class Drawn(msgspec.Struct, frozen=True):
    """The state of a folder of charts, kept as a note in it.

    Attributes:
        identity: the published content, the version that drew it, and the preferred directions of pairs.
        charts: the charts in the folder.
        data: the data of the index page.
    """

    identity: list[str]
    charts: list[Chart]
    data: IndexData


def update_charts(config: Config, now: dt.datetime) -> list[Path]:
    """Draw every chart of the published file unless all are up to date, and write the index page.

    Args:
        config: names the published file and the folder.
        now: the time that the index page shows as its own, UTC.

    Returns:
        The wide versions of the charts that were drawn; none if all were up to date or there is no data.

    Raises:
        FxtrackError: a chart or the index page cannot be written.
    """
    # of two processes that draw at the same time, one could overwrite new charts with old ones
    with alone_in(config.charts):
        folder = config.charts
        before = _read_note(folder / _NOTE)
        with open_published(config) as connection:
            identity = [*_published_identity(connection), *config.preferences]
            current = before is not None and before.identity == identity and all(
                path.exists() for chart in before.charts for path in _chart_paths(folder, chart)
            )  # fmt: skip
            if before and current:
                drawn = before
            else:
                rows = read_rows(connection, Selection(prefer=config.preferences), KINDS)
                charts = plan(KINDS, rows.pairs(), rows.sources(), rows.reported())
                drawn = Drawn(identity, charts, read_index_data(connection, config.preferences))
        if not current:
            _redraw(folder, drawn, rows, before.charts if before else [])
        _write(folder / INDEX_PAGE, index_page(drawn.data, drawn.charts, now).encode())
        return [] if current else [folder / f"{chart.name}.svg" for chart in drawn.charts]


def _redraw(folder: Path, drawn: Drawn, rows: ChartRows, before: list[Chart]) -> None:
    """Draw all charts, and remove earlier ones that are no longer among them."""
    if drawn.charts:
        from fxtrack.charts.render import draw, picture
        from fxtrack.charts.style import NARROW_INCHES, WIDE_INCHES, Look

        for chart in drawn.charts:
            for path, size in zip(_chart_paths(folder, chart), (WIDE_INCHES, NARROW_INCHES), strict=True):
                _write(path, picture(draw(chart, rows, Look(size=size, adapts=True)), "svg"))
    wanted = {path for chart in drawn.charts for path in _chart_paths(folder, chart)}
    for path in {path for chart in before for path in _chart_paths(folder, chart)} - wanted:
        remove(path)
    # last, so that a pass that is killed half-way draws again
    _write(folder / _NOTE, msgspec.json.encode(drawn))


def _write(path: Path, content: bytes) -> None:
    remove_left_over(path)
    write_whole(path, content)


def _chart_paths(folder: Path, chart: Chart) -> tuple[Path, Path]:
    """Return the wide and the narrow version of a chart."""
    return folder / f"{chart.name}.svg", folder / NARROW / f"{chart.name}.svg"


def _published_identity(connection: Connection) -> list[str]:
    found = connection.execute("SELECT store_id, generation, views_digest FROM store_info").fetchone()
    return [*map(str, found or ()), __version__]


def _read_note(path: Path) -> Drawn | None:
    """Return the note of a folder; None where it is missing or damaged, so that all charts are drawn again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Drawn)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
