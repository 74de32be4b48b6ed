"""``latest``, ``show``, ``deltas`` and ``coverage``: what the database says, as tables, JSON or CSV."""

from collections.abc import Iterable
from dataclasses import replace

import click

from fxtrack.cli import options
from fxtrack.cli.options import Where, the_config
from fxtrack.errors import NothingFound
from fxtrack.output.render import as_table, render
from fxtrack.store.query import ask, date_range, open_published, stream

VERDICTS = (
    "not reported", "breaks the rule", "agrees", "agrees earlier", "no history", "unexplained", "base not captured",
)  # fmt: skip


@click.command()
@options.where(dates=False)
@options.form
def latest(where: Where, form: str | None) -> None:
    """Print the newest close of every pair."""
    _print("latest", where, form)


@click.command()
@click.argument("pair")
@options.where(pair=False)
@options.form
def show(pair: str, where: Where, form: str | None) -> None:
    """Print the daily closes of PAIR, such as KGS/USD."""
    _print("show", replace(where, pair=pair), form)


@click.command()
@options.where()
@click.option("--verdict", type=click.Choice(VERDICTS), help="Only deltas with this verdict.")
@options.form
def deltas(where: Where, verdict: str | None, form: str | None) -> None:
    """Print computed changes beside the reported ones, with the verdict on each."""
    _print("deltas", where, form, hide=("snapshot_id",), verdict=verdict)


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
        echo(render(gaps, form))
        return
    for source, first, last, captured, days in covered.rows:
        click.echo(f"{source}: {first} to {last}, {captured} of {days} days captured, {days - captured} missing")
    if gaps.rows:
        click.echo("\n" + as_table(gaps), nl=False)


def echo(pieces: Iterable[str]) -> None:
    """Print what has been rendered."""
    for piece in pieces:
        click.echo(piece, nl=False)


def _print(question: str, where: Where, form: str | None, *, hide: tuple[str, ...] = (), **more: object) -> None:
    # the questions are ours: the database may write their answers to a file
    with open_published(the_config(), sealed=form != "csv") as connection:
        answer = stream(connection, question, **where.parameters(connection), **more)
        pieces = render(answer, form, hide)
        if not answer.count:
            raise NothingFound(f"nothing there; {date_range(connection)}")
    echo(pieces)
