"""Judges the new pages of a run: unreadable ones, pages without a ticker, and changed layouts become findings."""

import datetime as dt
from collections.abc import Mapping, Sequence

from fxtrack.model.run import Finding, finding_of_pages
from fxtrack.runs.layout_change import changed_layouts
from fxtrack.store.captures import file_errors
from fxtrack.store.writer import Store

Errors = set[tuple[str, str]]
"""Location and reason of each file, or place in one, that cannot be read."""


def findings_of_new_pages(
    store: Store, started: dt.datetime, known_errors: Errors, sharing: Mapping[str, Sequence[str]]
) -> list[Finding]:
    """Return the findings of the pages that a run added.

    Args:
        store: open for writing, with the pages of the run in it.
        started: start of the run, UTC.
        known_errors: `file_errors` before the run; an error that was known is no finding.
        sharing: by source, those that read another series from its pages.
    """
    ((new, no_ticker, unreadable),) = store.query(
        "SELECT count(*), count(*) FILTER (outcome = 'no ticker'), count(*) FILTER (outcome = 'unreadable')"
        " FROM captures WHERE ingested_utc = ?",
        [started.replace(tzinfo=None)],
    )
    finding = finding_of_pages(new, no_ticker, unreadable + len(file_errors(store) - known_errors))
    return [*([finding] if finding else []), *changed_layouts(store, started, sharing)]
