"""Commands in which the n-th call of a kind fails, or that are killed there or at some moment."""

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import faulty
import pytest

KINDS = {"write": 1, "sync": 2, "rename": 4, "unlink": 8, "open": 16, "mmap": 32}
"""The kinds of calls, with their numbers in faults.c."""

ERRORS = {
    "write": errno.ENOSPC, "sync": errno.EIO, "rename": errno.EIO, "unlink": errno.EACCES, "open": errno.EMFILE,
    "mmap": errno.ENOMEM,
}  # fmt: skip
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ended:
    """A command that ended: its exit code, its output, how many calls it made, and how many seconds it took."""

    code: int
    out: str
    err: str
    calls: int
    seconds: float


class Faults:
    """A process that runs commands with faults in them; see `faulty`."""

    def __init__(self, folder: Path) -> None:
        """Build the library in a folder, and start the process."""
        if not shutil.which("gcc"):
            pytest.skip("gcc, which builds the library that makes calls fail, is not installed")
        self.folder = folder
        library, plan = folder / "faults.so", folder / "plan"
        build = [
            "gcc",
            "-shared",
            "-fPIC",
            "-O1",
            "-Wall",
            "-Werror",
            "-o",
            str(library),
            str(_HERE / "faults.c"),
            "-ldl",
        ]
        built = subprocess.run(build, capture_output=True, text=True, check=False)
        if built.returncode:
            pytest.skip(f"the library that makes calls fail cannot be built here: {built.stderr.splitlines()[0]}")
        plan.write_bytes(bytes(faulty.PLAN.size))
        (folder / "tmp").mkdir()
        self._process = subprocess.Popen(
            [sys.executable, _HERE / "faulty.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "LD_PRELOAD": str(library), "FAULTS": str(plan), "TMPDIR": str(folder / "tmp")},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(
        self, folder: Path, *arguments: str, kind: str | None = None, at: int = 0, error: int | None = None,
        kill_after: float | None = None,
    ) -> Ended:  # fmt: skip
        """Run a command in a folder.

        Args:
            folder: the project, with its config.toml.
            arguments: the command.
            kind: the calls to count, on files in the project; unless given, calls of all kinds.
            at: the call that fails.
            error: the error of that call, by default that of its kind; 0 kills the process there.
            kill_after: seconds after which to kill the process.
        """
        out, err = self.folder / "out", self.folder / "err"
        asked = {
            "folder": str(folder), "out": str(out), "err": str(err), "at": at, "arguments": arguments,
            "kinds": KINDS[kind] if kind else sum(KINDS.values()), "root": f"{folder}/", "kill_after": kill_after,
            "error": error if error is not None else ERRORS[kind] if kind else 0,
        }  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code, calls, seconds = json.loads(self._process.stdout.readline())
        return Ended(code, out.read_text("utf-8"), err.read_text("utf-8"), calls, seconds)

    def left_over(self) -> set[str]:
        """Return the names in the folder for temporary files."""
        return {path.name for path in (self.folder / "tmp").iterdir()}
