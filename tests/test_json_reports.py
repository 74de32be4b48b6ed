"""`--json` on every command that reports something: one JSON document, numbers exact."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click
import pytest
from conftest import InProcess, Project, page_text

from fxtrack.cli.main import cli, main

WITHOUT = {"service", "export", "config example"}
"""Commands that report nothing: a log on standard error, data in formats of their own, a file to copy."""

ALERTS = """
[[sources]]
name = "site"
[notify]
file = "messages.txt"
[[alerts]]
name = "any"
when = "moved"
percent = "0.1"
"""


def commands() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}

    def walk(group: click.Group, before: str) -> None:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                walk(command, f"{before}{name} ")
            else:
                found[before + name] = command

    walk(cli, "")
    return found


def has_json(command: click.Command) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)


def exact(text: str) -> Any:  # noqa: ANN401 -- any JSON
    """Return the content of JSON without a number that a reader would have to round."""

    def refuse(number: str) -> NoReturn:
        pytest.fail(f"{number} is no exact number")

    return json.loads(text, parse_float=refuse, parse_constant=refuse)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("json"))
    project.configure(ALERTS)
    for number, rate in enumerate(("0.01144", "0.01150")):
        project.page(f"{number}.txt", page_text((("KGS/USD", rate, "0%"),), f"{number + 1} December 2025"))
    project.page("other.txt", "no ticker at all\n")
    assert project.run("ingest").returncode == 0
    return project


@pytest.fixture
def run(known: Project, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(["--config", str(known.root / "config.toml"), *arguments])
        return int(left.value.code or 0), capsys.readouterr().out

    return run


QUERY = "SELECT 0.10::DECIMAL(9, 2) AS n, [0.10::DECIMAL(4, 2)] AS some, 0.1::DOUBLE AS double"
CALLS: dict[str, list[tuple[str, ...]]] = {
    "fetch": [], "backfill": [],  # they need a network, see their tests
    "init": [("{page}",)], "extract": [("{page}", "--to", "{root}/parts")], "load": [("{root}/parts",)],
    "show": [("KGS/USD",), ("USD/KGS", "--every", "month")], "page": [("{snapshot}", "--info")], "probe": [("{page}",)],
    "sql": [(), (QUERY,)], "chart": [("--kind", "trend", "--format", "svg")],
    "alerts": [(), ("--dry-run",), ("--test",)], "restore": [("{backup}",)],
}  # fmt: skip
"""The arguments of calls of a command that report something; of any other, one call without arguments."""


def snapshot_ids(project: Project) -> list[str]:
    from fxtrack.store.query import open_published

    with open_published(project.config) as connection:
        return [row[0] for row in connection.execute("SELECT snapshot_id FROM snapshots").fetchall()]


def test_every_command_that_reports_something_has_json() -> None:
    assert {name for name, command in commands().items() if not has_json(command)} == WITHOUT


@pytest.mark.few(13)
@pytest.mark.parametrize("name", [name for name in commands() if name not in WITHOUT])
def test_json_is_one_document_with_exact_numbers(
    known: Project, run: Callable[..., tuple[int, str]], name: str, tmp_path: Path
) -> None:
    needed = {"restore": ("backup",), "load": ("extract", str(known.root / "pages"), "--to", str(known.root / "parts"))}
    assert name not in needed or run(*needed[name])[0] == 0
    backup = next((known.root / "backups").glob("*.duckdb"), None)
    page, snapshot = known.root / "pages" / "1.txt", snapshot_ids(known)[0]
    given = {"page": page, "root": known.root, "snapshot": snapshot, "backup": backup}
    for arguments in CALLS.get(name, [()]):
        words = [word.format_map(given) if word != QUERY else word for word in arguments]
        before = ("--config", str(tmp_path / "config.toml")) if name == "init" else ()
        code, out = run(*before, *name.split(), *words, "--json")
        assert code == (1 if name == "status" else 0), words
        assert exact(out) is not None


def test_the_record_of_a_pass_has_its_counts(project: Project, in_process: InProcess) -> None:
    project.page("1.txt")
    project.page("2.txt", "no ticker at all\n")
    project.page("3.warc.gz", b"no archive")
    code, out, err = in_process("ingest", "--json")
    record = exact(out)
    assert code == 1
    assert (record["pages"], record["new"], record["known"], record["no_ticker"]) == (3, 2, 0, 1)
    assert (record["outcome"], record["refused"], record["alerts"]) == ("parse failed", 1, [])
    assert record["remarks"][0] in err
    assert exact(in_process("run", "--json")[1])["known"] == 2


def test_json_excludes_what_prints_something_else(project: Project, in_process: InProcess) -> None:
    project.page("1.txt")
    assert in_process("ingest")[0] == 0
    for words, reason in [
        (("latest", "--json", "--csv"), "--json and --csv exclude each other: give one of them"),
        (("audit", "--json", "--csv"), "--json and --csv exclude each other: give one of them"),
        (("page", "abcdef", "--json"), "--json prints the record: add --info, or leave it out"),
        (("chart", "--output", "-", "--json"), "--json and --output - both print to standard output"),
        (("alerts", "--send", "--json"), "--json prints episodes: leave it out"),
    ]:
        code, out, err = in_process(*words)
        assert (code, out) == (2, ""), words
        assert reason in err
