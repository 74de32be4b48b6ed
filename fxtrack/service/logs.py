"""Writes the service's log to standard error as text or as one JSON object a line."""

import contextlib
import logging
import re
import sys
from collections.abc import Sequence
from typing import Literal

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from fxtrack.model.run import CURRENT_RUN, ENDED_WELL, Finding, RunOutcome

LogFormat = Literal["text", "json"]


def set_up(log_format: LogFormat) -> FilteringBoundLogger:
    """Send the lines of fxtrack and of its libraries to standard error; every line of JSON has a ``run_id``."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_run,
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=True)]
        if log_format == "json"
        else [_for_people, _console()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Quiet(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)  # for libraries; the logger of fxtrack has its own level
    logging.getLogger("fxtrack").setLevel(logging.INFO)
    log: FilteringBoundLogger = structlog.get_logger("fxtrack")
    return log


class _Quiet(logging.StreamHandler):  # type: ignore[type-arg]
    """A handler that a closed terminal cannot stop."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop the line."""

    def flush(self) -> None:
        """Flush, unless standard error is closed."""
        with contextlib.suppress(OSError, ValueError):
            super().flush()


def _add_run(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["run_id"] = CURRENT_RUN.get()
    return event


def _console() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, pad_level=False, exception_formatter=structlog.dev.plain_traceback
    )


def _for_people(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Remove values that the text of the line already contains."""
    text = str(event.get("event", ""))
    return {k: v for k, v in event.items() if v is not None and not (k in {"job", "outcome"} and str(v) in text)}


class LoggedFailures:
    """Remembers which failures were logged: each once per job, not with every run, until it changes or ends."""

    def __init__(self) -> None:
        """Start with nothing logged."""
        self._logged: dict[str, str] = {}
        self._notes: dict[str, frozenset[str]] = {}

    def judge(self, job: str, finding: Finding) -> Literal["failed", "failed again", "recovered"] | None:
        """Record the end of a run and return its kind for the log; None for an ordinary end.

        Failures that differ only in numbers are the same.
        """
        if finding.outcome == RunOutcome.STOPPED:
            return None
        before = self._logged.get(job)
        if finding.outcome in ENDED_WELL:
            return "recovered" if self._logged.pop(job, None) else None
        kind = f"{finding.outcome} {re.sub(r'[0-9][0-9,.]*', '#', finding.message or '')}"
        self._logged[job] = kind
        return "failed again" if before == kind else "failed"

    def new_notes(self, job: str, notes: Sequence[str]) -> list[str]:
        """Return the notes on single pages that the previous run of the job did not have."""
        before = self._notes.get(job, frozenset())
        self._notes[job] = frozenset(notes)
        return [note for note in notes if note not in before]
