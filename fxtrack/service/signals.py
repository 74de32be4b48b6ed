"""Signals of the service are held and asked for, never handled: no code is interrupted half-way.

This has to be done before the first thread starts, since threads take over what is held from the one that starts them,
and some libraries start theirs when they are imported: a signal would find one that does not hold it. So this module
imports nothing of ours.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
SIGNALS = ENDING | {signal.SIGHUP}


@contextmanager
def held() -> Iterator[None]:
    """Keep the signals for whoever waits for them with `signal.sigtimedwait`."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
