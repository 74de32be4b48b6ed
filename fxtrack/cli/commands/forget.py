"""``forget``: captures that are taken out of everything derived."""

import datetime as dt

import click

from fxtrack.cli import options
from fxtrack.cli.options import print_notes, the_config
from fxtrack.cli.progress import status_line
from fxtrack.config.config import Config
from fxtrack.errors import NothingFound, UsageError
from fxtrack.model.location import printable
from fxtrack.output.render import as_json, render
from fxtrack.store.query import ask, open_published


@click.command()
@click.argument("capture", metavar="[ID]", required=False)
@click.option("--why", metavar="TEXT", help="The reason; it is stored with the capture.")
@click.option("--undo", is_flag=True, help="Bring the capture back.")
@options.form
def forget_command(capture: str | None, why: str | None, undo: bool, form: str | None) -> None:
    """Take one capture out of everything derived and keep its record; without ID, print the forgotten captures.

    ID is a capture_id, its first digits, at least eight, or the location of the capture. Closes, changes, verdicts,
    coverage, charts and exports leave it out from then on, also if the same page comes again. With ID, --json prints
    the result. Exit code 3 if there is no such capture, or none is forgotten.
    """
    config = the_config()
    if capture is None:
        if why is not None or undo:
            raise UsageError(f"{'--undo' if undo else '--why'} needs the ID of a capture: fxtrack forget ID")
        _print(config, form)
        return
    if form == "csv":
        raise UsageError("--csv prints the forgotten captures: leave ID or --csv out")
    if undo and why is not None:
        raise UsageError("--why and --undo exclude each other: give one of them")
    _change(config, capture, None if undo else _reason(why), as_record=form == "json")


def _reason(why: str | None) -> str:
    if why is None:
        raise UsageError("the reason is missing: add --why TEXT, or --undo to bring the capture back")
    reason = printable(" ".join(why.split()))
    if not reason:
        raise UsageError("--why is empty: give the reason why the capture must not count")
    return reason


def _print(config: Config, form: str | None) -> None:
    from fxtrack.cli.commands.tables import echo

    with open_published(config) as connection:
        found = ask(connection, "forgotten")
    if not found.rows and not form:
        raise NothingFound("no capture is forgotten; `fxtrack forget ID --why TEXT` takes one out")
    echo(render(found, form))


def _change(config: Config, wanted: str, why: str | None, *, as_record: bool) -> None:
    from fxtrack.maintenance.forget import bring_back, find_capture, forget
    from fxtrack.store.writer import Store

    if not config.writer.exists():
        raise NothingFound(f"{config.writer}: no store yet; `fxtrack run` builds it from the pages")
    now = dt.datetime.now(dt.UTC)
    with Store.open(config) as store:
        found = find_capture(store, config, wanted)
        with status_line("recomputing"):
            done = bring_back(store, config, found, now) if why is None else forget(store, config, found, why, now)
    print_notes(done.notes)
    if as_record:
        record = {"run_id": done.run_id, "capture_id": found.capture_id, "location": found.location, "why": why}
        click.echo(as_json({**record, "forgotten": why is not None}), nl=False)
    elif why is None:
        click.echo(f"{found.location} counts again")
    else:
        click.echo(
            f"{found.location} is left out from now on; `fxtrack forget {found.capture_id[:12]} --undo` brings it back"
        )
