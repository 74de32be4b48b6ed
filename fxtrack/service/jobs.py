"""The jobs of the service. Each run is one row of `runs`, and ends with a finding or an error."""

import datetime as dt
from collections.abc import Callable
from threading import Event

from fxtrack.charts.gallery.update import update_charts
from fxtrack.config.config import Config
from fxtrack.errors import Interrupted, NothingFound
from fxtrack.maintenance.backup import back_up
from fxtrack.model.run import Finding, Run, RunOutcome
from fxtrack.pipeline import PassReport, run_pass
from fxtrack.runs.record import run_apart, run_with_store

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
    from fxtrack.collect.live import fetch_pass  # loads HTTP, needed only where a source has a live page

    reports: list[PassReport] = []

    def visit(begun: Run) -> Finding:
        _go_on(stopping)
        _, report = fetch_pass(
            config, begun, on_source=lambda _name: _go_on(stopping), sleep=lambda seconds: _sleep(stopping, seconds)
        )
        reports.append(report)
        return report.finding

    return run_apart(config, run, visit), reports[0] if reports else None


def _charts(config: Config, run: Run, stopping: Event) -> Ended:
    def draw(_run: Run) -> Finding:
        _go_on(stopping)
        try:
            drawn = update_charts(config, dt.datetime.now(dt.UTC))
        except NothingFound as nothing:
            return Finding(RunOutcome.NOTHING_NEW, str(nothing))
        if not drawn:
            return Finding(RunOutcome.NOTHING_NEW)
        return Finding(RunOutcome.DONE, f"{len(drawn)} {'chart' if len(drawn) == 1 else 'charts'}")

    return run_apart(config, run, draw), None


def _backup(config: Config, run: Run, stopping: Event) -> Ended:
    _go_on(stopping)
    return run_with_store(config, run, lambda store: back_up(store, config, run.started)), None


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
