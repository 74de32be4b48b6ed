"""What a person at a terminal sees while the work goes on; nothing at all anywhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


@contextmanager
def status(first: str) -> Iterator[Callable[[str], None]]:
    """Yield something that shows a line of text in place of the one before."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    with Console(stderr=True).status(first) as shown:
        yield shown.update


@contextmanager
def counted(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield something to call after each of `total` steps: a bar with the rate and the time that is left."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


class _Rate(ProgressColumn):
    """Steps a minute."""

    def render(self, task: Task) -> Text:
        """Return the column's text."""
        return Text(f"{60 * task.speed:.0f}/min" if task.speed else "")
