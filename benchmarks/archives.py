"""How long the readers of web archives take, on one made file of 5,000 HTML responses (about 120 MB, 57 packed).

    .venv/bin/python benchmarks/archives.py [RESPONSES]

CPU seconds, best of three, on an AMD EPYC with two cores:

    FastWARC 2.0.1, every payload read        0.30
    warcio 1.8.1, every payload read          0.57
    zlib alone, member by member              0.43
    fxtrack, every record checked             0.46
    fxtrack, and every page read              0.69
"""

import argparse
import io
import random
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from fastwarc.warc import ArchiveIterator
from warcio.archiveiterator import ArchiveIterator as WarcioIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from fxtrack.captures import Capture, captures_in
from fxtrack.config import load_config
from fxtrack.pages import PageFile
from fxtrack.taken import take

_PAGE_BYTES = 23_000


def make(path: Path, responses: int) -> None:
    """Write an archive of pages without quotes, as most of a crawl is."""
    chance = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(3000)]
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in range(responses):
            parts = ["<html><head><title>A page</title></head><body>"]
            while sum(map(len, parts)) < _PAGE_BYTES:
                parts.append(f'<div class="x"><p>{" ".join(chance.choices(words, k=40))}</p><a href="/x">y</a></div>')
            body = "".join(parts).encode()
            headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
            http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
            uri = f"https://timesca.com/page/{number}"
            writer.write_record(writer.create_warc_record(uri, "response", io.BytesIO(body), http_headers=http))


def by_fastwarc(path: Path) -> int:
    """Read every payload with FastWARC."""
    return sum(len(record.reader.read()) for record in ArchiveIterator(str(path)))


def by_warcio(path: Path) -> int:
    """Read every payload with warcio."""
    with path.open("rb") as file:
        return sum(len(record.content_stream().read()) for record in WarcioIterator(file))


def by_zlib(path: Path) -> int:
    """Unpack every member and do nothing with it."""
    unpacked = 0
    with path.open("rb") as file:
        data = file.read(1 << 16)
        while data:
            member = zlib.decompressobj(31)
            while not member.eof:
                unpacked += len(member.decompress(data))
                data = member.unused_data or (b"" if member.eof else file.read(1 << 16))
            data = data or file.read(1 << 16)
    return unpacked


def by_fxtrack(path: Path, *, read: bool) -> int:
    """Take every page as an ingest does, short of the database."""
    config = load_config(path.parent / "config.toml")
    found = path.stat()
    total = 0
    for item in captures_in(PageFile(str(path), path.name, found.st_size, found.st_mtime_ns), config):
        if isinstance(item, Capture):
            total += len(item.page.data)
            if read:
                take(item)
    return total


def main() -> None:
    """Make the file and print a line for each reader."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("responses", nargs="?", type=int, default=5000)
    responses = parser.parse_args().responses
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crawl.warc.gz"
        (path.parent / "config.toml").write_text("", "utf-8")
        make(path, responses)
        print(f"{responses:,} responses, {path.stat().st_size / 1e6:.0f} MB packed; CPU seconds, best of three")
        readers: dict[str, Callable[[], int]] = {
            "FastWARC, every payload read": lambda: by_fastwarc(path),
            "warcio, every payload read": lambda: by_warcio(path),
            "zlib alone, member by member": lambda: by_zlib(path),
            "fxtrack, every record checked": lambda: by_fxtrack(path, read=False),
            "fxtrack, and every page read": lambda: by_fxtrack(path, read=True),
        }
        for name, reader in readers.items():
            times = []
            for _ in range(3):
                begin = time.process_time()
                reader()
                times.append(time.process_time() - begin)
            print(f"{name:<40}  {min(times):.2f}")


if __name__ == "__main__":
    main()
