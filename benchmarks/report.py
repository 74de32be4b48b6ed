"""RESULTS.md: targets, tables, notes and the machine."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.comparisons import PATTERN
from benchmarks.measure import Measured
from benchmarks.targets import Judged, judge

_MB = 1e6
_INTRODUCTION = """\
Written by `make bench` on {date}, everything in one run on one machine. Each number is the median of at least {runs}
runs of whole processes, start-up included; what takes minutes and is held against nothing ran once. Contenders took
turns, so that a drift of the machine hit all alike, after one round to warm the page cache. fxtrack wrote into a new
database each time, and had it safely on disk at exit. Findings were compared with the content of the generated
pages. Memory is that of all processes of a command together (proportional set size, sampled every 20 ms in a run of its
own, which is not timed); beside it, the largest resident size of a single process by the kernel's own count."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Measurements: `titles` and `results` by comparison, `remarks` on what was left out, and why."""

    titles: dict[str, str] = field(default_factory=dict)
    results: dict[str, dict[str, Measured]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def report(outcome: Outcome, machine: Sequence[tuple[str, str]], notes: str, now: dt.datetime) -> str:
    """Return the whole page as Markdown.

    Args:
        outcome: what was measured.
        machine: what describes it and the tools.
        notes: remarks in prose.
        now: when it was measured.
    """
    runs = min(
        (n for one in outcome.results.values() for found in one.values() if (n := len(found.wall)) > 1), default=1
    )
    targets = [(j.what, j.measured, j.target, "yes" if j.met else "**no**") for j in judge(outcome.results)]
    numbers: list[str] = []
    for name, found in outcome.results.items():
        numbers += [f"### {outcome.titles[name]}", comparison_table(list(found.values()))]
    parts = [
        "# Measured",
        _INTRODUCTION.format(date=f"{now:%d %B %Y}", runs=runs),
        *outcome.remarks,
        "## Targets",
        _table(("what", "measured", "target", "met"), targets),
        "![All comparisons](results.png)",
        "## Numbers",
        f"Greps count lines with `{PATTERN}`.",
        *numbers,
        notes.strip(),
        "## Machine",
        _table(("", ""), machine),
    ]
    return "\n\n".join(parts) + "\n"


def comparison_table(found: Sequence[Measured]) -> str:
    """Return one comparison as a table; times are also given as multiples of the first contender's."""
    first = found[0]
    rows = [
        (
            one.name, str(len(one.wall)), f"{one.median:.3f}", f"{one.spread[0]:.3f} to {one.spread[1]:.3f}",
            f"{one.cpu_median:.3f}", f"{one.median / first.median:.2f}", _rate(one), _megabytes(one.peak_bytes),
            _megabytes(one.largest_bytes),
        )
        for one in found
    ]  # fmt: skip
    head = ("", "runs", "s", "from, to", "processor s", "× the first", "a second", "peak MB", "largest process MB")
    keep = [n for n in range(len(head)) if any(row[n] for row in rows)]
    return _table([head[n] for n in keep], [[row[n] for n in keep] for row in rows])


def judged_lines(judged: Iterable[Judged]) -> Iterable[str]:
    """Yield a line for each target."""
    for one in judged:
        yield f"{'met    ' if one.met else 'NOT MET'} {one.what}: {one.measured} ({one.target})"


def _rate(one: Measured) -> str:
    """Return pages a second where the name of a contender says how many it takes."""
    count, _, unit = one.name.partition(" ")
    number = count.replace(",", "")
    return f"{int(number) / one.median:,.0f} {unit}" if number.isdigit() and unit in {"pages", "responses"} else ""


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / _MB:,.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
