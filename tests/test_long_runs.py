"""Every test of minutes belongs to one group of `make test-slow`."""

from collections import Counter
from pathlib import Path

from long_runs import GROUPS, main

HERE = Path(__file__).parent


def test_every_file_with_slow_tests_is_in_one_group() -> None:
    mark = "mark." + "slow"
    slow = {path.name for path in HERE.glob("test_*.py") if mark in path.read_text("utf-8")}
    assert Counter(file for files in GROUPS.values() for file in files) == dict.fromkeys(slow, 1)


def test_an_unknown_group_is_named() -> None:
    assert main(["nope"]) == 2
