"""The ready-made questions have answers, and help costs nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, InProcess, Project, Shell, page_text

from fxtrack.cli.main import COMMANDS, SUMMARIES

QUERIES = sorted((ROOT / "db" / "queries").glob("*.sql"))
HEAVY = {"matplotlib", "numpy", "polars", "pyarrow", "duckdb", "babel", "jinja2"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A database built from the sample pages with the repository's own settings, in another folder."""
    project = Project(tmp_path_factory.mktemp("sample"))
    project.configure((ROOT / "config.toml").read_text("utf-8"))
    for page in sorted((ROOT / "pages" / "sample").glob("*.txt")):
        project.page(f"sample/{page.name}", page.read_bytes())
    done = project.run("ingest")
    assert (done.returncode, done.stderr) == (0, "")
    return project


def test_there_are_ready_made_questions_and_the_folder_says_how_to_ask_them() -> None:
    assert len(QUERIES) >= 10
    assert "-f db/queries/" in (ROOT / "db" / "queries" / "README.md").read_text("utf-8")


@pytest.mark.few(6)
@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_a_ready_made_question_has_an_answer_on_the_sample_pages(sample: Project, shell: Shell, query: Path) -> None:
    assert query.read_text("utf-8").startswith("-- ")
    done = shell("-readonly", "-csv", "-noheader", str(sample.config.database), "-f", str(query))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


@pytest.mark.parametrize(
    "command", [[], *([name] for name in COMMANDS)], ids=lambda words: " ".join(words) or "fxtrack"
)
def test_help_is_there_without_a_configuration(tmp_path: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fxtrack", *command, "--help"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: fxtrack {' '.join(command)}".rstrip())
    assert list(tmp_path.iterdir()) == []


def test_the_help_lists_every_command_with_a_summary() -> None:
    done = subprocess.run([sys.executable, "-m", "fxtrack", "--help"], capture_output=True, text=True, check=True)
    assert set(SUMMARIES) == set(COMMANDS)
    for name, summary in SUMMARIES.items():
        assert f"  {name} " in done.stdout
        assert summary[:30] in done.stdout


def imported_by(*arguments: str) -> set[str]:
    """Return which heavy libraries a command imports."""
    program = (
        "import sys\nfrom fxtrack.cli.main import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit as left:\n"
        "    assert not left.code\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return HEAVY & set(done.stderr.split())


def test_help_imports_nothing_heavy() -> None:
    assert imported_by("--help") == imported_by("--version") == set()


@pytest.mark.few(10)
@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    assert imported_by(name, "--help") <= {"duckdb"}


@pytest.mark.parametrize("command", ["latest", "audit", "coverage", "deltas", "show KGS/USD", "sql FROM\tlatest"])
def test_reading_imports_the_database_and_nothing_else_heavy(sample: Project, command: str) -> None:
    words = [word.replace("\t", " ") for word in command.split(" ")]
    assert imported_by("--config", str(sample.root / "config.toml"), *words) - {"numpy"} == {"duckdb"}


def test_a_run_that_draws_nothing_does_not_import_the_drawing_library(sample: Project) -> None:
    config = ("--config", str(sample.root / "config.toml"))
    assert "matplotlib" not in imported_by(*config, "ingest")
    assert "matplotlib" in imported_by(*config, "run")
    assert "matplotlib" not in imported_by(*config, "run")


def test_coverage_of_a_range_lists_what_is_missing_in_it_and_no_more(project: Project, in_process: InProcess) -> None:
    for day in (1, 11, 12, 22):
        project.page(f"{day}.txt", page_text(date=f"{day} December 2025"))
    assert in_process("ingest")[0] == 0
    for since, until, missing in (("05", "18", 6 + 6), ("01", "12", 9), ("11", "12", 0), ("13", "21", 9)):
        where = ("--from", f"2025-12-{since}", "--to", f"2025-12-{until}")
        code, out, _ = in_process("coverage", *where, "--json")
        gaps = json.loads(out)
        assert (code, sum(gap["days"] for gap in gaps)) == (0, missing)
        assert all(where[1] <= gap["first_missing"] <= gap["last_missing"] <= where[3] for gap in gaps)
        assert f"{missing} missing" in in_process("coverage", *where)[1]
