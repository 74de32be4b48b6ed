"""How far an ingest has come, as a value: those who read pages say it, those who have a terminal show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come.

    Bytes tell how far: how many pages an archive holds is not known before it is read.

    Attributes:
        done_bytes: size of what has been read, or was known, as it lies on disk.
        total_bytes: size of everything, as far as it has been listed.
        pages: pages read so far; those that were known before they were read are not among them.
        new: those of them that the store did not have.
    """

    done_bytes: int
    total_bytes: int
    pages: int
    new: int
