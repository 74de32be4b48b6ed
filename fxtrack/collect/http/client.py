"""A polite HTTP client: names its sender, bounds size and time, follows few redirects, waits when asked to."""

import datetime as dt
import random
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import Cookie, CookieJar
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpcore
import httpx
import tenacity

from fxtrack.collect.http.headers import (
    Headers,
    announced_bytes,
    check_size,
    contact_of,
    header_text,
    peer_of,
    seconds_to_wait,
    user_agent,
    values_of,
)
from fxtrack.collect.http.rate_limit import Paces, server_of
from fxtrack.collect.http.transport import Address, Network, Transport, is_literal
from fxtrack.config.settings import Fetch
from fxtrack.config.urls import DEFAULT_PORTS
from fxtrack.errors import FetchError, PageError
from fxtrack.limits import FETCH_CONNECT_SECONDS
from fxtrack.model.location import printable
from fxtrack.pages.codings import codings_in, decode_answer

_RETRIED = frozenset({429, 500, 502, 503, 504})
_CORE_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)

# the standard library prints a traceback for a cookie that it does not understand
warnings.filterwarnings("ignore", "http.cookiejar bug!", UserWarning)


@dataclass(frozen=True, slots=True)
class Hop:
    """One request and its response, as sent over the wire but with chunks joined.

    Attributes:
        asked_utc: when the request was sent.
        address: of the server that was connected to, None if unknown.
        body: bytes as received, before content decoding.
    """

    url: str
    target: str
    asked_utc: dt.datetime
    request_headers: Headers
    status: int
    reason: str
    headers: Headers
    body: bytes
    address: str | None = None

    def header(self, name: str) -> str | None:
        """Return the last header of that name, None if there is none."""
        values = values_of(self.headers, name)
        return values[-1] if values else None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with all its hops, redirects first, and the last hop's body after content decoding."""

    hops: tuple[Hop, ...]
    data: bytes

    @property
    def last(self) -> Hop:
        """The hop that was not redirected."""
        return self.hops[-1]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, and the responses that answer it.

    Attributes:
        url: http or https.
        max_bytes: limit on the received body, and on the decoded one.
        headers: sent in addition to those of every request.
        only_at: an address, and headers for requests to exactly that address.
        accept: statuses of an answer; all others are errors.
        cut: accept the first `max_bytes` of a longer body, which is otherwise an error.
    """

    url: str
    max_bytes: int
    headers: Mapping[str, str]
    only_at: tuple[str, Mapping[str, str]] | None = None
    accept: frozenset[int] = frozenset({200})
    cut: bool = False


class _Retryable(FetchError):
    """The request may succeed later; after `wait` seconds at the earliest if the server named them."""

    def __init__(self, reason: str, status: int | None = None, wait: float | None = None) -> None:
        not_before = None if wait is None else _now() + dt.timedelta(seconds=wait)
        super().__init__(reason, status, not_before, again=True)
        self.wait = wait


class _Jar(CookieJar):
    """The cookies of one client."""

    def set_cookie(self, cookie: Cookie) -> None:
        """Keep a cookie, unless httpx could not send it back."""
        if f"{cookie.name}{cookie.value}".isascii():
            super().set_cookie(cookie)


class Web:
    """A client for the servers of one task. Safe to use from several threads."""

    def __init__(
        self,
        settings: Fetch,
        homes: frozenset[Address] = frozenset(),
        *,
        paces: Paces | None = None,
        connections: int = 1,
    ) -> None:
        """Make a client; no request is sent yet.

        Args:
            settings: contact, time limits, retries.
            homes: hosts and ports that need no public address, see `home_of`.
            paces: the pause between requests, and how to wait; by default `settings.seconds_between`.
            connections: the most connections at once.

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
        """End all requests at once, also those of other threads; they and all later ones fail."""
        self._network.abort()

    def get(self, ask: Ask, may_ask: Callable[[str], None] = lambda _url: None) -> Exchange:
        """Send a request, and repeat it after a pause if that may help.

        Args:
            ask: the request.
            may_ask: called with each address before a request is sent to it; raises if that is not allowed.

        Raises:
            FetchError: there is no answer; the message starts with the URL.
        """
        settings = self._settings
        longest = settings.max_wait_seconds
        backoff = tenacity.wait_random_exponential(multiplier=1, min=min(0.5, longest), max=longest)

        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.wait if isinstance(error, _Retryable) else None
            # a little later than requested, so that not all clients of the server return at once
            delay = backoff(state) if asked is None else asked + random.uniform(0, min(1.0, asked))  # noqa: S311
            if isinstance(error, _Retryable) and error.status in {429, 503}:
                self.paces.of(ask.url).hold(delay)
            return delay

        def hopeful(error: BaseException) -> bool:
            return isinstance(error, _Retryable) and (error.wait or 0) <= settings.max_wait_seconds

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(settings.attempts), wait=pause, reraise=True, sleep=self.paces.sleep,
            retry=tenacity.retry_if_exception(hopeful),
        )  # fmt: skip
        return retrying(self._follow, ask, may_ask)

    def _follow(self, ask: Ask, may_ask: Callable[[str], None]) -> Exchange:
        """Send one request and follow its redirects."""
        with _naming(ask.url, ask.url), _invalid_urls("is no address"):
            request = self._client.build_request("GET", ask.url, headers=ask.headers)
        hops: list[Hop] = []
        while True:
            url = str(request.url)
            may_ask(url)
            if ask.only_at:
                for name in ask.only_at[1]:
                    request.headers.pop(name, None)
                if url == ask.only_at[0]:
                    request.headers.encoding = "latin-1"  # as received headers are decoded, to return them unchanged
                    for name, value in ask.only_at[1].items():
                        request.headers[name] = value
            with _naming(url, ask.url):
                self._check_put_off(url)
            self.paces.of(url).wait()
            with _naming(url, ask.url), self._network.within(self._settings.total_seconds):
                hop, following = self._send(request, ask)
                hops.append(hop)
                if following is None:
                    codings = codings_in(values_of(hop.headers, "Content-Encoding"))
                    return Exchange(tuple(hops), decode_answer(hop.body, codings, ask.max_bytes, cut=ask.cut))
                if len(hops) > self._settings.max_redirects:
                    raise FetchError(f"redirects more than {self._settings.max_redirects} times (fetch.max_redirects)")
                if following.url.scheme != request.url.scheme:
                    where = printable(str(following.url))
                    raise FetchError(f"redirects to {where}, another scheme; if that is meant, configure that address")
            request = following

    def _check_put_off(self, url: str) -> None:
        """Raise if the URL's server asked for a pause longer than `fetch.max_wait_seconds`."""
        until = self.paces.put_off.get(server_of(url))
        if until and (until - _now()).total_seconds() > self._settings.max_wait_seconds:
            raise FetchError(put_off(until), not_before=until, again=True)

    def _send(self, request: httpx.Request, ask: Ask) -> tuple[Hop, httpx.Request | None]:
        asked = _now()
        with _invalid_urls("redirects to no address"):
            response = self._client.send(request, stream=True, follow_redirects=False)
        try:
            following = response.next_request
            wanted = response.status_code in ask.accept
            peer = peer_of(response)
            if not wanted and following is None:
                refusal = _refusal(response)
                if refusal.not_before:
                    self.paces.put_off_until(str(request.url), refusal.not_before)
                raise refusal
            check_size(response.headers)
            try:
                body = _read(response, ask.max_bytes, cut=ask.cut or not wanted)
            except _CORE_ERRORS as error:
                reason = printable(" ".join(str(error).split()))
                raise _Retryable(f"the answer is incomplete ({reason})", response.status_code) from error
        finally:
            response.close()
        hop = Hop(
            str(request.url), request.url.raw_path.decode("ascii"), asked, header_text(request.headers),
            response.status_code, response.reason_phrase, header_text(response.headers), body, peer,
        )  # fmt: skip
        return hop, following


def put_off(until: dt.datetime) -> str:
    """Return the reason why no request is sent to a server before a time."""
    return f"not requested: the server allows no request until {until:%Y-%m-%d %H:%M:%S} UTC"


def home_of(url: str, *, trusted: bool = False) -> frozenset[Address]:
    """Return host and port of a configured URL if they may have any address, else nothing.

    They may if the host is a number or `localhost`. Any other name has to be `trusted`, since its name server chooses
    the address.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    return (
        frozenset({(host, parts.port or DEFAULT_PORTS[parts.scheme])}) if trusted or is_literal(host) else frozenset()
    )


def _refusal(response: httpx.Response) -> FetchError:
    status = response.status_code
    reason = f"the server answers {status} {printable(response.reason_phrase)}".rstrip()
    if status not in _RETRIED:
        return FetchError(reason, status)
    wait = seconds_to_wait(response.headers.get("retry-after"), _now())
    if wait is not None:
        reason += f" and asks to wait {wait:,.0f} s"
    return _Retryable(reason, status, wait)


def _read(response: httpx.Response, max_bytes: int, *, cut: bool) -> bytes:
    announced = announced_bytes(response)
    if not cut and announced > max_bytes:
        raise FetchError(f"announces {announced:,} bytes, over the limit of {max_bytes:,}")
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
def _naming(url: str, began: str) -> Iterator[None]:
    """Turn every error into a FetchError whose message starts with the URL, and with the first URL of redirects."""
    place = printable(url) if url == began else f"{printable(url)} (redirected from {printable(began)})"
    try:
        yield
    except _Retryable as error:
        raise _Retryable(f"{place}: {error}", error.status, error.wait) from error
    except FetchError as error:
        raise FetchError(f"{place}: {error}", error.status, error.not_before, again=error.again) from error
    except PageError as error:
        raise FetchError(f"{place}: {error}") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, *_CORE_ERRORS) as error:
        reason = printable(" ".join(str(error).split())) or "no reason given"
        if isinstance(error, httpcore.TimeoutException | httpx.TimeoutException):
            raise _Retryable(f"{place}: no answer in time ({reason})") from error
        # httpcore drops the cause of its errors, and keeps it as their argument
        if isinstance(next(iter(error.args), None), ssl.SSLCertVerificationError):
            raise FetchError(f"{place}: its certificate is not accepted ({reason})") from error
        if isinstance(error, httpcore.NetworkError | httpcore.RemoteProtocolError):
            raise _Retryable(f"{place}: the connection failed ({reason})") from error
        raise FetchError(f"{place}: cannot be requested ({reason})") from error


@contextmanager
def _invalid_urls(problem: str) -> Iterator[None]:
    """Have httpx raise InvalidURL for every invalid address; for some it raises other errors."""
    try:
        yield
    except ValueError as error:
        raise httpx.InvalidURL(f"{problem}: {error}") from error


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
