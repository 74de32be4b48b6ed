"""Stores of every schema that there has been, and of every DuckDB that may have written one, are brought up to date."""

import lzma
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conftest import Project, Shell
from faults import Faults
from flows import Flow, Place, described
from promises import content, value, varied_page

from fxtrack.store.schema import script_names

STORES = {path.name.partition(".duckdb")[0]: path for path in sorted((Path(__file__).parent / "stores").glob("*.xz"))}
PAGES = (1, 2, 5, 6, 13, 29, 31, 35)
"""Numbers of the pages that each of these stores holds."""

SAMPLE = 2


@pytest.fixture(scope="module")
def place_of(faults: Faults, shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Place]:
    """Make the project of each store once; tests work on copies of it."""

    def make(name: str) -> Place:
        flow = Flow(lambda _faults, project: put(name, project), ("ingest",), frozenset({len(PAGES)}))
        return Place.make(flow, faults, shell, tmp_path_factory.mktemp(name))

    return cache(make)


def put(name: str | None, project: Project) -> None:
    """Make the project of a stored database, or of a new one."""
    (project.root / "pages").mkdir(parents=True, exist_ok=True)
    project.configure('[[sources]]\nname = "site"\n')
    for number in PAGES:
        project.page(f"{number}.txt", varied_page(number))
    if name:
        project.config.writer.parent.mkdir()
        project.config.writer.write_bytes(lzma.decompress(STORES[name].read_bytes()))


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A store that this version made of the same pages."""
    project = Project(tmp_path_factory.mktemp("new"))
    put(None, project)
    assert project.run("ingest").returncode == 0
    return project


def test_there_is_a_store_of_the_schema_before_the_present_one() -> None:
    present = len(script_names("store/sql/migrations"))
    assert {f"schema-{number:02}" for number in range(5, present)} <= STORES.keys()


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in {min(STORES), "schema-01", max(STORES)} else pytest.mark.slow)
        for name in STORES
    ],
)
def test_an_old_store_says_what_a_new_one_does(tmp_path: Path, shell: Shell, new: Project, name: str) -> None:
    project = Project(tmp_path)
    put(name, project)
    done = project.run("ingest")
    said = "fxtrack: pages/31.txt: conflict: the repeats disagree on KGS/USD; see problems\n"
    assert (done.returncode, done.stderr) == (0, said)
    assert done.stdout.startswith(f"{len(PAGES)} pages: 0 new, {len(PAGES)} known")
    assert content(shell, project.config.database) == content(shell, new.config.database)
    assert value(shell, project.config.database, "SELECT count(*) FROM runs") > 1
    assert project.run("verify").returncode == 0


@pytest.mark.few(1)
@pytest.mark.parametrize("name", [min(STORES), max(STORES)])  # the long tests have all
def test_a_migration_that_is_killed_goes_on_with_the_next_run(
    faults: Faults, shell: Shell, place_of: Callable[[str], Place], tmp_path: Path, name: str
) -> None:
    place = place_of(name)
    chance = random.Random(name)  # noqa: S311 -- a sample, the same in every run
    moments = chance.sample(range(1, place.quiet.calls + 1), SAMPLE)
    hits = [kill_at(place, faults, shell, tmp_path / "killed", None, at) for at in moments]
    assert any(hits)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["write", "sync", "rename", "unlink"])
@pytest.mark.parametrize("name", STORES)
def test_a_migration_that_is_killed_at_any_call_goes_on_with_the_next_run(
    faults: Faults, shell: Shell, place_of: Callable[[str], Place], tmp_path: Path, name: str, kind: str
) -> None:
    place = place_of(name)
    at = 1
    while kill_at(place, faults, shell, tmp_path / "killed", kind, at):
        at += 1


def kill_at(place: Place, faults: Faults, shell: Shell, folder: Path, kind: str | None, at: int) -> bool:
    """Kill the run at its n-th call, check what is left, and return whether there was such a call."""
    project = place.copy(folder)
    ended = faults.run(project.root, *place.flow.command, kind=kind, at=at, error=0)
    spot = described(ended, kind=kind, at=at)
    place.check_broken_off(project, shell, spot)
    place.check_next_run(project, faults, shell, spot)
    return ended.code < 0
