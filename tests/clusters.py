"""Archives with everything that a load has to get right, and every row of a database for comparison."""

import os
import random
from typing import Any

from archives import PACKINGS, Made, cut, response
from conftest import Project, page_text
from markups import block_page
from promises import varied_page

from fxtrack.config.config import Config
from fxtrack.store.database.opening import connect_reader

_VARY = {
    "ingested_utc",
    "sighting_ingested_utc",
    "seen_utc",
    "run_id",
    "started_utc",
    "ended_utc",
    "process",
    "store_id",
    "job",
    "scheduled_utc",
    "known_from_utc",
    "known_to_utc",
    "known_utc",
}
_OF_RUNS = {"schema_migrations", "store_info", "macros"}
LONG_AGO = 1e9
TIMES = ("2025-12-12T10:00:00Z", "2025-12-12T10:00:00Z", "2025-12-11T09:00:00Z", "2025-12-14T23:30:00Z")


def everything(config: Config) -> dict[str, list[tuple[Any, ...]]]:
    """Return the sorted rows of every table and view of the published file, without times and numbers of runs."""
    found = {}
    with connect_reader(config.database, 10) as connection:
        connection.execute("SET memory_limit = '2GB'")
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        for (name,) in names:
            if name in _OF_RUNS:
                continue
            columns = [row[0] for row in connection.execute(f'DESCRIBE "{name}"').fetchall()]
            kept = ", ".join(f'"{column}"' for column in columns if column not in _VARY)
            if not kept:
                continue
            found[name] = connection.execute(f'SELECT {kept} FROM "{name}" ORDER BY ALL').fetchall()
    return found


def captured(chance: random.Random, number: int) -> Made:
    """Return a response with one of 24 pages, so that the same bytes recur at other places and times."""
    made = response(number, date=chance.choice(TIMES))
    if number % 8 == 0:
        return made._replace(body=b"<p>Nothing to see here.</p>" + str(number).encode())
    if number % 8 == 1:  # the repeats disagree
        return made._replace(body=block_page("list", date="12 December 2025").replace("0.10866", "0.10999", 1).encode())
    if number % 8 == 2:  # the date follows from the time of capture
        return made._replace(body=block_page("list", date=None).encode() + str(number).encode())
    if number % 8 == 3:
        return made._replace(body=varied_page(number).encode(), http=("200 OK", [("Content-Type", "text/plain")]))
    return made


def fill_pages(project: Project, seed: int = 0, archives: int = 6) -> None:
    """Write archives, single pages and files that cannot be read; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 -- the same pages in every run
    for number in range(archives):
        records = [captured(chance, kind) for kind in range(3)]  # a page without ticker, a conflict, one undated
        records += [captured(chance, chance.randrange(24)) for _ in range(chance.randrange(1, 11))]
        records += [response(kind="request"), response(99, uri="https://elsewhere.example/")]
        data = PACKINGS[chance.choice(["gzip", "plain", "zstd"])](records)
        if number == 1:
            data = cut(data, len(data) // 2, 40, b"damage")
        ending = {b"\x1f\x8b": ".gz", b"\x28\xb5": ".zst"}.get(data[:2], "")
        project.page(f"crawl/{number:02}.warc{ending}", data)
    for number in range(12):
        project.page(f"single/{number % 4}/{number}.txt", varied_page(number // 2))  # each twice
    project.page("single/captured.html", captured(chance, 4).body)  # as in the archives, without a time of capture
    project.page("single/nothing.txt", page_text(date=None))
    project.page("broken.warc.gz", b"\x1f\x8b\x08no archive")
    (project.root / "pages" / "gone.txt").symlink_to(project.root / "nowhere.txt")
    age(project)


def age(project: Project) -> None:
    """Make the files old enough to be identified by their times of change."""
    for path in (project.root / "pages").rglob("*"):
        if path.is_file():
            os.utime(path, (LONG_AGO, LONG_AGO))
