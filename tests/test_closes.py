"""Which of a date's states is its close: by capture times, by what the next reports imply, by how many show it."""

import datetime as dt
import random
from collections.abc import Sequence
from fractions import Fraction

import oracle
import pytest
from histories import add_captures, day, empty, name_of, set_rules
from oracle import Absolute, AnyRule, Dated, Rule, report_for

from fxtrack.store.database.connection import Connection

RULE = Rule(4, 2)
IN_FORCE = {"site": RULE}
TJS, KGS = "TJS/USD", "KGS/USD"
# 0.10870 is a rise of 0.0002 or 0.18 % above 0.10850, and of 0.0007 or 0.65 % above 0.10800
NOW, BASE, OTHER, RISE = "0.10870", "0.10850", "0.10800", "0.18%"
Captures = Sequence[tuple[Dated, dt.datetime | None]]


def at(number: int, hour: int) -> dt.datetime:
    return dt.datetime(2025, 11, 1, hour, tzinfo=dt.UTC) + dt.timedelta(number)


def state(number: int, rate: str, report: str | None = None, **more: str) -> Dated:
    return Dated("site", day(number), {TJS: (rate, report), **{f"{k}/USD": (v, None) for k, v in more.items()}})


def closes(
    database: Connection, captures: Captures, rule: AnyRule = RULE
) -> dict[tuple[dt.date, str], tuple[str, str]]:
    """Store captures; return the close of each date and pair as (rate, rule), which the fractions must say as well."""
    add_captures(database, captures)
    history = list({name_of(s): s for s, _ in captures}.values())
    times = [[time for s, time in captures if name_of(s) == name_of(h)] for h in history]
    seen = [oracle.seen_at(h.date, found, name_of(h)) for h, found in zip(history, times, strict=True)]
    expected = {}
    for date, pair in {(s.date, pair) for s in history for pair in s.quotes}:
        number, word = oracle.close(history, seen, "site", date, pair, rule)
        expected[date, pair] = (history[number].quotes[pair][0], word)
        shown = database.execute(
            "SELECT snapshot_id FROM daily WHERE page_date = ? AND daily.pair = ?", [date, pair]
        ).fetchall()
        assert shown == [(name_of(history[number]),)]
    rows = database.execute("SELECT page_date, daily.pair, rate_text, close_rule FROM daily").fetchall()
    assert {(date, pair): (rate, word) for date, pair, rate, word in rows} == expected
    return expected


def test_a_state_that_the_next_reports_refer_to_is_the_close_however_many_pages_show_another(
    database: Connection,
) -> None:
    captures: Captures = [(state(0, OTHER), None)] * 3 + [(state(0, BASE), None), (state(1, NOW, RISE), None)]
    assert closes(database, captures)[day(0), TJS] == (BASE, "base of the next reports")


def test_capture_times_come_before_what_reports_imply(database: Connection) -> None:
    captures: Captures = [(state(0, BASE), at(0, 6)), (state(0, OTHER), at(0, 9)), (state(1, NOW, RISE), None)]
    assert closes(database, captures)[day(0), TJS] == (OTHER, "last captured")


def test_where_only_some_times_are_known_the_reports_tell_and_an_overtaken_state_is_out(database: Connection) -> None:
    third = "0.10900"
    captures: Captures = [
        (state(0, BASE, KGS="0.01144"), at(0, 6)), (state(0, OTHER), at(0, 9)), (state(0, third), None),
        (state(1, NOW, RISE), None),
    ]  # fmt: skip
    assert closes(database, captures)[day(0), TJS] == (OTHER, "last captured")
    empty(database)
    set_rules(database, {"site": RULE})
    captures = [(state(0, OTHER), at(0, 9)), (state(0, BASE), None), (state(1, NOW, RISE), None)]
    assert closes(database, captures)[day(0), TJS] == (BASE, "base of the next reports")


def test_the_next_captured_date_within_the_look_back_may_lie_days_ahead_but_not_further(database: Connection) -> None:
    for gap, expected in ((7, (BASE, "base of the next reports")), (8, (OTHER, "most captures"))):
        empty(database)
        set_rules(database, {"site": RULE})
        captures: Captures = [(state(0, OTHER), None)] * 2 + [(state(0, BASE), None), (state(gap, NOW, RISE), None)]
        assert closes(database, captures)[day(0), TJS] == expected


def test_the_share_of_reports_counts_and_not_their_number(database: Connection) -> None:
    # one state lists two pairs and explains one of two reports, the other lists one pair and explains it
    more = Dated("site", day(0), {TJS: (OTHER, None), KGS: ("0.01144", None)})
    next_day = Dated("site", day(1), {TJS: (NOW, RISE), KGS: ("0.01144", "0%")})
    captures: Captures = [(more, None), (more, None), (state(0, BASE), None), (next_day, None)]
    found = closes(database, captures)
    assert found[day(0), TJS] == (BASE, "base of the next reports")
    assert found[day(0), KGS] == ("0.01144", "only state")


def test_a_report_that_breaks_the_rule_implies_nothing(database: Connection) -> None:
    low = Dated("site", day(0), {"KZT/USD": ("0.00192", None)})
    other = Dated("site", day(0), {"KZT/USD": ("0.00193", None)})
    broken = Dated("site", day(1), {"KZT/USD": ("0.00192", "0.18%")})
    assert closes(database, [(low, None), (other, None), (other, None), (broken, None)])[day(0), "KZT/USD"] == (
        "0.00193", "most captures",
    )  # fmt: skip


def test_another_source_s_reports_say_nothing(database: Connection) -> None:
    elsewhere = Dated("elsewhere", day(1), {TJS: (NOW, RISE)})
    set_rules(database, {"elsewhere": RULE})
    captures: Captures = [(state(0, OTHER), None)] * 2 + [(state(0, BASE), None)]
    add_captures(database, [(elsewhere, None)])
    add_captures(database, captures)
    assert database.execute("SELECT rate_text, close_rule FROM daily WHERE source = 'site'").fetchall() == [
        (OTHER, "most captures")
    ]


def test_a_capture_of_later_days_counts_only_where_no_other_state_is_known(database: Connection) -> None:
    captures: Captures = [(state(0, BASE), at(0, 6)), (state(0, OTHER), at(2, 0))]
    assert closes(database, captures)[day(0), TJS] == (BASE, "last captured")
    empty(database)
    set_rules(database, {"site": RULE})
    captures = [
        (state(0, BASE), None),
        (state(0, OTHER), at(5, 6)),
        (state(1, BASE), at(4, 6)),
        (state(1, OTHER), at(3, 6)),
    ]
    found = closes(database, captures)
    assert found[day(0), TJS] == (BASE, "others captured later")
    assert found[day(1), TJS] == (OTHER, "captured later")


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "rule",
    [RULE, Absolute(None), *(pytest.param(rule, marks=pytest.mark.slow) for rule in (Rule(None, 2), Absolute(4)))],
)
def test_every_close_of_random_histories_is_that_of_the_fractions(database: Connection, rule: AnyRule) -> None:
    generator = random.Random(f"closes {rule}")  # noqa: S311 -- no secret
    words = set()
    for _ in range(8):
        empty(database)
        set_rules(database, {"site": rule})
        words |= {word for _, word in closes(database, _random_captures(generator, rule), rule).values()}
    assert words >= {
        "only state", "last captured", "base of the next reports", "most captures", "tie, lowest snapshot_id",
        "captured later",
    }  # fmt: skip


def _random_captures(generator: random.Random, rule: AnyRule) -> Captures:
    captures: list[tuple[Dated, dt.datetime | None]] = []
    before = {TJS: "0.10850", KGS: "0.01144"}
    for number in sorted(generator.sample(range(20), 8)):
        states = []
        for _ in range(generator.randint(1, 4)):
            quotes = {}
            for pair, rate in before.items():
                moved = oracle.rounded(Fraction(rate) * generator.randint(9900, 10100) / 10000, 5)
                text = f"{float(moved):.5f}"
                quotes[pair] = (text, _report(text, rate, rule) if generator.random() < 0.9 else None)
            if generator.random() < 0.2:
                del quotes[generator.choice([TJS, KGS])]
            states.append(Dated("site", day(number), quotes))
        timed = generator.random()
        for s in states:
            later = generator.randint(2, 4) if generator.random() < 0.3 else 0
            for _ in range(generator.randint(1, 2)):
                known = timed < 0.3 or (timed < 0.6 and generator.random() < 0.5)
                captures.append((s, at(number + later, generator.randint(0, 4)) if known else None))
        for pair, rate in before.items():
            rates = [s.quotes[pair][0] for s in generator.sample(states, len(states)) if pair in s.quotes]
            before[pair] = rates[0] if rates else rate
    return captures


def _report(rate: str, base: str, rule: AnyRule) -> str:
    """Return what a source with this rule prints."""
    value = report_for(Fraction(rate), Fraction(base), Absolute(4) if isinstance(rule, Absolute) else rule)
    text = f"{float(value):.4f}" if isinstance(rule, Absolute) else f"{float(value):.2f}%"
    return "-" + text if not value and rate < base else text
