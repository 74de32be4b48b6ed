"""The folder of charts after a run: an index page that works in a real browser, and charts that are up to date."""

import datetime as dt
import hashlib
import io
import json
import re
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsers import HOSTILE, errors, show
from conftest import BLOCK, ONE, PAIR, ROOT, InProcess, Project, page_text
from PIL import Image
from promises import start

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

SCHEMES = ("light", "dark")


@pytest.mark.few(1)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_has_no_errors_no_missing_picture_and_nothing_beyond_its_width(
    browser: "Chrome",
    sample: Project,
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    show(browser, sample.config.charts / "index.html", width, scheme)
    assert browser.title == "Currency rates from captured pages"
    assert errors(browser) == []
    pictures = browser.execute_script(
        "return [...document.images].map(image => [image.currentSrc, image.naturalWidth, image.alt])"
    )
    assert len(pictures) == 13
    assert all(seen > 0 and len(alt) > 30 for _, seen, alt in pictures)
    assert all((".narrow." in source) == (width == 360) for source, _, _ in pictures)
    page, window = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert page <= window == width
    beyond = browser.execute_script(
        # on a phone, headings of tables are for screen readers only
        "return [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
        " && !(innerWidth < 600 && e.closest('thead'))).map(e => e.outerHTML.slice(0, 80))"
    )
    assert beyond == []
    assert browser.save_screenshot(str(tmp_path / f"{width}-{scheme}.png"))
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 25, 30)"}[scheme]


def test_the_checks_find_a_broken_page(browser: "Chrome", sample: Project, tmp_path: Path) -> None:
    folder = shutil.copytree(sample.config.charts, tmp_path / "charts")
    next(folder.glob("page/*/overview.svg")).unlink()
    page = folder / "index.html"
    page.write_text(page.read_text("utf-8").replace("</main>", "<canvas width='2000'></canvas></main>"), "utf-8")
    show(browser, page, 1280)
    assert any("ERR_FILE_NOT_FOUND" in error for error in errors(browser))
    assert browser.execute_script("return document.documentElement.scrollWidth") >= 2000


def test_names_and_details_from_captured_pages_are_only_text(browser: "Chrome", sample: Project) -> None:
    show(browser, sample.config.charts / "index.html", 1280)
    problems = browser.find_element("id", "problems").text
    assert f"pages/sample/{HOSTILE}" in problems
    assert "KGS/USD = 0.01150 0% in 1 of 8 repeats" in problems
    assert browser.execute_script("return document.querySelectorAll('img[src=x]').length") == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_charts_take_the_colours_of_the_page(browser: "Chrome", sample: Project, scheme: str) -> None:
    show(browser, sample.config.charts / "index.html", 1280, scheme)
    box = browser.find_element("css selector", "#together figure:not([data-live]) img")
    browser.execute_script("arguments[0].scrollIntoView()", box)
    picture = Image.open(io.BytesIO(box.screenshot_as_png)).convert("RGB")
    assert picture.getpixel((3, 3)) == {"light": (255, 255, 255), "dark": (21, 25, 30)}[scheme]


def test_the_table_has_the_rows_of_latest(browser: "Chrome", sample: Project) -> None:
    show(browser, sample.config.charts / "index.html", 1280)
    rows = browser.find_elements("css selector", "#latest tbody tr")
    shown = {row.text.split()[0]: row.text.split()[1:4] for row in rows}
    told = sample.run("latest", "--json")
    assert shown == {row["pair"]: [row["page_date"], row["rate"], row["reported"]] for row in json.loads(told.stdout)}


def test_the_table_has_no_more_digits_of_a_change_than_its_range(project: Project, in_process: InProcess) -> None:
    for day, rate in ((11, "4199.30"), (12, "4200.00")):
        project.page(f"{day}.txt", page_text((("XAU/USD", rate, "0.02%"), *BLOCK[1:]), f"{day} December 2025"))
    assert in_process("run")[0] == 0
    text = (project.config.charts / "index.html").read_text("utf-8")
    # 4200.00 / 4199.30 is 1.00016669, and half a cent of either is 0.00012 %
    assert ">+0.01667<" in text
    assert ">+0.01643 to +0.01691<" in text
    # 0.00008 twice: 0.000075 / 0.000085 and 0.000085 / 0.000075
    assert ">0<" in text
    assert ">\u221212 to +14<" in text


def test_every_run_writes_the_page_and_its_time_though_nothing_is_new(project: Project) -> None:
    project.configure(ONE)
    project.page("a.txt", page_text(PAIR))
    made = []
    for _ in range(2):
        before = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
        assert project.run("run").returncode == 0
        (text,) = re.findall(r"<time>(.*?) UTC</time>", (project.config.charts / "index.html").read_text("utf-8"))
        moment = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        assert before <= moment <= dt.datetime.now(dt.UTC)
        made.append((project.config.charts / "index.html").stat().st_ino)
    assert made[0] != made[1]


def test_a_page_without_any_close_says_so(project: Project) -> None:
    project.page("a.txt", "no rates here\n")
    done = project.run("run")
    assert (done.returncode, done.stderr) == (0, "")
    text = (project.config.charts / "index.html").read_text("utf-8")
    assert "No page with a date and a ticker has been captured yet." in text
    assert "<img" not in text
    assert {path.name for path in project.config.charts.iterdir()} == {"page", "index.html"}


def test_reports_in_the_counter_currency_are_counted_like_percentages(project: Project, in_process: InProcess) -> None:
    project.configure('[[sources]]\nname = "site"\nchange = "absolute"\nmin_pairs = 1\n')
    for day, quote in ((11, "87.9112"), (12, "87.4512 -0.4600"), (13, "87.4512 +0.3")):
        project.page(f"{day}.txt", page_text((("USD/KGS", quote, None),), date=f"{day} December 2025"))
    assert in_process("run")[0] == 0
    page = (project.root / "charts/index.html").read_text("utf-8")
    assert "Computed and reported changes of USD/KGS from 2025-12-11 to 2025-12-13: 1 of 2 reports agree." in page


@pytest.mark.slow
def test_a_new_close_is_drawn_and_a_deleted_chart_comes_back(project: Project, in_process: InProcess) -> None:
    def charts() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in project.config.charts.glob("page/*/*")}

    project.configure(ONE)
    project.page("1.txt", page_text(PAIR, "11 December 2025"))
    in_process("run")
    before = charts()
    project.page("2.txt", page_text((("KGS/USD", "0.01150", "0%"),), "12 December 2025"))
    in_process("run")
    after = charts()
    assert before["trend-KGS-USD.svg"] != after["trend-KGS-USD.svg"]
    for name in ("trend-KGS-USD.svg", "overview.narrow.svg"):
        next(project.config.charts.glob(f"page/*/{name}")).unlink()
        in_process("run")
        assert charts() == after


@pytest.mark.slow
def test_an_obsolete_chart_is_removed_and_a_foreign_file_stays(project: Project, in_process: InProcess) -> None:
    project.configure(ONE)
    project.page("1.txt", page_text(BLOCK[::4]))
    in_process("run")
    assert list(project.config.charts.glob("page/*/trend-TMT-USD.svg"))
    (project.config.charts / "mine.svg").write_text("mine")
    shutil.rmtree(project.root / "db")
    (project.root / "pages" / "1.txt").unlink()
    project.page("2.txt", page_text(PAIR))
    in_process("run")
    left = {path.name for path in project.config.charts.rglob("*.svg")}
    assert "mine.svg" in left
    assert not {name for name in left if "TMT" in name}
    assert {"trend-KGS-USD.svg", "trend-KGS-USD.narrow.svg"} <= left


@pytest.mark.slow
def test_a_damaged_note_makes_the_next_run_draw_again(project: Project, in_process: InProcess) -> None:
    project.configure(ONE)
    project.page("a.txt", page_text(PAIR))
    in_process("run")
    (chart,) = project.config.charts.glob("page/*/indexed.svg")
    whole = chart.read_bytes()
    for note in (b"", b"{", b'{"identity": []}', b"\xff\xfe"):
        chart.write_bytes(b"half")
        (project.config.charts / "page" / ".drawn-from").write_bytes(note)
        code, out, err = in_process("run")
        assert (code, err) == (0, ""), note
        assert "5 charts in charts/" in out
        (chart,) = project.config.charts.glob("page/*/indexed.svg")
        assert chart.read_bytes() == whole


@pytest.mark.slow
def test_a_run_killed_while_it_draws_leaves_whole_charts_and_the_next_one_finishes(project: Project) -> None:
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    killed = 0
    for _ in range(4):
        running = start(project, "run")
        while running.poll() is None and len(list(project.config.charts.glob("page/.*.new/*"))) < 3 * (killed + 1):
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        killed += running.returncode == -signal.SIGKILL
        # nothing of it can be seen: neither an index page nor a folder that one could name
        assert not (project.config.charts / "index.html").exists()
        assert not list(project.config.charts.glob("page/drawn-*"))
    assert killed == 4
    assert project.run("run").returncode == 0
    assert len(list(project.config.charts.rglob("*.svg"))) == 26
    assert all(path.read_bytes().endswith(b"</svg>\n") for path in project.config.charts.rglob("*.svg"))
    assert not list(project.config.charts.rglob("*.new"))


@pytest.mark.slow
def test_a_name_from_a_page_cannot_leave_the_folder(project: Project, in_process: InProcess) -> None:
    names = ("../USD", "../../etc/USD", "KGS/../USD", "kgs/usd", "KGS/US$", "ÄÖÜ/USD", "KGS/USD/../x", "/ET/CXX")
    lines = "\n".join(f"• {name} = 0.01144 0%" for name in names)
    for number, text in enumerate((lines * 8, lines * 4 + "\n" + page_text(), page_text() + lines)):
        project.page(f"{number}.txt", text)
    before = {path.name for path in project.root.parent.iterdir()}
    in_process("run")
    assert {path.name for path in project.root.parent.iterdir()} == before
    assert {path.name for path in project.root.iterdir()} == {"config.toml", "pages", "db", "charts"}
    drawn = {path.name for path in project.config.charts.glob("page/*/trend-*.svg")}
    assert {name for name in drawn if ".narrow." not in name} == {
        f"trend-{pair.replace('/', '-')}.svg" for pair, _, _ in BLOCK
    }


def test_the_index_page_names_only_files_of_its_folder_and_allows_no_other(sample: Project) -> None:
    text = (sample.config.charts / "index.html").read_text("utf-8")
    named = set(re.findall(r'(?:src|srcset|href|data-script)="([^#"]+)"', text)) - {"data:,"}
    (folder,) = sample.config.charts.glob("page/drawn-*")
    assert named == {path.relative_to(sample.config.charts).as_posix() for path in folder.iterdir()}
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy.startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_chart_library_is_the_one_that_the_documentation_names() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    files = [*(ROOT / "fxtrack" / "charts" / "gallery" / "vendor" / "uplot").iterdir()]
    assert len(files) == 3
    for path in files:
        assert re.search(f"{re.escape(path.name)}` \\| `{hashlib.sha256(path.read_bytes()).hexdigest()}`", text), (
            path.name
        )
