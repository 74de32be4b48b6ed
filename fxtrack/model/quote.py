"""What a page says, as values: a quote, the ways a ticker can disagree with itself, and one reading of a page.

Named tuples, since there are many of them: they are hashed, compared and sent between processes at the speed of tuples.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What came of one page."""

    OK = "ok"
    NO_TICKER = "no ticker"
    CONFLICT = "conflict"
    UNREADABLE = "unreadable"


class Quote(NamedTuple):
    """One pair's rate and reported change, as printed.

    Attributes:
        pair: ``BASE/COUNTER`` in ISO 4217 codes; the rate is the price of 1 BASE in COUNTER.
        rate_text: the printed digits without thousands separators, ``0.28490``.
        reported_text: the printed report without spaces, with an ASCII sign and a decimal point; None if none. A
            percentage ends in %, ``-0.46%``; an absolute change does not, ``-0.4600``.
    """

    pair: str
    rate_text: str
    reported_text: str | None

    @property
    def rate(self) -> Decimal:
        """Price of 1 BASE in COUNTER."""
        return Decimal(self.rate_text)

    @property
    def rate_decimals(self) -> int:
        """Printed digits after the decimal point; half a unit of the last one is the rate's uncertainty."""
        return len(self.rate_text.partition(".")[2])

    @property
    def reported_pct(self) -> Decimal | None:
        """The reported change in percent; ``-0%`` is zero here and keeps its sign in `reported_sign`."""
        return self._signed if self._is_percent else None

    @property
    def reported_change(self) -> Decimal | None:
        """The reported change in COUNTER per BASE, where it is no percentage."""
        return self._signed if self.reported_text and not self._is_percent else None

    @property
    def reported_decimals(self) -> int | None:
        """Printed digits after the decimal point of the report."""
        return len(self.reported_text.rstrip("%").partition(".")[2]) if self.reported_text else None

    @property
    def reported_sign(self) -> int | None:
        """-1 fell, 1 rose, 0 for a zero without a sign; ``-0%`` is -1 and ``+0%`` is 1."""
        if not self.reported_text:
            return None
        if self.reported_text[0] == "-":
            return -1
        return 1 if self.reported_text[0] == "+" or self._size else 0

    @property
    def _is_percent(self) -> bool:
        return self.reported_text is not None and self.reported_text.endswith("%")

    @property
    def _signed(self) -> Decimal:
        return self._size * (self.reported_sign or 1)

    @property
    def _size(self) -> Decimal:
        return abs(Decimal((self.reported_text or "0").rstrip("%")))

    def __str__(self) -> str:
        """Return the quote as a ticker prints it."""
        return f"{self.pair} = {self.rate_text}" + (f" {self.reported_text}" if self.reported_text else "")


class Variant(NamedTuple):
    """One of the values that the repeats of a ticker give for a pair, and how many of them give it."""

    quote: Quote
    repeats: int


class Reading(NamedTuple):
    """What one page's text says.

    `quotes` is empty unless the outcome is ``ok``; `variants` is empty unless it is ``conflict``, and then holds every
    value of every pair. `repeats` counts how often the block of pairs is shown. `date_unread` is True where a
    line beside the ticker shows a date that is not understood or not believed: then the page has no date.
    """

    outcome: Outcome
    page_date: dt.date | None = None
    quotes: tuple[Quote, ...] = ()
    repeats: int = 0
    variants: tuple[Variant, ...] = ()
    detail: str | None = None
    date_unread: bool = False

    @property
    def needs_a_word(self) -> bool:
        """True where a person should hear of it: a conflict, no text, or something on the page that was not taken."""
        return self.outcome in {Outcome.CONFLICT, Outcome.UNREADABLE} or self.detail is not None

    def noting(self, note: str) -> "Reading":
        """Return the reading with a further note in its detail."""
        return self._replace(detail=f"{note}; {self.detail}" if self.detail else note)


def state_id(source: str, quotes: Iterable[Quote]) -> str:
    """Name a ticker state of a source, whatever its date: 128 bits of SHA-256 in hex.

    The order of the pairs does not matter; every printed digit does.
    """
    return _digest(source, *(f"{q.pair} {q.rate_text} {q.reported_text or ''}" for q in sorted(quotes, key=_by_pair)))


def snapshot_of_state(state: str, page_date: dt.date | None) -> str:
    """Name the snapshot of a ticker state, given by its name, on a page date (or on none)."""
    return _digest(state, page_date.isoformat() if page_date else "")


def _by_pair(quote: Quote) -> str:
    return quote.pair


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
