"""The same bytes again are a sighting: at another time, in another place, for another source."""

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest
from archives import Made, members
from conftest import InProcess, Project, Shell, page_text
from loopback import Site, in_turn, page, says
from promises import ask, value

from fxtrack.model.run import Run
from fxtrack.pipeline import run_pass

TWO = '[[sources]]\nname = "one"\npaths = ["pages/one/*"]\n\n[[sources]]\nname = "two"\npaths = ["pages/two/*"]\n'
HTML = {"Content_Type": "text/html; charset=utf-8"}
DATE = "01 December 2025"
NOW = dt.datetime(2025, 12, 20, tzinfo=dt.UTC)


def text(rate: str, date: str | None = DATE) -> bytes:
    return page_text((("TJS/USD", rate, None),), date).encode()


def seen(body: bytes, time: str) -> Made:
    return Made("https://timesca.com/", body, ("200 OK", [("Content-Type", "text/plain")]), date=time)


def closes(shell: Shell, project: Project) -> list[tuple[str, str, str]]:
    query = "SELECT page_date, rate_text, close_rule FROM daily ORDER BY ALL"
    return [tuple(row.values()) for row in ask(shell, project.config.database, query)]


def shown(shell: Shell, project: Project) -> list[dict[str, object]]:
    """Return what does not depend on the order in which pages came."""
    return [
        row
        for query in (
            "SELECT * EXCLUDE (ingested_utc, sighting_ingested_utc) FROM captures ORDER BY ALL",
            "SELECT * EXCLUDE (ingested_utc, again) FROM sightings ORDER BY ALL",
            "SELECT snapshot_id, pair, captures FROM quotes ORDER BY ALL",
            "FROM daily ORDER BY ALL",
            "FROM coverage ORDER BY ALL",
        )
        for row in ask(shell, project.config.database, query)
    ]


def test_a_state_that_is_seen_again_last_is_the_close(project: Project, shell: Shell, in_process: InProcess) -> None:
    first, second = text("0.10800"), text("0.10820")
    project.page(
        "cap.warc.gz",
        members([seen(first, "2025-12-01T08:00:00Z"), seen(second, "2025-12-01T12:00:00Z"),
                 seen(first, "2025-12-01T18:00:00Z")]),
    )  # fmt: skip
    assert in_process("ingest")[0] == 0
    assert closes(shell, project) == [("2025-12-01", "0.10800", "last captured")]
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 2
    assert value(shell, project.config.database, "SELECT count(*) FROM sightings") == 3
    # seen twice, and still one capture of the snapshot
    assert value(shell, project.config.database, "SELECT max(captures) FROM quotes") == 1


def test_a_capture_of_later_days_does_not_decide(project: Project, shell: Shell, in_process: InProcess) -> None:
    first, second, third = text("0.10800"), text("0.10820"), text("0.10830")
    project.page("a.warc.gz", members([seen(first, "2025-12-01T08:00:00Z"), seen(second, "2025-12-03T00:00:00Z")]))
    assert in_process("ingest")[0] == 0
    assert closes(shell, project) == [("2025-12-01", "0.10800", "last captured")]
    project.page("b.warc.gz", members([seen(second, "2025-12-02T23:59:59Z")]))
    assert in_process("ingest")[0] == 0
    assert closes(shell, project) == [("2025-12-01", "0.10820", "last captured")]
    other = text("0.10700", "05 December 2025"), text("0.10710", "05 December 2025")
    project.page("c.warc.gz", members([seen(other[0], "2025-12-08T08:00:00Z"), seen(other[1], "2025-12-07T08:00:00Z")]))
    project.page("d.txt", third)
    assert in_process("ingest")[0] == 0
    assert closes(shell, project)[1:] == [("2025-12-05", "0.10710", "captured later")]
    project.page("e.txt", other[0] + b"Another article.\n")
    assert in_process("ingest")[0] == 0
    assert closes(shell, project)[1:] == [("2025-12-05", "0.10700", "others captured later")]


def test_no_source_loses_a_capture_to_another(project: Project, shell: Shell, in_process: InProcess) -> None:
    project.configure(TWO)
    project.page("one/a.txt", text("0.10800"))
    project.page("two/a.txt", text("0.10800"))
    assert "1 new, 1 known" in in_process("ingest")[1]
    rows = ask(shell, project.config.database, "SELECT source, rate_text, captures FROM quotes ORDER BY ALL")
    assert [tuple(row.values()) for row in rows] == [("one", "0.10800", 1), ("two", "0.10800", 1)]
    assert {row["source"] for row in ask(shell, project.config.database, "FROM latest")} == {"one", "two"}
    assert "captures that differ: 0" in in_process("verify")[1]
    assert "nothing would change" in in_process("reparse")[2]


def test_a_page_without_a_date_stands_for_every_day_it_is_seen_on(
    project: Project, shell: Shell, in_process: InProcess
) -> None:
    body = text("0.10800", None)
    for name, day in (("b", 3), ("a", 2), ("c", 4)):
        project.page(f"{name}.warc.gz", members([seen(body, f"2025-12-0{day}T08:00:00Z")]))
        assert in_process("ingest")[0] == 0
    assert [row[0] for row in closes(shell, project)] == ["2025-12-02", "2025-12-03", "2025-12-04"]
    assert value(shell, project.config.database, "SELECT location FROM captures") == "pages/a.warc.gz#0"
    assert "captures that differ: 0" in in_process("verify")[1]


SEQUENCE = [
    ("a.warc.gz", [("0.10800", "2025-12-01T08:00:00Z"), ("0.10820", "2025-12-01T12:00:00Z")]),
    ("b.warc.gz", [("0.10800", "2025-12-01T18:00:00Z"), ("0.10830", "2025-12-04T18:00:00Z")]),
    ("c.warc.gz", [("0.10820", "2025-12-01T07:00:00Z"), ("0.10830", "2025-12-02T01:00:00Z")]),
]


@pytest.mark.few(1)
@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0)])
def test_the_order_in_which_pages_come_does_not_matter(tmp_path: Path, shell: Shell, order: tuple[int, ...]) -> None:
    together, apart = Project(tmp_path / "together"), Project(tmp_path / "apart")
    for project in (together, apart):
        project.root.mkdir()
        project.configure('[[sources]]\nname = "site"\n')
    for number in order:
        name, captures = SEQUENCE[number]
        for project in (together, apart):
            project.page(name, members([seen(text(rate), time) for rate, time in captures]))
        run_pass(apart.config, Run("ingest", NOW), [apart.config.pages])
    run_pass(together.config, Run("ingest", NOW), [together.config.pages])
    assert shown(shell, apart) == shown(shell, together)
    # the latest up to the day after the page date, by the times alone
    last = max((dt.datetime.fromisoformat(t), Fraction(r), r) for _, cs in SEQUENCE for r, t in cs if t < "2025-12-03")
    assert closes(shell, apart) == [("2025-12-01", last[2], "last captured")]


def test_reading_all_pages_again_keeps_every_sighting_and_its_time(
    project: Project, shell: Shell, in_process: InProcess
) -> None:
    for name, captures in SEQUENCE:
        project.page(name, members([seen(text(rate), time) for rate, time in captures]))
        assert in_process("ingest")[0] == 0
    before = ask(shell, project.config.database, "FROM sightings ORDER BY ALL")
    # another reading of every page: the pair under another name
    project.configure('[[sources]]\nname = "renamed"\n')
    (project.root / "pages" / "b.warc.gz").unlink()
    assert in_process("reparse", "--apply")[0] == 0
    after = ask(shell, project.config.database, "FROM sightings ORDER BY ALL")
    places = ("location", "captured_utc", "ingested_utc", "capture_id", "page_date")
    moved = [tuple(row[name] for name in places) for row in after if row["source"] == "renamed"]
    # the page of b at 18:00 has its bytes in a as well, the other one has them in c
    assert sorted(moved) == sorted(tuple(row[name] for name in places) for row in before)


def test_a_store_without_sightings_reads_the_copies_again(
    project: Project, shell: Shell, in_process: InProcess
) -> None:
    project.configure(TWO)
    project.page("one/a.txt", text("0.10800"))
    project.page("two/a.txt", text("0.10800"))
    project.page("one/b.warc.gz", members([seen(text("0.1"), f"2025-12-01T{hour}:00:00Z") for hour in ("08", "18")]))
    project.page("one/c.warc.gz", members([seen(text("0.2"), "2025-12-01T08:00:00Z")]))
    assert in_process("ingest")[0] == 0
    whole = shown(shell, project)
    result = shell(
        str(project.config.writer),
        sql="DROP VIEW sightings; DROP TABLE further_sightings; ALTER TABLE captures DROP COLUMN sighting_ingested_utc;"
        "DELETE FROM snapshot_quotes WHERE snapshot_id IN (SELECT snapshot_id FROM snapshots WHERE source = 'two');"
        "DELETE FROM snapshots WHERE source = 'two'; UPDATE store_info SET views_digest = '';"
        "DELETE FROM schema_migrations WHERE version > 10;",
    )
    assert result.returncode == 0, result.stderr
    assert in_process("ingest")[0] == 0
    assert shown(shell, project) == whole


def test_a_page_that_is_not_modified_is_seen_at_that_time(
    project: Project, site: Site, shell: Shell, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.configure(
        '[fetch]\ncontact = "ops@example.org"\nseconds_between = 0\nmax_wait_seconds = 0.01\n'
        f'[[sources]]\nname = "site"\nurl = "{site.base}/"\n'
    )
    times = [dt.datetime(2025, 12, 12, hour, tzinfo=dt.UTC) for hour in (8, 12, 18)]
    first, second = page(), page().replace("0.01144", "0.01145")
    site.does["/"] = in_turn(says(200, first, ETag='"1"', **HTML), says(304), says(304))
    for time in times:
        monkeypatch.setattr("fxtrack.collect.http.client._now", lambda now=time: now)
        assert in_process("fetch")[0] == 0
    seen_at = ask(shell, project.config.database, "SELECT captured_utc, location FROM sightings ORDER BY captured_utc")
    assert [row["captured_utc"] for row in seen_at] == [f"{time:%Y-%m-%d %H:%M:%S}" for time in times]
    assert len({row["location"] for row in seen_at}) == 3
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1
    # another state between the two visits is overtaken by the second
    project.page("between.warc.gz", members([seen(second.encode(), "2025-12-12T13:00:00Z")._replace(uri=site.base)]))
    assert in_process("ingest")[0] == 0
    query = "SELECT rate_text, close_rule FROM daily WHERE pair = 'KGS/USD'"
    assert ask(shell, project.config.database, query) == [{"rate_text": "0.01144", "close_rule": "last captured"}]
    assert "captures that differ: 0" in in_process("verify")[1]
    whole = shown(shell, project)
    project.config.writer.unlink()
    assert in_process("ingest")[0] == 0
    assert shown(shell, project) == whole
    assert in_process("reparse")[0] == 0


def test_a_live_page_whose_file_is_gone_is_asked_for_in_full(
    project: Project, site: Site, in_process: InProcess
) -> None:
    project.configure(
        '[fetch]\ncontact = "ops@example.org"\nseconds_between = 0\nmax_wait_seconds = 0.01\n'
        f'[[sources]]\nname = "site"\nurl = "{site.base}/"\n'
    )
    site.does["/"] = says(200, page(), ETag='"1"', **HTML)
    assert in_process("fetch")[0] == 0
    for file in (project.root / "pages").rglob("*.warc.gz"):
        file.unlink()
    assert in_process("fetch")[0] == 0
    assert [a.headers.get("if-none-match") for a in site.asked if a.path == "/"] == [None, None]
    assert len(list((project.root / "pages").rglob("*.warc.gz"))) == 1
