"""``backup``, ``restore`` and ``verify``: copies of the database, and a check against the pages."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from fxtrack.cli import options
from fxtrack.cli.options import the_config
from fxtrack.cli.progress import status_line
from fxtrack.errors import NothingFound


@click.command()
def backup_command() -> None:
    """Write a consistent copy of the database to the folder of backups, and remove expired backups.

    Writes nothing if the newest backup is up to date.
    """
    from fxtrack.maintenance.backup import record_backup
    from fxtrack.model.run import Run

    config, now = the_config(), dt.datetime.now(dt.UTC)
    if not config.writer.exists():
        raise NothingFound(f"{config.writer}: no database yet; `fxtrack run` makes it from the pages")
    with status_line("copying the database"):
        finding = record_backup(config, Run("backup", now))
    click.echo(finding.message)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore_command(file: Path) -> None:
    """Replace the database by FILE, a backup, and publish it.

    FILE is copied, read and compared first; the replaced database is kept aside. Refused while the service or another
    process has the database open. The next run ingests the pages that came after the backup.
    """
    from fxtrack.maintenance.restore import restore as put_back
    from fxtrack.model.run import Run
    from fxtrack.pipeline import run_pass
    from fxtrack.runs.lock import ServiceLock

    config, now = the_config(), dt.datetime.now(dt.UTC)
    with ServiceLock.take(config, now, "restore"):
        kept: list[str] = []
        try:
            with status_line(f"reading {file}"):
                put_back(config, file, now, kept.append)
        finally:
            _print_notes(kept)
        try:
            with status_line(f"publishing {config.database}"):
                report = run_pass(config, Run("restore", now), [])
        except BaseException:
            _print_notes([f"{file} is the database now; the next run publishes it"])
            raise
    _print_notes(report.notes)
    click.echo(f"{file} is the database now; {config.database} is published from it")


@click.command()
@options.form
def verify_command(form: str | None) -> None:
    """Read every stored page again, derive its quotes anew, and print the captures that differ or whose page is gone.

    Exit code 1 if anything differs. A page that is gone cannot be checked: it is reported and is no difference.
    """
    from fxtrack.cli.commands.tables import echo
    from fxtrack.maintenance.verify import verify as check
    from fxtrack.output.render import render
    from fxtrack.store.query import Rows

    with status_line("reading pages") as say:
        result = check(the_config(), lambda captures: say(f"{captures:,} pages checked"))
    rows = Rows(
        ("finding", "source", "page_date", "location", "capture_id", "detail"),
        [(r.finding, r.source, r.page_date, r.location, r.capture_id, r.detail) for r in result.rows],
    )
    if form or rows.rows:
        echo(render(rows, form, hide=("capture_id",)))
    click.echo(result.summary, err=bool(form))
    if result.differing:
        raise SystemExit(1)


def _print_notes(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(f"fxtrack: {line}", err=True)
