"""Which charts a selection asks for, and what each is called. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

KINDS = {
    "trend": "the closes of a pair, every state seen, and what the printed digits allow",
    "indexed": "all pairs, 100 at a base date",
    "changes": "computed changes beside the reported ones, by verdict",
    "overview": "all pairs, small, on one time axis",
    "coverage": "captures per calendar day",
}
"""Each kind of chart, and what it shows."""

FORMATS = ("png", "svg", "pdf")

INVERTIBLE = ("trend", "indexed", "overview")
"""Kinds that can show the price the other way round. A report is about the printed rate, so `changes` cannot."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its kind, and where it is not about all of them, the pair and the source it is about."""

    kind: str
    pair: str | None = None
    source: str | None = None

    @property
    def name(self) -> str:
        """What its file is called, without the ending."""
        return "-".join(part.replace("/", "-") for part in (self.kind, self.pair, self.source) if part)


def plan(kinds: Sequence[str], pairs: Mapping[str, Sequence[str]], sources: Sequence[str]) -> list[Chart]:
    """Return the charts of `kinds`, in the order of `KINDS`.

    Args:
        kinds: which kinds.
        pairs: each pair with the sources that quote it.
        sources: the sources that have a captured date.
    """
    charts: list[Chart] = []
    for kind in KINDS:
        if kind not in kinds:
            continue
        if kind == "trend":
            charts += [Chart(kind, pair) for pair in pairs]
        elif kind == "changes":
            # every source rounds in its own way, so each has a picture of its own
            charts += [
                Chart(kind, pair, source if len(sources) > 1 else None)
                for pair, its_sources in pairs.items()
                for source in its_sources
            ]
        elif kind == "coverage":
            charts += [Chart(kind, source=source) for source in sources]
        elif pairs:
            charts.append(Chart(kind))
    return charts
