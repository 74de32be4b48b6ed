"""Whole processes, timed: wall time, processor time and peak memory of a command with all that it starts."""

import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_SAMPLE_SECONDS = 0.02
_SESSION = 3  # field of /proc/PID/stat behind the name in brackets: state, parent, group, session


class BenchmarkError(Exception):
    """A command failed, or found something else than it should."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A command that takes part in a comparison.

    Attributes:
        name: as the tables call it.
        command: program and arguments.
        prepare: called before each run, outside the timing; what it returns is the working folder, None for any.
        answer: turns what the command printed, and its working folder, into what it found.
        expected: what it must find; None if there is nothing to compare.
        slow: leave it out of the warm-up, where other contenders read the same files.
        once: time one run only; of what takes minutes, and is held against nothing.
        exit_codes: that are no failure.
        environment: on top of that of the benchmark.
    """

    name: str
    command: tuple[str, ...]
    prepare: Callable[[], Path | None] = lambda: None
    answer: Callable[[str, Path | None], object] = lambda _output, _folder: None
    expected: object = None
    slow: bool = False
    once: bool = False
    exit_codes: tuple[int, ...] = (0,)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Measured:
    """Measurements of one contender: seconds of each run, and memory in bytes of a separate run.

    `peak_bytes` is the largest sum of proportional set sizes over all processes, sampled; `largest_bytes` the greatest
    resident size that any single process reached by the kernel's own count, as of the last sample.
    """

    name: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_bytes: int | None = None
    largest_bytes: int | None = None
    found: object = None

    @property
    def median(self) -> float:
        """Median of the wall times."""
        return statistics.median(self.wall)

    @property
    def cpu_median(self) -> float:
        """Median of the processor times."""
        return statistics.median(self.cpu)

    @property
    def spread(self) -> tuple[float, float]:
        """Shortest and longest wall time."""
        return min(self.wall), max(self.wall)


def alternate(
    contenders: list[Contender], runs: int, *, warm_up: bool = True, say: Callable[[str], None] = lambda _line: None
) -> dict[str, Measured]:
    """Measure contenders in turn: one round to warm up, then A, B, C, A, B, C, ..., then one run each for memory.

    Args:
        contenders: who takes part.
        runs: that are timed, of each.
        warm_up: whether to have that first round.
        say: called with a line for each timed run.

    Raises:
        BenchmarkError: one of them failed, or found something else than it should.
    """
    results = {contender.name: Measured(contender.name) for contender in contenders}
    for turn in range(0 if warm_up else 1, runs + 1):
        for contender in contenders:
            if (turn == 0 and (contender.slow or contender.once)) or (turn > 1 and contender.once):
                continue
            wall, cpu, found = _run(contender)
            result = results[contender.name]
            result.found = found
            if turn:
                result.wall.append(wall)
                result.cpu.append(cpu)
                say(f"{contender.name}: {wall:.3f} s")
    for contender in contenders:
        sampler = _Sampler()
        _run(contender, sampler)
        results[contender.name].peak_bytes = sampler.peak or None
        results[contender.name].largest_bytes = sampler.largest or None
    return results


class _Sampler:
    """Watches the memory of a session of processes; it takes time itself, so such a run is never timed."""

    def __init__(self) -> None:
        self.peak = 0
        self.largest = 0

    def watch(self, session: int) -> None:
        """Sample until the process is gone, without waiting for it."""
        while os.waitid(os.P_PID, session, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            processes = list(_processes(session))
            self.peak = max(self.peak, sum(_bytes_of(process, "smaps_rollup", "Pss:") for process in processes))
            # not what wait4 tells: that begins with the size of this process, which the new one was a copy of
            self.largest = max(self.largest, *(_bytes_of(process, "status", "VmHWM:") for process in processes), 0)
            time.sleep(_SAMPLE_SECONDS)


def _run(contender: Contender, sampler: _Sampler | None = None) -> tuple[float, float, object]:
    """Run it once; return wall and processor seconds, and what it found."""
    folder = contender.prepare()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        os.sync()  # what others left to be written is not to be paid for by this one
        begin = time.perf_counter()
        process = subprocess.Popen(
            contender.command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, cwd=folder,
            env={**os.environ, **contender.environment}, start_new_session=True,
        )  # fmt: skip
        with _ending(process):
            if sampler:
                sampler.watch(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read().decode("utf-8", "replace")
        if process.returncode not in contender.exit_codes:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip()[-2000:]
            raise BenchmarkError(f"{contender.name}: exit code {process.returncode}\n{said}")
    found = contender.answer(printed, folder)
    if contender.expected is not None and found != contender.expected:
        raise BenchmarkError(f"{contender.name}: found {found}, and not {contender.expected}")
    return wall, usage.ru_utime + usage.ru_stime, found


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the command with all that it started if the benchmark itself is ended."""
    try:
        yield
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def _processes(session: int) -> Iterator[str]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                stat = Path(f"/proc/{name}/stat").read_text("utf-8", "replace")
            except OSError:
                continue  # it ended just now
            if stat.rpartition(")")[2].split()[_SESSION] == str(session):
                yield name


def _bytes_of(process: str, file: str, key: str) -> int:
    try:
        lines = Path(f"/proc/{process}/{file}").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0  # it ended just now
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(key)), 0)
