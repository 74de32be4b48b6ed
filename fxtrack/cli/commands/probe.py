"""``probe``: how a page is understood, step by step."""

import json
from pathlib import Path

import click

from fxtrack.cli.options import the_config
from fxtrack.errors import NothingFound, PageError, UsageError
from fxtrack.extract.text.decode import printable
from fxtrack.model.quote import Outcome


@click.command()
@click.argument("page", type=click.Path(path_type=Path), metavar="PAGE")
@click.option("--source", metavar="NAME", help="Read it as this source's, whatever its location says.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def probe(page: Path, source: str | None, as_json: bool) -> None:
    """Show step by step how PAGE is understood; for an unknown one, suggest an entry for config.toml.

    PAGE is a file with a captured page, or FILE#OFFSET for a record of an archive. Nothing is stored. Exit code 3 if
    the page has no ticker that a source reads.
    """
    from fxtrack.model.location import location_of, split_location
    from fxtrack.pages.contents import is_archive_at, page_at
    from fxtrack.pages.discover import check_paths
    from fxtrack.probe.explain import as_record, entry_of, in_words, instant
    from fxtrack.probe.explain import probe as probe_page

    config = the_config()
    names = [s.name for s in config.settings.sources]
    if source is not None and source not in names:
        raise UsageError(f"no source {source!r} in the configuration; it has {', '.join(names)}")
    check_paths([Path(split_location(str(page), Path())[0])])
    location = location_of(str(page), config.root)
    if split_location(location, config.root)[1] is None and is_archive_at(location, config):
        raise PageError(f"{printable(str(page))}: an archive; name a record of it as FILE#OFFSET, as `location` does")
    try:
        captured = page_at(location, config)
    except PageError as error:
        raise PageError(f"{printable(str(page))}: {error}") from error
    found = probe_page(captured, config, source)
    if as_json:
        record = {key: instant(value) for key, value in as_record(found).items()}
        click.echo(json.dumps(record, indent=2, ensure_ascii=False, default=instant))
    else:
        for step, lines in in_words(found):
            click.echo(f"{step + ':':<17}" + ("\n" + " " * 17).join(printable(line) for line in lines))
        if found.suggestion:
            where = f", above the entry of {found.above}" if found.above else ""
            click.echo(f"\nThis entry reads the page; paste it into {config.file.name}{where}:\n")
            click.echo(entry_of(found), nl=False)
            for remark in found.suggestion.remarks:
                click.echo(f"# {remark}")
    if found.reading.outcome in {Outcome.NO_TICKER, Outcome.UNREADABLE}:
        raise NothingFound(f"{printable(str(page))}: {found.reading.outcome}")
