"""The network under the client: every address is checked before it is connected to, and each request has a deadline.

A name is resolved once, and the connection uses the address that was checked: a name that first resolves to a public
server and then to this machine bypasses no check. The time limits of httpx apply to single reads; a server that sends a
byte now and then would hold a request forever.
"""

import ipaddress
import socket
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from fxtrack.errors import FetchError

Address = tuple[str, int]
_LAST_PORT = 65_535
_SOCKET_OPTIONS = Iterable[Any]


class Network(httpcore.NetworkBackend):
    """Connects to public addresses, and to `homes`: configured pairs of host and port whose address may be any."""

    def __init__(self, homes: frozenset[Address] = frozenset()) -> None:
        """Keep the homes; nothing is resolved yet."""
        self._homes = homes
        self._inner = httpcore.SyncBackend()
        self._until = threading.local()
        self._open: weakref.WeakSet[_Stream] = weakref.WeakSet()
        self.aborted = False

    def abort(self) -> None:
        """Close all connections, also those that other threads read from, and refuse new ones."""
        self.aborted = True
        for stream in list(self._open):
            stream.abort()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Set a deadline for all that this thread sends and receives within the context."""
        self._until.at = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._until.at

    def left(self, timeout: float | None) -> float | None:
        """Return the seconds that one operation of this thread may take, at most `timeout`.

        Raises:
            httpcore.ReadTimeout: the deadline has passed.
        """
        until: float | None = getattr(self._until, "at", None)
        if until is None:
            return timeout
        left = until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("too slow as a whole")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None,
        local_address: str | None = None, socket_options: _SOCKET_OPTIONS | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """Connect to the first address of a host that answers, provided that all its addresses are allowed.

        Raises:
            FetchError: an address is not public and the host is no home, or the port does not exist.
            httpcore.ConnectError: the name is unknown, or no address answers.
            httpcore.ConnectTimeout: no address answers in time.
        """
        addresses = _addresses(host, port)
        if (host.strip("[]"), port) not in self._homes:
            for address in addresses:
                if not is_public(address):
                    raise FetchError(f"{host} is {address}, an address that is not public: refused")
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, timeout, local_address, socket_options)

    def _connect(
        self, address: str, port: int, timeout: float | None, local: str | None, options: _SOCKET_OPTIONS | None
    ) -> httpcore.NetworkStream:
        if self.aborted:
            raise httpcore.ConnectError("stopped")
        stream = _Stream(
            self._inner.connect_tcp(address, port, self.left(timeout), local, options), self, (address, port)
        )
        self.watch(stream)
        return stream

    def watch(self, stream: "_Stream") -> None:
        """Add a connection to those that `abort` closes."""
        self._open.add(stream)


class Transport(httpx.BaseTransport):
    """httpx over a Network. Proxies of the environment are ignored: they would connect anywhere."""

    def __init__(self, network: Network, connections: int) -> None:
        """Make a pool of at most this many connections."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=network, max_connections=connections
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its response, the body unread."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        response = self._pool.handle_request(
            httpcore.Request(
                request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes share the deadline of the request."""

    def __init__(self, inner: httpcore.NetworkStream, network: Network, peer: Address) -> None:
        self._inner = inner
        self._network = network
        self._peer = peer  # stored here, since a reset connection no longer knows it

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._network.left(timeout))
        if self._network.aborted:  # the connection was aborted: the answer is not complete
            raise httpcore.ReadError("stopped")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._network.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._network.left(timeout))
        stream = _Stream(inner, self._network, self._peer)
        self._network.watch(stream)
        return stream

    def abort(self) -> None:
        """End all reads and writes at once."""
        with suppress(OSError):  # not connected any more
            # bypasses TLS, which must not be called while another thread reads
            socket.socket.shutdown(self._inner.get_extra_info("socket"), socket.SHUT_RDWR)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- as httpcore declares it
        return self._peer if info == "server_addr" else self._inner.get_extra_info(info)


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet, and so does any address embedded in it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # embedded IPv4 addresses, also those of gateways: mapped, 6to4, Teredo, NAT64
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in ipaddress.IPv6Network("64:ff9b::/96"):
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
        if ip.is_site_local or ip.is_reserved:
            return False
    return ip.is_global and not ip.is_multicast


def is_literal(host: str) -> bool:
    """Return whether a host is an IP address or `localhost`, which no name server can redefine."""
    if host.lower() == "localhost":
        return True
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _addresses(host: str, port: int) -> list[str]:
    if port > _LAST_PORT:
        raise FetchError(f"{host}:{port}: refused, ports end at {_LAST_PORT}")
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(f"the name {host} cannot be resolved: {error.strerror or error}") from error
    except UnicodeError as error:
        raise httpcore.ConnectError(f"{host} is not a valid host name: {error}") from error
    return list(dict.fromkeys(str(address[4][0]) for address in found))
