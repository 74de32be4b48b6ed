"""Word to systemd: ready, alive, reloading, stopping (`sd_notify(3)`): a datagram to the socket that it names.

The libraries for it are no better kept than these lines: sdnotify had its last release in 2017, and cysystemd is
compiled against libsystemd, which is not there where there is no systemd.
"""

import os
import socket
import time


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
