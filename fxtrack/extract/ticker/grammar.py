"""How one source prints its ticker, as a value; and patterns of one's own, checked before they are used. Pure.

Patterns are RE2's: no lookaround and no backreferences, and in return every search takes time in proportion to the
text, so that no pattern and no page can make a run hang. (RE2: https://github.com/google/re2/wiki/Syntax)
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from fxtrack.extract.characters import Decimal
from fxtrack.limits import MIN_PAIRS

if TYPE_CHECKING:
    import re2

DATE_FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%Y-%m-%d")

ENTRY_GROUPS = ("pair", "base", "counter", "rate", "pct", "change", "direction", "date")
"""What a pattern of a ticker's entry may name."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one source prints its ticker.

    Attributes:
        date_formats: `datetime.strptime` formats of the date line, tried in order.
        min_pairs: distinct pairs that a block shown only once must list.
        decimal: what parts a number's whole from its fraction.
        absolute: the reported change is in the counter currency, not in percent.
        pattern: of one entry, with the groups of `ENTRY_GROUPS`; None for the ticker of `marquee`.
        base: currency that is priced, where the pattern does not name it.
        counter: currency of the prices, where the pattern does not name it.
        languages: CLDR names of the languages that months are printed in.
        date_position: whether the date line stands before or after the ticker.
        date_lines: how many lines with text, from the ticker on, are tried as the date line; None for the nearest
            one, no further from the ticker than its entries are from one another.
        date_pattern: of the part of a line that is the date, with the group ``date``; None where it is the whole line.
    """

    date_formats: tuple[str, ...] = DATE_FORMATS
    min_pairs: int = MIN_PAIRS
    decimal: Decimal = "point"
    absolute: bool = False
    pattern: str | None = None
    base: str | None = None
    counter: str | None = None
    languages: tuple[str, ...] = ("en",)
    date_position: Literal["before", "after"] = "after"
    date_lines: int | None = None
    date_pattern: str | None = None


@cache
def compiled(pattern: str) -> "re2._Regexp[str]":
    """Return a pattern ready for use.

    Raises:
        ValueError: RE2 does not take it; the message says why.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
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


def check_entry_pattern(pattern: str, base: str | None, counter: str | None, *, absolute: bool | None) -> bool:
    """Check the pattern of a ticker's entry and return whether it reports an absolute change.

    Args:
        pattern: what the configuration gives.
        base: the configuration's base currency, if any.
        counter: the configuration's counter currency, if any.
        absolute: what the configuration says of the change, None if nothing.

    Raises:
        ValueError: it cannot be used; the message says why.
    """
    groups = set(compiled(pattern).groupindex)
    if unknown := sorted(groups - set(ENTRY_GROUPS)):
        raise ValueError(f"no meaning for the group {', '.join(unknown)}; it may name {', '.join(ENTRY_GROUPS)}")
    if compiled(pattern).fullmatch(""):
        raise ValueError("it matches where there is nothing")
    if "rate" not in groups:
        raise ValueError("it has no group `rate`, (?P<rate>...)")
    if "pair" in groups and groups & {"base", "counter"}:
        raise ValueError("it names `pair` as well as `base` or `counter`: one of the two")
    missing = [name for name, given in (("base", base), ("counter", counter)) if name not in groups and not given]
    if "pair" not in groups and missing:
        raise ValueError(
            f"nothing tells the pair: it has no group `pair`, and no `{'` and no `'.join(missing)}` either"
        )
    if {"pct", "change"} <= groups:
        raise ValueError("it names `pct` (a percentage) and `change` (an absolute change): only one is the report")
    if "direction" in groups and not groups & {"pct", "change"}:
        raise ValueError("it names `direction`, but no `pct` or `change` that it could belong to")
    found = "change" in groups
    if absolute is not None and groups & {"pct", "change"} and absolute != found:
        said, named = ("absolute", "pct") if absolute else ("percent", "change")
        raise ValueError(f"it names `{named}`, but `change` says {said}")
    return found


def check_date_pattern(pattern: str) -> None:
    """Check the pattern of a date line.

    Raises:
        ValueError: it cannot be used; the message says why.
    """
    if set(compiled(pattern).groupindex) != {"date"}:
        raise ValueError("it needs one named group, `date`: (?P<date>...)")
