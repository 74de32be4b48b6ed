"""Reads and checks config.toml: its text in, a `Config` out, or an error that names key and line."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fxtrack.config.config import Config
from fxtrack.config.conflicts import find_conflict
from fxtrack.config.settings import Settings
from fxtrack.errors import ConfigError

DEFAULT_ORIGIN = "default"
"""The origin of a setting that the configuration file does not give."""


def load_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: the file is missing, is not TOML, has an unknown key or an invalid value, or names one place for
            two things; the message names the key and, if known, the line.
    """
    text = _read(path)
    try:
        settings = msgspec.convert(_with_shared(tomllib.loads(text)), Settings)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from None
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(path, text, str(error))) from error
    config = Config(path.absolute(), settings)
    if problem := find_conflict(config):
        raise ConfigError(_explain(path, text, problem))
    return config


def effective(config: Config) -> Iterator[tuple[str, Any, str]]:
    """Yield every setting as (key, value, origin); the origin is ``FILE:LINE`` or ``default``."""
    text = _read(config.file)
    lines = _key_lines(text)
    given = {key for key, _ in _flatten("", tomllib.loads(text))}
    names = [source.name for source in config.settings.sources]
    shared = {
        f"sources[{number}]": f"sources[{names.index(source.pages_of)}]"
        for number, source in enumerate(config.settings.sources) if source.pages_of
    }  # fmt: skip
    for key, value in _flatten("", msgspec.to_builtins(config.settings)):
        table, dot, rest = key.partition(".")
        at = key if key in given or rest in _OWN else f"{shared.get(table, table)}{dot}{rest}"
        yield key, value, f"{config.file.name}:{_line_of(at, lines)}" if at in given else DEFAULT_ORIGIN


_OWN = frozenset({"name", "pages_of", "paths", "urls", "url", "private_address"})
"""Keys that a source does not share with the one whose pages it reads."""


def _with_shared(tables: dict[str, Any]) -> dict[str, Any]:
    """Return the tables; a source that shares pages inherits the settings of the source that takes them."""
    sources = tables.get("sources")
    if not isinstance(sources, list) or not all(isinstance(source, dict) for source in sources):
        return tables
    taking = {str(source.get("name")): source for source in sources if "pages_of" not in source}
    completed = [
        {key: value for key, value in taking.get(str(source.get("pages_of")), {}).items() if key not in _OWN} | source
        for source in sources
    ]
    return tables | {"sources": completed}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")  # some editors write a byte order mark
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; name one with --config FILE (an empty file means defaults)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def _explain(path: Path, text: str, message: str) -> str:
    """Turn ``... - at `$.sources[0].name``` into a sentence that starts with file, line and key."""
    lines = _key_lines(text)
    reason, _, at = message.replace(" - at `key` in `$", " in a key - at `$").partition(" - at `$")
    key = at.rstrip("`").lstrip(".").removesuffix("[...]")
    if "unknown field `" in reason:
        key = f"{key}.{reason.partition('unknown field `')[2].rstrip('`')}"
        reason = "unknown key"
    # a check of fxtrack itself starts with the field
    elif (field := reason.partition(": ")[0]) and f"{key}.{field}".lstrip(".") in lines:
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
    """Map dotted keys to their lines. A key of an inline table has no line; `_line_of` finds its table."""
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
    if isinstance(value, dict) and (value or not prefix):
        for key, inner in value.items():
            yield from _flatten(f"{prefix}.{key}".lstrip("."), inner)
    elif isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        for index, inner in enumerate(value):
            yield from _flatten(f"{prefix}[{index}]", inner)
    else:
        yield prefix, value
