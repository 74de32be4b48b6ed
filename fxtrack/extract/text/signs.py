"""Reads signs that a page shows by a class, an icon or a picture instead of a character. Pure.

A percentage without a sign is a rise. If the class of its element says otherwise, there are four cases:

- the page prints minus signs or ▼ in its ticker: a percentage without one is a rise, which a class for falling
  contradicts;
- the class is a word for falling (``down``, ``is-negative``) on a single percentage: it is a fall;
- the class is only a colour: red means a fall in one country and a rise in another, so the sign is uncertain;
- the percentage is zero: ``change > 0 ? up : down`` calls it a fall on many pages. It stays as printed.

A picture without a text for its direction makes the sign of a percentage beside it uncertain. A contradicted or
uncertain percentage is left out with a note, and the rate is kept; no sign is guessed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from fxtrack.errors import PageError
from fxtrack.extract.characters import ARROWS, DOWN_ARROWS, GAP, MINUS, NUMBER, PAIR, SIGNS, UP_ARROWS
from fxtrack.extract.styles.hidden import may_hide
from fxtrack.limits import HTML_CLASS_CHARS, HTML_ENTRY_CHARS

_KEPT_CHARS = 1_024
_BEFORE_PERCENT = rf"{PAIR}{GAP}=?{GAP}{NUMBER}{GAP}[(]?{GAP}"
_ENTRY_SO_FAR = re.compile(rf"{_BEFORE_PERCENT}([{ARROWS}]?){GAP}\Z")
_NO_ARROW = "\udc01"  # in place of a percentage that is left out, and of the arrow before it
_ARROW_LEFT = re.compile(rf"[{ARROWS}]\s?{_NO_ARROW}")
_DIFFERS = "markup that differs from pair to pair"
_FELL = re.compile(rf"{_BEFORE_PERCENT}[{MINUS}{DOWN_ARROWS}]{GAP}{NUMBER}{GAP}%")
_PAIR = re.compile(PAIR)
_PERCENT = re.compile(rf"(?<![0-9.,'])({NUMBER})\s?%")
_PERCENT_GOES_ON = re.compile(r"[0-9.,]*\s{0,16}%|[0-9.,]+\Z|\s+\Z")
_DIGITS_AT_END = re.compile(r"[0-9.,]\s{0,16}\Z")
_BEGINS_UNSIGNED = re.compile(rf"\s*{NUMBER}\s?%")
_DOWN = frozenset({
    "down", "fall", "falling", "fallen", "fell", "negative", "neg", "minus", "decrease", "decreased", "decline",
    "declined", "loss", "loser", "losing", "bear", "bearish",
})  # fmt: skip
_UP = frozenset({
    "up", "rise", "rising", "risen", "rose", "positive", "pos", "plus", "increase", "increased", "gain", "gainer",
    "gaining", "bull", "bullish",
})  # fmt: skip
WORDS = dict.fromkeys(_UP, 1) | dict.fromkeys(_DOWN, -1)
"""Words for a direction: -1 for one downwards, 1 for one upwards."""

# Other parts of such classes; in `slide-down` or `scroll-up` the word means something else.
AROUND = frozenset({
    "is", "has", "change", "changed", "pct", "percent", "percentage", "price", "rate", "quote", "ticker", "trend",
    "value", "val", "text", "txt", "currency", "arrow", "caret", "chevron", "angle", "triangle", "long", "icon",
    "ico", "fa", "fas", "far", "bi", "glyphicon", "mdi", "delta", "diff", "market", "stock", "fx", "color",
    "colour", "sign", "num", "number", "fill", "alt", "circle", "solid", "short", "thin", "wide", "bold", "o",
})  # fmt: skip
_WITHDRAWN = frozenset({
    "old", "previous", "prev", "was", "before", "former", "strike", "struck", "strikethrough", "through", "crossed",
    "deleted", "removed", "outdated", "obsolete", "cancelled", "canceled",
})  # fmt: skip
_COLOURS = {"red": -1, "danger": -1, "green": 1, "success": 1}
PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_UNSIGNED = re.compile(rf"(?<![0-9.,'\u2019])(?<![{SIGNS}])(?<![{SIGNS}][^\S\n])(?=[0-9.,]*[1-9])[0-9]")
_SIGN_AT_END = re.compile(rf"[{SIGNS}]\s?\Z")
_STYLE_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*(red|green)\b", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Scope:
    """An element whose class or style names a direction.

    Attributes:
        shown: the class, for a note.
        word: -1 or 1 for a word for falling or rising, 0 for none or both.
        colour: -1 for red, 1 for green, 0 for neither or both.
        percentages: number of percentages in the element; a class applies only to a single one.
        chars: length of the element's text.
    """

    shown: str
    word: int
    colour: int
    percentages: int = 0
    chars: int = 0


def scope_of(classes: str, style: str) -> Scope | None:
    """Return the direction that an element's class and style name, None if they name none."""
    said = _said_by(classes, style) if classes or style else None
    return Scope(*said) if said else None


def says_any(classes: str) -> bool:
    """Return whether an element's class names a direction, or says that its text no longer holds; most do not."""
    return _kept_says(classes) if len(classes) <= _KEPT_CHARS else _said_by(classes, "") is not None


def names_direction(class_: str) -> bool:
    """Return whether a class is a word for rising or falling, not only a colour."""
    said = _said_by(class_, "")
    return said is not None and said[1] != 0


def names_fall(class_: str) -> bool:
    """Return whether a class is a word for falling."""
    said = _said_by(class_, "")
    return said is not None and said[1] < 0


def _said_by(classes: str, style: str) -> tuple[str, int, int] | None:
    """Return the direction that class and style name. A site has few different classes, so short ones are cached.

    Raises:
        PageError: they are longer than on any real page.
    """
    chars = len(classes) + len(style)
    if chars <= _KEPT_CHARS:
        return _found_in(classes, style)
    if chars > HTML_CLASS_CHARS:
        raise PageError(f"an HTML element whose class and style have more than {HTML_CLASS_CHARS:,} characters")
    return _look_in(classes, style)


def _look_in(classes: str, style: str) -> tuple[str, int, int] | None:
    words: set[int] = set()
    colours: set[int] = set()
    shown = []
    for name in classes.split():
        parts = [part.lower() for part in PARTS.findall(name)]
        said = {-1 for part in parts if part in _DOWN} | {1 for part in parts if part in _UP}
        if said and all(part in _DOWN or part in _UP or part in AROUND for part in parts):
            words |= said
            shown.append(name)
        elif tints := {_COLOURS[part] for part in parts if part in _COLOURS}:
            colours |= tints
            shown.append(name)
    if style and (found := _STYLE_COLOUR.search(style)):
        colours.add(_COLOURS[found[1].lower()])
        shown.append(f"color: {found[1].lower()}")
    if not words and not colours:
        return None
    return " ".join(shown), sum(words), sum(colours)


_found_in = lru_cache(maxsize=1024)(_look_in)


@lru_cache(maxsize=4096)  # asked of every element that has a class
def _kept_says(classes: str) -> bool:
    return is_withdrawn(classes) or may_hide(classes) or _look_in(classes, "") is not None


@lru_cache(maxsize=1024)
def is_withdrawn(classes: str) -> bool:
    """Return whether an element's class says that its text no longer holds, so that no digit goes on with it."""
    return len(classes) <= _KEPT_CHARS and any(part.lower() in _WITHDRAWN for part in PARTS.findall(classes))


@dataclass(slots=True, eq=False)
class Piece:
    """A run of text within a line.

    Attributes:
        text: its text; empty for an arrow that an icon draws.
        scope: the nearest element around it whose class names a direction; for an icon, its class.
        in_time: whether it is in a ``<time>`` element.
        icon: -1 or 1 for an arrow that an icon draws, or for a word that only screen readers read; else 0.
        unknown: True for a picture that may be an arrow of either direction.
        doubted: True where the markup may say the direction of its percentage.
    """

    text: str
    scope: Scope | None = None
    in_time: bool = False
    icon: int = 0
    unknown: bool = False
    doubted: bool = False


def prints_signs(lines: Iterable[str]) -> bool:
    """Return whether an entry of a ticker has a minus sign or an arrow downwards before its percentage."""
    return any("%" in line and _FELL.search(line) for line in lines)


DOUBT = "\udc00"
"""Mark before a number whose sign the page may show by other means; no page holds a lone surrogate."""


def doubts_marked(pieces: Sequence[Piece], *, signs: bool) -> list[str]:
    """Return the texts of a line with a mark before each number whose sign may be a class, an icon or a picture.

    A picture before the name of a row is a flag, so letters end the part of the line that it may belong to.

    Args:
        pieces: the line.
        signs: whether the page prints the sign of a fall.
    """
    said = [piece for piece in pieces if piece.text.strip() or piece.icon or piece.unknown]
    following = {id(piece): after for piece, after in pairwise(said)}
    out, pictured, before = [], False, ""
    for piece in pieces:
        after, scope = following.get(id(piece)), piece.scope
        pictured = _is_drawn(piece) or (pictured and not _LETTERS.search(piece.text))
        doubted = piece.doubted or pictured or (after is not None and not after.text.strip() and _is_drawn(after))
        if not doubted and scope and not piece.icon and scope.chars <= HTML_ENTRY_CHARS:
            doubted = scope.word < 0 or (not scope.word and not signs and scope.colour <= 0)
        out.append(_marked(piece.text, is_signed=_SIGN_AT_END.search(before) is not None) if doubted else piece.text)
        before = piece.text or before
    return out


def _marked(text: str, *, is_signed: bool) -> str:
    """Return a text with a mark before each number without a sign; `is_signed` tells that one stands before it."""
    first = len(text) - len(text.lstrip()) if is_signed else -1
    return _UNSIGNED.sub(lambda found: found[0] if found.start() == first else DOUBT + found[0], text)


def _is_drawn(piece: Piece) -> bool:
    return piece.unknown or piece.icon < 0


def signed(pieces: Sequence[Piece], *, signs: bool) -> tuple[list[Piece], list[str]]:
    """Write out the signs that a line shows by classes and icons.

    Args:
        pieces: the line.
        signs: whether the page prints the sign of a fall.

    Returns:
        The line with ▼ before percentages that fell, and without those of uncertain sign; and notes.
    """
    pieces = _whole_percentages(pieces)
    said, loose = _attached(pieces)
    pictured = _beside_pictures(pieces) - said.keys()
    used = {id(scope) for scope in said.values()}
    out: list[Piece] = []
    notes: list[str] = []
    shown = ""
    for piece in pieces:
        text = "" if piece.icon and id(piece.scope) in used else piece.text
        if "%" in text:
            doubt = "a picture beside it" if id(piece) in pictured else "an arrow near it" if loose else None
            doubt = _DIFFERS if piece.doubted and not doubt else doubt
            text, found = _with_signs(shown, text, said.get(id(piece)), doubt, signs=signs)
            notes += found
            if _NO_ARROW in text:
                text = _without_arrow(out, text)
        out.append(Piece(text, piece.scope, piece.in_time))
        shown = (shown + text)[-HTML_ENTRY_CHARS:]
    return out, notes


def _whole_percentages(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Return the pieces with each percentage in one piece, where markup parts its digits or its percent sign."""
    out = list(pieces)
    held = -1
    for number, piece in enumerate(out):
        before = out[held] if held >= 0 else None
        if before and _PERCENT_GOES_ON.match(piece.text) and _DIGITS_AT_END.search(before.text):
            scope = before.scope or piece.scope
            doubted = before.doubted or piece.doubted
            out[number] = Piece(before.text + piece.text, scope, piece.in_time, doubted=doubted)
            out[held] = Piece("")
        held = number if out[number].text else held if not (piece.icon or piece.unknown) else -1
    return out


def _beside_pictures(pieces: Sequence[Piece]) -> set[int]:
    """Return the pieces with a percentage whose sign may be a picture: one behind its pair, or right behind it."""
    if not any(piece.unknown for piece in pieces):
        return set()
    marks = [piece for piece in pieces if piece.icon or piece.unknown or piece.text.strip()]
    found, picture = set(), False
    for number, piece in enumerate(marks):
        picture = piece.unknown or (picture and not _PAIR.search(piece.text))
        if "%" in piece.text and (picture or any(after.unknown for after in marks[number + 1 : number + 2])):
            found.add(id(piece))
    return found


def _attached(pieces: Sequence[Piece]) -> tuple[dict[int, Scope], bool]:
    """Return the element that applies to each piece's percentage, and whether an unassigned icon may apply to any."""
    marks = [piece for piece in pieces if piece.icon or piece.text.strip()]
    icons = {id(piece) for piece in marks if piece.icon}
    said: dict[int, Scope] = {}
    for number, piece in enumerate(marks):
        if piece.text.count("%") != 1:
            continue
        before = marks[number - 1] if number else None
        after = marks[number + 1] if number + 2 == len(marks) else None  # further on, it may belong to what follows
        near = before if before and before.icon and _BEGINS_UNSIGNED.match(piece.text) else after
        if near and near.icon and near.scope:
            icons.discard(id(near))
            said[id(piece)] = near.scope
        elif piece.scope and piece.scope.percentages <= 1 and piece.scope.chars <= HTML_ENTRY_CHARS:
            said[id(piece)] = piece.scope
    return said, bool(icons)


def _without_arrow(before: list[Piece], text: str) -> str:
    """Return a text without the arrows whose percentages are left out; one may be in a piece before it."""
    text = _ARROW_LEFT.sub("", text)
    if _NO_ARROW in text:
        for number in range(len(before) - 1, -1, -1):
            if shown := before[number].text.rstrip():
                before[number] = Piece(shown.rstrip(ARROWS), before[number].scope, before[number].in_time)
                break
    return text.replace(_NO_ARROW, "")


def _against_arrow(rises: bool, scope: Scope | None, doubt: str | None) -> str | None:
    """Return why a percentage has not the sign of the arrow before it, None if it has."""
    if scope and scope.word:
        same = (scope.word > 0) == rises
        return None if same else f"whose class {scope.shown!r} contradicts the arrow beside it"
    return f"{doubt} may be its sign or another's" if rises and doubt == _DIFFERS else None


def _with_signs(shown: str, text: str, scope: Scope | None, doubt: str | None, *, signs: bool) -> tuple[str, list[str]]:
    """Return the text of a piece that holds percentages, and notes; `shown` is the end of the text before it."""
    notes: list[str] = []

    def with_sign(found: re.Match[str]) -> str:  # noqa: PLR0911 -- one for each case
        percent = found[0]
        before = _ENTRY_SO_FAR.search(shown + text[max(0, found.start() - HTML_ENTRY_CHARS) : found.start()])
        if not found[1].strip("0.,") or not before:
            return percent  # zero, signed, or not the percentage of an entry
        if before[1]:
            why = _against_arrow(before[1] in UP_ARROWS, scope, doubt)
            notes.extend([f"left out: {percent}, {why}"] if why else [])
            return _NO_ARROW if why else percent
        if scope is None:
            if not doubt:
                return percent
            notes.append(f"left out: {percent}, {doubt} may be its sign or another's")
            return ""
        if scope.word > 0 or (not scope.word and (signs or scope.colour > 0)):
            return percent
        if scope.word < 0 and not signs:
            notes.append(f"the sign of {percent} is that of its class or text {scope.shown!r}")
            return DOWN_ARROWS[0] + percent
        why = "contradicts the signs that the page prints" if signs else "says no sign for certain"
        notes.append(f"left out: {percent}, whose class {scope.shown!r} {why}")
        return ""

    return _PERCENT.sub(with_sign, text), notes
