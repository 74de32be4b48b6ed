"""Selections by users, checked against the published file: pairs in any spelling, and sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fxtrack.deltas.pairs import explain_missing, is_given, needs_deriving, shared, spelled, swapped
from fxtrack.errors import NothingFound, did_you_mean
from fxtrack.store.database.connection import Connection, one_row


@dataclass(frozen=True, slots=True)
class FoundPair:
    """A pair in the spelling of the store; `derived` if some source gives it other than as it prints it."""

    name: str
    derived: bool


def find_pair(connection: Connection, text: str, source: str | None = None) -> FoundPair:
    """Return a pair that the store quotes, or that can be derived from what it quotes.

    Args:
        connection: to the published file.
        text: in any spelling that `spelled` knows.
        source: only quotes of this source count, None for all.

    Raises:
        NothingFound: there is no such pair; the message says why, and names the nearest and all that there are.
    """
    pair = spelled(text)
    known = known_pairs(connection)
    if source is None and pair in known and swapped(pair) not in known and not shared(pair, known):
        return FoundPair(pair, derived=False)
    quoted = _quoted(connection)
    mine = quoted if source is None else {source: quoted.get(source, set())}
    where = "in the database" if source is None else f"at source {source!r}"
    if (source is None and pair in known) or is_given(pair, mine):
        if not needs_deriving(pair, mine):
            return FoundPair(pair, derived=False)
    else:
        raise NothingFound(explain_missing(text, mine, where))
    if not any({pair, swapped(pair)} & pairs for pairs in mine.values()):  # crossed, if there is a date with both legs
        query = "SELECT count(*) FROM pair_ways($pair) w WHERE w.state = '' AND ($source IS NULL OR w.source = $source)"
        (dates,) = one_row(connection, query, {"pair": pair, "source": source})
        if not dates:
            raise NothingFound(explain_missing(text, mine, where))
    return FoundPair(pair, derived=True)


def check_source(connection: Connection, source: str) -> str:
    """Return a source.

    Raises:
        NothingFound: the store has no such source; the message lists those it has.
    """
    known = known_sources(connection)
    if source not in known:
        near = did_you_mean(source, known)
        raise NothingFound(f"no source {source!r} in the database{near}; it has {', '.join(known) or 'none yet'}")
    return source


def known_pairs(connection: Connection) -> list[str]:
    """Return the pairs of the store in alphabetical order."""
    return [
        pair
        for (pair,) in connection.execute(
            "SELECT DISTINCT pair FROM snapshot_quotes ANTI JOIN forgotten_snapshots USING (snapshot_id) ORDER BY pair"
        ).fetchall()
    ]


def known_sources(connection: Connection) -> list[str]:
    """Return the sources of the store in alphabetical order."""
    return [name for (name,) in connection.execute("SELECT source FROM sources ORDER BY source").fetchall()]


def _quoted(connection: Connection) -> dict[str, set[str]]:
    """Return the pairs that each source quotes on pages with a date."""
    found: dict[str, set[str]] = {}
    rows = connection.execute("SELECT DISTINCT source, pair FROM dated_quotes").fetchall()
    for source, pair in rows:
        found.setdefault(source, set()).add(pair)
    return found


def pairs_with_dates(connection: Connection) -> list[str]:
    """Return the pairs that have a close."""
    return [pair for (pair,) in connection.execute("SELECT DISTINCT pair FROM dated_quotes ORDER BY pair").fetchall()]


def turned_pairs(connection: Connection, prefer: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the names under which people see each pair that a source quotes; `prefer` as in the macro `is_turned`."""
    rows = connection.execute(
        "SELECT DISTINCT pair, CASE WHEN is_turned($prefer, source, pair)"
        " THEN split_part(pair, '/', 2) || '/' || split_part(pair, '/', 1) ELSE pair END AS shown"
        " FROM (SELECT DISTINCT source, pair FROM dated_quotes) ORDER BY ALL",
        {"prefer": list(prefer)},
    ).fetchall()
    return {pair: tuple(shown for p, shown in rows if p == pair) for pair in dict.fromkeys(p for p, _ in rows)}


def date_range(connection: Connection, pairs: Sequence[str] = ()) -> str:
    """Return a phrase that names the first and last page date of some pairs, or of all."""
    row = connection.execute(
        "SELECT min(page_date), max(page_date) FROM dated_quotes WHERE len($pairs) = 0 OR list_contains($pairs, pair)",
        {"pairs": list(pairs)},
    ).fetchone()
    return f"page dates go from {row[0]} to {row[1]}" if row and row[0] else "no page has a date yet"


def selected_pairs(connection: Connection, pairs: Sequence[str], source: str | None) -> dict[str, object]:
    """Return the query parameters of pairs in any spelling.

    Raises:
        NothingFound: the database does not give one of them.
    """
    found = [find_pair(connection, pair, source) for pair in pairs]
    names = tuple(dict.fromkeys(pair.name for pair in found))
    return {
        "pair": names[0] if len(names) == 1 else None,
        "each_pair": names if len(names) > 1 else (),
        "derived": any(pair.derived for pair in found),
    }


def each_pair(parameters: Mapping[str, object]) -> Iterator[tuple[str | None, dict[str, object]]]:
    """Yield each pair of a selection with the parameters for it alone; None for a selection without pairs."""
    pairs: Any = parameters.get("each_pair") or (parameters.get("pair"),)
    for pair in pairs:
        yield pair, {**parameters, "pair": pair, "each_pair": ()}
