"""robots.txt by RFC 9309: the addresses it allows, the meaning of no answer, and how long an answer holds."""

import datetime as dt
from collections.abc import Iterator

import pytest
from loopback import Clock, Does, Site, for_ever, raw, says

from fxtrack.collect.http.client import Web, home_of
from fxtrack.collect.http.rate_limit import Paces
from fxtrack.collect.http.robots import Robots, RobotsFile
from fxtrack.config.settings import Fetch
from fxtrack.errors import FetchError
from fxtrack.limits import ROBOTS_BYTES

NOW = dt.datetime(2025, 12, 8, 12, 0, tzinfo=dt.UTC)
QUICK = Fetch(contact="ops@example.org", seconds_between=0, timeout_seconds=3, attempts=1)


@pytest.fixture
def web(site: Site) -> Iterator[Web]:
    with Web(QUICK, home_of(site.base)) as client:
        yield client


def allowed(site: Site, web: Web, does: Does, path: str = "/rates") -> bool:
    """Return whether a path may be requested; a refusal is one line that starts with the address."""
    site.does["/robots.txt"] = does
    said = []
    try:
        Robots(web, (), NOW).check(site.base + path)
    except FetchError as error:
        said = str(error).splitlines()
    assert [line for line in said if not line.startswith(site.base + path)] == []
    return not said


@pytest.mark.parametrize(
    ("text", "path", "may"),
    [
        ("", "/rates", True),
        ("User-agent: *\nDisallow: /\n", "/rates", False),
        ("User-agent: *\nDisallow:\n", "/rates", True),
        ("User-agent: *\nDisallow: /rates\n", "/rates/today", False),
        ("User-agent: *\nDisallow: /rates$\n", "/rates/today", True),
        ("User-agent: *\nDisallow: /*.php\n", "/a/b.php?x", False),
        ("User-agent: *\nDisallow: /\nAllow: /rates\n", "/rates", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: fxtrack\nAllow: /\n", "/rates", True),
        ("User-agent: FXTRACK\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/rates", False),
        ("User-agent: otherbot\nDisallow: /\n", "/rates", True),
        ("\ufeffUser-agent: *\r\nDisallow: /rates # not today\r\n", "/rates", False),
        ("<html><body>Not a robots file</body></html>", "/rates", True),
        ("User-agent: *\nDisallow: /caf%C3%A9\n", "/caf%C3%A9", False),
    ],
)
def test_the_rules_of_the_group_for_us_hold_the_longest_match_first(
    site: Site, web: Web, text: str, path: str, may: bool
) -> None:
    assert allowed(site, web, says(200, text), path) is may


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_site_without_the_file_allows_everything(site: Site, web: Web, status: int) -> None:
    assert allowed(site, web, says(status, "User-agent: *\nDisallow: /\n"))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
def test_a_file_that_cannot_be_had_for_now_allows_nothing(site: Site, web: Web, status: int) -> None:
    assert not allowed(site, web, says(status))


@pytest.mark.parametrize("does", [raw(b""), raw(b"junk"), for_ever(b"", b"", 0.2)], ids=["hangs up", "junk", "silent"])
def test_a_site_that_does_not_answer_allows_nothing(site: Site, web: Web, does: Does) -> None:
    assert not allowed(site, web, does)


def test_the_file_may_be_five_redirects_away(site: Site, web: Web) -> None:
    for number in range(1, 5):
        site.does[f"/{number}"] = says(302, Location=f"/{number + 1}")
    site.does["/5"] = says(200, "User-agent: *\nDisallow: /\n")
    assert not allowed(site, web, says(301, Location="/1"))
    site.does["/5"] = says(200, "User-agent: *\nDisallow: /elsewhere\n")
    assert allowed(site, web, says(301, Location="/1"))


def test_of_a_file_that_is_too_long_the_beginning_holds(site: Site, web: Web) -> None:
    rule = b"User-agent: *\nDisallow: /rates\n"
    filler = b"#" * (ROBOTS_BYTES - len(rule) - 1) + b"\n"
    assert not allowed(site, web, says(200, filler + rule))
    assert not allowed(site, web, says(200, filler + rule + b"Allow: /rates\n"))
    assert allowed(site, web, says(200, b"#" + filler + rule))
    assert not allowed(site, web, for_ever(b"HTTP/1.1 200 OK\r\n\r\n" + rule, b"# and so on\n" * 1_000, 0.0001))


def test_each_site_is_asked_once_and_its_answer_is_kept_for_a_day(site: Site, web: Web) -> None:
    site.does["/robots.txt"] = says(200, "User-agent: *\nDisallow: /no\n")
    robots = Robots(web, (), NOW)
    for path in ("/a", "/b", "/c?x=/no"):
        robots.check(site.base + path)
    assert [asked.path for asked in site.asked] == ["/robots.txt"]
    assert robots.files == (RobotsFile(site.base, NOW, "User-agent: *\nDisallow: /no\n"),)
    for hours, asked_again in ((23.99, False), (24, True), (-1, True)):
        site.asked.clear()
        Robots(web, robots.files, NOW + dt.timedelta(hours=hours)).check(site.base + "/a")
        assert bool(site.asked) is asked_again


def test_a_refusal_for_lack_of_an_answer_is_not_kept(site: Site, web: Web) -> None:
    site.does["/robots.txt"] = says(503)
    robots = Robots(web, (), NOW)
    with pytest.raises(FetchError, match="counts as disallowed"):
        robots.check(site.base + "/a")
    assert robots.files == ()
    site.does["/robots.txt"] = says(404)
    robots.check(site.base + "/a")


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7), ("600", 60), ("0", 0), ("soon", 0), ("-3", 0), ("nan", 0)])
def test_a_pause_that_the_site_asks_for_is_kept_up_to_a_minute(site: Site, asked: str, seconds: float) -> None:
    clock = Clock()
    site.does["/robots.txt"] = says(200, f"User-agent: *\nCrawl-delay: {asked}\n")
    times = []
    with Web(QUICK, home_of(site.base), paces=Paces(0, clock.sleep, clock)) as web:
        robots, url = Robots(web, (), NOW), site.base + "/a"
        for _ in range(3):  # the rules are applied before each request
            robots.check(url)
            web.paces.of(url).wait()
            times.append(clock.now)
    assert times == [seconds, 2 * seconds, 3 * seconds]  # robots.txt was asked for at 0


def test_a_site_that_wants_to_be_left_alone_is_left_alone_whatever_its_robots_file_says(site: Site) -> None:
    clock = Clock()
    site.does["/robots.txt"] = says(200, "User-agent: *\nCrawl-delay: 7\n")
    with Web(QUICK, home_of(site.base), paces=Paces(0, clock.sleep, clock)) as web:
        robots, url = Robots(web, (), NOW), site.base + "/a"
        robots.check(url)
        web.paces.of(url).hold(60)
        robots.check(url)
        web.paces.of(url).wait()
    assert clock.now == 60
