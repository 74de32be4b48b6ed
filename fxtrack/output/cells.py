"""The text of a value of each SQL type in CSV, in JSON and in a table.

DuckDB writes most types itself, many times faster than Python: `in_csv`, `in_json` and `in_table` return an SQL
expression, in which ``#1`` is the first column, or None for a type that Python has to write. Text columns are not
quoted or escaped by these expressions.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

TEXT = "VARCHAR"
QUOTED_OTHERWISE = "text that DuckDB quotes and Python does not"
_INTEGERS = frozenset(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")) | {
    "INTEGER", "UINTEGER",
}  # fmt: skip
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_MOST_DIGITS = 38

CellWriter = Callable[[str, str], str | None]
"""Takes a type and a column such as ``#1``, and returns the expression for its text."""


def in_csv(kind: str, column: str) -> str | None:
    """Return the expression for a column in CSV; null stays null."""
    if kind == "BOOLEAN":
        return f"CASE {column} WHEN true THEN 'True' WHEN false THEN 'False' END"
    return _text_of(kind, column) if _is_plain(kind) else None


def in_file(kind: str, column: str) -> str | None:
    """Return the expression with which DuckDB writes a CSV file of the same bytes as Python's csv module.

    The query fails at a text that DuckDB would quote and Python would not.
    """
    if kind != TEXT:
        return in_csv(kind, column)
    # DuckDB quotes an empty text; null it leaves empty
    return f"""CASE WHEN contains({column}, '#') OR contains({column}, chr(13)) THEN error('{QUOTED_OTHERWISE}')
        WHEN {column} <> '' THEN {column} END"""


def in_json(kind: str, column: str) -> str | None:
    """Return the expression for a column in JSON: decimals are strings, so that no reader turns them into floats."""
    if kind == TEXT:
        return column
    if kind in _INTEGERS or kind == "BOOLEAN":
        return f"coalesce({column}::VARCHAR, 'null')"
    return f"""coalesce('"' || {_text_of(kind, column)} || '"', 'null')""" if _is_plain(kind) else None


def in_table(kind: str, column: str, decimals: str | None = None) -> str | None:
    """Return the expression for a column in a table: decimals are exact, without trailing zeros.

    Args:
        kind: its type.
        column: such as ``#1``.
        decimals: a column with the number of printed decimals, which are shown even if they are zeros.
    """
    found = _DECIMAL.fullmatch(kind)
    if not found or not _is_plain(kind):
        return in_csv(kind, column)
    digits, scale = int(found[1]), int(found[2])
    if digits == scale:  # DuckDB writes a zero before the point only if the type has room for it
        digits, column = digits + 1, f"{column}::DECIMAL({digits + 1}, {scale})"
    # the last decimal that is printed or not zero; text functions would take twice as long
    cases = []
    for d in range(scale - 1, -1, -1):
        longer = f"{column} % {Decimal(1).scaleb(-d):f}::DECIMAL({digits}, {scale}) <> 0"
        printed = f" OR {decimals} > {d}" if decimals else ""
        cases.append(f"WHEN {longer}{printed} THEN {column}::DECIMAL({digits - scale + d + 1}, {d + 1})::VARCHAR")
    whole = f"{column}::DECIMAL({digits - scale}, 0)::VARCHAR"
    return f"CASE {' '.join(cases)} ELSE {whole} END" if scale else whole


def decimals_place(name: str, names: Sequence[str], kinds: Sequence[str]) -> int | None:
    """Return the place of the column with the printed decimals of another column; None if there is none.

    `rate` has `rate_decimals`, `previous_rate` has `previous_decimals`.
    """
    wanted = (f"{name}_decimals", f"{name.rpartition('_')[0]}_decimals")
    places = (place for place, kind in enumerate(kinds) if kind in _INTEGERS)
    return next((place for place in places if names[place] in wanted), None)


def plain_value(value: object) -> object:
    """Return a value in a form that JSON and CSV can hold, without loss."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain_value(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain_value(v) for k, v in value.items()}
    return str(value)


def table_text(value: object) -> str:
    """Return a value for a table; see `in_table`."""
    text = str(plain_value(value))
    return text.rstrip("0").rstrip(".") if isinstance(value, Decimal) and "." in text else text


def _is_plain(kind: str) -> bool:
    """Return whether DuckDB writes a type as Python does."""
    found = _DECIMAL.fullmatch(kind)
    return kind in _INTEGERS or kind in {TEXT, "DATE"} or (found is not None and found[2] != str(_MOST_DIGITS))


def _text_of(kind: str, column: str) -> str:
    found = _DECIMAL.fullmatch(kind)
    if found and found[1] == found[2]:  # DuckDB writes a zero before the point only if the type has room for it
        column = f"{column}::DECIMAL({int(found[1]) + 1}, {found[2]})"
    return f"{column}::VARCHAR"
