"""Progress on a terminal; silent if standard error is no terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fxtrack.model.run import Progress


@contextmanager
def status_line(first: str) -> Iterator[Callable[[str], None]]:
    """Yield a function that replaces the line of text shown."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    from fxtrack.cli.bars import spinner

    with spinner(first) as show:
        yield show


@contextmanager
def step_bar(label: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield a function to call after each of `total` steps: a bar with the rate and the time left."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from fxtrack.cli.bars import steps

    with steps(label, total) as advance:
        yield advance


@contextmanager
def page_bar(first: str, weigh: Callable[[], int]) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that shows the progress of an ingest: a bar with pages, their rate and the time left.

    `weigh` returns the total number of bytes; it is called on a terminal only.
    """
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from fxtrack.cli.bars import pages

    with pages(first, weigh) as show:
        yield show
