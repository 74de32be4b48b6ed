"""``python -m benchmarks.doubling [NAME...]``: how the work of each reader grows when its input doubles.

Every input is one that could be made to keep a reader busy. Each is read in two sizes, several times in turn, and
the ratio of the least processor times is printed: about 2 where work is linear, 4 where it is quadratic. The exit code
is 1 if a ratio is above `MOST`.
"""

import atexit
import datetime as dt
import gzip
import io
import json
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastwarc.stream_io import BrotliWriter, ZstdWriter

from fxtrack.collect.archives.cdx import read_index
from fxtrack.collect.archives.journal import NAME, read_journal
from fxtrack.collect.http.headers import seconds_to_wait
from fxtrack.config.config import Config
from fxtrack.config.load import load_config
from fxtrack.errors import FxtrackError
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.ingest.ingest import remark_on
from fxtrack.limits import REFUSED_RUNS
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Quote, Reading, Variant
from fxtrack.pages.codings import codings_in, decode_answer, decode_content
from fxtrack.pages.discover import find_pages
from fxtrack.pages.http_payload import payload_of
from fxtrack.pages.warc import Record, read_records
from fxtrack.pages.warc_packing import packing_of
from fxtrack.probe.explain import as_record, probe
from fxtrack.store.database.connection import Connection
from fxtrack.store.database.opening import connect_writer
from fxtrack.store.schema import prepare

MOST = 3.0
_RUNS = 5
_LIMIT = 2**26
_EPOCH = dt.datetime(2025, 12, 8, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Reader:
    """A reader, and a family of inputs for it.

    Attributes:
        read: reads one input.
        make: makes the input of a size.
        size: the smaller of the two sizes that are compared.
    """

    read: Callable[[bytes], object]
    make: Callable[[int], bytes]
    size: int


def ratio(reader: Reader, runs: int = _RUNS) -> float:
    """Return how many times as long the input of double size takes, by the least of several processor times."""
    small, large = reader.make(reader.size), reader.make(2 * reader.size)
    reader.read(small)
    times = [(_seconds(reader, small), _seconds(reader, large)) for _ in range(runs)]
    return min(after for _, after in times) / max(1e-9, min(before for before, _ in times))


def _seconds(reader: Reader, data: bytes) -> float:
    begun = time.process_time()
    reader.read(data)
    return time.process_time() - begun


def _record(block: bytes, headers: bytes = b"", length: int | None = None) -> bytes:
    head = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2025-12-08T00:00:00Z\r\n"
    )
    said = len(block) if length is None else length
    return head + headers + b"Content-Length: %d\r\n\r\n" % said + block + b"\r\n\r\n"


_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>page</p>"
_MEMBER = gzip.compress(_record(_PAGE), mtime=0)
_TINY = gzip.compress(b"", mtime=0)


def _packed(data: bytes, writer: type[BrotliWriter] | type[ZstdWriter]) -> bytes:
    out = io.BytesIO()
    with writer(out) as packer:
        packer.write(data)
    return out.getvalue()


def _stored(data: bytes) -> bytes:
    return gzip.compress(data, 0, mtime=0)


_FRAME = _packed(_record(_PAGE), ZstdWriter)
# a frame of empty blocks, none of them the last
_EMPTY_BLOCKS = b"\x28\xb5\x2f\xfd\x00\x58"


def _warc(data: bytes) -> object:
    return sum(
        isinstance(item, Record) for item in read_records(packing_of(io.BytesIO(data), len(data)), lambda _: _LIMIT)
    )


def _payload(block: bytes) -> object:
    return _refusable(
        lambda: payload_of(Record(0, "response", None, None, None, None, None, len(block), block), _LIMIT)
    )


def _refusable(read: Callable[[], object]) -> object:
    try:
        return read()
    except FxtrackError as error:
        return error


def _decoding(coding: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        return (
            _refusable(lambda: decode_content(data, [coding], _LIMIT)),
            _refusable(lambda: decode_answer(data, [coding], _LIMIT)),
        )

    return read


def _journal(data: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / NAME).write_bytes(data)
        return sum(1 for _ in read_journal(Path(folder)))


def _folder(data: bytes) -> object:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "target.html").touch()
        for number in range(len(data)):
            (folder / f"{number}.txt").symlink_to("target.html")
        begun = time.process_time()
        found = sum(1 for _ in find_pages([folder], ("*.txt",), folder))
        return found, time.process_time() - begun


def _reading(media_type: str) -> Callable[[bytes], object]:
    return lambda data: read(Page("a", data, media_type=media_type), Grammar())


_text, _html = _reading("text/plain"), _reading("text/html")


def _remarked(data: bytes) -> object:
    variants = tuple(Variant(Quote("KGS/USD", f"0.{number}", None), 1) for number in range(1, len(data)))
    return remark_on(Reading(Outcome.CONFLICT, variants=variants))


_DATED = Grammar(
    pattern=r"(?P<pair>[A-Z]{3}/[A-Z]{3}) = (?P<rate>[0-9.]+) on (?P<date>[0-9-]+)", date_formats=("%Y-%m-%d",)
)


def _dated(data: bytes) -> object:
    return read(Page("a", data, media_type="text/plain"), _DATED)


def _dates(count: int) -> bytes:
    first = dt.date(1995, 1, 1)
    return "".join(f"KGS/USD = 0.1{n} on {first + dt.timedelta(days=n)}\n" for n in range(count)).encode()


def _configured(data: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_bytes(data)
        return load_config(path)


def _probed(data: bytes) -> object:
    return as_record(probe(Page("a", data, media_type="text/plain"), _configuration()))


@cache
def _configuration() -> Config:
    config = _configured(b'[[sources]]\nname = "a"\n')
    assert isinstance(config, Config)  # noqa: S101 -- for the types
    return config


@cache
def _store() -> Connection:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    connection = connect_writer(Path(folder) / "doubling.duckdb", 0)
    connection.execute("SET threads = 1")
    prepare(connection)
    return connection


def _problems(data: bytes) -> object:
    connection, rows = _store(), {"n": len(data)}
    connection.execute("DELETE FROM captures; DELETE FROM files")
    connection.execute(
        "INSERT INTO captures BY NAME SELECT n::VARCHAR AS capture_id, 'a' AS source, n::VARCHAR AS location,"
        " now()::TIMESTAMP AS ingested_utc, 'unreadable' AS outcome, 'a reason' AS detail FROM range($n) r(n)",
        rows,
    )
    connection.execute(
        "INSERT INTO files BY NAME SELECT n::VARCHAR AS location, 'a' AS error FROM range($n) r(n)", rows
    )
    return connection.execute("SELECT count(*), min(detail), max(location) FROM problems").fetchall()


def _numbered(form: str, count: int) -> bytes:
    return "".join(form.format(number) for number in range(count)).encode()


def _rows(count: int) -> list[list[str]]:
    names = ["timestamp", "original", "mimetype", "statuscode", "digest"]
    return [names, *(["20251208000000", f"http://a.example/{n}", "text/html", "200", "D"] for n in range(count))]


def _lines(count: int) -> bytes:
    names, *rows = _rows(count)
    return "\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows).encode()


READERS: dict[str, Reader] = {
    "warc: records": Reader(_warc, lambda n: _MEMBER * n, 2_000),
    "warc: records, plain": Reader(_warc, lambda n: _record(_PAGE) * n, 4_000),
    "warc: frames": Reader(_warc, lambda n: _FRAME * n, 2_000),
    "warc: gzip beginnings": Reader(_warc, lambda n: _MEMBER + b"\x1f\x8b\x08" * n, 20_000),
    "warc: gzip headers": Reader(_warc, lambda n: _MEMBER + b"\x1f\x8b\x08\0\0\0\0\0\0\3" * n, 20_000),
    "warc: gzip names without end": Reader(_warc, lambda n: _MEMBER + b"\x1f\x8b\x08\x08\1\1\1\1\1\3" * n, 20_000),
    "warc: gzip beginnings in a record": Reader(
        _warc, lambda n: _stored(_record(b"\x1f\x8b\x08" * n)) + _MEMBER, 20_000
    ),
    "warc: empty members": Reader(_warc, lambda n: _MEMBER + _TINY * n + _MEMBER, 5_000),
    "warc: zstd beginnings": Reader(_warc, lambda n: _FRAME + b"\x28\xb5\x2f\xfd" * n, 10_000),
    "warc: zstd frames of empty blocks": Reader(_warc, lambda n: _FRAME + (_EMPTY_BLOCKS + bytes(30)) * n, 4_000),
    "warc: a zstd frame of empty blocks": Reader(_warc, lambda n: _FRAME + _EMPTY_BLOCKS + bytes(3 * n), 100_000),
    "warc: wrong lengths": Reader(_warc, lambda n: gzip.compress(_record(_PAGE, length=9), mtime=0) * n, 100),
    "warc: wrong lengths, plain": Reader(_warc, lambda n: _record(_PAGE, length=9) * n, 2_000),
    "warc: first lines, plain": Reader(_warc, lambda n: _record(_PAGE) + b"WARC/1.0\r\nA" * n, 20_000),
    "warc: header lines": Reader(_warc, lambda n: _record(_PAGE, b"A: b\r\n" * n) * 20, 2_000),
    "warc: padding": Reader(_warc, lambda n: _record(_PAGE) + bytes(n), 400_000),
    "page: HTTP header lines": Reader(
        _payload, lambda n: b"HTTP/1.1 200 OK\r\n" + b"Content-Encoding: gzip\r\n" * n + b"\r\nx", 600
    ),
    "page: parameters of a media type": Reader(
        _payload, lambda n: b"HTTP/1.1 200 OK\r\nContent-Type: text/html" + b"; charset" * n + b"\r\n\r\nx", 1_500
    ),
    "page: chunks": Reader(
        _payload, lambda n: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * n, 10_000
    ),
    "coding: gzip members": Reader(_decoding("gzip"), lambda n: _TINY * n, 4_000),
    "coding: gzip members with padding": Reader(_decoding("gzip"), lambda n: (_TINY + bytes(99)) * n, 4_000),
    "coding: gzip": Reader(_decoding("gzip"), lambda n: gzip.compress(bytes(n)), 5_000_000),
    "coding: deflate": Reader(_decoding("deflate"), lambda n: zlib.compress(bytes(n)), 5_000_000),
    "coding: br": Reader(_decoding("br"), lambda n: _packed(bytes(n), BrotliWriter), 20_000_000),
    "coding: zstd frames": Reader(_decoding("zstd"), lambda n: _packed(b"x", ZstdWriter) * n, 4_000),
    "coding: names": Reader(lambda data: codings_in([data.decode()]), lambda n: b"gzip," * n, 100_000),
    "index: rows": Reader(
        lambda data: read_index(data, lambda _: None), lambda n: json.dumps(_rows(n)).encode(), 10_000
    ),
    "index: lines": Reader(lambda data: read_index(data, lambda _: None), _lines, 10_000),
    "index: empty rows": Reader(
        lambda data: read_index(data, lambda _: None), lambda n: b'[["a"]' + b",[]" * n + b"]", 50_000
    ),
    "index: blank lines": Reader(
        lambda data: read_index(data, lambda _: None), lambda n: b'{"url": "x"}' + b" \n" * n, 500_000
    ),
    "journal: lines": Reader(_journal, lambda n: b'{"archive": "a"}\n' * n, 20_000),
    "headers: a date": Reader(
        lambda data: seconds_to_wait(data.decode(), _EPOCH), lambda n: b"Mon, 08 Dec 2025 " + b"(" * n, 15_000
    ),
    "ticker: values of a pair": Reader(
        _text, lambda n: _numbered("KGS/USD = 0.1{0:05} 0%\nKZT/USD = 1.5 0%\n", n), 2_000
    ),
    "ticker: entries that are no quotes": Reader(_text, lambda n: _numbered("KGS/USD = x{0}\n", n), 5_000),
    "ticker: runs in prose": Reader(
        _text, lambda n: b"It is so today.\n" + _numbered("KGS/USD = 1.{0}\nno\n", n), 2_000
    ),
    "ticker: lines beside": Reader(_text, lambda n: b"KGS/USD = 1.5 0%\n" * 4 + b"KGS-USD = 1\n" * n, 50_000),
    "html: cells": Reader(_html, lambda n: b"<table>" + _numbered("<tr><td>KGS/USD<td>0.1{0:05}<td>1%", n), 1_000),
    "html: attributes": Reader(_html, lambda n: b"<html><p " + _numbered("a{0} ", n) + b">AAA/BBB", 20_000),
    "html: pictures": Reader(_html, lambda n: b"<html>KGS/USD = 1 1%" + b"<img>" * n, 5_000),
    "html: copies": Reader(_html, lambda n: b"<html>" + _numbered("<p aria-hidden=true>KGS/USD = 1.{0}</p>", n), 2_000),
    "html: classes": Reader(_html, lambda n: b"<html><p class='" + b"up " * n + b"'>KGS/USD", 10_000),
    "ticker: dates of entries": Reader(_dated, _dates, 900),
    "ticker: lines that may be dates": Reader(
        _text, lambda n: b"KGS/USD = 1.5 0%\nKZT/USD = 1.5 0%\n" * 4 + _numbered("{0} December 2025\n", n), 20_000
    ),
    "probe: lists that are no ticker": Reader(
        _probed, lambda n: b"It is so.\n" + _numbered("KGS/USD = 1.{0}\nno\n", n), REFUSED_RUNS // 2
    ),
    "config: sources": Reader(
        _configured,
        lambda n: _numbered('[[sources]]\nname = "a{0}"\npaths = ["a{0}/*"]\nurls = ["a{0}.example"]\n', n),
        400,
    ),
    "problems: pages and files": Reader(_problems, bytes, 100_000),
    "remarks: values of a conflict": Reader(_remarked, bytes, 5_000),
    "folder: links": Reader(_folder, bytes, 500),
}


def main(names: Sequence[str]) -> int:
    """Print the ratio of each reader whose name contains one of `names`, of all without names; return the exit code."""
    worst = 0.0
    for name, reader in READERS.items():
        if not names or any(part in name for part in names):
            found = ratio(reader)
            worst = max(worst, found)
            print(f"{found:5.2f}  {name}{'  MORE THAN LINEAR' if found > MOST else ''}", flush=True)
    return int(worst > MOST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
