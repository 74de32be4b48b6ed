"""A `[[sources]]` entry for a page that no source reads. Pure.

Rows of the page that are laid out alike become a pattern. The pattern is tried on the page, and its quotes are compared
with those of the rows: an entry is suggested only where they are the same. No guess is silent: each assumption is a
remark, and the currency that single codes are priced in is left to the reader.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from fxtrack.config.fields import NO_CURRENCY
from fxtrack.extract.characters import without_invisible
from fxtrack.limits import MIN_PAIRS, SUGGEST_CHARS
from fxtrack.model.quote import Outcome, Quote
from fxtrack.probe.date_lines import date_keys
from fxtrack.probe.dates import format_keys, format_of
from fxtrack.probe.entry import HomeCurrency, entry_text, home_of_rates, name_of, path_patterns, urls_of
from fxtrack.probe.layout.columns import Roles, roles_of
from fxtrack.probe.layout.date_columns import heading_keys, with_dates
from fxtrack.probe.layout.figures import CannotSuggest, plain_number, unit_in, values
from fxtrack.probe.layout.names import is_unknown, language_of, with_names
from fxtrack.probe.layout.rows import Layout, anchors_of, layout_of, names_of, shown
from fxtrack.probe.layout.tokens import Token, grouped, tokens_of
from fxtrack.probe.meaning.around import check_around
from fxtrack.probe.meaning.headings import headings_of
from fxtrack.probe.meaning.magnitudes import Priced, impossible_prices, impossible_rates
from fxtrack.probe.pattern import guarded, pattern_of
from fxtrack.probe.trial import Dated, expected_quotes, is_own, is_same, reading_with, with_keys
from fxtrack.probe.unused import unused

_HEADING_LINES = 4
_FEWEST = 2  # fewest pairs of a layout


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A `[[sources]]` entry that reads a page.

    Attributes:
        toml: the entry; None where nothing that is sure to be right can be suggested.
        remarks: assumptions, decisions left to the reader, and parts of the page that are not read.
        quotes: the quotes that the entry reads, with `XXX` for a currency that the reader has to name.
        page_date: the date that it reads; of several, the newest.
    """

    toml: str | None
    remarks: tuple[str, ...]
    quotes: tuple[Quote, ...] = ()
    page_date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Facts of a page besides its text.

    Attributes:
        uri: the address that it was captured from.
        doubts: where numbers begin whose sign the page may show by other means than characters.
        latest: when it was captured at the latest; it shows no later date.
    """

    uri: str | None = None
    doubts: Sequence[int] = ()
    latest: dt.date | None = None


_MANUAL = "docs/sources.md, Another layout"
_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class _Found:
    """A layout, the roles of its columns, and the keys that read it."""

    layout: Layout
    roles: Roles
    keys: dict[str, Any]
    quotes: Dated
    home: HomeCurrency | None


def suggest(text: str, location: str, taken_names: Collection[str], known: Known = _NOTHING) -> Suggestion | None:
    """Return an entry that reads the page, None if the page has no rows of rates.

    Args:
        text: the page.
        location: its location in the store; the entry's `paths` match it.
        taken_names: names that other sources have.
        known: what is known of it besides.
    """
    doubts = [len(without_invisible(text[:place])) for place in known.doubts]
    text = without_invisible(text[:SUGGEST_CHARS])
    found: list[_Found] = []
    reasons: list[tuple[int, int, str]] = []
    for order, layout, doubt in _layouts(text):
        try:
            found.append(_read(layout._replace(doubts=frozenset(doubts), latest=known.latest), text, doubt))
        except CannotSuggest as error:
            reasons.append((layout.size, -order, str(error)))
    best = max(found, key=lambda reading: len(reading.quotes), default=None)
    size, _, reason = max(reasons, default=(0, 0, ""))
    if best is None or size >= len(best.quotes):
        said = f"no entry is suggested: {reason}; to read the page all the same, write the entry by hand ({_MANUAL})"
        return Suggestion(None, (said,)) if size >= _FEWEST else None
    return _finished(best, text, location, taken_names, known.uri)


def _layouts(text: str) -> Iterator[tuple[int, Layout, str | None]]:
    """Yield the possible layouts of a page, each with the place of its kind in order and a doubt, if there is one."""
    tokens = tokens_of(text)
    joined = grouped(tokens, text)
    named = with_names(tokens, text)
    joined_names = grouped(named, text)
    kinds = [
        (apart, together, tokens, joined)
        for (_, apart), (_, together) in zip(anchors_of(tokens, text), anchors_of(joined, text), strict=True)
    ]
    kinds.append((names_of(named), names_of(joined_names), named, joined_names))
    for order, (apart, together, single, double) in enumerate(kinds):
        layout, other = layout_of(apart, single, text), layout_of(together, double, text)
        if layout is None or other is None:
            if one := layout or other:
                halves = [t for row in one.rows for t in (*row.before, *row.after) if t not in double]
                yield order, one, _may_be_half(halves[0]) if halves else None
        elif layout == other:
            yield order, layout, None
        else:
            fits, other_fits = (not one.misfits and one.size == max(layout.size, other.size) for one in (layout, other))
            doubt = _doubt(layout, other, text) if fits and other_fits else None
            yield order, other if other_fits else layout, doubt


def _may_be_half(number: Token) -> str:
    return f"{number.text!r} may be one number or two, and the page does not say which"


def _doubt(apart: Layout, together: Layout, text: str) -> str | None:
    """Return why digits with a space between them may be two numbers; None where they are one."""
    columns = {token for row in apart.rows for token in (*row.before, *row.after)}
    numbers = [t for row in together.rows for t in (*row.before, *row.after) if t not in columns]
    in_cells = all(text[t.start - 1 : t.start] in {"\t", "\n"} or text[t.end : t.end + 1] == "\t" for t in numbers)
    heads = {t.digits.partition(" ")[0] for t in numbers}
    if in_cells or (any(c in ".," for t in numbers for c in t.digits) and not all(h.strip("0") == "1" for h in heads)):
        return None
    return _may_be_half(numbers[0])


def _read(layout: Layout, text: str, doubt: str | None) -> _Found:
    """Find the keys that read a layout.

    Raises:
        CannotSuggest: no keys read exactly the quotes of the rows.
    """
    if doubt:
        raise CannotSuggest(doubt)
    if layout.misfits:
        raise CannotSuggest(f"the row {shown(layout.misfits[0], text)!r} is not laid out as those beside it")
    heading = _heading(layout, text)
    if any(row.worded for row in layout.rows) and any(text[a.end : b.start].strip() for a, b in pairwise(layout.rows)):
        raise CannotSuggest(f"words stand between pair and rate, as in {shown(layout.rows[0], text)!r}")
    check_around(layout, text, headings_of(layout, text).lines)
    roles = with_dates(layout, roles_of(layout, text, heading), text, heading)
    home, other = None, None
    if layout.columns.anchor.pair[1] is None:
        prices = _prices(layout, roles)
        home = home_of_rates(text, layout.rows[0].start, prices)
        other = (home.key, home.code) if home else (_unnamed(prices), NO_CURRENCY)
    expected = expected_quotes(layout, roles, text, other)
    if doubt := impossible_rates(quote for _, quote in expected):
        raise CannotSuggest(doubt)
    shared = _shared_keys(layout, roles, expected)
    problem, missed = "the rows cannot be told apart from other lines of the page", ""
    for keys in _patterns(layout, roles, text, heading, other):
        reading, left_out = reading_with({**shared, **keys}, text)
        if reading.outcome is Outcome.OK and not left_out and is_same(reading, expected):
            others = (f"not read: {missed}",) if missed else ()
            return _Found(layout, replace(roles, remarks=(*roles.remarks, *others)), {**keys, **shared}, expected, home)
        problem, missed = left_out or problem, left_out or missed
    raise CannotSuggest(problem)


def _unnamed(prices: list[Priced]) -> str:
    """Return whether rates are prices in a currency that the page does not name, or amounts that 1 unit of it costs."""
    if impossible_prices(prices) and not any(price.unit > 1 for price in prices):
        amounts = [price._replace(rate=1 / price.rate) for price in prices]
        return "counter" if impossible_prices(amounts) else "base"
    return "counter"


def _prices(layout: Layout, roles: Roles) -> list[Priced]:
    """Return the figures beside the currencies of the rows, each for one unit."""
    found = []
    for row in layout.rows:
        unit = roles.unit.of(row) if roles.unit else None
        if rate := roles.rate.of(row):
            number, units = Fraction(plain_number(rate.digits, roles.decimal)), unit_in(unit.digits) or 1 if unit else 1
            found += [Priced(row.anchor.pair[0], number / units, rate.digits, units)] if number else []
    return found


def _patterns(
    layout: Layout, roles: Roles, text: str, heading: str, other: tuple[str, str] | None
) -> Iterator[dict[str, Any]]:
    """Yield the keys that may read the rows, the simplest first."""
    if layout.columns.anchor.base.kind == "pair" and not roles.unit and not roles.date and not roles.dated:
        yield {"change": "absolute"} if roles.absolute else {}
    group = "counter" if other and other[0] == "base" else "base"
    is_named = layout.columns.anchor.base.kind == "name"
    codes = sorted(
        {code for row in layout.rows for code in ((row.anchor.base.text,) if is_named else row.anchor.pair) if code}
    )
    for listed in ((), codes):
        named: dict[str, Any] = {other[0]: other[1]} if other else {}
        pattern = pattern_of(layout, roles, text, group=group, codes=listed)
        if (
            not roles.unit
            and not roles.dated
            and (layout.inline or "\n" in text[layout.rows[0].start : layout.rows[0].end])
        ):
            yield {"pattern": guarded(pattern, layout), **named}
        keys = {"pattern": pattern, **named}
        if not roles.dated:
            yield keys
            continue
        for lines in (None, *range(1, _HEADING_LINES)):
            yield {**keys, **heading_keys(heading), **({"date_lines": lines} if lines else {})}


def _shared_keys(layout: Layout, roles: Roles, expected: Dated) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    if roles.decimal != "point":
        keys["decimal"] = roles.decimal
    if (pairs := len({quote.pair for _, quote in expected})) < MIN_PAIRS:
        keys["min_pairs"] = pairs
    if layout.columns.anchor.base.kind == "name":
        keys |= _name_keys(layout)
    if roles.date:
        keys |= format_keys(*(format_of(values(layout, roles.date)[0].text) or ("", "en")))
    return keys


def _name_keys(layout: Layout) -> dict[str, Any]:
    """Return the keys that read the names of a layout's currencies."""
    names = {row.anchor.base.text: row.anchor.pair[0] for row in layout.rows}
    unknown = {name: code for name, code in names.items() if is_unknown(code)}
    language = language_of(names.keys() - unknown)
    if language is None:
        raise CannotSuggest("the names of currencies are of several languages")
    keys: dict[str, Any] = {"languages": [language]} if language != "en" else {}
    return keys | ({"currencies": unknown} if unknown else {})


def _finished(found: _Found, text: str, location: str, taken: Collection[str], uri: str | None) -> Suggestion:
    """Return the entry with its date, after it has been tried as a whole."""
    keys, remarks = dict(found.keys), [*found.roles.remarks]
    rows = found.layout.rows
    if found.roles.date and "(?P<date>" in keys.get("pattern", ""):
        dates = sorted({date for date, _ in found.quotes if date})
        dated: dict[str, Any] = {}
        date: dt.date | None = dates[-1]
        remarks.append(f"the date is that of the rows, {values(found.layout, found.roles.date)[0].text!r} in the first")
        if len(dates) > 1:
            remarks.append(f"the rows have {len(dates)} dates, from {dates[0]} to {date}: each is stored on its own")
    elif found.roles.dated:
        dated, date = {}, max(date for _, _, date in found.roles.dated)
        days = ", ".join(str(date) for _, _, date in found.roles.dated)
        remarks.append(f"the columns of rates are those of {days}: each date is stored on its own")
    else:
        read = lambda more: reading_with(with_keys(keys, more), text)[0].page_date  # noqa: E731
        beside, said = date_keys(text, rows[0].start, rows[-1].end, read, found.layout.latest)
        dated, date = (beside.keys, beside.date) if beside else ({}, None)
        remarks += [f"the date is read from the line {beside.line!r}"] if beside else []
        remarks += said
        if not beside:
            what = "no date beside the rates is certain" if said else "no date was found beside the rates"
            remarks.append(f"{what}: pages are dated by their capture time, if that is known")
    keys = with_keys(keys, dated)
    unknown = keys.get("currencies", {})
    if not unknown:
        keys["pairs"] = list(dict.fromkeys(quote.pair for _, quote in found.quotes if not _may_be_own(quote)))
    reading, left_out = reading_with(keys, text)
    if (
        not is_same(reading, found.quotes)
        or reading.page_date != date
        or left_out
        or (date and reading.detail and not is_own(reading.detail))
    ):
        problem = "with its date, it no longer reads all rows"
        if reading.page_date != date:
            problem = f"the page would be dated {reading.page_date}, which the lines beside the rates do not say"
        return Suggestion(None, (f"no entry is suggested: {problem}; write it by hand ({_MANUAL})",))
    remarks += [reading.detail] if reading.detail else []
    where: dict[str, Any] = {"name": name_of(location, taken), "paths": path_patterns(location)}
    if uri:
        where["urls"] = [urls_of(uri)]
    remarks = [*_to_do(found), *remarks, *unused(found.layout, found.roles, text)]
    quotes = (*reading.quotes, *(quote for further in reading.further for quote in further.quotes))
    if unknown:
        keys["currencies"] = dict.fromkeys(unknown, NO_CURRENCY)
        named = dict.fromkeys(unknown.values(), NO_CURRENCY)
        quotes = tuple(q._replace(pair="/".join(named.get(code, code) for code in q.pair.split("/"))) for q in quotes)
    return Suggestion(entry_text({**where, **keys}), tuple(remarks), quotes, reading.page_date)


def _may_be_own(quote: Quote) -> bool:
    """Return whether a row may be that of the currency that is still to be named, so that no page has its pair."""
    return quote.pair.endswith(NO_CURRENCY) and Fraction(quote.rate_text) == quote.rate_unit


def _to_do(found: _Found) -> Iterator[str]:
    if found.home:
        yield f"{found.home.key}: {found.home.code}, by the line {found.home.line!r}"
    elif found.keys.get("base") == NO_CURRENCY:
        yield (
            "base: by their magnitudes, the rates are what 1 unit of a currency costs that the page does not name: "
            f"put it in place of {NO_CURRENCY}, here and in pairs"
        )
    elif found.layout.columns.anchor.pair[1] is None:
        yield (
            f"counter: put the currency that the rates are in, in place of {NO_CURRENCY}, here and in pairs; if the "
            "rates are what 1 unit of it costs, name the key base, and the group counter"
        )
    if unknown := [repr(name) for name, code in found.keys.get("currencies", {}).items() if is_unknown(code)]:
        yield (
            f"currencies: put the codes of {', '.join(unknown)}, which are not known, in place of {NO_CURRENCY}, and "
            "drop what is no currency"
        )


def _heading(layout: Layout, text: str) -> str:
    """Return the line above the first row, unchanged."""
    if layout.inline:
        return ""
    lines = [line for line in text[: layout.rows[0].start].split("\n") if line.strip()]
    return lines[-1] if lines else ""
