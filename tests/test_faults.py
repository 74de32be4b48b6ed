"""A call to the system fails, whichever it is: one line, whole pages only, and the next run makes it whole."""

import random
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conftest import Shell
from faults import KINDS, Faults
from flows import FLOWS, Place, described, one_line, outputs

SAMPLE = 1


@pytest.fixture(scope="module")
def place_of(faults: Faults, shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Place]:
    """Make the project of each flow once; tests work on copies of it."""
    return cache(lambda name: Place.make(FLOWS[name], faults, shell, tmp_path_factory.mktemp(name)))


def fail_at(place: Place, faults: Faults, shell: Shell, folder: Path, kind: str, at: int) -> bool:
    """Run the command with its n-th call failing, and check what is left; return whether there was such a call."""
    project = place.copy(folder)
    ended = faults.run(project.root, *place.flow.command, kind=kind, at=at)
    spot = described(ended, kind=kind, at=at)
    # polars ends the process where it gets no memory, so there is no line; what is left has to be whole all the same
    if not (kind == "mmap" and ended.code == -signal.SIGABRT and "memory allocation of" in ended.err):
        one_line(ended)
    if ended.code == 0:
        assert place.tells(project, shell) == place.after, spot
        assert outputs(project) == place.outputs, spot
    else:
        place.check_broken_off(project, shell, spot, unread=ended.err.count(" cannot be read: "))
    place.check_next_run(project, faults, shell, spot)
    return ended.calls >= at


@pytest.mark.parametrize(("name", "kind"), [("ingest", "sync"), ("export", "write")])  # the long tests have all
def test_no_call_that_fails_spoils_anything(
    faults: Faults, shell: Shell, place_of: Callable[[str], Place], tmp_path: Path, name: str, kind: str
) -> None:
    place = place_of(name)
    probe = place.copy(tmp_path / "probe")
    calls = faults.run(probe.root, *place.flow.command, kind=kind).calls
    chance = random.Random(f"{name} {kind}")  # noqa: S311 -- a sample, the same in every run
    hits = [
        fail_at(place, faults, shell, tmp_path / "at", kind, at)
        for at in chance.sample(range(1, calls + 1), min(calls, SAMPLE))
    ]
    assert all(hits)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [name for name in FLOWS if name != "archive"])
def test_no_call_of_all_that_fails_spoils_anything(
    faults: Faults, shell: Shell, place_of: Callable[[str], Place], tmp_path: Path, name: str, kind: str
) -> None:
    place = place_of(name)
    at = 1
    while fail_at(place, faults, shell, tmp_path / "at", kind, at):
        at += 1
