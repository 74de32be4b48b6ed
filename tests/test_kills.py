"""A thousand kills of every command: nothing is lost, doubled or half done."""

import random
from pathlib import Path

import pytest
from conftest import Shell
from faults import Ended, Faults
from flows import FLOWS, READING, Place, described

ALL = FLOWS | READING
KILLS = 72
SAMPLE = 2
TRIES = 3


def kill_twice(place: Place, faults: Faults, shell: Shell, folder: Path, chance: random.Random) -> list[bool]:
    """Kill the command twice, at a call and at a moment, let it end, and return which kills came before its end."""
    calls = place.quiet.calls
    for _ in range(TRIES):
        project = place.copy(folder)
        at = chance.randint(1, calls)
        first = faults.run(project.root, *place.flow.command, at=at)
        if has_landed(first):
            break
        calls = max(1, first.calls)  # how many there are depends on which of several processes is faster
    spot = described(first, at=at)
    place.check_broken_off(project, shell, spot)
    after = chance.uniform(0, place.quiet.seconds / 3)
    second = faults.run(project.root, *place.flow.command, kill_after=after)
    spot += described(second, after=after)
    place.check_broken_off(project, shell, spot)
    place.check_next_run(project, faults, shell, spot)
    return [has_landed(first), second.code < 0]


def has_landed(ended: Ended) -> bool:
    """Return whether a kill came before the end; a call of a process that reads pages kills that process."""
    return ended.code < 0 or "killed by signal 9" in ended.err


def test_together_these_are_more_than_a_thousand_kills() -> None:
    assert len(ALL) * KILLS >= 1000


@pytest.mark.parametrize("name", ["ingest"])  # the long tests have all
def test_no_kill_loses_doubles_or_spoils_anything(faults: Faults, shell: Shell, tmp_path: Path, name: str) -> None:
    assert sum(kills(name, SAMPLE, name, faults, shell, tmp_path)) >= SAMPLE // 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_no_kill_of_a_thousand_loses_doubles_or_spoils_anything(
    faults: Faults, shell: Shell, tmp_path: Path, name: str
) -> None:
    landed = kills(name, KILLS, name, faults, shell, tmp_path)
    assert len(landed) == KILLS
    assert 10 * sum(landed) >= 9 * len(landed), landed


def kills(name: str, count: int, seed: str, faults: Faults, shell: Shell, folder: Path) -> list[bool]:
    """Kill a command again and again and return which kills came before its end."""
    chance = random.Random(seed)  # noqa: S311 -- moments, not secrets
    place = Place.make(ALL[name], faults, shell, folder)
    landed: list[bool] = []
    while len(landed) < count:
        landed += kill_twice(place, faults, shell, folder / "killed", chance)
    return landed
