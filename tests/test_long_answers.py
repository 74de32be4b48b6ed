"""A long answer is computed for a few sources at a time, and the parts in their order equal the whole."""

import csv
import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest
from histories import add_history, empty, name_of, set_rules
from oracle import Dated, Rule

from fxtrack.output.cells import in_file
from fxtrack.output.render import render
from fxtrack.store import query
from fxtrack.store.database.connection import Connection

QUOTES = {"a": 4, "b": 2, "c": 3, "d": 1, "é": 5}
"""Quotes of each source; in the order of the bytes of their names, as in the database."""

REPORTS = {"KGS/USD": None, "TJS/USD": "0.1%"}


def snapshots(source: str, quotes: int) -> list[Dated]:
    """Return a snapshot of two pairs a day, the last one of one pair if `quotes` is odd; later rates are higher."""
    return [
        Dated(
            source,
            dt.date(2025, 12, 1 + n // 2),
            {pair: (f"0.1{n + 1}00", report) for pair, report in list(REPORTS.items())[: quotes - n]},
        )
        for n in range(0, quotes, 2)
    ]


HISTORY = [snapshot for source, quotes in QUOTES.items() for snapshot in snapshots(source, quotes)]
EXPECTED = [
    [s.source, s.date.isoformat(), pair, rate, name_of(s)]
    for s in HISTORY
    for pair, (rate, _) in sorted(s.quotes.items())
]


@pytest.fixture
def database(loaded: Connection) -> Connection:
    empty(loaded)
    add_history(loaded, list(reversed(HISTORY)))
    set_rules(loaded, dict.fromkeys(QUOTES, Rule(4, 2)))
    return loaded


def asked(database: Connection, form: str, **where: object) -> str:
    return "".join(render(query.stream(database, "deltas", **where), form))


def written(database: Connection, folder: Path, **where: object) -> list[list[str]]:
    """Return the sources in each file that the database writes for the deltas."""
    answer = query.stream(database, "deltas", **where)
    wanted = {place: in_file(kind, f"#{place + 1}") or "NULL" for place, kind in enumerate(answer.types)}
    paths = answer.write_csv(wanted, folder)
    found = [[row[0] for row in csv.reader(path.read_text("utf-8").splitlines())] for path in paths]
    assert answer.count == sum(map(len, found))
    return [sorted(set(sources)) for sources in found]


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("limit", "parts"),
    [
        (15, ["abcdé"]), (14, ["abcd", "é"]), (9, ["abc", "dé"]), (6, ["ab", "cd", "é"]), (5, ["a", "bc", "d", "é"]),
        (0, ["a", "b", "c", "d", "é"]),
    ],
)  # fmt: skip
def test_as_many_sources_are_asked_for_at_once_as_the_limit_allows(
    database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, parts: list[str]
) -> None:
    monkeypatch.setattr(query, "ANSWER_ROWS", limit)
    assert written(database, tmp_path) == [list(sources) for sources in parts]


@pytest.mark.parametrize("limit", [15, 6, 0])
def test_parts_make_the_same_rows_in_the_same_order(
    database: Connection, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(query, "ANSWER_ROWS", limit)
    rows = list(csv.DictReader(asked(database, "csv").splitlines()))
    names = ("source", "page_date", "pair", "rate", "snapshot_id")
    assert [[row[name] for name in names] for row in rows] == EXPECTED
    records = json.loads(asked(database, "json"))
    assert [[record[name] for name in names] for record in records] == EXPECTED
    # every part has the closes of its own sources: each date after the first has the one before it
    assert [row["previous_date"] for row in rows] == [
        "" if date.endswith("-01") else (dt.date.fromisoformat(date) - dt.timedelta(1)).isoformat()
        for _, date, *_ in EXPECTED
    ]


def test_the_conditions_of_a_query_decide_on_its_parts(
    database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "ANSWER_ROWS", 6)
    assert written(database, tmp_path, source="é") == [["é"]]
    assert written(database, tmp_path, pair="KGS/USD") == [["a", "b", "c", "d"], ["é"]]
    assert written(database, tmp_path, **{"from": dt.date(2025, 12, 2)}) == [["a", "c", "é"]]
    assert written(database, tmp_path, source="a", pair="nothing") == [[]]
    rows = list(csv.reader(asked(database, "csv", verdict="not reported").splitlines()))[1:]
    assert [row[:3] for row in rows] == [row[:3] for row in EXPECTED if REPORTS[row[2]] is None]


@pytest.mark.parametrize("limit", [15, 6, 0])
def test_the_audit_is_computed_in_parts_as_well(
    database: Connection, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(query, "ANSWER_ROWS", limit)
    counted = Counter((source, pair) for source, _, pair, *_ in EXPECTED)
    rows = query.ask(database, "audit")
    found = [(row["source"], row["pair"], row["quotes"], row["not_reported"]) for row in rows.records()]
    assert found == [(*key, n, n if REPORTS[key[1]] is None else 0) for key, n in sorted(counted.items())]
    assert query.ask(database, "audit", source="nothing").rows == []
