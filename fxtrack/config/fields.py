"""Types of values in config.toml, and checks whose errors name the key."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta

from fxtrack import limits
from fxtrack.deltas.pairs import swapped

T = TypeVar("T")

Count = Annotated[int, Meta(ge=1)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
Pair = Annotated[str, Meta(pattern=r"^[A-Z]{3}/[A-Z]{3}\Z")]
FileName = Annotated[str, Meta(min_length=1, pattern=r"^[^\x00]*\Z")]
Label = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*\Z")
]
Pattern = Annotated[str, Meta(min_length=1, max_length=limits.PATTERN_CHARS)]

NO_CURRENCY = "XXX"
"""ISO 4217's code for no currency: the placeholder in a suggested entry for a currency that the user has to name."""

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]*\Z", max_length=64)]
PerMinute = Annotated[float, Meta(gt=0, le=6_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]

_FOUR_NUMBERS = re.compile(r"\d+(\.\d+){3}")


@contextmanager
def about(key: str) -> Iterator[None]:
    """Prefix the message of a ValueError with a key."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def checked(key: str, read: Callable[[str], T], value: str) -> T:
    """Return the parsed value of a key.

    Raises:
        ValueError: `read` refuses the value; the message starts with the key.
    """
    with about(key):
        return read(value)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by name.

    Raises:
        ValueError: no time zone has this name.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise ValueError(f"{name!r} is not a time zone like Asia/Bishkek") from None


def check_preferred(pairs: Sequence[str]) -> None:
    """Check that no pair is preferred either way.

    Raises:
        ValueError: a pair is preferred in both directions.
    """
    for pair in pairs:
        if (other := swapped(pair)) in pairs:
            raise ValueError(f"prefer: {pair} and {other} are one pair: keep the direction that people should see")


def check_url(key: str, url: str) -> None:
    """Check that a value is a complete http or https URL.

    Raises:
        ValueError: it is no such URL; the message starts with the key.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    printed = re.fullmatch(r"[!-~]+", url)
    if not known or "@" in parts.netloc or parts.fragment or not printed or not _is_host(parts.hostname or ""):
        raise ValueError(f"{key}: {url!r} is not an address like https://example.org/page")


def _is_host(host: str) -> bool:
    """Return whether a host name is possible: an address of numbers, or a name in Punycode, may be invalid."""
    try:
        if ":" in host or _FOUR_NUMBERS.fullmatch(host):
            ipaddress.ip_address(host)
        if host.startswith("xn--"):
            import idna  # its tables are slow to load, and rarely needed

            idna.decode(host)
    except ValueError:
        return False
    return True
