"""The newest rates for metrics: read from the published file again only when it was replaced."""

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from decimal import Decimal
from typing import NamedTuple

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError
from fxtrack.model.capture import age_of
from fxtrack.store.database.errors import store_errors
from fxtrack.store.database.opening import connect_version


class NewestRate(NamedTuple):
    """The newest close of a pair: price of 1 base in the counter currency, with its printed decimals."""

    source: str
    pair: str
    page_date: dt.date
    rate: Decimal
    decimals: int

    def age(self, now: dt.datetime) -> dt.timedelta:
        """Return the time since the end of the page date (UTC); zero while it lasts."""
        return age_of(self.page_date, now)


class NewestRates:
    """The newest close of every source and pair in the published file."""

    def __init__(self, config: Callable[[], Config]) -> None:
        """Prepare; `config` returns the configuration in force."""
        self._config = config
        self._lock = threading.Lock()  # requests come in threads of their own
        self._version: tuple[int, int] | None = None
        self._rates: tuple[NewestRate, ...] = ()

    def __call__(self) -> Sequence[NewestRate]:
        """Return the rates; the last ones read while the file is held or damaged, none before there is one."""
        path = self._config().database
        with self._lock:
            try:
                state = path.stat()
                version = state.st_ino, state.st_mtime_ns
                if version != self._version:
                    with closing(connect_version(path, 0)) as connection, store_errors(path):
                        rows = connection.execute(
                            "SELECT source, pair, page_date, rate, rate_decimals FROM latest ORDER BY source, pair"
                        ).fetchall()
                    self._rates, self._version = tuple(NewestRate(*row) for row in rows), version
            except (OSError, FxtrackError):  # the next request tries again
                pass
            return self._rates
