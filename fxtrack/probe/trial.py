"""Reads a page with an entry that may be suggested. Pure."""

import datetime as dt
import tomllib
from typing import Any

import msgspec

from fxtrack.config.fields import NO_CURRENCY
from fxtrack.config.source import Source
from fxtrack.extract.ticker.marquee import examine_ticker
from fxtrack.model.quote import Quote, Reading
from fxtrack.probe.entry import entry_text

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
