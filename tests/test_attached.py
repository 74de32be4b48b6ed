"""Several stores attached to one session: each macro answers for its own store, or fails."""

import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import Project, Shell, page_text
from promises import MACROS

RATES = {"a": "0.01111", "b": "0.02222"}
CALL = "rate_on('KGS/USD', '2025-12-12')"


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two stores whose rates differ, and one without pages."""
    found = {}
    for name in ("a", "b", "empty"):
        project = Project(tmp_path_factory.mktemp(name))
        project.configure('[[sources]]\nname = "site"\n')
        (project.root / "pages").mkdir()
        if name in RATES:
            project.page("x.txt", page_text((("KGS/USD", RATES[name], "0%"),)))
        done = project.run("ingest")
        assert done.stderr == ""
        found[name] = project.config.database
    return found


def asked(shell: Shell, attached: dict[str, Path], use: str, query: str) -> tuple[str, str]:
    """Return what the shell prints, and its error."""
    statements = [*(f"ATTACH '{path}' AS {name} (READ_ONLY)" for name, path in attached.items()), f"USE {use}", query]
    done = shell("-csv", "-noheader", *(word for text in statements for word in ("-c", text)))
    return done.stdout.strip(), done.stderr


@pytest.mark.few(1)
@pytest.mark.parametrize("use", ["a", "b"])
def test_macros_answer_for_the_store_in_use(shell: Shell, stores: dict[str, Path], use: str) -> None:
    for call in (CALL, f"{use}.{CALL}"):
        assert asked(shell, stores, use, f"SELECT rate_text FROM {call}") == (RATES[use], "")


@pytest.mark.few(4)
@pytest.mark.parametrize("use", ["a", "empty", "memory"])
@pytest.mark.parametrize("call", [*MACROS.values(), "last_closes('2025-12-12')"])
def test_macros_of_another_store_fail(shell: Shell, stores: dict[str, Path], use: str, call: str) -> None:
    printed, error = asked(shell, stores, use, f"FROM b.{call}")
    assert printed == ""
    assert ("does not exist" if use == "memory" else "answers after USE") in error


def test_views_of_another_store_answer_for_it(shell: Shell, stores: dict[str, Path]) -> None:
    for name, rate in RATES.items():
        assert asked(shell, stores, "empty", f"SELECT rate_text FROM {name}.latest") == (rate, "")


def test_macros_fail_where_two_copies_of_their_store_are_attached(
    shell: Shell, stores: dict[str, Path], tmp_path: Path
) -> None:
    copy = shutil.copy(stores["a"], tmp_path / "copy.duckdb")
    printed, error = asked(shell, {"a": stores["a"], "earlier": Path(copy)}, "a", f"FROM earlier.{CALL}")
    assert printed == ""
    assert "two copies" in error
    assert asked(shell, {"earlier": Path(copy)}, "earlier", f"SELECT rate_text FROM {CALL}") == (RATES["a"], "")


def test_every_macro_that_reads_the_store_checks_that_it_is_its_own(stores: dict[str, Path]) -> None:
    with duckdb.connect(str(stores["a"]), read_only=True) as connection:
        macros = connection.execute(
            "SELECT function_name, macro_definition FROM duckdb_functions()"
            " WHERE function_type = 'table_macro' AND NOT internal AND database_name = current_database()"
        ).fetchall()
        (identity,) = connection.execute("SELECT store_id FROM store_info").fetchall()[0]
    assert len(macros) >= 5
    # a step towards answers as of a time has the check that costs nothing
    steps = {name for name, text in macros if f"in_store('{identity}')" in text}
    for name, text in macros:
        assert f"of_store('{identity}')" in text or name in steps, name
    assert steps.isdisjoint(MACROS)


def test_steps_of_answers_as_of_a_time_do_not_answer_with_rows_of_another_store(stores: dict[str, Path]) -> None:
    with duckdb.connect(":memory:") as connection:
        for name, path in stores.items():
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        connection.execute("USE a")
        for step in ("known_sightings", "snapshots_as_of", "sources_as_of", "printed_quotes_as_of", "closes_as_of"):
            connection.execute(f"FROM a.{step}('2999-12-31')")
            with pytest.raises(duckdb.Error, match="answers after USE"):
                connection.execute(f"FROM b.{step}('2999-12-31')").fetchall()
