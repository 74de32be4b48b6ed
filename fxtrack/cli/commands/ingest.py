"""``ingest`` and ``run``: pages into the store, the published file, the charts."""

import datetime as dt
from pathlib import Path

import click

from fxtrack.cli.options import the_config
from fxtrack.cli.progress import measured, status
from fxtrack.config.config import Config


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
def ingest(paths: tuple[Path, ...]) -> None:
    """Take captured pages into the database.

    PATH is a file or a folder; without one, the pages folder of the configuration. Pages that are known already are
    not read again. Exit code 1 if a file could not be read; everything else is stored all the same.
    """
    if not _ingest("ingest", the_config(), list(paths)):
        raise SystemExit(1)


@click.command()
def run() -> None:
    """Do one full pass: take in the pages folder, publish the database, draw the charts."""
    config = the_config()
    complete = _ingest("run", config, [])
    _draw(config)
    if not complete:
        raise SystemExit(1)


def _ingest(job: str, config: Config, paths: list[Path]) -> bool:
    """Run an ingest and publish its result; return False if a file could not be read."""
    from fxtrack.model.run import Run
    from fxtrack.pages.discover import bytes_of, check_paths
    from fxtrack.pipeline import run_pass

    wanted = paths or [config.pages]
    # before the store is opened, so that a slip of the pen leaves no trace
    check_paths(wanted, "" if paths else " (paths.pages)")
    with measured("listing pages", lambda: bytes_of(wanted, config.settings.ingest.include, config.root)) as show:
        report = run_pass(config, Run(job, dt.datetime.now(dt.UTC)), wanted, show)
    for line in report.notes:
        click.echo(f"fxtrack: {line}", err=True)
    click.echo(report.summary)
    if report.ingest.passed_over:
        patterns = ", ".join(config.settings.ingest.include)
        click.echo(f"fxtrack: passed over for their names, not {patterns}: {report.ingest.passed_over:,}", err=True)
    if report.ingest.no_captures:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in report.ingest.no_captures.most_common())
        click.echo(f"fxtrack: records of archives that are no pages of a source: {reasons}", err=True)
    return not report.ingest.refused


def _draw(config: Config) -> None:
    """Bring the charts up to date with the published file."""
    from fxtrack.charts.gallery.update import update_charts

    with status("drawing charts"):
        charts = update_charts(config, dt.datetime.now(dt.UTC))
    if charts:
        click.echo(f"{len(charts)} charts in {config.settings.paths.charts}/")
