"""Files in, what came of them out, in order: read by several processes where there is enough to read.

    with Readers(config, now) as readers:
        for file, intake in readers.read(files): ...

Parsing holds the interpreter's lock, so threads would not do. Each process is a fresh interpreter (a fork would share
the database's lock) that gets parts of the work through one pipe and answers through another. It takes some parts
ahead, so that it goes on while a batch is stored. What it answers is handed on in the order of the files, as if they
had been read one after the other: how many processes there are changes nothing but the time.
"""

import datetime as dt
import fcntl
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self, cast

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError
from fxtrack.ingest.split import Parts, parts_of, put_together
from fxtrack.ingest.worker import Intake, Part, read_part
from fxtrack.limits import MOST_READERS, SECTION_BYTES, WORTH_READERS
from fxtrack.model.page import PageFile

_PIPE_BYTES = 1024 * 1024
_AHEAD = 12  # parts that a process has before it, where the pipes hold them
_HELD_INTAKES = 4_000  # that wait for those of an earlier part


class Readers:
    """The processes that read. None is started before it is clear that they pay."""

    def __init__(self, config: Config, now: dt.datetime) -> None:
        """Read as `config` says, in a run of the time `now`, UTC."""
        self.config, self.now = config, now
        self._processes: list[_Process] = []

    def __enter__(self) -> Self:
        """Return the readers."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes."""
        self.end()

    def end(self) -> None:
        """End the processes, whatever they are at."""
        while self._processes:
            self._processes.pop().end()

    def read(self, files: Iterable[PageFile]) -> Iterator[tuple[PageFile, Intake]]:
        """Yield what came of each file, in order; of an archive in bits, the last of which ends it.

        Where processes pay, they set to work at once, before anything is asked for.

        Raises:
            FxtrackError: a reading process could not be started, or ended before its time.
        """
        parts = parts_of(files, self.config, SECTION_BYTES)
        first: list[Part] = []
        waiting = 0
        while waiting <= WORTH_READERS and (part := next(parts, None)):
            first.append(part)
            waiting += SECTION_BYTES if part.section else sum(file.size for file in part.files)
        if waiting > WORTH_READERS:
            self._start()
        parts = chain(first, parts)
        if not self._processes:
            return put_together(self._here(parts), self._read)
        jobs: deque[_ReadJob] = deque()
        self._hand_out(parts, jobs)
        return put_together(self._side_by_side(parts, jobs), self._read)

    def _start(self) -> None:
        most = self.config.settings.ingest.processes or min(len(os.sched_getaffinity(0)), MOST_READERS)
        while most > 1 and len(self._processes) < most:
            self._processes.append(_Process(self.config, self.now))

    def _read(self, part: Part) -> Iterator[Intake]:
        return read_part(part, self.config, self.now)

    def _here(self, parts: Iterable[Part]) -> Parts:
        return ((part, self._read(part)) for part in parts)

    def _side_by_side(self, parts: Iterator[Part], jobs: "deque[_ReadJob]") -> Parts:
        while self._hand_out(parts, jobs) or jobs:
            job = jobs.popleft()
            yield job.part, self._answers(job, parts, jobs)
            for _ in self._answers(job, parts, jobs):  # what nobody wanted
                pass

    def _answers(self, job: "_ReadJob", parts: Iterator[Part], jobs: "deque[_ReadJob]") -> Iterator[Intake]:
        """Yield what comes of a job, and see meanwhile that every process has something to do."""
        while job.intakes or not job.done:
            if job.intakes:
                yield job.intakes.popleft()
            else:
                self._hand_out(parts, jobs)
                self._receive(job)

    def _hand_out(self, parts: Iterator[Part], jobs: "deque[_ReadJob]") -> bool:
        """Give the processes what they can hold; return whether that was anything."""
        given = False
        while len(jobs) < 2 * _AHEAD * len(self._processes):
            process = min(self._processes, key=lambda process: len(process.jobs))
            part = next(parts, None) if len(process.jobs) < process.ahead else None
            if part is None:
                break
            jobs.append(process.give(part))
            given = True
        return given

    def _receive(self, wanted: "_ReadJob") -> None:
        """Wait until something came from the process of a job, and take what came from it and from the others."""
        links = {
            process.answers: process for process in self._processes
            if process.jobs and (process is wanted.process or len(process.jobs[0].intakes) < _HELD_INTAKES)
        }  # fmt: skip
        for link in wait(list(links)):
            links[cast("Connection", link)].receive()


@dataclass(slots=True, eq=False)
class _ReadJob:
    """A part that a process has, and what came of it so far."""

    part: Part
    process: "_Process"
    intakes: deque[Intake] = field(default_factory=deque)
    done: bool = False


class _Process:
    """One process, with the jobs that it was given and has not finished, in order."""

    def __init__(self, config: Config, now: dt.datetime) -> None:
        answers, theirs_out = os.pipe()
        theirs_in, parts = os.pipe()
        self.ahead = _AHEAD if _enlarged(answers) and _enlarged(parts) else 1  # else two full pipes could stop both
        self.answers, self._parts = Connection(answers, writable=False), Connection(parts, readable=False)
        self.jobs: deque[_ReadJob] = deque()
        serve = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            "from fxtrack.ingest.worker import serve; serve(*map(int, sys.argv[1:]))"
        )
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- this interpreter, and text of our own
                [sys.executable, "-c", serve, str(theirs_in), str(theirs_out)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs_in, theirs_out),
                process_group=0,  # Ctrl-C is for the ingest, which then ends its readers
            )  # fmt: skip
        except OSError as error:
            raise FxtrackError(f"no process could be started to read pages: {error.strerror or error}") from error
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._send((config, now))

    def give(self, part: Part) -> _ReadJob:
        """Give it a further part."""
        job = _ReadJob(part, self)
        self.jobs.append(job)
        self._send(part)
        return job

    def receive(self) -> None:
        """Take an answer: what came of the first of its jobs, or that this one is done."""
        try:
            answer: list[Intake] | None = self.answers.recv()
        except (EOFError, OSError):
            raise self._lost() from None
        if answer is None:
            self.jobs.popleft().done = True
        else:
            self.jobs[0].intakes.extend(answer)

    def end(self) -> None:
        """End it, whatever it is at: it has nothing to lose."""
        self._process.kill()
        self._process.wait()
        self.answers.close()
        self._parts.close()

    def _send(self, message: object) -> None:
        try:
            self._parts.send(message)
        except OSError:
            raise self._lost() from None

    def _lost(self) -> FxtrackError:
        code = self._process.wait()
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return FxtrackError(
            f"a process that reads pages ended unexpectedly ({how}), maybe for want of memory; what was committed is "
            "kept: run it again, if need be with processes = 1 under [ingest]"
        )


def _enlarged(descriptor: int) -> bool:
    try:
        return fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES) >= _PIPE_BYTES
    except (OSError, AttributeError):  # not allowed, or not this system's
        return False
