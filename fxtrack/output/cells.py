"""How a value of each type in SQL is written in CSV, in JSON and in a table.

What DuckDB itself can write as it is meant here, it writes, many times faster than Python; these functions return the
expression for that, in which ``#1`` is the first column. None is for types that Python has to write. Text comes as it
is: what is quoted or escaped in it depends on what it holds.
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

TEXT = "VARCHAR"
SHOWN_DECIMALS = 3
QUOTED_OTHERWISE = "text that DuckDB quotes and Python does not"
_INTEGERS = frozenset(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")) | {
    "INTEGER", "UINTEGER",
}  # fmt: skip
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_MOST_DIGITS = 38
_EXACT = Context(prec=2 * _MOST_DIGITS)

Written = Callable[[str, str], str | None]
"""Takes a type and a column such as ``#1``, and returns the expression for its text."""


def in_csv(kind: str, column: str) -> str | None:
    """Return what writes a column in CSV; null stays null."""
    if kind == "BOOLEAN":
        return f"CASE {column} WHEN true THEN 'True' WHEN false THEN 'False' END"
    return _text_of(kind, column) if _is_plain(kind) else None


def in_file(kind: str, column: str) -> str | None:
    """Return what a column is to be for DuckDB to write a file of CSV with the bytes that Python's csv writes.

    A query with it fails at a text that DuckDB would quote and Python does not.
    """
    if kind != TEXT:
        return in_csv(kind, column)
    # as an empty text, not as null, it would be quoted
    return f"""CASE WHEN contains({column}, '#') OR contains({column}, chr(13)) THEN error('{QUOTED_OTHERWISE}')
        WHEN {column} <> '' THEN {column} END"""


def in_json(kind: str, column: str) -> str | None:
    """Return what writes a column in JSON: decimals are strings, so that no reader makes floats of them."""
    if kind == TEXT:
        return column
    if kind in _INTEGERS or kind == "BOOLEAN":
        return f"coalesce({column}::VARCHAR, 'null')"
    return f"""coalesce('"' || {_text_of(kind, column)} || '"', 'null')""" if _is_plain(kind) else None


def in_table(kind: str, column: str) -> str | None:
    """Return what writes a column in a table: decimals are rounded half up to what an eye can use."""
    found = _DECIMAL.fullmatch(kind)
    if not found or not _is_plain(kind):
        return in_csv(kind, column)
    digits, decimals = int(found[1]), int(found[2])
    if decimals <= SHOWN_DECIMALS:
        return f"{_text_of(kind, column)} || '{'.' * (decimals == 0)}{'0' * (SHOWN_DECIMALS - decimals)}'"
    rounded = f"{column}::DECIMAL({digits - decimals + SHOWN_DECIMALS + 1}, {SHOWN_DECIMALS})"
    # a small fall is a fall: DuckDB's decimals have no negative zero
    return f"CASE WHEN {column} < 0 AND {rounded} = 0 THEN '-' ELSE '' END || {rounded}::VARCHAR"


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


def shown(value: object) -> str:
    """Return a value for a table; see `in_table`."""
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value.quantize(Decimal(1).scaleb(-SHOWN_DECIMALS), ROUND_HALF_UP, _EXACT):f}"
    return str(plain(value))


def _is_plain(kind: str) -> bool:
    """Tell whether DuckDB can write a type as Python does."""
    found = _DECIMAL.fullmatch(kind)
    return kind in _INTEGERS or kind in {TEXT, "DATE"} or (found is not None and found[2] != str(_MOST_DIGITS))


def _text_of(kind: str, column: str) -> str:
    found = _DECIMAL.fullmatch(kind)
    if found and found[1] == found[2]:  # DuckDB writes a zero before the point only where the type has room for it
        column = f"{column}::DECIMAL({int(found[1]) + 1}, {found[2]})"
    return f"{column}::VARCHAR"
