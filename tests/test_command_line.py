"""The command line as people expect it: dates in words, corrected names, completion, queries from files."""

import csv
import datetime as dt
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import InProcess, Project, page_text

from fxtrack.cli.dates import Edge, read_date

TODAY = dt.date(2024, 3, 31)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025-12-08", "2025-12-08", "2025-12-08"), ("2025-12", "2025-12-01", "2025-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"), ("2023-02", "2023-02-01", "2023-02-28"),
        ("2025", "2025-01-01", "2025-12-31"), ("today", "2024-03-31", "2024-03-31"),
        ("Yesterday", "2024-03-30", "2024-03-30"), ("-30d", "2024-03-01", "2024-03-01"),
        ("-4w", "2024-03-03", "2024-03-03"), ("-1m", "2024-02-29", "2024-02-29"), ("-3m", "2023-12-31", "2023-12-31"),
        ("-4m", "2023-11-30", "2023-11-30"), ("-1y", "2023-03-31", "2023-03-31"), ("-0d", "2024-03-31", "2024-03-31"),
    ],
)  # fmt: skip
def test_a_date_may_be_a_day_a_month_a_year_a_word_or_a_distance(text: str, first: str, last: str) -> None:
    edges: list[tuple[Edge, str]] = [("first", first), ("last", last)]
    for edge, expected in edges:
        assert read_date(text, TODAY, edge) == dt.date.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    ["", "2025-13", "2025-02-30", "0000", "tomorrow", "30d", "-d", "-5q", "-9999y", "-99999m", "-99999y", "20", "٢٠٢٥"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text, TODAY) is None


def test_a_month_of_closes_is_asked_for_by_its_name(project: Project, in_process: InProcess) -> None:
    for number, date in enumerate(("30 December 2025", "31 December 2025", "01 January 2026")):
        project.page(f"{number}.txt", page_text(date=date))
    assert in_process("ingest")[0] == 0
    for since, until, expected in [
        ("2025-12", "2025-12", ["2025-12-30", "2025-12-31"]), ("2026", "2026", ["2026-01-01"]),
        ("2025-12-31", "2026-01", ["2025-12-31", "2026-01-01"]),
    ]:  # fmt: skip
        _, out, _ = in_process("show", "KGS/USD", "--from", since, "--to", until, "--csv")
        assert [row["page_date"] for row in csv.DictReader(io.StringIO(out))] == expected
    code, out, err = in_process("show", "KGS/USD", "--from", "last week")
    assert (code, out) == (2, "")
    assert "'last week' is not a date like 2025-12-08, 2025-12, 2025, today, yesterday, -30d" in err


@pytest.mark.parametrize(
    ("typed", "meant"), [(["latst"], "latest"), (["coverag"], "coverage"), (["latest", "--pari", "x"], "--pair")]
)
def test_a_typing_error_is_answered_with_the_nearest_name(in_process: InProcess, typed: list[str], meant: str) -> None:
    code, out, err = in_process(*typed)
    assert (code, out) == (2, "")
    assert f"Did you mean '{meant}'?" in err


def test_a_name_that_is_nearly_one_is_answered_with_it(project: Project, in_process: InProcess) -> None:
    project.page("a.txt")
    assert in_process("ingest")[0] == 0
    for typed, code, said in [
        (("chart", "--kind", "Trendd"), 2, "unknown kind 'trendd'; did you mean trend?; choose from trend, "),
        (("latest", "--source", "sit"), 3, "no source 'sit' in the database; did you mean site?; it has site"),
        (("latest", "--source", "other"), 3, "no source 'other' in the database; it has site"),
        (("latest", "--pair", "KGS/USX"), 3, "the nearest is KGS/USD"),
        (("probe", str(project.root / "pages" / "a.txt"), "--source", "Site"), 2, "; did you mean site?; it has site"),
        (("backfill", "sitee", "--from", "2025"), 2, "no source is named 'sitee'; did you mean site?; there are: site"),
        (("fetch", "siite"), 2, "no source is named 'siite'; did you mean site?; there are: site"),
        (("sql", "--queries", "hidden_move"), 2, "is named 'hidden_move'; did you mean hidden_moves?; there are: "),
    ]:
        found, out, err = in_process(*typed)
        assert (found, out) == (code, ""), typed
        assert said in err


def test_several_pairs_are_asked_for_at_once(project: Project, in_process: InProcess) -> None:
    for number, date in enumerate(("09 December 2025", "11 December 2025", "12 December 2025")):
        project.page(f"{number}.txt", page_text(date=date))
    assert in_process("ingest")[0] == 0
    pairs = ["TJS/USD", "USD/KGS", "KGS/USD"]
    asked = [word for pair in [*pairs, "tjs-usd"] for word in ("--pair", pair)]
    for command in ("latest", "deltas", "export"):
        code, out, err = in_process(command, *asked, *(["--csv"] if command != "export" else []))
        assert (code, err) == (0, ""), command
        rows = [*csv.DictReader(io.StringIO(out))]
        assert [*dict.fromkeys(row["pair"] for row in rows)] == pairs
        for pair in pairs:
            _, alone, _ = in_process(command, "--pair", pair, *(["--csv"] if command != "export" else []))
            plain = [row for row in rows if row["pair"] == pair]
            for one, other in zip(plain, csv.DictReader(io.StringIO(alone)), strict=True):
                # beside derived pairs the range of a printed one is given too
                assert {k: v for k, v in one.items() if other[k] or not k.startswith("rate_")} == {
                    k: v for k, v in other.items() if v or not k.startswith("rate_")
                }
    printed = in_process("audit", "--pair", "TJS/USD", "--pair", "KGS/USD", "--csv")[1]
    assert [row["pair"] for row in csv.DictReader(io.StringIO(printed))] == ["TJS/USD", "KGS/USD"]
    said = in_process("coverage", *asked)[1]
    assert [line.split(": ")[0] for line in said.splitlines() if ", 1 missing" in line] == [
        "site, TJS/USD", "site, USD/KGS (inverse of KGS/USD)", "site, KGS/USD",
    ]  # fmt: skip
    months = in_process("export", "--every", "month", *asked)[1]
    assert [row["pair"] for row in csv.DictReader(io.StringIO(months))] == pairs
    code, out, err = in_process("latest", "--pair", "KGS/USD", "--pair", "KGS/EUR")
    assert (code, out) == (3, "")
    assert "no pair 'KGS/EUR'" in err


def test_config_show_changed_lists_only_the_settings_of_the_file(in_process: InProcess) -> None:
    _, out, _ = in_process("config", "show", "--changed", "--csv")
    assert out == "key,value,origin\nsources[0].name,site,config.toml:2\n"
    _, out, _ = in_process("config", "show", "--csv")
    assert len(out.splitlines()) > 20


def completed(project: Project, *words: str) -> list[str]:
    """Return the completions of the last word, as bash would ask for them."""
    given = {
        "COMP_WORDS": " ".join(["fxtrack", *words]), "COMP_CWORD": str(len(words)),
        "_FXTRACK_COMPLETE": "bash_complete", "FXTRACK_CONFIG": str(project.root / "config.toml"),
    }  # fmt: skip
    program = Path(sys.executable).parent / "fxtrack"
    done = subprocess.run([program], env=os.environ | given, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [line.split(",", 1)[1] for line in done.stdout.split()]


def test_a_shell_completes_pairs_sources_kinds_and_formats(project: Project, in_process: InProcess) -> None:
    assert completed(project, "show", "K") == []  # no database yet
    project.page("a.txt")
    assert in_process("run")[0] == 0
    assert completed(project, "show", "K") == ["KGS/USD", "KZT/USD"]
    assert completed(project, "latest", "--pair", "kgs-") == ["KGS/USD"]
    assert completed(project, "deltas", "--source", "s") == ["site"]
    assert completed(project, "chart", "--kind", "trend,in") == ["trend,indexed"]
    assert completed(project, "chart", "--format", "p") == ["png", "pdf"]
    assert "latest" in completed(project, "la")


def test_queries_come_from_a_file_and_every_table_is_printed(project: Project, in_process: InProcess) -> None:
    project.page("a.txt")
    assert in_process("ingest")[0] == 0
    file = project.root / "questions.sql"
    file.write_text("SELECT pair FROM latest ORDER BY pair LIMIT 1; -- the first\nSELECT 2 AS b;\n", "utf-8")
    assert in_process("sql", "-f", str(file)) == (0, "pair\nKGS/USD\n\nb\n2\n", "")
    code, out, err = in_process("sql", "-f", str(file), "--json")
    assert (code, out) == (2, "")
    assert err == "fxtrack: several statements return rows, and --json holds one table: give one of them\n"
    file.write_text("SET VARIABLE b = 3; SELECT getvariable('b') AS b", "utf-8")
    assert in_process("sql", "-f", str(file), "--csv") == (0, "b\n3\n", "")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-f", "none.sql"], "--file none.sql: cannot be read: No such file or directory"),
        (["-f", "none.sql", "SELECT 1"], "QUERY and --file exclude each other: give one of them"),
        (["-f", "none.sql", "--queries"], "--queries lists or prints ready-made queries: leave out QUERY and --file"),
    ],
)
def test_a_file_of_queries_that_is_not_there_or_not_alone_is_one_line(
    in_process: InProcess, arguments: list[str], reason: str
) -> None:
    assert in_process("sql", *arguments) == (2, "", f"fxtrack: {reason}\n")


@pytest.mark.parametrize(
    ("query", "said", "marked"),
    [
        ("SELECT pairr FROM latest", 'Candidate bindings: "pair"', "pairr"),
        ("SELECT 1;\nSELECT *\nFROM latst", 'Did you mean "latest"?', "latst"),
        ("SELEC 1", "syntax error", "SELEC"),
    ],
)
def test_a_refused_query_shows_the_place_and_the_candidates(
    project: Project, in_process: InProcess, query: str, said: str, marked: str
) -> None:
    project.page("a.txt")
    assert in_process("ingest")[0] == 0
    code, out, err = in_process("sql", query)
    message, line, caret = err.splitlines()
    assert (code, out) == (2, "")
    assert message.startswith("fxtrack: the query was refused: ")
    assert said in message
    begin, length = caret.index("^"), caret.count("^")
    assert line[begin : begin + length] == marked
