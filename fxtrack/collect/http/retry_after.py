"""Servers that asked to be left alone for a while: kept beside the store, at once, so that no later run forgets it.

The store may be held, or the run be interrupted, before what a server said can be entered there.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from fxtrack.collect.http.rate_limit import Paces, Sleep
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError
from fxtrack.files import alone_in, write_whole

_KIND = "put-off.json"


def servers_put_off(config: Config, now: dt.datetime) -> dict[str, dt.datetime]:
    """Return until when servers asked to be left alone, UTC, by `rate_limit.server_of`; none whose time is over.

    Raises:
        FxtrackError: the file cannot be read.
    """
    path = config.beside_writer(_KIND)
    try:
        known = msgspec.json.decode(path.read_bytes(), type=dict[str, dt.datetime])
    except (FileNotFoundError, msgspec.DecodeError):  # the next server that asks writes it anew
        return {}
    except OSError as error:
        raise FxtrackError(f"{path}: cannot be read: {error.strerror or error}") from error
    return {server: until for server, until in known.items() if until > now}


def keep_put_off(config: Config, servers: Mapping[str, dt.datetime], now: dt.datetime) -> None:
    """Keep until when servers asked to be left alone, beside what other processes keep.

    Raises:
        FxtrackError: it cannot be written; what was kept is still there.
    """
    path = config.beside_writer(_KIND)
    with alone_in(path.parent):
        known = servers_put_off(config, now)
        kept = {server: max(until, known.get(server, until)) for server, until in servers.items()}
        write_whole(path, msgspec.json.encode(known | kept))


@contextmanager
def keeping(config: Config, paces: Paces, now: dt.datetime) -> Iterator[None]:
    """Keep what servers say within, of when to come again, however that ends.

    Raises:
        FxtrackError: it cannot be written; what was kept is still there.
    """
    known = dict(paces.put_off)
    try:
        yield
    finally:
        if paces.put_off != known:
            keep_put_off(config, paces.put_off, now)


@contextmanager
def heeding(config: Config, interval: float, sleep: Sleep) -> Iterator[Paces]:
    """Ask servers at a pace, none before it wants to be asked again, and keep what they say of that.

    Raises:
        FxtrackError: what is kept cannot be read or written.
    """
    now = dt.datetime.now(dt.UTC)
    paces = Paces(interval, sleep, put_off=servers_put_off(config, now))
    with keeping(config, paces, now):
        yield paces
