"""Detects that a source changed its layout: its pages still arrive, but fewer of them show a ticker than before.

Some pages never have a ticker, and their share depends on the source, so a single page without one proves nothing.
Fisher's exact test (R. A. Fisher, 1935) compares the newest pages with those before them: if all these pages were
shuffled, how often would the newest ones show as few tickers? The arithmetic is exact.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import comb

from fxtrack.limits import LAYOUT_CHANCE, LAYOUT_HISTORY, LAYOUT_LEAST_HISTORY, LAYOUT_PAGES
from fxtrack.model.run import Finding, RunOutcome
from fxtrack.store.schema import script
from fxtrack.store.writer import Store

_script = partial(script, "runs/sql")


@dataclass(frozen=True, slots=True)
class Share:
    """A number of pages, and how many of them show a ticker."""

    pages: int
    shown: int

    @property
    def text(self) -> str:
        """The share of the newest pages in words."""
        return f"{self.shown:,} of the newest {self.pages:,} pages show a ticker"


def chance(newest: Share, before: Share) -> Fraction:
    """Return the probability that the newest pages show as few tickers, or fewer, by chance alone."""
    pages, shown = newest.pages + before.pages, newest.shown + before.shown
    ways = sum(
        comb(shown, earlier) * comb(pages - shown, before.pages - earlier)
        for earlier in range(before.shown, min(before.pages, shown) + 1)
    )
    return Fraction(ways, comb(pages, before.pages))


def has_dropped(newest: Share, before: Share) -> bool:
    """Return whether the share of pages with a ticker dropped; False where the history is too short to tell."""
    if before.pages < LAYOUT_LEAST_HISTORY:
        return False
    return chance(newest, before) < LAYOUT_CHANCE


def drop_text(source: str, newest: Share, before: Share) -> str:
    """Return the message that the share of a source's pages with a ticker dropped."""
    of_before = f"of the {before.pages:,} before {before.shown:,} do"
    return f"{source}: {newest.text}, {of_before}; look at one, its layout may have changed"


def changed_layouts(store: Store, started: dt.datetime, sharing: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return a finding for each source whose new pages show fewer tickers than those before them.

    Args:
        store: the store that has the pages.
        started: start of the run that added the new pages, UTC.
        sharing: by source, those that read another series from its pages.
    """
    findings = []
    new_pages = store.query(_script("new_pages"), {"now": started.replace(tzinfo=None)})
    for source, pages_of, new in (
        (name, owner, new) for owner, new in new_pages for name in (owner, *sharing.get(owner, ()))
    ):
        parameters: dict[str, object] = {
            "source": source, "pages_of": pages_of, "pages": max(new, LAYOUT_PAGES), "history": LAYOUT_HISTORY
        }  # fmt: skip
        ((pages, shown, pages_before, shown_before),) = store.query(_script("ticker_share"), parameters)
        newest, before = Share(pages, shown), Share(pages_before, shown_before)
        if has_dropped(newest, before):
            findings.append(Finding(RunOutcome.LAYOUT_CHANGED, drop_text(source, newest, before)))
    return findings
