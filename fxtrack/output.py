"""Rows to a person's terminal, to JSON or to CSV. Only this module knows what a number looks like in a table."""

import csv
import datetime as dt
import io
import json
import os
import shutil
import sys
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fxtrack.decode import printable
from fxtrack.query import Rows

_SHOWN_DECIMALS = 3
_ANY_WIDTH = 10_000
_VERDICT_STYLE = {"agrees": "green", "agrees earlier": "green", "unexplained": "red", "breaks the rule": "bold red"}


def as_json(rows: Rows) -> str:
    """Return the rows as a JSON array of objects; decimals are strings, so that no reader makes floats of them."""
    return json.dumps([{k: plain(v) for k, v in record.items()} for record in rows.records()], indent=2) + "\n"


def as_csv(rows: Rows) -> str:
    """Return the rows as CSV (RFC 4180, LF) with a header; null is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows.columns)
    writer.writerows([["" if v is None else plain(v) for v in row] for row in rows.rows])
    return text.getvalue()


def as_table(rows: Rows, title: str | None = None, hide: tuple[str, ...] = ()) -> str:
    """Return the rows as a table for a terminal; percentages are rounded to what an eye can use.

    A column of which every value is null says nothing and is left out, as are those in `hide`.
    """
    shown = [
        i for i, name in enumerate(rows.columns)
        if name not in hide and (not rows.rows or any(row[i] is not None for row in rows.rows))
    ]  # fmt: skip
    console = _console()
    width = console.width
    console.width = _ANY_WIDTH  # never narrower than the table: a number that is cut is a wrong number
    table = _table(rows, shown, title, " ")
    if console.measure(table).maximum > width:
        table = _table(rows, shown, title, "\n")
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _table(rows: Rows, shown: list[int], title: str | None, between_words: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for i in shown:
        given = [row[i] for row in rows.rows if row[i] is not None]
        numeric = bool(given) and all(isinstance(v, int | Decimal) or _looks_numeric(v) for v in given)
        header = Text(between_words.join(printable(word) for word in rows.columns[i].split("_")))
        table.add_column(header, justify="right" if numeric else "left", vertical="bottom")
    for row in rows.rows:
        table.add_row(*(_cell(row[i]) for i in shown))
    return table


def plain(value: object) -> object:
    """Return a value as JSON and CSV can hold it, without loss."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return str(value)


def _console() -> Console:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _ANY_WIDTH
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(width=width, highlight=False, color_system=colours)


def _looks_numeric(value: object) -> bool:
    return isinstance(value, str) and value.strip("+-.%0123456789") == "" and any(c.isdigit() for c in value)


def _cell(value: object) -> Text:
    """Return a value for a table; nothing that comes from a page can steer the terminal."""
    if value is None:
        return Text("")
    if isinstance(value, Decimal):
        return Text(f"{value.quantize(Decimal(1).scaleb(-_SHOWN_DECIMALS), ROUND_HALF_UP):f}")
    text = str(plain(value))
    return Text(printable(text), style=_VERDICT_STYLE.get(text, ""))
