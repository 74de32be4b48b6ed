"""The local engine: tasks in processes of this machine. A task that kills its process costs the others nothing.

Each process receives one unit at a time through a pipe and answers with its mark.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import cast

from fxtrack.cluster.parts import Mark
from fxtrack.cluster.task import EndedTask, Plan, extract_unit, fault_of, reason_of_failure
from fxtrack.cluster.unit import Attempts, Unit
from fxtrack.errors import NodeFault
from fxtrack.ingest.process import start_process

Answer = Mark | NodeFault | str
"""A mark, an error that concerns every task, or the reason why the task failed."""


def run_locally(units: Iterator[Unit], plan: Plan) -> Iterator[EndedTask]:
    """Yield the units as their tasks end, in any order.

    Raises:
        FxtrackError: the target cannot be written, or no process can be started.
    """
    settings = plan.config.settings
    attempts = Attempts(settings.cluster.retries, plan.settings)
    again: deque[Unit] = deque()
    most = settings.ingest.processes or len(os.sched_getaffinity(0))
    workers: list[_Worker] = []
    try:
        while True:
            workers = [worker for worker in workers if not worker.retire(settings.cluster.tasks_per_process)]
            while unit := _next_for(workers, most, again, units):
                idle = next((worker for worker in workers if worker.unit is None), None)
                if idle is None:
                    workers.append(idle := _Worker(plan))
                idle.give(unit)
            busy = {worker.answers: worker for worker in workers if worker.unit}
            if not busy:
                return
            for link in wait(list(busy)):
                worker = busy[cast("Connection", link)]
                unit, answer = worker.answer()
                if isinstance(answer, Mark):
                    attempts.forget(unit)
                    yield EndedTask(unit, answer)
                elif isinstance(answer, NodeFault):
                    raise answer
                elif worker.dead and (instead := attempts.after_failure(unit)):
                    again += instead
                else:
                    yield EndedTask(unit, None, answer)
            workers = [worker for worker in workers if not worker.dead]
    finally:
        for worker in workers:
            worker.end()


def _next_for(workers: "list[_Worker]", most: int, again: deque[Unit], units: Iterator[Unit]) -> Unit | None:
    """Return the next unit if a process is idle or may be started."""
    if len(workers) >= most and all(worker.unit for worker in workers):
        return None
    return again.popleft() if again else next(units, None)


class _Worker:
    """One process, and the unit that it works on."""

    def __init__(self, plan: Plan) -> None:
        self._started = start_process(__name__, serve_unit.__name__)
        self.answers = self._started.answers
        self.unit: Unit | None = None
        self.dead = False
        self._done = 0
        self._started.work.send(plan)

    def give(self, unit: Unit) -> None:
        """Give the process a unit; if it has died, `answer` says so."""
        self.unit = unit
        with suppress(OSError):
            self._started.work.send(unit)

    def answer(self) -> tuple[Unit, Answer]:
        """Return the unit and the answer of the process."""
        unit, self.unit = self.unit, None
        self._done += 1
        try:
            answer: Answer = self.answers.recv()
        except (EOFError, OSError):
            self.dead = True
            code = self._started.process.wait()
            answer = f"killed its process by signal {-code}" if code < 0 else f"ended its process with exit code {code}"
            self.end()
        return cast("Unit", unit), answer

    def retire(self, most: int) -> bool:
        """End an idle process that has done `most` units, and return whether it was ended."""
        if self.unit or self._done < most:
            return False
        self.end()
        return True

    def end(self) -> None:
        """Kill the process: parts without a mark do not count."""
        self._started.end()


def serve_unit(plan: Plan, unit: Unit) -> Iterator[Answer]:
    """Extract a unit and yield the answer."""
    try:
        yield extract_unit(unit, plan)
    except Exception as error:  # noqa: BLE001 -- one file must not end the others
        yield fault_of(error) or reason_of_failure(error)
