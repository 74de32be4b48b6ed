"""Charts of a pair that one source prints and another one gives the other way round."""

from decimal import Decimal

import polars as pl
import pytest
from conftest import Project, page_text

from fxtrack.charts.select import ChartRows, Selection, select_rows
from fxtrack.store.query import open_published

SOURCES = (
    '[output]\nprefer = ["USD/KGS"]\n[[sources]]\nname = "ticker"\npaths = ["pages/t*"]\n[[sources]]\nname = "bank"\n'
)
DATES = ("08 December 2025", "09 December 2025", "10 December 2025")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Three dates on which a ticker prints KGS/USD, and two on which a bank prints USD/KGS."""
    project = Project(tmp_path_factory.mktemp("mixed"))
    project.configure(SOURCES)
    for number, date in enumerate(DATES):
        project.page(
            f"t{number}.txt", page_text((("KGS/USD", f"0.0114{number}", None), ("TJS/USD", "0.1", None)), date)
        )
    for number, date in enumerate(DATES[1:]):
        project.page(
            f"b{number}.txt", page_text((("USD/KGS", f"87.4{number}", None), ("EUR/KGS", "101.5", None)), date)
        )
    assert project.run("ingest").returncode == 0
    return project


def rows_of(project: Project, *pairs: str) -> ChartRows:
    with open_published(project.config) as connection:
        return select_rows(connection, Selection(pairs, prefer=project.config.preferences), ("trend", "overview"))


def test_a_preferred_direction_hides_no_source(mixed: Project) -> None:
    closes = rows_of(mixed).closes.filter(pl.col("pair") == "USD/KGS")
    assert closes.group_by("source").len().sort("source").rows() == [("bank", 2), ("ticker", 3)]
    assert set(closes.filter(pl.col("source") == "bank")["rate"]) == {Decimal("87.40"), Decimal("87.41")}


def test_a_capture_counts_once_whatever_its_direction(mixed: Project) -> None:
    for pairs in ((), ("USD/KGS",), ("KGS/USD",)):
        rows = rows_of(mixed, *pairs)
        pair = pairs[0] if pairs else "USD/KGS"
        assert rows.count_captures(pair) == 5
        assert rows.count_captures(pair, "bank") == 2
        assert rows.count_captures() == 5
