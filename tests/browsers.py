"""A real browser without a window, and what a test asks of it."""

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
HOSTILE = "<img src=x onerror=alert(1)>{{ 7 * 7 }}&amp;.txt"
"""Name of a page of the fixture `sample`."""


def start_browser(profile: Path) -> "Chrome":
    """Start Chromium with a fresh profile."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for switch in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
        "disable-component-update", "disable-sync", "disable-dev-shm-usage",
        f"user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(str(DRIVER)))


def show(browser: "Chrome", page: Path, width: int, scheme: str = "light") -> None:
    """Open an HTML file at a screen width, and wait for its pictures."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    errors(browser)  # forget those of the previous page
    browser.get(page.as_uri())
    browser.execute_script("for (const image of document.images) image.loading = 'eager'")
    loaded = "return [...document.images].every(image => image.complete)"
    deadline = time.monotonic() + 90
    while not browser.execute_script(loaded):
        assert time.monotonic() < deadline, "pictures are still loading"
        time.sleep(0.05)


def errors(browser: "Chrome") -> list[str]:
    """Return the console messages since the last call."""
    return [entry["message"] for entry in browser.get_log("browser")]  # type: ignore[no-untyped-call]
