"""Progress bars; imported on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from fxtrack.model.run import Progress


@contextmanager
def spinner(first: str) -> Iterator[Callable[[str], None]]:
    """Show a line of text, and yield a function that replaces it."""
    with Console(stderr=True).status(first) as shown:
        yield shown.update


@contextmanager
def steps(label: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar, and yield a function to call after each of `total` steps."""
    with Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _StepRate(), TimeRemainingColumn(),
        console=Console(stderr=True), redirect_stdout=sys.stdout.isatty(),  # redirected output stays redirected
    ) as bar:  # fmt: skip
        task = bar.add_task(label, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def pages(first: str, weigh: Callable[[], int]) -> Iterator[Callable[[Progress], None]]:
    """Show a bar that advances by bytes and counts pages, and yield a function that updates it."""
    with Bar(
        TextColumn("{task.description}"), BarColumn(), _Bytes(), _PageRate(), TimeRemainingColumn(),
        console=Console(stderr=True), redirect_stdout=sys.stdout.isatty(),  # redirected output stays redirected
    ) as bar:  # fmt: skip
        task = bar.add_task(first, total=None, pages=0)
        total = weigh()

        def show(progress: Progress) -> None:
            bar.update(
                task, completed=progress.done_bytes, total=max(total, progress.total_bytes), pages=progress.pages,
                description=f"{progress.pages:,} pages, {progress.new:,} new",
            )  # fmt: skip

        yield show


class _StepRate(ProgressColumn):
    """Steps a minute."""

    def render(self, task: Task) -> Text:
        """Return the column's text."""
        return Text(f"{60 * task.speed:.0f}/min" if task.speed else "")


class _PageRate(ProgressColumn):
    """Pages a second since the start."""

    def render(self, task: Task) -> Text:
        """Return the column's text."""
        read = task.fields["pages"]
        return Text(f"{read / task.elapsed:,.0f} pages/s" if read and task.elapsed else "")


class _Bytes(ProgressColumn):
    """Bytes done, and bytes in all."""

    def render(self, task: Task) -> Text:
        """Return the column's text."""
        return Text("" if task.total is None else f"{decimal(int(task.completed))}/{decimal(int(task.total))}")
