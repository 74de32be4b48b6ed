# ruff: noqa: RUF001 -- words of several languages
"""Judges headings and units beside a ticker, and figures that contradict its decimal mark. Pure.

A heading such as ``Rates per 100 units``, ``Yesterday`` or ``Losers`` changes what every number under it means, so the
numbers are left out with a note.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from fxtrack.extract.calendar.signs import shows_a_date
from fxtrack.extract.characters import APART, LOOSE_BULLETS, PAIR, DecimalMark
from fxtrack.extract.ticker.entries import EntryRun, Item, Span
from fxtrack.limits import DATE_LINE_CHARS

_PAIR = re.compile(PAIR)
_NAME = re.compile(r"\w+")
_LINES, _BREAKS, _WORDS, _HEADING_WORDS = 3, 6, 3, 6
_POWER = r"(?<![\w.,$€£])1(?:[.,'\s\u00a0\u202f\u2009]?0){1,9}(?![\d%]|[.,]\d)"
_UNIT_WORD = (
    r"\b(?:per|units?|for|pro|je|f[üu]r|einheit\w*|par|pour|unit[ée]s?|por|unidad\w*|za|jednost\w*|birlik\w*|birim\w*"
    r"|uchun|üçin|üçün|için|за|на|ед|единиц\w*|одиниц\w*|бірлік\w*|бирдик\w*|үшін|үчүн|воҳид\w*|барои)\b"
)
_UNITS = re.compile(
    rf"{_UNIT_WORD}[^\n\t]{{0,20}}{_POWER}|{_POWER}[^\n\t]{{0,20}}{_UNIT_WORD}"
    r"|\bper (?:hundred|thousand|million)\b|\bза (?:сотню|сто|тысячу|миллион)\b",
    re.IGNORECASE,
)
_NO_DAY = re.compile(r"1\W?0\W?0|hundred|thousand|million|сто|тысяч|миллион", re.IGNORECASE)
_BARE_UNIT = re.compile(rf"\W*{_POWER.replace('{1,9}', '{2,9}')}\W*|\W*(?:[×x*]\s*)?{_POWER}\W*")
_EARLIER = re.compile(
    r"\b(?:yesterday|previous|prev|prior|volume|turnover|inverse|reciprocal|gestern|ayer|hier|ieri|ontem|wczoraj|dün"
    r"|вчера|предыдущ|прошл|объ[её]м|оборот|обратн|кеше|кечээ|kecha|düýn|вчора|дирӯз)\w*",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"%|\b(?:change|chg|since|from|vs|against|with|to|изменени|разниц|к|от|с|veränderung|variation)\w*", re.I
)
_FALLS = re.compile(
    r"\b(?:losers?|fallers?|decliners?|falls?|falling|declines?|drops?|losses|down|decreases?|verlierer|baisses?"
    r"|perdedor\w*|bajadas?|düşen\w*|spadk\w*|снижени\w*|падени\w*|падают|упали|аутсайдер\w*|убыв\w*|спад"
    r"|төмендеу\w*|төмөндөө\w*|pasayish\w*|tushish\w*|зниження|падіння|пастшав\w*)\b",
    re.IGNORECASE,
)
_RISES = re.compile(
    r"\b(?:gain\w*|ris\w+|up|growth|increases?|advanc\w+|gewinner|hausses?|rost\w*|рост\w*|повышени\w*|подъ[её]м"
    r"|өсу\w*|өсүш\w*|oʻsish|o'sish|зростання)\b",
    re.IGNORECASE,
)
_ONLY_COMMA = re.compile(r"(?<![\d.,])(?:0,\d+|\d+,(?:\d{1,2}|\d{4,}))(?![\d.,])")
_ONLY_POINT = re.compile(r"(?<![\d.,])(?:0\.\d+|\d+\.(?:\d{1,2}|\d{4,}))(?![\d.,])")
_ONE_GROUP = {
    "point": re.compile(r"[=\t]\s*\d{1,3},\d{3}(?![\d.,])"),
    "comma": re.compile(r"[=\t]\s*\d{1,3}\.\d{3}(?![\d.,])"),
}


_BEGINS_UNIT = frozenset("(1pPзЗнНfFjJ×x* \t")


class Doubt(NamedTuple):
    """A heading that changes the meaning of the rates under it, or of their reports only."""

    note: str
    of_rates: bool


def doubt_above(text: str, start: int) -> Doubt | None:
    """Return what the headings above a ticker say against its numbers, None if they say nothing."""
    for nth, line in enumerate(_lines_above(text, start)):
        doubt = _doubt_of(line, nth == 0)
        if doubt:
            return doubt
    return None


@lru_cache(maxsize=1024)  # the pages of a site have the same headings
def _doubt_of(line: str, nearest: bool) -> Doubt | None:
    cells = line.split("\t")
    if _names_a_unit(line):
        return Doubt(f"{line!r} above them may be a unit", of_rates=True)
    for cell in cells if nearest or len(cells) > 1 else ():
        if len(_NAME.findall(cell)) > _WORDS:
            continue
        if _EARLIER.search(cell) and not (len(cells) > 1 and _CHANGES.search(cell)):
            return Doubt(f"{line!r} above them may say that they are no rates of the day", of_rates=True)
        if _FALLS.search(cell) and not _RISES.search(line):
            return Doubt(f"{line!r} above them may be their sign", of_rates=False)
    return None


def _lines_above(text: str, start: int) -> Iterator[str]:
    """Yield the nearest lines with text, without the bullets of the ticker's own line."""
    stop, found = start, 0
    for _ in range(_BREAKS):
        begin = text.rfind("\n", 0, stop) + 1
        if stop - begin > DATE_LINE_CHARS:
            return
        if line := text[begin:stop].strip(APART + LOOSE_BULLETS):
            if _PAIR.search(line):
                return
            yield line
            found += 1
        if found == _LINES or begin == 0:
            return
        stop = begin - 1


def may_be_a_unit(line: str) -> bool:
    """Return whether a line of its own beside an entry may say for how many units its rate is."""
    line = line.strip(APART + LOOSE_BULLETS)
    return len(line) <= DATE_LINE_CHARS and (_BARE_UNIT.fullmatch(line) is not None or _names_a_unit(line))


def _names_a_unit(line: str) -> bool:
    """Return whether a line has a word of a unit beside a power of ten that is no day of a date: rates for 10 May."""
    found = _UNITS.search(line)
    return found is not None and (_NO_DAY.search(found[0]) is not None or not shows_a_date(line, _HEADING_WORDS))


def _is_unit_between(gap: str) -> bool:
    """Return whether the text between two entries is a unit on a line of its own, which may belong to either."""
    before, _, behind = gap.partition(gap.strip())
    return "\n" in before and "\n" in behind and may_be_a_unit(gap)


def without_unit(items: list[Item], gap: str) -> list[Item]:
    """Return the entries of a run; the last one is no quote if the text behind it may be its unit or the next one's."""
    if not items or not gap or not _is_unit_between(gap):
        return items
    return [*items[:-1], items[-1]._replace(quote=None, reason="a unit stands under it")]


def unit_behind(text: str, end: int) -> str | None:
    """Return the line behind the last entry if it may be the entry's unit."""
    begin = text.find("\n", end) + 1
    if not begin or text[begin : begin + 1] not in _BEGINS_UNIT or text[end:begin].strip(APART):
        return None
    stop = text.find("\n", begin, begin + DATE_LINE_CHARS)
    line = text[begin : stop if stop >= 0 else begin + DATE_LINE_CHARS].strip()
    return line if may_be_a_unit(line) else None


def without_reports(run: EntryRun, doubt: Doubt) -> EntryRun:
    """Return a run without its reports, unless it prints signs or only zeros."""
    reports = [quote.reported_text for quote, _ in run.values if quote.reported_text]
    if not any(report.strip("0.%") for report in reports) or any(report[0] in "+-" for report in reports):
        return run
    values = tuple(value._replace(quote=value.quote._replace(reported_text=None)) for value in run.values)
    return run._replace(values=values, notes=(*run.notes, f"left out, the percentages: {doubt.note}"))


def without_last(run: EntryRun, span: Span, unit: str) -> EntryRun:
    """Return a run without the pair of its last entry, which has a unit behind it."""
    last = span.items[-1]
    values = tuple(value for value in run.values if value.quote.pair != last.pair)
    return run._replace(values=values, notes=(*run.notes, f"not a quote, left out: {last.raw!r}, {unit!r} follows"))


def without_groups(run: EntryRun, items: Iterable[Item], decimal: DecimalMark) -> EntryRun:
    """Return a run without rates whose mark may be a decimal one, if entries that are left out prove such a mark."""
    only_other = _ONLY_COMMA if decimal == "point" else _ONLY_POINT
    items = list(items)
    if not any(only_other.search(item.raw) for item in items if not item.quote):
        return run
    doubted = [item for item in items if item.quote and _ONE_GROUP[decimal].search(item.raw)]
    pairs = {item.pair for item in doubted}
    raws = dict.fromkeys(item.raw for item in doubted)
    other = "comma" if decimal == "point" else "point"
    return run._replace(
        values=tuple(value for value in run.values if value.quote.pair not in pairs),
        notes=(*run.notes, *(f"not a quote, left out: {raw!r}, others print a decimal {other}" for raw in raws)),
    )
