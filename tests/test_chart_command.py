"""`fxtrack chart` writes whole files or none, the same bytes for the same data, and explains each error in one line."""

import datetime as dt
import io
import os
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from conftest import BLOCK, ROOT, InProcess, Project, names_in, page_text, run_in_process
from PIL import Image

from fxtrack.charts.render import chart_bytes
from fxtrack.charts.style import Look
from fxtrack.cli.main import main
from fxtrack.errors import FxtrackError, NothingFound, UsageError
from fxtrack.limits import CHART_DPI, CHART_INCHES, CHART_PIXELS
from fxtrack.store.query import open_published

SVG = "{http://www.w3.org/2000/svg}"
ONE = ("chart", "KGS/USD", "--kind", "trend")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with three dates in its database, which no test changes; what a test draws goes elsewhere."""
    project = Project(tmp_path_factory.mktemp("stored"))
    project.configure('[[sources]]\nname = "site"\n')
    for number, rate in ((1, "0.01144"), (2, "0.01147"), (5, "0.01140")):
        project.page(f"{number}.txt", page_text((("KGS/USD", rate, "0%"), *BLOCK[1:]), f"{number} December 2025"))
    with redirect_stdout(io.StringIO()), pytest.raises(SystemExit) as left:
        main(["--config", str(project.root / "config.toml"), "ingest"])
    assert not left.value.code
    return project


@pytest.fixture
def stored(project: Project) -> Project:
    """The project that no test changes."""
    return project


@pytest.fixture
def copied(project: Project, tmp_path: Path) -> Project:
    """A copy of the project for one test."""
    shutil.copytree(project.root, tmp_path / "copy", symlinks=True)
    return Project(tmp_path / "copy")


@pytest.fixture(scope="module")
def elsewhere(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, bytes]]:
    """Draw the overview in every format in another process: (folder of work, environment) to bytes by name."""

    def draw(name: str, settings: str = "", **more: str) -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp(name)
        if settings:
            (folder / "matplotlibrc").write_text(settings)
        done = subprocess.run(
            [sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml"), "chart", "--kind",
             "overview", "--format", "png,svg,pdf", "-o", "drawn/"],
            cwd=folder, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        )  # fmt: skip
        assert done.stderr == b""
        return {path.suffix[1:]: path.read_bytes() for path in (folder / "drawn").iterdir()}

    return draw


@pytest.fixture(scope="module")
def plain(elsewhere: Callable[..., dict[str, bytes]]) -> dict[str, bytes]:
    """The overview in every format, as drawn by another process."""
    return elsewhere("plain")


def test_without_options_every_kind_is_drawn_for_every_pair_into_the_folder_of_charts(
    copied: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run_in_process(copied, capsys, "chart")
    expected = {f"{kind}-{pair.replace('/', '-')}.png" for pair, _, _ in BLOCK for kind in ("trend", "changes")}
    expected |= {"indexed.png", "overview.png", "coverage-site.png"}
    assert (code, err) == (0, "")
    assert names_in(copied.config.charts) == expected == {Path(line).name for line in out.splitlines()}


@pytest.mark.usefixtures("stored")
def test_each_format_is_a_valid_file_of_its_kind(in_process: InProcess, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    assert in_process(*ONE, "--format", "png,svg,pdf", "--output", str(folder))[0] == 0
    assert names_in(folder) == {"trend-KGS-USD.png", "trend-KGS-USD.svg", "trend-KGS-USD.pdf"}
    Image.open(folder / "trend-KGS-USD.png").verify()
    assert ET.parse(folder / "trend-KGS-USD.svg").getroot().tag == f"{SVG}svg"  # noqa: S314 -- our own file
    pdf = (folder / "trend-KGS-USD.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_the_same_data_give_the_same_bytes_in_another_process_on_another_day(
    plain: dict[str, bytes], elsewhere: Callable[..., dict[str, bytes]]
) -> None:
    assert set(plain) == {"png", "svg", "pdf"}
    assert elsewhere("later", SOURCE_DATE_EPOCH="1000000000", TZ="Asia/Bishkek", PYTHONHASHSEED="7") == plain
    assert not any(b"CreationDate" in content for content in plain.values())


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("size", "dpi", "pixels"),
    [
        ("10x4", "100", (1000, 400)),
        ("800x450px", "72", (800, 450)),
        ("25.4x12.7cm", "100", (1000, 500)),
        ("6in", None, None),
    ],
)
def test_a_picture_has_the_requested_size(
    in_process: InProcess, tmp_path: Path, size: str, dpi: str | None, pixels: tuple[int, int] | None
) -> None:
    code, _, err = in_process(*ONE, "--size", size, *(["--dpi", dpi] if dpi else []), "-o", str(tmp_path / "a.png"))
    if pixels is None:
        assert (code, "is not a size like" in err) == (2, True)
    else:
        assert struct.unpack(">II", (tmp_path / "a.png").read_bytes()[16:24]) == pixels


def svg_of(in_process: InProcess, path: Path, *more: str) -> ET.Element:
    assert in_process(*ONE, "-o", str(path), *more)[0] == 0
    return ET.parse(path).getroot()  # noqa: S314


@pytest.mark.usefixtures("stored")
def test_an_svg_has_a_title_a_description_and_text_that_is_text(in_process: InProcess, tmp_path: Path) -> None:
    root = svg_of(in_process, tmp_path / "a.svg")
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "KGS/USD"
    assert "Source: site · 2025-12-01 to 2025-12-05 · 3 of 5 days captured · 3 captures" in str(description.text)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    words = {text.text for text in root.iter(f"{SVG}text")}
    assert {"KGS/USD", "0.01140", "5 Dec 2025", "US dollars for 1 Kyrgyz som"} <= words


HOSTILE = "</title><script>alert(1)</script> & $x^{y$ \"'<img src=x onerror=alert(1)>"


@pytest.mark.usefixtures("stored")
def test_a_title_is_data_in_every_format(in_process: InProcess, tmp_path: Path) -> None:
    root = svg_of(in_process, tmp_path / "a.svg", "--title", HOSTILE, "--theme", "auto")
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == HOSTILE
    assert not list(root.iter(f"{SVG}script"))
    assert not list(root.iter("script"))
    assert HOSTILE in "".join(f"{text.text} " for text in root.iter(f"{SVG}text"))
    for form in ("png", "pdf"):
        assert in_process(*ONE, "-o", str(tmp_path / f"a.{form}"), "--title", HOSTILE)[0] == 0


@pytest.mark.usefixtures("stored")
def test_only_an_svg_in_auto_theme_adapts_to_readers_who_prefer_dark(in_process: InProcess, tmp_path: Path) -> None:
    for theme, adapts in (("auto", True), ("light", False), ("dark", False)):
        svg_of(in_process, tmp_path / "a.svg", "--theme", theme)
        assert ("prefers-color-scheme: dark" in (tmp_path / "a.svg").read_text("utf-8")) == adapts


def test_a_chart_goes_to_standard_output_as_bytes(stored: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fxtrack", "--config", str(stored.root / "config.toml"), *ONE, "-o", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert Image.open(io.BytesIO(done.stdout)).size == (1200, 576)
    assert done.stderr == b""


@pytest.mark.usefixtures("stored")
def test_dates_bound_the_rows_of_a_chart(in_process: InProcess, tmp_path: Path) -> None:
    svg_of(in_process, tmp_path / "a.svg", "--from", "2025-12-02", "--to", "2025-12-04")
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert "2025-12-02 to 2025-12-02 · 1 of 1 day captured · 1 capture ·" in text
    assert "0.01140" not in text


WRONG = {
    "an unknown pair": (["XXX/USD"], 3, "no source quotes XXX; it has KGS/USD, KZT/USD"),
    "an unknown source": (["--source", "other"], 3, "no source 'other' in the database; it has site"),
    "an empty range": (["--from", "2030-01-01"], 3, "no close matches; page dates go from 2025-12-01 to 2025-12-05"),
    "a range the wrong way round": (["--from", "2025-12-05", "--to", "2025-12-01"], 2, "is after --to"),
    "an unknown kind": (["--kind", "trend,pie"], 2, "unknown kind 'pie'; choose from trend, indexed, changes"),
    "no kind": (["--kind", ","], 2, "no kind given; choose from trend"),
    "an unknown format": (["--format", "gif"], 2, "unknown format 'gif'; choose from png, svg, pdf"),
    "an unknown ending": ([*ONE[1:], "-o", "a.gif"], 2, "'gif' is not a format; use png, svg, pdf, or give --format"),
    "two formats in one": ([*ONE[1:], "-o", "a.png", "--format", "svg"], 2, "the name says png, --format says svg"),
    "many charts for one file": (["-o", "a.png"], 2, "one file, but 13 charts"),
    "many charts for one title": (["--title", "a"], 2, "for one chart, but there are 13"),
    "an empty title": ([*ONE[1:], "--title", " "], 2, "one line of printable text is needed"),
    "a title of two lines": ([*ONE[1:], "--title", "a\nb"], 2, "one line of printable text is needed"),
    "a title with a control": ([*ONE[1:], "--title", "a\x1b[2Jb"], 2, "one line of printable text is needed"),
    "letters that the font lacks": ([*ONE[1:], "--title", "\u6c47"], 2, "png has no '\u6c47'; use --format svg"),
    "an inverse of reports": (["--kind", "changes", "--invert"], 2, "changes cannot show inverse rates; trend"),
    "a base before all": (["--kind", "indexed", "--base", "2001-01-01"], 3, "the nearest date is 2025-12-01"),
    "a base in the future": (["--kind", "indexed", "--base", "2030-01-01"], 3, "the nearest date is 2025-12-05"),
    "a base without an index": ([*ONE[1:], "--base", "2025-12-01"], 2, "trend has no --base; indexed has"),
    "a pair of a coverage": (["KGS/USD", "--kind", "coverage"], 2, "coverage is of a source and shows no pair"),
    "letters in the wrong order": (["KGS/UDS"], 3, "the nearest is KGS/USD"),
    "a base not captured": (["--base", "2025-12-04", "--to", "2025-12-02"], 3, "the nearest date is 2025-12-05"),
    "a size too small": (["--size", "1x4"], 2, "each side must be 2 to 200"),
    "too many dots": (["--size", "100x100", "--dpi", "500"], 2, "dots, over 200,000,000"),
    "too few dots per inch": (["--dpi", "29"], 2, "29"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_an_impossible_request_is_one_line_with_the_way_out(stored: Project, in_process: InProcess, name: str) -> None:
    arguments, expected, words = WRONG[name]
    code, out, err = in_process("chart", *arguments)
    assert (code, out, err.count("\n")) == (expected, "", 1)
    assert err.startswith("fxtrack: ")
    assert words in err
    assert not stored.config.charts.exists()


def test_files_of_the_page_of_charts_are_not_replaced(stored: Project, in_process: InProcess) -> None:
    place = str(stored.config.charts_page / "drawn-1" / "trend.png")
    for arguments in (ONE, ("export",)):
        code, out, err = in_process(
            *arguments, "--output", place.replace("png", "csv" if len(arguments) == 1 else "png")
        )
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "only the page of charts has files in " in err
    assert not stored.config.charts.exists()


@pytest.mark.usefixtures("stored")
def test_the_smallest_and_the_largest_size_allowed_are_drawn(in_process: InProcess, tmp_path: Path) -> None:
    least = CHART_INCHES[0]
    for dpi, size in ((CHART_DPI[0], f"{least}x{least}"), (CHART_DPI[1], f"{least}x{least}")):
        assert in_process(*ONE, "--dpi", str(dpi), "--size", size, "-o", str(tmp_path / "a.png"))[0] == 0
    side = int(CHART_PIXELS**0.5)
    for more, code in ((0, 0), (1, 2)):
        found, _, _ = in_process(
            *ONE, "--format", "svg", "-o", str(tmp_path / "b"), "--size", f"{side + more}x{side + more}px"
        )
        assert found == code


def test_a_pair_without_a_close_in_the_range_is_named_and_the_others_are_drawn(
    copied: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    copied.page("e.txt", page_text((("EUR/USD", "1.1650", "0%"), *BLOCK[1:]), "9 December 2025"))
    assert run_in_process(copied, capsys, "ingest")[0] == 0
    code, out, err = run_in_process(
        copied, capsys, "chart", "EUR/USD", "kzt-usd", "--kind", "trend", "--to", "2025-12-05"
    )
    assert (code, err) == (0, "fxtrack: EUR/USD: no close matches, left out\n")
    assert [Path(line).name for line in out.splitlines()] == ["trend-KZT-USD.png"]
    code, _, err = run_in_process(copied, capsys, "chart", "EUR/USD", "--to", "2025-12-05")
    assert (code, err) == (3, "fxtrack: no close matches; page dates go from 2025-12-09 to 2025-12-09\n")


@pytest.mark.usefixtures("stored")
def test_an_output_that_cannot_be_written_leaves_the_old_file(in_process: InProcess, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a file system is not permitted here: {mounted.stderr!r}")
    try:
        (folder / "a.png").write_bytes(b"before")
        code, out, err = in_process(*ONE, "-o", str(folder / "a.png"))
        assert (code, out) == (1, "")
        assert err == f"fxtrack: {folder / 'a.png'}: cannot be written: No space left on device\n"
        assert (folder / "a.png").read_bytes() == b"before"
        assert names_in(folder) == {"a.png"}
    finally:
        subprocess.run(["umount", folder], check=True)
        shutil.rmtree(folder)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("target", ["/proc/fxtrack/a.png", "a.txt/b.png", "missing/a.png"])
def test_a_missing_folder_is_one_line_and_is_not_made(in_process: InProcess, tmp_path: Path, target: str) -> None:
    (tmp_path / "a.txt").write_text("a file")
    code, out, err = in_process(*ONE, "-o", str(tmp_path / target))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "cannot be written" in err
    assert not (tmp_path / "missing").exists()


def test_before_the_first_run_there_is_nothing_to_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = Project(tmp_path)
    empty.configure('[[sources]]\nname = "site"\n')
    code, _, err = run_in_process(empty, capsys, "chart")
    assert code == 3
    assert "no database yet; `fxtrack run` makes it from the pages" in err


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_one_call_gives_the_bytes_that_the_command_writes(
    stored: Project, in_process: InProcess, tmp_path: Path, form: str
) -> None:
    assert in_process(*ONE, "-o", str(tmp_path / f"a.{form}"), "--from", "2025-12-02")[0] == 0
    with open_published(stored.config) as connection:
        content = chart_bytes(connection, "trend", "kgs-usd", form, since=dt.date(2025, 12, 2))
    assert content == (tmp_path / f"a.{form}").read_bytes()


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"kind": "pie"}, UsageError, "unknown kind 'pie'; choose from trend, indexed"),
        ({"kind": "trend", "pair": "KGS/USD", "form": "gif"}, UsageError, "unknown format 'gif'; choose from png"),
        ({"kind": "trend"}, UsageError, "5 charts match: trend-KGS-USD, .*; choose one by pair and source"),
        ({"kind": "coverage", "look": Look(invert=True)}, UsageError, "coverage cannot show inverse rates"),
        ({"kind": "trend", "pair": "XXX/USD"}, NothingFound, "no pair 'XXX/USD' in the database"),
        ({"kind": "trend", "pair": "KGS/USD", "until": dt.date(2025, 1, 1)}, NothingFound, "no close matches"),
        ({"kind": "indexed", "base": dt.date(2025, 12, 3)}, NothingFound, "the nearest date is 2025-12-02"),
    ],
)
def test_one_call_refuses_an_impossible_request_in_one_line(
    stored: Project, asked: dict[str, Any], error: type[FxtrackError], words: str
) -> None:
    with open_published(stored.config) as connection, pytest.raises(error, match=words):
        chart_bytes(connection, **asked)


def test_settings_of_matplotlib_and_the_working_folder_change_no_byte(
    plain: dict[str, bytes], elsewhere: Callable[..., dict[str, bytes]]
) -> None:
    settings = "axes.linewidth: 5\nlines.linewidth: 9\nsavefig.facecolor: red\nsvg.fonttype: path\nfont.size: 30\n"
    assert elsewhere("set", settings + "axes.prop_cycle: cycler('color', ['r'])\nxtick.top: True\n") == plain


def test_pages_without_reports_are_drawn_without_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project(tmp_path)
    project.configure('[[sources]]\nname = "site"\n')
    project.page("a.txt", page_text(tuple((pair, rate, None) for pair, rate, _ in BLOCK)))
    code, _, err = run_in_process(project, capsys, "run")  # pytest makes an error of a warning
    assert (code, err) == (0, "")
    assert len(list((project.root / "charts").glob("**/*.svg"))) > len(BLOCK)
