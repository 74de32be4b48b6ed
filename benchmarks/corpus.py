"""The input: text pages in folders and the same pages as HTML in web archives, made once and kept in a cache.

Ten sites of `pages` pages each, each site in ten parts: so there are trees and archives of a tenth of `pages` pages, of
`pages`, and of ten times as many, and each is the beginning of the next.
"""

import datetime as dt
import io
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import msgspec
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.market import State, states
from benchmarks.pages import CAPTURES_A_STATE, PAGES_A_DAY, Shown, as_html, as_text, shown

SITES = 10
PARTS = 10
_FORM = 2  # of the pages; another number makes all caches stale
_PAGE_DISK_BYTES = 32_000  # text in blocks of the file system, its share of three archives
_SPARE_BYTES = 4 * 2**30
_LONG_AGO = 1_700_000_000  # files that changed just now would be read again in the next run


@dataclass(frozen=True, slots=True)
class Truth:
    """The content of a tree, and of the archive of the same pages, as it was made.

    Attributes:
        pages: how many.
        ok: pages with a ticker that agrees with itself.
        no_ticker: pages without one.
        conflict: pages whose repeats disagree.
        lines: lines that show a pair and its rate, whether in a ticker or in an article.
        printed: sum of the rates on these lines.
        rates: sum of the rates on pages that are `ok`, each pair of a page once.
        text_bytes: of the text captures.
    """

    pages: int = 0
    ok: int = 0
    no_ticker: int = 0
    conflict: int = 0
    lines: int = 0
    printed: Decimal = Decimal(0)
    rates: Decimal = Decimal(0)
    text_bytes: int = 0

    def plus(self, other: "Truth") -> "Truth":
        """Return the sum."""
        return Truth(
            self.pages + other.pages, self.ok + other.ok, self.no_ticker + other.no_ticker,
            self.conflict + other.conflict, self.lines + other.lines, self.printed + other.printed,
            self.rates + other.rates, self.text_bytes + other.text_bytes,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tree:
    """One size of the corpus: a folder of text captures, the same pages in one archive, and the truth about them."""

    folder: Path
    archive: Path
    truth: Truth


@dataclass(frozen=True, slots=True)
class Corpus:
    """The trees by size, smallest first; the largest is missing where the disk had no room for it."""

    trees: tuple[Tree, ...]
    skipped: str | None

    @property
    def main(self) -> Tree:
        """The one that tools are compared on."""
        return self.trees[1]


def corpus(cache: Path, pages: int, *, processes: int | None = None) -> Corpus:
    """Return the corpus of a size, from the cache if it is there.

    Args:
        cache: folder to keep it in.
        pages: of one site, a multiple of 100.
        processes: that make it; as many as there are processors unless told.
    """
    if pages < PARTS * PAGES_A_DAY or pages % (PARTS * PAGES_A_DAY):
        raise SystemExit(f"the number of pages must be a multiple of {PARTS * PAGES_A_DAY}")
    home = cache / f"corpus-{_FORM}-{pages}"
    done = home / "truth.json"
    if not done.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        free, wanted = shutil.disk_usage(home).free - _SPARE_BYTES, pages * SITES * _PAGE_DISK_BYTES
        sites = SITES if free > wanted else 1
        made = _make(home, pages, sites, processes)
        done.write_bytes(msgspec.json.encode(made))
    truths = msgspec.json.decode(done.read_bytes(), type=list[Truth])
    folders = (home / "pages/site-00/part-0", home / "pages/site-00", home / "pages")
    trees = tuple(
        Tree(folder, _archive(home, truth.pages), truth) for folder, truth in zip(folders, truths, strict=False)
    )
    left_out = (
        f"{pages * SITES:,} pages were left out: they need {pages * SITES * _PAGE_DISK_BYTES / 1e9:.0f} GB of disk"
    )
    return Corpus(trees, None if len(trees) == len(folders) else left_out)


def write_pages(folder: Path, seed: str, found: Iterable[tuple[int, Shown]]) -> int:
    """Write text captures into folders by month, as a crawler leaves them, and return how many bytes they have."""
    months: set[Path] = set()
    size = 0
    for number, page in found:
        month = folder / f"{page.day:%Y-%m}"
        if month not in months:
            month.mkdir(parents=True, exist_ok=True)
            months.add(month)
        path = month / f"{seed}-{number:06}.txt"
        size += path.write_bytes(as_text(page))
        os.utime(path, (_LONG_AGO, _LONG_AGO))
    return size


def pages_of(seed: str, ticker: list[State], first: int, count: int) -> Iterator[tuple[int, Shown]]:
    """Yield pages by number: each state of the ticker is shown by two of them, one after the other."""
    for number in range(first, first + count):
        at = number // CAPTURES_A_STATE
        yield number, shown(seed, number, ticker[max(0, at - 1) : at + 1])


def _make(home: Path, pages: int, sites: int, processes: int | None) -> list[Truth]:
    parts = [(site, part) for site in range(sites) for part in range(PARTS)]
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        truths = list(pool.map(partial(_make_part, home, pages), parts))
    sizes = [1, PARTS, PARTS * sites] if sites > 1 else [1, PARTS]
    files = [_part_archive(home, part) for part in parts]
    for size in sizes:
        with _archive(home, size * pages // PARTS).open("wb") as whole:
            for file in files[:size]:
                with file.open("rb") as piece:
                    shutil.copyfileobj(piece, whole, 1 << 20)
        os.utime(_archive(home, size * pages // PARTS), (_LONG_AGO, _LONG_AGO))
    shutil.rmtree(home / "parts")
    return [_total(truths[:size]) for size in sizes]


def _make_part(home: Path, pages: int, part: tuple[int, int]) -> Truth:
    """Write one part of a site, as a folder of text captures and as a piece of an archive."""
    seed, count = f"site-{part[0]:02}", pages // PARTS
    ticker = list(islice(states(seed, pages // PAGES_A_DAY), pages // CAPTURES_A_STATE))
    found = list(pages_of(seed, ticker, part[1] * count, count))
    text_bytes = write_pages(home / "pages" / seed / f"part-{part[1]}", seed, found)
    archive = _part_archive(home, part)
    archive.parent.mkdir(exist_ok=True)
    with archive.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, page in found:
            _write_response(writer, f"https://{seed}.example/report/{number}", page, as_html(page))
    return _total([Truth(text_bytes=text_bytes), *(_truth(page) for _, page in found)])


def _write_response(writer: WARCWriter, uri: str, page: Shown, body: bytes) -> None:
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
    date = dt.datetime.combine(page.day, dt.time(12), dt.UTC)
    writer.write_record(
        writer.create_warc_record(
            uri, "response", io.BytesIO(body), length=len(body), http_headers=http,
            warc_headers_dict={"WARC-Date": f"{date:%Y-%m-%dT%H:%M:%SZ}"},
        )
    )  # fmt: skip


def _truth(page: Shown) -> Truth:
    ok = bool(page.entries) and not page.in_conflict
    printed = page.printed
    return Truth(1, ok, not page.entries, page.in_conflict, len(printed), sum(printed, Decimal(0)), page.block_sum)


def _total(truths: list[Truth]) -> Truth:
    total = Truth()
    for truth in truths:
        total = total.plus(truth)
    return total


def _archive(home: Path, pages: int) -> Path:
    return home / f"responses-{pages}.warc.gz"


def _part_archive(home: Path, part: tuple[int, int]) -> Path:
    return home / "parts" / f"{part[0]:02}-{part[1]}.warc.gz"
