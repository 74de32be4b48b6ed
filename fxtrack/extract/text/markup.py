"""Finds percentages whose direction may stand in the markup of their entries alone. Pure.

A percentage without a sign is a rise. On a page that shows falls by markup only (a class, a colour, an attribute, an
element that a style sheet turns into an arrow), the markup of falling entries differs from that of rising ones. So
where a list prints no sign of a fall, and the markup of its entries differs from pair to pair, the signs are uncertain.

Differences that only tell the pairs apart do not count: the pair's own codes, numbers that no two pairs share, and
values that are all different on four pairs or more, since a direction has fewer. Names of positions (``odd``,
``first``) and words for a direction do not count either: the module `signs` reads the latter.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

from fxtrack.extract.characters import ARROWS, GAP, MINUS, NUMBER, PAIR, UP_ARROWS
from fxtrack.extract.text.signs import names_direction, names_fall
from fxtrack.extract.uniform import NEUTRAL, falls_in, says_fall, telling, tells
from fxtrack.limits import TICKER_GAP_CHARS
from fxtrack.model.quote import Reading

Log = Sequence[tuple[int, str, Mapping[str, str] | None]]
"""Start and end tags in order: the number of tokens before it, its tag and attributes; an end has no attributes."""

_ENTRY = re.compile(rf"({PAIR}){GAP}=?{GAP}({NUMBER}){GAP}[(\[]?{GAP}([{MINUS}{ARROWS}]?){GAP}({NUMBER})\s?%")
_CODE_ENTRY = re.compile(
    rf"(?<![A-Za-z])([A-Z]{{3}}(?:[A-Z]{{3}})?)(?![A-Za-z])[^%]{{0,200}}?({NUMBER})[^%0-9]{{0,40}}?([{MINUS}{ARROWS}]?)\s?({NUMBER})\s?%"
)
"""The same with one code, or six letters, and other text between."""

_TELLING_STYLE = re.compile(
    r"colou?r|background|fill|stroke|border|shadow|filter|content|font|decoration|mask|rotate|transform|scale|list-st"
)
_NUMBERS = re.compile(r"[0-9][0-9.,]*")
_TO_PERCENT = re.compile("(?:[^<%]++|<[^<>]*+>)*+%")
_TAGS = re.compile("<[^<>]*>")
_CODE_CHARS = 3
_STROKE_OF_PAIR = re.compile(r"/(?<=[A-Z]{3}/)[A-Z]{3}")  # starts with a literal: faster
_LAST_CHARS = 1_000  # of markup around a list
_BULLETS = "\u2022\u00b7\u2219|* \t"  # that stand before entries of any kind
_MANY = 4  # pairs: a direction has three values
_COLOURS = frozenset({"", "style", "color", "bgcolor"})  # tags, and attributes that may have any number of values


def needs_comparison(markup: str, reading: Reading, notes: tuple[str, ...]) -> bool:
    """Return whether the markup of a page has to be compared: it may show the signs of the reports.

    It does where the page reports rises only, or has classes that are signs, unless every entry has the same tags.
    """
    quotes = [*reading.quotes, *[variant.quote for variant in reading.variants]]
    reports = [quote.reported_text for quote in quotes if quote.reported_text]
    if not notes and any(report[0] == "-" for report in reports):
        return False
    if not any(report.strip("+-0.%") for report in reports):
        return False
    return not _are_alike(markup, {quote.pair for quote in quotes})


def _are_alike(markup: str, pairs: set[str]) -> bool:
    """Return whether the same tags stand in every entry, and between any two of them."""
    places: list[int] = []
    for found in _STROKE_OF_PAIR.finditer(markup):
        place = found.start() - _CODE_CHARS
        if markup[place : found.end()] not in pairs:
            continue
        if places and place - places[-1] > _LAST_CHARS:
            if len(places) >= len(pairs):
                break
            places.clear()
        places.append(place)
    return bool(places) and _have_same_tags(markup, places)


def _have_same_tags(markup: str, places: Sequence[int]) -> bool:
    """Return the same for the entries that begin at some places."""
    within, behind = set(), set()
    for start, following in pairwise((*places, places[-1] + _LAST_CHARS)):
        shown = _TO_PERCENT.match(markup, start, following)
        if not shown:
            return False
        percent = shown.end()
        within.add(tuple(_TAGS.findall(markup, start, percent)))
        if following <= places[-1]:
            behind.add(markup[percent:following])
        if len(within) > 1:
            return False
    if len(behind) > 1 and len({tuple(_TAGS.sub(">", part).split()) for part in behind}) > 1:
        return False  # texts between the entries differ
    between = {tuple(_TAGS.findall(part)) for part in behind}
    if len(between) > 1:
        return False
    last = tuple(_TAGS.findall(markup, percent, following))
    first = _TAGS.findall(markup, max(0, places[0] - _LAST_CHARS), places[0])
    usual = next(iter(between), last)
    alike = last[:1] == usual[:1] and first[-1:] == [*usual[-1:]]
    return alike and not tells(chain.from_iterable(within)) and not any(map(falls_in, (*usual, *first[-len(usual) :])))


class _Entry(NamedTuple):
    """An entry with a percentage: its pair, whether it prints a fall or a rise, whether it is zero, and its tokens.

    `mark` is what stands before it on its line, None behind another entry. `first`, `rate` and `percent` are the tokens
    of its pair, of the end of its rate and of its percent sign, `begin` and `end` those of its line.
    """

    pair: str
    falls: bool
    rises: bool
    mark: str | None
    is_zero: bool
    first: int
    rate: int
    percent: int
    begin: int
    end: int


Elements = list[tuple[str, Mapping[str, str], bool]]
"""Elements of an entry: their tags and attributes, and whether they are around its percentage."""


def doubtful(tokens: Sequence[str], ends: Sequence[int], log: Log) -> set[int]:
    """Return the tokens with a percentage whose sign may stand in the markup alone.

    Args:
        tokens: the page, with the marks that end its lines.
        ends: places of these marks, the end of the tokens among them.
        log: the tags of the page, empty where they are not compared.
    """
    found: set[int] = set()
    position = 0
    for entries in _lists(tokens, ends, log[0][0]) if log else ():
        unsigned = [entry for entry in entries if not entry.is_zero]
        if unsigned and not any(entry.falls for entry in entries):
            numbers, position = _elements(entries, log, position)
            elements = [
                [(log[n][1], log[n][2] or {}, n in around) for n in own] for own, around in numbers
            ]  # fmt: skip
            if len({entry.mark for entry in entries if entry.mark is not None}) > 1 or _differs(entries, elements):
                all_rise = all(entry.rises for entry in unsigned)  # else an arrow upwards tells rises from falls
                found.update(entry.percent for entry in unsigned if all_rise or not entry.rises)
            found.update(
                entry.percent for entry, (own, _), said in zip(entries, numbers, elements, strict=True)
                if not entry.is_zero and (_says_fall(said) or (not entry.rises and _stands_out(entry, own, log)))
            )  # fmt: skip
    return found


def _lists(tokens: Sequence[str], ends: Sequence[int], start: int) -> Iterator[list[_Entry]]:
    """Yield the entries with percentages, one list after the other."""
    entries: list[_Entry] = []
    apart = 0
    begin = start
    for end in ends[bisect_left(ends, start) :]:
        line, first = tokens[begin:end], begin
        begin = end + 1
        text = "".join(line)
        matches = list(_ENTRY.finditer(text)) if "%" in text and "/" in text else []
        matches = matches or ([found] if "%" in text and (found := _CODE_ENTRY.search(text)) else [])
        if not matches:
            apart += len(text)
            continue
        if entries and apart > TICKER_GAP_CHARS:
            yield entries
            entries = []
        apart = 0
        offsets = [0, *accumulate(map(len, line))]
        for number, match in enumerate(matches):
            mark = None if number else text[: match.start()].strip().strip(_BULLETS)
            places = (match.start(), match.end(2) - 1, match.end() - 1)
            pair, rate, percent = (first + bisect_right(offsets, place) - 1 for place in places)
            falls = match[3] != "" and match[3] not in UP_ARROWS
            rises = match[3] != "" and not falls
            is_zero = not match[4].strip("0.,")
            entries.append(_Entry(match[1], falls, rises, mark, is_zero, pair, rate, percent, first, end))
    if entries:
        yield entries


def _elements(
    entries: Sequence[_Entry], log: Log, position: int
) -> tuple[list[tuple[list[int], set[int]]], int]:  # fmt: skip
    """Return each entry's elements, as places in the log: around it but not all, within it, and beside it on its line.

    With them come those around its percentage. `position` is the first tag of the log that may matter; the one behind
    the entries is returned as well.
    """
    open_: list[int] = []
    found: list[list[int]] = []
    around: list[set[int]] = []
    inner: list[set[int]] = []
    before = -1  # the percent sign of the entry before
    for entry in (*entries, None):
        beside: list[int] = []
        last = entry.first if entry else entries[-1].end
        while position < len(log) and log[position][0] <= last:
            if log[position][2] is not None:
                open_.append(position)
            elif open_ and log[closed := open_.pop()][0] > before:
                beside.append(closed)
            position += 1
        if found:
            found[-1] += [n for n in beside if log[n][0] <= entries[len(found) - 1].end]
        if not entry:
            break
        around.append(set(open_))
        own = [*open_, *(n for n in beside if log[n][0] >= entry.begin)]
        while position < len(log) and log[position][0] <= entry.percent:
            if log[position][2] is not None:
                open_.append(position)
                own.append(position)
            elif open_:
                open_.pop()
            position += 1
        found.append(own)
        inner.append(set(open_))
        before = entry.percent
    shared = set.intersection(*around)
    each = [[n for n in own if n not in shared] for own in found]
    return list(zip(each, inner, strict=True)), position


def _stands_out(entry: _Entry, own: Sequence[int], log: Log) -> bool:
    """Return whether the percentage of an entry has a class or colour that may tell, and its pair and rate have not."""
    said: tuple[set[str], set[str]] = (set(), set())
    for n in own:
        if log[n][0] <= entry.percent:
            said[log[n][0] > entry.rate].update(telling(log[n][2] or {}))
    return not said[1] <= said[0]


def _says_fall(elements: Elements) -> bool:
    """Return whether an attribute of an entry says that it fell, also a class of its rate or pair."""
    return any(
        says_fall(name, value, tag) or (name == "class" and not around and any(map(names_fall, value.split())))
        for tag, said, around in elements
        for name, value in said.items()
    )


def _differs(entries: Sequence[_Entry], elements: Sequence[Elements]) -> bool:
    """Return whether the markup of entries differs from pair to pair in a way that may tell a direction."""
    values: dict[str, dict[str, set[str]]] = {}
    pairs = {entry.pair for entry in entries}
    for entry, own in zip(entries, elements, strict=True):
        for name, value in _features(own).items():
            values.setdefault(name, {}).setdefault(entry.pair, set()).add(value)
    return any(
        _may_tell(name, {pair: frozenset(found.get(pair, {""})) for pair in pairs}) for name, found in values.items()
    )


def _features(elements: Elements) -> dict[str, str]:
    """Return what entries are compared by: the tags of their elements, and the values of each attribute."""
    found: dict[str, list[str]] = {"": [tag + "%" * around for tag, _, around in elements]}
    for _, attributes, around in elements:
        for name, printed in attributes.items():
            if value := _telling_part(name, printed, around=around):
                found.setdefault(name, []).append(value)
    return {name: "|".join(said) for name, said in found.items()}


def _telling_part(name: str, value: str, *, around: bool) -> str:
    """Return the part of an attribute's value that may tell a direction and is not read as one elsewhere.

    Classes that name a direction are read where their element is around the percentage.
    """
    if name == "class":
        words = (
            word for word in value.split() if word.lower() not in NEUTRAL and not (around and names_direction(word))
        )
        return " ".join(sorted(words))
    if name == "style":
        return ";".join(part.strip() for part in value.split(";") if _TELLING_STYLE.search(part.lower()))
    return value or name  # an attribute without a value says something too


def _may_tell(name: str, values: Mapping[str, frozenset[str]]) -> bool:
    """Return whether the values of an attribute, by pair, may tell directions instead of telling pairs apart."""
    if len(set(values.values())) == 1:
        return False
    plain = {pair: frozenset(_without_codes(value, pair) for value in found) for pair, found in values.items()}
    different = len(set(plain.values()))
    if different == 1:
        return False
    if different < len(plain) or name in _COLOURS or any(says_fall(name, v) for found in plain.values() for v in found):
        return True
    numberless = {frozenset(_NUMBERS.sub("#", value) for value in found) for found in plain.values()}
    return len(numberless) > 1 and len(plain) < _MANY


def _without_codes(value: str, pair: str) -> str:
    """Return a value without the codes of a pair, and of its countries."""
    value = value.lower()
    for code in (pair[:3].lower(), pair[4:].lower()):
        value = re.sub(rf"{code}|(?<![a-z]){code[:2]}(?![a-z])", "", value)
    return value
