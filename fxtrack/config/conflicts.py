"""Files and folders of a configuration that are in each other's way."""

import os
from fnmatch import fnmatchcase
from pathlib import Path

from fxtrack.config.config import Config

_CHARTS_PAGE = "index.html"


def misplaced(config: Config) -> str | None:
    """Say which key names a place that something else needs, and why; None where all have their own."""
    for key, path in (("database", config.database), ("writer", config.writer)):
        if path.is_dir():
            return f"paths.{key}: {path} is a folder; name a file"
    if spoilt := _spoilt_by_metrics(config):
        return f"service.metrics_file: {spoilt}"
    if _real(config.charts).is_relative_to(_real(config.pages)) and _is_page(config, _CHARTS_PAGE):
        return (
            "paths.charts: in paths.pages, so that the page of charts would be taken for a captured one; name another "
            "folder, or leave *.html out of ingest.include"
        )
    return None


def _is_page(config: Config, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in config.settings.ingest.include)


def _spoilt_by_metrics(config: Config) -> str | None:
    """Return what the textfile of metrics would take the place of, None if nothing of ours."""
    if not config.metrics_file:
        return None
    file, writer = _place(config.metrics_file), _real(config.writer)
    ours = {
        config.file: "the configuration", config.database: "paths.database", config.writer: "paths.writer",
        Path(f"{config.database}.wal"): "the log that keeps writers from paths.database",
    }  # fmt: skip
    for path, what in ours.items():
        if file in (_place(path), _real(path)):
            return f"the same file as {what}"
    if file.parent == writer.parent and file.name.startswith(f"{writer.stem}."):
        return f"may be a file of the service's own, as all {writer.stem}.* beside paths.writer are"
    if _is_page(config, file.name) and file.is_relative_to(_real(config.pages)):
        return "a page by its name (ingest.include), since it is in paths.pages"
    return None


def _place(path: Path) -> Path:
    """Return a path without links, but for the one that it may be itself: who replaces it does not follow that."""
    return _real(path.parent) / path.name


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
