"""``export`` and ``sql``: the data for other programs."""

import shlex
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from fxtrack.cli import destination, options
from fxtrack.cli.commands.tables import echo
from fxtrack.cli.options import Where, the_config
from fxtrack.config.config import Config
from fxtrack.errors import NothingFound, UsageError, did_you_mean
from fxtrack.limits import MOST_QUERY_SECONDS, QUERY_SECONDS
from fxtrack.model.run import counted
from fxtrack.model.stamp import Stamp
from fxtrack.output.export import (
    BINARY_FORMATS,
    PRICE_FORMATS,
    WITHOUT_PLACE,
    WRITERS,
    read_export,
    read_periods,
    to_bytes,
    write_periods,
)
from fxtrack.output.render import as_json as to_json
from fxtrack.output.render import render
from fxtrack.output.stamps import stamp_file
from fxtrack.store.query import QueryResult, Rows, open_published, own_query
from fxtrack.store.schema import script, script_names
from fxtrack.store.selection import date_range

_READY_MADE = "store/sql/ready_made"


@click.command()
@click.option(
    "--format", "form", type=click.Choice(list(WRITERS)), help="Unless given, the suffix of --output, or csv."
)
@destination.output_option("standard output")
@click.option("--locale", help="For csv: decimal mark and separator of a language, such as ru or de_DE.")
@options.every
@options.where()
def export_command(form: str | None, output: str | None, locale: str | None, every: str | None, where: Where) -> None:
    """Write the daily closes as a table, as SDMX-CSV, or as price directives for ledger, hledger or Beancount.

    With --every, write the weeks, months, quarters or years of each pair.
    """
    (form,) = destination.formats(output, (form,) if form else (), tuple(WRITERS))
    output = output or "-"
    if output == "-" and form in BINARY_FORMATS:
        destination.refuse_terminal(form)
    if locale is not None and form != "csv":
        raise UsageError(f"--locale: {form} has the same numbers in every language; it goes with csv")
    if every:
        _export_periods(form, output, locale, every, where)
        return
    with open_published(the_config(), as_of=where.known(verdicts=form == "xlsx")) as connection:
        parameters = where.parameters(connection)
        rows = replace(read_export(connection, form, parameters, where.as_of), locale=locale)
        if rows.closes.is_empty():
            raise NothingFound(f"no close matches; {date_range(connection)}")
    sources = sorted(set(rows.closes["source"]))
    if form in PRICE_FORMATS and len(sources) > 1:
        raise UsageError(f"{form} holds one price per pair and date: choose one of {', '.join(sources)} with --source")
    target = destination.place(output, f"closes.{form.replace('-', '.')}")
    content = to_bytes(form, rows)
    destination.write(output, target, content)
    _write_stamp(output, target, form, rows.stamp, content)
    if target:
        click.echo(f"{target}: {counted(rows.closes.height, 'close')}", err=True)


def _write_stamp(output: str, target: Path | None, form: str, stamp: Stamp | None, content: bytes) -> None:
    """Write the stamp of a file that has no place for it beside the file; not beside a device or a link."""
    if stamp and target and form in WITHOUT_PLACE and target.is_file() and not target.is_symlink():
        destination.write(output, stamp_file(target), f"{stamp.with_content(content).text}\n".encode())


def _export_periods(form: str, output: str, locale: str | None, every: str, where: Where) -> None:
    if form in PRICE_FORMATS:
        raise UsageError(
            f"--every: {form} holds a price of one date; leave it out, or choose csv, json, parquet or xlsx"
        )
    with open_published(the_config(), as_of=where.known()) as connection:
        parameters = where.parameters(connection)
        found, stamp = read_periods(connection, form, parameters, every, the_config().time_zones, where.as_of)
        if not found:
            raise NothingFound(f"no {every} matches; {date_range(connection)}")
    target = destination.place(output, f"periods.{form}")
    content = write_periods(form, found, locale, stamp)
    destination.write(output, target, content)
    _write_stamp(output, target, form, stamp, content)
    if target:
        click.echo(f"{target}: {counted(sum(frame.height for frame in found), 'row')}", err=True)


@click.command()
@click.argument("query", required=False)
@click.option(
    "--timeout",
    type=click.IntRange(1, MOST_QUERY_SECONDS),
    default=QUERY_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="Stop the query after this time.",
)
@click.option(
    "--queries", "name", is_flag=False, flag_value="", metavar="[NAME]", help="List ready-made queries or print one."
)
@click.option("-f", "--file", type=click.Path(path_type=Path), metavar="FILE", help="Read the query from FILE.")
@options.form
def sql_command(query: str | None, file: Path | None, name: str | None, timeout: int, form: str | None) -> None:
    """Run QUERY on the database and print its rows; - reads it from standard input.

    Of several statements, every table is printed; JSON and CSV hold one.

    The query can read the database and no other file, and can change nothing. Exit code 1 if it takes longer than
    --timeout, or more than 300 MB of memory and room for temporary files. Without QUERY, print how to open the DuckDB
    shell. `fxtrack sql --queries NAME | fxtrack sql -` runs a ready-made query.
    """
    if name is not None:
        if query is not None or file is not None:
            raise UsageError("--queries lists or prints ready-made queries: leave out QUERY and --file")
        echo(_ready_made(name, form))
        return
    config = the_config()
    text = _query(query, file)
    if text is None:
        if form == "json":
            record = {"database": config.database, "shell": _shell(config)}
            click.echo(to_json(record), nl=False)
        else:
            click.echo(_shell_help(config), nl=False)
        return
    tables: list[Iterable[str]] = []

    def keep(rows: Rows | QueryResult) -> None:
        if form and tables:
            raise UsageError(f"several statements return rows, and --{form} holds one table: give one of them")
        tables.append(render(rows, form))

    with open_published(config) as connection, own_query(connection, text, timeout, keep) as rows:
        if rows.columns:
            keep(rows)
    for number, table in enumerate(tables):
        echo(["\n"] if number else [])
        echo(table)


def _ready_made(name: str, form: str | None) -> Iterable[str]:
    """Return the text of one ready-made query; without a name, the list of them with descriptions."""
    names = script_names(_READY_MADE)
    if not name:
        asks = [script(_READY_MADE, known).splitlines()[0].removeprefix("-- ") for known in names]
        return render(Rows(("query", "asks"), list(zip(names, asks, strict=True))), form)
    if name not in names:
        near = did_you_mean(name, names)
        raise UsageError(f"no ready-made query is named {name!r}{near}; there are: {', '.join(names)}")
    return [script(_READY_MADE, name)]


def _query(query: str | None, file: Path | None) -> str | None:
    """Return the text of the query, None if there is neither QUERY nor --file."""
    if query is not None and file is not None:
        raise UsageError("QUERY and --file exclude each other: give one of them")
    if query is None and file is None:
        return None
    text = _from_file(file) if file else _from_input() if query == "-" else str(query)
    if not text.strip():
        raise UsageError("the query is empty")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError("the query is not valid UTF-8")
    return text


def _from_file(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise UsageError(f"--file {file}: cannot be read: {error.strerror}") from error


def _from_input() -> str:
    if sys.stdin is None:
        raise UsageError("standard input is closed: give the query as an argument")
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def _shell(config: Config) -> str:
    return f"duckdb -readonly {shlex.quote(_from_here(config.database))}"


def _shell_help(config: Config) -> str:
    return f"""\
Open the database in a DuckDB shell (1.4 or later), read-only:

    {_shell(config)}

Then for example:

    FROM latest;
    FROM deltas WHERE verdict = 'unexplained';
    FROM rate_on('KGS/USD', '2025-12-08');
    SELECT view_name, comment FROM duckdb_views() WHERE comment IS NOT NULL;

`fxtrack sql --queries` lists ready-made queries.
"""


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
