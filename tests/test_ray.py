"""Extraction on a real Ray cluster of two nodes gives the rows of an ingest, whatever dies meanwhile."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import PACKINGS, response
from clusters import age, everything, fill_pages
from conftest import ROOT, Project
from ray_clusters import Cluster

from benchmarks.ray_cluster import ADDRESS, PYTHON, wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("ray")]
SETTINGS = """\
[ingest]
batch_pages = 5
[cluster]
engine = "ray"
address = "127.0.0.1:6379"
retries = 1
[[sources]]
name = "site"
urls = ["timesca.com"]
"""
ON_RAY = ("--engine", "ray", "--address", ADDRESS)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if not PYTHON.exists():
        pytest.skip("Ray is not installed for the tests: `make test-cluster` installs it")
    if not shutil.which("unshare") or not shutil.which("nsenter"):
        pytest.skip("unshare and nsenter (util-linux) are not installed")
    with Cluster(tmp_path_factory.mktemp("ray", numbered=True)) as cluster:
        cluster.add_node()
        cluster.add_node()
        yield cluster


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose pages are ingested by this machine."""
    project = Project(tmp_path_factory.mktemp("ingested"))
    project.configure(SETTINGS.replace('engine = "ray"', 'engine = "local"'))
    fill_pages(project)
    done = project.run("ingest")
    assert done.returncode == 1, done.stderr  # some files cannot be read
    (project.root / "printed").write_text(done.stdout)
    return project


@pytest.fixture
def twin(ingested: Project, tmp_path: Path) -> Project:
    """The same pages, and no database."""
    project = Project(tmp_path / "twin")
    project.root.mkdir()
    project.configure(SETTINGS)
    shutil.copytree(ingested.root / "pages", project.root / "pages", symlinks=True)
    age(project)
    return project


def config_of(project: Project) -> Path:
    return project.root / "config.toml"


def extraction(project: Project) -> list[str]:
    return ["extract", str(project.root / "pages"), "--to", str(project.root / "parts")]


def assert_loads_the_same(project: Project, ingested: Project) -> None:
    done = project.run("load", str(project.root / "parts"))
    assert (done.returncode, done.stdout) == (1, (ingested.root / "printed").read_text()), done.stderr
    mine, theirs = everything(project.config), everything(ingested.config)
    for name in theirs:
        assert mine[name] == theirs[name], name
    assert len(mine["captures"]) > 20


def test_an_ingest_on_two_nodes_gives_the_rows_and_the_line_of_an_ingest(
    cluster: Cluster, ingested: Project, twin: Project
) -> None:
    cluster.hold()
    running = cluster.start(config_of(twin), "ingest")
    wait_for(lambda: len({process for _, process in cluster.begun}) >= 2)  # both nodes work
    cluster.let_go()
    out, err = running.communicate(timeout=120)
    assert (running.returncode, out) == (1, (ingested.root / "printed").read_text()), err
    mine, theirs = everything(twin.config), everything(ingested.config)
    for name in theirs:
        assert mine[name] == theirs[name], name
    again = cluster.run(config_of(twin), "ingest")
    assert " 0 new, " in again.stdout


def test_a_killed_worker_costs_nothing(cluster: Cluster, ingested: Project, twin: Project) -> None:
    cluster.hold()
    running = cluster.start(config_of(twin), *extraction(twin))
    wait_for(lambda: len(cluster.begun) >= 2)
    name, process = cluster.begun[0]
    cluster.kill(process)
    cluster.let_go()
    out, err = running.communicate(timeout=120)
    assert Counter(begun for begun, _ in cluster.begun)[name] == 2  # it began again
    assert (running.returncode, out.split(":")[0]) == (0, "21 files read, 0 known, 0 lost"), err
    assert_loads_the_same(twin, ingested)


def test_a_killed_node_costs_nothing(cluster: Cluster, ingested: Project, twin: Project) -> None:
    lost = cluster.add_node()
    cluster.hold()
    running = cluster.start(config_of(twin), *extraction(twin))
    wait_for(lambda: len(cluster.begun) >= 3)  # a task on each node
    cluster.kill_node(lost)
    cluster.let_go()
    out, err = running.communicate(timeout=120)
    assert (running.returncode, out.split(":")[0]) == (0, "21 files read, 0 known, 0 lost"), err
    assert max(Counter(name for name, _ in cluster.begun).values()) == 2  # the task of that node began again
    assert_loads_the_same(twin, ingested)


def test_a_file_that_kills_its_reader_costs_retries_and_one_process(
    cluster: Cluster, ingested: Project, twin: Project
) -> None:
    poison = twin.page("crawl/03-poison.warc.gz", PACKINGS["gzip"]([response(77)]))
    age(twin)
    before = len(cluster.begun)
    done = cluster.run(config_of(twin), *extraction(twin))
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "21 files read, 0 known, 1 lost"), done.stderr
    lines = [line for line in done.stderr.splitlines() if "lost" in line]
    assert lines == ["fxtrack: pages/crawl/03-poison.warc.gz: lost: killed its process; the next run tries it again"]
    assert [name for name, _ in cluster.begun[before:]].count(poison.name) == 2  # retries = 1
    poison.unlink()
    assert_loads_the_same(twin, ingested)
    other = twin.page("crawl/04-poison.warc.gz", PACKINGS["gzip"]([response(78)]))
    done = cluster.run(config_of(twin), "ingest", str(other))
    assert done.returncode == 1
    assert "04-poison.warc.gz: lost: killed its process" in done.stderr
    shown = twin.run("sql", "SELECT outcome, message FROM runs ORDER BY run_id DESC LIMIT 1").stdout
    assert "failed" in shown
    assert "04-poison.warc.gz: killed its process" in shown


def test_a_driver_that_is_killed_goes_on_where_it_was(cluster: Cluster, ingested: Project, twin: Project) -> None:
    marks = twin.root / "parts" / "_done"
    running = cluster.start(config_of(twin), *extraction(twin))
    wait_for(lambda: marks.exists() and len(list(marks.iterdir())) >= 3)
    cluster.kill(driver_of(running))
    running.communicate(timeout=60)
    assert running.returncode != 0
    kept = {path.name: path.stat().st_mtime_ns for path in marks.iterdir()}
    done = cluster.run(config_of(twin), *extraction(twin))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split(" known")[0].rpartition(" ")[2]) >= 3
    assert kept.items() <= {path.name: path.stat().st_mtime_ns for path in marks.iterdir()}.items()
    assert_loads_the_same(twin, ingested)


def driver_of(running: subprocess.Popen[str]) -> int:
    """Return the number of a driver within its namespace: nsenter forks it."""
    (child,) = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    (line,) = [line for line in Path(f"/proc/{child}/status").read_text().splitlines() if line.startswith("NSpid")]
    return int(line.split()[-1])


def extract_until_refused(cluster: Cluster, project: Project) -> tuple[str, str]:
    """Extract, holding the sound nodes back until the other one has refused a task; return what was printed."""
    cluster.hold()
    running = cluster.start(config_of(project), *extraction(project))
    try:
        wait_for(lambda: cluster.has_refused)
    finally:
        cluster.let_go()
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    return out, err


def test_a_node_that_does_not_see_the_files_gets_no_work(cluster: Cluster, ingested: Project, twin: Project) -> None:
    blind = cluster.add_node(
        "unshare", "--mount", "sh", "-c", f'mount -t tmpfs tmpfs {twin.root / "pages"} && exec "$@"', "sh"
    )
    try:
        out, err = extract_until_refused(cluster, twin)
        assert out.startswith("21 files read, 0 known, 0 lost:"), err
        assert ": not seen as it was listed: No such file or directory; its tasks went to other nodes" in err
        assert_loads_the_same(twin, ingested)
    finally:
        cluster.kill_node(blind)


def test_a_staging_place_that_no_node_shares_is_one_line(cluster: Cluster, twin: Project) -> None:
    hidden = twin.root / "hidden"
    hidden.mkdir()
    done = subprocess.run(
        cluster.inside([
            "unshare", "--mount", "sh", "-c", f"mount -t tmpfs tmpfs {hidden} && exec \"$@\"", "sh", str(PYTHON), "-m",
            "fxtrack", "--config", str(config_of(twin)), "extract", str(twin.root / "pages"), "--to", str(hidden),
        ]),
        env=cluster.environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "hidden: not the folder of parts that the driver sees; name one that every node shares" in done.stderr


def test_a_node_with_another_version_gets_no_work(
    cluster: Cluster, ingested: Project, twin: Project, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "fxtrack", tmp_path / "other" / "fxtrack", ignore=shutil.ignore_patterns("__pycache__"))
    init = tmp_path / "other" / "fxtrack" / "__init__.py"
    init.write_text(init.read_text("utf-8").replace('__version__ = "0.', '__version__ = "9.'), "utf-8")
    older = cluster.add_node(PYTHONPATH=str(tmp_path / "other"))
    try:
        out, err = extract_until_refused(cluster, twin)
        assert out.startswith("21 files read, 0 known, 0 lost:"), err
        assert "has fxtrack 9.1.0, the driver has 0.1.0; install the same; its tasks went to other" in err
        assert_loads_the_same(twin, ingested)
    finally:
        cluster.kill_node(older)


def test_the_memory_of_a_worker_is_bounded_where_every_page_matches(cluster: Cluster, twin: Project) -> None:
    config = SETTINGS.replace("batch_pages = 5\n", "batch_pages = 2000\n")
    twin.configure(config)
    shutil.rmtree(twin.root / "pages")
    members = [PACKINGS["gzip"]([response(number)]) for number in range(300)]
    twin.page("all.warc.gz", b"".join(members) * 60)
    age(twin)
    done = cluster.run(config_of(twin), *extraction(twin))
    assert done.stdout == "1 file read, 0 known, 0 lost: 18,000 pages, 0 unreadable\n", done.stderr
    assert int((cluster.folder / "peak").read_text()) < 400_000  # KiB
    assert len(list((twin.root / "parts" / "captures").iterdir())) == 9


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "no Ray cluster at 127.0.0.1:1: Connection refused; start one with `ray start --head`"),
        ("nonsense", "'nonsense' is no address of a Ray cluster: HOST:PORT, or auto"),
    ],
)
def test_no_cluster_at_the_address_is_one_line(cluster: Cluster, twin: Project, address: str, message: str) -> None:
    done = cluster.run(config_of(twin), *extraction(twin), "--address", address)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"fxtrack: {message}\n")
    assert not (twin.root / "parts").exists()


def test_without_ray_the_message_says_how_to_install_it(twin: Project) -> None:
    program = "import sys; sys.modules['ray'] = None; from fxtrack.cli.main import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program, "--config", str(config_of(twin)), *extraction(twin)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Ray is not installed: python -m pip install 'fxtrack[cluster]', here and on every node" in done.stderr
