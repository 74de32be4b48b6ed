"""The first digits of the id of a capture or a snapshot, as people type them. Pure."""

from collections.abc import Mapping
from typing import TypeVar

from fxtrack.errors import UsageError

T = TypeVar("T")

_HEX = frozenset("0123456789abcdef")
_NAMED = 5


def id_digits(text: str, least: int) -> str | None:
    """Return text as the first digits of an id, None if it is none, or has fewer than `least` digits."""
    digits = text.strip().lower()
    return digits if len(digits) >= least and _HEX.issuperset(digits) else None


def only_one(found: Mapping[str, T], wanted: str, kind: str = "") -> T:
    """Return the value of the id that `wanted` means: the only id, or the one that it is itself.

    Args:
        found: values by their ids; not empty.
        wanted: as typed, fit to be printed.
        kind: the word for them in the message, if any.

    Raises:
        UsageError: it may mean several.
    """
    if len(found) > 1 and wanted not in found:
        some = ", ".join(sorted(found)[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
        raise UsageError(f"{wanted} may mean any of {len(found)}{kind and f' {kind}'}: {some}")
    return found[wanted] if wanted in found else next(iter(found.values()))
