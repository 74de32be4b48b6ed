"""robots.txt (RFC 9309): whether an address may be requested, and at what pace."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from fxtrack.collect.http.client import Ask, Web
from fxtrack.collect.http.headers import PRODUCT
from fxtrack.errors import FetchError
from fxtrack.limits import CRAWL_DELAY_SECONDS, ROBOTS_BYTES, ROBOTS_HOURS

_GONE = range(400, 500)
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """The robots.txt of a site.

    Attributes:
        origin: scheme, host and port: ``https://example.org``.
        asked_utc: when it was requested.
        text: its first 500 KiB; empty where the site has none (4xx), which allows everything.
    """

    origin: str
    asked_utc: dt.datetime
    text: str


class Robots:
    """Requests each site's robots.txt once, and applies it for a day at the most."""

    def __init__(self, web: Web, known: tuple[RobotsFile, ...], now: dt.datetime) -> None:
        """Begin with the files of earlier runs, except those older than a day."""
        self._web = web
        self._now = now
        oldest = now - dt.timedelta(hours=ROBOTS_HOURS)
        self._files = {file.origin: file for file in known if oldest < file.asked_utc <= now}
        self._rules = {origin: Protego.parse(file.text) for origin, file in self._files.items()}

    @property
    def files(self) -> tuple[RobotsFile, ...]:
        """All files in use."""
        return tuple(self._files.values())

    def check(self, url: str) -> None:
        """Return if the site allows a request for the address.

        A site without the file (4xx) allows everything; a site that fails to send it (5xx, no answer, too many
        requests) allows nothing.

        Raises:
            FetchError: the site does not allow it; the message starts with the URL.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._files:
            file = RobotsFile(origin, self._now, self._ask(url, origin))
            self._files[origin], self._rules[origin] = file, Protego.parse(file.text)
        rules = self._rules[origin]
        if not rules.can_fetch(url, PRODUCT):
            raise FetchError(f"{url}: its robots.txt does not allow {PRODUCT} there; ask the site, or drop the address")
        delay = rules.crawl_delay(PRODUCT)
        if delay:
            self._web.paces.of(url).slow_down(min(float(delay), CRAWL_DELAY_SECONDS))

    def _ask(self, url: str, origin: str) -> str:
        try:
            answer = self._web.get(Ask(f"{origin}/robots.txt", ROBOTS_BYTES, {}, cut=True))
        except FetchError as error:
            if error.status in _GONE and error.status != _TOO_MANY:
                return ""
            reason = f"{url}: not requested: its robots.txt cannot be read, which counts as disallowed ({error})"
            raise FetchError(reason, error.status, error.not_before, again=error.again) from error
        data = answer.data
        if len(data) >= ROBOTS_BYTES:
            data = data[: data.rfind(b"\n") + 1]  # half a rule may say the opposite
        return data.decode("utf-8-sig", "replace")
