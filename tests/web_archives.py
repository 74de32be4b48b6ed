"""A real pywb on loopback with a collection that a test makes."""

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

PYWB = Path(sys.prefix) / "pywb" / "bin"
HOME = "http://news.example/"


@dataclass(frozen=True)
class Collection:
    """WARC files under way to a collection: each call of `file` is one, closed when the block is left."""

    folder: Path

    @contextmanager
    def file(self, name: str) -> "Iterator[Warc]":
        with (self.folder / name).open("wb") as stream:
            yield Warc(WARCWriter(stream, gzip=True))


@dataclass(frozen=True)
class Warc:
    """Writes records as a crawler would."""

    writer: WARCWriter

    def response(
        self, date: str, body: bytes | str, *, uri: str = HOME, status: str = "200 OK",
        kind: str = "text/html; charset=utf-8", **headers: str,
    ) -> str:  # fmt: skip
        """Write a response and return its payload digest."""
        data = body.encode() if isinstance(body, str) else body
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        http = StatusAndHeaders(
            status, [("Content-Type", kind), *given, ("Content-Length", str(len(data)))], protocol="HTTP/1.1"
        )
        record = self.writer.create_warc_record(
            uri,
            "response",
            payload=io.BytesIO(data),
            length=len(data),
            http_headers=http,
            warc_headers_dict={"WARC-Date": date},
        )
        self.writer.write_record(record)
        return str(record.rec_headers.get_header("WARC-Payload-Digest"))

    def revisit(self, date: str, digest: str, first: str, *, uri: str = HOME) -> None:
        """Write a reference to an earlier capture."""
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        record = self.writer.create_revisit_record(
            uri, digest, uri, first, http_headers=http, warc_headers_dict={"WARC-Date": date}
        )
        self.writer.write_record(record)


@dataclass(frozen=True)
class Pywb:
    """A running pywb."""

    port: int
    folder: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/test"

    @property
    def asked(self) -> list[str]:
        """The timestamps of the requested pages, in the order of its log."""
        lines = (self.folder / "log").read_text("utf-8", "replace").splitlines()
        return [line.partition("/test/")[2][:14] for line in lines if "id_/" in line and '"GET /test/' in line]

    def forget(self) -> None:
        """Begin a new count of requests."""
        os.truncate(self.folder / "log", 0)


@contextmanager
def pywb(folder: Path, collection: Path) -> Iterator[Pywb]:
    """Run pywb over a collection of WARC files until the block is left; they may be damaged after it was indexed."""
    if not (PYWB / "pywb").exists():
        pytest.skip("pywb is not installed beside this Python (`make test` installs it)")
    manage("init", "test", cwd=folder)
    manage("add", "test", *map(str, sorted(collection.glob("*.warc.gz"))), cwd=folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [PYWB / "pywb", "-b", "127.0.0.1", "-p", str(port)], cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process)
            yield Pywb(port, folder)
        finally:
            process.terminate()
            process.wait(30)


def manage(*arguments: str, cwd: Path) -> None:
    """Run pywb's own manager of collections."""
    done = subprocess.run([PYWB / "wb-manager", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while True:
        assert process.poll() is None, "pywb ended"
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def digest_of(text: str) -> str:
    """The capture's identity: SHA-256 of the page's bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def journal(folder: Path) -> list[dict[str, str]]:
    """The complete lines of a backfill's journal."""
    lines = (folder / ".backfill.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]
