"""The real service in a separate process, started and signalled from outside."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from conftest import Project

SITE = '[[sources]]\nname = "site"\n'
WAIT_SECONDS = 60


def wait_until(true: Callable[[], object], what: str) -> None:
    """Wait for something that must come; how long it takes is not the test's business."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def configure(project: Project, schedule: str, more: str = "", source: str = SITE) -> None:
    """Configure a project for the service; `schedule` is the body of its section."""
    project.configure(f"[database]\nwait_seconds = 30\n{more}\n[schedule]\n{schedule}\n{source}")


class Service:
    """A running service; its log goes to a file beside the project."""

    def __init__(self, project: Project, *options: str, env: dict[str, str] | None = None) -> None:
        self.project = project
        self.log = project.root / "service.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml"), "service",
                 "--log-format", "json", *options],
                stdout=subprocess.DEVNULL, stderr=log, env=env,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def lines(self) -> list[dict[str, Any]]:
        """Return what was logged, by this service and those before it."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]

    def said(self, event: str) -> list[dict[str, Any]]:
        """Return the lines with such an event."""
        return [line for line in self.lines() if line["event"] == event]

    def wait_for(self, event: str, times: int = 1) -> dict[str, Any]:
        """Wait for a line in the log and return it."""
        wait_until(lambda: len(self.said(event)) >= times or self.process.poll() is not None, f"{event!r} in the log")
        found = self.said(event)
        assert len(found) >= times, self.log.read_text("utf-8")
        return found[times - 1]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end and return its exit code. Nothing but log lines may be in its log."""
        self.process.send_signal(number)
        code = self.process.wait(WAIT_SECONDS)
        assert [line for line in self.log.read_text("utf-8").splitlines() if not line.startswith("{")] == []
        return code


def runs(project: Project, where: str = "true") -> list[dict[str, Any]]:
    """Return rows of `runs` from the writer's database, once no process holds it."""
    from contextlib import closing

    from fxtrack.store.database.opening import connect_reader

    with closing(connect_reader(project.config.writer, 30)) as connection:
        result = connection.execute(f"SELECT * FROM runs WHERE {where} ORDER BY run_id")
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def status(project: Project) -> dict[str, Any]:
    """Return what `fxtrack status --json` says."""
    done = project.run("status", "--json")
    assert done.stderr == ""
    said: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if said["healthy"] else 1)
    return said


def free_port() -> int:
    """Return a free port on loopback."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def rest(path: Path) -> set[str]:
    """Return the names of files in a folder that a crash may have left half-written."""
    return {found.name for found in path.rglob(".*.new*")}


FREEZERS = (
    ("/sys/fs/cgroup", "cgroup.freeze", "1", "0"),
    ("/sys/fs/cgroup/unified", "cgroup.freeze", "1", "0"),
    ("/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED"),
)
"""Where control groups may be made, the file that freezes one, and its two values: of both versions of the kernel."""


def _new_group(process: int) -> tuple[Path, str, str]:
    for place, name, frozen, thawed in FREEZERS:
        group = Path(place, f"fxtrack-test-{process}")
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / name).exists():
            return group / name, frozen, thawed
        group.rmdir()
    pytest.skip("control groups that can be frozen are not to be made here")


@contextmanager
def freezable(process: int) -> Iterator[Callable[[bool], None]]:
    """Put a process into a control group of its own, and yield a function that freezes or thaws it."""
    switch, frozen, thawed = _new_group(process)
    group = switch.parent

    def freeze(now: bool) -> None:
        switch.write_text(frozen if now else thawed)
        newer = switch.name == "cgroup.freeze"
        said = switch.with_name("cgroup.events") if newer else switch
        wanted = f"frozen {int(now)}" if newer else frozen if now else thawed
        wait_until(lambda: wanted in said.read_text(), wanted)

    (group / "cgroup.procs").write_text(str(process))
    try:
        yield freeze
    finally:
        freeze(False)
        for left in (group / "cgroup.procs").read_text().split():
            (group.parent / "cgroup.procs").write_text(left)
        group.rmdir()
