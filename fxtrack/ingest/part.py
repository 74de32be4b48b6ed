"""The values that go to a reading process and come back: parts of an ingest, and the intakes of their files.

A module of its own, because the process that stores needs none of the code that reads.
"""

from typing import NamedTuple

from fxtrack.model.capture import Capture, RefusedFile
from fxtrack.model.page import PageFile
from fxtrack.pages.contents import Section


class Part(NamedTuple):
    """The unit of reading: some files, one WARC file, a section of one, or the records at some offsets of one."""

    files: tuple[PageFile, ...]
    section: Section | None = None
    offsets: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of its section or files; of records at some offsets their number, since lists name no sure length."""
        if self.section:
            return (self.section.stop or self.files[0].size) - self.section.start
        return len(self.offsets) or sum(file.size for file in self.files)


class Intake(NamedTuple):
    """The result of reading a file, or of the next records of a WARC file.

    Attributes:
        captures: its pages, in order.
        damages: places in it that cannot be read.
        skipped_records: numbers of records that are no page of a source, by reason.
        refused: why the file could not be read.
        ends: whether this is the last intake of the file.
        is_stable: whether the file is unchanged since it was listed, and old enough to be identified by its time of
            change.
        size: bytes of the file that the intake covers.
        unsound: whether the section has to be discarded, and the WARC file read as a whole from its start.
        whole: whether all of the file was read, not only records at some offsets.
    """

    captures: list[Capture]
    damages: list[RefusedFile]
    skipped_records: dict[str, int]
    refused: str | None = None
    ends: bool = True
    is_stable: bool = False
    size: int = 0
    unsound: bool = False
    whole: bool = True
