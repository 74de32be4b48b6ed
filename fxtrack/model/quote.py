"""Values read from a page: quotes, the values of repeats that disagree, and the reading of a whole page.

Named tuples, because there are many of them and they are hashed, compared and sent between processes.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

_PAIR = itemgetter(0)  # of a quote


class Outcome(StrEnum):
    """Result of reading one page."""

    OK = "ok"
    NO_TICKER = "no ticker"
    CONFLICT = "conflict"
    UNREADABLE = "unreadable"


class Quote(NamedTuple):
    """One pair's rate and reported change, as printed.

    Attributes:
        pair: ``BASE/COUNTER`` in ISO 4217 codes; the rate is the price of `rate_unit` BASE in COUNTER.
        rate_text: the printed digits without thousands separators, ``0.28490``.
        reported_text: the printed report without spaces, with an ASCII sign and a decimal point; None if none. A
            percentage ends in %, ``-0.46%``; an absolute change does not, ``-0.4600``.
        rate_unit: units of BASE that the rate and an absolute change are printed for, a power of ten.
        change_text: the absolute change that is printed beside a percentage, in the same form; None if none.
    """

    pair: str
    rate_text: str
    reported_text: str | None
    rate_unit: int = 1
    change_text: str | None = None

    @property
    def rate(self) -> Decimal:
        """Price of `rate_unit` BASE in COUNTER."""
        return Decimal(self.rate_text)

    @property
    def rate_decimals(self) -> int:
        """Printed digits after the decimal point; half a unit of the last one is the rate's uncertainty."""
        return len(self.rate_text.partition(".")[2])

    @property
    def reported_pct(self) -> Decimal | None:
        """The reported change in percent; ``-0%`` is zero here and keeps its sign in `reported_sign`."""
        return _signed(self.reported_text) if self._is_percent else None

    @property
    def reported_change(self) -> Decimal | None:
        """The printed absolute change in COUNTER per `rate_unit` BASE, alone or beside a percentage."""
        return _signed(self.change_text or (None if self._is_percent else self.reported_text))

    @property
    def reported_decimals(self) -> int | None:
        """Printed digits after the decimal point of the report."""
        return len(self.reported_text.rstrip("%").partition(".")[2]) if self.reported_text else None

    @property
    def reported_sign(self) -> int | None:
        """-1 fell, 1 rose, 0 for a zero without a sign; ``-0%`` is -1 and ``+0%`` is 1."""
        return _sign(self.reported_text) if self.reported_text else None

    @property
    def _is_percent(self) -> bool:
        return self.reported_text is not None and self.reported_text.endswith("%")

    def __str__(self) -> str:
        """Return the quote as a ticker prints it."""
        return "".join(
            (
                f"{self.pair} = {self.rate_text}",
                f" per {self.rate_unit}" if self.rate_unit != 1 else "",
                f" {self.reported_text}" if self.reported_text else "",
                f" ({self.change_text})" if self.change_text else "",
            )
        )


def _sign(report: str) -> int:
    if report[0] == "-":
        return -1
    return 1 if report[0] == "+" or report.rstrip("%").strip("0.") else 0


def _signed(report: str | None) -> Decimal | None:
    return Decimal(report.rstrip("%")).copy_abs() * (_sign(report) or 1) if report else None


class Variant(NamedTuple):
    """One of the values of a pair in the repeats of a ticker, and the number of repeats with it."""

    quote: Quote
    repeats: int


class DatedQuotes(NamedTuple):
    """Quotes of one further date on a page with several; `page_date` is None if the page does not show it."""

    page_date: dt.date | None
    quotes: tuple[Quote, ...]


class Reading(NamedTuple):
    """The reading of one page's text.

    `quotes` is empty unless the outcome is ``ok``; `variants` is empty unless it is ``conflict``, and then holds every
    value of every pair. `repeats` counts how often the block of pairs is shown. `date_unread` is True where a line
    beside the ticker shows a date that is not understood or not believed: then the page has no date. If a page has
    quotes of several dates, `page_date` and `quotes` are the newest, and `further` has the others.
    """

    outcome: Outcome
    page_date: dt.date | None = None
    quotes: tuple[Quote, ...] = ()
    repeats: int = 0
    variants: tuple[Variant, ...] = ()
    detail: str | None = None
    date_unread: bool = False
    further: tuple[DatedQuotes, ...] = ()

    @property
    def needs_a_word(self) -> bool:
        """True if a person should look at the page: a conflict, no text, or skipped text."""
        return self.outcome in {Outcome.CONFLICT, Outcome.UNREADABLE} or self.detail is not None

    def noting(self, note: str) -> "Reading":
        """Return the reading with a further note in its detail."""
        return self._replace(detail=f"{note}; {self.detail}" if self.detail else note)


def state_id(source: str, quotes: Iterable[Quote]) -> str:
    """Name a ticker state of a source, whatever its date: 128 bits of SHA-256 in hex.

    The order of the pairs does not matter; every printed digit does.
    """
    return _digest(source, *[_printed(*quote) for quote in sorted(quotes, key=_PAIR)])


def snapshot_of_state(state: str, page_date: dt.date | None) -> str:
    """Name the snapshot of a ticker state, given by its name, on a page date (or on none)."""
    return _digest(state, page_date.isoformat() if page_date else "")


def _printed(pair: str, rate: str, report: str | None, unit: int, change: str | None) -> str:
    text = f"{pair} {rate} {report or ''}"
    if change:
        text += f" {change}"
    return text if unit == 1 else f"{text} per {unit}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
