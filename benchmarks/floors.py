"""The least that the work can cost: its parts without fxtrack.

    .venv/bin/python -m benchmarks.floors FOLDER ARCHIVE

FOLDER has text pages, ARCHIVE is a ``.warc.gz`` of HTML responses. Each line is seconds on the wall, in five runs.
Each process loads what it needs and no more.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_RUNS = 5
_PAIRS = 5  # that a page shows
_BEGINNING = 6_000  # characters


class _Idle:
    """A target of libxml2's events that ignores them."""

    def start(self, tag: str | bytes, attrib: object) -> None: ...

    def end(self, tag: str | bytes) -> None: ...

    def data(self, data: str | bytes) -> None: ...

    def comment(self, text: str | bytes) -> None: ...

    def close(self) -> None: ...


def main(folder: str, archive: str) -> None:
    """Measure and print."""
    starts = _starts(archive)
    middle, number = starts[len(starts) // 2], len(_files(folder))
    hashing = [["hash", folder, "0"], ["hash", folder, "1"]]
    _say("pages read and hashed by two processes", lambda: _side_by_side(hashing))
    _say("the same while a third fills two bare tables", lambda: _side_by_side(hashing, lambda: _fill(number)))
    _say("bare FastWARC iteration", lambda: _starts(archive))
    for what, most in (("nothing", 0), (f"{_BEGINNING:,} characters", _BEGINNING), ("all", sys.maxsize)):
        halves = [["unpack", archive, "0", str(middle), str(most)], ["unpack", archive, str(middle), "0", str(most)]]
        _say(
            f"responses unpacked, hashed, decoded, {what} of each parsed by two processes",
            lambda halves=halves: _side_by_side(halves),  # type: ignore[misc]
        )


def _say(what: str, work: Callable[[], object]) -> None:
    times = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    print(f"{what}: {', '.join(f'{seconds:.2f}' for seconds in sorted(times))}")


def _side_by_side(jobs: list[list[str]], meanwhile: Callable[[], None] = lambda: None) -> None:
    running = [subprocess.Popen([sys.executable, "-m", "benchmarks.floors", *job]) for job in jobs]
    meanwhile()
    if any(process.wait() for process in running):
        raise SystemExit("a process failed")


def _fill(pages: int) -> None:
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/bare.duckdb") as connection:
        connection.execute("CREATE TABLE captures AS SELECT md5(i::VARCHAR) AS id FROM range(?) t (i)", [pages])
        connection.execute(
            "CREATE TABLE quotes AS SELECT md5(i::VARCHAR) AS id, 'KGS/USD' AS pair, i * 0.0001 AS rate, '0%' AS report"
            " FROM range(?) t (i)",
            [_PAIRS * pages],
        )


def _hash(folder: str, share: int) -> None:
    for path in _files(folder)[share::2]:
        with open(path, "rb", buffering=0) as file:
            hashlib.sha256(file.read()).hexdigest()


def _files(folder: str) -> list[str]:
    return [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]


def _starts(archive: str) -> list[int]:
    from fastwarc.warc import ArchiveIterator

    with Path(archive).open("rb") as file:
        return [record.stream_pos for record in ArchiveIterator(file, parse_http=False)]


def _unpack(archive: str, start: int, stop: int, most: int) -> None:
    from lxml import etree

    for page in _payloads(archive, start, stop):
        hashlib.sha256(page).hexdigest()
        text = page.decode()
        if most:
            parser = etree.HTMLParser(target=_Idle())
            parser.feed(text[:most])
            parser.close()


def _payloads(archive: str, start: int, stop: int) -> Iterator[bytes]:
    from fastwarc.warc import ArchiveIterator

    with Path(archive).open("rb") as file:
        file.seek(start)
        for record in ArchiveIterator(file, parse_http=True):
            if stop and start + record.stream_pos >= stop:
                return
            yield record.reader.read()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["hash", folder, share]:
            _hash(folder, int(share))
        case ["unpack", archive, start, stop, most]:
            _unpack(archive, int(start), int(stop), int(most))
        case [folder, archive]:
            main(folder, archive)
        case _:
            raise SystemExit(__doc__)
