"""The table ``[[sources]]`` of config.toml: one site, the pages it has, and how it prints."""

import datetime as dt
import re
from fnmatch import translate
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

from fxtrack import limits
from fxtrack.config.fields import (
    NO_CURRENCY,
    Count,
    Currency,
    Name,
    Pair,
    Pattern,
    about,
    check_preferred,
    check_url,
    checked,
    zone_of,
)
from fxtrack.config.schedule import parse_duration
from fxtrack.extract.calendar.dates import parse_date
from fxtrack.extract.calendar.words import check_language
from fxtrack.extract.grammar import DATE_FORMATS, Grammar, check_date_pattern, check_entry_pattern, is_unit


class Rounding(Struct, frozen=True, forbid_unknown_fields=True):
    """How a source rounds before it prints; without `change_decimals` it computes the percentage of the exact change.

    A source that reports absolute changes has no `pct_decimals`.
    """

    pct_decimals: Annotated[int, Meta(ge=0, le=limits.RULE_PCT_DECIMALS)] | None = None
    change_decimals: Annotated[int, Meta(ge=0, le=limits.RULE_CHANGE_DECIMALS)] | None = None
    mode: Literal["half away from zero", "half to even", "towards zero"] = "half away from zero"


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """One site. The first source that matches takes a page.

    Pages: `paths` are patterns for a page's location, `urls` for the host and path of its URI: ``timesca.com/*``. A
    page without a URI matches by location alone. A page that was fetched for a source, from its live `url` or from an
    archive, belongs to that source. The host of `url` may have a private address only with `private_address`. A source
    that reads another series from the same pages names their source in `pages_of`, and shares the settings of that
    source except for those that it sets.

    Ticker: `pattern` of an entry, with `base`, `counter` and `unit` if the pattern does not name them; without a
    pattern the usual ticker; `decimal`, `change`, `min_pairs`, and `currencies` by their printed names. Dates:
    `date_formats`, `languages` of month and currency names, `date_position`, `date_lines`, `date_pattern`. Known
    facts: listed `pairs`, `time_zone`, `max_capture_days` between page date and capture, `rounding`, and the
    `lookback_days` of a base. People see the pairs in `prefer` in that direction.
    """

    name: Name
    pages_of: Name | None = None
    paths: Annotated[tuple[str, ...], Meta(min_length=1)] = ("*",)
    urls: tuple[str, ...] = ()
    pattern: Pattern | None = None
    base: Currency | None = None
    counter: Currency | None = None
    unit: int | dict[Currency, int] = 1
    currencies: dict[Annotated[str, Meta(min_length=1)], Currency] = {}
    decimal: Literal["point", "comma"] = "point"
    change: Literal["percent", "absolute"] | None = None
    date_formats: Annotated[tuple[str, ...], Meta(min_length=1)] = DATE_FORMATS
    languages: Annotated[tuple[str, ...], Meta(min_length=1)] = ("en",)
    date_position: Literal["after", "before"] = "after"
    date_lines: Annotated[int, Meta(ge=1, le=limits.DATE_LINES)] | None = None
    date_pattern: Pattern | None = None
    min_pairs: Count = limits.MIN_PAIRS
    pairs: tuple[Pair, ...] = ()
    prefer: tuple[Pair, ...] = ()
    time_zone: str = "UTC"
    max_capture_days: Annotated[int, Meta(ge=0, le=limits.MAX_LOOKBACK_DAYS)] = limits.MAX_CAPTURE_DAYS
    lookback_days: Annotated[int, Meta(ge=1, le=limits.MAX_LOOKBACK_DAYS)] = limits.LOOKBACK_DAYS
    rounding: Rounding | None = None
    url: str | None = None
    private_address: bool = False
    max_age: str | None = None

    def __hash__(self) -> int:
        """Return a hash by name, which no other source of a configuration has."""
        return hash(self.name)

    def __post_init__(self) -> None:
        """Check the values; each message starts with its key."""
        if self.pages_of is not None and (self.paths != ("*",) or self.urls or self.url):
            raise ValueError(f"pages_of: the pages are those of {self.pages_of!r}; drop paths, urls and url here")
        if self.max_age is not None:
            checked("max_age", parse_duration, self.max_age)
        if self.url is not None:
            check_url("url", self.url)
        with about("languages"):
            for language in set(self.languages) - {"en"}:
                check_language(language)
        checked("time_zone", zone_of, self.time_zone)
        self._check_patterns()
        self._check_pairs()
        if self.rounding and self.absolute != (self.rounding.pct_decimals is None):
            needs = "has no pct_decimals, since it reports absolute changes" if self.absolute else "needs pct_decimals"
            raise ValueError(f"rounding: the rule of this source {needs}")
        day = dt.date(2003, 11, 22)
        for fmt in self.date_formats:
            try:
                found = parse_date(day.strftime(fmt), (fmt,))
            except (ValueError, re.error):
                found = None
            if found != day:
                raise ValueError(f"date_formats: {fmt!r} does not give day, month and year")

    def _check_pairs(self) -> None:
        printed = (("currencies", code) for code in self.currencies.values())
        pairs = ((key, pair) for key in ("pairs", "prefer") for pair in getattr(self, key))
        for key, named in (("base", self.base), ("counter", self.counter), *pairs, *printed):
            if named and NO_CURRENCY in named.split("/"):
                raise ValueError(f"{key}: {NO_CURRENCY} stands in place of a currency: write that currency's code")
        check_preferred(self.prefer)
        if twice := [pair for pair in self.pairs if self.pairs.count(pair) > 1]:
            raise ValueError(f"pairs: {twice[0]} is listed twice")

    def _check_patterns(self) -> None:
        with about("date_pattern"):
            if self.date_pattern:
                check_date_pattern(self.date_pattern)
        with about("pattern"):
            if self.pattern:
                absolute = self.change == "absolute" if self.change else None
                check_entry_pattern(
                    self.pattern, self.base, self.counter, absolute=absolute, date_pattern=self.date_pattern
                )
        for key in ("base", "counter"):
            if getattr(self, key) and not self.pattern:
                raise ValueError(f"{key}: completes the pairs of a `pattern`, and there is none")
        for key, given in (("unit", self.unit != 1), ("currencies", bool(self.currencies))):
            if given and not self.pattern:
                raise ValueError(f"{key}: completes the entries of a `pattern`, and there is none")
        for unit in self.unit.values() if isinstance(self.unit, dict) else (self.unit,):
            if not is_unit(unit):
                raise ValueError(f"unit: {unit} is no power of ten from 1 to {10**limits.RATE_SCALE:,}")

    def has_at(self, location: str) -> bool:
        """Return whether this source may take a page at a location."""
        return self.pages_of is None and _pattern_of(self.paths).match(location) is not None

    @property
    def grammar(self) -> Grammar:
        """How this source prints its ticker."""
        return _grammar_of(self)

    @property
    def absolute(self) -> bool:
        """True if its reports are changes in the counter currency, not percentages."""
        if self.pattern and self.change is None:
            return check_entry_pattern(
                self.pattern, self.base, self.counter, absolute=None, date_pattern=self.date_pattern
            )
        return self.change == "absolute"


@cache  # needed for every page
def _grammar_of(source: Source) -> Grammar:
    units = source.unit if isinstance(source.unit, dict) else {}
    return Grammar(
        date_formats=source.date_formats,
        min_pairs=min(source.min_pairs, len(source.pairs) or source.min_pairs),
        decimal=source.decimal,
        absolute=source.absolute,
        pattern=source.pattern,
        base=source.base,
        counter=source.counter,
        unit=1 if isinstance(source.unit, dict) else source.unit,
        units=tuple(units.items()),
        currencies=tuple(source.currencies.items()),
        languages=source.languages,
        date_position=source.date_position,
        date_lines=source.date_lines,
        date_pattern=source.date_pattern,
    )


@cache
def _pattern_of(paths: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, paths)) or "(?!)")
