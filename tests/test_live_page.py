"""The live charts of the page of charts, clicked in a real browser that opens it as a file."""

import csv
import datetime as dt
import io
import json
import shutil
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from browsers import errors, show
from conftest import ROOT, Project
from PIL import Image

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

NAME = "trend-TJS-USD"
LINES = {"light": (0, 127, 92), "dark": (63, 199, 154)}
"""Colours of TJS/USD in the page."""


@pytest.fixture(scope="module")
def shown(sample: Project) -> list[dict[str, str]]:
    """The closes of TJS/USD as the command line prints them, by date."""
    rows: list[dict[str, str]] = json.loads(sample.run("show", "TJS/USD", "--json").stdout)
    return rows


@pytest.fixture
def figure(browser: "Chrome", sample: Project) -> "WebElement":
    """The chart of TJS/USD, live."""
    return open_chart(browser, sample.config.charts / "index.html")


def open_chart(
    browser: "Chrome", page: Path, name: str = NAME, width: int = 1280, scheme: str = "light"
) -> "WebElement":
    """Open the page, and scroll to a chart until it is live."""
    show(browser, page, width, scheme)
    return live(browser, name)


def live(browser: "Chrome", name: str) -> "WebElement":
    found = browser.find_element("css selector", f"figure[data-name={name}]")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
    until(lambda: bool(found.find_elements("css selector", ".readout caption")), "a live chart")
    return found


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, f"no {what}"
        time.sleep(0.02)


def readout(figure: "WebElement") -> dict[str, str]:
    """Return the date and the texts that a chart shows for its first series."""
    cells = figure.find_elements("css selector", ".readout tbody tr:first-child td")
    texts = {str(cell.get_attribute("data-label")): cell.text.split("\n")[-1] for cell in cells}
    return {"date": figure.find_element("css selector", ".readout caption").text, **texts}


def at_pointer(browser: "Chrome", figure: "WebElement", share: float) -> dict[str, str]:
    """Move the pointer to a share of the width of the plot, and return what the chart shows."""
    from selenium.webdriver.common.action_chains import ActionChains

    plot = figure.find_element("css selector", ".u-over")
    before = readout(figure)
    ActionChains(browser).move_to_element_with_offset(plot, int((share - 0.5) * plot.size["width"]), 0).perform()
    until(lambda: readout(figure) != before, "other values")
    return readout(figure)


def test_the_pointer_shows_the_printed_digits_the_verdict_and_the_page(
    browser: "Chrome", figure: "WebElement", shown: list[dict[str, str]]
) -> None:
    assert readout(figure)["date"] == shown[-1]["page_date"]
    found = at_pointer(browser, figure, 0.003)
    assert (found["date"], found["Rate"]) == (shown[0]["page_date"], shown[0]["rate"])
    assert found["Verdict"] == "nothing earlier to compare with"
    # the page that it names has just these characters
    text = (ROOT / found["Page"]).read_text("utf-8")
    assert f"TJS/USD = {found['Rate']} {found['Reported']}" in text
    assert found["Digits allow"] == "±0.000005"
    assert errors(browser) == []


def test_the_keyboard_goes_from_date_to_date(figure: "WebElement", shown: list[dict[str, str]]) -> None:
    from selenium.webdriver.common.keys import Keys

    plot = figure.find_element("css selector", "[role=slider]")
    seen = []
    for key in (Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.END, Keys.ARROW_LEFT):
        plot.send_keys(key)
        seen.append((readout(figure)["date"], readout(figure)["Rate"]))
        assert all(text in str(plot.get_attribute("aria-valuetext")) for text in seen[-1])
    assert seen == [(shown[n]["page_date"], shown[n]["rate"]) for n in (0, 1, 2, -1, -2)]


def test_a_finger_shows_values(browser: "Chrome", figure: "WebElement", shown: list[dict[str, str]]) -> None:
    place = figure.find_element("css selector", ".u-over").rect
    top = browser.execute_script("return scrollY")
    point = {"x": place["x"] + 2, "y": place["y"] - top + 40}
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(lambda: readout(figure)["date"] == shown[0]["page_date"], "values under a finger")


def test_a_range_holds_for_all_charts(browser: "Chrome", figure: "WebElement", shown: list[dict[str, str]]) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    def ends() -> tuple[str, str]:
        return tuple(str(browser.find_element("id", name).get_attribute("value")) for name in ("from", "to"))  # type: ignore[return-value]

    def dates(figure: "WebElement") -> int:
        return 1 + int(str(figure.find_element("css selector", "[role=slider]").get_attribute("aria-valuemax")))

    assert ends() == (shown[0]["page_date"], shown[-1]["page_date"]) == ("2024-09-08", "2025-12-12")
    changes = live(browser, "changes-TJS-USD")
    browser.find_element("xpath", "//button[.='30 days']").click()
    within = [row for row in shown if row["page_date"] >= "2025-11-12"]
    assert ends() == ("2025-11-12", "2025-12-12")
    until(lambda: dates(figure) == len(within), "shorter range")
    until(lambda: dates(changes) == sum(int(row["snapshots"]) for row in within), "shorter range of changes")
    first = at_pointer(browser, live(browser, NAME), 0.003)
    assert (first["date"], first["Rate"]) == (within[0]["page_date"], within[0]["rate"])
    # a drag from the middle to the right edge begins at the nearest date that is captured
    plot = figure.find_element("css selector", ".u-over")
    half = plot.size["width"] // 2
    ActionChains(browser).move_to_element(plot).click_and_hold().move_by_offset(half - 2, 0).release().perform()
    assert ends() == ("2025-12-05", "2025-12-12")
    browser.execute_script(
        "const field = document.getElementById('to');"
        "field.value = '2024-12-31'; field.dispatchEvent(new Event('change'))"
    )
    assert ends() == ("2024-12-24", "2024-12-31")  # the beginning makes room for an earlier end
    browser.find_element("xpath", "//button[.='All']").click()
    until(lambda: dates(figure) == len(shown), "whole range")
    assert errors(browser) == []


def test_pairs_are_switched_off_and_on(browser: "Chrome", sample: Project) -> None:
    figure = open_chart(browser, sample.config.charts / "index.html", "indexed")

    def rows() -> list[str]:
        return [row.text for row in figure.find_elements("css selector", ".readout tbody th")]

    everything = rows()
    assert everything == ["KGS/USD", "KZT/USD", "TJS/USD", "TMT/USD", "UZS/USD"]
    before = coloured(browser, figure, LINES["light"])
    assert sum(before) > 0
    switch = figure.find_element("xpath", ".//label[contains(., 'TJS/USD')]/input")
    switch.click()
    assert rows() == [pair for pair in everything if pair != "TJS/USD"]
    until(lambda: sum(coloured(browser, figure, LINES["light"])) == 0, "chart without the pair")
    switch.click()
    assert rows() == everything


def coloured(browser: "Chrome", figure: "WebElement", colour: tuple[int, int, int]) -> list[int]:
    """Return for each column of pixels of the plot how many have a colour."""
    counts: list[int] = browser.execute_script(
        "const [figure, colour] = arguments; const canvas = figure.querySelector('canvas');"
        "const over = figure.querySelector('.u-over'), ratio = canvas.width / canvas.clientWidth;"
        "const [left, width] = [over.offsetLeft, over.offsetWidth].map(n => Math.round(n * ratio));"
        "const { data } = canvas.getContext('2d').getImageData(left, 0, width, canvas.height);"
        "const counts = new Array(width).fill(0);"
        "for (let n = 0; n < data.length; n += 4)"
        "  if (colour.every((c, k) => Math.abs(data[n + k] - c) < 3) && data[n + 3] > 250)"
        "    counts[(n / 4) % width] += 1;"
        "return counts",
        figure, list(colour),
    )  # fmt: skip
    return counts


def test_no_line_crosses_dates_without_a_capture(
    browser: "Chrome", figure: "WebElement", shown: list[dict[str, str]]
) -> None:

    columns = coloured(browser, figure, LINES["light"])
    days = [dt.date.fromisoformat(row["page_date"]) for row in shown]
    scale = len(columns) / ((days[-1] - days[0]).days + 1)
    gaps = [(a, b) for a, b in pairwise(days) if (b - a).days > 8]
    assert len(gaps) > 3
    for before, after in gaps:
        # a day and half a mark after the last capture, up to half a mark before the next
        start, end = ((day - days[0]).days * scale for day in (before, after))
        assert sum(columns[int(start + scale + 4) : int(end - 4)]) == 0, (before, after)
    assert sum(columns[:6]) > 0
    assert sum(columns[-6:]) > 0


def test_the_downloads_have_the_digits_of_the_store(
    browser: "Chrome", figure: "WebElement", shown: list[dict[str, str]], tmp_path: Path
) -> None:
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    for form in ("csv", "xlsx", "svg", "png"):
        buttons = figure.find_elements("css selector", ".downloads :is(a, button)")
        next(button for button in buttons if button.text.startswith(form.upper())).click()
        until((tmp_path / f"{NAME}.{form}").is_file, f"download of {form}")
    rates = [(row["page_date"], row["rate"]) for row in shown]
    table = list(csv.DictReader(io.StringIO((tmp_path / f"{NAME}.csv").read_text("utf-8"))))
    assert [(row["page_date"], row["rate"]) for row in table] == rates
    sheet = openpyxl.load_workbook(tmp_path / f"{NAME}.xlsx")["TJS-USD"]
    head, *rows = sheet.iter_rows()
    rate = [cell.value for cell in head].index("rate")
    digits = [f"{row[rate].value:.{len(row[rate].number_format) - 2}f}" for row in rows]
    assert digits == [text for _, text in rates]
    root = ET.parse(tmp_path / f"{NAME}.svg").getroot()  # noqa: S314 our own file
    with Image.open(tmp_path / f"{NAME}.png") as picture:
        height = float(str(root.get("height")).removesuffix("pt")) * 96 / 72
        assert picture.width == 1920
        assert abs(picture.height - 2 * height) < 3
        assert picture.convert("RGB").getpixel((3, 3)) == (255, 255, 255)
    assert errors(browser) == []


def test_without_script_the_page_has_its_tables_and_pictures(browser: "Chrome", sample: Project) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get((sample.config.charts / "index.html").as_uri())
        seen = browser.execute_cdp_cmd("DOMSnapshot.captureSnapshot", {"computedStyles": []})
        texts = seen["strings"]
        assert "Download, all dates: " in texts
        names = {texts[n] for n in seen["documents"][0]["nodes"]["nodeName"]}
        assert {"PICTURE", "IMG", "TABLE"} <= names
        laid_out = seen["documents"][0]["layout"]["nodeIndex"]
        boxes = [texts[seen["documents"][0]["nodes"]["nodeName"][n]] for n in laid_out]
        assert boxes.count("IMG") == 13
        assert "INPUT" not in boxes  # the choice of a range needs a script, and is hidden without it
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_chart_whose_data_are_gone_says_so_and_stays_a_picture(
    browser: "Chrome", sample: Project, tmp_path: Path
) -> None:
    folder = shutil.copytree(sample.config.charts, tmp_path / "charts")
    next(folder.glob(f"page/*/{NAME}.js")).unlink()
    show(browser, folder / "index.html", 1280)
    figure = browser.find_element("css selector", f"figure[data-name={NAME}]")
    browser.execute_script("arguments[0].scrollIntoView()", figure)
    until(lambda: bool(figure.find_elements("css selector", "[role=alert]")), "word of missing data")
    assert "a newer page has replaced this one. Reload it." in figure.text
    assert figure.find_element("tag name", "img").is_displayed()


def test_a_script_of_anybody_else_does_not_run(browser: "Chrome", sample: Project, tmp_path: Path) -> None:
    page = sample.config.charts / "index.html"
    changed = page.with_name("changed.html")
    text = page.read_text("utf-8")
    foreign = "<script>window.foreign = 1</script><img src=x onerror='window.foreign = 2'>"
    try:
        changed.write_text(text.replace("</main>", f"{foreign}<script src='{tmp_path}/a.js'></script></main>"), "utf-8")
        (tmp_path / "a.js").write_text("window.foreign = 3")
        show(browser, changed, 1280)
        assert browser.execute_script("return window.foreign") is None
        assert sum("Content Security Policy" in message for message in errors(browser)) >= 3
    finally:
        changed.unlink()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_axe_finds_nothing_in_the_live_page(browser: "Chrome", sample: Project, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    figure = open_chart(browser, sample.config.charts / "index.html", width=width, scheme=scheme)
    live(browser, "indexed")
    live(browser, "changes-TJS-USD")
    assert sum(coloured(browser, figure, LINES[scheme])) > 0
    rules = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
    browser.execute_script(rules)
    found: list[dict[str, Any]] = browser.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {resultTypes: ['violations']}).then(found => done(found.violations))"
    )
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found] == []
    page, window = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert page <= window == width
    assert errors(browser) == []


def test_paper_has_the_pictures_in_place_of_live_charts(browser: "Chrome", figure: "WebElement") -> None:
    parts = [figure.find_element("css selector", name) for name in ("picture img", ".live", ".downloads")]
    assert [part.is_displayed() for part in parts] == [False, True, True]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert [part.is_displayed() for part in parts] == [True, False, False]
        colours = "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"
        assert browser.execute_script(colours) == ["rgb(255, 255, 255)", "rgb(27, 31, 36)"]
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
