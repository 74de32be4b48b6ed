"""The targets, each held against what was measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.comparisons import MANY_SOURCES
from benchmarks.measure import Measured

Results = Mapping[str, Mapping[str, Measured]]
"""By comparison, then by contender."""

_MB = 1e6
_WHOLE = 1_000  # from here on, no decimals


@dataclass(frozen=True, slots=True)
class Judged:
    """A target: what is measured, the number, what it should be, and whether it is."""

    what: str
    measured: str
    target: str
    met: bool


def judge(results: Results) -> list[Judged]:
    """Return the targets for which something was measured."""
    judged: list[Judged] = []
    for part in (_text, _archive, _again, _adding, _memory, _queries):
        judged += part(results)
    return judged


def _text(results: Results) -> Iterator[Judged]:
    if text := results.get("text"):
        own = text["fxtrack ingest"].median
        yield _at_most("text pages: times ripgrep's wall time", own / text["ripgrep, counting"].median, 5, "×")
        faster = text["DuckDB read_text, stores nothing"].median / own
        yield _at_least("text pages: times as fast as DuckDB read_text, which stores nothing", faster, 1.5)
        slow = text["BeautifulSoup, pandas, SQLite"].median / own
        yield _at_least("text pages: times as fast as the BeautifulSoup script", slow, 25)


def _archive(results: Results) -> Iterator[Judged]:
    if archive := results.get("archive"):
        ratio = archive["fxtrack ingest"].median / archive["FastWARC, bare iteration"].median
        yield _at_most(".warc.gz: times bare FastWARC iteration", ratio, 2, "×")


def _again(results: Results) -> Iterator[Judged]:
    sizes = {int(name.split()[1]): found for name, found in results.items() if name.startswith("again ")}
    if len(sizes) > 1:
        main = sorted(sizes)[1]
        own = {size: found["fxtrack ingest, nothing new"].median for size, found in sizes.items()}
        bare = {size: found["Python, os.scandir and stat"].median for size, found in sizes.items()}
        yield _at_most(f"{main:,} known files again", own[main], 1, " s")
        largest = max(sizes)
        if largest > main:
            growth, least = own[largest] / own[main], bare[largest] / bare[main]
            yield Judged(
                f"{largest:,} known files in place of {main:,}: time grows no faster than the bare listing's",
                f"{growth:.1f}×", f"at most {least:.1f}×", growth <= least,
            )  # fmt: skip


def _adding(results: Results) -> Iterator[Judged]:
    if adding := results.get("adding"):
        big, empty = adding.values()
        yield _at_most(f"100 new pages {big.name}: times an empty one", big.median / empty.median, 1.5, "×")


def _memory(results: Results) -> Iterator[Judged]:
    for name in ("text sizes", "archive sizes", "adding"):
        for found in results.get(name, {}).values():
            if found.peak_bytes is not None:
                yield _at_most(f"peak memory: {found.name}", found.peak_bytes / _MB, 400, " MB")


def _queries(results: Results) -> Iterator[Judged]:
    if queries := results.get("queries"):
        many = f"{MANY_SOURCES} sources"
        limits = {
            "latest, 1 source": 0.5, "deltas --csv, 1 source": 1, "deltas, 1 source": 1, "audit, 1 source": 1,
            f"latest, {many}": 5, f"deltas --csv, {many}": 5, f"audit, {many}": 5, "--help": 0.15,
        }  # fmt: skip
        for name, limit in limits.items():
            yield _at_most(name, queries[name].median, limit, " s")


def _at_most(what: str, measured: float, limit: float, unit: str) -> Judged:
    shown = f"{measured:.3g}" if measured < _WHOLE else f"{measured:,.0f}"
    return Judged(what, f"{shown}{unit}", f"at most {limit:g}{unit}", measured <= limit)


def _at_least(what: str, measured: float, limit: float) -> Judged:
    return Judged(what, f"{measured:.3g}×", f"at least {limit:g}×", measured >= limit)
