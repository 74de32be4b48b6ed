"""Archives with capture times, from bytes to closes: dates, order within a day, and reading everything again."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
from conftest import BLOCK, Project, Shell, page_text
from promises import ask, content, value
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

SITE = '[[sources]]\nname = "site"\nurls = ["site.example/*"]\ntime_zone = "Asia/Almaty"\n'
VALLEY = '[[sources]]\nname = "valley"\nurls = ["valley.example/*"]\nmin_pairs = 3\n'


class _Writer(WARCWriter):  # type: ignore[misc]
    """A writer that leaves no temporary files to the garbage collector."""

    @classmethod
    def _create_temp_file(cls) -> BytesIO:
        return BytesIO()


def write_archive(path: Path, pages: Sequence[tuple[str, str, str]]) -> None:
    """Write (address, capture time, page) as records of a WARC, gzip a record."""
    with path.open("wb") as file:
        writer = _Writer(file, gzip=True)
        for uri, time, text in pages:
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/plain; charset=utf-8")], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    uri, "response", payload=BytesIO(text.encode()), http_headers=headers,
                    warc_headers_dict={"WARC-Date": time},
                )
            )  # fmt: skip


def rate(kgs: str) -> tuple[tuple[str, str, str | None], ...]:
    return (("KGS/USD", kgs, "0%"), *BLOCK[1:])


HISTORY = [
    ("https://site.example/a", "2025-12-12T03:00:00Z", page_text(rate("0.01141"))),
    ("https://site.example/b", "2025-12-12T15:00:00Z", page_text(rate("0.01142"))),
    ("https://site.example/c", "2025-12-12T09:00:00Z", page_text(rate("0.01143"))),
    ("https://site.example/late", "2025-12-12T19:30:00Z", page_text(rate("0.01144"), None)),
    ("https://site.example/old", "2025-12-30T03:00:00Z", page_text(rate("0.01145"))),
    ("https://valley.example/", "2025-12-12T03:00:00Z", page_text(BLOCK[:3], repeats=1)),
]  # fmt: skip


def test_capture_times_of_an_archive_date_pages_and_put_the_states_of_a_day_in_order(
    project: Project, shell: Shell
) -> None:
    project.configure(SITE)
    write_archive(project.root / "pages" / "crawl.warc.gz", HISTORY)
    done = project.run("ingest")
    assert (done.returncode, done.stdout.partition(",")[0]) == (0, "5 pages: 5 new"), done.stderr
    closes = ask(
        shell, project.config.database,
        "SELECT page_date, rate_text, snapshots, close_rule FROM daily WHERE pair = 'KGS/USD' ORDER BY 1",
    )  # fmt: skip
    assert closes == [
        {"page_date": "2025-12-12", "rate_text": "0.01142", "snapshots": 3, "close_rule": "last captured"},
        # without a date, and already past midnight in Almaty
        {"page_date": "2025-12-13", "rate_text": "0.01144", "snapshots": 1, "close_rule": "only state"},
    ]
    problems = ask(shell, project.config.database, "SELECT problem, page_date FROM problems WHERE problem LIKE '%far%'")
    assert problems == [{"problem": "date far from capture", "page_date": "2025-12-12"}]


def test_a_new_source_finds_its_records_in_archives_that_are_known(project: Project, shell: Shell) -> None:
    project.configure(SITE)
    write_archive(project.root / "pages" / "crawl.warc.gz", HISTORY)
    write_archive(project.root / "pages" / "same.warc.gz", HISTORY[:2])
    assert project.run("ingest").returncode == 0
    before = content(shell, project.config.database)
    assert json.loads(project.run("reparse", "--json").stdout)["rows"] == []
    project.configure(SITE + VALLEY)
    done = project.run("reparse", "--apply", "--json")
    record = json.loads(done.stdout)
    assert (done.returncode, record["kept"]) == (0, [])
    assert (record["captures"]["added"], record["quotes"]["added"]) == (1, 3)
    assert value(shell, project.config.database, "SELECT source FROM latest WHERE source <> 'site' LIMIT 1") == "valley"
    project.configure(SITE)
    assert project.run("reparse", "--apply").returncode == 0
    again = content(shell, project.config.database)
    rule = "valley"  # only its settled rule is left
    assert [line for line in again if rule not in line] == [line for line in before if rule not in line]


@pytest.mark.slow
def test_records_that_are_gone_are_kept_and_a_changed_time_zone_moves_dates(project: Project, shell: Shell) -> None:
    project.configure(SITE)
    archive = project.root / "pages" / "crawl.warc.gz"
    write_archive(archive, HISTORY)
    assert project.run("ingest").returncode == 0
    project.configure(SITE.replace("Asia/Almaty", "UTC") + "max_capture_days = 30\n")
    record = json.loads(project.run("reparse", "--apply", "--json").stdout)
    assert {(row["field"], row["before"], row["after"]) for row in record["rows"]} == {
        ("page_date", "2025-12-13", "2025-12-12"),
        ("page_date", None, "2025-12-12"),
        ("date_basis", None, "page"),
    }
    dates = ask(shell, project.config.database, "SELECT DISTINCT page_date FROM daily")
    assert dates == [{"page_date": "2025-12-12"}]
    archive.unlink()
    done = project.run("reparse", "--apply", "--json")
    assert (done.returncode, json.loads(done.stdout)["rows"]) == (0, [])
    assert done.stderr.count("left unchanged") == 5
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 5


def test_a_record_of_an_archive_can_be_probed(project: Project, shell: Shell) -> None:
    project.configure(SITE)
    write_archive(project.root / "pages" / "crawl.warc.gz", HISTORY)
    assert project.run("ingest").returncode == 0
    whole = project.run("probe", str(project.root / "pages" / "crawl.warc.gz"))
    assert (whole.returncode, whole.stdout) == (1, "")
    assert "an archive; name one of its records as FILE#OFFSET" in whole.stderr
    location = value(shell, project.config.database, "SELECT location FROM captures WHERE date_basis = 'capture'")
    done = project.run("probe", str(project.root / location))
    assert done.returncode == 0, done.stderr
    assert "uri: https://site.example/late" in done.stdout
    assert "page date:       2025-12-13, that of its capture" in done.stdout


@pytest.mark.slow
def test_a_damage_that_other_code_saw_elsewhere_is_put_right(project: Project, shell: Shell) -> None:
    project.configure(SITE)
    archive = project.root / "pages" / "crawl.warc.gz"
    write_archive(archive, HISTORY)
    archive.write_bytes(archive.read_bytes()[:-40])
    assert project.run("ingest").returncode == 1
    right = content(shell, project.config.database)
    assert value(shell, project.config.database, "SELECT count(*) FROM problems WHERE problem = 'damage'") == 1
    with duckdb.connect(str(project.config.writer)) as connection:
        connection.execute("UPDATE files SET error = 'something else' WHERE archive IS NOT NULL")
    done = project.run("reparse", "--apply", "--json")
    assert (done.returncode, json.loads(done.stdout)["rows"]) == (0, [])
    assert "applied" in done.stderr
    assert content(shell, project.config.database) == right
    assert "nothing would change" in project.run("reparse").stderr
