"""The status file: facts about runs and data, readable while the store is held.

The published file is replaced only when the data changed, and the store itself keeps readers out, so a run that found
nothing new shows in neither. Every run writes this file before it closes the store.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from fxtrack import limits
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, StoreBusy
from fxtrack.files import write_whole
from fxtrack.model.run import ENDED_WELL, RunOutcome, RunRecord
from fxtrack.runs.table import last_run_in, outcome_counts
from fxtrack.store.schema import script
from fxtrack.store.writer import Store

_script = partial(script, "runs/sql")

_KIND = "status.json"


class SourceFacts(msgspec.Struct, frozen=True):
    """Newest page date of a source, and its number of captures."""

    source: str
    page_date: dt.date | None
    captures: int


class OpenAlert(msgspec.Struct, frozen=True):
    """An alert whose condition holds: its series, and the state that the last message is about."""

    alert: str
    kind: str
    source: str | None
    pair: str | None
    state: str


class UnsentMessage(msgspec.Struct, frozen=True):
    """A message about an alert that some receiver has not taken yet. Instants are UTC."""

    message_id: int
    alert: str | None
    title: str
    created_utc: dt.datetime
    attempts: int
    next_attempt_utc: dt.datetime | None
    last_error: str | None


KnownFile = tuple[str, int | None, int | None]
"""Location, bytes, and time of change in nanoseconds since 1970 UTC; None if the file was not stable."""


class Facts(msgspec.Struct, frozen=True, rename={"evaluated_digest": "judged"}):
    """The content of the status file.

    Attributes:
        written_utc: time of writing, UTC.
        last: the last run of each job.
        last_ended: the last finished run of each job.
        last_well: the last run of each job that ended well.
        scheduled: the latest scheduled time that each job has run for.
        outcomes: (job, outcome, number of runs), of all time.
        pages: (outcome, number of captures).
        unread: files that could not be read.
        sources: those with a snapshot.
        unpublished: files that only the store knows, since a copy of a known page publishes nothing. None if there are
            too many, or the published file is held.
        alerts: those whose condition holds.
        unsent: messages that are not sent yet, the oldest first.
        evaluated_digest: of the data and settings for which the alerts were evaluated last.
    """

    written_utc: dt.datetime
    last: dict[str, RunRecord] = {}
    last_ended: dict[str, RunRecord] = {}
    last_well: dict[str, RunRecord] = {}
    scheduled: dict[str, dt.datetime] = {}
    outcomes: list[tuple[str, str, int]] = []
    pages: list[tuple[str, int]] = []
    unread: int = 0
    sources: list[SourceFacts] = []
    unpublished: list[KnownFile] | None = []
    alerts: list[OpenAlert] = []
    unsent: list[UnsentMessage] = []
    evaluated_digest: str = ""


def facts_file(config: Config) -> Path:
    """Return the path of the status file."""
    return config.beside_writer(_KIND)


def last_evaluated_digest(config: Config) -> str:
    """Return `Facts.evaluated_digest` as last written; an empty text if it cannot be read."""
    try:
        facts = read_facts(config)
    except FxtrackError:
        return ""
    return facts.evaluated_digest if facts else ""


def gather(store: Store, published: Path, now: dt.datetime, evaluated_digest: str = "") -> Facts:
    """Return the facts of a store, open for writing, and of its published file."""
    ((unread,),) = store.query("SELECT count(*) FROM files WHERE error IS NOT NULL")
    return Facts(
        written_utc=now,
        last=_last(store, None),
        last_ended=_last(store, set(RunOutcome) - {RunOutcome.RUNNING}),
        last_well=_last(store, ENDED_WELL),
        scheduled={job: _aware(at) for job, at in _ask(store, "scheduled", {"now": now.replace(tzinfo=None)})},
        outcomes=outcome_counts(store),
        pages=list(store.query("SELECT outcome, count(*) FROM captures GROUP BY ALL ORDER BY ALL")),
        unread=unread,
        sources=[
            SourceFacts(source, page_date, captures)
            for source, page_date, captures in _ask(store, "freshness", {"today": now.date()})
        ],
        unpublished=_unpublished(store, published),
        alerts=[OpenAlert(*row) for row in _ask(store, "open_alerts")],
        unsent=[UnsentMessage(*_all_aware(row)) for row in _ask(store, "unsent_messages")],
        evaluated_digest=evaluated_digest,
    )


def write_facts(store: Store, config: Config, digest: str | None = None) -> Facts:
    """Write the current facts to the status file and return them; without `digest` the last one stays.

    Raises:
        FxtrackError: it cannot be written; the previous file stays.
    """
    path = facts_file(config)
    evaluated = last_evaluated_digest(config) if digest is None else digest
    facts = gather(store, config.database, dt.datetime.now(dt.UTC), evaluated)
    write_whole(path, msgspec.json.encode(facts))
    return facts


def read_facts(config: Config) -> Facts | None:
    """Return the facts as last written; None if there is no file, or one of an unknown version."""
    try:
        return msgspec.json.decode(facts_file(config).read_bytes(), type=Facts)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:  # the next run writes them anew
        return None
    except OSError as error:
        raise FxtrackError(f"{facts_file(config)}: cannot be read: {error.strerror or error}") from error


def _unpublished(store: Store, published: Path) -> list[KnownFile] | None:
    most = limits.UNPUBLISHED_FILES
    try:
        last = last_run_in(store, published)
    except StoreBusy:
        return None
    files = _ask(store, "unpublished", {"published": last or 0, "most": most + 1})
    return [(location, size, mtime) for location, size, mtime in files] if len(files) <= most else None


def _ask(store: Store, name: str, parameters: dict[str, object] | None = None) -> list[tuple[Any, ...]]:
    return store.query(_script(name), parameters)


def _last(store: Store, outcomes: Iterable[RunOutcome] | None) -> dict[str, RunRecord]:
    wanted = None if outcomes is None else sorted(map(str, outcomes))
    return {run.job: run for run in map(_record, _ask(store, "last", {"outcomes": wanted}))}


def _record(row: tuple[Any, ...]) -> RunRecord:
    names = (field.name for field in fields(RunRecord))
    return RunRecord(**dict(zip(names, _all_aware(row), strict=True)))


def _all_aware(row: tuple[Any, ...]) -> list[Any]:
    return [_aware(value) if isinstance(value, dt.datetime) else value for value in row]


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC)
