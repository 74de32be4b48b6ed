"""The reading of many files in parts: how it is parted, and how what came of the parts is put together again. Pure.

A long archive is read in sections, each from one record up to another. That is a guess: whether a record really begins
where it looks so is only known once reading has come there. So a section counts only if the one before it came to an
end exactly where it begins, with nothing amiss on the way; otherwise the archive is read on from there in one. What
comes of it is therefore always what reading it from beginning to end would give.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from fxtrack.config.config import Config
from fxtrack.errors import PageError
from fxtrack.ingest.worker import Intake, Part
from fxtrack.limits import PART_BYTES, PART_FILES, PART_NAMES, WARC_RECORDS
from fxtrack.model.page import PageFile
from fxtrack.pages.contents import Section, sections_of

_SECTION_RECORDS = 2_000_000  # more than any section can have

Parts = Iterator[tuple[Part, Iterator[Intake]]]
"""Parts in order, each with what came of it."""


def parts_of(files: Iterable[PageFile], config: Config, section_bytes: int | None) -> Iterator[Part]:
    """Part the reading of files.

    Args:
        files: in order.
        config: says what is taken.
        section_bytes: how long a section of an archive is; None to read every file as a whole.
    """
    held: list[PageFile] = []
    size = names = 0
    for file in files:
        starts: list[int] = []
        if section_bytes and file.size >= 2 * section_bytes:
            with suppress(PageError):  # reading it says why
                starts = sections_of(file, config, section_bytes)
        size, names = size + file.size, names + len(file.path)
        if held and (starts or size > PART_BYTES or names > PART_NAMES or len(held) >= PART_FILES):
            yield Part(tuple(held))
            held, size, names = [], file.size, len(file.path)
        if not starts:
            held.append(file)
            continue
        for start, stop in zip(starts, [*starts[1:], None], strict=True):
            yield Part((file,), Section(start, stop))
    if held:
        yield Part(tuple(held))


def put_together(parts: Parts, read_on: Callable[[Part], Iterator[Intake]]) -> Iterator[tuple[PageFile, Intake]]:
    """Yield what came of each file, in order; of an archive in bits, the last of which ends it.

    Args:
        parts: in the order of `parts_of`.
        read_on: reads an archive from a section on that cannot be trusted.
    """
    left: PageFile | None = None  # the archive whose further sections are of no use
    records = 0
    for part, intakes in parts:
        file, section = part.files[0], part.section
        if section is None:
            yield from _files(part, intakes)
        elif file is not left:
            records = 0 if section.start == 0 else records
            came = list(intakes) if section.stop is not None else []
            unsure = any(intake.unsound or intake.refused is not None for intake in came)
            if unsure or records > WARC_RECORDS - _SECTION_RECORDS:
                left = file
                rest = Part((file,), Section(section.start, None, records))
                yield from ((file, intake) for intake in read_on(rest))
                continue
            for intake in came:
                records += len(intake.taken) + len(intake.damages) + sum(intake.no_captures.values())
                yield file, intake._replace(ends=False)
            if section.stop is None:
                yield from ((file, intake) for intake in intakes)


def _files(part: Part, intakes: Iterator[Intake]) -> Iterator[tuple[PageFile, Intake]]:
    files = iter(part.files)
    file = None
    for intake in intakes:
        file = file or next(files)
        yield file, intake
        if intake.ends:
            file = None
