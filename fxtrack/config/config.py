"""The configuration in force as one frozen value."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fxtrack.config.settings import JOBS, JobSchedule, Settings, job_schedule
from fxtrack.config.source import Source
from fxtrack.config.urls import is_at, place_of
from fxtrack.model.location import is_in_bucket, location_of


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of `file` with defaults for the rest; paths are relative to its folder."""

    file: Path
    settings: Settings

    @property
    def root(self) -> Path:
        """The folder that relative paths start from."""
        return self.file.parent

    @property
    def pages(self) -> Path:
        """The folder of captured pages."""
        return self.root / self.settings.paths.pages

    @property
    def link_folders(self) -> tuple[Path, ...] | None:
        """The folders that links among the pages may lead into; None for anywhere."""
        return None if self.settings.ingest.follow_links else (self.pages,)

    @property
    def live(self) -> Path:
        """The folder of pages from `fetch`, one folder per source."""
        return self.pages / "live"

    @property
    def archived(self) -> Path:
        """The folder of pages from `backfill`, one folder per source."""
        return self.pages / "archive"

    @property
    def database(self) -> Path:
        """The published database, which other programs open for reading."""
        return self.root / self.settings.paths.database

    @property
    def writer(self) -> Path:
        """The writer's database, which only fxtrack opens."""
        return self.root / self.settings.paths.writer

    @property
    def charts(self) -> Path:
        """The folder of rendered charts."""
        return self.root / self.settings.paths.charts

    @property
    def charts_page(self) -> Path:
        """The folder of the files of the page of charts, which only the drawing of that page writes."""
        return self.charts / "page"

    @property
    def backups(self) -> Path:
        """The folder of backups."""
        return self.root / self.settings.backup.folder

    @property
    def staging(self) -> str:
        """The folder of parts that `ingest` extracts to."""
        name = self.settings.cluster.staging
        return name if is_in_bucket(name) else os.fspath(self.root / name)

    @property
    def metrics_file(self) -> Path | None:
        """The textfile of metrics, None if none is configured."""
        name = self.settings.service.metrics_file
        return self.root / name if name else None

    @property
    def notify_file(self) -> Path | None:
        """The file that messages are appended to, None if none is configured."""
        name = self.settings.notify.file
        return self.root / name if name else None

    @property
    def urls_file(self) -> Path | None:
        """The file with the secret URLs of receivers, None if none is configured."""
        name = self.settings.notify.urls_file
        return self.root / name if name else None

    def beside_writer(self, kind: str) -> Path:
        """Return the path of a file of fxtrack beside the writer's database, whose links are followed."""
        writer = self.writer.resolve()
        return writer.with_name(f"{writer.stem}.{kind}")

    @property
    def schedules(self) -> dict[str, JobSchedule]:
        """The schedule of each job; jobs due at the same time run in this order."""
        section = self.settings.schedule
        jobs = {name: getattr(section, name) for name in JOBS}
        if not any(source.url for source in self.settings.sources):
            jobs["fetch"] = None
        return {name: job_schedule(job, section.time_zone) for name, job in jobs.items() if job}

    @property
    def time_zones(self) -> dict[str, str]:
        """The time zone of each source, in which the capture time of a page without a date gives one."""
        return {source.name: source.time_zone for source in self.settings.sources}

    @property
    def preferences(self) -> tuple[str, ...]:
        """The preferred pairs as ``SOURCE PAIR``, or ``* PAIR`` for every source; see the macro `is_turned`."""
        own = (f"{source.name} {pair}" for source in self.settings.sources for pair in source.prefer)
        return (*own, *(f"* {pair}" for pair in self.settings.output.prefer))

    @property
    def has_default_source(self) -> bool:
        """True if the file names no source: the default source takes every page."""
        return self.settings.sources == Settings().sources

    def source_of(self, location: str, uri: str | None = None) -> Source | None:
        """Return the source that a page was fetched for, or the first that matches its location and URI, or None."""
        return self.sources_at(location)(uri)

    def sources_at(self, location: str) -> Callable[[str | None], Source | None]:
        """Return a function that gives the source of a page at a location by its URI, as `source_of` does."""
        if fetched_for := self._fetched_for(location):
            return lambda _uri: fetched_for
        here = [source for source in self.settings.sources if source.has_at(location)]

        def source_by(uri: str | None) -> Source | None:
            place = place_of(uri) if uri else None
            for source in here:
                if place is None or not source.urls or is_at(place, source.urls):
                    return source
            return None

        return source_by

    def sharing(self, source: Source) -> tuple[Source, ...]:
        """Return the sources that read another series from the pages of a source."""
        return tuple(other for other in self.settings.sources if other.pages_of == source.name)

    def takes(self, location: str) -> bool:
        """Return whether any source may have a page at a location, with some URI."""
        return self._fetched_for(location) is not None or any(
            source.has_at(location) for source in self.settings.sources
        )

    def place_of_folder(self, folder: Path) -> str:
        """Return the location that those of all pages in a folder begin with."""
        return location_of(os.fspath(folder), self.root)

    def _fetched_for(self, location: str) -> Source | None:
        """Return the source whose folder under `live` or `archived` holds a location."""
        if "live/" not in location and "archive/" not in location:
            return None
        for folder in (self.live, self.archived):
            inside = self.place_of_folder(folder) + "/"
            if location.startswith(inside):
                name = location.removeprefix(inside).partition("/")[0]
                return next((source for source in self.settings.sources if source.name == name), None)
        return None
