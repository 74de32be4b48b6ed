"""One task: reads the files of a unit and writes their rows as parts, in any process and on any node."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fxtrack import __version__
from fxtrack.cluster.folder import folder_at
from fxtrack.cluster.parts import Mark, MarkedFile, write_batch, write_mark
from fxtrack.cluster.unit import Unit
from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError, NodeFault, PageError, reason_of_bug
from fxtrack.ingest.ingest import IngestReport, batches
from fxtrack.ingest.split import by_file
from fxtrack.ingest.worker import read_part
from fxtrack.model.capture import Batch
from fxtrack.model.location import is_in_bucket
from fxtrack.pages.discover import file_now
from fxtrack.store.batch import batch_tables


@dataclass(frozen=True, slots=True)
class Plan:
    """The values that all tasks of one extraction share.

    Attributes:
        config: the configuration in force.
        settings: its digest, `reading_settings`.
        target: the folder of parts, an absolute path.
        token: a file that lies in the target meanwhile.
        started: start of the extraction by the clock of the driver, UTC.
        elsewhere: whether tasks may run on other machines, which may see other files.
    """

    config: Config
    settings: str
    target: str
    token: str
    started: dt.datetime
    elsewhere: bool = False


class EndedTask(NamedTuple):
    """A unit with its mark, or with the reason why it was lost."""

    unit: Unit
    mark: Mark | None
    reason: str | None = None


def extract_unit(unit: Unit, plan: Plan) -> Mark:
    """Read the files of a unit and write their rows as parts, then their mark.

    Raises:
        NodeFault: this node sees other files than the driver, or another target.
        FxtrackError: the target cannot be written.
    """
    check_target(plan.target, plan.token)
    if plan.elsewhere:
        check_files(unit)
    folder = folder_at(plan.target)
    report = IngestReport()
    tables: dict[str, list[int]] = {}
    captures = 0
    for number, batch in enumerate(_batches(unit, plan, report)):
        report.note(batch)
        captures += len(batch.captures)
        for kind, count in write_batch(folder, unit.name, number, batch_tables(batch, plan.started)).items():
            tables.setdefault(kind, []).append(count)
    listed = [MarkedFile(file.location, file.size, file.mtime_ns) for file in unit.files]
    unlisted = [MarkedFile(refused.location, None, None) for refused in unit.unlisted]
    mark = Mark(
        unit.name, __version__, plan.settings, unit.ordinal, plan.started, (*listed, *unlisted), tables, captures,
        report.refused, dict(report.skipped_records), tuple(report.remarks), report.unsaid, len(unit.part.offsets),
    )  # fmt: skip
    write_mark(folder, mark)
    return mark


def fault_of(error: Exception) -> NodeFault | None:
    """Return the fault of the node that an error of a task stands for; None where it concerns the unit alone."""
    if isinstance(error, ImportError):
        return NodeFault(f"a library cannot be loaded: {error}; install fxtrack again")
    return error if isinstance(error, NodeFault) else None


def reason_of_failure(error: Exception) -> str:
    """Return the reason why a task lost its unit."""
    return str(error) if isinstance(error, FxtrackError) else reason_of_bug(error)


def check_files(unit: Unit) -> None:
    """Check that this node sees the files of a unit as they were listed.

    A file that only this node does not see is no property of the file, so it must not become a row.

    Raises:
        NodeFault: a file is missing here, or has another size or time of change.
    """
    for file in unit.files:
        try:
            found = file_now(file)
            if not is_in_bucket(file.path):
                open(file.path, "rb").close()
        except PageError as error:
            raise NodeFault(f"{file.location}: not seen as it was listed: {error}") from error
        except OSError as error:
            raise NodeFault(f"{file.location}: not seen as it was listed: {error.strerror or error}") from error
        if (found.size, found.mtime_ns) != (file.size, file.mtime_ns):
            raise NodeFault(f"{file.location}: not seen as it was listed: another size or time of change")


@lru_cache(maxsize=8)
def check_target(target: str, token: str) -> None:
    """Check that this process sees the target that the driver sees.

    Raises:
        NodeFault: the token is not there.
    """
    if not folder_at(target).has(token):
        raise NodeFault(f"{target}: not the folder of parts that the driver sees; name one that every node shares")


def _batches(unit: Unit, plan: Plan, report: IngestReport) -> Iterator[Batch]:
    intakes = by_file(unit.part, read_part(unit.part, plan.config, plan.started))
    yield from batches(intakes, plan.config.settings.ingest.batch_pages, report)
    if unit.unlisted:
        yield Batch(refused=list(unit.unlisted))
