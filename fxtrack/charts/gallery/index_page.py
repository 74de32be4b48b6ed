"""The index page of the charts: latest rates, every chart, missing dates, problems."""

import base64
import datetime as dt
import hashlib
from collections.abc import Container, Sequence
from decimal import Decimal
from importlib import resources

from msgspec import Struct, convert

from fxtrack import __version__
from fxtrack.charts.language.digits import range_text, value_text
from fxtrack.charts.plan import Chart
from fxtrack.model.location import printable
from fxtrack.model.run import counted
from fxtrack.model.words import hidden_move_words, verdict_words
from fxtrack.store.database.connection import Connection
from fxtrack.store.query import ask

LIVE_KINDS = ("trend", "indexed", "changes")
"""Kinds that the script of the page draws; the others stay pictures."""

_LIBRARY, _LIBRARY_STYLE = "vendor/uplot/uPlot.iife.min.js", "vendor/uplot/uPlot.min.css"
_SCRIPT, _STYLE = "templates/page.js", "templates/page.css"


class ComputedChange(Struct, frozen=True, kw_only=True):
    """A rate with its change since an earlier one, and the least move that a report of zero hides."""

    source: str
    pair: str
    page_date: dt.date
    rate_text: str
    reported_text: str | None
    change_pct: Decimal | None
    change_pct_low: Decimal | None
    change_pct_high: Decimal | None
    hidden_move_pct: Decimal | None

    @property
    def change_text(self) -> str:
        """The computed change with its sign and with as many digits as its range; empty if there is none."""
        if self.change_pct is None or self.change_pct_low is None or self.change_pct_high is None:
            return ""
        return value_text(self.change_pct, self.change_pct_low, self.change_pct_high, signed=True)

    @property
    def range_text(self) -> str:
        """The range of the computed change that the printed digits allow; empty if there is none."""
        if self.change_pct_low is None or self.change_pct_high is None:
            return ""
        return range_text(self.change_pct_low, self.change_pct_high, " to ", signed=True)

    @property
    def hidden_text(self) -> str:
        """The move that the page does not show, in words; empty if there is none."""
        least = self.hidden_move_pct
        return "" if least is None else hidden_move_words(least, least)


class LatestRate(ComputedChange, frozen=True, kw_only=True):
    """The newest close of a pair, its change since the previous captured date, and the verdict on its report."""

    previous_date: dt.date | None
    verdict: str | None
    derived: str | None = None


class HiddenMove(ComputedChange, frozen=True, kw_only=True):
    """A rate that surely moved since the day before while the page reports no change, and the number of all such."""

    previous_text: str
    of_all: int


class CoveredDates(Struct, frozen=True):
    """The dates of a source: the first, the last, the number captured, and the number of days between them."""

    source: str
    first_date: dt.date
    last_date: dt.date
    captured: int
    days: int


class MissingDates(Struct, frozen=True):
    """Consecutive missing dates."""

    source: str
    pair: str | None
    first_missing: dt.date
    last_missing: dt.date
    days: int


class Problem(Struct, frozen=True):
    """A row of `problems`, and the number of its kind."""

    problem: str
    source: str | None
    page_date: dt.date | None
    location: str | None
    detail: str | None
    of_kind: int


class ReportCounts(Struct, frozen=True):
    """The number of reports of a pair, and of those that a captured rate explains."""

    source: str
    pair: str
    reports: int
    agree: int


class Totals(Struct, frozen=True):
    """The size of the published file, and the time of its newest capture."""

    captures: int
    snapshots: int
    changed_utc: dt.datetime | None


class IndexData(Struct, frozen=True):
    """The data of the index page."""

    latest: list[LatestRate]
    hidden: list[HiddenMove]
    covered: list[CoveredDates]
    gaps: list[MissingDates]
    problems: list[Problem]
    reports: list[ReportCounts]
    totals: Totals


def read_index_data(connection: Connection, prefer: Sequence[str] = ()) -> IndexData:
    """Read the data of the index page from the published file; `prefer` as in `Config.preferences`."""
    queries = {
        "latest": "page_latest", "hidden": "page_hidden", "covered": "covered", "gaps": "page_gaps",
        "problems": "page_problems", "reports": "page_reports",
    }  # fmt: skip
    answers: dict[str, object] = {
        name: ask(connection, query, prefer=list(prefer)).records() for name, query in queries.items()
    }
    (totals,) = ask(connection, "page_state").records()
    return convert({**answers, "totals": totals}, IndexData)


def index_page(data: IndexData, charts: Sequence[Chart], folder: str, files: Container[str], now: dt.datetime) -> str:
    """Return the index page as HTML. All values are escaped: names and details come from captured pages.

    A browser runs no script but those of this page and those that they load, which are the data of charts, and loads
    nothing from elsewhere: the page itself says so, in a policy.

    Args:
        data: see `read_index_data`.
        charts: the charts of the page.
        folder: the folder of their files, relative to the page.
        files: the names in that folder.
        now: the time that the index page shows as its own, UTC.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("fxtrack.charts.gallery"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(counted=counted, printable=printable, in_words=verdict_words)
    library, script, style = _part(_LIBRARY), _part(_SCRIPT), _part(_LIBRARY_STYLE) + _part(_STYLE)
    return environment.get_template("index.html").render(
        data=data,
        folder=folder,
        files=files,
        several_sources=len(data.covered) > 1,
        pairs={pair: [c for c in charts if c.pair == pair] for pair in dict.fromkeys(c.pair for c in charts) if pair},
        together=[c for c in charts if c.kind in {"overview", "indexed"}],
        calendars=[c for c in charts if c.kind == "coverage"],
        alt={chart: alternative(chart, data) for chart in charts},
        subject={chart: _subject(chart) for chart in charts},
        live_kinds=LIVE_KINDS,
        policy=_policy([library, script], style),
        library=Markup(library),  # noqa: S704 our own files, not data
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
        made=f"{now:%Y-%m-%d %H:%M} UTC",
        version=__version__,
    )


def _part(name: str) -> str:
    return resources.files("fxtrack.charts.gallery").joinpath(name).read_text("utf-8")


def _policy(scripts: Sequence[str], style: str) -> str:
    """Return the Content-Security-Policy of the page.

    Scripts that ours insert may run (`strict-dynamic`): the data of charts are such scripts, since a page that is
    opened as a file cannot read other files.
    """
    allowed = " ".join(_hash(script) for script in scripts)
    return "; ".join(
        [
            "default-src 'none'", f"script-src {allowed} 'strict-dynamic'", f"style-src {_hash(style)}",
            "img-src 'self' data:", "base-uri 'none'", "form-action 'none'",
        ]
    )  # fmt: skip


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _subject(chart: Chart) -> str:
    """Return the subject of a chart, for readers who hear links out of their context."""
    if chart.kind == "coverage":
        return f"captures at {chart.source}"
    if chart.pair is None:
        return "all pairs" if chart.kind == "overview" else "all pairs as an index"
    of = f" at {chart.source}" if chart.source else ""
    return f"{chart.pair}, {'closes' if chart.kind == 'trend' else 'changes'}{of}"


def alternative(chart: Chart, data: IndexData) -> str:
    """Return the content of a chart in words, for readers who cannot see it."""
    covered = [c for c in data.covered if chart.source in {None, c.source}]
    span = f"from {min(c.first_date for c in covered)} to {max(c.last_date for c in covered)}"
    if chart.kind == "coverage":
        captured = f"{covered[0].captured:,} of {counted(covered[0].days, 'day')} captured"
        return f"Calendar of captures at {chart.source} {span}: {captured}."
    if chart.kind in {"overview", "indexed"}:
        form = "as an index" if chart.kind == "indexed" else "in a panel each"
        return f"Closes of all pairs {form}, {span}; the newest are in the table of latest rates."
    if chart.kind == "changes":
        mine = [r for r in data.reports if r.pair == chart.pair and chart.source in {None, r.source}]
        agree, reports = sum(r.agree for r in mine), sum(r.reports for r in mine)
        return f"Computed and reported changes of {chart.pair} {span}: {agree:,} of {counted(reports, 'report')} agree."
    ends = (f"{row.rate_text} on {row.page_date} at {row.source}" for row in data.latest if row.pair == chart.pair)
    return f"Closes of {chart.pair} {span}, the newest {'; '.join(ends)}."
