"""`fxtrack backfill` against a real pywb: original bytes and times, each capture once, also after interruptions."""

import datetime as dt
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import InProcess, Project, Shell
from loopback import page
from promises import ask, start, value
from web_archives import HOME, Collection, Pywb, digest_of, journal, pywb

from fxtrack.collect.archives.journal import KEPT, NAME, Journal, JournalEntry, read_journal
from fxtrack.errors import FxtrackError

RANDOM = random.Random(1)  # noqa: S311 -- nothing secret
INTERRUPTED = "fxtrack: interrupted; committed work is kept\n"
DAYS = ("2024-01-01T09:00:00Z", "2024-01-02T09:00:00Z", "2024-01-02T18:00:00Z", "2024-01-03T09:00:00Z")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    """An archive with every kind of failure."""
    folder = tmp_path_factory.mktemp("pywb")
    collection = Collection(folder)
    with collection.file("a.warc.gz") as warc:
        for number, date in enumerate(DAYS):
            digest = warc.response(date, page(number))
        warc.revisit("2024-01-04T09:00:00Z", digest, DAYS[-1])
        warc.revisit("2024-01-05T09:00:00Z", "sha1:" + "A" * 32, "2023-01-01T00:00:00Z")
        warc.response("2024-01-06T09:00:00Z", "", status="302 Found", Location="http://news.example/new")
        warc.response("2024-01-06T09:00:01Z", page(6), uri="http://news.example/new")
        warc.response("2024-01-07T09:00:00Z", "gone", status="404 Not Found")
        warc.response("2024-01-08T09:00:00Z", b"\x89PNG", kind="image/png")
        warc.response("2024-01-10T08:00:00Z", page(10))
    noise = RANDOM.randbytes(200_000).hex()
    with collection.file("cut.warc.gz") as warc:
        warc.response("2024-01-09T09:00:00Z", page(9) + noise)
    with collection.file("lost.warc.gz") as warc:
        warc.response("2024-01-10T20:00:00Z", page(11))
    with pywb(folder, folder) as running:
        archived = folder / "collections" / "test" / "archive"
        (archived / "lost.warc.gz").unlink()
        cut = archived / "cut.warc.gz"
        cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
        yield running


@pytest.fixture
def filling(project: Project, archive: Pywb) -> Project:
    configure(project, archive.base)
    archive.forget()
    return project


def configure(project: Project, base: str, more: str = "", kind: str = "wayback", fetch: str = "attempts = 2") -> None:
    project.configure(
        f'[fetch]\ncontact = "ops@example.org"\nmax_wait_seconds = 0.01\n{fetch}\n'
        f'[[archives]]\nname = "local"\nkind = "{kind}"\nindex = "{base}/cdx"\ncontent = "{base}"\n'
        f"pages_per_minute = 6000\nsearches_per_minute = 6000\n{more}\n"
        f'[[sources]]\nname = "site"\nurl = "{HOME}"\n'
    )


def count_of(project: Project) -> int:
    """Return the number of these files, at little cost: whoever waits for it asks often."""
    months = project.root / "pages" / "archive" / "site"
    return sum(name.endswith(".gz") and name[0] != "." for _, _, names in os.walk(months) for name in names)


def stamps(project: Project) -> list[str]:
    return [file.name[:8] + file.name[9:15] for file in project.warc_files()]


def test_captures_end_up_in_the_database_with_their_own_bytes_times_and_addresses(
    filling: Project, shell: Shell, in_process: InProcess
) -> None:
    code, out, _ = in_process("backfill", "site", "--from", "2024-01-01", "--to", "2024-01-03", "--every", "capture")
    assert code == 0
    assert out.splitlines()[:2] == ["4 captures listed, 4 chosen, 0 of them stored already", "fetched: 4 kept"]
    rows = ask(
        shell, filling.config.database,
        "SELECT capture_id, source, uri, strftime(captured_utc, '%Y-%m-%dT%H:%M:%SZ') AS captured, outcome, location"
        " FROM captures ORDER BY captured_utc",
    )  # fmt: skip
    assert [row["captured"] for row in rows] == list(DAYS)
    assert [row["capture_id"] for row in rows] == [digest_of(page(number)) for number in range(4)]
    assert {(row["source"], row["uri"], row["outcome"]) for row in rows} == {("site", HOME, "ok")}
    assert all(row["location"].startswith("pages/archive/site/2024-01/") for row in rows)
    (run,) = ask(shell, filling.config.database, "SELECT job, outcome, new FROM runs")
    assert run == {"job": "backfill", "outcome": "done", "new": 4}


@pytest.mark.usefixtures("filling")
def test_what_is_had_is_not_fetched_again(archive: Pywb, in_process: InProcess) -> None:
    arguments = ("backfill", "site", "--from", "2024-01-01", "--to", "2024-01-03")
    assert in_process(*arguments)[0] == 0
    archive.forget()
    code, out, _ = in_process(*arguments)
    assert (code, out.splitlines()[:2]) == (
        0,
        ["4 captures listed, 3 chosen, 3 of them stored already", "fetched: nothing"],
    )
    assert archive.asked == []


def test_what_the_database_has_from_elsewhere_is_not_fetched_again(
    filling: Project, archive: Pywb, in_process: InProcess
) -> None:
    with Collection(filling.root / "pages").file("mine.warc.gz") as warc:
        warc.response("2024-01-01T09:00:00Z", page(0))
    assert in_process("ingest")[0] == 0
    assert in_process("backfill", "site", "--from", "2024-01-01", "--to", "2024-01-03")[0] == 0
    assert sorted(archive.asked) == ["20240102180000", "20240103090000"]


def test_of_each_period_the_last_capture_is_taken(filling: Project, in_process: InProcess) -> None:
    for every, wanted in {
        "month": ["20240103090000"], "week": ["20240103090000"],
        "day": ["20240101090000", "20240102180000", "20240103090000"],
    }.items():  # fmt: skip
        for file in filling.warc_files():
            file.unlink()
        (filling.root / "pages/archive/site/.backfill.jsonl").unlink(missing_ok=True)
        assert (
            in_process(
                "backfill", "site", "--from", "2024-01-01", "--to", "2024-01-03", "--every", every, "--url", HOME
            )[0]
            == 0
        )
        assert stamps(filling) == wanted, every
        for database in (filling.root / "db").glob("*"):
            database.unlink()


@pytest.mark.usefixtures("filling")
def test_a_revisit_of_bytes_that_are_had_is_not_fetched_and_redirects_errors_and_pictures_neither(
    archive: Pywb, in_process: InProcess
) -> None:
    assert in_process("backfill", "site", "--from", "2024-01-03", "--to", "2024-01-04")[0] == 0
    assert archive.asked == ["20240103090000"]
    code, _, err = in_process("backfill", "site", "--from", "2024-01-06", "--to", "2024-01-08")
    assert (code, archive.asked) == (3, ["20240103090000"])
    assert "lists 3 captures, none of them a page" in err
    assert err.count("\n") == 1


def test_a_revisit_of_bytes_that_are_not_had_brings_them_at_its_own_time(
    filling: Project, shell: Shell, in_process: InProcess
) -> None:
    assert in_process("backfill", "site", "--from", "2024-01-04", "--to", "2024-01-04")[0] == 0
    (row,) = ask(shell, filling.config.database, "SELECT capture_id, captured_utc::VARCHAR AS at FROM captures")
    assert row == {"capture_id": digest_of(page(3)), "at": "2024-01-04 09:00:00"}


def test_what_the_archive_cannot_give_is_remarked_once_and_then_let_be(
    filling: Project, archive: Pywb, shell: Shell, in_process: InProcess
) -> None:
    configure(filling, archive.base, fetch="attempts = 1\ntimeout_seconds = 1.5")  # pywb falls silent half-way
    arguments = ("backfill", "site", "--from", "2024-01-05", "--to", "2024-01-09")
    code, out, err = in_process(*arguments)
    assert (code, out.splitlines()[1]) == (1, "fetched: 1 failed, 1 missing")
    assert {line.split(":")[1].strip() for line in err.splitlines()} == {"missing", "failed"}
    entries = journal(filling.root / "pages/archive/site")
    assert {(entry["stamp"], entry["outcome"]) for entry in entries} == {
        ("20240105090000", "missing"), ("20240109090000", "failed"),
    }  # fmt: skip
    assert filling.warc_files() == []
    (run,) = ask(shell, filling.config.writer, "SELECT outcome, message FROM runs")
    assert run["outcome"] == "fetch failed"
    assert "2 captures could not be fetched from local" in run["message"]
    for tried in range(2, 5):  # a capture that may come later is asked for in three runs
        archive.forget()
        assert in_process(*arguments)[0] == (1 if tried <= 3 else 0)
        assert set(archive.asked) == ({"20240109090000"} if tried <= 3 else set())
    assert in_process(*arguments, "--again")[0] == 1
    assert set(archive.asked) == {"20240105090000", "20240109090000"}


def test_the_nearest_capture_that_an_archive_shows_in_place_of_a_lost_one_is_never_taken_for_it(
    filling: Project, in_process: InProcess
) -> None:
    code, _, err = in_process("backfill", "site", "--from", "2024-01-10", "--every", "capture")
    assert code == 1
    assert "not there; the archive shows the capture of 2024-01-10 08:00:00 instead" in err
    assert stamps(filling) == ["20240110080000"]


def test_where_the_last_capture_of_a_day_is_lost_the_one_before_is_taken(
    filling: Project, archive: Pywb, in_process: InProcess
) -> None:
    assert in_process("backfill", "site", "--from", "2024-01-10")[0] == 1
    assert stamps(filling) == ["20240110080000"]
    archive.forget()
    code, out, _ = in_process("backfill", "site", "--from", "2024-01-10", "--json")
    assert code == 0
    assert (json.loads(out)["chosen"], json.loads(out)["fetched"]) == (1, {})
    assert archive.asked == []


@pytest.mark.new
def test_a_dry_run_says_what_would_be_fetched_and_leaves_no_trace(
    filling: Project, archive: Pywb, in_process: InProcess
) -> None:
    code, out, err = in_process("backfill", "site", "--from", "2024-01-01", "--to", "2024-01-03", "--dry-run", "--csv")
    assert code == 0
    assert out.splitlines() == [
        "captured_utc,uri,captures,state",
        f"2024-01-01T09:00:00+00:00,{HOME},1,to fetch",
        f"2024-01-02T18:00:00+00:00,{HOME},2,to fetch",
        f"2024-01-03T09:00:00+00:00,{HOME},1,to fetch",
    ]
    assert err == "4 captures listed, 3 chosen, 0 of them stored already\n"
    assert archive.asked == []
    assert sorted(path.name for path in filling.root.iterdir()) == ["config.toml", "pages"]
    assert list((filling.root / "pages").iterdir()) == []


@pytest.mark.parametrize(
    ("count", "steps", "least"), [(20, 5, 3), pytest.param(365, 8, 60, marks=pytest.mark.slow)], ids=["days", "a year"]
)
def test_a_backfill_that_is_stopped_at_any_moment_goes_on_where_it_was(
    project: Project, tmp_path_factory: pytest.TempPathFactory, shell: Shell, count: int, steps: int, least: int
) -> None:
    folder = tmp_path_factory.mktemp("long")
    first = dt.datetime(2024, 2, 1, 9, tzinfo=dt.UTC)
    times = [first + dt.timedelta(days=number) for number in range(count)]
    with Collection(folder).file("long.warc.gz") as warc:
        for number, moment in enumerate(times):
            warc.response(f"{moment:%Y-%m-%dT%H:%M:%SZ}", page(number))
    arguments = ("backfill", "site", "--from", "2024-02-01")
    with pywb(folder, folder) as running:
        configure(project, running.base, "at_once = 3")
        stops = 0
        while len(project.warc_files()) < count:
            process = start(project, *arguments)
            goal = min(count, len(project.warc_files()) + RANDOM.randint(1, steps))
            while process.poll() is None and count_of(project) < goal:
                time.sleep(0.01)
            deadly = RANDOM.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT])
            process.send_signal(deadly)
            _, err = process.communicate(timeout=600)  # it ends at once, but not on a machine that does other work
            assert "Traceback" not in err
            stops += process.returncode == -signal.SIGKILL or err == INTERRUPTED
        assert stops >= least, "hardly anything was stopped half-way"
        assert project.run(*arguments, timeout=600).returncode == 0  # stores the pages of all days
        asked = running.asked
    assert stamps(project) == [f"{moment:%Y%m%d%H%M%S}" for moment in times]
    assert set(asked) == set(stamps(project))
    assert len(asked) <= count + 3 * stops  # a capture under way at a stop may be asked for again
    rows = ask(shell, project.config.database, "SELECT capture_id FROM captures ORDER BY captured_utc")
    assert [row["capture_id"] for row in rows] == [digest_of(page(number)) for number in range(count)]
    # every day shows the same rates: the ticker stands still, and nothing explains the rise that the first day reports
    known = "('unexplained', 'ticker stands still')"
    others = f"SELECT count(*) FROM problems WHERE problem NOT LIKE '% run' AND problem NOT IN {known}"
    assert value(shell, project.config.database, others) == 0
    assert [path for path in (project.root / "pages").rglob(".*") if path.name != ".backfill.jsonl"] == []


def test_two_backfills_of_one_source_do_not_run_at_once(filling: Project, in_process: InProcess) -> None:
    with Journal(filling.config.archived / "site"):
        code, _, err = in_process("backfill", "site", "--from", "2024-01-01")
    assert code == 1
    assert "another backfill is at work there" in err


def test_a_line_of_the_journal_is_whole_or_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).write_bytes(b'{"archive": "cut sh')
    entries = [JournalEntry("local", f"2024010{day}", "http://news.example/", KEPT) for day in (1, 2, 3)]
    write = os.write
    with Journal(tmp_path) as journal:
        journal.write(entries[0])
        with monkeypatch.context() as full:
            full.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:9]))
            with pytest.raises(FxtrackError, match="cannot be written: No space left on device"):
                journal.write(entries[1])
        journal.write(entries[2])
    assert [*read_journal(tmp_path)] == [entries[0], entries[2]]
    assert (tmp_path / NAME).read_bytes().count(b"\n") == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nope", "--from", "2024-01-01"], 2, "no source is named 'nope'; there are: site"),
        (["site", "--from", "2024-01-01", "--archive", "x"], 2, "no archive is named 'x'; there are: local"),
        (["site", "--from", "2024-01-02", "--to", "2024-01-01"], 2, "--from 2024-01-02 is after --to 2024-01-01"),
        (["site"], 2, "--from"),
        (["site", "--from", "someday"], 2, "'someday' is not a date"),
        (["site", "--from", "2024-01-01", "--every", "minute"], 2, "minute"),
        (["site", "--from", "2024-01-01", "--csv"], 2, "--dry-run"),
        (["site", "--from", "1999-01-01", "--to", "1999-12-31"], 3, "local has no capture of http://news.example/"),
        (["site", "--from", "2024-01-01", "--url", "http://other.example/"], 3, "local has no capture of"),
    ],
)
def test_what_cannot_be_meant_or_found_is_one_line_with_its_exit_code(
    filling: Project, in_process: InProcess, arguments: list[str], code: int, words: str
) -> None:
    found, out, err = in_process("backfill", *arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert err.count("\n") == 1
    assert list((filling.root / "pages").iterdir()) == []


def test_an_address_with_a_star_stands_for_all_that_begin_so(filling: Project, in_process: InProcess) -> None:
    arguments = ("--from", "2024-01-03", "--to", "2024-01-06", "--url", "news.example/*", "--every", "day")
    assert in_process("backfill", "site", *arguments)[0] == 1  # the revisit of the 5th refers to nothing
    assert stamps(filling) == ["20240103090000", "20240106090001"]


def test_without_a_live_page_the_addresses_of_the_source_are_asked_for(filling: Project, in_process: InProcess) -> None:
    config = (filling.root / "config.toml").read_text()
    patterns = {"news.example/new*": 0, "news.*/": 2, "*.example": 2}
    for pattern, code in patterns.items():
        (filling.root / "config.toml").write_text(config.replace(f'url = "{HOME}"', f'urls = ["{pattern}"]'))
        assert in_process("backfill", "site", "--from", "2024-01-01")[0] == code
    assert stamps(filling) == ["20240106090001"]
