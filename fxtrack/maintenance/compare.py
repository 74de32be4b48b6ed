"""Compares a chart or an export with the database: asks its question again and compares the rows by their digest."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fxtrack.charts.plan import Chart, plan
from fxtrack.charts.select import Selection, select_rows, stamp_of
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, NothingFound, UsageError
from fxtrack.model.run import counted
from fxtrack.model.stamp import FORMAT, Stamp, content_of
from fxtrack.output.export import WRITERS, read_export, read_periods
from fxtrack.output.stamps import stamp_file, stamp_in
from fxtrack.store.database.connection import Connection
from fxtrack.store.history.as_of import knowledge_time
from fxtrack.store.query import AsOf, open_published, published_path
from fxtrack.store.selection import selected_pairs


class Comparison(StrEnum):
    """The result of a comparison."""

    SAME = "same"
    CHANGED = "changed"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class ComparedFile:
    """A file, the result of its comparison, and the reason in one line."""

    file: Path
    result: Comparison
    detail: str


def compare(config: Config, file: Path) -> ComparedFile:
    """Ask the question of a chart or an export again, and compare.

    Raises:
        NothingFound: there is no such file, or no published file.
        FxtrackError: it cannot be read.
    """
    try:
        data = file.read_bytes()
        stamp = stamp_in(file, data)
    except FileNotFoundError:
        raise NothingFound(f"{file}: no such file") from None
    except OSError as error:
        raise FxtrackError(f"{file}: cannot be read: {error.strerror or error}") from error
    if stamp is None:
        reason = f"it has no stamp, neither in it nor in {stamp_file(file).name}; charts and exports have one"
        return ComparedFile(file, Comparison.NOT_COMPARABLE, reason)
    if stamp.format != FORMAT:
        reason = f"its stamp is of fxtrack {stamp.fxtrack}, which this version does not know"
        return ComparedFile(file, Comparison.NOT_COMPARABLE, reason)
    if not _is_whole(data, stamp):
        return ComparedFile(file, Comparison.CHANGED, "the file itself is not as fxtrack wrote it")
    moment = stamp.query.get("as_of")
    published_path(config)  # without a database, no file can be compared
    try:
        with open_published(
            config, as_of=AsOf(knowledge_time(moment), stamp.query.get("source")) if moment else None
        ) as reader:
            now = _asked_again(reader, stamp, config.time_zones)
    except (NothingFound, UsageError, ValueError) as error:
        return ComparedFile(file, Comparison.NOT_COMPARABLE, f"its question has no answer now: {error}")
    return ComparedFile(file, *_judged(stamp, now))


def _is_whole(data: bytes, stamp: Stamp) -> bool:
    """Return whether a file is as it was written; that of a workbook, whose content is compressed, is not known."""
    if data.startswith(b"PK"):
        return True
    if stamp.content.encode() in data:
        return content_of(data, stamp.content) == stamp.content
    return stamp.with_content(data).content == stamp.content


def _asked_again(connection: Connection, stamp: Stamp, zones: Mapping[str, str]) -> Stamp:
    """Return the stamp that the same question gets now.

    Raises:
        NothingFound: no row matches any more.
        UsageError: the stamp holds a question that this version cannot ask.
    """
    query = stamp.query
    since, until, base = (_date(query.get(name)) for name in ("from", "to", "base"))
    if stamp.made == "export" and query.get("format") in WRITERS:
        pairs = tuple(filter(None, query.get("pair", "").split(",")))
        given: dict[str, object] = {
            **selected_pairs(connection, pairs, query.get("source")), "source": query.get("source"), "from": since,
            "to": until,
        }  # fmt: skip
        every = query.get("every")
        if every:
            now: Stamp | None = read_periods(connection, query["format"], given, every, zones, query.get("as_of"))[1]
        else:
            now = read_export(connection, query["format"], given, query.get("as_of")).stamp
        if now is None or not now.rows:
            raise NothingFound("no close matches")
        return now
    kind, pairs = query.get("kind", ""), tuple(filter(None, query.get("pairs", "").split(",")))
    selection = Selection(
        pairs, query.get("source"), since, until, every=query.get("every"), implied="implied" in query,
        as_of=query.get("as_of"), zones=tuple(zones.items()),
    )  # fmt: skip
    rows = select_rows(connection, selection, (kind,), base)
    several = plan((kind,), rows.pairs(), rows.sources(), rows.reported(), selection.every, rows.yearly())
    found = [chart for chart in several if chart.source in {None, query.get("source")}]
    if stamp.made != "chart" or len(found) != 1:
        raise UsageError("this version draws no such chart")
    chart: Chart = found[0]
    return stamp_of(chart, rows)


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _judged(then: Stamp, now: Stamp) -> tuple[Comparison, str]:
    rows = counted(then.rows, "row") + (f" from {then.first} to {then.last}" if then.first else "")
    if then.tables == now.tables:
        when = "the same version" if _version(then) == _version(now) else f"generation {then.generation} then"
        return Comparison.SAME, f"{rows}; {when}, {now.generation} now"
    if then.definitions != now.definitions:
        reason = f"made by other definitions than those of fxtrack {now.fxtrack}: {_changes(then, now)}"
        return Comparison.NOT_COMPARABLE, reason
    other = "" if then.store == now.store else " (of another database)"
    return Comparison.CHANGED, f"{_changes(then, now)}; generation {then.generation}{other} then, {now.generation} now"


def _version(stamp: Stamp) -> tuple[str, int, str]:
    return stamp.store, stamp.generation, stamp.definitions


def _changes(then: Stamp, now: Stamp) -> str:
    """Name the tables that differ."""
    differences = []
    for name in sorted(then.tables.keys() | now.tables.keys()):
        before, after = then.tables.get(name), now.tables.get(name)
        if before is None or after is None:
            differences.append(f"{name} is {'new' if before is None else 'gone'}")
        elif before.rows != after.rows:
            differences.append(f"{name} had {counted(before.rows, 'row')}, has {after.rows:,}")
        elif before != after:
            differences.append(f"{name} has as many rows with other values")
    if (then.first, then.last) != (now.first, now.last):
        differences.append(f"the dates were {then.first} to {then.last}, are {now.first} to {now.last}")
    return "; ".join(differences)
