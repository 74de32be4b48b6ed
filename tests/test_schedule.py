"""When a job is due: through both changes of the clock, at two, at midnight, by half an hour, or never."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from conftest import utc
from services import wait_until

from fxtrack.config.schedule import Cron, Interval, Schedule, last_due, next_run, parse_duration
from fxtrack.config.settings import JobSchedule
from fxtrack.limits import CLOCK_STEP
from fxtrack.service.queue import JobQueue, JobRequest
from fxtrack.service.scheduler import Due, Scheduler, missed

# (zone, first date of five, minutes by which these five days are longer): written down from the zones' published rules
CHANGES = [
    ("Europe/Berlin", "2026-03-27", -60), ("Europe/Berlin", "2026-10-23", 60),
    ("America/Santiago", "2026-09-04", -60), ("America/Santiago", "2026-04-03", 60),
    ("Asia/Beirut", "2026-03-27", -60), ("Asia/Beirut", "2026-10-23", 60),
    ("America/New_York", "2026-03-06", -60), ("America/New_York", "2026-10-30", 60),
    ("Australia/Lord_Howe", "2026-10-02", -30), ("Australia/Lord_Howe", "2026-04-03", 30),
    ("Asia/Bishkek", "2026-03-27", 0), ("Asia/Bishkek", "2026-10-23", 0),
]  # fmt: skip


def five_days(zone: str, first: str) -> tuple[dt.datetime, dt.datetime]:
    start = dt.datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone))
    return start.astimezone(dt.UTC), (start + dt.timedelta(days=5)).astimezone(dt.UTC)


def fires(schedule: Schedule, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """Walk a simulated clock from `start` until before `end`, as the service does from run to run."""
    found = []
    now = start - dt.timedelta(microseconds=1)
    while (now := next_run(schedule, now)) < end:
        found.append(now)
        assert len(found) < 100_000
    return found


@pytest.mark.parametrize(("zone", "first", "longer"), CHANGES)
def test_the_changes_in_these_tests_are_changes(zone: str, first: str, longer: int) -> None:
    start, end = five_days(zone, first)
    assert (end - start) - dt.timedelta(days=5) == dt.timedelta(minutes=longer)


@pytest.mark.parametrize("time", ["00:00", "00:30", "01:00", "01:59", "02:00", "02:30", "03:00", "23:30", "12:00"])
@pytest.mark.parametrize(("zone", "first", "_longer"), CHANGES)
def test_a_daily_run_comes_once_a_day_whatever_the_clock_does(zone: str, first: str, _longer: int, time: str) -> None:
    hour, minute = time.split(":")
    start, end = five_days(zone, first)
    found = fires(Cron(f"{int(minute)} {int(hour)} * * *", ZoneInfo(zone)), start, end)
    here = [instant.astimezone(ZoneInfo(zone)) for instant in found]
    assert [moment.date() for moment in here] == [dt.date.fromisoformat(first) + dt.timedelta(days=n) for n in range(5)]
    shown = [f"{moment:%H:%M}" for moment in here]
    assert shown.count(time) >= 4
    # where the time does not exist, it is as late as the clock was put forward
    missing = [text for text in shown if text != time]
    moved = {f"{dt.datetime.fromisoformat(f'2000-01-01 {time}') + dt.timedelta(minutes=n):%H:%M}" for n in (30, 60)}
    assert set(missing) <= moved
    gaps = [(b - a) / dt.timedelta(hours=1) for a, b in pairwise(found)]
    assert all(22.9 < gap < 25.1 for gap in gaps)


@pytest.mark.parametrize(("zone", "first", "_longer"), CHANGES)
def test_four_runs_a_day_stay_four_a_day(zone: str, first: str, _longer: int) -> None:
    found = fires(Cron("0 */6 * * *", ZoneInfo(zone)), *five_days(zone, first))
    dates = [instant.astimezone(ZoneInfo(zone)).date() for instant in found]
    assert {dates.count(date) for date in dates} == {4}
    assert len(found) == 20


@pytest.mark.parametrize("minutes", [15, 30])
@pytest.mark.parametrize(("zone", "first", "longer"), CHANGES)
def test_a_run_every_few_minutes_goes_on_at_an_even_pace_through_a_missing_and_a_repeated_hour(
    zone: str, first: str, longer: int, minutes: int
) -> None:
    found = fires(Cron(f"*/{minutes} * * * *", ZoneInfo(zone)), *five_days(zone, first))
    assert {b - a for a, b in pairwise(found)} == {dt.timedelta(minutes=minutes)}
    assert len(found) == (5 * 24 * 60 + longer) // minutes


@pytest.mark.parametrize(("zone", "first", "longer"), CHANGES)
def test_an_interval_knows_no_clock_changes(zone: str, first: str, longer: int) -> None:
    found = fires(Interval(dt.timedelta(minutes=10)), *five_days(zone, first))
    assert len(found) == (5 * 24 * 60 + longer) // 10


def test_the_hour_that_occurs_twice_has_one_run_at_its_first_occurrence() -> None:
    cron = Cron("30 2 * * *", ZoneInfo("Europe/Berlin"))
    assert next_run(cron, utc("2026-10-24T12:00")) == utc("2026-10-25T00:30")
    assert next_run(cron, utc("2026-10-25T00:30")) == utc("2026-10-26T01:30")


def test_a_time_that_does_not_exist_is_as_long_after_midnight_as_ever() -> None:
    assert next_run(Cron("30 2 * * *", ZoneInfo("Europe/Berlin")), utc("2026-03-28T12:00")) == utc("2026-03-29T01:30")
    # midnight does not exist: the clock goes from 23:59 to 01:00
    assert next_run(Cron("0 0 * * *", ZoneInfo("America/Santiago")), utc("2026-09-05T12:00")) == utc("2026-09-06T04:00")


def test_a_day_that_a_country_left_out_has_no_runs() -> None:
    found = fires(Cron("0 12 * * *", ZoneInfo("Pacific/Apia")), utc("2011-12-29T00:00"), utc("2012-01-02T00:00"))
    days = [f"{at.astimezone(ZoneInfo('Pacific/Apia')):%d}" for at in found]
    assert days == ["29", "31", "01", "02"]  # there was no 30 December


@pytest.mark.parametrize("seconds", range(0, 7200, 1799))
@pytest.mark.parametrize(("zone", "first", "_longer"), CHANGES)
def test_where_the_clock_stood_when_somebody_asked_makes_no_difference(
    zone: str, first: str, _longer: int, seconds: int
) -> None:
    cron = Cron("30 0,1,2 * * *", ZoneInfo(zone))
    start, end = five_days(zone, first)
    all_fires = fires(cron, start, end + dt.timedelta(days=1))
    for day in range(5):
        asked = start + dt.timedelta(days=day, seconds=seconds)
        assert next_run(cron, asked) == min(instant for instant in all_fires if instant > asked)


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 32 * *", "0 0 30 2 *", "x * * * *", "*/0 * * * *",
     "@daily", "0 0 * * 9"],
)  # fmt: skip
def test_what_is_no_cron_expression_or_never_comes_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"expression|fields|never"):
        Cron(expression, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("30s", 30), ("15m", 900), ("6h", 21_600), ("1d", 86_400), ("366d", 366 * 86_400)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_duration(text) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "1.5h", "-1h", "1w", "1 h", "367d", "9999999999s", "٣h"])
def test_what_is_no_duration_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a duration|longer than"):
        parse_duration(text)


def test_the_last_time_that_was_due_is_found_however_many_there_were() -> None:
    second = Interval(dt.timedelta(seconds=1))
    assert last_due(second, utc("1999-01-01"), utc("2026-03-29T01:30")) == utc("2026-03-29T01:30")
    daily = Cron("30 2 * * *", ZoneInfo("Europe/Berlin"))
    assert last_due(daily, utc("2026-01-01"), utc("2026-03-29T01:30")) == utc("2026-03-29T01:30")
    assert last_due(daily, utc("2026-01-01"), utc("2026-03-29T01:29")) == utc("2026-03-28T01:30")
    assert last_due(daily, utc("2026-03-29T01:30"), utc("2026-03-30T00:29")) is None
    leap = Cron("0 0 29 2 *", ZoneInfo("UTC"))
    assert last_due(leap, utc("2020-01-01"), utc("2026-01-01")) == utc("2024-02-29")


def job(schedule: Schedule) -> JobSchedule:
    return JobSchedule(schedule, dt.timedelta(0))


def test_what_was_missed_runs_once_for_the_latest_time_and_what_never_ran_is_owed() -> None:
    hourly, daily = job(Interval(dt.timedelta(hours=1))), job(Cron("0 3 * * *", ZoneInfo("UTC")))
    schedules = {"fetch": hourly, "ingest": hourly, "charts": daily, "backup": daily}
    ran = {"fetch": utc("2026-05-01T02:00"), "ingest": utc("2026-05-03T11:00"), "charts": utc("2026-05-02T03:00")}
    assert missed(schedules, ran, utc("2026-05-03T11:30")) == [
        JobRequest("fetch", utc("2026-05-03T11:00")),
        JobRequest("charts", utc("2026-05-03T03:00")),
        JobRequest("backup", utc("2026-05-03T03:00")),
    ]
    assert missed(schedules, {name: utc("2026-05-03T11:00") for name in schedules}, utc("2026-05-03T11:30")) == []


def test_a_job_that_is_asked_for_again_and_again_waits_once_with_its_latest_time() -> None:
    queue = JobQueue()
    for hour in range(5):
        queue.add(JobRequest("ingest", utc(f"2026-05-03T0{hour}:00")))
        queue.add(JobRequest("charts", utc(f"2026-05-03T0{hour}:05")))
        queue.add(JobRequest("ingest"))
    assert queue.take() == JobRequest("ingest", utc("2026-05-03T04:00"))
    assert queue.take() == JobRequest("charts", utc("2026-05-03T04:05"))
    queue.close()
    assert queue.take() is None


def test_jitter_puts_each_run_off_by_less_than_it_and_skips_none() -> None:
    start = utc("2026-05-03T00:00")
    trigger = Due(JobSchedule(Interval(dt.timedelta(minutes=10)), dt.timedelta(minutes=4)), start)
    times: list[dt.datetime] = []
    previous = None
    for _ in range(200):
        # as APScheduler does: once to see whether it is due already, and once when it was started
        first, second = (trigger.get_next_fire_time(previous, start) for _ in range(2))
        assert first == second
        times.append(first)
        previous = first
    late = [time - start - dt.timedelta(minutes=10 * n) for n, time in enumerate(times, 1)]
    assert all(dt.timedelta(0) <= delay < dt.timedelta(minutes=4) for delay in late)
    assert len(set(late)) > 100


def test_what_was_missed_is_not_walked_through() -> None:
    start = utc("2026-05-03T00:00")
    trigger = Due(job(Interval(dt.timedelta(seconds=1))), start)
    first = trigger.get_next_fire_time(None, start)
    assert first == utc("2026-05-03T00:00:01")
    assert trigger.get_next_fire_time(first, utc("2036-05-03T12:00")) == utc("2036-05-03T12:00:01")


def asked_for(seen: list[JobRequest], count: int) -> list[JobRequest]:
    wait_until(lambda: len(seen) >= count, "requests")
    return list(seen)


def test_the_scheduler_asks_for_every_time_that_is_due_once_and_in_order() -> None:
    seen: list[JobRequest] = []
    scheduler = Scheduler(seen.append)
    second = dt.timedelta(seconds=1)
    began = dt.datetime.now(dt.UTC)
    scheduler.start({"ingest": job(Interval(second))}, began)
    times = [request.scheduled_for for request in asked_for(seen, 5)[:5] if request.scheduled_for]
    scheduler.stop()
    between = [later - earlier for earlier, later in pairwise([began.replace(microsecond=0), *times])]
    assert len(between) == 5
    assert not any(gap % second for gap in between)
    assert min(between[1:]) == second  # a machine that is too busy may leave one out, but not every other one


def test_runs_that_are_long_overdue_run_all_the_same_and_piled_up_become_one() -> None:
    seen: list[JobRequest] = []
    scheduler = Scheduler(seen.append)
    now = dt.datetime.now(dt.UTC)
    hourly = Interval(dt.timedelta(hours=1))
    scheduler.start({"ingest": job(hourly)}, now - dt.timedelta(days=2))
    (request,) = asked_for(seen, 1)
    scheduler.stop()
    assert request.scheduled_for in {
        time.replace(minute=0, second=0, microsecond=0) for time in (now, dt.datetime.now(dt.UTC))
    }


def test_a_clock_that_was_set_back_is_noticed_once_and_the_jobs_go_on() -> None:
    seen: list[JobRequest] = []
    scheduler = Scheduler(seen.append)
    second, now = dt.timedelta(seconds=1), dt.datetime.now(dt.UTC)
    scheduler.start({"ingest": job(Interval(second))}, now + dt.timedelta(days=3))
    assert [scheduler.wake(), scheduler.wake()] == [{"ingest"}, set()]
    times = {request.scheduled_for for request in asked_for(seen, 3) if request.scheduled_for}
    scheduler.stop()
    assert len(times) >= 3
    assert all(now < time <= dt.datetime.now(dt.UTC) for time in times)


def test_a_clock_that_is_put_right_by_little_has_no_run_come_twice() -> None:
    seen: list[JobRequest] = []
    scheduler = Scheduler(seen.append)
    scheduler.start({"ingest": job(Interval(dt.timedelta(hours=1)))}, dt.datetime.now(dt.UTC) + CLOCK_STEP / 2)
    assert not scheduler.wake()
    scheduler.stop()


def test_a_job_that_ran_for_a_time_that_is_still_to_come_is_owed() -> None:
    schedules = {"fetch": job(Interval(dt.timedelta(hours=1)))}
    now = utc("2026-05-03T11:30")
    assert missed(schedules, {"fetch": utc("2026-05-06T09:00")}, now) == [JobRequest("fetch", utc("2026-05-03T11:00"))]
    assert missed(schedules, {"fetch": now + CLOCK_STEP}, now) == []


def test_a_run_that_is_put_off_by_its_jitter_is_not_lost_when_the_configuration_is_read_again() -> None:
    seen: list[JobRequest] = []
    scheduler = Scheduler(seen.append)
    now = dt.datetime.now(dt.UTC)
    daily = Interval(dt.timedelta(days=1))
    due = last_due(daily, now - dt.timedelta(days=2), now)
    assert due
    before = due - dt.timedelta(seconds=1)
    scheduler.start({"fetch": JobSchedule(daily, dt.timedelta(days=366))}, before)
    scheduler.replace({"fetch": job(daily)}, before)  # without jitter it is another schedule
    assert asked_for(seen, 1) == [JobRequest("fetch", due)]
    scheduler.replace({"fetch": job(daily), "ingest": job(daily)}, now)
    assert scheduler._handled == {"fetch": due, "ingest": now}
    scheduler.stop()
