"""Compares the episodes that the data show with the rows on record: which events are new. Pure."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fxtrack.alerts.rules import Episode, Happening, IsChange


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the table `alerts`."""

    episode_id: int
    alert: str
    kind: str
    source: str | None
    pair: str | None
    page_date: dt.date
    last_date: dt.date
    ended_date: dt.date | None
    state: str
    message: str

    @property
    def is_open(self) -> bool:
        """Whether the episode goes on."""
        return self.ended_date is None

    @property
    def as_episode(self) -> Episode:
        """The episode on record."""
        return Episode(self.page_date, self.last_date, self.state, self.message, self.ended_date)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the ledger: `row` is None for a new episode; `messages` are the events that get one, with texts."""

    row: LedgerRow | None
    episode: Episode
    messages: tuple[tuple[Happening, str], ...] = ()


def before_of(rows: Iterable[LedgerRow], first: dt.date) -> Episode | None:
    """Return the episode that is open before the first date to be judged; None if there is none."""
    found = [row for row in rows if row.is_open and row.page_date < first]
    return max(found, key=lambda row: row.page_date).as_episode if found else None


def reconcile(
    shown: Sequence[Episode], rows: Sequence[LedgerRow], is_change: IsChange, *, daily: bool, first: dt.date
) -> list[Change]:
    """Return the changes that bring the rows of a series up to date.

    An episode is that of a row if they have a date in common, or, where each date is an episode, the date. A beginning
    that later pages move is the same episode. An open row that the data no longer show ends, as after a correction.

    Args:
        shown: the episodes that the data show.
        rows: the rows of the series.
        is_change: whether a state is worth another message.
        daily: each date is an episode.
        first: the first date that was judged; nothing is known of rows that ended before.
    """
    left = sorted((r for r in rows if r.is_open or r.ended_date >= first), key=lambda row: row.page_date)  # type: ignore[operator]
    changes = []
    for episode in reversed(shown):
        row = next((row for row in reversed(left) if _is_same(episode, row, daily=daily)), None)
        if row:
            left.remove(row)
            changes += _of_known(episode, row, is_change, daily=daily)
        else:
            changes.append(_of_new(episode, daily=daily))
    gone = [row for row in left if row.is_open]
    return [*reversed(changes), *map(_of_gone, gone)]


def _is_same(episode: Episode, row: LedgerRow, *, daily: bool) -> bool:
    if daily:
        return episode.began == row.page_date
    return episode.began <= row.last_date and row.page_date <= episode.until


def _of_new(episode: Episode, *, daily: bool) -> Change:
    if episode.ended and not daily:
        began = next((event.text for event in reversed(episode.events) if event.what != "ended"), episode.text)
        return Change(None, episode, (("began", began), ("ended", episode.text)))
    return Change(None, episode, (("began", episode.text),))


def _of_known(episode: Episode, row: LedgerRow, is_change: IsChange, *, daily: bool) -> list[Change]:
    changed: tuple[tuple[Happening, str], ...] = ()
    if is_change(row.state, episode.state):
        changed = (("changed", episode.text),)
    else:  # the message on record is the one that was sent
        episode = replace(episode, state=row.state, text=episode.text if episode.ended and not daily else row.message)
    if row.is_open and episode.ended and not daily:
        return [Change(row, episode, (("ended", episode.text),))]
    if not row.is_open and not episode.ended and not daily:
        return [Change(row, episode, (("began", episode.text),))]
    if not row.is_open and not changed:
        return []
    if changed or (episode.last, episode.ended) != (row.last_date, row.ended_date):
        return [Change(row, episode, changed)]
    return []


def _of_gone(row: LedgerRow) -> Change:
    text = f"no longer so: the pages that came since do not show it ({row.message.splitlines()[0]})"
    return Change(row, replace(row.as_episode, ended=row.last_date, text=text), (("ended", text),))
