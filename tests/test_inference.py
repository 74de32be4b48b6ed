"""The rounding rule of a source is found in its reports, whatever the rule is, and only where they tell."""

import json
import random
import re
import shlex
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from cases import text_of
from conftest import ROOT, InProcess, Project, Shell, page_text
from oracle import AWAY, CUT, EVEN, Rule, report_for, rounded
from promises import ask

STARTS = {"plain": ("0.01144", "0.10870", "87.45", "12650.25"), "change-2": ("12.3456", "87.4512", "5.1234", "440.12"),
          "pct-1": ("0.10870", "0.28490", "0.01144", "12.3456"), "change-0": ("87.45", "12650.25", "440.12", "1012.5"),
          "whole": ("0.01144", "0.10870", "87.45", "12650.25"),
          "cut": ("0.01144", "0.10870", "87.45", "12650.25")}  # fmt: skip
RULES = {
    "plain": Rule(None, 2),
    "change-2": Rule(2, 2),
    "pct-1": Rule(4, 1),
    "change-0": Rule(0, 3),
    "whole": Rule(None, 0),
    "cut": Rule(4, 2, CUT),
}
PAIRS = ("KGS/USD", "TJS/USD", "USD/RUB", "USD/UZS")


def in_digits(value: Fraction, decimals: int) -> str:
    return text_of(int(rounded(abs(value), decimals) * 10**decimals), decimals)


def walk(rule: Rule, start: str, days: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield the (rate, report) that a source with a rule prints of true rates that move by up to 2 % a day."""
    steps = random.Random(seed)  # noqa: S311 -- to be the same every time
    decimals, true = len(start.partition(".")[2]), Fraction(start)
    for _ in range(days):
        base, true = true, rounded(true * (1 + Fraction(steps.randint(-20_000, 20_000), 10**6)), 12)
        percent = report_for(true, base, rule)
        shown = in_digits(percent, rule.pct)
        shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
        yield in_digits(true, decimals), ("-" if true < base else "") + shown + "%"


def printed_by(project: Project, source: str, days: int = 50) -> None:
    """Write the pages of a source, a page a day."""
    walks = [walk(RULES[source], start, days, seed) for seed, start in enumerate(STARTS[source])]
    for number, states in enumerate(zip(*walks, strict=True)):
        quotes = tuple((pair, *state) for pair, state in zip(PAIRS, states, strict=True))
        month, day = divmod(number, 28)
        project.page(f"{source}/{number}.txt", page_text(quotes, f"{day + 1:02} {('March', 'April')[month]} 2025"))


def test_the_rule_of_a_source_is_inferred_from_what_it_prints_of_random_walks(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    sources = (f'[[sources]]\nname = "{name}"\npaths = ["pages/{name}/*"]\n' for name in RULES)
    project.configure("".join(sources))
    for name in RULES:
        printed_by(project, name)
    assert in_process("ingest")[0] == 0
    rows = ask(shell, project.config.database, "FROM sources")
    found = {r["source"]: Rule(r["change_decimals"], r["pct_decimals"], r["rounding_mode"]) for r in rows}
    assert found == RULES
    assert {r["rule_origin"] for r in rows} == {"inferred"}
    evidence = ask(shell, project.config.database, "SELECT reports, explained, breaks FROM rounding_rules WHERE chosen")
    assert evidence == [{"reports": 49 * 4, "explained": 49 * 4, "breaks": 0}] * len(RULES)


def site(project: Project, *pages: tuple[str, str | None]) -> None:
    """Write a page a day of four pairs with the same rate and report."""
    for number, quote in enumerate(pages, 1):
        project.page(f"{number}.txt", page_text(tuple((pair, *quote) for pair in PAIRS), f"{number:02} March 2025"))


def audit(in_process: InProcess) -> dict[str, list[dict[str, Any]]]:
    code, out, _ = in_process("audit", "--json")
    assert code == 0
    tables: dict[str, list[dict[str, Any]]] = json.loads(out)
    return tables


def test_a_source_without_reports_has_its_rule_assumed(project: Project, in_process: InProcess) -> None:
    site(project, ("0.10870", None), ("0.10850", None))
    assert in_process("ingest")[0] == 0
    (rule,) = audit(in_process)["rules"]
    assert (rule["rule_origin"], rule["reports"], rule["chosen"]) == ("assumed", 0, True)
    assert (rule["change_decimals"], rule["pct_decimals"]) == (None, 2)


def test_reports_that_nothing_can_be_held_against_leave_the_rule_undecided(
    project: Project, in_process: InProcess
) -> None:
    site(project, ("0.10870", "0.18%"))
    assert in_process("ingest")[0] == 0
    tables = audit(in_process)
    rules = tables["rules"]
    assert {(rule["rule_origin"], rule["decided"]) for rule in rules} == {("undecided", False)}
    assert {rule["reports"] for rule in rules} == {0}
    assert len([rule for rule in rules if rule["remains"]]) > 1
    assert {row["breaks_the_rule"] for row in tables["pairs"]} == {0}


def test_an_undecided_rule_gives_way_to_one_that_later_reports_tell(project: Project, in_process: InProcess) -> None:
    site(project, ("0.10870", "0.18%"))
    assert in_process("ingest")[0] == 0
    # 0.00013 and 0.00012 are 0.12 % and 0.11 % of the base, but 0.09 % by way of 0.0001
    site(project, ("0.10870", "0.18%"), ("0.10883", "0.09%"), ("0.10871", "-0.09%"), ("0.10884", "0.09%"))
    assert in_process("ingest")[0] == 0
    chosen = next(rule for rule in audit(in_process)["rules"] if rule["chosen"])
    assert (chosen["change_decimals"], chosen["pct_decimals"], chosen["rule_origin"]) == (4, 2, "inferred")


@pytest.fixture
def sample(project: Project, in_process: InProcess) -> Project:
    assert in_process("ingest", str(ROOT / "pages" / "sample"))[0] == 0
    return project


@pytest.mark.parametrize("zero", ["0%", "0.00%"])
def test_a_coarse_rule_that_explains_every_report_of_no_change_gives_way_to_those_it_makes_impossible(
    project: Project, in_process: InProcess, zero: str
) -> None:
    # three reports of no change of rates that moved, and two that 4 decimals allow and explain
    pages = [("0.10900", zero), ("0.10913", "0.09%"), ("0.10943", zero), ("0.10956", "0.09%"), ("0.10986", zero)]
    site(project, ("0.10870", None), *pages)
    assert in_process("ingest")[0] == 0
    tables = audit(in_process)
    rules = {(rule["change_decimals"], rule["pct_decimals"], rule["rounding_mode"]): rule for rule in tables["rules"]}
    best = rules[4, 2, AWAY]
    assert (best["explained"], best["breaks"], best["chosen"], best["decided"]) == (2 * 4, 0, True, True)
    assert not any(rule["remains"] for (change, *_), rule in rules.items() if change is not None and change < 4)
    assert {row["breaks_the_rule"] for row in tables["pairs"]} == {0}


def commands_in(err: str, in_process: InProcess) -> set[str]:
    """Do what an error says would list the reports, see that each lists as many, and return their verdicts."""
    named = re.findall(r"([0-9,]+) \(`fxtrack (deltas --verdict '(.*?)')`\)", err)
    for count, command, _ in named:
        code, out, _ = in_process(*shlex.split(command), "--json")
        assert (code, len(json.loads(out))) == (0, int(count.replace(",", "")))
    return {verdict for *_, verdict in named}


@pytest.mark.usefixtures("sample")
def test_an_audit_asked_to_fail_ends_with_code_4_on_reports_that_are_unexplained(in_process: InProcess) -> None:
    assert sum(row["unexplained"] for row in audit(in_process)["pairs"]) > 0
    code, out, err = in_process("audit", "--fail")
    assert code == 4
    assert (0, out) == in_process("audit")[:2]
    assert commands_in(err, in_process) == {"unexplained"}


def test_an_audit_asked_to_fail_ends_with_code_4_on_a_report_that_breaks_the_rule(
    project: Project, in_process: InProcess
) -> None:
    project.configure('[[sources]]\nname = "site"\nrounding = { change_decimals = 4, pct_decimals = 2 }\n')
    site(project, ("0.00192", "0.18%"))
    assert in_process("ingest")[0] == 0
    pairs = audit(in_process)["pairs"]
    assert [(row["breaks_the_rule"], row["unexplained"]) for row in pairs] == [(1, 0)] * 4
    code, _, err = in_process("audit", "--fail")
    assert code == 4
    assert commands_in(err, in_process) == {"breaks the rule"}


def test_an_audit_asked_to_fail_ends_with_code_0_where_every_report_is_explained_or_has_no_base(
    project: Project, in_process: InProcess
) -> None:
    site(project, ("0.10850", "0.46%"), ("0.10870", "0.18%"), ("0.10870", "0%"))
    assert in_process("ingest")[0] == 0
    pairs = audit(in_process)["pairs"]
    assert [(row["agrees"], row["no_history"], row["reports"]) for row in pairs] == [(2, 1, 3)] * 4
    assert in_process("audit", "--fail")[0] == 0


@pytest.fixture
def seeds(project: Project, in_process: InProcess) -> Project:
    """Quotes of three captures of one site, whose reports do not tell what its rule is."""
    states = {
        "26 November 2025": (("TJS/USD", "0.10866", "0.18%"), ("KZT/USD", "0.00193", "0%")),
        "27 November 2025": (("TJS/USD", "0.10899", "0.65%"), ("KZT/USD", "0.00195", "0%")),
        "15 December 2025": (("TJS/USD", "0.10879", "-0.18%"), ("KZT/USD", "0.00192", "-0%")),
    }
    still = (("KGS/USD", "0.01144", "0%"), ("UZS/USD", "0.00008", "0%"))
    for date, quotes in states.items():
        project.page(f"{date}.txt", page_text((*quotes, *still), date))
    assert in_process("ingest")[0] == 0
    return project


@pytest.mark.usefixtures("seeds")
def test_zeros_and_a_few_reports_do_not_decide_on_a_rule_that_makes_some_impossible(in_process: InProcess) -> None:
    tables = audit(in_process)
    assert {rule["decided"] for rule in tables["rules"]} == {False}
    remaining = {(rule["change_decimals"], rule["pct_decimals"]) for rule in tables["rules"] if rule["remains"]}
    assert (4, 2) in remaining
    assert all(change is None or change > 2 for change, _ in remaining)
    assert {row["breaks_the_rule"] for row in tables["pairs"]} == {0}
    code, out, _ = in_process("audit")
    assert code == 0
    assert "not yet decided; these remain: " in out
    assert in_process("audit", "--fail")[0] == 0


def test_one_misread_page_does_not_overturn_a_rule(project: Project, in_process: InProcess, shell: Shell) -> None:
    project.configure('[[sources]]\nname = "change-2"\npaths = ["pages/change-2/*"]\n')
    printed_by(project, "change-2")
    wrong = tuple((pair, rate, "1.37%") for pair, rate in zip(PAIRS, STARTS["change-2"], strict=True))
    project.page("change-2/misread.txt", page_text(wrong, "20 March 2025"))
    assert in_process("ingest")[0] == 0
    query = "SELECT change_decimals, pct_decimals, rule_origin FROM sources"
    assert [tuple(row.values()) for row in ask(shell, project.config.database, query)] == [(2, 2, "inferred")]


def test_a_rule_that_changes_is_found_with_its_date_and_each_report_is_judged_by_its_own(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    for number in range(60):
        date = f"{number % 28 + 1:02} {('March', 'April', 'May')[number // 28]} 2025"
        quotes = []
        for seed, (pair, start) in enumerate(zip(PAIRS, STARTS["plain"], strict=True)):
            (rate, before), (_, after) = (
                list(walk(rule, start, 60, seed))[number] for rule in (RULES["cut"], RULES["plain"])
            )
            quotes.append((pair, rate, before if number < 30 else after))
        project.page(f"{number}.txt", page_text(tuple(quotes), date))
    assert in_process("ingest")[0] == 0
    query = "SELECT change_decimals, pct_decimals, rounding_mode, valid_from, valid_to FROM rounding_rules WHERE chosen"
    assert [
        tuple(row.values()) for row in ask(shell, project.config.database, query + " ORDER BY valid_from NULLS FIRST")
    ] == [
        (4, 2, CUT, None, "2025-04-03"),
        (None, 2, AWAY, "2025-04-03", None),
    ]
    verdicts = ask(shell, project.config.database, "SELECT verdict, count(*) AS n FROM deltas GROUP BY ALL")
    assert {row["verdict"]: row["n"] for row in verdicts} == {"agrees": 59 * 4, "no history": 4}
    out = in_process("audit")[1]
    assert "before 2025-04-03: change rounded to 4 decimals, percentage to 2, cut off towards zero (inferred)" in out
    assert "from 2025-04-03: plain percent change, percentage to 2 (inferred)" in out


def test_halves_to_even_are_told_where_a_source_computes_from_what_it_prints(
    project: Project, in_process: InProcess, shell: Shell
) -> None:
    steps = random.Random(7)  # noqa: S311 -- to be the same every time
    rates = {pair: steps.randint(9_000, 99_000) for pair in PAIRS}
    for number in range(28):
        quotes = []
        for pair, rate in rates.items():
            rates[pair] = rate + 5 * steps.randint(-9, 9)
            now, then = Fraction(rates[pair], 10**5), Fraction(rate, 10**5)
            percent = report_for(now, then, Rule(4, 2, EVEN))
            sign = "-" if now < then else ""
            quotes.append((pair, in_digits(now, 5), f"{sign}{in_digits(percent, 2)}%"))
        project.page(f"{number}.txt", page_text(tuple(quotes), f"{number + 1:02} March 2025"))
    assert in_process("ingest")[0] == 0
    query = "SELECT change_decimals, pct_decimals, rounding_mode, rule_origin FROM sources"
    assert [tuple(row.values()) for row in ask(shell, project.config.database, query)] == [(4, 2, EVEN, "inferred")]
