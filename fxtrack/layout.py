"""What an HTML page shows, as lines of text: breaks, copies that say something else, dates of articles. Pure."""

import re
from dataclasses import dataclass

from fxtrack.direction import DOWN_ARROWS, GAP, MINUS, NUMBER, PAIR, UP_ARROWS, Piece, prints_signs, signed

LINE, FENCE, BREAK, CELL, SPACE = "line", "fence", "break", "\t", " "
"""Marks between pieces of text: a new line; one with a blank line before it; ``<br>``; a cell of a row; a space."""

Token = Piece | str

_SIGNS = re.escape("+" + MINUS + DOWN_ARROWS + UP_ARROWS)
_PAIR = re.compile(PAIR)
_SHOWN = re.compile(rf"{PAIR}{GAP}=?{GAP}{NUMBER}(?:{GAP}[{_SIGNS}]{{0,4}}{GAP}{NUMBER}{GAP}%)?")
_WHITE = re.compile(r"\s")
_AROUND_CELL = re.compile(r" *(?:\t *)+")
_SPACES = re.compile(" {2,}")


@dataclass(frozen=True, slots=True)
class VisibleText:
    """What an HTML page shows; `notes` says what was understood from more than its characters."""

    text: str
    notes: tuple[str, ...] = ()


def laid_out(tokens: list[Token], copies: list[tuple[int, int]]) -> VisibleText:
    """Write the pieces of a page as lines.

    Args:
        tokens: pieces and marks, in order.
        copies: which ranges of them are copies for the eye only, in order.
    """
    for first, last in _stale(tokens, copies):
        tokens[first:last] = [LINE] * (last - first)
    lines = _lines(tokens)
    signs = prints_signs(_plain(line) for _, line in lines)
    text: list[str] = []
    notes: dict[str, None] = {}
    for blank, line in lines:
        if blank and text:
            text.append("")
        plain = _plain(line)
        if "%" in plain and _PAIR.search(plain):
            written, found = signed(line, signs=signs)
            notes.update(dict.fromkeys(found))
            plain = _plain(written)
        elif all(piece.in_time for piece in line if piece.text.strip()):
            plain = f"time: {plain.strip()}"
        if "\t" in plain or "  " in plain:
            plain = _AROUND_CELL.sub("\t", _SPACES.sub(" ", plain))
        text.append(plain.strip(" \t"))
    return VisibleText("\n".join(text), tuple(notes))


def _lines(tokens: list[Token]) -> list[tuple[bool, list[Piece]]]:
    """Return the lines that have text, each with whether a blank one goes before it."""
    lines: list[tuple[bool, list[Piece]]] = []
    line: list[Piece] = []
    fence, breaks = False, 0
    for token in [*tokens, LINE]:
        if isinstance(token, Piece):
            line.append(token)
        elif token in {CELL, SPACE}:
            line.append(Piece(token))
        else:
            if any(piece.text.strip() for piece in line):
                lines.append((fence or breaks > 1, line))
                fence, breaks = False, 0
            line = []
            fence |= token == FENCE
            breaks += token == BREAK
    return lines


def _stale(tokens: list[Token], copies: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return those copies for the eye only that show an entry which the rest of the page does not show."""
    if not copies:
        return []
    rest: list[Token] = []
    position = 0
    for first, last in copies:
        rest += [*tokens[position:first], LINE]
        position = last
    elsewhere = _entries([*rest, *tokens[position:]])
    return [(first, last) for first, last in copies if elsewhere and not _entries(tokens[first:last]) <= elsewhere]


def _entries(tokens: list[Token]) -> set[str]:
    text = "".join(
        token.text if isinstance(token, Piece) else " " if token in {CELL, SPACE} else "\n" for token in tokens
    )
    return {_WHITE.sub("", entry) for entry in _SHOWN.findall(text)}


def _plain(line: list[Piece]) -> str:
    return "".join(piece.text for piece in line)
