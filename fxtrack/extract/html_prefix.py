"""Reads an HTML page from the first part of its markup if that part determines the reading. Pure.

Parsing is most of the cost of an HTML page, and most of a page does not affect the reading:

- A marquee repeats its block of pairs exactly. If one repeat leaves the parser in the state in which it began, so do
  all later ones, and they show the same text: two repeats are parsed, and the others counted.
- The parse ends behind the ticker and the lines that may hold its date, unless the rest of the markup may list its
  pairs again. Damaged markup further on has no effect.

`text.html` defines the visible text of a page and `ticker.marquee` its meaning; this module only saves work. A page
that does not fit these rules is read as a whole.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice

from fxtrack.errors import PageError
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.styles.css import sheet_of
from fxtrack.extract.text.events import Events
from fxtrack.extract.text.html import Parse, visible_text
from fxtrack.extract.text.lines import LINE_ENDS, VisibleText
from fxtrack.extract.text.markup import needs_comparison
from fxtrack.extract.text.pieces import Element
from fxtrack.extract.ticker.marquee import Examination, examine_ticker, read_ticker
from fxtrack.limits import HTML_ENTRY_CHARS
from fxtrack.model.quote import Outcome, Reading

# A place where a pair may be named, with any markup between its codes. The pattern starts with a literal, which is
# several times faster than a class. The classes are [A-Z>;] and [A-Z<&] with everything beyond ASCII; written as what
# they exclude, they compile eighty times as fast.
_PAIR_LIKE = re.compile(r"/(?<=[^\x00-:<=?@\[-\x7f]/)[^\x00-%'-;=-@\[-\x7f]")
# The rest of a pair and the equals sign or cell behind it, or markup and characters that may hold one. In prose a word
# follows.
_ENTRY_LIKE = re.compile(
    _PAIR_LIKE.pattern.replace("/)", "/)(?=", 1)
    + r")(?:[A-Z]{0,3}(?:[<&]|[^\x00-\x7f])|[A-Z]{3}\s{0,16}(?:[=<&\t]|[^\x00-\x7f]))"
)
_LEAST_ENTRIES = 2  # a ticker lists several pairs, or one of them twice
STROKE = r"&(?:#0*47(?![0-9])|#[xX]0*2[fF](?![0-9A-Fa-f])|sol;)"
"""A regular expression of a stroke written as an entity."""

_STROKE = re.compile(STROKE)
_KEPT_REPEATS = 2
_TELLING_CHARS = 32  # enough to recognize the beginning of a repeat
_LONGEST_REPEAT = 16_384
_TRIED_STARTS = 16  # titles and scripts name pairs too
_MARGINS_CHARS = (600, 2_400)  # of markup to parse behind a pair; the choice only affects speed
_TRIED_ENDS = 3

Seen = tuple[Examination, VisibleText]


def read_beginning(markup: str, grammar: Grammar) -> tuple[Reading, tuple[str, ...]] | None:
    """Read the ticker of an HTML page from its first part.

    Args:
        markup: the page.
        grammar: how its source prints.

    Returns:
        The reading of the page's visible text, and the notes on that text; None where the page has to be read as a
        whole.

    Raises:
        PageError: the parsed part is nested deeper than any real page.
    """
    first = _PAIR_LIKE.search(markup)
    if grammar.pattern or not first or _STROKE.search(markup):
        return None
    sheet = sheet_of(markup)
    with Parse() as parse:
        parse.events.style(sheet)
        found = _read_shortened(parse, markup, first.start(), grammar)
    if not found or not needs_comparison(markup, *found):
        return found
    with Parse() as parse:
        parse.events.style(sheet)
        parse.events.log_tags()
        return _read_shortened(parse, markup, first.start(), grammar)


def hides_ticker(markup: str, grammar: Grammar) -> bool:
    """Return whether an HTML page without a ticker would have one if it showed everything that it hides."""
    if not (grammar.pattern or _STROKE.search(markup) or _has_entries(markup, 0, _LEAST_ENTRIES)):
        return False
    try:
        everything = visible_text(markup, compared=False, styled=False).text
    except PageError:
        return False  # what is hidden may be nested deeper than what is read
    return read_ticker(everything, grammar).outcome is not Outcome.NO_TICKER


def _read_shortened(parse: Parse, markup: str, first: int, grammar: Grammar) -> tuple[Reading, tuple[str, ...]] | None:
    begin, length, times = _repeats(markup, first)
    if times <= _KEPT_REPEATS:
        found, shown = _read(parse, markup, 0, _places(markup, first), grammar)
        return found.reading, shown.notes
    kept = begin + _KEPT_REPEATS * length
    left_out = times - _KEPT_REPEATS
    repeat = _one_repeat(parse, markup[: begin + length], markup[begin + length : kept])
    if not repeat:
        return None
    rest = kept + left_out * length
    found, shown = _read(parse, markup, rest, chain([rest], _places(markup, rest + 1)), grammar)
    blocks = _blocks_of(parse.events.tokens, repeat, found)
    if not blocks:
        return None
    return found.reading._replace(repeats=found.reading.repeats + left_out * blocks), shown.notes


def _places(markup: str, start: int) -> Iterator[int]:
    """Yield where a pair may be named, from `start` on."""
    return (found.start() for found in _PAIR_LIKE.finditer(markup, start))


def _repeats(markup: str, first: int) -> tuple[int, int, int]:
    """Return the start of text that repeats exactly, its length, and the number of its repeats.

    `first` is the first place where a pair may be named.
    """
    for place in islice(_places(markup, first), _TRIED_STARTS):
        begin = max(0, place - 3)
        following = markup.find(markup[begin : begin + _TELLING_CHARS], begin + 1, begin + _LONGEST_REPEAT)
        block = markup[begin:following] if following > 0 else ""
        times = 0
        while block and markup.startswith(block, begin + times * len(block)):
            times += 1
        if times > _KEPT_REPEATS:
            return begin, len(block), times
    return 0, 0, 0


def _read(parse: Parse, markup: str, start: int, places: Iterator[int], grammar: Grammar) -> Seen:
    """Read a page from `start` on until the reading is decided; `places` are those where a pair may be named."""
    fed = start
    for place, is_last in _ends(places):
        for margin in _MARGINS_CHARS:
            cut = markup.find("<", max(fed, place + margin))
            if cut < 0:
                break
            parse.feed(markup[fed:cut])
            fed = cut
            decided = _if_decided(parse.events, grammar, is_last=is_last)
            # another ticker may follow, and behind one without a date the rest of it
            if decided and (
                is_last or not _has_entries(markup, cut, _LEAST_ENTRIES if decided[0].reading.page_date else 1)
            ):
                return decided
    parse.feed(markup[fed:])
    parse.close()
    shown = parse.events.rendered()
    return examine_ticker(shown.text, grammar), shown


def _has_entries(markup: str, start: int, least: int) -> bool:
    """Return whether `least` pieces of text behind `start` look like entries."""
    return len(list(islice(_ENTRY_LIKE.finditer(markup, start), least))) == least


def _ends(places: Iterator[int]) -> Iterator[tuple[int, bool]]:
    """Yield the last place of each of the first groups of places, and the last place of all."""
    last, left = next(places), _TRIED_ENDS
    for place in places:
        if left and place - last > _MARGINS_CHARS[0]:
            yield last, False
            left -= 1
        last = place
    yield last, True


def _one_repeat(parse: Parse, first: str, second: str) -> slice | None:
    """Parse up to the end of the second repeat and return the range of its tokens.

    None where the two do not leave the parser in the same state, or where it matters how much stands in an element that
    is still open.
    """
    events = parse.events
    parse.feed(first)
    state, held, begin = events.state, _held(events), len(events.tokens)
    parse.feed(second)
    same = events.state == state and all(
        now == before or (now[0] > HTML_ENTRY_CHARS and now[1] != 1)
        for before, now in zip(held, _held(events), strict=True)
    )
    return slice(begin, len(events.tokens)) if same else None


def _blocks_of(tokens: list[str], repeat: slice, found: Examination) -> int:
    """Return the number of ticker blocks in one repeat; 0 where the two parsed repeats are not all in the ticker."""
    reading, text = found.reading, found.text
    if reading.outcome is not Outcome.OK or reading.detail:
        return 0
    before, within, behind = ("".join(tokens[part]) for part in (slice(repeat.start), repeat, slice(repeat.stop, None)))
    span = found.candidates[-1].span
    counts = set()
    for pair, *_ in reading.quotes:
        earlier, count, later = before.count(pair), within.count(pair), behind.count(pair)
        outside, inside = text.count(pair, 0, span.start), text.count(pair, span.start, span.end)
        all_shown = earlier + count + later == outside + inside + text.count(pair, span.end)
        both_inside = outside <= earlier - count <= earlier + count <= outside + inside
        counts.add(count if all_shown and both_inside else 0)
    return counts.pop() if len(counts) == 1 else 0


def _held(events: Events) -> list[tuple[int, int]]:
    """Return the content of each open element so far: characters, and percentages that its direction may describe."""
    return [(events.chars - chars, scope.percentages if scope else 0) for _, _, chars, scope, *_ in events.open]


def _if_decided(events: Events, grammar: Grammar, *, is_last: bool) -> Seen | None:
    """Return the findings so far if the rest of the page cannot change the reading, else None.

    With `is_last` no pair can be named further on. A later pair may confirm a copy, or print a sign that decides the
    meaning of classes.
    """
    if events.speaks or any(_may_be_an_entry(events, element) for element in events.open):
        return None
    if not is_last and (events.copies or any(piece.scope for piece in events.pieces.values())):
        return None
    end = next((n for n in range(len(events.tokens), 0, -1) if events.tokens[n - 1] in LINE_ENDS), 0)
    shown = events.rendered(end)
    wanted = (grammar.date_lines or 1) + 1
    if _lines_with_text(shown.text, max(shown.text.rfind("="), shown.text.rfind("\t"))) <= wanted:
        return None  # not yet behind the ticker and its lines; quicker to see than what the ticker is
    found = examine_ticker(shown.text, grammar)
    if found.reading.outcome is not Outcome.OK or found.reading.detail:
        return None
    return (found, shown) if _lines_with_text(found.text, found.candidates[-1].span.end) > wanted else None


def _lines_with_text(text: str, start: int) -> int:
    """Return how many lines have text from a position on, with the rest of its own line."""
    return sum([line != "" and not line.isspace() for line in text[start:].split("\n")]) if start >= 0 else 0


def _may_be_an_entry(events: Events, element: Element) -> bool:
    """Return whether an open element may become one entry built of small blocks, which is one line."""
    begin, chars = element[1:3]
    return events.chars - chars <= HTML_ENTRY_CHARS and "/" in "".join(events.tokens[begin:])
