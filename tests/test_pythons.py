"""Newer versions of Python: the tool is installed under each one that is found, and passes the tests of every room."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow
FILES = (
    "test_ticker.py",
    "test_html.py",
    "test_store.py",
    "test_settling.py",
    "test_service.py",
    "test_charts.py",
    "test_export.py",
    "test_api.py",
)


def installed(version: str) -> Iterator[str]:
    """Yield interpreters of a version that may work, those of pyenv included."""
    if found := shutil.which(f"python{version}"):
        yield found
    yield from map(str, (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python3"))


def run(*command: str | Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_a_newer_python_passes_the_tests_of_every_room(tmp_path: Path, version: str) -> None:
    own = f"import sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    python = next((found for found in installed(version) if run(found, "-c", own).returncode == 0), None)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    assert run(python, "-m", "venv", tmp_path / "venv").returncode == 0
    here = tmp_path / "venv" / "bin" / "python"
    done = run(
        here, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", "constraints.txt",
        "--requirement", "requirements-dev.txt", "--editable", ".", seconds=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files = [f"tests/{name}" for name in FILES]
    done = run(here, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", *files, seconds=900)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout.splitlines()[-1]
