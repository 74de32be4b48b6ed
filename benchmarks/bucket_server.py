"""A real S3 server (moto) on this machine, which the tests use too."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ray_cluster import PYTHON, wait_for


@contextmanager
def bucket_server(log: Path) -> Iterator[dict[str, str]]:
    """Run a server for as long as the context lasts; yields the environment by which a process finds it.

    Raises:
        RuntimeError: it ends at once.
        TimeoutError: it does not listen.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("wb") as opened:
        running = subprocess.Popen([PYTHON, "-m", "moto.server", "-p", str(port)], stdout=opened, stderr=opened)
    try:
        wait_for(lambda: running.poll() is not None or _listens(port), 60)
        if running.poll() is not None:
            raise RuntimeError(f"the server did not start: {log.read_text('utf-8', 'replace')[-500:]}")
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        }  # fmt: skip
    finally:
        running.kill()
        running.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
