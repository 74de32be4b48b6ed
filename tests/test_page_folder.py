"""The folder of the page of charts: one state of the store, repaired when damaged, apart from charts on request."""

import base64
import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ONE, PAIR, InProcess, Project, page_text

from fxtrack import limits
from fxtrack.charts.gallery.folders import digests


@pytest.fixture
def folder(project: Project, in_process: InProcess) -> Path:
    """The folder of charts after one run on one page with one pair."""
    project.configure(ONE)
    project.page("1.txt", page_text(PAIR))
    assert in_process("run")[::2] == (0, "")
    return current_folder(project)


def current_folder(project: Project) -> Path:
    """Return the folder that the index page shows."""
    names = set(re.findall(r"page/drawn-[0-9-]+", (project.config.charts / "index.html").read_text("utf-8")))
    (name,) = names
    found: Path = project.config.charts / name
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def data_of(folder: Path, chart: str) -> dict[str, Any]:
    """Return the data of a live chart."""
    text = (folder / f"{chart}.js").read_text("ascii")
    name, packed = re.fullmatch(r'fxtrack\("(.*)", "(.*)"\);\n', text).groups()  # type: ignore[union-attr]
    data: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert data["name"] == name == chart
    return data


def texts(data: dict[str, Any], column: str) -> list[list[str]]:
    """Return the texts of a column, a list for each series."""
    number = data["columns"].index(column)
    cells = [series["cells"][number] for series in data["series"]]
    return [c if isinstance(c, list) else [c["values"][place] for place in c["at"]] for c in cells]


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def replace_by_link(path: Path) -> None:
    other = path.parent.parent.parent.parent / "other"
    other.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(other)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def add_foreign(path: Path) -> None:
    path.with_name("foreign.js").write_text("fxtrack()")


@pytest.mark.parametrize("harm", [damage, Path.unlink, replace_by_link, replace_by_folder, add_foreign])
def test_a_damaged_or_foreign_file_in_a_folder_is_seen(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    folder = tmp_path / "charts" / "page" / "drawn-1"
    folder.mkdir(parents=True)
    for name in ("a.js", "b.svg"):
        (folder / name).write_text("the whole content")
    whole = digests(folder)
    assert whole is not None
    assert digests(folder) == whole
    harm(folder / "a.js")
    assert digests(folder) != whole


@pytest.mark.few(1)
@pytest.mark.parametrize("harm", [damage, replace_by_link])
def test_the_next_run_repairs_the_folder(
    project: Project, in_process: InProcess, folder: Path, harm: Callable[[Path], None]
) -> None:
    whole = content(folder)
    harm(folder / "indexed.js")
    code, out, err = in_process("run")
    assert (code, err) == (0, "")
    assert "5 charts in charts/" in out
    assert content(current_folder(project)) == whole
    assert len(list((project.config.charts / "page").glob("drawn-*"))) == 1
    if (other := project.root / "other").exists():
        assert other.read_bytes() == whole["indexed.js"]  # what a link leads to is not ours


@pytest.mark.slow
def test_what_the_page_did_not_draw_stays(project: Project, in_process: InProcess, folder: Path) -> None:
    charts = project.config.charts
    whole = content(folder)
    assert in_process("chart", "KGS/USD", "--kind", "trend", "--format", "svg")[0] == 0
    (folder.parent / "mine").mkdir()
    (folder.parent / "notes.txt").write_text("mine")
    assert in_process("run")[::2] == (0, "")
    assert current_folder(project) == folder
    assert content(folder) == whole
    project.page("2.txt", page_text(PAIR, date="13 December 2025"))
    assert in_process("run")[::2] == (0, "")
    assert current_folder(project) != folder
    assert {path.name for path in charts.iterdir()} == {"index.html", "page", "trend-KGS-USD.svg"}
    left = {path.name for path in folder.parent.iterdir()}
    assert left == {".drawn-from", current_folder(project).name, "mine", "notes.txt"}


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_pictures_of_earlier_versions_beside_the_page_are_removed(project: Project, in_process: InProcess) -> None:
    charts = project.config.charts
    (charts / "narrow").mkdir()
    for path in (charts / "trend-KGS-USD.svg", charts / "narrow" / "trend-KGS-USD.svg", charts / "mine.svg"):
        path.write_text("<svg/>")
    note = {"identity": ["x"], "charts": [{"kind": "trend", "pair": "KGS/USD", "source": None, "every": None}]}
    (charts / ".drawn-from").write_text(json.dumps(note))
    assert in_process("run")[::2] == (0, "")
    assert {path.name for path in charts.iterdir()} == {"index.html", "page", "mine.svg"}


@pytest.mark.slow
def test_a_file_in_place_of_the_folder_is_one_line_and_then_the_same_files_come_back(
    in_process: InProcess, folder: Path
) -> None:
    whole = content(folder)
    shutil.rmtree(folder.parent)
    folder.parent.write_text("mine")
    code, _, err = in_process("run")
    assert (code, err.count("\n")) == (1, 1)
    assert "charts/page: not a folder; the page of charts needs this name, move the file away" in err
    assert folder.parent.read_text() == "mine"
    folder.parent.unlink()
    assert in_process("run")[::2] == (0, "")
    assert content(folder) == whole


def test_the_texts_of_a_live_chart_are_those_of_the_pages(project: Project, in_process: InProcess) -> None:
    project.configure(ONE)
    project.page("1.txt", page_text((("KGS/USD", "0.01140", "0%"),), "11 December 2025"))
    project.page("2.txt", page_text((("KGS/USD", "0.01150", "0.88%"),), "12 December 2025"))
    assert in_process("run")[::2] == (0, "")
    data = data_of(current_folder(project), "trend-KGS-USD")
    assert texts(data, "Rate") == [["0.01140", "0.01150"]]  # with the zero that is printed
    assert texts(data, "Reported") == [["0%", "0.88%"]]
    # from 0.011405 to 0.011495, and from 0.011395 to 0.011505
    assert texts(data, "Digits allow, %") == [["", "+0.78 to +0.97"]]
    assert texts(data, "Page") == [["pages/1.txt", "pages/2.txt"]]
    assert data["series"][0]["x"] == [0, 1]


def test_a_turned_pair_has_the_range_that_its_digits_allow(project: Project, in_process: InProcess) -> None:
    project.configure(ONE + 'prefer = ["USD/KGS"]\n')
    project.page("1.txt", page_text(PAIR))
    assert in_process("run")[::2] == (0, "")
    data = data_of(current_folder(project), "trend-USD-KGS")
    # 1 / 0.011445 and 1 / 0.011435, rounded outwards
    assert texts(data, "Digits allow") == [["87.374\u201387.451"]]
    assert texts(data, "Derived") == [["inverse of KGS/USD"]]
    assert texts(data_of(current_folder(project), "changes-KGS-USD"), "Rate") == [["0.01144"]]


@pytest.mark.parametrize(("rows", "has"), [(1, True), (0, False)])
def test_a_workbook_has_at_most_so_many_rows(
    project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch, rows: int, has: bool
) -> None:
    monkeypatch.setattr(limits, "WORKBOOK_ROWS", rows)
    project.configure(ONE)
    project.page("1.txt", page_text(PAIR))
    assert in_process("run")[::2] == (0, "")
    folder = current_folder(project)
    assert (folder / "trend-KGS-USD.xlsx").exists() == has
    assert (folder / "trend-KGS-USD.csv").exists()
    text = (project.config.charts / "index.html").read_text("utf-8")
    assert ('download="trend-KGS-USD.xlsx"' in text) == has
    assert ("(too many rows for XLSX)" in text) != has
