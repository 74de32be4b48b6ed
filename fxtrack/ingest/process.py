"""Starts a process of this program that works through what it receives from a pipe, and answers through another.

Each process is a fresh interpreter: a fork would share the lock on the database.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from fxtrack.errors import FxtrackError
from fxtrack.limits import CYCLES_AFTER


class StartedProcess(NamedTuple):
    """A process and the two ends that its starter holds: `answers` to receive from, `work` to send to."""

    process: subprocess.Popen[bytes]
    answers: Connection
    work: Connection

    def end(self) -> None:
        """Kill the process and close the pipes."""
        self.process.kill()
        self.process.wait()
        self.answers.close()
        self.work.close()


def start_process(module: str, function: str) -> StartedProcess:
    """Start a process that sends what ``module.function(plan, work)`` yields for each piece of work that it receives.

    The plan is the first message that it receives.

    Raises:
        FxtrackError: the system refuses another process.
    """
    answers, theirs_out = os.pipe()
    theirs_in, work = os.pipe()
    serve = (
        f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; "
        f"from {module} import {function} as answer; serve(answer, *map(int, sys.argv[1:]))"
    )
    try:
        process = subprocess.Popen(  # noqa: S603 -- this interpreter, and text of our own
            [sys.executable, "-c", serve, str(theirs_in), str(theirs_out)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs_in, theirs_out),
            process_group=0,  # Ctrl-C reaches only the starter, which then ends its processes
        )  # fmt: skip
    except OSError as error:
        os.close(answers)
        os.close(work)
        raise FxtrackError(f"no process could be started to read pages: {error.strerror or error}") from error
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    return StartedProcess(process, Connection(answers, writable=False), Connection(work, readable=False))


def serve(answer: Callable[[Any, Any], Iterator[object]], descriptor_in: int, descriptor_out: int) -> None:
    """Answer each piece of work as it arrives, until the pipe is closed."""
    work, answers = Connection(descriptor_in, writable=False), Connection(descriptor_out, readable=False)
    gc.set_threshold(CYCLES_AFTER)
    with suppress(EOFError, BrokenPipeError):
        plan = work.recv()
        while True:
            for message in answer(plan, work.recv()):
                answers.send(message)
