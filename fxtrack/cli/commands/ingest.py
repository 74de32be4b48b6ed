"""``ingest``, ``run`` and ``reparse``: pages into the store, the published file and the charts."""

import datetime as dt
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fxtrack.cli import options
from fxtrack.cli.alarms import tell
from fxtrack.cli.options import the_config
from fxtrack.cli.progress import page_bar, status_line
from fxtrack.config.config import Config
from fxtrack.errors import NothingFound
from fxtrack.model.location import printable
from fxtrack.model.run import counted
from fxtrack.output.render import as_csv, as_table, plain_value
from fxtrack.store.query import Rows

if TYPE_CHECKING:
    from fxtrack.pipeline import PassReport


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
def ingest_command(paths: tuple[Path, ...]) -> None:
    """Read captured pages into the database.

    PATH is a file, an archive or a folder; the default is the pages folder of the configuration. Known pages are not
    read again. Exit code 1 if a file could not be read; everything else is stored.
    """
    config = the_config()
    report = _ingest("ingest", config, list(paths))
    tell(config, report.alarms)
    if report.ingest.refused:
        raise SystemExit(1)


@click.command()
def run_command() -> None:
    """Ingest the pages folder, publish the database and draw the charts."""
    config = the_config()
    report = _ingest("run", config, [])
    try:
        _draw(config)
    finally:  # last, since a receiver may be slow
        tell(config, report.alarms)
    if report.ingest.refused:
        raise SystemExit(1)


def _ingest(job: str, config: Config, paths: list[Path]) -> "PassReport":
    """Run an ingest, publish and print its result."""
    from fxtrack.model.run import Run
    from fxtrack.pages.discover import bytes_of, check_paths
    from fxtrack.pipeline import run_pass

    wanted = paths or [config.pages]
    # checked before the store is opened, so that a mistyped path creates no store
    check_paths(wanted, "" if paths else " (paths.pages)")
    with page_bar(
        "listing pages", lambda: bytes_of(wanted, config.settings.ingest.include, config.root, config.link_folders)
    ) as show:
        report = run_pass(config, Run(job, dt.datetime.now(dt.UTC)), wanted, show)
    for line in report.notes:
        click.echo(f"fxtrack: {line}", err=True)
    click.echo(report.summary)
    if report.ingest.skipped_files:
        files, patterns = counted(report.ingest.skipped_files, "file"), ", ".join(config.settings.ingest.include)
        click.echo(f"fxtrack: skipped {files} whose names do not match ingest.include: {patterns}", err=True)
    if report.ingest.skipped_records:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in report.ingest.skipped_records.most_common())
        records = counted(report.ingest.skipped_records.total(), "archive record")
        click.echo(f"fxtrack: skipped {records}: {reasons}", err=True)
    return report


def _draw(config: Config) -> None:
    """Update the charts from the published file."""
    from fxtrack.charts.gallery.update import update_charts

    with status_line("drawing charts"):
        charts = update_charts(config, dt.datetime.now(dt.UTC))
    if charts:
        click.echo(f"{counted(len(charts), 'chart')} in {config.settings.paths.charts}/")


_ID_SHOWN = 12


@click.command()
@click.option("--apply", "wanted", is_flag=True, help="Apply the differences in one transaction.")
@options.form
def reparse_command(wanted: bool, form: str | None) -> None:
    """Read all stored pages again with the present configuration and version, and print the differences.

    Nothing changes without --apply. Captures whose page is gone or has changed are kept and listed. --json prints
    `rows`, `kept` and counts; --csv prints the rows. Exit code 0 with or without differences, 3 if there is no store.
    """
    from fxtrack.maintenance.reparse import apply, complete, is_owed
    from fxtrack.maintenance.reparse import reparse as reparse_pages
    from fxtrack.store.writer import Store

    config = the_config()
    if not config.writer.exists():
        raise NothingFound(f"{config.writer}: no store yet; `fxtrack run` builds it from the pages")
    now = dt.datetime.now(dt.UTC)
    with Store.open(config) as store:
        with status_line("reading pages") as say:
            again = reparse_pages(store, config, now, lambda pages: say(f"{counted(pages, 'page')} read again"))
        counts = {kind: again.count(kind) for kind in ("capture", "quote")}
        click.echo(_report(again.rows, counts, [k.location for k in again.kept], form), nl=False)
        sys.stdout.flush()  # the differences appear before they are applied
        for kept in again.kept:
            click.echo(f"fxtrack: {printable(kept.location)}: {kept.reason}; left unchanged", err=True)
        applied = wanted and not again.is_empty
        completed = wanted and again.is_empty and is_owed(store, config)
        notes = apply(store, config, now) if applied else complete(store, config, now) if completed else []
    for line in notes:
        click.echo(f"fxtrack: {line}", err=True)
    said = _conclusion(config, applied=applied, completed=completed, is_empty=again.is_empty)
    click.echo(f"fxtrack: {said}", err=True)


def _report(rows: Rows, counts: dict[str, Counter[str]], kept: list[str], form: str | None) -> str:
    if form == "csv":
        return as_csv(rows)
    words = ("added", "removed", "changed")
    if form == "json":
        record = {
            **{f"{kind}s": {word: count[word] for word in words} for kind, count in counts.items()},
            "kept": kept,
            "rows": [{key: plain_value(value) for key, value in row.items()} for row in rows.records()],
        }
        return json.dumps(record, indent=2) + "\n"
    lines = [
        f"{kind}s: " + ", ".join(f"{count[word]:,} {word}" for word in words) + "\n" for kind, count in counts.items()
    ]
    place = rows.columns.index("capture_id")
    short = [(*row[:place], row[place][:_ID_SHOWN], *row[place + 1 :]) for row in rows.rows]
    return (as_table(Rows(rows.columns, short)) + "\n" if short else "") + "".join(lines)


def _conclusion(config: Config, *, applied: bool, completed: bool, is_empty: bool) -> str:
    if completed:
        return f"completed what an earlier run began; {config.settings.paths.database} is up to date"
    if is_empty:
        return "nothing would change"
    if applied:
        return f"applied; {config.settings.paths.database} is up to date"
    return "nothing was changed; `fxtrack reparse --apply` does it"
