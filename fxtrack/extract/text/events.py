"""Collects the visible text of an HTML page, piece by piece, from the events of a parser. Pure.

`html` says which text that is, and `elements` which elements matter to it.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from fxtrack.extract.characters import GAP, NUMBER, PAIR, PICTURE, SIGNS, sign_of
from fxtrack.extract.css import StyleSheet
from fxtrack.extract.text.ceilings import refuse_element
from fxtrack.extract.text.elements import (
    BLOCKS,
    CONTROLS,
    COUNTED,
    DRAWN,
    MARK_OF,
    NEVER_HIDDEN,
    NOTHING_SAID,
    RARE,
    SAYING,
    TEXTLESS,
    VOID,
    has_font,
    is_picture,
    is_turned,
    meaning_of,
)
from fxtrack.extract.text.hidden import CLOSED, STRUCK
from fxtrack.extract.text.lines import BREAK, CELL, LINE, MARKS, SPACE, VisibleText, joined, render_text
from fxtrack.extract.text.signs import WORDS, Piece, Scope, is_withdrawn, says_any
from fxtrack.limits import HTML_ATTRIBUTES, HTML_DEPTH, HTML_ENTRY_CHARS, HTML_LOGGED_TAGS

_WORD_CHARS = 16
_QUOTES = "\u201c\u201d"  # that browsers print around <q>
_IN_NUMBERS = "0123456789.,'\u2019"
_WHITE = " \t\n\f\r"
_SPACES = re.compile(f"[{_WHITE}]+")
_PAIR = re.compile(PAIR)
_ENTRY = re.compile(
    rf"\s{{0,80}}{PAIR}{GAP}=?{GAP}{NUMBER}{GAP}(?:[(]?[{SIGNS}\s]{{0,16}}{NUMBER}{GAP}%[)]?)?[{SIGNS}\s{PICTURE}]{{0,80}}"
)
_RATE_AT_END = re.compile(r"(?:[A-Z]{3}/[A-Z]{3}\s{0,16}=\s{0,16}|\A)[0-9]+\.[0-9]+\Z")
_SYMBOL_CHARS = 2  # an arrow, and the character that asks for its picture
_BEGINS_APART = "=0123456789"
_ONLY_PERCENT = re.compile(rf"{NUMBER}\s?%\s*")

Element = tuple[str, int, int, Scope | None, bool, dict[str, str]]
"""An open element: its tag, its start in the output, in tokens and in characters; its direction, whether it is a copy
for the eye only, and its attributes, by which a style may draw a picture for it. A plain tuple, since a page has many.
"""

_GENERATED = MappingProxyType({"class": ""})  # of a picture that a style sheet draws
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


class Events:
    """Collects what a page shows from the events of a parser; lxml prescribes the names of the methods.

    Attributes:
        tokens: visible pieces of text and marks, in order.
        pieces: tokens with more than their text, by index.
        copies: ranges of tokens that are copies for the eye only.
        sheet: the rules of the page's own style sheets, None if there are none that matter.
        log: tags from `log_tags` on: the number of tokens before each, its name and, for a start tag, its attributes.
        chars: characters seen so far.
        open: the elements that are open, from the outermost on.
        data: takes a bit of text.
    """

    def __init__(self) -> None:
        """Begin."""
        self._pending: list[str] = []  # the parser delivers text in pieces; elements end a piece, entities do not
        self.data = self._pending.append
        self.begin()

    def begin(self) -> None:
        """Begin, or begin again, without tokens."""
        self.tokens = [LINE]
        self.pieces: dict[int, Piece] = {}
        self.copies: list[tuple[int, int]] = []
        self.log: list[tuple[int, str, dict[str, str] | None]] = []
        self._logs = self._shows_hidden = False
        self.sheet: StyleSheet | None = None
        self.chars = 0
        self.open: list[Element] = []
        self._unseen = 0  # number of open elements from the outermost hidden one on
        self._unseen_tag = ""
        self._pending.clear()
        self._scopes: list[Scope] = []
        self._times = self._pres = self._copies = 0
        self._closed: list[int] = []  # elements open within closed details, which show only their summary
        # elements open around each that sets its font, where symbols may be written as digits, or that is withdrawn
        self._fonts: list[int] = []
        self._parted = 0  # number of tokens after which digits belong to another number

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag.

        Raises:
            PageError: more elements are open, or the element has more attributes, than on any real page.
        """
        if len(self.open) + self._unseen >= HTML_DEPTH or len(attributes) > HTML_ATTRIBUTES:
            refuse_element(attributes)
        if self._unseen:
            self._unseen += tag not in VOID
            return
        if self._pending:
            self._flush()
        scope, hidden, copy = NOTHING_SAID
        if "-" in tag or (attributes and (not SAYING.isdisjoint(attributes) or says_any(attributes.get("class", "")))):
            scope, hidden, copy = self._said(tag, attributes)
        if self.sheet and not hidden:
            hidden = tag not in NEVER_HIDDEN and self.sheet.hides(tag, attributes, self.open)
        if (tag in RARE or hidden or self._closed) and self._is_apart(tag, scope, attributes, hidden=hidden):
            return
        tokens = self.tokens
        mark = MARK_OF.get(tag)
        if mark and (tokens[-1] != mark or tag == "hr"):
            self._begin(tag, mark)
        self.open.append((tag, len(tokens), self.chars, scope, copy, attributes))
        if scope:
            self._scopes.append(scope)
        if copy or self._logs or self.sheet or tag in COUNTED:
            self._count(tag, copy, 1, attributes)

    def end(self, tag: str) -> None:
        """Take an end tag, written or implied."""
        if self._unseen:
            self._end_unseen(tag)
            return
        if tag in VOID or not self.open:
            return
        if self._pending or tag == "q" or self.sheet:
            self._end_text(tag)
        _, begin, chars, scope, copy, attributes = self.open.pop()
        if scope:
            self._scopes.pop()
            scope.chars = self.chars - chars
        if self.chars == chars and (attributes or "-" in tag):  # an empty element, also one of the page's own making
            self._icon(scope)
        if (
            tag in RARE
            or self._fonts
            or (attributes and 0 < self.chars - chars <= _SYMBOL_CHARS and self._is_digit(begin, attributes, scope))
        ):
            self._part_digits()
        mark = MARK_OF.get(tag)
        if mark:
            self._end_block(tag, mark, begin, chars)
        if copy or self._logs or tag in COUNTED:
            self._count(tag, copy, -1, None)
            if copy and not self._copies:
                self.copies.append((begin, len(self.tokens)))

    def close(self) -> None:
        """Take the end of the page."""
        if self._pending and not self._unseen:
            self._flush()

    def log_tags(self) -> None:
        """Log all tags from here on."""
        self._logs = True

    def shows_hidden(self) -> None:
        """Take elements as shown that the page hides."""
        self._shows_hidden = True

    def rendered(self, tokens: int | None = None) -> VisibleText:
        """Return the text so far, or that of the first tokens."""
        return render_text(self.tokens[:tokens], self.pieces, self.copies, self.log)

    @property
    def speaks(self) -> bool:
        """Whether an open element affects all its content: it is hidden, a copy, or has a direction."""
        return bool(self._unseen or self._copies or self._scopes)

    @property
    def state(self) -> tuple[object, ...]:
        """The state that determines the output of the next events, except the amount of text in open elements."""
        return (
            [(e[0], e[4], bool(e[5]), e[3] and (e[3].shown, e[3].word, e[3].colour)) for e in self.open],
            self._parted == len(self.tokens), "".join(self._pending), self._unseen, self._times, self._pres,
            self._copies, self.tokens[-1], tuple(self._closed),
        )  # fmt: skip

    def _is_apart(self, tag: str, scope: Scope | None, attributes: dict[str, str], *, hidden: bool) -> bool:
        """Take the start tag of a special element, and return whether its text is skipped."""
        closed = tag in CLOSED and "open" not in attributes and not self._shows_hidden
        hidden = hidden and not self._shows_hidden
        hidden = hidden or (tag == "bdo" and attributes.get("dir", "").lower() == "rtl")  # shown from its end
        if self._closed and self._closed[-1] == len(self.open):
            hidden = hidden or tag != "summary"
        if hidden or tag in TEXTLESS or (closed and tag == "dialog"):
            self._apart(tag, scope, attributes, hidden=hidden)
            return True
        if closed:
            self._closed.append(len(self.open) + 1)
        self._parted = len(self.tokens)
        if tag == "q":
            self._pending.append(_QUOTES[0])
        return False

    def _said(self, tag: str, attributes: dict[str, str]) -> tuple[Scope | None, bool, bool]:
        if has_font(attributes) or is_withdrawn(attributes.get("class", "")):
            self._fonts.append(len(self.open))
            self._parted = len(self.tokens)
        if "-" in tag:  # the page's own elements say by their name what others say by their class
            attributes = {**attributes, "class": f"{tag} {attributes.get('class', '')}"}
        return meaning_of(attributes)

    def _is_digit(self, begin: int, attributes: dict[str, str], scope: Scope | None) -> bool:
        """Return whether a closed element with attributes has a lone digit, which may be a symbol; it is parted.

        A lone arrow that the element turns is taken as a picture.
        """
        if begin + 1 != len(self.tokens):
            return False
        if is_turned(shown := self.tokens[-1].strip(), attributes, scope):
            self.pieces[begin] = Piece("", unknown=True)
            self.tokens[begin] = ""
        if len(shown) > 1 or not shown.isnumeric():
            return False
        if self.tokens[-2][-1:] in _IN_NUMBERS:
            self.tokens[-1] = " " + self.tokens[-1]
        return True

    def _begin(self, tag: str, mark: str) -> None:
        """Take the start of a block."""
        if tag == "hr":
            self._picture()
        if self.tokens[-1] != mark:
            self.tokens.append(mark)

    def _end_text(self, tag: str) -> None:
        """Take the last text of an element."""
        if tag == "q":
            self._pending.append(_QUOTES[1])
        if self._pending:
            self._flush()
        if self.sheet and self.sheet.generates:
            self._generate(self.sheet.generated(tag, self.open[-1][5], self.open[:-1], "after"))

    def _generate(self, text: str) -> None:
        """Take text that a style sheet adds to an element."""
        if text == PICTURE:
            self._icon(None, _GENERATED)
        elif text:
            self._pending.append(text)
            self._flush()

    def _picture(self) -> None:
        """Take something that is shown and is no text of the page, where text stands before it on the line."""
        if next((token for token in reversed(self.tokens) if token), "").strip():
            self.tokens.append(PICTURE)

    def _apart(self, tag: str, scope: Scope | None, attributes: dict[str, str], *, hidden: bool) -> None:
        """Take the start tag of an element whose text is skipped."""
        if tag == "br":
            self.tokens.append(BREAK)
            return
        if tag not in VOID:
            self._unseen, self._unseen_tag = 1, "" if hidden else tag
        if tag in CONTROLS and not hidden and attributes.get("type", "").lower() not in {"hidden", "image"}:
            self._picture()
        if tag in STRUCK or (hidden and "style" in attributes):
            self._parted = len(self.tokens)
        elif not hidden and (scope or is_picture(tag, attributes)):
            self._icon(scope, attributes)

    def _end_unseen(self, tag: str) -> None:
        self._unseen -= tag not in VOID
        if not self._unseen:
            if self._unseen_tag in DRAWN and any(c.isnumeric() for text in self._pending for c in text):
                self._picture()
            self._pending.clear()

    def _end_block(self, tag: str, mark: str, begin: int, chars: int) -> None:
        tokens = self.tokens
        if self.chars - chars <= HTML_ENTRY_CHARS and 1 < len(tokens) - begin <= HTML_ENTRY_CHARS and tag in BLOCKS:
            self._join_entry(begin)
        if tag != "dt" and tokens[-1] != mark:  # the definition of a term goes on the same line
            tokens.append(mark)

    def _count(self, tag: str, copy: bool, by: int, attributes: dict[str, str] | None) -> None:
        """Take the start or the end of an element that is counted or logged, or to which a style sheet adds text."""
        if self._logs and len(self.log) < HTML_LOGGED_TAGS:
            self.log.append((len(self.tokens), tag, attributes))
        if self.sheet and self.sheet.generates and attributes is not None:
            self._generate(self.sheet.generated(tag, attributes, self.open[:-1], "before"))
        self._times += by * (tag == "time")
        self._pres += by * (tag == "pre")
        self._copies += by * copy

    def _flush(self) -> None:
        """Take the text since the last tag as a piece."""
        if self._closed and self._closed[-1] == len(self.open):
            self._pending.clear()
            return
        text = self._pending[0] if len(self._pending) == 1 else "".join(self._pending)
        self._pending.clear()
        if self._pres and "\n" in text:
            self._take_lines(text.split("\n"))
            return
        if not text.strip(_WHITE):
            self.tokens.append(" ")
            return
        shown = text if text.isprintable() and "  " not in text else _SPACES.sub(" ", text)
        bare = shown.strip()
        self.chars += len(bare)
        if shown[0] in _IN_NUMBERS and self._parted == len(self.tokens) and self.tokens[-1][-1:] in _IN_NUMBERS:
            self.tokens.append(SPACE)
        elif shown[0] in _BEGINS_APART and self.tokens[-1][-1:].strip():
            self._part(self.tokens[-1], shown)
        word = WORDS.get(bare.lower(), 0) if len(shown) < _WORD_CHARS else 0
        if word or self._scopes or self._times:
            scope = Scope(bare.lower(), word, 0) if word else self._scopes[-1] if self._scopes else None
            self.pieces[len(self.tokens)] = Piece(shown, scope, self._times > 0, word)
            if self._scopes:
                self._scopes[-1].percentages += shown.count("%")
        self.tokens.append(shown)

    def _take_lines(self, lines: list[str]) -> None:
        """Take preformatted text, line by line."""
        for number, line in enumerate(lines):
            if number:
                self.tokens.append(BREAK)
            if line:
                self._pending.append(line)
                self._flush()

    def _part(self, before: str, text: str) -> None:
        """Separate a pair, its rate and its change where their elements stand side by side without a space."""
        if _PAIR.fullmatch(before.strip()) or (_RATE_AT_END.search(before) and _ONLY_PERCENT.fullmatch(text)):
            self.tokens.append(CELL)

    def _part_digits(self) -> None:
        """Take the end of closed details, or of an element whose digits are not part of a number beside it."""
        self._parted = len(self.tokens)
        if self._fonts and self._fonts[-1] >= len(self.open):
            self._fonts.pop()
        if self._closed and self._closed[-1] > len(self.open):
            self._closed.pop()

    def _icon(self, scope: Scope | None, attributes: Mapping[str, str] = _NO_ATTRIBUTES) -> None:
        """Take a picture, or an empty element that a style may turn into one."""
        said = [" ".join((attributes.get(name) or "").lower().split()) for name in ("alt", "aria-label", "title")]
        word = scope.word if scope and scope.word else next((WORDS[text] for text in said if text in WORDS), 0)
        sign = next((text for text in said if len(text) == 1 and sign_of(text)), "")
        if word:
            scope = scope if scope and scope.word else Scope(next(text for text in said if text in WORDS), word, 0)
            self.pieces[len(self.tokens)] = Piece("", scope, icon=word)
        elif not sign:
            sign = PICTURE if attributes and self.tokens[-1][-1:].isdigit() else ""  # it may be a digit itself
            self.pieces[len(self.tokens)] = Piece(sign, unknown=True)
        self.tokens.append(sign)
        self._parted = len(self.tokens)

    def _join_entry(self, start: int) -> None:
        """Join the blocks since `start` into one line if together they are one entry of a ticker."""
        tokens = self.tokens[start:]
        if (LINE in tokens or BREAK in tokens) and _ENTRY.fullmatch(joined(tokens)):
            self.tokens[start:] = [CELL if token in MARKS else token for token in tokens]
