"""`fxtrack reparse`: what would be different is shown first, and applied as a whole or not at all."""

import csv
import io
import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import BLOCK, Project, Shell, page_text
from promises import ask, content, start, value, varied_page

import fxtrack.store.settling.recompute
from fxtrack.errors import StoreError

SITE = '[[sources]]\nname = "site"\n'
DOTTED = 'date_formats = ["%d %B %Y", "%d.%m.%Y"]\n'


def differences(project: Project, *options: str) -> dict[str, Any]:
    done = project.run("reparse", "--json", *options)
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


NOT_A_DATE = "beside the ticker, looks like a date and is none of date_formats: '{}'"


@pytest.fixture
def dotted(project: Project) -> Project:
    """A store with a page of the usual kind, and two whose date line the configuration does not understand."""
    project.page("usual.txt", page_text())
    project.page("a.txt", page_text(date="05.12.2025"))
    project.page("b.txt", page_text(BLOCK[:4], date="06.12.2025"))
    assert project.run("ingest").returncode == 0
    return project


def rebuilt(project: Project, folder: Path, shell: Shell) -> list[str]:
    """Return what a store made anew from the same pages and configuration holds."""
    other = Project(folder)
    shutil.copytree(project.root / "pages", folder / "pages")
    other.configure((project.root / "config.toml").read_text())
    assert other.run("ingest").returncode in {0, 1}
    return content(shell, other.config.database)


def test_what_would_be_different_is_shown_and_nothing_changes(dotted: Project, shell: Shell) -> None:
    before = content(shell, dotted.config.database)
    dotted.configure(SITE + DOTTED)
    done = dotted.run("reparse", "--csv")
    assert done.stderr == "fxtrack: nothing was changed; `fxtrack reparse --apply` does it\n"
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(r["change"], r["object"], r["location"], r["field"], r["before"], r["after"]) for r in rows] == [
        ("changed", "capture", f"pages/{name}.txt", field, was, after)
        for name, line, date in (("a", "05.12.2025", "2025-12-05"), ("b", "06.12.2025", "2025-12-06"))
        for field, was, after in (
            ("date_basis", "", "page"),
            ("detail", NOT_A_DATE.format(line), ""),
            ("page_date", "", date),
            ("shown_date", "", date),
        )
    ]
    assert done.returncode == 0
    record = differences(dotted)
    assert record["captures"] == {"added": 0, "removed": 0, "changed": 2}
    assert record["quotes"] == {"added": 0, "removed": 0, "changed": 0}
    assert (len(record["rows"]), record["kept"]) == (8, [])
    assert content(shell, dotted.config.database) == before
    assert value(shell, dotted.config.database, "SELECT count(*) FROM runs") == 1


def test_applied_it_is_what_a_rebuild_gives_and_a_second_time_changes_nothing(
    dotted: Project, shell: Shell, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dotted.configure(SITE + DOTTED)
    done = dotted.run("reparse", "--apply")
    assert (done.returncode, done.stderr) == (0, "fxtrack: applied; db/fxtrack.duckdb is up to date\n")
    assert "captures: 0 added, 0 removed, 2 changed\nquotes: 0 added, 0 removed, 0 changed\n" in done.stdout
    assert content(shell, dotted.config.database) == rebuilt(dotted, tmp_path_factory.mktemp("new"), shell)
    assert value(
        shell, dotted.config.database, "SELECT job || ' ' || outcome FROM runs ORDER BY run_id DESC LIMIT 1"
    ) == ("reparse done")
    again = dotted.run("reparse", "--apply")
    assert again.stderr == "fxtrack: nothing would change\n"
    assert value(shell, dotted.config.database, "SELECT count(*) FROM runs") == 2


@pytest.mark.slow
def test_a_row_that_other_code_left_wrong_is_shown_and_mended(dotted: Project, shell: Shell) -> None:
    right = content(shell, dotted.config.database)
    with duckdb.connect(str(dotted.config.writer)) as connection:
        connection.execute("UPDATE snapshot_quotes SET reported_sign = 0 WHERE pair = 'KZT/USD'")
        connection.execute("UPDATE snapshot_quotes SET rate = 0.5, rate_decimals = 1 WHERE pair = 'TJS/USD'")
        connection.execute("DELETE FROM snapshot_quotes WHERE pair = 'UZS/USD'")
        connection.execute(
            "INSERT INTO snapshot_quotes BY NAME"
            " SELECT * REPLACE ('EUR/USD' AS pair) FROM snapshot_quotes WHERE pair = 'KGS/USD'"
        )
    rows = [row for row in differences(dotted, "--apply")["rows"] if row["location"] == "pages/usual.txt"]
    assert [(row["change"], row["pair"], row["before"], row["after"]) for row in rows] == [
        ("removed", "EUR/USD", "0.01144 0%", None),
        ("changed", "KZT/USD", "0.00192 -0% (5, 0.000000, NULL, 0, 0)", "0.00192 -0% (5, 0.000000, NULL, 0, -1)"),
        ("changed", "TJS/USD", "0.5 0.18%", "0.10866 0.18%"),
        ("added", "UZS/USD", None, "0.00008 0%"),
    ]
    assert content(shell, dotted.config.database) == right


def test_captures_whose_page_is_gone_or_has_changed_are_kept_and_named(dotted: Project, shell: Shell) -> None:
    before = ask(shell, dotted.config.database, "FROM captures ORDER BY location")
    (dotted.root / "pages" / "a.txt").unlink()
    dotted.page("b.txt", "something else")
    dotted.configure(SITE + DOTTED)
    done = dotted.run("reparse", "--apply")
    assert done.returncode == 0
    assert done.stderr == (
        "fxtrack: pages/a.txt: No such file or directory; the file has moved since it was read; left unchanged\n"
        "fxtrack: pages/b.txt: another page is there now; left unchanged\n"
        "fxtrack: nothing would change\n"
    )
    assert differences(dotted)["kept"] == ["pages/a.txt", "pages/b.txt"]
    assert ask(shell, dotted.config.database, "FROM captures ORDER BY location") == before


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "name",
    [
        "caf\udce9",
        "number #1",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("no\u00a0break", "two\nlines")),
    ],
)
def test_a_page_whose_name_is_no_printable_text_is_found_again(project: Project, shell: Shell, name: str) -> None:
    text = page_text(date="Mon 08/12/2025")
    path = project.page(f"{name}.txt", text)
    broken = project.page(f"{name}.txt.gz", b"\x1f\x8b broken")
    elsewhere = project.page("../elsewhere/b.txt")
    assert project.run("ingest").returncode == 1
    (capture,) = ask(shell, project.config.database, "SELECT capture_id, page_date FROM captures")
    assert capture["page_date"] is None
    assert project.run("page", capture["capture_id"]).stdout == text
    assert "0.01144" in project.run("probe", str(path)).stdout
    assert project.run("verify").stderr.count("gone") == 0
    project.configure('[[sources]]\nname = "site"\ndate_formats = ["%a %d/%m/%Y"]\n')
    assert project.run("reparse", "--apply").returncode == 0
    dates = ask(shell, project.config.database, "SELECT page_date::VARCHAR AS date FROM captures")
    assert dates == [{"date": "2025-12-08"}]
    problems = "SELECT count(*) FROM problems WHERE problem = 'file not read'"
    assert project.run("ingest", str(elsewhere)).returncode == 0
    assert value(shell, project.config.database, problems) == 1
    broken.unlink()
    assert project.run("ingest", str(elsewhere)).returncode == 0
    assert value(shell, project.config.database, problems) == 0


@pytest.mark.slow
def test_a_capture_that_lies_elsewhere_as_well_is_read_from_there(dotted: Project, shell: Shell) -> None:
    dotted.page("copy.txt", page_text(date="05.12.2025"))
    assert dotted.run("ingest").returncode == 0
    (dotted.root / "pages" / "a.txt").unlink()
    dotted.configure(SITE + DOTTED)
    record = differences(dotted, "--apply")
    moved = {
        row["field"]: (row["before"], row["after"]) for row in record["rows"] if row["location"] == "pages/copy.txt"
    }
    assert moved["location"] == ("pages/a.txt", "pages/copy.txt")
    assert record["kept"] == []
    query = "SELECT page_date FROM captures WHERE location = 'pages/copy.txt'"
    assert value(shell, dotted.config.database, query) == "2025-12-05"


@pytest.mark.slow
def test_a_file_that_could_not_be_read_is_tried_again(project: Project, shell: Shell) -> None:
    project.configure("[ingest]\nmax_page_bytes = 300\n" + SITE)
    project.page("small.txt", page_text(repeats=1))
    project.page("large.txt", page_text(repeats=8))
    assert project.run("ingest").returncode == 1
    assert differences(project)["rows"] == []
    project.configure(SITE)
    record = differences(project, "--apply")
    assert record["captures"] == {"added": 1, "removed": 0, "changed": 0}
    assert record["quotes"]["added"] == 5
    assert ask(shell, project.config.database, "FROM problems") == []
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 2


@pytest.mark.slow
def test_pages_that_no_source_takes_any_more_are_removed_and_become_a_problem(
    dotted: Project, shell: Shell, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dotted.configure(SITE + 'paths = ["pages/a*", "pages/usual*"]\n')
    record = differences(dotted, "--apply")
    assert record["captures"] == {"added": 0, "removed": 1, "changed": 0}
    assert record["quotes"]["removed"] == 4
    problems = ask(shell, dotted.config.database, "SELECT location, detail FROM problems ORDER BY location")
    assert problems == [
        {"location": "pages/a.txt", "detail": NOT_A_DATE.format("05.12.2025")},
        {"location": "pages/b.txt", "detail": "no source in the configuration has a pattern that matches it"},
    ]
    assert content(shell, dotted.config.database) == rebuilt(dotted, tmp_path_factory.mktemp("new"), shell)


def test_a_page_in_conflict_that_is_read_otherwise_shows_its_values(project: Project) -> None:
    project.page("a.txt", page_text(repeats=2).replace("0.01144", "0.01199", 1))
    assert project.run("ingest").returncode == 0
    project.configure(SITE + 'decimal = "comma"\n')
    rows = [row for row in differences(project)["rows"] if row["object"] == "quote"]
    assert [(row["change"], row["pair"], row["before"], row["after"]) for row in rows] == [
        ("removed", "KGS/USD", "0.01144 0% x 1, 0.01199 0% x 1", None),
        ("removed", "KZT/USD", "0.00192 -0% x 2", None),
        ("removed", "TJS/USD", "0.10866 0.18% x 2", None),
        ("removed", "TMT/USD", "0.28571 0% x 2", None),
        ("removed", "UZS/USD", "0.00008 0% x 2", None),
    ]


@pytest.mark.new
def test_without_a_store_there_is_nothing_to_read_again(project: Project) -> None:
    done = project.run("reparse")
    assert (done.returncode, done.stdout) == (3, "")
    assert "no store yet; `fxtrack run` builds it from the pages" in done.stderr
    assert not (project.root / "db").exists()


@pytest.mark.slow
def test_a_kill_while_it_is_applied_leaves_all_or_nothing(project: Project, shell: Shell) -> None:
    for number in range(1, 200):
        project.page(f"{number}.txt", varied_page(number))
    assert project.run("ingest").returncode == 0
    texts = [SITE, SITE + 'date_formats = ["%d.%m.%Y"]\n']
    states = []
    for text in reversed(texts):
        project.configure(text)
        assert project.run("reparse", "--apply").returncode == 0
        states.append(content(shell, project.config.database))
    assert states[0] != states[1]
    generator, killed = random.Random("kill"), 0  # noqa: S311 -- no secret
    for turn in range(40):
        project.configure(texts[(turn + 1) % 2])
        process = start(project, "reparse", "--apply", "--csv")
        assert process.stdout
        process.stdout.read(1)  # the difference is printed: what follows is the change
        time.sleep(generator.uniform(0, 0.4))
        process.kill()
        process.communicate()
        killed += process.returncode < 0
        # publishes what the store holds now
        assert project.run("ingest", str(project.root / "pages" / "1.txt")).returncode == 0
        assert content(shell, project.config.database) in states
        project.configure(texts[turn % 2])
        assert project.run("reparse", "--apply").returncode == 0
    assert killed


@pytest.mark.slow
def test_a_change_that_failed_before_it_was_published_is_completed_by_the_next(
    project: Project, shell: Shell, in_process: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the disk failed")

    for number in (1, 2, 5, 6):
        project.page(f"{number}.txt", varied_page(number))
    project.configure(SITE + 'date_formats = ["%d.%m.%Y"]\n')
    assert in_process("ingest")[0] == 0
    before = content(shell, project.config.database)
    project.configure(SITE)
    with monkeypatch.context() as patch:
        patch.setattr(fxtrack.store.settling.recompute, "recompute_lot", fail)
        assert in_process("reparse", "--apply")[0] == 1
    assert content(shell, project.config.database) == before
    code, _, err = in_process("reparse", "--apply")
    assert (code, err) == (
        0, f"fxtrack: completed what an earlier run began; {project.config.settings.paths.database} is up to date\n"
    )  # fmt: skip
    after = content(shell, project.config.database)
    assert after != before
    assert in_process("reparse", "--apply")[2] == "fxtrack: nothing would change\n"
    shutil.rmtree(project.config.writer.parent)
    assert in_process("ingest")[0] == 0
    assert content(shell, project.config.database) == after
