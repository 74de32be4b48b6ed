"""``python -m benchmarks``: make the input, measure everything, write RESULTS.md."""

import argparse
import datetime as dt
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import comparisons, scaling
from benchmarks.comparisons import Comparison
from benchmarks.corpus import corpus
from benchmarks.machine import OPTIONAL, REQUIRED, default_python, facts, missing
from benchmarks.measure import BenchmarkError, alternate
from benchmarks.report import Outcome, comparison_table, judged_lines, report
from benchmarks.setting import HERE, Setting
from benchmarks.targets import judge

PAGES, QUICK_PAGES = 20_000, 1_000
DAYS = 3_652  # ten years; eleven sources with five snapshots a day have 200,000 in that time
QUICK_DAYS = 182
RUNS = 5

_ALL: dict[str, Callable[[Setting], Sequence[Comparison]]] = {
    "text": lambda setting: [comparisons.text(setting)],
    "archive": lambda setting: [comparisons.archive(setting)],
    "again": comparisons.again,
    "adding": lambda setting: [comparisons.adding(setting)],
    "queries": lambda setting: [comparisons.queries(setting)],
    "text-sizes": lambda setting: [scaling.text_sizes(setting)],
    "archive-sizes": lambda setting: [scaling.archive_sizes(setting)],
    "processors": lambda setting: [scaling.processors(setting)],
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; return the exit code."""
    asked = _parser().parse_args(arguments)
    for packages, what in ((missing(REQUIRED), "needed"), (missing(OPTIONAL), "left out")):
        if packages:
            print(f"{what}: install {' '.join(packages)} with the package manager of your system", file=sys.stderr)
    if missing(REQUIRED):
        return 1
    if not asked.python.exists():
        print(f"{asked.python}: not there; `make bench` installs the contenders", file=sys.stderr)
        return 1
    os.environ["LC_ALL"] = "C.UTF-8"
    pages = asked.pages or (QUICK_PAGES if asked.quick else PAGES)
    runs = asked.runs or (1 if asked.quick else RUNS)
    days = asked.days or (QUICK_DAYS if asked.quick else DAYS)
    _say(f"pages: {pages:,}, ten times as many and a tenth")
    made = corpus(asked.cache.resolve(), pages)
    outcome = Outcome(remarks=[made.skipped] if made.skipped else [])
    work = asked.cache.resolve() / f"work-{os.getpid()}"
    _clear_left_over(asked.cache.resolve())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing measured is left running
    setting = Setting(made, asked.cache.resolve(), work, asked.python, days)
    try:
        for name in asked.only or _ALL:
            for comparison in _ALL[name](setting):
                _say(comparison.title)
                outcome.titles[comparison.name] = comparison.title
                outcome.results[comparison.name] = alternate(
                    list(comparison.contenders), runs, warm_up=not asked.quick, say=_say
                )
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _show(outcome)
    if not asked.quick and not asked.only:
        _write(outcome, asked.python)
    return 0


def _clear_left_over(cache: Path) -> None:
    """Remove what a killed run left."""
    for folder in cache.glob("work-*"):
        if not Path("/proc", folder.name.partition("-")[2]).exists():
            shutil.rmtree(folder)


def _show(outcome: Outcome) -> None:
    for name, found in outcome.results.items():
        print(f"\n{outcome.titles[name]}\n\n{comparison_table(list(found.values()))}")
    print("", *outcome.remarks, *judged_lines(judge(outcome.results)), sep="\n")


def _write(outcome: Outcome, python: Path) -> None:
    from benchmarks.picture import draw

    notes = (HERE / "NOTES.md").read_text("utf-8")
    page = report(outcome, facts(python), notes, dt.datetime.now(dt.UTC))
    draw(outcome.titles, outcome.results, HERE / "results.png")
    (HERE / "RESULTS.md").write_text(page, "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition(": ")[2])
    parser.add_argument(
        "--quick", action="store_true", help="a twentieth of the size, one run without warm-up, and nothing written"
    )
    parser.add_argument("--only", action="append", choices=list(_ALL), help="only this part, and nothing written")
    parser.add_argument("--pages", type=int, help=f"pages to compare tools on, a multiple of 100 (default {PAGES:,})")
    parser.add_argument("--days", type=int, help=f"days in the stores that are queried (default {DAYS:,})")
    parser.add_argument("--runs", type=int, help=f"timed runs of everything (default {RUNS})")
    parser.add_argument("--cache", type=Path, default=HERE / ".cache", help="where made input is kept")
    parser.add_argument("--python", type=Path, default=default_python(), help="the Python that contenders run with")
    return parser


def _say(line: str) -> None:
    print(f"{dt.datetime.now(dt.UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
