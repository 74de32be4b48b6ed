"""Metrics for Prometheus: a listener on loopback with `/metrics` and `/healthz`, and a textfile for node_exporter."""

import datetime as dt
import json
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, Histogram, generate_latest, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fxtrack.errors import FxtrackError
from fxtrack.files import write_whole
from fxtrack.limits import SLOW_CLIENT_SECONDS
from fxtrack.runs.facts import Facts
from fxtrack.service.status.health import HealthReport
from fxtrack.service.status.rates import NewestRate

_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)

View = tuple[Facts, HealthReport]


class Metrics(Collector):
    """The metrics: the state at the time of a request, and how long the runs of this process took.

    Counts of runs and pages come from the store and continue after a restart.
    """

    def __init__(self, view: Callable[[], View], rates: Callable[[], Sequence[NewestRate]] = tuple) -> None:
        """Call `view` for the current state, and `rates` for the newest rates, at each request."""
        self._view, self._rates = view, rates
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self.duration = Histogram(
            "fxtrack_run_duration_seconds", "Time from start to end of a run", ["job"],
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip

    def describe(self) -> Iterable[Metric]:
        """Return no names in advance, so that registration does not collect values."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics except durations."""
        facts, report = self._view()
        yield from _of_runs(facts, report)
        yield from _of_data(facts, report)
        yield from _of_rates(self._rates(), report.now)

    def write(self, path: Path) -> None:
        """Write the textfile, replacing it atomically.

        Raises:
            FxtrackError: it cannot be written.
        """
        write_whole(path, generate_latest(self.registry))
        path.chmod(0o644)

    def health(self) -> tuple[bool, bytes]:
        """Return whether the state is healthy, and the JSON body of `/healthz` with the problems."""
        report = self._view()[1]
        body = {"status": "healthy" if report.is_healthy else "unhealthy", "problems": report.problems}
        return report.is_healthy, json.dumps(body).encode() + b"\n"


def _of_runs(facts: Facts, report: HealthReport) -> Iterator[Metric]:
    runs = CounterMetricFamily("fxtrack_runs", "Runs by job and outcome, of all time", labels=["job", "outcome"])
    for job, outcome, count in facts.outcomes:
        runs.add_metric([job, outcome], count)
    yield runs
    success = _gauge("last_success_timestamp_seconds", "End of the last run that ended well", ["job"])
    due = _gauge("next_run_timestamp_seconds", "When a job is due next, without its jitter", ["job"])
    overdue = _gauge("job_overdue", "1 if a job should have run and has not", ["job"])
    for state in report.jobs:
        if state.last_well_utc:
            success.add_metric([state.job], state.last_well_utc.timestamp())
        if state.next_utc:
            due.add_metric([state.job], state.next_utc.timestamp())
            overdue.add_metric([state.job], float(state.overdue_since is not None))
    yield from (success, due, overdue)


def _of_data(facts: Facts, report: HealthReport) -> Iterator[Metric]:
    pages = CounterMetricFamily("fxtrack_pages", "Captures in the store by outcome", labels=["outcome"])
    for outcome, count in facts.pages:
        pages.add_metric([outcome], count)
    yield pages
    age = _gauge("data_age_seconds", "Time since the end of a source's newest page date", ["source"])
    limit = _gauge("data_max_age_seconds", "Allowed time since the end of a source's newest page date", ["source"])
    for source in report.sources:
        if source.age is not None:
            age.add_metric([source.source], source.age.total_seconds())
        limit.add_metric([source.source], source.max_age.total_seconds())
    yield from (age, limit)
    if report.backlog is not None:
        yield _gauge("backlog_pages", "Pages in the folder that are not in the store yet", value=report.backlog)
    yield _gauge("unread_files", "Files that could not be read", value=report.unread)
    free = _gauge("disk_free_bytes", "Free bytes on the device of a path", ["place"])
    for place, room in report.free_bytes:
        free.add_metric([place], room)
    yield free
    yield _gauge("healthy", "1 if `fxtrack status` reports no problem", value=float(report.is_healthy))


def _of_rates(rates: Sequence[NewestRate], now: dt.datetime) -> Iterator[Metric]:
    """Yield the newest rates: a metric is a binary number, which with the decimals gives the printed digits again."""
    labels = ["source", "pair"]
    value = _gauge("rate", "Newest close: price of 1 base in the counter currency", labels)
    decimals = _gauge("rate_decimals", "Printed decimals of the newest close", labels)
    age = _gauge("rate_age_seconds", "Time since the end of the page date of the newest close", labels)
    for rate in rates:
        value.add_metric([rate.source, rate.pair], float(rate.rate))
        decimals.add_metric([rate.source, rate.pair], rate.decimals)
        age.add_metric([rate.source, rate.pair], rate.age(now).total_seconds())
    yield from (value, decimals, age)


def _gauge(name: str, text: str, labels: list[str] | None = None, value: float | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"fxtrack_{name}", text, labels=labels, value=value)


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Ignore clients that hang up."""


class _Handler(WSGIRequestHandler):
    timeout = SLOW_CLIENT_SECONDS

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep requests out of the log."""


class Listener:
    """An HTTP server on the loopback interface, in its own threads, until closed."""

    def __init__(self, metrics: Metrics, port: int) -> None:
        """Start to listen.

        Args:
            metrics: the metrics to serve.
            port: TCP port; 0 picks a free one, which the attribute `port` holds.

        Raises:
            FxtrackError: the port is not free.
        """
        try:
            self._server = _Server(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise FxtrackError(f"127.0.0.1:{port}: cannot listen: {error.strerror} (service.metrics_port)") from error
        self.port: int = self._server.server_port
        self._server.set_app(_application(metrics))
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()


def _application(metrics: Metrics) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    prometheus = make_wsgi_app(metrics.registry)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            answer: Iterable[bytes] = prometheus(environ, start_response)
            return answer
        if path == "/healthz":
            healthy, body = metrics.health()
            status = "200 OK" if healthy else "503 Service Unavailable"
            start_response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
            return [body]
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"not found; see /metrics and /healthz\n"]

    return application
