"""Conditions on reports, and on sources and their pages. Pure."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fxtrack import limits
from fxtrack.alerts.rules import Judgement
from fxtrack.model.capture import end_of_date
from fxtrack.runs.layout_change import Share, drop_text, has_dropped

_NUMBERS = re.compile(r"\d[\d,.:-]*(?: (?:d|h|min|s)\b)?(?: \d+ (?:h|min|s)\b)?")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is unexplained or breaks the rule: `text` is the quote as printed."""

    date: dt.date
    pair: str
    text: str
    verdict: str

    @property
    def line(self) -> str:
        """The report in one line."""
        return f"{self.date} {self.pair} = {self.text}: {self.verdict}"


def judge_reports(source: str, dates: Sequence[dt.date], reports: Sequence[Report]) -> Iterator[Judgement]:
    """Judge each captured date by the reports of the `ALERT_DAYS` up to it."""
    for date in dates:
        lines = [r.line for r in reports if date - limits.ALERT_DAYS * _DAY < r.date <= date]
        if not lines:
            text = f"{source}: no report of the {limits.ALERT_DAYS} days to {date} is unexplained or breaks the rule"
            yield Judgement(date, False, "", text)
            continue
        title = f"{source}: {len(lines)} unexplained or impossible report{'s' if len(lines) > 1 else ''} to {date}"
        shown = lines[-limits.ALERT_LINES :]
        more = [f"and {len(lines) - len(shown)} more"] if len(lines) > len(shown) else []
        yield Judgement(date, True, "\n".join(lines), "\n".join([title, *shown, *more]))


def judge_silence(
    source: str, dates: Sequence[dt.date], allowed: dt.timedelta, now: dt.datetime, ages: str
) -> Iterator[Judgement]:
    """Judge whether a source was silent for longer than allowed before each page date, and is now.

    A page date counts from its end, as the age of data does in `fxtrack status`; `ages` is the limit in words.
    """
    for place, date in enumerate(dates):
        if place:
            begins = end_of_date(dates[place - 1]) + allowed
            if begins < end_of_date(date) - _DAY:
                yield _silent(source, dates[place - 1], begins.date(), ages)
        yield Judgement(date, False, "", f"{source}: pages arrive again, the newest is of {date}")
    if dates and now > end_of_date(dates[-1]) + allowed:
        yield _silent(source, dates[-1], (end_of_date(dates[-1]) + allowed).date(), ages)


def judge_standing(source: str, runs: Iterable[tuple[dt.date, dt.date]], allowed: dt.timedelta) -> Iterator[Judgement]:
    """Judge each captured date by the first date of the run of dates that repeat one ticker."""
    for date, since in runs:
        if date - since >= allowed:
            text = f"{source}: rates and reports stand still since {since}, and page dates move on to {date}"
            yield Judgement(date, True, since.isoformat(), text)
        else:
            yield Judgement(date, False, "", f"{source}: the ticker of {date} is not that of the dates before")


def judge_layout(source: str, shares: Iterable[tuple[dt.date, Share, Share]]) -> Iterator[Judgement]:
    """Judge the newest pages of a source at each ingest by the pages before them."""
    for date, newest, before in shares:
        if has_dropped(newest, before):
            yield Judgement(date, True, "", drop_text(source, newest, before))
        elif before.pages >= limits.LAYOUT_LEAST_HISTORY:
            yield Judgement(date, False, "", f"{source}: {newest.text}, as many as before")
        else:
            yield Judgement(date, None)


def judge_health(problems: Sequence[str], now: dt.datetime) -> Judgement:
    """Judge the problems of `fxtrack status`; those that differ in numbers only are the same."""
    if not problems:
        return Judgement(now.date(), False, "", "healthy again: no problem is left")
    kinds = sorted({_NUMBERS.sub("#", problem) for problem in problems})
    title = f"unhealthy: {problems[0]}"
    return Judgement(now.date(), True, "\n".join(kinds), "\n".join([title, *problems[1 : limits.ALERT_LINES]]))


def _silent(source: str, last: dt.date, begins: dt.date, ages: str) -> Judgement:
    return Judgement(
        begins, True, last.isoformat(), f"{source}: silent, the newest page is of {last}; {ages} are allowed"
    )
