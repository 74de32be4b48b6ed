"""One polite HTTP client: says who it is, bounds size and time, follows few redirects, waits when told to."""

import datetime as dt
import random
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import Cookie, CookieJar
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpcore
import httpx
import tenacity

from fxtrack import __version__
from fxtrack.collect.http.rate_limit import Paces, server_of
from fxtrack.collect.http.transport import Home, Network, Transport, is_literal
from fxtrack.config.settings import Fetch
from fxtrack.errors import ConfigError, FetchError
from fxtrack.limits import FETCH_CONNECT_SECONDS
from fxtrack.model.location import printable
from fxtrack.pages.codings import codings_of, unpacked

PRODUCT = "fxtrack"
_AGAIN = frozenset({429, 500, 502, 503, 504})
_PORTS = {"http": 80, "https": 443}
_LONGEST_WAIT = 10**9  # seconds: no date lies beyond the end of the calendar
_CORE_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)

# what a cookie that makes no sense gets from the standard library: a traceback on standard error
warnings.filterwarnings("ignore", "http.cookiejar bug!", UserWarning)


@dataclass(frozen=True, slots=True)
class Hop:
    """One request and its response, as they went over the wire but for chunks, which are put together.

    Attributes:
        asked_utc: when the request was sent.
        address: of the server that was connected to, None if unknown.
        body: bytes as received, before content decoding.
    """

    url: str
    target: str
    asked_utc: dt.datetime
    request_headers: tuple[tuple[str, str], ...]
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    address: str | None = None

    def header(self, name: str) -> str | None:
        """Return the last header of that name, None if there is none."""
        return next((v for n, v in reversed(self.headers) if n.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a request came to: every hop, redirects first, and the last one's body after content decoding."""

    hops: tuple[Hop, ...]
    data: bytes

    @property
    def last(self) -> Hop:
        """The response that was not a redirect."""
        return self.hops[-1]


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask for, and what may come back.

    Attributes:
        url: where to; http or https.
        max_bytes: the most that is read, and the most that it may unpack to.
        headers: besides those that every request has.
        only_at: an address, and headers for requests to exactly that one.
        accept: statuses that are an answer; all others are errors.
        cut: keep the first `max_bytes` of a longer body; otherwise it is an error.
    """

    url: str
    max_bytes: int
    headers: Mapping[str, str]
    only_at: tuple[str, Mapping[str, str]] | None = None
    accept: frozenset[int] = frozenset({200})
    cut: bool = False


class _Again(FetchError):
    """It may work another time; `wait` seconds at the least where the server said so."""

    def __init__(self, reason: str, status: int | None = None, wait: float | None = None) -> None:
        not_before = None if wait is None else _now() + dt.timedelta(seconds=wait)
        super().__init__(reason, status, not_before, again=True)
        self.wait = wait


class _Jar(CookieJar):
    """The cookies of one client, for as long as it lives."""

    def set_cookie(self, cookie: Cookie) -> None:
        """Take a cookie, unless httpx could not send it back."""
        if f"{cookie.name}{cookie.value}".isascii():
            super().set_cookie(cookie)


class Web:
    """A client for the servers of one task. Safe to use from several threads."""

    def __init__(
        self, settings: Fetch, homes: frozenset[Home] = frozenset(), *, paces: Paces | None = None, connections: int = 1
    ) -> None:
        """Make a client; no request is sent yet.

        Args:
            settings: contact, time limits, retries.
            homes: addresses that need not be public, see `home_of`.
            paces: how far apart requests are, and how to wait; by default `settings.seconds_between`.
            connections: at most so many at once.

        Raises:
            ConfigError: no contact is configured.
        """
        contact = contact_of(settings)
        self._settings = settings
        self.paces = Paces(settings.seconds_between) if paces is None else paces
        self._network = Network(homes)
        connect = min(settings.timeout_seconds, FETCH_CONNECT_SECONDS)
        self._client = httpx.Client(
            transport=Transport(self._network, connections),
            timeout=httpx.Timeout(settings.timeout_seconds, connect=connect),
            headers={"User-Agent": user_agent(contact), "Accept-Encoding": "gzip"},
            cookies=_Jar(),
        )

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        self._client.close()

    def abort(self) -> None:
        """End all requests at once, also those of other threads; each fails there, and no other can be made."""
        self._network.abort()

    def get(self, ask: Ask, may_ask: Callable[[str], None] = lambda _url: None) -> Exchange:
        """Send a request, again after a while where that may help.

        Args:
            ask: what to ask for.
            may_ask: called with each address before it is asked; raises where that is not allowed.

        Raises:
            FetchError: there is no answer to be had; the message starts with the URL.
        """
        settings = self._settings
        longest = settings.max_wait_seconds
        backoff = tenacity.wait_random_exponential(multiplier=1, min=min(0.5, longest), max=longest)

        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.wait if isinstance(error, _Again) else None
            # a little later than told, not to come back together with everybody else who was told the same
            delay = backoff(state) if asked is None else asked + random.uniform(0, min(1.0, asked))  # noqa: S311
            if isinstance(error, _Again) and error.status in {429, 503}:
                self.paces.of(ask.url).hold(delay)
            return delay

        def hopeful(error: BaseException) -> bool:
            return isinstance(error, _Again) and (error.wait or 0) <= settings.max_wait_seconds

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(settings.attempts), wait=pause, reraise=True, sleep=self.paces.sleep,
            retry=tenacity.retry_if_exception(hopeful),
        )  # fmt: skip
        return retrying(self._follow, ask, may_ask)

    def _follow(self, ask: Ask, may_ask: Callable[[str], None]) -> Exchange:
        """Send one request and follow its redirects."""
        with _in_words(ask.url, ask.url), _addresses("is no address"):
            request = self._client.build_request("GET", ask.url, headers=ask.headers)
        hops: list[Hop] = []
        while True:
            url = str(request.url)
            may_ask(url)
            if ask.only_at:
                for name in ask.only_at[1]:
                    request.headers.pop(name, None)
                if url == ask.only_at[0]:
                    request.headers.encoding = "latin-1"  # as what was received is read: it goes back as it came
                    for name, value in ask.only_at[1].items():
                        request.headers[name] = value
            with _in_words(url, ask.url):
                self._check_put_off(url)
            self.paces.of(url).wait()
            with _in_words(url, ask.url), self._network.within(self._settings.total_seconds):
                hop, following = self._send(request, ask)
                hops.append(hop)
                if following is None:
                    data = unpacked(hop.body, codings_of(hop.headers), ask.max_bytes, cut=ask.cut)
                    return Exchange(tuple(hops), data)
                if len(hops) > self._settings.max_redirects:
                    raise FetchError(f"redirects more than {self._settings.max_redirects} times (fetch.max_redirects)")
                if following.url.scheme != request.url.scheme:
                    where = printable(str(following.url))
                    raise FetchError(f"redirects to {where}, another scheme; if that is meant, configure that address")
            request = following

    def _check_put_off(self, url: str) -> None:
        """Return if the URL's server did not ask to be left alone for longer than we wait."""
        until = self.paces.put_off.get(server_of(url))
        if until and (until - _now()).total_seconds() > self._settings.max_wait_seconds:
            raise FetchError(left_alone(until), not_before=until, again=True)

    def _send(self, request: httpx.Request, ask: Ask) -> tuple[Hop, httpx.Request | None]:
        asked = _now()
        with _addresses("redirects to no address"):
            response = self._client.send(request, stream=True, follow_redirects=False)
        try:
            following = response.next_request
            wanted = response.status_code in ask.accept
            peer = _peer(response)
            if not wanted and following is None:
                refusal = _refusal(response)
                if refusal.not_before:
                    self.paces.leave_alone(str(request.url), refusal.not_before)
                raise refusal
            try:
                body = _read(response, ask.max_bytes, cut=ask.cut or not wanted)
            except _CORE_ERRORS as error:
                reason = printable(" ".join(str(error).split()))
                raise _Again(f"the answer breaks off ({reason})", response.status_code) from error
        finally:
            response.close()
        hop = Hop(
            str(request.url), request.url.raw_path.decode("ascii"), asked, _text_headers(request.headers.raw),
            response.status_code, response.reason_phrase, _text_headers(response.headers.raw), body, peer,
        )  # fmt: skip
        return hop, following


def contact_of(settings: Fetch) -> str:
    """Return whom servers may write to about our requests.

    Raises:
        ConfigError: nobody is configured.
    """
    if settings.contact is None:
        raise ConfigError(
            "fetch.contact is not set: servers are told whom to ask about our requests; set it to an e-mail "
            'address or a web page, [fetch] contact = "..."'
        )
    return settings.contact


def left_alone(until: dt.datetime) -> str:
    """Return why an address is not asked for."""
    return f"not asked for, since the server asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC"


def user_agent(contact: str) -> str:
    """Return how we call ourselves: product, version, and whom to ask."""
    return f"{PRODUCT}/{__version__} (+{contact})"


def home_of(url: str, *, trusted: bool = False) -> frozenset[Home]:
    """Return host and port of a configured URL if they may be reached whatever the address is, else nothing.

    That is so for an address written as a number or `localhost`, and for any other name only if it is `trusted`: who
    answers for the name decides where it leads.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    return frozenset({(host, parts.port or _PORTS[parts.scheme])}) if trusted or is_literal(host) else frozenset()


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks to wait (RFC 9110, 10.2.3); None if it says nothing."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:12]), _LONGEST_WAIT))
    then = http_date(value)
    return None if then is None else min(max(0.0, (then - now).total_seconds()), _LONGEST_WAIT)


def http_date(value: str) -> dt.datetime | None:
    """Return the time that a header tells, with its zone; None if it tells none.

    It can be one that is beyond the end of the calendar in another zone.
    """
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return then.replace(tzinfo=dt.UTC) if then.tzinfo is None else then


def _refusal(response: httpx.Response) -> FetchError:
    status = response.status_code
    reason = f"the server answers {status} {printable(response.reason_phrase)}".rstrip()
    if status not in _AGAIN:
        return FetchError(reason, status)
    wait = retry_after(response.headers.get("retry-after"), _now())
    if wait is not None:
        reason += f" and asks to wait {wait:,.0f} s"
    return _Again(reason, status, wait)


def _read(response: httpx.Response, max_bytes: int, *, cut: bool) -> bytes:
    announced = response.headers.get("content-length", "")
    if not cut and announced.isdigit() and int(announced[:20]) > max_bytes:
        raise FetchError(f"announces {int(announced[:20]):,} bytes, over the limit of {max_bytes:,}")
    chunks: list[bytes] = []
    held = 0
    for chunk in response.iter_raw():
        chunks.append(chunk)
        held += len(chunk)
        if held > max_bytes:
            if not cut:
                raise FetchError(f"goes on after {max_bytes:,} bytes, the limit")
            break
    return b"".join(chunks)[:max_bytes]


@contextmanager
def _in_words(url: str, began: str) -> Iterator[None]:
    """Turn what goes wrong on the way into a FetchError that starts with the URL, and says where redirects began."""
    place = printable(url) if url == began else f"{printable(url)} (redirected from {printable(began)})"
    try:
        yield
    except _Again as error:
        raise _Again(f"{place}: {error}", error.status, error.wait) from error
    except FetchError as error:
        raise FetchError(f"{place}: {error}", error.status, error.not_before, again=error.again) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, *_CORE_ERRORS) as error:
        reason = printable(" ".join(str(error).split())) or "no word why"
        if isinstance(error, httpcore.TimeoutException | httpx.TimeoutException):
            raise _Again(f"{place}: no answer in time ({reason})") from error
        # httpcore drops the cause of its errors, and keeps it as their argument
        if isinstance(next(iter(error.args), None), ssl.SSLCertVerificationError):
            raise FetchError(f"{place}: its certificate is not accepted ({reason})") from error
        if isinstance(error, httpcore.NetworkError | httpcore.RemoteProtocolError):
            raise _Again(f"{place}: the connection failed ({reason})") from error
        raise FetchError(f"{place}: cannot be asked for ({reason})") from error


@contextmanager
def _addresses(what: str) -> Iterator[None]:
    """Have httpx refuse an address as it refuses most that are none: of others it lets through what it tripped over."""
    try:
        yield
    except ValueError as error:
        raise httpx.InvalidURL(f"{what}: {error}") from error


def _peer(response: httpx.Response) -> str | None:
    stream = response.extensions.get("network_stream")
    address = stream.get_extra_info("server_addr") if stream else None
    return str(address[0]) if address else None


def _text_headers(raw: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
