"""What a person at a terminal sees while the work goes on; nothing at all anywhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fxtrack.model.run import Progress


@contextmanager
def status(first: str) -> Iterator[Callable[[str], None]]:
    """Yield something that shows a line of text in place of the one before."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    from fxtrack.cli.bars import spinner

    with spinner(first) as show:
        yield show


@contextmanager
def counted(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield something to call after each of `total` steps: a bar with the rate and the time that is left."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from fxtrack.cli.bars import steps

    with steps(what, total) as advance:
        yield advance


@contextmanager
def measured(first: str, weigh: Callable[[], int]) -> Iterator[Callable[[Progress], None]]:
    """Yield something that shows how far an ingest has come: a bar with pages, their rate and the time left.

    `weigh` returns how many bytes there are in all; it is called only where somebody looks.
    """
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from fxtrack.cli.bars import pages

    with pages(first, weigh) as show:
        yield show
