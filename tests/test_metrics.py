"""Metrics, asked for over real HTTP and read from the real file, by Prometheus's own parser."""

import datetime as dt
import json
import signal
import socket
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Project, page_text
from prometheus_client.parser import text_string_to_metric_families
from services import Service, configure, free_port, runs, wait_until

RARELY = 'ingest = { cron = "0 0 1 1 *" }\n'


def samples(text: str) -> dict[str, float]:
    return {
        f"{sample.name}{''.join(f'|{value}' for value in sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_listener_and_the_file_tell_what_happened(project: Project) -> None:
    port = free_port()
    configure(project, RARELY, f'[service]\nmetrics_port = {port}\nmetrics_file = "out/fxtrack.prom"\n')
    for number in range(3):
        project.page(f"{number}.txt")
    project.page("empty.txt", "Nothing.\n")
    (project.root / "pages" / "gone.txt").symlink_to("nowhere")
    with Service(project) as service:
        service.wait_for("ingest: parse failed")
        status, text = get(port, "/metrics")
        assert status == 200
        found = samples(text)
        assert found["fxtrack_runs_total|ingest|parse failed"] == 1
        assert found["fxtrack_pages_total|ok"] == 3
        assert found["fxtrack_pages_total|no ticker"] == 1
        assert found["fxtrack_unread_files"] == 1
        assert found["fxtrack_backlog_pages"] == 0
        assert found["fxtrack_run_duration_seconds_count|ingest"] == 1
        assert found["fxtrack_healthy"] == 0
        assert found["fxtrack_rate|KGS/USD|site"] == 0.01144
        assert found["fxtrack_rate_decimals|KGS/USD|site"] == 5
        assert found["fxtrack_rate_age_seconds|KGS/USD|site"] == pytest.approx(
            found["fxtrack_data_age_seconds|site"], abs=60
        )
        assert found["fxtrack_data_age_seconds|site"] > 0
        assert "fxtrack_last_success_timestamp_seconds|ingest" not in found
        project.page("another.txt")
        service.wait_for("ingest: recovered")
        found = samples(get(port, "/metrics")[1])
        (ended,) = [row["ended_utc"] for row in runs(project, "outcome = 'done'")]
        assert found["fxtrack_last_success_timestamp_seconds|ingest"] == pytest.approx(
            ended.replace(tzinfo=dt.UTC).timestamp()
        )
        code, said = get(port, "/healthz")
        assert code == 503
        assert json.loads(said)["problems"]
        assert get(port, "/")[0] == 404
        assert service.stop() == 0
    written = samples((project.root / "out" / "fxtrack.prom").read_text("utf-8"))
    assert written["fxtrack_runs_total|ingest|done"] == 1
    assert list((project.root / "out").iterdir()) == [project.root / "out" / "fxtrack.prom"]


def test_pages_that_wait_are_counted_anew_when_the_configuration_is_read_again(project: Project) -> None:
    port = free_port()
    more = f"[service]\nwatch = false\nmetrics_port = {port}\n"
    configure(project, RARELY, more + '[ingest]\ninclude = ["*.txt"]\n')
    project.page("a.txt")
    project.page("b.html")
    with Service(project) as service:
        service.wait_for("ingest: done")
        assert samples(get(port, "/metrics")[1])["fxtrack_backlog_pages"] == 0
        configure(project, RARELY, more)
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: samples(get(port, "/metrics")[1]).get("fxtrack_backlog_pages") == 1, "the page that waits")
        assert service.stop() == 0


@pytest.mark.slow
def test_to_be_asked_often_while_nobody_knows_what_waits_is_in_no_jobs_way(project: Project) -> None:
    port = free_port()
    configure(project, 'charts = { every = "1s" }\n', f"[service]\nmetrics_port = {port}\n")
    for number in range(200):
        project.page(f"{number}.txt")
    assert project.run("ingest").returncode == 0
    (project.root / "pages").rename(project.root / "moved")
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            assert "fxtrack_backlog_pages" not in samples(get(port, "/metrics")[1])

    with Service(project) as service, ThreadPoolExecutor(4) as clients:
        service.wait_for("ready")
        asking = [clients.submit(ask) for _ in range(4)]
        try:
            wait_until(lambda: len(runs(project, "job = 'charts'")) > 8, "charts")
        finally:
            over.set()
        assert [client.result() for client in asking] == [None] * 4
        assert service.stop() == 0
    assert {row["outcome"] for row in runs(project, "job = 'charts'")} <= {"done", "nothing new"}


def test_healthz_says_that_all_is_well_while_it_is(project: Project) -> None:
    port = free_port()
    configure(project, RARELY, f"[service]\nmetrics_port = {port}\n")
    project.page("a.txt", page_text(date=f"{dt.datetime.now(dt.UTC):%d %B %Y}"))
    with Service(project) as service:
        service.wait_for("ingest: done")
        assert get(port, "/healthz") == (200, '{"status": "healthy", "problems": []}\n')
        assert service.stop() == 0


def test_the_listener_is_on_loopback_only_and_outlives_rude_clients(project: Project) -> None:
    port = free_port()
    configure(project, RARELY, f"[service]\nmetrics_port = {port}\n")
    with Service(project) as service:
        service.wait_for("ready")
        wait_until(lambda: get(port, "/metrics")[0] == 200, "the listener")
        for rude in (
            b"",
            b"GET",
            b"\x16\x03\x01\x02",
            b"GET /metrics HTTP/1.1\r\n\r\n" * 3,
            b"POST / HTTP/1.0\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(rude)
        assert get(port, "/metrics")[0] == 200
        own = socket.gethostbyname(socket.gethostname())
        if not own.startswith("127."):
            with pytest.raises(OSError, match="refused"), socket.create_connection((own, port), timeout=10):
                pass
        assert service.stop() == 0


def test_a_port_that_is_taken_is_one_line_at_the_start(project: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        configure(project, RARELY, f"[service]\nmetrics_port = {port}\n")
        done = project.run("service")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"127.0.0.1:{port}: cannot listen" in done.stderr
