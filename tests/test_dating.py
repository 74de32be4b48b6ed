"""Capture time and page date are two facts: what a page's date follows from, and when neither is believed."""

import datetime as dt
from collections.abc import Iterator

import pytest
from conftest import BLOCK, Project, Shell, page_text, utc
from promises import ask

from fxtrack.extract.calendar.dates import date_of_page
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.capture import Batch, Capture, PageDate
from fxtrack.model.run import Tally
from fxtrack.store.captures import add_captures
from fxtrack.store.publish import publish
from fxtrack.store.settling.recompute import recompute
from fxtrack.store.writer import Store

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SHOWN = dt.date(2025, 12, 12)
TICKER = "\n".join(f"{pair} = {rate} {change}" for pair, rate, change in BLOCK)


@pytest.mark.parametrize(
    ("captured", "zone", "date"),
    [
        ("2025-12-12 18:59:59", "Asia/Almaty", "2025-12-12"),
        ("2025-12-12 19:00:00", "Asia/Almaty", "2025-12-13"),
        ("2025-12-12 23:59:59", "UTC", "2025-12-12"),
        ("2025-12-12 04:59:59", "America/New_York", "2025-12-11"),
        ("2025-07-12 04:00:00", "America/New_York", "2025-07-12"),  # summer time
    ],
)
def test_a_page_without_a_date_is_of_its_capture_s_date_in_the_source_s_time_zone(
    captured: str, zone: str, date: str
) -> None:
    found = date_of_page(None, utc(captured), zone, 7)
    assert found == PageDate(dt.date.fromisoformat(date), "capture", None)


@pytest.mark.parametrize(("days", "believed"), [(0, True), (7, True), (-7, True), (8, False), (-8, False)])
def test_a_date_shown_is_believed_within_so_many_days_of_the_capture_and_not_one_further(
    days: int, believed: bool
) -> None:
    captured = utc("2025-12-12 12:00:00") + dt.timedelta(days)
    found = date_of_page(SHOWN, captured, "UTC", 7)
    assert found == (PageDate(SHOWN, "page", SHOWN) if believed else PageDate(None, None, SHOWN))


IN_ANOTHER_FORM = ["2025.12.08", "08-Dec-25", "8.XII.2025", "08 Dez 25", "8 декабря", "Montag, 8. Dezember", "8 dekabr"]


@pytest.mark.parametrize("line", IN_ANOTHER_FORM)
def test_a_date_in_another_form_behind_the_ticker_is_said_to_be_unread(line: str) -> None:
    reading = read_ticker(f"{TICKER}\n{line}\nNews\n")
    assert (reading.page_date, reading.date_unread) == (None, True)
    assert repr(line) in (reading.detail or "")


@pytest.mark.parametrize("line", ["2025.12.08", "8.XII.2025", "8 декабря 2025", "٠٨/١٢/٢٠٢٥", "As of 8 Dez 2025"])
def test_a_date_in_another_form_before_the_ticker_is_said_to_be_unread(line: str) -> None:
    reading = read_ticker(f"{line}\n{TICKER}\nNews\n")
    assert (reading.page_date, reading.date_unread) == (None, True)
    assert repr(line) in (reading.detail or "")


@pytest.mark.parametrize("line", ["7 comments", "Top 10 tips", "News 24", "Page 2", "May 5 rise", "Since 1999"])
def test_a_headline_with_a_number_before_the_ticker_is_no_date(line: str) -> None:
    assert not read_ticker(f"{line}\n{TICKER}\nNews\n").date_unread


@pytest.mark.parametrize("line", ["12 December 2025 \u2013 13:45 GMT+5", "12 December 2025 13:45 (UTC+6)"])
def test_a_time_behind_a_date_is_passed_over(line: str) -> None:
    assert read_ticker(f"{TICKER}\n{line}\nNews\n").page_date == SHOWN


def test_days_are_counted_in_the_source_s_time_zone() -> None:
    captured = utc("2025-12-13 20:00:00")  # the 14th in Almaty
    assert date_of_page(SHOWN, captured, "UTC", 1).date == SHOWN
    assert date_of_page(SHOWN, captured, "Asia/Almaty", 1).date is None


@pytest.mark.parametrize("time", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "1990-12-31 00:00:00"])
def test_a_capture_time_that_cannot_be_is_no_capture_time(time: str) -> None:
    captured = utc(time)
    assert date_of_page(None, captured, "Asia/Almaty", 7) == PageDate(None, None, None)
    assert date_of_page(SHOWN, captured, "Asia/Almaty", 7) == PageDate.as_shown(SHOWN)


def test_without_a_capture_time_the_page_is_of_the_date_that_it_shows_or_of_none() -> None:
    assert date_of_page(SHOWN, None, "UTC", 0) == PageDate(SHOWN, "page", SHOWN)
    assert date_of_page(None, None, "UTC", 0) == PageDate(None, None, None)


def archived(text: str, captured: str | None, location: str, days: int = 7) -> Capture:
    """Return a page as an archive hands it over: with its capture time."""
    read = read_ticker(text)
    time = utc(captured) if captured else None
    date = date_of_page(read.page_date, time, "Asia/Almaty", days)
    return Capture(location, f"id of {text}", "site", read, time, f"at {location}", date)


@pytest.fixture
def store(project: Project) -> Iterator[Store]:
    with Store.open(project.config) as opened:
        yield opened


def shown(store: Store, project: Project, shell: Shell, query: str) -> list[dict[str, object]]:
    recompute(store, project.config)
    publish(store, project.config.database, NOW)
    return ask(shell, project.config.database, query)


def test_an_undated_page_of_a_known_time_is_in_the_daily_series_and_says_on_what_basis(
    store: Store, project: Project, shell: Shell
) -> None:
    add_captures(store, Batch([archived(page_text(date=None), "2025-12-12 20:00:00", "x.warc#0")]), NOW)
    captures = shown(store, project, shell, "SELECT page_date, date_basis, shown_date, captured_utc, uri FROM captures")
    assert captures == [
        {"page_date": "2025-12-13", "date_basis": "capture", "shown_date": None, "captured_utc": "2025-12-12 20:00:00",
         "uri": "at x.warc#0"}
    ]  # fmt: skip
    days = ask(shell, project.config.database, "SELECT DISTINCT page_date, close_rule FROM daily")
    assert days == [{"page_date": "2025-12-13", "close_rule": "only state"}]
    assert ask(shell, project.config.database, "FROM undated") == []


def test_a_date_far_from_the_capture_is_a_problem_row_and_in_no_series(
    store: Store, project: Project, shell: Shell
) -> None:
    add_captures(store, Batch([archived(page_text(), "2025-12-25 12:00:00", "x.warc#0")]), NOW)
    (row,) = shown(store, project, shell, "SELECT problem, page_date, location, detail FROM problems")
    assert row == {
        "problem": "date far from capture", "page_date": "2025-12-12", "location": "x.warc#0",
        "detail": "shows 2025-12-12, but was captured on 2025-12-25 12:00:00 UTC, 13 days apart: neither is believed",
    }  # fmt: skip
    assert ask(shell, project.config.database, "FROM daily") == []
    assert ask(shell, project.config.database, "SELECT captures FROM undated") == [{"captures": 1}]


UNDATED, LATER = page_text(date=None), page_text((("KGS/USD", "0.01200", "0%"), *BLOCK[1:]), None)
SEEN = (
    (UNDATED, "2025-12-12 12:00:00", "b#1"), (UNDATED, "2025-12-10 12:00:00", "a#1"), (UNDATED, None, "c.txt"),
    (LATER, "2025-12-12 13:00:00", "b#2"), (page_text(), "2025-12-30 12:00:00", "d#1"),
    (page_text(), "2025-12-13 12:00:00", "d#2"),
)  # fmt: skip


@pytest.mark.slow
def test_the_earliest_capture_of_the_same_bytes_dates_them_in_whatever_order_they_come(
    project: Project, shell: Shell
) -> None:
    found = []
    orders = [SEEN, SEEN[::-1], (*SEEN[3:], *SEEN[:3]), (SEEN[2], SEEN[1], SEEN[0], SEEN[5], SEEN[4], SEEN[3])]
    for number, (order, batches) in enumerate(zip(orders, (1, 6, 2, 3), strict=True)):
        root = project.root / str(number)
        root.mkdir()
        other = Project(root)
        other.configure('[[sources]]\nname = "site"\n')
        with Store.open(other.config) as store:
            total = Tally()
            pages = [archived(*page) for page in order]
            for start in range(0, len(pages), len(pages) // batches):
                total = total.plus(add_captures(store, Batch(pages[start : start + len(pages) // batches]), NOW))
            assert (total.pages, total.new, total.known) == (6, 3, 3)
            found.append(
                [
                    shown(store, other, shell, f"SELECT * FROM {table} ORDER BY ALL")
                    for table in ("captures", "snapshots", "quotes", "daily", "problems")
                ]
            )
    assert all(one == found[0] for one in found)
    captures = {row["location"]: (row["page_date"], row["date_basis"]) for row in found[0][0]}
    assert captures == {
        "a#1": ("2025-12-10", "capture"),
        "b#2": ("2025-12-12", "capture"),
        "d#2": ("2025-12-12", "page"),
    }
    # the undated page is seen on two days and once without a time, where it shows what the page far from its date shows
    assert [len(rows) for rows in found[0][1:4]] == [4, 20, 10]


def test_an_earlier_capture_time_alone_brings_the_published_file_up_to_date(store: Store) -> None:
    add_captures(store, Batch([archived(UNDATED, None, "c.txt")]), NOW)
    before = store.identity()
    add_captures(store, Batch([archived(UNDATED, "2025-12-12 12:00:00", "b#1")]), NOW)
    after = store.identity()
    assert after != before
    add_captures(store, Batch([archived(UNDATED, "2025-12-12 12:00:00", "b#1")]), NOW)
    assert store.identity() == after
    add_captures(store, Batch([archived(UNDATED, "2025-12-12 12:00:00", "other#1")]), NOW)
    assert store.identity() != after
