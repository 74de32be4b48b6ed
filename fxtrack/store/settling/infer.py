"""Finds the rounding rule of each source, and the dates from which another one holds."""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from fxtrack.config.source import Source
from fxtrack.deltas.rules import (
    MILLION,
    MODES,
    USUAL_PCT_DECIMALS,
    Likelihood,
    Rule,
    RuleChoice,
    candidate_rules,
    choose_rule,
    rule_changes,
    with_rule,
)
from fxtrack.limits import EXAMINED_SOURCES, RULE_ODDS, RULES_RANKED, SAMPLED_REPORTS
from fxtrack.store.database.connection import Connection, let_go, on_processors, one_row
from fxtrack.store.schema import script
from fxtrack.store.writer import Store

_script = partial(script, "store/sql/settle")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The reports of a period under one rule.

    Attributes:
        rule: the rule.
        reports: reports that could be tested.
        explained: reports that a snapshot within the look-back explains.
        breaks: reports that no base could yield.
        log_odds: natural logarithm of the odds against the likeliest rule, None where a sample ruled it out.
        informative: as in `Likelihood`.
    """

    rule: Rule
    reports: int = 0
    explained: int = 0
    breaks: int = 0
    log_odds: float | None = 0.0
    informative: int = 0


@dataclass(frozen=True, slots=True)
class RulePeriod:
    """Page dates under one rule: from `first` (None: the beginning) to before `last` (None: no end)."""

    choice: RuleChoice
    evidence: Sequence[Evidence]
    first: dt.date | None = None
    last: dt.date | None = None


def periods_of(store: Store, sources: Sequence[Source], since: Mapping[str, dt.date]) -> dict[str, list[RulePeriod]]:
    """Return the periods of each source, examining a few sources at a time."""
    periods = {}
    for source in sources:
        rule = configured_rule(source) or Rule(None, None if source.absolute else USUAL_PCT_DECIMALS)
        periods[source.name] = [
            RulePeriod(RuleChoice(((rule, 0.0),), (rule,), (rule,), decided=True), [Evidence(rule)])
        ]
    reporting = [source for source in sources if source.name in since]
    for first in range(0, len(reporting), EXAMINED_SOURCES):
        # one processor: on the few reports that are examined, a second one takes more time than it saves;
        # a transaction each: DuckDB keeps the memory of dropped tables until its end
        with on_processors(store.connection, 1), store.transaction():
            periods |= infer_periods(store.connection, reporting[first : first + EXAMINED_SOURCES], since)
        let_go(store.connection)
    return periods


def infer_periods(
    connection: Connection, sources: Sequence[Source], since: Mapping[str, dt.date]
) -> dict[str, list[RulePeriod]]:
    """Find the rounding rules of some sources with reports.

    Args:
        connection: has the reports.
        sources: the sources.
        since: for each source, the date from which its reports count.
    """
    connection.execute(
        _script("examined"),
        {
            "sources": [source.name for source in sources], "absolute": [source.absolute for source in sources],
            "lookback": [source.lookback_days for source in sources],
            "since": [since[source.name] for source in sources],
        },
    )  # fmt: skip
    connection.execute(_script("examined_quotes"))
    digits = {name: tuple(row) for name, *row in connection.execute(_script("digits")).fetchall()}
    rules = [(source.name, rule) for source in sources for rule in _worth_trying(source, digits[source.name])]
    connection.execute(_script("tried_rules"), _columns(rules))
    connection.execute(_script("tried_reports"))
    connection.execute(_script("sampled"), {"most": SAMPLED_REPORTS})
    connection.execute(_script("likelihood"))
    if one_row(connection, "SELECT (SELECT count(*) FROM asked) < (SELECT count(*) FROM tried_reports)")[0]:
        connection.execute(_script("surviving_rules"))
        connection.execute(_script("likelihood"))
    spans = _spans(connection, sources)
    given = {source.name: rule for source in sources if (rule := configured_rule(source))}
    choices = _choices(connection, spans, [rule for _, rule in rules], given)
    counted = [(source.name, rule) for source in sources for rule in _to_count(source, choices[source.name])]
    connection.execute(_script("examined_rules"), _columns(counted))
    connection.execute(_script("examined_bounds"))
    connection.execute(_script("nearest"))
    counts: dict[tuple[str, int], list[Evidence]] = defaultdict(list)
    for name, number, change, pct, mode, *reports in connection.execute(_script("evidence")).fetchall():
        rule, (choice, informative) = Rule(change, pct, mode), choices[name][number]
        tested, explained, breaks = reports
        counts[name, number].append(
            Evidence(rule, tested, explained, breaks, choice.odds.get(rule), informative.get(rule, 0))
        )
    connection.execute(_script("forget"))
    return {
        name: [
            RulePeriod(choice, counts[name, number], *span)
            for number, (span, (choice, _)) in enumerate(zip(spans[name], found, strict=True))
        ]
        for name, found in choices.items()
    }


def _spans(connection: Connection, sources: Sequence[Source]) -> dict[str, list[tuple[dt.date | None, dt.date | None]]]:
    """Return the periods of each source: from one date (None: the beginning) to before another (None: no end)."""
    series: dict[str, dict[Hashable, list[int]]] = defaultdict(dict)
    dates: dict[str, list[dt.date]] = {}
    least = {"least": round(MILLION * math.log(RULE_ODDS))}
    for name, days, rule, likelihoods in connection.execute(_script("series"), least).fetchall():
        dates[name] = days
        series[name][rule] = likelihoods
    spans: dict[str, list[tuple[dt.date | None, dt.date | None]]] = {}
    for source in sources:
        found = [] if source.rounding or source.name not in dates else rule_changes(series[source.name])
        ends = [None, *(dates[source.name][at] for at in found), None]
        spans[source.name] = list(pairwise(ends))
    return spans


def _choices(
    connection: Connection,
    spans: Mapping[str, Sequence[tuple[dt.date | None, dt.date | None]]],
    rules: Sequence[Rule],
    given: Mapping[str, Rule],
) -> dict[str, list[tuple[RuleChoice, dict[Rule, int]]]]:
    """Return the choice of each period of each source, and how many informative reports each rule explains."""
    rows = [(name, number, *span) for name, found in spans.items() for number, span in enumerate(found)]
    columns = map(list, zip(*rows, strict=True))
    connection.execute(_script("periods"), dict(zip(("sources", "period", "from", "to"), columns, strict=True)))
    found: dict[tuple[str, int], list[Likelihood]] = defaultdict(list)
    for name, number, rule, logs, *judged, informative in connection.execute(_script("totals")).fetchall():
        found[name, number].append(Likelihood(rules[rule], tuple(logs), tuple(judged), informative))
    return {
        name: [
            (choose_rule(found[name, number], given.get(name)), {e.rule: e.informative for e in found[name, number]})
            for number in range(len(periods))
        ]
        for name, periods in spans.items()
    }


def _to_count(source: Source, choices: Sequence[tuple[RuleChoice, object]]) -> list[Rule]:
    """List the rules whose reports are counted: the likeliest, those that remain, a plain percent change, the given."""
    rules: dict[Rule, None] = {}
    for choice, _ in choices:
        best = choice.ranked[0][0]
        plain = [] if best.pct_decimals is None else [Rule(None, best.pct_decimals)]
        ranked = [rule for rule, _ in choice.ranked[:RULES_RANKED]]
        rules |= dict.fromkeys([*ranked, *choice.remaining, *plain])
    given = configured_rule(source)
    return [*rules, *([given] if given and given not in rules else [])]


def _columns(rules: Sequence[tuple[str, Rule]]) -> dict[str, list[object]]:
    return {
        "sources": [name for name, _ in rules], "change": [rule.change_decimals for _, rule in rules],
        "pct": [rule.pct_decimals for _, rule in rules], "mode": [rule.mode for _, rule in rules],
    }  # fmt: skip


def _worth_trying(source: Source, printed: tuple[Sequence[int], int]) -> list[Rule]:
    """List the rules to try for a source that prints its reports with these digits."""
    configured = configured_rule(source)
    if source.absolute:
        # a rule with other decimals explains no more: finer ones are narrower, coarser ones cannot print the change
        return with_rule([Rule(None, None, mode) for mode in MODES], configured)
    return candidate_rules(*printed, configured)


def configured_rule(source: Source) -> Rule | None:
    """Return the rule that the settings give a source, None where it is to be inferred."""
    given = source.rounding
    return Rule(given.change_decimals, given.pct_decimals, given.mode) if given else None
