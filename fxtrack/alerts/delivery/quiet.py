"""Quiet hours: when a message may be sent. Pure."""

import datetime as dt

from fxtrack.config.alerts import QuietHours

_DAY = dt.timedelta(days=1)


def quiet_until(quiet: QuietHours | None, now: dt.datetime) -> dt.datetime | None:
    """Return the end of the quiet hours that `now` (aware) falls into, UTC; None if it falls into none.

    The hours are those of the wall clock. An end that the clock skips in spring is as much later, though nothing is
    quiet once the clock has skipped it; of an end that occurs twice in autumn, the next one counts.
    """
    if quiet is None:
        return None
    here = now.astimezone(quiet.zone)
    time = here.time().replace(fold=0)
    if quiet.start < quiet.end:
        is_quiet, days = quiet.start <= time < quiet.end, 0
    else:
        is_quiet, days = time >= quiet.start or time < quiet.end, int(time >= quiet.start)
    if not is_quiet:
        return None
    end = dt.datetime.combine(here.date() + days * _DAY, quiet.end, quiet.zone)
    first, second = (end.replace(fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    return first if first > now or first > second else second
