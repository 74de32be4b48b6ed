"""Runs the jobs of the service. Each run is one row of `runs` and ends with a finding or an error."""

import datetime as dt
from collections.abc import Callable
from threading import Event

from fxtrack.charts.gallery.update import update_charts
from fxtrack.config.config import Config
from fxtrack.errors import Interrupted, NothingFound
from fxtrack.maintenance.backup import record_backup
from fxtrack.model.run import Finding, Run, RunOutcome, counted
from fxtrack.pipeline import PassReport, fetch, run_pass
from fxtrack.runs.record import end_apart, recording_apart

Ended = tuple[Finding, PassReport | None]


def do(config: Config, run: Run, stopping: Event) -> Ended:
    """Do the job that `run` names.

    Args:
        config: the configuration in force.
        run: the job, with the time of its schedule and of its start.
        stopping: once set, the job ends after its current batch.

    Raises:
        Interrupted: `stopping` was set; committed batches are kept.
        FxtrackError: the job failed; the run is recorded if the store can be written.
    """
    return _JOBS[run.job](config, run, stopping)


def _ingest(config: Config, run: Run, stopping: Event) -> Ended:
    report = run_pass(config, run, [config.pages], lambda _progress: _go_on(stopping))
    return report.finding, report


def _fetch(config: Config, run: Run, stopping: Event) -> Ended:
    with recording_apart(config, run) as begun:
        _go_on(stopping)
        _, report = fetch(
            config, begun, on_source=lambda _name: _go_on(stopping), sleep=lambda seconds: _sleep(stopping, seconds)
        )
    return report.finding, report


def _charts(config: Config, run: Run, stopping: Event) -> Ended:
    with recording_apart(config, run) as begun:
        _go_on(stopping)
        try:
            drawn = update_charts(config, dt.datetime.now(dt.UTC))
        except NothingFound as nothing:
            finding = Finding(RunOutcome.NOTHING_NEW, str(nothing))
        else:
            done = Finding(RunOutcome.DONE, counted(len(drawn), "chart"))
            finding = done if drawn else Finding(RunOutcome.NOTHING_NEW)
        end_apart(config, begun, finding)
    return finding, None


def _backup(config: Config, run: Run, stopping: Event) -> Ended:
    _go_on(stopping)
    return record_backup(config, run), None


def _go_on(stopping: Event) -> None:
    if stopping.is_set():
        raise Interrupted


def _sleep(stopping: Event, seconds: float) -> None:
    stopping.wait(seconds)
    _go_on(stopping)


_JOBS: dict[str, Callable[[Config, Run, Event], Ended]] = {
    "fetch": _fetch,
    "ingest": _ingest,
    "charts": _charts,
    "backup": _backup,
}
