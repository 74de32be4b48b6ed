"""Every error a user can meet, as one tree.

    FxtrackError            exit 1   something failed
    ├── ConfigError         exit 2   config.toml: a key, a value, a file
    ├── UsageError          exit 2   an argument that cannot be meant
    ├── NothingFound        exit 3   the question was fine, there is no answer
    ├── AuditFailed         exit 4   reports that are unexplained or break the rule
    ├── Interrupted         exit 1   somebody pressed Ctrl-C, or the service stops
    ├── PageError           exit 1   one page that cannot be taken; in a batch it becomes a row, not a stop
    ├── FetchError          exit 1   a server did not give what was asked for; among several it becomes a value
    └── StoreError          exit 1   the database cannot be used or written
        ├── StoreTooNew     exit 1   written by a newer version of the tool
        └── StoreBusy       exit 5   another process holds it
            └── ServiceRunning  exit 5   the service does

A message is one line that names the thing, the reason and the way out.
"""

import datetime as dt


class FxtrackError(Exception):
    """Root of all errors that fxtrack raises on purpose."""

    exit_code = 1


class ConfigError(FxtrackError):
    """The configuration file cannot be used."""

    exit_code = 2


class UsageError(FxtrackError):
    """An argument that cannot be meant."""

    exit_code = 2


class NothingFound(FxtrackError):
    """There is nothing that answers the question."""

    exit_code = 3


class AuditFailed(FxtrackError):
    """The audit found reports that are unexplained or break the rule."""

    exit_code = 4


class Interrupted(FxtrackError):
    """Somebody pressed Ctrl-C, or the service is stopping."""

    def __init__(self) -> None:
        """Say what became of the work."""
        super().__init__("interrupted; what was committed is kept")


class PageError(FxtrackError):
    """One page cannot be taken."""


class FetchError(FxtrackError):
    """A server did not give what was asked for.

    Attributes:
        status: of its answer, None where there was none.
        not_before: when it asked not to be asked again before, UTC; None where it did not say.
        again: it may work another time.
    """

    def __init__(
        self, reason: str, status: int | None = None, not_before: dt.datetime | None = None, *, again: bool = False
    ) -> None:
        """Keep what the server said beside the reason."""
        super().__init__(reason)
        self.status = status
        self.not_before = not_before
        self.again = again


class StoreError(FxtrackError):
    """The database cannot be used or written."""


class StoreTooNew(StoreError):
    """The database was written by a newer version of the tool."""


class StoreBusy(StoreError):
    """Another process holds the database."""

    exit_code = 5


class ServiceRunning(StoreBusy):
    """The service, or a restore, is at work on the database."""
