"""The Python API: the published file as polars frames, and one page read without a store.

    import fxtrack

    with fxtrack.open("config.toml") as db:
        db.daily("USD/KGS")

Every method queries the same views as the DuckDB shell and the command line. Rates are Decimals, dates are dates.
"""

import datetime as dt
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from fxtrack.config.load import load_config
from fxtrack.config.source import Source
from fxtrack.errors import ConfigError, NothingFound, UsageError
from fxtrack.extract.page import read
from fxtrack.model.page import Page
from fxtrack.model.quote import Reading
from fxtrack.model.words import check_period
from fxtrack.store.database.opening import connect_version
from fxtrack.store.database.user_query import user_query
from fxtrack.store.history.as_of import knowledge_time, look_as_of
from fxtrack.store.query import ask_frame, published_path
from fxtrack.store.schema import script
from fxtrack.store.selection import check_source, find_pair

if TYPE_CHECKING:
    import polars as pl

    from fxtrack.config.config import Config

_DATED = ("page_date", "pair")
_DERIVED = frozenset({"daily", "changes", "latest", "deltas"})
"""Views that have rows for a pair that is derived, in `store/sql/frames`."""

_VIEWS = {
    "daily": ("source", *_DATED), "changes": ("source", *_DATED), "deltas": ("source", *_DATED, "snapshot_id"),
    "audit": ("source", "pair"), "latest": ("source", "pair"), "coverage": ("source", "page_date"),
}  # fmt: skip


class Database:
    """One consistent version of the published file, open for reading. Use `open`.

    A run of the service replaces the file, and an open `Database` keeps its version: open it again for newer rows.
    Every method raises `NothingFound` for a pair or a source that the database does not have.
    """

    def __init__(self, config: "Config", as_of: str | dt.date | None = None) -> None:
        """Open the published file of a configuration.

        Args:
            config: the configuration.
            as_of: see `open`.

        Raises:
            NothingFound: no run has published one yet, or nothing was known then.
            StoreBusy: another process has it open for writing.
            StoreError: it cannot be read.
        """
        self.config = config
        self.as_of = None if as_of is None else knowledge_time(as_of if isinstance(as_of, str) else as_of.isoformat())
        self._connection = connect_version(published_path(config), config.settings.database.wait_seconds)
        if self.as_of is not None:
            try:
                look_as_of(self._connection, self.as_of)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        """Return the database."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the database."""
        self.close()

    def close(self) -> None:
        """Close the file; further queries fail."""
        self._connection.close()

    def daily(
        self, pair: str | None = None, *, source: str | None = None,
        since: dt.date | None = None, until: dt.date | None = None,
    ) -> "pl.DataFrame":  # fmt: skip
        """Return the closes: one row per source, page date and pair.

        Args:
            pair: such as ``USD/KGS``; all pairs unless given.
            source: name of a source; all sources unless given.
            since: first page date.
            until: last page date.
        """
        return self._view("daily", pair, source, since, until)

    def changes(
        self, pair: str | None = None, *, source: str | None = None,
        since: dt.date | None = None, until: dt.date | None = None,
    ) -> "pl.DataFrame":  # fmt: skip
        """Return the changes from close to close, with the range that printed digits allow, in percent.

        One row per source, page date and pair; the arguments are those of `daily`.
        """
        return self._view("changes", pair, source, since, until)

    def deltas(
        self, pair: str | None = None, *, source: str | None = None,
        since: dt.date | None = None, until: dt.date | None = None,
    ) -> "pl.DataFrame":  # fmt: skip
        """Return computed changes beside the reported ones, with a verdict: one row per dated snapshot and pair.

        The arguments are those of `daily`.
        """
        return self._view("deltas", pair, source, since, until)

    def audit(self, pair: str | None = None, *, source: str | None = None) -> "pl.DataFrame":
        """Return the counts of verdicts: one row per source and pair."""
        return self._view("audit", pair, source)

    def latest(self, pair: str | None = None, *, source: str | None = None) -> "pl.DataFrame":
        """Return the newest close of each source and pair."""
        return self._view("latest", pair, source)

    def periods(
        self, pair: str, every: str = "month", *, source: str | None = None,
        since: dt.date | None = None, until: dt.date | None = None,
    ) -> "pl.DataFrame":  # fmt: skip
        """Return open, highest, lowest, close and mean of each period with their ranges; null without captures.

        Args:
            pair: any pair that is printed or can be derived.
            every: ``week`` (from Monday), ``month``, ``quarter`` or ``year``.
            source: name of a source; all sources unless given.
            since: only periods that end on this date or later.
            until: only periods that begin on this date or earlier.
        """
        check_period(every)
        _check_range(since, until)
        found = find_pair(self._connection, pair, source and check_source(self._connection, source))
        frame = ask_frame(
            self._connection, "period_numbers",
            **{"pair": found.name, "every": every, "source": source, "from": since, "to": until},
        )  # fmt: skip
        zones = self.config.time_zones
        import polars as pl

        zone = pl.col("source").replace_strict(zones, default="UTC", return_dtype=pl.String)
        return frame.with_columns(zone.alias("time_zone"))

    def coverage(self, *, source: str | None = None) -> "pl.DataFrame":
        """Return every date between a source's first and last page date, and what was captured on it."""
        return self._view("coverage", None, source)

    def sql(self, query: str, parameters: dict[str, Any] | None = None) -> "pl.DataFrame":
        """Run one query on the published file; it can read and write no other file.

        Args:
            query: one SELECT, or FROM, statement.
            parameters: values of ``$name`` in the query.

        Raises:
            UsageError: DuckDB refuses the query.
            FxtrackError: it needs more memory than the connection has.
        """
        with user_query(self._connection):
            frame: pl.DataFrame = self._connection.sql(query, params=parameters).pl()
        return frame

    def chart(  # noqa: PLR0913
        self, pair: str | None = None, *, kind: str = "trend", format: str = "svg",  # noqa: A002 -- as --format
        source: str | None = None, since: dt.date | None = None, until: dt.date | None = None,
        base: dt.date | None = None, every: str | None = None, implied: bool = False, mean: int | None = None,
        language: str | None = None, gaps: str | None = None,
    ) -> bytes:  # fmt: skip
        """Draw one chart and return the bytes of the file; the same data give the same bytes.

        Args:
            pair: the pair of a chart that shows one.
            kind: as ``fxtrack chart --kind``.
            format: ``svg``, ``png`` or ``pdf``.
            source: name of the source; needed if several have the pair.
            since: first page date.
            until: last page date.
            base: date at which an index is 100; the first date with the most closes unless given.
            every: of a trend: ``week``, ``month``, ``quarter`` or ``year`` in place of days.
            implied: of a trend: with the ranges that reports allow for days not captured.
            mean: of a trend: with the mean of the closes captured in this many days up to each date.
            language: of the texts, as ``fxtrack chart --language``; that of the configuration unless given.
            gaps: ``fold`` or ``true``, as ``fxtrack chart --gaps``; that of the configuration unless given.

        Raises:
            ConfigError: the file of phrases cannot be used.
            UsageError: the kind, format, language or way to draw gaps is unknown, or several charts match.
            NothingFound: the database has no such pair or source, or no close there.
        """
        from fxtrack.charts.render import chart_bytes  # matplotlib, only where charts are drawn
        from fxtrack.charts.style import configured_look

        _check_range(since, until)
        return chart_bytes(
            self._connection, kind, pair, format, source=source, since=since, until=until, base=base,
            prefer=self.config.preferences, every=every, implied=implied, zones=tuple(self.config.time_zones.items()),
            as_of=self.as_of, mean=mean, look=configured_look(self.config, language, gaps),
        )  # fmt: skip

    def _view(
        self, view: str, pair: str | None, source: str | None,
        since: dt.date | None = None, until: dt.date | None = None,
    ) -> "pl.DataFrame":  # fmt: skip
        _check_range(since, until)
        found = find_pair(self._connection, pair, source) if pair else None
        order = ", ".join(_VIEWS[view])
        conditions = {
            "pair = $pair": found and found.name,
            "source = $source": source and check_source(self._connection, source),
            "page_date >= $since": since,
            "page_date <= $until": until,
        }
        given = {text: value for text, value in conditions.items() if value is not None}
        where = f" WHERE {' AND '.join(given)}" if given else ""
        names = {text.rpartition("$")[2]: value for text, value in given.items()}
        if found and found.derived:
            if view not in _DERIVED:
                raise NothingFound(f"{found.name} is derived; reports and rounding rules belong to printed pairs")
            view = f"({script('store/sql/frames', view)})"
        return self.sql(f"FROM {view}{where} ORDER BY {order}", names or None)


def _check_range(since: dt.date | None, until: dt.date | None) -> None:
    if since and until and since > until:
        raise UsageError(f"since {since} is after until {until}")


def open(  # noqa: A001 -- read as fxtrack.open
    config: str | Path = "config.toml", *, as_of: str | dt.date | None = None
) -> Database:
    """Open the published file of a configuration for reading.

    Args:
        config: the configuration file.
        as_of: answer from what had been ingested by then: a date, which means its end, or a time, both UTC.

    Raises:
        ConfigError: the configuration cannot be used.
        UsageError: `as_of` is no date or time.
        NothingFound: no run has published a file yet, or nothing was known then.
        StoreError: the file cannot be read.
    """
    return Database(load_config(Path(config)), as_of)


def read_page(
    data: bytes, *, config: str | Path | None = None, source: str | None = None, media_type: str | None = None
) -> Reading:
    """Read the ticker of one captured page, without a store.

    Args:
        data: bytes of the page, text or HTML.
        config: a configuration with the source's layout; by default the usual ticker is read.
        source: name of the source in `config`; its first one unless given.
        media_type: such as ``text/html``, for bytes from which it cannot be recognized.

    Returns:
        Outcome, page date as shown, quotes with rates as Decimals, and a `detail` on skipped text.
        Of a page with several dates it is the newest; `further` has the others.

    Raises:
        ConfigError: the configuration cannot be used, or has no such source.
    """
    return read(Page("page", data, media_type=media_type), _source(config, source).grammar)


def _source(config: str | Path | None, name: str | None) -> Source:
    if config is None:
        if name is not None:
            raise ConfigError(f"source {name!r}: give the configuration that has it")
        return Source("default")
    sources = load_config(Path(config)).settings.sources
    found = [source for source in sources if name in {None, source.name}]
    if not found:
        raise ConfigError(f"{config}: no source is named {name!r}; it has {', '.join(s.name for s in sources)}")
    return found[0]
