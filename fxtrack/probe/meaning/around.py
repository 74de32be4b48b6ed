"""Judges the lines above, between and below a page's rows of rates. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

from fxtrack.extract.ticker.beside import DATE_OR_TIME
from fxtrack.limits import SUGGEST_DATE_LINES, SUGGEST_REMARKS
from fxtrack.probe.dates import DATE
from fxtrack.probe.layout.figures import CannotSuggest, unit_in
from fxtrack.probe.layout.rows import Layout
from fxtrack.probe.meaning.vocabulary import (
    HEADING_KINDS,
    is_capital,
    kinds_of,
    numeral_in,
    tokens_in,
)

_NOT_COUNTED = re.compile(rf"{DATE}|[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?")
_NUMBER = re.compile(r"(?<![\w.,+(-])[0-9]+(?:[.,'\u2019 \u00a0\u202f][0-9]{3})*(?![\w%]|[.,][0-9]|[- ][0-9])")
_UNITS = re.compile(r"[x\u00d7*/]\s?(10+)(?![0-9])", re.IGNORECASE)
_BARE = re.compile(r"[^\w\n]*[0-9][0-9.,' \u00a0\u202f]*[^\w\n]*")
_DECIMAL = re.compile(r"[0-9][.,][0-9]")
_TITLE_CHARS, _TITLES = 90, 3
_ROW = re.compile(r"[^\W\d_]{2}.*[0-9]|[0-9].*[^\W\d_]{2}")


def check_around(layout: Layout, text: str, headings: Sequence[str]) -> None:
    """Refuse rows whose meaning may be changed by a line near them.

    Raises:
        CannotSuggest: a line above or below may change what the figures are, or one stands between the rows.
    """
    before, after = _beside(layout, text)
    known = {" ".join(heading.split()) for heading in headings}
    for line in (*before, *after):
        if line in known:
            continue
        if _speaks_of_units(line):
            raise CannotSuggest(f"the line {line!r} may say how many units the rates are for")
    is_lines = "\n" in text[layout.rows[0].start : layout.rows[0].end]
    if is_lines and before and _BARE.fullmatch(_NOT_COUNTED.sub("", before[-1])):
        raise CannotSuggest(f"the figure {before[-1]!r} above the first currency may be its rate")
    _check_between(layout, text, headings)
    for line in [line for line in before if line not in known][-_TITLES:]:
        if len(line) <= _TITLE_CHARS and (word := next((t for t in tokens_in(line) if "doubt" in kinds_of(t)), None)):
            raise CannotSuggest(f"the line {line!r} may say that the figures are no rates of the day: {word!r}")


def _check_between(layout: Layout, text: str, headings: Sequence[str]) -> None:
    """Refuse rows between which a line may part them in kinds.

    Raises:
        CannotSuggest: there is one.
    """
    if layout.inline:
        return
    for one, other in pairwise(layout.rows):
        for line in text[one.end : other.start].split("\n") if "\n" in text[one.end : other.start] else ():
            said = " ".join(line.split())
            if _is_row_of(line, layout, text) or line in headings or _is_bare(line, layout, text, one.end):
                continue
            if any(c.isalnum() for c in said):
                raise CannotSuggest(
                    f"the line {said[:_TITLE_CHARS]!r} stands between the rows and may part them in kinds"
                )


def title_of(layout: Layout, text: str, headings: Sequence[str]) -> str | None:
    """Return the line above the rows where it is no title of rates that is understood."""
    before, _ = _beside(layout, text)
    lines = [line for line in before if line not in {" ".join(h.split()) for h in headings}]
    lines = [line for line in lines if any(c.isalpha() for c in _NOT_COUNTED.sub("", line))][-1:]
    return next((line for line in lines if _unknown_of_title(line)), None)


def left_out(layout: Layout, text: str, named: Sequence[tuple[int, int]]) -> list[str]:
    """Return remarks on the lines of a table or list with a figure that no row takes.

    Args:
        layout: the rows.
        text: the page.
        named: places of rows on which there are remarks already.
    """
    taken = sorted([(row.start, row.end) for row in layout.rows] + list(named))
    first, last = layout.rows[0].start, layout.rows[-1].end
    position = 0
    lines = []
    for line in text.split("\n"):
        start, end = position, position + len(line)
        position = end + 1
        if not any(a <= end and start <= b for a, b in taken):
            lines.append((start, end, line))
    inside = [line for start, _, line in lines if first < start < last]
    below = _going_on([line for start, _, line in lines if start >= last])
    above = _going_on([line for _, end, line in lines if end <= first][::-1])[::-1]
    found = [
        " ".join(line.split()) for line in (*above, *inside, *below) if _is_row(line) and _is_alike(line, layout, text)
    ]
    more = [f"not read: {len(found) - SUGGEST_REMARKS} more of these"] if len(found) > SUGGEST_REMARKS else []
    return [
        f"not read, though it stands among the rows: {line[:_TITLE_CHARS]!r}" for line in found[:SUGGEST_REMARKS]
    ] + more


def _going_on(lines: Sequence[str]) -> list[str]:
    """Return the lines up to the first that is no row; a heading or a blank line may stand between."""
    kept: list[str] = []
    others = 0
    for line in lines:
        others = 0 if _is_row(line) else others + 1
        if others > 2:  # noqa: PLR2004
            break
        kept.append(line)
    return kept


def _is_row(line: str) -> bool:
    return _ROW.search(DATE_OR_TIME.sub("", _NOT_COUNTED.sub("", line))) is not None and len(line) <= _TITLE_CHARS


def _is_alike(line: str, layout: Layout, text: str) -> bool:
    """Return whether a line has cells as the rows have, or without cells a figure as a rate is."""
    row = layout.columns
    if "\t" in text[row.start : row.end]:
        return "\t" in line
    return _DECIMAL.search(_NOT_COUNTED.sub("", line)) is not None


def _is_row_of(line: str, layout: Layout, text: str) -> bool:
    """Return whether a line between rows is one of another kind, with a currency or a name and a rate."""
    row = layout.columns
    is_tabbed = "\t" in text[row.start : row.end]
    return (
        is_tabbed == ("\t" in line)
        and any(c.isalpha() for c in line)
        and _DECIMAL.search(_NOT_COUNTED.sub("", line)) is not None
    )


def _beside(layout: Layout, text: str) -> tuple[list[str], list[str]]:
    """Return the lines with text above the rows and below them."""
    before = [line for line in text[: layout.rows[0].start].split("\n")[:-1] if line.strip()][-SUGGEST_DATE_LINES:]
    if layout.inline or "\n" not in text[: layout.rows[0].start]:
        before += [text[text.rfind("\n", 0, layout.rows[0].start) + 1 : layout.rows[0].start]]
    after = [line for line in text[layout.rows[-1].end :].split("\n") if line.strip()][:SUGGEST_DATE_LINES]
    return [" ".join(line.split()) for line in before], [" ".join(line.split()) for line in after]


def _speaks_of_units(line: str) -> bool:
    """Return whether a line has a power of ten or a numeral that may be a number of units."""
    if _UNITS.search(line):
        return True
    figures = [unit_in(found[0]) for found in _NUMBER.finditer(_NOT_COUNTED.sub(" ", line))]
    if any(figure and figure > 1 for figure in figures):
        return True
    return len(line) <= _TITLE_CHARS and numeral_in(line) is not None


def _unknown_of_title(line: str) -> str | None:
    """Return the first word of a title that is neither understood nor a proper name, None where there is none."""
    words = [token for token in tokens_in(_NOT_COUNTED.sub(" ", line)) if token[0].isalpha()]
    for n, word in enumerate(words):
        beside = [words[k] for k in (n - 1, n + 1) if 0 <= k < len(words)]
        is_named = word[0].isupper() and (n > 0 or any("place" in kinds_of(other) for other in beside))
        if kinds_of(word).isdisjoint(HEADING_KINDS) and not is_capital(word) and not is_named:
            return word
    return None


def _is_bare(line: str, layout: Layout, text: str, position: int) -> bool:
    """Return whether a line is a row with a currency and no figure."""
    return not any(c.isdigit() for c in line) and any(
        line.strip() and row.start <= (at := text.find(line, position)) <= row.end and at >= 0 for row in layout.others
    )
