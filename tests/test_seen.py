"""The visible text of a page, compared with a real browser: elements that HTML, a style or a style sheet hides."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.extract.text.html import visible_text
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
TEXT = "KGS/USD"

STYLES = [
    "display:none", "display:/**/none", "display:no\\6e e", "DISPLAY:NONE!important", "display:block",
    "visibility:hidden",
    "visibility:collapse", "opacity:0", "opacity:.0", "opacity:0%", "opacity:.5", "font-size:0", "font-size:0px",
    "font-size:1.2em", "color:transparent", "color:rgba(9,9,9,0)", "color:#12345600", "color:#000",
    "position:absolute;left:-9999px", "text-indent:-9999px", "margin-left:-9999px", "width:0;overflow:hidden",
    "height:0;overflow:hidden", "width:0", "max-height:0;overflow:hidden", "position:absolute;clip:rect(0,0,0,0)",
    "clip-path:inset(50%)", "clip-path:circle(0)", "transform:scale(0)", "transform:translateX(-9999px)",
    "content-visibility:hidden", "overflow:hidden", "text-decoration:underline", "display:none;display:block",
    "display:block;display:none", "display:block!important;display:none", "display:none;display:bad", "font:0/0 a",
    "font:12px/1 a", "opacity:calc(0)", "height:0;overflow-y:hidden",
    "height:0;overflow:hidden auto", "position:absolute;width:1px;height:1px;overflow:hidden", "left:-9999px",
    "block-size:0;overflow:hidden", "position:absolute;left:calc(-9999px)", "position:absolute;inset:0 auto 0 -9999px",
    "margin:0 0 0 -9999px", "clip-path:inset(0 100% 0 0)", "clip-path:inset(1px)", "clip-path:polygon(0 0,0 0,0 0)",
    "scale:0", "translate:-9999px", "transform:matrix(0,0,0,0,0,0)", "color:rgb(0 0 0 / 0)", "color:rgb(0,0,0)",
    "color:hsl(0 0% 0% / 0%)", "font-size:0;font-size:14px", "position:relative;left:-9999px",
]  # fmt: skip
SHEETS = [
    (".x{%s}", "<p class=x>{}</p>"), ("#x{%s}", "<p id=x>{}</p>"), ("div > .x{%s}", "<div><p class='a x'>{}</p></div>"),
]  # fmt: skip
RULES = [
    (".x{display:none}.x.y{display:block}", "<p class='x y'>{}</p>"),
    (".x{display:none}p{display:block}", "<p class=x>{}</p>"),
    ("p{display:block!important}.x{display:none}", "<p class=x>{}</p>"),
    ("#x{display:block}.y{display:none}", "<p id=x class=y>{}</p>"),
    ("@media print{.x{display:none}}", "<p class=x>{}</p>"), ("@media screen{.x{display:none}}", "<p class=x>{}</p>"),
    ("ul .x{display:none}", "<p class=x>{}</p>"), ("ul .x{display:none}", "<ul><li><b class=x>{}</b></ul>"),
    ("ul > .x{display:none}", "<ul><li><b class=x>{}</b></ul>"), ("b,i,.x{display:none}", "<i>{}</i>"),
    (".x,,{display:none}", "<p class=x>{}</p>"), (".x{display:none", "<p class=x>{}</p>"),
    (".sr-only{position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)}", "<p class=sr-only>{}</p>"),
    (".x{display:none}.x{display:bad}", "<p class=x>{}</p>"), ("}.x{display:none}", "<p class=x>{}</p>"),
    ("@media (min-width:1px){.x{display:none}}", "<p class=x>{}</p>"), (".a{& .x{display:none}}", "<p class=x>{}</p>"),
    ("@media (max-width:99px){.x{display:none}}", "<p class=x>{}</p>"), (":root .x{display:none}", "<p class=x>{}</p>"),
    ("[class~=x]{display:none}", "<p class='a x'>{}</p>"), ("p:is(.x){display:none}", "<p class=x>{}</p>"),
    ("p:not(.y){display:none}", "<p class=x>{}</p>"), ("p:not(.y){display:none}", "<p class=y>{}</p>"),
    ("p:hover{display:none}", "<p class=x>{}</p>"), (".a{.x{display:none}}", "<div class=a><p class=x>{}</p></div>"),
    ("[hidden]{display:block!important}", "<p hidden>{}</p>"),
    (".x{display:none}", "<p class=x style='display:block'>{}</p>"),
    (".x{display:none!important}", "<p class=x style='display:block'>{}</p>"),
    (".x{visibility:hidden}.y{visibility:visible}", "<div class=x><p class=y>{}</p></div>"),
    ("/*.x{display:none}*/", "<p class=x>{}</p>"), (".x::before{content:'a'}", "<p class=x>{}</p>"),
]  # fmt: skip
ELEMENTS = [
    "<dialog>{}</dialog>", "<dialog open>{}</dialog>", "<details><p>{}</p></details>",
    "<details open><p>{}</p></details>",
    "<details><summary>{}</summary></details>", "<p hidden>{}</p>", "<p hidden=until-found>{}</p>", "<p popover>{}</p>",
    "<template>{}</template>", "<noscript>{}</noscript>", "<canvas>{}</canvas>", "<progress>{}</progress>",
    "<meter>{}</meter>", "<video>{}</video>", "<audio>{}</audio>", "<object>{}</object>", "<iframe>{}</iframe>",
    "<datalist><option>{}</datalist>", "<q>{}</q>", "<svg><title>{}</title></svg>", "<small>{}</small>",
    "<mark>{}</mark>",
    "<ul style='font-size:0'><li style='font-size:14px'>{}</ul>",
    "<ul style='font-size:0'><li style='font-size:1em'>{}</ul>",
    "<div style='visibility:hidden'><p style='visibility:visible'>{}</p></div>",
    "<p hidden style='display:block'>{}</p>",
    "<div style='color:transparent'><p style='color:red'>{}</p></div>", "<p popover style='display:block'>{}</p>",
    "<div style='visibility:hidden'><p style='color:red'>{}</p></div>",
    "<dialog style='display:block'>{}</dialog>",
    "<div style='display:none'><p style='display:block'>{}</p></div>",
    "<div style='visibility:hidden'><b>a</b><p style='visibility:visible'><b>a</b></p><p>{}</p></div>",
    "<ruby>{}<rp>(</rp></ruby>", "<noembed>{}</noembed>", "<fieldset>{}</fieldset>", "<marquee>{}</marquee>",
]  # fmt: skip
PAGES = [
    *(f"<p style='{style}'>{{}}</p>" for style in STYLES),
    *(f"<style>{sheet % style}</style>{body}" for sheet, body in SHEETS for style in STYLES),
    *(f"<style>{sheet}</style>{body}" for sheet, body in RULES),
    *ELEMENTS,
]
DIFFERENT = {
    "<object>{}</object>": "seen",  # one that cannot be loaded shows what it holds instead
    "<marquee>{}</marquee>": "not seen",  # its text has not come into view yet
}

SEEN = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, parent = node.parentElement;
  if (!node.data.includes("KGS/USD")) continue;
  if (!parent.checkVisibility({opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true})) continue;
  const style = getComputedStyle(parent), range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (parseFloat(style.fontSize) === 0 || /rgba\\(.*, 0\\)/.test(style.color)) continue;
  if (box.width < 2 || box.height < 2 || box.right <= 0 || box.bottom <= 0) continue;
  const hit = document.elementFromPoint(box.left + Math.min(8, box.width / 2), box.top + box.height / 2);
  if (hit && (hit === parent || parent.contains(hit))) return true;
}
return false;
"""


@pytest.fixture(scope="module")
def browser() -> Iterator["Chrome"]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium and its driver are not installed")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(option)
    chrome = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield chrome
    chrome.quit()


def test_what_is_read_is_what_a_browser_shows(browser: "Chrome") -> None:
    found: dict[str, str] = {}
    assert len(PAGES) >= 80
    for body in PAGES:
        shown = body.replace("{}", TEXT)
        page = f"<!DOCTYPE html><meta charset=utf-8><title>t</title><body><p>a</p>{shown}<p>b</p>"
        browser.get("data:text/html;charset=utf-8," + quote(page))
        seen = bool(browser.execute_script(SEEN))
        if seen != (TEXT in visible_text(page).text):
            found[body] = "seen" if seen else "not seen"
    assert found == DIFFERENT


def ticker(rate: str) -> str:
    block = [f"KGS/USD = {rate} 0%", "KZT/USD = 0.00192 -0%", "TJS/USD = 0.10879 0.28%", "UZS/USD = 0.00008 0%"]
    return "<br>".join(block * 4)


def reading_of(body: str) -> Reading:
    return read(Page("a.html", f"<html><body>{body}</body></html>".encode(), media_type="text/html"), Grammar())


HIDING = [
    ("<dialog>", "</dialog>"), ("<details><summary>x</summary><div>", "</div></details>"), ("<div popover>", "</div>"),
    ("<div style='display:/**/none'>", "</div>"), ("<div style='opacity:0'>", "</div>"),
    ("<style>.x{display:none}</style><div class=x>", "</div>"), ("<style>#x{opacity:0}</style><div id=x>", "</div>"),
    ("<style>section>div{position:absolute;left:-9999px}</style><section><div>", "</div></section>"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "behind"), HIDING)
def test_a_hidden_ticker_is_not_the_page_s(before: str, behind: str) -> None:
    page = f"{before}{ticker('9.99999')}{behind}<p>Our newspaper brings you the rates of the day.</p>"
    found = reading_of(f"{page}<div>{ticker('0.01144')}</div><p>08 December 2025</p><p>A headline</p>")
    assert (found.outcome, found.detail) == (Outcome.OK, None)
    assert str(found.quotes[0]) == "KGS/USD = 0.01144 0%"


def test_a_page_whose_only_ticker_its_style_sheet_hides_says_so() -> None:
    found = reading_of(f"<style>.x{{display:none}}</style><div class=x>{ticker('9.99999')}</div>")
    assert (found.outcome, found.quotes) == (Outcome.NO_TICKER, ())
    assert "hides its ticker" in (found.detail or "")


@pytest.mark.parametrize("around", [
    "<dialog>{}</dialog>", "<div hidden>{}</div>", "<div popover>{}</div>", "<details>{}</details>",
    "<div style='overflow:hidden'><p style='margin-left:-1234px'>{}</p></div>",
    "<div style='transform:translate3d(-2898px,0px,0px)'>{}</div>", "<div style='transform:translateX(-100%)'>{}</div>",
    "<div style='opacity:0;transition:opacity 1s'>{}</div>",
])  # fmt: skip
def test_a_page_that_hides_its_only_ticker_says_so(around: str) -> None:
    found = reading_of(around.format(ticker("9.99999")))
    assert (found.outcome, found.quotes) == (Outcome.NO_TICKER, ())
    assert "hides its ticker" in (found.detail or "")


def test_hidden_text_that_is_no_ticker_is_not_named() -> None:
    assert reading_of("<div hidden>KGS/USD = 0.01144 0.5%<br>Page 2</div><p>A headline</p>").detail is None


@pytest.mark.parametrize(
    ("content", "report"),
    [
        (r"'\25BC'", "-0.28%"), ("'-'", "-0.28%"), (r'"\2212"', "-0.28%"), ("none", None), ("'+'", "+0.28%"),
        ("url(a.png)", None), (r"'\f0d7'", None), ("counter(a)", None), ("''", None),
    ],
)  # fmt: skip
def test_text_that_a_style_sheet_adds_is_read(content: str, report: str | None) -> None:
    """Without such text, the class of a single pair leaves its sign uncertain."""
    entry = ticker("0.01144").replace("0.28%", "<b class=x>0.28%</b>").replace("-0%", "0%")
    found = reading_of(f"<style>.x::before{{content:{content}}}</style><div>{entry}</div><p>08 December 2025</p>")
    assert [quote.reported_text for quote in found.quotes if quote.pair == "TJS/USD"] == [report]


@pytest.mark.parametrize("css", ["", "}", ".x{", "@", "@media{", "<!--", "\\", "{{{{", ".x{display:none", "/*" * 999])
def test_a_broken_style_sheet_breaks_nothing(css: str) -> None:
    found = reading_of(f"<style>{css}</style><div>{ticker('0.01144')}</div><p>08 December 2025</p>")
    assert (found.outcome, len(found.quotes)) == (Outcome.OK, 4)
