"""Rounding rules: the candidates, the rule that the reports support, and the dates at which it changes. Pure.

The arithmetic of a rule is SQL (`deltas/views/1_reports.sql`), as is the likelihood of each report under each rule
(`store/sql/settle/likelihood.sql`).
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from fxtrack.limits import INFORMATIVE_REPORTS, RULE_ODDS, RULE_PCT_DECIMALS

MODES = ("half away from zero", "half to even", "towards zero")
USUAL_PCT_DECIMALS = 2
_SAME = 1e-4  # closer logarithms of likelihoods differ by rounding only
MILLION = 1_000_000
"""Likelihoods are whole millionths of a natural logarithm, so that their sums are the same in any order."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a source rounds: decimals of the absolute change (None: not rounded) and of the percentage, and the mode.

    Where `pct_decimals` is None, the absolute change itself is reported; without `change_decimals`, rounded to the
    decimals that it is printed with.
    """

    change_decimals: int | None
    pct_decimals: int | None
    mode: str = MODES[0]

    @property
    def assumes(self) -> tuple[float, int, int]:
        """Sort key: how much a rule assumes; a plain percent change, rounded as usual, assumes least."""
        change = float("-inf") if self.change_decimals is None else -self.change_decimals
        return change, MODES.index(self.mode), self.pct_decimals or 0


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The reports of one period under one rule.

    Attributes:
        rule: the rule.
        logs: likelihood of the reports, one for each assumption about bases and errors: natural logarithms, in
            millionths.
        judged: equal for rules that explain the same reports and rule out the same reports.
        informative: reports that a near state explains better than a randomly moved base.
    """

    rule: Rule
    logs: tuple[int, ...]
    judged: Hashable
    informative: int

    @property
    def log(self) -> float:
        """The logarithm of the mean over the assumptions."""
        most = max(self.logs)
        mean = sum(math.exp((log - most) / MILLION) for log in self.logs) / len(self.logs)
        return most / MILLION + math.log(mean)


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """The rules that remain.

    Attributes:
        ranked: every rule that was tried, likeliest first, with the logarithm of the odds against the likeliest.
        remaining: those that the reports do not rule out.
        chosen: those that verdicts use: the decided rule, else the least assuming of each group of remaining rules that
            judge every report alike.
        decided: whether the rule is decided.
    """

    ranked: tuple[tuple[Rule, float], ...]
    remaining: tuple[Rule, ...]
    chosen: tuple[Rule, ...]
    decided: bool

    @property
    def odds(self) -> dict[Rule, float]:
        """The logarithm of the odds of each rule that was tried."""
        return dict(self.ranked)


def candidate_rules(pct_decimals: Iterable[int], rate_decimals: int, configured: Rule | None = None) -> list[Rule]:
    """List the rules worth trying.

    Args:
        pct_decimals: decimals that percentages are printed with, where no trailing zeros were dropped.
        rate_decimals: most decimals of a rate. A change rounded to more is no different from a plain one.
        configured: a rule that is always included.
    """
    usual = [d for d in pct_decimals if d <= RULE_PCT_DECIMALS] or [USUAL_PCT_DECIMALS]
    # in a small sample every report may have lost a trailing zero
    tried = sorted({*usual, min(max(usual) + 1, RULE_PCT_DECIMALS)})
    changes = (None, *range(rate_decimals + 1))
    rules = [Rule(change, pct, mode) for pct in tried for change in changes for mode in MODES]
    return with_rule(rules, configured)


def with_rule(rules: list[Rule], configured: Rule | None) -> list[Rule]:
    """Return rules with a configured one, if there is any."""
    return [*rules, configured] if configured and configured not in rules else rules


def choose_rule(likelihoods: Sequence[Likelihood], given: Rule | None = None) -> RuleChoice:
    """Return the rule that the reports of a period support; a given rule is always chosen.

    A rule remains unless another one is RULE_ODDS times as likely. The rule is decided once there are
    INFORMATIVE_REPORTS, and the remaining rules are equally likely or judge every report alike: then no report
    distinguishes them, and the one that assumes least is chosen.
    """
    best = max(likelihood.log for likelihood in likelihoods)
    ordered = sorted(likelihoods, key=lambda e: (-round(e.log, 6), e.rule.assumes))
    remaining = sorted((e for e in ordered if best - e.log < math.log(RULE_ODDS)), key=lambda e: e.rule.assumes)
    alike = len({e.judged for e in remaining}) == 1 or all(best - e.log < _SAME for e in remaining)
    decided = alike and max(e.informative for e in remaining) >= INFORMATIVE_REPORTS
    groups: dict[Hashable, Rule] = {}
    for e in remaining:
        groups.setdefault(e.judged, e.rule)
    chosen = tuple(groups.values())
    return RuleChoice(
        tuple((e.rule, e.log - best) for e in ordered),
        tuple(e.rule for e in remaining),
        (given,) if given else chosen[:1] if decided else chosen,
        decided or given is not None,
    )


def rule_changes(likelihoods: Mapping[Hashable, Sequence[int]]) -> list[int]:
    """Return the positions in a series of dates at which the source changed its rule.

    Args:
        likelihoods: for each rule, the likelihood of the reports of each date, as in `Likelihood`; all equally long.

    Two rules, one after the other, have to be RULE_ODDS times as likely as a single one, for every way to choose them.
    """
    length = len(next(iter(likelihoods.values())))
    upto = [[0, *accumulate(series)] for series in likelihoods.values()]
    ways = RULE_ODDS * length * len(upto)

    def changes(first: int, last: int) -> list[int]:
        single = max(sums[last] - sums[first] for sums in upto)
        parted = [
            (max(sums[at] - sums[first] for sums in upto) + max(sums[last] - sums[at] for sums in upto), -at)
            for at in range(first + 1, last)
        ]
        most, at = max(parted, default=(single, 0))
        if most - single <= MILLION * math.log(ways):
            return []
        return [*changes(first, -at), -at, *changes(-at, last)]

    return changes(0, length)
