"""Turns the HTML of a page into its visible text, one line for each block. Pure.

The ticker reader sees the same lines as in a text capture of the page:

- white space collapses, a block starts a line, tabs separate the cells of a row, and a ticker entry built of small
  blocks is one line;
- invisible content is left out: scripts, templates, comments, and the elements of `hidden`. A copy for the eye only
  (`aria-hidden`) stays where it repeats other text of the page, as the copies of a marquee do;
- `<time>` belongs to an article. A line of nothing else is marked, and no marked line is a page date;
- digits of links, superscripts and similar elements never join the digits beside them;
- an arrow drawn by an icon is written as ▲ or ▼; the module `signs` decides which classes count as arrows.

libxml2 reads the markup as a stream of events. Without a tree, memory and time grow linearly with the page; a tree that
follows the HTML standard exactly can grow quadratically.
"""

import re
import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from fxtrack.errors import PageError
from fxtrack.extract.styles.css import sheet_of
from fxtrack.extract.text.ceilings import check_kept, check_tags
from fxtrack.extract.text.events import Events
from fxtrack.extract.text.lines import VisibleText
from fxtrack.limits import HTML_FEED_CHARS

if TYPE_CHECKING:
    from lxml import etree

_SNIFF = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*<(?:!doctype\s+html|(?:html|head|body|title|meta|link|script|"
    r"style|div|main|header|section|article|nav|table|ul|ol|li|p|h[1-6]|span|b|a|br|font|iframe)(?=[\s/>]))",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[A-Za-z!/]")


def looks_like_html(text: str, *, declared: bool = False) -> bool:
    """Return whether a page is HTML: it starts as HTML, or it is `declared` as HTML and has a tag."""
    return bool(_SNIFF.match(text)) or (declared and bool(_TAG.search(text)))


def visible_text(markup: str, *, compared: bool = True, styled: bool = True) -> VisibleText:
    """Return the visible text of an HTML page, one line a block, and notes on it.

    Args:
        markup: the page.
        compared: whether to compare the markup of its entries, which may show the signs of percentages.
        styled: whether to leave out what it hides, and to apply its own style sheets.

    Raises:
        PageError: its elements are nested deeper than any real page's.
    """
    with Parse() as parse:
        if compared:
            parse.events.log_tags()
        if styled:
            parse.events.style(sheet_of(markup))
        else:
            parse.events.shows_hidden()
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
