"""HTTP headers: requests name their sender, and headers of responses are parsed. Pure."""

import datetime as dt
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

import httpx

from fxtrack import __version__
from fxtrack.config.settings import Fetch
from fxtrack.errors import ConfigError, FetchError
from fxtrack.limits import HTTP_HEADER_BYTES

PRODUCT = "fxtrack"
Headers = tuple[tuple[str, str], ...]
_LONGEST_WAIT = 10**9  # seconds: no date lies beyond the end of the calendar
_SEPARATORS_BYTES = 4  # of a header: ": " and the end of the line


def contact_of(settings: Fetch) -> str:
    """Return the address that servers may write to about the requests.

    Raises:
        ConfigError: none is configured.
    """
    if settings.contact is None:
        raise ConfigError(
            "fetch.contact is not set: requests name a contact for the server; set it to an e-mail "
            'address or a web page, [fetch] contact = "..."'
        )
    return settings.contact


def user_agent(contact: str) -> str:
    """Return the User-Agent of requests: product, version and contact."""
    return f"{PRODUCT}/{__version__} (+{contact})"


def check_size(headers: httpx.Headers) -> None:
    """Check that headers are no longer than ingest reads them.

    Raises:
        FetchError: they are longer than `HTTP_HEADER_BYTES`.
    """
    size = sum(len(name) + len(value) + _SEPARATORS_BYTES for name, value in headers.raw)
    if size > HTTP_HEADER_BYTES:
        raise FetchError(f"its headers have {size:,} bytes, over the limit of {HTTP_HEADER_BYTES:,}")


def header_text(headers: httpx.Headers) -> Headers:
    """Return headers as text, each byte as the character of that number."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def values_of(headers: Sequence[tuple[str, str]], name: str) -> list[str]:
    """Return the values of all headers of a name, in order."""
    return [value for found, value in headers if found.lower() == name.lower()]


def peer_of(response: httpx.Response) -> str | None:
    """Return the address of the server that was connected to, None if unknown."""
    stream = response.extensions.get("network_stream")
    address = stream.get_extra_info("server_addr") if stream else None
    return str(address[0]) if address else None


def announced_bytes(response: httpx.Response) -> int:
    """Return the length of the body that a response announces, 0 if it announces none."""
    length = response.headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else 0


def seconds_to_wait(value: str | None, now: dt.datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks to wait (RFC 9110, 10.2.3); None if it has no valid value."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:12]), _LONGEST_WAIT))
    then = http_date(value)
    return None if then is None else min(max(0.0, (then - now).total_seconds()), _LONGEST_WAIT)


def http_date(value: str) -> dt.datetime | None:
    """Return the time in a header, with its zone; None if it holds no time.

    Converted to another zone, it can lie beyond the end of the calendar.
    """
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return then.replace(tzinfo=dt.UTC) if then.tzinfo is None else then
