"""Archives with the dialects of the Wayback Machine and Common Crawl, and their failures."""

import datetime as dt
import gzip
import hashlib
import io
import json
import signal
import threading
from base64 import b32encode
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import brotli
import httpx
import pytest
from conftest import InProcess, Project, Shell
from loopback import Handler, Site, for_ever, in_turn, page, raw, says, serving
from promises import ask, start, value
from services import runs, wait_until
from test_backfill import configure, stamps
from warcio.archiveiterator import ArchiveIterator
from web_archives import HOME, Collection, Pywb, digest_of, journal, pywb

from fxtrack.collect.archives import backfill as module
from fxtrack.collect.archives import cdx, plan
from fxtrack.collect.archives.cdx import IndexPage, read_index
from fxtrack.collect.archives.listed import Listed
from fxtrack.collect.archives.replay import get_capture
from fxtrack.collect.http.client import Web, home_of
from fxtrack.config.settings import Archive, Fetch
from fxtrack.errors import FetchError

HEADER = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


def sha1(text: str) -> str:
    return sha1_of(text.encode())


def sha1_of(data: bytes) -> str:
    return b32encode(hashlib.sha1(data).digest()).decode()  # noqa: S324 -- what archives use


def row(stamp: str, text: str, *, status: str = "200", mime: str = "text/html") -> list[str]:
    return ["example,news)/", stamp, HOME, mime, status, sha1(text), "999"]


class Machine:
    """An archive like the Wayback Machine: rows of one array, resume keys, captures under their timestamps."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.rows: list[list[str]] = []
        self.limit = 10**6
        self.at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        site.does["/cdx"] = self.lists

    def holds(self, *stamps: str) -> None:
        """Add a capture at each of these times."""
        for number, stamp in enumerate(stamps, len(self.rows)):
            self.rows.append(row(stamp, page(number)))
            self.site.does[f"/{stamp}id_/{HOME}"] = self.shows(page(number))

    def shows(self, text: str) -> Callable[[Handler], None]:
        def show(handler: Handler) -> None:
            with self._lock:
                self._now += 1
                self.at_once = max(self.at_once, self._now)
            threading.Event().wait(0.02)
            with self._lock:
                self._now -= 1
            says(200, text, Content_Type="text/html", X_Archive_Orig_Server="nginx")(handler)

        return show

    def lists(self, handler: Handler) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        assert (asked["output"], asked["url"]) == ("json", HOME)
        rows = [r for r in self.rows if asked["from"] <= r[1] <= asked["to"]]
        begin = int(asked.get("resumeKey", "0"))
        limit = min(self.limit, int(asked["limit"]))
        found = rows[begin : begin + limit]
        more = [[], [str(begin + limit)]] if begin + limit < len(rows) and asked.get("showResumeKey") == "true" else []
        handler.say(200, json.dumps([HEADER, *found, *more] if found else []).encode())

    @property
    def shown(self) -> list[str]:
        """The timestamps requested."""
        return [path[1:15] for path in self.site.paths if "id_/" in path]


@pytest.fixture
def machine(project: Project) -> Iterator[Machine]:
    with serving() as site:
        configure(project, site.base)
        yield Machine(site)


def days(count: int, month: int = 1) -> list[str]:
    return [f"2024{month:02d}{day:02d}120000" for day in range(1, count + 1)]


def fill(in_process: InProcess, *more: str) -> tuple[int, str, str]:
    return in_process("backfill", "site", "--from", "2023-01-01", "--to", "2024-12-31", *more)


def test_a_long_list_is_read_to_its_end_key_by_key(machine: Machine, project: Project, in_process: InProcess) -> None:
    machine.holds(*days(7))
    machine.limit = 3
    assert fill(in_process)[0] == 0
    assert stamps(project) == days(7)
    assert sum("resumeKey=" in path for path in machine.site.paths) == 2


def test_a_list_that_is_cut_without_a_key_is_asked_for_in_parts(
    machine: Machine, project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdx, "INDEX_ROWS", 3)
    machine.holds(*days(9), *days(5, 7))
    lists = machine.lists

    def without_keys(handler: Handler) -> None:
        handler.path = handler.path.replace("showResumeKey=true", "showResumeKey=false")
        lists(handler)

    machine.site.does["/cdx"] = without_keys
    assert fill(in_process)[0] == 0
    assert stamps(project) == [*days(9), *days(5, 7)]


def test_an_index_that_ignores_limit_and_dates_is_asked_no_more_than_twice(
    machine: Machine, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdx, "INDEX_ROWS", 3)
    rows = [HEADER, *(row(stamp, "x") for stamp in (*days(2), *days(2, 12)))]
    machine.site.does["/cdx"] = says(200, json.dumps(rows))
    code, _, err = in_process("backfill", "site", "--from", "2024-01-01", "--to", "2024-12-31")
    assert (code, err.count("\n")) == (1, 1)
    assert "has no limit and no dates in its search; ask for fewer with --url" in err
    assert len(machine.site.paths) == 2


def test_more_captures_in_one_second_than_an_answer_holds_is_an_error_that_says_so(
    machine: Machine, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdx, "INDEX_ROWS", 2)
    machine.rows = [row("20240101120000", str(number)) for number in range(2)]
    code, _, err = fill(in_process)
    assert code == 1
    assert "more than 2 captures in one second; ask for fewer with --url" in err


def test_a_resume_key_that_leads_in_a_circle_ends_the_listing(machine: Machine, in_process: InProcess) -> None:
    machine.site.does["/cdx"] = says(200, json.dumps([HEADER, row("20240101120000", "x"), [], ["same"]]))
    code, _, err = fill(in_process)
    assert code == 1
    assert "the same resume key twice" in err


def without_end(rows: Callable[[int], list[list[str]]]) -> Callable[[Handler], None]:
    """An index that has a new resume key in every answer."""
    numbers = count(1)

    def lists(handler: Handler) -> None:
        number = next(numbers)
        handler.say(200, json.dumps([HEADER, *rows(number), [], [f"key-{number}"]]).encode())

    return lists


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize(
    "rows", [[row("20240101120000", "x")], [], [row("some day", "x")]], ids=["same", "none", "bad"]
)
def test_resume_keys_that_bring_nothing_new_end_the_listing(
    machine: Machine, in_process: InProcess, rows: list[list[str]]
) -> None:
    machine.site.does["/cdx"] = without_end(lambda _: rows)
    code, _, err = fill(in_process)
    assert (code, err.count("\n")) == (1, 1)
    assert "gives a resume key and nothing new" in err
    assert len(machine.site.paths) <= 2


@pytest.mark.usefixtures("no_hang")
def test_a_list_without_end_is_left_at_the_limit_of_captures(
    machine: Machine, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "LISTED_CAPTURES", 4)
    machine.site.does["/cdx"] = without_end(lambda number: [row(f"2024010112{number:04d}", "x")])
    code, _, err = fill(in_process)
    assert (code, err.count("\n")) == (1, 1)
    assert "lists more than 4 captures" in err
    assert len(machine.site.paths) == 5


def test_a_list_is_read_to_the_limit_of_answers_and_no_further(
    machine: Machine, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.holds(*days(9))
    machine.limit = 3
    monkeypatch.setattr(cdx, "INDEX_ANSWERS", 4)  # one for the year before
    assert fill(in_process, "--dry-run")[0] == 0
    monkeypatch.setattr(cdx, "INDEX_ANSWERS", 3)
    code, _, err = fill(in_process, "--dry-run")
    assert (code, err.count("\n")) == (1, 1)
    assert "goes on after 3 answers; ask for less with --from, --to or --url" in err


@pytest.mark.usefixtures("no_hang")
def test_pages_that_come_again_in_turn_end_the_listing(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    configure(project, machine.site.base, kind="commoncrawl")
    pages = [says(200, json.dumps([HEADER, row(stamp, "x")])) for stamp in days(2)]
    machine.site.does["/cdx"] = in_turn(*pages, *pages, *pages, says(500))
    code, out, err = fill(in_process, "--dry-run", "--csv")
    assert (code, out.count("to fetch")) == (0, 2), err


def test_more_captures_than_a_backfill_looks_at_is_an_error_that_says_how_to_ask_for_fewer(
    machine: Machine, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.holds(*days(4))
    monkeypatch.setattr(plan, "LISTED_CAPTURES", 4)
    assert fill(in_process, "--dry-run")[0] == 0
    monkeypatch.setattr(plan, "LISTED_CAPTURES", 3)
    code, _, err = fill(in_process, "--dry-run")
    assert code == 1
    assert "lists more than 3 captures; ask for fewer with --from, --to or --url" in err


def test_an_answer_of_an_index_that_is_too_long_is_left_at_the_limit(
    machine: Machine, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.holds(*days(4))
    size = len(json.dumps([HEADER, *machine.rows]).encode())
    monkeypatch.setattr(cdx, "INDEX_BYTES", size)
    assert fill(in_process, "--dry-run")[0] == 0
    monkeypatch.setattr(cdx, "INDEX_BYTES", size - 1)
    code, _, err = fill(in_process, "--dry-run")
    assert code == 1
    assert f"announces {size:,} bytes, over the limit of {size - 1:,}" in err


def test_what_a_replay_adds_is_left_out_and_what_the_page_had_is_kept(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    machine.rows = [row("20240101120000", page())]
    machine.site.does[f"/20240101120000id_/{HOME}"] = says(
        200, gzip.compress(page().encode()), Content_Encoding="gzip", Content_Type="text/html; charset=utf-8",
        X_Archive_Orig_Content_Encoding="br", X_Archive_Orig_Server="nginx", X_Archive_Src="warc", X_Ts="200",
        Memento_Datetime="Mon, 01 Jan 2024 12:00:00 GMT",
    )  # fmt: skip
    assert fill(in_process)[0] == 0
    with project.warc_files()[0].open("rb") as file:
        info, response = (
            (r.rec_headers, r.http_headers, r.content_stream().read())
            for r in ArchiveIterator(file, check_digests="raise")
        )
    assert response[0].get_header("WARC-Date") == "2024-01-01T12:00:00Z"
    assert response[0].get_header("WARC-Target-URI") == HOME
    assert response[0].get_header("WARC-Source-URI") == f"{machine.site.base}/20240101120000id_/{HOME}"
    assert dict(response[1].headers) == {
        "Content-Type": "text/html; charset=utf-8", "Server": "nginx", "Content-Length": str(len(page().encode())),
    }  # fmt: skip
    assert response[2] == page().encode()
    assert b"operator: ops@example.org" in info[2]


def test_a_digest_that_is_not_that_of_the_bytes_received_saves_no_fetch(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    machine.holds(*days(3))
    machine.rows[1][5] = machine.rows[0][5]  # a wrong digest: that of other bytes
    assert fill(in_process)[0] == 0
    assert machine.shown == days(3)[:1] + days(3)[2:]  # the first day's digest held, so the second is believed
    machine.rows += [row(stamp, "of the record, not of the bytes") for stamp in days(2, 3)]
    machine.site.does |= {f"/{stamp}id_/{HOME}": machine.shows(page(int(stamp[7]))) for stamp in days(2, 3)}
    machine.site.asked.clear()
    assert fill(in_process)[0] == 0
    assert machine.shown == days(2, 3)
    assert {e["digest"] for e in journal(project.root / "pages/archive/site") if e["stamp"] in days(2, 3)} == {""}


def test_an_earlier_capture_of_a_day_that_shows_what_is_known_does_not_stand_for_the_day(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    machine.holds("20240101120000")
    assert fill(in_process)[0] == 0
    machine.holds("20240102090000", "20240102180000")
    machine.rows[1] = row("20240102090000", page(0))
    assert fill(in_process)[0] == 0
    assert stamps(project) == ["20240101120000", "20240102180000"]


def test_at_most_so_many_captures_are_fetched_at_once(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    configure(project, machine.site.base, "at_once = 3")
    machine.holds(*days(20))
    assert fill(in_process)[0] == 0
    assert machine.at_once == 3
    assert stamps(project) == days(20)


@pytest.mark.parametrize("status", [429, 503])
def test_an_archive_that_asks_for_more_time_is_left_alone_and_the_rest_comes_another_day(
    machine: Machine, project: Project, shell: Shell, in_process: InProcess, status: int
) -> None:
    configure(project, machine.site.base, "at_once = 1")
    machine.holds(*days(6))
    third = f"/{days(6)[2]}id_/{HOME}"
    show = machine.site.does[third]
    machine.site.does[third] = says(status, Retry_After="900")
    code, out, err = fill(in_process)
    assert (code, machine.shown) == (1, days(6)[:3])
    assert "delivers nothing more for now; run the command again later" in err
    assert f"answers {status}" in err
    assert "asks to wait 900 s" in err
    assert "fetched: 2 kept" in out
    assert value(shell, project.config.database, "SELECT count(*) FROM captures WHERE outcome = 'ok'") == 2
    machine.site.does[third] = show
    machine.site.asked.clear()
    code, _, err = fill(in_process)
    assert (code, machine.site.asked) == (1, [])
    assert "the server allows no request until" in err
    noted = project.config.beside_writer("put-off.json")
    times = json.loads(noted.read_text())
    noted.write_text(json.dumps(dict.fromkeys(times, "2025-01-01T00:00:00Z")))  # as if the time were over
    assert fill(in_process)[0] == 0
    assert machine.shown == days(6)[2:]


def test_an_archive_that_asks_for_a_moment_gets_it(machine: Machine, project: Project, in_process: InProcess) -> None:
    machine.holds(*days(3))
    for path in ("/cdx", f"/{days(3)[1]}id_/{HOME}"):
        machine.site.does[path] = in_turn(says(429, Retry_After="0"), machine.site.does[path])
    assert fill(in_process)[0] == 0
    assert stamps(project) == days(3)


def test_an_archive_that_cannot_be_reached_any_more_ends_the_run_and_loses_nothing(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    configure(project, machine.site.base, "at_once = 1")
    machine.holds(*days(4))
    gone = f"/{days(4)[2]}id_/{HOME}"
    show, machine.site.does[gone] = machine.site.does[gone], raw(b"")
    assert fill(in_process)[0] == 1
    assert stamps(project) == days(4)[:2]
    machine.site.does[gone] = show
    assert fill(in_process)[0] == 0
    assert stamps(project) == days(4)


def test_many_captures_in_a_row_that_are_not_available_end_the_run(
    machine: Machine, in_process: InProcess, monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    monkeypatch.setattr(module, "ARCHIVE_FAILURES", 4)
    configure(project, machine.site.base, "at_once = 1")
    machine.holds(*days(9))
    for stamp in days(9):
        machine.site.does[f"/{stamp}id_/{HOME}"] = says(404)
    code, _, err = fill(in_process)
    assert code == 1
    assert "the last 4 captures were not available" in err
    assert len(machine.shown) == 4


@pytest.mark.few(5)
@pytest.mark.parametrize(
    ("does", "outcome", "words"),
    [
        (says(404, "not here"), "missing", "answers 404"),
        (says(403), "blocked", "answers 403"),
        (says(451), "blocked", "answers 451"),
        (says(500), "failed", "answers 500"),
        (says(200, "not packed at all", Content_Encoding="gzip"), "damaged", "the compressed data is damaged"),
        (says(302, Location="http://127.0.0.1:1/elsewhere"), "missing", "leads out of the archive"),
        (says(200, "x", Memento_Datetime="Mon, 01 Jan 2024 12:00:01 GMT"), "missing", "capture of 2024-01-01 12:00:01"),
        (says(200, "x", Memento_Datetime="some day"), "damaged", "Memento-Datetime is no time: 'some day'"),
        (says(200, "x", Memento_Datetime="Fri, 31 Dec 9999 23:59:59 -0100"), "damaged", "Memento-Datetime is no time"),
        (says(200, "x", Memento_Datetime=f"Mon, 01 Jan 2024 12:00:00 +{10**20}"), "damaged", "is no time"),
        (says(302, Location="http://xn--/"), "damaged", "redirects to no address"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nhalf"), "failed", "is incomplete"),
        (for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000, 0.0001), "damaged", "goes on after 100,000 bytes"),
    ],
)
def test_each_way_of_not_giving_a_capture_is_told_apart_and_the_others_are_fetched(
    machine: Machine, project: Project, in_process: InProcess, does: Callable[[Handler], None], outcome: str, words: str
) -> None:
    with (project.root / "config.toml").open("a") as config:
        config.write("[ingest]\nmax_page_bytes = 100_000\n")
    machine.holds(*days(2))
    machine.site.does[f"/{days(2)[0]}id_/{HOME}"] = does
    code, out, err = fill(in_process)
    assert (code, stamps(project)) == (1, days(2)[1:])
    assert set(out.splitlines()[1].removeprefix("fetched: ").split(", ")) == {f"1 {outcome}", "1 kept"}
    assert err.startswith(f"fxtrack: {outcome}: http://127.0.0.1:")
    assert words in err.splitlines()[0]


def test_a_redirect_within_the_archive_to_another_time_is_not_taken_for_the_capture(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    machine.holds(*days(2))
    first, second = (f"/{stamp}id_/{HOME}" for stamp in days(2))
    machine.site.does[first] = says(302, Location=second)
    code, _, err = fill(in_process)
    assert (code, stamps(project)) == (1, days(2)[1:])
    assert "the archive shows the capture of 2024-01-02 12:00:00 instead" in err


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(200, "<html>Sorry</html>"), "not an answer of an index (CDX API), it begins '<html>Sorry</html>'"),
        (says(200, '{"message": "No such collection"}'), "the index says: No such collection"),
        (says(200, '{"message": "\\u001b[31mred"}'), r"the index says: \x1b[31mred"),
        (says(200, "[" * 100_000), "not an answer of an index"),
        (says(200, "[1, 2]"), "not an answer of an index"),
        (says(200, "1\n2"), "not an answer of an index"),
        (says(200, "null\n[]"), "not an answer of an index"),
        (says(404, "<html>"), "not an answer of an index"),
        (says(404, json.dumps([HEADER, row("20240101120000", "x")])), "answers 404; check the archive's index"),
        (says(403), "answers 403"),
        (says(429, Retry_After="900"), "asks to wait 900 s"),
        (says(302, Location="http://127.0.0.2/"), "not public"),
    ],
)
def test_an_index_that_is_none_is_one_line_with_its_address_and_a_failed_run(
    machine: Machine,
    project: Project,
    in_process: InProcess,
    answer: Callable[[Handler], None],
    words: str,
    shell: Shell,
) -> None:
    machine.site.does["/cdx"] = answer
    code, out, err = fill(in_process)
    assert (code, out) == (1, "")
    assert words in err
    assert "http://127.0.0." in err
    assert err.count("\n") == 1
    assert project.warc_files() == []
    (run,) = ask(shell, project.config.database, "SELECT job, outcome, message FROM runs")
    assert (run["job"], run["outcome"]) == ("backfill", "fetch failed")
    assert err == f"fxtrack: {run['message']}\n"


def test_a_disk_that_takes_no_more_is_one_line_and_a_failed_run(
    machine: Machine, project: Project, in_process: InProcess, shell: Shell
) -> None:
    machine.holds(*days(2))
    folder = project.root / "pages" / "archive" / "site"
    folder.mkdir(parents=True)
    (folder / "2024-01").write_text("a file where a folder must be")
    code, _, err = fill(in_process)
    assert (code, err.count("\n")) == (1, 1)
    assert "cannot be" in err
    assert ask(shell, project.config.database, "SELECT outcome FROM runs") == [{"outcome": "fetch failed"}]


def interrupt(project: Project, when: Callable[[], object]) -> None:
    """Start a backfill and press Ctrl-C at that moment."""
    running = start(project, "backfill", "site", "--from", "2024-01-01", "--to", "2024-12-31")
    wait_until(lambda: when() or running.poll() is not None, "the moment to interrupt")
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (1, "fxtrack: interrupted; committed work is kept\n")


def test_a_backfill_that_is_interrupted_is_a_run_that_was_stopped_and_its_files_stay(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    machine.holds(*days(20))
    shows = dict(machine.site.does)
    for stamp in days(20)[6:]:
        machine.site.does[f"/{stamp}id_/{HOME}"] = for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.05)
    interrupt(project, lambda: len(project.warc_files()) == 6)
    assert stamps(project) == days(6)
    (run,) = runs(project)
    assert (run["job"], run["outcome"], run["new"]) == ("backfill", "stopped", 0)
    assert run["ended_utc"] >= run["started_utc"]
    machine.site.does |= shows
    assert fill(in_process)[0] == 0
    assert [(run["outcome"], run["new"]) for run in runs(project)] == [("stopped", 0), ("done", 20)]


def test_a_backfill_that_is_interrupted_while_the_index_is_asked_is_a_run_that_was_stopped(
    machine: Machine, project: Project
) -> None:
    machine.site.does["/cdx"] = for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b" ", 0.05)
    interrupt(project, lambda: machine.site.paths)
    assert [(run["job"], run["outcome"]) for run in runs(project)] == [("backfill", "stopped")]


def test_a_backfill_that_ends_in_an_error_nobody_thought_of_is_a_run_that_failed(
    machine: Machine, project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.holds(*days(1))

    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr(module, "get_capture", fail)
    code, _, err = fill(in_process)
    assert (code, err.count("\n")) == (1, 1)
    (run,) = runs(project)
    assert (run["outcome"], run["message"]) == ("failed", "nobody thought of this")


@pytest.mark.new
def test_a_backfill_that_finds_nothing_or_only_looks_is_no_run(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    machine.holds(*days(1))
    assert fill(in_process, "--dry-run")[0] == 0
    machine.site.does["/cdx"] = says(200, "[]")
    assert fill(in_process)[0] == 3
    assert not (project.root / "db").exists()


def test_what_one_archive_cannot_give_is_asked_of_another(
    machine: Machine, project: Project, in_process: InProcess
) -> None:
    machine.holds(*days(1))
    show = machine.site.does[f"/{days(1)[0]}id_/{HOME}"]
    machine.site.does[f"/{days(1)[0]}id_/{HOME}"] = says(404)
    assert [fill(in_process)[0], fill(in_process)[0]] == [1, 0]
    machine.site.does[f"/{days(1)[0]}id_/{HOME}"] = show
    config = (project.root / "config.toml").read_text()
    (project.root / "config.toml").write_text(config.replace('name = "local"', 'name = "other"'))
    assert fill(in_process)[0] == 0
    assert stamps(project) == days(1)


def test_an_index_with_nothing_is_nothing_found(machine: Machine, in_process: InProcess) -> None:
    for nothing in (says(200, "[]"), says(200, ""), says(404, '{"message": "No Captures found for: x"}')):
        machine.site.does["/cdx"] = nothing
        assert fill(in_process)[0] == 3


def test_a_resume_key_is_sent_whatever_it_is_made_of(machine: Machine, in_process: InProcess) -> None:
    first = json.dumps([HEADER, row(days(1)[0], "x"), [], ["\ud800 \n"]])
    machine.site.does["/cdx"] = in_turn(says(200, first), says(200, "[]"))
    assert fill(in_process, "--dry-run")[0] == 0


def parsed(answer: str) -> tuple[list[Listed], IndexPage]:
    """The captures in an answer of an index, and the rest of it."""
    captures: list[Listed] = []
    page = read_index(answer.encode(), captures.append)
    return captures, page


def test_a_file_of_an_archive_with_an_unprintable_name_is_none() -> None:
    names = ["timestamp", "url", "mime", "status", "filename", "offset", "length"]
    for name in ("a\nb", "\ud800"):
        values = [days(1)[0], HOME, "text/html", "200", name, "0", "9"]
        captures, _ = parsed(json.dumps(dict(zip(names, values, strict=True))))
        assert [listed.filename for listed in captures] == [None]


@pytest.mark.parametrize(
    "bad",
    [
        {"timestamp": "20241301000000"}, {"timestamp": "2024"}, {"timestamp": ""}, {"url": ""}, {"url": "http://x/\n"},
        {"timestamp": "\u0662024010112000"}, {"timestamp": None},
    ],
)  # fmt: skip
def test_a_row_of_an_index_that_is_none_is_counted_and_the_others_are_taken(bad: dict[str, str]) -> None:
    good = {"timestamp": "20240101120000", "url": HOME, "mime": "text/html", "status": "200", "digest": "sha1:abc"}
    captures, answer = parsed("\n".join(json.dumps(one) for one in (good, good | bad)))
    assert captures == [Listed(dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC), HOME, "text/html", "200", "ABC")]
    assert (answer.rows, answer.unreadable) == (2, 1)


NOT_ROWS = [None, 1, "x", [], {}, [None], {"timestamp": None}]


@pytest.mark.parametrize("bad", NOT_ROWS, ids=str)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_of_an_index_of_any_shape_is_one_unreadable_row(bad: object, place: int) -> None:
    good = [row("20240101120000", "x"), row("20240102120000", "y")]
    rows = [*good[:place], bad, *good[place:]]
    captures, answer = parsed(json.dumps([HEADER, *rows]))
    assert [listed.stamp for listed in captures] == [one[1] for one in good]
    # an empty row and a row of one value behind it are the end of a list and its key, at any place
    assert (answer.rows, answer.unreadable, answer.resume_key) == (3, 1, None)
    if isinstance(bad, list):
        return  # such a line begins the other dialect
    named = [dict(zip(HEADER, one, strict=True)) for one in good]
    captures, answer = parsed("\n".join(map(json.dumps, [*named[:place], bad, *named[place:]])))
    assert [listed.stamp for listed in captures] == [one[1] for one in good]
    assert (answer.rows, answer.unreadable) == (3, 1)


@pytest.mark.parametrize("answer", ["[", "[]x", "[[]", "[[] []]", '["a"', "[null]", "null", '{"a": 1} x', "[[1]]"])
def test_what_is_no_list_of_an_index_is_an_error(answer: str) -> None:
    with pytest.raises(FetchError, match="not an answer of an index"):
        parsed(answer)


@pytest.mark.parametrize("answer", ["", " \n", "[]", " [ ] ", "[[]]", f"[{json.dumps(HEADER)}]"])
def test_an_index_without_a_row_lists_nothing(answer: str) -> None:
    assert parsed(answer) == ([], IndexPage())


@pytest.mark.parametrize("over", [0, 1])
def test_captures_of_a_period_are_kept_up_to_the_limit_and_a_later_run_tries_the_others(
    machine: Machine, project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    monkeypatch.setattr(plan, "PERIOD_CAPTURES", 3 - over)
    machine.holds(*days(4))
    for stamp in days(4)[1:]:
        machine.site.does[f"/{stamp}id_/{HOME}"] = says(404)
    machine.site.does[f"/{days(4)[1]}id_/{HOME}"] = machine.shows(page(1))
    assert fill(in_process, "--every", "month")[0] == 1
    assert machine.shown == list(reversed(days(4)[1 + over :]))
    assert stamps(project) == [] if over else days(4)[1:2]
    fill(in_process, "--every", "month")
    assert stamps(project) == days(4)[1:2]


def test_both_dialects_mean_the_same() -> None:
    names = ["urlkey", "timestamp", "url", "mime", "status", "digest", "length"]
    values = row("20240101120000", "x")
    array = parsed(json.dumps([HEADER, values]))
    lines = parsed(json.dumps(dict(zip(names, values, strict=True))))
    assert array == lines
    with pytest.raises(FetchError, match="not an answer"):
        parsed("example,news)/ 20240101120000 http://news.example/ text/html 200 X - - 1 2 a.warc.gz")


# Common Crawl: pywb is the index, and a file server that knows ranges has the files.


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    folder = tmp_path_factory.mktemp("crawl")
    with Collection(folder).file("crawl.warc.gz") as warc:
        for number, stamp in enumerate(("2024-01-01T12:00:00Z", "2024-01-02T12:00:00Z", "2024-01-03T12:00:00Z")):
            digest = warc.response(stamp, page(number))
        warc.revisit("2024-01-04T12:00:00Z", digest, "2024-01-03T12:00:00Z")
        warc.response("2024-01-05T12:00:00Z", gzip.compress(page(5).encode()), Content_Encoding="gzip")
    with pywb(folder, folder) as running:
        yield running


class Files:
    """A file server with range requests over the crawl's folder."""

    def __init__(self, site: Site, path: Path) -> None:
        self.data = path.read_bytes()
        self.ranges: list[tuple[int, int]] = []
        site.does[f"/{path.name}"] = self.send

    def send(self, handler: Handler) -> None:
        unit, _, given = handler.headers["Range"].partition("=")
        begin, end = (int(number) for number in given.split("-"))
        assert unit == "bytes"
        self.ranges.append((begin, end))
        part = self.data[begin : end + 1]
        handler.say(206, part, {"Content-Range": f"bytes {begin}-{begin + len(part) - 1}/{len(self.data)}"})


def crawls(this: str, old: str) -> Callable[[Handler], None]:
    """A list of two crawls, newest first, like the real one."""
    spans = {this: ("2024-01-01", "2024-02-01"), old: ("2019-01-01", "2019-02-01")}
    listed = [{"cdx-api": api, "from": f"{a}T00:00:00", "to": f"{b}T00:00:00"} for api, (a, b) in spans.items()]
    return says(200, json.dumps(listed))


@pytest.fixture
def crawled(project: Project, crawl: Pywb) -> Iterator[tuple[Site, Files]]:
    with serving() as site:
        served = Files(site, crawl.folder / "collections" / "test" / "archive" / "crawl.warc.gz")
        site.does["/collinfo.json"] = crawls(f"{crawl.base}/cdx", f"{site.base}/old")
        configure(project, "http://127.0.0.1:1", kind="commoncrawl")
        config = (project.root / "config.toml").read_text()
        config = config.replace("http://127.0.0.1:1/cdx", f"{crawl.base}/cdx").replace("http://127.0.0.1:1", site.base)
        (project.root / "config.toml").write_text(config)
        yield site, served


def test_records_come_out_of_the_crawls_files_by_range_and_are_kept_as_they_are(
    crawled: tuple[Site, Files], project: Project, shell: Shell, in_process: InProcess
) -> None:
    assert fill(in_process)[0] == 0
    _, served = crawled
    assert stamps(project) == [f"202401{day:02d}120000" for day in (1, 2, 3, 5)]
    assert len(served.ranges) == 4
    for file in project.warc_files():
        assert any(served.data[begin : end + 1] in file.read_bytes() for begin, end in served.ranges)
    database = project.config.database
    rows = ask(
        shell, database, "SELECT capture_id, captured_utc::VARCHAR AS captured FROM captures ORDER BY captured_utc"
    )
    numbers = {1: 0, 2: 1, 3: 2, 5: 5}
    assert rows == [
        {"capture_id": digest_of(page(number)), "captured": f"2024-01-0{day} 12:00:00"}
        for day, number in numbers.items()
    ]
    served.ranges.clear()
    assert fill(in_process)[0] == 0
    assert served.ranges == []


def test_of_a_list_of_crawls_those_of_the_time_are_asked(
    crawled: tuple[Site, Files], project: Project, crawl: Pywb, in_process: InProcess
) -> None:
    site, _ = crawled
    config = (project.root / "config.toml").read_text()
    (project.root / "config.toml").write_text(config.replace(f"{crawl.base}/cdx", f"{site.base}/collinfo.json"))
    code, _, err = fill(in_process)
    assert code == 1, "the list names an index at an address that is not public, and is not the one configured"
    assert "not public: refused" in err

    def relay(handler: Handler) -> None:
        with httpx.Client() as client:
            handler.say(200, client.get(f"{crawl.base}/cdx?{urlsplit(handler.path).query}").content)

    site.does["/2024"] = relay
    site.does["/collinfo.json"] = crawls(f"{site.base}/2024", f"{site.base}/old")
    assert fill(in_process)[0] == 0
    assert stamps(project) == [f"202401{day:02d}120000" for day in (1, 2, 3, 5)]
    assert "/old" not in {urlsplit(path).path for path in site.paths}
    for junk in (
        "[]",
        '[{"id": "x"}]',
        '[{"cdx-api": "/2024", "from": "some day"}]',
        '[{"cdx-api": "//["}]',
        "[[]]",
        "<html>",
    ):
        site.does["/collinfo.json"] = says(200, junk)
        code, _, err = fill(in_process)
        assert code == (3 if junk == "[]" else 1), junk
        assert err.count("\n") == 1


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data, a, b: data[:a] + data[a:b][:-20] + b"\0" * 20 + data[b:], "incorrect data check"),
        (lambda data, a, b: data[:a] + gzip.compress(b"WARC/1.0\r\n\r\n").ljust(b - a, b"\0") + data[b:],
         "no valid Content-Length"),
        (lambda data, a, b: data[:a] + b"x" * (b - a) + data[b:], "Invalid WARC header"),
        (lambda data, a, b: data[: (a + b) // 2], "bytes of"),
    ],
    ids=["checksum", "no record", "no gzip", "short file"],
)  # fmt: skip
def test_a_record_that_is_damaged_is_remarked_and_the_others_are_fetched(
    crawled: tuple[Site, Files], project: Project, in_process: InProcess,
    spoil: Callable[[bytes, int, int], bytes], words: str,
) -> None:  # fmt: skip
    _, served = crawled
    assert fill(in_process, "--to", "2024-01-05")[0] == 0
    begin, end = sorted(served.ranges)[-1]
    for path in (*project.warc_files(), *(project.root / "db").glob("*")):
        path.unlink()
    served.data = spoil(served.data, begin, end + 1)
    code, out, err = fill(in_process)
    assert (code, stamps(project)) == (1, [f"202401{day:02d}120000" for day in (1, 2, 3)])
    assert "1 damaged" in out
    assert words in err


def test_a_server_that_knows_no_ranges_is_not_made_to_send_the_whole_file(
    crawled: tuple[Site, Files], project: Project, in_process: InProcess
) -> None:
    site, served = crawled
    site.does["/crawl.warc.gz"] = says(200, served.data)
    code, _, err = fill(in_process)
    assert (code, project.warc_files()) == (1, [])
    assert "the server answers 200 OK" in err


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (page(1).encode(), {}),
        (brotli.compress(page(1).encode()), {"Content_Encoding": "br"}),
        (chunked(gzip.compress(page(1).encode())), {"Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}),
        (page(1).encode(), {"Content_Encoding": "gzip"}),
    ],
    ids=["plain", "brotli", "gzip in chunks", "unpacked by the crawler"],
)
def test_whatever_an_ingest_can_read_is_taken(
    project: Project, shell: Shell, in_process: InProcess, body: bytes, headers: dict[str, str]
) -> None:
    with Collection(project.root).file("crawl.warc.gz") as warc:
        warc.response("2024-01-01T12:00:00Z", body, **headers)
    data = (project.root / "crawl.warc.gz").read_bytes()
    members = list(ArchiveIterator(io.BytesIO(data), arc2warc=False))
    assert [member.rec_type for member in members] == ["response"]
    captured = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
    with serving() as site:
        Files(site, project.root / "crawl.warc.gz")
        archive = Archive("crawls", f"{site.base}/index", site.base, "commoncrawl")
        listed = Listed(captured, HOME, digest=sha1_of(body), filename="crawl.warc.gz", offset=0, length=len(data))
        with Web(Fetch(contact="ops@example.org", seconds_between=0), home_of(site.base)) as web:
            copy = get_capture(web, archive, listed, 100_000)
    assert copy.digest_holds
    assert sha1(page(1)) in copy.digests
    copy.save(project.root / "pages" / "kept.warc.gz", "ops@example.org")
    assert in_process("ingest")[0] == 0
    rows = ask(shell, project.config.database, "SELECT capture_id, outcome, uri FROM captures")
    assert rows == [{"capture_id": digest_of(page(1)), "outcome": "ok", "uri": HOME}]


def test_a_record_that_is_not_the_one_listed_is_not_taken(
    crawled: tuple[Site, Files], project: Project, in_process: InProcess
) -> None:
    _, served = crawled
    assert fill(in_process)[0] == 0
    begin, end = sorted(served.ranges)[0]
    for path in (*project.warc_files(), *(project.root / "db").glob("*")):
        path.unlink()
    with Collection(project.root).file("other.warc.gz") as warc:
        warc.response("2024-01-01T12:00:00Z", "x", uri="http://other.example/")
    other = (project.root / "other.warc.gz").read_bytes()
    assert len(other) <= end + 1 - begin
    served.data = other.ljust(end + 1 - begin, b"\0") + served.data[end + 1 :]
    code, _, err = fill(in_process)
    assert (code, "20240101120000" in stamps(project)) == (1, False)
    assert "holds another record than the index says: response http://other.example/ 2024-01-01T12:00:00Z" in err
