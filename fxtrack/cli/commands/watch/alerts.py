"""``alerts``: episodes and messages, a replay over the stored history, a test message, and what is due."""

import datetime as dt
import signal
from typing import TYPE_CHECKING, Any

import click

from fxtrack.cli import options
from fxtrack.cli.commands.tables import echo
from fxtrack.cli.messages import send
from fxtrack.cli.options import Where, the_config
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, NothingFound, UsageError
from fxtrack.output.render import as_json, as_table, render
from fxtrack.store.query import Rows, ask, open_published
from fxtrack.store.selection import each_pair

if TYPE_CHECKING:
    from fxtrack.alerts.evaluate import Replayed

_UNCONFIGURED = "no [[alerts]] in the configuration; docs/alerts.md and `fxtrack config example` show some"


@click.command()
@options.where(dates=False, as_of=False)
@click.option("--dry-run", is_flag=True, help="Print the messages that the stored history would have caused.")
@click.option("--test", "is_test", is_flag=True, help="Send a test message to every receiver.")
@click.option("--send", "is_send", is_flag=True, help="Evaluate what changes with time, and send what is due.")
@options.form
def alerts_command(where: Where, dry_run: bool, is_test: bool, is_send: bool, form: str | None) -> None:
    """Print the alerts that hold and held, and the messages that are not sent yet.

    --dry-run evaluates the configured alerts over the whole stored history, by page date, and writes and sends nothing.
    --test sends a test message to every receiver and ends with exit code 1 if one does not take it. --send is for a
    schedule without the service: it evaluates `silent` and `unhealthy`, and sends the messages that are due.
    """
    if dry_run + is_test + is_send > 1:
        raise UsageError("--dry-run, --test and --send exclude each other: give one of them")
    if form and (is_send or (is_test and form == "csv")):
        raise UsageError(f"--{form} prints episodes: leave it out")
    config = the_config()
    if dry_run:
        _dry_run(config, where, form)
    elif is_test:
        _test(config, form)
    elif is_send:
        _send(config)
    else:
        _print(config, where, form)


def _print(config: Config, where: Where, form: str | None) -> None:
    from fxtrack.runs.facts import read_facts

    with open_published(config) as connection:
        found = ask(connection, "alerts", **where.parameters(connection))
    facts = read_facts(config)
    unsent = Rows(
        ("alert", "created_utc", "attempts", "next_attempt_utc", "last_error", "title"),
        [
            (m.alert, _naive(m.created_utc), m.attempts, _naive(m.next_attempt_utc), m.last_error, m.title)
            for m in (facts.unsent if facts else [])
        ],
    )  # fmt: skip
    if form == "json":
        click.echo(as_json({"episodes": found.records(), "unsent": unsent.records()}), nl=False)
        return
    if form == "csv":
        echo(render(found, form))
        return
    if not found.rows and not unsent.rows:
        raise NothingFound(
            "no alert has begun yet; `fxtrack alerts --dry-run` replays the history"
            if config.settings.alerts
            else _UNCONFIGURED
        )
    if found.rows:
        place = found.columns.index("message")
        short = [(*row[:place], row[place].splitlines()[0]) for row in found.rows]
        click.echo(as_table(Rows(found.columns[: place + 1], short)), nl=False)
    if unsent.rows:
        click.echo(("\n" if found.rows else "") + as_table(unsent, "Not sent yet"), nl=False)


def _dry_run(config: Config, where: Where, form: str | None) -> None:
    from fxtrack.alerts.evaluate import replay

    if not config.settings.alerts:
        raise NothingFound(_UNCONFIGURED)
    with open_published(config) as connection:
        wanted = where.parameters(connection)
        replayed = replay(
            lambda text, given: connection.execute(text, given).fetchall(), config, dt.datetime.now(dt.UTC)
        )
    events = [
        one
        for one in replayed
        if wanted["source"] in {None, one.source} and any(pair in {None, one.pair} for pair, _ in each_pair(wanted))
    ]  # fmt: skip
    if any(alert.kind == "unhealthy" for alert in config.settings.alerts):
        click.echo("fxtrack: left out: alerts on `unhealthy`, which has no history", err=True)
    if not events:
        raise NothingFound("no configured alert would have begun over the stored history")
    echo(render(_events(events, whole=form is not None), form))


def _events(events: "list[Replayed]", *, whole: bool) -> Rows:
    rows: list[tuple[Any, ...]] = [
        (
            one.event.date, one.alert, one.kind, one.source, one.pair, one.event.what,
            one.event.text if whole else one.event.text.splitlines()[0],
        )
        for one in events
    ]  # fmt: skip
    return Rows(("page_date", "alert", "kind", "source", "pair", "event", "message"), rows)


def _test(config: Config, form: str | None) -> None:
    from fxtrack.alerts.delivery.send import send_test

    if not config.settings.notify.has_receiver:
        raise NothingFound("no receiver in [notify] of the configuration: set command, file, urls_file or urls_env")
    results = send_test(config, dt.datetime.now(dt.UTC))
    if form:
        click.echo(as_json([{"receiver": name, "failure": reason} for name, reason in results]), nl=False)
    else:
        for name, reason in results:
            click.echo(f"{name}: {reason or 'took the message'}")
    failed = [name for name, reason in results if reason]
    if failed:
        raise FxtrackError(f"not taken by {', '.join(failed)}")


def _send(config: Config) -> None:
    from fxtrack.service.status.alarms import evaluate_by_time

    # the service, which holds its signals, starts this command: neither it nor a command that it runs may inherit that
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
    for alarm in evaluate_by_time(config, dt.datetime.now(dt.UTC)):
        click.echo(f"fxtrack: alert {alarm.alert}: {alarm.title}", err=True)
    if not send(config):
        raise SystemExit(1)


def _naive(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.replace(tzinfo=None, microsecond=0) if moment else None
