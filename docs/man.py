"""Writes a man page for each command from its help: ``make man``.

python docs/man.py FOLDER
"""

import datetime as dt
import re
import sys
from pathlib import Path

import click
from click_man.core import write_man_pages

from fxtrack import __version__
from fxtrack.cli.main import SUMMARIES, cli

_LISTING = re.compile(r"\x08\n(.*?)(?=\n\n|\n?\Z)", re.DOTALL)
"""Lines that click keeps apart; in a man page each becomes a paragraph."""


def write(folder: Path, date: dt.date) -> list[Path]:
    """Write the pages of fxtrack and all its commands, and return their paths.

    Args:
        folder: made where it is missing; pages of these names in it are replaced.
        date: the date in the head of each page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command:
            command.short_help = SUMMARIES[name].rstrip(".")
            command.help = _LISTING.sub(lambda found: found[1].replace("\n", "\n\n"), command.help or "")
            cli.add_command(command, name)
    cli.short_help = "track currency rates through captured pages"
    write_man_pages("fxtrack", cli, version=__version__, target_dir=str(folder), date=date.isoformat())
    return sorted(folder.glob("fxtrack*.1"))


if __name__ == "__main__":
    print(f"{len(write(Path(sys.argv[1]), dt.datetime.now(dt.UTC).date()))} pages in {sys.argv[1]}")
