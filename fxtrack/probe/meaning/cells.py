"""Finds the words in the cells and lines of a page's rows, and which figure each of them belongs to. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fxtrack.probe.layout.figures import CannotSuggest, Place
from fxtrack.probe.layout.rows import Layout, Row, shown
from fxtrack.probe.layout.tokens import Token
from fxtrack.probe.meaning.vocabulary import RATE_KINDS, is_name_of, kinds_of, numeral_in, tokens_in, unknown_in

_CELL = re.compile(r"[\t\n]")
_FOOTNOTE = re.compile(r"[*\u2020\u2021\u00b9\u00b2\u00b3\u2070-\u2079]")
_KINDS = RATE_KINDS | {"unit"}


class RowWords(NamedTuple):
    """Words between two figures of a row, or beside the currency: where they stand, and what they are in each row.

    `gap` counts the figures before them, from the currency on; -1 is before it. `side` is ``tail`` where they stand in
    the cell of the figure before them, ``head`` in that of the figure behind them, ``between`` in both, ``cell`` in
    none.
    """

    gap: int
    side: str
    words: tuple[str, ...]


def pieces_of(layout: Layout, text: str) -> list[RowWords]:
    """Return the words of a layout's rows, by their places.

    Raises:
        CannotSuggest: the words of a row may say how many units its rate is for.
    """
    rows = [row for row in layout.rows if row not in layout.short]
    found = [dict(_of_row(row, text)) for row in rows]
    keys = list(dict.fromkeys(key for words in found for key in words))
    for row in layout.rows:
        if (numeral := numeral_in(text[row.start : row.end])) and not is_name_of(row.anchor.pair[0], numeral):
            raise CannotSuggest(f"{numeral!r} in {shown(row, text)!r} may say how many units a rate is for")
    return [RowWords(*key[:2], tuple(words.get(key, "") for words in found)) for key in keys]


def is_name(piece: RowWords, layout: Layout) -> bool:
    """Return whether words are the names of the rows: each row has its own, or those of its currency."""
    rows = [row for row in layout.rows if row not in layout.short]
    said = [words for words in piece.words if words]
    if len(said) < 2 or any(not words[0].isalnum() for words in said):  # noqa: PLR2004
        return False
    named = [is_name_of(row.anchor.pair[0], words) for row, words in zip(rows, piece.words, strict=True) if words]
    is_own = len({*said}) == len(said) and (piece.gap <= 0 or piece.side == "cell")
    return is_own or (all(named) and len({*said}) > 1)


def label_of(
    place: Place, pieces: Sequence[RowWords], layout: Layout, kinds: frozenset[str] = RATE_KINDS
) -> tuple[str, str | None]:
    """Return the words of a column behind the currency, and why they are not of these kinds."""
    gaps = len(layout.columns.after)
    labels = [p for p in pieces if p.gap >= 0 and not is_name(p, layout)]
    loose = [p for p in labels if p.side in {"between", "cell"}]
    first = any(p.gap == 0 for p in loose)
    last = any(p.gap == gaps and p.side == "cell" for p in loose) or any(
        p.gap == gaps and p.side == "tail" and gaps > 1 for p in labels
    )
    sides = ("before", "after") if first and last else ("after",) if last else ("before",)
    mine = [p for p in labels if (p.gap, p.side) in {(place.number, "head"), (place.number + 1, "tail")}]
    for side in sides:
        mine += [p for p in loose if p.gap == place.number + (side == "after") and p not in mine]
    for piece in mine:
        said = {words for words in piece.words if words}
        if len(said) > 1:
            one, other, *_ = sorted(said)
            return " ".join(said), f"the words {one!r} and {other!r} stand beside the figures of one column"
        word = unknown_in(" ".join(said), kinds)
        if said and not word and all(kinds_of(t) == {"small"} for t in tokens_in(" ".join(said))):
            word = " ".join(said)
        if word or ("" in piece.words and any(kinds_of(t) - {"currency", "small"} for t in tokens_in(" ".join(said)))):
            return " ".join(said), f"{' '.join(said)!r} beside the figures is not understood"
    return " ".join(words for piece in mine for words in {*piece.words} if words), None


def is_beside_names(place: Place, pieces: Sequence[RowWords]) -> bool:
    """Return whether the words behind a figure, in its cell, are the names of the rows: ``100 Armenian drams``."""
    said = [piece.words for piece in pieces if (piece.gap, piece.side) == (place.number + 1, "tail")]
    return bool(said) and len({*said[0]}) == len(said[0]) > 1 and "" not in said[0]


def check_rest(pieces: Sequence[RowWords], layout: Layout, text: str) -> None:
    """Refuse rows with words before the currency that differ in kind, and marks of footnotes.

    Raises:
        CannotSuggest: there are some.
    """
    for piece in pieces:
        said = [words for words in piece.words if words]
        if is_name(piece, layout) or not said:
            continue
        is_place = all(any("place" in kinds_of(word) for word in tokens_in(words)) for words in said)
        is_beside = piece.gap < 0 or (piece.gap == 0 and piece.side == "tail")
        if is_beside and not is_place and (len({*said}) > 1 or unknown_in(said[0], _KINDS)):
            raise CannotSuggest(f"the words {said[0]!r} beside the currencies are not understood")
        if piece.gap >= 0 and piece.side == "cell" and len({*said}) > 1 and len({*said}) < len(said):
            one, other, *_ = sorted({*said})
            raise CannotSuggest(f"the rows are of several kinds, {one!r} and {other!r}")
    for row in layout.rows:
        if mark := _FOOTNOTE.search(text, row.start, row.end):
            raise CannotSuggest(f"the mark {mark[0]!r} in {shown(row, text)!r} may change the meaning of the rate")


def share_a_cell(one: Place, other: Place, layout: Layout, text: str) -> bool:
    """Return whether two figures stand in one cell of a table, or on lines of their own under each other."""
    row = layout.columns
    a, b = one.of(row), other.of(row)
    if a is None or b is None:
        return False
    between = text[min(a.end, b.end) : max(a.start, b.start)]
    whole = text[row.start : row.end]
    return "\n" in between or ("\t" not in between and ("\t" in whole or "\n" in whole))


def _of_row(row: Row, text: str) -> Iterator[tuple[tuple[int, str, int], str]]:
    """Yield ((gap, side, number), words) for the words of a row."""
    marks = _marks(row)
    for n, (start, end) in enumerate(_spaces(marks, row)):
        cells = _CELL.split(text[start:end])
        gap = n - 1 - len(row.before)
        for number, cell in enumerate(cells):
            words = " ".join(t.casefold() for t in tokens_in(cell) if t[0].isalnum() or _is_sign(t))
            if not words:
                continue
            is_first, is_last = number == 0 and n > 0, number == len(cells) - 1 and n < len(marks)
            side = "between" if is_first and is_last else "tail" if is_first else "head" if is_last else "cell"
            yield (max(gap, -1), side, number if gap >= 0 else number + 100 * n), words


def _marks(row: Row) -> list[Token]:
    """Return figures and currencies of a row in order; a second currency counts as words behind its figure."""
    return sorted([*row.before, row.anchor.base, *row.after], key=lambda token: token.start)


def _spaces(marks: Sequence[Token], row: Row) -> Iterator[tuple[int, int]]:
    ends = [row.start, *(token.end for token in marks)]
    counter = row.anchor.counter
    for start, end in zip(ends, [*(token.start for token in marks), row.end], strict=True):
        if counter and start <= counter.start < end:
            yield start, counter.start
        else:
            yield start, end


def _is_sign(token: str) -> bool:
    return "currency" in kinds_of(token)
