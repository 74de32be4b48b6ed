"""A ticker that stands still is one finding, and what it repeats is not judged again."""

import datetime as dt
from pathlib import Path

import pytest
from conftest import ROOT, InProcess, Project, page_text
from histories import add_history, add_page, set_rules
from oracle import Dated, Rule

from fxtrack.store.database.connection import Connection

FRIDAY = dt.date(2025, 11, 7)
MOVED = {"KGS/USD": ("0.01144", "0%"), "TJS/USD": ("0.10833", "0.28%")}
READY_MADE = ROOT / "fxtrack" / "store" / "sql" / "ready_made"


IN_FORCE = {"site": Rule(4, 2)}


def day(number: int, quotes: dict[str, tuple[str, str]] | None = None, tjs: str = "0.10839") -> Dated:
    flat: dict[str, tuple[str, str | None]] = {"KGS/USD": ("0.01144", "0%"), "TJS/USD": (tjs, "0%")}
    return Dated("site", FRIDAY + dt.timedelta(number), flat | (quotes or {}))


def problems(database: Connection) -> list[tuple[str, dt.date, str]]:
    return database.execute("SELECT problem, page_date, detail FROM problems ORDER BY page_date, problem").fetchall()


def test_a_weekend_that_repeats_saturday_is_one_unexplained_report_and_one_finding(database: Connection) -> None:
    add_history(database, [day(0), day(1, MOVED), day(2, MOVED), day(3, MOVED), day(4, tjs="0.10900")])
    verdicts = database.execute(
        "SELECT page_date, verdict FROM deltas WHERE pair = 'TJS/USD' ORDER BY page_date"
    ).fetchall()
    assert [word for _, word in verdicts] == ["no history", "unexplained", "repeated", "repeated", "unexplained"]
    found = problems(database)
    assert [(problem, date) for problem, date, _ in found] == [
        ("unexplained", FRIDAY + dt.timedelta(1)),
        ("ticker stands still", FRIDAY + dt.timedelta(2)),
        ("unexplained", FRIDAY + dt.timedelta(4)),
    ]
    assert "state of 2025-11-08 again, reports included, on 2 dates until 2025-11-10" in found[1][2]
    rows = database.execute("SELECT page_date FROM coverage WHERE stands_still ORDER BY page_date").fetchall()
    assert rows == [(FRIDAY + dt.timedelta(n),) for n in (2, 3)]


def test_a_repeat_that_breaks_the_rule_is_told_once(database: Connection) -> None:
    broken = {"TJS/USD": ("0.10833", "0.13%")}
    add_history(database, [day(0), day(1, broken), day(2, broken)])
    assert [(problem, date.day) for problem, date, _ in problems(database)] == [
        ("breaks the rule", 8),
        ("ticker stands still", 9),
    ]


def test_rates_that_stay_the_same_with_reports_of_zero_do_not_stand_still(database: Connection) -> None:
    add_history(database, [day(n) for n in range(4)])
    assert problems(database) == []
    assert database.execute("FROM standing").fetchall() == []


def test_a_date_with_a_new_state_beside_the_old_one_does_not_stand_still(database: Connection) -> None:
    add_history(database, [day(0), day(1, MOVED), day(2, MOVED), day(2, tjs="0.10900")])
    assert database.execute("FROM standing").fetchall() == []


def test_beyond_the_look_back_nothing_is_a_repeat(database: Connection) -> None:
    for number, seen in (("a", 8), ("b", 7)):
        add_history(database, [Dated(number, FRIDAY, MOVED), Dated(number, FRIDAY + dt.timedelta(seen), MOVED)])
    set_rules(database, {"a": Rule(4, 2), "b": Rule(4, 2)})
    rows = database.execute("SELECT source, since, last_date, dates FROM standing").fetchall()
    assert rows == [("b", FRIDAY, FRIDAY + dt.timedelta(7), 1)]


@pytest.mark.parametrize("question", ["hidden_moves", "real_moves"])
def test_a_ready_made_question_has_each_row_once(database: Connection, question: str) -> None:
    quotes = {"KGS/USD": ("0.01144", "0%"), "TJS/USD": ("0.10900", "0%")}
    add_page(database, "site", FRIDAY, {"TJS/USD": ("0.10839", None)})
    for other in ("0.01144", "0.01145", "0.01146"):  # three states that show the same of one pair
        add_page(database, "site", FRIDAY + dt.timedelta(1), quotes | {"KGS/USD": (other, "0%")})
    rows = database.execute((READY_MADE / f"{question}.sql").read_text("utf-8")).fetchall()
    assert len(rows) == len(set(rows)) == 1


def test_the_calendar_and_the_command_show_it(project: Project, in_process: InProcess, tmp_path: Path) -> None:
    for number, date in enumerate(("07 November 2025", "08 November 2025", "09 November 2025")):
        project.page(f"{number}.txt", page_text((("TJS/USD", "0.10833", "0.28%"),), date))
    assert in_process("ingest")[0] == 0
    assert "the ticker stands still on 2 dates" in in_process("coverage")[1]
    drawn = tmp_path / "calendar.svg"
    assert in_process("chart", "--kind", "coverage", "--output", str(drawn))[0] == 0
    assert 'id="standing"' in drawn.read_text("utf-8")
