"""Options that several commands share."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from fxtrack.cli.completion import PairName, SourceName
from fxtrack.cli.dates import Date, Moment
from fxtrack.config.config import Config
from fxtrack.config.load import load_config
from fxtrack.errors import UsageError
from fxtrack.model.words import PERIODS

if TYPE_CHECKING:
    from fxtrack.store.database.connection import Connection
    from fxtrack.store.query import AsOf

Command = TypeVar("Command", bound=Callable[..., Any])


def the_config() -> Config:
    """Return the configuration that ``--config`` names; the first call reads it."""
    context = click.get_current_context().find_root()
    if not isinstance(context.obj, Config):
        context.obj = load_config(the_config_file())
    return context.obj


def the_config_file() -> Path:
    """Return the file that ``--config`` names, whether it is there or not."""
    return Path(click.get_current_context().find_root().params["config"])


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions on rows; None means no condition."""

    pairs: tuple[str, ...] = ()
    source: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    as_of: str | None = None

    def __post_init__(self) -> None:
        """Refuse a range that ends before it begins."""
        if self.since and self.until and self.since > self.until:
            raise UsageError(f"--from {self.since} is after --to {self.until}")

    def known(self, *, verdicts: bool = False) -> "AsOf | None":
        """Return the moment that ``--as-of`` names, None without.

        Args:
            verdicts: whether the answer needs the verdicts on reports.
        """
        if self.as_of is None:
            return None
        from fxtrack.store.query import AsOf

        return AsOf(self.as_of, self.source, verdicts)

    def parameters(self, connection: "Connection") -> dict[str, object]:
        """Return the parameters of a query, after checking the pairs and the source.

        Raises:
            NothingFound: the database has no such pair or source; the message lists those it has.
        """
        from fxtrack.store.selection import check_source, selected_pairs

        source = check_source(connection, self.source) if self.source is not None else None
        pairs = selected_pairs(connection, self.pairs, source)
        return {**pairs, "source": source, "from": self.since, "to": self.until}


def where(*, pair: bool = True, dates: bool = True, as_of: bool = True) -> Callable[[Command], Command]:
    """Add ``--source`` and, unless refused, the other options of a `Where`, which the command receives as `where`."""

    def decorate(command: Command) -> Command:
        names = [
            "source",
            *(["as_of"] if as_of else []),
            *(["pairs"] if pair else []),
            *(["since", "until"] if dates else []),
        ]

        @wraps(command)
        def with_where(**values: Any) -> object:  # noqa: ANN401 -- the command's own options
            return command(where=Where(**{name: values.pop(name) for name in names}), **values)

        wrapped: Any = click.option("--source", type=SourceName(), metavar="NAME", help="Only this source.")(with_where)
        if as_of:
            wrapped = click.option(
                "--as-of", "as_of", type=Moment(), metavar="TIME",
                help="Answer from what had been ingested by then: a date, which means its end, or a time; UTC.",
            )(wrapped)  # fmt: skip
        if dates:
            wrapped = click.option("--to", "until", type=Date("last"), help="Last page date, or month or year.")(
                wrapped
            )
            wrapped = click.option(
                "--from", "since", type=Date(), help="First page date: 2025-12-08, 2025-12, yesterday, -30d."
            )(wrapped)
        if pair:
            wrapped = click.option(
                "--pair", "pairs", type=PairName(), multiple=True, metavar="PAIR",
                help="Only this pair: KGS/USD, USD/KGS. May be given several times.",
            )(wrapped)  # fmt: skip
        return cast("Command", wrapped)

    return decorate


def form(command: Command) -> Command:
    """Add ``--json`` and ``--csv``, which exclude each other; the command gets ``json``, ``csv`` or None as `form`."""

    @wraps(command)
    def with_form(*, as_json: bool, as_csv: bool, **values: Any) -> object:  # noqa: ANN401 -- the command's own options
        if as_json and as_csv:
            raise UsageError("--json and --csv exclude each other: give one of them")
        return command(form="json" if as_json else "csv" if as_csv else None, **values)

    wrapped: Any = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")(with_form)
    return cast("Command", click.option("--json", "as_json", is_flag=True, help="Print JSON.")(wrapped))


def report(command: Command) -> Command:
    """Add ``--json`` to a command that acts and reports its result; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


def every(command: Command) -> Command:
    """Add ``--every``; the command gets ``week``, ``month``, ``quarter``, ``year`` or None as `every`."""
    option = click.option(
        "--every",
        type=click.Choice(PERIODS),
        help="Open, highest, lowest, close and mean of whole periods.",
    )
    return option(command)


def print_notes(lines: Iterable[str]) -> None:
    """Print a line each beside the result, on standard error."""
    for line in lines:
        click.echo(f"fxtrack: {line}", err=True)
