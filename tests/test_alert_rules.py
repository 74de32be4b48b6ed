"""When alerts begin, change and end: ranges against fractions, hysteresis, silence, quiet hours, and the ledger."""

import datetime as dt
import random
from collections.abc import Sequence
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from fxtrack.alerts.delivery.quiet import quiet_until
from fxtrack.alerts.ranges import Close, judge_levels, judge_moves
from fxtrack.alerts.reconcile import LedgerRow, before_of, reconcile
from fxtrack.alerts.rules import Episode, Judgement, adds, differs, episodes, escalates, never
from fxtrack.alerts.states import Report, judge_health, judge_layout, judge_reports, judge_silence, judge_standing
from fxtrack.config.alerts import LevelAlert, MovedAlert, QuietHours
from fxtrack.runs.layout_change import Share

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2025, 12, 1)


def close(day: int, printed: str) -> Close:
    """The close of a day, from its printed digits alone."""
    decimals = len(printed.partition(".")[2])
    half = Fraction(1, 2 * 10**decimals)
    low, high = ((Fraction(printed) + way * half) * 2 * 10**9 for way in (-1, 1))
    assert low.denominator == high.denominator == 1
    return Close(MONDAY + day * DAY, int(low), int(high), printed)


def surely_moved(before: str, after: str, percent: Fraction) -> bool | None:
    """Whether any, or every, pair of true rates that print so moved by that much: the corners decide, in fractions."""
    corners = []
    for text in (before, after):
        half = Fraction(1, 2 * 10 ** len(text.partition(".")[2]))
        corners.append((Fraction(text) - half, Fraction(text) + half))
    (base_low, base_high), (low, high) = corners
    if base_low <= 0:
        moves = [100 * (low - base_high) / base_high]
        return True if moves[0] >= percent else None
    moves = [100 * (rate - base) / base for rate in (low, high) for base in (base_low, base_high)]
    if min(moves) >= percent or max(moves) <= -percent:
        return True
    return False if min(moves) > -percent and max(moves) < percent else None


def test_a_move_is_sure_exactly_where_every_true_rate_says_so() -> None:
    chance, seen = random.Random(7), set()  # noqa: S311
    for _ in range(3_000):
        decimals = chance.choice([0, 1, 2, 4, 5, 9])
        first = Fraction(chance.randint(0 if decimals else 1, 10**5), 10**decimals)
        second = first * Fraction(chance.randint(90, 110), 100)
        before, after = (f"{float(rate):.{decimals}f}" for rate in (first, second))
        percent = f"{chance.randint(1, 900) / 100:.2f}"
        (judged,) = judge_moves(
            MovedAlert(name="a", percent=percent), "KGS/USD", [close(0, before), close(1, after)], MONDAY + DAY
        )
        expected = surely_moved(before, after, Fraction(percent))
        assert judged.holds is expected, (before, after, percent)
        seen.add(expected)
    assert seen == {True, False, None}


@pytest.mark.parametrize(
    ("before", "after", "percent", "holds"),
    [
        ("100", "102", "1", None),  # 101.5 on 100.5 is less than 1 %
        ("100.0", "101.1", "1", None),  # 101.05 on 100.05 is 0.9995 %
        ("100.0", "101.2", "1", True),
        ("0.00008", "0.00009", "5", None),
        ("0.00008", "0.00011", "20", True),
        ("1.00", "1.00", "1", None),
        ("1.000", "1.000", "1", False),
    ],
)
def test_moves_at_the_edge(before: str, after: str, percent: str, holds: bool | None) -> None:
    (judged,) = judge_moves(
        MovedAlert(name="a", percent=percent), "KGS/USD", [close(0, before), close(1, after)], MONDAY + DAY
    )
    assert judged.holds is holds


def test_a_base_some_days_back_is_the_last_close_from_before_then_unless_that_is_too_old() -> None:
    alert = MovedAlert(name="a", percent="5", against="7d")
    closes = [close(0, "1.0000"), close(3, "1.2000"), close(8, "1.1000"), close(30, "9.0000")]
    judged = {one.date: one.holds for one in judge_moves(alert, "KGS/USD", closes, dt.date.min)}
    # day 8 is held against day 0; day 30 would need one from day 9 to 23
    assert judged == {
        MONDAY: None, MONDAY + 3 * DAY: None, MONDAY + 8 * DAY: True, MONDAY + 30 * DAY: None,
    }  # fmt: skip


def test_a_base_on_a_date_is_the_close_of_that_date_or_the_last_before() -> None:
    closes = [close(0, "1.0000"), close(1, "2.0000"), close(3, "1.0500"), close(4, "2.0100")]
    for against in (MONDAY + 2 * DAY, str(MONDAY + 2 * DAY)):
        alert = MovedAlert(name="a", percent="5", against=against)
        judged = [one.holds for one in judge_moves(alert, "KGS/USD", closes, dt.date.min)]
        assert judged == [None, None, True, False]


def test_a_level_is_crossed_when_surely_beyond_and_over_when_surely_back() -> None:
    alert = LevelAlert(name="a", pair="USD/KZT", above="500", back="490")
    shown = ["499.4", "500.0", "500.1", "495.0", "490.0", "489.9", "500.0", "501"]
    judged = [one.holds for one in judge_levels(alert, [close(n, text) for n, text in enumerate(shown)])]
    # 500.0 may be 500.0 or less; 490.0 may be above 490; 501 (± 0.5) is above 500
    assert judged == [None, None, True, None, None, False, None, True]
    below = LevelAlert(name="a", pair="USD/KZT", below="500")
    judged = [one.holds for one in judge_levels(below, [close(n, text) for n, text in enumerate(shown)])]
    assert judged == [True, None, False, True, True, True, None, False]


def on(*holds: bool | None, states: Sequence[str] = ()) -> list[Judgement]:
    return [
        Judgement(MONDAY + n * DAY, held, states[n] if states else "", f"day {n}") for n, held in enumerate(holds)
    ]  # fmt: skip


def test_an_unknown_day_neither_begins_nor_ends_an_episode() -> None:
    found = episodes(on(None, True, None, True, False, None, True), never)
    assert [(e.began, e.last, e.ended) for e in found] == [
        (MONDAY + DAY, MONDAY + 3 * DAY, MONDAY + 4 * DAY),
        (MONDAY + 6 * DAY, MONDAY + 6 * DAY, None),
    ]
    assert [event.what for e in found for event in e.events] == ["began", "ended", "began"]


def test_where_each_date_is_an_episode_the_next_date_ends_it_silently() -> None:
    found = episodes(on(True, True, None, False), escalates, daily=True)
    assert [(e.began, e.ended) for e in found] == [(MONDAY, MONDAY + DAY), (MONDAY + DAY, MONDAY + 2 * DAY)]
    assert [event.what for e in found for event in e.events] == ["began", "began"]


def test_a_move_that_grows_is_an_event_at_each_further_multiple_only() -> None:
    states = ["rose 1", "rose 1", "rose 2", "rose 1", "rose 2", "fell 1"]
    (found,) = episodes(on(*[True] * 6, states=states), escalates)
    assert [(event.what, event.date) for event in found.events] == [
        ("began", MONDAY), ("changed", MONDAY + 2 * DAY), ("changed", MONDAY + 5 * DAY),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("is_change", "told", "now", "changed"),
    [(adds, "a\nb", "b", False), (adds, "a", "a\nb", True), (differs, "a", "b", True), (never, "a", "b", False)],
)
def test_states_worth_another_message(is_change: object, told: str, now: str, changed: bool) -> None:
    assert is_change(told, now) is changed  # type: ignore[operator]


def test_a_live_evaluation_is_the_last_part_of_a_replay() -> None:
    chance = random.Random(3)  # noqa: S311
    for _ in range(300):
        judgements = on(*chance.choices([True, False, None], k=12))
        whole = episodes(judgements, never)
        for split in range(1, 12):
            rows = [_row(n, e) for n, e in enumerate(episodes(judgements[:split], never))]
            first = judgements[split].date
            live = episodes(judgements[split:], never, before=before_of(rows, first))
            changes = reconcile(live, rows, never, daily=False, first=first)
            told = [what for change in changes for what, _ in change.messages]
            expected = [e.what for one in whole for e in one.events if e.date >= first]
            assert told == expected


def _row(number: int, episode: Episode) -> LedgerRow:
    return LedgerRow(
        number, "a", "level", "s", "KGS/USD", episode.began, episode.last, episode.ended, episode.state, episode.text
    )


def test_judging_the_same_days_again_tells_nothing_again() -> None:
    judgements = on(True, False, True, None)
    shown = episodes(judgements, never)
    rows = [_row(n, e) for n, e in enumerate(shown)]
    assert reconcile(shown, rows, never, daily=False, first=MONDAY) == []


def test_a_row_that_corrected_pages_no_longer_show_ends() -> None:
    rows = [_row(0, *episodes(on(True), never))]
    (change,) = reconcile(episodes(on(False), never), rows, never, daily=False, first=MONDAY)
    assert change.episode.ended
    assert [what for what, _ in change.messages] == ["ended"]


def test_an_earlier_beginning_found_later_is_the_same_episode() -> None:
    (late,) = episodes(on(None, True), never)
    changes = reconcile(episodes(on(True, True), never), [_row(0, late)], never, daily=False, first=MONDAY)
    assert [change.messages for change in changes] in ([], [()])


def test_reports_are_one_condition_a_source_for_a_week() -> None:
    dates = [MONDAY + n * DAY for n in (0, 1, 6, 7, 8)]
    reports = [Report(MONDAY, "KGS/USD", "1 2%", "unexplained"), Report(MONDAY + DAY, "TJS/USD", "1 3%", "unexplained")]
    judged = [*judge_reports("site", dates, reports)]
    assert [one.holds for one in judged] == [True, True, True, True, False]
    (found,) = episodes(judged, adds)
    assert [event.what for event in found.events] == ["began", "changed", "ended"]
    assert "TJS/USD = 1 3%: unexplained" in found.events[1].text


def test_a_source_is_silent_from_the_end_of_its_newest_date_and_the_time_allowed() -> None:
    noon = dt.datetime(2025, 12, 12, 12, tzinfo=dt.UTC)
    dates = [MONDAY, MONDAY + 2 * DAY, MONDAY + 6 * DAY]  # 1st, 3rd, 7th: the 8th ends nothing yet
    found = episodes(judge_silence("site", dates, 3 * DAY, noon, "3d"), never)
    # the 3rd ends with the 4th; 3 days on is the 7th itself, whose page can be seen from its first moment
    assert [(e.began, e.ended) for e in found] == [(MONDAY + 10 * DAY, None)]
    found = episodes(judge_silence("site", dates, 2 * DAY, noon, "2d"), never)
    assert [(e.began, e.ended) for e in found] == [
        (MONDAY + 5 * DAY, MONDAY + 6 * DAY), (MONDAY + 9 * DAY, None),
    ]  # fmt: skip
    quiet = dt.datetime(2025, 12, 8, 0, 0, tzinfo=dt.UTC) + 3 * DAY
    assert episodes(judge_silence("site", dates[-1:], 3 * DAY, quiet, "3d"), never) == []
    assert episodes(judge_silence("site", dates[-1:], 3 * DAY, quiet + dt.timedelta(seconds=1), "3d"), never)


def test_a_ticker_stands_still_once_its_run_is_long_enough() -> None:
    runs = [(MONDAY, MONDAY), (MONDAY + 3 * DAY, MONDAY), (MONDAY + 4 * DAY, MONDAY), (MONDAY + 5 * DAY,) * 2]
    (found,) = episodes(judge_standing("site", runs, 4 * DAY), never)
    assert (found.began, found.ended) == (MONDAY + 4 * DAY, MONDAY + 5 * DAY)


def test_the_layout_is_judged_only_with_pages_enough_before() -> None:
    shares = [
        (MONDAY, Share(20, 0), Share(5, 5)), (MONDAY + DAY, Share(20, 2), Share(500, 490)),
        (MONDAY + 2 * DAY, Share(20, 19), Share(500, 490)),
    ]  # fmt: skip
    assert [one.holds for one in judge_layout("site", shares)] == [None, True, False]


def test_problems_that_differ_in_numbers_only_are_the_same() -> None:
    now = dt.datetime(2025, 12, 12, tzinfo=dt.UTC)
    first = judge_health(["site: the newest page date is 2025-12-01, 3 d 4 h ago; 3 d are allowed"], now)
    later = judge_health(["site: the newest page date is 2025-12-01, 5 d ago; 3 d are allowed"], now)
    other = judge_health(["fetch: overdue since 2025-12-11 10:00:00 UTC"], now)
    assert first.state == later.state != other.state
    assert judge_health([], now).holds is False


def quiet(text: str, zone: str) -> QuietHours:
    alert = LevelAlert(name="a", pair="USD/KZT", above="1", quiet=text, time_zone=zone)
    assert alert.quiet_hours
    return alert.quiet_hours


@pytest.mark.parametrize(
    ("hours", "zone", "now", "until"),
    [
        ("22:00-07:00", "UTC", "2025-12-12 21:59", None),
        ("22:00-07:00", "UTC", "2025-12-12 22:00", "2025-12-13 07:00"),
        ("22:00-07:00", "UTC", "2025-12-13 06:59", "2025-12-13 07:00"),
        ("22:00-07:00", "UTC", "2025-12-13 07:00", None),
        ("12:00-14:00", "UTC", "2025-12-13 13:00", "2025-12-13 14:00"),
        ("22:00-07:00", "Asia/Bishkek", "2025-12-12 16:30", "2025-12-13 01:00"),  # six hours ahead
        # Berlin springs from 02:00 to 03:00 on 30 March 2025, and falls back from 03:00 on 26 October
        ("22:00-07:00", "Europe/Berlin", "2025-03-29 22:00", "2025-03-30 05:00"),
        ("22:00-07:00", "Europe/Berlin", "2025-10-25 21:00", "2025-10-26 06:00"),
        ("22:00-02:30", "Europe/Berlin", "2025-03-29 23:00", "2025-03-30 01:30"),  # 02:30 does not exist: 03:30
        ("22:00-02:30", "Europe/Berlin", "2025-10-25 23:00", "2025-10-26 00:30"),  # the first 02:30
        ("22:00-02:30", "Europe/Berlin", "2025-10-26 01:10", "2025-10-26 01:30"),  # 02:10 again: the second
        ("22:00-02:30", "Europe/Berlin", "2025-10-26 00:45", None),  # 02:45, the first time
    ],
)
def test_quiet_hours_are_those_of_the_wall_clock(hours: str, zone: str, now: str, until: str | None) -> None:
    at = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
    expected = dt.datetime.fromisoformat(until).replace(tzinfo=dt.UTC) if until else None
    assert quiet_until(quiet(hours, zone), at) == expected


def test_quiet_hours_always_end_within_a_day_and_are_over_then() -> None:
    chance = random.Random(1)  # noqa: S311
    zones = ["Europe/Berlin", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu"]
    for _ in range(3_000):
        hours = QuietHours(
            dt.time(chance.randrange(24), chance.choice([0, 30])), dt.time(chance.randrange(24), 15),
            ZoneInfo(chance.choice(zones)),
        )  # fmt: skip
        now = dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=chance.randrange(366 * 1440))
        until = quiet_until(hours, now)
        if until:
            assert now < until <= now + dt.timedelta(hours=25)
            wall = until.astimezone(hours.zone).time()
            assert wall == hours.end or hours.end < wall  # later only where the clock skips the end
