"""The meaning of ``--output``: a file, a folder, or - for standard output."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fxtrack.cli.options import the_config
from fxtrack.errors import UsageError
from fxtrack.files import make_folder, write_output

Command = TypeVar("Command", bound=Callable[..., Any])


class OutputPath(click.ParamType[str]):
    """A value of ``--output``."""

    name = "output"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail with a usage error."""
        if not value or "\0" in value:
            self.fail("not a file name; - is standard output", param, ctx)
        return value


def output_option(unless_given: str) -> Callable[[Command], Command]:
    """Add ``--output``; `unless_given` is the default in words."""
    return click.option(
        "--output", "-o", type=OutputPath(), metavar="FILE|FOLDER|-",
        help=f"Where to write; a FOLDER that is not there yet ends in /. Unless given, {unless_given}.",
    )  # fmt: skip


def is_folder(output: str) -> bool:
    """Return whether a value names a folder: one that exists, or a name that ends in a slash."""
    return output.endswith(os.sep) or Path(output).is_dir()


def formats(output: str | None, given: tuple[str, ...], known: Sequence[str]) -> tuple[str, ...]:
    """Return the formats asked for, or the one that the suffix of the output names, or the first that is known.

    The files of a format such as ``sdmx-csv`` end in what follows the dash.

    Raises:
        UsageError: the suffix contradicts them, or names no format.
    """
    suffix = "" if output is None or is_folder(output) else Path(output).suffix.removeprefix(".").lower()
    if suffix in known and any(suffix not in {form, form.rpartition("-")[2]} for form in given):
        raise UsageError(f"--output {output}: the name says {suffix}, --format says {', '.join(given)}")
    if suffix and not given and suffix not in known:
        raise UsageError(f"--output {output}: {suffix!r} is not a format; use {', '.join(known)}, or give --format")
    return given or (suffix or known[0],)


def place(output: str, name: str) -> Path | None:
    """Return the file to write: `name` in a folder, or the file that the value names; None is standard output."""
    if output == "-":
        return None
    return Path(output) / name if is_folder(output) else Path(output)


def refuse_terminal(form: str) -> None:
    """Refuse to print a format that is not text.

    Raises:
        UsageError: standard output is a terminal.
    """
    if sys.stdout.isatty():
        raise UsageError(f"{form} is not for a terminal: name a file with --output, or redirect standard output")


def write(output: str, target: Path | None, content: bytes) -> None:
    """Write content to the place that `place` returned for a value; only a folder that the value names is created.

    Raises:
        UsageError: the file would stand in the folder of the page of charts.
        FxtrackError: it cannot be written; an earlier file is unchanged.
    """
    if target is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    page = the_config().charts_page
    if target.resolve().is_relative_to(page.resolve()):
        raise UsageError(f"{target}: only the page of charts has files in {page}; name another place with --output")
    if is_folder(output):
        make_folder(target.parent)
    write_output(target, content)
