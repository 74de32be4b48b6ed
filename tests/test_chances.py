"""How many states would explain a report by chance, and on which days bases are found, as fractions say."""

import datetime as dt
import random
from collections import Counter
from fractions import Fraction

import oracle
import pytest
from cases import text_of
from histories import add_history, name_of, set_rules
from oracle import CUT, EVEN, Dated, Rule, rounded

from fxtrack.store.database.connection import Connection

MONDAY = dt.date(2025, 11, 3)
RULES = [
    Rule(4, 2), Rule(None, 2), Rule(2, 2), Rule(5, 1), Rule(6, 0), Rule(3, 3, CUT), Rule(4, 2, EVEN),
    Rule(None, 1, CUT), Rule(9, 2), Rule(0, 1),
]  # fmt: skip


def made_up(rule: Rule, seed: int, days: int = 16, finer: int = 1) -> list[Dated]:
    """Return a history of three pairs; bases are on one of the days before, and some reports are false.

    A quarter of the rates have `finer` more decimals than the others.
    """
    chance = random.Random(f"{rule} {seed}")  # noqa: S311 -- reproducible
    history: list[Dated] = []
    states: dict[int, dict[str, str]] = {}
    for day in range(days):
        if chance.random() < 0.2:
            continue
        for _ in range(chance.choice((1, 1, 2))):
            quotes = {}
            for pair, middle, decimals in (("AAA/BBB", 1087, 4), ("CCC/BBB", 8, 5), ("DDD/BBB", 8745, 2)):
                digits = decimals + chance.choice((0, 0, 0, finer))
                rate = text_of(max(1, (middle + chance.randint(-9, 9)) * 10 ** (digits - decimals)), digits)
                before = [states[d][pair] for d in range(day - 9, day) if d in states]
                base = chance.choice(before) if before else rate
                value = oracle.report_for(Fraction(rate), Fraction(base), rule)
                value += chance.choice((0, 0, 0, 1)) * Fraction(chance.randint(-2, 2), 10**rule.pct)
                sign = "-" if Fraction(rate) < Fraction(base) else ""
                report = sign + text_of(int(abs(rounded(value, rule.pct)) * 10**rule.pct), rule.pct) + "%"
                quotes[pair] = (rate, chance.choice((report, report, report, None)))
            history.append(Dated("site", MONDAY + dt.timedelta(day), quotes))
            states[day] = {pair: rate for pair, (rate, _) in quotes.items()}
    return list({name_of(snapshot): snapshot for snapshot in history}.values())


@pytest.mark.few(3)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_chances_are_those_of_the_fractions(database: Connection, rule: Rule) -> None:
    set_rules(database, {"site": rule})
    met: Counter[str] = Counter()
    for finer in (0, 1):
        history = made_up(rule, finer, finer=finer)
        database.execute("TRUNCATE captures; TRUNCATE snapshots; TRUNCATE snapshot_quotes")
        add_history(database, history)
        rows = database.execute("SELECT snapshot_id, pair, chance, chance_of, informative FROM deltas").fetchall()
        found = {(name, pair): tuple(values) for name, pair, *values in rows}
        counts: Counter[str] = Counter()
        for number, snapshot in enumerate(history):
            for pair in snapshot.quotes:
                expected = oracle.chance(history, number, pair, rule)
                explaining, states, informative = found[name_of(snapshot), pair]
                if expected is None:
                    assert (explaining, states, informative) == (None, None, None)
                elif explaining is None:  # the bases have holes: not counted, and not a wrong count
                    met["not counted"] += 1
                    assert states == expected.states
                else:
                    assert oracle.Chance(explaining, states) == expected, (snapshot, pair)
                    assert informative == oracle.is_informative(oracle.Chance(explaining, states))
                    met["counted"] += 1
                    met["informative"] += informative
                    counts[pair] += informative
        audited = dict(database.execute("SELECT pair, informative FROM audit").fetchall())
        assert audited == {pair: counts[pair] for pair in audited}
    assert met["counted"] > 20, met
    assert met["not counted"] <= met["counted"] / 3, met


@pytest.mark.parametrize("rule", [Rule(4, 2), Rule(None, 2), Rule(5, 2, CUT)], ids=str)
def test_days_back_are_those_of_the_fractions(database: Connection, rule: Rule) -> None:
    set_rules(database, {"site": rule})
    # without the pair whose changes are whole multiples of its rate: the bases of its reports have holes
    history = [
        snapshot._replace(quotes={pair: quote for pair, quote in snapshot.quotes.items() if pair != "CCC/BBB"})
        for snapshot in made_up(rule, 7, days=30, finer=0)
    ]
    history = list({name_of(snapshot): snapshot for snapshot in history}.values())
    add_history(database, history)
    told: dict[int, Counter[str]] = {days: Counter() for days in range(8)}
    # what is printed of a report on a date counts once, however many snapshots show it
    reports = {
        (history[n].date, pair, *history[n].quotes[pair]): (n, pair) for n, pair in oracle.telling(history, rule)
    }
    for number, pair in reports.values():
        for days, counts in told.items():
            before = oracle.found_on(history, number, pair, days, rule)
            after = oracle.found_on(history, number, pair, -days, rule) if days else None
            counts["reports"] += before is not None
            counts["explained"] += bool(before)
            if before is not None and after is not None:
                counts["both"] += 1
                counts["before"] += before
                counts["after"] += after
                counts["only before"] += before and not after
                counts["only after"] += after and not before
    rows = database.execute("SELECT * EXCLUDE (source, is_evidence) FROM lags").fetchall()
    words = ("reports", "explained", "both", "before", "after", "only before", "only after")
    assert {days: [n or 0 for n in values] for days, *values in rows} == {
        days: [counts[word] for word in words] for days, counts in told.items()
    }
    assert sum(counts["only before"] for counts in told.values()) > 10


def weekly(weeks: int, base_of: dict[int, int]) -> list[Dated]:
    """Return a history in which the weekday decides how far back the base is, and rates never come again."""
    chance = random.Random(5)  # noqa: S311 -- reproducible
    rates: list[int] = []
    history = []
    for day in range(7 * weeks):
        rates.append(100_000 + chance.randint(-9_000, 9_000))
        date = MONDAY + dt.timedelta(day)
        base = rates[max(0, day - base_of[date.isoweekday()])]
        report = oracle.report_for(Fraction(rates[day]), Fraction(base), Rule(None, 2))
        text = ("-" if report < 0 else "") + text_of(int(abs(report) * 100), 2) + "%"
        history.append(Dated("site", date, {"AAA/BBB": (text_of(rates[day], 5), text)}))
    return history


def test_the_day_of_the_base_is_told_by_weekday(database: Connection) -> None:
    set_rules(database, {"site": Rule(None, 2)})
    add_history(database, weekly(12, {1: 3, **dict.fromkeys(range(2, 8), 1)}))
    rows = database.execute("SELECT weekday, base_days_back, policy, explained = reports FROM base_policy").fetchall()
    days = [(day, 1, "the day before", True) for day in range(2, 8)]
    assert rows == [(None, 1, "the day before", False), (1, 3, "3 days before", True), *days]
    ends = database.execute("SELECT days_back FROM evidence_ends").fetchall()
    assert ends == [(3,)]


def test_few_reports_tell_no_day(database: Connection) -> None:
    set_rules(database, {"site": Rule(None, 2)})
    add_history(database, weekly(1, dict.fromkeys(range(1, 8), 1)))
    rows = database.execute("SELECT DISTINCT base_days_back, policy FROM base_policy").fetchall()
    assert rows == [(None, "cannot be told")]
    assert database.execute("SELECT days_back FROM evidence_ends").fetchall() == [(None,)]


def test_an_earlier_base_beyond_the_evidence_is_marked(database: Connection) -> None:
    set_rules(database, {"site": Rule(None, 2)})
    history = weekly(12, dict.fromkeys(range(1, 8), 2))
    last = history[-1]
    base = history[-6].quotes["AAA/BBB"][0]  # five days before
    now = last.quotes["AAA/BBB"][0]
    report = oracle.report_for(Fraction(now), Fraction(base), Rule(None, 2))
    text = ("-" if report < 0 else "") + text_of(int(abs(report) * 100), 2) + "%"
    add_history(database, [*history[:-1], Dated("site", last.date, {"AAA/BBB": (now, text)})])
    rows = database.execute(
        "SELECT page_date - base_date, beyond_evidence, count(*) FROM deltas WHERE verdict = 'agrees earlier'"
        " GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert rows[-1] == (5, True, 1)
    assert rows[0][:2] == (2, False)
