"""fxtrack.service.process."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager


def notify(*assignments: str) -> bool:
    """Send assignments such as ``READY=1``; False if nobody asked for them or they could not be sent.

    Whoever listens may be gone, which is no reason to fail.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):  # an abstract name
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            sender.sendto("\n".join(assignments).encode(), address)
    except OSError:
        return False
    return True


def reloading() -> bool:
    """Say that the configuration is being read again; ``READY=1`` ends it."""
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def watchdog_seconds() -> float | None:
    """Return how often systemd wants to hear that we live, None if it does not."""
    micros, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not micros.isdecimal() or not int(micros) or (process and process != str(os.getpid())):
        return None
    return int(micros) / 1e6


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
