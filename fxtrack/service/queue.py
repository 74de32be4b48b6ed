"""A queue of due jobs: each waits at most once, and a single worker takes them, so that no two run at once."""

import datetime as dt
import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A request for one job, with the scheduled time (UTC) it is for; None if no schedule requested it."""

    job: str
    scheduled_for: dt.datetime | None = None


class JobQueue:
    """Requests in the order in which they arrived. A second request for a waiting job only updates its time."""

    def __init__(self) -> None:
        """Start empty."""
        self._requests: dict[str, JobRequest] = {}
        self._changed = threading.Condition()
        self._closed = False

    def add(self, request: JobRequest) -> None:
        """Add a request."""
        with self._changed:
            waiting = self._requests.get(request.job)
            if waiting and (request.scheduled_for is None or waiting.scheduled_for is None):
                request = replace(request, scheduled_for=request.scheduled_for or waiting.scheduled_for)
            self._requests[request.job] = request
            self._changed.notify_all()

    def take(self) -> JobRequest | None:
        """Wait for a request, remove and return it; None once the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._requests or self._closed)
            if self._closed:
                return None
            return self._requests.pop(next(iter(self._requests)))

    def close(self) -> None:
        """Hand out no more requests."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
