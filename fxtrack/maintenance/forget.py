"""Takes one capture out of everything derived, and brings it back.

    with Store.open(config) as store:
        capture = find_capture(store, config, "1f0c2a9b")
        forget(store, config, capture, "a test page", now)     # one transaction, then reports and published file
        bring_back(store, config, capture, now)

The record stays: the rows of the capture and of its quotes, and a row in `forgotten` with the reason. `sightings`
leaves the capture out, and `snapshots` those that nothing else shows; all that is derived reads these two. A capture is
its bytes: the same bytes that come again, elsewhere or with an earlier time, stay forgotten.
"""

import datetime as dt
import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, NothingFound
from fxtrack.model.id_prefix import id_digits, only_one
from fxtrack.model.location import location_of, printable
from fxtrack.model.run import Finding, Run, RunOutcome
from fxtrack.runs.record import recording
from fxtrack.store.schema import script
from fxtrack.store.settling.recompute import recompute
from fxtrack.store.writer import Store

_script = partial(script, "store/sql/forget")

_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class FoundCapture:
    """A capture, and one of the places where it was seen."""

    capture_id: str
    location: str


@dataclass(frozen=True, slots=True)
class ForgetResult:
    """The result of `forget` or `bring_back`.

    Attributes:
        run_id: number of the run.
        notes: a line for each quarantined file that had the name of the store or of the published file.
    """

    run_id: int
    notes: tuple[str, ...]


def find_capture(store: Store, config: Config, wanted: str) -> FoundCapture:
    """Return the capture that a text means.

    Args:
        store: open.
        config: locations are relative to its folder.
        wanted: the id of a capture, its first digits, at least eight, or a location of the capture.

    Raises:
        UsageError: it may mean several captures.
        NothingFound: there is no such capture.
    """
    digits = id_digits(wanted, _SHORTEST)
    locations = [printable(wanted), location_of(wanted, config.root)] if wanted.strip() else []
    as_id: list[dict[str, object]] = [{"id": digits, "locations": []}] if digits else []
    for query in [*as_id, {"id": None, "locations": locations}]:
        found = {name: FoundCapture(name, location) for name, location in store.query(_script("find"), query)}
        if found:
            return only_one(found, printable(wanted), "captures")
    raise NothingFound(
        f"{printable(wanted)!r} is neither a location of a capture nor the beginning of a capture_id (at least"
        f" {_SHORTEST} hex digits); `fxtrack sql 'FROM captures'` lists them"
    )


def forget(store: Store, config: Config, capture: FoundCapture, why: str, now: dt.datetime) -> ForgetResult:
    """Take a capture out of everything derived and publish that, as one row of `runs`.

    Args:
        store: open for writing.
        config: the configuration in force.
        capture: what `find_capture` found.
        why: the reason; not empty.
        now: start of the run, UTC: the capture counts in answers as of an earlier moment.

    Raises:
        FxtrackError: it is forgotten already.
        StoreError: the store or the published file cannot be written.
    """
    if known := _forgotten(store, capture):
        by, utc, reason = known
        raise FxtrackError(
            f"{capture.location} is forgotten already, by {by} on {utc:%Y-%m-%d}: {reason};"
            f" `fxtrack forget {capture.capture_id[:_SHORTEST]} --undo` brings it back"
        )
    values = {"capture_id": capture.capture_id, "why": why, "by": _account(), "now": now.replace(tzinfo=None)}
    return _change(store, config, now, _Change(_script("forget"), values, f"forgot {capture.location}: {why}"))


def bring_back(store: Store, config: Config, capture: FoundCapture, now: dt.datetime) -> ForgetResult:
    """Let a forgotten capture count again, at all times; arguments and errors as `forget`.

    Raises:
        FxtrackError: it is not forgotten.
        StoreError: the store or the published file cannot be written.
    """
    if not _forgotten(store, capture):
        raise FxtrackError(f"{capture.location} is not forgotten; `fxtrack forget` lists the captures that are")
    values = {"capture_id": capture.capture_id}
    statement = "DELETE FROM forgotten WHERE capture_id = $capture_id"
    return _change(store, config, now, _Change(statement, values, f"brought back {capture.location}"))


@dataclass(frozen=True, slots=True)
class _Change:
    """A statement on `forgotten`, its values, among them `capture_id`, and the message of its run."""

    statement: str
    values: Mapping[str, object]
    message: str


def _change(store: Store, config: Config, now: dt.datetime, change: _Change) -> ForgetResult:
    with recording(config, Run("forget", now), store) as recorder:
        with store.transaction():
            store.connection.execute(change.statement, change.values)
            store.connection.execute(_script("place"))
            store.connection.execute(_script("changed"), {"capture_id": change.values["capture_id"]})
            store.raise_generation(traced=True)
        recompute(store, config, now)
        store.query(_script("ranges"))
        recorder.end(Finding(RunOutcome.DONE, change.message))
        return ForgetResult(recorder.run_id, tuple(recorder.quarantined))


def _forgotten(store: Store, capture: FoundCapture) -> tuple[str, dt.datetime, str] | None:
    rows = store.query(
        "SELECT forgotten_by, forgotten_utc, why FROM forgotten WHERE capture_id = ?", [capture.capture_id]
    )
    return rows[0] if rows else None


def _account() -> str:
    try:
        return printable(getpass.getuser())
    except (KeyError, OSError):  # an account without a name, as in many containers
        return str(os.getuid())
