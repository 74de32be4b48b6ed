"""When a job is due. Pure: a schedule and an instant in, the next instant out; no clock is read.

Cron expressions are wall-clock times of a zone. A change of its clock neither skips nor repeats a run:

- a time that does not exist when the clock goes forward is due as long after midnight as on other days (02:30 becomes
  03:30), as PEP 495 reads such a time;
- a time that occurs twice when the clock goes back is due the first time only;
- an expression for every hour of the day (``*/30 * * * *``) follows elapsed time: it continues through the repeated
  hour, and the missing hour has no runs to make up for.

Libraries were tried on five days around each change of 2026 in seven zones. APScheduler's trigger skipped midnight
where midnight does not exist, and returned the same instant forever in a repeated hour; croniter ran ``30 2 * * *``
twice in Berlin's autumn; cronsim skipped the midnight of ``0 */6 * * *`` in Santiago and Beirut. Hence cronsim reads
expressions on a clock without changes, and this module handles the changes.
"""

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from fxtrack.limits import LONGEST_INTERVAL

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_CRON_FIELDS = 5
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
_LOOK_BACK = tuple(dt.timedelta(hours=hours) for hours in (1, 26, 24 * 8, 24 * 32, 24 * 367, 24 * 366 * 9))


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression of five fields (minute, hour, day of month, month, day of week), in a time zone."""

    expression: str
    zone: ZoneInfo

    def __post_init__(self) -> None:
        """Check the expression.

        Raises:
            ValueError: it is invalid, or names a date that does not exist.
        """
        if len(self.expression.split()) != _CRON_FIELDS:
            raise ValueError(f"{self.expression!r} does not have five fields (minute, hour, day, month, day of week)")
        try:
            next(CronSim(self.expression, dt.datetime(2024, 1, 1)))  # noqa: DTZ001 -- a time on the wall
        except CronSimError as error:
            raise ValueError(f"{self.expression!r} is not a cron expression: {error}") from None
        except StopIteration:
            raise ValueError(f"{self.expression!r} names a date that never comes") from None


@dataclass(frozen=True, slots=True)
class Interval:
    """A fixed time between runs, counted from 1970-01-01T00:00Z, so that a restart does not shift the runs."""

    length: dt.timedelta


Schedule = Cron | Interval


def parse_duration(text: str) -> dt.timedelta:
    """Read a duration such as ``30s``, ``15m``, ``6h`` or ``1d``.

    Raises:
        ValueError: it is not a duration, or is longer than `LONGEST_INTERVAL`.
    """
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if not found:
        raise ValueError(f"{text!r} is not a duration like 30s, 15m, 6h or 1d")
    length = dt.timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    if length > LONGEST_INTERVAL:
        raise ValueError(f"{text!r} is longer than {LONGEST_INTERVAL.days}d")
    return length


def next_run(schedule: Schedule, after: dt.datetime) -> dt.datetime:
    """Return the first instant later than `after` (aware) at which a schedule is due, UTC."""
    if isinstance(schedule, Interval):
        return _EPOCH + ((after - _EPOCH) // schedule.length + 1) * schedule.length
    return _next_of_cron(schedule, after.astimezone(dt.UTC))


def last_due(schedule: Schedule, since: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Return the last instant later than `since` and not later than `now` at which a schedule was due, None if none.

    The cost does not grow with the number of missed runs: the search starts near `now`.
    """
    for back in _LOOK_BACK:
        start = max(since, now - back)
        due = next_run(schedule, start)
        if due <= now:
            while (later := next_run(schedule, due)) <= now:
                due = later
            return due
        if start == since:
            break
    return None


def _next_of_cron(cron: Cron, after: dt.datetime) -> dt.datetime:
    here = after.astimezone(cron.zone).replace(tzinfo=None)
    # near a change, clock times and instants are ordered differently: search as far around as the clock moves
    moved = abs(_offset(cron.zone, after + _DAY) - _offset(cron.zone, after - _DAY))
    times = CronSim(cron.expression, here - moved - dt.timedelta(minutes=1))
    every_hour = times.hours == set(range(24))
    best: dt.datetime | None = None
    for time in times:
        if best is not None and time > best.astimezone(cron.zone).replace(tzinfo=None) + moved:
            break
        for instant in _instants(time, cron.zone, every_hour=every_hour):
            if instant > after and (best is None or instant < best):
                best = instant
        if best is not None and not moved:
            break
    if best is None:
        raise ValueError(f"{cron.expression!r} names a date that never comes again")
    return best


def _instants(time: dt.datetime, zone: ZoneInfo, *, every_hour: bool) -> list[dt.datetime]:
    first, second = (time.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if not every_hour or first == second:
        return [first]
    # in a missing hour, the first reading is the later instant
    return [first, second] if first < second else []


def _offset(zone: ZoneInfo, instant: dt.datetime) -> dt.timedelta:
    return instant.astimezone(zone).utcoffset() or dt.timedelta(0)
