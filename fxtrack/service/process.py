"""Receives signals without interrupting running code, and notifies systemd."""

import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
SIGNALS = ENDING | {signal.SIGHUP}


class HeldSignals:
    """The signals of `SIGNALS`, delivered only while `wait` waits for them."""

    def __init__(self, pipe: int) -> None:
        """Read signal numbers from `pipe`, one byte each."""
        self._pipe = pipe
        self._received: deque[signal.Signals] = deque()

    def wait(self, seconds: float) -> signal.Signals | None:
        """Return the next signal, or None if none arrives within `seconds`.

        The interpreter's own handler writes the number of a signal to the pipe. `signal.sigtimedwait` would do without
        the pipe, but in CPython 3.11 it returns garbage after the process was stopped and continued.
        """
        if not self._received:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # pending ones reach the pipe before `select` looks
            try:
                readable, _, _ = select.select([self._pipe], [], [], seconds)
            finally:
                signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
            if readable:
                numbers = os.read(self._pipe, 512)
                self._received.extend(signal.Signals(number) for number in numbers if number in SIGNALS)
        return self._received.popleft() if self._received else None


@contextmanager
def held_signals() -> Iterator[HeldSignals]:
    """Block the signals of `SIGNALS` in this thread and in all that it starts, until `HeldSignals.wait` takes them."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    try:
        yield HeldSignals(reading)
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(reading)
        os.close(writing)


def notify(*assignments: str) -> bool:
    """Send assignments such as ``READY=1`` to systemd.

    Returns:
        False if systemd did not start this process, or its socket cannot be reached, which is no error.
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


def notify_reloading() -> bool:
    """Notify systemd that the configuration is being reloaded; ``READY=1`` ends the reload."""
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def watchdog_seconds() -> float | None:
    """Return within how many seconds systemd expects each ``WATCHDOG=1``, None if it expects none."""
    micros, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not micros.isdecimal() or not int(micros) or (process and process != str(os.getpid())):
        return None
    return int(micros) / 1e6
