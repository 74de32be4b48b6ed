"""The rows behind a chart as CSV and as an Excel workbook."""

import io

import polars as pl

from fxtrack import limits
from fxtrack.charts.plan import Chart
from fxtrack.charts.select import ChartRows
from fxtrack.output.export import ExportRows, to_csv, to_xlsx
from fxtrack.output.workbook import to_workbook, with_numbers
from fxtrack.store.database.connection import Connection
from fxtrack.store.query import ask_frame

_RATES = ("rate", "previous_rate", "discrepancy", "base_low", "base_high")
"""Columns of `deltas.sql` that are printed texts."""


class Downloads:
    """The rows behind all charts of a selection, read once."""

    def __init__(self, connection: Connection, rows: ChartRows) -> None:
        """Read the rows.

        Args:
            connection: to the published file.
            rows: of the selection.
        """
        selection = rows.selection
        frames = [ask_frame(connection, "export")]
        frames += [ask_frame(connection, "export", pair=pair, derived=True) for pair in selection.derived]
        wanted = pl.col("pair").is_in(list(selection.pairs))
        self._closes = pl.concat(frame.filter(wanted) for frame in frames) if selection.pairs else frames[0]
        self._deltas = ask_frame(connection, "deltas").drop("derived")
        self._rows = rows

    def of(self, chart: Chart) -> tuple[bytes, bytes | None]:
        """Return the rows behind a chart as CSV and as XLSX, None for more than `WORKBOOK_ROWS`.

        A trend and the overview have daily closes as `fxtrack export` writes them, changes have the rows of `fxtrack
        deltas`.
        """
        if chart.kind in {"trend", "overview"}:
            closes = self._closes.filter(pl.col("pair") == chart.pair) if chart.pair else self._closes
            return to_csv(ExportRows(closes)), to_xlsx(ExportRows(closes)) if _fits(closes) else None
        frame = self._table(chart)
        content = io.BytesIO()
        frame.write_csv(content)
        if not _fits(frame):
            return content.getvalue(), None
        sheet = {str(chart.pair or chart.kind): [with_numbers(row, _RATES) for row in frame.to_dicts()]}
        return content.getvalue(), to_workbook(sheet)

    def _table(self, chart: Chart) -> pl.DataFrame:
        if chart.kind == "indexed":
            return self._rows.index
        frame = self._deltas if chart.kind == "changes" else self._rows.coverage
        if chart.pair:
            frame = frame.filter(pl.col("pair") == chart.pair)
        return frame.filter(pl.col("source") == chart.source) if chart.source else frame


def _fits(frame: pl.DataFrame) -> bool:
    return frame.height <= limits.WORKBOOK_ROWS
