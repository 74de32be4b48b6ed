"""Tables as an Excel workbook: dates and numbers that Excel can compute with, shown with all their digits."""

import datetime as dt
import io
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The time in every workbook, so that the same tables give the same bytes."""


_EXACT_DIGITS = 15
"""Excel keeps and shows no more significant digits of a number."""


def to_workbook(sheets: Mapping[str, Sequence[Mapping[str, Any]]], comments: str = "") -> bytes:
    """Return a workbook with a sheet for each table.

    A number that a cell cannot hold exactly, since Excel computes in binary floating point, is written as text.

    Args:
        sheets: the rows of each table by the name of its sheet; a slash in a name, which Excel refuses, becomes a dash.
        comments: a text for the properties of the workbook.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _CREATED.replace(tzinfo=None), "comments": comments})
        for name, rows in sheets.items():
            _write_sheet(book, book.add_worksheet(name.replace("/", "-")), rows)
    return content.getvalue()


def with_numbers(row: Mapping[str, object], names: Collection[str]) -> dict[str, object]:
    """Return a row with numbers in place of the printed texts in some columns."""
    return {name: Decimal(value) if name in names and isinstance(value, str) else value for name, value in row.items()}


def _write_sheet(book: "Workbook", sheet: "Worksheet", rows: Sequence[Mapping[str, Any]]) -> None:
    formats: dict[str, Any] = {}
    bold = book.add_format({"bold": True})
    for place, name in enumerate(rows[0] if rows else ()):
        sheet.write_string(0, place, name, bold)
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row.values()):
            shown = _number_format(value)
            if shown not in formats:
                formats[shown] = book.add_format({"num_format": shown})
            if isinstance(value, dt.date):
                sheet.write_datetime(number, place, dt.datetime.combine(value, dt.time()), formats[shown])
            elif shown != "@":
                sheet.write_number(number, place, float(value), formats[shown])
            elif value is not None:
                sheet.write_string(number, place, f"{value:f}" if isinstance(value, Decimal) else str(value))
    sheet.freeze_panes(1, 0)
    sheet.autofit()


def _number_format(value: object) -> str:
    """Return the format of a cell: of a date, of a number with its decimals, or of text."""
    if isinstance(value, dt.date):
        return "yyyy-mm-dd"
    if isinstance(value, int | Decimal):
        exact = Decimal(value)
        if Decimal(repr(float(exact))) == exact and len(exact.normalize().as_tuple().digits) <= _EXACT_DIGITS:
            decimals = max(0, -int(exact.as_tuple().exponent))
            return f"0.{'0' * decimals}" if decimals else "0"
    return "@"
