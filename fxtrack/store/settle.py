"""Which rounding rule does a source follow? Try each on the stored reports and take the one that they speak for.

The arithmetic of a rule is SQL (`sql/views/1_reports.sql`); here is only the choice.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.deltas.rules import _USUAL_PCT_DECIMALS, Evidence, Rule, candidate_rules, choose_rule
from fxtrack.limits import EVIDENCE_REPORTS, EXAMINED_SOURCES, SETTLED_DATES
from fxtrack.store.connection import Connection, let_go, store_errors, transaction, two_at_a_time
from fxtrack.store.schema import script
from fxtrack.store.writer import Store

_script = partial(script, "store/sql/settle")


def settle_rules(store: Store, config: Config) -> None:
    """Settle the rounding rule of every source, write it to the store with its evidence, and settle the reports.

    Does nothing where neither the data nor the settings have changed since the last time, and settles again only
    what depends on the change: the rules of those sources, and the reports near the dates, or all under a new rule.
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
        # until all is settled, nobody knows what is: whoever finds this after a kill settles everything
        connection.execute("UPDATE store_info SET traced_generation = -1")
    changed = {name for (name,) in store.query("SELECT DISTINCT source FROM changed")}
    sources = [s for s in config.settings.sources if whole or s in otherwise or s.name in changed]
    since = _since(store, sources)
    evidence = _evidence(store, sources, since)
    with store.transaction():
        _choose_rules(connection, sources, since, evidence)
        for table in ("sources", "rounding_rules") if gone else ():
            connection.execute(f"DELETE FROM {table} WHERE list_contains(?, source)", [gone])
        if _stored(store) != before:
            store.raise_generation()
        anew = [name for name, rule in _in_force(connection).items() if rules.get(name) != rule]
        connection.execute(_script("changed_rules"), {"sources": anew})
        _begin_settling(connection)
    with store_errors(store.path):
        two_at_a_time(connection, _settle_lot, _lots(connection), let_go)
    with store.transaction():
        _end_settling(connection)
        connection.execute("UPDATE store_info SET settled_generation = generation, traced_generation = generation")


def settle_reports(connection: Connection) -> None:
    """Find again what every report implies under the rule in force, and write it down for the views to read."""
    connection.execute(_script("all_changed"))
    _begin_settling(connection)
    two_at_a_time(connection, _settle_lot, _lots(connection))
    _end_settling(connection)


def _begin_settling(connection: Connection) -> None:
    """Say what depends on the dates in the table `changed`, in the table `near`, and drop what was settled of it."""
    connection.execute(_script("near"), {"dates": SETTLED_DATES})
    connection.execute(_script("outdated"))


def _lots(connection: Connection) -> list[tuple[list[object], ...]]:
    """Return what is in the table `near`, lot by lot."""
    return connection.execute(_script("lots")).fetchall()


def _settle_lot(connection: Connection, lot: tuple[list[object], ...]) -> None:
    """Settle what belongs to one lot, in a transaction of its own: until its end, DuckDB keeps what is dropped."""
    with transaction(connection):
        connection.execute(_script("lot"), dict(zip(("sources", "dates", "reports", "bases"), lot, strict=True)))
        for name in ("lot_bounds", "nearest", "settle_lot"):
            connection.execute(_script(name))


def _end_settling(connection: Connection) -> None:
    connection.execute("DELETE FROM unsettled")
    connection.execute("DROP TABLE near")
    connection.execute("DROP TABLE changed")


def _without_captures(store: Store, sources: Collection[str]) -> list[str]:
    """Return those of some sources that no capture is of."""
    if not sources:
        return []
    query = "SELECT unnest(?::VARCHAR[]) AS source EXCEPT SELECT source FROM captures"
    return [source for (source,) in store.query(query, [sorted(sources)])]


def _in_force(connection: Connection) -> dict[str, tuple[int | None, ...]]:
    """Return what the reports of each source are settled with: its rounding rule and its look-back."""
    rows = connection.execute("SELECT source, change_decimals, pct_decimals, lookback_days FROM sources").fetchall()
    return {source: tuple(rule) for source, *rule in rows}


def _as_configured(source: Source, known: tuple[object, ...] | None) -> bool:
    """Tell whether the rule in force is what the settings ask for: the one given, or an inferred one."""
    wanted = (source.lookback_days, source.rounding is not None, list(source.pairs), source.absolute)
    if not known or known[:4] != wanted:
        return False
    return source.rounding is None or known[4:] == (source.rounding.change_decimals, source.rounding.pct_decimals)


def _choose_rules(
    connection: Connection,
    sources: Sequence[Source],
    since: Mapping[str, dt.date],
    evidence: Mapping[str, Sequence[Evidence]],
) -> None:
    """Choose the rounding rule of each of some sources and write it down with its evidence.

    One statement for each table: one for each row costs more than all the rest.
    """
    if not sources:
        return
    names = [source.name for source in sources]
    chosen = {source.name: _configured(source) or choose_rule(evidence[source.name]) for source in sources}
    connection.execute("DELETE FROM sources WHERE list_contains(?, source)", [names])
    connection.execute("DELETE FROM rounding_rules WHERE list_contains(?, source)", [names])
    connection.execute(
        "INSERT INTO sources BY NAME SELECT unnest($source) AS source, unnest($lookback) AS lookback_days,"
        " unnest($pairs::VARCHAR[][]) AS pairs, unnest($change::INTEGER[]) AS change_decimals,"
        " unnest($pct::INTEGER[]) AS pct_decimals, unnest($origin) AS rule_origin",
        {
            "source": names, "lookback": [source.lookback_days for source in sources],
            "pairs": [list(source.pairs) or None for source in sources],
            "change": [chosen[name].change_decimals for name in names],
            "pct": [chosen[name].pct_decimals for name in names],
            "origin": [_origin(source, evidence[source.name]) for source in sources],
        },
    )  # fmt: skip
    tried = [(name, e) for name in names for e in evidence[name]]
    connection.execute(
        "INSERT INTO rounding_rules SELECT unnest($source), unnest($change::INTEGER[]), unnest($pct::INTEGER[]),"
        " unnest($chosen), unnest($reports), unnest($explained), unnest($breaks), unnest($since::DATE[])",
        {
            "source": [name for name, _ in tried], "since": [since.get(name) for name, _ in tried],
            "chosen": [e.rule == chosen[name] for name, e in tried],
            "change": [e.rule.change_decimals for _, e in tried], "pct": [e.rule.pct_decimals for _, e in tried],
            "reports": [e.reports for _, e in tried], "explained": [e.explained for _, e in tried],
            "breaks": [e.breaks for _, e in tried],
        },
    )  # fmt: skip


def _origin(source: Source, evidence: Sequence[Evidence]) -> str:
    return "configured" if source.rounding else "inferred" if any(e.reports for e in evidence) else "assumed"


def _since(store: Store, sources: Sequence[Source]) -> dict[str, dt.date]:
    """Return since when the reports of each source count, of those that report anything."""
    names, absolute = [source.name for source in sources], [source.absolute for source in sources]
    return dict(store.query(_script("since"), {"sources": names, "absolute": absolute, "most": EVIDENCE_REPORTS}))


def _evidence(store: Store, sources: Sequence[Source], since: Mapping[str, dt.date]) -> dict[str, list[Evidence]]:
    """Try the rules worth trying of each source, of a few sources at a time."""
    evidence = {source.name: [Evidence(rule, 0, 0, 0) for rule in _worth_trying(source)] for source in sources}
    reporting = [source for source in sources if source.name in since]
    for first in range(0, len(reporting), EXAMINED_SOURCES):
        with store.transaction():  # each on its own: DuckDB keeps what is dropped until the end of a transaction
            evidence |= _examine(store.connection, reporting[first : first + EXAMINED_SOURCES], since)
        let_go(store.connection)
    return evidence


def _examine(
    connection: Connection, sources: Sequence[Source], since: Mapping[str, dt.date]
) -> dict[str, list[Evidence]]:
    """Try the rules worth trying of some sources that report something."""
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
    connection.execute(
        _script("examined_rules"),
        {
            "sources": [name for name, _ in rules], "change": [rule.change_decimals for _, rule in rules],
            "pct": [rule.pct_decimals for _, rule in rules],
        },
    )  # fmt: skip
    for name in ("examined_bounds", "nearest"):
        connection.execute(_script(name))
    counts = {
        (name, Rule(change, pct)): tuple(found)
        for name, change, pct, *found in connection.execute(_script("evidence")).fetchall()
    }
    connection.execute(_script("forget"))
    evidence: dict[str, list[Evidence]] = {source.name: [] for source in sources}
    for name, rule in rules:
        evidence[name].append(Evidence(rule, *counts[name, rule]))
    return evidence


def _worth_trying(source: Source, printed: tuple[Sequence[int], int] | None = None) -> list[Rule]:
    """List the rules worth trying of a source, whose reports are printed with these digits if it has any."""
    configured = _configured(source)
    if printed is None:
        return [configured or Rule(None, None if source.absolute else _USUAL_PCT_DECIMALS)]
    if source.absolute:
        # any other rule explains no more: one with more decimals is narrower, one with fewer cannot print the change
        return [Rule(None, None), *([configured] if configured and configured != Rule(None, None) else [])]
    return candidate_rules(*printed, configured)


def _configured(source: Source) -> Rule | None:
    given = source.rounding
    return Rule(given.change_decimals, given.pct_decimals) if given else None


def _stored(store: Store) -> list[tuple[object, ...]]:
    tables = ("sources", "rounding_rules")
    return [row for table in tables for row in store.query(f"FROM {table} ORDER BY ALL")]
