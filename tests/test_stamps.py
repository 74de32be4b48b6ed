"""Charts and exports carry a stamp, and `fxtrack verify FILE` holds it against the database."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import InProcess, Project, Shell, page_text
from promises import value

import fxtrack
from fxtrack.cli.main import main

EXPORTS = ("csv", "json", "parquet", "xlsx", "ledger", "hledger", "beancount")
CHARTS = ("svg", "png", "pdf")


NAMES = {form: f"{'trend' if form in CHARTS else 'closes'}.{form}" for form in (*EXPORTS, *CHARTS)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a file of each format, which tests copy."""
    project = Project(tmp_path_factory.mktemp("stamped"))
    project.configure('[[sources]]\nname = "site"\n')
    for day, rate in enumerate(("0.10800", "0.10820", "0.10810"), 1):
        quotes = (("TJS/USD", rate, None), ("KGS/USD", "0.01144", "0%"))
        project.page(f"{day}.txt", page_text(quotes, f"{day:02} December 2025"))
    export = ("--from", "2025-12-01", "--to", "2025-12-03", "--pair", "TJS/USD")
    chart = ("TJS/USD", "--kind", "trend", "--to", "2025-12-03")
    commands: list[tuple[str, ...]] = [("ingest",)]
    commands += [("export", "--output", str(project.root / NAMES[form]), *export) for form in EXPORTS]
    commands += [("chart", "--output", str(project.root / NAMES[form]), *chart) for form in CHARTS]
    for command in commands:
        with pytest.raises(SystemExit) as left:
            main(["--config", str(project.root / "config.toml"), *command])
        assert not left.value.code, command
    return project


@pytest.fixture
def files(project: Project, template: Project) -> dict[str, Path]:
    """A file of each format."""
    shutil.copytree(template.root, project.root, symlinks=True, dirs_exist_ok=True)
    return {form: project.root / name for form, name in NAMES.items()}


def test_every_format_is_the_same_until_a_row_of_it_changes(
    project: Project, in_process: InProcess, files: dict[str, Path]
) -> None:
    for file in files.values():
        code, out, _ = in_process("verify", str(file))
        assert (code, out.split(": ")[1]) == (0, "same"), out
    # another pair and another date change the generation and none of these rows
    project.page("later.txt", page_text((("TJS/USD", "0.10900", None),), "09 December 2025"))
    project.page("other.txt", page_text((("KZT/USD", "0.00192", None),), "02 December 2025"))
    assert in_process("ingest")[0] == 0
    for form, file in files.items():
        code, out, _ = in_process("verify", str(file))
        if form == "xlsx":  # its audit counts all dates
            assert (code, "audit" in out) == (1, True)
        else:
            assert (code, out.split(": ")[1]) == (0, "same"), out
    quotes = (("TJS/USD", "0.10825", None), ("KGS/USD", "0.01144", "0%"))
    for number in range(2):
        project.page(f"more{number}.txt", page_text(quotes, "02 December 2025") + f"More {number}.\n")
    assert in_process("ingest")[0] == 0
    for form, file in files.items():
        code, out, _ = in_process("verify", str(file))
        assert (code, out.split(": ")[1]) == (1, "changed"), out
        assert ("states had 3 rows, has 4" in out) == (form in CHARTS), out
    (row,) = json.loads(in_process("verify", str(files["csv"]), "--json")[1])
    assert row["result"] == "changed"


def test_an_edited_file_is_changed_and_one_without_a_stamp_is_not_comparable(
    project: Project, in_process: InProcess, files: dict[str, Path]
) -> None:
    for form, file in files.items():
        data = file.read_bytes()
        if form in {"xlsx", "parquet", "png", "pdf"}:
            continue
        assert data.count(b"0.10820") >= 1
        file.write_bytes(data.replace(b"0.10820", b"0.10829", 1))
        assert in_process("verify", str(file))[0] == 1, form
    plain: dict[str, Callable[[Path], object]] = {
        "csv": lambda _: (project.root / "closes.csv.stamp.json").unlink(),
        "ledger": lambda file: file.write_bytes(re.sub(rb"; fxtrack-stamp.*\n", b"", file.read_bytes())),
        "svg": lambda file: file.write_bytes(re.sub(rb"(?s)<dc:source>.*?</dc:source>", b"", file.read_bytes())),
        "pdf": lambda file: file.write_bytes(file.read_bytes().replace(b"/Keywords", b"/Keyworts")),
        "png": lambda file: file.write_bytes(b"\x89PNG\r\n\x1a\n"),
        "xlsx": lambda file: file.write_bytes(b"PK broken"),
        "parquet": lambda file: file.write_bytes(b"PAR1 broken"),
    }
    for form, strip in plain.items():
        strip(files[form])
        code, out, _ = in_process("verify", str(files[form]))
        assert (code, out.split(": ")[1]) == (3, "not comparable"), out
    code, _, err = in_process("verify", str(project.root / "missing.csv"))
    assert (code, "no such file" in err) == (3, True)


def test_a_file_whose_pair_the_database_lacks_is_not_comparable(
    project: Project, in_process: InProcess, files: dict[str, Path], tmp_path: Path
) -> None:
    other = Project(tmp_path / "other")
    (other.root / "pages").mkdir(parents=True)
    other.configure('[[sources]]\nname = "site"\n')
    other.page("a.txt", page_text((("KZT/USD", "0.00192", None),), "02 December 2025"))
    assert other.run("ingest").returncode == 0
    done = other.run("verify", str(files["csv"]))
    assert (done.returncode, "not comparable" in done.stdout) == (3, True)
    # a rebuilt database has other numbers of its own and the same rows
    shutil.rmtree(project.root / "db")
    assert in_process("ingest")[0] == 0
    assert in_process("verify", str(files["csv"]))[0] == 0


def test_the_digest_and_the_content_are_plain_sha256(files: dict[str, Path], shell: Shell, project: Project) -> None:
    stamp = json.loads((project.root / "closes.csv.stamp.json").read_text())
    assert stamp["content"] == hashlib.sha256(files["csv"].read_bytes()).hexdigest()
    assert stamp["query"] == {"format": "csv", "from": "2025-12-01", "pair": "TJS/USD", "to": "2025-12-03"}
    assert (stamp["first"], stamp["last"], stamp["tables"]["closes"]["rows"]) == ("2025-12-01", "2025-12-03", 3)
    assert stamp["generation"] == value(shell, project.config.database, "SELECT generation FROM store_info")
    assert stamp["store"] == value(shell, project.config.database, "SELECT store_id FROM store_info")
    ledger = files["ledger"].read_bytes()
    found = json.loads(re.search(rb"^; fxtrack-stamp: (.*)$", ledger, re.MULTILINE)[1])  # type: ignore[index]
    assert found["content"] == hashlib.sha256(ledger.replace(found["content"].encode(), b"0" * 64)).hexdigest()


def test_pictures_stay_valid_and_their_bytes_stable(files: dict[str, Path], project: Project) -> None:
    with fxtrack.open(project.root / "config.toml") as db:
        for form in CHARTS:
            assert db.chart("TJS/USD", kind="trend", format=form) == db.chart("TJS/USD", kind="trend", format=form)
    data = files["png"].read_bytes()
    at = 8
    while at < len(data):  # every chunk has its own checksum
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 8 + length
        assert zlib.crc32(data[at + 4 : end]) == int.from_bytes(data[end : end + 4], "big")
        at = end + 4
    code = "import sys, PIL.Image; print(PIL.Image.open(sys.argv[1]).text['fxtrack'])"
    done = subprocess.run([sys.executable, "-c", code, str(files["png"])], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["made"] == "chart"
