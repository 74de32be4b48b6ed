"""Daily closes in the formats of other programs, as bytes."""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fxtrack import __version__

if TYPE_CHECKING:
    import polars as pl


def to_csv(closes: "pl.DataFrame") -> bytes:
    """Return CSV with a header; rates carry exactly the digits that the source prints."""
    return _as_text(closes).write_csv().encode()


def to_json(closes: "pl.DataFrame") -> bytes:
    """Return a JSON array of objects; rates are strings with exactly the digits that the source prints."""
    return (_as_text(closes).write_json() + "\n").encode()


def to_parquet(closes: "pl.DataFrame") -> bytes:
    """Return Parquet; rates are DECIMAL(18, 9), dates are DATE."""
    content = io.BytesIO()
    closes.drop("rate_text", "low_text", "high_text").write_parquet(content)
    return content.getvalue()


def to_ledger(closes: "pl.DataFrame") -> bytes:
    """Return price directives ``P DATE BASE RATE COUNTER`` (ledger manual, commodity price histories; hledger too)."""
    return _directives(closes, "P {date} {base} {rate} {counter}")


def to_beancount(closes: "pl.DataFrame") -> bytes:
    """Return price directives ``DATE price BASE RATE COUNTER`` (Beancount language syntax, "Prices")."""
    return _directives(closes, "{date} price {base} {rate} {counter}")


WRITERS: "Mapping[str, Callable[[pl.DataFrame], bytes]]" = {
    "csv": to_csv,
    "json": to_json,
    "parquet": to_parquet,
    "ledger": to_ledger,
    "hledger": to_ledger,
    "beancount": to_beancount,
}

PRICE_FORMATS = frozenset({"ledger", "hledger", "beancount"})
"""Formats with one price per pair and date, so with one source only."""

BINARY_FORMATS = frozenset({"parquet"})


def _as_text(closes: "pl.DataFrame") -> "pl.DataFrame":
    return closes.with_columns(rate="rate_text", low="low_text", high="high_text").drop(
        "rate_text", "low_text", "high_text", "rate_decimals"
    )


def _directives(closes: "pl.DataFrame", template: str) -> bytes:
    lines = [f"; daily closes of {', '.join(sorted(set(closes['source'])))}, by fxtrack {__version__}"]
    for date, pair, rate in closes.select("page_date", "pair", "rate_text").iter_rows():
        base, _, counter = pair.partition("/")
        lines.append(template.format(date=date.isoformat(), base=base, counter=counter, rate=rate))
    return ("\n".join(lines) + "\n").encode()
