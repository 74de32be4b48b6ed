"""The definitions of verdicts and derived rates in exact fractions and plain Python: what the SQL is held against."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import ceil, floor
from typing import NamedTuple

EVERY_CHANGE = 50
"""Up to this number whole changes are tried one by one; of more, those near a corner of the possible."""

_NO_LIMIT = Fraction(10**40)
_HALF = Fraction(1, 2)


AWAY, EVEN, CUT = MODES = ("half away from zero", "half to even", "towards zero")


class Rule(NamedTuple):
    """Decimals that the change is rounded to (None: not at all) and those of the percentage, and how both are."""

    change: int | None
    pct: int
    mode: str = AWAY


class Absolute(NamedTuple):
    """Of a source that reports the change itself: decimals that it is rounded to, None for those it is printed with."""

    change: int | None
    mode: str = AWAY


AnyRule = Rule | Absolute


@dataclass(frozen=True)
class Span:
    """The numbers between two ends, each of which may be left out; `high` None is no limit."""

    low: Fraction
    with_low: bool
    high: Fraction | None
    with_high: bool

    def meet(self, other: "Span") -> "Span | None":
        """Return what both have in common, None if nothing."""
        low = max(self.low, other.low)
        with_low = all(s.with_low for s in (self, other) if s.low == low)
        highs = [s.high for s in (self, other) if s.high is not None]
        high = min(highs) if highs else None
        with_high = high is not None and all(s.with_high for s in (self, other) if s.high == high)
        if high is not None and (low > high or (low == high and not (with_low and with_high))):
            return None
        return Span(low, with_low, high, with_high)


_POSITIVE = Span(Fraction(0), False, None, False)


def decimals_of(number: str) -> int:
    return len(number.partition(".")[2])


def printed(rate: str) -> Span:
    """Return the true rates that a printed rate may stand for: half a tick to either side, ends included."""
    half = _HALF / 10 ** decimals_of(rate)
    return Span(Fraction(rate) - half, True, Fraction(rate) + half, True)


def rounded(value: Fraction, decimals: int, mode: str = AWAY) -> Fraction:
    """Round to a number of decimals; `mode` says where halves go, or that what is left over is cut off."""
    exact = abs(value) * 10**decimals
    whole = {AWAY: floor(exact + _HALF), EVEN: round(exact), CUT: floor(exact)}[mode]
    return Fraction(whole if value >= 0 else -whole, 10**decimals)


def rounded_down(value: Fraction, decimals: int) -> Fraction:
    return Fraction(floor(value * 10**decimals), 10**decimals)


def rounded_up(value: Fraction, decimals: int) -> Fraction:
    return Fraction(ceil(value * 10**decimals), 10**decimals)


def report_for(rate: Fraction, base: Fraction, rule: AnyRule) -> Fraction:
    """Return the percentage, or change, that a source with this rule computes from true rates."""
    change = rate - base if rule.change is None else rounded(rate - base, rule.change, rule.mode)
    return change if isinstance(rule, Absolute) else rounded(100 * change / base, rule.pct, rule.mode)


def _rounding_to(value: Fraction, decimals: int, mode: str) -> Span | None:
    """Return the numbers that round to a value, None if it has more decimals than rounding leaves."""
    whole = value * 10**decimals
    if whole.denominator != 1:
        return None
    return _rounding_to_whole(int(whole), Fraction(1, 10**decimals), mode)


def _rounding_to_whole(k: int, unit: Fraction, mode: str) -> Span:
    """Return the numbers that round to k units."""
    if mode == CUT:
        return Span((k - (k <= 0)) * unit, k > 0, (k + (k >= 0)) * unit, k < 0)
    low, high = (k - _HALF) * unit, (k + _HALF) * unit
    return Span(low, k % 2 == 0, high, k % 2 == 0) if mode == EVEN else Span(low, k > 0, high, k < 0)


def _sign_of(report: str) -> int:
    """Return -1 for a fall, 1 for a rise, 0 for a zero that claims neither."""
    if report.startswith("-"):
        return -1
    return 1 if report.startswith("+") or Fraction(report.rstrip("%")) else 0


def _moving(report: str) -> Span:
    """Return what the change, and so the percentage before it is rounded, may be for the report's sign."""
    return {
        -1: Span(-_NO_LIMIT, True, Fraction(0), False),
        0: Span(-_NO_LIMIT, True, _NO_LIMIT, True),
        1: Span(Fraction(0), False, _NO_LIMIT, True),
    }[_sign_of(report)]


def top(span: Span) -> Fraction:
    """Return the upper end of a span that has one."""
    assert span.high is not None
    return span.high


def _bases_by_change(rates: Span, percents: Span, moving: Span, unit: Fraction, mode: str, k: int) -> Span | None:
    """Return the bases for which the change rounds to k units and the percentage to the report, None if none."""
    exact = _rounding_to_whole(k, unit, mode).meet(moving)
    if exact is None:
        return None
    reached = Span(rates.low - top(exact), exact.with_high, top(rates) - exact.low, exact.with_low)
    bases = reached.meet(_POSITIVE)
    if bases is None or k == 0:
        zero = percents.meet(Span(Fraction(0), True, Fraction(0), True))
        return bases if zero else None
    # 100 k unit / base is one of `percents`; in absolute size, so that both directions read the same
    sizes = percents if k > 0 else Span(-top(percents), percents.with_high, -percents.low, percents.with_low)
    wanted = sizes.meet(_POSITIVE)
    if wanted is None:
        return None
    size = 100 * abs(k) * unit
    return bases.meet(
        Span(
            size / top(wanted), wanted.with_high,
            size / wanted.low if wanted.low else None, wanted.with_low and wanted.low > 0,
        )
    )  # fmt: skip


def _changes(
    rates: Span, percents: Span, sign: int, unit: Fraction, mode: str, within: Span, every: int
) -> Iterator[int]:
    """Yield the whole changes to try: every one, or of very many those near a corner of the possible (k, base)."""
    if mode == CUT and sign == 0:  # what is cut off lies on the other side of a fall than of a rise
        for one_way in (1, -1):
            yield from _changes(rates, percents, one_way, unit, mode, within, every)
        return
    over, under = (unit * (sign < 0), unit * (sign > 0)) if mode == CUT else (unit / 2, unit / 2)
    # Each line is a k + b base <= c. Ends count as included here: `_bases_by_change` looks closer.
    lines = [
        (unit, Fraction(1), top(rates) + over),
        (-unit, Fraction(-1), under - rates.low),
        (-100 * unit, percents.low, Fraction(0)),
        (100 * unit, -top(percents), Fraction(0)),
        (Fraction(0), Fraction(-1), -within.low),
        (Fraction(0), Fraction(1), _NO_LIMIT if within.high is None else within.high),
        *([(Fraction(-sign), Fraction(0), Fraction(0))] if sign else []),
    ]
    corners = []
    for (a, b, c), (d, e, f) in combinations(lines, 2):
        if determinant := a * e - b * d:
            k, base = (c * e - b * f) / determinant, (a * f - c * d) / determinant
            if all(a * k + b * base <= c for a, b, c in lines):
                corners.append(k)
    if not corners:
        return
    first, last = floor(min(corners)), ceil(max(corners))
    if last - first <= every:
        yield from range(first, last + 1)
    else:
        yield from {k for corner in corners for k in range(floor(corner) - 2, ceil(corner) + 3)}


def _plain_bases(rates: Span, percents: Span, moving: Span) -> Span | None:
    """Return the bases where the change is not rounded: rate = base * (1 + percent / 100)."""
    exact = percents.meet(moving)
    if exact is None:
        return None
    ratios = Span(1 + exact.low / 100, exact.with_low, 1 + top(exact) / 100, exact.with_high).meet(_POSITIVE)
    if ratios is None:
        return None
    highest = top(rates) / ratios.low if ratios.low else None
    return Span(rates.low / top(ratios), ratios.with_high, highest, ratios.with_low and ratios.low > 0)


def bases(rate: str, report: str, rule: AnyRule, within: Span = _POSITIVE, every: int = EVERY_CHANGE) -> list[Span]:
    """Return the bases that yield a report at a printed rate, one span for each whole change; empty if none does."""
    if isinstance(rule, Absolute):
        return _absolute_bases(rate, report, rule, within)
    percents = _rounding_to(Fraction(report.rstrip("%")), rule.pct, rule.mode)
    if percents is None:
        return []
    rates, moving = printed(rate), _moving(report)
    found: list[Span | None]
    if rule.change is None:
        found = [_plain_bases(rates, percents, moving)]
    else:
        unit = Fraction(1, 10**rule.change)
        tried = _changes(rates, percents, _sign_of(report), unit, rule.mode, within, every)
        found = [_bases_by_change(rates, percents, moving, unit, rule.mode, k) for k in tried]
    return [both for span in found if span and (both := span.meet(within))]


def _absolute_bases(rate: str, report: str, rule: Absolute, within: Span) -> list[Span]:
    """Return the bases from which a printed rate is a reported change away."""
    decimals = decimals_of(report) if rule.change is None else rule.change
    changes = _rounding_to(Fraction(report), decimals, rule.mode)
    exact = changes.meet(_moving(report)) if changes else None
    if exact is None:
        return []
    rates = printed(rate)
    reached = Span(rates.low - top(exact), exact.with_high, top(rates) - exact.low, exact.with_low).meet(_POSITIVE)
    both = reached.meet(within) if reached else None
    return [both] if both else []


def base_range(rate: str, report: str, rule: AnyRule) -> tuple[Fraction, Fraction | None] | None:
    """Return the least and greatest base that yields a report (or the limits of those that do), None if none does.

    The greatest is None where any base however great does.
    """
    spans = bases(rate, report, rule)
    if not spans:
        return None
    highs = [span.high for span in spans]
    high = max((h for h in highs if h is not None), default=None)
    return min(s.low for s in spans), None if None in highs or high is None or high > _NO_LIMIT / 10**6 else high


def has_true_rate(rate: str, report: str, rule: Rule, base: Fraction) -> bool:
    """Return whether some true rate behind a printed one gives the report on a true base, by `report_for` alone."""
    wanted, low, high = Fraction(report.rstrip("%")), printed(rate).low, top(printed(rate))
    exact = wanted * base / 100
    unit = Fraction(0) if rule.change is None else Fraction(1, 10**rule.change)
    change = exact if rule.change is None else rounded(exact, rule.change)
    least = Fraction(1, 10**40)
    return any(
        report_for(true, base, rule) == wanted
        and (report[0] != "-" or true < base)
        and (report[0] != "+" or true > base)
        for target in (base + change, base + change - unit, base + change + unit, low, high, base - least, base + least)
        for true in [min(max(target, low), high)]
    )


@cache
def explains(rate: str, report: str, base: str, rule: AnyRule) -> bool:
    """Return whether a printed base explains a report at a printed rate."""
    return bool(bases(rate, report, rule, printed(base)))


@cache
def possible(rate: str, report: str, rule: AnyRule) -> bool:
    """Return whether any base at all could yield a report at a printed rate."""
    return bool(bases(rate, report, rule))


Quotes = Mapping[str, tuple[str, str | None]]


class Dated(NamedTuple):
    """One snapshot with a date: each pair's rate and report as printed."""

    source: str
    date: dt.date
    quotes: Quotes


class Verdict(NamedTuple):
    word: str
    base_date: dt.date | None


def earlier_dates(history: Iterable[Dated], snapshot: Dated, pair: str) -> list[dt.date]:
    """Return the captured dates of a pair before a snapshot's, newest first."""
    dates = {s.date for s in history if s.source == snapshot.source and pair in s.quotes and s.date < snapshot.date}
    return sorted(dates, reverse=True)


def candidates(history: Sequence[Dated], number: int, pair: str, lookback: int) -> list[tuple[dt.date, str]]:
    """Return (date, rate) of every other snapshot that may explain a report, nearest first."""
    now = history[number]
    return sorted(
        (
            (s.date, s.quotes[pair][0])
            for i, s in enumerate(history)
            if i != number and s.source == now.source and pair in s.quotes and 0 <= (now.date - s.date).days <= lookback
        ),
        reverse=True,
    )


def repeated(history: Sequence[Dated], now: Dated, lookback: int) -> bool:
    """Return whether the previous captured date, within the look-back, shows the same state."""
    dates = [s.date for s in history if s.source == now.source and s.date < now.date]
    previous = max(dates, default=dt.date.min)
    return (now.date - previous).days <= lookback and now._replace(date=previous) in history


def verdict(history: Sequence[Dated], number: int, pair: str, rule: Rule, lookback: int = 7) -> Verdict:
    """Return the first verdict that holds for a pair of one of the snapshots."""
    now = history[number]
    rate, report = now.quotes[pair]
    if report is None:
        return Verdict("not reported", None)
    if not possible(rate, report, rule):
        return Verdict("breaks the rule", None)
    earlier = earlier_dates(history, now, pair)
    for date, base in candidates(history, number, pair, lookback):
        if explains(rate, report, base, rule):
            near = date == now.date or date == earlier[0]
            return Verdict("agrees" if near else "agrees earlier", date)
    if repeated(history, now, lookback):
        return Verdict("repeated", None)
    if not earlier or (now.date - earlier[0]).days > lookback:
        return Verdict("no history", None)
    return Verdict("unexplained" if (now.date - earlier[0]).days == 1 else "base not captured", None)


class Chance(NamedTuple):
    """Of the states beside a report's own and the one that explains it: how many explain it too, and of how many."""

    explaining: int
    states: int


def others(history: Sequence[Dated], number: int, pair: str) -> list[str]:
    """Return the rate of every other snapshot of the source with the pair."""
    now = history[number]
    return [
        s.quotes[pair][0] for n, s in enumerate(history) if n != number and s.source == now.source and pair in s.quotes
    ]


def chance(history: Sequence[Dated], number: int, pair: str, rule: Rule, lookback: int = 7) -> Chance | None:
    """Return the chance of an explained report, None of any other."""
    if verdict(history, number, pair, rule, lookback).base_date is None:
        return None
    rate, report = history[number].quotes[pair]
    assert report
    states = others(history, number, pair)
    return Chance(sum(explains(rate, report, base, rule) for base in states) - 1, len(states) - 1)


def is_informative(found: Chance) -> bool:
    """Return whether at most a quarter of the other states, the explaining one included, would explain a report."""
    return Fraction(found.explaining + 1, found.states + 1) <= Fraction(1, 4)


def telling(history: Sequence[Dated], rule: Rule) -> Iterator[tuple[int, str]]:
    """Yield (number, pair) of each report that at most a quarter of the other states would explain."""
    for number, now in enumerate(history):
        for pair, (rate, report) in now.quotes.items():
            if report and possible(rate, report, rule):
                found = [explains(rate, report, base, rule) for base in others(history, number, pair)]
                if 4 * sum(found) <= len(found):
                    yield number, pair


def found_on(history: Sequence[Dated], number: int, pair: str, days_back: int, rule: Rule) -> bool | None:
    """Return whether a state of a day explains a report, None where there is none of that day."""
    now = history[number]
    rate, report = now.quotes[pair]
    assert report
    bases = [
        s.quotes[pair][0]
        for n, s in enumerate(history)
        if n != number and s.source == now.source and pair in s.quotes and (now.date - s.date).days == days_back
    ]
    return any(explains(rate, report, base, rule) for base in bases) if bases else None


class Seen(NamedTuple):
    """How often a snapshot was captured, and when last; None where no capture tells.

    `late` is the first capture where all are later than the day after the date; None else.
    """

    pages: int
    last: dt.datetime | None
    name: str
    late: dt.datetime | None = None


def seen_at(date: dt.date, times: Sequence[dt.datetime | None], name: str) -> Seen:
    """Return what the captures of a snapshot tell, each with its time."""
    end = dt.datetime.combine(date + dt.timedelta(2), dt.time(), dt.UTC)
    early = [time for time in times if time is None or time < end]
    return Seen(
        len(times), max((t for t in early if t), default=None), name,
        None if early else min(time for time in times if time),
    )  # fmt: skip


def share_of_next_reports(history: Sequence[Dated], number: int, rule: AnyRule, lookback: int = 7) -> Fraction:
    """Return the share of the next captured date's reports that a snapshot explains, of those that any base could."""
    now = history[number]
    later = sorted({s.date for s in history if s.source == now.source and s.date > now.date})
    if not later or (later[0] - now.date).days > lookback:
        return Fraction(0)
    reports = [
        (rate, report, now.quotes[pair][0])
        for s in history
        if s.source == now.source and s.date == later[0]
        for pair, (rate, report) in s.quotes.items()
        if pair in now.quotes and report is not None and possible(rate, report, rule)
    ]
    found = [explains(rate, report, base, rule) for rate, report, base in reports]
    return Fraction(sum(found), len(found)) if found else Fraction(0)


def close(
    history: Sequence[Dated],
    seen: Sequence[Seen],
    source: str,
    date: dt.date,
    pair: str,
    rule: AnyRule,
    lookback: int = 7,
) -> tuple[int, str]:
    """Return which snapshot stands for a date, by its number, and what made it so."""
    states = [n for n, s in enumerate(history) if s.source == source and s.date == date and pair in s.quotes]
    soon = [n for n in states if not seen[n].late]
    if not soon:
        first = min(late for n in states if (late := seen[n].late))
        left = [n for n in states if seen[n].late == first]
        share = {n: -share_of_next_reports(history, n, rule, lookback) for n in left}
        return min(left, key=lambda n: (share[n], -seen[n].pages, seen[n].name)), "captured later"
    if len(states) == 1:
        return states[0], "only state"
    if len(soon) == 1:
        return soon[0], "last captured" if seen[soon[0]].last else "others captured later"
    states = soon
    times = [last for n in states if (last := seen[n].last)]
    left = [n for n in states if not seen[n].last or seen[n].last == max(times)]
    if len(left) == 1:
        return left[0], "last captured"
    for word, merit in (
        ("base of the next reports", lambda n: share_of_next_reports(history, n, rule, lookback)),
        ("last captured", lambda n: seen[n].last is not None),
        ("most captures", lambda n: seen[n].pages),
    ):
        best = max(merit(n) for n in left)
        before, left = left, [n for n in left if merit(n) == best]
        if len(left) == 1:
            return left[0], word
        assert len(left) <= len(before)
    return min(left, key=lambda n: seen[n].name), "tie, lowest snapshot_id"


class Price(NamedTuple):
    """A price with the range that printed digits allow, and how it is derived; None if it is printed."""

    value: Fraction
    low: Fraction
    high: Fraction
    derived: str | None

    @property
    def decimals(self) -> int:
        """The fewest decimals, down to a unit no smaller than the range, with which the value stays in its range."""
        low, high = rounded_down(self.low, ATOMS), rounded_up(self.high, ATOMS)
        least = max(n for n in range(ATOMS + 1) if n == 0 or Fraction(1, 10**n) >= high - low)
        return next(
            n for n in range(least, ATOMS + 1) if rounded(self.value, n) > 0 and low <= rounded(self.value, n) <= high
        )

    @property
    def text(self) -> str:
        return fixed(rounded(self.value, self.decimals), self.decimals)


def fixed(value: Fraction, decimals: int) -> str:
    """Return a number that has no further decimals as text with exactly these."""
    digits = f"{abs(int(value * 10**decimals)):0{decimals + 1}d}"
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


ATOMS = 18
"""Decimals that derived numbers keep."""


def _price_of(rate: str) -> Price:
    span = printed(rate)
    return Price(Fraction(rate), span.low, top(span), None)


def derive(pair: str, rates: Mapping[str, str]) -> dict[str | None, Price]:
    """Return the prices of a pair that printed rates give: by None where printed, either way, else by currency."""
    base, quote = pair.split("/")
    if pair in rates:
        return {None: _price_of(rates[pair])}
    if (other := f"{quote}/{base}") in rates:
        price = _price_of(rates[other])
        return {None: Price(1 / price.value, 1 / price.high, 1 / price.low, f"inverse of {other}")}
    found: dict[str | None, Price] = {}
    for via in {currency for known in rates for currency in known.split("/")} - {base, quote}:
        first = next((leg for leg in (f"{base}/{via}", f"{via}/{base}") if leg in rates), None)
        second = next((leg for leg in (f"{quote}/{via}", f"{via}/{quote}") if leg in rates), None)
        if first is None or second is None:
            continue
        x, y = _price_of(rates[first]), _price_of(rates[second])
        match first.startswith(base), second.startswith(quote):
            case True, True:
                found[via] = Price(x.value / y.value, x.low / y.high, x.high / y.low, f"{first} over {second}")
            case True, False:
                found[via] = Price(x.value * y.value, x.low * y.low, x.high * y.high, f"{first} times {second}")
            case False, True:
                how = f"inverse of {first} times {second}"
                found[via] = Price(1 / (x.value * y.value), 1 / (x.high * y.high), 1 / (x.low * y.low), how)
            case _:
                found[via] = Price(y.value / x.value, y.low / x.high, y.high / x.low, f"{second} over {first}")
    return found


def series(
    pair: str, closes: Mapping[dt.date, Mapping[str, str]], states: Sequence[tuple[dt.date, Mapping[str, str]]]
) -> dict[dt.date, tuple[Price, list[Price]]]:
    """Return the close of a pair on each date, and the prices seen on it, for the quotes of one source.

    A source that prints the pair either way on any date is not crossed; another one is crossed over the currency that
    gives the most dates, of several the first.
    """
    ways = {date: derive(pair, rates) for date, rates in closes.items()}
    counts = Counter(via for found in ways.values() for via in found)
    if not counts:
        return {}
    via = None if None in counts else min(counts, key=lambda via: (-counts[via], str(via)))
    return {
        date: (found[via], [seen[via] for day, rates in states if day == date if via in (seen := derive(pair, rates))])
        for date, found in ways.items()
        if via in found
    }
