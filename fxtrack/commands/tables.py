"""``latest``, ``show``, ``deltas`` and ``coverage``: what the database says, as tables, JSON or CSV."""

from dataclasses import replace

import click

from fxtrack.commands import options
from fxtrack.commands.options import Where, the_config
from fxtrack.errors import NothingFound
from fxtrack.output import as_csv, as_json, as_table
from fxtrack.query import Rows, ask, date_range, open_published

VERDICTS = (
    "not reported", "breaks the rule", "agrees", "agrees earlier", "no history", "unexplained", "base not captured",
)  # fmt: skip


@click.command()
@options.where(dates=False)
@options.form
def latest(where: Where, form: str | None) -> None:
    """Print the newest close of every pair."""
    click.echo(render(_rows("latest", where), form), nl=False)


@click.command()
@click.argument("pair")
@options.where(pair=False)
@options.form
def show(pair: str, where: Where, form: str | None) -> None:
    """Print the daily closes of PAIR, such as KGS/USD."""
    click.echo(render(_rows("show", replace(where, pair=pair)), form), nl=False)


@click.command()
@options.where()
@click.option("--verdict", type=click.Choice(VERDICTS), help="Only deltas with this verdict.")
@options.form
def deltas(where: Where, verdict: str | None, form: str | None) -> None:
    """Print computed changes beside the reported ones, with the verdict on each."""
    click.echo(render(_rows("deltas", where, verdict=verdict), form, hide=("snapshot_id",)), nl=False)


@click.command()
@options.where(pair=False)
@options.form
def coverage(where: Where, form: str | None) -> None:
    """Print which dates are missing between the first and the last."""
    with open_published(the_config()) as connection:
        parameters = where.parameters(connection)
        covered, gaps = ask(connection, "covered", **parameters), ask(connection, "coverage", **parameters)
        if not covered.rows:
            raise NothingFound(f"no captured date there; {date_range(connection)}")
    if form:
        click.echo(render(gaps, form), nl=False)
        return
    for source, first, last, captured, days in covered.rows:
        click.echo(f"{source}: {first} to {last}, {captured} of {days} days captured, {days - captured} missing")
    if gaps.rows:
        click.echo("\n" + as_table(gaps), nl=False)


def render(rows: Rows, form: str | None, hide: tuple[str, ...] = ()) -> str:
    """Return rows in the form asked for: json, csv, or a table without the columns in `hide`."""
    if form == "json":
        return as_json(rows)
    return as_csv(rows) if form == "csv" else as_table(rows, hide=hide)


def _rows(question: str, where: Where, **more: object) -> Rows:
    with open_published(the_config()) as connection:
        rows = ask(connection, question, **where.parameters(connection), **more)
        if not rows.rows:
            raise NothingFound(f"nothing there; {date_range(connection)}")
    return rows
