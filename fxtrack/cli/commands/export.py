"""``export`` and ``sql``: the data for other programs."""

import shlex
import sys
from pathlib import Path

import click

from fxtrack.cli import options
from fxtrack.cli.commands.tables import echo
from fxtrack.cli.options import Where, the_config
from fxtrack.config.config import Config
from fxtrack.errors import NothingFound, UsageError
from fxtrack.files import write_output
from fxtrack.limits import MOST_QUERY_SECONDS, QUERY_SECONDS
from fxtrack.output.render import render
from fxtrack.store.query import ask_frame, date_range, open_published, own_query

FORMATS = ("csv", "json", "parquet", "ledger", "hledger", "beancount")


@click.command()
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option(
    "--output",
    "-o",
    type=options.Output(),
    default="-",
    metavar="FILE|-",
    help="Where to; - is standard output, the default.",
)
@options.where()
def export(form: str, output: str, where: Where) -> None:
    """Write the daily closes as a table or as price directives for ledger, hledger or Beancount."""
    from fxtrack.output.export import PRICE_FORMATS, WRITERS

    if form == "parquet" and output == "-" and sys.stdout.isatty():
        raise UsageError("parquet is binary: name a file with --output, or redirect standard output")
    with open_published(the_config()) as connection:
        closes = ask_frame(connection, "export", **where.parameters(connection))
        if closes.is_empty():
            raise NothingFound(f"no close there; {date_range(connection)}")
    sources = sorted(set(closes["source"]))
    if form in PRICE_FORMATS and len(sources) > 1:
        raise UsageError(f"{form} holds one price per pair and date: choose one of {', '.join(sources)} with --source")
    content = WRITERS[form](closes)
    if output == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write_output(Path(output), content)
        click.echo(f"{output}: {closes.height:,} closes", err=True)


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
@options.form
def sql(query: str | None, timeout: int, form: str | None) -> None:
    """Run QUERY on the database and print its rows; - reads it from standard input.

    The database is opened for reading, and the query can touch no other file. Exit code 1 if it takes longer than
    --timeout, or more memory than 300 MB and temporary files. Without a query: how to open the DuckDB shell.
    """
    config = the_config()
    if query is None:
        click.echo(_shell_help(config), nl=False)
        return
    text = _from_input() if query == "-" else query
    if not text.strip():
        raise UsageError("the query is empty")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError("the query is not valid UTF-8")
    with open_published(config) as connection, own_query(connection, text, timeout) as rows:
        pieces = render(rows, form) if rows.columns else iter(())
    echo(pieces)


def _from_input() -> str:
    if sys.stdin is None:
        raise UsageError("standard input is closed: give the query as an argument")
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def _shell_help(config: Config) -> str:
    shell = f"duckdb -readonly {shlex.quote(_from_here(config.database))}"
    questions = config.root / "db" / "queries"
    ready_made = f"\nReady-made questions: {shell} -f {_from_here(questions)}/FILE.sql\n" if questions.is_dir() else ""
    return f"""\
Open the database in a DuckDB shell (1.4 or later), read-only:

    {shell}

Then for example:

    FROM latest;
    FROM deltas WHERE verdict = 'unexplained';
    FROM rate_on('KGS/USD', '2025-12-08');
    SELECT view_name, comment FROM duckdb_views() WHERE comment IS NOT NULL;
{ready_made}"""


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
