"""When a condition begins, changes and ends. Pure: the judgements of a series in, its episodes out.

A series is one alert on one source, and on one pair where the condition concerns pairs. `episodes` treats a whole
history and its newest days alike: a live evaluation is the last part of a replay.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

Happening = Literal["began", "changed", "ended"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A condition on one date.

    Attributes:
        date: a page date, or the day of a judgement by time.
        holds: True or False if that is certain, None if it is unknown.
        state: tells apart states that are worth another message.
        text: the evidence, in one or more lines; the first is the title of a message.
    """

    date: dt.date
    holds: bool | None
    state: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """The beginning, a change or the end of an episode."""

    what: Happening
    date: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Episode:
    """A period in which a condition holds; `ended` is None while it does.

    Attributes:
        began: date of the first judgement that it holds.
        last: date of the latest judgement that it holds.
        state: the state of the last message.
        text: the latest evidence.
        ended: date of the judgement that it is over.
        events: its beginning, changes and end. The beginning is missing if it lies before the judgements.
    """

    began: dt.date
    last: dt.date
    state: str
    text: str
    ended: dt.date | None = None
    events: tuple[Event, ...] = ()

    @property
    def until(self) -> dt.date:
        """The last date that belongs to the episode, `date.max` while it is open."""
        return self.ended or dt.date.max


IsChange = Callable[[str, str], bool]
"""Whether a state differs enough from that of the last message to be worth another."""


def episodes(
    judgements: Iterable[Judgement], is_change: IsChange, *, daily: bool = False, before: Episode | None = None
) -> list[Episode]:
    """Return the episodes of a series, the oldest first.

    A condition begins when it surely holds and ends when it surely does not; while that is unknown nothing happens.

    Args:
        judgements: one a date, in order.
        is_change: see `IsChange`.
        daily: each date is an episode of its own, and its end is no event.
        before: an episode that is open before the first judgement.
    """
    found: list[Episode] = []
    now = before
    for judged in judgements:
        if now and daily and judged.date > now.began:
            found.append(replace(now, ended=judged.date))
            now = None
        if judged.holds:
            now = _go_on(now, judged, is_change) if now else _begin(judged)
        elif now and judged.holds is False:
            ended = Event("ended", judged.date, judged.text)
            found.append(replace(now, ended=judged.date, text=judged.text, events=(*now.events, ended)))
            now = None
    return [*found, *([now] if now else [])]


def _begin(judged: Judgement) -> Episode:
    began = Event("began", judged.date, judged.text)
    return Episode(judged.date, judged.date, judged.state, judged.text, events=(began,))


def _go_on(now: Episode, judged: Judgement, is_change: IsChange) -> Episode:
    going_on = replace(now, last=judged.date)
    if not is_change(now.state, judged.state):
        return going_on
    changed = Event("changed", judged.date, judged.text)
    return replace(going_on, state=judged.state, text=judged.text, events=(*now.events, changed))


def never(_before: str, _now: str) -> bool:
    """No state of this condition is worth another message."""
    return False


def differs(before: str, now: str) -> bool:
    """Any other state is worth another message."""
    return before != now


def escalates(before: str, now: str) -> bool:
    """A move is worth another message in the other direction, or at a further multiple of its percentage."""
    (way, times), (new_way, new_times) = before.split(), now.split()
    return way != new_way or int(new_times) > int(times)


def adds(before: str, now: str) -> bool:
    """A list, one item a line, is worth another message if it has an item that was not in it."""
    return not {*now.splitlines()} <= {*before.splitlines()}
