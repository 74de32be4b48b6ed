"""The quote of one entry of the usual ticker, ``0.01144 -0.5%`` behind its pair. Pure.

The text is a rate and at most one report with its signs. Text with anything else is no quote. Blocks of plain entries,
``KGS/USD = 0.01144 0%``, are taken apart once for all pages that show them.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from fxtrack.extract.characters import BLANK, BULLETS, DASHES, PAIR, PERCENT, STILL, DecimalMark, number, sign_of
from fxtrack.extract.numbers import read_rate, read_report
from fxtrack.extract.ticker.beside import PAIR_CHARS
from fxtrack.extract.ticker.entries import EntryRun, Item, usual_run
from fxtrack.limits import PCT_INTEGER_DIGITS, PCT_SCALE, RATE_INTEGER_DIGITS, RATE_SCALE, TICKER_GAP_CHARS
from fxtrack.model.quote import Quote

BLANKS = BLANK + "{0,16}"
"""White space within a line; bounded, so that a hostile page cannot slow down a search."""

MARK = r"[^\w\s.,%()\[\]]"
"""A character that may be a sign."""

_GAP = rf"(?:(?=\n|\Z)[\s{BULLETS}]{{0,{TICKER_GAP_CHARS}}}(?=\w|\Z)|{BLANK}{{1,16}}(?={PAIR}(?![A-Za-z0-9])))"
PLAIN = re.compile(rf"({PAIR}) = ([0-9]+\.[0-9]+ -?[0-9]+(?:\.[0-9]+)?%){_GAP}")
"""Most entries, with the gap behind them: that of `SHORT_GAP`, where no loose bullet stands in it, or up to the next
pair on the line."""

# The same with a rate and a report that are stored as printed.
_STORABLE = re.compile(
    rf"({PAIR} = [0-9]{{1,{RATE_INTEGER_DIGITS}}}\.[0-9]{{1,{RATE_SCALE}}}"
    rf" -?[0-9]{{1,{PCT_INTEGER_DIGITS}}}(?:\.[0-9]{{1,{PCT_SCALE}}})?%)({_GAP})"
)
_MOST_CHARS = 1_024
_ENDING = PAIR_CHARS + 1  # the first pair again, and the character that ends it
_REST_CHARS = 200  # a longer entry is no quote


@cache
def _pattern(decimal: DecimalMark, absolute: bool) -> re.Pattern[str]:
    """Return the pattern of a whole content: the text of a quote behind its pair."""
    size, mark = number(decimal), r"\." if decimal == "point" else ","
    unit = "" if absolute else rf"{BLANKS}(?:[{PERCENT}]|(?i:per ?cent|pct\b\.?))"
    report = (
        rf"(?P<open>[(\[])?{BLANKS}(?P<before>(?:{MARK}{BLANKS}){{0,5}})(?P<size>{size}|(?<![0-9]){mark}[0-9]+){unit}"
        rf"(?P<close>[)\]])?(?P<touching>{MARK}{{0,3}})(?P<arrow>{BLANK}{BLANKS}{MARK}{{1,2}})?"
    )
    return re.compile(rf"{BLANKS}(?P<rate>{size})(?:{BLANKS}{report})?")


@lru_cache(maxsize=4096)  # a page prints each of its quotes many times
def quote_behind(pair: str, printed: str, decimal: DecimalMark, absolute: bool) -> Quote | None:
    """Return the quote behind a pair; None if any of its text is uncertain."""
    found = _pattern(decimal, absolute).fullmatch(printed) if len(printed) <= _REST_CHARS else None
    rate = read_rate(found["rate"], decimal) if found else None
    if not found or not rate:
        return None
    if not found["size"]:
        return Quote(pair, rate, None)
    size = found["size"] if found["size"][0].isdigit() else f"0{found['size']}"
    before, arrow = found["before"], (found["arrow"] or "").strip()
    marks = "".join((before + found["touching"] + arrow).split())
    signs = [sign_of(mark) for mark in marks]
    bracketed, behind = bool(found["open"]), found["touching"] + arrow
    if (
        any(mark in STILL for mark in marks)
        or sum(mark in DASHES or sign == "+" for mark, sign in zip(marks, signs, strict=True)) > 1
        or any(mark in DASHES or sign_of(mark) == "+" for mark in arrow)
        or (before[-1:].isspace() and before[0] in "+" + DASHES and not printed[found.start("before") - 1].isspace())
        or bracketed != bool(found["close"])
        or (bracketed and (behind or (not before and size.strip("0.,"))))  # accountants put falls in brackets
        or (absolute and not marks and "." not in rate and re.fullmatch(r"[0-9]{3}\b.*", size))  # 16 355.00
    ):
        return None
    report = read_report(size + ("" if absolute else "%"), marks, decimal, absolute=absolute)
    return Quote(pair, rate, report) if report else None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The entries from one pair up to where it is printed again.

    Attributes:
        items: the entries; the first one has the line breaks that part it from the last one.
        known: the printed text of each pair.
        end: where the last entry ends, from the start of the block.
        length: characters up to the first pair's next entry.
    """

    items: list[Item]
    known: dict[str, str]
    end: int
    length: int


def block_at(text: str, start: int) -> Block | None:
    """Return the block that begins with the pair at `start`, None if it is not repeated or has other entries.

    Numbers in it have a decimal point, and reports are percentages.
    """
    following = text.find(text[start : start + PAIR_CHARS], start + PAIR_CHARS, start + _MOST_CHARS)
    stop = following + _ENDING
    return _block(text[start:stop]) if following > 0 and stop <= len(text) else None


@lru_cache(maxsize=256)
def run_of(block: Block, times: int) -> EntryRun | None:
    """Return the run of a block that is shown a number of times, None if it lists a pair twice."""
    return usual_run(block.items, times)


@lru_cache(maxsize=256)  # pages captured one after the other show the same state
def _block(shown: str) -> Block | None:
    length = len(shown) - _ENDING
    items: list[Item] = []
    breaks = covered = 0
    for raw, gap in _STORABLE.findall(shown):
        item = _item(raw, breaks)
        if not item:
            return None
        items.append(item)
        breaks = gap.count("\n")
        covered += len(raw) + len(gap)
    if covered != length:  # something else stands between
        return None
    items[0] = items[0]._replace(line_breaks=breaks)
    return Block(items, {item.pair: item.raw for item in items}, length - len(gap), length)


@lru_cache(maxsize=4096)  # most entries stay as they are from one state to the next
def _item(raw: str, breaks: int) -> Item | None:
    """Return an entry, None if its rate is zero."""
    rate, _, report = raw[PAIR_CHARS + len(" = ") :].partition(" ")
    pair = raw[:PAIR_CHARS]
    return Item(pair, Quote(pair, rate, report), raw, breaks) if rate.strip("0.") else None
