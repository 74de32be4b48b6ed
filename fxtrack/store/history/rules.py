"""Records the rounding rules and settings of the sources, with the times at which they were known."""

import datetime as dt

from fxtrack.store.database.connection import Connection
from fxtrack.store.schema import script


def record_rules(connection: Connection, now: dt.datetime) -> None:
    """Record which rules and settings are in force and were not before, in the transaction that puts them in force.

    Args:
        connection: to the store.
        now: start of the run, UTC.
    """
    connection.execute(f"SET VARIABLE now = '{now.replace(tzinfo=None)}'")
    connection.execute(script("store/sql/settle", "record_rules"))
