"""Rounding rules: which ones are worth trying, and which one the evidence speaks for. Pure.

The arithmetic of a rule is SQL (`deltas/views/1_reports.sql`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fxtrack.limits import RULE_PCT_DECIMALS

_USUAL_PCT_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """How a source rounds: decimals of the absolute change (None: not at all) and of the percentage.

    Where `pct_decimals` is None, the absolute change itself is reported; without `change_decimals`, rounded to the
    decimals that it is printed with.
    """

    change_decimals: int | None
    pct_decimals: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the reports say for a rule: how many could be tested, are explained under it, no base could yield."""

    rule: Rule
    reports: int
    explained: int
    breaks: int


def candidate_rules(pct_decimals: Iterable[int], rate_decimals: int, configured: Rule | None = None) -> list[Rule]:
    """List the rules worth trying.

    Args:
        pct_decimals: decimals that percentages are printed with, where no trailing zeros were dropped.
        rate_decimals: most decimals of a rate. A change rounded to more would be no different from a plain one.
        configured: a rule to include in any case.
    """
    usual = [d for d in pct_decimals if d <= RULE_PCT_DECIMALS] or [_USUAL_PCT_DECIMALS]
    rules = [Rule(change, pct) for pct in usual for change in (None, *range(rate_decimals + 1))]
    return [*rules, configured] if configured and configured not in rules else rules


def choose_rule(evidence: Sequence[Evidence]) -> Rule:
    """Return the rule that most reports speak for: those that it explains, less those that it makes impossible.

    A coarse rule explains every report of no change, so that what it explains is not enough to know it by. Of equals
    the one that fewest reports break, then the one that rounds the change least (a plain percent change least
    of all), then the one with most decimals in the percentage: no rule is assumed that the reports do not ask for.
    """

    def merit(e: Evidence) -> tuple[int, int, float, int]:
        change = float("inf") if e.rule.change_decimals is None else e.rule.change_decimals
        return e.explained - e.breaks, -e.breaks, change, e.rule.pct_decimals or 0

    return max(evidence, key=merit).rule
