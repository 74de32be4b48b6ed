"""Reads one page: bytes to text, HTML to visible text, text to a reading. Pure."""

import re
from typing import NamedTuple

from fxtrack.errors import PageError
from fxtrack.extract.characters import LOST, PICTURE
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.html_prefix import STROKE, hides_ticker, read_beginning
from fxtrack.extract.text.decode import Decoded, decode
from fxtrack.extract.text.html import looks_like_html, visible_text
from fxtrack.extract.text.markup import needs_comparison
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.limits import HTML_DEPTH
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Reading

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# Two currency codes and a stroke, however markup parts them: every quote has them. The pattern starts with a literal,
# which is several times faster than a class.
_PAIR = re.compile(rb"/(?<=[A-Z>;\x80-\xff]/)(?:[A-Z]{1,3}(?:[\s=<&]|[^\x00-\x7f])|[<&\x80-\xff])")
_STROKE = re.compile(STROKE.encode())
_DEPTH_LOOKS = 8
# Markup that ends in a rate, without a line end or any tag behind it, is cut: what follows the last digit is unknown.
_CUT_IN_A_NUMBER = re.compile(r">[^<>]*?(?:[A-Z]{3}/[A-Z]{3})?[\s=]*[0-9][0-9.,]*\Z")
_LAST_CHARS = 64

_UNSEEN_IN_NOTES = "[?]"
"""The mark in notes for a picture, and at the ends of text that a reader may not see."""


class Shown(NamedTuple):
    """The text of a page as the ticker reader sees it.

    Attributes:
        text: the text; None where the page has none.
        unclean: a note on bytes that could not be decoded, or on a guessed encoding.
        notes: notes on signs that are not derived from characters of the page alone.
        problem: the reason if there is no text.
        doubts: where numbers begin whose sign the page may show by other means than characters.
    """

    text: str | None
    unclean: str | None = None
    notes: tuple[str, ...] = ()
    problem: str | None = None
    doubts: tuple[int, ...] = ()


def read(page: Page, grammar: Grammar) -> Reading:
    """Read the ticker of a page.

    Returns:
        Its reading; `detail` has notes on everything that was skipped. A page without text is ``unreadable``.
    """
    if cannot_show_quotes(page, grammar):
        return Reading(Outcome.NO_TICKER)
    decoded = decode(page.data, page.charset)
    if decoded.text is None:
        return Reading(Outcome.UNREADABLE, detail=decoded.note)
    if not _is_html(page, decoded.text):
        reading = read_ticker(decoded.text, grammar)
        return reading.noting(decoded.note) if decoded.note else reading
    markup = decoded.text
    if _CUT_IN_A_NUMBER.search(markup, max(0, len(markup) - _LAST_CHARS)):
        markup += LOST
    try:
        found = read_beginning(markup, grammar) or read_markup(markup, grammar)
    except PageError as error:
        return Reading(Outcome.UNREADABLE, detail=str(error))
    reading, notes = found
    if reading.outcome is Outcome.NO_TICKER and hides_ticker(markup, grammar):
        reading = reading.noting("an element or style sheet hides its ticker, which is left out")
    return _noted(reading, notes, decoded.note)


def read_markup(markup: str, grammar: Grammar) -> tuple[Reading, tuple[str, ...]]:
    """Return the reading of a whole HTML page, and notes on its visible text.

    Raises:
        PageError: its elements are nested deeper than any real page's.
    """
    shown = visible_text(markup, compared=False)
    reading = read_ticker(shown.text, grammar, shown.doubts)
    if needs_comparison(markup, reading, shown.notes):
        shown = visible_text(markup)
        reading = read_ticker(shown.text, grammar, shown.doubts)
    return reading, shown.notes


def _noted(reading: Reading, notes: tuple[str, ...], unclean: str | None) -> Reading:
    for note in (unclean, *(notes if reading.quotes or reading.variants else ())):
        reading = reading.noting(note) if note else reading
    if PICTURE in (reading.detail or ""):
        reading = reading._replace(detail=str(reading.detail).replace(PICTURE, _UNSEEN_IN_NOTES))
    return reading


def page_text(page: Page) -> Shown:
    """Return the text of a page; for an HTML page, its visible text."""
    return _shown(page, decode(page.data, page.charset))


def _shown(page: Page, decoded: Decoded) -> Shown:
    if decoded.text is None:
        return Shown(None, problem=decoded.note)
    if not _is_html(page, decoded.text):
        return Shown(decoded.text, decoded.note)
    try:
        visible = visible_text(decoded.text)
    except PageError as error:
        return Shown(None, decoded.note, problem=str(error))
    return Shown(visible.text, decoded.note, visible.notes, doubts=visible.doubts)


def _is_html(page: Page, text: str) -> bool:
    return page.media_type != "text/plain" and looks_like_html(text, declared=page.media_type in _HTML_TYPES)


def cannot_show_quotes(page: Page, grammar: Grammar) -> bool:
    """Return whether bytes of HTML cannot hold a quote, without decoding and parsing them.

    A shortcut: it is true only if `read` would find no ticker and nothing to note.
    """
    data = page.data
    return (
        page.media_type in _HTML_TYPES
        and grammar.pattern is None
        and not _PAIR.search(data)
        and not _STROKE.search(data)
        and b"\x00" not in data  # 16-bit encodings, and binary data
        and b"\x1b" not in data  # encodings that shift
        and bool(data)
        and not data.isspace()
        and not _may_nest_deeply(data)
        and (data.isascii() or decode(data, page.charset).note is None)
    )


def _may_nest_deeply(data: bytes) -> bool:
    """Estimate, from counts at a few places, whether more elements may be open than a page may have."""
    if data.count(b"<") <= HTML_DEPTH:
        return False
    step = len(data) // _DEPTH_LOOKS + 1
    opened = 0
    for start in range(0, len(data), step):
        opened += data.count(b"<", start, start + step) - 2 * data.count(b"</", start, start + step)
        if opened > HTML_DEPTH // 2:
            return True
    return False
