"""Refuses HTML that has more of something than any real page, before it fills the memory. Pure."""

import re
from collections.abc import Sized
from itertools import islice
from typing import NoReturn

from fxtrack.errors import PageError
from fxtrack.limits import HTML_ATTRIBUTES, HTML_DEPTH, HTML_PIECES, HTML_TAG_WORDS, HTML_TOKENS

_LEAST_CHARS = 2 * HTML_TAG_WORDS  # the shortest text with that many words
# Starts behind the end of a tag, so that no stretch of a page is looked through more than once
_NO_END = re.compile(rf">[^>]{{{_LEAST_CHARS},}}")
_BEGINS_TAG = re.compile("<[A-Za-z]")
_WORD = re.compile(r"[^\s/]+")


def check_tags(markup: str) -> None:
    """Check that the words of no tag alone would fill the memory of the parser.

    Raises:
        PageError: a tag has more words than the limit.
    """
    if len(markup) <= _LEAST_CHARS:
        return
    first = markup.find(">")
    stretches = [found.span() for found in _NO_END.finditer(markup)]
    for start, end in [(0, first if first >= 0 else len(markup)), *stretches]:
        begun = _BEGINS_TAG.search(markup, start, end)
        words = _WORD.finditer(markup, begun.end(), end) if begun else ()
        if sum(1 for _ in islice(words, HTML_TAG_WORDS + 1)) > HTML_TAG_WORDS:
            raise _too_many_attributes()


def refuse_element(attributes: Sized) -> NoReturn:
    """Refuse an element: it has too many attributes, or is nested too deeply.

    Raises:
        PageError: it has more attributes than on any real page, or else more elements are open.
    """
    if len(attributes) > HTML_ATTRIBUTES:
        raise _too_many_attributes()
    raise PageError(f"HTML nested deeper than {HTML_DEPTH:,} elements")


def check_kept(tokens: Sized, pieces: Sized) -> None:
    """Check what is kept of a page.

    Raises:
        PageError: it is more than of any real page.
    """
    if len(tokens) > HTML_TOKENS:
        raise PageError(f"an HTML page with more than {HTML_TOKENS:,} pieces of text")
    if len(pieces) > HTML_PIECES:
        raise PageError(f"an HTML page with more than {HTML_PIECES:,} pictures, or texts with a direction or a time")


def _too_many_attributes() -> PageError:
    return PageError(f"an HTML element with more than {HTML_ATTRIBUTES:,} attributes")
