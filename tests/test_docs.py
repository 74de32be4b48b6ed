"""The commands of the documentation run, its pasted outputs are true, and it leaves no command or setting out.

In a ``console`` block the lines after ``$`` are commands, and the lines after a command are its output: ``...`` stands
for lines, or the rest of a line, left out, ``<...>`` for what depends on time or machine. Commands in ``sh`` blocks
need the network; their options are checked. ``toml``, ``sql`` and ``python`` blocks are configurations, queries and
programs.
"""

import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import click
import pytest
from conftest import ROOT
from msgspec import structs

from fxtrack.cli.main import COMMANDS, cli
from fxtrack.config.alerts import AnyAlert
from fxtrack.config.load import effective, load_config

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md"))
)
CHECKOUT = ("fxtrack", "pages", "db", "deploy", "docs", "tests/layouts", "config.toml", "Makefile")
LONG = {"docs/charts.md", "docs/cluster.md", "docs/commands.md", "docs/sources.md"}  # of commands that take a minute
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "\x1e"
VARYING = re.compile(r"<[^<>?]*>")
EXIT = re.compile(r"  # exit code (\d)$")
BEGIN = """\
exec 2>&1
make() { command make --no-print-directory --old-file .venv/.ready "$@"; }
"""
SERVICE = """\
{ fxtrack service 2>service.log & SERVICE=$!
  until fxtrack status | grep -q '^service: process'; do sleep 0.2; done; }
"""
END = 'test -z "$SERVICE" || { kill -TERM $SERVICE && wait $SERVICE; }\n'


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall((ROOT / page).read_text("utf-8")) if kind == language]


def with_blocks(language: str) -> list[str]:
    return [page for page in PAGES if blocks(page, language)]


def steps(block: str) -> list[tuple[str, int, list[str]]]:
    """Return the commands of a console block, each with its exit code and the lines shown after it."""
    found: list[tuple[str, int, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            code = EXIT.search(line)
            found.append((EXIT.sub("", line[2:]), int(code[1]) if code else 0, []))
        else:
            found[-1][2].append(line)
    return found


def shown_as(printed: list[str], expected: list[str]) -> bool:
    """Return whether the lines that a command printed are those that the documentation shows.

    Columns may be wider or narrower where something in them depends on time or machine.
    """
    varies = any(VARYING.search(line) for line in expected)
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else _pattern(line, varies=varies) for line in expected)
    text = "".join(f"{line.rstrip()}\n" for line in printed)
    return re.fullmatch(pattern, re.sub(" +", " ", text) if varies else text) is not None


def _pattern(line: str, *, varies: bool) -> str:
    if varies:
        line = re.sub(" +", " ", line)
    begin = line.removesuffix("...")
    return r"\S.*?".join(map(re.escape, VARYING.split(begin))) + (".*" if begin != line else "") + "\n"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with the environment of the tests."""
    root = tmp_path_factory.mktemp("fresh") / "fxtrack"
    root.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.duckdb*", "*.json", "*.lock")
    for name in CHECKOUT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, root / name)
    (root / "charts").mkdir()
    (root / ".venv").symlink_to(Path(sys.executable).parent.parent)
    return root


@pytest.fixture(scope="module")
def sample(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the sample pages in the database."""
    root = tmp_path_factory.mktemp("sample") / "fxtrack"
    shutil.copytree(fresh, root, symlinks=True)
    run(root, "fxtrack", "run")
    return root


def run(root: Path, *command: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command as a person in a new shell does who has activated the environment."""
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))  # matplotlib's list of fonts takes long
    path = f"{root / '.venv' / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=root, env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": cache, "PATH": path}, input=text,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=pytest.mark.slow if page in LONG else ()) for page in with_blocks("console")],
)
def test_the_commands_of_a_page_print_what_it_shows(fresh: Path, sample: Path, tmp_path: Path, page: str) -> None:
    if not Path(sys.executable).with_name("duckdb").exists():
        pytest.skip("the duckdb shell (package duckdb-cli) is not installed beside this Python")
    root = tmp_path / "fxtrack"
    shutil.copytree(fresh if page == "README.md" else sample, root, symlinks=True)
    wanted = list(itertools.chain.from_iterable(map(steps, blocks(page, "console"))))
    script = [BEGIN]
    for command, _, _ in wanted:
        script.append(SERVICE if command == "fxtrack service" else f"{command}\n")
        script.append(f"printf '\\n{MARK}%s\\n' $?\n")
    (tmp_path / "script").write_text("".join([*script, END]), "utf-8")
    done = run(root, "bash", tmp_path / "script")
    *answers, rest = re.split(rf"\n{MARK}(\d+)\n", done.stdout)
    assert (done.returncode, rest, done.stderr) == (0, "", "")
    for (command, code, expected), printed, ended in zip(wanted, answers[::2], answers[1::2], strict=True):
        assert int(ended) == code, f"{page}: $ {command}\n{printed}"
        assert not expected or shown_as(printed.splitlines(), expected), f"{page}: $ {command}\n{printed}"


def test_a_wrong_output_is_noticed() -> None:
    printed = ["115 pages: 115 new", "", "process 660, for 11 s", "end"]
    assert shown_as(printed, ["115 pages: 115 new", "", "process <1>, for <0 s>", "end"])
    assert shown_as(printed, ["115 pages: 115 new", "...", "end"])
    assert shown_as(printed, ["115 pages...", "", "process  <1>, for  <0 s>", "end"])
    assert not shown_as(printed, ["115  pages...", "..."])
    assert not shown_as(printed, ["115 pages: 115 new", "..."[:2], "end"])
    assert not shown_as(printed, ["115 pages: 114 new", "..."])
    assert not shown_as(printed, ["115 pages: 115 new", "", "process <1>, for <0 s>"])
    assert not shown_as(printed, ["115 pages: 115 new", "", "process <1>, since <0 s>", "end"])


@pytest.mark.parametrize("page", with_blocks("sh"))
def test_the_other_commands_of_a_page_have_the_options_that_it_names(page: str) -> None:
    lines = [line for block in blocks(page, "sh") for line in block.splitlines() if line.startswith("fxtrack ")]
    for line in lines:
        name, *words = shlex.split(line, comments=True)[1:]
        command = cli.get_command(click.Context(cli), name)
        assert command, line
        command.make_context(name, words)


@pytest.mark.parametrize("page", with_blocks("toml"))
def test_a_configuration_that_a_page_shows_is_valid(tmp_path: Path, page: str) -> None:
    for block in blocks(page, "toml"):
        (tmp_path / "config.toml").write_text(block, "utf-8")
        load_config(tmp_path / "config.toml")


@pytest.mark.parametrize("page", with_blocks("sql"))
def test_the_queries_of_a_page_run(sample: Path, page: str) -> None:
    for block in blocks(page, "sql"):
        done = run(sample, "fxtrack", "sql", "-", text=block)
        assert (done.returncode, done.stderr) == (0, ""), block


@pytest.mark.parametrize("page", with_blocks("python"))
def test_the_programs_of_a_page_run(sample: Path, page: str) -> None:
    for block in blocks(page, "python"):
        done = run(sample, sys.executable, "-c", block)
        assert (done.returncode, done.stderr) == (0, ""), block


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    text = BLOCK.sub("", (ROOT / page).read_text("utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings], link


def test_the_readme_fits_on_a_few_screens() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert len(lines) <= 160
    text = BLOCK.sub("", (ROOT / "README.md").read_text("utf-8"))
    assert max(len(line) for line in text.splitlines() if not line.startswith("| ")) <= 120


def test_the_page_of_commands_names_every_command_and_every_option() -> None:
    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    sections = dict(re.findall(r"^### `fxtrack (\w+)[^\n]*\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(COMMANDS)
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command
        group = command if isinstance(command, click.Group) else None
        parameters = [p for c in (group.commands.values() if group else [command]) for p in c.params]
        options = {max(p.opts, key=len) for p in parameters if isinstance(p, click.Option)}
        missing = {option for option in options if f"`{option}" not in sections[name]}
        assert not missing, f"{name}: {missing}"


def test_the_page_of_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = {path.parent.relative_to(ROOT / "fxtrack") for path in (ROOT / "fxtrack").rglob("*/__init__.py")}
    assert {room for room in rooms if f"`{room.name}/`" not in text} <= {Path("cli/commands")}


def test_the_page_of_the_dependencies_names_every_one() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    names = [cell.strip() for row in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE) for cell in row.split(",")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {re.split(r"[<>=]", requirement)[0] for requirement in project["dependencies"]}
    assert needed <= set(names)


def test_the_pages_name_every_setting(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[sources]]\nname = "a"\n', "utf-8")
    keys = {re.sub(r"\[\d+\]", "", key) for key, _, _ in effective(load_config(tmp_path / "config.toml"))}
    keys -= {"alerts"}  # there is none by default
    keys |= {f"alerts.{field.encode_name}" for kind in get_args(AnyAlert) for field in structs.fields(kind)}
    keys -= {
        f"schedule.{job}.{key}"
        for job in ("fetch", "ingest", "charts", "backup")
        for key in ("cron", "every", "time_zone", "jitter")
    }
    keys |= {f"schedule.{job}" for job in ("fetch", "ingest", "charts", "backup")}
    text = "".join((ROOT / page).read_text("utf-8") for page in PAGES)
    named, twice = set(), set()
    for rows in re.split(r"\n\n", text):
        in_table: list[str] = []
        for row in re.findall(r"^\| (`[^|]*`) \|", rows, re.MULTILINE):
            table = ""
            for key in re.findall(r"`([^`]+)`", row):
                table = key.strip("[]") if key.startswith("[[") else key.partition(".")[0] or table
                in_table.append(f"{table}.{key.rpartition('.')[2]}")
        named |= {*in_table}
        twice |= {key for key in keys if in_table.count(key) > 1}
    assert keys - named == set()
    assert twice == set()


@pytest.mark.parametrize(
    ("script", "file"), [("schema", "docs/schema.md"), ("stand_ins", "fxtrack/deltas/stand_ins.sql")]
)
def test_files_made_from_the_database_are_what_it_says(script: str, file: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / f"{script}.py"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (ROOT / file).read_text("utf-8") == done.stdout, "run `make docs`"


def test_every_command_has_a_man_page_with_all_its_options(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "docs" / "man.py", tmp_path], check=True, capture_output=True)
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command
        page = (tmp_path / f"fxtrack-{name}.1").read_text("utf-8").replace("\\-", "-")
        options = [max(p.opts, key=len) for p in command.params if isinstance(p, click.Option)]
        assert [option for option in options if option not in page] == []
        if shutil.which("groff"):
            done = subprocess.run(
                ["groff", "-man", "-Tutf8", "-ww", "-z", tmp_path / f"fxtrack-{name}.1"],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert done.stderr == ""
    assert all(
        f"fxtrack-{name}" in (tmp_path / "fxtrack.1").read_text("utf-8").replace("\\-", "-") for name in COMMANDS
    )
