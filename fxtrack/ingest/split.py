"""Splits the reading of many files into parts, and joins the intakes of the parts in the order of the files.

A long WARC file is read in sections, each from one record up to another. The start of a section is a guess: only
reading up to it shows whether a record begins there. So a section counts only if the previous one ended exactly there,
without damage; otherwise the rest of the file is read as a whole. The result always equals that of reading the file
from beginning to end.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from fxtrack.config.config import Config
from fxtrack.errors import PageError
from fxtrack.ingest.part import Intake, Part
from fxtrack.limits import PART_BYTES, PART_FILES, PART_NAMES, WARC_RECORDS
from fxtrack.model.page import PageFile
from fxtrack.pages.contents import Section, sections_of

_SECTION_RECORDS = 2_000_000  # larger than any section

Parts = Iterator[tuple[Part, Iterator[Intake]]]
"""Parts in order, each with its intakes."""


def parts_of(files: Iterable[PageFile], config: Config, section_bytes: int | None) -> Iterator[Part]:
    """Yield the parts of a list of files.

    Args:
        files: in order.
        config: the configuration in force.
        section_bytes: length of a section of a WARC file; None to read every file as a whole.
    """
    held: list[PageFile] = []
    size = names = 0
    for file in files:
        starts: list[int] = []
        if section_bytes and file.size >= 2 * section_bytes:
            with suppress(PageError):  # the reading of the file reports the error
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
    """Yield the intakes of each file, in order; a WARC file has several, the last with `ends`.

    Args:
        parts: in the order of `parts_of`.
        read_on: reads a WARC file from the start of an unsound section to its end.
    """
    left: PageFile | None = None  # the file whose further sections are discarded
    records = 0
    for part, intakes in parts:
        file, section = part.files[0], part.section
        if section is None:
            yield from by_file(part, intakes)
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
                records += len(intake.captures) + len(intake.damages) + sum(intake.skipped_records.values())
                yield file, intake._replace(ends=False)
            if section.stop is None:
                yield from ((file, intake) for intake in intakes)


def by_file(part: Part, intakes: Iterable[Intake]) -> Iterator[tuple[PageFile, Intake]]:
    """Yield the intakes of a part, each with its file."""
    files = iter(part.files)
    file = None
    for intake in intakes:
        file = file or next(files)
        yield file, intake
        if intake.ends:
            file = None
