"""Lines about what the service does, on standard error: for people, or one JSON object a line."""

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
    """Send our lines, and those of the libraries, to standard error; every line of JSON has a ``run_id``."""
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
    root.setLevel(logging.WARNING)  # of libraries; ours passes its own filter
    logging.getLogger("fxtrack").setLevel(logging.INFO)
    log: FilteringBoundLogger = structlog.get_logger("fxtrack")
    return log


class _Quiet(logging.StreamHandler):  # type: ignore[type-arg]
    """A handler that nobody's closed terminal can stop."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Do without the line."""

    def flush(self) -> None:
        """Flush, if there is still somebody to flush to."""
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
    """Leave out what the line says already."""
    told = str(event.get("event", ""))
    return {k: v for k, v in event.items() if v is not None and not (k in {"job", "outcome"} and str(v) in told)}


class Alarms:
    """Which failure of which job has been told already: once, not with every run, until it changes or is over."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self._told: dict[str, str] = {}
        self._notes: dict[str, frozenset[str]] = {}

    def judge(self, job: str, finding: Finding) -> Literal["failed", "failed again", "recovered"] | None:
        """Take in how a run ended, and return what there is to say of it; None of an ordinary end.

        Failures that differ in numbers only are the same.
        """
        if finding.outcome == RunOutcome.STOPPED:
            return None
        before = self._told.get(job)
        if finding.outcome in ENDED_WELL:
            return "recovered" if self._told.pop(job, None) else None
        kind = f"{finding.outcome} {re.sub(r'[0-9][0-9,.]*', '#', finding.message or '')}"
        self._told[job] = kind
        return "failed again" if before == kind else "failed"

    def unheard(self, job: str, notes: Sequence[str]) -> list[str]:
        """Return those notes on single pages that the job's run before did not have."""
        before = self._notes.get(job, frozenset())
        self._notes[job] = frozenset(notes)
        return [note for note in notes if note not in before]
