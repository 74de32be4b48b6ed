"""``config check`` and ``config show``: validate the configuration, and print it."""

import stat
from pathlib import Path

import click

from fxtrack.cli import options
from fxtrack.cli.commands.tables import echo
from fxtrack.cli.options import the_config
from fxtrack.config.load import effective
from fxtrack.errors import ConfigError
from fxtrack.output.render import render
from fxtrack.store.query import Rows


@click.group()
def config() -> None:
    """Check or print the configuration."""


@config.command()
def check() -> None:
    """Check the configuration file and the pages folder."""
    loaded = the_config()
    has_pages = _is_folder(loaded.pages)
    sources = ", ".join(source.name for source in loaded.settings.sources)
    click.echo(f"{loaded.file}: valid; sources: {sources}")
    if not has_pages:
        click.echo(f"fxtrack: {loaded.pages}: no such folder yet (paths.pages)", err=True)


def _is_folder(pages: Path) -> bool:
    try:
        if stat.S_ISDIR(pages.stat().st_mode):
            return True
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ConfigError(f"{pages}: cannot be used: {error.strerror}; name a folder (paths.pages)") from error
    raise ConfigError(f"{pages}: not a folder; name one (paths.pages)")


@config.command()
@options.form
def show(form: str | None) -> None:
    """Print every setting and its origin."""
    rows = [(key, _text(value), origin) for key, value, origin in effective(the_config())]
    echo(render(Rows(("key", "value", "origin"), rows), form))


def _text(value: object) -> str:
    if value is None:
        return "not set"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
