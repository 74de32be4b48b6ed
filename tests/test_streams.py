"""Where answers go and queries come from: devices, pipes, links, and streams that are full or closed."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import Project


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("known"))
    project.configure("")
    project.page("a.txt")
    assert project.run("ingest").returncode == 0
    return project


def through_shell(known: Project, line: str, **environment: str) -> tuple[int, str]:
    """Run a line of shell in which $F is the command; return its exit code and what it said."""
    given = {"F": f"{sys.executable} -m fxtrack", "FXTRACK_CONFIG": str(known.root / "config.toml"), **environment}
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **given}
    )  # fmt: skip
    return done.returncode, done.stderr


ANSWERS = [
    "latest",
    "export",
    "audit --json",
    "deltas --csv",
    "sql 'FROM latest'",
    "chart --kind overview -o -",
    "ingest",
]


@pytest.mark.few(3)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("command", ANSWERS)
def test_an_answer_that_does_not_fit_is_one_line(known: Project, command: str) -> None:
    code, said = through_shell(known, f"$F {command} > /dev/full")
    words = "standard output cannot be written: No space left on device; the output is incomplete"
    assert (code, said) == (1, f"fxtrack: {words}\n")


@pytest.mark.few(3)
@pytest.mark.parametrize("command", ANSWERS)
def test_a_closed_output_is_said_before_anything_is_done(known: Project, command: str) -> None:
    words = "standard output is closed: direct it to a file, or to /dev/null"
    assert through_shell(known, f"$F {command} >&-") == (2, f"fxtrack: {words}\n")
    assert through_shell(known, f"$F {command} >/dev/null 2>&-") == (0, "")


@pytest.mark.few(5)
@pytest.mark.parametrize(
    "command", [*ANSWERS, "status", "show KGS/USD", "coverage", "config show", "verify", "--help", "chart --help"]
)
def test_a_reader_that_is_gone_is_no_error(known: Project, command: str) -> None:
    assert through_shell(known, f"$F {command} | :; exit ${{PIPESTATUS[0]}}") == (0, "")


@pytest.mark.parametrize("command", ["run", "reparse"])
def test_a_reader_that_is_gone_before_the_work_is_done_is_one_line(known: Project, command: str) -> None:
    words = "standard output was closed early: the rest of the work is not done"
    assert through_shell(known, f"$F {command} | :; exit ${{PIPESTATUS[0]}}") == (1, f"fxtrack: {words}\n")


@pytest.mark.parametrize("command", ["latest", "show KGS/USD", "deltas", "audit", "coverage", "sql 'FROM latest'"])
def test_an_answer_has_one_form(known: Project, command: str) -> None:
    code, said = through_shell(known, f"$F {command} --json --csv")
    assert (code, said) == (2, "fxtrack: --json and --csv exclude each other: give one of them\n")


def test_characters_that_the_output_has_not_are_named(known: Project) -> None:
    code, said = through_shell(known, "$F sql 'SELECT chr(26085) AS x'", PYTHONIOENCODING="cp1252")
    assert (code, said) == (
        1, "fxtrack: standard output takes cp1252, which has no \\u65e5: set PYTHONIOENCODING=utf-8\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("$F sql - <&-", "standard input is closed: give the query as an argument"),
        ("printf 'SELECT \\xff' | $F sql -", "the query is not valid UTF-8"),
        ("$F sql $'SELECT \\'\\xe9\\' AS a'", "the query is not valid UTF-8"),
    ],
)
def test_a_query_that_cannot_be_read_is_one_line(known: Project, line: str, words: str) -> None:
    assert through_shell(known, line) == (2, f"fxtrack: {words}\n")


@pytest.fixture
def whole(known: Project) -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "fxtrack", "--config", str(known.root / "config.toml"), "export"],
        capture_output=True, timeout=120, check=True,
    ).stdout  # fmt: skip


def test_a_link_is_followed_and_a_file_keeps_its_mode(known: Project, whole: bytes, tmp_path: Path) -> None:
    file, link = tmp_path / "real.csv", tmp_path / "link.csv"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file.name)
    assert known.run("export", "-o", str(link)).returncode == 0
    assert (link.is_symlink(), file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (True, whole, 0o600)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv", "real.csv"]


def test_what_reads_from_a_pipe_gets_it_all(known: Project, whole: bytes, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert known.run("export", "-o", str(pipe)).returncode == 0
    reader.join(60)
    assert (came, stat.S_ISFIFO(pipe.stat().st_mode)) == ([whole], True)


def test_a_device_stays_a_device(known: Project, tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only the superuser can make a device")
    for command in (["export"], ["chart", "--kind", "overview", "--format", "png"]):
        assert known.run(*command, "-o", str(device)).returncode == 0
        assert stat.S_ISCHR(device.stat().st_mode)


def test_a_folder_that_is_named_as_one_is_made(known: Project, tmp_path: Path) -> None:
    assert known.run("chart", "KGS/USD", "--kind", "trend", "-o", f"{tmp_path}/new/").returncode == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["trend-KGS-USD.png"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["export", "-o", ""], 2), (["chart", "-o", ""], 2), (["chart", "--dpi", "nan"], 2),
        (["latest", "--pair", ""], 3),
        (["deltas", "--source", ""], 3), (["chart", "--source", ""], 3), (["show", ""], 3),
        (["probe", "x.warc#99999999999999999999"], 1),
        (["sql", ";"], 2),
    ],
)  # fmt: skip
def test_what_is_empty_or_no_number_is_one_line_and_not_left_out(
    known: Project, arguments: list[str], code: int
) -> None:
    done = known.run(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert "(a bug" not in done.stderr
