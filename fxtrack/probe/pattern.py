"""Writes the RE2 pattern of a page's rows from the text between their columns. Pure.

A pattern covers the whole row, so that a row of another page that lacks a column is skipped, not misread.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from fxtrack.extract.characters import ARROWS
from fxtrack.probe.dates import in_re2
from fxtrack.probe.layout.columns import Roles
from fxtrack.probe.layout.date_columns import newest
from fxtrack.probe.layout.figures import UNCHANGED, CannotSuggest, Place, arrows_in
from fxtrack.probe.layout.rows import Layout, Row
from fxtrack.probe.layout.tokens import NUMBER_SIGNS, SPACES, Token

_BLANK = r"\pZ"
_PLUS_MINUS = r"[+\x{2212}\x{2013}-]"
_ESCAPED = {"\u00a0": r"\x{a0}", "\u202f": r"\x{202f}", "\u2009": r"\x{2009}", "'": r"\x{27}", "\u2019": r"\x{2019}"}
NAMES = r"[^0-9\t\n]*[^0-9\t\n\pZ]"
"""Of a currency's name: no figures, and no blank at its end."""

_FEWEST = 2
_SEPARATORS = re.compile(r"[\t\n]")


def pattern_of(layout: Layout, roles: Roles, text: str, *, group: str = "base", codes: Sequence[str] = ()) -> str:
    """Return the pattern of a layout's rows.

    Args:
        layout: the rows.
        roles: the roles of their columns.
        text: the page.
        group: what a single code is: ``base`` or ``counter``.
        codes: take these currencies only; without them any three capitals.

    Raises:
        CannotSuggest: the text between two columns differs too much from row to row.
    """
    elements = [_elements(row, group) for row in layout.rows]
    longest = max(len(row) for row in elements)
    parts: list[str] = []
    optional = -1
    for n in range(longest):
        having = [(row, found) for row, found in zip(layout.rows, elements, strict=True) if n < len(found)]
        if n:
            if len(having) < len(layout.rows) and optional < 0:
                optional = len(parts)
            gaps = [text[found[n - 1][1].end : found[n][1].start] for _, found in having]
            parts.append(_gap(gaps, has_direction=_leads(roles, having[0][1][n][0]), inline=layout.inline))
        tokens = [found[n][1] for _, found in having]
        parts.append(_element(having[0][1][n][0], tokens, roles, codes))
    tails = [text[found[-1][1].end : row.end] for row, found in zip(layout.rows, elements, strict=True)]
    direction = rf"{_BLANK}*(?P<direction>[{ARROWS}{UNCHANGED}])?" if roles.direction == "end" else ""
    if optional >= 0:
        parts[optional:] = [f"(?:{''.join(parts[optional:])}{direction})?"]
    else:
        parts.append(direction)
    return _start(layout, elements, text) + "".join(parts) + _end(tails, layout)


def guarded(pattern: str, layout: Layout) -> str:
    """Return a pattern that also reads a number of units where no row has one, as another day's page may."""
    if not layout.inline:
        return rf"{pattern}(?:\s*\n[^0-9\n]*(?P<unit>10+){_BLANK}*$)?"
    first = pattern.index("(?P<")
    return rf"{pattern[:first]}(?:(?P<unit>[0-9][0-9.,]*){_BLANK}*)?{pattern[first:]}"


def _elements(row: Row, group: str) -> list[tuple[Place | str, Token]]:
    """Return the parts of a row in order: columns by their place, currencies by their group."""
    found: list[tuple[Place | str, Token]] = [(Place(False, n), token) for n, token in enumerate(row.before)]
    found.append(
        ("pair" if row.anchor.base.kind == "pair" else "base" if row.anchor.counter else group, row.anchor.base)
    )
    found += [(Place(True, n), token) for n, token in enumerate(row.after)]
    if row.anchor.counter:
        found.append(("counter", row.anchor.counter))
    return sorted(found, key=lambda element: element[1].start)


def _leads(roles: Roles, element: Place | str) -> bool:
    return (roles.direction == "rate" and element == roles.rate) or (
        roles.direction == "report" and element == roles.report
    )


def _element(name: Place | str, tokens: list[Token], roles: Roles, codes: Sequence[str]) -> str:
    """Return the pattern of one part of the row."""
    if isinstance(name, str) and tokens[0].kind == "name":
        listed = "|".join(_quoted(" ".join(name.split())).replace(" ", rf"{_BLANK}+") for name in codes)
        return f"(?P<{name}>{listed or NAMES})"
    if isinstance(name, str):
        code = f"(?:{'|'.join(codes)})" if codes else "[A-Z]{3}"
        between = code + _gap([token.text[3:-3] for token in tokens]) if name == "pair" else ""
        return f"(?P<{name}>{between}{code})"
    if name == roles.unit:
        marks = {c for token in tokens for c in token.digits if not c.isdigit()}
        return f"(?P<unit>1{'[0' + ''.join(_ESCAPED.get(c, c) for c in sorted(marks)) + ']' if marks else '0'}*)"
    if name in roles.ones:
        return "1"
    kind = tokens[0].kind
    if kind in {"date", "time"}:
        pattern = in_re2(tokens[0].text) if kind == "date" else "[0-9:]+Z?"
        return f"(?P<date>{pattern})" if name == roles.date else pattern
    return _figures(name, tokens, roles)


def _figures(name: Place, tokens: list[Token], roles: Roles) -> str:
    """Return the pattern of a number: the rate, the report, or one that is not read."""
    number = _number(tokens)
    if label := next((label for place, label, _ in roles.dated if place == name), None):
        return f"(?P<rate_{label}>{number})"
    suffix = f"_{newest(roles.dated)}" if roles.dated else ""
    if name == roles.rate:
        return f"(?P<rate>{number}{_fraction(tokens, roles)})"
    before, after = _percent(tokens)
    if name == roles.report:
        return f"{before}(?P<{'change' if roles.absolute else 'pct'}{suffix}>{_PLUS_MINUS}?{number}{after})"
    if name == roles.change:
        return f"(?P<change{suffix}>{_PLUS_MINUS}?{number})"
    sign = f"{_PLUS_MINUS}?" if any(token.is_signed for token in tokens) else ""
    return f"{before}{sign}{'[0-9]+' if all(token.text.isdigit() for token in tokens) else number}{after}"


def _fraction(tokens: Sequence[Token], roles: Roles) -> str:
    """Return the pattern of the decimals that every rate has, if all have as many: a number of units has none."""
    mark = "." if roles.decimal == "point" else ","
    decimals = {len(token.digits.rpartition(mark)[2]) if mark in token.digits else 0 for token in tokens}
    return rf"[{mark}][0-9]+" if len(decimals) == 1 and 0 not in decimals and len(tokens) > _FEWEST else ""


def _percent(tokens: Sequence[Token]) -> tuple[str, str]:
    """Return the patterns of the % before and behind a number."""
    if tokens[0].kind != "pct":
        return "", ""
    if len({token.text[0] == "%" for token in tokens}) > 1:
        raise CannotSuggest("% stands before some numbers and behind others")
    return ("%", "") if tokens[0].text[0] == "%" else ("", rf"{_BLANK}?%")


def _number(tokens: Sequence[Token]) -> str:
    """Return the pattern of numbers with the marks that these have between groups; a plain space parts three digits."""
    marks = {c for token in tokens for c in token.digits if c in _ESCAPED}
    kept = "".join(_ESCAPED[mark] for mark in sorted(marks))
    spaced = any(" " in token.digits for token in tokens)
    return rf"[0-9][0-9.,{kept}]*(?: [0-9]{{3}})*(?:[.,][0-9]+)?" if spaced else rf"[0-9][0-9.,{kept}]*"


def _start(layout: Layout, elements: list[list[tuple[Place | str, Token]]], text: str) -> str:
    """Return the pattern of the text before the first part of a row."""
    if layout.inline:
        seen = {text[found[0][1].start - 1] for found in elements if found[0][1].start}
        return f"(?m:^|{_class(''.join(seen) + ' ')})"
    heads = [text[text.rfind("\n", 0, found[0][1].start) + 1 : found[0][1].start] for found in elements]
    return "(?m)^" + _gap(heads, edge=True)


def _end(tails: list[str], layout: Layout) -> str:
    """Return the pattern of the text behind the last part of a row."""
    if layout.inline:
        run_on = [one.end == other.start for one, other in pairwise(layout.rows)]
        between = [tail for tail, goes_on in zip(tails, run_on, strict=False) if goes_on]
        return _end_within_line(tails, between, is_single=layout.columns.anchor.base.kind == "code")
    if any(any(c.isdigit() for c in tail) for tail in tails):
        raise CannotSuggest("figures within words end the rows")
    if any(tail[:1].isalpha() for tail in tails):
        raise CannotSuggest("letters touch the last number of a row")
    lines = {tail.partition("\n")[0] for tail in tails}
    if len(lines) == 1 and any(c.isalpha() for c in tails[0].partition("\n")[0]):
        return rf"{_BLANK}*{_literal(lines.pop())}{_BLANK}*$"
    if any(any(c.isalpha() for c in tail) for tail in tails):
        return r"(?:[^0-9A-Za-z.,%\n][^0-9\n]*)?$"
    marks = "".join(sorted({c for tail in tails for c in tail if not c.isspace()}))
    return rf"{_class(marks + ' ')}*$"


def _end_within_line(tails: list[str], between: list[str], *, is_single: bool) -> str:
    """Return the pattern of the text behind a row of which a line has several; `between` are those before another."""
    seen = {tail[0] for tail in tails if tail}
    if any(c.isalnum() for c in seen):
        raise CannotSuggest("letters touch the last number of a row")
    marks = {tail.strip(SPACES)[:1] for tail in between}
    if is_single and "" in marks:
        raise CannotSuggest("the rows run on within a line, with no mark between them")
    if is_single and marks and not any(c.isalnum() for c in marks) and all(tail[-1:] in SPACES for tail in between):
        inside = "".join(_ESCAPED.get(c) or (rf"\{c}" if c in r"\]^-[" else c) for c in sorted(marks))
        return rf"{_BLANK}*(?m:[{inside}]|$)"
    return f"(?m:{_class(''.join(seen) + ' ')}|$)"


def _gap(gaps: list[str], *, has_direction: bool = False, edge: bool = False, inline: bool = False) -> str:
    """Return the pattern of the text between two parts of a row, with a group for an arrow if one is wanted."""
    shapes = {tuple(_SEPARATORS.findall(gap)) for gap in gaps}
    if len(shapes) > 1:
        if all(not any(c.isalnum() for c in gap) for gap in gaps) and not has_direction:
            return _class("".join(gaps)) + "*"
        raise CannotSuggest("the rows have more cells or lines here and fewer there")
    words = r"[^0-9A-Z\t\n]*?" if inline else r"[^0-9\t\n]*?"  # within a line, none may reach into the next row
    (shape,) = shapes
    columns = list(zip(*[_SEPARATORS.split(gap) for gap in gaps], strict=True))
    in_cells = "\t" in shape
    parts = []
    for n, cells in enumerate(columns):
        last = n == len(columns) - 1
        kept = r"[^\t\n]*?" if in_cells and not (last and edge) else words
        between = _between(list(cells), words=kept, direction=has_direction and last)
        if n < len(shape) and any(cell.strip(SPACES) for cell in cells) and not between.endswith(("*", "?")):
            between += f"{_BLANK}*"
        blank = all(not cell.strip(SPACES) for cell in cells)
        parts.append("" if blank and len(columns) > 1 and not any(cells) else between)
        if n < len(shape):
            parts.append(r"\t" if shape[n] == "\t" else r"\s*\n\s*")
    return "".join(parts)


def _between(cells: list[str], *, words: str, direction: bool) -> str:
    """Return the pattern of the text between two parts on one line, or in one cell."""
    arrows = {c for cell in cells for c in arrows_in(cell)}
    if direction and arrows:
        sides = [re.split(f"[{''.join(arrows)}]", cell, maxsplit=1) for cell in cells]
        head = _between([side[0] for side in sides], words=words, direction=False)
        return rf"{head}(?P<direction>[{ARROWS}{UNCHANGED}])?{_BLANK}*"
    if any(any(c.isalnum() for c in cell) for cell in cells):
        if "0-9" in words and any(any(c.isdigit() for c in cell) for cell in cells):
            raise CannotSuggest("figures stand within the words of a row")
        said = {cell.strip(SPACES) for cell in cells}
        if len(said) == 1 and len(cells) > 1 and not any(c.isdigit() for c in cells[0]):
            return rf"{_BLANK}*{_literal(said.pop())}{_BLANK}*"  # a label: one day's page may have others
        return words
    if not "".join(cells).strip(SPACES):
        return _BLANK + ("+" if all(cells) else "*") if any(cells) else ""
    marks = {cell.strip(SPACES) for cell in cells}
    if len(marks) > 1 or arrows:
        return _class("".join(cells) + " ") + "*"
    spaces = "" if marks.issuperset(cells) else f"{_BLANK}*"
    return f"{spaces}{_quoted(marks.pop())}{spaces}"


def _quoted(marks: str) -> str:
    return "".join(_ESCAPED.get(c) or (rf"\{c}" if c in r"\.+*?()|[]{}^$" else c) for c in marks)


def _literal(words: str) -> str:
    return rf"{_BLANK}+".join(map(_quoted, words.split()))


def _class(characters: str) -> str:
    """Return a character class of marks, with white space."""
    marks = {c for c in characters if not c.isspace() and not c.isalnum()}
    if not marks and not any(c in "\n\t" for c in characters):
        return _BLANK
    if marks & set(ARROWS + UNCHANGED):
        marks |= set(ARROWS + UNCHANGED)
    if marks & set(NUMBER_SIGNS):
        marks |= {"-"}
    inside = "".join(_ESCAPED.get(c) or (rf"\{c}" if c in r"\]^-[" else c) for c in sorted(marks))
    spaces = r"\s" if any(c in "\n\t" for c in characters) else r"\pZ"
    return f"[{spaces}{inside}]"
