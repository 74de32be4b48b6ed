"""Paces requests: requests to one server keep an interval, and wait when the server asks for time."""

import datetime as dt
import math
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from fxtrack.config.urls import DEFAULT_PORTS
from fxtrack.errors import FetchError

Sleep = Callable[[float], None]
Clock = Callable[[], float]


def server_of(url: str) -> str:
    """Return the host of a URL, with its port unless that is the usual one."""
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(f":{DEFAULT_PORTS.get(parts.scheme)}")


class Stopped(FetchError):
    """The work was stopped from outside."""


class Pace:
    """Lets requests start at least `interval` seconds apart, from all threads together."""

    def __init__(self, interval: float, sleep: Sleep, clock: Clock) -> None:
        """Begin without a request; `sleep` may raise to end a wait, `clock` counts seconds."""
        self._interval = interval
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._next = -math.inf

    def wait(self) -> None:
        """Return when the caller may send a request."""
        while True:
            with self._lock:
                now = self._clock()
                if self._next <= now:
                    self._next = now + self._interval
                    return
                delay = self._next - now
            self._sleep(delay)

    def hold(self, seconds: float) -> None:
        """Block new requests for this many seconds."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

    def slow_down(self, interval: float) -> None:
        """Keep requests at least this many seconds apart, from the last one on."""
        with self._lock:
            self._next += max(0, interval - self._interval)
            self._interval = max(self._interval, interval)


class Paces:
    """A pace for each server, shared by all clients.

    Attributes:
        put_off: the time before which a server wants no request, UTC; by `server_of`.
    """

    def __init__(
        self, interval: float, sleep: Sleep = time.sleep, clock: Clock = time.monotonic,
        put_off: Mapping[str, dt.datetime] = {},
    ) -> None:  # fmt: skip
        """Begin without a request; `sleep` waits, and may raise to end a wait."""
        self.sleep = sleep
        self.put_off = dict(put_off)
        self._interval = interval
        self._clock = clock
        self._paces: dict[str, Pace] = {}

    def of(self, url: str) -> Pace:
        """Return the pace of a URL's server."""
        return self._paces.setdefault(server_of(url), Pace(self._interval, self.sleep, self._clock))

    def put_off_until(self, url: str, until: dt.datetime) -> None:
        """Note that a URL's server wants no request before a time."""
        server = server_of(url)
        self.put_off[server] = max(until, self.put_off.get(server, until))


class Stop:
    """A sleep that another thread can end, for threads that must not outlive the command."""

    def __init__(self) -> None:
        """Begin without a stop."""
        self._event = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopped: `now` was called.
        """
        if self._event.wait(seconds):
            raise Stopped("stopped")

    def now(self) -> None:
        """End every sleep, present and future."""
        self._event.set()
