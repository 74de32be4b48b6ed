"""Reads a part of what an ingest wants read: files or a section of an archive in, what came of them out.

It runs in the process of the ingest, or in several processes beside it (`fxtrack.ingest.pool`).
"""

import datetime as dt
import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import NamedTuple

from fxtrack.config.config import Config
from fxtrack.errors import PageError
from fxtrack.ingest.capture import capture_of
from fxtrack.limits import CYCLES_AFTER, RECORDS_AT_ONCE, UNSETTLED_SECONDS
from fxtrack.model.capture import Capture, RefusedFile
from fxtrack.model.page import PageFile
from fxtrack.pages.contents import Found, Section, SourcedPage, UnreadableRecord, UnsoundSection, pages_in


class Part(NamedTuple):
    """What is read in one go: some files, or one archive, or a section of one."""

    files: tuple[PageFile, ...]
    section: Section | None = None


class Intake(NamedTuple):
    """What came of a file, or of the next records of an archive.

    Attributes:
        taken: its pages, in order.
        damages: places in it that cannot be read.
        no_captures: records that are no captures of pages, by why.
        refused: why the file could not be read.
        ends: whether it ends here.
        settled: whether it is as it was listed, and has been for long enough to be known by its time of change.
        size: bytes of the file that this accounts for.
        unsound: whether all of the section is to be forgotten: from its start, the archive has to be read as one.
    """

    taken: list[Capture]
    damages: list[RefusedFile]
    no_captures: dict[str, int]
    refused: str | None = None
    ends: bool = True
    settled: bool = False
    size: int = 0
    unsound: bool = False


def read_part(part: Part, config: Config, now: dt.datetime) -> Iterator[Intake]:
    """Read files in order, and yield what came of each: of an archive in several bits, so that they stay small.

    Args:
        part: what to read.
        config: says what to take, and how each source prints.
        now: the time of the run, UTC.
    """
    for file in part.files:
        intake = _empty()
        try:
            for found in pages_in(file, config, part.section):
                if len(intake.taken) + len(intake.damages) >= RECORDS_AT_ONCE:
                    yield intake._replace(ends=False)
                    intake = _empty()
                if isinstance(found, UnsoundSection):
                    yield intake._replace(unsound=True)
                    return
                _add(intake, found, config)
        except PageError as error:
            yield intake._replace(refused=str(error), size=file.size)
        else:
            yield intake._replace(settled=_is_settled(file, now), size=_size(file, part.section))


def serve(descriptor_in: int, descriptor_out: int) -> None:
    """Read parts as they come in, until nobody is there any more to send them.

    The first message has the configuration and the time of the run. Each part is answered by lists of intakes, and by
    None at its end.
    """
    parts, answers = Connection(descriptor_in, writable=False), Connection(descriptor_out, readable=False)
    gc.set_threshold(CYCLES_AFTER)
    with suppress(EOFError, BrokenPipeError):
        config, now = parts.recv()
        while True:
            waiting: list[Intake] = []
            for intake in read_part(parts.recv(), config, now):
                waiting.append(intake)
                if not intake.ends:
                    answers.send(waiting)
                    waiting = []
            answers.send(waiting)
            answers.send(None)


def _empty() -> Intake:
    return Intake([], [], {})


def _add(intake: Intake, found: Found, config: Config) -> None:
    if isinstance(found, SourcedPage):
        intake.taken.append(capture_of(found, config))
    elif isinstance(found, UnreadableRecord):
        intake.damages.append(RefusedFile(found.location, None, found.reason))
    elif not isinstance(found, UnsoundSection):
        intake.no_captures[found.reason] = intake.no_captures.get(found.reason, 0) + 1


def _size(file: PageFile, section: Section | None) -> int:
    return (section.stop or file.size) - section.start if section else file.size


def _is_settled(file: PageFile, now: dt.datetime) -> bool:
    try:
        found = os.stat(file.path)
    except OSError:
        return False
    same = (found.st_size, found.st_mtime_ns) == (file.size, file.mtime_ns)
    return same and now.timestamp() - file.mtime_ns / 1e9 > UNSETTLED_SECONDS
