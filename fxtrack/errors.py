"""Every error a user can meet, as one tree.

    FxtrackError            exit 1   something failed
    ├── ConfigError         exit 2   config.toml: a key, a value, a file
    ├── UsageError          exit 2   an invalid argument
    ├── NothingFound        exit 3   a valid question without an answer
    ├── AuditFailed         exit 4   reports that are unexplained or break the rule
    ├── Interrupted         exit 1   Ctrl-C, or the service stops
    ├── PageError           exit 1   one page cannot be read; in a batch it becomes a row, not a stop
    ├── FetchError          exit 1   a request failed; among several it becomes a value
    ├── NodeFault           exit 1   a node of a cluster cannot do what others can
    └── StoreError          exit 1   the database cannot be used or written
        ├── StoreTooNew     exit 1   a newer version of the tool wrote it
        └── StoreBusy       exit 5   another process holds it
            └── ServiceRunning  exit 5   the service holds it

A message is one line with the thing, the reason and the way out.
"""

import datetime as dt
import os
from collections.abc import Iterable

MORE_MEMORY = "give the process more (see `ulimit -v`)"
_NO_REASON = ("without exception set", "without setting an exception", "without setting an error")
"""The words of Python where a call failed, mostly because memory ran out, and gave no reason."""


class FxtrackError(Exception):
    """Root of all errors that fxtrack raises on purpose.

    Attributes:
        excerpt: lines of the input that the message speaks of, with a mark below the place; usually none.
    """

    exit_code = 1
    excerpt = ""


class ConfigError(FxtrackError):
    """The configuration file cannot be used."""

    exit_code = 2


class UsageError(FxtrackError):
    """An argument is invalid."""

    exit_code = 2

    def __init__(self, message: str, excerpt: str = "") -> None:
        """Make an error whose message is followed by the lines of `excerpt`."""
        super().__init__(message)
        self.excerpt = excerpt


class NothingFound(FxtrackError):
    """The query has no answer."""

    exit_code = 3


class AuditFailed(FxtrackError):
    """The audit found reports that are unexplained or break the rule."""

    exit_code = 4


class Interrupted(FxtrackError):
    """The user pressed Ctrl-C, or the service is stopping."""

    def __init__(self) -> None:
        """Make the one message of this error."""
        super().__init__("interrupted; committed work is kept")


class PageError(FxtrackError):
    """One page cannot be read."""


class FetchError(FxtrackError):
    """A request failed.

    Attributes:
        status: HTTP status of the answer, None without an answer.
        not_before: time (UTC) before which the server wants no further request, None if it names none.
        again: a later attempt may succeed.
    """

    def __init__(
        self, reason: str, status: int | None = None, not_before: dt.datetime | None = None, *, again: bool = False
    ) -> None:
        """Keep status and time of the server's answer with the reason."""
        super().__init__(reason)
        self.status = status
        self.not_before = not_before
        self.again = again


class NodeFault(FxtrackError):
    """A node of a cluster, or this process, sees other files than the driver, or runs another version."""


class StoreError(FxtrackError):
    """The database cannot be used or written."""


class StoreTooNew(StoreError):
    """A newer version of the tool wrote the database."""


class StoreBusy(StoreError):
    """Another process holds the database."""

    exit_code = 5


class ServiceRunning(StoreBusy):
    """The service, or a restore, holds the database."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a clause of a message that names the choice nearest to a word; an empty text if none is near.

    Capitals do not count. The ratio of equal characters is at least 0.6 (`difflib.get_close_matches`).
    """
    from difflib import get_close_matches

    by_name = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(word.casefold(), by_name, n=1)
    return f"; did you mean {by_name[near[0]]}?" if near else ""


def reason_of_bug(error: BaseException) -> str:
    """Return a line for an error that nothing expects."""
    return f"unexpected {type(error).__name__}: {error} (a bug)"


def reason_of_system(error: BaseException) -> str | None:
    """Return a line for an error of the system (memory, threads, libraries, files), None for any other error."""
    if isinstance(error, MemoryError):
        return f"out of memory; {MORE_MEMORY}"
    if isinstance(error, SystemError) and any(words in str(error) for words in _NO_REASON):
        return f"a call failed without a reason, as calls do where memory runs out; {MORE_MEMORY}"
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return f"a thread cannot be started; {MORE_MEMORY}, or allow more processes (see `ulimit -u`)"
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] != "fxtrack":
        missing = isinstance(error, ModuleNotFoundError)
        what, more = ("is missing", "") if missing else ("cannot be loaded", f"{MORE_MEMORY} or ")
        return f"a library {what}: {error}; {more}install fxtrack again"
    if isinstance(error, OSError):
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        return f"{where}{error.strerror or error}; run it again once that is mended"
    return None


INTERRUPTS: list[int] = []
"""Interrupting signals so far: DuckDB turns Ctrl-C into an error of the current statement."""
