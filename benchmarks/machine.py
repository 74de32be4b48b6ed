"""The machine and the versions that results hold for, and what is missing on it."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

REQUIRED = {"rg": "ripgrep", "taskset": "util-linux"}
OPTIONAL = {"ugrep": "ugrep", "git": "git", "grep": "grep", "zgrep": "gzip", "find": "findutils"}
_PYTHON_PACKAGES = ("duckdb", "polars", "pyarrow", "pandas", "beautifulsoup4", "fastwarc", "warcio")


def missing(programs: dict[str, str]) -> list[str]:
    """Return the distribution's packages for those programs that are not there."""
    return [package for program, package in programs.items() if not shutil.which(program)]


def facts(python: Path) -> list[tuple[str, str]]:
    """Return what describes the machine and the tools, as (what, value)."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text("utf-8"))
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text("utf-8"))
    return [
        ("processor", model[1] if model else platform.machine()),
        ("processors usable", str(len(os.sched_getaffinity(0)))),
        ("memory", f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "unknown"),
        ("kernel", platform.release()),
        ("system", system[1] if system else "unknown"),
        ("Python", platform.python_version()),
        ("fxtrack", _fxtrack()),
        (
            "its libraries",
            ", ".join(f"{name} {version(name)}" for name in ("duckdb", "lxml", "fastwarc", "google-re2")),
        ),
        ("Python contenders", ", ".join(_versions_in(python))),
        *((package, _first_line([program, "--version"])) for program, package in _programs()),
    ]


def _programs() -> list[tuple[str, str]]:
    return [(program, package) for program, package in (REQUIRED | OPTIONAL).items() if shutil.which(program)]


def _fxtrack() -> str:
    commit = _first_line(["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"])
    return f"{version('fxtrack')} ({commit})" if commit else version("fxtrack")


def _versions_in(python: Path) -> list[str]:
    program = f"from importlib.metadata import version\nfor name in {_PYTHON_PACKAGES}: print(name, version(name))"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def _first_line(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError:
        return ""
    return (done.stdout.splitlines() or [""])[0].strip()


def default_python() -> Path:
    """Return the Python of the environment in which `make bench` installs the contenders."""
    return Path(sys.prefix) / "bench" / "bin" / "python"
