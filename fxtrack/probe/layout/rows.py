"""Finds the rows of a page that are laid out alike, each with a pair or a code. Pure.

A row is a line, a few lines, or a part of a line between two pairs. Rows of one layout have the same kinds of columns
in the same order; the words between are no columns.
"""

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from fxtrack.limits import TICKER_GAP_CHARS
from fxtrack.probe.layout.tokens import Token

COLUMN_KINDS = frozenset({"num", "pct", "date", "time"})
_MOST_LINES = 8
_SHOWN_CHARS = 60


class Anchor(NamedTuple):
    """The currencies of a row: a pair, one code, or two codes of which the second comes later."""

    base: Token
    counter: Token | None = None

    @property
    def pair(self) -> tuple[str, str | None]:
        """Base and counter; without counter where the row does not print it."""
        if self.base.kind == "pair":
            return self.base.codes
        return self.base.code or self.base.text, self.counter.text if self.counter else None


class Row(NamedTuple):
    """One row.

    Attributes:
        anchor: its currencies.
        before: the columns before the anchor.
        after: those behind it.
        start: where the row begins.
        end: where it ends, without its line break.
        worded: whether words stand between its anchor and a number, in no cell or line of their own.
        tailed: whether words stand behind its last column on that one's line.
    """

    anchor: Anchor
    before: tuple[Token, ...]
    after: tuple[Token, ...]
    start: int
    end: int
    worded: bool = False
    tailed: bool = False

    @property
    def kinds(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The kinds of its columns before and behind the anchor."""
        return tuple(t.kind for t in self.before), tuple(t.kind for t in self.after)

    @property
    def has_number(self) -> bool:
        """Whether it has a number behind its anchor."""
        return any(token.kind in {"num", "pct"} for token in self.after)


class Layout(NamedTuple):
    """Rows that are laid out alike.

    Attributes:
        rows: the rows of the layout, in order.
        short: those of them that end before the last columns, which are reports.
        misfits: rows among them that are laid out in another way and have a number.
        others: rows elsewhere on the page, or without a number.
        inline: whether several rows stand on one line.
        doubts: where numbers begin whose sign the page may show by other means than characters.
        latest: when the page was captured at the latest.
    """

    rows: tuple[Row, ...]
    short: frozenset[Row]
    misfits: tuple[Row, ...]
    others: tuple[Row, ...]
    inline: bool
    doubts: frozenset[int] = frozenset()
    latest: dt.date | None = None

    @property
    def size(self) -> int:
        """How many pairs or codes the rows name."""
        return len({row.anchor.pair for row in self.rows})

    @property
    def columns(self) -> Row:
        """A row with all columns."""
        return next(row for row in self.rows if row not in self.short)


def anchors_of(tokens: Sequence[Token], text: str) -> list[tuple[str, list[Anchor]]]:
    """Return the possible anchors of rows by kind: pairs, equations, two codes side by side, single codes."""
    codes = [n for n, token in enumerate(tokens) if token.kind == "code"]
    equations, doubles = [], []
    for n in codes:
        token, following = tokens[n], tokens[n + 1 : n + 4]
        if [t.kind for t in following] == ["mark", "num", "code"] and following[0].text in "=:":
            equations.append(Anchor(token, following[2]))
        elif [t.kind for t in following[:2]] == ["num", "code"] and _is_line(tokens, n, text):
            equations.append(Anchor(token, following[1]))
    listed = set(codes)
    for n in codes:
        alone = n - 1 not in listed or "\n" in text[tokens[n - 1].end : tokens[n].start]
        if n + 1 in listed and n + 2 not in listed and alone and n + 1 < len(tokens):
            between = text[tokens[n].end : tokens[n + 1].start]
            if not between.strip() and tokens[n].text != tokens[n + 1].text:
                doubles.append(Anchor(tokens[n], tokens[n + 1]))
    pairs = [Anchor(token) for token in tokens if token.kind == "pair"]
    named = [anchor for found in (equations, doubles) if len(found) > 1 for anchor in found]
    used = {token for anchor in named for token in anchor}
    singles = [Anchor(tokens[n]) for n in codes if tokens[n] not in used]
    return [("pair", pairs), ("equation", equations), ("double", doubles), ("code", singles)]


def names_of(tokens: Sequence[Token]) -> list[Anchor]:
    """Return the anchors of rows with names of currencies."""
    return [Anchor(token) for token in tokens if token.kind == "name"]


def _is_line(tokens: Sequence[Token], first: int, text: str) -> bool:
    """Return whether a code, a number and a code are all codes of their line and end it: `USD 87.45 KGS`."""
    begin = text.rfind("\n", 0, tokens[first].start) + 1
    end = tokens[first + 2].end
    earlier = (tokens[n] for n in range(first - 1, -1, -1))
    if "\n" in text[begin:end]:
        return False
    return not text[end : _line_end(text, end)].strip() and not any(
        token.kind == "code" for token in takewhile(lambda token: token.start >= begin, earlier)
    )


def layout_of(anchors: Sequence[Anchor], tokens: Sequence[Token], text: str) -> Layout | None:
    """Return the largest group of rows that are laid out alike, None for fewer than two."""
    parts = _inline(anchors, tokens, text)
    starts = _line_starts(anchors, text)
    lines = Counter(starts)
    shared = [row for row, start in zip(parts, starts, strict=True) if row.has_number and lines[start] > 1]
    inline = len(shared) > sum(n for n in lines.values() if n == 1)
    rows = parts if inline else _by_line(anchors, tokens, text)
    numbered = [row for row in rows if row.has_number]
    is_worded = sum(row.worded for row in numbered) * 2 > len(numbered)
    numbered = [row for row in numbered if is_worded or not row.worded]
    if not numbered:
        return None
    wanted = Counter(row.kinds for row in numbered).most_common(1)[0][0]
    may_tail = inline or sum(row.tailed for row in numbered) * 2 > len(numbered)
    alike = [row for row in numbered if may_tail or not row.tailed]
    fits = {row for row in alike if row.kinds == wanted}
    short = {row for row in alike if row not in fits and _is_short(row, wanted)}
    largest = _largest([row for row in rows if row in fits or row in short], fits)
    taken = set(largest)
    if len({row.anchor.pair for row in largest}) < 2 or not taken & fits:  # noqa: PLR2004
        return None
    rest = [row for row in rows if row not in taken]
    near = _near(largest, rest, text)
    misfits = tuple(row for row in rest if row in near and row in numbered)
    others = tuple(row for row in rest if row not in misfits)
    return Layout(tuple(largest), frozenset(short & taken), misfits, others, inline)


def _largest(rows: Sequence[Row], fits: Collection[Row]) -> list[Row]:
    """Return the group of adjacent rows in which most rows have all columns."""
    clusters: list[list[Row]] = [[]]
    for row in rows:
        if clusters[-1] and row.start - clusters[-1][-1].end > TICKER_GAP_CHARS:
            clusters.append([])
        clusters[-1].append(row)
    return max(clusters, key=lambda cluster: len({row.anchor.pair for row in cluster if row in fits}))


def shown(row: Row, text: str) -> str:
    """Return a row as it is printed, shortened."""
    return " ".join(text[row.start : row.end].split())[:_SHOWN_CHARS]


def _is_short(row: Row, wanted: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
    """Return whether a row only lacks percentages at its end."""
    before, after = row.kinds
    missing = wanted[1][len(after) :]
    return before == wanted[0] and wanted[1][: len(after)] == after and set(missing) == {"pct"}


def _near(taken: Sequence[Row], rest: Iterable[Row], text: str) -> set[Row]:
    """Return the rows between the first and the last, and those on the lines next to them."""
    first, last = taken[0].start, taken[-1].end
    near = set()
    for row in rest:
        between = text[row.end : first] if row.end <= first else text[last : row.start] if row.start >= last else ""
        if not between.strip():
            near.add(row)
    return near


def _by_line(anchors: Sequence[Anchor], tokens: Sequence[Token], text: str) -> list[Row]:
    """Return rows that are lines, or blocks of as many lines as lie between most anchors."""
    starts = _line_starts(anchors, text)
    alone = Counter(starts)
    kept = [(start, anchor) for start, anchor in zip(starts, anchors, strict=True) if alone[start] == 1]
    if not kept:
        return []
    on_line = sum(_has_number(anchor, _line_end(text, anchor.base.end), tokens) for _, anchor in kept)
    height = 1
    if on_line * 2 <= len(kept):
        steps = Counter(text.count("\n", a, b) for (a, _), (b, _) in pairwise(kept))
        height = steps.most_common(1)[0][0] if steps else 1
    if height > _MOST_LINES:
        return []
    rows = []
    for n, (start, anchor) in enumerate(kept):
        end = anchor.base.start
        for _ in range(height):
            end = _line_end(text, end + 1 if text[end : end + 1] == "\n" else end)
        following = kept[n + 1][0] if n + 1 < len(kept) else len(text)
        end = min(end, max(start, following - 1)) if following < len(text) else end
        rows.append(_row(anchor, tokens, start, end, text))
    return rows if height == 1 else _trimmed(rows)


def _trimmed(rows: list[Row]) -> list[Row]:
    """Cut off columns that belong to the next row, which the last row lacks, and text behind the last row."""
    if len(rows) < 2:  # noqa: PLR2004
        return rows
    *others, last = rows
    usual = Counter(row.kinds[1] for row in others).most_common(1)[0][0]
    kinds = last.kinds[1]
    if kinds[: len(usual)] == usual:
        return [*others, _cut(last, len(usual))]
    extra = [token for row in others for token in row.after[len(kinds) :]]
    if kinds and usual[: len(kinds)] == kinds and all(token.text.isdigit() for token in extra):
        return [*(_cut(row, len(kinds)) for row in others), last]
    return rows


def _cut(row: Row, columns: int) -> Row:
    """Return a row with its first columns only."""
    if len(row.after) <= columns or not columns:
        return row
    return row._replace(after=row.after[:columns], end=row.after[columns - 1].end)


def _inline(anchors: Sequence[Anchor], tokens: Sequence[Token], text: str) -> list[Row]:
    """Return rows of which several stand on a line; a number before a code is the row's own if all have one."""
    ahead = [_number_ahead(anchor, tokens, text) for anchor in anchors]
    own = all(ahead)
    starts = [a.start if own and a else anchor.base.start for a, anchor in zip(ahead, anchors, strict=True)]
    rows = []
    for n, anchor in enumerate(anchors):
        following = starts[n + 1] if n + 1 < len(anchors) else len(text)
        rows.append(_row(anchor, tokens, starts[n], min(following, _line_end(text, anchor.base.start)), text))
    return rows


def _number_ahead(anchor: Anchor, tokens: Sequence[Token], text: str) -> Token | None:
    place = _place(tokens, anchor.base.start)
    before = tokens[place - 1] if place else None
    is_near = before and before.kind == "num" and text[before.end : anchor.base.start] in {"", " "}
    return before if is_near else None


def _row(anchor: Anchor, tokens: Sequence[Token], start: int, end: int, text: str) -> Row:
    inside = [t for t in tokens[_place(tokens, start) : _place(tokens, end)] if t.end <= end]
    first, last = anchor.base.start, anchor.base.end
    columns = [t for t in inside if t.kind in COLUMN_KINDS]
    before, after = (tuple(t for t in columns if t.end <= first), tuple(t for t in columns if t.start >= last))
    words = [t for t in inside if t.kind == "word" and t.start >= last]
    ended = after[-1].end if after else last
    tailed = any(w.start >= ended and "\n" not in text[ended : w.start] for w in words)
    return Row(anchor, before, after, start, end, _is_worded(words, last, after, text), tailed)


def _is_worded(words: Sequence[Token], position: int, columns: Sequence[Token], text: str) -> bool:
    for column in columns:
        between = [w for w in words if position <= w.start and w.end <= column.start]
        if between and not {"\t", "\n"} & set(text[position : column.start]):
            return True
        position = column.end
    return False


def _has_number(anchor: Anchor, end: int, tokens: Sequence[Token]) -> bool:
    return _row(anchor, tokens, anchor.base.start, end, "").has_number


def _place(tokens: Sequence[Token], position: int) -> int:
    """Return the index of the first token from a position on."""
    return bisect_left(tokens, position, key=lambda token: token.start)


def _line_starts(anchors: Sequence[Anchor], text: str) -> list[int]:
    """Return where the lines of anchors begin; searches from one to the next, since a page can be one long line."""
    starts: list[int] = []
    start = position = 0
    for anchor in anchors:
        start = text.rfind("\n", position, anchor.base.start) + 1 or start
        position = anchor.base.start
        starts.append(start)
    return starts


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end
