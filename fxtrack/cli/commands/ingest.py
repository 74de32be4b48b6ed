"""``ingest``, ``run``, ``extract`` and ``load``: pages into the store, the published file and the charts."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fxtrack.cli import options
from fxtrack.cli.messages import report_alarms
from fxtrack.cli.options import the_config
from fxtrack.cli.progress import page_bar, status_line
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, UsageError
from fxtrack.model.location import is_in_bucket
from fxtrack.model.run import counted
from fxtrack.output.render import as_json as to_json
from fxtrack.pages.discover import FilePath, file_path

if TYPE_CHECKING:
    from fxtrack.cluster.extract import RunTasks
    from fxtrack.ingest.ingest import IngestReport
    from fxtrack.pipeline import PassReport


_ENGINES = click.Choice(["local", "ray"])
_engine = click.option(
    "--engine", type=_ENGINES, help="Read in processes of this machine, or on a Ray cluster (cluster.engine)."
)
_address = click.option("--address", metavar="HOST:PORT", help="The head of the Ray cluster (cluster.address).")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_engine
@_address
@options.report
def ingest_command(paths: tuple[str, ...], engine: str | None, address: str | None, as_json: bool) -> None:
    """Read captured pages into the database.

    PATH is a file, a WARC file or a folder, also s3://BUCKET/KEY; the default is the pages folder of the configuration.
    Known pages are not read again. With --engine ray the nodes of a cluster read them to parts in cluster.staging. Exit
    code 1 if a file could not be read; everything else is stored.
    """
    config = the_config()
    report = _ingest("ingest", config, [file_path(path) for path in paths], engine, address)
    echo_pass(report, as_json=as_json)
    _echo_skipped(report.ingest, config)
    report_alarms(config, report.alarms)
    if report.ingest.refused:
        raise SystemExit(1)


@click.command()
@options.report
def run_command(as_json: bool) -> None:
    """Ingest the pages folder, publish the database and draw the charts."""
    config = the_config()
    report = _ingest("run", config, [])
    if not as_json:
        echo_pass(report)
        _echo_skipped(report.ingest, config)
    try:
        charts = _draw(config)
        if as_json:
            echo_pass(report, as_json=True, charts=charts)
        elif charts:
            click.echo(f"{counted(len(charts), 'chart')} in {config.settings.paths.charts}/")
    finally:  # last, since a receiver may be slow
        report_alarms(config, report.alarms)
    if report.ingest.refused:
        raise SystemExit(1)


@contextmanager
def _chosen_engine(config: Config, engine: str | None, address: str | None) -> "Iterator[RunTasks | None]":
    """Connect to the engine that the options or the configuration name; None stands for this machine."""
    if (engine or config.settings.cluster.engine) == "local":
        if address is not None:
            raise UsageError("--address names a Ray cluster: add --engine ray")
        yield None
        return
    from fxtrack.cluster.engines.on_ray import connected, run_on_ray

    with connected(address or config.settings.cluster.address):
        yield run_on_ray


def _ingest(
    job: str, config: Config, paths: list[FilePath], engine: str | None = None, address: str | None = None
) -> "PassReport":
    """Run an ingest and publish."""
    from fxtrack.model.run import Run
    from fxtrack.pages.discover import bytes_of, check_paths
    from fxtrack.pipeline import run_pass

    wanted: list[FilePath] = paths or [config.pages]
    # checked before the store is opened, so that a mistyped path creates no store
    check_paths(wanted, "" if paths else " (paths.pages)")
    with (
        _chosen_engine(config, engine, address) as run_tasks,
        page_bar(
            "listing pages", lambda: bytes_of(wanted, config.settings.ingest.include, config.root, config.link_folders)
        ) as show,
    ):
        run = Run(job, dt.datetime.now(dt.UTC))
        if run_tasks:
            from fxtrack.cluster.ingest import ingest_by_parts

            return ingest_by_parts(config, run, wanted, run_tasks, show)
        return run_pass(config, run, wanted, show)


def echo_pass(report: "PassReport", *, as_json: bool = False, **more: object) -> None:
    """Print the result of a pass, as JSON with `more` values on request; what needs a person goes to standard error."""
    for line in report.notes:
        click.echo(f"fxtrack: {line}", err=True)
    click.echo(to_json({**report.record, **more}) if as_json else f"{report.summary}\n", nl=False)
    for line in report.changed_layouts:
        click.echo(f"fxtrack: {line}", err=True)


def _echo_skipped(report: "IngestReport", config: Config) -> None:
    """Print how many files and records of archives were skipped, and why."""
    if report.skipped_files:
        files, patterns = counted(report.skipped_files, "file"), ", ".join(config.settings.ingest.include)
        click.echo(f"fxtrack: skipped {files} whose names do not match ingest.include: {patterns}", err=True)
    if report.skipped_records:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in report.skipped_records.most_common())
        records = counted(report.skipped_records.total(), "archive record")
        click.echo(f"fxtrack: skipped {records}: {reasons}", err=True)


def _draw(config: Config) -> list[Path]:
    """Update the charts from the published file, and return those that were drawn."""
    from fxtrack.charts.gallery.update import update_charts

    with status_line("drawing charts"):
        return update_charts(config, dt.datetime.now(dt.UTC))


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--to", "target", required=True, metavar="FOLDER", help="Where to write the parts; also s3://BUCKET/PREFIX."
)
@click.option("--shard", metavar="K/N", help="Read every N-th file only, from number K on; K is 0 to N-1.")
@click.option(
    "--records", metavar="FILE", help="Read only the records of this list (CDXJ, CDX); its WARC files are below PATH."
)
@_engine
@_address
@options.report
def extract_command(  # noqa: PLR0913, PLR0917 -- one for each option
    paths: tuple[str, ...],
    target: str,
    shard: str | None,
    records: str | None,
    engine: str | None,
    address: str | None,
    as_json: bool,
) -> None:
    """Read captured pages and write their rows to FOLDER as parts, which `fxtrack load` takes into the database.

    PATH is a file, a WARC file or a folder, also s3://BUCKET/KEY. A WARC file is one task; files that have parts are
    not read again, so a run that was stopped goes on where it was. Several runs may write to one FOLDER at a time. With
    --records, only records that an index lists are read, of the WARC files that it names below PATH. Exit code 1 if the
    task of a file was lost; everything else is written.
    """
    from fxtrack.cluster.extract import extract_parts
    from fxtrack.cluster.folder import absolute_target
    from fxtrack.cluster.records import RecordList
    from fxtrack.cluster.unit import Shard
    from fxtrack.ingest.ingest import FileListing
    from fxtrack.pages.discover import absolute_path, bytes_of, check_paths

    config = the_config()
    wanted = [file_path(path) for path in paths]
    part = Shard.parse(shard) if shard is not None else Shard()
    check_paths(wanted)
    places = [absolute_path(path) for path in wanted]
    chosen = RecordList(Path(records), places, config) if records is not None else None

    def size() -> int:
        if chosen:
            return chosen.size // part.of
        return bytes_of(wanted, config.settings.ingest.include, config.root, config.link_folders) // part.of

    with _chosen_engine(config, engine, address) as run_tasks, page_bar("listing pages", size) as show:
        listing = FileListing(config, [] if chosen else places)
        report = extract_parts(
            config, listing, absolute_target(target), dt.datetime.now(dt.UTC),
            engine=run_tasks, shard=part, records=chosen, on_task=show,
        )  # fmt: skip
    for line in report.notes.remarks:
        click.echo(f"fxtrack: {line}", err=True)
    if report.notes.unsaid:
        click.echo(f"fxtrack: and {report.notes.unsaid:,} more; they are rows of `problems` once loaded", err=True)
    for location, reason in report.lost:
        click.echo(f"fxtrack: {location}: lost: {reason}; the next run tries it again", err=True)
    click.echo(to_json(report.record) if as_json else f"{report.summary}\n", nl=False)
    _echo_skipped(report.notes, config)
    if report.lost:
        raise SystemExit(1)


@click.command()
@click.argument("folder", metavar="FOLDER")
@options.report
def load_command(folder: str, as_json: bool) -> None:
    """Take the parts in FOLDER into the database, and publish it.

    The rows are those of an ingest of the same files. Parts that are in the database are not read again, so a load that
    was stopped goes on where it was. Exit code 1 if a file could not be read; everything else is stored.
    """
    from fxtrack.cluster.folder import absolute_target
    from fxtrack.cluster.load import load_parts
    from fxtrack.model.run import Run

    config, target = the_config(), absolute_target(folder)
    if not is_in_bucket(target) and not Path(target).is_dir():
        raise FxtrackError(f"{folder}: no such folder")
    with page_bar("reading marks", lambda: 0) as show:
        report = load_parts(config, target, Run("load", dt.datetime.now(dt.UTC)), on_group=show)
    echo_pass(report, as_json=as_json)
    _echo_skipped(report.ingest, config)
    report_alarms(config, report.alarms)
    if report.ingest.refused:
        raise SystemExit(1)
