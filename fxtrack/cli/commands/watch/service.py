"""``service`` and ``status``: run the jobs on a schedule, and report their state."""

import datetime as dt
import json
import os
import sys
from dataclasses import fields
from importlib import resources
from typing import Any, Literal

import click

from fxtrack.cli.options import the_config


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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status_command(as_json: bool) -> None:
    """Print the last and next run of each job, the age of the data, the pages that wait, and free disk space.

    Works while the service runs or another process holds the database. Exit code 1 if something needs attention: data
    older than `max_age`, a job whose last run failed, an overdue job, or a disk that is nearly full.
    """
    from fxtrack.service.status.survey import survey

    facts, report = survey(the_config(), dt.datetime.now(dt.UTC))
    if as_json:
        click.echo(json.dumps(_plain(report, len(facts.unsent)), indent=2))
    else:
        click.echo(_text(report, len(facts.unsent)), nl=False)
    if not report.is_healthy:
        raise SystemExit(1)


def _plain(report: Any, unsent: int) -> dict[str, Any]:  # noqa: ANN401 -- a HealthReport; its module is imported with the command
    from fxtrack.output.render import plain_value

    def run_of(run: Any) -> dict[str, Any] | None:  # noqa: ANN401
        if run is None:
            return None
        return {field.name: plain_value(getattr(run, field.name)) for field in fields(run)}

    holder = report.service
    return {
        "healthy": report.is_healthy,
        "problems": list(report.problems),
        "at_utc": plain_value(report.now),
        "service": holder and {"process": holder.process, "what": holder.what, "since_utc": plain_value(holder.since)},
        "jobs": [
            {
                "job": state.job,
                "last": run_of(state.last),
                "last_well_utc": plain_value(state.last_well_utc),
                "next_utc": plain_value(state.next_utc),
                "overdue_since_utc": plain_value(state.overdue_since),
            }
            for state in report.jobs
        ],
        "sources": [
            {
                "source": source.source,
                "page_date": plain_value(source.page_date),
                "age_seconds": None if source.age is None else int(source.age.total_seconds()),
                "max_age_seconds": int(source.max_age.total_seconds()),
                "stale": source.is_stale,
                "captures": source.captures,
            }
            for source in report.sources
        ],
        "backlog": report.backlog,
        "unread_files": report.unread,
        "unsent_messages": unsent,
        "disk_free_bytes": dict(report.free_bytes),
    }


def _text(report: Any, unsent: int) -> str:  # noqa: ANN401
    from fxtrack.model.run import counted
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
    lines += [
        "", as_table(jobs), as_table(sources),
        f"waiting: {backlog} pages; could not be read: {report.unread:,} files; free: {room}",
        *([f"not sent yet: {counted(unsent, 'message')} about alerts; `fxtrack alerts` lists them"] if unsent else []),
        "", *(f"problem: {problem}" for problem in report.problems), *(["all is well"] if report.is_healthy else []),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _job_row(state: Any) -> tuple[Any, ...]:  # noqa: ANN401
    run = state.last
    if run is None:
        return (state.job, None, "never", None, None, _moment(state.next_utc))
    return (state.job, _moment(run.started_utc), run.outcome, run.pages, run.new, _moment(state.next_utc))


def _moment(at: dt.datetime | None) -> str | None:
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else None
