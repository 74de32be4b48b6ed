"""Daily closes in the formats of other programs, as bytes."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fxtrack import __version__
from fxtrack.errors import UsageError
from fxtrack.model.stamp import Digest, Stamp, given_values, seal
from fxtrack.output.sdmx import sdmx_csv
from fxtrack.output.stamps import STAMP_NAME
from fxtrack.output.workbook import to_workbook, with_numbers
from fxtrack.store.query import ask, ask_frame, version_of
from fxtrack.store.selection import each_pair, pairs_with_dates

if TYPE_CHECKING:
    import polars as pl

    from fxtrack.store.database.connection import Connection
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
        stamp: the stamp of the file; None for a file without one.
    """

    closes: "pl.DataFrame"
    audit: "Rows | None" = None
    locale: str | None = None
    stamp: Stamp | None = None


def read_export(
    connection: "Connection", form: str, parameters: Mapping[str, object], as_of: str | None = None
) -> ExportRows:
    """Return the rows of an export with its stamp.

    Args:
        connection: to the published file.
        form: a key of `WRITERS`.
        parameters: as `selected_pairs` returns them, with `source`, `from` and `to`; None is no condition.
        as_of: the moment as of which the connection answers.
    """
    closes = ask_frame(connection, "export", **parameters)
    audit = ask(connection, "audit", **parameters) if form == "xlsx" and not parameters.get("derived") else None
    tables = {"closes": Digest.of(closes.height, closes.write_csv().encode())}
    if audit:
        tables["audit"] = Digest.of(len(audit.rows), repr(audit.rows).encode())
    dates = closes["page_date"]
    store, generation, definitions = version_of(connection)
    stamp = Stamp(
        fxtrack=__version__, made="export", query=_asked(form, parameters, as_of), store=store,
        generation=generation, definitions=definitions, tables=tables,
        first=None if closes.is_empty() else str(dates.min()), last=None if closes.is_empty() else str(dates.max()),
    )  # fmt: skip
    return ExportRows(closes, audit, stamp=stamp)


def _asked(form: str, parameters: Mapping[str, object], as_of: str | None) -> dict[str, str]:
    pairs = ",".join(pair for pair, _ in each_pair(parameters) if pair)
    given = {name: parameters.get(name) for name in ("source", "from", "to")}
    return given_values({"format": form, "pair": pairs, **given, "as_of": as_of})


def to_bytes(form: str, rows: ExportRows) -> bytes:
    """Return an export as a file; its stamp is in it unless the format has no place for one."""
    return seal(WRITERS[form](rows)) if rows.stamp else WRITERS[form](rows)


def to_csv(rows: ExportRows) -> bytes:
    """Return CSV with a header; rates carry exactly the digits that the source prints, or those that are certain.

    With a locale rates have its decimal mark, and a semicolon separates columns where that mark is a comma.

    Raises:
        UsageError: the locale is unknown.
    """
    return _localized_csv(_as_text(rows.closes), [*_TEXTS], rows.locale)


def to_json(rows: ExportRows) -> bytes:
    """Return a JSON array of objects; rates are strings with exactly the digits that the source prints."""
    return (_as_text(rows.closes).write_json() + "\n").encode()


def to_parquet(rows: ExportRows) -> bytes:
    """Return Parquet; rates are DECIMAL(18, 9), dates are DATE."""
    return _stamped_parquet(rows.closes.drop(*_TEXTS.values()), rows.stamp)


def _localized_csv(frame: "pl.DataFrame", rates: Sequence[str], locale: str | None) -> bytes:
    """Return CSV whose rates, texts in some columns, have the decimal mark of a locale; None is a point."""
    mark = "." if locale is None else _decimal_mark(locale)
    if mark != ".":
        import polars as pl

        frame = frame.with_columns(pl.col(*rates).str.replace(".", mark, literal=True))
    return frame.write_csv(separator=";" if mark == "," else ",").encode()


def _stamped_parquet(frame: "pl.DataFrame", stamp: Stamp | None) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content, metadata={STAMP_NAME: stamp.text} if stamp else None)
    return content.getvalue()


def to_xlsx(rows: ExportRows) -> bytes:
    """Return an Excel workbook with a sheet for each pair and one for the audit."""
    closes = rows.closes.drop("rate_decimals").rows_by_key("pair", named=True)
    pairs = {
        str(pair): [{name: row[name] for name in row if name not in _TEXTS.values()} | _printed(row) for row in mine]
        for pair, mine in closes.items()
    }
    sheets = dict(sorted(pairs.items())) | ({"audit": rows.audit.records()} if rows.audit else {})
    return to_workbook(sheets, rows.stamp.text if rows.stamp else "")


def to_sdmx(rows: ExportRows) -> bytes:
    """Return SDMX-CSV; see `sdmx`."""
    return sdmx_csv(rows.closes)


def to_ledger(rows: ExportRows) -> bytes:
    """Return price directives ``P DATE BASE RATE COUNTER`` (ledger manual, commodity price histories; hledger too)."""
    return _directives(rows, "P {date} {base} {rate} {counter}")


def to_beancount(rows: ExportRows) -> bytes:
    """Return price directives ``DATE price BASE RATE COUNTER`` (Beancount language syntax, "Prices")."""
    return _directives(rows, "{date} price {base} {rate} {counter}")


def read_periods(  # noqa: PLR0913, PLR0917 -- one for each part of the question
    connection: "Connection", form: str, parameters: Mapping[str, object], every: str, zones: Mapping[str, str],
    as_of: str | None = None,
) -> "tuple[list[pl.DataFrame], Stamp]":  # fmt: skip
    """Return the periods of each pair that has any, and the stamp of the file.

    Args:
        connection: to the published file.
        form: the format; parquet takes numbers, the others texts with the digits to show.
        parameters: as of `read_export`.
        every: ``week``, ``month``, ``quarter`` or ``year``.
        zones: the time zone of each source.
        as_of: the moment as of which the connection answers.
    """
    more = {"every": every, "sources": [*zones], "zones": [*zones.values()]}
    query = "period_numbers" if form == "parquet" else "periods"
    pairs = [pair for pair, _ in each_pair(parameters) if pair] or pairs_with_dates(connection)
    frames = [ask_frame(connection, query, **{**parameters, "pair": pair, "each_pair": ()}, **more) for pair in pairs]
    found = [frame for frame in frames if not frame.is_empty()]
    tables = {str(frame["pair"][0]): Digest.of(frame.height, frame.write_csv().encode()) for frame in found}
    store, generation, definitions = version_of(connection)
    stamp = Stamp(
        fxtrack=__version__, made="export", query=_asked(form, parameters, as_of) | {"every": every}, first=None,
        last=None, store=store, generation=generation, definitions=definitions, tables=tables,
    )  # fmt: skip
    return found, stamp


def write_periods(
    form: str, frames: "Sequence[pl.DataFrame]", locale: str | None = None, stamp: Stamp | None = None
) -> bytes:
    """Return the periods of pairs, a frame each, as csv, json, parquet or xlsx.

    Args:
        form: the format; parquet takes numbers, the others texts with the digits to show.
        frames: rows of `store/sql/queries/periods.sql`, or of `period_numbers.sql` for parquet.
        locale: of the reader of a CSV file; None for a file that programs read.
        stamp: the stamp of the file, where the format has a place for it.

    Raises:
        UsageError: the locale is unknown.
    """
    import polars as pl

    rates = [f"{name}{end}" for name in _PERIOD_RATES for end in ("", "_low", "_high")]
    if form == "xlsx":
        sheets = {frame["pair"][0]: [with_numbers(row, rates) for row in frame.to_dicts()] for frame in frames}
        return to_workbook(sheets, stamp.text if stamp else "")
    frame = pl.concat(frames)
    if form == "parquet":
        content = _stamped_parquet(frame, stamp)
        return seal(content) if stamp else content
    if form == "json":
        return (frame.write_json() + "\n").encode()
    return _localized_csv(frame, rates, locale)


_PERIOD_RATES = ("open", "highest", "lowest", "close", "mean")


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

WITHOUT_PLACE = frozenset({"csv", "json", "sdmx-csv"})
"""Formats that have no place for a stamp: it stands in a file beside, see `stamp_file`."""

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


def _directives(rows: ExportRows, template: str) -> bytes:
    closes = rows.closes
    lines = [f"; daily closes of {', '.join(sorted(set(closes['source'])))}, by fxtrack {__version__}"]
    lines += [f"; {STAMP_NAME}: {rows.stamp.text}"] if rows.stamp else []
    lines += [f"; {pair} is derived: {derived}" for pair, derived in _derived(closes)]
    for date, pair, rate in closes.select("page_date", "pair", "rate_text").iter_rows():
        base, _, counter = pair.partition("/")
        lines.append(template.format(date=date.isoformat(), base=base, counter=counter, rate=rate))
    return ("\n".join(lines) + "\n").encode()
