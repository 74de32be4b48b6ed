"""Queries on the published file."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fxtrack.config.config import Config
from fxtrack.errors import NothingFound, UsageError
from fxtrack.limits import ANSWER_ROWS, QUERY_SECONDS
from fxtrack.store.database.connection import Connection, two_at_a_time
from fxtrack.store.database.errors import store_errors
from fxtrack.store.database.opening import connect_reader
from fxtrack.store.database.user_query import Unwritable, check_names, is_sealed, statements, user_query, write_csv
from fxtrack.store.history.as_of import look_as_of
from fxtrack.store.schema import script, script_names
from fxtrack.store.selection import each_pair

if TYPE_CHECKING:
    import polars as pl

_PARAMETERS = (
    "pair", "pairs", "source", "first_source", "last_source", "from", "to", "verdict", "base", "id", "every", "prefer",
    "sources", "zones",
)  # fmt: skip
_QUERIES = "store/sql/queries"
_ANY_PAIR = {"periods", "period_numbers"}
"""Queries that answer for any pair, printed or derived."""

_CHUNK_ROWS = 5_000


class AsOf(NamedTuple):
    """A moment as of which to answer, and how much of it is needed; see `store.history.as_of.look_as_of`."""

    moment: str
    source: str | None = None
    verdicts: bool = True


@dataclass(frozen=True, slots=True)
class Rows:
    """Names of columns, and rows as Python values (`Decimal`, `date`, `str`, ...)."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @property
    def writes(self) -> bool:
        """Whether the database may write the rows to a file; these have left it."""
        return False

    def write_csv(self, wanted: Mapping[int, str], folder: Path) -> list[Path]:  # noqa: ARG002
        """Write nothing and return no file, in place of `QueryResult.write_csv`."""
        return []

    @property
    def types(self) -> tuple[str, ...]:
        """The SQL type of each column; unknown, since the values have left the database."""
        return ("",) * len(self.columns)

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def chunks(self, wanted: Mapping[int, str]) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows with only the wanted columns; see `QueryResult.chunks`."""
        for start in range(0, len(self.rows), _CHUNK_ROWS):
            yield [tuple(row[i] for i in wanted) for row in self.rows[start : start + _CHUNK_ROWS]]


@dataclass(slots=True)
class QueryResult:
    """A result of any length: columns with their SQL types; rows stay in the database until they are read.

    The query runs once for each of `_parameters`. `writes` tells whether the database may write the rows to files,
    `count` how many rows have been read.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    _connection: Connection
    _text: str
    _parameters: Sequence[dict[str, object] | None]
    writes: bool = False
    count: int = 0

    def chunks(self, wanted: Mapping[int, str]) -> Iterator[list[tuple[Any, ...]]]:
        """Run the query and yield its rows in chunks small enough to fit in memory.

        Args:
            wanted: for each wanted column, by its index, an SQL expression in which ``#`` and the index plus 1 stand
                for its value.
        """
        for parameters in self._parameters:
            result = self._connection.execute(self._selected(wanted), parameters)
            while rows := result.fetchmany(_CHUNK_ROWS):
                self.count += len(rows)
                yield rows

    def write_csv(self, wanted: Mapping[int, str], folder: Path) -> list[Path]:
        """Run the query and let the database write its rows to files, as CSV without a header.

        Returns:
            The files in the order of the rows; none if an expression in `wanted` refuses a value.
        """
        text = self._selected(wanted)
        paths = [folder / f"rows-{number}.csv" for number in range(len(self._parameters))]

        def write(connection: Connection, part: tuple[dict[str, object] | None, Path]) -> int:
            return write_csv(connection, text, *part)

        try:
            counts = two_at_a_time(self._connection, write, list(zip(self._parameters, paths, strict=True)))
        except Unwritable:
            return []
        self.count = sum(counts)
        return paths

    def _selected(self, wanted: Mapping[int, str]) -> str:
        return f"SELECT {', '.join(wanted.values()) or 'NULL'} FROM (\n{self._text}\n)"


@contextmanager
def open_published(config: Config, *, sealed: bool = True, as_of: AsOf | None = None) -> Iterator[Connection]:
    """Open the published file for reading.

    Args:
        config: the configuration in force.
        sealed: forbid queries to access any other file.
        as_of: the moment as of which it answers; such a connection is sealed, and its rows are in memory.

    Raises:
        NothingFound: no run has published one yet, or nothing was known then.
        StoreBusy: another process has it open for writing.
    """
    path = published_path(config)
    connection = connect_reader(path, config.settings.database.wait_seconds, sealed=sealed or as_of is not None)
    try:
        with store_errors(path):
            if as_of is not None:
                look_as_of(connection, as_of.moment, as_of.source, verdicts=as_of.verdicts)
            yield connection
    finally:
        connection.close()


def published_path(config: Config) -> Path:
    """Return the path of the published file.

    Raises:
        NothingFound: no run has published one yet.
    """
    if not config.database.exists():
        raise NothingFound(f"{config.database}: no database yet; `fxtrack run` makes it from the pages")
    return config.database


def ask(connection: Connection, name: str, **parameters: object) -> Rows:
    """Run a query of `sql/queries` and return its rows; parameters that are not given are null."""
    text, given = _question(name, parameters)
    # one statement at a time may use the memory of two
    parts = [_rows(connection, text, part) for part in _parts(connection, given, parameters, 2 * ANSWER_ROWS)]
    return Rows(parts[0].columns, [row for part in parts for row in part.rows])


def stream(connection: Connection, name: str, **parameters: object) -> QueryResult:
    """Run a query of `sql/queries` whose result may have any length.

    If the connection is not sealed, the database may write the result to files.
    """
    text, given = _question(name, parameters)
    answer = _answer(connection, text, _parts(connection, given, parameters, ANSWER_ROWS))
    answer.writes = not is_sealed(connection)
    return answer


def ask_frame(connection: Connection, name: str, **parameters: object) -> "pl.DataFrame":
    """Run a query of `sql/queries` and return a polars frame; decimals stay decimals."""
    import polars as pl

    text, given = _question(name, parameters)
    parts = [given | one for one in _pairs_of(given, parameters)]
    frame: pl.DataFrame = pl.concat([connection.sql(text, params=part).pl() for part in parts])
    return frame


@contextmanager
def own_query(
    connection: Connection,
    query: str,
    most_seconds: float = QUERY_SECONDS,
    on_earlier: Callable[[Rows | QueryResult], None] | None = None,
) -> Iterator[Rows | QueryResult]:
    """Run a user's own SQL and yield the rows of its last statement; they must be read before the context ends.

    Args:
        connection: the database.
        query: one or more statements.
        most_seconds: the time limit for all of them.
        on_earlier: called with the rows of each statement before the last that has any.

    Raises:
        UsageError: DuckDB refused it, at once or while rows are read.
        FxtrackError: it needed more time than `most_seconds`, or more memory than the connection has.
    """
    with user_query(connection, most_seconds):
        *before, (last, selects) = statements(connection, query) or [("", False)]
        if not last:
            raise UsageError("the query is empty")
        for text, yields_rows in before:
            rows = _statement(connection, text, selects=yields_rows and on_earlier is not None)
            if on_earlier and (isinstance(rows, QueryResult) or rows.rows):
                on_earlier(rows)
        yield _statement(connection, last, selects=selects)


def version_of(connection: Connection) -> tuple[str, int, str]:
    """Return the store, its generation and the digest of its views: equal in two files with the same answers."""
    found = connection.execute("SELECT store_id, generation, views_digest FROM store_info").fetchall()
    return found[0] if found else ("", 0, "")


def _question(name: str, parameters: dict[str, object]) -> tuple[str, dict[str, object]]:
    """Return the text of a query and its parameters.

    Queries in the folder `derived` answer for any pair; the others, which are faster, for pairs that are quoted only.
    """
    if parameters.get("derived") and name not in _ANY_PAIR:
        if name not in script_names(f"{_QUERIES}/derived"):
            raise NothingFound(f"{parameters['pair']} is derived; reports and rounding rules belong to printed pairs")
        name = f"derived/{name}"
    text = script(_QUERIES, name)
    return text, {key: parameters.get(key) for key in _PARAMETERS if re.search(rf"\${key}\b", text)}


def _statement(connection: Connection, text: str, *, selects: bool) -> Rows | QueryResult:
    if not selects:
        return _rows(connection, text, None)
    check_names(connection, text)
    return _answer(connection, text, [None])


def _rows(connection: Connection, text: str, parameters: dict[str, object] | None) -> Rows:
    result = connection.execute(text, parameters)
    columns = tuple(column[0] for column in result.description or ())
    return Rows(columns, result.fetchall() if columns else [])


def _pairs_of(given: Mapping[str, object], parameters: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the pair of each part of a result, as the query's own parameter."""
    return [{"pair": pair} for pair, _ in each_pair(parameters)] if "pair" in given else [{}]


def _parts(
    connection: Connection, given: dict[str, object], parameters: Mapping[str, object], most_rows: int
) -> list[dict[str, object]]:
    """Return the parameters of each part of a result, in the order of its rows: of pair after pair.

    A query with ``$first_source`` and ``$last_source`` orders its rows by source. It runs for a few sources at a time,
    since a long join and sort over all of them would spill to disk.
    """
    return [
        part for one in _pairs_of(given, parameters) for part in _parts_by_source(connection, given | one, most_rows)
    ]


def _parts_by_source(connection: Connection, parameters: dict[str, object], most_rows: int) -> list[dict[str, object]]:
    if "first_source" not in parameters or parameters["source"]:
        return [parameters]
    parts: list[dict[str, object]] = []
    rows = 0
    for source, count in ask(connection, "quotes_by_source", **parameters).rows:
        rows += count
        if parts and rows <= most_rows:
            parts[-1]["last_source"] = source
        else:
            parts.append(parameters | {"first_source": source, "last_source": source})
            rows = count
    return parts if len(parts) > 1 else [parameters]


def _answer(connection: Connection, text: str, parameters: Sequence[dict[str, object] | None]) -> QueryResult:
    asked = connection.sql(text, params=parameters[0])  # planned, not run
    return QueryResult(tuple(asked.columns), tuple(map(str, asked.types)), connection, text, parameters)
