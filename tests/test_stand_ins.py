"""A new store is made with nulls in the place of views; nothing of that may remain."""

from importlib import resources
from pathlib import Path

import duckdb

from fxtrack.deltas.stand_ins import in_quick_order
from fxtrack.store.schema import define, prepare, view_texts

OBJECTS = (
    "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
    "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL",
    "SELECT function_name, parameters, macro_definition, comment FROM duckdb_functions() WHERE NOT internal ORDER BY 1",
)
STAND_INS = (resources.files("fxtrack") / "deltas" / "stand_ins.sql").read_text("utf-8")


def test_views_made_on_top_of_nulls_are_those_made_one_upon_the_other(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "store.duckdb")) as connection:
        prepare(connection)
        quick = [connection.execute(query).fetchall() for query in OBJECTS]
        for view, *_ in quick[0]:
            connection.execute(f"FROM {view} LIMIT 0")  # fails where a column has another type than the view says
        define(connection, "")
        assert [connection.execute(query).fetchall() for query in OBJECTS] == quick
    assert len(quick[0]) > 25


def test_nulls_made_for_other_views_are_not_used() -> None:
    texts = list(view_texts())
    assert in_quick_order(texts, STAND_INS) != texts
    assert in_quick_order([*texts, "CREATE OR REPLACE VIEW more AS SELECT 1 AS one;\n"], STAND_INS)[:-1] == texts
