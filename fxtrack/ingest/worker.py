"""Reads one part of an ingest: files or a section of a WARC file in, intakes out.

It runs in the process of the ingest, or in several processes beside it (`pool`).
"""

import datetime as dt
from collections.abc import Iterator

from fxtrack.config.config import Config
from fxtrack.errors import PageError
from fxtrack.ingest.capture import capture_of
from fxtrack.ingest.part import Intake, Part
from fxtrack.limits import RECORDS_AT_ONCE, YOUNG_FILE_SECONDS
from fxtrack.model.capture import RefusedFile
from fxtrack.model.page import PageFile
from fxtrack.pages.contents import Found, SkippedRecord, SourcedPage, UnreadableRecord, UnsoundSection, pages_in
from fxtrack.pages.discover import file_now


def read_part(part: Part, config: Config, now: dt.datetime) -> Iterator[Intake]:
    """Read files in order and yield their intakes; a WARC file has several small ones.

    Args:
        part: the unit to read.
        config: the configuration in force.
        now: start of the run, UTC.
    """
    for file in part.files:
        intake = _empty()
        try:
            for found in pages_in(file, config, part.section, part.offsets):
                if isinstance(found, SkippedRecord):  # most records of a crawl
                    intake.skipped_records[found.reason] = intake.skipped_records.get(found.reason, 0) + 1
                    continue
                if len(intake.captures) + len(intake.damages) >= RECORDS_AT_ONCE:
                    yield intake._replace(ends=False)
                    intake = _empty()
                if isinstance(found, UnsoundSection):
                    yield intake._replace(unsound=True)
                    return
                _add(intake, found, config)
        except PageError as error:
            yield intake._replace(refused=str(error), size=file.size)
        else:
            yield intake._replace(
                is_stable=_is_stable(file, now), size=part.size if part.section else file.size, whole=not part.offsets
            )


def serve_part(run: tuple[Config, dt.datetime], part: Part) -> Iterator[list[Intake] | None]:
    """Yield the intakes of a part in lists, and None at its end; `run` has the configuration and the start."""
    waiting: list[Intake] = []
    for intake in read_part(part, *run):
        waiting.append(intake)
        if not intake.ends:
            yield waiting
            waiting = []
    yield waiting
    yield None


def _empty() -> Intake:
    return Intake([], [], {})


def _add(intake: Intake, found: Found, config: Config) -> None:
    if isinstance(found, SourcedPage):
        intake.captures.append(capture_of(found, config))
    elif isinstance(found, UnreadableRecord):
        intake.damages.append(RefusedFile(found.location, None, found.reason))


def _is_stable(file: PageFile, now: dt.datetime) -> bool:
    try:
        found = file_now(file)
    except PageError:
        return False
    same = (found.size, found.mtime_ns) == (file.size, file.mtime_ns)
    return same and now.timestamp() - file.mtime_ns / 1e9 > YOUNG_FILE_SECONDS
