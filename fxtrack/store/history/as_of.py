"""A reader that answers as of a moment: temporary tables with the rows known then hide the stored ones.

All views and macros read them, so that every question is asked as always. `deltas.as_of` makes macros of the same views
for the DuckDB shell.
"""

import datetime as dt
from functools import partial

from fxtrack.errors import NothingFound, UsageError
from fxtrack.limits import EVIDENCE_REPORTS, LAG_DAYS
from fxtrack.store.database.connection import Connection, one_row, quote_text
from fxtrack.store.schema import script

_script = partial(script, "store/sql/as_of")
_settle = partial(script, "store/sql/settle")


def knowledge_time(text: str) -> str:
    """Return a moment as the macros take it: a day, which means its end, or a time in UTC.

    Raises:
        UsageError: it is neither a date nor a time in ISO 8601.
    """
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date like 2025-12-08, nor a time like 2025-12-08T10:00 (UTC)") from None
    return (moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment).isoformat(sep=" ")


def look_as_of(connection: Connection, moment: str, source: str | None = None, *, verdicts: bool = True) -> None:
    """Make a connection answer as of a moment.

    Args:
        connection: to the published file; only this connection changes, no file does.
        moment: as `knowledge_time` returns it.
        source: leave out all other sources.
        verdicts: also judge the reports, which takes longest; closes do not need it.

    Raises:
        NothingFound: nothing was known yet.
    """
    connection.execute(f"SET VARIABLE as_of = {quote_text(moment)}")
    connection.execute(f"SET VARIABLE as_of_source = {'NULL' if source is None else quote_text(source)}")
    connection.execute(_script("known"))
    connection.execute(_script("snapshots"))
    if not one_row(connection, "SELECT count(*) FROM snapshots")[0]:
        (first,) = one_row(connection, "SELECT min(ingested_utc) FROM captures")
        raise NothingFound(
            f"nothing was known on {moment}: the first page was ingested on {first:%Y-%m-%d %H:%M:%S} UTC"
        )
    connection.execute(_script("judge"))
    if verdicts:
        connection.execute(_settle("nearest"))
        connection.execute(_script("verdicts"))
        connection.execute(_settle("rates"))
        connection.execute(_settle("lags"), {"most": EVIDENCE_REPORTS, "days": LAG_DAYS})
        connection.execute("DROP TABLE temp.found; DROP TABLE temp.not_found; DROP TABLE temp.changed")
    connection.execute(_script("forget"))
