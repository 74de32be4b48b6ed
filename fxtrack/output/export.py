"""Daily closes in the formats of other programs, as bytes."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fxtrack import __version__
from fxtrack.errors import UsageError
from fxtrack.output.sdmx import sdmx_csv
from fxtrack.output.workbook import to_workbook

if TYPE_CHECKING:
    import polars as pl

    from fxtrack.store.query import Rows

_TEXTS = {name: f"{name}_text" for name in ("rate", "lowest", "highest", "rate_low", "rate_high", "low", "high")}
"""Each column of rates, and the column with its printed text."""


@dataclass(frozen=True, slots=True)
class ExportRows:
    """The rows of an export.

    Attributes:
        closes: the daily closes, as `store/sql/queries/export.sql` returns them.
        audit: the rows of `audit`; None for formats that leave them out.
        locale: of the reader of a CSV file, such as ``ru`` or ``de_DE``; None for a file that programs read.
    """

    closes: "pl.DataFrame"
    audit: "Rows | None" = None
    locale: str | None = None


def to_csv(rows: ExportRows) -> bytes:
    """Return CSV with a header; rates carry exactly the digits that the source prints, or those that are certain.

    With a locale rates have its decimal mark, and a semicolon separates columns where that mark is a comma.

    Raises:
        UsageError: the locale is unknown.
    """
    texts = _as_text(rows.closes)
    mark = "." if rows.locale is None else _decimal_mark(rows.locale)
    if mark != ".":
        import polars as pl

        texts = texts.with_columns(pl.col(*_TEXTS).str.replace(".", mark, literal=True))
    return texts.write_csv(separator=";" if mark == "," else ",").encode()


def to_json(rows: ExportRows) -> bytes:
    """Return a JSON array of objects; rates are strings with exactly the digits that the source prints."""
    return (_as_text(rows.closes).write_json() + "\n").encode()


def to_parquet(rows: ExportRows) -> bytes:
    """Return Parquet; rates are DECIMAL(18, 9), dates are DATE."""
    content = io.BytesIO()
    rows.closes.drop(*_TEXTS.values()).write_parquet(content)
    return content.getvalue()


def to_xlsx(rows: ExportRows) -> bytes:
    """Return an Excel workbook with a sheet for each pair and one for the audit."""
    closes = rows.closes.drop("rate_decimals").rows_by_key("pair", named=True)
    pairs = {
        str(pair): [{name: row[name] for name in row if name not in _TEXTS.values()} | _printed(row) for row in mine]
        for pair, mine in closes.items()
    }
    return to_workbook(dict(sorted(pairs.items())) | ({"audit": rows.audit.records()} if rows.audit else {}))


def to_sdmx(rows: ExportRows) -> bytes:
    """Return SDMX-CSV; see `sdmx`."""
    return sdmx_csv(rows.closes)


def to_ledger(rows: ExportRows) -> bytes:
    """Return price directives ``P DATE BASE RATE COUNTER`` (ledger manual, commodity price histories; hledger too)."""
    return _directives(rows.closes, "P {date} {base} {rate} {counter}")


def to_beancount(rows: ExportRows) -> bytes:
    """Return price directives ``DATE price BASE RATE COUNTER`` (Beancount language syntax, "Prices")."""
    return _directives(rows.closes, "{date} price {base} {rate} {counter}")


def write_periods(form: str, frames: "Sequence[pl.DataFrame]", locale: str | None = None) -> bytes:
    """Return the periods of pairs, a frame each, as csv, json, parquet or xlsx.

    Args:
        form: the format; parquet takes numbers, the others texts with the digits to show.
        frames: rows of `store/sql/queries/periods.sql`, or of `period_numbers.sql` for parquet.
        locale: of the reader of a CSV file; None for a file that programs read.

    Raises:
        UsageError: the locale is unknown.
    """
    import polars as pl

    rates = [f"{name}{end}" for name in _PERIOD_RATES for end in ("", "_low", "_high")]
    if form == "xlsx":
        return to_workbook({frame["pair"][0]: [_numbers(row, rates) for row in frame.to_dicts()] for frame in frames})
    frame = pl.concat(frames)
    if form == "parquet":
        content = io.BytesIO()
        frame.write_parquet(content)
        return content.getvalue()
    if form == "json":
        return (frame.write_json() + "\n").encode()
    mark = "." if locale is None else _decimal_mark(locale)
    if mark != ".":
        frame = frame.with_columns(pl.col(*rates).str.replace(".", mark, literal=True))
    return frame.write_csv(separator=";" if mark == "," else ",").encode()


_PERIOD_RATES = ("open", "highest", "lowest", "close", "mean")


def _numbers(row: Mapping[str, object], rates: Sequence[str]) -> dict[str, object]:
    """Return a row with numbers in place of the texts of its rates."""
    return {name: Decimal(str(v)) if name in rates and v is not None else v for name, v in row.items()}


WRITERS: Mapping[str, Callable[[ExportRows], bytes]] = {
    "csv": to_csv,
    "json": to_json,
    "parquet": to_parquet,
    "xlsx": to_xlsx,
    "sdmx-csv": to_sdmx,
    "ledger": to_ledger,
    "hledger": to_ledger,
    "beancount": to_beancount,
}

PRICE_FORMATS = frozenset({"ledger", "hledger", "beancount", "sdmx-csv"})
"""Formats with one price per pair and date, so with one source only."""

BINARY_FORMATS = frozenset({"parquet", "xlsx"})


def _decimal_mark(locale: str) -> str:
    from babel import Locale, UnknownLocaleError
    from babel.numbers import get_decimal_symbol

    try:
        return get_decimal_symbol(Locale.parse(locale.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise UsageError(f"unknown locale {locale!r}; use one such as ru, kk, de_DE, en") from None


def _as_text(closes: "pl.DataFrame") -> "pl.DataFrame":
    return closes.with_columns(**_TEXTS).drop(*_TEXTS.values(), "rate_decimals")


def _printed(row: Mapping[str, object]) -> dict[str, object]:
    """Return the rates of a row with exactly the digits that the source prints."""
    return {name: None if row[text] is None else Decimal(str(row[text])) for name, text in _TEXTS.items()}


def _derived(closes: "pl.DataFrame") -> list[tuple[str, str]]:
    """Return each derived pair and how it is derived."""
    return closes.select("pair", "derived").drop_nulls().unique(maintain_order=True).rows()


def _directives(closes: "pl.DataFrame", template: str) -> bytes:
    lines = [f"; daily closes of {', '.join(sorted(set(closes['source'])))}, by fxtrack {__version__}"]
    lines += [f"; {pair} is derived: {derived}" for pair, derived in _derived(closes)]
    for date, pair, rate in closes.select("page_date", "pair", "rate_text").iter_rows():
        base, _, counter = pair.partition("/")
        lines.append(template.format(date=date.isoformat(), base=base, counter=counter, rate=rate))
    return ("\n".join(lines) + "\n").encode()
