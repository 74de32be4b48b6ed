"""``page`` and ``probe``: print one page again, or explain how it is read."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from fxtrack.cli.options import the_config
from fxtrack.config.config import Config
from fxtrack.errors import NothingFound, PageError, UsageError, did_you_mean
from fxtrack.extract.page import page_text
from fxtrack.model.id_prefix import id_digits, only_one
from fxtrack.model.location import printable
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome
from fxtrack.output.render import as_json as to_json
from fxtrack.pages.contents import page_at
from fxtrack.store.query import ask, open_published

_SHORTEST = 6


@click.command()
@click.argument("capture", metavar="ID")
@click.option("--text", "what", flag_value="text", help="Print the text that the ticker was read from.")
@click.option("--info", "what", flag_value="info", help="Print its record in the database.")
@click.option("--json", "as_json", is_flag=True, help="Print its record as JSON; with --info.")
def page_command(capture: str, what: str | None, as_json: bool) -> None:
    """Print a stored capture again: its bytes, as they were captured.

    ID is a capture_id or a snapshot_id, or its first digits, at least six, if no other id begins with them. A snapshot
    stands for the first of the captures that show it. Exit code 1 if the page is gone or has changed.
    """
    if as_json and what != "info":
        raise UsageError("--json prints the record: add --info, or leave it out")
    config = the_config()
    row = _find(config, capture)
    if as_json:
        click.echo(to_json(row), nl=False)
        return
    if what == "info":
        record = {name.replace("_", " "): value for name, value in row.items() if value is not None}
        width = max(map(len, record))
        for name, value in record.items():
            click.echo(f"{name:<{width}}  {printable(str(value))}")
        return
    found = _read_again(config, row)
    if what == "text":
        shown = page_text(found)
        if shown.text is None:
            raise PageError(f"{found.location}: it has no text: {shown.problem}")
        click.echo(shown.text)
        return
    sys.stdout.buffer.write(found.data)


def _find(config: Config, prefix: str) -> dict[str, Any]:
    """Return the row of the capture whose id begins with the prefix."""
    wanted = id_digits(prefix, _SHORTEST)
    if wanted is None:
        raise UsageError(f"{prefix!r} is no id: at least {_SHORTEST} hex digits of a capture_id or snapshot_id")
    with open_published(config) as connection:
        rows = ask(connection, "page", id=wanted).records()
    meant = {
        row[name]: row for row in reversed(rows) for name in ("capture_id", "snapshot_id") if _begins(row[name], wanted)
    }
    if not meant:
        raise NothingFound(f"no capture or snapshot begins with {wanted}; `fxtrack sql 'FROM captures'` lists them")
    return only_one(meant, wanted)


def _begins(name: str | None, prefix: str) -> bool:
    return name is not None and name.startswith(prefix)


def _read_again(config: Config, row: dict[str, Any]) -> Page:
    """Return the page of a capture, if it is unchanged."""
    location = row["location"]
    try:
        found = page_at(location, config)
    except PageError as error:
        raise PageError(f"{location}: {error}") from error
    if found.capture_id != row["capture_id"]:
        raise PageError(f"{location}: not the page that was captured there: its content has changed since")
    return found


@click.command()
@click.argument("page", metavar="PAGE")
@click.option("--source", metavar="NAME", help="Read it as this source's, whatever its location says.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def probe_command(page: str, source: str | None, as_json: bool) -> None:
    """Show step by step how PAGE is read; for a page that no source reads, suggest an entry for config.toml.

    The entry is tried on the page first: the quotes and the date that it reads are printed with it, and all text that
    it does not read. PAGE is a file with a captured page, or FILE#OFFSET for a record of an archive. Nothing is stored.
    Exit code 3 if no source reads the page.
    """
    from fxtrack.model.location import location_of, split_location
    from fxtrack.pages.contents import is_warc_at, page_at
    from fxtrack.pages.discover import check_paths, file_path
    from fxtrack.probe.explain import as_record, entry_of, explain_steps, explain_suggestion, instant
    from fxtrack.probe.explain import probe as probe_page

    config = the_config()
    names = [s.name for s in config.settings.sources]
    if source is not None and source not in names:
        near = did_you_mean(source, names)
        raise UsageError(f"no source {source!r} in the configuration{near}; it has {', '.join(names)}")
    check_paths([file_path(split_location(page, Path())[0])])
    location = location_of(page, config.root)
    try:
        is_archive = split_location(location, config.root)[1] is None and is_warc_at(location, config)
        captured = None if is_archive else page_at(location, config)
    except PageError as error:
        raise PageError(f"{printable(page)}: {error}") from error
    if captured is None:
        raise PageError(f"{printable(page)}: an archive; name one of its records as FILE#OFFSET, as `location` does")
    found = probe_page(captured, config, source)
    if as_json:
        record = {key: instant(value) for key, value in as_record(found).items()}
        click.echo(json.dumps(record, indent=2, ensure_ascii=False, default=instant))
    else:
        for step, lines in explain_steps(found):
            click.echo(f"{step + ':':<17}" + ("\n" + " " * 17).join(printable(line) for line in lines))
        if entry := entry_of(found):
            where = f", above the entry of {found.above}" if found.above else ""
            click.echo(f"\nThis entry reads the page; paste it into {config.file.name}{where}:\n")
            click.echo(entry, nl=False)
        for line in explain_suggestion(found.suggestion) if found.suggestion else ():
            click.echo(f"# {printable(line)}")
    if found.reading.outcome in {Outcome.NO_TICKER, Outcome.UNREADABLE}:
        raise NothingFound(f"{printable(page)}: {found.reading.outcome}")
