"""`fxtrack sql` ends in time and within its memory; what the system denies is one line that says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import InProcess, Project

from fxtrack.model.address_space import least_address_space

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(100000000) b"


@pytest.fixture
def filled(project: Project, in_process: InProcess) -> Project:
    project.page("a.txt")
    assert in_process("ingest")[0] == 0
    return project


@pytest.mark.few(3)
@pytest.mark.usefixtures("filled", "no_hang")
@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
@pytest.mark.parametrize("query", [ENDLESS, f"{ENDLESS}; SELECT 2", "SELECT range FROM range(100000000000)"])
def test_a_query_is_stopped_at_its_timeout_and_prints_nothing(
    in_process: InProcess, query: str, form: list[str]
) -> None:
    code, out, err = in_process("sql", "--timeout", "1", *form, query)
    assert (code, out) == (1, "")
    assert err == "fxtrack: the query was stopped after 1 s: ask for less, or allow more time with --timeout\n"


@pytest.mark.usefixtures("filled")
def test_a_query_that_ends_in_time_is_not_stopped(in_process: InProcess) -> None:
    assert in_process("sql", "--timeout", "86400", "--csv", "SELECT 1 AS one") == (0, "one\n1\n", "")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("seconds", ["0", "-1", "86401", "nan", "1e3", "soon"])
def test_a_timeout_that_is_no_time_is_a_usage_error(in_process: InProcess, seconds: str) -> None:
    code, out, err = in_process("sql", "--timeout", seconds, "SELECT 1")
    assert (code, out) == (2, "")
    assert "--timeout" in err


@pytest.mark.usefixtures("filled")
def test_a_query_that_needs_more_memory_than_it_has_says_so(in_process: InProcess) -> None:
    code, out, err = in_process("sql", "SELECT length(string_agg(i::VARCHAR, '')) FROM range(100000000) t(i)")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("fxtrack: the query needs more memory than it has, 28")
    assert in_process("sql", "--csv", "SELECT 1 AS one")[:2] == (0, "one\n1\n")


@pytest.mark.parametrize("kib", [30_000, 120_000, 300_000, 2_000_000, least_address_space() // 1024 - 1])
def test_too_little_memory_for_the_process_is_one_line_and_no_bug_report(kib: int) -> None:
    done = subprocess.run(
        ["sh", "-c", f'ulimit -v {kib}; exec "$@"', "sh", sys.executable, "-m", "fxtrack", "latest"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("fxtrack: out of memory: this process may have ")
    assert done.stderr.endswith("give the process more (see `ulimit -v`)\n")
    assert "a bug" not in done.stderr


def test_too_little_memory_for_a_program_that_opens_a_file_is_refused_as_well(filled: Project) -> None:
    program = "import sys, fxtrack; fxtrack.open(sys.argv[1])"
    done = subprocess.run(
        ["sh", "-c", 'ulimit -v 1500000; exec "$@"', "sh", sys.executable, "-c", program, filled.root / "config.toml"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "\nfxtrack.errors.FxtrackError: out of memory: this process may have 1,500,000 KiB" in done.stderr


def test_the_least_memory_that_is_not_refused_is_enough(filled: Project) -> None:
    for command in (["run"], ["reparse", "--apply"], ["export", "-o", "closes.xlsx"]):
        done = subprocess.run(
            ["sh", "-c", f'ulimit -v {least_address_space() // 1024}; exec "$@"', "sh", sys.executable, "-m", "fxtrack",
             "--config", str(filled.root / "config.toml"), *command],
            capture_output=True, text=True, timeout=60, check=False, cwd=filled.root,
        )  # fmt: skip
        assert (done.returncode, done.stderr.count("\n") <= 1) == (0, True), done.stderr


@pytest.mark.parametrize("library", ["duckdb", "pyarrow"])
def test_a_library_that_cannot_be_loaded_is_one_line_and_no_bug_report(
    filled: Project, tmp_path_factory: pytest.TempPathFactory, library: str
) -> None:
    broken = tmp_path_factory.mktemp("broken")
    Path(broken, f"{library}.so").write_bytes(b"\x7fELF, cut short")
    filled.page("b.txt")
    done = subprocess.run(
        [sys.executable, "-m", "fxtrack", "--config", filled.root / "config.toml", "ingest"],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": str(broken)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"a library cannot be loaded: {broken}/{library}.so: " in done.stderr
    assert "a bug" not in done.stderr


def test_a_library_that_is_missing_is_named_with_the_way_out(
    filled: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broken = tmp_path_factory.mktemp("broken")
    Path(broken, "duckdb.py").write_text("import no_such_library\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "fxtrack", "--config", filled.root / "config.toml", "latest"],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": str(broken)},
    )  # fmt: skip
    reason = "fxtrack: a library is missing: No module named 'no_such_library'; install fxtrack again\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", reason)
