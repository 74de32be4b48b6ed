"""Parts: written by many processes, loaded by one, they give the rows of an ingest whatever stops or repeats them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from archives import PACKINGS, response
from clusters import age, everything, fill_pages
from conftest import Project
from promises import start

from fxtrack.cluster.unit import Shard, one_by_one, reading_settings, units_of
from fxtrack.errors import UsageError
from fxtrack.model.page import PageFile
from fxtrack.store.database.opening import connect_reader

pytestmark = pytest.mark.cluster
SETTINGS = """\
[ingest]
batch_pages = 5
[[sources]]
name = "site"
urls = ["timesca.com"]
[[sources]]
name = "again"
pages_of = "site"
min_pairs = 5
"""
KILLER = """\
import os, signal, sys
if "serve_unit" in " ".join(sys.orig_argv):
    import fxtrack.cluster.task as task
    read = task.read_part
    def killing(part, *rest):
        for file in part.files:
            if "poison" in file.location:
                with open(os.environ["KILLS"], "a") as kills:
                    kills.write("x")
                os.kill(os.getpid(), signal.SIGKILL)
        return read(part, *rest)
    task.read_part = killing
"""

LOAD_KILLER = """\
import os, signal
import fxtrack.cluster.load as load
load.LOADED_ROWS = 60
add, done = load.add_parts, []
def killing(store, tables, pages, now, count):
    def kill(tally):
        done.append(tally)
        if len(done) == int(os.environ["KILL_AT"]):
            assert store.query("SELECT count(*) FROM captures") != [(0,)]  # rows that are not committed yet
            os.kill(os.getpid(), signal.SIGKILL)
        count(tally)
    return add(store, tables, pages, now, kill)
load.add_parts = killing
"""


def at(root: Path) -> Project:
    """Return a project that is empty but for its settings."""
    root.mkdir(parents=True)
    (root / "pages").mkdir()
    project = Project(root)
    project.configure(SETTINGS)
    return project


def succeed(project: Project, *arguments: str, code: int = 0) -> str:
    done = project.run(*arguments)
    assert (done.returncode, "unexpected" in done.stderr) == (code, False), done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose pages are ingested; tests compare with it and do not change it."""
    project = at(tmp_path_factory.mktemp("ingested") / "project")
    fill_pages(project)
    assert project.run("ingest").returncode == 1  # some files cannot be read
    return project


@pytest.fixture
def twin(ingested: Project, tmp_path: Path) -> Project:
    """The same pages and settings, and no database."""
    project = at(tmp_path / "twin")
    shutil.copytree(ingested.root / "pages", project.root / "pages", symlinks=True, dirs_exist_ok=True)
    age(project)
    return project


def extract(project: Project, *more: str) -> str:
    pages, parts = str(project.root / "pages"), str(project.root / "parts")
    return succeed(project, "extract", pages, "--to", parts, *more)


def load(project: Project, code: int = 1) -> str:
    return succeed(project, "load", str(project.root / "parts"), code=code)


def summary_of(project: Project) -> str:
    """Return the line that an ingest printed, from the row of its run."""
    with connect_reader(project.config.database, 10) as connection:
        query = "SELECT pages, new, known, no_ticker, conflict, unreadable FROM runs"
        ((pages, *rest),) = connection.execute(query).fetchall()
    return "{} pages: {} new, {} known, {} without ticker, {} in conflict, {} unreadable\n".format(pages, *rest)


def assert_same(project: Project, other: Project) -> None:
    mine, theirs = everything(project.config), everything(other.config)
    assert mine.keys() == theirs.keys()
    for name in mine:
        assert mine[name] == theirs[name], name
    assert len(mine["captures"]) > 20
    assert {"conflict", "no ticker", "ok"} <= {value for row in mine["captures"] for value in row}


def test_parts_give_the_rows_of_an_ingest_on_every_table_and_view(ingested: Project, twin: Project) -> None:
    assert extract(twin).startswith("21 files read, 0 known, 0 lost: ")
    assert load(twin) == summary_of(ingested)
    assert_same(twin, ingested)
    again = load(twin)
    assert " 0 new, " in again
    assert extract(twin).startswith("0 files read, 21 known, 0 lost: 0 pages, ")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_archives_in_groups_of_a_few_rows(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fxtrack.cli.main import main

    plain, parted = at(tmp_path / "plain"), at(tmp_path / "parted")
    fill_pages(plain, seed)
    shutil.copytree(plain.root / "pages", parted.root / "pages", symlinks=True, dirs_exist_ok=True)
    assert plain.run("ingest").returncode == 1
    extract(parted)
    monkeypatch.setattr("fxtrack.cluster.load.LOADED_ROWS", 60)
    with pytest.raises(SystemExit):
        main(["--config", str(parted.root / "config.toml"), "load", str(parted.root / "parts")])
    assert "new" in capsys.readouterr().out
    assert_same(parted, plain)


def test_shards_in_any_order_give_the_same(ingested: Project, twin: Project) -> None:
    read = [int(extract(twin, "--shard", f"{number}/3").split()[0]) for number in (2, 0, 1)]
    assert sum(read) == 21
    assert min(read) > 5
    load(twin)
    assert_same(twin, ingested)


def test_a_load_into_a_store_that_has_some_of_the_pages(ingested: Project, twin: Project) -> None:
    succeed(twin, "ingest", str(twin.root / "pages" / "crawl"), str(twin.root / "pages" / "single"), code=1)
    extract(twin)
    load(twin)
    mine, theirs = everything(twin.config), everything(ingested.config)
    assert {name for name in mine if mine[name] != theirs[name]} <= {"runs", "problems", "revisions"}  # one run more


def test_an_extraction_killed_at_any_moment_goes_on_where_it_was(ingested: Project, twin: Project) -> None:
    done = twin.root / "parts" / "_done"
    kills = 0
    for marks in (1, 4, 8):
        running = start(twin, "extract", str(twin.root / "pages"), "--to", str(twin.root / "parts"))
        while running.poll() is None and (len(list(done.glob("*.json"))) if done.exists() else 0) < marks:
            time.sleep(0.001)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        kills += running.returncode == -signal.SIGKILL
    assert kills
    before = {path.name: path.stat().st_mtime_ns for path in done.iterdir()}
    assert before
    extract(twin)
    assert before.items() <= {path.name: path.stat().st_mtime_ns for path in done.iterdir()}.items()
    load(twin)
    assert_same(twin, ingested)


def test_a_load_killed_inside_each_of_its_transactions_goes_on_where_it_was(
    ingested: Project, twin: Project, tmp_path: Path
) -> None:
    extract(twin)
    (tmp_path / "sitecustomize.py").write_text(LOAD_KILLER, "utf-8")
    command = [sys.executable, "-m", "fxtrack", "--config", str(twin.root / "config.toml")]
    kills = stored = 0
    while True:
        # the first group is killed, then the second of each run: every run commits one more group
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "KILL_AT": "2" if kills else "1"}
        done = subprocess.run(
            [*command, "load", str(twin.root / "parts")], env=environment, capture_output=True, timeout=60, check=False
        )
        if done.returncode != -signal.SIGKILL:
            break
        kills += 1
        with duckdb.connect(str(twin.config.writer)) as connection:
            (now,) = connection.execute("SELECT count(*) FROM captures").fetchone() or (0,)
        assert (now == 0) == (kills == 1)  # nothing of the group that was killed
        assert now > stored or not stored
        stored = now
    assert done.returncode == 1, done.stderr  # some files cannot be read
    assert kills > 3
    mine, theirs = everything(twin.config), everything(ingested.config)
    # killed runs are problems; of several sightings of a page without a ticker the one first taken in counts
    of_runs = {"runs", "problems", "every_finding", "further_sightings"}
    assert {name for name in mine if mine[name] != theirs[name]} <= of_runs
    assert_further_sightings_are_the_same(twin, ingested)


def assert_further_sightings_are_the_same(one: Project, other: Project) -> None:
    query = "SELECT * EXCLUDE (ingested_utc, again) FROM further_sightings ORDER BY ALL"
    found = []
    for project in (one, other):
        with connect_reader(project.config.database, 10) as connection:
            found.append(connection.execute(query).fetchall())
    assert found[0] == found[1] != []


def test_a_part_without_its_mark_does_not_exist(ingested: Project, twin: Project) -> None:
    extract(twin)
    parts = twin.root / "parts"
    lost = sorted((parts / "_done").iterdir())[0]
    lost.unlink()
    (parts / "captures" / ".left.parquet.0.new").write_bytes(b"half")
    extract(twin)
    assert lost.exists()
    load(twin)
    assert_same(twin, ingested)


def test_a_file_that_kills_its_reader_costs_the_others_nothing(tmp_path: Path) -> None:
    project = at(tmp_path / "project")
    project.configure(SETTINGS + "[cluster]\nretries = 2\n")
    for number in range(4):
        name = "poison" if number == 2 else "page"
        project.page(f"{number}-{name}.warc.gz", PACKINGS["gzip"]([response(number)]))
        project.page(f"single/{number}-{name}.txt", f"Nothing to see on page {number}.")
    age(project)
    (tmp_path / "sitecustomize.py").write_text(KILLER, "utf-8")
    command = [sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml")]
    done = subprocess.run(
        [*command, "extract", str(project.root / "pages"), "--to", str(project.root / "parts")],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "KILLS": str(tmp_path / "kills")},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "6 files read, 0 known, 2 lost: 6 pages, 0 unreadable\n"), done.stderr
    assert sorted(line for line in done.stderr.splitlines() if " lost: " in line) == [
        f"fxtrack: pages/{name}: lost: killed its process by signal 9; the next run tries it again"
        for name in ("2-poison.warc.gz", "single/2-poison.txt")
    ]
    kills = (tmp_path / "kills").read_text()
    assert len(kills) == 3 + 3 + 3  # the archive, the group of single files, and the file of that group by itself
    assert load(project, 0).startswith("6 pages: 6 new, ")
    assert extract(project).endswith(" 0 lost: 5 pages, 0 unreadable\n")  # the archive, and the group as a whole
    assert load(project, 0).startswith("8 pages: 2 new, 6 known, ")


def test_of_a_file_that_changed_the_later_parts_say_how_it_is(tmp_path: Path) -> None:
    plain, parted = at(tmp_path / "plain"), at(tmp_path / "parted")
    for project in (plain, parted):
        project.page("a.warc.gz", PACKINGS["gzip"]([response(1), response(2)])[:-40])
        project.page("b.warc.gz", PACKINGS["gzip"]([response(3)]))
        age(project)
    succeed(plain, "ingest", code=1)
    extract(parted)
    for project in (plain, parted):
        project.page("0.warc.gz", PACKINGS["gzip"]([response(5)]))
        project.page("a.warc.gz", PACKINGS["gzip"]([response(1), response(2), response(4)]))
        age(project)
    succeed(plain, "ingest")
    extract(parted)
    load(parted, 1)
    mine, theirs = everything(parted.config), everything(plain.config)
    assert mine["files"] == theirs["files"]
    assert mine["captures"] == theirs["captures"]
    assert mine["quotes"] == theirs["quotes"]


def test_parts_of_another_version_or_of_other_settings_are_not_loaded(twin: Project) -> None:
    extract(twin)
    twin.configure(SETTINGS.replace("min_pairs = 5", "min_pairs = 4"))
    done = twin.run("load", str(twin.root / "parts"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "under other settings of sources than those in force; nothing is loaded" in done.stderr
    assert not twin.config.writer.exists()
    extract(twin)  # those of the old settings no longer matter
    load(twin)
    for mark in (twin.root / "parts" / "_done").iterdir():
        mark.write_text(mark.read_text().replace('"version":"', '"version":"9.'), "utf-8")
    done = twin.run("load", str(twin.root / "parts"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "extracted by fxtrack 9." in done.stderr


def test_a_damaged_part_is_named(twin: Project) -> None:
    extract(twin)
    part = sorted((twin.root / "parts" / "snapshots").iterdir())[0]
    whole = part.read_bytes()
    for content in (whole[:-20], whole[: len(whole) // 2], b""):
        part.write_bytes(content)
        done = twin.run("load", str(twin.root / "parts"))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert f"snapshots/{part.name}: damaged" in done.stderr
    part.unlink()
    done = twin.run("load", str(twin.root / "parts"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{part.name}: cannot be read: No such file or directory" in done.stderr


@pytest.mark.new
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["extract", "nowhere", "--to", "parts"], 1, "nowhere: no such file or folder"),
        (["extract", ".", "--to", "/proc/parts"], 1, "/proc/parts: cannot be made: "),
        (["extract", ".", "--to", "config.toml"], 1, "config.toml: no folder; name one for the parts"),
        (["extract", ".", "--to", "parts", "--shard", "3/3"], 2, "'3/3' is no shard: K/N with K from 0 to N-1"),
        (["load", "nowhere"], 1, "nowhere: no such folder"),
        (["load", "."], 3, "no parts there; `fxtrack extract PATH... --to "),
    ],
)
def test_a_mistake_is_one_clear_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(project.root)
    done = project.run(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stderr
    assert message in done.stderr
    assert not project.config.writer.exists()


def files(*names: str, size: int = 100) -> list[PageFile]:
    return [PageFile(f"/{name}", name, size, 1) for name in names]


def test_a_new_file_changes_few_units() -> None:
    names = [f"pages/{number:05}.txt" for number in range(5000)]
    before = {unit.name for unit in units_of(enumerate(files(*names)), "s")}
    after = {unit.name for unit in units_of(enumerate(files("pages/0.txt", *names)), "s")}
    assert len(before) > 20
    assert len(after - before) <= 3


def test_an_archive_is_a_unit_of_its_own_and_no_file_is_left_out() -> None:
    listed = files("a.txt", "b.warc.gz", "c.warc", "d.txt", "e.html") + files("f.txt", size=20_000_000) + files("g.txt")
    units = list(units_of(enumerate(listed), "s"))
    assert [file for unit in units for file in unit.files] == listed
    alone = {unit.files[0].location for unit in units if len(unit.files) == 1}
    assert {"b.warc.gz", "c.warc", "f.txt"} <= alone
    assert [unit.ordinal for unit in units] == [listed.index(unit.files[0]) for unit in units]
    (group,) = [unit for unit in units if len(unit.files) > 1]
    assert [unit.files for unit in one_by_one(group, "s")] == [(listed[3],), (listed[4],)]
    assert one_by_one(units[0], "s") == []


def test_names_follow_from_files_and_from_the_settings_that_matter(project: Project) -> None:
    (unit,) = units_of(enumerate(files("a.txt")), "s")
    assert unit.name == next(units_of([(7, files("a.txt")[0])], "s")).name
    assert unit.name != next(units_of(enumerate(files("a.txt")), "t")).name
    assert unit.name != next(units_of(enumerate(files("a.txt", size=101)), "s")).name
    digests = set()
    for text in ('name = "site"', 'name = "site"\nmin_pairs = 2', 'name = "site"\nlookback_days = 3'):
        project.configure(f"[[sources]]\n{text}\n")
        digests.add(reading_settings(project.config))
    assert len(digests) == 2


@pytest.mark.parametrize("text", ["", "1", "/2", "2/2", "-1/2", "1/0", "a/b", "1/2/3", "\u0661/2"])
def test_a_shard_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="is no shard"):
        Shard.parse(text)


def test_a_mark_tells_what_was_read(twin: Project) -> None:
    extract(twin)
    marks = [json.loads(path.read_text()) for path in (twin.root / "parts" / "_done").iterdir()]
    files_in = sorted(file[0] for mark in marks for file in mark["files"])
    assert len(files_in) == 22  # one of them is the link that leads nowhere
    assert "pages/gone.txt" in files_in
    assert {mark["version"] for mark in marks} == {"0.1.0"}
    (broken,) = [mark for mark in marks if mark["files"][0][0] == "pages/broken.warc.gz"]
    assert (broken["captures"], broken["failures"], len(broken["remarks"])) == (0, 1, 1)
