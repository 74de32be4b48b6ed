"""``backup``, ``restore``, ``verify`` and ``reparse``: copies of the database, and the pages read again."""

import datetime as dt
import sys
from collections import Counter
from pathlib import Path

import click

from fxtrack.cli import options
from fxtrack.cli.options import print_notes, the_config
from fxtrack.cli.progress import status_line
from fxtrack.config.config import Config
from fxtrack.errors import NothingFound
from fxtrack.model.location import printable
from fxtrack.model.run import counted
from fxtrack.output.render import as_csv, as_table
from fxtrack.output.render import as_json as to_json
from fxtrack.store.query import Rows

_ID_SHOWN = 12


@click.command()
@options.report
def backup_command(as_json: bool) -> None:
    """Write a consistent copy of the database to the folder of backups, and remove expired backups.

    Writes nothing if the newest backup is up to date.
    """
    from fxtrack.maintenance.backup import record_backup
    from fxtrack.model.run import Run

    config, now = the_config(), dt.datetime.now(dt.UTC)
    if not config.writer.exists():
        raise NothingFound(f"{config.writer}: no database yet; `fxtrack run` makes it from the pages")
    with status_line("copying the database"):
        finding = record_backup(config, Run("backup", now))
    if as_json:
        click.echo(to_json({"outcome": str(finding.outcome), "message": finding.message}), nl=False)
    else:
        click.echo(finding.message)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.report
def restore_command(file: Path, as_json: bool) -> None:
    """Replace the database by FILE, a backup, and publish it.

    FILE is copied, read and compared first; the replaced database is kept aside. Refused while the service or another
    process has the database open. The next run ingests the pages that came after the backup.
    """
    from fxtrack.maintenance.restore import restore as put_back
    from fxtrack.model.run import Run
    from fxtrack.pipeline import run_pass
    from fxtrack.runs.lock import ServiceLock

    config, now = the_config(), dt.datetime.now(dt.UTC)
    with ServiceLock.take(config, now, "restore"):
        kept: list[str] = []
        try:
            with status_line(f"reading {file}"):
                put_back(config, file, now, kept.append)
        finally:
            print_notes(kept)
        try:
            with status_line(f"publishing {config.database}"):
                report = run_pass(config, Run("restore", now), [])
        except BaseException:
            print_notes([f"{file} is the database now; the next run publishes it"])
            raise
    print_notes(report.notes)
    if as_json:
        record = {"restored": file, "published": config.database, "kept_aside": kept}
        click.echo(to_json({**record, **report.record}), nl=False)
    else:
        click.echo(f"{file} is the database now; {config.database} is published from it")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@options.form
def verify_command(file: Path | None, form: str | None) -> None:
    """Read every stored page again, derive its quotes anew, and print the captures that differ or whose page is gone.

    Exit code 1 if anything differs. A page that is gone cannot be checked: it is reported and is no difference.

    With FILE, a chart or an export, ask the question in its stamp again and print whether the rows are the same. Exit
    code 0 if they are, 1 if they or the file have changed, 3 if they cannot be compared.
    """
    if file is not None:
        _verify_file(file, form)
        return
    from fxtrack.cli.commands.tables import echo
    from fxtrack.maintenance.verify import verify as check
    from fxtrack.output.render import render

    with status_line("reading pages") as say:
        result = check(the_config(), lambda captures: say(f"{captures:,} pages checked"))
    rows = Rows(
        ("finding", "source", "page_date", "location", "capture_id", "detail"),
        [(r.finding, r.source, r.page_date, r.location, r.capture_id, r.detail) for r in result.rows],
    )
    if form or rows.rows:
        echo(render(rows, form, hide=("capture_id",)))
    click.echo(result.summary, err=bool(form))
    if result.differing:
        raise SystemExit(1)


def _verify_file(file: Path, form: str | None) -> None:
    from fxtrack.cli.commands.tables import echo
    from fxtrack.maintenance.compare import Comparison, compare
    from fxtrack.output.render import render
    from fxtrack.store.query import Rows

    found = compare(the_config(), file)
    if form:
        echo(render(Rows(("file", "result", "detail"), [(str(found.file), str(found.result), found.detail)]), form))
    else:
        click.echo(f"{found.file}: {found.result}: {found.detail}")
    if found.result is not Comparison.SAME:
        raise SystemExit(1 if found.result is Comparison.CHANGED else NothingFound.exit_code)


@click.command()
@click.option("--apply", "wanted", is_flag=True, help="Apply the differences in one transaction.")
@options.form
def reparse_command(wanted: bool, form: str | None) -> None:
    """Read all stored pages again with the present configuration and version, and print the differences.

    Nothing changes without --apply. Captures whose page is gone or has changed are kept and listed. --json prints
    `rows`, `kept` and counts; --csv prints the rows. Exit code 0 with or without differences, 3 if there is no store.
    """
    from fxtrack.maintenance.reparse import apply, complete, is_incomplete
    from fxtrack.maintenance.reparse import reparse as reparse_pages
    from fxtrack.store.writer import Store

    config = the_config()
    if not config.writer.exists():
        raise NothingFound(f"{config.writer}: no store yet; `fxtrack run` builds it from the pages")
    now = dt.datetime.now(dt.UTC)
    with Store.open(config) as store:
        with status_line("reading pages") as say:
            again = reparse_pages(store, config, now, lambda pages: say(f"{counted(pages, 'page')} read again"))
        counts = {kind: again.count(kind) for kind in ("capture", "quote")}
        click.echo(_report(again.rows, counts, [k.location for k in again.kept], form), nl=False)
        sys.stdout.flush()  # the differences appear before they are applied
        for kept in again.kept:
            click.echo(f"fxtrack: {printable(kept.location)}: {kept.reason}; left unchanged", err=True)
        applied = wanted and not again.is_empty
        completed = wanted and again.is_empty and is_incomplete(store, config)
        notes = apply(store, config, now) if applied else complete(store, config, now) if completed else []
    print_notes(notes)
    said = _conclusion(config, applied=applied, completed=completed, is_empty=again.is_empty)
    click.echo(f"fxtrack: {said}", err=True)


def _report(rows: Rows, counts: dict[str, Counter[str]], kept: list[str], form: str | None) -> str:
    if form == "csv":
        return as_csv(rows)
    words = ("added", "removed", "changed")
    if form == "json":
        record = {
            **{f"{kind}s": {word: count[word] for word in words} for kind, count in counts.items()},
            "kept": kept,
            "rows": rows.records(),
        }
        return to_json(record)
    lines = [
        f"{kind}s: " + ", ".join(f"{count[word]:,} {word}" for word in words) + "\n" for kind, count in counts.items()
    ]
    place = rows.columns.index("capture_id")
    short = [(*row[:place], row[place][:_ID_SHOWN], *row[place + 1 :]) for row in rows.rows]
    return (as_table(Rows(rows.columns, short)) + "\n" if short else "") + "".join(lines)


def _conclusion(config: Config, *, applied: bool, completed: bool, is_empty: bool) -> str:
    if completed:
        return f"completed what an earlier run began; {config.settings.paths.database} is up to date"
    if is_empty:
        return "nothing would change"
    if applied:
        return f"applied; {config.settings.paths.database} is up to date"
    return "nothing was changed; `fxtrack reparse --apply` does it"
