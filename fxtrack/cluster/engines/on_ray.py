"""The Ray engine: tasks on the nodes of a cluster. Only this module imports ray, which the extra `cluster` installs.

The driver itself tries a unit again after its process or node died, so that every cause counts, and hands out few tasks
in advance. A node that sees other files, or has another version, is found out by its first task; from then on tasks go
to the other nodes.
"""

import os
import pickle
import re
import socket
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import msgspec

from fxtrack import __version__
from fxtrack.cluster.parts import Mark
from fxtrack.cluster.task import EndedTask, Plan, check_files, extract_unit, fault_of, reason_of_failure
from fxtrack.cluster.unit import Attempts, Unit
from fxtrack.errors import FxtrackError, NodeFault
from fxtrack.limits import TASKS_PER_CORE

_CONNECT_SECONDS = 10.0
_DONE, _FAULT, _FAILED = "done", "fault", "failed"

NodeAnswer = tuple[str, str, bytes]
"""How a task ended, the id of its node, and its mark or the reason."""


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Connect to a cluster for as long as the context lasts; nothing can be printed to standard output meanwhile.

    Args:
        address: ``HOST:PORT`` of its head, or ``auto`` for the cluster that this machine belongs to.

    Raises:
        FxtrackError: Ray is not installed, no cluster answers, or it has another version of Ray or Python.
    """
    try:
        import ray
    except ImportError:
        raise FxtrackError(
            "Ray is not installed: python -m pip install 'fxtrack[cluster]', here and on every node"
        ) from None
    if address != "auto":
        _check_address(address)
    try:
        with _silenced():
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    except ConnectionError:
        raise FxtrackError(
            f"no Ray cluster at {address}: start one with `ray start --head`, or name its head by --address HOST:PORT"
        ) from None
    except (RuntimeError, ValueError, OSError) as error:
        raise FxtrackError(f"the Ray cluster at {address} cannot be used: {' '.join(str(error).split())}") from error
    try:
        # a thread of Ray prints remarks on dead processes, which `EndedTask.reason` names
        with open(os.devnull, "w", encoding="utf-8") as nothing, redirect_stdout(nothing):
            yield
    finally:
        ray.shutdown()


@contextmanager
def _silenced() -> Iterator[None]:
    """Discard what Ray's native code prints while it connects, such as that a machine has no way to the internet."""
    with os.fdopen(os.dup(2), "wb") as kept, open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept.fileno(), 2)


def run_on_ray(units: Iterator[Unit], plan: Plan) -> Iterator[EndedTask]:
    """Yield the units as their tasks on the connected cluster end, in any order.

    Raises:
        NodeFault: no node can do the work; the message names one and its reason.
    """
    import ray

    tasks = _Tasks(plan)
    again: deque[Unit] = deque()
    attempts = Attempts(plan.config.settings.cluster.retries, plan.settings)
    try:
        while True:
            while len(tasks.pending) < tasks.most and (unit := again.popleft() if again else next(units, None)):
                tasks.start(unit)
            if not tasks.pending:
                return
            ready, _ = ray.wait(list(tasks.pending), num_returns=1)
            more, _ = ray.wait(list(tasks.pending), num_returns=len(tasks.pending), timeout=0)
            for reference in {*ready, *more}:
                unit = tasks.pending.pop(reference)
                kind, node, content = tasks.answer(reference)
                if kind == _DONE:
                    attempts.forget(unit)
                    yield EndedTask(unit, msgspec.json.decode(content, type=Mark), tasks.new_fault())
                elif kind == _FAULT:
                    tasks.note_fault(unit, node, content.decode())
                    again.append(unit)
                elif node or not (instead := attempts.after_failure(unit)):
                    yield EndedTask(unit, None, content.decode())
                else:
                    again += instead
    finally:
        for reference in tasks.pending:
            with suppress(Exception):  # the cluster may be gone
                ray.cancel(reference, force=True)


@dataclass(slots=True, eq=False)
class _Tasks:
    """The tasks under way, and the nodes that cannot do the work."""

    plan: Plan
    pending: dict[Any, Unit] = field(default_factory=dict)
    most: int = 1
    _remote: Any = None
    _plans: dict[bool, Any] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)  # units with files that the driver does not see either
    _faults: dict[str, str] = field(default_factory=dict)
    _reported: set[str] = field(default_factory=set)
    _on: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        import ray

        most_calls = self.plan.config.settings.cluster.tasks_per_process
        self._remote = ray.remote(num_cpus=1, max_retries=0, max_calls=most_calls)(extract_on_node)
        self._plans = {strict: ray.put(pickle.dumps(replace(self.plan, elsewhere=strict))) for strict in (True, False)}
        self.most = max(1, TASKS_PER_CORE * int(ray.cluster_resources().get("CPU", 1)))

    def start(self, unit: Unit) -> None:
        """Start the task of a unit, on a node that can do the work."""
        plan = self._plans[unit.name not in self._changed]
        remote = self._remote
        if self._faults:
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

            node = min(self._sound_nodes(), key=lambda node: self._on[node])
            self._on[node] += 1
            remote = remote.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False))
        self.pending[remote.remote(__version__, plan, pickle.dumps(unit))] = unit

    def answer(self, reference: object) -> NodeAnswer:
        """Return the answer of a task that ended; without a node if its process or node died."""
        import ray

        try:
            answer: NodeAnswer = ray.get(reference)
        except ray.exceptions.RayTaskError as error:  # the function itself raises nothing
            return _FAILED, "", f"cannot start on its node: {_last_line(error)}".encode()
        except ray.exceptions.OutOfMemoryError:
            return _FAILED, "", b"took more memory than its node has"
        except ray.exceptions.WorkerCrashedError:
            return _FAILED, "", b"killed its process"
        except ray.exceptions.RayError as error:
            return _FAILED, "", f"lost with its node ({type(error).__name__})".encode()
        return answer

    def note_fault(self, unit: Unit, node: str, reason: str) -> None:
        """Keep a node from further tasks, unless the driver sees the same as it does.

        Raises:
            NodeFault: no node is left.
        """
        if unit.name not in self._changed:
            try:
                check_files(unit)
            except NodeFault:
                self._changed.add(unit.name)
                return
        self._faults[node] = f"node {_address_of(node)}: {reason}"
        if not self._sound_nodes():
            raise NodeFault(self._faults[node])

    def new_fault(self) -> str | None:
        """Return a line about nodes that could not do the work, once for each."""
        new = self._faults.keys() - self._reported
        self._reported |= new
        return "; ".join(f"{self._faults[node]}; its tasks went to other nodes" for node in sorted(new)) or None

    def _sound_nodes(self) -> list[str]:
        import ray

        return sorted(
            node["NodeID"] for node in ray.nodes()
            if node["Alive"] and node["Resources"].get("CPU") and node["NodeID"] not in self._faults
        )  # fmt: skip


def extract_on_node(version: str, plan: bytes, unit: bytes) -> NodeAnswer:
    """Extract a unit in a process of a node.

    Args:
        version: of the driver's fxtrack, compared before anything else is read.
        plan: pickled.
        unit: pickled.
    """
    import ray

    node = ray.get_runtime_context().get_node_id()
    if version != __version__:
        return _FAULT, node, f"has fxtrack {__version__}, the driver has {version}; install the same".encode()
    try:
        mark = extract_unit(pickle.loads(unit), _unpickled(plan))  # noqa: S301 -- from the driver
    except Exception as error:  # noqa: BLE001 -- one file must not end the others
        if fault := fault_of(error):
            return _FAULT, node, str(fault).encode()
        # a request for the file that failed is worth another attempt
        return _FAILED, "" if isinstance(error, FxtrackError) else node, reason_of_failure(error).encode()
    return _DONE, node, msgspec.json.encode(mark)


@lru_cache(maxsize=4)
def _unpickled(plan: bytes) -> Plan:
    found: Plan = pickle.loads(plan)  # noqa: S301 -- from the driver
    return found


def _check_address(address: str) -> None:
    """Check that something listens at an address: Ray itself tries for a minute and prints a report.

    Raises:
        FxtrackError: nothing listens there.
    """
    host, _, port = address.rpartition(":")
    if not host or not re.fullmatch("[0-9]{1,5}", port):
        raise FxtrackError(f"{address!r} is no address of a Ray cluster: HOST:PORT, or auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FxtrackError(f"no Ray cluster at {address}: {reason}; start one with `ray start --head`") from error


def _address_of(node: str) -> str:
    import ray

    return next((str(found["NodeManagerAddress"]) for found in ray.nodes() if found["NodeID"] == node), node)


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
