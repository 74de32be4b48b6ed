"""Lays out the visible pieces of an HTML page as lines of text. Pure."""

import re
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from fxtrack.extract.characters import DOWN_ARROWS, GAP, MINUS, NUMBER, OF_ARTICLE, PAIR, SIGNS
from fxtrack.extract.text.markup import Log, doubtful
from fxtrack.extract.text.signs import DOUBT, Piece, doubts_marked, prints_signs, signed

LINE, FENCE, BREAK, CELL, SPACE = "\n", "\f", "\r", "\t", "  "
"""Marks between pieces of text: a new line; one with a blank line before it; ``<br>``; a cell of a row; a space.

No piece of text equals one of them, since white space in text is a single space.
"""

MARKS = frozenset({LINE, FENCE, BREAK, CELL, SPACE})
LINE_ENDS = frozenset({LINE, FENCE, BREAK})

_PAIR = re.compile(PAIR)
_SHOWN = re.compile(rf"{PAIR}{GAP}=?{GAP}{NUMBER}(?:{GAP}[{SIGNS}]{{0,4}}{GAP}{NUMBER}{GAP}%)?")
_FALL = re.compile(rf"(?<![\w)])[{MINUS}{DOWN_ARROWS}]\s?[0-9][0-9.,]*\s?%")
_WHITE = re.compile(r"\s")
_TWO_BREAKS = re.compile(r"\r\s*\r")
_AROUND_CELL = re.compile(r" *(?:\t *)+")
_SPACES = re.compile(" {2,}")


@dataclass(frozen=True, slots=True)
class VisibleText:
    """The visible text of an HTML page.

    Attributes:
        text: the text.
        notes: notes on signs that are not derived from its characters alone.
        doubts: where numbers begin whose sign the page may show by other means than characters.
    """

    text: str
    notes: tuple[str, ...] = ()
    doubts: tuple[int, ...] = ()


def render_text(
    tokens: Sequence[str], pieces: Mapping[int, Piece], copies: Sequence[tuple[int, int]], log: Log = ()
) -> VisibleText:
    """Lay out a page as lines.

    Args:
        tokens: pieces of text and marks, in order.
        pieces: tokens with more than their text, by index; indices past the tokens do not count.
        copies: ranges of tokens that are copies for the eye only, in order.
        log: the tags of the page, empty where its entries are not compared.
    """
    notes: dict[str, None] = {}
    ends: list[int] = []
    if pieces or copies or log:
        tokens = [*tokens]
        for first, last in _stale(tokens, copies):
            tokens[first:last] = [LINE] * (last - first)
        ends = [-1, *(n for n, token in enumerate(tokens) if token in LINE_ENDS), len(tokens)]
        if doubts := doubtful(tokens, ends, log):
            pieces = {**pieces, **{n: replace(pieces.get(n) or Piece(tokens[n]), doubted=True) for n in doubts}}
        notes = _spell_out(tokens, pieces, ends)
    text = "".join(tokens)
    text = _SPACES.sub(" ", text) if "  " in text else text
    text = _AROUND_CELL.sub(CELL, text) if CELL in text else text
    sections = (_lines(section) for section in _TWO_BREAKS.sub(FENCE, text).split(FENCE))
    text, *rest = "\n\n".join(section for section in sections if section).split(DOUBT)
    places = tuple(accumulate(map(len, rest[:-1]), initial=len(text))) if rest else ()
    return VisibleText("".join((text, *rest)), tuple(notes), places)


def _lines(section: str) -> str:
    """Return the lines that have text."""
    lines = section.replace(BREAK, LINE).split(LINE)
    return "\n".join([line.strip(" \t") for line in lines if line and not line.isspace()])


def joined(tokens: Iterable[str]) -> str:
    """Return tokens as one text, with a space for each mark."""
    return "".join([" " if token in MARKS else token for token in tokens])


def _spell_out(tokens: list[str], pieces: Mapping[int, Piece], ends: Sequence[int]) -> dict[str, None]:
    """Write the signs of pieces into their lines, mark dates of articles, and return notes."""
    notes: dict[str, None] = {}
    signs: bool | None = None
    prints: bool | None = None
    for number in sorted({bisect(ends, place) for place in pieces if place < len(tokens)}):
        first, last = ends[number - 1] + 1, ends[number]
        line = [pieces.get(n) or Piece(" " if tokens[n] == SPACE else tokens[n]) for n in range(first, last)]
        plain = "".join(piece.text for piece in line)
        if "%" in plain and _PAIR.search(plain):
            if signs is None:
                signs = prints_signs(joined(tokens[a + 1 : b]) for a, b in pairwise(ends))
            written, found = signed(line, signs=signs)
            notes.update(dict.fromkeys(found))
            tokens[first:last] = [piece.text for piece in written]
        elif plain and not plain.isspace() and all(piece.in_time for piece in line if piece.text.strip()):
            tokens[first:last] = [f"{OF_ARTICLE}{plain.strip()}", *[""] * (last - first - 1)]
        elif any(c.isdigit() for c in plain):
            prints = any(map(_FALL.search, tokens)) if prints is None else prints
            tokens[first:last] = doubts_marked(line, signs=prints)
    return notes


def _stale(tokens: list[str], copies: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the copies for the eye only with an entry that the rest of the page does not show."""
    if not copies:
        return []
    rest: list[str] = []
    position = 0
    for first, last in copies:
        rest += [*tokens[position:first], LINE]
        position = last
    elsewhere = _entries([*rest, *tokens[position:]])
    return [(first, last) for first, last in copies if elsewhere and not _entries(tokens[first:last]) <= elsewhere]


def _entries(tokens: list[str]) -> set[str]:
    return {_WHITE.sub("", entry) for entry in _SHOWN.findall(joined(tokens))}
