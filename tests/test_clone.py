"""Clones of a store: the same content under an identity of its own, made without letting go of the store."""

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import InProcess, Project, Shell
from promises import Session, ask, content, value, varied_page

from fxtrack.errors import StoreError
from fxtrack.store.copy import clone, copy_bytes, copy_rows, renewed
from fxtrack.store.database.opening import connect_reader
from fxtrack.store.publish import publish
from fxtrack.store.writer import Store

COUNT = "SELECT count(*) FROM captures"
INSERT = "INSERT INTO captures (capture_id) VALUES ('not a page')"
IDENTIFIER = slice(124, 140)
CHECKSUM = slice(0, 8)


@pytest.fixture
def store(project: Project, in_process: InProcess) -> Iterator[Store]:
    """An open store of some pages."""
    for number in range(60):
        project.page(f"{number}.txt", varied_page(number))
    assert in_process("ingest")[0] == 0
    with Store.open(project.config) as store:
        store.query("CHECKPOINT")
        yield store


def leave_a_log(database: Path, *before: str) -> Path:
    """Write to a database in a shell, kill that, and return the log that it leaves."""
    with Session(database) as session:
        for statement in before:
            session.say(statement)
        session.say(f"{INSERT} RETURNING 1;")
        assert session.say("SELECT 7;") == "7"
    log = database.with_name(database.name + ".wal")
    assert log.stat().st_size
    return log


def test_a_clone_is_the_same_file_but_for_who_it_is(store: Store, tmp_path: Path) -> None:
    clones = [tmp_path / "a.duckdb", tmp_path / "b.duckdb"]
    for path in clones:
        assert clone(store.path, path)
    parts = []
    store.connection.close()  # to read a file that is held, and close it, would let go of it
    for path in (*clones, store.path):
        whole = bytearray(path.read_bytes())
        parts.append(bytes(whole[IDENTIFIER]))
        whole[IDENTIFIER], whole[CHECKSUM] = bytes(16), bytes(8)
        parts.append(bytes(whole))
    identifiers, rests = parts[::2], parts[1::2]
    assert len(set(identifiers)) == 3
    assert len(set(rests)) == 1


def test_older_shells_find_in_a_clone_all_that_is_in_a_copy(store: Store, shell: Shell, tmp_path: Path) -> None:
    copy_bytes(store, tmp_path / "clone.duckdb")
    copy_rows(store, tmp_path / "copy.duckdb")
    assert content(shell, tmp_path / "clone.duckdb") == content(shell, tmp_path / "copy.duckdb")


def test_nobody_else_can_open_the_store_after_it_was_cloned(store: Store, shell: Shell, tmp_path: Path) -> None:
    for number in range(3):
        copy_bytes(store, tmp_path / f"{number}.duckdb")
        refused = shell(str(store.path), "-c", COUNT)
        assert refused.returncode != 0
        assert "Could not set lock" in refused.stderr
    store.query("UPDATE runs SET message = 'still ours'")
    copy_bytes(store, tmp_path / "last.duckdb")
    assert value(shell, tmp_path / "last.duckdb", "SELECT count(*) FROM runs WHERE message = 'still ours'")


@pytest.mark.parametrize("checkpoints_more", [0, 1])
def test_a_log_of_one_clone_is_refused_by_another_though_both_have_seen_as_many_checkpoints(
    store: Store, shell: Shell, tmp_path: Path, checkpoints_more: int
) -> None:
    theirs, ours = tmp_path / "theirs.duckdb", tmp_path / "ours.duckdb"
    copy_bytes(store, theirs)
    for _ in range(checkpoints_more):
        store.query("UPDATE runs SET message = 'changed'")
        store.query("CHECKPOINT")
    copy_bytes(store, ours)
    theirs.chmod(0o644)
    twin = tmp_path / "twin.duckdb"
    shutil.copy(theirs, twin)
    log = leave_a_log(theirs, *[f"{INSERT}; CHECKPOINT; SELECT 1;"] * checkpoints_more)
    for path in (ours, twin):
        shutil.copy(log, path.with_name(path.name + ".wal"))
    for options in (["-readonly"], []):
        refused = shell(*options, str(ours), "-c", COUNT)
        assert refused.returncode != 0
        assert "WAL does not match database file" in refused.stderr
    with pytest.raises(StoreError, match=r"ours.duckdb.wal beside it is damaged or of another file"):
        connect_reader(ours, 0)
    if not checkpoints_more:  # what the identity is for: a plain copy takes the log for its own
        assert value(shell, twin, COUNT) == value(shell, theirs, COUNT)


def test_a_store_that_is_half_empty_is_published_without_what_is_free(
    store: Store, project: Project, shell: Shell
) -> None:
    store.query("CREATE TABLE ballast AS SELECT hash(range) AS h FROM range(3_000_000)")
    store.query("CHECKPOINT")
    store.query(
        "CREATE TABLE behind AS SELECT hash(range) AS h FROM range(300_000)"
    )  # what is free at the end of a file, DuckDB cuts off
    store.query("CHECKPOINT")
    store.query("DROP TABLE ballast")
    publish(store, project.config.database, dt.datetime.now(dt.UTC))
    assert project.config.database.stat().st_size < store.path.stat().st_size / 2
    assert value(shell, project.config.database, COUNT) == 60


def test_a_store_of_a_newer_storage_version_is_published_in_the_one_that_older_shells_read(
    store: Store, project: Project, shell: Shell, tmp_path: Path
) -> None:
    newer = tmp_path / "newer.duckdb"
    store.query(f"ATTACH '{newer}' AS newer (STORAGE_VERSION 'latest')")
    store.query('COPY FROM DATABASE "fxtrack-writer" TO newer')
    store.query("DETACH newer")
    store.connection.close()
    os.replace(newer, store.path)
    assert shell("-readonly", str(store.path), "-c", COUNT).returncode != 0
    with Store.open(project.config) as opened:
        assert not clone(opened.path, tmp_path / "none.duckdb")
        publish(opened, project.config.database, dt.datetime.now(dt.UTC))
    assert value(shell, project.config.database, COUNT) == 60
    assert not (tmp_path / "none.duckdb").exists()


@pytest.mark.usefixtures("store")
def test_a_file_that_is_not_open_here_or_not_as_we_know_it_is_not_cloned(project: Project, tmp_path: Path) -> None:
    assert not clone(project.config.database, tmp_path / "none.duckdb")
    assert not (tmp_path / "none.duckdb").exists()
    header = project.config.database.read_bytes()[:4096]
    assert renewed(header)
    for place in (0, 8, 12, 130, 4095):  # checksum, magic, version, identifier, the last byte
        assert renewed(header[:place] + bytes([header[place] ^ 1]) + header[place + 1 :]) is None
    assert renewed(header[:-1]) is None
    assert renewed(b"") is None


def test_what_a_run_wrote_last_is_in_the_clone(project: Project, in_process: InProcess, shell: Shell) -> None:
    project.page("a.txt")
    assert in_process("ingest")[0] == 0
    rows = ask(shell, project.config.database, "SELECT outcome, new, ended_utc IS NOT NULL AS ended FROM runs")
    assert rows == [{"outcome": "done", "new": 1, "ended": True}]
