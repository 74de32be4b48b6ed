"""After a pass: prints its alarms, and sends the messages that are due."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError
from fxtrack.model.location import printable
from fxtrack.model.run import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fxtrack.alerts.ledger import Alarm


def report_alarms(config: Config, alarms: "Sequence[Alarm]") -> None:
    """Print each alarm in one line, and send what is due; a failure to send is one more line and no error."""
    for alarm in alarms:
        click.echo(f"fxtrack: alert {alarm.alert}: {printable(alarm.title)}", err=True)
    try:
        send(config)
    except FxtrackError as error:
        click.echo(f"fxtrack: messages about alerts are not sent yet: {error}", err=True)


def send(config: Config) -> bool:
    """Send the messages that are due and print those that failed; return False if any did."""
    from fxtrack.alerts.delivery.send import next_attempt, send_due
    from fxtrack.runs.facts import read_facts

    now = dt.datetime.now(dt.UTC)
    facts = read_facts(config)
    due = next_attempt(config, facts, now) if facts else None
    if due is None or due > now:
        return True
    sent = send_due(config, now)
    if sent.errors:
        messages = counted(len(sent.errors), "message")
        click.echo(
            f"fxtrack: {messages} about alerts could not be sent, and will be tried again; {sent.errors[0]}", err=True
        )
    return not sent.errors
