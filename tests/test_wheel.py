"""An installation without the repository has everything: the queries, the unit file and an example configuration."""

import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import ROOT, page_text

from fxtrack.store.schema import script_names


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel in it, and with the dependencies of this one."""
    if int(version("setuptools").partition(".")[0]) < 77:
        pytest.skip("setuptools is older than pyproject.toml asks for; `make test` installs one that is not")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT / "fxtrack", source / "fxtrack", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    options = ["--no-deps", "--no-index"]
    run(*pip, "wheel", *options, "--no-build-isolation", "--wheel-dir", folder / "dist", source, cwd=folder)
    (wheel,) = (folder / "dist").iterdir()
    shutil.rmtree(source)
    environment = folder / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=folder)
    python = environment / "bin" / "python"
    run(*pip, "--python", python, "install", *options, wheel, cwd=folder)
    (packages,) = environment.glob("lib/python*/site-packages")
    # a folder named by a .pth file is searched, and the .pth file of the editable installation in it is not read
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    assert run(python, "-c", "import fxtrack; print(fxtrack.__file__)", cwd=folder).startswith(str(packages))
    return environment / "bin"


def test_an_installation_prints_each_ready_made_query(installed: Path, tmp_path: Path) -> None:
    listed = run(installed / "fxtrack", "sql", "--queries", cwd=tmp_path)
    names = script_names("store/sql/ready_made")
    assert [line.split()[0] for line in listed.splitlines()[1:]] == names
    for name in names:
        text = (ROOT / "db" / "queries" / f"{name}.sql").read_text("utf-8")
        assert run(installed / "fxtrack", "sql", "--queries", name, cwd=tmp_path) == text


def test_an_installation_prints_the_unit_file(installed: Path, tmp_path: Path) -> None:
    unit = (ROOT / "deploy" / "fxtrack.service").read_text("utf-8")
    assert run(installed / "fxtrack", "service", "--unit", cwd=tmp_path) == unit


def test_an_installation_goes_from_the_example_configuration_to_a_query_and_charts(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(run(installed / "fxtrack", "config", "example", cwd=tmp_path))
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.txt").write_text(page_text())
    fxtrack = installed / "fxtrack"
    assert "valid; sources: timesca" in run(fxtrack, "config", "check", cwd=tmp_path)
    assert run(fxtrack, "run", cwd=tmp_path).startswith("1 page: 1 new")
    assert "leeoniya/uPlot" in (tmp_path / "charts" / "index.html").read_text("utf-8")
    (licence,) = installed.parent.glob("lib/python*/site-packages/fxtrack/charts/gallery/vendor/uplot/LICENSE")
    assert licence.read_text("utf-8").startswith("The MIT License")
    query = run(fxtrack, "sql", "--queries", "latest", cwd=tmp_path)
    assert "0.01144" in run(fxtrack, "sql", "--", query, cwd=tmp_path)
