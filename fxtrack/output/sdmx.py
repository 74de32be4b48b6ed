"""Daily closes as SDMX-CSV, with series keys after the dataflow EXR of the European Central Bank.

A key is FREQ.CURRENCY.CURRENCY_DENOM.EXR_TYPE.EXR_SUFFIX, an observation the amount of CURRENCY for 1
CURRENCY_DENOM: the pair KGS/USD is the series ``D.USD.KGS.SP00.E``. Sources: the field guide of SDMX-CSV 2.0; the code
lists CL_FREQ, CL_EXR_TYPE, CL_EXR_SUFFIX and CL_OBS_STATUS of the ECB.
"""

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

STRUCTURE = "FXTRACK:EXR(1.0)"
DIMENSIONS = ("FREQ", "CURRENCY", "CURRENCY_DENOM", "EXR_TYPE", "EXR_SUFFIX")
ATTRIBUTES = (
    "OBS_STATUS", "DECIMALS", "UNIT", "UNIT_MULT",
    "BASE", "COUNTER", "RATE_LOW", "RATE_HIGH", "REPORTED", "SOURCE", "DERIVED",
)  # fmt: skip
"""Attributes of an observation; those from BASE on are of fxtrack."""

_DAILY, _SPOT, _END_OF_PERIOD = "D", "SP00", "E"
_NORMAL, _ESTIMATED = "A", "E"


def sdmx_csv(closes: "pl.DataFrame") -> bytes:
    """Return closes as SDMX-CSV 2.0: a row an observation, with the digits that the source prints.

    Derived rates have the status E (estimated) and the digits that are certain.

    Args:
        closes: of one source, as `store/sql/queries/export.sql` returns them.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES])
    for row in closes.sort("pair", "page_date").iter_rows(named=True):
        status = _NORMAL if row["derived"] is None else _ESTIMATED
        decimals = len(row["rate_text"].partition(".")[2])
        writer.writerow([
            "dataflow", STRUCTURE, "I", _DAILY, row["counter"], row["base"], _SPOT, _END_OF_PERIOD, row["page_date"],
            row["rate_text"], status, decimals, row["counter"], 0, row["base"], row["counter"], row["rate_low_text"],
            row["rate_high_text"], row["reported_text"], row["source"], row["derived"],
        ])  # fmt: skip
    return text.getvalue().encode()
