"""``fetch`` and ``backfill``: live pages, and archived ones."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from fxtrack.cli import options
from fxtrack.cli.commands.tables import echo
from fxtrack.cli.options import Date, the_config
from fxtrack.cli.progress import counted, measured, status
from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.errors import ConfigError, NothingFound, UsageError
from fxtrack.limits import REMARKS
from fxtrack.output.render import render
from fxtrack.store.query import Rows

if TYPE_CHECKING:
    from fxtrack.collect.backfill import BackfillTask, Plan, StoredCaptures
    from fxtrack.model.run import Run


EVERY = ("capture", "hour", "day", "week", "month")


@click.command()
@click.argument("source")
@click.option("--from", "since", type=Date(), required=True, help="First date of capture, UTC.")
@click.option("--to", "until", type=Date(), help="Last date of capture, UTC; today unless given.")
@click.option("--every", type=click.Choice(EVERY), default="day", show_default=True, help="One capture of each.")
@click.option("--archive", "archive_name", metavar="NAME", help="Which archive; the first configured unless given.")
@click.option(
    "--url", "urls", multiple=True, metavar="ADDRESS", help="Of which pages; * at the end: all that begin so."
)
@click.option("--again", is_flag=True, help="Ask also for captures that the archive was found not to give.")
@click.option("--dry-run", is_flag=True, help="Only print what would be fetched.")
@options.form
def backfill(source: str, dry_run: bool, again: bool, form: str | None, **asked: Any) -> None:  # noqa: ANN401 -- by click
    """Fetch captures of SOURCE's page from a web archive and take them into the database.

    Of each period the last capture is taken, and where the archive cannot give that one, an earlier one. What is in
    the pages folder or in the database already is not fetched again, so that a backfill that was stopped goes on where
    it was when it is started again. Exit code 1 if a capture was not to be had, 3 if the archive has none.
    """
    from fxtrack.model.run import Run
    from fxtrack.runs.record import recording_failure

    if form and not dry_run:
        raise UsageError("--json and --csv say what --dry-run would fetch: add it, or leave them out")
    config = the_config()
    task = _task(config, source, **asked)
    if dry_run:
        plan, _ = _look(config, task, again=again)
        echo(render(_plan_rows(plan, form), form))
        click.echo(_in_words(plan), err=True)
        return
    run = Run("backfill", dt.datetime.now(dt.UTC))
    with recording_failure(config, run):
        plan, had = _look(config, task, again=again)
        click.echo(_in_words(plan))
        complete = _carry_out(config, run, task, plan, had)
    if not complete:
        raise SystemExit(1)


def _look(config: Config, task: "BackfillTask", *, again: bool) -> tuple["Plan", "StoredCaptures"]:
    """Say what is to be fetched, and what need not be.

    Raises:
        NothingFound: the archive has no page.
    """
    from fxtrack.collect.backfill import make_plan, stored_captures
    from fxtrack.collect.http.rate_limit import Stop

    had = stored_captures(config, task, again=again)
    with status(f"asking {task.archive.name} what it has"):
        plan = make_plan(config, task, had, Stop())
    if not plan.choices:
        none = f"lists {plan.listed:,} captures, none of them a page," if plan.listed else "has no capture"
        what = f"of {', '.join(task.urls)} from {task.since} to {task.until}"
        raise NothingFound(f"{task.archive.name} {none} {what}")
    return plan, had


def _carry_out(config: Config, run: "Run", task: "BackfillTask", plan: "Plan", had: "StoredCaptures") -> bool:
    """Fetch what is wanted, take it in, and say what came; return False if something was not to be had."""
    from fxtrack.collect.backfill import fetch_captures
    from fxtrack.collect.http.rate_limit import Stop
    from fxtrack.collect.journal import Journal
    from fxtrack.collect.replay import ArchiveClosed
    from fxtrack.model.run import Finding, RunOutcome
    from fxtrack.pipeline import run_pass

    results: Counter[str] = Counter()
    remarks: list[str] = []
    closed = None
    with Journal(had.folder) as journal, counted(f"fetching from {task.archive.name}", len(plan.wanted)) as advance:
        try:
            for result in fetch_captures(config, task, plan, (had, journal), Stop()):
                results.update(entry.outcome for entry in result.entries)
                told = [f"{entry.outcome}: {entry.detail}" for entry in result.entries if entry.detail]
                remarks += told[: max(0, REMARKS - len(remarks))]
                results["told"] += len(told)
                advance()
        except ArchiveClosed as error:
            closed = f"{task.archive.name} gives nothing more for now, run it again later: {error}"
    unsaid = results.pop("told", 0) - len(remarks)
    absent = results.total() - results["kept"]
    failures = [closed] if closed else []
    failures += [f"{absent} captures were not to be had from {task.archive.name}"] if absent else []
    found = tuple(Finding(RunOutcome.FETCH_FAILED, reason) for reason in failures)
    with measured("taking them in", lambda: 0) as show:
        report = run_pass(config, replace(run, found=found), [had.folder], show)
    more = [f"and {unsaid:,} more captures that need a word"] if unsaid else []
    for line in [*remarks, *more, *([closed] if closed else []), *report.notes]:
        click.echo(f"fxtrack: {line}", err=True)
    counts = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(results.items()) if number)
    click.echo(f"fetched: {counts or 'nothing'}")
    click.echo(report.summary)
    return not (failures or report.ingest.refused)


def _task(  # noqa: PLR0913 -- one for each option
    config: Config, name: str, *, since: dt.date, until: dt.date | None, every: str, archive_name: str | None,
    urls: tuple[str, ...],
) -> "BackfillTask":  # fmt: skip
    """Put together what is asked for.

    Raises:
        UsageError: the source or the archive is unknown, or the range ends before it begins.
        ConfigError: no page is named.
    """
    from fxtrack.collect.backfill import BackfillTask

    until = until or dt.datetime.now(dt.UTC).date()
    if since > until:
        raise UsageError(f"--from {since} is after --to {until}")
    sources = {source.name: source for source in config.settings.sources}
    archives = {archive.name: archive for archive in config.settings.archives}
    if name not in sources:
        raise UsageError(f"no source is named {name!r}; there are: {', '.join(sources)}")
    if archive_name is not None and archive_name not in archives:
        raise UsageError(f"no archive is named {archive_name!r}; there are: {', '.join(archives)}")
    source = sources[name]
    archive = archives[archive_name] if archive_name else config.settings.archives[0]
    return BackfillTask(source, archive, urls or _pages_of(config, source), since, until, every)


def _pages_of(config: Config, source: Source) -> tuple[str, ...]:
    """Return the addresses to ask an archive for: the live page, else what an index understands of the patterns."""
    if source.url:
        return (source.url,)
    asked = tuple(pattern for pattern in source.urls if not set("*?[") & set(pattern.removesuffix("*")))
    if not asked:
        raise ConfigError(f"{config.file}: the source {source.name!r} has no url; set it, or name a page with --url")
    return asked


def _in_words(plan: "Plan") -> str:
    had = len(plan.choices) - len(plan.wanted)
    text = f"{plan.listed:,} captures listed, {len(plan.choices):,} chosen, {had:,} of them had already"
    text += f"; passed over {plan.no_page:,} that are no page" if plan.no_page else ""
    return text + (f"; {plan.unreadable:,} rows of the index are unreadable" if plan.unreadable else "")


def _plan_rows(plan: "Plan", form: str | None) -> Rows:
    """Return a row for each choice: all of them for programs, those that would be fetched for people."""
    shown = plan.choices if form else plan.wanted
    rows = [(c.candidates[0].captured_utc, c.candidates[0].uri, len(c.candidates), c.had or "to fetch") for c in shown]
    return Rows(("captured_utc", "uri", "captures", "state"), rows)


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
def fetch(sources: tuple[str, ...]) -> None:
    """Fetch the live page of each source and take it into the database.

    SOURCE is a name in the configuration; without one, every source with a `url`. A page that has not changed since it
    was last stored with a ticker is not sent again. What comes is kept as a WARC file under live/ in the pages folder.
    Exit code 1 if a source gave nothing; the others are stored all the same.
    """
    from fxtrack.collect.live import FetchOutcome
    from fxtrack.model.run import Run
    from fxtrack.pipeline import fetch as fetch_pages
    from fxtrack.runs.record import recording_failure

    config, run = the_config(), Run("fetch", dt.datetime.now(dt.UTC))
    with status("asking") as show, recording_failure(config, run):
        visit, report = fetch_pages(config, run, sources, on_source=lambda name: show(f"asking {name}"))
    for result in visit.results:
        failed = result.outcome is FetchOutcome.FAILED
        click.echo(f"{'fxtrack: ' if failed else ''}{result.source}: {result.detail}", err=failed)
    for line in report.notes:
        click.echo(f"fxtrack: {line}", err=True)
    click.echo(report.summary)
    if visit.failed or report.ingest.refused:
        raise SystemExit(1)
