"""Rows are written exactly as csv, json and rich's tables write them, cell by cell."""

import csv
import datetime as dt
import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Project, page_text
from histories import in_memory
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fxtrack.errors import UsageError
from fxtrack.model.location import printable
from fxtrack.model.words import hidden_move_words, verdict_words
from fxtrack.output.cells import in_file, plain_value
from fxtrack.output.render import as_csv, as_table, render
from fxtrack.output.table import Wording
from fxtrack.store.database.connection import Connection
from fxtrack.store.database.opening import connect_reader, connect_writer
from fxtrack.store.query import QueryResult, Rows, own_query

STYLES = {
    "unexplained": "red", "no captured rate explains it": "red",
    "breaks the rule": "bold red", "no rate at all explains it": "bold red",
}  # fmt: skip
TYPES = {
    "text": "VARCHAR", "small": "TINYINT", "whole": "INTEGER", "big": "HUGEINT", "unsigned": "UBIGINT",
    "truth": "BOOLEAN", "day": "DATE", "moment": "TIMESTAMP", "zoned": "TIMESTAMPTZ", "time": "TIME",
    "long_decimal": "DECIMAL(18, 9)", "short_decimal": "DECIMAL(9, 2)", "whole_decimal": "DECIMAL(12, 0)",
    "fraction": "DECIMAL(6, 6)", "double": "DOUBLE", "list": "DECIMAL(4, 2)[]",
    "struct": "STRUCT(a INTEGER, b VARCHAR)",
    "map": "MAP(VARCHAR, INTEGER)", "blob": "BLOB", "id": "UUID", "kind": "ENUM('one', 'two')", "span": "INTERVAL",
}  # fmt: skip
NASTY = {
    "text": [
        "a", "", 'a "quoted", word', "two\nlines", "carriage\rreturn", "\x1b[31mred\x1b[0m", "tab\t",
        "漢字 かな",
        "\U0001f600 and \U0001f1f0\U0001f1ec", "e\u0301", "\u200bnothing\u202e", " spaces ", "%s", "back\\slash",
        "\x1f", "\x7f", "agrees", "unexplained", "breaks the rule", "\u00a0",
    ],
    "small": ["-128", "127"],
    "whole": ["0", "-1", "2147483647"],
    "big": ["170141183460469231731687303715884105727", "-1"],
    "unsigned": ["18446744073709551615"],
    "truth": ["true", "false"],
    "day": ["2025-12-08", "0999-01-31", "9999-12-31"],
    "moment": ["2025-12-08 01:02:03", "2025-12-08 01:02:03.5", "1999-01-01 00:00:00.000001"],
    "zoned": ["2025-12-08 01:02:03+00"],
    "time": ["01:02:03", "23:59:59.999999"],
    "long_decimal": ["0.0005", "-0.0005", "-0.0004", "-0.000499999", "999999999.9995", "0.0015", "12"],
    "short_decimal": ["0.5", "-0.01", "1234567.89", "0"],
    "whole_decimal": ["7", "-7"],
    "fraction": ["0.9995", "-0.0004", "0.5", "0"],
    "double": ["0.1", "1e300", "1e16", "nan", "-inf", "-0.0", "3"],
    "list": ["[0.10, NULL]", "[]"],
    "struct": ["{'a': 1, 'b': 'é\"\n'}", "{'a': NULL, 'b': ''}"],
    "map": ["{x=1}"],
    "blob": ["\\x00a"],
    "id": ["00000000-0000-0000-0000-000000000001"],
    "kind": ["one", "two"],
    "span": ["3 days 01:00:00"],
}  # fmt: skip


def cell(value: object) -> Text:
    if value is None:
        return Text("")
    if isinstance(value, Decimal):
        whole, _, decimals = f"{value:f}".partition(".")
        decimals = decimals.rstrip("0")
        return Text(f"{whole}.{decimals}" if decimals else whole)
    text = str(plain_value(value))
    return Text(printable(text), style=STYLES.get(text, ""))


def is_numeric(value: object) -> bool:
    if isinstance(value, int | Decimal):
        return True
    return isinstance(value, str) and not value.strip("+-.%0123456789") and any(map(str.isdigit, value))


def by_rich(rows: Rows, width: int, *, colour: bool, title: str | None = None, hide: tuple[str, ...] = ()) -> str:
    """Return the table that rich makes of the rows."""
    shown = [
        i for i, name in enumerate(rows.columns)
        if name not in hide and (not rows.rows or any(row[i] is not None for row in rows.rows))
    ]  # fmt: skip

    def table(between_words: str) -> Table:
        made = Table(
            title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
        )
        for i in shown:
            given = [row[i] for row in rows.rows if row[i] is not None]
            right = bool(given) and all(map(is_numeric, given))
            header = Text(between_words.join(printable(word) for word in rows.columns[i].split("_")))
            made.add_column(header, justify="right" if right else "left", vertical="bottom")
        for row in rows.rows:
            made.add_row(*(cell(row[i]) for i in shown))
        return made

    console = Console(
        width=10_000, highlight=False, force_terminal=colour, color_system="standard" if colour else None,
        file=io.StringIO(), legacy_windows=False,
    )  # fmt: skip
    wide = table(" ")
    with console.capture() as captured:
        console.print(table("\n") if console.measure(wide).maximum > width else wide)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def by_json(rows: Rows) -> str:
    return json.dumps([{k: plain_value(v) for k, v in record.items()} for record in rows.records()], indent=2) + "\n"


def by_csv(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows.columns)
    writer.writerows([["" if v is None else plain_value(v) for v in row] for row in rows.rows])
    return text.getvalue()


@pytest.fixture(params=[(60, False), (10_000, False), (60, True), (10_000, True)], ids=str)
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[int, bool]:
    """A terminal: its width, and whether it shows colours."""
    width, colour = request.param
    monkeypatch.setattr("fxtrack.output.table._is_coloured", lambda: colour)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(width))
    return width, colour


def answered(query: str) -> tuple[Rows, dict[str | None, str]]:
    """Return the rows of a query as Python values, and its answer as printed in each form."""
    connection = in_memory()
    result = connection.execute(query)
    rows = Rows(tuple(column[0] for column in result.description), result.fetchall())
    printed: dict[str | None, str] = {}
    for form in (None, "csv", "json"):
        with own_query(connection, query) as answer:
            assert isinstance(answer, QueryResult)
            printed[form] = "".join(render(answer, form))
            assert answer.count == len(rows.rows)
    return rows, printed


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def column_of(name: str, texts: list[str]) -> str:
    values = ", ".join(f"({n}, {literal(text)}::{TYPES[name]})" for n, text in enumerate(texts))
    return (
        f"SELECT v AS {name}_value, NULL AS nothing, v AS again FROM (VALUES {values}, (99, NULL)) t(n, v) ORDER BY n"
    )


@pytest.mark.parametrize("name", TYPES)
def test_a_column_of_any_type_is_written_as_the_libraries_write_its_values(
    name: str, terminal: tuple[int, bool]
) -> None:
    width, colour = terminal
    rows, printed = answered(column_of(name, NASTY[name]))
    assert printed == {None: by_rich(rows, width, colour=colour), "csv": by_csv(rows), "json": by_json(rows)}
    # the same values without the types of the database
    assert as_table(rows) == printed[None]
    assert (as_csv(rows), "".join(render(rows, "json"))) == (printed["csv"], printed["json"])


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS a WHERE false",
        "SELECT NULL AS a, NULL AS b",
        "SELECT '' AS a",
        "SELECT NULL AS a",
        "SELECT 1 AS a, 2 AS b, 3 AS a",
        "SELECT 'y' AS \"100%\", 'z' AS \"%s_漢字_\x1b\", 'w' AS \"two\nlines\"",
        "SELECT '1' AS a, '-0%' AS b, '1.5' AS c, '.' d, '' e, 'x' f UNION ALL SELECT '2', '3', 'x', '1', '', '2'",
        "SELECT 'agrees' verdict, 'unexplained' other, 'breaks the rule' AS \"漢\" UNION ALL SELECT 'x', '漢', 'y'",
        """SELECT range AS n, CASE WHEN range % 70 = 1 THEN 'é' WHEN range % 3 > 0 THEN 'x' || range END AS text,
        CASE WHEN range > 110 THEN 1.25 END AS late, [range] AS list FROM range(200) ORDER BY 1""",
    ],
)
def test_a_table_of_any_shape_is_as_the_libraries_make_it(
    query: str, terminal: tuple[int, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    width, colour = terminal
    monkeypatch.setattr("fxtrack.store.query._CHUNK_ROWS", 50)
    rows, printed = answered(query)
    assert printed == {None: by_rich(rows, width, colour=colour), "csv": by_csv(rows), "json": by_json(rows)}


def test_titles_and_hidden_columns_are_as_rich_makes_them(terminal: tuple[int, bool]) -> None:
    width, colour = terminal
    rows = Rows(("a_name", "hidden", "n"), [("some words", 1, 2), ("unexplained", 3, None)])
    for title, hide in (("Title", ()), (None, ("hidden",)), ("Title", ("hidden", "n"))):
        assert as_table(rows, title, hide) == by_rich(rows, width, colour=colour, title=title, hide=hide)


def stored(tmp_path: Path, *tables: str) -> Connection:
    """Return a connection to a file that is open for reading only, as the published one is."""
    path = tmp_path / "stored.duckdb"
    writer = connect_writer(path, 1)
    for n, query in enumerate(tables):
        writer.execute(f"CREATE TABLE t{n} AS {query}")
    writer.close()
    return connect_reader(path, 1)


def written_by_the_database(connection: Connection, query: str) -> tuple[str, bool]:
    """Return the CSV of a query of fxtrack's own, and whether the database wrote all of it."""
    with own_query(connection, query) as answer:
        assert isinstance(answer, QueryResult)
        answer.writes = True
        asked: list[QueryResult] = []
        by_chunks = QueryResult.chunks

        def chunks(self: QueryResult, wanted: Mapping[int, str]) -> Iterator[list[tuple[Any, ...]]]:
            asked.append(self)
            return by_chunks(self, wanted)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(QueryResult, "chunks", chunks)
            return "".join(render(answer, "csv")), not asked


@pytest.mark.parametrize("name", TYPES)
def test_csv_that_the_database_writes_has_the_same_bytes(name: str, tmp_path: Path) -> None:
    query = column_of(name, NASTY[name]).replace("NULL AS nothing", "NULL::DATE AS nothing")
    connection = stored(tmp_path)
    rows, printed = answered(query)
    written, directly = written_by_the_database(connection, query)
    assert written == printed["csv"] == by_csv(rows)
    assert directly == (TYPES[name] != "VARCHAR" and in_file(TYPES[name].replace(" ", ""), "") is not None)


@pytest.mark.parametrize(
    ("text", "directly"),
    [(text, "\r" not in text) for text in NASTY["text"]]
    + [("#", False), ("a#", False), (" ", True), ("'", True), ("NULL", True), ("\\,", True), ("\\N", True)]
    + [('"', True), ('""', True), ("\n", True), (";|", True), ("-- x", True), ("=1", True)],
)
def test_text_that_the_database_writes_is_quoted_only_as_csv_quotes_it(
    text: str, directly: bool, tmp_path: Path
) -> None:
    query = f'SELECT {literal(text)} AS "a,b", NULL::DATE AS "#", {literal(text)} AS ""'
    query = query.replace(' AS ""', ' AS "x""y"')
    rows, _ = answered(query)
    assert written_by_the_database(stored(tmp_path), query) == (by_csv(rows), directly)


@pytest.mark.parametrize("query", ["SELECT '' AS a", "SELECT NULL AS a", "SELECT [1] AS a, 1 AS b"])
def test_rows_that_the_database_would_write_differently_are_written_by_python(query: str, tmp_path: Path) -> None:
    rows, _ = answered(query)
    assert written_by_the_database(stored(tmp_path), query) == (by_csv(rows), False)


def test_the_database_writes_rows_in_their_order_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    query = "SELECT n, 'x' || n AS t FROM t0 ORDER BY n % 1000, n"
    connection = stored(tmp_path, "SELECT range AS n FROM range(300000)")
    rows = Rows(("n", "t"), connection.execute(query).fetchall())
    assert written_by_the_database(connection, query) == (by_csv(rows), True)
    assert list(temporary.iterdir()) == []
    with pytest.raises(UsageError, match="refused"):
        written_by_the_database(
            connection, "SELECT 1 AS a, CASE WHEN n = 299999 THEN 'x' ELSE '1' END::INTEGER FROM t0"
        )
    assert list(temporary.iterdir()) == []


def test_a_full_disk_ends_in_one_line_and_leaves_no_file(
    known: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_process: Callable[..., tuple[int, str, str]]
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    write = Path.open

    def full(self: Path, *given: Any, **more: Any) -> Any:  # noqa: ANN401
        if self.name == "rows-0.csv":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return write(self, *given, **more)

    monkeypatch.setattr(Path, "open", full)
    code, out, err = in_process("--config", str(known.root / "config.toml"), "deltas", "--csv")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "No space left" in err
    assert list(temporary.iterdir()) == []


def test_only_answers_to_own_queries_are_written_by_the_database(known: Project) -> None:
    from fxtrack.store.query import open_published, stream

    for sealed in (True, False):
        with open_published(known.config, sealed=sealed) as connection:
            assert stream(connection, "latest").writes == (not sealed)
            with own_query(connection, "SELECT 1 AS a, 2 AS b") as answer:
                assert not answer.writes


def test_decimals_longer_than_the_precision_of_python_are_written_in_full() -> None:
    _, printed = answered("SELECT '12345678901234567890123456789012345678'::DECIMAL(38, 0) AS d")
    assert printed[None].splitlines()[1] == "12345678901234567890123456789012345678"
    _, printed = answered("SELECT '0.00345678901234567890123456789012345678'::DECIMAL(38, 38) AS d")
    assert [line.strip() for line in printed[None].splitlines()] == [
        "d", "0.00345678901234567890123456789012345678",
    ]  # fmt: skip
    assert as_table(Rows(("d",), [(Decimal(10) ** 30,)])).splitlines()[1] == f"1{'0' * 30}"


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("0.2849::DECIMAL(18, 9) AS rate, 5 AS rate_decimals", ["0.28490", "5"]),
        ("0.00192::DECIMAL(18, 9) AS rate, 5::UTINYINT AS rate_decimals", ["0.00192", "5"]),
        ("4200::DECIMAL(18, 9) AS rate, 0 AS rate_decimals", ["4200", "0"]),
        ("4200::DECIMAL(18, 9) AS rate, NULL::INTEGER AS rate_decimals", ["4200"]),
        ("0.00008::DECIMAL(18, 9) AS previous_rate, 9 AS previous_decimals", ["0.000080000", "9"]),
        ("0.00008::DECIMAL(18, 9) AS rate, 4 AS rate_decimals", ["0.00008", "4"]),  # never rounded
        ("0.00008::DECIMAL(18, 9) AS rate, 12 AS rate_decimals", ["0.000080000", "12"]),
        ("-0.50::DECIMAL(2, 2) AS low, 2 AS low_decimals", ["-0.50", "2"]),
        ("0.5::DECIMAL(18, 9) AS rate, 'x' AS rate_decimals", ["0.5", "x"]),
        ("0.5::DECIMAL(18, 9) AS rate, 2 AS decimals", ["0.5", "2"]),
    ],
)
def test_a_decimal_has_the_decimals_of_the_column_beside_it_and_is_never_rounded(
    columns: str, cells: list[str]
) -> None:
    _, printed = answered(f"SELECT {columns}")
    assert printed[None].splitlines()[1].split() == cells


@pytest.mark.parametrize(
    ("query", "out"),
    [
        ("SELECT 1 AS a; SELECT 2 AS b; -- done;", "b\n2\n"),
        ("SELECT ';' AS a /* ; */ ; ;", "a\n;\n"),
        ("CREATE TEMP TABLE t AS SELECT 1 AS a; FROM t", "a\n1\n"),
        ("DESCRIBE SELECT 1 AS a", None),
        ("PRAGMA database_size", None),
        ("EXPLAIN SELECT 1", None),
        ("PIVOT (SELECT 1 AS a, 2 AS b) ON a USING sum(b)", "1\n2\n"),
        ("SELECT count(*) AS n FROM duckdb_views() WHERE NOT internal", "n\n0\n"),
    ],
)
def test_queries_of_users_may_be_any_statements(query: str, out: str | None) -> None:
    with own_query(in_memory(), query) as rows:
        printed = "".join(render(rows, "csv"))
    assert printed.count("\n") >= 2
    assert out in {None, printed}


@pytest.mark.parametrize("query", ["-- nothing", ";", " ;; "])
def test_a_query_without_a_statement_is_refused(query: str) -> None:
    with pytest.raises(UsageError, match="the query is empty"), own_query(in_memory(), query):
        pass


@pytest.mark.parametrize("form", [None, "csv", "json"])
def test_a_query_that_fails_at_its_last_row_prints_nothing(form: str | None) -> None:
    query = "SELECT CASE WHEN range = 99999 THEN 'x' ELSE '1' END::INTEGER AS n FROM range(100000)"
    printed: list[str] = []
    with pytest.raises(UsageError, match="refused"), own_query(in_memory(), query) as rows:
        printed.extend(render(rows, form))
    assert printed == []


@pytest.mark.parametrize("form", [None, "csv", "json"])
def test_an_answer_larger_than_memory_comes_whole_from_a_file(
    form: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "SELECT range AS n, repeat('é', 50) AS t FROM range(7000)"
    _, printed = answered(query)
    monkeypatch.setattr("fxtrack.output.spool._HELD_BYTES", 1000)
    assert answered(query)[1][form] == printed[form]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a year of dates; tests only read it."""
    project = Project(tmp_path_factory.mktemp("output"))
    project.configure('[[sources]]\nname = "site"\n')
    for n in range(400):
        day = dt.date(2025, 1, 1) + dt.timedelta(days=n)
        quotes = (("KGS/USD", f"0.0{1100 + n % 97}", f"{n % 3}%"), ("UZS/USD", "0.00008", "-0%"))
        project.page(f"{day}.txt", page_text(quotes, f"{day:%d %B %Y}", 4))
    assert project.run("ingest").returncode == 0
    return project


HIDDEN = {"deltas": ("chance", "chance_of", "beyond_evidence", "snapshot_id"), "show": ("low", "high")}
"""Columns that the table of a command leaves out."""


@pytest.mark.parametrize("command", [["deltas"], ["show", "KGS/USD"], ["latest"]])
def test_commands_print_their_rows_as_the_libraries_write_them(
    known: Project, command: list[str], in_process: Callable[..., tuple[int, str, str]]
) -> None:
    rows = _rows_of(known, command[0])
    config = ["--config", str(known.root / "config.toml")]
    hide = HIDDEN.get(command[0], ())
    assert in_process(*config, *command) == (0, by_rich(_in_words(rows), 10_000, colour=False, hide=hide), "")
    assert in_process(*config, *command, "--csv") == (0, by_csv(rows), "")
    assert in_process(*config, *command, "--json") == (0, by_json(rows), "")


def _in_words(rows: Rows) -> Rows:
    """Return the rows as people see them: words in place of a verdict, and of the size of a move that is not shown."""

    def least_words(least: Decimal) -> str:
        return hidden_move_words(least, least)

    words: dict[str, Callable[[Any], str]] = {"verdict": verdict_words, "hidden_move_pct": least_words}
    told = [
        tuple(
            words[name](v) if name in words and v is not None else v for name, v in zip(rows.columns, row, strict=True)
        )
        for row in rows.rows
    ]
    return Rows(tuple("move" if name == "hidden_move_pct" else name for name in rows.columns), told)


@pytest.mark.parametrize("colour", [False, True])
def test_words_for_people_have_a_heading_and_a_style(colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("fxtrack.output.table._is_coloured", lambda: colour)
    rows = Rows(("n", "least"), [(1, Decimal("1.023")), (2, None), (3, Decimal("12.5"))])
    table = as_table(rows, words={"least": Wording("move", lambda least: f"by {least} %", "33")})
    lines = [line.rstrip() for line in table.splitlines()]
    shown = [f"\x1b[33m{words}\x1b[0m" if colour else words.rstrip() for words in ("by 1.023 %", "by 12.5 % ")]
    assert lines[1:] == [f"1  {shown[0]}", "2", f"3  {shown[1]}"]
    assert "move" in lines[0]
    assert "least" not in lines[0]


def _rows_of(known: Project, question: str) -> Rows:
    from fxtrack.store.query import ask, open_published

    parameters: dict[str, Any] = {"pair": "KGS/USD"} if question == "show" else {}
    with open_published(known.config) as connection:
        return ask(connection, question, **parameters)


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_a_reader_that_stops_early_is_no_error(known: Project, tmp_path: Path, form: list[str]) -> None:
    command = [sys.executable, "-m", "fxtrack", "--config", str(known.root / "config.toml"), "sql", *form]
    query = "SELECT range AS n, repeat('x', 100) AS t FROM range(20000)"
    with (
        (tmp_path / "err").open("wb") as err,
        subprocess.Popen([*command, query], stdout=subprocess.PIPE, stderr=err) as process,
    ):
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(60) == 0
    assert (tmp_path / "err").read_bytes() == b""
