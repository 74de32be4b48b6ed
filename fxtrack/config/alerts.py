"""The tables ``[[alerts]]`` and ``[notify]`` of config.toml: conditions to watch, and receivers of the messages."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, field

from fxtrack import limits
from fxtrack.config.fields import FileName, Name, Pair, about, checked, zone_of
from fxtrack.config.schedule import parse_duration

_QUIET = re.compile(r"(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)-(?P<until_h>[01]?\d|2[0-3]):(?P<until_m>[0-5]\d)")
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?")
_DAYS = re.compile(r"([1-9]\d{0,2})d")

Text = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[^\x00]*\Z")]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A time of the day, on the wall clock of a zone, in which messages wait; `end` may be on the next day."""

    start: dt.time
    end: dt.time
    zone: ZoneInfo


class Alert(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="when"):
    """The keys of every alert: messages wait during the `quiet` hours of `time_zone`."""

    name: Name
    quiet: str | None = None
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        """Check the values; each message starts with its key."""
        checked("time_zone", zone_of, self.time_zone)
        if self.quiet is not None:
            checked("quiet", _times, self.quiet)

    @property
    def kind(self) -> str:
        """The condition, as the key `when` names it."""
        return str(self.__struct_config__.tag)

    @property
    def quiet_hours(self) -> QuietHours | None:
        """The quiet hours, None without."""
        return QuietHours(*_times(self.quiet), zone_of(self.time_zone)) if self.quiet else None


class MovedAlert(Alert, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="moved"):
    """A close surely moved by `percent`, as far as the printed digits tell.

    `against` is the close before (``close``), that of a date, or that of a number of days before (``7d``).
    """

    percent: str | int | float | None = None
    against: Any = "close"  # text, or a date as TOML has it
    pair: Pair | None = None
    source: Name | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        with about("percent"):
            if not 0 < _decimal(self.percent) <= limits.MOST_PERCENT:
                raise ValueError(f"{self.percent!r} is not between 0 and {limits.MOST_PERCENT:,}")
        with about("against"):
            if self.against != "close" and self.days is None and self.date is None:
                raise ValueError(
                    f'{str(self.against)!r} is not "close", a date like 2025-12-08, or a number of days like 7d'
                )

    @property
    def least_percent(self) -> Decimal:
        """The percentage, exactly."""
        return _decimal(self.percent)

    @property
    def days(self) -> int | None:
        """How many days back the base is; None if it is the close before or that of a date."""
        found = _DAYS.fullmatch(self.against) if isinstance(self.against, str) else None
        return int(found[1]) if found else None

    @property
    def date(self) -> dt.date | None:
        """The date of the base; None if it is another close."""
        if isinstance(self.against, dt.date) and not isinstance(self.against, dt.datetime):
            return self.against
        try:
            return dt.date.fromisoformat(self.against)
        except (TypeError, ValueError):
            return None


class LevelAlert(Alert, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="level"):
    """A close surely `above` or `below` a level; over once it is surely beyond `back`, by default the level itself."""

    pair: Pair
    above: str | int | float | None = None
    below: str | int | float | None = None
    back: str | int | float | None = None
    source: Name | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        if (self.above is None) == (self.below is None):
            raise ValueError("an alert on a level needs either above or below")
        for key in ("above", "below", "back"):
            with about(key):
                if getattr(self, key) is not None and _decimal(getattr(self, key)) <= 0:
                    raise ValueError(f"{getattr(self, key)!r} is no rate above 0")
        if self.is_above and self.back_level > self.level:
            raise ValueError(f"back: {self.back} is beyond the level {self.above}; write a rate below it")
        if not self.is_above and self.back_level < self.level:
            raise ValueError(f"back: {self.back} is beyond the level {self.below}; write a rate above it")

    @property
    def is_above(self) -> bool:
        """True for a level to rise above, False for one to fall below."""
        return self.above is not None

    @property
    def level(self) -> Decimal:
        """The level, exactly."""
        return _decimal(self.above if self.is_above else self.below)

    @property
    def back_level(self) -> Decimal:
        """The rate beyond which the condition is over, exactly."""
        return self.level if self.back is None else _decimal(self.back)


class ReportAlert(Alert, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="report"):
    """A source reports changes that nothing explains, or that break its rounding rule."""

    pair: Pair | None = None
    source: Name | None = None


class _Lasting(Alert, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alert on a state that lasts for some time."""

    source: Name | None = None
    lasting: str | None = field(default=None, name="for")

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        if self.lasting is not None:
            checked("for", parse_duration, self.lasting)


class SilentAlert(_Lasting, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="silent"):
    """The newest page date of a source ended longer ago than `for`, by default the source's `max_age`."""


class StandingAlert(_Lasting, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="standing"):
    """A source repeats the same rates and reports while its page dates move on by `for`, by default four days."""

    @property
    def allowed(self) -> dt.timedelta:
        """How long a ticker may stand still."""
        return parse_duration(self.lasting) if self.lasting else limits.STANDING


class LayoutAlert(Alert, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="layout"):
    """The pages of a source show a ticker less often than before."""

    source: Name | None = None


class UnhealthyAlert(Alert, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="unhealthy"):
    """`fxtrack status` has a problem."""


AnyAlert = MovedAlert | LevelAlert | ReportAlert | SilentAlert | StandingAlert | LayoutAlert | UnhealthyAlert


class Notify(Struct, frozen=True, forbid_unknown_fields=True):
    """Receivers of messages. Each gets every message.

    `command` gets a message on standard input, and as JSON in FXTRACK_ALERT. `file` gets a line of JSON. The URLs for
    apprise are secret: they are in the environment variable `urls_env`, or in the file `urls_file`, one a line.
    """

    command: tuple[Text, ...] = ()
    file: FileName | None = None
    urls_file: FileName | None = None
    urls_env: Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\Z", max_length=128)] | None = None

    @property
    def has_receiver(self) -> bool:
        """Whether any receiver is configured."""
        return bool(self.command or self.file or self.urls_file or self.urls_env)


def check_alerts(alerts: Iterable[Alert], sources: Iterable[str]) -> None:
    """Check that names are unique, and that each source exists.

    Raises:
        ValueError: a name is used twice, or a source is unknown; the message starts with the key.
    """
    known, names = sorted(sources), set()
    for number, alert in enumerate(alerts):
        if alert.name in names:
            raise ValueError(f"alerts[{number}].name: two alerts are named {alert.name!r}")
        names.add(alert.name)
        source: Any = getattr(alert, "source", None)
        if source is not None and source not in known:
            raise ValueError(f"alerts[{number}].source: no source is named {source!r}; there are: {', '.join(known)}")


def _decimal(value: str | int | float | None) -> Decimal:
    if value is None:
        raise ValueError('is missing; write it in quotes, as "2.5"')
    if isinstance(value, float):
        raise ValueError(f'{value} is a binary fraction; write it in quotes, as "{value}"')  # noqa: TRY004 -- of the value
    if not _NUMBER.fullmatch(str(value)):
        raise ValueError(f'{value!r} is not a number like "2.5", with at most nine digits before and after the point')
    return Decimal(str(value))


def _times(text: str) -> tuple[dt.time, dt.time]:
    found = _QUIET.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a time of the day like 22:00-07:00")
    start, end = dt.time(int(found["h"]), int(found["m"])), dt.time(int(found["until_h"]), int(found["until_m"]))
    if start == end:
        raise ValueError(f"{text!r} begins when it ends")
    return start, end
