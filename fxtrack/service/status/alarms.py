"""Alerts that change with time alone, evaluated from the status; a run is recorded only where one does."""

import datetime as dt

from fxtrack.alerts.evaluate import changes_with_time, evaluate
from fxtrack.alerts.ledger import Alarm
from fxtrack.config.config import Config
from fxtrack.model.run import Finding, Run, RunOutcome, counted
from fxtrack.runs.record import recording
from fxtrack.service.status.survey import survey
from fxtrack.store.writer import Store


def evaluate_by_time(config: Config, now: dt.datetime) -> list[Alarm]:
    """Evaluate the alerts if `silent` or `unhealthy` has changed since the last time, and return the events.

    Raises:
        StoreError: the store cannot be opened or written.
    """
    if not config.writer.exists() or not config.settings.alerts:
        return []
    facts, report = survey(config, now, lambda *_: None)
    if not changes_with_time(config, facts, report.grave, now):
        return []
    with Store.open(config) as store, recording(config, Run("alerts", now), store) as recorder:
        alerts = evaluate(store, config, now, report.grave, recorder.evaluated_digest)
        recorder.evaluated_digest = alerts.evaluated_digest
        outcome = RunOutcome.DONE if alerts.changed else RunOutcome.NOTHING_NEW
        recorder.end(Finding(outcome, counted(len(alerts.alarms), "alarm") if alerts.changed else None))
    return alerts.alarms
