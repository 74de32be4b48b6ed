"""Sends the messages that are due while the store is closed: a slow receiver hinders no run.

A message counts as sent once every receiver has taken it and the store says so. A process that dies in between sends it
again: at least once, never lost. Messages carry an `id`, so that a program can tell a repetition.
"""

import datetime as dt
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from fxtrack.alerts.delivery.quiet import quiet_until
from fxtrack.alerts.delivery.receivers import DeliveryError, Receiver, receivers_of
from fxtrack.alerts.ledger import Message, mark_attempt, unsent_messages
from fxtrack.config.config import Config
from fxtrack.errors import ConfigError
from fxtrack.limits import NOTIFY_ROUND_SECONDS
from fxtrack.runs.facts import Facts, write_facts
from fxtrack.store.writer import Store

_LOCK = "alerts.lock"


@dataclass(slots=True)
class Sent:
    """The result of a round: messages that every receiver has, and the reason for each other one that was tried."""

    titles: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def next_attempt(config: Config, facts: Facts, now: dt.datetime) -> dt.datetime | None:
    """Return when the next message can be sent, `now` if one is due; None if there is none, or no receiver."""
    if not config.settings.notify.has_receiver:
        return None
    quiet = {alert.name: alert.quiet_hours for alert in config.settings.alerts}
    times = []
    for message in facts.unsent:
        at = max(now, message.next_attempt_utc or now)
        times.append(quiet_until(quiet.get(message.alert or ""), at) or at)
    return min(times, default=None)


def send_due(config: Config, now: dt.datetime) -> Sent:
    """Send the messages that are due, and record the result.

    Another process that is sending does it alone. A receiver that fails is not asked again in the same round.

    Raises:
        StoreError: the store cannot be opened, so nothing is sent, or the result cannot be recorded.
    """
    sent = Sent()
    with _alone(config) as is_alone:
        if not is_alone:
            return sent
        with Store.open(config) as store:
            due = [message for message in unsent_messages(store) if _is_due(config, message, now)]
        if not due:
            return sent
        attempts = _send(config, due)
        with Store.open(config) as store:
            for message, has_it, error in attempts:
                mark_attempt(store, message, has_it, error, dt.datetime.now(dt.UTC))
                if error:
                    sent.errors.append(f"{message.title}: {error}")
                else:
                    sent.titles.append(message.title)
            write_facts(store, config)
    return sent


def send_test(config: Config, now: dt.datetime) -> list[tuple[str, str | None]]:
    """Send a test message to every receiver and return (receiver, reason of its failure); the store is not needed.

    Raises:
        ConfigError: the receivers cannot be used.
    """
    text = "Test message of fxtrack\nIf you read this, alerts arrive."
    title, _, _ = text.partition("\n")
    message = Message(0, "test", title, text, now, (), 0, None, None, None, None, None, None, "test")
    return [(receiver.name, _hand_over(receiver, message)) for receiver in receivers_of(config, loud=True)]


def _is_due(config: Config, message: Message, now: dt.datetime) -> bool:
    quiet = next((alert.quiet_hours for alert in config.settings.alerts if alert.name == message.alert), None)
    return (message.next_attempt_utc is None or message.next_attempt_utc <= now) and quiet_until(quiet, now) is None


def _send(config: Config, due: Sequence[Message]) -> list[tuple[Message, list[str], str | None]]:
    """Return each message that was tried, with the receivers that have it by now and the reason of a failure."""
    try:
        receivers = receivers_of(config)
    except ConfigError as error:
        return [(message, list(message.receivers), str(error)) for message in due]
    deadline = time.monotonic() + NOTIFY_ROUND_SECONDS
    failed: dict[str, str] = {}
    attempts: list[tuple[Message, list[str], str | None]] = []
    for message in due:
        if time.monotonic() > deadline:
            break  # the others stay due
        has_it, errors, is_tried = list(message.receivers), [], False
        for receiver in receivers:
            if receiver.name in has_it:
                continue
            if receiver.name not in failed:
                is_tried = True
                reason = _hand_over(receiver, message)
                if reason is None:
                    has_it.append(receiver.name)
                    continue
                failed[receiver.name] = reason
            errors.append(f"{receiver.name}: {failed[receiver.name]}")
        if is_tried or not errors:
            attempts.append((message, has_it, "; ".join(errors) or None))
    return attempts


def _hand_over(receiver: Receiver, message: Message) -> str | None:
    """Return the reason why a receiver did not take a message; None if it did."""
    try:
        receiver.take(message)
    except DeliveryError as error:
        return str(error)
    return None


@contextmanager
def _alone(config: Config) -> Iterator[bool]:
    """Yield whether no other process sends at present; none begins before the context ends."""
    path = config.beside_writer(_LOCK)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
