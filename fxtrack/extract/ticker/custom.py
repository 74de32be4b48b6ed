"""Entries by a source's pattern, for pages without a ticker of the usual kind. Pure.

Entries with at most `TICKER_GAP_CHARS` of any text between them form a run: a table has more cells than the pattern
takes. An entry gives one quote, or one for each of its columns.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from fxtrack.extract.characters import ARROWS, LOST, MINUS, DecimalMark
from fxtrack.extract.currencies import currency_of
from fxtrack.extract.grammar import COLUMN_GROUPS, Grammar, columns_of, compiled, is_unit
from fxtrack.extract.numbers import read_rate, read_report
from fxtrack.extract.ticker.entries import Item, Span
from fxtrack.limits import (
    PATTERN_ENTRY_CHARS,
    PATTERN_LONGEST_CHARS,
    PATTERN_MATCHES,
    PATTERN_WINDOW_CHARS,
    RATE_INTEGER_DIGITS,
    RATE_SCALE,
    TICKER_GAP_CHARS,
)
from fxtrack.model.quote import Quote

if TYPE_CHECKING:
    import re2

_CODE = 3  # letters of a currency in ISO 4217
_MARKS = "/-_:.\u2013\u2014\u2044\u2215 \u00a0\t\n"
_GROUPED = re.compile(r"(?<=[0-9]) (?=[0-9]{3}(?![0-9]))")
_NUMBER = re.compile(r"[0-9][0-9.,'\u2019\s]*")

# Separators of two numbers; any other mark between digits may be part of a number.
_APART = rf"\s/|;=:*•(){{}}<>\[\]{ARROWS}"
_GOES_ON = re.compile(rf"[0-9{LOST}]|[^{_APART}][0-9]")
_BEGAN = re.compile(rf"[0-9](?:[^{_APART}])?\Z")
_GROUP_FOLLOWS = re.compile("[\u00a0\u202f\u2009][0-9]{3}(?![0-9])| [0-9]{3}[.,][0-9]")
_NEXT_COLUMN = re.compile(r",[0-9]{1,9}\.[0-9]")
_LOOKS_ON = 12  # characters
_GROUP = 3  # digits
_NAMED_CHARS = 60
_NEGATIVE = re.compile(rf"(?:\A|[^\w)\]])[{MINUS}]\Z")


class _NotQuoted(ValueError):
    """An entry is no quote; the message gives the reason."""


class _OwnUnit(Exception):
    """An entry prices a currency in itself at 1: the row that a central bank prints for its own currency."""


class _Entry(NamedTuple):
    """A match of the pattern: its place in the text, its groups, and the faults of its rates.

    A match that is not read has no groups, and `ignored` is the reason. `unsure` are reports that are not read.
    """

    start: int
    end: int
    groups: dict[str, str | None]
    faults: dict[str, str]
    ignored: str | None = None
    unsure: tuple[str, ...] = ()


def pattern_runs(text: str, grammar: Grammar, pattern: str, doubts: Sequence[int] = ()) -> Iterator[Span]:
    """Yield the runs of entries that a source's pattern finds, in order.

    Args:
        text: the page.
        grammar: how its source prints.
        pattern: of an entry.
        doubts: where numbers begin that are no reports, since other things than characters may be their sign.
    """
    start = end = 0
    items: list[Item] = []
    notes: list[str] = []
    for entry in _entries(text, pattern, doubts):
        if (items or notes) and entry.start - end > TICKER_GAP_CHARS:
            yield _span(start, items, end, notes)
            items, notes = [], []
        if not items and not notes:
            start = end = entry.start
        raw = " ".join(text[entry.start : min(entry.end, entry.start + PATTERN_ENTRY_CHARS)].split())
        if entry.ignored:
            notes.append(f"left out: {raw[:_NAMED_CHARS]!r}, {entry.ignored}")
        else:
            notes += [f"left out: {printed}, a class or picture near it may be its sign" for printed in entry.unsure]
            items += _items(entry, raw, text.count("\n", end, entry.start), grammar, columns_of(pattern))
        end = entry.end
    if items or notes:
        yield _span(start, items, end, notes)


def _span(start: int, items: list[Item], end: int, notes: list[str]) -> Span:
    """Return a run of entries; one of skipped entries alone has an item that is no quote."""
    return Span(start, items or [Item("", None, notes[0], 0, strange=True)], end, notes=tuple(notes if items else ()))


def _entries(text: str, pattern: str, doubts: Sequence[int]) -> Iterator[_Entry]:
    """Yield each match, window by window; one that ends behind its window is not read, since it is too long."""
    regexp, found, position = compiled(pattern), 0, 0
    too_long = f"an entry of more than {PATTERN_ENTRY_CHARS:,} characters"
    names = _names(pattern)
    while position < len(text):
        first = max(0, position - 1)  # so that the pattern sees whether a word or a line begins here
        window = text[first : first + PATTERN_WINDOW_CHARS]
        is_last = first + len(window) == len(text)
        sure = len(window) if is_last else len(window) - PATTERN_ENTRY_CHARS
        following, seen = first + sure, position
        for match in regexp.finditer(window, position - first):
            if found >= PATTERN_MATCHES:
                reason = f"and all entries behind it: a pattern matches {PATTERN_MATCHES:,} on a page"
                yield _Entry(first + match.start(), first + match.end(), {}, {}, reason)
                return
            if match.end() > sure and (match.start() >= sure or match.end() - match.start() <= PATTERN_ENTRY_CHARS):
                following = max(first + match.start(), position + 1)
                break
            found += 1
            seen = first + match.end()
            if match.end() - match.start() > PATTERN_ENTRY_CHARS:
                yield _Entry(first + match.start(), first + match.end(), {}, {}, too_long)
                following = max(following, first + match.end())
            else:
                groups = {name: match[name] for name in names}
                faults = _faults(window, match, groups)
                unsure = _without_doubtful(match, groups, first, doubts) if doubts else ()
                yield _Entry(first + match.start(), first + match.end(), groups, faults, unsure=unsure)
        if is_last:
            return
        start, end = _next_of_any_length(text, pattern, seen)
        position = max(following, start)
        if start < following and end - start > PATTERN_ENTRY_CHARS:
            found, position = found + 1, end
            yield _Entry(start, end, {}, {}, too_long)


def _next_of_any_length(text: str, pattern: str, position: int) -> tuple[int, int]:
    """Return start and end of the next match of up to `PATTERN_LONGEST_CHARS`; without one, where one may start."""
    first = max(0, position - 1)
    part = text[first : first + 2 * PATTERN_LONGEST_CHARS]
    match = compiled(pattern, grouped=False).search(part, position - first)
    # one of that length from the second half on may end behind this part
    clear = len(text) if first + len(part) == len(text) else position + PATTERN_LONGEST_CHARS
    start, end = (first + match.start(), first + match.end()) if match else (clear, clear)
    return (start, end) if start < clear else (clear, clear)


def _without_doubtful(
    match: "re2._Match[str]", groups: dict[str, str | None], first: int, doubts: Sequence[int]
) -> tuple[str, ...]:
    """Take the reports without a sign that may have one elsewhere out of the groups, and return them as printed."""
    taken = []
    for name, printed in groups.items():
        if printed and name.partition("_")[0] in {"pct", "change"} and not groups.get("direction"):
            start, end = (first + place for place in match.span(match.re.groupindex[name]))
            place = bisect_left(doubts, start)
            if place < len(doubts) and doubts[place] < end:
                taken.append(printed)
                groups[name] = None
    return tuple(taken)


@cache
def _names(pattern: str) -> tuple[str, ...]:
    return tuple(compiled(pattern).groupindex)


def _faults(window: str, match: "re2._Match[str]", groups: dict[str, str | None]) -> dict[str, str]:
    """Return, by group, why rates of a match are not whole numbers: characters that touch a rate belong to it."""
    faults: dict[str, str] = {}
    numbers = match.re.groupindex
    for name, printed in groups.items():
        if not printed or (name != "rate" and not name.startswith("rate_")):
            continue
        start, end = match.span(numbers[name])
        before, after = window[max(0, start - 2) : start], window[end : end + _LOOKS_ON]
        touching = {place for number in numbers.values() for place in match.span(number)} - {start, end}
        whole, point, _ = printed.partition(".")
        # a comma between figures separates columns if it cannot separate groups of digits
        if (
            _BEGAN.search(before)
            and not {start - 1, start} & touching
            and not (point and before.endswith(",") and len(whole) != _GROUP)
        ):
            faults[name] = "only the end of a number"
        elif _NEGATIVE.search(before):
            faults[name] = "the rate is negative"
        elif (
            _GOES_ON.match(after) and not {end, end + 1} & touching and not (point and _NEXT_COLUMN.match(after))
        ) or (printed.isdigit() and len(printed) <= _GROUP and _GROUP_FOLLOWS.match(after)):
            faults[name] = "only the beginning of a number"
    return faults


def _items(entry: _Entry, raw: str, breaks: int, grammar: Grammar, columns: tuple[str, ...]) -> Iterator[Item]:
    """Yield the items of an entry: one, or one for each column with text."""
    for label in columns or ("",):
        groups = dict(entry.groups)
        fault = entry.faults.get(f"rate_{label}" if label else "rate")
        if label:
            groups |= {name: groups[f"{name}_{label}"] for name in COLUMN_GROUPS if f"{name}_{label}" in groups}
            if not (groups["rate"] or "").strip():
                continue
        date = (groups.get("date") or "").strip() or None
        dated = label if label and not _is_currency(label) else None
        pair, quote, reason = raw, None, fault
        try:
            pair = _pair(groups, grammar, label if dated is None else "", is_whole=not fault)
            quote = None if fault else _quote(pair, groups, grammar)
        except _OwnUnit:
            continue
        except _NotQuoted as error:
            reason = reason or str(error)
        yield Item(pair, quote, raw, breaks, date or dated, reason=reason)
        breaks = 0


def _is_currency(label: str) -> bool:
    return len(label) == _CODE and label.isascii() and label.isupper()


def _pair(groups: dict[str, str | None], grammar: Grammar, column: str, *, is_whole: bool) -> str:
    """Return BASE/COUNTER.

    `is_whole` is False where the rate is only a part of a number.

    Raises:
        _NotQuoted: the entry names no two currencies.
        _OwnUnit: it prices a currency in itself at 1.
    """
    printed = (groups.get("pair") or "").strip()
    base, counter = groups.get("base") or grammar.base, groups.get("counter") or grammar.counter
    if printed:
        base, counter = _parted(printed)
    elif column and base and not counter:
        counter = column
    elif column:
        base = column
    codes = [currency_of(name or "", grammar.currencies, grammar.languages) for name in (base, counter)]
    for name, code in zip((base, counter), codes, strict=True):
        if code is None:
            raise _NotQuoted(f"no currency is known as {' '.join((name or '').split())!r}")
    if codes[0] == codes[1]:
        rate = read_rate((groups["rate"] or "").strip(), grammar.decimal) if is_whole else None
        if rate and Fraction(rate) == _unit(groups, f"{codes[0]}/{codes[1]}", grammar):
            raise _OwnUnit
        raise _NotQuoted("a currency priced in itself")
    return f"{codes[0]}/{codes[1]}"


def _parted(printed: str) -> tuple[str, str]:
    """Return the two currencies of a printed pair: codes with or without a mark between them, or names and a stroke."""
    base, counter = printed[:_CODE], printed[_CODE:].strip(_MARKS)
    if len(counter) == _CODE and (base + counter).isascii() and (base + counter).isalpha():
        return base, counter
    base, _, counter = printed.partition("/")
    if not counter:
        raise _NotQuoted(f"no pair is known as {' '.join(printed.split())!r}")
    return base, counter


def _quote(pair: str, groups: dict[str, str | None], grammar: Grammar) -> Quote:
    """Return the quote of an entry.

    Raises:
        _NotQuoted: a number in it is not understood, or cannot be stored exactly.
    """
    printed = _GROUPED.sub("\u00a0", (groups["rate"] or "").strip())  # the group matches one number
    rate = read_rate(printed, grammar.decimal)
    if rate is None:
        raise _NotQuoted(_no_rate(printed, grammar.decimal))
    unit = _unit(groups, pair, grammar)
    report, change = _reports(groups, grammar)
    kept = RATE_SCALE - (len(str(unit)) - 1)
    absolute = change or (report if report and not report.endswith("%") else None)
    for name, text in (("rate", rate), ("change", absolute)):
        if text and len(text.partition(".")[2]) > kept:
            raise _NotQuoted(f"the {name} per {unit} has more than {kept} decimals")
    return Quote(pair, rate, report, unit, change)


def _no_rate(printed: str, decimal: DecimalMark) -> str:
    """Return why a printed rate is refused."""
    if re.match(rf"[{MINUS}]\s*[0-9]", printed):
        return "the rate is negative"
    whole, _, fraction = re.sub(r"[\s'\u2019]|" + ("," if decimal == "point" else r"\."), "", printed).partition(
        "." if decimal == "point" else ","
    )
    digits = whole + fraction
    if not digits.isascii() or not digits.isdigit():
        return "the rate is not a number"
    if not digits.strip("0"):
        return "the rate is zero"
    if len(whole.lstrip("0")) > RATE_INTEGER_DIGITS or len(fraction) > RATE_SCALE:
        return f"the rate has more than {RATE_INTEGER_DIGITS} digits before or {RATE_SCALE} after the decimal mark"
    return "the rate is not a number"


def _unit(groups: dict[str, str | None], pair: str, grammar: Grammar) -> int:
    """Return the units of the base currency that a rate is printed for.

    Raises:
        _NotQuoted: it is no power of ten within limits; only such a unit gives an exact price of 1.
    """
    printed = (groups.get("unit") or "").strip()
    if not printed:
        return dict(grammar.units).get(pair.partition("/")[0], grammar.unit)
    number = read_rate(_GROUPED.sub("\u00a0", printed), grammar.decimal)
    whole, _, fraction = (number or "").partition(".")
    whole = whole.lstrip("0")
    is_doubtful = len(fraction) == _GROUP  # 1.000 is 1 or a thousand
    if is_doubtful or fraction.strip("0") or not is_unit(int(whole or 0)):
        raise _NotQuoted(f"a rate per {printed}, which is no power of ten up to {10**RATE_SCALE:,}")
    return int(whole)


def _reports(groups: dict[str, str | None], grammar: Grammar) -> tuple[str | None, str | None]:
    """Return the reported change, and an absolute change printed beside a percentage, as `Quote` has them.

    Raises:
        _NotQuoted: one of them cannot be understood.
    """
    direction = groups.get("direction")
    printed = {name: (groups.get(name) or "").strip() for name in ("pct", "change")}
    change = None
    if printed["change"]:
        change = read_report(printed["change"], direction, grammar.decimal, absolute=True)
        if change is None:
            raise _NotQuoted(f"the change {printed['change']!r} is not understood")
    if "change" in groups and "pct" not in groups:
        return change, None
    if not printed["pct"]:
        return None, change
    if change and change[0] in "+-" and not direction and _NUMBER.match(printed["pct"]):
        direction = change[0]  # both give the size of the move, and one of them its direction
    report = read_report(printed["pct"], direction, grammar.decimal, absolute=False)
    if report is None:
        raise _NotQuoted(f"the percentage {printed['pct']!r} is not understood")
    return report, change
