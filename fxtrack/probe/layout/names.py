"""Finds currencies that a page prints by name or sign instead of code. Pure."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from string import ascii_uppercase

from fxtrack.extract.calendar.words import LANGUAGES
from fxtrack.extract.currencies import currency_of
from fxtrack.probe.layout.tokens import Token, currencies

NAME_CHARS = 40
_PIECE = re.compile(r"[^\t\n0-9|]+")
_FIGURE = re.compile(r"[0-9][0-9.,]*")
_AROUND = " \u00a0\u202f\u2009.,:;*()[]-\u2013\u2014=+"
_CODE = 3
_FEWEST = 2
_MOST_UNKNOWN = 20
_UNKNOWN = re.compile("XX[A-T]")  # no codes of ISO 4217


def with_names(tokens: Sequence[Token], text: str) -> list[Token]:
    """Return the tokens with a token for each name or sign of a currency, in lines that have no code.

    An unknown name counts too if the lines beside it have known ones in its place; its code stands for a currency that
    the reader has to name.
    """
    pieces = _pieces(tokens, text)
    known = {place: code for place, code in _known(pieces, text).items() if code}
    if len(set(known.values())) < _FEWEST:
        return []
    named = known | _unknown(pieces, known, text)
    places = sorted(named)
    kept = [t for t in tokens if t.kind in {"num", "pct", "date", "time"} or not _inside(t, places)]
    return sorted(
        [*kept, *(Token("name", text[start:end], start, end, named[start, end]) for start, end in places)],
        key=lambda token: token.start,
    )


def language_of(names: Collection[str]) -> str | None:
    """Return the first language in which each of these names means a currency, None if there is none."""
    return next((lang for lang in LANGUAGES if all(currency_of(name, (), (lang,)) for name in names)), None)


def is_unknown(code: str) -> bool:
    """Return whether a code stands for a currency whose name is not known."""
    return _UNKNOWN.fullmatch(code) is not None


def _inside(token: Token, places: Sequence[tuple[int, int]]) -> bool:
    place = bisect_right(places, (token.start, token.end))
    return any(start <= token.start and token.end <= end for start, end in places[max(0, place - 1) : place + 1])


def _pieces(tokens: Sequence[Token], text: str) -> list[tuple[int, int]]:
    """Return the parts of lines between tabs and figures, in lines with figures and without codes."""
    coded = {text.rfind("\n", 0, t.start) for t in tokens if t.kind in {"code", "pair"}}
    numbered = {text.rfind("\n", 0, t.start) for t in tokens if t.kind == "num"}
    pieces = []
    for match in _PIECE.finditer(text):
        stripped = match[0].strip(_AROUND)
        if not stripped or len(stripped) > NAME_CHARS or (len(stripped) == _CODE and stripped.isascii()):
            continue
        start = match.start() + match[0].index(stripped)
        line = text.rfind("\n", 0, start)
        if line in numbered and line not in coded:
            pieces.append((start, start + len(stripped)))
    return pieces


def _known(pieces: Sequence[tuple[int, int]], text: str) -> dict[tuple[int, int], str]:
    """Return the codes of the names that are known in the language that knows most of them; one name a line."""
    words = {text[start:end] for start, end in pieces}
    most: dict[str, str] = {}
    for language in LANGUAGES:
        found = {w: code for w in words if (code := currency_of(w, (), (language,))) and code in currencies()}
        most = found if len(found) > len(most) else most
    codes = {place: most[text[slice(*place)]] for place in pieces if text[slice(*place)] in most}
    lines: dict[int, list[tuple[int, int]]] = {}
    for place in codes:
        lines.setdefault(text.rfind("\n", 0, place[0]), []).append(place)
    return {places[0]: codes[places[0]] for places in lines.values() if len({codes[place] for place in places}) == 1}


def _unknown(
    pieces: Sequence[tuple[int, int]], known: Collection[tuple[int, int]], text: str
) -> dict[tuple[int, int], str]:
    """Return codes that stand for names which are not known, in lines among and next to those with known ones."""
    column = Counter(_column(place, text) for place in known).most_common(1)[0][0]
    shape = Counter(_shape(place, text) for place in known).most_common(1)[0][0]
    lines = {_line(place, text) for place in known}
    alike = {
        _line(place, text): place
        for place in reversed(pieces)  # the first of a line's pieces counts
        if _column(place, text) == column and _shape(place, text) == shape
    }
    first, last = min(lines), max(lines)
    while (before := text.rfind("\n", 0, first)) in alike and first >= 0:
        first = before
    while (after := text.find("\n", last + 1)) in alike:
        last = after
    beside = [place for line, place in sorted(alike.items()) if first <= line <= last and line not in lines]
    words = list(dict.fromkeys(text[slice(*place)] for place in beside))
    codes = {word: f"XX{letter}" for word, letter in zip(words, ascii_uppercase, strict=False)}
    return {p: codes[text[slice(*p)]] for p in beside} if len(words) <= _MOST_UNKNOWN else {}


def _line(place: tuple[int, int], text: str) -> int:
    """Return the position of the line break before a place, -1 for the first line."""
    return text.rfind("\n", 0, place[0])


def _shape(place: tuple[int, int], text: str) -> tuple[int, int]:
    """Return how many cells and figures the line of a place has."""
    start = _line(place, text) + 1
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    return line.count("\t"), len(_FIGURE.findall(line))


def _column(place: tuple[int, int], text: str) -> int:
    return text.count("\t", text.rfind("\n", 0, place[0]) + 1, place[0])
