"""Reads a page with an entry that may be suggested, and holds its quotes against those of the rows. Pure."""

import datetime as dt
import tomllib
from dataclasses import replace
from typing import Any

import msgspec

from fxtrack.config.fields import NO_CURRENCY
from fxtrack.config.source import Source
from fxtrack.extract.characters import DOWN_ARROWS
from fxtrack.extract.ticker.marquee import examine_ticker
from fxtrack.model.quote import Quote, Reading
from fxtrack.probe.dates import date_in
from fxtrack.probe.entry import entry_text
from fxtrack.probe.layout.columns import Roles
from fxtrack.probe.layout.date_columns import newest
from fxtrack.probe.layout.figures import CannotSuggest, arrows_in, plain_number, unit_in
from fxtrack.probe.layout.rows import Layout, Row, shown

_STAND_IN = "XTS"  # ISO 4217's code for tests: an entry is tried with it where the reader has to name a currency

Dated = tuple[tuple[dt.date | None, Quote], ...]
"""Quotes with the dates of their rows."""


def reading_with(keys: dict[str, Any], text: str) -> tuple[Reading, str | None]:
    """Return the reading of an entry, and notes on the rows that it leaves out."""
    tried = {key: _STAND_IN if value == NO_CURRENCY else value for key, value in keys.items()}
    entry = {"name": "tried", **{key: value for key, value in tried.items() if key != "pairs"}}
    source = msgspec.convert(tomllib.loads(entry_text(entry))["sources"][0], Source)
    examination = examine_ticker(text, source.grammar)
    reading = examination.reading
    notes = [note for candidate in examination.candidates for note in candidate.run.notes if not is_own(note)]
    further = tuple(f._replace(quotes=_named(f.quotes)) for f in reading.further)
    return reading._replace(quotes=_named(reading.quotes), further=further), "; ".join(notes) or None


def is_own(note: str) -> bool:
    """Return whether a note is about the row of a bank's own currency, which no entry has to read."""
    return note.endswith("a currency priced in itself")


def _named(quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
    return tuple(quote._replace(pair=quote.pair.replace(_STAND_IN, NO_CURRENCY)) for quote in quotes)


def is_same(reading: Reading, expected: Dated) -> bool:
    """Return whether a reading has exactly the quotes of the rows; their dates count where the rows print them."""
    read = [(reading.page_date, quote) for quote in reading.quotes]
    read += [(further.page_date, quote) for further in reading.further for quote in further.quotes]
    if not any(date for date, _ in expected):
        read = [(None, quote) for _, quote in read]
    return sorted(map(str, read)) == sorted(map(str, expected))


def with_keys(keys: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return keys with further ones; the languages are those of both."""
    languages = list(dict.fromkeys([*keys.get("languages", []), *more.get("languages", [])]))
    return {**keys, **more, **({"languages": languages} if languages else {})}


def expected_quotes(layout: Layout, roles: Roles, text: str, other: tuple[str, str] | None) -> Dated:
    """Return the quotes of the rows with the dates of these, read without the ticker reader.

    Raises:
        CannotSuggest: two rows show different rates of one pair.
    """
    quotes: dict[tuple[dt.date | None, str], Quote] = {}
    for row in layout.rows:
        base, counter = row.anchor.pair
        if counter is None and other:
            base, counter = (base, other[1]) if other[0] == "counter" else (other[1], base)
        if base == counter:
            continue
        printed = roles.date.of(row) if roles.date else None
        columns = roles.dated or ((roles.rate, "", date_in(printed.text) if printed else None),)
        for place, label, date in columns:
            reported = not roles.dated or label == newest(roles.dated)
            quote = _quote(row, f"{base}/{counter}", replace(roles, rate=place), text, reported=reported)
            if quotes.setdefault((date, quote.pair), quote) != quote:
                raise CannotSuggest(f"the page shows different rates of {quote.pair}, such as {shown(row, text)!r}")
    return tuple((date, quote) for (date, _), quote in quotes.items())


def _quote(row: Row, pair: str, roles: Roles, text: str, *, reported: bool) -> Quote:
    """Return the quote of a row; without its report where that belongs to another column."""
    rate, report = roles.rate.of(row), roles.report.of(row) if roles.report and reported else None
    if rate is None:
        raise CannotSuggest(f"the row {shown(row, text)!r} has no rate")
    percent = None
    if report:
        percent = plain_number(report.text.strip("%").strip(), roles.decimal) + ("" if roles.absolute else "%")
        falls = roles.direction and any(c in DOWN_ARROWS for c in arrows_in(text[row.anchor.base.end : row.end]))
        percent = f"-{percent}" if falls else percent
    change = roles.change.of(row) if roles.change and reported else None
    unit = roles.unit.of(row) if roles.unit else None
    return Quote(
        pair, plain_number(rate.text, roles.decimal), percent, (unit_in(unit.digits) or 1) if unit else 1,
        plain_number(change.text, roles.decimal) if change else None,
    )  # fmt: skip
