"""Every test of minutes belongs to one group of `make test-slow`."""

from pathlib import Path

from long_runs import CHOSEN, GROUPS, main

HERE = Path(__file__).parent


def test_every_group_has_slow_tests_of_its_own() -> None:
    shared = {tuple(GROUPS[name]) for name in CHOSEN}
    files = [file for name, group in GROUPS.items() if name not in CHOSEN for file in group]
    files += [file for group in shared for file in group]
    assert len(set(files)) == len(files)
    first, second = CHOSEN.values()
    assert (len(shared), second) == (1, f"not ({first})")
    marks = ["mark." + name for name in ("slow", "few")]
    assert [file for file in files if not any(mark in (HERE / file).read_text("utf-8") for mark in marks)] == []
    assert [name for name, group in GROUPS.items() if not group] == ["others"]


def test_an_unknown_group_is_named() -> None:
    assert main(["nope"]) == 2
