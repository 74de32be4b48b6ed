"""config.toml in, a checked and frozen configuration out. Paths in it are relative to the file."""

import datetime as dt
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from fxtrack import limits
from fxtrack.errors import ConfigError
from fxtrack.ticker import DATE_FORMATS, Grammar, parse_date

Count = Annotated[int, Meta(ge=1)]


class Paths(Struct, frozen=True, forbid_unknown_fields=True):
    """Where things are. `database` is the file people open, `writer` the one that only fxtrack opens."""

    pages: str = "pages"
    database: str = "db/fxtrack.duckdb"
    writer: str = "db/fxtrack-writer.duckdb"
    charts: str = "charts"


class Ingest(Struct, frozen=True, forbid_unknown_fields=True):
    """How pages are taken in. `batch_pages` pages are one transaction."""

    include: tuple[str, ...] = ("*.txt",)
    max_page_bytes: Annotated[int, Meta(ge=1, le=2**31)] = limits.MAX_PAGE_BYTES
    batch_pages: Annotated[int, Meta(ge=1, le=100_000)] = limits.BATCH_PAGES


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait, in seconds, for another process to let go of a database file."""

    wait_seconds: Annotated[float, Meta(ge=0, le=86_400)] = limits.WAIT_SECONDS


class Rounding(Struct, frozen=True, forbid_unknown_fields=True):
    """How a source rounds before it prints; without `change_decimals` the percentage is that of the exact change."""

    pct_decimals: Annotated[int, Meta(ge=0, le=limits.RULE_PCT_DECIMALS)]
    change_decimals: Annotated[int, Meta(ge=0, le=limits.RULE_CHANGE_DECIMALS)] | None = None


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """One site. `paths` are patterns on a page's location; the first source that matches takes the page."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]*\Z", max_length=64)]
    paths: tuple[str, ...] = ("*",)
    date_formats: Annotated[tuple[str, ...], Meta(min_length=1)] = DATE_FORMATS
    min_pairs: Count = limits.MIN_PAIRS
    lookback_days: Annotated[int, Meta(ge=1, le=limits.MAX_LOOKBACK_DAYS)] = limits.LOOKBACK_DAYS
    rounding: Rounding | None = None

    def __post_init__(self) -> None:
        """Refuse a date format that does not bring a date back."""
        day = dt.date(2003, 11, 22)
        for fmt in self.date_formats:
            try:
                found = parse_date(day.strftime(fmt), (fmt,))
            except (ValueError, re.error):
                found = None
            if found != day:
                raise ValueError(f"date_formats: {fmt!r} does not give day, month and year")

    @property
    def grammar(self) -> Grammar:
        """How this source prints its ticker."""
        return Grammar(self.date_formats, self.min_pairs)


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What config.toml may say."""

    paths: Paths = Paths()
    ingest: Ingest = Ingest()
    database: Database = Database()
    sources: Annotated[tuple[Source, ...], Meta(min_length=1)] = (Source("default"),)

    def __post_init__(self) -> None:
        """Refuse two sources of one name, and two databases in one file."""
        names = [source.name for source in self.sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources are named {name!r}")
        if os.path.normpath(self.paths.database) == os.path.normpath(self.paths.writer):
            raise ValueError("paths.writer: the same file as paths.database")


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

    def source_of(self, location: str) -> Source | None:
        """Return the first source whose patterns match a page's location."""
        return next((s for s in self.settings.sources if any(fnmatch(location, p) for p in s.paths)), None)


def load_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: the file is missing, is not TOML, or has a key or value that is not allowed; the message names
            the key and, where it can be told, the line.
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
    return Config(path.absolute(), settings)


def effective(config: Config) -> Iterator[tuple[str, Any, str]]:
    """Yield every key in force as (key, value, origin); the origin is ``FILE:LINE`` or ``default``."""
    text = _read(config.file)
    lines = _key_lines(text)
    given = {key for key, _ in _flatten("", tomllib.loads(text))}
    for key, value in _flatten("", msgspec.to_builtins(config.settings)):
        yield key, value, f"{config.file.name}:{_line_of(key, lines)}" if key in given else "default"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
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
