"""What the service still has to do: each job at most once, taken by one worker, so that no two ever run at once."""

import datetime as dt
import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Task:
    """One job to do: for which time of its schedule (UTC; None if something else asked for it)."""

    job: str
    scheduled_for: dt.datetime | None = None


class JobQueue:
    """Tasks in the order in which they were first asked for. Asking again before it was taken changes only its time."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._tasks: dict[str, Task] = {}
        self._changed = threading.Condition()
        self._closed = False

    def add(self, task: Task) -> None:
        """Ask for a job."""
        with self._changed:
            waiting = self._tasks.get(task.job)
            if waiting and (task.scheduled_for is None or waiting.scheduled_for is None):
                task = replace(task, scheduled_for=task.scheduled_for or waiting.scheduled_for)
            self._tasks[task.job] = task
            self._changed.notify_all()

    def take(self) -> Task | None:
        """Wait for a task and return it; None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or self._closed)
            if self._closed:
                return None
            return self._tasks.pop(next(iter(self._tasks)))

    def close(self) -> None:
        """Hand out no more tasks."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
