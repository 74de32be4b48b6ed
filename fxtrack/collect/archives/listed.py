"""Captures as the index of a web archive lists them, whatever the dialect of its rows."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

STAMP = "%Y%m%d%H%M%S"
_STAMP_DIGITS = 14
_ALIASES = {"original": "url", "mimetype": "mime", "statuscode": "status"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A capture as an index lists it.

    Attributes:
        captured_utc: when it was captured, UTC, to the second.
        status: as listed, ``-`` for most revisits.
        digest: SHA-1 in base 32 of the archived record's payload, which can differ from that of the bytes received.
        filename, offset, length: the place of its record, for archives that hand out their files.
    """

    captured_utc: dt.datetime
    uri: str
    mime: str = "-"
    status: str = "-"
    digest: str = ""
    filename: str | None = None
    offset: int | None = None
    length: int | None = None

    @property
    def stamp(self) -> str:
        """The capture time as archives write it: 14 digits."""
        return self.captured_utc.strftime(STAMP)

    @property
    def is_revisit(self) -> bool:
        """Whether the archive kept a reference to an earlier capture in place of the same bytes."""
        return self.mime == "warc/revisit"


def listed_in(row: dict[str, Any]) -> Listed | None:
    """Return the capture of a row, None if it has no valid time or address."""
    values = {_ALIASES.get(name, name): str(value) for name, value in row.items() if value is not None}
    captured, uri = moment_of(values.get("timestamp", "")), values.get("url", "")
    if captured is None or not uri or not uri.isprintable():
        return None
    listed = Listed(captured, uri, values.get("mime", "-"), values.get("status", "-"), _digest(values))
    place = [values.get(name, "") for name in ("offset", "length")]
    if values.get("filename", "\n").isprintable() and all(number.isascii() and number.isdigit() for number in place):
        offset, length = (int(number[:18]) for number in place)
        return replace(listed, filename=values["filename"], offset=offset, length=length)
    return listed


def _digest(values: dict[str, str]) -> str:
    return values.get("digest", "").removeprefix("sha1:").upper()


def moment_of(text: str) -> dt.datetime | None:
    """Return the time of a timestamp as archives write it, 14 digits in UTC; None if it is invalid."""
    if len(text) != _STAMP_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    try:
        month, day, hour, minute, second = (int(text[place : place + 2]) for place in range(4, _STAMP_DIGITS, 2))
        return dt.datetime(int(text[:4]), month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None
