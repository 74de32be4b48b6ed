"""Entries of the usual ticker, ``KGS/USD = 0.01144 0%``, one by one. Pure.

An entry extends from its pair to the next pair or the end of its line, and counts as a quote only if all of that is
understood: a rate, then at most one report, then separate bullets. Any other entry is skipped with a note. So no rate,
sign or report is ever part of something longer.

A run continues over a skipped entry, and over one or two lines that list something else (``Brent = 63.20 1%``), if more
entries follow.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from fxtrack.extract.calendar.signs import is_whole_date
from fxtrack.extract.characters import (
    APART,
    BLANK,
    BULLETS,
    DASHES,
    LOOSE_BULLETS,
    LOST,
    PAIR,
    PERCENT,
    WHITE,
)
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.ticker.beside import (
    CODE_CHARS,
    DATE_OR_TIME,
    LISTED_CHARS,
    PAIR_CHARS,
    POWER_OF_TEN,
    PREFIX_CHARS,
    belongs_to_next,
    broken_pair,
    continued,
    counts_next,
    ends_between,
    next_pair,
    parted_by_dashes,
    quotes_in,
    stands_free,
)
from fxtrack.extract.ticker.entries import SHORT_GAP, Item, Span
from fxtrack.extract.ticker.headings import may_be_a_unit, without_unit
from fxtrack.extract.ticker.quotes import BLANKS, MARK, PLAIN, block_at, quote_behind, run_of
from fxtrack.limits import TICKER_ENTRIES
from fxtrack.model.quote import Quote

# In a row of a table, the next cell takes the place of "=".
_EQUALS = rf"(?:{BLANKS}=|[^\S\n\t]{{0,16}}\t)"
_FIND = re.compile(rf"/[A-Z]{{3}}{_EQUALS}")  # starts with a literal: several times faster than with a class
_BEGIN = re.compile(rf"({PAIR}){_EQUALS}")
_STRANGE_LINES = 2
# A number on a separate line may continue the rate before it.
_GOES_ON = re.compile(
    rf"\n{BLANK}*(?P<number>{MARK}{{0,3}}[0-9.,][0-9.,']*(?:{BLANK}+{MARK}{{0,3}}{BLANK}*[0-9.,]+)?)"
    rf"{BLANK}*[{PERCENT}]?(?:{BLANK}*(?=\n|\Z)|{BLANK}{{0,16}}(?P<bullet>[{re.escape(LOOSE_BULLETS)}{BULLETS}]?){BLANK}{{0,16}}(?={PAIR}))"
)
_LISTS = re.compile(
    r"[^\n=\t]{1,40}[=\t][^\w\n]{0,8}[0-9]|[^\d\n]{1,30}\s\W{0,3}[0-9][0-9.,']*(?:\s+\W{0,3}[0-9][0-9.,]*\W*)?\Z"
)
_INNER_BULLET = re.compile(rf"\s[{BULLETS}]\s*")
_USUAL_ENDS = "0123456789" + PERCENT
_WORDS_FOLLOW = re.compile(rf"\s+[\w{BULLETS}]")
_IS_PAIR = re.compile(PAIR)
_DATE_LINE = re.compile(r"[0-9]{1,2} [A-Z][a-z]{2,8} (?:19|20)[0-9]{2}(?:\n|\Z)")


def ticker_runs(text: str, grammar: Grammar) -> Iterator[Span]:
    """Yield the runs of entries in order."""
    start = _next_entry(text, 0, grammar)
    while start is not None:
        span = _scan(text, start, grammar)
        yield span
        start = _next_entry(text, span.end, grammar)


def _next_entry(text: str, position: int, grammar: Grammar) -> int | None:
    """Return the start of the next entry without text before it that might belong to it."""
    lower, attached = position, False
    for found in _FIND.finditer(text, position):
        start = found.start() - CODE_CHARS
        if start < lower or not _BEGIN.match(text, start):
            continue
        if not attached and stands_free(text, start, lower):
            return start
        entry = _entry(text, start, grammar, free=False)
        lower, attached = entry.following, entry.attached
    return None


class _Entry(NamedTuple):
    """One entry: its pair, its quote if it is one, its printed text; its end and the earliest start of the next.

    With `attached` its last characters may belong to the next pair; with `in_line` another pair follows on its line.
    """

    pair: str
    quote: Quote | None
    raw: str
    end: int
    following: int
    attached: bool = False


def _entry(text: str, start: int, grammar: Grammar, *, free: bool = True, known: str | None = None) -> _Entry:
    """Take the entry that begins at `start`.

    Args:
        text: the page.
        start: where its pair begins.
        grammar: how its source prints.
        free: False if text before the pair may belong to it.
        known: the quote of this pair in an earlier repeat, None if there is none.
    """
    pair = text[start : start + PAIR_CHARS]
    begun = _BEGIN.match(text, start)
    begin = begun.end() if begun else start + PAIR_CHARS
    stop = next_pair(text, begin)
    in_line = text.startswith("/", stop + CODE_CHARS)
    printed = _stripped(text, (start, begin, stop)) if in_line else text[begin:stop].rstrip(APART)
    end = begin + len(printed)
    glued = in_line and end == stop and not printed.endswith("%")
    if printed and text.startswith(LOST, end):
        glued, end = True, end + 1
    if in_line and printed[-1:] not in _USUAL_ENDS and ends_between(printed, text[end:stop]):
        glued, end = True, stop
    quote = quote_behind(pair, printed, grammar.decimal, grammar.absolute) if begun and free and not glued else None
    more = None if in_line or (quote and quote.reported_text) else _GOES_ON.match(text, stop)
    if more and not DATE_OR_TIME.search(more["number"]):
        attached = not more["bullet"] and _IS_PAIR.match(text, more.end()) is not None
        return _Entry(pair, None, text[start : more.end()].strip(), more.end(), more.end(), attached)
    if not quote and free and (head := _head(text, (start, begin, end), known, grammar)):
        quote, end = head
        stop = end
    if quote:
        return _Entry(pair, quote, text[start:end].strip(), end, max(end, stop))
    if in_line:
        attached = glued or belongs_to_next(printed, text[end:stop])
    else:
        gap = SHORT_GAP.match(text, stop)
        attached = bool(gap and _IS_PAIR.match(text, gap.end())) and belongs_to_next(printed, None)
    return _Entry(pair, None, text[start:end].strip(), end, stop, attached)


def _stripped(text: str, place: tuple[int, int, int]) -> str:
    """Return the text behind a pair without the bullets before the next pair on its line.

    A dash is a bullet only directly before the next pair, and only if dashes separate the entries of the line:
    elsewhere it may be a sign. `place` is the start of the entry, that of its content, and that of the next pair.
    """
    start, begin, stop = place
    rest = text[begin:stop]
    printed = rest.rstrip(WHITE)
    while printed and printed[-1] in LOOSE_BULLETS and printed[-2:-1].isspace() and len(printed) < len(rest):
        if printed[-1] in DASHES and not parted_by_dashes(text, start, stop):
            break
        printed = printed[:-1].rstrip(WHITE)
    return printed.rstrip(APART)


def _head(text: str, place: tuple[int, int, int], known: str | None, grammar: Grammar) -> tuple[Quote, int] | None:
    """Return the quote at the beginning of an entry with further text, if that is certain, and its end.

    It is certain if an earlier repeat printed exactly this, or if something else or a date stands behind a bullet.
    `place` is the start of the entry, and start and end of its content.
    """
    start, begin, stop = place
    pair = text[start : start + PAIR_CHARS]
    if known and text.startswith(known, start):
        end = start + len(known)
        quote = quote_behind(pair, text[begin:end], grammar.decimal, grammar.absolute)
        more = text[end:stop]
        if quote and _WORDS_FOLLOW.match(more) and (quote.reported_text or not any(c.isnumeric() for c in more)):
            return quote, end
    bullet = _INNER_BULLET.search(text, begin, stop)
    if bullet and _LISTS.match(text, bullet.end(), stop):
        quote = quote_behind(pair, text[begin : bullet.start()].rstrip(), grammar.decimal, grammar.absolute)
        return (quote, bullet.start()) if quote and quote.reported_text else None
    if bullet and is_whole_date(text[bullet.end() : stop]):
        quote = quote_behind(pair, text[begin : bullet.start()].rstrip(), grammar.decimal, grammar.absolute)
        return (quote, bullet.start()) if quote else None
    return None


def _scan(text: str, start: int, grammar: Grammar) -> Span:
    """Return the entries of the run that starts at `start`."""
    items: list[Item] = []
    known: dict[str, str] = {}
    end = position = start
    block, times, breaks, attached, first = 0, 1, 0, False, ""
    decimal, absolute = grammar.decimal, grammar.absolute
    if decimal == "point" and not absolute and (usual := block_at(text, start)):
        printed, quote = usual.items[-1].raw, usual.items[-1].quote
        place = (start, start + usual.end - len(printed), start + usual.end, start + usual.length)
        times, end, attached, position = _repeats(text, place, (printed, quote, printed), grammar)
        block = len(usual.items)
        if times > 1 and _DATE_LINE.match(text, position):  # the usual end
            return Span(start, usual.items, end, block, times, (), run_of(usual, times))
        items, known, breaks = [*usual.items], {**usual.known}, usual.items[0].line_breaks
    while len(items) <= TICKER_ENTRIES:  # one past it, which tells that there are more
        begin = position
        plain = None if attached else PLAIN.match(text, begin)
        if plain and (quote := quote_behind(*plain.groups(), decimal, absolute)):
            name = pair = plain[1]
            breaks_before = text.count("\n", end, begin)
            end, position = plain.end(2), plain.end()
            raw = printed = known[pair] = text[begin:end]
        else:
            whole = _BEGIN.match(text, position) is not None
            if not whole:
                found = _next_in_run(text, position, end)
                if not found:
                    end, broken = broken_pair(text, position, end)
                    items += broken
                    break
                items = without_unit(items, "" if found.whole else text[end : found.position]) + found.strange
                end, begin, whole = found.end, found.position, found.whole
            pair = text[begin : begin + PAIR_CHARS]
            entry = _entry(text, begin, grammar, free=whole and not attached, known=known.get(pair))
            quote, breaks_before = entry.quote, text.count("\n", end, begin)
            printed = entry.raw
            if quote:
                known[pair] = printed
            raw = printed if whole else text[end : entry.end].strip(APART)
            end, attached, position = entry.end, entry.attached, _behind(text, entry)
            name = pair if whole else raw.partition("=")[0].strip()  # a part of something longer is no pair
        items.append(Item(name, quote, raw, breaks_before, None, name != pair))
        first = first or name
        if not block and text.startswith(first, position):
            block, breaks = len(items), text.count("\n", end, position)
            place, shown = (start, begin, end, position), (printed, quote, known.get(pair))
            times, end, attached, position = _repeats(text, place, shown, grammar, attached=attached)
    breaks = breaks if times > 1 else 0
    if items[0].line_breaks != breaks:
        items[0] = items[0]._replace(line_breaks=breaks)
    return Span(start, items, end, block, times) if times > 1 else Span(start, items, end)


def _repeats(
    text: str,
    place: tuple[int, int, int, int],
    last: tuple[str, Quote | None, str | None],
    grammar: Grammar,
    *,
    attached: bool = False,
) -> tuple[int, int, bool, int]:
    """Return how often a complete block is shown, without taking its exact repeats apart.

    Args:
        text: the page.
        place: the start of the block, start and end of its last entry, and the start of what follows.
        last: that entry: its printed text, its quote, and the printed text of the last quote of its pair.
        grammar: how the source prints.
        attached: whether that entry is attached.

    Returns:
        The number of times; the end of the last entry, whether it is attached, and where the next one may begin.
    """
    start, begin, end, position = place
    step, tail, length = position - start, position - end, end - begin
    copies = _copies(text, position, text[start : position + PAIR_CHARS], step)
    position += copies * step
    if text.startswith(text[start:end], position):  # the following text decides where the last entry ends
        again = _again(text, position + step - tail - length, last, grammar)
        if again:
            return copies + 2, *again
    return copies + 1, position - tail, attached, position


def _again(
    text: str, start: int, shown: tuple[str, Quote | None, str | None], grammar: Grammar
) -> tuple[int, bool, int] | None:
    """Return the end of the last entry of a repeat, whether it is attached, and where the next one may begin.

    None if the text behind it changes its meaning. `shown` is the entry one repeat earlier: its printed text, its
    quote, and the printed text of an earlier quote of its pair.
    """
    printed, quote, known = shown
    plain = PLAIN.match(text, start) if quote else None
    if plain and plain.end(2) - start == len(printed):
        return plain.end(2), False, plain.end()
    if not _BEGIN.match(text, start):
        return None
    entry = _entry(text, start, grammar, known=known)
    return (entry.end, entry.attached, _behind(text, entry)) if (entry.raw, entry.quote) == (printed, quote) else None


def _copies(text: str, position: int, copy: str, step: int) -> int:
    """Return how often text stands in a row from `position` on, each time `step` characters further."""
    number = 0
    while text.startswith(copy, position + number * step):
        number += 1
    return number


def _behind(text: str, entry: _Entry) -> int:
    """Return where the next entry of a run may begin."""
    gap = SHORT_GAP.match(text, entry.end)
    return max(gap.end() if gap else entry.end, min(entry.following, len(text)))


class _Next(NamedTuple):
    """The start of the next entry of a run, and other listed text before it.

    `end` is the end of that text; `whole` is False if text before the pair may belong to it.
    """

    position: int
    end: int
    strange: list[Item]
    whole: bool


def _may_be_listed(piece: str) -> bool:
    return bool(quotes_in(piece) or (_LISTS.match(piece.rstrip(APART)) and not DATE_OR_TIME.search(piece)))


def _next_in_run(text: str, position: int, end: int) -> _Next | None:
    """Return the next entry of a run behind the one that ends at `end`, not at `position`; None if none follows."""
    strange: list[Item] = []
    for passed in range(0 if _DATE_LINE.match(text, position) else _STRANGE_LINES + 1):  # a date: the usual end
        if passed and _BEGIN.match(text, position):
            return _Next(position, end, strange, whole=True)
        is_pair = _IS_PAIR.match(text, position) is not None
        stop = next_pair(text, position + (PAIR_CHARS if is_pair else 0), position + PAIR_CHARS + LISTED_CHARS)
        piece = text[position:stop]
        in_line = text.startswith("/", stop + CODE_CHARS)
        if in_line and len(piece) <= PREFIX_CHARS:
            whole = stands_free(text, stop, position)
            if not whole or "\n" not in text[end:position] or not piece.strip(APART + LOOSE_BULLETS):
                whole = whole and piece.strip() == ""
                if _BEGIN.match(text, stop):
                    return _Next(stop, end, strange, whole=whole)
                stop = text.find("\n", stop)
                stop, in_line = (len(text) if stop < 0 else stop), False
                piece = text[position:stop]
        gap = None if in_line else SHORT_GAP.match(text, stop)
        words = "" if is_pair or not gap or not _BEGIN.match(text, gap.end()) else piece.strip(APART + LOOSE_BULLETS)
        if gap and words and (counts_next(words) or may_be_a_unit(words)):
            return _Next(gap.end(), end, strange, whole=False)
        if is_pair and not in_line and (more := continued(text, stop)) > stop:
            stop, piece = more, text[position:more]
            gap = SHORT_GAP.match(text, stop)
        if len(piece) > LISTED_CHARS or not (raw := piece.strip(APART)) or not (is_pair or _may_be_listed(piece)):
            return None
        name, breaks = piece[:PAIR_CHARS] if is_pair else raw, text.count("\n", end, position)
        end = position + len(piece.rstrip(APART))
        strange.append(Item(name, None, raw, breaks, strange=not is_pair))
        position = gap.end() if gap else stop
        if in_line and "=" not in raw and POWER_OF_TEN.search(raw):
            return _Next(position, end, strange, whole=False)
    return None
