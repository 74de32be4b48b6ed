"""How one source prints its ticker, as a value; and the check of configured patterns. Pure.

Patterns use RE2, which has no lookaround and no backreferences: every search takes linear time, so that no pattern and
no page can make a run hang. (RE2: https://github.com/google/re2/wiki/Syntax)

An entry that prints several rates, one a column, names each of them ``rate_LABEL``. The label is a currency
(``rate_USD``) or that of a date in the heading (``rate_a`` with ``date_a`` in the pattern of dates).
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from fxtrack.extract.characters import DecimalMark
from fxtrack.limits import MIN_PAIRS, RATE_SCALE

if TYPE_CHECKING:
    import re2

DATE_FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%Y-%m-%d")

ENTRY_GROUPS = ("pair", "base", "counter", "rate", "unit", "pct", "change", "direction", "date")
"""Groups that the pattern of an entry may name."""

COLUMN_GROUPS = ("rate", "unit", "pct", "change", "direction")
"""The groups of these that may belong to a column: ``rate_USD``."""

_CURRENCY = re.compile("[A-Z]{3}")
_COLUMN = re.compile(rf"({'|'.join(COLUMN_GROUPS)})_(\w+)", re.ASCII)
_DATE = re.compile(r"date_(\w+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one source prints its ticker.

    Attributes:
        date_formats: `datetime.strptime` formats of the date line, tried in order.
        min_pairs: distinct pairs that a block shown only once must list.
        decimal: mark between the whole and the fraction of a number.
        absolute: the reported change is in the counter currency, not in percent.
        pattern: of one entry, with the groups of `ENTRY_GROUPS`; None for the built-in ticker.
        base: currency that is priced, where the pattern does not name it.
        counter: currency of the prices, where the pattern does not name it.
        unit: units of the base currency that a rate is printed for, where the pattern does not name it.
        units: the same for single base currencies.
        currencies: codes of currencies by their printed names.
        languages: CLDR names of the languages that months and currencies are printed in.
        date_position: whether the date line stands before or after the ticker.
        date_lines: number of lines with text, from the ticker on, that are tried as the date line; None for the nearest
            one, no further from the ticker than its entries are from one another.
        date_pattern: of the part of a line that is the date, with the group ``date``, or of the dates of columns,
            ``date_LABEL``; None where it is the whole line.
    """

    date_formats: tuple[str, ...] = DATE_FORMATS
    min_pairs: int = MIN_PAIRS
    decimal: DecimalMark = "point"
    absolute: bool = False
    pattern: str | None = None
    base: str | None = None
    counter: str | None = None
    unit: int = 1
    units: tuple[tuple[str, int], ...] = ()
    currencies: tuple[tuple[str, str], ...] = ()
    languages: tuple[str, ...] = ("en",)
    date_position: Literal["before", "after"] = "after"
    date_lines: int | None = None
    date_pattern: str | None = None


@cache
def compiled(pattern: str, *, grouped: bool = True) -> "re2._Regexp[str]":
    """Return a compiled pattern; one without groups finds long matches much faster.

    Raises:
        ValueError: RE2 rejects it; the message gives the reason.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_capture = not grouped
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        hint = (
            ": lookaround and backreferences are not in RE2"
            if "perl operator" in reason or "escape sequence" in reason
            else ""
        )
        raise ValueError(f"not a pattern that RE2 takes: {reason}{hint}") from None


@cache
def columns_of(pattern: str) -> tuple[str, ...]:
    """Return the labels of the rates that a pattern names, in order; the one rate of an ordinary entry has none."""
    groups = sorted(compiled(pattern).groupindex.items(), key=lambda group: group[1])
    found = (_COLUMN.fullmatch(name) for name, _ in groups)
    return tuple(match[2] for match in found if match and match[1] == "rate")


@cache
def date_pattern_of(pattern: str, label: str) -> str:
    """Return the pattern of dates as that of one column: its group is named ``date``, the others are not."""
    return _DATE_GROUP.sub(lambda group: "(?P<date>" if group[1] == label else "(?:", pattern)


_DATE_GROUP = re.compile(r"\(\?P<date_(\w+)>", re.ASCII)


def check_entry_pattern(
    pattern: str, base: str | None, counter: str | None, *, absolute: bool | None, date_pattern: str | None = None
) -> bool:
    """Check the pattern of an entry and return whether it reports an absolute change.

    Args:
        pattern: as configured.
        base: the configured base currency, if any.
        counter: the configured counter currency, if any.
        absolute: whether the configuration says that changes are absolute, None if it does not say.
        date_pattern: the configured pattern of dates, if any.

    Raises:
        ValueError: it cannot be used; the message says why.
    """
    groups = set(compiled(pattern).groupindex)
    plain = _without_columns(groups, columns_of(pattern), _dated_columns(date_pattern))
    if unknown := sorted(plain - set(ENTRY_GROUPS)):
        raise ValueError(f"no meaning for the group {', '.join(unknown)}; it may name {', '.join(ENTRY_GROUPS)}")
    if compiled(pattern).fullmatch(""):
        raise ValueError("it matches where there is nothing")
    if "rate" not in plain:
        raise ValueError("it has no group `rate`, (?P<rate>...)")
    _check_pair(groups, columns_of(pattern), base, counter)
    if "direction" in plain and not plain & {"pct", "change"}:
        raise ValueError("it names `direction`, but no `pct` or `change` that it could belong to")
    found = "change" in plain and "pct" not in plain
    if absolute is not None and plain & {"pct", "change"} and absolute != found:
        said, named = ("absolute", "pct") if absolute else ("percent", "change")
        raise ValueError(f"it names `{named}`, but `change` says {said}")
    return found


def _without_columns(groups: set[str], columns: tuple[str, ...], dated: set[str]) -> set[str]:
    """Return the groups without the labels of columns.

    Raises:
        ValueError: a group belongs to no column, or nothing says what a column is.
    """
    if not columns:
        return groups
    if "rate" in groups:
        raise ValueError(f"it names `rate` as well as `rate_{columns[0]}`: one of the two")
    plain = set()
    for name in groups:
        match = _COLUMN.fullmatch(name)
        if match and match[2] not in columns:
            raise ValueError(f"it names `{name}`, but no `rate_{match[2]}` that it could belong to")
        plain.add(match[1] if match else name)
    for label in columns:
        if label not in dated and not _CURRENCY.fullmatch(label):
            raise ValueError(
                f"nothing tells what the column `{label}` is: neither a currency like `rate_USD`, nor does "
                f"date_pattern name `date_{label}`"
            )
    if "date" in plain and dated:
        raise ValueError("it names `date`, but date_pattern gives a date for each column: one of the two")
    return plain


def _check_pair(groups: set[str], columns: tuple[str, ...], base: str | None, counter: str | None) -> None:
    if "pair" in groups and groups & {"base", "counter"}:
        raise ValueError("it names `pair` as well as `base` or `counter`: one of the two")
    named = any(_CURRENCY.fullmatch(label) for label in columns)
    if named and ("pair" in groups or {"base", "counter"} <= groups):
        raise ValueError(f"it names both currencies of a pair as well as the column `rate_{columns[0]}`")
    missing = [name for name, given in (("base", base), ("counter", counter)) if name not in groups and not given]
    if named and missing:
        missing.pop(0)  # a column names the base, or else the counter currency
    if "pair" not in groups and missing:
        raise ValueError(
            f"nothing tells the pair: it has no group `pair`, and no `{'` and no `'.join(missing)}` either"
        )


def is_unit(number: int) -> bool:
    """Return whether a rate may be printed per this number: only a power of ten gives an exact price of 1."""
    return number in {10**power for power in range(RATE_SCALE + 1)}


def check_date_pattern(pattern: str) -> None:
    """Check the pattern of a date line.

    Raises:
        ValueError: it cannot be used; the message says why.
    """
    groups = set(compiled(pattern).groupindex)
    if groups != {"date"} and (not groups or not all(map(_DATE.fullmatch, groups))):
        raise ValueError("it needs one named group, `date`: (?P<date>...); or one for each column: (?P<date_a>...)")


def _dated_columns(pattern: str | None) -> set[str]:
    found = map(_DATE.fullmatch, compiled(pattern).groupindex if pattern else ())
    return {match[1] for match in found if match}
