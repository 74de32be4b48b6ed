"""Has a source changed how it prints? Its pages still arrive, and fewer of them show a ticker than used to. Pure.

Some pages never have a ticker, and how many depends on the source: a page without one says nothing by itself. The
newest pages are held against those before them by Fisher's exact test (R. A. Fisher, 1935): if all these pages were
shuffled, how often would the newest lot show as few tickers as it does? The arithmetic is exact.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import comb

from fxtrack.limits import LAYOUT_CHANCE, LAYOUT_LEAST_HISTORY


@dataclass(frozen=True, slots=True)
class Share:
    """So many pages, and how many of them show a ticker."""

    pages: int
    shown: int


def chance(newest: Share, before: Share) -> Fraction:
    """Return how often chance alone would leave the newest pages with as few tickers, or fewer."""
    pages, shown = newest.pages + before.pages, newest.shown + before.shown
    ways = sum(
        comb(shown, earlier) * comb(pages - shown, before.pages - earlier)
        for earlier in range(before.shown, min(before.pages, shown) + 1)
    )
    return Fraction(ways, comb(pages, before.pages))


def has_dropped(newest: Share, before: Share) -> bool:
    """Tell whether the share of pages with a ticker dropped; False where there is too little history to say."""
    if before.pages < LAYOUT_LEAST_HISTORY:
        return False
    return chance(newest, before) < LAYOUT_CHANCE
