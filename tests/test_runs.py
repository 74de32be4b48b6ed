"""Runs are evidence: how each ended is kept apart, and a source that prints otherwise than it used to is noticed."""

import datetime as dt
import random
from fractions import Fraction
from itertools import combinations
from math import comb
from pathlib import Path

import pytest
from conftest import InProcess, Project, Shell, page_text
from promises import ask
from services import runs

import fxtrack.store.settling.recompute
from fxtrack.errors import FxtrackError, Interrupted, StoreBusy, StoreError
from fxtrack.limits import LAYOUT_LEAST_HISTORY, LAYOUT_PAGES
from fxtrack.model.run import Finding, Run, RunOutcome, finding_of_error, finding_of_pages, gravest
from fxtrack.pipeline import run_pass
from fxtrack.runs.layout_change import Share, chance, has_dropped
from fxtrack.runs.record import recording_apart


def outcomes(project: Project) -> list[str]:
    return [row["outcome"] for row in runs(project)]


@pytest.mark.few(4)
@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({"a.txt": None}, "done"),
        ({}, "nothing new"),
        ({"b.txt": "Nothing.\n"}, "page without ticker"),
        ({"b.txt": "Nothing.\n", "c.txt": "Nor here.\n"}, "page without ticker"),
        ({"b.txt": "Nothing.\n", "c.txt": None}, "done"),
        ({"b.txt": b"\x00\xff\x00\x01"}, "parse failed"),
        ({"b.txt": b"\x00\xff\x00\x01", "c.txt": None}, "parse failed"),
        ({"b.txt": page_text().replace("0.01144", "0.01145", 1)}, "done"),
    ],
)
def test_what_came_of_the_pages_is_what_the_run_says(
    project: Project, in_process: InProcess, pages: dict[str, str | bytes | None], said: str
) -> None:
    project.page("first.txt")
    in_process("ingest")
    for name, content in pages.items():
        project.page(name, content)
    in_process("ingest")
    assert outcomes(project) == ["done", said]


def test_a_file_that_cannot_be_read_is_a_failure_once_and_on_record_as_a_problem_for_good(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    project.page("a.txt")
    (project.root / "pages" / "b.txt").symlink_to("nowhere")
    for _ in range(3):
        assert in_process("ingest")[0] == 1
    found = runs(project)
    assert [row["outcome"] for row in found] == ["parse failed", "nothing new", "nothing new"]
    assert "1 page could not be read" in found[0]["message"]
    rows = ask(shell, project.config.database, "SELECT location FROM problems WHERE problem = 'file not read'")
    assert [row["location"] for row in rows] == ["pages/b.txt"]


@pytest.mark.parametrize(("error", "told"), [(FxtrackError("no room"), ["charts 2: no room"]), (Interrupted(), [])])
def test_readers_hear_of_a_job_that_failed_and_not_of_one_that_was_stopped(
    project: Project, in_process: InProcess, shell: Shell, error: Exception, told: list[str]
) -> None:
    project.page("a.txt")
    assert in_process("ingest")[0] == 0

    with pytest.raises(type(error)), recording_apart(project.config, Run("charts", dt.datetime.now(dt.UTC))):
        raise error
    rows = ask(shell, project.config.database, "SELECT detail FROM problems WHERE problem LIKE '%run'")
    assert [row["detail"] for row in rows] == told


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (StoreBusy("held"), RunOutcome.STORE_FAILED),
        (FxtrackError("no room"), RunOutcome.FAILED),
        (ValueError(), RunOutcome.FAILED),
        (Interrupted(), RunOutcome.STOPPED),
        (KeyboardInterrupt(), RunOutcome.STOPPED),
    ],
)
def test_an_error_says_how_the_run_ended_and_always_has_words(error: BaseException, outcome: RunOutcome) -> None:
    finding = finding_of_error(error)
    assert finding.outcome == outcome
    assert finding.message


def test_the_gravest_of_several_findings_counts_and_no_message_is_lost() -> None:
    found = [
        Finding(RunOutcome.DONE), Finding(RunOutcome.NO_TICKER, "no ticker"), Finding(RunOutcome.FETCH_FAILED, "503"),
        Finding(RunOutcome.PARSE_FAILED, "damaged"), Finding(RunOutcome.FETCH_FAILED, "504"),
    ]  # fmt: skip
    assert gravest(found) == Finding(RunOutcome.FETCH_FAILED, "503; no ticker; damaged; 504")
    assert gravest([Finding(RunOutcome.NOTHING_NEW)]) == Finding(RunOutcome.NOTHING_NEW)


def test_every_outcome_but_running_and_killed_can_be_a_runs_gravest_finding() -> None:
    for outcome in set(RunOutcome) - {RunOutcome.RUNNING, RunOutcome.KILLED}:
        assert gravest([Finding(outcome)]).outcome == outcome


def test_pages_that_are_as_they_should_be_are_no_finding() -> None:
    assert finding_of_pages(new=5, no_ticker=4, damaged=0) is None
    assert finding_of_pages(new=0, no_ticker=0, damaged=0) is None


@pytest.mark.parametrize(
    ("newest", "before"), [((3, 1), (4, 3)), ((4, 0), (4, 4)), ((2, 2), (5, 1)), ((5, 2), (3, 3)), ((1, 0), (6, 6))]
)
def test_the_chance_of_so_few_tickers_is_that_of_shuffling_the_pages(
    newest: tuple[int, int], before: tuple[int, int]
) -> None:
    # by counting every way to choose which of all these pages are the newest
    shown = [1] * (newest[1] + before[1]) + [0] * (newest[0] + before[0] - newest[1] - before[1])
    lots = list(combinations(range(len(shown)), newest[0]))
    as_few = sum(sum(shown[i] for i in lot) <= newest[1] for lot in lots)
    assert len(lots) == comb(newest[0] + before[0], newest[0])
    assert chance(Share(*newest), Share(*before)) == Fraction(as_few, len(lots))


@pytest.mark.parametrize(
    ("newest", "before", "dropped"),
    [
        ((20, 20), (500, 500), False),
        ((20, 18), (500, 500), False),  # two pages without one are no change, even of a source that never had any
        ((20, 17), (500, 500), True),
        ((20, 18), (500, 470), False),
        ((20, 10), (500, 470), True),
        ((20, 0), (500, 30), False),  # a source of which few pages ever show one
        ((20, 0), (LAYOUT_LEAST_HISTORY, LAYOUT_LEAST_HISTORY), True),
        ((20, 0), (LAYOUT_LEAST_HISTORY - 1, LAYOUT_LEAST_HISTORY - 1), False),
        ((20_000, 0), (500, 500), True),
        ((20_000, 19_000), (500, 475), False),
    ],
)
def test_a_drop_is_told_from_chance_by_the_sources_own_history(
    newest: tuple[int, int], before: tuple[int, int], dropped: bool
) -> None:
    assert has_dropped(Share(*newest), Share(*before)) is dropped


def test_a_changed_layout_is_noticed_page_by_page_and_in_one_go_and_passes(
    project: Project, in_process: InProcess
) -> None:
    for number in range(100):
        project.page(f"a{number:03}.txt", "Nothing.\n" * (number + 1) if number % 20 == 7 else None)
    in_process("ingest")
    for number in range(8):
        project.page(f"b{number}.txt", f"The rates have moved elsewhere, {number}.\n")
        in_process("ingest")
    assert outcomes(project)[0] == "done"
    said = outcomes(project)[1:]
    first = said.index("layout changed")
    assert said == ["page without ticker"] * first + ["layout changed"] * (8 - first)
    assert 2 <= first <= 6
    assert "site: " in runs(project)[-1]["message"]
    for number in range(LAYOUT_PAGES):
        project.page(f"c{number:02}.txt")
    in_process("ingest")
    assert outcomes(project)[-1] == "done"
    for number in range(50):
        project.page(f"d{number}.txt", f"The rates have moved for good, {number}.\n")
    assert "fxtrack: layout changed: site: " in in_process("ingest")[2]
    assert outcomes(project)[-1] == "layout changed"


@pytest.mark.slow
def test_pages_of_another_kind_now_and_then_are_no_changed_layout(project: Project, in_process: InProcess) -> None:
    luck = random.Random(7)  # noqa: S311 -- no secret
    for lot in range(6):
        for number in range(40):
            empty = luck.random() < 0.3
            project.page(f"{lot}-{number:02}.txt", f"Nothing, {lot} {number}.\n" if empty else None)
        in_process("ingest")
    assert outcomes(project) == ["done"] * 6


def test_other_sources_are_no_part_of_a_sources_history(project: Project, in_process: InProcess) -> None:
    project.configure(
        '[[sources]]\nname = "rates"\npaths = ["pages/rates/*"]\n[[sources]]\nname = "news"\npaths = ["pages/news/*"]\n'
    )
    for number in range(60):
        project.page(f"rates/{number}.txt")
    in_process("ingest")
    for number in range(30):
        project.page(f"news/{number}.txt", f"No rates here, {number}.\n")
    in_process("ingest")
    assert outcomes(project) == ["done", "page without ticker"]


def test_a_changed_layout_of_a_series_that_shares_pages_is_noticed(project: Project, in_process: InProcess) -> None:
    project.configure(
        "[[sources]]\nname = 'buy'\npattern = '(?P<pair>[A-Z]{3}/[A-Z]{3}) (?P<rate>[0-9.]+)'\n"
        "[[sources]]\nname = 'sell'\npages_of = 'buy'\n"
        "pattern = '(?P<pair>[A-Z]{3}/[A-Z]{3}) [0-9.]+ (?P<rate>[0-9.]+)'\n"
    )
    rows = ("KGS/USD 0.011", "KZT/USD 0.0019", "TJS/USD 0.108", "UZS/USD 0.00008")
    for number in range(100):
        project.page(f"a{number:03}.txt", "".join(f"{row}{number} {row[8:]}9{number}\n" for row in rows))
    in_process("ingest")
    assert outcomes(project) == ["done"]
    for number in range(LAYOUT_PAGES):
        project.page(f"b{number:02}.txt", "".join(f"{row}8{number}\n" for row in rows))
    in_process("ingest")
    assert outcomes(project)[-1] == "layout changed"
    said = runs(project)[-1]["message"]
    assert "sell: 0 of the newest" in said
    assert "buy: " not in said


def test_a_store_from_before_the_service_keeps_its_runs(project: Project, in_process: InProcess) -> None:
    from fxtrack.store.database.opening import connect_writer

    project.page("a.txt")
    in_process("ingest")
    connection = connect_writer(project.config.writer, 10)
    connection.execute("ALTER TABLE runs DROP COLUMN process; ALTER TABLE runs DROP COLUMN scheduled_utc")
    connection.execute("ALTER TABLE store_info DROP COLUMN traced_generation; DROP TABLE unsettled")
    connection.execute("DELETE FROM schema_migrations WHERE version >= 5")
    connection.close()
    assert in_process("ingest")[0] == 0
    assert outcomes(project) == ["done", "nothing new"]
    assert [row["scheduled_utc"] for row in runs(project)] == [None, None]


def test_nothing_of_a_run_is_left_beside_the_store(project: Project, in_process: InProcess) -> None:
    project.page("a.txt")
    in_process("run")
    names = {path.name for path in Path(project.config.writer.parent).iterdir()}
    assert names == {
        "fxtrack.duckdb", "fxtrack.duckdb.wal", "fxtrack-writer.duckdb", "fxtrack-writer.status.json"
    }  # fmt: skip


def test_readers_keep_the_file_of_before_until_the_reports_follow_from_the_new_pages(
    tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the disk failed")

    broken, quiet = Project(tmp_path / "broken"), Project(tmp_path / "quiet")
    for project in (broken, quiet):
        (project.root / "pages").mkdir(parents=True)
        project.configure('[[sources]]\nname = "site"\n')
        project.page("a.txt")
    now = dt.datetime.now(dt.UTC)
    for number, project in ((1, broken), (2, broken), (2, quiet)):
        if number == 2:
            project.page("b.txt", page_text(date="13 December 2025"))
        with monkeypatch.context() as patch:
            if number == 2 and project is broken:
                patch.setattr(fxtrack.store.settling.recompute, "recompute_lot", fail)
                published = project.config.database.read_bytes()
                with pytest.raises(StoreError, match="the disk failed"):
                    run_pass(project.config, Run("ingest", now), [project.config.pages])
                assert project.config.database.read_bytes() == published
        run_pass(project.config, Run("ingest", now), [project.config.pages])
    query = "SELECT pair, page_date, verdict, base_date FROM deltas ORDER BY ALL"
    assert ask(shell, broken.config.database, query) == ask(shell, quiet.config.database, query)
    assert len(ask(shell, broken.config.database, query)) == 10
