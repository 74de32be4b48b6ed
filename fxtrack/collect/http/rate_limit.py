"""How fast to ask: requests to a server are kept apart, and everybody waits when it asks for that."""

import datetime as dt
import math
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from fxtrack.errors import FetchError

Sleep = Callable[[float], None]
Clock = Callable[[], float]
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def server_of(url: str) -> str:
    """Return what a URL's server is known by: its host, and its port unless that is the usual one."""
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))


class Stopped(FetchError):
    """Somebody asked to stop."""


class Pace:
    """Lets requests start at least `interval` seconds apart, whichever thread they come from."""

    def __init__(self, interval: float, sleep: Sleep, clock: Clock) -> None:
        """Begin with no request made; `sleep` may raise to end the waiting, `clock` counts seconds."""
        self._interval = interval
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._next = -math.inf

    def wait(self) -> None:
        """Return when the caller's turn has come."""
        while True:
            with self._lock:
                now = self._clock()
                if self._next <= now:
                    self._next = now + self._interval
                    return
                delay = self._next - now
            self._sleep(delay)

    def hold(self, seconds: float) -> None:
        """Let nobody start for so many seconds."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

    def slow_down(self, interval: float) -> None:
        """Keep requests at least so many seconds apart, counted from the last one that was made."""
        with self._lock:
            self._next += max(0, interval - self._interval)
            self._interval = max(self._interval, interval)


class Paces:
    """A pace for each server, shared by the clients that ask it.

    Attributes:
        put_off: until when servers asked to be left alone, UTC; by `server_of`.
    """

    def __init__(
        self, interval: float, sleep: Sleep = time.sleep, clock: Clock = time.monotonic,
        put_off: Mapping[str, dt.datetime] = {},
    ) -> None:  # fmt: skip
        """Begin with no request made; `sleep` is how to wait, and may raise to end the waiting."""
        self.sleep = sleep
        self.put_off = dict(put_off)
        self._interval = interval
        self._clock = clock
        self._paces: dict[str, Pace] = {}

    def of(self, url: str) -> Pace:
        """Return the pace of a URL's server."""
        return self._paces.setdefault(server_of(url), Pace(self._interval, self.sleep, self._clock))

    def leave_alone(self, url: str, until: dt.datetime) -> None:
        """Remember that a URL's server asked not to be asked before."""
        server = server_of(url)
        self.put_off[server] = max(until, self.put_off.get(server, until))


class Stop:
    """A sleep that somebody else can end, for threads that must not outlive the command."""

    def __init__(self) -> None:
        """Begin without a stop."""
        self._event = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopped: somebody called `now`.
        """
        if self._event.wait(seconds):
            raise Stopped("stopped")

    def now(self) -> None:
        """End every sleep, also those to come."""
        self._event.set()
