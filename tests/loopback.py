"""A real HTTP server on loopback whose answers a test sets."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import trustme
from conftest import page_text


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it."""

    path: str
    headers: dict[str, str]
    body: bytes = b""


class Handler(BaseHTTPRequestHandler):
    """Answers as its site is set for the path; 404 for other paths."""

    protocol_version = "HTTP/1.1"
    site: ClassVar["Site"]

    def do_GET(self) -> None:
        path, _, _ = self.path.partition("?")
        self.site.asked.append(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}))
        self.close_connection = True
        with suppress(OSError):  # the client has gone
            self.site.does.get(path, says(404))(self)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, _ = self.path.partition("?")
        self.site.asked.append(Asked(path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.close_connection = True
        with suppress(OSError):  # the client has gone
            self.site.does.get(path, says(404))(self)

    def say(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        """Answer as a well-behaved server does."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as the base class has it
        """Say nothing."""


Does = Callable[[Handler], None]


@dataclass
class Site:
    """A server on loopback."""

    does: dict[str, Does] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """The paths requested, without robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]


@contextmanager
def serving(certificate: trustme.LeafCert | None = None) -> Iterator[Site]:
    """Run a server until the block is left, over TLS where it has a certificate."""
    site = Site()
    server = _Server(("127.0.0.1", 0), type("SiteHandler", (Handler,), {"site": site}))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site.port = server.server_port
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- as the base class has it
        """Say nothing of clients that went away."""


def says(status: int, body: bytes | str = b"", **headers: str) -> Does:
    """A well-formed answer; underscores in names of headers stand for hyphens."""
    data = body.encode() if isinstance(body, str) else body
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.say(status, data, given)


def in_turn(*steps: Does) -> Does:
    """Do one thing after the other, and the last one from then on."""
    left = list(steps)

    def do(handler: Handler) -> None:
        step = left.pop(0) if len(left) > 1 else left[0]
        step(handler)

    return do


def raw(*parts: bytes, reset: bool = False) -> Does:
    """Send bytes as they are and hang up, with a reset if wanted."""

    def do(handler: Handler) -> None:
        for part in parts:
            handler.wfile.write(part)
        handler.wfile.flush()
        if reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()

    return do


def for_ever(head: bytes, part: bytes, pause: float) -> Does:
    """Send the head, then the same part again and again, until the client goes away."""

    def do(handler: Handler) -> None:
        handler.wfile.write(head)
        waiter = threading.Event()
        while not waiter.wait(pause):
            handler.wfile.write(part)
            handler.wfile.flush()

    return do


def page(number: int = 0) -> str:
    """A page with a ticker, dated by its capture; pages of different numbers differ."""
    return page_text(date=None) + f"Page {number}.\n"


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now
