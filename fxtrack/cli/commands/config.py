"""``init`` and ``config``: make, validate and print a configuration."""

import os
import stat
from importlib import resources
from pathlib import Path

import click

from fxtrack.cli import options
from fxtrack.cli.commands.tables import echo
from fxtrack.cli.options import the_config, the_config_file
from fxtrack.config.fields import NO_CURRENCY
from fxtrack.config.load import DEFAULT_ORIGIN, effective
from fxtrack.errors import ConfigError, UsageError
from fxtrack.model.location import printable
from fxtrack.output.render import as_json as to_json
from fxtrack.output.render import render
from fxtrack.store.query import Rows


@click.command()
@click.argument("sample", metavar="[PAGE|FOLDER|URL]", required=False)
@click.option("--contact", metavar="ADDRESS", help="E-mail address or web page to send to the server of URL.")
@options.report
def init_command(sample: str | None, contact: str | None, as_json: bool) -> None:
    """Make a project: config.toml and a folder for pages, with an entry that reads the pages given.

    A PAGE is copied into the folder of pages; a FOLDER becomes that folder. A URL is fetched once if --contact gives
    its server a contact; otherwise the configuration only records the address. The configuration is written to the file
    that --config names. Nothing is overwritten, and either everything is written or nothing. Exit code 3 if no entry
    can read the page.
    """
    from fxtrack.cli.new_project import Project, checked_contact, project_of_files, project_of_url, write_project

    target = the_config_file().absolute()
    if os.path.lexists(target):
        raise UsageError(f"{target}: already there, and init overwrites nothing; name another file with --config")
    if sample is None:
        project = Project(contact=checked_contact(contact))
    elif "://" in sample:
        project = project_of_url(target, sample, checked_contact(contact))
    else:
        project = project_of_files(target, Path(sample), checked_contact(contact))
    write_project(target, project)
    complete = NO_CURRENCY not in project.entry
    if as_json:
        record = {"file": target, "pages": target.parent / project.pages, "entry": project.entry}
        click.echo(to_json({**record, "remarks": project.remarks, "complete": complete}), nl=False)
        return
    click.echo(f"{target}: written")
    for remark in project.remarks:
        click.echo(f"# {printable(remark)}")
    if not complete:
        click.echo(f"next: write the currency that is missing in place of {NO_CURRENCY}, then `fxtrack config check`")
    click.echo(f"next: {project.following.format(pages=project.pages)}")


@click.group()
def config_command() -> None:
    """Check or print the configuration."""


@config_command.command()
def example() -> None:
    """Print an example configuration with the usual keys and comments."""
    click.echo((resources.files("fxtrack") / "config" / "example.toml").read_text("utf-8"), nl=False)


@config_command.command()
@options.report
def check(as_json: bool) -> None:
    """Check the configuration file and the pages folder."""
    loaded = the_config()
    has_pages = _is_folder(loaded.pages)
    if loaded.urls_file:
        from fxtrack.alerts.delivery.secrets import check_secrets

        check_secrets(loaded)
    sources = [source.name for source in loaded.settings.sources]
    if as_json:
        record = {"file": loaded.file, "valid": True, "sources": sources, "pages": loaded.pages}
        click.echo(to_json({**record, "pages_exist": has_pages}), nl=False)
    else:
        click.echo(f"{loaded.file}: valid; sources: {', '.join(sources)}")
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


@config_command.command()
@click.option("--changed", is_flag=True, help="Only the settings that the configuration file gives.")
@options.form
def show(form: str | None, changed: bool) -> None:
    """Print every setting and its origin."""
    rows = [
        (key, _text(value), origin)
        for key, value, origin in effective(the_config())
        if not changed or origin != DEFAULT_ORIGIN
    ]
    echo(render(Rows(("key", "value", "origin"), rows), form))


def _text(value: object) -> str:
    if value is None:
        return "not set"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
