"""Which files are taken for a store, and what a published one is made of: names, types and comments as promised."""

import json
from pathlib import Path

import pytest
from conftest import InProcess, Project, Shell
from promises import MACROS, PROMISED, ask, value, varied_page

from fxtrack.store.database.connection import Connection, quote_text
from fxtrack.store.database.opening import connect_reader, connect_writer
from fxtrack.store.schema import prepare

pytestmark = pytest.mark.new
MIGRATIONS = Path(__file__).parent.parent / "fxtrack" / "store" / "sql" / "migrations"


def write(database: Path, script: str) -> None:
    with connect_writer(database, 0) as connection:
        connection.execute(script)


def refused(project: Project, in_process: InProcess) -> str:
    """Run with a writer file that must be refused, and return what was said; neither it nor its folder may change."""
    project.page("a.txt")
    folder = project.config.writer.parent
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    for command in ("ingest", "run"):
        code, out, err = in_process(command)
        assert (code, out, err.count("\n")) == (1, "", 1)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    return err


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(project: Project, in_process: InProcess) -> None:
    project.page("old.txt")
    assert in_process("ingest")[0] == 0
    write(project.config.writer, "INSERT INTO schema_migrations VALUES (999, now()::TIMESTAMP, '9.0')")
    assert "schema 999 is from a newer fxtrack" in refused(project, in_process)


@pytest.mark.parametrize("script", ["CREATE TABLE mine (a INTEGER)", "CREATE VIEW mine AS SELECT 1 AS a"])
def test_somebody_elses_database_is_refused_and_left_as_it_is(
    project: Project, in_process: InProcess, script: str
) -> None:
    write(project.config.writer, script)
    assert "not one of fxtrack" in refused(project, in_process)


def test_a_published_file_of_another_program_is_named_with_the_way_out(project: Project, in_process: InProcess) -> None:
    write(project.config.database, "CREATE TABLE mine (a INTEGER)")
    code, out, err = in_process("latest")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "this version of fxtrack did not publish it; `fxtrack run` publishes it anew" in err


@pytest.mark.parametrize("size", [1, 4096, 5_000_000])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(
    project: Project, in_process: InProcess, size: int
) -> None:
    project.config.writer.parent.mkdir()
    project.config.writer.write_bytes(b"x" * size)
    assert "not a DuckDB database" in refused(project, in_process)


@pytest.mark.parametrize("kind", ["empty file", "empty database"])
def test_what_is_empty_becomes_a_store(project: Project, in_process: InProcess, shell: Shell, kind: str) -> None:
    if kind == "empty file":
        project.config.writer.parent.mkdir()
        project.config.writer.touch()
    else:
        write(project.config.writer, "SELECT 1")
    project.page("a.txt")
    assert in_process("ingest")[0] == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM captures") == 1


def test_a_new_store_goes_through_every_migration_once(project: Project, in_process: InProcess, shell: Shell) -> None:
    numbers = list(range(1, len(list(MIGRATIONS.glob("*.sql"))) + 1))
    assert numbers
    project.page("a.txt")
    for _ in range(2):
        in_process("ingest")
        rows = ask(shell, project.config.writer, "SELECT version FROM schema_migrations ORDER BY version")
        assert [row["version"] for row in rows] == numbers


def test_views_of_an_older_version_are_replaced_and_published(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.page("a.txt")
    in_process("ingest")
    write(
        project.config.writer,
        "CREATE OR REPLACE VIEW latest AS SELECT 1 AS old; UPDATE store_info SET views_digest = 'old'",
    )
    assert in_process("ingest")[0] == 0
    assert value(shell, project.config.database, "SELECT count(*) FROM latest") == 5


def test_the_writers_file_opens_in_the_older_shell_too(project: Project, in_process: InProcess, shell: Shell) -> None:
    project.page("a.txt")
    in_process("ingest")
    assert value(shell, project.config.writer, "SELECT count(*) FROM captures") == 1


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with dated and undated pages, a conflict, and pages without a ticker."""
    project = Project(tmp_path_factory.mktemp("published"))
    for number in range(1, 40):
        project.page(f"{number}.txt", varied_page(number))
    project.configure('[[sources]]\nname = "site"\n')
    assert project.run("ingest").returncode == 0
    return project.config.database


def test_everything_promised_is_there_with_its_columns(published: Path, shell: Shell) -> None:
    for name, columns in PROMISED.items():
        found = [row["column_name"] for row in ask(shell, published, f"DESCRIBE {name}")]
        assert not set(columns.split()) - set(found), name


@pytest.mark.slow
def test_what_a_reader_of_any_object_gets_back_is_something(published: Path, shell: Shell) -> None:
    for name in (*PROMISED, *MACROS.values()):
        assert ask(shell, published, f"FROM {name} LIMIT 1") or name.startswith("pair_gaps"), name  # it has no gap


def test_rates_and_percentages_are_decimals_dates_are_dates_and_times_have_no_zone(
    published: Path, shell: Shell
) -> None:
    types = {
        row["column_name"]: row["column_type"]
        for name in (*PROMISED, *(f"(FROM {call})" for call in MACROS.values()))
        for row in ask(shell, published, f"DESCRIBE FROM {name}")
        if row["column_name"] not in {"reported_text", "rate_text", "rate_decimals", "reported_decimals", "date_basis"}
    }
    rates = {
        name for name in types if name in {"rate", "low", "high", "change", "previous_rate", "base_low", "base_high"}
    }
    percents = {name for name in types if "pct" in name or name.endswith("_pp") or name.startswith("index_")}
    dates = {name for name in types if name == "page_date" or name.endswith("_date")}
    times = {name for name in types if name.endswith("_utc")}
    assert (len(rates), len(percents) > 8, len(dates) > 5, len(times)) == (7, True, True, 6)
    # a rate that is derived from printed ones has more digits
    assert {types[name] for name in rates} <= {"DECIMAL(18,9)", "DECIMAL(38,18)"}
    assert {name: types[name] for name in percents} == dict.fromkeys(percents, "DECIMAL(18,6)")
    assert {name: types[name] for name in dates} == dict.fromkeys(dates, "DATE")
    assert {name: types[name] for name in times} == dict.fromkeys(times, "TIMESTAMP")
    assert not {name: kind for name, kind in types.items() if kind in {"DOUBLE", "FLOAT"}}


@pytest.mark.parametrize(
    ("listing", "names"),
    [
        ("SELECT table_name AS name, comment FROM duckdb_tables() WHERE NOT internal", {"captures", "runs"}),
        ("SELECT view_name AS name, comment FROM duckdb_views() WHERE NOT internal", {"deltas", "problems"}),
        ("SELECT function_name AS name, comment FROM duckdb_functions() WHERE NOT internal", set(MACROS)),
        ("SELECT table_name || '.' || column_name AS name, comment FROM duckdb_columns() WHERE NOT internal",
         {f"{table}.{column}" for table, columns in PROMISED.items() for column in columns.split()}),
    ],
    ids=["tables", "views", "macros", "columns"],
)  # fmt: skip
def test_everything_in_the_published_file_carries_a_comment(
    published: Path, shell: Shell, listing: str, names: set[str]
) -> None:
    comments = {row["name"]: row["comment"] for row in ask(shell, published, listing)}
    assert names <= set(comments)
    assert [name for name, comment in comments.items() if not (comment or "").strip()] == []


def test_every_number_of_the_store_reaches_python_as_it_was_printed(published: Path) -> None:
    with connect_reader(published, 0) as connection:
        rows = connection.execute("SELECT rate, rate_text FROM quotes").fetchall()
    assert rows
    assert {f"{rate:.5f}" for rate, _ in rows} == {text for _, text in rows}


def comments(connection: Connection) -> dict[str, str | None]:
    """Return the comment of each table and of each of its columns, as ``table`` and ``table.column``."""
    of_tables = connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall()
    of_columns = connection.execute(
        "SELECT table_name || '.' || column_name, comment FROM duckdb_columns()"
        " SEMI JOIN duckdb_tables() USING (table_name)"
    ).fetchall()
    return dict(of_tables + of_columns)


def test_the_comments_of_a_store_of_schema_9_become_those_of_a_new_one(tmp_path: Path) -> None:
    old = json.loads((Path(__file__).parent / "comments_of_schema_9.json").read_text("utf-8"))
    with connect_writer(tmp_path / "store.duckdb", 0) as connection:
        prepare(connection)
        new = comments(connection)
        for place, text in old.items():
            kind = "COLUMN" if "." in place else "TABLE"
            connection.execute(f"COMMENT ON {kind} {place} IS {quote_text(text)}")
        connection.execute("DELETE FROM schema_migrations WHERE version > 9")
        assert comments(connection) != new
        prepare(connection)
        assert comments(connection) == new
    assert None not in new.values()
