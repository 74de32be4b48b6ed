"""The times before which servers want no request, kept in a file beside the store so that later runs respect them.

They are written at once: before a row of the store could be written, another process may hold the store, or the run may
be interrupted.
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
    """Return the times before which servers want no request, UTC, by `rate_limit.server_of`; past ones are left out.

    Raises:
        FxtrackError: the file cannot be read.
    """
    path = config.beside_writer(_KIND)
    try:
        known = msgspec.json.decode(path.read_bytes(), type=dict[str, dt.datetime])
    except (FileNotFoundError, msgspec.DecodeError):  # the next request for time writes it again
        return {}
    except OSError as error:
        raise FxtrackError(f"{path}: cannot be read: {error.strerror or error}") from error
    return {server: until for server, until in known.items() if until > now}


def keep_put_off(config: Config, servers: Mapping[str, dt.datetime], now: dt.datetime) -> None:
    """Add times to the file; times from other processes stay.

    Raises:
        FxtrackError: it cannot be written; its previous content is still there.
    """
    path = config.beside_writer(_KIND)
    with alone_in(path.parent):
        known = servers_put_off(config, now)
        kept = {server: max(until, known.get(server, until)) for server, until in servers.items()}
        write_whole(path, msgspec.json.encode(known | kept))


@contextmanager
def keeping(config: Config, paces: Paces, now: dt.datetime) -> Iterator[None]:
    """Keep the times that servers ask for within the context, however it ends.

    Raises:
        FxtrackError: the file cannot be written; its previous content is still there.
    """
    known = dict(paces.put_off)
    try:
        yield
    finally:
        if paces.put_off != known:
            keep_put_off(config, paces.put_off, now)


@contextmanager
def heeding(config: Config, interval: float, sleep: Sleep) -> Iterator[Paces]:
    """Yield paces that respect the kept times, and keep those that servers ask for within the context.

    Raises:
        FxtrackError: the file cannot be read or written.
    """
    now = dt.datetime.now(dt.UTC)
    paces = Paces(interval, sleep, put_off=servers_put_off(config, now))
    with keeping(config, paces, now):
        yield paces
