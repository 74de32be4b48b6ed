"""Rooms import downward only, each library has its place, and quick commands load nothing heavy."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT, Project

PACKAGE = ROOT / "fxtrack"

# A room imports rooms of the lines above its own; rooms of one line do not know each other.
LAYERS = (
    ("errors", "limits"),
    ("model", "files"),
    ("deltas", "extract"),
    ("config",),
    ("pages", "probe", "store"),
    ("runs", "ingest", "collect", "output"),
    ("charts",),
    ("alerts",),
    ("pipeline", "maintenance"),
    ("cluster",),
    ("service", "api"),
    ("cli",),
    ("__main__",),
)

# The only places of each library.
LIBRARIES = {
    "apprise": {"alerts/delivery/receivers.py"},
    "duckdb": {"store/database/"},
    "pyarrow": {"store/", "cluster/", "pages/bucket.py"},
    "polars": {"store/query.py", "charts/", "output/", "api.py"},
    "matplotlib": {"charts/"},
    "jinja2": {"charts/gallery/index_page.py"},
    "babel": {"extract/currencies.py", "extract/calendar/", "probe/", "charts/language/", "output/export.py"},
    "xlsxwriter": {"output/workbook.py"},
    "apscheduler": {"service/scheduler.py"},
    "watchfiles": {"service/watcher.py"},
    "prometheus_client": {"service/status/metrics.py"},
    "structlog": {"service/"},
    "cronsim": {"config/schedule.py"},
    "httpx": {"collect/http/"},
    "httpcore": {"collect/http/"},
    "tenacity": {"collect/http/"},
    "protego": {"collect/http/robots.py"},
    "fastwarc": {"pages/"},
    "warcio": {"collect/warc_writer.py"},
    "lxml": {"extract/text/html.py"},
    "ray": {"cluster/engines/on_ray.py"},
    "tinycss2": {"extract/styles/css.py"},
    "re2": {"extract/grammar.py", "extract/ticker/custom.py"},
    "charset_normalizer": {"extract/text/decode.py"},
    "click": {"cli/"},
    "rich": {"cli/", "output/"},
}
SERVICE_ONLY = {"apscheduler", "structlog", "prometheus_client", "watchfiles", "matplotlib", "httpx", "apprise"}
AT_THE_ROOT = {"__init__", "__main__", "errors", "limits", "files", "pipeline", "api"}
MOST_MODULES = 9
MOST_LINES = 3
TYPE_VARIABLES = {"T", "Command"}


def module_name(path: Path, package: Path = PACKAGE) -> str:
    return ".".join(path.relative_to(package).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, also in functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(path: Path, package: Path = PACKAGE) -> set[str]:
    """Return the modules of the package that one of its files imports."""
    names = {name.removeprefix("fxtrack.") for name in imports(path) if name.startswith("fxtrack.")}
    return {name for name in names if (package / name.replace(".", "/")).with_suffix(".py").exists()} | {
        name for name in names if (package / name.replace(".", "/") / "__init__.py").exists()
    }


def broken_rules(package: Path) -> list[str]:
    """Return a line for each import that goes up or sideways."""
    rank = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
    broken = []
    for path in package.rglob("*.py"):
        name = module_name(path, package)
        room = name.partition(".")[0]
        for imported in own_imports(path, package) if name else ():
            other = imported.partition(".")[0]
            if other != room and rank[other] >= rank[room]:
                broken.append(f"{name} imports {imported}")
    return sorted(broken)


def misplaced_libraries(package: Path) -> list[str]:
    """Return a line for each import of a library outside its places."""
    found = []
    for path in package.rglob("*.py"):
        place = path.relative_to(package).as_posix()
        libraries = {name.partition(".")[0] for name in imports(path)} & LIBRARIES.keys()
        found += [f"{place} imports {library}" for library in libraries if not has_place(place, LIBRARIES[library])]
    return sorted(found)


def has_place(place: str, allowed: set[str]) -> bool:
    """Return whether a file is one of some places: a file, or anything in a folder that ends in a stroke."""
    return any(place == where or (where.endswith("/") and place.startswith(where)) for where in allowed)


def test_rooms_import_downward_only() -> None:
    assert broken_rules(PACKAGE) == []


def test_each_library_has_its_place() -> None:
    assert misplaced_libraries(PACKAGE) == []


def test_no_module_imports_itself_by_way_of_others_not_even_for_types() -> None:
    graph = {module_name(path): own_imports(path) for path in PACKAGE.rglob("*.py") if module_name(path)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a cycle of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("place", "text", "broken"),
    [
        ("store/writer.py", "from fxtrack.ingest.part import Intake\n", "store.writer imports ingest.part"),
        ("runs/facts.py", "def f():\n    from fxtrack.charts import select\n", "runs.facts imports charts.select"),
        ("extract/page.py", "import duckdb\n", "extract/page.py imports duckdb"),
        ("collect/live.py", "from fxtrack.pipeline import run_pass\n", "collect.live imports pipeline"),
    ],
)
def test_an_import_against_the_rule_is_found(tmp_path: Path, place: str, text: str, broken: str) -> None:
    for path in PACKAGE.rglob("*.py"):
        copy = tmp_path / path.relative_to(PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch()
    (tmp_path / place).write_text(text, "utf-8")
    assert broken in [*broken_rules(tmp_path), *misplaced_libraries(tmp_path)]


def test_only_the_flow_stands_at_the_root_and_rooms_stay_small() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == AT_THE_ROOT
    rooms = {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}
    assert {str(room): count for room in rooms if (count := len([*room.glob("*.py")]) - 1) > MOST_MODULES} == {}


def public_names(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (name for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
            yield from (name.id for name in names if isinstance(name.ctx, ast.Store))


def test_public_names_are_found_wherever_a_module_assigns_them(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "ONE = 1\nTWO: int = 2\nTHREE, (FOUR, *FIVE) = values\n[SIX] = [6]\ndef seven(): eight = 8\n", "utf-8"
    )
    assert [*public_names(module)] == ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "seven"]


def test_no_public_name_means_two_things() -> None:
    places: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in {*public_names(path)} - TYPE_VARIABLES:
            if not name.startswith("_"):
                places.setdefault(name, []).append(module_name(path))
    double = {name: modules for name, modules in places.items() if len(modules) > 1}
    assert double == {}


def test_every_room_says_what_goes_in_and_what_comes_out() -> None:
    for init in PACKAGE.rglob("*/__init__.py"):
        text = ast.get_docstring(ast.parse(init.read_text("utf-8"))) or ""
        assert re.search(r"\bIn: .*\bOut: ", text, re.DOTALL), init
        assert len([line for line in text.splitlines() if line]) <= MOST_LINES, init


@pytest.mark.few(2)
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


def test_the_help_loads_none_of_the_libraries_of_data() -> None:
    program = "import sys, fxtrack.cli.main; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert set(done.stdout.split()) & {"polars", "duckdb", "pyarrow", "msgspec", "fxtrack.api", "babel"} == set()
