"""Compares the stored rows with the pages: reads each existing page again and derives its rows anew.

The stored rows come from the published file, so that `verify` works while the service or a run holds the store.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from fxtrack.config.config import Config
from fxtrack.errors import PageError
from fxtrack.ingest.capture import capture_of
from fxtrack.limits import BATCH_PAGES
from fxtrack.model.capture import Batch, Capture
from fxtrack.model.location import split_location
from fxtrack.model.page import Page, PageFile
from fxtrack.pages.contents import SourcedPage, exists_at, page_at
from fxtrack.pages.discover import find_pages
from fxtrack.store.batch import batch_tables
from fxtrack.store.database.connection import Connection
from fxtrack.store.query import open_published
from fxtrack.store.schema import script

_SIGHTING = ("capture_id", "source", "page_date", "snapshot_id")
_PLACE = ("capture_id", "location", "captured_utc")
_SAME = ("source", "page_date", "date_basis", "snapshot_id", "repeats", "outcome", "detail")

CaptureRecord = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """A capture with a finding: `gone` (its page is missing), `changed` (its page has other bytes) or `differs`."""

    finding: str
    source: str
    page_date: dt.date | None
    location: str
    capture_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result: number of captures and quotes that were derived again, and the findings."""

    captures: int
    quotes: int
    rows: tuple[Checked, ...]

    @property
    def differing(self) -> int:
        """Number of captures that differ or have changed."""
        return sum(row.finding != "gone" for row in self.rows)

    @property
    def summary(self) -> str:
        """One line of counts."""
        gone = len(self.rows) - self.differing
        return (
            f"captures checked: {self.captures:,}; quotes derived again: {self.quotes:,}; "
            f"captures that differ: {self.differing:,}; captures whose page is gone: {gone:,}"
        )


def verify(config: Config, on_batch: Callable[[int], None] = lambda _captures: None) -> Verification:
    """Check every capture of the published file.

    Args:
        config: names the pages folder and how each source prints.
        on_batch: called with the number of captures so far after each batch.

    Raises:
        NothingFound: the published file does not exist yet.
    """
    found: list[Checked] = []
    captures = quotes = read = 0
    with open_published(config, sealed=False) as connection:
        places = _places(connection)
        _add_strays(places, config)
        for batch in _batches(connection):
            taken: dict[str, Capture] = {}
            for record in batch:
                at = _find(record, places, config)
                if isinstance(at, Capture):
                    taken[record["capture_id"]] = at
                else:
                    found.append(_checked(record, *at))
            stored = _rows_of(connection, [record for record in batch if record["capture_id"] in taken])
            derived = _derive(taken)
            for record in batch:
                name = record["capture_id"]
                if name not in taken:
                    continue
                captures += record["is_own"]
                quotes += sum(len(derived.quotes[snapshot]) for snapshot, *_ in derived.sightings[name])
                if differences := _differences(record, derived, stored):
                    found.append(_checked(record, "differs", "; ".join(differences)))
            read += len(batch)
            on_batch(read)
    return Verification(captures, quotes, tuple(found))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Captures by id, quotes by snapshot, conflicting quotes and sightings by capture."""

    captures: dict[str, CaptureRecord]
    quotes: dict[str | None, set[tuple[Any, ...]]]
    conflicts: dict[str, set[tuple[Any, ...]]]
    sightings: dict[str, set[tuple[Any, ...]]]


def _batches(connection: Connection) -> Iterator[list[CaptureRecord]]:
    """Yield the sightings of captures; those of one capture are in different batches."""
    columns = (*_PLACE, "uri", *_SAME, "is_own")
    rows = connection.execute(script("store/sql/queries", "checked_sightings")).fetchall()
    for _, found in groupby(rows, key=itemgetter(-1)):
        same = list(found)
        for start in range(0, len(same), BATCH_PAGES):
            yield [dict(zip(columns, row, strict=False)) for row in same[start : start + BATCH_PAGES]]


def _places(connection: Connection) -> dict[str, list[str]]:
    """Return all locations of each capture's bytes."""
    places: dict[str, list[str]] = defaultdict(list)
    for capture, location in connection.execute(
        "SELECT capture_id, location FROM files WHERE capture_id IS NOT NULL"
        " UNION SELECT capture_id, location FROM every_sighting SEMI JOIN further_sightings USING (capture_id)"
        " ORDER BY location"
    ).fetchall():
        places[capture].append(location)
    return places


def _add_strays(places: dict[str, list[str]], config: Config) -> None:
    """Add files that the published file does not list: a copy of a known page is not published."""
    listed = {location for found in places.values() for location in found}
    if not config.pages.is_dir():
        return
    for file in find_pages([config.pages], config.settings.ingest.include, config.root, config.link_folders):
        if isinstance(file, PageFile) and file.location not in listed:
            with suppress(PageError):
                places.get(page_at(file.location, config).capture_id, []).append(file.location)


def _find(record: CaptureRecord, places: Mapping[str, list[str]], config: Config) -> Capture | tuple[str, str]:
    """Return the page as read with the present configuration, or (finding, detail)."""
    name = record["capture_id"]
    result = ("gone", "no such file")
    for location in dict.fromkeys([record["location"], *places.get(name, ())]):
        if not _is_there(location, config):
            continue
        try:
            page = page_at(location, config)
        except PageError as error:
            result = ("changed", str(error))
            continue
        if page.capture_id == name:
            return _take(page._replace(location=record["location"], uri=record["uri"]), record, config)
        if page.capture_id not in places:
            result = ("changed", f"{location} holds other bytes, which are not in the database")
        elif result[0] == "gone":
            result = ("gone", "another page of the database is there")
    return result


def _take(page: Page, record: CaptureRecord, config: Config) -> Capture | tuple[str, str]:
    captured: dt.datetime | None = record["captured_utc"]
    source = config.source_of(page.location, page.uri)
    if source is None:
        return ("differs", "no source of the configuration takes it")
    page = page._replace(captured_utc=captured and captured.replace(tzinfo=dt.UTC))
    return capture_of(SourcedPage(page, source), config)


def _is_there(location: str, config: Config) -> bool:
    file, _ = split_location(location, config.root)
    return exists_at(file, config)


def _derive(taken: Mapping[str, Capture]) -> _Rows:
    tables = batch_tables(Batch(list(taken.values())), dt.datetime.now(dt.UTC))
    names = ("new_captures", "new_quotes", "new_conflicts", "new_further")
    captures, quotes, conflicts, further = (tables[name].to_pylist() for name in names)
    shown = [{key: row[key] for key in _SIGHTING} for row in [*captures, *further] if row["snapshot_id"]]
    return _gather(captures, quotes, conflicts, shown)


def _rows_of(connection: Connection, records: Sequence[CaptureRecord]) -> _Rows:
    """Return the stored rows of some sightings of different captures."""
    captures = [record["capture_id"] for record in records]

    def ask(query: str, parameters: object) -> list[CaptureRecord]:
        result = connection.execute(query, parameters)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    places = {name: [record[name] for record in records] for name in _PLACE}
    shown = ask(script("store/sql/queries", "shown_at"), places)
    return _gather(
        [],
        ask("FROM snapshot_quotes WHERE snapshot_id IN (SELECT unnest(?))", [[row["snapshot_id"] for row in shown]]),
        ask("FROM conflict_quotes WHERE capture_id IN (SELECT unnest(?))", [captures]),
        shown,
    )


def _gather(
    captures: Sequence[CaptureRecord],
    quotes: Sequence[CaptureRecord],
    conflicts: Sequence[CaptureRecord],
    sightings: Sequence[CaptureRecord],
) -> _Rows:
    named = {row["capture_id"]: row for row in captures}
    rows = _Rows(named, defaultdict(set), defaultdict(set), defaultdict(set))
    for row in quotes:
        rows.quotes[row["snapshot_id"]].add(_values(row, "snapshot_id"))
    for row in conflicts:
        rows.conflicts[row["capture_id"]].add(_values(row, "capture_id"))
    for row in sightings:
        rows.sightings[row["capture_id"]].add((row["snapshot_id"], row["source"], row["page_date"]))
    return rows


def _values(row: CaptureRecord, key: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in sorted(row) if name != key)


def _differences(record: CaptureRecord, derived: _Rows, stored: _Rows) -> list[str]:
    name = record["capture_id"]
    now = derived.captures[name]
    lines = [f"{key} is {record[key]}, should be {now[key]}" for key in _SAME if record[key] != now[key]]
    had, has = stored.sightings[name], derived.sightings[name]
    for snapshot, *_ in sorted(had & has):
        lines += _other_quotes(stored.quotes[snapshot], derived.quotes[snapshot])
    own = {record["snapshot_id"], now["snapshot_id"]}
    lines += [f"the page does not show {source} of {date}" for key, source, date in sorted(had - has) if key not in own]
    lines += [f"the database lacks {source} of {date}" for key, source, date in sorted(has - had) if key not in own]
    if record["is_own"]:  # of a further sighting, no conflicting quotes are stored
        lines += _other_quotes(stored.conflicts[name], derived.conflicts[name])
    return lines


def _other_quotes(stored: set[tuple[Any, ...]], derived: set[tuple[Any, ...]]) -> list[str]:
    def shown(row: tuple[Any, ...]) -> str:
        return " ".join(str(value) for value in row if value is not None)

    return [
        *(f"the page does not give the quote {shown(row)}" for row in sorted(stored - derived, key=str)),
        *(f"the database lacks the quote {shown(row)}" for row in sorted(derived - stored, key=str)),
    ]


def _checked(record: CaptureRecord, finding: str, detail: str) -> Checked:
    return Checked(finding, record["source"], record["page_date"], record["location"], record["capture_id"], detail)
