"""Which rounding rule does a source follow? Try each on the stored reports and take the one that explains most.

The arithmetic of a rule is SQL (`sql/views/1_reports.sql`); here is only the choice.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from fxtrack.config import Config
from fxtrack.database import Connection, one_row
from fxtrack.limits import EVIDENCE_REPORTS, RULE_PCT_DECIMALS
from fxtrack.source import Source
from fxtrack.store import Store

_SQL = resources.files("fxtrack") / "sql" / "rounding"
_USUAL_PCT_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """How a source rounds: decimals of the absolute change (None: not at all) and of the percentage.

    Where `pct_decimals` is None, the absolute change itself is reported; without `change_decimals`, rounded to the
    decimals that it is printed with.
    """

    change_decimals: int | None
    pct_decimals: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the reports say for a rule: how many could be tested, are explained under it, no base could yield."""

    rule: Rule
    reports: int
    explained: int
    breaks: int


def candidate_rules(pct_decimals: Iterable[int], rate_decimals: int, configured: Rule | None = None) -> list[Rule]:
    """List the rules worth trying.

    Args:
        pct_decimals: decimals that percentages are printed with. A source that drops trailing zeros prints fewer than
            it rounds to, never more.
        rate_decimals: most decimals of a rate. A change rounded to more would be no different from a plain one.
        configured: a rule to include in any case.
    """
    usual = [d for d in pct_decimals if d <= RULE_PCT_DECIMALS] or [_USUAL_PCT_DECIMALS]
    rules = [Rule(change, pct) for pct in usual for change in (None, *range(rate_decimals + 1))]
    return [*rules, configured] if configured and configured not in rules else rules


def choose_rule(evidence: Sequence[Evidence]) -> Rule:
    """Return the rule that explains most reports.

    Of equals the one that fewest reports break, then the one that rounds the change least (a plain percent change least
    of all), then the one with most decimals in the percentage: no rule is assumed that the reports do not ask for.
    """

    def merit(e: Evidence) -> tuple[int, int, float, int]:
        change = float("inf") if e.rule.change_decimals is None else e.rule.change_decimals
        return e.explained, -e.breaks, change, e.rule.pct_decimals or 0

    return max(evidence, key=merit).rule


def settle_rules(store: Store, config: Config) -> None:
    """Settle the rounding rule of every source and write it to the store with its evidence.

    Does nothing where neither the data nor the settings have changed since the last time.
    """
    ((generation, settled),) = store.query("SELECT generation, settled_generation FROM store_info")
    sources = config.settings.sources
    if generation == settled and all(_as_configured(store, source) for source in sources):
        return
    with store.transaction():
        before = _stored(store)
        for source in sources:
            _settle(store, source)
        settle_reports(store.connection)
        if _stored(store) != before:
            store.raise_generation()
        store.connection.execute("UPDATE store_info SET settled_generation = generation")


def settle_reports(connection: Connection) -> None:
    """Find again what every report implies under the rule in force, and write it down for the views to read."""
    connection.execute((_SQL / "settle_reports.sql").read_text("utf-8"))


def _as_configured(store: Store, source: Source) -> bool:
    """Tell whether the rule in force is what the settings ask for: the one given, or an inferred one."""
    rows = store.query(
        "SELECT lookback_days, rule_origin = 'configured', coalesce(pairs, []), pct_decimals IS NULL, change_decimals,"
        " pct_decimals FROM sources WHERE source = ?",
        [source.name],
    )
    wanted = (source.lookback_days, source.rounding is not None, list(source.pairs), source.absolute)
    if not rows or rows[0][:4] != wanted:
        return False
    return source.rounding is None or rows[0][4:] == (source.rounding.change_decimals, source.rounding.pct_decimals)


def _settle(store: Store, source: Source) -> None:
    connection = store.connection
    given = source.rounding
    configured = Rule(given.change_decimals, given.pct_decimals) if given else None
    connection.execute("DELETE FROM sources WHERE source = ?", [source.name])
    connection.execute("DELETE FROM rounding_rules WHERE source = ?", [source.name])
    # explanations are asked for below, and look back as far as this says
    connection.execute(
        "INSERT INTO sources (source, lookback_days, pairs) VALUES (?, ?, ?)",
        [source.name, source.lookback_days, list(source.pairs) or None],
    )
    parameters = {"source": source.name, "most": EVIDENCE_REPORTS, "absolute": source.absolute}
    since = _one(store, "evidence_from.sql", parameters)[0]
    evidence = _evidence(store, source, since, configured)
    told = any(e.reports for e in evidence)
    chosen = configured or choose_rule(evidence)
    origin = "configured" if configured else "inferred" if told else "assumed"
    connection.execute(
        "UPDATE sources SET change_decimals = ?, pct_decimals = ?, rule_origin = ? WHERE source = ?",
        [chosen.change_decimals, chosen.pct_decimals, origin, source.name],
    )
    connection.execute("DELETE FROM rounding_rules WHERE source = ?", [source.name])
    connection.executemany(
        "INSERT INTO rounding_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                source.name,
                e.rule.change_decimals,
                e.rule.pct_decimals,
                e.rule == chosen,
                e.reports,
                e.explained,
                e.breaks,
                since,
            ]
            for e in evidence
        ],
    )


def _evidence(store: Store, source: Source, since: dt.date | None, configured: Rule | None) -> list[Evidence]:
    if since is None:
        assumed = Rule(None, None if source.absolute else _USUAL_PCT_DECIMALS)
        return [Evidence(configured or assumed, 0, 0, 0)]
    if source.absolute:
        # any other rule explains no more: one with more decimals is narrower, one with fewer cannot print the change
        rules = [Rule(None, None), *([configured] if configured and configured != Rule(None, None) else [])]
    else:
        printed, rate_decimals = _one(store, "digits.sql", {"source": source.name, "since": since})
        rules = candidate_rules(printed, rate_decimals, configured)
    store.connection.executemany(
        "INSERT INTO rounding_rules (source, change_decimals, pct_decimals, chosen) VALUES (?, ?, ?, false)",
        [[source.name, r.change_decimals, r.pct_decimals] for r in rules],
    )
    rows = store.connection.execute(
        (_SQL / "evidence.sql").read_text("utf-8"),
        {"source": source.name, "since": since, "lookback_days": source.lookback_days, "absolute": source.absolute},
    ).fetchall()
    return [Evidence(Rule(change, pct), *counts) for change, pct, *counts in rows]


def _one(store: Store, script: str, parameters: dict[str, object]) -> tuple[Any, ...]:
    return one_row(store.connection, (_SQL / script).read_text("utf-8"), parameters)


def _stored(store: Store) -> list[tuple[object, ...]]:
    tables = ("sources", "rounding_rules")
    return [row for table in tables for row in store.query(f"FROM {table} ORDER BY ALL")]
