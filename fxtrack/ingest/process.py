"""Starts a process of this program that works through what it receives from a pipe, and answers through another.

Each process is a fresh interpreter: a fork would share the lock on the database.
"""

import os
import subprocess
import sys
from multiprocessing.connection import Connection
from typing import NamedTuple

from fxtrack.errors import FxtrackError


class StartedProcess(NamedTuple):
    """A process and the two ends that its starter holds: `answers` to receive from, `work` to send to."""

    process: subprocess.Popen[bytes]
    answers: Connection
    work: Connection


def start_process(module: str, function: str) -> StartedProcess:
    """Start a process that calls ``module.function(in, out)`` with the descriptors of its ends of the pipes.

    Raises:
        FxtrackError: the system refuses another process.
    """
    answers, theirs_out = os.pipe()
    theirs_in, work = os.pipe()
    serve = (
        f"import sys; sys.path[:] = {sys.path!r}; from {module} import {function} as serve; "
        "serve(*map(int, sys.argv[1:]))"
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
