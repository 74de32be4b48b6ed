"""`fxtrack status`: the report, and the conditions under which it is unhealthy."""

import datetime as dt
import json
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import InProcess, Project, page_text
from msgspec import structs
from services import configure, status

from fxtrack import limits
from fxtrack.config.config import Config
from fxtrack.config.load import load_config
from fxtrack.limits import OVERDUE
from fxtrack.model.run import Finding, Run, RunOutcome, RunRecord
from fxtrack.runs.facts import Facts, SourceFacts, facts_file, write_facts
from fxtrack.runs.lock import Holder, ServiceLock
from fxtrack.runs.record import recording
from fxtrack.service.status.health import Environment, HealthReport, assess, duration_text
from fxtrack.store.database.opening import connect_writer
from fxtrack.store.writer import Store

NOW = dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def config_of(folder: Path, text: str = "") -> Config:
    file = folder / "config.toml"
    file.write_text(text or '[schedule]\ningest = { every = "1h" }\n[[sources]]\nname = "site"\n')
    return load_config(file)


def run(outcome: str = "done", job: str = "ingest", ago: dt.timedelta = HOUR / 2, process: int | None = 7) -> RunRecord:
    started = NOW - ago
    ended = None if outcome == "running" else started + MINUTE
    return RunRecord(1, job, started, started, ended, outcome, process, "why" if outcome == "failed" else None)


def facts(*last: RunRecord, page_date: dt.date | None = TODAY) -> Facts:
    return Facts(
        written_utc=NOW,
        last={record.job: record for record in last},
        last_well={record.job: record for record in last if record.ended_well},
        scheduled={record.job: record.scheduled_utc for record in last if record.scheduled_utc},
        sources=[SourceFacts("site", page_date, 3)],
    )


def judged(
    folder: Path, known: Facts | None, environment: Environment | None = None, now: dt.datetime = NOW
) -> HealthReport:
    return assess(config_of(folder), known, environment or Environment(), now)


def test_all_is_well_where_data_is_fresh_and_runs_end_well(tmp_path: Path) -> None:
    assert judged(tmp_path, facts(run())).problems == ()


@pytest.mark.parametrize("outcome", ["done", "nothing new", "page without ticker", "stopped", "running"])
def test_ordinary_ends_are_no_problem(tmp_path: Path, outcome: str) -> None:
    assert judged(tmp_path, facts(run(outcome)), Environment(living=frozenset({7}))).is_healthy


@pytest.mark.parametrize(
    "outcome", ["failed", "fetch failed", "parse failed", "store failed", "layout changed", "killed"]
)
def test_a_job_whose_last_run_failed_is_a_problem(tmp_path: Path, outcome: str) -> None:
    (problem,) = judged(tmp_path, facts(run(outcome))).problems
    assert problem.startswith(f"ingest: {outcome}")


def test_a_run_whose_process_is_gone_was_killed(tmp_path: Path) -> None:
    assert judged(tmp_path, facts(run("running"))).problems == ("ingest: killed",)


@pytest.mark.parametrize("over", [False, True])
def test_data_is_stale_past_its_age_counted_from_the_end_of_the_page_date(tmp_path: Path, over: bool) -> None:
    ended = dt.datetime(2026, 4, 30, tzinfo=dt.UTC)
    now = ended + dt.timedelta(days=3) + (MINUTE if over else dt.timedelta(0))
    found = judged(tmp_path, facts(page_date=dt.date(2026, 4, 29)), now=now)
    assert found.is_healthy is not over
    if over:
        assert "2026-04-29, 3 d" in found.problems[0]


def test_each_source_may_have_an_age_of_its_own(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        '[service]\nmax_age = "1d"\n[[sources]]\nname = "site"\nmax_age = "366d"\n[[sources]]\nname = "other"\n',
    )
    found = assess(config, facts(page_date=dt.date(2025, 12, 1)), Environment(), NOW)
    assert found.problems == ("other: no page with a date and a ticker yet",)


def test_a_store_without_pages_is_no_healthy_one(tmp_path: Path) -> None:
    assert judged(tmp_path, None).problems == ("site: no page with a date and a ticker yet",)


@pytest.mark.parametrize("late", [False, True])
def test_a_job_is_overdue_some_minutes_after_it_should_have_run(tmp_path: Path, late: bool) -> None:
    due = NOW - HOUR / 2 + HOUR  # the last run was for 11:30; the schedule says every full hour
    due = due.replace(minute=0)
    now = due + OVERDUE + (MINUTE if late else dt.timedelta(0))
    found = judged(tmp_path, facts(run()), now=now)
    assert found.problems == (("ingest: overdue since 2026-05-03 12:00:00 UTC",) if late else ())


def test_what_a_clock_noted_that_was_set_back_since_hides_no_job_that_is_overdue(tmp_path: Path) -> None:
    ahead = run(ago=-3 * 24 * HOUR)
    for environment in (Environment(holder=Holder(7, NOW - 3 * HOUR)), Environment(holder=Holder(7, NOW))):
        late = environment.holder is not None and environment.holder.since < NOW
        for known, missed in ((facts(ahead), ()), (facts(), (ahead,))):
            found = judged(tmp_path, known, replace(environment, pending=missed))
            assert found.problems == (("ingest: overdue since 2026-05-03 10:00:00 UTC",) if late else ())


def test_a_run_for_a_time_that_is_still_to_come_does_not_count_as_one_of_the_schedule(project: Project) -> None:
    now = dt.datetime.now(dt.UTC)
    times = {"right": now - HOUR, "wrong": now + 48 * HOUR}
    for at in times.values():
        with recording(project.config, Run("ingest", at, at)) as recorder:
            recorder.end(Finding(RunOutcome.DONE))
    with Store.open(project.config) as store:
        assert write_facts(store, project.config).scheduled == {"ingest": times["right"]}


def test_a_service_that_seems_to_start_in_the_future_runs_for_no_time(project: Project, in_process: InProcess) -> None:
    with ServiceLock.take(project.config, dt.datetime.now(dt.UTC) + 80 * HOUR):
        assert ", for 0 s\n" in in_process("status")[1]


def test_a_job_at_work_is_not_overdue(tmp_path: Path) -> None:
    environment = Environment(holder=Holder(7, NOW - 5 * HOUR), living=frozenset({7}))
    assert judged(tmp_path, facts(run("running", ago=4 * HOUR)), environment).is_healthy


def test_a_job_at_work_is_judged_by_its_run_before(tmp_path: Path) -> None:
    failed, running = run("failed", ago=HOUR), run("running", ago=MINUTE)
    known = structs.replace(facts(running), last_ended={"ingest": failed})
    assert judged(tmp_path, known, Environment(living=frozenset({7}))).problems == ("ingest: failed: why",)


def test_a_new_service_is_given_time_until_its_first_runs_are_due(tmp_path: Path) -> None:
    environment = Environment(holder=Holder(7, NOW - MINUTE))
    assert judged(tmp_path, facts(), environment).is_healthy
    late = Environment(holder=Holder(7, NOW - 3 * HOUR))
    assert "overdue" in judged(tmp_path, facts(), late).problems[0]


def test_a_job_that_is_new_or_of_another_schedule_since_a_reload_counts_from_there(tmp_path: Path) -> None:
    for known in (facts(), facts(run(ago=40 * HOUR))):
        for ago, late in ((MINUTE, False), (3 * HOUR, True)):
            holder = Holder(7, NOW - 240 * HOUR, began={"ingest": NOW - ago, "backup": NOW})
            found = judged(tmp_path, known, Environment(holder=holder))
            assert found.problems == (("ingest: overdue since 2026-05-03 10:00:00 UTC",) if late else ())


def test_where_no_service_ever_ran_no_job_is_missed(tmp_path: Path) -> None:
    by_hand = RunRecord(1, "run", None, NOW - 40 * HOUR, NOW - 40 * HOUR, "done")
    found = judged(tmp_path, facts(by_hand))
    assert found.is_healthy
    assert [(job.job, job.next_utc) for job in found.jobs] == [("ingest", None), ("run", None)]


def test_a_failure_by_hand_is_settled_by_whatever_ended_well_after_it(tmp_path: Path) -> None:
    failed = run("failed", job="run", ago=5 * HOUR)
    assert judged(tmp_path, facts(failed, run())).is_healthy
    assert not judged(tmp_path, facts(failed, run(ago=5.5 * HOUR)), now=NOW - 5 * HOUR + MINUTE).is_healthy


def test_a_failure_that_could_not_be_entered_counts_all_the_same(tmp_path: Path) -> None:
    waiting = run("store failed", ago=MINUTE)
    assert judged(tmp_path, facts(run()), Environment(pending=(waiting,))).problems == ("ingest: store failed",)


def test_a_failure_that_could_not_be_entered_is_settled_by_a_run_after_it(tmp_path: Path) -> None:
    waiting = run("store failed", ago=HOUR / 2)
    for good in (run(ago=MINUTE), run("running", ago=MINUTE)):
        found = judged(tmp_path, facts(good), Environment(living=frozenset({7}), pending=(waiting,)))
        assert found.jobs[0].last == good
        assert found.is_healthy is (good.outcome == "done")


def test_an_end_that_could_not_be_entered_counts_for_the_run_whose_start_was(tmp_path: Path) -> None:
    begun, ended = run("running", ago=MINUTE), run("store failed", ago=MINUTE)
    environment = Environment(living=frozenset({7}), pending=(ended,))
    assert judged(tmp_path, facts(begun), environment).problems == ("ingest: store failed",)


@pytest.mark.parametrize(("free_mb", "healthy"), [(200, True), (199, False)])
def test_a_disk_that_is_nearly_full_is_a_problem(tmp_path: Path, free_mb: int, healthy: bool) -> None:
    environment = Environment(free_bytes=(("/srv", free_mb * 10**6),))
    assert judged(tmp_path, facts(run()), environment).is_healthy is healthy


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3661, "1 h 1 min"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
        (86_405, "1 d"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds: int, words: str) -> None:
    assert duration_text(dt.timedelta(seconds=seconds)) == words


def today() -> str:
    return f"{dt.datetime.now(dt.UTC):%d %B %Y}"


def test_the_command_says_what_ran_even_where_nothing_new_was_published(
    project: Project, in_process: InProcess
) -> None:
    project.page("a.txt", page_text(date=today()))
    in_process("ingest")
    in_process("ingest")
    code, out, err = in_process("status", "--json")
    said = json.loads(out)
    assert (code, err) == (0, "")
    (job,) = [job for job in said["jobs"] if job["job"] == "ingest"]
    assert (job["last"]["outcome"], job["last"]["known"], job["last"]["run_id"]) == ("nothing new", 1, 2)
    assert said["service"] is None
    assert said["backlog"] == 0
    assert said["sources"][0]["age_seconds"] == 0
    code, out, _ = in_process("status")
    assert code == 0
    assert "nothing new" in out
    assert "all is well" in out
    project.page("b.warc.gz", b"no archive")
    in_process("ingest")
    in_process("ingest")
    code, out, _ = in_process("status")
    assert code == 0
    assert "remark: 1 file could not be read" in out
    assert "all is well" not in out
    assert "no problem" in out
    assert json.loads(in_process("status", "--json")[1])["remarks"] == [
        "1 file could not be read; `fxtrack sql 'FROM problems'` lists them"
    ]


def test_the_command_waits_for_nobody_who_holds_the_store(project: Project) -> None:
    configure(project, 'ingest = { cron = "0 0 1 1 *" }\n')
    project.page("a.txt", page_text(date=today()))
    assert project.run("ingest").returncode == 0
    project.page("b.txt")
    with closing(connect_writer(project.config.writer, 10)):
        said = status(project)
    assert said["healthy"]
    assert said["backlog"] == 1


def test_pages_that_wait_are_counted_and_known_ones_are_not(project: Project, in_process: InProcess) -> None:
    assert status(project)["backlog"] == 0
    project.page("a.txt")
    project.page("b.txt")
    assert status(project)["backlog"] == 2
    in_process("ingest")
    assert status(project)["backlog"] == 0
    # a copy adds nothing that would be published, and is no page that waits either
    project.page("c.txt", (project.root / "pages" / "a.txt").read_bytes())
    assert status(project)["backlog"] == 1
    in_process("ingest")
    assert status(project)["backlog"] == 0
    project.page("a.txt", page_text() + "Longer than before.\n")
    assert status(project)["backlog"] == 1


def aged(page: Path) -> None:
    """Give a page a time of change that is long past, so that it is known by that."""
    os.utime(page, (1_700_000_000, 1_700_000_000))


def test_pages_wait_that_were_moved_into_place_or_are_of_another_folder_or_name_than_the_pass_before_had(
    project: Project, in_process: InProcess
) -> None:
    outside, site = project.root / "outside", (project.root / "config.toml").read_text()
    outside.mkdir()
    project.page("a.txt")
    aged(project.page("b.html", page_text()))
    aged(project.page("../outside/c.txt"))
    project.configure('[ingest]\ninclude = ["*.txt"]\n' + site)
    in_process("ingest")
    assert status(project)["backlog"] == 0
    project.configure(site)
    assert status(project)["backlog"] == 1
    in_process("ingest")
    assert status(project)["backlog"] == 0
    outside.rename(project.root / "pages" / "in")
    assert status(project)["backlog"] == 1
    in_process("ingest")
    assert status(project)["backlog"] == 0
    outside.mkdir()
    aged(project.page("../outside/d.txt"))
    project.configure('[paths]\npages = "outside"\n' + site)
    assert status(project)["backlog"] == 1


def test_a_page_that_changed_waits_though_it_is_as_long_as_before(project: Project, in_process: InProcess) -> None:
    aged(project.page("a.txt"))
    in_process("ingest")
    assert status(project)["backlog"] == 0
    page = project.page("a.txt", (project.root / "pages" / "a.txt").read_bytes().replace(b"0.01144", b"0.01145"))
    assert page.stat().st_mtime > 1_700_000_000
    assert status(project)["backlog"] == 1
    in_process("ingest")
    assert status(project)["backlog"] == 0


@pytest.mark.few(1)
@pytest.mark.parametrize("over", [False, True])
def test_so_many_touched_files_are_told_from_pages_that_wait_and_with_more_nobody_can_say(
    project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch, over: bool
) -> None:
    monkeypatch.setattr(limits, "UNPUBLISHED_FILES", 3)
    pages = [project.page(f"{number}.txt") for number in range(4 if over else 3)]
    for page in pages:
        aged(page)
    in_process("ingest")
    for page in pages:  # each by a run of its own, which has nothing to publish
        os.utime(page, (1_600_000_000, 1_600_000_000))
        in_process("ingest")
    project.page("new.txt")
    assert status(project)["backlog"] == (None if over else 1)
    assert f"waiting: {'unknown' if over else 1} pages" in in_process("status")[1]
    in_process("ingest")  # which has something to publish
    assert status(project)["backlog"] == 0


def test_old_data_is_unhealthy_and_the_exit_code_says_so(project: Project, in_process: InProcess) -> None:
    project.page("a.txt", page_text(date="08 December 2025"))
    in_process("ingest")
    code, out, _ = in_process("status")
    assert code == 1
    assert "problem: site: the newest page date is 2025-12-08" in out


def test_a_date_in_the_future_makes_nothing_fresh(project: Project, in_process: InProcess) -> None:
    project.page("a.txt", page_text(date="08 December 2025"))
    project.page("b.txt", page_text(date=f"08 December {dt.datetime.now(dt.UTC).year + 2}"))
    in_process("ingest")
    assert json.loads(in_process("status", "--json")[1])["sources"][0]["page_date"] == "2025-12-08"


@pytest.mark.few(2)
@pytest.mark.parametrize("spoilt", [b"", b"{}", b"not json", b'{"written_utc": 3}'])
def test_a_spoilt_file_of_facts_is_no_crash_and_is_written_anew(
    project: Project, in_process: InProcess, spoilt: bytes
) -> None:
    project.page("a.txt", page_text(date=today()))
    in_process("ingest")
    facts_file(project.config).write_bytes(spoilt)
    assert in_process("status")[0] == 1
    in_process("ingest")
    assert in_process("status")[0] == 0
