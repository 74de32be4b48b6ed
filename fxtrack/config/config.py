"""config.toml in, a checked and frozen configuration out. Paths in it are relative to the file."""

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fxtrack.config.conflicts import misplaced
from fxtrack.config.servicesettings import JOBS, JobSchedule, job_schedule
from fxtrack.config.settings import Settings
from fxtrack.config.source import Source
from fxtrack.config.urls import is_at, place_of
from fxtrack.errors import ConfigError
from fxtrack.model.location import location_of


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration in force: what `file` says, with defaults for what it leaves out."""

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
    def live(self) -> Path:
        """The folder of pages that `fetch` brought, one folder a source."""
        return self.pages / "live"

    @property
    def archived(self) -> Path:
        """The folder of pages that `backfill` brought, one folder a source."""
        return self.pages / "archive"

    @property
    def database(self) -> Path:
        """The published database, which anybody may open for reading."""
        return self.root / self.settings.paths.database

    @property
    def writer(self) -> Path:
        """The database that fxtrack alone opens."""
        return self.root / self.settings.paths.writer

    @property
    def charts(self) -> Path:
        """The folder of rendered charts."""
        return self.root / self.settings.paths.charts

    @property
    def backups(self) -> Path:
        """The folder of backups."""
        return self.root / self.settings.backup.folder

    @property
    def metrics_file(self) -> Path | None:
        """The textfile of metrics, if one is wanted."""
        name = self.settings.service.metrics_file
        return self.root / name if name else None

    def beside_writer(self, kind: str) -> Path:
        """Return a file of the service's own, beside the writer's database as it is really called."""
        writer = self.writer.resolve()
        return writer.with_name(f"{writer.stem}.{kind}")

    @property
    def schedules(self) -> dict[str, JobSchedule]:
        """What is due when, in the order in which jobs that are due together run."""
        section = self.settings.schedule
        jobs = {name: getattr(section, name) for name in JOBS}
        if not any(source.url for source in self.settings.sources):
            jobs["fetch"] = None
        return {name: job_schedule(job, section.time_zone) for name, job in jobs.items() if job}

    @property
    def has_default_source(self) -> bool:
        """True if the file names no source, so that the default one takes every page."""
        return self.settings.sources == Settings().sources

    def source_of(self, location: str, uri: str | None = None) -> Source | None:
        """Return the source that a page was fetched for, or the first whose patterns match its location and address."""
        if fetched_for := self._fetched_for(location):
            return fetched_for
        place = place_of(uri) if uri else None
        for source in self.settings.sources:
            if source.has_at(location) and (place is None or not source.urls or is_at(place, source.urls)):
                return source
        return None

    def takes(self, location: str) -> bool:
        """Tell whether any source may have pages at a location, whatever their addresses."""
        return self._fetched_for(location) is not None or any(
            source.has_at(location) for source in self.settings.sources
        )

    def _fetched_for(self, location: str) -> Source | None:
        """Return the source whose folder under `live` or `archived` holds a location."""
        if "live/" not in location and "archive/" not in location:
            return None
        for folder in (self.live, self.archived):
            inside = location_of(os.fspath(folder), self.root) + "/"
            if location.startswith(inside):
                name = location.removeprefix(inside).partition("/")[0]
                return next((source for source in self.settings.sources if source.name == name), None)
        return None


def load_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: the file is missing, is not TOML, or has a key or value that is not allowed; the message names
            the key and, where it can be told, the line. So is one by which fxtrack would stand in its own way.
    """
    text = _read(path)
    try:
        settings = msgspec.convert(tomllib.loads(text), Settings)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from None
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(path, text, str(error))) from error
    config = Config(path.absolute(), settings)
    if problem := misplaced(config):
        raise ConfigError(_explain(path, text, problem))
    return config


def effective(config: Config) -> Iterator[tuple[str, Any, str]]:
    """Yield every key in force as (key, value, origin); the origin is ``FILE:LINE`` or ``default``."""
    text = _read(config.file)
    lines = _key_lines(text)
    given = {key for key, _ in _flatten("", tomllib.loads(text))}
    for key, value in _flatten("", msgspec.to_builtins(config.settings)):
        yield key, value, f"{config.file.name}:{_line_of(key, lines)}" if key in given else "default"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")  # some editors put a mark in front
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; name one with --config FILE (an empty file means defaults)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def _explain(path: Path, text: str, message: str) -> str:
    """Turn ``... - at `$.sources[0].name``` into a sentence that starts with file, line and key."""
    lines = _key_lines(text)
    reason, _, at = message.partition(" - at `$")
    key = at.rstrip("`").lstrip(".").removesuffix("[...]")
    if "unknown field `" in reason:
        key = f"{key}.{reason.partition('unknown field `')[2].rstrip('`')}"
        reason = "unknown key"
    elif (field := reason.partition(": ")[0]) and f"{key}.{field}".lstrip(".") in lines:  # our own checks name a field
        key, reason = f"{key}.{field}", reason.removeprefix(f"{field}: ")
    key = key.lstrip(".")
    line = _line_of(key, lines)
    return f"{path}{f':{line}' if line else ''}: {f'{key}: ' if key else ''}{reason}"


def _line_of(key: str, lines: dict[str, int]) -> int | None:
    """Return the line of a key, or of the innermost table or list around it that has one."""
    while key and key not in lines:
        key = re.sub(r"(^|\.)[^.\[\]]+$|\[\d+\]$", "", key)
    return lines.get(key)


def _key_lines(text: str) -> dict[str, int]:
    """Map dotted keys to the line they stand on. Keys of inline tables are found at their table's line."""
    lines: dict[str, int] = {}
    arrays: dict[str, int] = {}
    table = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("[["):
            name = line.strip("[] ").partition("]")[0]
            arrays[name] = arrays.get(name, -1) + 1
            table = f"{name}[{arrays[name]}]"
            lines.setdefault(table, number)
            lines.setdefault(name, number)
        elif line.startswith("["):
            name, _, rest = line.strip("[] ").partition("]")[0].partition(".")
            table = (f"{name}[{arrays[name]}]" if name in arrays else name) + (f".{rest}" if rest else "")
            lines.setdefault(table, number)
        elif "=" in line and not line.startswith("#"):
            key = line.partition("=")[0].strip().strip("\"'")
            lines.setdefault(f"{table}.{key}".lstrip("."), number)
    return lines


def _flatten(prefix: str, value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(f"{prefix}.{key}".lstrip("."), inner)
    elif isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        for index, inner in enumerate(value):
            yield from _flatten(f"{prefix}[{index}]", inner)
    else:
        yield prefix, value
