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
from fxtrack.errors import INTERRUPTS, FxtrackError, Interrupted, UsageError, reason_of_system
from fxtrack.limits import CYCLES_AFTER
from fxtrack.model.address_space import check_address_space

# The module of each command, in the order of the help; a module is imported when its command is used.
COMMANDS = {
    "init": "config",
    "run": "ingest", "ingest": "ingest", "extract": "ingest", "load": "ingest",
    "service": "watch.service", "status": "watch.service",
    "fetch": "collect", "backfill": "collect",
    "latest": "tables", "show": "tables", "deltas": "tables", "audit": "tables", "coverage": "tables",
    "alerts": "watch.alerts", "chart": "chart", "page": "pages", "probe": "pages", "reparse": "maintenance",
    "export": "export", "sql": "export", "config": "config",
    "backup": "maintenance", "restore": "maintenance", "verify": "maintenance", "forget": "forget",
}  # fmt: skip

SUMMARIES = {
    "init": "Make a project for your own pages: a configuration and a folder.",
    "run": "Ingest the pages, publish the database and draw the charts.",
    "ingest": "Read captured pages into the database.",
    "extract": "Read captured pages into parts, in many processes or on a cluster.",
    "load": "Take parts into the database.",
    "service": "Fetch, ingest, draw and back up on a schedule.",
    "status": "Print the last and next run of each job and any problem.",
    "fetch": "Fetch live pages into the database.",
    "backfill": "Fetch captures from a web archive into the database.",
    "latest": "Print the newest close of every pair.",
    "show": "Print the daily closes of a pair.",
    "deltas": "Print computed changes beside the reported ones.",
    "audit": "Print the rounding rule that the reports follow.",
    "coverage": "Print the missing dates.",
    "alerts": "Print alerts and unsent messages; try them on the stored history.",
    "chart": "Draw charts as PNG, SVG or PDF.",
    "probe": "Explain how a page is read; suggest a source for an unknown one.",
    "reparse": "Read all stored pages again and print the differences.",
    "page": "Print a stored capture: its bytes, text or record.",
    "export": "Write closes as CSV, JSON, Parquet, XLSX, SDMX or price directives.",
    "sql": "Run a query, or print how to open the DuckDB shell.",
    "config": "Check or show the configuration.",
    "backup": "Copy the database to the folder of backups.",
    "restore": "Replace the database by a backup.",
    "verify": "Check every stored quote against its page.",
    "forget": "Take one capture out of everything derived, or bring it back.",
}


_WORK_AFTER_OUTPUT = {"run", "backfill", "reparse"}
"""Commands that change something after they have printed."""

_STREAM_ERRORS = {errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT}


class _Interrupt(KeyboardInterrupt):
    """Ctrl-C.

    A plain KeyboardInterrupt that passes through ``exec`` of a string, as dataclasses use it during imports, makes
    CPython kill ``python -m fxtrack`` with SIGINT at exit, even if it was caught. A subclass does not.
    """


class _Commands(click.Group):
    """A group that imports a command when it is used, so that the help imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(f"fxtrack.cli.commands.{COMMANDS[cmd_name]}"), f"{cmd_name}_command"
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        check_address_space()
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand:  # click compares with commands that are imported already, so with none
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx) from None

    def make_context(self, *given: Any, **more: Any) -> click.Context:  # noqa: ANN401
        try:
            return super().make_context(*given, **more)
        except BrokenPipeError:  # by --help
            _give_up_output()
            raise click.exceptions.Exit(0) from None

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _give_up_output()
            if ctx.invoked_subcommand in _WORK_AFTER_OUTPUT:
                raise FxtrackError("standard output was closed early: the rest of the work is not done") from None
            return 0  # a reader that stops early, such as head, is not a failure; click would exit with 1
        except KeyboardInterrupt:  # click would print an empty line first
            raise Interrupted from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES[name]) for name in COMMANDS])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--config", default="config.toml", envvar="FXTRACK_CONFIG", metavar="FILE", show_default=True,
    help="Configuration file; its paths are relative to it.",
)  # fmt: skip
@click.version_option(__version__, prog_name="fxtrack")
def cli(config: str) -> None:
    """Track currency rates through captured pages of a news site.

    Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 nothing found, 4 unexplained or impossible reports
    (audit --fail), 5 database busy.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code; an error is one line on stderr."""
    INTERRUPTS.clear()

    def interrupt(number: int, _frame: object) -> None:
        INTERRUPTS.append(number)
        raise _Interrupt

    if sys.stderr is None:  # standard error is closed: discard messages
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
        _give_up_output()  # the reader closed the pipe
        return 0
    except (Exception, KeyboardInterrupt) as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would cut off the message
        if os.environ.get("FXTRACK_TRACEBACK"):
            raise
        if isinstance(error, click.exceptions.NoArgsIsHelpError) and error.ctx and not error.ctx.parent:
            print(error.format_message(), file=sys.stderr)
            return error.exit_code
        message, code = _message_of(Interrupted() if INTERRUPTS else error)
        if isinstance(error, OSError):
            _give_up_output()
        print(f"fxtrack: {' '.join(message.split())}", file=sys.stderr)
        if isinstance(error, FxtrackError) and error.excerpt:
            print(error.excerpt, file=sys.stderr)
        return code
    return result if isinstance(result, int) else 0


def _check_output() -> None:
    if sys.stdout is None:
        raise UsageError("standard output is closed: direct it to a file, or to /dev/null")


def _give_up_output() -> None:
    """Discard unwritten standard output: Python would try to write it once more at exit."""
    with suppress(OSError):  # standard output may have no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stream_message(error: BaseException) -> str | None:
    """Return the message for an error of standard output, None for any other."""
    if isinstance(error, OSError) and error.filename is None and error.errno in _STREAM_ERRORS:
        return f"standard output cannot be written: {error.strerror}; the output is incomplete"
    if isinstance(error, UnicodeEncodeError):
        character = error.object[error.start].encode("unicode_escape").decode()
        return f"standard output takes {sys.stdout.encoding}, which has no {character}: set PYTHONIOENCODING=utf-8"
    return None


def _message_of(error: BaseException) -> tuple[str, int]:
    """Return the one-line message of an error, and the exit code."""
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
    if problem := _stream_message(error) or reason_of_system(error):
        return problem, 1
    return (
        f"unexpected {type(error).__name__}: {str(error) or 'no message'} (a bug; FXTRACK_TRACEBACK=1 shows where)",
        1,
    )
