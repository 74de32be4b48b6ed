"""The fractions that the SQL is held against hold by themselves: true rates, put through the rule, say the same."""

from fractions import Fraction

import oracle
from cases import RULES, SETTINGS, Case, bases_near, cases, examples, rates, text_of
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Rule, printed, report_for, top

EXAMPLES = examples(200, 500)


@EXAMPLES
def test_whatever_the_fractions_call_explained_has_true_rates_that_give_the_report(examples: int) -> None:
    found = 0

    @settings(SETTINGS, max_examples=examples)
    @given(cases())
    def check(case: Case) -> None:
        nonlocal found
        for base in case.bases.values():
            for span in oracle.bases(case.rate, case.report, case.rule, printed(base)):
                assert oracle.has_true_rate(case.rate, case.report, case.rule, (span.low + top(span)) / 2)
                found += 1

    check()
    assert found > 300


@EXAMPLES
def test_whatever_true_rates_give_the_fractions_call_explained(examples: int) -> None:
    @settings(SETTINGS, max_examples=examples)
    @given(rates(), st.sampled_from(RULES), st.data())
    def check(rate: str, rule: Rule, data: st.DataObject) -> None:
        base = data.draw(bases_near(rate, rule))
        places = st.sampled_from([Fraction(n, 6) for n in range(7)])
        then, now = (s.low + data.draw(places) * (top(s) - s.low) for s in (printed(base), printed(rate)))
        value = int(report_for(now, then, rule) * 10**rule.pct)
        report = ("-" if now < then else "") + text_of(abs(value), rule.pct) + "%"
        assert oracle.explains(rate, report, base, rule)
        assert oracle.possible(rate, report, rule)

    check()


@EXAMPLES
def test_looking_only_near_the_corners_finds_the_bases_that_trying_every_change_finds(examples: int) -> None:
    @settings(SETTINGS, max_examples=examples)
    @given(cases())
    def check(case: Case) -> None:
        every, corners = (oracle.bases(*case[1:3], case.rule, every=most) for most in (300, -1))
        assert bool(every) == bool(corners)
        assert min((s.low for s in every), default=None) == min((s.low for s in corners), default=None)
        assert max((top(s) for s in every if s.high), default=None) == max(
            (top(s) for s in corners if s.high), default=None
        )

    check()
