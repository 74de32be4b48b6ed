"""How often the rounding rule of a source is inferred rightly, from stores whose rule is known.

    .venv/bin/python -m benchmarks.inference --stores 2000

Each store is one source: 2 to 200 pages of 2 to 5 pairs, a day or thirty days apart, with one or two states a day.
Rates walk at random; the source computes its reports from true rates or from those that it prints, rounds the change to
0 to 6 decimals or not at all and the percentage to 0 to 3, half away from zero, half to even or towards zero. Up to 3 %
of the reports are false. A fifth of the stores change their rule once. Arithmetic is in whole numbers and exact.
"""

import argparse
import datetime as dt
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.stores import sources_by_path
from fxtrack.config.load import load_config
from fxtrack.deltas.rules import MODES, Rule
from fxtrack.model.capture import Batch, Capture
from fxtrack.model.quote import Outcome, Quote, Reading
from fxtrack.store.captures import add_captures
from fxtrack.store.settling.infer import RulePeriod, infer_periods
from fxtrack.store.writer import Store

_DECIMALS = 12  # of true rates
_FIRST = dt.date(2020, 1, 1)
_AT_ONCE = 50  # sources
_PAIRS = {
    "KGS/USD": "0.01144", "KZT/USD": "0.00192", "TJS/USD": "0.10870", "TMT/USD": "0.28490", "UZS/USD": "0.00008",
    "USD/RUB": "87.45", "USD/UZS": "12650.25", "USD/KGS": "87.4512", "USD/TJS": "9.2035", "EUR/USD": "1.1623",
    "USD/KZT": "512.34",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """How a source behaves: its rule, that before a date if it changed, and what makes the rule hard to see."""

    rule: Rule
    before: Rule | None
    changed: int
    pages: int
    states: int
    gap_days: int
    false_share: float
    from_printed: bool
    drops_zeros: bool
    step: int
    pairs: tuple[str, ...]

    @property
    def known_rule(self) -> Rule:
        """The rule, or the plain one where the change has more decimals than the rates, which is no different."""
        return self.known(self.rule)

    def known(self, rule: Rule) -> Rule:
        """Return the rule that stands for one with more decimals than the rates that it is computed from."""
        most = max(len(_PAIRS[pair].partition(".")[2]) for pair in self.pairs)
        if rule.change_decimals is None or rule.change_decimals < most + (not self.from_printed):
            return rule
        return replace(rule, change_decimals=None)


def drawn(chance: random.Random) -> Truth:
    """Draw a source."""

    def rule() -> Rule:
        return Rule(chance.choice((None, *range(7))), chance.randint(0, 3), chance.choice(MODES))

    pages = round(2 * 100 ** chance.random())
    states = chance.choice((1, 1, 2))
    return Truth(
        rule(), rule() if chance.random() < 0.2 and pages >= 20 else None,
        chance.randint(pages // 3, pages // 2) // states,
        pages, states, chance.choice((1, 1, 30)), chance.choice((0.0, 0.01, 0.02, 0.03)), chance.random() < 0.3,
        chance.random() < 0.7, chance.choice((300, 1_000, 3_000, 8_000)),
        tuple(chance.sample(list(_PAIRS), chance.choice((2, 4, 5)))),
    )  # fmt: skip


def pages(truth: Truth, source: str, chance: random.Random) -> Iterator[Capture]:
    """Yield the pages of a source. The base of a report is the last state of the captured date before."""
    decimals = {pair: len(_PAIRS[pair].partition(".")[2]) for pair in truth.pairs}
    rates = {pair: int(_PAIRS[pair].replace(".", "")) * 10 ** (_DECIMALS - decimals[pair]) for pair in truth.pairs}
    bases = dict(rates)
    for day in range(max(1, truth.pages // truth.states)):
        rule = truth.before if truth.before and day < truth.changed else truth.rule
        for state in range(truth.states):
            quotes = []
            for pair, places in decimals.items():
                unit = 10 ** (_DECIMALS - places)
                rates[pair] = max(unit, rates[pair] + rates[pair] * chance.randint(-truth.step, truth.step) // 10**6)
                rate, base = rates[pair], bases[pair]
                shown = _rounded(rate, unit, MODES[0])
                if truth.from_printed:
                    rate, base = shown * unit, _rounded(base, unit, MODES[0]) * unit
                report = _report(rate, base, rule)
                if chance.random() < truth.false_share:
                    report += chance.choice((-1, 1)) * chance.randint(1, 3 * 10 ** (rule.pct_decimals or 0))
                text = _digits(abs(report), rule.pct_decimals or 0)
                if truth.drops_zeros and "." in text:
                    text = text.rstrip("0").rstrip(".")
                fell = report < 0 or (report == 0 and rate < base and truth.drops_zeros)
                quotes.append(Quote(pair, _digits(shown, places), f"{'-' if fell else ''}{text}%"))
            date = _FIRST + dt.timedelta(day * truth.gap_days)
            name = f"{source} {day} {state}"
            yield Capture(name, name, source, Reading(Outcome.OK, date, tuple(quotes), 8))
        bases = dict(rates)


def _report(rate: int, base: int, rule: Rule) -> int:
    change = rate - base
    if rule.change_decimals is not None:
        unit = 10 ** (_DECIMALS - rule.change_decimals)
        change = _rounded(change, unit, rule.mode) * unit
    return _rounded(100 * change * 10 ** (rule.pct_decimals or 0), base, rule.mode)


def _rounded(amount: int, unit: int, mode: str) -> int:
    whole, left = divmod(abs(amount), unit)
    up = {MODES[0]: 2 * left >= unit, MODES[1]: 2 * left + whole % 2 > unit, MODES[2]: False}[mode]
    return (whole + up) * (1 if amount >= 0 else -1)


def _digits(mantissa: int, decimals: int) -> str:
    digits = str(mantissa).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def verdict(truth: Truth, periods: Sequence[RulePeriod]) -> str:
    """Return how the inference judged a source."""
    if truth.before and truth.known(truth.before) != truth.known_rule:
        return _verdict_on_change(truth, periods)
    if any(not period.choice.decided for period in periods):
        return "undecided"
    if len(periods) > 1:
        return "wrong"
    choice = periods[0].choice
    if truth.known(choice.chosen[0]) == truth.known_rule:
        return "right"
    return "right, told apart by no report" if truth.known_rule in map(truth.known, choice.remaining) else "wrong"


def _verdict_on_change(truth: Truth, periods: Sequence[RulePeriod]) -> str:
    wanted = [truth.known(rule) for rule in (truth.before, truth.rule) if rule]
    if len(periods) == 1:
        single = periods[0].choice
        return "no change found, undecided" if not single.decided else "no change found"
    agree = len(periods) == 2 and all(
        not period.choice.decided or rule in map(truth.known, period.choice.remaining)
        for rule, period in zip(wanted, periods, strict=True)
    )
    if not agree:
        return "other changes found"
    first = periods[1].first
    days = abs((first - _FIRST).days - truth.changed * truth.gap_days) if first else 0
    near = "within three captured dates" if days <= 3 * truth.gap_days else "elsewhere"
    return f"found, {near if days else 'on its date'}"


def main() -> None:
    """Make the stores, infer their rules, print the counts."""
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inference", description=about)
    parser.add_argument("--stores", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="print this many sources that went wrong")
    asked = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    changes: Counter[str] = Counter()
    wrong: list[str] = []
    spent = 0.0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "pages").mkdir()
        (home / "config.toml").write_text(sources_by_path(asked.stores), "utf-8")
        config = load_config(home / "config.toml")
        with Store.open(config) as store:
            for first in range(0, asked.stores, _AT_ONCE):
                sources = config.settings.sources[first : first + _AT_ONCE]
                truths = {}
                for source in sources:
                    chance = random.Random(f"{asked.seed} {source.name}")
                    truths[source.name] = drawn(chance)
                    batch = Batch(list(pages(truths[source.name], source.name, chance)))
                    add_captures(store, batch, dt.datetime.now(dt.UTC))
                began = time.perf_counter()
                found = infer_periods(store.connection, sources, dict.fromkeys(truths, _FIRST))
                spent += time.perf_counter() - began
                for name, truth in truths.items():
                    said = verdict(truth, found[name])
                    if truth.before and truth.known(truth.before) != truth.known_rule:
                        changes[said] += 1
                        if said in {"other changes found", "no change found"}:
                            wrong.append(_described(name, said, truth, found[name]))
                        continue
                    informative = max(e.informative for p in found[name] for e in p.evidence)
                    counts[_class_of(informative)][said] += 1
                    if said == "wrong":
                        wrong.append(_described(name, said, truth, found[name]))
    words = ("right", "right, told apart by no report", "undecided", "wrong")
    print(f"| informative reports | stores | {' | '.join(words)} |\n|---|--:|{'--:|' * len(words)}")
    for name in ("0", "1 to 4", "5 to 19", "20 to 99", "100 and more"):
        cells = " | ".join(f"{counts[name][word]:,}" for word in words)
        print(f"| {name} | {counts[name].total():,} | {cells} |")
    decided = sum((counts[name] for name in ("5 to 19", "20 to 99", "100 and more")), Counter[str]())
    share = 100 * decided["wrong"] / max(1, decided.total())
    print(f"\nwrong, of stores with 5 informative reports or more: {share:.2f} %")
    print(f"rules that change: {', '.join(f'{word}: {n}' for word, n in changes.most_common())}")
    print(f"{1000 * spent / asked.stores:.1f} ms a store")
    print("\n".join(wrong[: asked.show]))


def _described(name: str, said: str, truth: Truth, periods: Sequence[RulePeriod]) -> str:
    lines = [f"{name}: {said}: {truth}"]
    for period in periods:
        state = "decided" if period.choice.decided else f"{len(period.choice.remaining)} remain"
        best = "; ".join(f"{rule} {odds:.1f}" for rule, odds in period.choice.ranked[:4])
        lines.append(f"    from {period.first}: {state}: {best}")
    return "\n".join(lines)


def _class_of(informative: int) -> str:
    limits = ((100, "100 and more"), (20, "20 to 99"), (5, "5 to 19"), (1, "1 to 4"), (0, "0"))
    return next(name for least, name in limits if informative >= least)


if __name__ == "__main__":
    main()
