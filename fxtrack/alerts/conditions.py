"""From the database to judgements: one query for each alert, whose rows `ranges` and `states` judge."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from fxtrack import limits
from fxtrack.alerts import rules, states
from fxtrack.alerts.ranges import Close, judge_levels, judge_moves
from fxtrack.alerts.rules import IsChange, Judgement
from fxtrack.config.alerts import (
    Alert,
    LayoutAlert,
    LevelAlert,
    MovedAlert,
    ReportAlert,
    SilentAlert,
    StandingAlert,
    UnhealthyAlert,
)
from fxtrack.config.config import Config
from fxtrack.config.schedule import parse_duration
from fxtrack.runs.layout_change import Share
from fxtrack.store.schema import script

_script = partial(script, "alerts/sql")

AskStore = Callable[[str, Any], list[tuple[Any, ...]]]
"""Runs one statement with parameters and returns its rows."""


@dataclass(frozen=True, slots=True)
class JudgedSeries:
    """The judgements of one alert on one source, and on one pair where the condition concerns pairs."""

    source: str | None
    pair: str | None
    judgements: list[Judgement]


@dataclass(frozen=True, slots=True)
class JudgedDates:
    """The dates to judge, and the present (UTC). Page dates later than tomorrow may be misprints: they do not count."""

    first: dt.date
    now: dt.datetime

    @property
    def until(self) -> dt.date:
        """The last page date that counts."""
        return self.now.date() + dt.timedelta(days=1)


def message_policy(alert: Alert) -> tuple[IsChange, bool]:
    """Return which states of an alert are worth another message, and whether each date is an episode of its own."""
    match alert:
        case MovedAlert():
            return rules.escalates, alert.against == "close"
        case ReportAlert():
            return rules.adds, False
        case UnhealthyAlert():
            return rules.differs, False
        case _:
            return rules.never, False


def judged(ask: AskStore, config: Config, alert: Alert, period: JudgedDates) -> list[JudgedSeries]:
    """Return the series of an alert, judged from the first date of a period on."""
    match alert:
        case MovedAlert() | LevelAlert():
            return [*_on_closes(ask, alert, period)]
        case ReportAlert():
            return [*_on_reports(ask, alert, period)]
        case SilentAlert():
            return [*_on_silence(ask, config, alert, period)]
        case StandingAlert():
            rows = _ask(ask, "standing", until=period.until, source=alert.source)
            return [
                JudgedSeries(source, None, _since(period, states.judge_standing(source, run, alert.allowed)))
                for source, run in _by_source(rows)
            ]
        case LayoutAlert():
            return [*_on_shares(ask, config, alert, period)]
        case _:
            return []


def allowed_silence(config: Config, alert: SilentAlert, source: str) -> str:
    """Return for how long a source may be silent, as configured."""
    if alert.lasting:
        return alert.lasting
    ages = {one.name: one.max_age for one in config.settings.sources}
    return ages.get(source) or config.settings.service.max_age


def sources_of(config: Config, alert: SilentAlert) -> list[str]:
    """Return the sources that an alert on silence concerns."""
    return [alert.source] if alert.source else [source.name for source in config.settings.sources]


def _on_closes(ask: AskStore, alert: MovedAlert | LevelAlert, period: JudgedDates) -> Iterator[JudgedSeries]:
    wanted = {"first": period.first, "until": period.until, "source": alert.source, "pair": alert.pair}
    since = period.first
    if isinstance(alert, MovedAlert):  # only as far back as a base can be: closes take long
        before = alert.date + dt.timedelta(days=1) if alert.date else period.first
        ((oldest,),) = _ask(ask, "oldest_base", **wanted, before=before)
        days = min(2 * alert.days, (since - dt.date.min).days) if alert.days else 0
        since = since - dt.timedelta(days=days) if alert.days else min(since, oldest or since)
    rows = _ask(ask, "closes", **wanted, **{"from": since})
    for (source, pair), closes in groupby(rows, itemgetter(0, 1)):
        series = [Close(*row[2:]) for row in closes]
        if isinstance(alert, MovedAlert):
            yield JudgedSeries(source, pair, [*judge_moves(alert, pair, series, period.first)])
        else:
            yield JudgedSeries(source, pair, [*judge_levels(alert, series)])


def _on_reports(ask: AskStore, alert: ReportAlert, period: JudgedDates) -> Iterator[JudgedSeries]:
    first = period.first - dt.timedelta(days=min(limits.ALERT_DAYS, (period.first - dt.date.min).days))
    rows = _ask(ask, "reports", first=first, until=period.until, source=alert.source, pair=alert.pair)
    found = {source: [states.Report(*row) for row in reports] for source, reports in _by_source(rows)}
    for source, dates in _dates(ask, alert.source, period):
        judgements = states.judge_reports(source, [d for d in dates if d >= period.first], found.get(source, []))
        yield JudgedSeries(source, alert.pair, [*judgements])


def _on_silence(ask: AskStore, config: Config, alert: SilentAlert, period: JudgedDates) -> Iterator[JudgedSeries]:
    wanted = sources_of(config, alert)
    for source, dates in _dates(ask, alert.source, period):
        if source in wanted:
            ages = allowed_silence(config, alert, source)
            judgements = [*states.judge_silence(source, dates, parse_duration(ages), period.now, ages)]
            # a source that is silent now is a finding of today, however long ago that began
            recent = [j for j in judgements[:-1] if j.date >= period.first]
            yield JudgedSeries(source, None, [*recent, *judgements[-1:]])


def _on_shares(ask: AskStore, config: Config, alert: LayoutAlert, period: JudgedDates) -> Iterator[JudgedSeries]:
    sharing = [(source.name, source.pages_of) for source in config.settings.sources if source.pages_of]
    rows = _ask(
        ask, "shares", first=period.first, source=alert.source, pages=limits.LAYOUT_PAGES,
        history=limits.LAYOUT_HISTORY, sharing=[name for name, _ in sharing], owners=[owner for _, owner in sharing],
    )  # fmt: skip
    for source, counts in _by_source(rows):
        shares = [
            (date, Share(pages, shown), Share(before, of_before)) for date, pages, shown, before, of_before in counts
        ]
        yield JudgedSeries(source, None, [*states.judge_layout(source, shares)])


def _dates(ask: AskStore, source: str | None, period: JudgedDates) -> list[tuple[str, list[dt.date]]]:
    rows = _ask(ask, "dates", until=period.until, source=source)
    return [(name, [date for (date,) in dates]) for name, dates in _by_source(rows)]


def _by_source(rows: Iterable[tuple[Any, ...]]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    return [(source, [row[1:] for row in found]) for source, found in groupby(rows, itemgetter(0))]


def _since(period: JudgedDates, judgements: Iterable[Judgement]) -> list[Judgement]:
    return [judgement for judgement in judgements if judgement.date >= period.first]


def _ask(ask: AskStore, name: str, **parameters: object) -> list[tuple[Any, ...]]:
    return ask(_script(name), parameters)
