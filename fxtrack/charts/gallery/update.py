"""Keeping the page of charts up to date with the published file."""

import datetime as dt
import hashlib
from pathlib import Path

import msgspec

from fxtrack import __version__
from fxtrack.charts.gallery.folders import digests, free_folder, new_folder, remove_folder, remove_former_layout
from fxtrack.charts.gallery.index_page import IndexData, index_page, read_index_data
from fxtrack.charts.plan import KINDS, Chart, plan
from fxtrack.charts.select import Selection, read_rows
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError
from fxtrack.files import alone_in, make_folder, write_whole
from fxtrack.store.database.connection import Connection
from fxtrack.store.query import open_published, version_of

INDEX_PAGE = "index.html"

_NOTE = ".drawn-from"


class Drawn(msgspec.Struct, frozen=True):
    """The state of the page, kept as a note in its folder.

    Attributes:
        identity: the published content, the version that drew it, the preferred directions of pairs, and the look.
        charts: the charts of the page.
        data: the data of the index page.
        folder: name of the folder that has the files of these charts.
        digests: the SHA-256 of each of these files.
    """

    identity: list[str]
    charts: list[Chart]
    data: IndexData
    folder: str
    digests: dict[str, str]


def update_charts(config: Config, now: dt.datetime) -> list[Path]:
    """Draw every chart of the published file unless all are up to date and whole, and write the index page.

    The files of all charts appear at once, as a new folder in `Config.charts_page`. Only then the index page, which
    names that folder, is replaced, and the folder before is removed: the index page always shows one state of the
    published file.

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
        pages = config.charts_page
        if pages.exists() and not pages.is_dir():
            raise FxtrackError(f"{pages}: not a folder; the page of charts needs this name, move the file away")
        make_folder(pages)
        before = _read_note(pages / _NOTE)
        with open_published(config) as connection:
            identity = [*_published_identity(connection), *config.preferences, _look_identity(config)]
            current = before is not None and before.identity == identity and (
                digests(pages / before.folder) == before.digests
            )  # fmt: skip
            drawn = before if before and current else _draw_all(connection, pages, identity, config)
        folder = pages / drawn.folder
        if not current:
            write_whole(pages / _NOTE, msgspec.json.encode(drawn))
        page = index_page(drawn.data, drawn.charts, f"{config.charts_page.name}/{drawn.folder}", drawn.digests, now)
        write_whole(config.charts / INDEX_PAGE, page.encode())
        for other in pages.iterdir():
            if other != folder:
                remove_folder(other)
        remove_former_layout(config.charts)
        return [] if current else [folder / f"{chart.name}.svg" for chart in drawn.charts]


def _draw_all(connection: Connection, pages: Path, identity: list[str], config: Config) -> Drawn:
    """Draw all charts into a new folder."""
    prefer = config.preferences
    rows = read_rows(connection, Selection(prefer=prefer), KINDS)
    charts = plan(KINDS, rows.pairs(), rows.sources(), rows.reported())
    data = read_index_data(connection, prefer)
    folder = free_folder(pages, identity[1])
    with new_folder(folder) as unfinished:
        if charts:
            # loads matplotlib
            from fxtrack.charts.gallery.chart_files import ChartFiles
            from fxtrack.charts.style import configured_look

            files = ChartFiles(connection, rows, configured_look(config))
            for chart in charts:
                for name, content in files.of(chart):
                    (unfinished / name).write_bytes(content)
        written = digests(unfinished) or {}
    return Drawn(identity, charts, data, folder.name, written)


def _published_identity(connection: Connection) -> list[str]:
    return [*map(str, version_of(connection)), __version__]


def _look_identity(config: Config) -> str:
    """Return a digest of the configured look of charts, with the file of phrases that it names."""
    settings = config.settings.charts
    try:
        phrases = (config.root / settings.words).read_bytes() if settings.words else b""
    except OSError:
        phrases = b""  # the error comes when charts are drawn
    return hashlib.sha256(msgspec.json.encode(settings) + phrases).hexdigest()


def _read_note(path: Path) -> Drawn | None:
    """Return the note of the page; None where it is missing or damaged, so that all charts are drawn again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Drawn)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
