"""A real Ray cluster in a network and process namespace of its own: it reaches nothing else, and ends as a whole.

The head has no processor; each node has one. Ray replaces 127.0.0.1 by the address of the machine where it finds one,
so there is none. The tests use it too.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
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


class NoNamespacesError(Exception):
    """This user, or this machine, may not make namespaces."""


class RayCluster:
    """A head and its nodes. Use it as a context manager."""

    def __init__(self, folder: Path, customize: str = "") -> None:
        """Keep logs and temporary files in a folder with a short path.

        Args:
            folder: an empty or new one.
            customize: Python code with which every process of the cluster starts.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "customize").mkdir()
        (folder / "customize" / "sitecustomize.py").write_text(customize, "utf-8")
        self.nodes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        """Start the head.

        Raises:
            NoNamespacesError: namespaces are not permitted.
        """
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child", sys.executable, "-c", HOLD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        if not self._holder.stdout or self._holder.stdout.readline() != b"ready\n":
            _, error = self._holder.communicate()
            raise NoNamespacesError(error.decode().strip())
        self._inner = int(Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()[0])
        self._start_ray(["--head", "--port", "6379", "--num-cpus", "0", "--include-dashboard", "false",
                         "--temp-dir", str(self.folder / "r")])  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all processes of the cluster, and those that were started inside its namespaces."""
        self._holder.kill()  # the first process of the namespace: all others end with it
        self._holder.communicate()
        for node in self.nodes:
            node.wait()

    def add_node(self, *before: str, **environment: str) -> int:
        """Start a node, behind the words of another command, wait until it is there, and return its number."""
        self._start_ray(["--address", ADDRESS, "--num-cpus", "1"], before, environment)
        return len(self.nodes) - 1

    def inside(self, command: list[str]) -> list[str]:
        """Return a command that runs another one inside the namespaces of the cluster."""
        return ["nsenter", "--target", str(self._inner), "--net", "--pid", "--mount", *command]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of this process with what the processes of a cluster need."""
        fixed = {"RAY_BACKEND_LOG_LEVEL": "error", "RAY_USAGE_STATS_ENABLED": "0", "TASKS": str(self.folder)}
        return {**os.environ, **fixed, **more}

    def _start_ray(
        self, words: list[str], before: tuple[str, ...] = (), environment: dict[str, str] | None = None
    ) -> None:
        # the code of this checkout, whichever is installed
        paths = [str(self.folder / "customize"), (environment or {}).get("PYTHONPATH"), str(ROOT)]
        command = [
            *before, str(PYTHON.with_name("ray")), "start", *words, "--node-ip-address", "127.0.0.1",
            "--disable-usage-stats", "--block",
        ]  # fmt: skip
        log = self.folder / f"node-{len(self.nodes)}.log"
        with log.open("wb") as opened:
            self.nodes.append(
                subprocess.Popen(
                    self.inside(command),
                    env=self.environment(PYTHONPATH=os.pathsep.join(filter(None, paths))),
                    stdin=subprocess.DEVNULL, stdout=opened, stderr=subprocess.STDOUT, start_new_session=True,
                )
            )  # fmt: skip
        wait_for(lambda: b"Ray runtime started" in log.read_bytes())


def wait_for(holds: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: it does not.
    """
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"waited for {seconds:.0f} seconds")
        time.sleep(0.02)
