"""Pages and parts in buckets of a real S3 server read as those on disk do, to the offset of every record."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import PACKINGS, response
from clusters import age, everything, fill_pages
from conftest import Project
from pyarrow.fs import FileSelector, LocalFileSystem, S3FileSystem, copy_files

from benchmarks.bucket_server import bucket_server
from benchmarks.ray_cluster import PYTHON

SETTINGS = '[ingest]\nbatch_pages = 5\n[[sources]]\nname = "site"\nurls = ["timesca.com"]\n'
BUCKET = "s3://rates"
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment by which a process finds a server."""
    if not PYTHON.exists():
        pytest.skip("moto is not installed for the tests: `make test-cluster` installs it")
    with bucket_server(tmp_path_factory.mktemp("moto") / "log") as environment:
        yield environment


@pytest.fixture
def bucket(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[S3FileSystem]:
    """An empty bucket, and the environment that leads to it."""
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    system = S3FileSystem(
        endpoint_override=server["AWS_ENDPOINT_URL"], region="us-east-1", allow_bucket_creation=True,
        allow_bucket_deletion=True,
    )  # fmt: skip
    system.create_dir("rates")
    yield system
    system.delete_dir("rates")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Pages on disk, ingested from there."""
    project = Project(tmp_path / "disk")
    project.root.mkdir()
    project.configure(SETTINGS)
    fill_pages(project)
    (project.root / "pages" / "gone.txt").unlink()  # a bucket has no links
    project.page("crawl/06.warc", PACKINGS["plain"]([response(number) for number in range(5)]))
    age(project)
    assert project.run("ingest").returncode == 1
    return project


@pytest.fixture
def remote(project: Project, bucket: S3FileSystem, tmp_path: Path) -> Project:
    """The same pages in the bucket, and no database; a page of an hour ago counts as settled there."""
    copy_files(
        str(project.root / "pages"), "rates/pages", source_filesystem=LocalFileSystem(), destination_filesystem=bucket
    )
    found = Project(tmp_path / "remote")
    found.root.mkdir()
    found.configure(SETTINGS)
    time.sleep(2.1)  # a file of this moment may still change
    return found


def rows(project: Project) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything, with locations as on disk and without the times of change of files."""
    found = everything(project.config)
    found["files"] = [(row[0], row[1], *row[3:]) for row in found["files"]]
    return {
        name: sorted(
            (tuple(v.replace(f"{BUCKET}/", "") if isinstance(v, str) else v for v in row) for row in table), key=repr
        )
        for name, table in found.items() if name != "runs"
    }  # fmt: skip


def assert_same(remote: Project, project: Project) -> None:
    mine, theirs = rows(remote), rows(project)
    for name in theirs:
        assert mine[name] == theirs[name], name
    assert sum("#" in str(row[2]) for row in mine["captures"]) > 10  # offsets of records


def test_parts_of_a_bucket_in_a_bucket_give_the_rows_of_local_files(project: Project, remote: Project) -> None:
    done = remote.run("extract", f"{BUCKET}/pages", "--to", f"{BUCKET}/parts")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("22 files read, 0 known, 0 lost: ")
    done = remote.run("load", f"{BUCKET}/parts")
    assert done.returncode == 1, done.stderr  # some files cannot be read
    assert_same(remote, project)
    assert remote.run("extract", f"{BUCKET}/pages", "--to", f"{BUCKET}/parts").stdout.startswith(
        "0 files read, 22 known"
    )
    assert " 0 new, " in remote.run("load", f"{BUCKET}/parts").stdout


def test_an_ingest_of_a_bucket_and_everything_that_reads_a_page_again(project: Project, remote: Project) -> None:
    done = remote.run("ingest", f"{BUCKET}/pages")
    assert done.returncode == 1, done.stderr
    assert_same(remote, project)
    again = remote.run("ingest", f"{BUCKET}/pages").stdout
    assert " 0 new, " in again
    assert remote.run("ingest", f"{BUCKET}/pages/crawl/06.warc").stdout.startswith("5 pages: 0 new, 5 known")
    checked = remote.run("verify")
    assert (checked.returncode, checked.stdout.count("captures whose page is gone: 0")) == (0, 1), checked.stderr
    reparsed = remote.run("reparse")
    assert (reparsed.returncode, "nothing would change" in reparsed.stderr) == (0, True), reparsed.stderr
    query = "SELECT capture_id, location FROM captures WHERE location LIKE '%06.warc#%' OR location LIKE '%#%' LIMIT 1"
    capture, location = remote.run("sql", "--csv", query).stdout.splitlines()[1].split(",")
    for place in (project, remote):
        assert place.run("page", capture).returncode == 0
    assert remote.run("page", capture).stdout == project.run("page", capture).stdout
    local = str(project.root / location.removeprefix(f"{BUCKET}/"))
    probed = [remote.run("probe", location), project.run("probe", local)]
    assert location.startswith(f"{BUCKET}/pages/crawl/")
    assert probed[0].returncode == probed[1].returncode
    assert probed[0].stdout.replace(f"{BUCKET}/", "") == probed[1].stdout


def test_a_file_that_is_gone_from_the_bucket(remote: Project, bucket: S3FileSystem) -> None:
    assert remote.run("ingest", f"{BUCKET}/pages").returncode == 1
    bucket.delete_dir("rates/pages")
    done = remote.run("verify")
    assert (done.returncode, "no such file" in done.stdout) == (0, True), done.stderr


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ingest", "s3://nowhere/pages"], "s3://nowhere/pages: no such "),
        (["extract", "s3://rates/none", "--to", "parts"], "s3://rates/none: no such file or folder in the bucket"),
        (["extract", "pages", "--to", "s3://nowhere/parts"], "s3://nowhere/parts: no such bucket"),
        (["load", "s3://rates/none"], "no parts there"),
        (["load", "s3://nowhere/parts"], "s3://nowhere/parts: no such bucket"),
        (["extract", "s3://", "--to", "parts"], "s3://: not a place in a bucket like s3://BUCKET/KEY"),
        (["probe", "s3://rates/none.txt"], "s3://rates/none.txt: no such file in the bucket"),
    ],
)
def test_a_mistake_about_buckets_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    project = Project(tmp_path)
    project.configure(SETTINGS)
    project.page("a.txt")
    monkeypatch.chdir(tmp_path)
    done = project.run(*arguments)
    assert (done.returncode in {1, 3}, done.stdout, done.stderr.count("\n")) == (True, "", 1), done.stderr
    assert message in done.stderr


def test_a_server_that_does_not_answer_is_one_clear_line(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.configure(SETTINGS)
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "fxtrack", "--config", str(tmp_path / "config.toml"), "ingest", "s3://rates/pages"],
        env=environment, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "s3://rates/pages: the server does not answer; check AWS_ENDPOINT_URL and the network" in done.stderr


def test_objects_are_written_as_they_are(remote: Project, bucket: S3FileSystem, tmp_path: Path) -> None:
    assert remote.run("extract", f"{BUCKET}/pages/crawl", "--to", f"{BUCKET}/parts").returncode == 0
    assert remote.run("extract", f"{BUCKET}/pages/crawl", "--to", str(tmp_path / "parts")).returncode == 0
    found = [info for info in bucket.get_file_info(FileSelector("rates/parts", recursive=True)) if info.is_file]
    kept = {path.relative_to(tmp_path / "parts").as_posix() for path in (tmp_path / "parts").rglob("*.parquet")}
    assert kept == {i.path.removeprefix("rates/parts/") for i in found if i.path.endswith(".parquet")}
    assert not any("_begun" in info.path for info in found)
    shutil.rmtree(tmp_path / "parts")
