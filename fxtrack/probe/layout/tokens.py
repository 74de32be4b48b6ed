"""Splits a page's text into tokens: pairs, codes, numbers, percentages, dates, words, marks. Pure.

The tokens are independent of the ticker reader, so that they can check what an entry reads.
"""

import re
from functools import cache
from typing import NamedTuple

from fxtrack.extract.characters import ARROWS
from fxtrack.probe.dates import DATE, format_of

NUMBER_SIGNS = "+\uff0b\u2212\u2013" + "-"
SPACES = " \u00a0\u202f\u2009"
_TOKEN = re.compile(
    rf"(?P<date>{DATE})"
    r"|(?P<time>(?:(?<![\w.,:])|(?<=[0-9]T))[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?Z?(?![\w:]))"
    r"|(?P<num>[0-9](?:[0-9]|[.,'\u2019\u00a0\u202f\u2009](?=[0-9]))*)"
    r"|(?P<word>(?<=[A-Z]{3}/)[A-Z]{3}(?=[^\W\d_A-Za-z]|[A-Z][a-z])|[^\W\d_]+)|(?P<mark>\S)"
)
_PAIR_MARK = re.compile(r" ?[/\u2044\u2215\u2013\u2014-] ?|[_:]")
_LEADING = re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3})*")
_GROUP = re.compile(r"[0-9]{3}(?:[.,][0-9]+)?")
_CODE = 3


class Token(NamedTuple):
    """A token and where it stands.

    `kind` is ``pair``, ``code``, ``name``, ``num``, ``pct``, ``date``, ``time``, ``word``, ``arrow`` or ``mark``. The
    text of a number includes the sign that touches it, that of a percentage its %. `code` is that of a name.
    """

    kind: str
    text: str
    start: int
    end: int
    code: str = ""

    @property
    def codes(self) -> tuple[str, str]:
        """Base and counter of a pair."""
        return self.text[:_CODE], self.text[-_CODE:]

    @property
    def is_signed(self) -> bool:
        """Whether a sign stands before the number."""
        return self.text.lstrip("%")[0] in NUMBER_SIGNS

    @property
    def digits(self) -> str:
        """The number without sign and %."""
        return self.text.strip("%" + SPACES).strip(NUMBER_SIGNS + SPACES)


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text in order."""
    raw = [Token(str(m.lastgroup), m[0], m.start(), m.end()) for m in _TOKEN.finditer(text)]
    return _paired(_numbered(_worded(_dated(raw)), text), text)


def grouped(tokens: list[Token], text: str) -> list[Token]:
    """Return the tokens with digits that a plain space parts, ``11 932.54``, as one number wherever they can be."""
    found: list[Token] = []
    for token in tokens:
        last = found[-1] if found else None
        if (
            last and last.kind == "num" and token.kind in {"num", "pct"} and text[last.end : token.start] == " "
            and _LEADING.fullmatch(last.digits) and _GROUP.fullmatch(token.digits) and not token.is_signed
        ):  # fmt: skip
            found[-1] = Token(token.kind, text[last.start : token.end], last.start, token.end)
        else:
            found.append(token)
    return found


@cache
def currencies() -> frozenset[str]:
    """Return the codes of ISO 4217, past ones included, without those that stand for no currency."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies()) - {"XXX", "XTS"}


def _dated(raw: list[Token]) -> list[Token]:
    """Split tokens that look like dates but are not."""
    found: list[Token] = []
    for token in raw:
        if token.kind == "date" and format_of(token.text) is None:
            parts = re.finditer(r"(?P<num>[0-9]+(?:\.[0-9]+)?)|(?P<word>[^\W\d_]+)|(?P<mark>\S)", token.text)
            found += [Token(str(m.lastgroup), m[0], token.start + m.start(), token.start + m.end()) for m in parts]
        else:
            found.append(token)
    return found


def _worded(raw: list[Token]) -> list[Token]:
    """Make words of numbers that touch letters, such as `G10` and `2nd`; keep numbers that touch a code."""
    found: list[Token] = []
    for token in raw:
        last = found[-1] if found else None
        touching = last and last.end == token.start and {last.kind, token.kind} == {"num", "word"}
        if last and touching and not any(t.kind == "word" and _is_code(t.text) for t in (last, token)):
            found[-1] = Token("word", last.text + token.text, last.start, token.end)
        else:
            found.append(token)
    return found


def _numbered(raw: list[Token], text: str) -> list[Token]:
    """Join signs and % to their numbers, and tell codes from words and arrows from marks."""
    found: list[Token] = []
    for token in raw:
        last = found[-1] if found else None
        kind, words, start, end, _ = token
        if kind == "num" and last and last.text in NUMBER_SIGNS and _is_apart(last, token, text):
            found.pop()
            start = last.start
            last = found[-1] if found else None
        if kind == "num" and last and last.text == "%" and _is_apart(last, Token(kind, words, start, end), text):
            found.pop()  # `%0,12`, as some languages write it
            kind, start = "pct", last.start
        elif words == "%" and last and last.kind == "num" and _is_percent(last, token, text):
            kind, start = "pct", found.pop().start
        elif kind == "word" and _is_code(words):
            kind = "code"
        elif words in ARROWS:
            kind = "arrow"
        found.append(Token(kind, text[start:end], start, end))
    return found


def _is_apart(mark: Token, number: Token, text: str) -> bool:
    """Return whether a mark touches the number behind it, and nothing that it could belong to before it."""
    before = text[max(0, mark.start - 2) : mark.start]
    if before.endswith("%"):
        before = before[:-1]  # `%-0,05`
    return mark.end == number.start and not before[-1:].isalnum() and not before.endswith(")")


def _is_percent(number: Token, mark: Token, text: str) -> bool:
    """Return whether a % belongs to the number before it: it touches that, or stands a space apart from both sides."""
    between, after = text[number.end : mark.start], text[mark.end : mark.end + 2].lstrip(NUMBER_SIGNS)[:1]
    return not between or (len(between) == 1 and between in SPACES and not after.isdigit())


def _paired(raw: list[Token], text: str) -> list[Token]:
    """Make pairs of codes that a stroke or the like joins, and of six letters."""
    found: list[Token] = []
    for token in raw:
        if token.kind == "word" and len(token.text) == 2 * _CODE and _are_two(token.text[:_CODE], token.text[_CODE:]):
            found.append(token._replace(kind="pair"))
            continue
        if token.kind == "code" and len(found) > 1:
            code, mark = found[-2], found[-1]
            between = text[code.end : token.start]
            if code.kind == "code" and mark.kind == "mark" and _PAIR_MARK.fullmatch(between):
                before = text[code.start - 1 : code.start]
                if _are_two(code.text, token.text) and not (before and before in "/-_"):
                    found[-2:] = [Token("pair", text[code.start : token.end], code.start, token.end)]
                    continue
        found.append(token)
    return found


def _is_code(word: str) -> bool:
    return len(word) == _CODE and word in currencies()


def _are_two(base: str, counter: str) -> bool:
    return base != counter and _is_code(base) and _is_code(counter)
