"""Evaluates all alerts: a pass and the service write what is new to the ledger, a replay writes nothing."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from fxtrack import limits
from fxtrack.alerts.conditions import (
    AskStore,
    JudgedDates,
    JudgedSeries,
    allowed_silence,
    judged,
    message_policy,
    sources_of,
)
from fxtrack.alerts.ledger import Alarm, SeriesChange, end_unconfigured, known_rows, write_changes
from fxtrack.alerts.reconcile import LedgerRow, before_of, reconcile
from fxtrack.alerts.rules import Event, Judgement, episodes
from fxtrack.alerts.states import judge_health, judge_silence
from fxtrack.config.alerts import Alert, SilentAlert, UnhealthyAlert
from fxtrack.config.config import Config
from fxtrack.config.schedule import parse_duration
from fxtrack.runs.facts import Facts
from fxtrack.store.writer import Store


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of an evaluation.

    Attributes:
        alarms: the events worth a message.
        changed: whether the ledger changed.
        evaluated_digest: of the state of the store, the day, and the settings for which the alerts were evaluated.
    """

    alarms: list[Alarm]
    changed: bool
    evaluated_digest: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """An event that an alert would have had over the stored history."""

    alert: str
    kind: str
    source: str | None
    pair: str | None
    event: Event


def evaluate(
    store: Store, config: Config, now: dt.datetime, problems: Sequence[str] | None = None, digest_before: str = ""
) -> Evaluation:
    """Evaluate the alerts on the newest page dates and write what is new to the ledger.

    Args:
        store: open for writing, with its reports recomputed.
        config: the alerts.
        now: UTC.
        problems: the problems of `fxtrack status`; None if they are not known, which changes nothing about them.
        digest_before: `Evaluation.evaluated_digest` of an earlier time. If it is still the same, only the alerts that
            change with time are evaluated.
    """
    first = now.date() - dt.timedelta(days=limits.ALERT_DAYS)
    rows = known_rows(store, first) if config.settings.alerts or has_rows(store) else []
    changes = end_unconfigured(rows, config.settings.alerts)
    gone = {one.change.row for one in changes}
    rows = [row for row in rows if row not in gone]
    period = JudgedDates(first, now)
    by_time_only = digest_before == _evaluated_digest(store, config, now)
    for alert in config.settings.alerts:
        if by_time_only and not isinstance(alert, SilentAlert | UnhealthyAlert):
            continue
        of_alert = [row for row in rows if row.alert == alert.name]
        if not isinstance(alert, UnhealthyAlert):
            changes += _changes_of(alert, judged(store.query, config, alert, period), of_alert, first)
        elif problems is not None:  # its history is the ledger
            health = JudgedSeries(None, None, [judge_health(problems, now)])
            changes += _changes_of(alert, [health], of_alert, period.until)
    alarms = write_changes(store, changes, now, messages=config.settings.notify.has_receiver)
    return Evaluation(alarms, bool(changes), _evaluated_digest(store, config, now))


def _evaluated_digest(store: Store, config: Config, now: dt.datetime) -> str:
    settings = config.settings
    parts = (store.identity(), now.date(), settings.alerts, [source.name for source in settings.sources])
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def has_rows(store: Store) -> bool:
    """Return whether the ledger has any row."""
    return bool(store.query("SELECT 1 FROM alerts LIMIT 1"))


def replay(ask: AskStore, config: Config, now: dt.datetime) -> list[Replayed]:
    """Return the events of all alerts over the stored history, by date; nothing is written.

    `unhealthy` has no history and is left out.
    """
    found = []
    for alert in config.settings.alerts:
        is_change, daily = message_policy(alert)
        for series in judged(ask, config, alert, JudgedDates(dt.date.min, now)):
            for episode in episodes(series.judgements, is_change, daily=daily):
                found += [
                    Replayed(alert.name, alert.kind, series.source, series.pair, event) for event in episode.events
                ]
    return sorted(found, key=lambda one: (one.event.date, one.alert, one.source or "", one.pair or ""))


def changes_with_time(config: Config, facts: Facts, problems: Sequence[str], now: dt.datetime) -> Collection[str]:
    """Return the alerts that the mere passing of time has made begin, change or end; the store is not needed.

    These are `silent` and `unhealthy`; every other alert changes with pages only.
    """
    states = {(row.alert, row.source): row.state for row in facts.alerts}
    newest = {source.source: source.page_date for source in facts.sources if source.page_date}
    due = set()
    for alert in config.settings.alerts:
        is_change, _ = message_policy(alert)
        for source, judgement in _by_time(config, alert, newest, problems, now):
            state = states.get((alert.name, source))
            begins = judgement.holds and (state is None or is_change(state, judgement.state))
            if begins or (judgement.holds is False and state is not None):
                due.add(alert.name)
    return due


def _by_time(
    config: Config, alert: Alert, newest: dict[str, dt.date], problems: Sequence[str], now: dt.datetime
) -> Iterator[tuple[str | None, Judgement]]:
    if isinstance(alert, UnhealthyAlert):
        yield None, judge_health(problems, now)
    elif isinstance(alert, SilentAlert):
        for source in sources_of(config, alert):
            if source in newest:
                ages = allowed_silence(config, alert, source)
                *_, last = judge_silence(source, [newest[source]], parse_duration(ages), now, ages)
                yield source, last


def _changes_of(
    alert: Alert, series: Sequence[JudgedSeries], rows: Sequence[LedgerRow], first: dt.date
) -> Iterator[SeriesChange]:
    is_change, daily = message_policy(alert)
    for one in series:
        known = [row for row in rows if (row.source, row.pair) == (one.source, one.pair)]
        shown = episodes(one.judgements, is_change, daily=daily, before=before_of(known, first))
        for change in reconcile(shown, known, is_change, daily=daily, first=first):
            yield SeriesChange(alert.name, alert.kind, one.source, one.pair, change)
