"""Finds text beside a ticker that looks like a quote and is not part of it, for notes. Pure."""

import re
from collections.abc import Iterator
from itertools import islice, pairwise

from fxtrack.extract.characters import APART, PAIR
from fxtrack.extract.ticker.entries import Span

LOOKS = re.compile(
    r"(?i:[A-Z]{3} ?/ ?[A-Z]{3})\w?[^\w\n]{0,16}[0-9]|\b[A-Z]{3}[-_.]?[A-Z]{3}\s{0,16}=\s{0,16}[0-9]"
    r"|\b[^\W\d_]{3}[^\w\n]{1,3}[^\W\d_]{3}\s{0,16}=\s{0,16}[0-9]"
)
"""A pair in any spelling, letters of other scripts among them, with a number behind it."""

PREFIX_CHARS = 16
_NAMED_CHARS = 60
_CLOSING = "\"'\u201d\u2019)]"
_ENDING = frozenset(".!?:;")
_LAST = _ENDING | frozenset(_CLOSING)  # of a line that may end like a sentence
_LABEL_WORDS = 3
_BESIDE_LINES, _BESIDE_CHARS, _OWN_LINE_CHARS, _MOST_NAMED = 2, 256, 4_096, 50
_AROUND_CHARS = 3 * _BESIDE_CHARS
_WORD = re.compile(r"\w")
_ENTRY = re.compile(rf"[\W_]{{0,16}}{PAIR}\s{{0,16}}=")
_LETTERS = re.compile(r"[^\W\d_]+\W*\Z")


def beside(text: str, span: Span) -> tuple[list[str], list[str]]:
    """Return text before and behind a run that looks like a quote and is not one of its entries."""
    first, last = max(0, span.start - _AROUND_CHARS), span.end + _AROUND_CHARS
    near = text[first : span.start] + text[span.end : last]
    if "/" not in near and "=" not in near:
        return [], []
    before, behind = _lines_back(text, span.start), _lines_on(text, span.end)
    named = [list(islice(_looking_like_quotes(lines), _MOST_NAMED)) for lines in (before, behind)]
    return named[0][::-1], named[1]


def _looking_like_quotes(lines: Iterator[str]) -> Iterator[str]:
    """Yield text that looks like a quote, line by line, up to a sentence or two lines with text that have none."""
    left = _BESIDE_LINES
    for nth, line in enumerate(lines):
        if nth and (len(line) == _BESIDE_CHARS or is_sentence(line)):  # the first line belongs to the ticker
            return
        places = [found.start() for found in LOOKS.finditer(line)] if "/" in line or "=" in line else []
        for start, stop in pairwise([max(0, place - PREFIX_CHARS) for place in places] + [len(line)]):
            yield line[start : min(stop, start + _NAMED_CHARS)].strip(APART)
        if not places and _WORD.search(line):
            left -= 1
            if not left:
                return
        left = _BESIDE_LINES if places else left


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
