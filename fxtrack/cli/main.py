"""The command line: a thin shell over the library. Data to stdout, everything else to stderr."""

import errno
import gc
import os
import signal
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

import click

from fxtrack import __version__
from fxtrack.errors import FxtrackError, Interrupted, UsageError, reason_of_system
from fxtrack.limits import CYCLES_AFTER
from fxtrack.model.run import INTERRUPTS

# Where each command lives, in the order of the help: modules are imported when their command is used.
COMMANDS = {
    "run": "ingest", "ingest": "ingest", "service": "service", "status": "service",
    "fetch": "collect", "backfill": "collect",
    "latest": "tables", "show": "tables", "deltas": "tables", "audit": "tables", "coverage": "tables",
    "chart": "chart", "page": "pages", "probe": "pages", "reparse": "ingest",
    "export": "export", "sql": "export", "config": "config",
    "backup": "maintenance", "restore": "maintenance", "verify": "maintenance",
}  # fmt: skip

SUMMARIES = {
    "run": "One full pass: take in the pages, publish the database, draw the charts.",
    "ingest": "Take captured pages into the database.",
    "service": "Do it all on a schedule, until stopped.",
    "status": "Print what ran, what is next, and whether all is well.",
    "fetch": "Fetch live pages and take them into the database.",
    "backfill": "Fetch captures from a web archive and take them into the database.",
    "latest": "Print the newest close of every pair.",
    "show": "Print the daily closes of a pair.",
    "deltas": "Print computed changes beside the reported ones.",
    "audit": "Print which rounding rule the reports follow.",
    "coverage": "Print which dates are missing.",
    "chart": "Draw charts as PNG, SVG or PDF.",
    "probe": "Show how a page is understood, and suggest an entry for an unknown one.",
    "reparse": "Read all stored pages again and show what would be different.",
    "page": "Print a stored capture again, its text, or what is known of it.",
    "export": "Write closes as csv, json, parquet or price directives.",
    "sql": "Run a query, or say how to open the DuckDB shell.",
    "config": "Check or show the configuration.",
    "backup": "Copy the database to the folder of backups.",
    "restore": "Put a backup in the place of the database.",
    "verify": "Check every stored quote against its page.",
}


_OF_A_STREAM = {errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT}


class _Interrupt(KeyboardInterrupt):
    """Ctrl-C, as a kind of its own.

    CPython remembers a plain KeyboardInterrupt that passes through ``exec`` of a text (which dataclasses use while
    modules are imported) and kills ``python -m fxtrack`` with SIGINT at its end, although it was caught.
    """


class _Commands(click.Group):
    """A group that imports a command only when it is used, so that the help costs no imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"fxtrack.cli.commands.{COMMANDS[cmd_name]}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would print an empty line first
            raise Interrupted from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES[name]) for name in COMMANDS])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--config", default="config.toml", envvar="FXTRACK_CONFIG", metavar="FILE", show_default=True,
    help="Configuration; paths in it are relative to it.",
)  # fmt: skip
@click.version_option(__version__, prog_name="fxtrack")
def cli(config: str) -> None:
    """Track currency rates through captured pages of a news site.

    Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 nothing found, 4 audit found reports that are unexplained
    or break the rule (with --fail), 5 database busy.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; every error is one line on stderr."""
    INTERRUPTS.clear()

    def interrupt(number: int, _frame: object) -> None:
        INTERRUPTS.append(number)
        raise _Interrupt

    if sys.stderr is None:  # closed by whoever called: what nobody wants to hear goes nowhere
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    before = signal.signal(signal.SIGINT, interrupt)
    gc.set_threshold(CYCLES_AFTER)
    os.umask(os.umask(stat.S_IWOTH) | stat.S_IWOTH)  # no file of fxtrack is ever writable for others
    try:
        sys.exit(_run(arguments))
    finally:
        signal.signal(signal.SIGINT, before)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        _check_output()
        result: Any = cli.main(arguments, prog_name="fxtrack", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up_output()  # whoever read has had enough
        return 1
    except (Exception, KeyboardInterrupt) as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one is enough: nothing is left but to say so
        if os.environ.get("FXTRACK_TRACEBACK"):
            raise
        if isinstance(error, click.exceptions.NoArgsIsHelpError) and error.ctx and not error.ctx.parent:
            print(error.format_message(), file=sys.stderr)
            return error.exit_code
        message, code = _in_words(Interrupted() if INTERRUPTS else error)
        if isinstance(error, OSError):
            _give_up_output()
        print(f"fxtrack: {' '.join(message.split())}", file=sys.stderr)
        return code
    return result if isinstance(result, int) else 0


def _check_output() -> None:
    if sys.stdout is None:
        raise UsageError("standard output is closed: direct it to a file, or to /dev/null")


def _give_up_output() -> None:
    """Let what is left to be written to standard output go nowhere: Python would try once more at its end."""
    with suppress(OSError):  # it may be no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _of_output(error: BaseException) -> str | None:
    """Return what is wrong with standard output, if that is what an error is about."""
    if isinstance(error, OSError) and error.filename is None and error.errno in _OF_A_STREAM:
        return f"standard output cannot be written: {error.strerror}; not all of the answer came through"
    if isinstance(error, UnicodeEncodeError):
        character = error.object[error.start].encode("unicode_escape").decode()
        return f"standard output takes {sys.stdout.encoding}, which has no {character}: set PYTHONIOENCODING=utf-8"
    return None


def _in_words(error: BaseException) -> tuple[str, int]:
    """Return one line for an error, and the exit code."""
    if isinstance(error, FxtrackError):
        return str(error), error.exit_code
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return (
            f"a command is missing (see `{error.ctx.command_path if error.ctx else 'fxtrack'} --help`)",
            error.exit_code,
        )
    if isinstance(error, click.UsageError):
        hint = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        return error.format_message() + hint, error.exit_code
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if problem := _of_output(error) or reason_of_system(error):
        return problem, 1
    return (
        f"unexpected {type(error).__name__}: {str(error) or 'no message'} (a bug; FXTRACK_TRACEBACK=1 shows where)",
        1,
    )
