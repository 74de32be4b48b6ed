"""``fetch`` and ``backfill``: live and archived pages."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from fxtrack.cli import options
from fxtrack.cli.commands.ingest import echo_pass
from fxtrack.cli.commands.tables import echo
from fxtrack.cli.completion import SourceName
from fxtrack.cli.dates import Date
from fxtrack.cli.messages import report_alarms
from fxtrack.cli.options import the_config
from fxtrack.cli.progress import page_bar, status_line, step_bar
from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.errors import ConfigError, NothingFound, UsageError, did_you_mean
from fxtrack.limits import REMARKS
from fxtrack.model.run import counted
from fxtrack.output.render import render
from fxtrack.store.query import Rows

if TYPE_CHECKING:
    from fxtrack.collect.archives.plan import BackfillPlan, BackfillTask, StoredCaptures
    from fxtrack.model.run import Run


EVERY = ("capture", "hour", "day", "week", "month")


@click.command()
@click.argument("source", type=SourceName())
@click.option("--from", "since", type=Date(), help="First capture date, UTC; needed without --gaps.")
@click.option("--to", "until", type=Date("last"), help="Last capture date, UTC; the default is today.")
@click.option("--every", type=click.Choice(EVERY), default="day", show_default=True, help="Take one capture of each.")
@click.option("--gaps", is_flag=True, help="Only the missing dates, as `fxtrack coverage` prints them.")
@click.option("--archive", "archive_name", metavar="NAME", help="Archive; the default is the first one configured.")
@click.option(
    "--url", "urls", multiple=True, metavar="ADDRESS", help="Address of the pages; a * at the end matches any rest."
)
@click.option("--again", is_flag=True, help="Request captures that the archive failed to deliver before.")
@click.option("--dry-run", is_flag=True, help="Print the captures that would be fetched.")
@options.form
def backfill_command(source: str, dry_run: bool, again: bool, form: str | None, **asked: Any) -> None:  # noqa: ANN401 -- by click
    """Fetch captures of SOURCE's page from a web archive into the database.

    Takes the last capture of each period, or an earlier one if the archive cannot deliver that. Captures in the pages
    folder or in the database are not fetched again, so the same command resumes a stopped backfill. Exit code 1 if a
    capture could not be fetched, 3 if the archive has none.

    With --gaps, takes a capture of each date that is missing between SOURCE's first and last page date, and none of any
    other date; --from and --to cut that range. Dates are those of the source's time zone.
    """
    from fxtrack.model.run import Run
    from fxtrack.runs.record import recording_failure

    if form == "csv" and not dry_run:
        raise UsageError("--csv needs --dry-run: add it, or use --json")
    config = the_config()
    task = _task(config, source, **asked)
    if task.days is not None:
        missing = counted(len(task.days), "missing date")
        click.echo(f"{task.source.name}: {missing if task.days else 'no date is missing'}", err=dry_run)
        if not task.days:
            return
    if dry_run:
        plan, _ = _look(config, task, again=again)
        echo(render(_plan_rows(plan, form), form))
        click.echo(_in_words(plan, task), err=True)
        return
    run = Run("backfill", dt.datetime.now(dt.UTC))
    with recording_failure(config, run):
        plan, stored = _look(config, task, again=again)
        click.echo(_in_words(plan, task), err=bool(form))
        complete = _carry_out(config, run, task, plan, stored, as_json=bool(form))
    if not complete:
        raise SystemExit(1)


def _look(config: Config, task: "BackfillTask", *, again: bool) -> tuple["BackfillPlan", "StoredCaptures"]:
    """Return the captures to fetch, and those stored already.

    Raises:
        NothingFound: the archive has no page.
    """
    from fxtrack.collect.archives.backfill import make_plan, stored_captures
    from fxtrack.collect.http.rate_limit import Stop

    stored = stored_captures(config, task, again=again)
    with status_line(f"listing the captures of {task.archive.name}"):
        plan = make_plan(config, task, stored, Stop())
    if not plan.choices:
        none = f"lists {plan.listed:,} captures, none of them a page," if plan.listed else "has no capture"
        asked = f"of {', '.join(task.urls)} from {task.since} to {task.until}"
        asked += f" on the {counted(len(task.days), 'missing date')}" if task.days else ""
        raise NothingFound(f"{task.archive.name} {none} {asked}")
    return plan, stored


def _carry_out(  # noqa: PLR0913 -- the plan, and what it was made from
    config: Config, run: "Run", task: "BackfillTask", plan: "BackfillPlan", stored: "StoredCaptures", *, as_json: bool
) -> bool:
    """Fetch and ingest the captures of a plan and print the counts; return False if one could not be fetched."""
    from fxtrack.collect.archives.backfill import fetch_captures
    from fxtrack.collect.archives.journal import Journal
    from fxtrack.collect.archives.replay import ArchiveClosed
    from fxtrack.collect.http.rate_limit import Stop
    from fxtrack.model.run import Finding, RunOutcome
    from fxtrack.pipeline import run_pass

    results: Counter[str] = Counter()
    remarks: list[str] = []
    closed = None
    with Journal(stored.folder) as journal, step_bar(f"fetching from {task.archive.name}", len(plan.wanted)) as advance:
        try:
            for result in fetch_captures(config, task, plan, (stored, journal), Stop()):
                results.update(entry.outcome for entry in result.entries)
                details = [f"{entry.outcome}: {entry.detail}" for entry in result.entries if entry.detail]
                remarks += details[: max(0, REMARKS - len(remarks))]
                results["details"] += len(details)
                advance()
        except ArchiveClosed as error:
            closed = f"{task.archive.name} delivers nothing more for now; run the command again later: {error}"
    unsaid = results.pop("details", 0) - len(remarks)
    absent = results.total() - results["kept"]
    failures = [closed] if closed else []
    failures += [f"{counted(absent, 'capture')} could not be fetched from {task.archive.name}"] if absent else []
    found = tuple(Finding(RunOutcome.FETCH_FAILED, reason) for reason in failures)
    with page_bar("reading pages", lambda: 0) as show:
        report = run_pass(config, replace(run, found=found), [stored.folder], show)
    more = [f"and {counted(unsaid, 'more remark')}"] if unsaid else []
    for line in [*remarks, *more, *([closed] if closed else [])]:
        click.echo(f"fxtrack: {line}", err=True)
    fetched = {str(outcome): number for outcome, number in sorted(results.items()) if number}
    if not as_json:
        counts = ", ".join(f"{number:,} {outcome}" for outcome, number in fetched.items())
        click.echo(f"fetched: {counts or 'nothing'}")
    echo_pass(report, as_json=as_json, listed=plan.listed, chosen=len(plan.choices), fetched=fetched)
    report_alarms(config, report.alarms)
    return not (failures or report.ingest.refused)


def _task(  # noqa: PLR0913 -- one for each option
    config: Config, name: str, *, since: dt.date | None, until: dt.date | None, every: str, archive_name: str | None,
    urls: tuple[str, ...], gaps: bool,
) -> "BackfillTask":  # fmt: skip
    """Return the task that the options describe.

    Raises:
        UsageError: the source or the archive is unknown, or the range ends before it begins.
        ConfigError: no page is named.
        NothingFound: the missing dates are wanted, and the source has no captured date.
    """
    from fxtrack.collect.archives.plan import BackfillTask

    if since is None and not gaps:
        raise UsageError("--from is missing: the first date to fetch, or --gaps for the missing dates")
    if gaps and every in {"week", "month"}:
        raise UsageError(f"--gaps looks for dates: --every {every} would skip some of them")
    today = dt.datetime.now(dt.UTC).date()
    if since and since > (until or today):
        raise UsageError(f"--from {since} is after --to {until or today}")
    sources = {source.name: source for source in config.settings.sources}
    archives = {archive.name: archive for archive in config.settings.archives}
    if name not in sources:
        raise UsageError(f"no source is named {name!r}{did_you_mean(name, sources)}; there are: {', '.join(sources)}")
    if archive_name is not None and archive_name not in archives:
        near = did_you_mean(archive_name, archives)
        raise UsageError(f"no archive is named {archive_name!r}{near}; there are: {', '.join(archives)}")
    source = sources[name]
    archive = archives[archive_name] if archive_name else config.settings.archives[0]
    pages = urls or _pages_of(config, source)
    if not gaps:
        return BackfillTask(source, archive, pages, since or today, until or today, every)
    days = _missing_days(config, name, since, until)
    return BackfillTask(source, archive, pages, min(days, default=today), max(days, default=today), every, days)


def _missing_days(config: Config, source: str, since: dt.date | None, until: dt.date | None) -> frozenset[dt.date]:
    """Return the missing dates of a source.

    Raises:
        NothingFound: it has no captured date, so that none is missing between its first and last.
    """
    from fxtrack.store.query import ask, open_published

    given: dict[str, object] = {"source": source, "from": since, "to": until}
    with open_published(config) as connection:
        if not ask(connection, "covered", source=source).rows:
            raise NothingFound(f"{source} has no captured date yet, so none is missing; give --from and no --gaps")
        return frozenset(day for (day,) in ask(connection, "missing_days", **given).rows)


def _pages_of(config: Config, source: Source) -> tuple[str, ...]:
    """Return the addresses to look up: the live page, else the patterns that an index understands."""
    if source.url:
        return (source.url,)
    asked = tuple(pattern for pattern in source.urls if not set("*?[") & set(pattern.removesuffix("*")))
    if not asked:
        raise ConfigError(f"{config.file}: the source {source.name!r} has no url; set it, or name a page with --url")
    return asked


def _in_words(plan: "BackfillPlan", task: "BackfillTask") -> str:
    stored = len(plan.choices) - len(plan.wanted)
    text = f"{counted(plan.listed, 'capture')} listed, {len(plan.choices):,} chosen, {stored:,} of them stored already"
    text += f"; skipped {plan.no_page:,} that {'is' if plan.no_page == 1 else 'are'} not a page" if plan.no_page else ""
    if task.days:
        absent = len(task.days - {task.day_of(choice.candidates[0].captured_utc) for choice in plan.choices})
        text += f"; {task.archive.name} lists no page of {counted(absent, 'missing date')}" if absent else ""
    return text + (f"; skipped {counted(plan.unreadable, 'unreadable row')} of the index" if plan.unreadable else "")


def _plan_rows(plan: "BackfillPlan", form: str | None) -> Rows:
    """Return a row for each choice; the table for people has only those that would be fetched."""
    shown = plan.choices if form else plan.wanted
    rows = [(c.candidates[0].captured_utc, c.candidates[0].uri, c.captures, c.already or "to fetch") for c in shown]
    return Rows(("captured_utc", "uri", "captures", "state"), rows)


@click.command()
@click.argument("sources", nargs=-1, type=SourceName(), metavar="[SOURCE]...")
@options.report
def fetch_command(sources: tuple[str, ...], as_json: bool) -> None:
    """Fetch the live page of each source into the database.

    SOURCE is a name in the configuration; the default is every source with a `url`. A page that has not changed since
    it was last stored with a ticker is not sent again. Each response is kept as a WARC file under live/ in the pages
    folder. Exit code 1 if a fetch failed; the other pages are stored.
    """
    from fxtrack.collect.visits import FetchOutcome
    from fxtrack.model.run import Run
    from fxtrack.pipeline import fetch as fetch_pages
    from fxtrack.runs.record import recording_failure

    config, run = the_config(), Run("fetch", dt.datetime.now(dt.UTC))
    with status_line("fetching") as show, recording_failure(config, run):
        visit, report = fetch_pages(config, run, sources, on_source=lambda name: show(f"fetching {name}"))
    for result in visit.results:
        failed = result.outcome is FetchOutcome.FAILED
        if failed or not as_json:
            click.echo(f"{'fxtrack: ' if failed else ''}{result.source}: {result.detail}", err=failed)
    fetched = [
        {"source": r.source, "url": r.url, "outcome": str(r.outcome), "detail": r.detail, "file": r.file}
        for r in visit.results
    ]
    echo_pass(report, as_json=as_json, fetched=fetched)
    report_alarms(config, report.alarms)
    if visit.failed or report.ingest.refused:
        raise SystemExit(1)
