"""`fxtrack fetch` from a real server to a row in the database, also when servers, disks and stores fail."""

import contextlib
import datetime as dt
import gzip
import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import InProcess, Project, Shell
from loopback import Handler, Site, for_ever, in_turn, page, raw, says, serving
from promises import ask, start, value
from services import runs, wait_until
from warcio.archiveiterator import ArchiveIterator

from fxtrack import pipeline
from fxtrack.collect import live, visits
from fxtrack.collect.http.rate_limit import Stop, Stopped
from fxtrack.collect.live import fetch_sources
from fxtrack.collect.visits import FetchOutcome
from fxtrack.limits import HTTP_HEADER_BYTES
from fxtrack.model.run import Run
from fxtrack.pipeline import fetch
from fxtrack.store.database.opening import connect_writer

NOW = dt.datetime(2025, 12, 12, 12, 0, tzinfo=dt.UTC)
HTML = {"Content_Type": "text/html; charset=utf-8"}


@pytest.fixture
def fetching(project: Project, site: Site) -> Project:
    """A project whose one source is a page of the server."""
    configure(project, site)
    site.does["/"] = says(200, page(), **HTML)
    return project


def configure(project: Project, site: Site, more: str = "", fetch: str = "") -> None:
    project.configure(
        '[fetch]\ncontact = "ops@example.org"\nseconds_between = 0\nmax_wait_seconds = 0.01\n'
        f'{fetch}\n[[sources]]\nname = "site"\nurl = "{site.base}/"\n{more}'
    )


def records(path: Path) -> list[tuple[dict[str, str], str, dict[str, str], bytes]]:
    """Read a WARC file with a reader that checks digests: (WARC headers, first line, headers, body) of each record."""
    found = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise", no_record_parse=False):
            http = record.http_headers
            first = f"{http.protocol} {http.statusline}" if http else ""
            found.append(
                (
                    dict(record.rec_headers.headers),
                    first,
                    dict(http.headers if http else ()),
                    record.content_stream().read(),
                )
            )
    return found


def last_run(shell: Shell, project: Project) -> dict[str, Any]:
    return ask(shell, project.config.writer, "SELECT * FROM runs ORDER BY run_id DESC LIMIT 1")[0]


def test_what_comes_twice_within_a_second_is_kept_as_it_came_first(
    fetching: Project, site: Site, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    monkeypatch.setattr("fxtrack.collect.http.client._now", lambda: second)
    site.does["/"] = in_turn(says(200, page(1), **HTML), says(200, page(2), **HTML), says(200, page(1), **HTML))
    contents: list[dict[str, bytes]] = []
    for _ in range(3):
        assert in_process("fetch")[0] == 0
        contents.append({file.name: file.read_bytes() for file in fetching.warc_files()})
    assert [len(files) for files in contents] == [1, 2, 2]
    assert contents[0].items() <= contents[1].items()
    assert contents[2] == contents[1]
    assert in_process("verify")[0] == 0


def test_a_live_page_ends_up_in_latest_with_its_time_and_address(
    fetching: Project, site: Site, shell: Shell, in_process: InProcess
) -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None)
    code, out, err = in_process("fetch")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"site: {site.base}/: {len(page())} bytes".replace(
        f"{len(page())}", f"{len(page().encode()):,}"
    )
    assert "1 page: 1 new" in out
    database = fetching.config.database
    assert value(shell, database, "SELECT count(*) FROM latest") == 5
    (row,) = ask(
        shell, database, "SELECT source, uri, captured_utc::VARCHAR AS captured, location, outcome FROM captures"
    )
    captured = dt.datetime.fromisoformat(row["captured"])
    assert before <= captured <= dt.datetime.now(dt.UTC).replace(tzinfo=None)
    assert (row["source"], row["uri"], row["outcome"]) == ("site", f"{site.base}/", "ok")
    (file,) = fetching.warc_files()
    assert row["location"].startswith(f"pages/live/site/{captured:%Y-%m}/{file.name}#")
    assert last_run(shell, fetching)["job"] == "fetch"
    assert last_run(shell, fetching)["outcome"] == "done"


def test_json_has_the_result_of_each_source_and_the_counts(
    fetching: Project, site: Site, in_process: InProcess
) -> None:
    code, out, err = in_process("fetch", "--json")
    record = json.loads(out)
    (fetched,) = record["fetched"]
    assert (code, err) == (0, "")
    assert (fetched["source"], fetched["url"], fetched["outcome"]) == ("site", f"{site.base}/", "kept")
    assert Path(fetched["file"]) in fetching.warc_files()
    assert (record["pages"], record["new"], record["outcome"]) == (1, 1, "done")


def test_the_evidence_is_a_sound_warc_file_with_request_and_response(fetching: Project, site: Site) -> None:
    body = page().encode()
    site.does["/"] = says(200, gzip.compress(body), Content_Encoding="gzip", Set_Cookie="a=b", **HTML)
    visit = fetch_sources(fetching.config, NOW)
    (file,) = visit.files
    info, request, response = records(file)
    assert info[0]["WARC-Type"] == "warcinfo"
    assert b"operator: ops@example.org" in info[3]
    assert (request[0]["WARC-Type"], request[1]) == ("request", "GET / HTTP/1.1")
    assert request[2]["User-Agent"] == site.asked[-1].headers["user-agent"]
    assert request[0]["WARC-Concurrent-To"] == response[0]["WARC-Record-ID"]
    assert (response[0]["WARC-Type"], response[1]) == ("response", "HTTP/1.1 200 OK")
    assert response[0]["WARC-Target-URI"] == f"{site.base}/"
    assert response[0]["WARC-IP-Address"] == "127.0.0.1"
    assert response[2]["Set-Cookie"] == "a=b"
    assert response[3] == body
    assert visit.results[0].capture_id == hashlib.sha256(body).hexdigest()


def test_a_chunked_answer_is_kept_put_together_and_says_so(fetching: Project, site: Site) -> None:
    parts = [page()[:100].encode(), page()[100:].encode()]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n"
    site.does["/"] = raw(head, chunks)
    (file,) = fetch_sources(fetching.config, NOW).files
    _, _, response = records(file)
    assert response[3] == b"".join(parts)
    assert response[2]["X-Crawler-Transfer-Encoding"] == "chunked"
    assert response[2]["Content-Length"] == str(len(response[3]))


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("character", [b"a", b"\xe9"])  # the second one is written as six characters
def test_an_answer_whose_header_is_kept_is_one_that_ingest_reads(
    fetching: Project, site: Site, in_process: InProcess, character: bytes, over: int
) -> None:
    body = page().encode()
    start, rest = b"HTTP/1.1 200 OK\r\n", b"Content-Type: text/plain\r\nContent-Length: %d\r\nX: " % len(body)
    room = HTTP_HEADER_BYTES - len(start + rest + b"\r\n\r\n")
    count = room // len(quote(character.decode("latin-1"))) + over
    site.does["/"] = raw(start + rest + character * count + b"\r\n\r\n" + body)
    code, out, err = in_process("fetch")
    if over:
        assert (code, fetching.warc_files()) == (1, [])
        assert err.startswith(f"fxtrack: site: {site.base}/: its header")
        assert "over the limit of 32,768" in err
    else:
        assert code == 0, err
        assert "1 page: 1 new" in out


def test_redirects_are_kept_as_they_were_and_the_page_counts_once(
    fetching: Project, site: Site, shell: Shell, in_process: InProcess
) -> None:
    site.does |= {"/": says(302, "moved", Location="/today"), "/today": says(200, page(), **HTML)}
    assert in_process("fetch")[0] == 0
    assert [r[0]["WARC-Type"] for r in records(fetching.warc_files()[0])] == ["warcinfo", *["request", "response"] * 2]
    assert ask(shell, fetching.config.database, "SELECT uri FROM captures") == [{"uri": f"{site.base}/today"}]


def test_a_page_that_did_not_change_is_asked_for_conditionally_and_not_sent_again(
    fetching: Project, site: Site, shell: Shell, in_process: InProcess
) -> None:
    site.does["/"] = in_turn(
        says(200, page(), ETag='"1"', Last_Modified="Fri, 12 Dec 2025 10:00:00 GMT", **HTML), says(304)
    )
    assert in_process("fetch")[0] == 0
    code, out, _ = in_process("fetch")
    assert (code, out.splitlines()[0]) == (0, f"site: {site.base}/: not modified")
    asked = [a.headers for a in site.asked if a.path == "/"]
    assert "if-none-match" not in asked[0]
    assert "if-modified-since" not in asked[0]
    assert asked[1]["if-none-match"] == '"1"'
    assert asked[1]["if-modified-since"] == "Fri, 12 Dec 2025 10:00:00 GMT"
    whole, unchanged = sorted(
        (records(path) for path in fetching.warc_files()), key=lambda found: found[-1][0]["WARC-Type"]
    )
    assert [r[0]["WARC-Type"] for r in unchanged] == ["warcinfo", "request", "revisit"]
    assert unchanged[-1][0]["WARC-Refers-To-Date"] == whole[-1][0]["WARC-Date"]
    assert value(shell, fetching.config.database, "SELECT count(*) FROM captures") == 1
    assert value(shell, fetching.config.database, "SELECT count(*) FROM sightings") == 2
    assert last_run(shell, fetching)["new"] == 0
    assert [a.path for a in site.asked].count("/robots.txt") == 1


@pytest.mark.few(2)
@pytest.mark.parametrize(
    "content", ["No ticker here.\n", page().replace("0.01144", "0.01199", 1), "\0\1\2\3" * 99, ""],
    ids=["no ticker", "conflict", "binary", "empty"],
)  # fmt: skip
@pytest.mark.usefixtures("fetching")
def test_a_page_that_was_not_understood_is_never_asked_for_conditionally(
    site: Site, in_process: InProcess, content: str
) -> None:
    site.does["/"] = says(200, content, ETag='"1"', **HTML)
    in_process("fetch")
    in_process("fetch")
    assert [a.headers.get("if-none-match") for a in site.asked if a.path == "/"] == [None, None]


def test_a_visit_that_was_not_stored_leaves_no_validators(
    fetching: Project, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.does["/"] = says(200, page(), ETag='"1"', **HTML)

    def fail(*_: object) -> None:
        raise OSError("the machine lost power")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "run_pass", fail)
        with pytest.raises(OSError, match="power"):
            fetch(fetching.config, Run("fetch", NOW))
    assert len(fetching.warc_files()) == 1
    fetch(fetching.config, Run("fetch", NOW))
    fetch(fetching.config, Run("fetch", NOW))
    assert [a.headers.get("if-none-match") for a in site.asked if a.path == "/"] == [None, None, '"1"']


@pytest.mark.slow
def test_a_change_of_how_a_source_is_read_or_of_the_tool_asks_for_the_whole_page(
    fetching: Project, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.does["/"] = says(200, page(), ETag='"1"', **HTML)

    def conditional() -> bool:
        site.asked.clear()
        fetch(fetching.config, Run("fetch", NOW))
        return "if-none-match" in next(a for a in site.asked if a.path == "/").headers

    assert [conditional(), conditional()] == [False, True]
    configure(fetching, site, "min_pairs = 5\n")
    assert [conditional(), conditional()] == [False, True]
    monkeypatch.setattr(visits, "__version__", "99")
    assert [conditional(), conditional()] == [False, True]
    shared = "[[sources]]\nname = 'weekly'\npages_of = 'site'\nmin_pairs = 3\n"
    config = fetching.root / "config.toml"
    config.write_text(config.read_text("utf-8") + shared, "utf-8")
    assert [conditional(), conditional()] == [False, True]


def test_a_failure_between_two_visits_does_not_lose_the_validators(fetching: Project, site: Site) -> None:
    ok = says(200, page(), ETag='"1"', **HTML)
    site.does["/"] = in_turn(ok, says(404), says(304))
    for _ in range(3):
        visit, _ = fetch(fetching.config, Run("fetch", NOW))
    assert visit.results[0].outcome is FetchOutcome.NOT_MODIFIED


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "404"), (500, "500"), (403, "403"), (204, "204"), (304, "304")],
)
def test_an_error_page_is_no_capture_but_a_failed_run_and_one_line(
    fetching: Project, site: Site, shell: Shell, in_process: InProcess, status: int, words: str
) -> None:
    site.does["/"] = says(status, page() if status not in {204, 304} else "", **HTML)
    code, out, err = in_process("fetch")
    assert code == 1
    assert err == f"fxtrack: site: {site.base}/: the server answers {words} {err.rpartition(words)[2].strip()}\n"
    assert "0 pages" in out
    assert fetching.warc_files() == []
    run = last_run(shell, fetching)
    assert run["outcome"] == "fetch failed"
    assert f"{site.base}/" in run["message"]
    assert words in run["message"]
    database = fetching.config.database
    assert value(shell, database, "SELECT count(*) FROM captures") == 0
    assert in_process("ingest")[0] == 0  # changes nothing
    assert in_process("fetch")[0] == 1
    problems = ask(shell, database, "SELECT problem, detail FROM problems WHERE problem LIKE '%run' ORDER BY detail")
    assert [row["problem"] for row in problems] == ["fetch failed run"] * 2
    assert problems[1]["detail"].startswith("fetch 3: ")


@pytest.mark.usefixtures("fetching")
def test_what_robots_txt_does_not_allow_is_not_asked_for(site: Site, in_process: InProcess) -> None:
    site.does["/robots.txt"] = says(200, "User-agent: fxtrack\nDisallow: /\n")
    code, _, err = in_process("fetch")
    assert code == 1
    assert "robots.txt does not allow fxtrack there" in err
    assert site.paths == []


def test_where_a_redirect_leads_robots_txt_is_asked_too(fetching: Project, site: Site) -> None:
    site.does |= {
        "/robots.txt": says(200, "User-agent: *\nDisallow: /private\n"),
        "/": says(302, Location="/private"), "/private": says(200, page(), **HTML),
    }  # fmt: skip
    (result,) = fetch_sources(fetching.config, NOW).results
    assert "robots.txt does not allow" in result.detail
    assert site.paths == ["/"]


def test_one_source_that_fails_does_not_keep_the_others_from_the_database(
    project: Project, site: Site, shell: Shell, in_process: InProcess
) -> None:
    configure(project, site, f'[[sources]]\nname = "bad"\nurl = "{site.base}/bad"\n')
    site.does["/"] = says(200, page(), **HTML)
    code, out, err = in_process("fetch")
    assert code == 1
    assert out.startswith(f"site: {site.base}/: ")
    assert err.startswith(f"fxtrack: bad: {site.base}/bad: the server answers 404")
    assert value(shell, project.config.database, "SELECT count(*) FROM latest") == 5
    assert last_run(shell, project)["outcome"] == "fetch failed"
    assert [a.path for a in site.asked].count("/robots.txt") == 1
    site.asked.clear()
    assert in_process("fetch", "site")[0] == 0
    assert site.paths == ["/"]


@pytest.mark.few(2)
@pytest.mark.parametrize(
    "head",
    [
        b"302 Found\r\nLocation: http://xn--/",
        b"429 Slow\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 -2300",
        b"302 Found\r\nLocation: http://127.0.0.1:99999999999999999999/",
        b"302 Found\r\nLocation: /\r\nSet-Cookie: a=\xff",
    ],
)
def test_an_odd_header_of_one_server_is_one_line_and_does_not_keep_the_other_sources_from_the_database(
    project: Project, site: Site, shell: Shell, in_process: InProcess, head: bytes
) -> None:
    with serving() as other:
        configure(project, other, f'[[sources]]\nname = "good"\nurl = "{site.base}/"\n')
        site.does["/"] = says(200, page(), **HTML)
        other.does["/"] = raw(b"HTTP/1.1 " + head + b"\r\nContent-Length: 0\r\n\r\n")
        code, out, err = in_process("fetch")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("fxtrack: site: http://127.0.0.1:")
    assert out.startswith(f"good: {site.base}/: ")
    assert value(shell, project.config.database, "SELECT count(*) FROM latest") == 5
    assert last_run(shell, project)["outcome"] == "fetch failed"


def test_a_page_belongs_to_the_source_that_it_was_fetched_for(
    project: Project, site: Site, shell: Shell, in_process: InProcess
) -> None:
    configure(project, site, f'[[sources]]\nname = "second"\nurl = "{site.base}/second"\n')
    site.does |= {"/": says(200, page(1), **HTML), "/second": says(200, page(2), **HTML)}
    assert in_process("fetch")[0] == 0
    rows = ask(shell, project.config.database, "SELECT source, uri FROM captures ORDER BY source")
    assert rows == [{"source": "second", "uri": f"{site.base}/second"}, {"source": "site", "uri": f"{site.base}/"}]


def test_a_server_that_asked_to_be_left_alone_is_left_alone_also_by_the_next_run(
    fetching: Project, site: Site, shell: Shell
) -> None:
    site.does["/"] = in_turn(says(503, Retry_After="7200"), says(200, page(), **HTML))
    started = dt.datetime.now(dt.UTC)
    fetch(fetching.config, Run("fetch", started))
    visit, _ = fetch(fetching.config, Run("fetch", started + dt.timedelta(hours=1)))
    assert "not requested: the server allows no request until" in visit.results[0].detail
    assert site.paths == ["/"]
    assert last_run(shell, fetching)["outcome"] == "fetch failed"
    visit, _ = fetch(fetching.config, Run("fetch", started + dt.timedelta(hours=3)))
    assert visit.results[0].outcome is FetchOutcome.KEPT


PUT_OFF = "not requested: the server allows no request until"


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asked_to_be_left_alone_is_not_asked_for_the_pages_of_other_sources_either(
    project: Project, site: Site, shell: Shell, in_process: InProcess, status: int
) -> None:
    with serving() as other:
        more = [("second", f"{site.base}/second"), ("third", f"{other.base}/"), ("fourth", f"{other.base}/moved")]
        configure(project, site, "".join(f'[[sources]]\nname = "{name}"\nurl = "{url}"\n' for name, url in more))
        site.does |= {"/": says(status, Retry_After="3600"), "/second": says(200, page(2), **HTML)}
        other.does |= {"/": says(200, page(3), **HTML), "/moved": says(302, Location=f"{site.base}/second")}
        code, out, err = in_process("fetch")
        assert code == 1
        first, second, fourth = err.splitlines()
        assert "asks to wait 3,600 s" in first
        assert second.startswith(f"fxtrack: second: {site.base}/second: {PUT_OFF}")
        assert fourth.startswith("fxtrack: fourth: ")
        assert site.paths == ["/"]
        assert out.startswith(f"third: {other.base}/: ")
        assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1
        assert in_process("fetch", "second")[0] == 1
        assert site.paths == ["/"]


def test_a_server_that_asked_to_be_left_alone_is_left_alone_although_the_store_was_held_when_the_visit_ended(
    project: Project, site: Site
) -> None:
    with serving() as other:
        fetch = "[database]\nwait_seconds = 0.1\n"
        configure(project, site, f'{fetch}[[sources]]\nname = "slow"\nurl = "{other.base}/"\n')
        site.does["/"] = says(429, Retry_After="3600")
        asked, held = threading.Event(), threading.Event()

        def slow(handler: Handler) -> None:
            asked.set()
            held.wait(30)
            says(200, page(), **HTML)(handler)

        other.does["/"] = slow
        running = start(project, "fetch")
        assert asked.wait(30)
        with contextlib.closing(connect_writer(project.config.writer, 5)):
            held.set()
            _, err = running.communicate(timeout=30)
        assert (running.returncode, err.count("\n")) == (5, 1)
    again = project.run("fetch", "site")
    assert again.returncode == 1
    assert PUT_OFF in again.stderr
    assert site.paths == ["/"]
    assert [run["outcome"] for run in runs(project)] == ["store failed", "fetch failed"]


def test_a_server_that_asked_to_be_left_alone_is_left_alone_although_the_visit_was_interrupted(
    project: Project, site: Site
) -> None:
    with serving() as other:
        configure(project, site, f'[[sources]]\nname = "slow"\nurl = "{other.base}/"\n')
        site.does["/"] = says(429, Retry_After="3600")
        other.does["/"] = for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.05)
        running = start(project, "fetch")
        wait_until(lambda: other.paths or running.poll() is not None, "the second source")
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert PUT_OFF in project.run("fetch", "site").stderr
    assert site.paths == ["/"]


@pytest.mark.new
@pytest.mark.parametrize(
    ("config", "arguments", "words"),
    [
        ('[[sources]]\nname = "site"\n', [], "no source has a live page"),
        ('[[sources]]\nname = "site"\n', ["site"], "the source 'site' has no live page"),
        ('[[sources]]\nname = "site"\nurl = "http://127.0.0.1:1/"\n', ["other"], "no source is named 'other'"),
        ('[[sources]]\nname = "site"\nurl = "http://127.0.0.1:1/"\n', [], "fetch.contact is not set"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error_of_one_line_and_leaves_no_trace(
    project: Project, in_process: InProcess, config: str, arguments: list[str], words: str
) -> None:
    project.configure(config)
    code, out, err = in_process("fetch", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not (project.root / "db").exists()


@pytest.mark.parametrize(
    "url",
    ["ftp://x", "example.org", "http://", "http://u:p@x/", "http://x/#a", "file:///x", "http://x:99999/", "http:// y",
     "http://xn--/", "http://999.1.1.1/"],
)  # fmt: skip
def test_a_url_that_is_nowhere_on_the_web_is_refused_with_its_line(
    project: Project, in_process: InProcess, url: str
) -> None:
    project.configure(f'[[sources]]\nname = "site"\nurl = "{url}"\n')
    code, _, err = in_process("fetch")
    assert code == 2
    assert "config.toml:3: sources[0].url: " in err


def test_a_contact_cannot_smuggle_a_header(project: Project, in_process: InProcess) -> None:
    project.configure('[fetch]\ncontact = "a@b\\r\\nX: y"\n')
    assert in_process("fetch")[0] == 2


def test_a_live_page_of_a_full_disk_is_a_failed_run_and_no_half_file(
    fetching: Project, shell: Shell, in_process: InProcess
) -> None:
    folder = fetching.root / "pages" / "live"
    folder.mkdir()
    (folder / "site").write_text("a file where a folder must be")
    code, _, err = in_process("fetch")
    assert code == 1
    assert "cannot be made" in err
    assert last_run(shell, fetching)["outcome"] == "fetch failed"


def test_ctrl_c_while_a_server_keeps_us_waiting_ends_at_once_with_one_line(project: Project, site: Site) -> None:
    configure(project, site, fetch="total_seconds = 600\n")
    site.does["/"] = for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.1)
    running = start(project, "fetch")
    while "/" not in site.paths:
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (1, "", "fxtrack: interrupted; committed work is kept\n")
    assert project.warc_files() == []
    assert [(run["job"], run["outcome"]) for run in runs(project)] == [("fetch", "stopped")]


def test_a_fetch_that_ends_in_an_error_nobody_thought_of_is_a_run_that_failed(
    fetching: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr(live, "_keep", fail)
    assert in_process("fetch")[0] == 1
    assert [(run["outcome"], run["message"]) for run in runs(fetching)] == [("failed", "nobody thought of this")]


def test_a_fetch_while_another_process_holds_the_store_is_a_run_as_soon_as_it_can_be_entered(
    fetching: Project, in_process: InProcess
) -> None:
    with (fetching.root / "config.toml").open("a") as config:
        config.write("[database]\nwait_seconds = 0.1\n")
    assert in_process("fetch")[0] == 0
    with contextlib.closing(connect_writer(fetching.config.writer, 0)):
        held = fetching.run("fetch")
    assert (held.returncode, held.stderr.count("\n")) == (5, 1)
    assert in_process("fetch")[0] == 0
    assert [run["outcome"] for run in runs(fetching)] == ["done", "store failed", "done"]  # a further sighting
    times = [run["started_utc"] for run in runs(fetching)]
    assert times == sorted(times)


def test_a_stop_from_another_thread_ends_a_visit_that_a_server_keeps_waiting(project: Project, site: Site) -> None:
    configure(project, site, fetch="total_seconds = 600\n")
    site.does["/"] = for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.1)
    stop, ended = Stop(), []

    def visit() -> None:
        try:
            fetch(project.config, Run("fetch", NOW), sleep=stop.sleep)
        except Stopped as error:
            ended.append(error)

    thread = threading.Thread(target=visit)
    thread.start()
    while "/" not in site.paths:
        time.sleep(0.01)
    stop.now()
    thread.join(30)
    assert len(ended) == 1
    assert project.warc_files() == []


def test_the_help_and_other_commands_do_not_pay_for_the_web(project: Project) -> None:
    for arguments in (["--help"], ["latest"], ["ingest"]):
        program = (
            "import sys; from fxtrack.cli.main import main\ntry: main(sys.argv[1:])\n"
            "finally: print([m for m in ('httpx', 'protego', 'tenacity') if m in sys.modules], file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, "--config", str(project.root / "config.toml"), *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stderr.splitlines()[-1] == "[]", arguments


def test_what_is_known_of_a_source_is_a_commented_row_in_the_database(
    fetching: Project, site: Site, shell: Shell, in_process: InProcess
) -> None:
    in_process("fetch")
    (row,) = ask(shell, fetching.config.writer, "SELECT source, url, outcome, detail FROM fetches")
    assert row == {
        "source": "site", "url": f"{site.base}/", "outcome": "kept",
        "detail": f"{site.base}/: {len(page().encode()):,} bytes",
    }  # fmt: skip
    (robots,) = ask(shell, fetching.config.writer, "SELECT origin, body FROM robots")
    assert robots == {"origin": site.base, "body": ""}
