"""Judges text beside the entries of a ticker. Pure.

Text before a pair, or between two of them, may belong to an entry: a number of units, a sign, a word for the inverse.
Text beside a whole ticker that looks like a quote and is not part of it is found for notes.
"""

import re
import sys
from collections.abc import Iterator
from itertools import islice, pairwise

from fxtrack.extract.characters import APART, BLANK, BULLETS, DASHES, LOOSE_BULLETS, PAIR, PERCENT
from fxtrack.extract.currencies import is_currency
from fxtrack.extract.ticker.entries import SHORT_GAP, Item, Span

_DIGIT = r"[\d\u00bc-\u00be\u2150-\u2189]"
_EQUAL = "=\u2248\u2243"
_LOOKS = re.compile(
    rf"(?i:[A-Z]{{3}} ?/ ?[A-Z]{{3}})\w?[^\w\n]{{0,16}}{_DIGIT}"
    rf"|[^\s\d={BULLETS}][^\n={BULLETS}]{{0,40}}?[{_EQUAL}]\W{{0,16}}{_DIGIT}"
)
"""A pair with a stroke in any spelling, or any text with an equals sign, and a number behind it."""

_SIGN = r"$\xa2-\xa5\u058f\u060b\u0e3f\u17db\u20a0-\u20c0"
_CURRENCY = rf"([A-Z{_SIGN}](?:(?<=[{_SIGN}])|[A-Z]{{2}}))"  # starts with a class of characters: quicker to refuse
_CODES = re.compile(
    rf"{_CURRENCY}(?:[^\w\n]{{0,3}}|[^\S\n][^\W\d_]{{1,4}}\.?[^\S\n]){_CURRENCY}[^\w\n]{{0,16}}{_DIGIT}"
)
"""Two codes or signs of currencies, a number behind them, with no more between them than a mark or a short word."""

_LOWER_CODES = re.compile(
    rf"[^\S\n](?<=(?<![^\W_])([a-z]{{3}})[^\S\n])(?:[^\W\d_]{{1,4}}[^\S\n])?([a-z]{{3}})[^\w\n]{{0,16}}{_DIGIT}"
)
"""The same in small letters, with spaces between; starts with what is rarer than a letter, which is faster."""

_BROKEN = re.compile(
    rf"(?<![^\n]){PAIR}[^\S\n]*\n\s{{0,16}}=?[^\S\n]*[0-9][0-9.,]{{0,20}}(?![^\n]*[^\W\d_]{{3}})(?![^\n]{{40}})"
)
"""A pair on a line of its own, and a line that begins with a number under it."""

_CONTINUED = re.compile(
    rf"\n{BLANK}*(?:={BLANK}*)?[^\w\n]{{0,3}}[0-9][0-9.,%]{{0,20}}(?:{BLANK}+\S{{1,20}}){{0,2}}{BLANK}*(?=\n|\Z)"
)
_LIKE_QUOTE = re.compile(r"/(?<=[A-Z]{3}/)([A-Z]{3})(?!\w)[^\w]{0,16}[0-9]")
_OTHER_STROKES = "\u2044\u2215\uff0f"
_OTHER_STROKE = re.compile(rf"(?<![A-Z])([A-Z]{{3}}[{_OTHER_STROKES}][A-Z]{{3}})(?!\w)[^\w]{{0,16}}[0-9]")
_MARKS = "/" + _EQUAL
_PAIRED = re.compile(rf"/ ?[A-Za-z]{{3}}(?:\w?[^\w\n]{{0,16}}{_DIGIT}|[^\S\n]*\n)")
"""The second half of a pair with a number behind it, or a line under it; starts with a literal, which is faster."""

_IS_PAIR = re.compile(PAIR)
PREFIX_CHARS, LISTED_CHARS = 16, 100
CODE_CHARS, PAIR_CHARS = 3, 7
_NAMED_CHARS = 60
_CLOSING = "\"'\u201d\u2019)]"
_ENDING = frozenset(".!?:;")
_LAST = _ENDING | frozenset(_CLOSING)  # of a line that may end like a sentence
_LABEL_WORDS = 3
_BESIDE_LINES, _BESIDE_CHARS, _OWN_LINE_CHARS, _MOST_NAMED = 2, 256, 4_096, 50
_NEAREST_CHARS = 96
_LEAST_CHARS = 3  # of text that looks like a quote: a sign, another one, and a digit
_AROUND_CHARS = 3 * _BESIDE_CHARS
_WORD = re.compile(r"\w")
_ENTRY = re.compile(rf"[\W_]{{0,16}}{PAIR}\s{{0,16}}=")
_LETTERS = re.compile(r"[^\W\d_]+\W*\Z")
_TO_NEXT_PAIR = re.compile(r"[^\n/]*(?:/(?!(?<=[A-Z]{3}/)[A-Z]{3}(?![A-Za-z0-9]))[^\n/]*)*")
DATE_OR_TIME = re.compile(
    r"(?:19|20)[0-9]{6}\b|[0-9]{1,4}([-./])[0-9]{1,2}\1[0-9]{1,4}|\b[0-3]?[0-9]([, ])[01]?[0-9]\2(?:19|20)[0-9]{2}\b"
    r"|[0-9]{1,2}:[0-9]{2}|[0-9] [^\W\d]{3,} (?:19|20)[0-9]{2}"
)
_BULLET = re.compile(f"[{BULLETS}]")
_CODE_AT_END = re.compile(r"(?:^|\s)[A-Z]{3}\Z")
# A sign of multiplication or division, also as a letter behind a number; a minus sign is a bullet more often.
_OPERATOR_AT_END = re.compile(r"(?:[/=*:\u00d7\u00f7\u2044\u2215\u2217\u22c5\u2715\u2716\u2797]|\d\s?[x\u0445])\Z")
# A number alone, or a power of ten with few words around it: 100, per 100 units.
_UNITS = re.compile(
    r"[^\w]*[0-9][0-9.,'\s]*[^\w]*|(?:[^\W\d]+\W{1,3})?\W?[^\W\d]?1(?:[.,'\s]?0)+(?!\d)\W{0,3}[^\W\d]*\W?"
    r"|[\u00bc-\u00be\u2150-\u2189]"
)
POWER_OF_TEN = re.compile(r"(?<![\d.,])1(?:[.,'\s]?0)*(?![\d.,])")
_TAIL = re.compile(rf"\s[{BULLETS}](?=\s)|[{PERCENT}]")
_NUMBER_AT_START = re.compile(r"\s*[0-9][0-9.,']*")
_MARK_AT_END = re.compile(r"(\s+)[^\w\s%()\[\].,]{1,3}\Z")
_DASH_BEFORE_PAIR = re.compile(rf"(\s+)[{re.escape(DASHES)}](\s+)\Z")
_SEPARATOR_CHARS = 16
_GAP_BEFORE_WORDS = re.compile(r"\s+(?=[^\W\d])")


def stands_free(text: str, start: int, lower: int) -> bool:
    """Return whether the text before a pair, from `lower` on, does not belong to it.

    Text on its line that no bullet separates from it does (100, 1/, XBT-, inverse), and so does a bare number or a
    sign of arithmetic there or on the line above (100, 1 /, 1000 x), whatever separates it. A date and a time do not.
    """
    line = text.rfind("\n", lower, start) + 1
    before = text[max(line, lower, start - LISTED_CHARS) : start]
    core = before.rstrip(APART + LOOSE_BULLETS)
    if not core:
        return line <= lower or not counts_next(_line_above(text, line, lower))
    last = _BULLET.split(core)[-1].strip()
    if not (before[-1].isspace() or before[-1] in BULLETS) or _CODE_AT_END.search(last):
        return False
    if DATE_OR_TIME.search(last):
        return True
    bulleted = before[len(core) :].strip() != ""
    return bulleted and not _OPERATOR_AT_END.search(last) and not any(c.isnumeric() for c in last)


def _line_above(text: str, line: int, lower: int) -> str:
    """Return the nearest line with text above the one that starts at `line`, with one empty line between at most."""
    for _ in range(2):
        above = text.rfind("\n", lower, line - 1) + 1
        above = max(above, lower)
        if found := text[max(above, line - 1 - LISTED_CHARS) : line - 1].strip(APART + LOOSE_BULLETS):
            return found
        line = above
        if line <= lower:
            break
    return ""


def counts_next(words: str) -> bool:
    """Return whether separate text before a pair may say that its rate is for several units, or the inverse one."""
    if not words or len(words) > PREFIX_CHARS or DATE_OR_TIME.search(words):
        return False
    return _OPERATOR_AT_END.search(words) is not None or _UNITS.fullmatch(words) is not None


def belongs_to_next(printed: str, between: str | None) -> bool:
    """Return whether the end of an entry that is no quote may belong to the next pair.

    Args:
        printed: the text of the entry behind its pair.
        between: the white space and bullets before the next pair on its line; None if that begins the next line.
    """
    printed = printed[-LISTED_CHARS:]
    places = list(_TAIL.finditer(printed))
    number = _NUMBER_AT_START.match(printed)
    tail = printed[places[-1].end() :] if places else printed[number.end() :] if number else printed
    if not any(c.isalnum() for c in tail):
        operates = _OPERATOR_AT_END.search(tail) is not None
        return operates and (tail[0].isspace() or (between is not None and not between.strip()))
    begins_apart = bool(places) and places[-1][0][-1] not in PERCENT
    if between is None:
        apart = tail[-2:-1].isspace() and _OPERATOR_AT_END.search(tail) is not None
        return apart or POWER_OF_TEN.search(tail) is not None
    if _OPERATOR_AT_END.search(tail) or POWER_OF_TEN.search(tail) or _CODE_AT_END.search(tail):
        return True
    bulleted = between.strip() != ""
    if any(c.isnumeric() for c in tail) and (begins_apart or (not bulleted and tail[-1].isnumeric())):
        return True
    if bulleted:
        return False
    widest = max((len(gap) for gap in _GAP_BEFORE_WORDS.findall(tail)), default=0)
    return begins_apart or len(between) <= widest


def next_pair(text: str, begin: int, limit: int = sys.maxsize) -> int:
    """Return the start of the next pair on the line, or the end of the line; `limit` if that is less."""
    found = _TO_NEXT_PAIR.match(text, begin, limit)
    end = found.end() if found else begin
    return end - CODE_CHARS if text.startswith("/", end) else end


def parted_by_dashes(text: str, start: int, stop: int) -> bool:
    """Return whether dashes separate the entries around the end of one: another pair follows a like one nearby.

    A dash with more space behind it than before it belongs to the text before it, and so does one that not every
    neighbour has. `start` and `stop` are the start of the entry, and that of the next pair.
    """
    behind = _DASH_BEFORE_PAIR.search(text, max(0, stop - _SEPARATOR_CHARS), stop)
    if not behind or len(behind[1]) < len(behind[2]):
        return False
    line = text.rfind("\n", 0, start) + 1
    before = text[max(line, start - _SEPARATOR_CHARS) : start]
    if before.strip() or line < start - _SEPARATOR_CHARS:
        return before.strip()[-1:] == behind[0].strip()
    after = next_pair(text, stop + PAIR_CHARS)
    if not text.startswith("/", after + CODE_CHARS):
        return not text[max(stop, after - 1) : after].strip() or text[after - 1] not in DASHES
    return text[stop:after].rstrip()[-1:] == behind[0].strip()


def ends_between(printed: str, between: str) -> bool:
    """Return whether an entry ends in a mark that stands as near to the next pair on its line."""
    mark = _MARK_AT_END.search(printed, max(0, len(printed) - _SEPARATOR_CHARS))
    return mark is not None and not between.strip() and len(between) <= len(mark[1])


def broken_pair(text: str, position: int, end: int) -> tuple[int, list[Item]]:
    """Return the end of a run, and its last entry if a line break parts its pair from its numbers, or it has none."""
    if not _IS_PAIR.match(text, position):
        return end, []
    behind = position + PAIR_CHARS
    stop = continued(text, behind)
    in_line = "\n" not in text[end:position] and not text[behind : behind + 1].strip()
    if stop == behind and not (in_line and SHORT_GAP.match(text, behind)):
        return end, []
    raw = text[position:stop].strip()
    return stop, [Item(raw[:PAIR_CHARS], None, raw, text.count("\n", end, position))]


def continued(text: str, position: int) -> int:
    """Return the end of the lines of numbers under a pair that ends its line; dates are none of them."""
    while (more := _CONTINUED.match(text, position)) and not DATE_OR_TIME.search(more[0]):
        position = more.end()
    return position


def likely_pairs(text: str, least: int) -> list[str]:
    """Return the pairs with a stroke of any kind and a number behind them; none if they are fewer than `least`."""
    found = dict.fromkeys(text[place.start() - CODE_CHARS : place.end(1)] for place in _LIKE_QUOTE.finditer(text))
    if any(map(text.__contains__, _OTHER_STROKES)):
        found |= dict.fromkeys(place[1] for place in _OTHER_STROKE.finditer(text))
    return [*found] if len(found) >= least else []


def beside(text: str, span: Span) -> tuple[list[str], list[str]]:
    """Return text before and behind a run that looks like a quote and is not one of its entries."""
    before = text[max(0, span.start - _AROUND_CHARS) : span.start]
    behind = text[span.end : span.end + _AROUND_CHARS]
    if not (
        _may_quote(behind, behind[:_NEAREST_CHARS])
        or (len(before) >= _LEAST_CHARS and _may_quote(before, before[-_NEAREST_CHARS:]))
    ):
        return [], []
    lines = _lines_back(text, span.start), _lines_on(text, span.end)
    named = [list(islice(_looking_like_quotes(side), _MOST_NAMED)) for side in lines]
    broken = (
        _BROKEN.findall(text, max(0, span.start - _BESIDE_CHARS), span.start),
        _BROKEN.findall(text, span.end, span.end + _BESIDE_CHARS),
    )
    return [*broken[0], *named[0][::-1]], [*named[1], *broken[1]]


def _may_quote(near: str, nearest: str) -> bool:
    """Return whether text on one side of a run, its nearest part above all, may look like a quote."""
    return bool(
        _PAIRED.search(near)
        or any(map(near.__contains__, _EQUAL))
        or _CODES.search(nearest)
        or _LOWER_CODES.search(nearest)
    )


def _looking_like_quotes(lines: Iterator[str]) -> Iterator[str]:
    """Yield text that looks like a quote, line by line, up to a sentence or two lines with text that have none."""
    left = _BESIDE_LINES
    for nth, line in enumerate(lines):
        if nth and (len(line) == _BESIDE_CHARS or is_sentence(line)):  # the first line belongs to the ticker
            return
        places = quotes_in(line)
        for start, stop in pairwise([*places, len(line)]):
            begin = max(0, start - PREFIX_CHARS)
            yield line[begin : min(stop, begin + _NAMED_CHARS)].strip(APART)
        if not places and _WORD.search(line):
            left -= 1
            if not left:
                return
        left = _BESIDE_LINES if places else left


def quotes_in(line: str) -> list[int]:
    """Return where text that looks like a quote starts."""
    places = {found.start() for found in _LOOKS.finditer(line)} if any(c in line for c in _MARKS) else set()
    for found in _CODES.finditer(line):
        is_word = line[found.start() - 1 : found.start()].isalpha()
        if not is_word and all(len(code) == 1 or is_currency(code) for code in found.groups()):
            places.add(found.start())
    for found in _LOWER_CODES.finditer(line):
        codes = {code.upper() for code in found.groups()}
        if len(codes) > 1 and all(map(is_currency, codes)):
            places.add(found.start(1))
    return sorted(places)


def is_sentence(line: str) -> bool:
    """Return whether a line ends like a sentence."""
    if line.rstrip()[-1:] not in _LAST:
        return False
    words = line[-_OWN_LINE_CHARS:].split()
    if _ENTRY.match(line):  # an entry may end in a full stop; a sentence about one has words
        words = [word for word in words if _LETTERS.match(word)]
    return len(words) > _LABEL_WORDS and words[-1].rstrip(_CLOSING)[-1:] in _ENDING


def _lines_on(text: str, position: int) -> Iterator[str]:
    most = _OWN_LINE_CHARS
    while position <= len(text):
        stop = text.find("\n", position)
        stop = len(text) if stop < 0 else stop
        yield text[position : min(stop, position + most)]
        position, most = stop + 1, _BESIDE_CHARS


def _lines_back(text: str, position: int) -> Iterator[str]:
    most = _OWN_LINE_CHARS
    while position > 0:
        begin = text.rfind("\n", 0, position) + 1
        yield text[max(begin, position - most) : position]
        position, most = begin - 1, _BESIDE_CHARS
