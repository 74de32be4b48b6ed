"""Turns the HTML of a page into its visible text, one line for each block. Pure.

The ticker reader sees the same lines as in a text capture of the page:

- white space collapses, a block starts a line, tabs separate the cells of a row, and a ticker entry built of small
blocks is one line; - invisible content is left out: scripts, templates, comments, and the elements of `hidden`. A copy
for the eye only
  (`aria-hidden`) stays where it repeats other text of the page, as the copies of a marquee do;
- `<time>` belongs to an article. A line of nothing else is marked, and no marked line is a page date;
- digits of links, superscripts and similar elements never join the digits beside them;
- an arrow drawn by an icon is written as ▲ or ▼; the module `signs` decides which classes count as arrows.

libxml2 reads the markup as a stream of events. Without a tree, memory and time grow linearly with the page; a tree that
follows the HTML standard exactly can grow quadratically.
"""

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from fxtrack.errors import PageError
from fxtrack.extract.characters import GAP, NUMBER, PAIR, PICTURE, SIGNS, sign_of
from fxtrack.extract.text.ceilings import check_kept, check_tags, refuse_element
from fxtrack.extract.text.css import StyleSheet, sheet_of
from fxtrack.extract.text.hidden import CLOSED, STRUCK, hidden_by_style
from fxtrack.extract.text.lines import BREAK, CELL, FENCE, LINE, MARKS, SPACE, VisibleText, joined, render_text
from fxtrack.extract.text.signs import WORDS, Piece, Scope, says_any, scope_of
from fxtrack.limits import HTML_ATTRIBUTES, HTML_DEPTH, HTML_ENTRY_CHARS, HTML_FEED_CHARS, HTML_LOGGED_TAGS

if TYPE_CHECKING:
    from lxml import etree

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "marquee", "menu", "nav", "ol", "p",
    "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_UNSEEN = frozenset({
    "applet", "audio", "canvas", "datalist", "head", "iframe", "map", "math", "meter", "noembed", "noframes",
    "noscript", "object", "option", "progress", "rp", "script", "select", "style", "svg", "template", "textarea",
    "title", "video",
})  # fmt: skip
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_WORD_CHARS = 16
_APART = _VOID | _UNSEEN | STRUCK
_MEANING = frozenset({
    "a", "abbr", "button", "cite", "data", "dfn", "ins", "kbd", "label", "mark", "output", "q", "rt", "samp", "small",
    "time", "var",
})  # fmt: skip
"""Elements whose digits are not part of a number beside them, unlike those of <b>."""

_RARE = _APART | _MEANING | CLOSED
_PICTURES = frozenset({
    "img", "embed", "svg", "canvas", "object", "video", "math", "iframe", "meter", "progress",
})  # fmt: skip
_CONTROLS = frozenset({"input", "textarea", "select"})
"""Elements that show a value of their own, which no text of the page is."""

_NEVER_HIDDEN = frozenset({"html", "body"})  # a page that hides itself has a script that shows it
_GENERATED = MappingProxyType({"class": ""})  # of a picture that a style sheet draws
_DRAWN = frozenset({"svg", "math"})  # elements whose text is shown, in a place of its own
_FONT = re.compile(r"font(?:-family)?\s*:", re.IGNORECASE)
_QUOTES = "\u201c\u201d"  # that browsers print around <q>
_DOTS = frozenset({"0", "1"})  # sizes of pictures that only count visitors
_IN_NUMBERS = "0123456789.,'\u2019"
_COUNTED = frozenset({"time", "pre"})
_MARK_OF = {
    **dict.fromkeys(_BLOCKS, LINE), "article": FENCE,
    **dict.fromkeys(("td", "th", "dd"), CELL), **dict.fromkeys(("sup", "sub"), SPACE),
}  # fmt: skip
_SAYING = frozenset({"style", "hidden", "popover", "aria-hidden", "face"})  # and classes, which many elements have
_WHITE = " \t\n\f\r"
_SPACES = re.compile(f"[{_WHITE}]+")
_PAIR = re.compile(PAIR)
_ENTRY = re.compile(
    rf"\s{{0,80}}{PAIR}{GAP}=?{GAP}{NUMBER}{GAP}(?:[(]?[{SIGNS}\s]{{0,16}}{NUMBER}{GAP}%[)]?)?[{SIGNS}\s{PICTURE}]{{0,80}}"
)
_SNIFF = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*<(?:!doctype\s+html|(?:html|head|body|title|meta|link|script|"
    r"style|div|main|header|section|article|nav|table|ul|ol|li|p|h[1-6]|span|b|a|br|font|iframe)(?=[\s/>]))",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[A-Za-z!/]")

_RATE_AT_END = re.compile(r"(?:[A-Z]{3}/[A-Z]{3}\s{0,16}=\s{0,16}|\A)[0-9]+\.[0-9]+\Z")
_BEGINS_APART = "=0123456789"
_ONLY_PERCENT = re.compile(rf"{NUMBER}\s?%\s*")


def looks_like_html(text: str, *, declared: bool = False) -> bool:
    """Return whether a page is HTML: it starts as HTML, or it is `declared` as HTML and has a tag."""
    return bool(_SNIFF.match(text)) or (declared and bool(_TAG.search(text)))


def visible_text(markup: str, *, compared: bool = True, styled: bool = True) -> VisibleText:
    """Return the visible text of an HTML page, one line a block, and notes on it.

    Args:
        markup: the page.
        compared: whether to compare the markup of its entries, which may show the signs of percentages.
        styled: whether to apply its own style sheets.

    Raises:
        PageError: its elements are nested deeper than any real page's.
    """
    with Parse() as parse:
        if compared:
            parse.events.log_tags()
        if styled:
            parse.events.sheet = sheet_of(markup)
        parse.feed(markup)
        parse.close()
        return parse.events.rendered()


class Parse:
    """A parse in progress, as a context manager; `events` collects what the page shows so far."""

    def __init__(self) -> None:
        """Begin with an idle parser if there is one: a new one costs as much as parsing a thousand bytes."""
        self.events, self._parser = _IDLE.parsers.pop() if _IDLE.parsers else _new_parser()
        self.events.begin()
        self._fed = False

    def feed(self, markup: str) -> None:
        """Parse a further part of the page.

        Raises:
            PageError: its elements are nested deeper than any real page's.
        """
        check_tags(markup)
        for start in range(0, len(markup), HTML_FEED_CHARS):
            self._parser.feed(markup[start : start + HTML_FEED_CHARS].encode("utf-8", "replace"))
            self._fed = True
            check_kept(self.events.tokens, self.events.pieces)

    def close(self) -> None:
        """End the page.

        Raises:
            PageError: it has more of something than any real page.
        """
        if self._fed:
            self._fed = False
            self._parser.close()
            check_kept(self.events.tokens, self.events.pieces)

    def __enter__(self) -> Self:
        """Return the parse."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close an unfinished page, which libxml2 would otherwise keep in memory."""
        with suppress(PageError, SyntaxError):  # lxml raises earlier errors again, and objects to an early end
            self.events.begin()  # the end of an unfinished page adds nothing
            self.close()
            if error is None:
                _IDLE.parsers.append((self.events, self._parser))


Element = tuple[str, int, int, Scope | None, bool, dict[str, str]]
"""An open element: its tag, its start in the output, in tokens and in characters; its direction, whether it is a copy
for the eye only, and its attributes, by which a style may draw a picture for it. A plain tuple, since a page has many.
"""

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
        self._logs = False
        self.sheet: StyleSheet | None = None
        self.chars = 0
        self.open: list[Element] = []
        self._unseen = 0  # number of open elements from the outermost hidden one on
        self._unseen_tag = ""
        self._pending.clear()
        self._scopes: list[Scope] = []
        self._times = self._pres = self._copies = 0
        self._closed: list[int] = []  # elements open within closed details, which show only their summary
        self._fonts: list[int] = []  # elements open around each that sets its font: symbols may be written as digits
        self._parted = 0  # number of tokens after which digits belong to another number

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag.

        Raises:
            PageError: more elements are open, or the element has more attributes, than on any real page.
        """
        if len(self.open) + self._unseen >= HTML_DEPTH or len(attributes) > HTML_ATTRIBUTES:
            refuse_element(attributes)
        if self._unseen:
            self._unseen += tag not in _VOID
            return
        if self._pending:
            self._flush()
        scope, hidden, copy = _NOTHING_SAID
        if attributes and (not _SAYING.isdisjoint(attributes) or says_any(attributes.get("class"))):
            scope, hidden, copy = self._said(attributes)
        if self.sheet and not hidden:
            hidden = tag not in _NEVER_HIDDEN and self.sheet.hides(tag, attributes, self.open)
        if (tag in _RARE or hidden or self._closed) and self._is_apart(tag, scope, attributes, hidden=hidden):
            return
        mark = _MARK_OF.get(tag)
        if mark:
            self._begin(tag, mark)
        self.open.append((tag, len(self.tokens), self.chars, scope, copy, attributes))
        if scope:
            self._scopes.append(scope)
        if copy or self._logs or self.sheet or tag in _COUNTED:
            self._count(tag, copy, 1, attributes)

    def end(self, tag: str) -> None:
        """Take an end tag, written or implied."""
        if self._unseen:
            self._end_unseen(tag)
            return
        if tag in _VOID or not self.open:
            return
        if self._pending or tag == "q" or self.sheet:
            self._end_text(tag)
        _, begin, chars, scope, copy, attributes = self.open.pop()
        if scope:
            self._scopes.pop()
            scope.chars = self.chars - chars
        if attributes and self.chars == chars:
            self._icon(scope)
        if tag in _RARE or self._fonts or (attributes and self.chars - chars == 1 and self._is_digit(begin)):
            self._part_digits()
        mark = _MARK_OF.get(tag)
        if mark:
            self._end_block(tag, mark, begin, chars)
        if copy or self._logs or tag in _COUNTED:
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
        closed = tag in CLOSED and "open" not in attributes
        if self._closed and self._closed[-1] == len(self.open):
            hidden = hidden or tag != "summary"
        if hidden or tag in _APART or (closed and tag == "dialog"):
            self._apart(tag, scope, attributes, hidden=hidden)
            return True
        if closed:
            self._closed.append(len(self.open) + 1)
        self._parted = len(self.tokens)
        if tag == "q":
            self._pending.append(_QUOTES[0])
        return False

    def _said(self, attributes: dict[str, str]) -> tuple[Scope | None, bool, bool]:
        if _has_font(attributes):
            self._fonts.append(len(self.open))
            self._parted = len(self.tokens)
        return _said_by(attributes)

    def _is_digit(self, begin: int) -> bool:
        """Return whether a closed element with attributes has a lone digit, which may be a symbol; it is parted."""
        if begin + 1 != len(self.tokens) or not self.tokens[-1].strip().isnumeric():
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
        if tag not in _VOID:
            self._unseen, self._unseen_tag = 1, "" if hidden else tag
        if tag in _CONTROLS and not hidden and attributes.get("type", "").lower() not in {"hidden", "image"}:
            self._picture()
        if tag in STRUCK or (hidden and "style" in attributes):
            self._parted = len(self.tokens)
        elif not hidden and (scope or _is_picture(tag, attributes)):
            self._icon(scope, attributes)

    def _end_unseen(self, tag: str) -> None:
        self._unseen -= tag not in _VOID
        if not self._unseen:
            if self._unseen_tag in _DRAWN and any(c.isnumeric() for text in self._pending for c in text):
                self._picture()
            self._pending.clear()

    def _end_block(self, tag: str, mark: str, begin: int, chars: int) -> None:
        tokens = self.tokens
        if self.chars - chars <= HTML_ENTRY_CHARS and 1 < len(tokens) - begin <= HTML_ENTRY_CHARS and tag in _BLOCKS:
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


def _has_font(attributes: Mapping[str, str]) -> bool:
    """Return whether an element sets its font: symbols for arrows may be written as digits in one."""
    return "face" in attributes or _FONT.search(attributes.get("style", "")) is not None


def _is_picture(tag: str, attributes: Mapping[str, str]) -> bool:
    """Return whether an element is a visible picture, not a dot that counts visitors."""
    shown = tag in _PICTURES or (tag == "input" and attributes.get("type") == "image")
    return shown and _DOTS.isdisjoint(map(attributes.get, ("width", "height")))


def _new_parser() -> tuple[Events, "etree.HTMLParser"]:
    from lxml import etree

    events = Events()
    target: Any = events  # the stubs ask for methods that take bytes too
    return events, etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True)


class _Idle(threading.local):
    """Idle parsers, kept for each thread, since libxml2 keeps names for each."""

    def __init__(self) -> None:
        self.parsers: list[tuple[Events, etree.HTMLParser]] = []


_IDLE = _Idle()

_NOTHING_SAID: tuple[Scope | None, bool, bool] = (None, False, False)


def _said_by(attributes: dict[str, str]) -> tuple[Scope | None, bool, bool]:
    """Return what the attributes of an element mean: its direction, whether it is hidden or a copy for the eye."""
    style = attributes.get("style", "")
    return (
        scope_of(attributes.get("class", ""), style),
        not attributes.keys().isdisjoint(("hidden", "popover")) or hidden_by_style(style),
        attributes.get("aria-hidden", "").strip().lower() == "true",
    )
