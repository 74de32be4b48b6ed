"""The folder of charts: which there should be, and whether they are drawn from what the published file holds now."""

from pathlib import Path

from fxtrack import __version__
from fxtrack.config import Config
from fxtrack.database import Connection
from fxtrack.files import remove_left_over, write_whole
from fxtrack.query import ask_frame, open_published, pairs_with_dates

_STAMP = ".drawn-from"


def chart_path(folder: Path, pair: str) -> Path:
    """Return where a pair's trend chart belongs."""
    return folder / f"{pair.replace('/', '-')}.png"


def update_charts(config: Config) -> list[Path]:
    """Draw a trend chart for every pair with a dated quote, unless all are up to date already.

    Returns:
        The charts that were drawn, none if there was nothing to do.

    Raises:
        FxtrackError: a chart cannot be written.
    """
    folder = config.charts
    with open_published(config) as connection:
        stamp = _stamp(connection)
        pairs = pairs_with_dates(connection)
        if _read(folder / _STAMP) == stamp and all(chart_path(folder, pair).exists() for pair in pairs):
            return []
        frames = {pair: ask_frame(connection, "trend", pair=pair) for pair in pairs}
    from fxtrack.charts import series_of, trend_png  # matplotlib takes its time: only where something is drawn

    remove_left_over(folder / _STAMP)
    for pair, frame in frames.items():
        remove_left_over(chart_path(folder, pair))
        write_whole(chart_path(folder, pair), trend_png(pair, series_of(frame)))
    # last, so that a pass that is killed half-way draws again
    write_whole(folder / _STAMP, stamp)
    return [chart_path(folder, pair) for pair in pairs]


def _stamp(connection: Connection) -> bytes:
    identity = connection.execute("SELECT store_id, generation, views_digest FROM store_info").fetchone()
    return "\n".join(map(str, (*(identity or ()), __version__))).encode()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
