"""Reads files in order, in several processes if there is enough to read.

    with Readers(config, now) as readers:
        for file, intake in readers.read(files): ...

Parsing holds the interpreter's lock, so threads would not help. Each process receives parts of the work through one
pipe and answers through another. It holds some parts in advance, so that it continues while a batch is stored. Answers
are passed on in the order of the files: the number of processes only affects the time.
"""

import datetime as dt
import fcntl
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self, cast

from fxtrack.config.config import Config
from fxtrack.errors import FxtrackError
from fxtrack.ingest.part import Intake, Part
from fxtrack.ingest.process import start_process
from fxtrack.ingest.split import Parts, parts_of, put_together
from fxtrack.limits import MOST_READERS, SECTION_BYTES, WORTH_READERS
from fxtrack.model.page import PageFile

_PIPE_BYTES = 1024 * 1024
_AHEAD = 12  # parts queued for a process, if the pipes have room for them
_HELD_INTAKES = 4_000  # held back until an earlier part is read


class Readers:
    """The reading processes; they start only if there is enough to read."""

    def __init__(self, config: Config, now: dt.datetime) -> None:
        """Read by the rules of `config`, in a run that started at `now`, UTC."""
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
        """End the processes at once."""
        while self._processes:
            self._processes.pop().end()

    def read(self, files: Iterable[PageFile]) -> Iterator[tuple[PageFile, Intake]]:
        """Yield the intake of each file, in order; a WARC file has several, the last with `ends`.

        The processes begin at once, before the first intake is asked for.

        Raises:
            FxtrackError: a reading process could not be started, or died.
        """
        parts = parts_of(files, self.config, SECTION_BYTES)
        first: list[Part] = []
        waiting = 0
        while waiting <= WORTH_READERS and (part := next(parts, None)):
            first.append(part)
            waiting += part.size
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
        from fxtrack.ingest.worker import read_part  # not needed where processes read everything

        return read_part(part, self.config, self.now)

    def _here(self, parts: Iterable[Part]) -> Parts:
        return ((part, self._read(part)) for part in parts)

    def _side_by_side(self, parts: Iterator[Part], jobs: "deque[_ReadJob]") -> Parts:
        while self._hand_out(parts, jobs) or jobs:
            job = jobs.popleft()
            yield job.part, self._answers(job, parts, jobs)
            for _ in self._answers(job, parts, jobs):  # discard answers that were not consumed
                pass

    def _answers(self, job: "_ReadJob", parts: Iterator[Part], jobs: "deque[_ReadJob]") -> Iterator[Intake]:
        """Yield the intakes of a job, and keep every process busy meanwhile."""
        while job.intakes or not job.done:
            if job.intakes:
                yield job.intakes.popleft()
            else:
                self._hand_out(parts, jobs)
                self._receive(job)

    def _hand_out(self, parts: Iterator[Part], jobs: "deque[_ReadJob]") -> bool:
        """Give the processes as many parts as they can hold; return whether there was any."""
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
        """Wait for an answer from the process of a job, and take all answers that have arrived."""
        links = {
            process.answers: process for process in self._processes
            if process.jobs and (process is wanted.process or len(process.jobs[0].intakes) < _HELD_INTAKES)
        }  # fmt: skip
        for link in wait(list(links)):
            links[cast("Connection", link)].receive()


@dataclass(slots=True, eq=False)
class _ReadJob:
    """A part given to a process, and its intakes so far."""

    part: Part
    process: "_Process"
    intakes: deque[Intake] = field(default_factory=deque)
    done: bool = False


class _Process:
    """One process with its unfinished jobs, in order."""

    def __init__(self, config: Config, now: dt.datetime) -> None:
        self._started = start_process("fxtrack.ingest.worker", "serve_part")
        self.answers = self._started.answers
        # otherwise two full pipes could block both sides
        self.ahead = _AHEAD if _enlarged(self.answers) and _enlarged(self._started.work) else 1
        self.jobs: deque[_ReadJob] = deque()
        self._send((config, now))

    def give(self, part: Part) -> _ReadJob:
        """Give the process a further part."""
        job = _ReadJob(part, self)
        self.jobs.append(job)
        self._send(part)
        return job

    def receive(self) -> None:
        """Take an answer: intakes of its first job, or the end of that job."""
        try:
            answer: list[Intake] | None = self.answers.recv()
        except (EOFError, OSError):
            raise self._lost() from None
        if answer is None:
            self.jobs.popleft().done = True
        else:
            self.jobs[0].intakes.extend(answer)

    def end(self) -> None:
        """Kill the process; no data can be lost with it."""
        self._started.end()

    def _send(self, message: object) -> None:
        try:
            self._started.work.send(message)
        except OSError:
            raise self._lost() from None

    def _lost(self) -> FxtrackError:
        code = self._started.process.wait()
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return FxtrackError(
            f"a process that reads pages ended unexpectedly ({how}), perhaps out of memory; committed batches are "
            "kept: run it again, with processes = 1 under [ingest] if it fails again"
        )


def _enlarged(pipe: Connection) -> bool:
    try:
        return fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES) >= _PIPE_BYTES
    except (OSError, AttributeError):  # not permitted, or not supported by this system
        return False
