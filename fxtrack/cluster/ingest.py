"""Ingest by way of parts: files that the store does not know are extracted by an engine, then loaded, as one run."""

from collections.abc import Callable, Sequence

from fxtrack.cluster.extract import RunTasks, extract_parts
from fxtrack.cluster.folder import folder_at
from fxtrack.cluster.load import add_marks, current_marks
from fxtrack.cluster.parts import read_marks
from fxtrack.cluster.unit import reading_settings
from fxtrack.config.config import Config
from fxtrack.ingest.ingest import AddTally, FileListing, IngestReport, forget_gone
from fxtrack.model.run import Finding, Progress, Run, RunOutcome, counted
from fxtrack.pages.discover import FilePath, absolute_path
from fxtrack.pipeline import PassReport, store_pages
from fxtrack.store.writer import Store


def ingest_by_parts(
    config: Config, run: Run, paths: Sequence[FilePath], engine: RunTasks,
    on_task: Callable[[Progress], None] = lambda _progress: None,
) -> PassReport:  # fmt: skip
    """Take pages into the store as `run_pass` does, read by an engine.

    Args:
        config: the configuration in force; its staging place is where parts are written.
        run: the job and its start.
        paths: files and folders.
        engine: runs the tasks.
        on_task: called with the progress after each task.

    Raises:
        PageError: one of `paths` does not exist.
        FxtrackError: the staging place cannot be used, or no node can do the work.
        StoreError: the store cannot be opened or written.
    """

    def add(store: Store, count: AddTally) -> IngestReport:
        report = IngestReport()
        listing = FileListing(config, [absolute_path(path) for path in paths])
        files = listing.unknown_to(store, report, count)
        done = extract_parts(
            config, listing, config.staging, run.started, engine=engine, files=files, on_task=on_task
        )  # fmt: skip
        folder = folder_at(config.staging)
        marks = current_marks(read_marks(folder, done.names), reading_settings(config))
        add_marks(store, folder, marks, run.started, report, count, lambda _progress: None)
        report.remark(f"{location}: lost: {reason}; the next run tries it again" for location, reason in done.lost)
        if done.lost:
            lost = f"{counted(len(done.lost), 'file')} not read: {done.lost[0][0]}: {done.lost[0][1]}"
            report.findings.append(Finding(RunOutcome.FAILED, lost))
            report.refused += len(done.lost)
        report.skipped_files = listing.skipped_files
        seen = {file.location for mark in marks if mark.failures for file in mark.files}
        forget_gone(store, config, seen)
        return report

    return store_pages(config, run, add)
