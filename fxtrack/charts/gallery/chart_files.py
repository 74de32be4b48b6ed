"""The files of each chart of the page: pictures, data of the live chart, and downloads."""

from collections.abc import Iterator
from dataclasses import replace

from fxtrack.charts.gallery.downloads import Downloads
from fxtrack.charts.gallery.live import live_chart, read_points
from fxtrack.charts.plan import Chart
from fxtrack.charts.render import draw, picture
from fxtrack.charts.select import ChartRows, stamp_of
from fxtrack.charts.style import NARROW_INCHES, WIDE_INCHES, Look
from fxtrack.store.database.connection import Connection


class ChartFiles:
    """Makes the files of charts of one selection."""

    def __init__(self, connection: Connection, rows: ChartRows, look: Look) -> None:
        """Read the rows that all charts need.

        Args:
            connection: to the published file.
            rows: of the selection.
            look: of the pictures, but for their size.
        """
        self._rows = rows
        self._looks = [replace(look, size=size, adapts=True) for size in (WIDE_INCHES, NARROW_INCHES)]
        self._points = read_points(connection)
        self._downloads = Downloads(connection, rows)

    def of(self, chart: Chart) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of each file of a chart."""
        stamp = stamp_of(chart, self._rows)
        wide, narrow = (picture(draw(chart, self._rows, look), "svg", stamp) for look in self._looks)
        yield f"{chart.name}.svg", wide
        yield f"{chart.name}.narrow.svg", narrow
        yield f"{chart.name}.js", live_chart(chart, self._rows, self._points, wide)
        csv, xlsx = self._downloads.of(chart)
        yield f"{chart.name}.csv", csv
        if xlsx is not None:
            yield f"{chart.name}.xlsx", xlsx
