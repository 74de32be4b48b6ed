"""``ingest`` and ``run``: pages into the store, the published file, the charts."""

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from fxtrack.commands.options import the_config
from fxtrack.config import Config
from fxtrack.errors import FxtrackError


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
    from fxtrack.ingest import ingest as ingest_pages
    from fxtrack.pages import check_paths
    from fxtrack.publish import is_current, publish
    from fxtrack.rounding import settle_rules
    from fxtrack.store import Store

    wanted = paths or [config.pages]
    # before the store is opened, so that a slip of the pen leaves no trace
    check_paths(wanted, "" if paths else " (paths.pages)")
    now = dt.datetime.now(dt.UTC)
    with Store.open(config) as store:
        store.begin_run(job, now)
        try:
            with _progress() as show:
                report = ingest_pages(
                    store, config, wanted, now, lambda tally: show(f"{tally.pages:,} pages, {tally.new:,} new")
                )
            settle_rules(store, config)
            current = is_current(store, config.database)
            outcome = "nothing new" if current else "done"
            store.end_run(outcome, None, dt.datetime.now(dt.UTC))
            put_aside = [] if current else publish(store, config.database, now)
        except BaseException as error:
            message = str(error) if isinstance(error, FxtrackError) else type(error).__name__
            store.try_end_run("failed", message, dt.datetime.now(dt.UTC))
            raise
    for line in [*store.put_aside, *put_aside, *report.remarks]:
        click.echo(f"fxtrack: {line}", err=True)
    if report.unsaid:
        click.echo(f"fxtrack: and {report.unsaid:,} more; `fxtrack sql 'FROM problems'` has them all", err=True)
    tally = report.tally
    click.echo(
        f"{tally.pages:,} pages: {tally.new:,} new, {tally.known:,} known, {tally.no_ticker:,} without ticker, "
        f"{tally.conflict:,} in conflict, {tally.unreadable:,} unreadable"
    )
    if report.passed_over:
        patterns = ", ".join(config.settings.ingest.include)
        click.echo(f"fxtrack: passed over for their names, not {patterns}: {report.passed_over:,}", err=True)
    return not report.refused


def _draw(config: Config) -> None:
    """Bring the charts up to date with the published file."""
    from fxtrack.gallery import update_charts

    if charts := update_charts(config, dt.datetime.now(dt.UTC)):
        click.echo(f"{len(charts)} charts in {config.settings.paths.charts}/")


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Yield something that shows a line of text while the work goes on: on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    with Console(stderr=True).status("listing pages") as status:
        yield status.update
