"""A real Ray cluster in a network and process namespace of its own: it reaches nothing else, and ends as a whole.

The head has no processor; each node has one. Their processes start with `sitecustomize`, which lets a test hold tasks
back, and kills the process of a task whose file has `poison` in its name.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from conftest import ROOT

PYTHON = ROOT / ".venv" / "cluster" / "bin" / "python"
ADDRESS = "127.0.0.1:6379"
HOLD = """\
import fcntl, socket, struct, sys
s = socket.socket()
flags = struct.unpack("16sh", fcntl.ioctl(s, 0x8913, struct.pack("16sh", b"lo", 0)))[1]
fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", flags | 1))  # lo is up
print("ready", flush=True)
sys.stdin.read()
"""
CUSTOMIZE = """\
import os, resource, signal, sys, time
if any(word.endswith("default_worker.py") for word in sys.orig_argv):
    import fxtrack.cluster.task as task
    read, folder = task.read_part, os.environ["TASKS"]
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
    task.read_part = watched
"""


class Cluster:
    """A head and its nodes. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "customize").mkdir()
        (folder / "customize" / "sitecustomize.py").write_text(CUSTOMIZE, "utf-8")
        self.nodes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child", sys.executable, "-c", HOLD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self._holder.stdout
        if self._holder.stdout.readline() != b"ready\n":
            _, error = self._holder.communicate()
            pytest.skip(f"namespaces are not permitted here: {error.decode().strip()}")
        self._inner = int(Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()[0])
        self._start_ray(["--head", "--port", "6379", "--num-cpus", "0", "--include-dashboard", "false",
                         "--temp-dir", str(self.folder / "r")])  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.kill()  # the first process of the namespace: all others end with it
        self._holder.communicate()
        for node in self.nodes:
            node.wait()

    def add_node(self, *before: str, **environment: str) -> int:
        """Start a node, behind the words of another command, wait until it is there, and return its number."""
        self._start_ray(["--address", ADDRESS, "--num-cpus", "1"], before, environment)
        return len(self.nodes) - 1

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
            self._inside([str(PYTHON), "-c", program]), env=self._environment({}), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        (number,) = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("alive ")] or ["0"]
        return int(number)

    def run(self, config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as the driver."""
        return subprocess.run(
            self._command(config, arguments), env=self._environment({}), capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    def start(self, config: Path, *arguments: str) -> subprocess.Popen[str]:
        """Start the command as the driver and return at once."""
        return subprocess.Popen(
            self._command(config, arguments), env=self._environment({}), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    @property
    def begun(self) -> list[tuple[str, int]]:
        """File and process, by the number in the namespace, of each task that began."""
        log = self.folder / "begun"
        lines = log.read_text().splitlines() if log.exists() else []
        return [(name, int(process)) for name, process in (line.split() for line in lines)]

    def hold(self) -> None:
        """Hold tasks back once they have begun, and forget those that began before."""
        (self.folder / "begun").write_text("")
        (self.folder / "hold").touch()

    def let_go(self) -> None:
        (self.folder / "hold").unlink(missing_ok=True)

    def kill(self, process: int) -> None:
        """Kill a process by its number in the namespace."""
        subprocess.run(self._inside(["kill", "-KILL", str(process)]), check=True)

    def _command(self, config: Path, arguments: tuple[str, ...]) -> list[str]:
        return self._inside([str(PYTHON), "-m", "fxtrack", "--config", str(config), *arguments])

    def _inside(self, command: list[str]) -> list[str]:
        return ["nsenter", "--target", str(self._inner), "--net", "--pid", "--mount", *command]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        fixed = {"RAY_BACKEND_LOG_LEVEL": "error", "RAY_USAGE_STATS_ENABLED": "0", "TASKS": str(self.folder)}
        return {**os.environ, **fixed, **more}

    def _start_ray(
        self, words: list[str], before: tuple[str, ...] = (), environment: dict[str, str] | None = None
    ) -> None:
        paths = [str(self.folder / "customize"), (environment or {}).get("PYTHONPATH")]
        command = [
            *before, str(PYTHON.with_name("ray")), "start", *words, "--node-ip-address", "127.0.0.1",
            "--disable-usage-stats", "--block",
        ]  # fmt: skip
        log = self.folder / f"node-{len(self.nodes)}.log"
        with log.open("wb") as opened:
            self.nodes.append(
                subprocess.Popen(
                    self._inside(command),
                    env=self._environment({"PYTHONPATH": os.pathsep.join(filter(None, paths))}),
                    stdin=subprocess.DEVNULL, stdout=opened, stderr=subprocess.STDOUT, start_new_session=True,
                )
            )  # fmt: skip
        wait_for(lambda: b"Ray runtime started" in log.read_bytes())


def wait_for(holds: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited for a long time"
        time.sleep(0.02)


def _descendants(process: int) -> list[int]:
    try:
        children = [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []
    return [found for child in children for found in (*_descendants(child), child)]
