"""Charts show what was captured and nothing more, and equal data draw equal pictures."""

import datetime as dt
import struct
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from conftest import BLOCK, Project, page_text

from fxtrack.charts import Series, series_of, trend_png

InProcess = Callable[..., tuple[int, str, str]]
PAIRS = {pair for pair, _, _ in BLOCK}


def charts(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.config.charts.glob("*.png")}


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert png.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def series(*days: int, source: str = "site") -> Series:
    dates = tuple(dt.date(2025, 1, 1) + dt.timedelta(days=day) for day in days)
    return Series(source, dates, tuple(Decimal(day) / 1000 + 1 for day in days), 3)


def test_every_pair_with_a_dated_quote_has_a_chart_after_a_run(project: Project, in_process: InProcess) -> None:
    project.page("dated.txt")
    undated = (("EUR/USD", "1.1650", "0%"), ("GBP/USD", "1.3320", "0%"))
    project.page("undated.txt", page_text(undated, None))
    code, out, _ = in_process("run")
    assert (code, out.splitlines()[-1]) == (0, "5 charts in charts/")
    assert set(charts(project)) == {f"{pair.replace('/', '-')}.png" for pair in PAIRS}
    assert {size(png) for png in charts(project).values()} == {(1200, 540)}


def test_a_new_close_is_drawn_and_a_deleted_chart_comes_back(project: Project, in_process: InProcess) -> None:
    project.page("1.txt", page_text(date="11 December 2025"))
    in_process("run")
    before = charts(project)
    project.page("2.txt", page_text((("KGS/USD", "0.01150", "0%"), *BLOCK[1:]), "12 December 2025"))
    in_process("run")
    after = charts(project)
    assert before["KGS-USD.png"] != after["KGS-USD.png"]
    (project.config.charts / "KGS-USD.png").unlink()
    in_process("run")
    assert charts(project) == after


def test_equal_data_draw_equal_bytes_in_every_process(tmp_path: Path) -> None:
    drawn = []
    for name in ("one", "two"):
        project = Project(tmp_path / name)
        for day in (1, 2, 5):
            project.page(f"{name}-{day}.txt", page_text(date=f"{day:02} December 2025") + name)
        project.configure('[[sources]]\nname = "site"\n')
        assert project.run("run").returncode == 0
        drawn.append(charts(project))
    assert len(drawn[0]) == 5
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("days", "stretches"),
    [
        ([0], [[0]]),
        ([0, 1, 2], [[0, 1, 2]]),
        ([0, 2], [[0], [2]]),
        ([0, 1, 3, 4, 5, 9], [[0, 1], [3, 4, 5], [9]]),
        ([30, 31, 58, 59], [[30, 31], [58, 59]]),
        ([364, 365], [[364, 365]]),
        ([], []),
    ],
)
def test_a_line_goes_over_consecutive_days_only(days: list[int], stretches: list[list[int]]) -> None:
    found = list(series(*days).stretches())
    assert [dates for dates, _ in found] == [series(*run).dates for run in stretches]
    assert [rates for _, rates in found] == [series(*run).rates for run in stretches]


def test_a_gap_is_seen_in_the_picture() -> None:
    whole = Series("site", series(0, 1, 2, 3).dates, (Decimal(1), Decimal(1), Decimal(1), Decimal(2)), 0)
    gap = Series("site", (*whole.dates[:2], whole.dates[3]), (Decimal(1), Decimal(1), Decimal(2)), 0)
    assert trend_png("KGS/USD", [whole]) != trend_png("KGS/USD", [gap])


def test_rows_become_one_series_for_each_source_in_order_of_date() -> None:
    day = dt.date(2025, 1, 1)
    rows = [("b", day, "2.50", 2), ("a", day + dt.timedelta(days=1), "1.5", 1), ("a", day, "1.25", 2)]
    frame = pl.DataFrame(
        [(source, date, Decimal(rate), decimals) for source, date, rate, decimals in rows],
        schema={"source": pl.String, "page_date": pl.Date, "rate": pl.Decimal(18, 9), "rate_decimals": pl.Int8},
        orient="row",
    )
    one, two = sorted(series_of(frame), key=lambda series: series.source)
    assert one == Series("a", (day, day + dt.timedelta(days=1)), (Decimal("1.25"), Decimal("1.5")), 2)
    assert two == Series("b", (day,), (Decimal("2.5"),), 2)


@pytest.mark.parametrize(
    "many",
    [[series(0)], [series(0, 1), series(0, 3, source="$x^{y$")], [series(*range(0, 900, 3))]],
    ids=["one point", "two sources", "many points"],
)
def test_any_series_can_be_drawn(many: list[Series]) -> None:
    assert size(trend_png("KGS/USD", many)) == (1200, 540)


def test_a_name_from_a_page_cannot_leave_the_folder(project: Project, in_process: InProcess) -> None:
    names = (
        "../USD",
        "../../etc/USD",
        "KGS/../USD",
        "kgs/usd",
        "KGS/US$",
        "ÄÖÜ/USD",
        "KGS/USD/../x",
        "/ET/CXX",
    )
    lines = "\n".join(f"• {name} = 0.01144 0%" for name in names)
    for number, text in enumerate((lines * 8, lines * 4 + "\n" + page_text(), page_text() + lines)):
        project.page(f"{number}.txt", text)
    before = {path.name for path in project.root.parent.iterdir()}
    in_process("run")
    assert {path.name for path in project.root.parent.iterdir()} == before
    assert {path.name for path in project.root.iterdir()} == {"config.toml", "pages", "db", "charts"}
    drawn = {path.name for path in project.config.charts.iterdir()}
    assert drawn == {".drawn-from", *(f"{pair.replace('/', '-')}.png" for pair in PAIRS)}
