"""``service`` and ``status``: run the jobs on a schedule, and report their state."""

import datetime as dt
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import click

from fxtrack.cli import options
from fxtrack.cli.options import the_config

if TYPE_CHECKING:
    from fxtrack.runs.facts import Facts
    from fxtrack.service.status.health import HealthReport, JobState


@click.command()
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Log lines.")
@click.option("--unit", is_flag=True, help="Print a unit file for systemd and do nothing else.")
def service_command(log_format: Literal["text", "json"], unit: bool) -> None:
    """Fetch, ingest, draw and back up on the schedule of the configuration, until stopped.

    Jobs that were due while the service was down run once at its start. SIGTERM and SIGINT stop it within 10 seconds
    with exit code 0, SIGHUP reloads the configuration. Exit code 5 if another service runs on this database. Every run
    is a row of `runs`; `fxtrack status` sums them up.
    """
    if unit:
        click.echo((resources.files("fxtrack") / "service" / "fxtrack.service").read_text("utf-8"), nl=False)
        return
    from fxtrack.service.process import held_signals

    with held_signals() as signals:  # before any import that starts threads
        from fxtrack.service.logs import set_up
        from fxtrack.service.main import run_service

        run_service(the_config(), set_up(log_format), signals)
        sys.stdout.flush()
        sys.stderr.flush()
        # Exits while the signals are still held: a late one would change the exit code. Skips the interpreter's
        # shutdown, in which DuckDB's binding reports objects that threads of libraries still hold as leaks.
        os._exit(0)


@click.command()
@options.report
def status_command(as_json: bool) -> None:
    """Print the last and next run of each job, the age of the data, the pages that wait, and free disk space.

    Works while the service runs or another process holds the database. Exit code 1 if something needs attention: data
    older than `max_age`, a job whose last run failed, an overdue job, or a disk that is nearly full.
    """
    from fxtrack.output.render import as_json as to_json
    from fxtrack.service.status.survey import survey

    facts, report = survey(the_config(), dt.datetime.now(dt.UTC))
    if as_json:
        click.echo(to_json(_plain(report, facts)), nl=False)
    else:
        click.echo(_text(report, facts), nl=False)
    if not report.is_healthy:
        raise SystemExit(1)


def _plain(report: "HealthReport", facts: "Facts") -> dict[str, Any]:
    holder = report.service
    return {
        "healthy": report.is_healthy,
        "problems": report.problems,
        "remarks": [*_remarks(report, facts)],
        "at_utc": report.now,
        "service": holder and {"process": holder.process, "what": holder.what, "since_utc": holder.since},
        "jobs": [
            {
                "job": state.job,
                "last": state.last and asdict(state.last),
                "last_well_utc": state.last_well_utc,
                "next_utc": state.next_utc,
                "overdue_since_utc": state.overdue_since,
            }
            for state in report.jobs
        ],
        "sources": [
            {
                "source": source.source,
                "page_date": source.page_date,
                "age_seconds": None if source.age is None else int(source.age.total_seconds()),
                "max_age_seconds": int(source.max_age.total_seconds()),
                "stale": source.is_stale,
                "captures": source.captures,
            }
            for source in report.sources
        ],
        "backlog": report.backlog,
        "unread_files": report.unread,
        "open_alerts": len(facts.alerts),
        "unsent_messages": len(facts.unsent),
        "disk_free_bytes": dict(report.free_bytes),
    }


def _remarks(report: "HealthReport", facts: "Facts") -> Iterator[str]:
    """Yield what is not well and yet no problem of the service."""
    from fxtrack.model.run import RunOutcome, counted

    for state in report.jobs:
        run = state.last_ended
        problems = [problem for problem in report.problems if problem.startswith(f"{state.job}: ")]
        if run and not run.ended_well and run.outcome != RunOutcome.STOPPED and not problems:
            yield f"{state.job}: {run.outcome} on {run.started_utc:%Y-%m-%d %H:%M:%S}Z; later runs ended well"
    if report.unread:
        yield f"{counted(report.unread, 'file')} could not be read; `fxtrack sql 'FROM problems'` lists them"
    if facts.alerts:
        hold = "holds" if len(facts.alerts) == 1 else "hold"
        yield f"{counted(len(facts.alerts), 'alert')} {hold}; `fxtrack alerts` lists them"
    if facts.unsent:
        yield f"not sent yet: {counted(len(facts.unsent), 'message')} about alerts; `fxtrack alerts` lists them"


def _text(report: "HealthReport", facts: "Facts") -> str:
    from fxtrack.output.render import as_table
    from fxtrack.service.status.health import duration_text
    from fxtrack.store.query import Rows

    holder = report.service
    lines = [
        f"{holder.what}: process {holder.process}, for {duration_text(report.now - holder.since)}"
        if holder
        else "service: not running"
    ]
    jobs = Rows(("job", "last_run", "outcome", "pages", "new", "next_run"), [_job_row(state) for state in report.jobs])
    sources = Rows(
        ("source", "newest_page_date", "age", "allowed", "captures"),
        [
            (s.source, s.page_date, "" if s.age is None else duration_text(s.age), duration_text(s.max_age), s.captures)
            for s in report.sources
        ],
    )
    backlog = "unknown" if report.backlog is None else f"{report.backlog:,}"
    room = ", ".join(f"{free / 10**9:,.1f} GB in {place}" for place, free in report.free_bytes)
    remarks = [f"remark: {remark}" for remark in _remarks(report, facts)]
    well = "no problem" if remarks else "all is well"
    lines += [
        "", as_table(jobs), as_table(sources),
        f"waiting: {backlog} pages; could not be read: {report.unread:,} files; free: {room}",
        "", *(f"problem: {problem}" for problem in report.problems), *remarks, *([well] if report.is_healthy else []),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _job_row(state: "JobState") -> tuple[Any, ...]:
    run = state.last
    if run is None:
        return (state.job, None, "never", None, None, _moment(state.next_utc))
    return (state.job, _moment(run.started_utc), run.outcome, run.pages, run.new, _moment(state.next_utc))


def _moment(at: dt.datetime | None) -> str | None:
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else None
