"""``python tests/long_runs.py [GROUP...]``: the tests of minutes, in groups, as many at once as there are processors.

Prints a line when a group starts and one when it ends, and what failed. The exit code is 1 if anything did.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import sched_getaffinity
from pathlib import Path

ROOT = Path(__file__).parent.parent
GROUPS = {
    "faults of pages": ["test_faults.py"],
    "other faults": ["test_faults.py"],
    "kills": ["test_kills.py"],
    "pythons": ["test_pythons.py"],
    "migrations": ["test_migrations.py"],
    "service": ["test_service_crash.py"],
    "runs": ["test_crash.py"],
    "backfill": ["test_backfill.py"],
    "reparse": ["test_reparse.py", "test_reparse_sequences.py"],
    "archives": ["test_archive.py"],
    "work": ["test_backup.py", "test_docs.py", "test_front_page.py", "test_links_and_modes.py", "test_metrics.py"],
    "rows": ["test_closes.py", "test_pairs.py", "test_readers.py", "test_settling.py"],
    "others": [],
    "benchmarks": ["test_benchmarks.py"],
    "container": ["test_container.py"],
    "examples": ["test_examples.py"],
}
"""The files of each group, the longest group first; `others` has all files that are in no other group."""

_OF_PAGES = "create or ingest or load"
CHOSEN = {"faults of pages": _OF_PAGES, "other faults": f"not ({_OF_PAGES})"}
"""Which tests of a file that two groups share each of them has, as pytest's ``-k``."""


def run_group(name: str) -> bool:
    """Run the slow tests of a group and return whether all passed."""
    files = [f"tests/{file}" for file in GROUPS[name]]
    if not files:
        files = ["tests", *(f"--ignore=tests/{file}" for group in GROUPS.values() for file in group)]
    print(f"{name}: started", flush=True)
    if name in CHOSEN:
        files += ["-k", CHOSEN[name]]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "slow", "-q", "--no-header", "--tb=short", *files],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines() or [done.stderr]
    print(f"{name}: {lines[-1]} [{time.monotonic() - begun:.0f} s]", flush=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", flush=True)
    return done.returncode == 0


def main(names: Sequence[str]) -> int:
    """Run some groups, or all, and return the exit code."""
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        print(f"no group {', '.join(unknown)}; there are: {', '.join(GROUPS)}")
        return 2
    begun = time.monotonic()
    with ThreadPoolExecutor(len(sched_getaffinity(0))) as both:
        passed = list(both.map(run_group, names or GROUPS))
    print(f"{sum(passed)} of {len(passed)} groups passed in {time.monotonic() - begun:.0f} s")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
