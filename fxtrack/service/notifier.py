"""Starts `fxtrack alerts --send` when a message is due, or when time alone has changed an alert.

A separate process sends: a receiver that hangs delays no job, and its libraries never enter the service. The process
writes to the store as any other command does, between two jobs.
"""

import datetime as dt
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from structlog.typing import FilteringBoundLogger

from fxtrack.alerts.delivery.send import next_attempt
from fxtrack.alerts.evaluate import changes_with_time
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError
from fxtrack.limits import NOTIFY_ROUND_SECONDS
from fxtrack.runs.facts import Facts
from fxtrack.service.status.health import HealthReport

_LOOK_SECONDS = 2.0
_FAILED_SECONDS = 60.0
_REPEATED_SECONDS = 600.0
_MOST_SECONDS = 2 * NOTIFY_ROUND_SECONDS


@dataclass(frozen=True, slots=True)
class _Sending:
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    since: float


class Notifier:
    """Looks for due messages and starts a process that sends them, one at a time."""

    def __init__(
        self, config: Callable[[], Config], log: FilteringBoundLogger, view: Callable[[], tuple[Facts, HealthReport]]
    ) -> None:
        """Prepare; `config` returns the configuration in force, `view` the present facts and health."""
        self._config, self._log, self._view = config, log, view
        self._sending: _Sending | None = None
        self._next_look = 0.0
        self._changed: Collection[str] = ()
        self._last_line = ""

    def look(self) -> None:
        """Start a process if there is something to do, and log the lines of the one that has ended."""
        now = time.monotonic()
        if self._sending:
            self._watch(self._sending, now)
            return
        config = self._config()
        if now < self._next_look or not config.settings.alerts or not config.writer.exists():
            return
        self._next_look = now + _LOOK_SECONDS
        with suppress(FxtrackError):  # the status file is being replaced or damaged; a later look reads it
            if self._is_due(config, now):
                self._start(config)

    def stop(self) -> None:
        """End the process: a message that it has not recorded as sent is sent again."""
        if self._sending:
            self._sending.process.kill()
            self._sending.process.wait()
            self._sending.said.close()
            self._sending = None

    def _is_due(self, config: Config, now: float) -> bool:
        utc = dt.datetime.now(dt.UTC)
        facts, report = self._view()
        changed = changes_with_time(config, facts, report.grave, utc)
        if changed and changed == self._changed:  # the store does not agree: no hurry
            self._next_look = now + _REPEATED_SECONDS
        self._changed = changed
        at = next_attempt(config, facts, utc)
        return bool(changed) or (at is not None and at <= utc)

    def _start(self, config: Config) -> None:
        said = tempfile.TemporaryFile()  # a pipe would have to be read  # noqa: SIM115
        try:
            process = subprocess.Popen(  # noqa: S603 -- this very program
                [sys.executable, "-P", "-m", "fxtrack", "--config", str(config.file), "alerts", "--send"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            said.close()
            self._next_look = time.monotonic() + _FAILED_SECONDS
            self._report(f"messages about alerts cannot be sent: {error.strerror}")
            return
        self._sending = _Sending(process, said, time.monotonic())

    def _watch(self, sending: _Sending, now: float) -> None:
        code = sending.process.poll()
        if code is None:
            if now - sending.since > _MOST_SECONDS:
                sending.process.kill()
            return
        self._sending = None
        sending.said.seek(0)
        lines = sending.said.read().decode("utf-8", "replace").splitlines()
        sending.said.close()
        for line in lines:
            self._report(line.removeprefix("fxtrack: "))
        if code:
            self._next_look = now + _FAILED_SECONDS
        else:
            self._last_line = ""

    def _report(self, line: str) -> None:
        """Log a line, unless the last one was the same."""
        if line != self._last_line:
            self._log.warning(line)
        self._last_line = line
