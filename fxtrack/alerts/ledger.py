"""The tables `alerts` and `alert_messages`: the one place that writes them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fxtrack import limits
from fxtrack.alerts.reconcile import Change, LedgerRow
from fxtrack.alerts.rules import Happening
from fxtrack.config.alerts import Alert
from fxtrack.store.schema import script
from fxtrack.store.writer import Store

_script = partial(script, "alerts/sql")
_PREFIX: dict[Happening, str] = {"began": "", "changed": "changed: ", "ended": "over: "}


@dataclass(frozen=True, slots=True)
class Alarm:
    """An event that a person should hear of: the text of one message."""

    alert: str
    event: Happening
    text: str

    @property
    def title(self) -> str:
        """The message in one line."""
        return f"{_PREFIX[self.event]}{self.text.splitlines()[0]}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that some receiver has not taken yet. Instants are UTC."""

    message_id: int
    event: str
    title: str
    text: str
    created_utc: dt.datetime
    receivers: tuple[str, ...]
    attempts: int
    next_attempt_utc: dt.datetime | None
    alert: str | None
    kind: str | None
    source: str | None
    pair: str | None
    page_date: dt.date | None
    store_id: str


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """A change of the ledger, with the series that it belongs to."""

    alert: str
    kind: str
    source: str | None
    pair: str | None
    change: Change


def known_rows(store: Store, first: dt.date) -> list[LedgerRow]:
    """Return the episodes that are open, and those that ended on or after a date."""
    return [LedgerRow(*row) for row in store.query(_script("rows"), {"first": first})]


def write_changes(store: Store, changes: Sequence[SeriesChange], now: dt.datetime, *, messages: bool) -> list[Alarm]:
    """Write changes, and messages about them, in one transaction; the published file is out of date after that.

    Args:
        store: open for writing.
        changes: what to write.
        now: UTC.
        messages: whether anything receives messages.

    Returns:
        The events worth a message.
    """
    alarms: list[Alarm] = []
    if not changes:
        return alarms
    with store.transaction():
        for one in changes:
            episode_id = _write(store, one, now)
            for event, text in one.change.messages:
                alarm = Alarm(one.alert, event, text)
                alarms.append(alarm)
                if messages:
                    _add_message(store, episode_id, alarm, now)
        store.query(_script("raise_generation"))
    return alarms


def end_unconfigured(rows: Iterable[LedgerRow], alerts: Sequence[Alert]) -> list[SeriesChange]:
    """Return changes that end the open episodes of alerts that are no longer configured, without a message."""
    changes = []
    by_name = {alert.name: alert for alert in alerts}
    for row in rows:
        alert = by_name.get(row.alert)
        if row.is_open and not (alert and alert.kind == row.kind and _concerns(alert, row)):
            episode = row.as_episode
            ended = Change(row, type(episode)(episode.began, episode.last, episode.state, episode.text, episode.last))
            changes.append(SeriesChange(row.alert, row.kind, row.source, row.pair, ended))
    return changes


def unsent_messages(store: Store) -> list[Message]:
    """Return the messages that some receiver has not taken yet, the oldest first."""
    found = []
    for number, event, title, text, created, receivers, attempts, following, *rest in store.query(_script("due")):
        at = following.replace(tzinfo=dt.UTC) if following else None
        found.append(
            Message(
                number, event, title, text, created.replace(tzinfo=dt.UTC), tuple(receivers), attempts, at, *rest
            )
        )  # fmt: skip
    return found


def mark_attempt(store: Store, message: Message, receivers: Sequence[str], error: str | None, now: dt.datetime) -> None:
    """Record an attempt to send a message.

    Args:
        store: open for writing.
        message: the message as it was before.
        receivers: all that have taken it by now.
        error: why another one did not; None if it is sent.
        now: UTC.
    """
    pause = min(limits.NOTIFY_LONGEST_PAUSE, limits.NOTIFY_FIRST_PAUSE * 2 ** min(message.attempts, 20))
    parameters: dict[str, Any] = {
        "message_id": message.message_id,
        "receivers": list(receivers),
        "error": error,
        "sent_utc": None if error else now.replace(tzinfo=None),
        "next_attempt_utc": (now + pause).replace(tzinfo=None) if error else None,
    }
    store.query(_script("attempted"), parameters)


def _concerns(alert: Alert, row: LedgerRow) -> bool:
    source, pair = getattr(alert, "source", None), getattr(alert, "pair", None)
    return source in {None, row.source} and pair in {None, row.pair}


def _write(store: Store, one: SeriesChange, now: dt.datetime) -> int:
    episode, row = one.change.episode, one.change.row
    values: dict[str, Any] = {
        "page_date": episode.began,
        "last_date": episode.last,
        "ended_date": episode.ended,
        "state": episode.state,
        "message": episode.text,
        "now": now.replace(tzinfo=None),
    }
    if row:
        changed = any(event == "changed" for event, _ in one.change.messages)
        store.query(_script("change_episode"), {**values, "episode_id": row.episode_id, "changed": changed})
        return row.episode_id
    series = {"alert": one.alert, "kind": one.kind, "source": one.source, "pair": one.pair}
    ((number,),) = store.query(_script("add_episode"), {**values, **series})
    return int(number)


def _add_message(store: Store, episode_id: int, alarm: Alarm, now: dt.datetime) -> None:
    text = alarm.text if len(alarm.text) <= limits.ALERT_CHARS else alarm.text[: limits.ALERT_CHARS - 2] + " …"
    store.query(
        _script("add_message"),
        {
            "episode_id": episode_id, "event": alarm.event, "title": alarm.title, "message": text,
            "now": now.replace(tzinfo=None),
        },
    )  # fmt: skip
