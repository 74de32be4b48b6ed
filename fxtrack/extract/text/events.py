"""Collects the visible text of an HTML page, piece by piece, from the events of a parser. Pure.

`html` says which text that is, and `elements` which elements matter to it.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from fxtrack.extract.characters import PICTURE
from fxtrack.extract.styles.hidden import (
    CLOSED,
    SEEN,
    STRUCK,
    UNSEEN,
    UNSURE,
    inline_values,
    lost_text,
    restores,
)
from fxtrack.extract.text.ceilings import refuse_element
from fxtrack.extract.text.elements import (
    BLOCKS,
    CONTROLS,
    COUNTED,
    DRAWN,
    LOGGED,
    MARK_OF,
    NEVER_HIDDEN,
    NOTHING_SAID,
    PICTURES,
    RARE,
    SAYING,
    TEXTLESS,
    VOID,
    has_hiding_attribute,
    is_picture,
    meaning_of,
    stands_apart,
)
from fxtrack.extract.text.lines import BREAK, VisibleText, render_text
from fxtrack.extract.text.pieces import IN_NUMBERS, Pieces
from fxtrack.extract.text.signs import WORDS, Piece, Scope, says_any
from fxtrack.limits import HTML_ATTRIBUTES, HTML_DEPTH, HTML_ENTRY_CHARS, HTML_LOGGED_TAGS

_WORD_CHARS = 16
_QUOTES = "\u201c\u201d"  # that browsers print around <q>
_WHITE = " \t\n\f\r"
_SPACES = re.compile(f"[{_WHITE}]+")
_SYMBOL_CHARS = 2  # an arrow, and the character that asks for its picture
_BEGINS_APART = "=0123456789"

_GENERATED = MappingProxyType({"class": ""})  # of a picture that a style sheet draws


class Events(Pieces):
    """Collects what a page shows from the events of a parser; lxml prescribes the names of the methods.

    Attributes:
        copies: ranges of tokens that are copies for the eye only.
        chars: characters seen so far.
        data: takes a bit of text.
    """

    __slots__ = (
        "_closed", "_copies", "_fonts", "_logs", "_lost", "_pending", "_pres", "_resumed", "_scopes", "_shows_hidden",
        "_times", "_unseen", "_unseen_tag", "_unsure", "chars", "copies", "data",
    )  # fmt: skip

    def __init__(self) -> None:
        """Begin."""
        self._pending: list[str] = []  # the parser delivers text in pieces; elements end a piece, entities do not
        self.data = self._pending.append
        self.begin()

    def begin(self) -> None:
        """Begin, or begin again, without tokens."""
        super().begin()
        self.copies: list[tuple[int, int]] = []
        self._logs = self._shows_hidden = False
        self.chars = 0
        self._unseen = 0  # number of open elements from the outermost hidden one on
        self._unseen_tag = ""
        self._pending.clear()
        self._scopes: list[Scope] = []
        self._times = self._pres = self._copies = 0
        self._closed: list[int] = []  # elements open within closed details, which show only their summary
        # elements open around each that sets its font, where symbols may be written as digits, or that is withdrawn
        self._fonts: list[int] = []
        self._unsure: list[int] = []  # elements open around each that may be hidden
        self._lost: frozenset[str] = frozenset()  # properties that hide text until an element within sets them
        self._resumed: list[tuple[int, int, str, frozenset[str]]] = []  # what is unseen around elements that are seen

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: C901 -- a call costs more than a look
        """Take a start tag.

        Raises:
            PageError: more elements are open, or the element has more attributes, than on any real page.
        """
        if len(self.open) + self._unseen >= HTML_DEPTH or len(attributes) > HTML_ATTRIBUTES:
            refuse_element(attributes)
        if self._unseen and not (self._lost and self._reappears(tag, attributes)):
            self._unseen += tag not in VOID
            if self._logs and self._unseen_tag in PICTURES:
                self._log(tag, attributes)
            return
        if self._pending:
            self._flush()
        scope, seen, copy = NOTHING_SAID
        if "-" in tag or (attributes and (not SAYING.isdisjoint(attributes) or says_any(attributes.get("class", "")))):
            scope, seen, copy = self._said(tag, attributes)
        if self.sheet and self.sheet.decides:
            seen = self._styled(tag, attributes, seen)
        if (tag in RARE or seen or self._closed) and self._is_apart(tag, scope, attributes, seen):
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

    def end(self, tag: str) -> None:  # noqa: C901 -- the same
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
        if attributes or self._restyled:
            self._border = (len(self.tokens), tag, attributes)
            if 0 < self.chars - chars <= _SYMBOL_CHARS and self._is_digit(begin, tag, attributes, scope):
                self._parted = len(self.tokens)
        if tag in RARE or self._fonts:
            self._part_digits(begin)
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
        return bool(self._unseen or self._copies or self._scopes or self._unsure)

    @property
    def state(self) -> tuple[object, ...]:
        """The state that determines the output of the next events, except the amount of text in open elements."""
        return (
            [(e[0], e[4], bool(e[5]), e[3] and (e[3].shown, e[3].word, e[3].colour)) for e in self.open],
            self._parted == len(self.tokens), self._border[0] == len(self.tokens), "".join(self._pending),
            self._unseen, self._times, self._pres,
            self._copies, self.tokens[-1], tuple(self._closed), tuple(self._unsure), tuple(self._resumed),
        )  # fmt: skip

    def _is_apart(self, tag: str, scope: Scope | None, attributes: dict[str, str], seen: int) -> bool:
        """Take the start tag of a special element, and return whether its text is skipped."""
        closed = tag in CLOSED and "open" not in attributes and not self._shows_hidden
        if self._shows_hidden:
            seen = SEEN
        elif self._closed and self._closed[-1] == len(self.open) and tag != "summary":
            seen = UNSEEN
        elif tag == "bdo" and not seen and attributes.get("dir", "").lower() == "rtl":
            seen = UNSURE  # shown from its end
        if closed and tag == "dialog":
            closed = self._values(tag, attributes).get("display", "none") == "none"
        if seen == UNSEEN or tag in TEXTLESS or (closed and tag == "dialog"):
            self._apart(tag, scope, attributes, hidden=seen == UNSEEN)
            return True
        if seen == UNSURE:
            self._unsure.append(len(self.open))
            self._fonts.append(len(self.open))
        if closed and tag == "details":
            self._closed.append(len(self.open) + 1)
        self._parted = len(self.tokens)
        if tag == "q":
            self._pending.append(_QUOTES[0])
        return False

    def _said(self, tag: str, attributes: dict[str, str]) -> tuple[Scope | None, int, bool]:
        if stands_apart(attributes):
            self._fonts.append(len(self.open))
            self._parted = len(self.tokens)
        if "-" in tag:  # the page's own elements say by their name what others say by their class
            attributes = {**attributes, "class": f"{tag} {attributes.get('class', '')}"}
        return meaning_of(attributes)

    def _styled(self, tag: str, attributes: dict[str, str], seen: int) -> int:
        """Return whether an element is seen, by the page's own style sheets as well as by itself."""
        if self.sheet is None or tag in NEVER_HIDDEN:
            return seen
        found = self.sheet.look(tag, attributes, self.open, hidden=has_hiding_attribute(attributes))
        return seen if found is None or (found == SEEN and seen == UNSURE) else found

    def _values(self, tag: str, attributes: Mapping[str, str]) -> dict[str, str]:
        if self.sheet:
            return self.sheet.values(tag, attributes, self.open)
        return inline_values(attributes.get("style", ""))

    def _reappears(self, tag: str, attributes: Mapping[str, str]) -> bool:
        """Return whether an element in a text that is not seen is seen again, and if so, read on with it."""
        if tag in TEXTLESS or not restores(self._values(tag, attributes), self._lost):
            return False
        self._resumed.append((len(self.open), self._unseen, self._unseen_tag, self._lost))
        self._fonts.append(len(self.open))
        self._unseen, self._lost = 0, frozenset()
        self._pending.clear()
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

    def _apart(self, tag: str, scope: Scope | None, attributes: dict[str, str], *, hidden: bool) -> None:
        """Take the start tag of an element whose text is skipped."""
        if tag == "br":
            self.tokens.append(BREAK)
            return
        if tag not in VOID:
            self._unseen, self._unseen_tag = 1, "" if hidden else tag
            self._lost = lost_text(self._values(tag, attributes)) if hidden and attributes else frozenset()
        if self._logs and not hidden and (tag in LOGGED or is_picture(tag, attributes)):
            self._log(tag, attributes)
        if tag in CONTROLS and not hidden and attributes.get("type", "").lower() not in {"hidden", "image"}:
            self._control()
        if tag in STRUCK or (hidden and "style" in attributes):
            self._parted = len(self.tokens)
        elif not hidden and (scope or is_picture(tag, attributes)):
            self._icon(scope, attributes, drawn=tag in PICTURES)

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
        if shown[0] in IN_NUMBERS and self.tokens[-1][-1:] in IN_NUMBERS:
            self._join(shown)
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

    def _part_digits(self, begin: int) -> None:
        """Take the end of closed details, or of an element whose digits are not part of a number beside it."""
        self._parted = len(self.tokens)
        depth = len(self.open)
        while self._fonts and self._fonts[-1] >= depth:
            self._fonts.pop()
        if self._closed and self._closed[-1] > depth:
            self._closed.pop()
        if self._unsure and self._unsure[-1] >= depth:
            self._unsure.pop()
            if not self._unsure:
                self._blur(begin)
        if self._resumed and self._resumed[-1][0] >= depth:
            _, self._unseen, self._unseen_tag, self._lost = self._resumed.pop()
