"""Joins the pieces of text of an HTML page where they belong together, and keeps apart what may not. Pure.

Digits join those beside them over the border of an element without attributes alone: any other may set its text apart.
A text that may be hidden is marked as uncertain, and so is a picture or control that may be a sign.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from fxtrack.extract.characters import GAP, NUMBER, PAIR, PICTURE, SIGNS, sign_of
from fxtrack.extract.styles.css import StyleSheet
from fxtrack.extract.text.elements import LEAVING, is_turned
from fxtrack.extract.text.lines import BREAK, CELL, LINE, MARKS, SPACE, joined
from fxtrack.extract.text.signs import WORDS, Piece, Scope
from fxtrack.limits import HTML_LOGGED_TAGS

_PAIR = re.compile(PAIR)
_ENTRY = re.compile(
    rf"\s{{0,80}}{PAIR}{GAP}=?{GAP}{NUMBER}{GAP}(?:[(]?[{SIGNS}\s]{{0,16}}{NUMBER}{GAP}%[)]?)?[{SIGNS}\s{PICTURE}]{{0,80}}"
)
_RATE_AT_END = re.compile(r"(?:[A-Z]{3}/[A-Z]{3}\s{0,16}=\s{0,16}|\A)[0-9]+\.[0-9]+\Z")
_ONLY_PERCENT = re.compile(rf"{NUMBER}\s?%\s*")
_LOOK_BACK = 8  # tokens
IN_NUMBERS = "0123456789.,'\u2019"
NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})

Element = tuple[str, int, int, Scope | None, bool, dict[str, str]]
"""An open element: its tag, its start in the output, in tokens and in characters; its direction, whether it is a copy
for the eye only, and its attributes, by which a style may draw a picture for it. A plain tuple, since a page has many.
"""


class Pieces:
    """The output of the events of a page so far.

    Attributes:
        tokens: visible pieces of text and marks, in order.
        pieces: tokens with more than their text, by index.
        log: tags from `log_tags` on: the number of tokens before each, its name and, for a start tag, its attributes.
        sheet: the rules of the page's own style sheets, None if none of them hides, adds or turns anything.
        open: the elements that are open, from the outermost on.
    """

    __slots__ = ("_border", "_parted", "_restyled", "_rules", "log", "open", "pieces", "sheet", "tokens")

    def begin(self) -> None:
        """Begin, or begin again, without tokens."""
        self.tokens = [LINE]
        self.pieces: dict[int, Piece] = {}
        self.log: list[tuple[int, str, dict[str, str] | None]] = []
        self.sheet: StyleSheet | None = None
        self._rules: StyleSheet | None = None
        self._restyled = False  # a style sheet turns elements, or moves some that have no attributes
        self.open: list[Element] = []
        self._parted = 0  # number of tokens after which digits belong to another number
        self._border: tuple[int, str, Mapping[str, str]] = (0, "", NO_ATTRIBUTES)  # the end of an element behind them

    def style(self, sheet: StyleSheet | None) -> None:
        """Apply the page's own style sheets."""
        self.sheet, self._rules = sheet or None, sheet
        self._restyled = sheet is not None and (sheet.turning or sheet.moving)

    def _is_digit(self, begin: int, tag: str, attributes: dict[str, str], scope: Scope | None) -> bool:
        """Return whether a closed element with attributes has a lone digit, which may be a symbol; it is parted.

        A lone arrow that the element turns is taken as a picture.
        """
        if begin + 1 != len(self.tokens):
            return False
        shown = self.tokens[-1].strip()
        if is_turned(shown, attributes, scope) or (
            self.sheet and shown and sign_of(shown[0]) and self.sheet.turns(tag, attributes, self.open)
        ):
            self.pieces[begin] = Piece("", unknown=True)
            self.tokens[begin] = ""
        if not attributes or len(shown) > 1 or not shown.isnumeric():
            return False
        if self.tokens[-2][-1:] in IN_NUMBERS:
            self.tokens[-1] = " " + self.tokens[-1]
        return True

    def _picture(self) -> None:
        """Take something that is shown and is no text of the page, where text stands before it on the line."""
        if next((token for token in reversed(self.tokens) if token), "").strip():
            self.tokens.append(PICTURE)

    def _control(self) -> None:
        """Take a control, which shows a value of its own: it may be part of a text beside it, or a sign in a cell."""
        before = next(filter(None, reversed(self.tokens)), "")
        if before in {CELL, SPACE, " "} and any(token.strip() for token in self.tokens[-_LOOK_BACK:]):
            self._icon(None)
        else:
            self._picture()

    def _log(self, tag: str, attributes: dict[str, str]) -> None:
        """Log an element whose text is skipped."""
        if len(self.log) < HTML_LOGGED_TAGS:
            self.log += [(len(self.tokens), tag, attributes), (len(self.tokens), tag, None)]

    def _join(self, text: str) -> None:
        """Take text that begins like a number behind text that ends like one; only plain elements part neither."""
        before = self.tokens[-1]
        if self._parted == len(self.tokens):
            self.tokens.append(SPACE)
        elif (
            before and text[0].isdigit() and not self._part(before, text) and before[-1].isdigit() and self._is_border()
        ):
            self.tokens.append(PICTURE)

    def _is_border(self) -> bool:
        """Return whether an element begins or ends here that may set its text apart."""
        place, tag, attributes = self._border
        if place == len(self.tokens) and self._sets_apart(tag, attributes, self.open):
            return True
        for number in range(len(self.open) - 1, -1, -1):
            if self.open[number][1] != len(self.tokens):
                break
            if self._sets_apart(self.open[number][0], self.open[number][5], self.open[:number]):
                return True
        return False

    def _sets_apart(self, tag: str, attributes: Mapping[str, str], around: list[Element]) -> bool:
        return not attributes.keys() <= LEAVING or (
            self._rules is not None and self._rules.moves(tag, attributes, around)
        )

    def _part(self, before: str, text: str) -> bool:
        """Separate a pair, its rate and its change where their elements stand side by side without a space."""
        if _PAIR.fullmatch(before.strip()) or (_RATE_AT_END.search(before) and _ONLY_PERCENT.fullmatch(text)):
            self.tokens.append(CELL)
            return True
        return False

    def _blur(self, begin: int) -> None:
        """Make the text since `begin` uncertain, which may be hidden: numbers, pairs and signs, but no words."""
        for number in range(begin, len(self.tokens)):
            text, piece = self.tokens[number], self.pieces.get(number)
            bare = text.strip()
            if bare and not any(map(str.isalnum, bare)) and any(map(sign_of, bare)):
                self.tokens[number], self.pieces[number] = "", Piece("", unknown=True)
            elif bare and bare != PICTURE and (_PAIR.search(bare) or "%" in bare or any(map(str.isnumeric, bare))):
                self.tokens[number] = shown = f"{PICTURE}{text}{PICTURE}"
                if piece:
                    self.pieces[number] = replace(piece, text=shown)

    def _icon(self, scope: Scope | None, attributes: Mapping[str, str] = NO_ATTRIBUTES, *, drawn: bool = False) -> None:
        """Take a picture, or an empty element that a style may turn into one."""
        said = [" ".join((attributes.get(name) or "").lower().split()) for name in ("alt", "aria-label", "title")]
        word = scope.word if scope and scope.word else next((WORDS[text] for text in said if text in WORDS), 0)
        sign = next((text for text in said if len(text) == 1 and sign_of(text)), "")
        if word:
            scope = scope if scope and scope.word else Scope(next(text for text in said if text in WORDS), word, 0)
            self.pieces[len(self.tokens)] = Piece("", scope, icon=word)
        elif not sign:
            may_be_a_digit = (attributes or drawn) and self.tokens[-1][-1:].isdigit()
            sign = PICTURE if may_be_a_digit else ""
            self.pieces[len(self.tokens)] = Piece(sign, unknown=True)
        self.tokens.append(sign)
        self._parted = len(self.tokens)

    def _join_entry(self, start: int) -> None:
        """Join the blocks since `start` into one line if together they are one entry of a ticker."""
        tokens = self.tokens[start:]
        if (LINE in tokens or BREAK in tokens) and _ENTRY.fullmatch(joined(tokens)):
            self.tokens[start:] = [CELL if token in MARKS else token for token in tokens]
