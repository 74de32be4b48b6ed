"""A real Ray cluster for tests, `benchmarks.ray_cluster`, whose tasks can be watched and held back.

The processes that run tasks start with `sitecustomize`, which lets a test hold tasks back, notes those that a node
refuses, and kills the process of a task whose file has `poison` in its name.
"""

import os
import signal
import subprocess
from pathlib import Path
from typing import Self

import pytest

from benchmarks.ray_cluster import ADDRESS, PYTHON, NoNamespacesError, RayCluster, wait_for

CUSTOMIZE = """\
import os, resource, signal, sys, time
if any(word.endswith("default_worker.py") for word in sys.orig_argv):
    import fxtrack.cluster.engines.on_ray as on_ray
    import fxtrack.cluster.task as task
    read, extract, folder = task.read_part, on_ray.extract_on_node, os.environ["TASKS"]
    def watched(part, *rest):
        for file in part.files:
            name = os.path.basename(file.location)
            with open(f"{folder}/begun", "a") as log:
                log.write(f"{name} {os.getpid()}\\n")
            if "poison" in name:
                os.kill(os.getpid(), signal.SIGKILL)
        while os.path.exists(f"{folder}/hold"):
            time.sleep(0.01)
        yield from read(part, *rest)
        with open(f"{folder}/peak", "w") as peak:
            peak.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    def answered(*arguments):
        answer = extract(*arguments)
        if answer[0] == "fault":
            with open(f"{folder}/refused", "a") as log:
                log.write(f"{os.getpid()}\\n")
        return answer
    task.read_part, on_ray.extract_on_node = watched, answered
"""


class Cluster(RayCluster):
    """A head and its nodes, watched. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, CUSTOMIZE)

    def __enter__(self) -> Self:
        try:
            return super().__enter__()
        except NoNamespacesError as error:
            pytest.skip(f"namespaces are not permitted here: {error}")

    def kill_node(self, number: int) -> None:
        """Kill the raylet of a node and everything that it has started."""
        had = self.alive()
        node = self.nodes[number]
        for pid in [*_descendants(node.pid), node.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        node.wait()
        wait_for(lambda: self.alive() < had)

    def alive(self) -> int:
        """Return the number of nodes, the head included."""
        program = (
            f"import ray; ray.init('{ADDRESS}', logging_level='ERROR', log_to_driver=False)\n"
            "print('\\nalive', sum(node['Alive'] for node in ray.nodes()))"
        )
        done = subprocess.run(
            self.inside([str(PYTHON), "-c", program]), env=self.environment(), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        (number,) = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("alive ")] or ["0"]
        return int(number)

    def run(self, config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as the driver."""
        return subprocess.run(
            self._command(config, arguments), env=self.environment(), capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    def start(self, config: Path, *arguments: str) -> subprocess.Popen[str]:
        """Start the command as the driver and return at once."""
        return subprocess.Popen(
            self._command(config, arguments), env=self.environment(), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    @property
    def begun(self) -> list[tuple[str, int]]:
        """File and process, by the number in the namespace, of each task that began."""
        log = self.folder / "begun"
        lines = log.read_text().splitlines() if log.exists() else []
        return [(name, int(process)) for name, process in (line.split() for line in lines)]

    @property
    def has_refused(self) -> bool:
        """Whether a node has refused a task since tasks were held back."""
        return (self.folder / "refused").exists()

    def hold(self) -> None:
        """Hold tasks back once they have begun, and forget those that began or were refused before."""
        (self.folder / "begun").write_text("")
        (self.folder / "refused").unlink(missing_ok=True)
        (self.folder / "hold").touch()

    def let_go(self) -> None:
        (self.folder / "hold").unlink(missing_ok=True)

    def kill(self, process: int) -> None:
        """Kill a process by its number in the namespace."""
        subprocess.run(self.inside(["kill", "-KILL", str(process)]), check=True)

    def _command(self, config: Path, arguments: tuple[str, ...]) -> list[str]:
        return self.inside([str(PYTHON), "-m", "fxtrack", "--config", str(config), *arguments])


def _descendants(process: int) -> list[int]:
    try:
        children = [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []
    return [found for child in children for found in (*_descendants(child), child)]
