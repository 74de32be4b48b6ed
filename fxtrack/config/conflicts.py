"""Files and folders of a configuration that would overwrite each other."""

import os
from fnmatch import fnmatchcase
from pathlib import Path

from fxtrack.config.config import Config

_CHARTS_PAGE = "index.html"


def find_conflict(config: Config) -> str | None:
    """Return a line about a key whose path something else uses; None if there is no conflict."""
    for key, path in (("database", config.database), ("writer", config.writer)):
        if path.is_dir():
            return f"paths.{key}: {path} is a folder; name a file"
    if _real(config.database) == _real(config.writer):
        return f"paths.writer: leads to the same file as paths.database, {_real(config.writer)}; name another one"
    for key, output in (("service.metrics_file", config.metrics_file), ("notify.file", config.notify_file)):
        if output and (conflict := _conflict_of_output(config, output)):
            return f"{key}: {conflict}"
    if config.notify_file and (conflict := _conflict_of_messages(config, config.notify_file)):
        return f"notify.file: {conflict}"
    if _real(config.charts).is_relative_to(_real(config.pages)) and _is_page(config, _CHARTS_PAGE):
        return (
            "paths.charts: inside paths.pages, where the page of charts would be read as a captured page; name another "
            "folder, or leave *.html out of ingest.include"
        )
    return None


def _is_page(config: Config, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in config.settings.ingest.include)


def _conflict_of_output(config: Config, output: Path) -> str | None:
    """Return the file of fxtrack that writing to a file would damage, None if there is none."""
    file, writer = _real(output), _real(config.writer)
    ours = {_real(config.file): "the configuration", _real(config.database): "paths.database", writer: "paths.writer"}
    if file in ours:
        return f"the same file as {ours[file]}"
    # a link that keeps writers out, which must not be followed
    if _named(output) in {Path(f"{place(config.database)}.wal") for place in (_named, _real)}:
        return "the same file as the log that keeps writers from paths.database"
    if file.parent == writer.parent and file.name.startswith(f"{writer.stem}."):
        return f"may be a file of the service, as all {writer.stem}.* beside paths.writer are"
    if _is_page(config, file.name) and file.is_relative_to(_real(config.pages)):
        return "a page by its name (ingest.include), since it is inside paths.pages"
    return None


def _conflict_of_messages(config: Config, file: Path) -> str | None:
    """Return why messages cannot be appended to a file, None if they can."""
    if file.is_dir():
        return f"{file} is a folder; name a file"
    others = {"service.metrics_file": config.metrics_file, "notify.urls_file": config.urls_file}
    return next(
        (f"the same file as {key}" for key, other in others.items() if other and _real(other) == _real(file)), None
    )


def _named(path: Path) -> Path:
    """Return a path with the links in its folder resolved; a link at its end stays."""
    return _real(path.parent) / path.name


def _real(path: Path) -> Path:
    """Return the file that a path leads to: writing replaces the target of a link."""
    return Path(os.path.realpath(path))
