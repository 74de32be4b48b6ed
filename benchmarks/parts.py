"""Parts beside reading alone: `python -m benchmarks.parts` prints CPU times of one process, side by side, as ratios.

A crawl-like archive has 2 % pages of a source. FastWARC iterating and unpacking the same records stands beside, and
`zcat`. The same archive is also read for a source that has no page in it, which leaves the cost of a record, and ten
times in one file, which leaves a tenth of the cost of a task. Loading is timed for many small parts in one group.
"""

import datetime as dt
import gzip
import random
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from fastwarc.warc import ArchiveIterator

from fxtrack.cluster.extract import extract_parts
from fxtrack.cluster.load import load_parts
from fxtrack.cluster.task import Plan, extract_unit
from fxtrack.cluster.unit import reading_settings, units_of
from fxtrack.config.config import Config
from fxtrack.config.load import load_config
from fxtrack.ingest.ingest import FileListing
from fxtrack.model.run import Run

RECORDS, SHARE, ROUNDS, PARTS, LONGER = 3_000, 50, 5, 400, 10
CONFIG = '[[sources]]\nname = "site"\nurls = ["site.example"]\n'
LONG = f"fxtrack, 1/{LONGER} of {LONGER} times as much"
ELSEWHERE = CONFIG.replace("site.example", "nowhere.example")
WORDS = ("the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "as", "was", "with", "be", "by", "on", "not")


PAIRS = ("KGS/USD = 0.01144 0%", "KZT/USD = 0.00192 -0%", "TJS/USD = 0.10866 0.18%", "UZS/USD = 0.00008 0%")


def html_page(number: int) -> str:
    """Return a page of the source that differs from that of any other number."""
    block = "".join(f"<span>• {pair}</span>\n" for pair in PAIRS) * 8
    text = "".join(f"<p>{' '.join(WORDS)} {number}.{line}</p>\n" for line in range(200))
    day = f"{number % 28 + 1:02} December 2025"
    return f"<html><head><title>{number}</title></head><body><div>{block}</div><div>{day}</div>{text}</body></html>"


def record(uri: str, body: bytes) -> bytes:
    """Return a response as a gzip member."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2025-12-12T10:00:00Z\r\nWARC-Target-URI: {uri}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n", 6)


def crawl(path: Path, records: int, share: int) -> None:
    """Write an archive of which every `share`-th record is a page of the source."""
    chance = random.Random(1)
    with path.open("wb") as out:
        for number in range(records):
            if number % share == 0:
                out.write(record(f"https://site.example/{number}", html_page(number).encode()))
                continue
            text = " ".join(
                chance.choice(WORDS) + str(chance.randrange(999)) for _ in range(chance.randrange(1_000, 12_000))
            )
            out.write(record(f"https://other{number % 97}.example/{number}", f"<html><p>{text}</p></html>".encode()))


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process and of the children that it waited for."""

    def used() -> float:
        return sum(
            usage.ru_utime + usage.ru_stime
            for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )

    before = used()
    work()
    return used() - before


def unpack(path: Path) -> None:
    """Iterate over an archive and unpack each record, as the least that any reader does."""
    with path.open("rb") as opened:
        for found in ArchiveIterator(opened, parse_http=False):
            found.reader.read()


def extract_once(path: Path | str, config: Config, folder: Path) -> None:
    """Extract one archive in this process."""
    (folder / "token").write_bytes(b"")
    listing = FileListing(config, [path])
    settings = reading_settings(config)
    (unit,) = units_of(enumerate(listing.all()), settings)
    extract_unit(unit, Plan(config, settings, str(folder), "token", dt.datetime.now(dt.UTC)))


def group_of_parts(root: Path, config: Config) -> tuple[float, float]:
    """Return the CPU seconds of extracting a small archive, and of loading its part in a group of many."""
    small, target, now = root / "small", str(root / "many"), dt.datetime.now(dt.UTC)
    small.mkdir()
    for number in range(PARTS):
        page = record(f"https://site.example/{number}", html_page(number).encode())
        (small / f"{number:04}.warc.gz").write_bytes(page * 3)
    extraction = cpu(lambda: extract_parts(config, FileListing(config, [small]), target, now))
    return extraction / PARTS, cpu(lambda: load_parts(config, target, Run("load", now))) / PARTS


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "config.toml").write_text(CONFIG, "utf-8")
        config = load_config(root / "config.toml")
        (root / "elsewhere.toml").write_text(ELSEWHERE, "utf-8")
        elsewhere = load_config(root / "elsewhere.toml")
        archive, long, parts = root / "crawl.warc.gz", root / "long.warc.gz", root / "parts"
        parts.mkdir()
        crawl(archive, RECORDS, SHARE)
        long.write_bytes(archive.read_bytes() * LONGER)
        contenders: dict[str, Callable[[], object]] = {
            "FastWARC, iterating and unpacking": lambda: unpack(archive),
            "zcat": lambda: subprocess.run(["zcat", archive], stdout=subprocess.DEVNULL, check=True),
            "fxtrack, extracting": lambda: extract_once(archive, config, parts),
            "fxtrack, no page of the source": lambda: extract_once(archive, elsewhere, parts),
            LONG: lambda: extract_once(long, config, parts),
        }
        taken: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for name, work in contenders.items():
                taken[name].append(cpu(work) / (LONGER if name == LONG else 1))
        least = statistics.median(taken["FastWARC, iterating and unpacking"])
        megabytes = archive.stat().st_size / 1e6
        print(
            f"{RECORDS:,} records, {megabytes:.0f} MB packed, one in {SHARE} a page of the source; "
            f"CPU, medians of {ROUNDS}"
        )
        for name, seconds in taken.items():
            middle = statistics.median(seconds)
            print(f"{name:<36} {middle:6.2f} s  {middle / least:5.2f}x  {megabytes / middle:6.1f} MB/s")
        extraction, loading = group_of_parts(root, config)
        print(f"{PARTS} archives of three records: extracted {1e3 * extraction:.1f} ms an archive, "
              f"loaded {1e3 * loading:.1f} ms a part, rules and publishing included")  # fmt: skip


if __name__ == "__main__":
    main()
