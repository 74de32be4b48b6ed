"""``fetch``: live pages into the pages folder, and from there where all pages go."""

import datetime as dt

import click

from fxtrack.cli.options import the_config
from fxtrack.cli.progress import status


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
def fetch(sources: tuple[str, ...]) -> None:
    """Fetch the live page of each source and take it into the database.

    SOURCE is a name in the configuration; without one, every source with a `url`. A page that has not changed since it
    was last stored with a ticker is not sent again. What comes is kept as a WARC file under live/ in the pages folder.
    Exit code 1 if a source gave nothing; the others are stored all the same.
    """
    from fxtrack.collect.live import FetchOutcome, fetch_pass
    from fxtrack.model.run import Run
    from fxtrack.runs.record import fetching

    config, run = the_config(), Run("fetch", dt.datetime.now(dt.UTC))
    with status("asking") as show, fetching(config, run):
        visit, report = fetch_pass(config, run, sources, on_source=lambda name: show(f"asking {name}"))
    for result in visit.results:
        failed = result.outcome is FetchOutcome.FAILED
        click.echo(f"{'fxtrack: ' if failed else ''}{result.source}: {result.detail}", err=failed)
    for line in report.notes:
        click.echo(f"fxtrack: {line}", err=True)
    click.echo(report.summary)
    if visit.failed or report.ingest.refused:
        raise SystemExit(1)
