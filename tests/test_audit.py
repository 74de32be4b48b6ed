"""The audit of real pages: the rule that is inferred, and every count and verdict, are those of exact fractions."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import oracle
import pytest
from conftest import ROOT, SHARED_PAGES, Project, Shell
from histories import add_history, name_of, new_database, set_rules
from oracle import CUT, EVEN, Dated, Rule, Seen, Verdict, rounded, rounded_up
from promises import ask

SAMPLE = ROOT / "pages" / "sample"
RULE = Rule(4, 2)
LOOKBACK = 7
QUOTE = re.compile(r"\s*• ([A-Z]{3}/[A-Z]{3}) = ([0-9.]+) (-?[0-9.]+%)\n")


def read_by_eye(text: str) -> tuple[dt.date | None, dict[str, tuple[str, str | None]]]:
    """Return the date and the quotes of a page that opens with its ticker, one quote a line, then the date line."""
    quotes: dict[str, tuple[str, str | None]] = {}
    position = 0
    while found := QUOTE.match(text, position):
        pair, rate, report = found.groups()
        assert quotes.setdefault(pair, (rate, report)) == (rate, report)
        position = found.end()
    line = text[position:].partition("\n")[0]
    dated = re.fullmatch(r"\d\d [A-Z][a-z]+ \d{4}", line)
    return dt.datetime.strptime(line, "%d %B %Y").date() if dated else None, quotes  # noqa: DTZ007 -- a calendar date


@dataclass(frozen=True)
class Audited:
    """Pages that were taken in, what they show, and how many of them show it."""

    project: Project
    history: list[Dated]
    pages: Counter[str]

    def verdicts(self, rule: Rule) -> dict[tuple[str, str], Verdict]:
        return {
            (name_of(s), pair): oracle.verdict(self.history, number, pair, rule, LOOKBACK)
            for number, s in enumerate(self.history)
            for pair in s.quotes
        }

    def reports(self) -> Iterator[tuple[int, str, str, str]]:
        """Yield (number of the snapshot, pair, rate, report)."""
        for number, snapshot in enumerate(self.history):
            for pair, (rate, report) in snapshot.quotes.items():
                if report:
                    yield number, pair, rate, report

    def rules(self) -> list[Rule]:
        """Return the rules worth trying: each number of decimals that is printed where no zeros are dropped."""
        printed = [report.rstrip("%") for *_, report in self.reports()]
        counts = Counter(oracle.decimals_of(report) for report in printed if Fraction(report))
        usual = min(decimals for decimals, count in counts.items() if count == max(counts.values()))
        pcts = [decimals for decimals in counts if decimals >= usual]
        most = max(oracle.decimals_of(rate) for _, _, rate, _ in self.reports())
        return [Rule(change, pct) for pct in pcts for change in (None, *range(most + 1))]

    def closes(self, pair: str) -> dict[dt.date, str]:
        """Return the rate of each date's close."""
        seen = [Seen(self.pages[name_of(s)], None, name_of(s)) for s in self.history]
        dates = {s.date for s in self.history if pair in s.quotes}
        numbers = {date: oracle.close(self.history, seen, "site", date, pair, RULE, LOOKBACK)[0] for date in dates}
        return {date: self.history[number].quotes[pair][0] for date, number in numbers.items()}


def take_in(project: Project, folder: Path) -> Audited:
    pages: Counter[str] = Counter()
    history: dict[str, Dated] = {}
    for content in {path.read_bytes() for path in folder.rglob("*.txt")}:
        date, quotes = read_by_eye(content.decode())
        if date and quotes:
            snapshot = Dated("site", date, quotes)
            pages[name_of(snapshot)] += 1
            history[name_of(snapshot)] = snapshot
    done = project.run("ingest", str(folder))
    assert done.returncode == 0, done.stderr
    return Audited(project, list(history.values()), pages)


@pytest.fixture(scope="module", params=[SAMPLE, SHARED_PAGES], ids=["sample", "shared"])
def audited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    if not request.param.is_dir():
        pytest.skip("the shared captured pages are not on this machine")
    project = Project(tmp_path_factory.mktemp("audited"))
    project.configure('[[sources]]\nname = "site"\n')
    return take_in(project, request.param)


def in_store(shell: Shell, audited: Audited, query: str) -> list[dict[str, Any]]:
    return ask(shell, audited.project.config.database, query)


def test_what_the_pages_show_is_what_their_index_says(shared_pages: Path, shared_index: list[dict[str, Any]]) -> None:
    for truth in shared_index:
        date, quotes = read_by_eye((shared_pages / "timesca" / truth["file"]).read_text("utf-8"))
        assert (date.isoformat() if date else None) == truth["page_date"]
        assert [[pair, *quote] for pair, quote in quotes.items()] == truth["quotes"]


def test_the_rule_of_the_real_reports_is_inferred_without_being_told(shell: Shell, audited: Audited) -> None:
    assert in_store(shell, audited, "FROM sources") == [
        {
            "source": "site",
            "lookback_days": 7,
            "change_decimals": 4,
            "pct_decimals": 2,
            "rule_origin": "inferred",
            "pairs": None,
            "rounding_mode": "half away from zero",
        }
    ]
    chosen = in_store(shell, audited, "SELECT change_decimals, pct_decimals FROM rounding_rules WHERE chosen")
    assert chosen == [{"change_decimals": 4, "pct_decimals": 2}]


def test_every_verdict_on_the_real_reports_is_that_of_the_fractions(shell: Shell, audited: Audited) -> None:
    rows = in_store(shell, audited, "SELECT snapshot_id, pair, verdict, base_date FROM deltas")
    assert {(row["snapshot_id"], row["pair"]): (row["verdict"], row["base_date"]) for row in rows} == {
        key: (v.word, v.base_date and v.base_date.isoformat()) for key, v in audited.verdicts(RULE).items()
    }
    assert len(rows) == sum(len(s.quotes) for s in audited.history) > 250


def test_the_audit_counts_what_the_fractions_count(shell: Shell, audited: Audited) -> None:
    words = {pair: Counter[str]() for s in audited.history for pair in s.quotes}
    for (_, pair), verdict in audited.verdicts(RULE).items():
        words[pair][verdict.word] += 1
    told = Counter(
        pair
        for number, pair, *_ in audited.reports()
        if (found := oracle.chance(audited.history, number, pair, RULE, LOOKBACK)) and oracle.is_informative(found)
    )
    said = "smallest_report_pct, smallest_report_change, smallest_change_pct, largest_zero_pct"
    rows = in_store(shell, audited, f"SELECT * EXCLUDE ({said}) FROM audit")
    assert rows == [
        {
            "source": "site", "pair": pair, "quotes": n.total(), "reports": n.total() - n["not reported"],
            "agrees": n["agrees"], "agrees_earlier": n["agrees earlier"], "informative": told[pair],
            "repeated": n["repeated"], "unexplained": n["unexplained"],
            "breaks_the_rule": n["breaks the rule"], "base_not_captured": n["base not captured"],
            "no_history": n["no history"], "not_reported": n["not reported"], "rule_undecided": 0,
        }
        for pair, n in sorted(words.items())
    ]  # fmt: skip


def test_the_evidence_for_every_rule_is_what_the_fractions_count_and_no_rule_has_more(
    shell: Shell, audited: Audited
) -> None:
    rows = in_store(shell, audited, "SELECT * EXCLUDE (source, chosen) FROM rounding_rules")
    found = {
        Rule(row["change_decimals"], row["pct_decimals"], row["rounding_mode"]): (
            row["reports"],
            row["explained"],
            row["breaks"],
        )
        for row in rows
    }
    counted = dict.fromkeys([*audited.rules(), *found], (0, 0, 0))
    for number, pair, rate, report in audited.reports():
        bases = [base for _, base in oracle.candidates(audited.history, number, pair, LOOKBACK)]
        for rule in counted if bases else ():
            explained = any(oracle.explains(rate, report, base, rule) for base in bases)
            reports, most, breaks = counted[rule]
            counted[rule] = reports + 1, most + explained, breaks + (not oracle.possible(rate, report, rule))
    assert {row["evidence_from"] for row in rows} == {min(s.date for s in audited.history).isoformat()}
    assert found == {rule: counted[rule] for rule in found}
    assert {RULE, Rule(None, 2)} < set(found)
    others = set(audited.rules()) - {RULE}
    assert all(most - broken < counted[RULE][1] for _, most, broken in map(counted.__getitem__, others))
    assert counted[RULE][2] == 0


def test_every_real_report_other_than_zero_that_has_its_base_comes_of_true_rates_by_the_rule(
    shell: Shell, audited: Audited
) -> None:
    rows = in_store(shell, audited, "SELECT snapshot_id, pair, verdict, base_date FROM deltas WHERE reported_pct <> 0")
    verdicts = {(row["snapshot_id"], row["pair"]): row for row in rows}
    explained = 0
    for number, pair, rate, report in audited.reports():
        if Fraction(report.rstrip("%")):
            row = verdicts.pop((name_of(audited.history[number]), pair))
            assert row["verdict"] != "breaks the rule"
            bases = oracle.candidates(audited.history, number, pair, LOOKBACK)
            nearest = [base for date, base in bases if date.isoformat() == row["base_date"]]
            assert bool(nearest) == (row["verdict"] in {"agrees", "agrees earlier"})
            assert not nearest or any(
                oracle.has_true_rate(rate, report, RULE, (span.low + oracle.top(span)) / 2)
                for base in nearest
                for span in oracle.bases(rate, report, RULE, oracle.printed(base))
            )
            explained += bool(nearest)
    assert not verdicts
    assert explained > 20


def smallest(base: Fraction, rule: Rule) -> tuple[Fraction, Fraction]:
    """Return the smallest percentage other than zero that can be printed, and the smallest change that prints as it."""
    short = 0 if rule.mode == CUT else Fraction(1, 2)  # of a unit, how much less than it rounds to it
    if rule.change is None:
        return Fraction(1, 10**rule.pct), (1 - Fraction(short)) / 10**rule.pct
    unit = Fraction(1, 10**rule.change)
    k = next(k for k in count(1) if rounded(100 * k * unit / base, rule.pct, rule.mode))
    return rounded(100 * k * unit / base, rule.pct, rule.mode), rounded_up(100 * (k - short) * unit / base, 6)


def largest_zero(audited: Audited, pair: str) -> Fraction | None:
    """Return the largest computed change, in percent, from the close of at most 7 days before that prints as zero."""
    closes, sizes = audited.closes(pair), []
    for number, found, rate, report in audited.reports():
        date = audited.history[number].date
        previous = max((d for d in closes if d < date), default=dt.date.min)
        if found == pair and not Fraction(report.rstrip("%")) and (date - previous).days <= LOOKBACK:
            sizes.append(abs(rounded(100 * (Fraction(rate) / Fraction(closes[previous]) - 1), 6)))
    return max(sizes, default=None)


def test_what_the_source_is_able_to_say_is_exact(shell: Shell, audited: Audited) -> None:
    query = (
        "SELECT pair, smallest_report_pct::VARCHAR, smallest_change_pct::VARCHAR, largest_zero_pct::VARCHAR FROM audit"
    )
    for row in in_store(shell, audited, query):
        pair, *values = row.values()
        closes = audited.closes(pair)
        expected = (*smallest(Fraction(closes[max(closes)]), RULE), largest_zero(audited, pair))
        assert tuple(Fraction(value) for value in values) == expected, pair


@pytest.mark.few(2)
@pytest.mark.parametrize("rule", [Rule(None, 2), Rule(None, 1), Rule(3, 2), Rule(4, 4), Rule(4, 2, CUT)])
def test_a_configured_rule_is_in_force_whatever_the_reports_say(project: Project, shell: Shell, rule: Rule) -> None:
    change = "" if rule.change is None else f"change_decimals = {rule.change}, "
    given = f'{change}pct_decimals = {rule.pct}, mode = "{rule.mode}"'
    project.configure(f'[[sources]]\nname = "site"\nrounding = {{ {given} }}\n')
    sample = take_in(project, SAMPLE)
    ((told,),) = (row.values() for row in in_store(shell, sample, "SELECT rule_origin FROM sources"))
    assert told == "configured"
    query = "SELECT change_decimals, pct_decimals, rounding_mode, chosen FROM rounding_rules"
    found = {Rule(*values): chosen for *values, chosen in map(dict.values, in_store(shell, sample, query))}
    assert [tried for tried, chosen in found.items() if chosen] == [rule]
    assert {RULE, Rule(None, 2)} < {*found, rule}
    rows = in_store(shell, sample, "SELECT snapshot_id, pair, verdict FROM deltas")
    words = {key: verdict.word for key, verdict in sample.verdicts(rule).items()}
    assert {(row["snapshot_id"], row["pair"]): row["verdict"] for row in rows} == words
    query = "SELECT pair, smallest_report_pct::VARCHAR, smallest_change_pct::VARCHAR FROM audit"
    for row in in_store(shell, sample, query):
        pair, *values = row.values()
        closes = sample.closes(pair)
        assert tuple(Fraction(value) for value in values) == smallest(Fraction(closes[max(closes)]), rule), pair


SMALLEST = [  # latest rate, rule, smallest report, smallest change
    # 0.0001 of 0.10870 is 0.091996 %, and half of it is enough to be rounded up to it
    ("0.10870", Rule(4, 2), "0.09", "0.045999"),
    ("0.00008", Rule(4, 2), "125", "62.5"),
    # 0.0001 of 2 is 0.005 %, which rounds up; of 2.02 it rounds to nothing, and twice that is 0.0099 %
    ("2.00", Rule(4, 2), "0.01", "0.0025"),
    ("2.02", Rule(4, 2), "0.01", "0.007426"),
    # 6326 times 0.0001 is the first that is 0.005 % of 12650.25
    ("12650.25", Rule(4, 2), "0.01", "0.005001"),
    ("87.45", Rule(0, 0), "1", "0.571756"),
    # cut off, 0.0001 of 2 is 0.00 % and twice that 0.01 %; to even, 0.005 % is 0.00 %
    ("2.00", Rule(4, 2, CUT), "0.01", "0.01"),
    ("0.10870", Rule(4, 2, CUT), "0.09", "0.091997"),
    ("87.45", Rule(None, 2, CUT), "0.01", "0.01"),
    ("2.00", Rule(4, 2, EVEN), "0.01", "0.0075"),
    ("87.45", Rule(None, 2), "0.01", "0.005"),
    ("0.00008", Rule(None, 0), "1", "0.5"),
    ("0.00008", Rule(None, 4), "0.0001", "0.00005"),
]


def test_the_smallest_change_and_report_are_those_that_first_round_up() -> None:
    connection = new_database()
    set_rules(connection, {f"s{number:02}": rule for number, (_, rule, _, _) in enumerate(SMALLEST)})
    add_history(
        connection,
        [
            Dated(f"s{number:02}", dt.date(2025, 11, 1), {"AAA/BBB": (rate, "0%")})
            for number, (rate, *_) in enumerate(SMALLEST)
        ],
    )
    query = "SELECT smallest_report_pct, smallest_change_pct FROM audit ORDER BY source"
    found = connection.execute(query).fetchall()
    assert found == [(Decimal(report), Decimal(change)) for *_, report, change in SMALLEST]
    for rate, rule, report, change in SMALLEST:
        assert smallest(Fraction(rate), rule) == (Fraction(report), Fraction(change))
