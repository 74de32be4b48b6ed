"""Words for people: what tables, pages and charts show in place of the verdicts of the database. Pure."""

from decimal import ROUND_FLOOR, Decimal

from fxtrack.errors import UsageError

VERDICT_WORDS = {
    "not reported": "the page prints no change",
    "rule undecided": "the site's rounding is not known yet",
    "breaks the rule": "no rate at all explains it",
    "agrees": "fits the site's rounding",
    "agrees earlier": "fits the site's rounding, from an older rate",
    "repeated": "repeats the date before",
    "no history": "nothing earlier to compare with",
    "unexplained": "no captured rate explains it",
    "base not captured": "the day before is not captured",
}
"""Words for each verdict of `deltas`: a report that fits the site's rounding is not yet a true one."""

VERDICTS = tuple(VERDICT_WORDS)
"""The verdicts of `deltas`."""

PERIODS = ("week", "month", "quarter", "year")
"""The periods that the macro `periods` knows."""

HIDDEN_MOVE = "moved by at least {least} %, page shows none"
"""Words for a row of `hidden_moves`: the rate surely moved since the day before, and the page reports 0 %."""

HIDDEN_MOVES = "moved, page shows none"
"""Words for several such rows together, as in a legend or a heading."""


def verdict_words(verdict: str | None) -> str:
    """Return the words for a verdict; a verdict without words stands for itself, None for nothing."""
    return VERDICT_WORDS.get(verdict, verdict) if verdict else ""


def hidden_move_words(low: Decimal, high: Decimal) -> str:
    """Return the words for a sure move that the page reports as zero.

    Args:
        low: least change in percent that the printed digits allow, `change_pct_low`.
        high: greatest change, `change_pct_high`; both ends lie on one side of zero.

    Raises:
        ValueError: the range includes zero, so that the rate may have stood still.
    """
    return HIDDEN_MOVE.format(least=least_move(low, high))


def least_move(low: Decimal, high: Decimal) -> Decimal:
    """Return the least size of a sure move in percent, rounded down to two digits.

    Raises:
        ValueError: the range includes zero.
    """
    least = max(low, -high)
    if least <= 0:
        raise ValueError(f"a change from {low} % to {high} % may be none")
    return least.quantize(Decimal(1).scaleb(min(0, least.adjusted() - 1)), ROUND_FLOOR)


def check_period(every: str) -> None:
    """Check the name of a period.

    Raises:
        UsageError: there is no such period.
    """
    if every not in PERIODS:
        raise UsageError(f"unknown period {every!r}; choose from {', '.join(PERIODS)}")
