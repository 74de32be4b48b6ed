"""Counts in words. Pure."""


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 page``, ``2,000 pages``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
