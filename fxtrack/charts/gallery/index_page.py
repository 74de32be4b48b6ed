"""charts/index.html: the charts with the latest rates, what is missing and what needs an eye, on one page."""

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct, convert

from fxtrack import __version__
from fxtrack.charts.select import Chart
from fxtrack.model.location import printable
from fxtrack.store.connection import Connection
from fxtrack.store.query import ask

_CENT = Decimal("0.01")


class Latest(Struct, frozen=True):
    """The newest close of a pair, with its change since the previous captured date, and the verdict on its report."""

    source: str
    pair: str
    page_date: dt.date
    rate_text: str
    reported_text: str | None
    previous_date: dt.date | None
    change_pct: Decimal | None
    change_pct_low: Decimal | None
    change_pct_high: Decimal | None
    verdict: str | None


class Covered(Struct, frozen=True):
    """The dates of a source: first and last, how many are captured, and of how many."""

    source: str
    first_date: dt.date
    last_date: dt.date
    captured: int
    days: int


class Gap(Struct, frozen=True):
    """A run of missing dates."""

    source: str
    first_missing: dt.date
    last_missing: dt.date
    days: int


class Problem(Struct, frozen=True):
    """Something that needs a person's eye, and how many there are of its kind."""

    problem: str
    source: str | None
    page_date: dt.date | None
    location: str | None
    detail: str | None
    of_kind: int


class Reports(Struct, frozen=True):
    """The reports of a pair, and how many of them a captured rate explains."""

    source: str
    pair: str
    reports: int
    agree: int


class State(Struct, frozen=True):
    """What the published file holds."""

    captures: int
    snapshots: int
    changed_utc: dt.datetime | None


class Contents(Struct, frozen=True):
    """What the page says in words and numbers."""

    latest: list[Latest]
    covered: list[Covered]
    gaps: list[Gap]
    problems: list[Problem]
    reports: list[Reports]
    state: State


def read_contents(connection: Connection) -> Contents:
    """Ask the published file for what the page says."""
    questions = {
        "latest": "page_latest", "covered": "covered", "gaps": "page_gaps", "problems": "page_problems",
        "reports": "page_reports",
    }  # fmt: skip
    answers: dict[str, object] = {name: ask(connection, query).records() for name, query in questions.items()}
    (state,) = ask(connection, "page_state").records()
    return convert({**answers, "state": state}, Contents)


def front_page(contents: Contents, charts: Sequence[Chart], now: dt.datetime) -> str:
    """Return the page as HTML. Everything in it is escaped: names and details come from pages.

    Args:
        contents: numbers and words.
        charts: those that lie beside the page.
        now: when it is made, UTC.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("fxtrack.charts.gallery"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(percent=percent, printable=printable)
    return environment.get_template("index.html").render(
        contents=contents,
        several_sources=len(contents.covered) > 1,
        pairs={pair: [c for c in charts if c.pair == pair] for pair in dict.fromkeys(c.pair for c in charts) if pair},
        together=[c for c in charts if c.kind in {"overview", "indexed"}],
        calendars=[c for c in charts if c.kind == "coverage"],
        alt={chart: alternative(chart, contents) for chart in charts},
        made=f"{now:%Y-%m-%d %H:%M} UTC",
        version=__version__,
    )


def alternative(chart: Chart, contents: Contents) -> str:
    """Return in words what a chart shows, for those who cannot see it."""
    covered = [c for c in contents.covered if chart.source in {None, c.source}]
    span = f"from {min(c.first_date for c in covered)} to {max(c.last_date for c in covered)}"
    if chart.kind == "coverage":
        return (
            f"Calendar of captures at {chart.source} {span}: {covered[0].captured} of {covered[0].days} days captured."
        )
    if chart.kind in {"overview", "indexed"}:
        what = "as an index" if chart.kind == "indexed" else "each in a panel of its own"
        return f"Closes of all pairs {what}, {span}; the newest are in the table of latest rates."
    if chart.kind == "changes":
        mine = [r for r in contents.reports if r.pair == chart.pair and chart.source in {None, r.source}]
        agree, reports = sum(r.agree for r in mine), sum(r.reports for r in mine)
        return f"Computed and reported changes of {chart.pair} {span}: {agree} of {reports} reports agree."
    ends = (f"{row.rate_text} on {row.page_date} at {row.source}" for row in contents.latest if row.pair == chart.pair)
    return f"Closes of {chart.pair} {span}, the newest {'; '.join(ends)}."


def percent(value: Decimal | None) -> str:
    """Return a percentage with two decimals, its sign and a real minus; nothing for none."""
    if value is None:
        return ""
    rounded = value.quantize(_CENT, ROUND_HALF_UP)
    return f"{rounded:+,f}".replace("-", "\u2212") if rounded else "0.00"
