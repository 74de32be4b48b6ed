"""The HTTP client against misbehaving servers: bounded in size and time, no forbidden address, patient when asked."""

import datetime as dt
import gzip
import socket
import subprocess
import sys
import threading
import time
import zlib
from email.utils import format_datetime
from pathlib import Path

import httpcore
import pytest
import trustme
from loopback import Clock, Does, Site, for_ever, in_turn, raw, says, serving
from msgspec import structs

from fxtrack import __version__
from fxtrack.collect.http.client import Ask, Exchange, Web, home_of
from fxtrack.collect.http.headers import seconds_to_wait
from fxtrack.collect.http.rate_limit import Paces, Stop, Stopped, server_of
from fxtrack.collect.http.transport import Network, is_public
from fxtrack.config.settings import Fetch
from fxtrack.errors import ConfigError, FetchError
from fxtrack.limits import HTTP_HEADER_BYTES

LIMIT = 50_000
QUICK = Fetch(contact="ops@example.org", seconds_between=0, attempts=2, max_wait_seconds=0.01)
HASTY = structs.replace(QUICK, timeout_seconds=0.5, total_seconds=1)


def get(site: Site, path: str, settings: Fetch = QUICK, *, limit: int = LIMIT, cut: bool = False) -> Exchange:
    with Web(settings, home_of(site.base)) as web:
        return web.get(Ask(site.base + path, limit, {}, cut=cut))


def refusal(site: Site, does: Does, settings: Fetch = QUICK, *, tries: int = 1) -> str:
    """Return the message about a page that is not fetched, without the URL that it starts with."""
    site.does["/page"] = does
    with pytest.raises(FetchError) as caught:
        get(site, "/page", settings)
    message = str(caught.value)
    assert "\n" not in message
    assert f"{site.base}/page" in message
    assert message.startswith("http")
    assert site.paths.count("/page") == tries
    return message.partition(": ")[2]


def test_every_request_says_who_asks_and_whom_to_write_to(site: Site) -> None:
    site.does["/page"] = says(200, "hello")
    assert get(site, "/page").data == b"hello"
    (asked,) = site.asked
    assert asked.headers["user-agent"] == f"fxtrack/{__version__} (+ops@example.org)"


def test_without_a_contact_nothing_is_asked(site: Site) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.contact is not set"):
        get(site, "/page", Fetch())
    assert site.asked == []


def test_redirects_are_followed_and_every_hop_is_told(site: Site) -> None:
    site.does |= {"/a": says(301, "moved", Location="/b"), "/b": says(302, Location=f"{site.base}/c?x=1")}
    site.does["/c"] = says(200, "here", ETag='"1"')
    answer = get(site, "/a")
    assert [(hop.url, hop.status, hop.body) for hop in answer.hops] == [
        (f"{site.base}/a", 301, b"moved"), (f"{site.base}/b", 302, b""), (f"{site.base}/c?x=1", 200, b"here"),
    ]  # fmt: skip
    assert answer.last.header("etag") == '"1"'
    assert {hop.address for hop in answer.hops} == {"127.0.0.1"}


def test_redirects_without_end_are_given_up(site: Site) -> None:
    for number in range(9):
        site.does[f"/{number}"] = says(302, Location=f"/{number + 1}")
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        get(site, "/0")
    assert site.paths == [f"/{number}" for number in range(6)]
    site.does["/5"] = says(200, "the last that is allowed")
    assert get(site, "/0").data == b"the last that is allowed"


@pytest.mark.parametrize("target", ["https://127.0.0.1/x", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/"])
def test_a_redirect_to_another_scheme_is_refused(site: Site, target: str) -> None:
    said = refusal(site, says(302, Location=target))
    assert "another scheme" in said
    assert target.partition(":")[0] in said


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0"])
def test_a_redirect_to_an_address_that_is_not_public_is_refused_however_it_is_written(site: Site, host: str) -> None:
    with serving() as other:
        other.does["/secret"] = says(200, "secret")
        assert "not public: refused" in refusal(site, says(302, Location=f"http://{host}:{other.port}/secret"))
        assert other.asked == []


def test_a_redirect_from_a_configured_private_address_to_another_port_of_it_is_refused(site: Site) -> None:
    with serving() as other:
        other.does["/secret"] = says(200, "secret")
        assert "not public: refused" in refusal(site, says(302, Location=f"{other.base}/secret"))
        assert other.asked == []


@pytest.mark.parametrize(
    "location",
    [
        "http://", "http://[", "//", "http://a b/", "\x7f", "http://x:99999999/", "http://xn--/", "//xn--a/x",
        "http://XN--ZZZZZZ99999/", f"http://127.0.0.1:{10**19}/", ":https://%]", "http://\xff/",
    ],
)  # fmt: skip
def test_a_redirect_to_nowhere_is_an_error_of_one_line(site: Site, location: str) -> None:
    site.does["/page"] = raw(b"HTTP/1.1 302 Found\r\nLocation: " + location.encode("latin-1") + b"\r\n\r\n")
    with pytest.raises(FetchError) as caught:
        get(site, "/page")
    assert "\n" not in str(caught.value)
    assert site.paths[0] == "/page"


@pytest.mark.parametrize("url", ["http://xn--/", "http://[v1.x]/", "http://127.0.0.1/" + "a" * 70_000])
def test_an_address_that_cannot_be_asked_for_is_an_error_of_one_line(url: str) -> None:
    with Web(QUICK) as web, pytest.raises(FetchError, match="cannot be requested") as caught:
        web.get(Ask(url, LIMIT, {}))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("2606:4700::1111", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.1", False), ("224.0.0.1", False),
        ("255.255.255.255", False), ("198.18.0.1", False), ("::1", False), ("::", False), ("fe80::1%eth0", False),
        ("fc00::1", False), ("fec0::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True), ("64:ff9b::7f00:1", False), ("64:ff9b::808:808", True), ("2002:7f00:1::", False),
        ("2002:808:808::", True), ("::127.0.0.1", False),
    ],
)  # fmt: skip
def test_an_address_is_public_only_if_what_it_carries_inside_is(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])
    connected: list[str] = []

    def resolve(_host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(_self: object, host: str, *_: object) -> None:
        connected.append(host)
        raise httpcore.ConnectError("nothing is asked of a stranger in a test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    network = Network()
    with pytest.raises(httpcore.ConnectError):
        network.connect_tcp("rebind.example", 80)
    with pytest.raises(FetchError, match="not public"):
        network.connect_tcp("rebind.example", 80)
    assert connected == ["93.184.216.34"]


def test_one_address_among_several_that_is_not_public_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(FetchError, match=r"is 10\.0\.0\.1, an address that is not public"):
        Network().connect_tcp("mixed.example", 80)


def test_a_name_is_a_home_only_if_it_is_trusted_and_a_number_always() -> None:
    assert home_of("http://rates.corp.example/page") == frozenset()
    assert home_of("http://rates.corp.example/page", trusted=True) == {("rates.corp.example", 80)}
    assert home_of("https://[::1]:8443/") == {("::1", 8443)}
    assert home_of("http://10.0.0.7/") == {("10.0.0.7", 80)}
    assert home_of("http://localhost:99/") == {("localhost", 99)}


def test_a_trusted_name_may_lead_to_this_machine_and_to_nowhere_else_of_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookup = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: lookup("127.0.0.1" if "example" in str(host) else host, *a, **k)
    )
    site.does |= {"/": says(200, "rates"), "/away": says(302, Location=f"http://other.example:{site.port}/")}
    home = f"http://rates.example:{site.port}"
    with Web(QUICK, home_of(home, trusted=True)) as web:
        assert web.get(Ask(home + "/", LIMIT, {})).data == b"rates"
        with pytest.raises(FetchError, match=r"other\.example is 127\.0\.0\.1, an address that is not public"):
            web.get(Ask(home + "/away", LIMIT, {}))


def test_a_body_at_the_limit_is_taken_and_one_past_it_is_not(site: Site) -> None:
    site.does["/page"] = says(200, b"x" * LIMIT)
    assert len(get(site, "/page").data) == LIMIT
    site.asked.clear()
    assert "announces 50,001 bytes, over the limit of 50,000" in refusal(site, says(200, b"x" * (LIMIT + 1)))


def test_a_body_without_end_is_left_at_the_limit(site: Site) -> None:
    endless = for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 5_000, 0.0001)
    assert "goes on after 50,000 bytes" in refusal(site, endless)


def test_where_a_body_may_be_cut_its_beginning_is_kept(site: Site) -> None:
    site.does["/page"] = for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 5_000, 0.0001)
    assert get(site, "/page", cut=True).data == b"x" * LIMIT
    site.does["/page"] = says(200, gzip.compress(b"y" * 10 * LIMIT), Content_Encoding="gzip")
    assert get(site, "/page", cut=True).data == b"y" * LIMIT


@pytest.mark.parametrize("layers", [1, 2])
def test_a_small_body_that_unpacks_to_more_than_the_limit_is_refused(site: Site, layers: int) -> None:
    bomb = b"\0" * 50_000_000
    for _ in range(layers):
        bomb = gzip.compress(bomb)
    assert len(bomb) <= LIMIT
    said = refusal(site, says(200, bomb, Content_Encoding=", ".join(["gzip"] * layers)))
    assert "unpacks to more than the limit of 50,000 bytes" in said


def test_packed_bodies_are_unpacked_and_the_limit_is_that_of_what_they_hold(site: Site) -> None:
    plain = bytes(range(256)) * 150
    packed = gzip.compress(plain[:20_000]) + gzip.compress(plain[20_000:])
    for coding, body in {
        "gzip": packed, "x-gzip": packed, "GZIP": packed, "deflate": zlib.compress(plain), "identity": plain,
        "gzip, deflate": zlib.compress(packed), "": plain,
    }.items():  # fmt: skip
        site.does["/page"] = says(200, body, Content_Encoding=coding)
        assert get(site, "/page").data == plain, coding
    site.does["/page"] = says(304, Content_Encoding="gzip")
    with Web(QUICK, home_of(site.base)) as web:
        assert web.get(Ask(f"{site.base}/page", LIMIT, {}, accept=frozenset({304}))).data == b""
    wbits = zlib.compressobj(wbits=-15)
    site.does["/page"] = says(200, wbits.compress(plain) + wbits.flush(), Content_Encoding="deflate")
    assert get(site, "/page").data == plain
    site.does["/page"] = says(200, gzip.compress(b"z" * LIMIT), Content_Encoding="gzip")
    assert len(get(site, "/page").data) == LIMIT


@pytest.mark.parametrize(
    ("body", "coding", "words"),
    [
        (gzip.compress(b"rates" * 999, mtime=0)[:-9], "gzip", "the compressed data is incomplete"),
        (b"not packed at all", "gzip", "the compressed data is damaged"),
        (b"anything", "br", "has the coding 'br', which was not requested"),
        (b"anything", "gzip, gzip, gzip, gzip", "compressed 4 times over, more than 3"),
    ],
)
def test_a_packed_body_that_is_not_whole_or_not_known_is_refused(
    site: Site, body: bytes, coding: str, words: str
) -> None:
    assert words in refusal(site, says(200, body, Content_Encoding=coding))


@pytest.mark.parametrize(
    "does",
    [
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nonly this"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nrates\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nrates\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nrates"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
        raw(b"\x16\x03\x01 what is this\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nBad Header\x00: \x01\r\n\r\nrates"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\nrates"),
        raw(b"HTTP/1.1 99999 OK\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nx", reset=True),
        raw(b""),
    ],
    ids=[
        "short",
        "chunked-short",
        "chunked-wrong",
        "two-lengths",
        "no-end",
        "tls",
        "header-junk",
        "headers-many",
        "status",
        "reset",
        "silent",
    ],
)
def test_an_answer_that_is_cut_short_or_no_http_is_an_error_after_as_many_tries_as_configured(
    site: Site, does: Does
) -> None:
    refusal(site, does, tries=2)


@pytest.mark.parametrize("over", [0, 1])
def test_headers_may_be_as_long_as_ingest_reads_them_and_no_longer(site: Site, over: int) -> None:
    start, rest = b"HTTP/1.1 200 OK\r\n", b"Content-Length: 1\r\n"
    room = HTTP_HEADER_BYTES - len(rest) - len(b"X: \r\n")
    site.does["/page"] = raw(start + rest + b"X: " + b"a" * (room + over) + b"\r\n\r\nx")
    if over:
        with pytest.raises(FetchError, match="its headers have 32,769 bytes, over the limit of 32,768"):
            get(site, "/page")
    else:
        assert get(site, "/page").data == b"x"


def test_a_server_that_says_nothing_is_left_after_the_time_for_one_read(site: Site) -> None:
    assert "no answer in time" in refusal(site, for_ever(b"", b"", 0.2), HASTY, tries=2)


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["header", "body"])
def test_a_server_that_sends_a_byte_now_and_then_is_left_after_the_time_for_all(site: Site, head: bytes) -> None:
    refusal(site, for_ever(head, b"x", 0.1), HASTY, tries=2)


def test_nobody_answering_is_an_error_that_may_go_away() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with Web(QUICK, home_of(url)) as web, pytest.raises(FetchError) as caught:
            web.get(Ask(url, LIMIT, {}))
    assert caught.value.again
    assert caught.value.status is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again_and_its_page_taken_when_it_is_well(site: Site, status: int) -> None:
    site.does["/page"] = in_turn(says(status, "sorry"), says(200, "well"))
    assert get(site, "/page").data == b"well"
    assert site.paths == ["/page", "/page"]


@pytest.mark.parametrize("status", [204, 206, 300, 304, 400, 401, 403, 404, 410, 451, 501])
def test_an_answer_that_will_not_change_is_not_asked_for_again(site: Site, status: int) -> None:
    assert f"the server answers {status}" in refusal(site, says(status))


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_time_gets_at_least_that(site: Site, status: int) -> None:
    clock = Clock()
    site.does["/page"] = in_turn(says(status, Retry_After="40"), says(200, "well"))
    settings = Fetch(contact="ops@example.org", seconds_between=0)
    with Web(settings, home_of(site.base), paces=Paces(0, clock.sleep, clock)) as web:
        assert web.get(Ask(f"{site.base}/page", LIMIT, {})).data == b"well"
    assert clock.now >= 40


def test_a_server_that_asks_for_more_time_than_there_is_is_not_asked_again(site: Site) -> None:
    site.does["/page"] = says(503, Retry_After="3600")
    before = dt.datetime.now(dt.UTC)
    with pytest.raises(FetchError, match=r"asks to wait 3,600 s") as caught:
        get(site, "/page")
    assert site.paths == ["/page"]
    assert caught.value.not_before is not None
    assert before + dt.timedelta(hours=1) <= caught.value.not_before


NOON = dt.datetime(2025, 12, 8, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("120", 120), (" 7 ", 7), (None, None), ("", None), ("soon", None), ("-5", None), ("1.5", None),
        ("9" * 400, 10**9), ("\u0663", None),
        ("Mon, 08 Dec 2025 12:01:00 GMT", 60), ("Monday, 08-Dec-25 12:01:00 GMT", 60),
        ("Mon, 08 Dec 2025 11:00:00 GMT", 0), ("Mon, 99 Dec 2025 11:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", 10**9), ("Fri, 31 Dec 9999 23:59:59 GMT", 10**9),
        ("Mon, 01 Jan 0001 00:00:00 +2300", 0), ("Mon, 08 Dec 2025 12:01:00 +99999999999999999999", None),
        ("Mon, 08 Dec 2025 13:01:00 +0100", 60), (format_datetime(NOON + dt.timedelta(days=1), usegmt=True), 86_400),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(value, NOON) == seconds


def test_where_a_redirect_leads_to_a_server_that_asked_for_more_time_it_is_not_followed(site: Site) -> None:
    with serving() as other:
        other.does["/page"] = says(503, Retry_After="3600")
        site.does["/page"] = says(302, Location=f"{other.base}/page")
        with Web(QUICK, home_of(site.base) | home_of(other.base)) as web:
            for said in ("asks to wait 3,600 s", "not requested: the server allows no request until"):
                with pytest.raises(FetchError, match=said) as caught:
                    web.get(Ask(f"{site.base}/page", LIMIT, {}))
                assert caught.value.again
                assert caught.value.not_before is not None
        assert (site.paths, other.paths) == (["/page"] * 2, ["/page"])


def test_a_server_is_the_same_however_its_address_is_written() -> None:
    same = ["http://example.org/a", "http://Example.org:80/b", "https://example.org", "https://example.org:443/?c"]
    assert {server_of(url) for url in same} == {"example.org"}
    assert server_of("http://example.org:443/") == "example.org:443"


def test_a_server_that_asks_to_wait_to_the_end_of_the_calendar_is_not_asked_again(site: Site) -> None:
    site.does["/page"] = says(429, Retry_After="Fri, 31 Dec 9999 23:59:59 -2300")
    with pytest.raises(FetchError, match="asks to wait 1,000,000,000 s") as caught:
        get(site, "/page")
    assert site.paths == ["/page"]
    assert caught.value.not_before is not None


def test_requests_to_one_server_are_kept_apart_and_those_to_another_are_not(site: Site) -> None:
    clock = Clock()
    site.does["/page"] = says(200, "x")
    with serving() as other:
        other.does["/page"] = says(200, "y")
        homes = home_of(site.base) | home_of(other.base)
        with Web(QUICK, homes, paces=Paces(10, clock.sleep, clock)) as web:
            for base in (site.base, other.base):
                web.get(Ask(f"{base}/page", LIMIT, {}))
            assert clock.now == 0
            web.get(Ask(f"{site.base}/page", LIMIT, {}))
            assert clock.now == 10


def test_all_threads_wait_when_the_server_asks_one_of_them_to() -> None:
    clock = Clock()
    pace = Paces(1, clock.sleep, clock).of("http://example.org/a")
    pace.wait()
    pace.hold(30)
    pace.wait()
    assert clock.now == 30


def test_who_sleeps_is_woken_by_a_stop_and_stays_awake() -> None:
    stop = Stop()
    threading.Timer(0.05, stop.now).start()
    for _ in range(2):
        with pytest.raises(Stopped):
            stop.sleep(600)


def test_a_stop_ends_a_request_that_another_thread_waits_on(site: Site) -> None:
    site.does["/page"] = for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.05)
    settings = Fetch(contact="ops@example.org", attempts=1, timeout_seconds=600, total_seconds=600)
    said: list[BaseException] = []
    with Web(settings, home_of(site.base)) as web:

        def ask() -> None:
            try:
                web.get(Ask(f"{site.base}/page", 10**9, {}))
            except FetchError as error:
                said.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while not site.asked:
            time.sleep(0.01)
        web.abort()
        thread.join(30)
        assert not thread.is_alive()
        assert len(said) == 1
        with pytest.raises(FetchError, match="stopped"):
            web.get(Ask(f"{site.base}/page", LIMIT, {}))


def test_headers_for_one_address_go_nowhere_else(site: Site) -> None:
    site.does |= {"/a": says(302, Location="/b"), "/b": says(200, "b")}
    with Web(QUICK, home_of(site.base)) as web:
        web.get(Ask(f"{site.base}/a", LIMIT, {}, only_at=(f"{site.base}/b", {"If-None-Match": '"1"'})))
        web.get(Ask(f"{site.base}/a", LIMIT, {}, only_at=(f"{site.base}/a", {"If-None-Match": '"1"'})))
    assert [(a.path, a.headers.get("if-none-match")) for a in site.asked] == [
        ("/a", None), ("/b", '"1"'), ("/a", '"1"'), ("/b", None),
    ]  # fmt: skip


def test_headers_that_were_received_are_sent_back_byte_by_byte(site: Site) -> None:
    site.does["/page"] = raw(b'HTTP/1.1 200 OK\r\nETag: "\xe9\xff"\r\nContent-Length: 1\r\n\r\nx')
    etag = get(site, "/page").last.header("ETag") or ""
    with Web(QUICK, home_of(site.base)) as web:
        web.get(Ask(f"{site.base}/page", LIMIT, {}, only_at=(f"{site.base}/page", {"If-None-Match": etag})))
    # the server reads headers as latin-1
    assert site.asked[-1].headers["if-none-match"].encode("latin-1") == b'"\xe9\xff"'


def test_a_cookie_is_sent_back_and_one_that_cannot_be_is_left_out(site: Site) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: "
    site.does["/page"] = raw(head + b"/on\r\nSet-Cookie: a=1\r\nSet-Cookie: b=\xe9\r\nSet-Cookie: \xff=2\r\n\r\n")
    site.does["/on"] = raw(head + b"/in\r\nSet-Cookie: c=3; Max-Age=" + b"9" * 400 + b"\r\n\r\n")
    site.does["/in"] = says(200, "in")
    program = (
        "import sys\nfrom fxtrack.config.settings import Fetch\n"
        "from fxtrack.collect.http.client import Ask, Web, home_of\n"
        f"with Web(Fetch(contact='ops@example.org'), home_of('{site.base}')) as web:\n"
        f"    sys.stdout.buffer.write(web.get(Ask('{site.base}/page', 99, {{}})).data)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("in", "")
    assert [asked.headers.get("cookie") for asked in site.asked] == [None, "a=1", "a=1"]


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.does["/page"] = says(200, "direct")
    assert get(site, "/page").data == b"direct"


def test_a_certificate_is_checked_against_the_name_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    lookup = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: lookup("127.0.0.1" if "example" in str(host) else host, *a, **k)
    )
    with serving(authority.issue_cert("rates.example")) as site:
        site.does["/"] = says(200, "rates")
        urls = [f"https://{name}:{site.port}/" for name in ("rates.example", "other.example")]
        homes = home_of(urls[0], trusted=True) | home_of(urls[1], trusted=True)
        with Web(QUICK, homes) as web, pytest.raises(FetchError, match="its certificate is not accepted"):
            web.get(Ask(urls[0], LIMIT, {}))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        with Web(QUICK, homes) as web:
            answer = web.get(Ask(urls[0], LIMIT, {}))
            assert (answer.data, answer.last.address) == (b"rates", "127.0.0.1")
            with pytest.raises(FetchError, match="its certificate is not accepted"):
                web.get(Ask(urls[1], LIMIT, {}))
        assert site.paths == ["/"]
