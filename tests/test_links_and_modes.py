"""Links at the places of output files stay links, and files of fxtrack are never writable for others."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ONE, PAIR, Project, Shell, page_text
from promises import value
from services import Service, configure, wait_until

from fxtrack.files import write_whole

COUNT = "SELECT count(*) FROM captures"


def move_away(path: Path, folder: Path) -> Path:
    """Move a file to another folder and leave a relative link in its place; return its new path."""
    folder.mkdir(exist_ok=True)
    moved = folder / f"moved-{path.name}"
    path.rename(moved)
    path.symlink_to(os.path.relpath(moved, path.parent))
    return moved


def test_a_published_file_behind_a_link_is_replaced_where_it_lies(project: Project, shell: Shell) -> None:
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    moved = move_away(project.config.database, project.root / "disk")
    before = moved.stat().st_ino
    project.page("b.txt")
    for _ in range(2):  # the second finds everything up to date
        done = project.run("ingest")
        assert (done.returncode, done.stderr) == (0, "")
    assert project.config.database.is_symlink()
    assert moved.stat().st_ino != before
    assert value(shell, moved, COUNT) == value(shell, project.config.database, COUNT) == 2
    assert sorted(path.name for path in moved.parent.iterdir()) == [moved.name, f"{moved.name}.wal"]
    assert shell(str(project.config.database), "-c", "CREATE TABLE mine (a INTEGER)").returncode != 0


def test_a_reader_of_a_file_behind_a_link_keeps_its_version(project: Project) -> None:
    from contextlib import closing

    from fxtrack.store.database.opening import connect_reader

    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    move_away(project.config.database, project.root / "disk")
    with closing(connect_reader(project.config.database, 0)) as reader:
        project.page("b.txt")
        assert project.run("ingest").returncode == 0
        assert reader.execute(COUNT).fetchall() == [(1,)]


@pytest.mark.new
def test_a_link_whose_folder_is_missing_is_refused_and_stays(project: Project) -> None:
    project.page("a.txt")
    link = project.config.database
    link.parent.mkdir()
    link.symlink_to(project.root / "not-mounted" / "fxtrack.duckdb")
    done = project.run("ingest")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"a link into {project.root / 'not-mounted'}, which is missing" in done.stderr
    assert link.is_symlink()
    assert not (project.root / "not-mounted").exists()
    link.unlink()
    link.symlink_to(link.name)
    done = project.run("ingest")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "a link that leads back to itself; remove it" in done.stderr
    assert link.is_symlink()


@pytest.mark.slow
def test_charts_backups_and_metrics_behind_links_are_replaced_where_they_lie(project: Project) -> None:
    folder = project.root / "disk"
    folder.mkdir()
    (project.root / "backups").symlink_to(folder, target_is_directory=True)
    configure(project, 'ingest = { cron = "0 0 1 1 *" }\n', '[service]\nwatch = false\nmetrics_file = "a.prom"\n', ONE)
    project.page("a.txt", page_text(PAIR))
    assert project.run("run").returncode == 0
    page = project.config.charts / "index.html"
    moved = [move_away(page, folder)]
    metrics = project.root / "a.prom"
    metrics.write_text("old")
    moved.append(move_away(metrics, folder))
    old = {path: path.read_bytes() for path in moved}
    project.page("b.txt", page_text(PAIR, "13 December 2025"))
    assert project.run("run").returncode == 0
    assert project.run("backup").returncode == 0
    with Service(project) as service:
        service.wait_for("ready")
        wait_until(lambda: b"fxtrack_healthy" in moved[1].read_bytes(), "metrics")
        assert service.stop() == 0
    assert all(path.is_symlink() for path in (page, metrics))
    assert all(path.read_bytes() != old[path] for path in moved)
    assert len(list(folder.glob("fxtrack-*.duckdb"))) == 1
    assert not list(folder.glob(".*"))


@pytest.mark.new
def test_two_links_to_one_file_are_refused_as_database_and_writer(project: Project) -> None:
    folder = project.config.writer.parent
    folder.mkdir()
    project.config.database.symlink_to(project.config.writer.name)
    done = project.run("ingest")
    assert done.returncode == 2
    assert "paths.writer: leads to the same file as paths.database" in done.stderr


@pytest.mark.few(1)
@pytest.mark.parametrize("mask", ["000", pytest.param("002", marks=pytest.mark.slow), "077"])
def test_no_file_of_fxtrack_is_writable_for_others_whatever_the_umask(project: Project, mask: str) -> None:
    configure(project, 'ingest = { cron = "0 0 1 1 *" }\n', '[service]\nwatch = false\nmetrics_file = "a.prom"\n', ONE)
    project.page("a.txt", page_text(PAIR))
    program = [sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml")]
    for command in (["run"], ["backup"]):
        done = subprocess.run(["sh", "-c", f'umask {mask}; exec "$@"', "sh", *program, *command], check=False)
        assert done.returncode == 0
    before = os.umask(int(mask, 8))
    try:
        service = Service(project)
    finally:
        os.umask(before)
    with service:
        wait_until(lambda: service.said("ready"), "the start")
        wait_until((project.root / "a.prom").exists, "metrics")
        assert service.stop() == 0
    made = [path for name in ("db", "backups", "charts", "a.prom") for path in tree(project.root / name)]
    assert {"fxtrack-writer.duckdb", "fxtrack-writer.status.json", "fxtrack-writer.service.lock"} <= {
        path.name for path in made
    }
    assert [path for path in made if path.lstat().st_mode & stat.S_IWOTH and not path.is_symlink()] == []


def test_a_store_that_others_can_write_is_closed_to_them_when_it_is_opened(project: Project) -> None:
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    project.config.writer.chmod(0o666)
    assert project.run("ingest").returncode == 0
    assert stat.S_IMODE(project.config.writer.stat().st_mode) == 0o664


def tree(path: Path) -> list[Path]:
    """Return a file, or a folder with all that it holds."""
    return [path, *path.rglob("*")]


@pytest.mark.parametrize("name", ["plain.csv", "a**b.csv", "x[1].csv", "**", "?.csv"])
def test_what_killed_processes_left_is_removed_whatever_the_name_of_the_file(tmp_path: Path, name: str) -> None:
    kept = {f".other-{name}.999999999.new", f".{name}.{os.getppid()}.new"}  # of another file, and of a living process
    for left in (*kept, f".{name}.999999999.new"):
        (tmp_path / left).write_text("half")
    write_whole(tmp_path / name, b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {name, *kept}
    assert (tmp_path / name).read_bytes() == b"whole"
