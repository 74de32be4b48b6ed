"""What may import what: each heavy library has its one place, and quick commands do without them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Project

ONE_PLACE = {
    "apscheduler": {"service"}, "cronsim": {"config"}, "watchfiles": {"service"},
    "prometheus_client": {"service"}, "duckdb": {"store"}, "matplotlib": {"charts"},
    "jinja2": {"charts"},
}  # fmt: skip
SERVICE_ONLY = {"apscheduler", "structlog", "prometheus_client", "watchfiles", "matplotlib", "httpx"}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("library", ONE_PLACE)
def test_a_heavy_library_has_one_place(library: str) -> None:
    package = ROOT / "fxtrack"
    places = {path.relative_to(package).parts[0] for path in package.rglob("*.py") if library in imports(path)}
    assert places == ONE_PLACE[library]


@pytest.mark.parametrize("command", ["--help", "latest", "status", "ingest"])
def test_a_command_imports_nothing_that_only_the_service_needs(project: Project, command: str) -> None:
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    program = (
        "import sys\nfrom fxtrack.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    print(' '.join(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--config", project.root / "config.toml", command],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    loaded = set(done.stderr.split())
    assert "fxtrack.cli.main" in loaded
    assert loaded & SERVICE_ONLY == set()
