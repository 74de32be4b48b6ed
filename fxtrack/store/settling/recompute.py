"""Recomputes what depends on changed data: the rounding rule of each source, and what every report implies under it.

The arithmetic of a rule is SQL (`deltas/views/1_reports.sql`).
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.limits import EVIDENCE_REPORTS, LAG_DAYS, SETTLED_QUOTES
from fxtrack.store.database.connection import Connection, let_go, transaction, two_at_a_time
from fxtrack.store.database.errors import store_errors
from fxtrack.store.history.rules import record_rules
from fxtrack.store.schema import script
from fxtrack.store.settling.infer import RulePeriod, configured_rule, periods_of
from fxtrack.store.writer import Store

_script = partial(script, "store/sql/settle")


def recompute(store: Store, config: Config, now: dt.datetime | None = None) -> None:
    """Infer the rounding rule of every source, store it with its evidence, and recompute the reports.

    Does nothing where neither the data nor the settings have changed since the last time. Otherwise recomputes only
    what depends on the change: the rules of those sources, and the reports near the dates, or all under a new rule.

    Args:
        store: open for writing.
        config: the configuration in force.
        now: start of the run, UTC: the time from which the rules count as known; the present unless given.
    """
    ((generation, settled, traced),) = store.query(
        "SELECT generation, settled_generation, traced_generation FROM store_info"
    )
    known = {name: tuple(row) for name, *row in store.query(_script("as_settled"))}
    otherwise = [source for source in config.settings.sources if not _as_configured(source, known.get(source.name))]
    gone = _without_captures(store, known.keys() - {source.name for source in config.settings.sources})
    if generation == settled == traced and not otherwise and not gone:
        return
    connection = store.connection
    before, rules = _stored(store), _in_force(connection)
    whole = generation != traced
    with store.transaction():
        connection.execute(_script("all_changed" if whole else "changed"))
        # a run killed after this leaves the mark, and the next one recomputes everything
        connection.execute("UPDATE store_info SET traced_generation = -1")
    changed = {name for (name,) in store.query("SELECT DISTINCT source FROM changed")}
    sources = [s for s in config.settings.sources if whole or s in otherwise or s.name in changed]
    since = _since(store, sources)
    periods = periods_of(store, sources, since)
    with store.transaction():
        _choose_rules(connection, sources, since, periods)
        for table in ("sources", "rounding_rules") if gone else ():
            connection.execute(f"DELETE FROM {table} WHERE list_contains(?, source)", [gone])
        record_rules(connection, now or dt.datetime.now(dt.UTC))
        if _stored(store) != before:
            store.raise_generation()
        anew = [name for name, rule in _in_force(connection).items() if rules.get(name) != rule]
        connection.execute(_script("changed_rules"), {"sources": anew})
        begin_recomputing(connection)
    with store_errors(store.path):
        two_at_a_time(connection, recompute_lot, lots(connection), let_go)
    with store.transaction():
        end_recomputing(connection)
        connection.execute("UPDATE store_info SET settled_generation = generation, traced_generation = generation")


def begin_recomputing(connection: Connection) -> None:
    """List what depends on the dates in the table `changed`, in the table `near`, and delete its old results."""
    connection.execute(_script("near"), {"quotes": SETTLED_QUOTES})
    connection.execute(_script("outdated"))


def lots(connection: Connection) -> list[tuple[list[object], ...]]:
    """Return the rows of the table `near`, lot by lot."""
    return connection.execute(_script("lots")).fetchall()


def recompute_lot(connection: Connection, lot: tuple[list[object], ...]) -> None:
    """Recompute one lot in a separate transaction: DuckDB keeps the memory of dropped tables until its end."""
    with transaction(connection):
        connection.execute(_script("lot"), dict(zip(("sources", "dates", "reports", "bases"), lot, strict=True)))
        for name in ("lot_bounds", "nearest", "settle_lot"):
            connection.execute(_script(name))


def end_recomputing(connection: Connection) -> None:
    """Recompute what is counted over many dates, and drop the lists of changes."""
    connection.execute(_script("rates"))
    connection.execute(_script("lags"), {"most": EVIDENCE_REPORTS, "days": LAG_DAYS})
    connection.execute(_script("reconsidered"))
    connection.execute(_script("outliers"))
    connection.execute("DELETE FROM unsettled")
    connection.execute("DROP TABLE near")
    connection.execute("DROP TABLE changed")


def _without_captures(store: Store, sources: Collection[str]) -> list[str]:
    """Return the given sources that have no captures."""
    if not sources:
        return []
    query = "SELECT unnest(?::VARCHAR[]) AS source EXCEPT SELECT source FROM captures"
    return [source for (source,) in store.query(query, [sorted(sources)])]


def _in_force(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return the look-back of each source, and its rules in force with their periods."""
    found = defaultdict(list)
    for source, *rule in connection.execute(_script("in_force")).fetchall():
        found[source].append(tuple(rule))
    return dict(found)


def _as_configured(source: Source, known: tuple[object, ...] | None) -> bool:
    """Return whether the rule in force agrees with the settings: the given rule, or an inferred one."""
    wanted = (source.lookback_days, source.rounding is not None, list(source.pairs), source.absolute)
    if not known or known[:4] != wanted:
        return False
    given = configured_rule(source)
    return given is None or known[4:] == (given.change_decimals, given.pct_decimals, given.mode)


def _choose_rules(
    connection: Connection,
    sources: Sequence[Source],
    since: Mapping[str, dt.date],
    periods: Mapping[str, Sequence[RulePeriod]],
) -> None:
    """Store the rounding rules of some sources with their evidence.

    Runs one statement per table: one per row would take longer than everything else.
    """
    if not sources:
        return
    names = [source.name for source in sources]
    newest = {name: periods[name][-1].choice.chosen[0] for name in names}
    connection.execute("DELETE FROM sources WHERE list_contains(?, source)", [names])
    connection.execute("DELETE FROM rounding_rules WHERE list_contains(?, source)", [names])
    connection.execute(
        "INSERT INTO sources BY NAME SELECT unnest($source) AS source, unnest($lookback) AS lookback_days,"
        " unnest($pairs::VARCHAR[][]) AS pairs, unnest($change::INTEGER[]) AS change_decimals,"
        " unnest($pct::INTEGER[]) AS pct_decimals, unnest($mode) AS rounding_mode, unnest($origin) AS rule_origin",
        {
            "source": names, "lookback": [source.lookback_days for source in sources],
            "pairs": [list(source.pairs) or None for source in sources],
            "change": [newest[name].change_decimals for name in names],
            "pct": [newest[name].pct_decimals for name in names], "mode": [newest[name].mode for name in names],
            "origin": [_origin(source, source.name in since, periods[source.name][-1]) for source in sources],
        },
    )  # fmt: skip
    rows = [(name, period, e) for name in names for period in periods[name] for e in period.evidence]
    connection.execute(
        _script("store_rules"),
        {
            "source": [name for name, _, _ in rows], "since": [since.get(name) for name, _, _ in rows],
            "change": [e.rule.change_decimals for _, _, e in rows], "pct": [e.rule.pct_decimals for _, _, e in rows],
            "mode": [e.rule.mode for _, _, e in rows], "chosen": [e.rule in p.choice.chosen for _, p, e in rows],
            "remains": [e.rule in p.choice.remaining for _, p, e in rows],
            "decided": [p.choice.decided for _, p, _ in rows], "reports": [e.reports for _, _, e in rows],
            "explained": [e.explained for _, _, e in rows], "breaks": [e.breaks for _, _, e in rows],
            "informative": [e.informative for _, _, e in rows],
            "odds": [None if e.log_odds is None else str(round(e.log_odds / math.log(10), 1)) for _, _, e in rows],
            "from": [p.first for _, p, _ in rows], "to": [p.last for _, p, _ in rows],
        },
    )  # fmt: skip


def _origin(source: Source, reporting: bool, newest: RulePeriod) -> str:
    if source.rounding:
        return "configured"
    return "assumed" if not reporting else "inferred" if newest.choice.decided else "undecided"


def _since(store: Store, sources: Sequence[Source]) -> dict[str, dt.date]:
    """Return the date from which reports count, for each source that has reports."""
    names, absolute = [source.name for source in sources], [source.absolute for source in sources]
    return dict(store.query(_script("since"), {"sources": names, "absolute": absolute, "most": EVIDENCE_REPORTS}))


def _stored(store: Store) -> list[tuple[object, ...]]:
    tables = ("sources", "rounding_rules")
    return [row for table in tables for row in store.query(f"FROM {table} ORDER BY ALL")]
