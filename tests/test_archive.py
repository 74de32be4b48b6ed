"""WARC files as pages: every packing, every kind of damage, every coding of servers and crawlers."""

import datetime as dt
import gzip
import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from archives import (
    NAMES,
    PACKINGS,
    SITE,
    Made,
    Records,
    cut,
    deflated,
    frames,
    html,
    members,
    plain,
    record,
    response,
    starts,
    whole,
    with_length,
    zstd,
)
from conftest import BLOCK, InProcess, Project, page_text
from warcio.archiveiterator import ArchiveIterator

from fxtrack.errors import PageError
from fxtrack.limits import CONTENT_CODINGS, WARC_HEADER_BYTES
from fxtrack.model.page import PageFile
from fxtrack.pages import decompress, warc
from fxtrack.pages.codings import decode_content, gunzip
from fxtrack.pages.contents import Found, SkippedRecord, SourcedPage, UnreadableRecord, pages_in
from fxtrack.pages.warc import Damage, Record, read_records
from fxtrack.pages.warc_packing import packing_of

HTML = ("Content-Type", "text/html; charset=utf-8")


def read_all(data: bytes, most: int = 10**9) -> list[Record | Damage]:
    return list(read_records(packing_of(io.BytesIO(data), len(data)), lambda _record: most))


def sound(data: bytes) -> list[tuple[int, str | None]]:
    """Return offset and address of the records that are whole."""
    return [(item.offset, item.uri) for item in read_all(data) if isinstance(item, Record)]


def damages(data: bytes) -> list[Damage]:
    return [item for item in read_all(data) if isinstance(item, Damage)]


def uris(*numbers: int) -> list[str]:
    return [f"{SITE}/page/{number}" for number in numbers]


def found(project: Project, data: bytes, name: str = "a.warc.gz") -> list[Found]:
    path = project.page(name, data)
    file = PageFile(str(path), f"pages/{name}", len(data), path.stat().st_mtime_ns)
    return list(pages_in(file, project.config))


def the_capture(project: Project, made: Made | bytes) -> SourcedPage:
    (only,) = found(project, members([made]))
    assert isinstance(only, SourcedPage), only
    return only


def rows(in_process: InProcess, query: str) -> list[list[str]]:
    code, out, err = in_process("sql", query, "--csv")
    assert (code, err) == (0, ""), err
    return [line.split(",") for line in out.splitlines()[1:]]


@pytest.mark.parametrize("kind", PACKINGS)
def test_every_packing_gives_every_page_with_its_place_address_and_time(project: Project, kind: str) -> None:
    records = [response(n, date=f"2025-12-12T10:0{n}:00Z") for n in range(5)]
    taken = found(project, PACKINGS[kind](records), NAMES[kind])
    assert all(isinstance(item, SourcedPage) for item in taken)
    pages = [item.page for item in taken if isinstance(item, SourcedPage)]
    assert [page.data for page in pages] == [html(n) for n in range(5)]
    assert [page.uri for page in pages] == uris(*range(5))
    assert [page.captured_utc for page in pages] == [dt.datetime(2025, 12, 12, 10, n, tzinfo=dt.UTC) for n in range(5)]
    places = [int(page.location.removeprefix(f"pages/{NAMES[kind]}#")) for page in pages]
    assert places == starts(kind, records)


def test_the_same_is_read_as_warcio_reads(project: Project) -> None:
    data = members([response(n) for n in range(9)])
    theirs = [r.content_stream().read() for r in ArchiveIterator(io.BytesIO(data)) if r.rec_type == "response"]
    assert [item.page.data for item in found(project, data) if isinstance(item, SourcedPage)] == theirs


def test_a_wet_file_gives_the_extracted_texts(project: Project, in_process: InProcess) -> None:
    text = page_text()
    made = [
        Made(None, b"Software-Info: x\r\n", None, "warcinfo", content_type="application/warc-fields"),
        Made(f"{SITE}/a", text.encode(), None, "conversion", content_type="text/plain"),
    ]
    project.page("crawl.warc.wet.gz", members(made))
    assert in_process("ingest")[:2] == (
        0, "1 page: 1 new, 0 known, 0 without ticker, 0 in conflict, 0 unreadable\n"
    )  # fmt: skip
    place = starts("gzip", made)[1]
    assert rows(in_process, "SELECT location, uri, captured_utc, page_date, outcome FROM captures") == [
        [f"pages/crawl.warc.wet.gz#{place}", f"{SITE}/a", "2025-12-12T10:00:00", "2025-12-12", "ok"]
    ]


def test_the_page_in_an_archive_and_its_text_show_one_snapshot(project: Project, in_process: InProcess) -> None:
    project.page("a.warc.gz", members([response(1)]))
    project.page("b.txt", page_text())
    project.page("c.htm", html(2))
    in_process("ingest")
    assert rows(in_process, "SELECT count(*), count(DISTINCT snapshot_id) FROM captures") == [["3", "1"]]


RECORDS = [response(n) for n in range(6)]


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("part", ["header", "block", "last byte"])
def test_a_truncated_archive_gives_all_before_and_one_damage_where_it_breaks_off(kind: str, part: str) -> None:
    data, places = PACKINGS[kind](RECORDS), starts(kind, RECORDS)
    end = {"header": places[4] + 40, "block": places[4] + 700, "last byte": places[5] - 3}[part]
    whole_to_read = part == "last byte" and kind != "zstd"  # only its end is missing
    assert sound(data[:end]) == list(zip(places, uris(*range(5 if whole_to_read else 4)), strict=False))
    assert [damage.offset for damage in damages(data[:end])] == (
        [] if whole_to_read and kind == "plain" else [places[4]]
    )


def test_a_truncated_record_that_two_common_readers_accept_is_a_damage(project: Project, in_process: InProcess) -> None:
    data, places = members(RECORDS), starts("gzip", RECORDS)
    data = data[: places[5] + 500]
    assert len(list(ArchiveIterator(io.BytesIO(data)))) == 6  # the incomplete record is not reported
    project.page("a.warc.gz", data)
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "6 pages: 5 new, 0 known, 0 without ticker, 0 in conflict, 1 unreadable\n")
    assert err.startswith(f"fxtrack: pages/a.warc.gz#{places[5]}: incomplete: Content-Length says ")
    assert rows(in_process, "SELECT problem, location FROM problems") == [["damage", f"pages/a.warc.gz#{places[5]}"]]


DAMAGES: dict[str, Callable[[bytes, list[int]], bytes]] = {
    "zeros in a record": lambda data, at: cut(data, at[2] + 300, 60, bytes(60)),
    "garbage over a beginning": lambda data, at: cut(data, at[2], 12, b"no beginning"),
    "a piece missing": lambda data, at: cut(data, at[2] + 300, 100),
    "the beginning missing": lambda data, at: cut(data, at[2], 100),
}


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_costs_itself_only_and_is_one_row(kind: str, damage: str) -> None:
    data, places = PACKINGS[kind](RECORDS), starts(kind, RECORDS)
    harmed = DAMAGES[damage](data, places)
    moved = len(harmed) - len(data)
    after = [(place + moved, uri) for place, uri in zip(places[3:], uris(3, 4, 5), strict=True)]
    assert sound(harmed) == [*zip(places[:2], uris(0, 1), strict=True), *after]
    assert [found.offset for found in damages(harmed)] == [places[2]]


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("junk", [b"junk " * 40, b"\r\n<html>\r\n" * 9])
def test_junk_between_records_is_one_damage_and_costs_no_record(kind: str, junk: bytes) -> None:
    data, places = PACKINGS[kind](RECORDS), starts(kind, RECORDS)
    harmed = cut(data, places[2], 0, junk)
    assert [uri for _, uri in sound(harmed)] == uris(*range(6))
    assert [found.offset for found in damages(harmed)] == [places[2]]


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("filling", [b"\0" * 512, b"\r\n" * 20, "empty member"])
def test_padding_between_records_is_no_damage(kind: str, filling: bytes | str) -> None:
    data, places = PACKINGS[kind](RECORDS), starts(kind, RECORDS)
    if isinstance(filling, str):
        filling = {"plain": b"\r\n", "gzip": gzip.compress(b""), "zstd": b""}[kind]
    padded = cut(data, places[2], 0, filling) + filling
    assert [uri for _, uri in sound(padded)] == uris(*range(6))
    assert damages(padded) == []


# in a plain file, a length that ends with the next record cannot be told from a right one
@pytest.mark.parametrize(
    ("kind", "length"),
    [
        (kind, length)
        for kind in ("plain", "gzip", "zstd")
        for length in (99_999_999, 10**15, 100, 0, -5, "abc", "", "near", "next")
        if (kind, length) != ("plain", "next")
    ],
)
def test_a_wrong_length_costs_its_record_only(kind: str, length: object) -> None:
    own, following = record(RECORDS[2]), record(RECORDS[3])
    true = int(own.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    if isinstance(length, str) and length in {"near", "next"}:
        length = true + (65 if length == "near" else len(following))  # up to the end of the next record's block
    wrong: Records = [*RECORDS[:2], with_length(own, length), *RECORDS[3:]]
    data = PACKINGS[kind](wrong)
    assert [uri for _, uri in sound(data)] == uris(0, 1, 3, 4, 5)
    assert [found.offset for found in damages(data)] == [starts(kind, wrong)[2]]


@pytest.mark.parametrize("kind", ["plain", "zstd", "gzip whole"])
def test_a_changed_byte_that_no_checksum_of_the_packing_guards_is_found_by_the_digest(kind: str) -> None:
    changed = record(RECORDS[2]).replace(b"0.01144", b"0.01145", 1)
    data = PACKINGS[kind]([*RECORDS[:2], changed, *RECORDS[3:]])
    assert [uri for _, uri in sound(data)] == uris(0, 1, 3, 4, 5)
    assert [damage.reason for damage in damages(data)] == ["its bytes do not agree with its WARC-Block-Digest"]


def test_a_broken_checksum_is_a_damage() -> None:
    data, places = bytearray(members(RECORDS)), starts("gzip", RECORDS)
    data[places[3] - 6] ^= 1
    assert [uri for _, uri in sound(bytes(data))] == uris(0, 1, 3, 4, 5)


@pytest.mark.parametrize("kind", ["gzip whole", "zstd whole"])
def test_an_archive_packed_as_a_whole_gives_what_comes_before_its_damage(kind: str) -> None:
    records = [response(n, body=os.urandom(20_000).hex().encode()) for n in range(30)]
    data = PACKINGS[kind](records)
    data = data[: len(data) * 2 // 3]
    taken = [uri for _, uri in sound(data)]
    assert taken == uris(*range(len(taken)))
    assert len(taken) >= (17 if kind.startswith("gzip") else 12)
    assert len(damages(data)) == 1


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
def test_an_archive_within_a_page_is_not_taken_apart(kind: str) -> None:
    inner = PACKINGS[kind]([response(7), response(8)])
    data = PACKINGS[kind]([response(0), response(1, body=b"x" + inner), response(2)])
    assert [uri for _, uri in sound(data)] == uris(0, 1, 2)
    assert damages(data) == []


@pytest.mark.parametrize(("spare", "taken"), [(-1, True), (1, False)])
@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
def test_a_header_over_the_limit_costs_only_its_record(kind: str, spare: int, taken: bool) -> None:
    bare = record(response(1))
    room = WARC_HEADER_BYTES - bare.index(b"\r\n\r\n") - 4 - len("X: \r\n")
    long = bare.replace(b"WARC/1.0\r\n", b"WARC/1.0\r\nX: " + b"a" * (room + spare) + b"\r\n", 1)
    data = PACKINGS[kind]([response(0), long, response(2)])
    assert [uri for _, uri in sound(data)] == (uris(0, 1, 2) if taken else uris(0, 2))
    assert len(damages(data)) == (not taken)


def test_a_header_of_a_megabyte_is_one_line(project: Project, in_process: InProcess) -> None:
    long = record(response(1)).replace(b"WARC/1.0\r\n", b"WARC/1.0\r\nX: " + b"a" * 2**20 + b"\r\n", 1)
    project.page("a.warc.gz", members([response(0), long, response(2)]))
    web = Made(f"{SITE}/page/3", html(3), ("200 OK", [HTML, ("X-Long", "a" * 2**20)]))
    project.page("b.warc.gz", members([response(4), web, response(5)]))
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "6 pages: 4 new, 0 known, 0 without ticker, 0 in conflict, 2 unreadable\n")
    assert len(err.splitlines()) == 2
    assert all("header" in line for line in err.splitlines())


NO_PAGES = {
    "image": Made(body=b"\x89PNG", http=("200 OK", [("Content-Type", "image/png")])),
    "style": Made(body=b"a{}", http=("200 OK", [("Content-Type", "text/css; charset=utf-8")])),
    "binary": Made(body=b"\0\1\2", http=("200 OK", [])),
    "redirect": Made(body=html(), http=("301 Moved", [HTML, ("Location", "/")])),
    "missing": Made(body=html(), http=("404 Not Found", [HTML])),
    "part": Made(body=html(), http=("206 Partial Content", [HTML])),
    "request": Made(http=("GET / HTTP/1.1", []), kind="request"),
    "metadata": Made(body=b"a: b", http=None, kind="metadata"),
    "revisit": Made(http=("200 OK", [HTML]), kind="revisit"),
    "resource": Made(body=b"{}", http=None, kind="resource", content_type="application/json"),
    "dns": Made("dns:timesca.com", b"20251212 1.2.3.4", None, "resource", content_type="text/dns"),
}


@pytest.mark.parametrize("made", NO_PAGES)
def test_a_record_that_is_no_page_is_counted_and_not_stored(project: Project, made: str) -> None:
    data = members([response(0), NO_PAGES[made], response(1)])
    first, between, last = found(project, data)
    assert isinstance(first, SourcedPage)
    assert isinstance(between, SkippedRecord)
    assert isinstance(last, SourcedPage)


def test_skipped_records_are_counted_in_one_line(project: Project, in_process: InProcess) -> None:
    project.page("a.warc.gz", members([response(0), *NO_PAGES.values()]))
    code, out, err = in_process("ingest")
    assert (code, out) == (0, "1 page: 1 new, 0 known, 0 without ticker, 0 in conflict, 0 unreadable\n")
    assert err == ("fxtrack: skipped 11 archive records: 5 not a page, 3 not answered with a page, 3 of another kind\n")


@pytest.mark.parametrize(
    "made",
    [
        Made(body=html(), http=None, kind="resource", content_type="text/html"),
        Made(body=html(), http=("200 OK", [])),
        Made(body=html(), http=("200 OK", [("content-type", "TEXT/HTML;charset=UTF-8")])),
        Made(body=html(), http=("200 OK", [("Content-Type", "application/xhtml+xml")])),
        Made(body=html(), http=("203 Other", [HTML])),
        Made(None, html()), Made(body=html(), date="not a date"), Made(body=html(), date="2025"),
        Made(body=html(), more=(("WARC-Truncated", "length"),)),
        Made(body=html(), kind="RESPONSE"),
    ],
)  # fmt: skip
def test_a_page_is_taken_however_its_record_describes_it(project: Project, made: Made) -> None:
    taken = the_capture(project, made)
    assert taken.page.data == html()
    assert taken.page.uri == made.uri
    assert (taken.page.captured_utc is None) == (len(made.date or "") != len("2025-12-12T10:00:00Z"))


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2025-12-12T10:00:00Z", "2025-12-12T10:00:00"), ("2025-12-12T10:00:00.1234567Z", "2025-12-12T10:00:00.123456"),
        ("2025-12-12T10:00:00+06:00", "2025-12-12T04:00:00"), ("2025-12-12T10:00:00", "2025-12-12T10:00:00"),
    ],
)  # fmt: skip
def test_the_time_of_a_capture_is_utc(project: Project, date: str, expected: str) -> None:
    taken = the_capture(project, response(0, date=date)).page.captured_utc
    assert taken == dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)


def chunked(data: bytes, size: int = 100) -> bytes:
    pieces = (data[n : n + size] for n in range(0, len(data), size))
    return b"".join(b"%x;note=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nTrailer: 1\r\n\r\n"


CODED: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "gzip": (gzip.compress(html()), [("Content-Encoding", "gzip")]),
    "x-gzip, capitals": (gzip.compress(html()), [("content-encoding", "X-GZIP")]),
    "gzip members": (gzip.compress(html()[:99]) + gzip.compress(html()[99:]), [("Content-Encoding", "gzip")]),
    "deflate": (deflated(html()), [("Content-Encoding", "deflate")]),
    "bare deflate": (deflated(html(), bare=True), [("Content-Encoding", "deflate")]),
    "br": (brotli.compress(html()), [("Content-Encoding", "br")]),
    "zstd": (zstd(html()), [("Content-Encoding", "zstd")]),
    "identity": (html(), [("Content-Encoding", "identity")]),
    "two": (brotli.compress(gzip.compress(html())), [("Content-Encoding", "gzip, br")]),
    "two headers": (brotli.compress(gzip.compress(html())), [("Content-Encoding", "gzip"), ("Content-Encoding", "br")]),
    "chunked": (chunked(html()), [("Transfer-Encoding", "chunked")]),
    "chunked gzip": (chunked(gzip.compress(html())), [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
    "transfer gzip": (chunked(gzip.compress(html())), [("Transfer-Encoding", "gzip, chunked")]),
    "chunks taken off by the crawler": (html(), [("Transfer-Encoding", "chunked")]),
    "unpacked by the crawler": (html(), [("Content-Encoding", "gzip")]),
    "unpacked brotli": (html(), [("Content-Encoding", "br")]),
}


@pytest.mark.parametrize("coding", CODED)
def test_the_page_is_the_decoded_payload_in_every_coding(project: Project, coding: str) -> None:
    body, headers = CODED[coding]
    taken = the_capture(project, Made(body=body, http=("200 OK", [HTML, *headers])))
    assert taken.page.data == html()
    assert taken.page.capture_id == hashlib.sha256(html()).hexdigest()


DAMAGED = gzip.compress(html())[:40] + b"xxxx" + gzip.compress(html())[44:]
UNREADABLE = {
    "gzip cut": (gzip.compress(html())[:-20], [("Content-Encoding", "gzip")], "is incomplete"),
    "gzip damaged": (DAMAGED, [("Content-Encoding", "gzip")], "damaged"),
    "brotli cut": (brotli.compress(html())[:-20], [("Content-Encoding", "br")], "damaged"),
    "zstd cut": (zstd(html())[:-20], [("Content-Encoding", "zstd")], "damaged"),
    "chunks cut": (chunked(html())[:-300], [("Transfer-Encoding", "chunked")], "is incomplete"),
    "unknown": (html(), [("Content-Encoding", "sdch")], "'sdch' is not known"),
    "too often": (html(), [("Content-Encoding", "gzip, gzip, gzip, gzip")], "4 times over"),
}  # fmt: skip


@pytest.mark.parametrize("coding", UNREADABLE)
def test_a_payload_that_cannot_be_unpacked_is_a_row_and_costs_no_other(project: Project, coding: str) -> None:
    body, headers, words = UNREADABLE[coding]
    first, bad, last = found(
        project, members([response(0), Made(body=body, http=("200 OK", [HTML, *headers])), response(1)])
    )
    assert isinstance(first, SourcedPage)
    assert isinstance(bad, UnreadableRecord)
    assert words in bad.reason
    assert isinstance(last, SourcedPage)


@pytest.mark.parametrize("over", [0, 1])
def test_codings_of_a_payload_are_removed_up_to_the_limit(over: int) -> None:
    data = b"x"
    for _ in range(CONTENT_CODINGS + over):
        data = gzip.compress(data)
    codings = ["gzip"] * (CONTENT_CODINGS + over)
    if over:
        with pytest.raises(PageError, match="times over"):
            decode_content(data, codings, 10**6)
    else:
        assert decode_content(data, codings, 10**6) == b"x"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("over", [0, 1])
def test_a_page_unpacks_up_to_the_limit(coding: str, over: int) -> None:
    size = 100_000
    pack = {"gzip": gzip.compress, "deflate": deflated, "br": brotli.compress, "zstd": zstd}[coding]
    data = pack(bytes(size + over))
    if over:
        with pytest.raises(PageError, match="unpacks to more than the limit"):
            decode_content(data, [coding], size)
    else:
        assert decode_content(data, [coding], size) == bytes(size)


def test_a_response_without_http_in_it_is_a_row(project: Project) -> None:
    bad = record(Made(body=html(), http=None, kind="resource", content_type="text/html")).replace(
        b"resource", b"response", 1
    )
    (only,) = found(project, members([bad]))
    assert isinstance(only, UnreadableRecord)
    assert only.reason == "no HTTP response in it"


def test_the_encoding_that_the_server_named_is_used(project: Project, in_process: InProcess) -> None:
    body = html().replace(b"utf-8", b"koi8-r").replace(b"A headline", "Заголовок".encode("cp1251"))
    header = ("Content-Type", "text/html; charset=windows-1251")
    project.page("a.warc.gz", members([Made(body=body, http=("200 OK", [header]))]))
    in_process("ingest")
    ((capture, detail),) = rows(in_process, "SELECT capture_id, detail FROM captures")
    assert detail == ""
    assert "Заголовок" in in_process("page", capture, "--text")[1]


def test_only_pages_of_a_source_are_taken_and_the_rest_is_not_even_unpacked(
    project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.configure('[[sources]]\nname = "site"\nurls = ["timesca.com/page/*"]\n')
    real = warc.read_records
    loaded: list[str | None] = []

    def watch(*arguments: Any) -> Iterator[Record | Damage]:  # noqa: ANN401
        for item in real(*arguments):
            if isinstance(item, Record) and item.block is not None:
                loaded.append(item.uri)
            yield item

    monkeypatch.setattr(warc, "read_records", watch)
    foreign = [
        Made(f"https://elsewhere.org/{n}", b"not packed at all", ("200 OK", [HTML, ("Content-Encoding", "br")]))
        for n in range(50)
    ]
    project.page("crawl.warc.gz", members([*foreign, response(1), response(2, uri=f"{SITE}/about")]))
    code, out, err = in_process("ingest")
    assert (code, out) == (0, "1 page: 1 new, 0 known, 0 without ticker, 0 in conflict, 0 unreadable\n")
    assert err == "fxtrack: skipped 51 archive records: 51 of no source\n"
    assert loaded == uris(1)


def test_each_source_takes_its_own_pages_of_one_archive(project: Project, in_process: InProcess) -> None:
    project.configure(
        '[[sources]]\nname = "a"\nurls = ["timesca.com"]\n[[sources]]\nname = "b"\nurls = ["*.example.org/x*"]\n'
    )
    project.page("a.warc", plain([response(0), response(1, uri="http://www.x.example.org/x/1")]))
    in_process("ingest")
    assert sorted(rows(in_process, "SELECT source, uri FROM captures")) == [
        ["a", f"{SITE}/page/0"], ["b", "http://www.x.example.org/x/1"],
    ]  # fmt: skip


def age(path: Path) -> None:
    os.utime(path, (path.stat().st_atime - 60, path.stat().st_mtime - 60))


def test_a_known_archive_is_not_read_again(project: Project, in_process: InProcess) -> None:
    path = project.page("a.warc.gz", members(RECORDS))
    age(path)
    before = path.stat()
    in_process("ingest")
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert in_process("ingest")[:2] == (
        0, "6 pages: 0 new, 6 known, 0 without ticker, 0 in conflict, 0 unreadable\n"
    )  # fmt: skip


@pytest.mark.few(1)
@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
def test_of_a_grown_archive_only_the_new_records_are_new(project: Project, in_process: InProcess, kind: str) -> None:
    path = project.page(NAMES[kind], PACKINGS[kind](RECORDS[:4])[:-30])
    age(path)
    assert in_process("ingest")[0] == 1  # the last record is still being written
    assert len(rows(in_process, "FROM problems WHERE problem = 'damage'")) == 1
    path.write_bytes(PACKINGS[kind](RECORDS))
    assert in_process("ingest")[:2] == (
        0, "6 pages: 3 new, 3 known, 0 without ticker, 0 in conflict, 0 unreadable\n"
    )  # fmt: skip
    assert rows(in_process, "FROM problems WHERE problem = 'damage'") == []


def test_the_damage_of_a_known_archive_stays_a_problem_until_the_archive_goes(
    project: Project, in_process: InProcess
) -> None:
    path = project.page("a.warc.gz", members(RECORDS)[:-300])
    age(path)
    query = "SELECT problem FROM problems WHERE problem = 'damage'"
    assert in_process("ingest")[0] == 1
    assert in_process("ingest")[0] == 0
    assert rows(in_process, query) == [["damage"]]
    path.unlink()
    in_process("ingest")
    assert rows(in_process, query) == []


def test_an_archive_in_many_batches_is_known_only_with_its_last_record(project: Project, in_process: InProcess) -> None:
    project.configure('[ingest]\nbatch_pages = 4\n[[sources]]\nname = "site"\n')
    age(project.page("a.warc.gz", members([response(n) for n in range(10)])))
    from fxtrack.model.run import Run
    from fxtrack.pipeline import run_pass

    class Stop(Exception):
        pass

    def stop(tally: Any) -> None:  # noqa: ANN401
        if tally.new >= 4:
            raise Stop

    with pytest.raises(Stop):
        run_pass(project.config, Run("ingest", dt.datetime.now(dt.UTC)), [project.config.pages], stop)
    assert in_process("ingest")[1] == "10 pages: 6 new, 4 known, 0 without ticker, 0 in conflict, 0 unreadable\n"


def test_packed_single_pages_are_pages(project: Project, in_process: InProcess) -> None:
    project.page("a.html.gz", gzip.compress(html(1)))
    project.page("b.txt.gz", gzip.compress(page_text().encode()))
    project.page("c.txt.gz", gzip.compress(gzip.compress(page_text().encode())))
    project.page("d.html.gz", gzip.compress(html(2))[:-30])
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "4 pages: 2 new, 0 known, 0 without ticker, 0 in conflict, 2 unreadable\n")
    assert [line.split(": ", 2)[1:] for line in err.splitlines()] == [
        ["pages/c.txt.gz", "gzip within gzip, which is not unpacked"],
        ["pages/d.html.gz", "the compressed data is incomplete"],
    ]  # fmt: skip
    digest = hashlib.sha256(html(1)).hexdigest()
    assert rows(in_process, f"SELECT location FROM captures WHERE capture_id = '{digest}'") == [["pages/a.html.gz"]]


def test_an_archive_is_known_by_its_content_whatever_its_name(project: Project, in_process: InProcess) -> None:
    for name, data in (
        ("a.gz", members(RECORDS[:2])),
        ("b.archive", plain(RECORDS[2:4])),
        ("c.zst", frames(RECORDS[4:])),
    ):
        project.page(name, data)
    paths = [str(path) for path in sorted((project.root / "pages").iterdir())]
    assert in_process("ingest", *paths)[1] == (
        "6 pages: 6 new, 0 known, 0 without ticker, 0 in conflict, 0 unreadable\n"
    )


@pytest.mark.few(6)
@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"hello\n" * 50, page_text().encode(), b"\x1f\x8b\x08" * 999, os.urandom(5000)]
)
@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a.wet.gz", "a.warc.zst"])
def test_a_file_that_is_no_warc_file_is_one_line_at_most(
    project: Project, in_process: InProcess, name: str, content: bytes
) -> None:
    project.page(name, content)
    project.page("b.txt")
    code, out, err = in_process("ingest")
    assert code == bool(content.strip())
    assert out.startswith("2 pages: 1 new, " if code else "1 page: 1 new, ")
    assert len(err.splitlines()) == code


@pytest.mark.new
def test_paths_in_an_archive_are_names_and_nothing_is_written(project: Project, in_process: InProcess) -> None:
    evil = [
        "file:///etc/passwd",
        "../../../etc/passwd",
        "http://a/../../x",
        "https://timesca.com/\x1b[2J",
        "javascript:x",
    ]
    project.page("a.warc", plain([response(n, uri=uri) for n, uri in enumerate(evil)]))
    before = sorted(project.root.rglob("*"))
    code, out, err = in_process("ingest")
    assert (code, err) == (0, "")
    assert out.startswith("5 pages: 5 new")
    assert [path for path in sorted(project.root.rglob("*")) if "db" not in path.parts] == before
    listed = in_process("sql", "SELECT location, uri FROM captures")[1]
    assert listed.replace("\n", "").isprintable()


def test_a_bomb_among_the_records_is_one_line_and_its_neighbours_are_taken(
    project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warc, "WARC_RATIO_FROM_BYTES", 2**20)
    bomb = members([response(1, body=bytes(2**24))])
    coded = Made(f"{SITE}/page/2", gzip.compress(bytes(2**25)), ("200 OK", [HTML, ("Content-Encoding", "gzip")]))
    project.configure("[ingest]\nmax_page_bytes = 1000000\n")
    project.page("a.warc.gz", members([response(0)]) + bomb + members([coded, response(3)]))
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "4 pages: 2 new, 0 known, 0 without ticker, 0 in conflict, 2 unreadable\n")
    assert [line.partition(": unpacks to more than ")[2].split()[0] for line in err.splitlines()] == ["200", "the"]


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_whole_file_that_unpacks_without_end_is_one_line(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(decompress, "WARC_RATIO_FROM_BYTES", 2**20)
    monkeypatch.setattr(warc, "WARC_RATIO_FROM_BYTES", 2**20)
    data = plain([response(0), response(1, body=bytes(2**24)), response(2)])
    data = whole([data]) if kind == "gzip" else zstd(data)
    assert [uri for _, uri in sound(data)] == uris(0)
    assert any("unpacks to more than" in damage.reason for damage in damages(data))


@pytest.mark.parametrize("over", [0, 1])
def test_records_of_one_file_are_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch, over: int) -> None:
    monkeypatch.setattr(warc, "WARC_RECORDS", 6)
    data = members([response(n) for n in range(6 + over)])
    assert len(sound(data)) == 6
    assert len(damages(data)) == over


@pytest.mark.parametrize("over", [0, 1])
def test_reading_resumes_behind_damages_up_to_the_limit(monkeypatch: pytest.MonkeyPatch, over: int) -> None:
    monkeypatch.setattr(warc, "WARC_DAMAGES", 3)
    bad = with_length(record(response(9)), "x")
    data = members([response(0), *[bad] * 3, response(1), *[bad] * over, response(2)])
    assert len(damages(data)) == 3 + (over > 0)
    assert (uris(2)[0] in [uri for _, uri in sound(data)]) == (not over)


def test_nested_gzip_is_no_archive(project: Project, in_process: InProcess) -> None:
    project.page("a.warc.gz", gzip.compress(members(RECORDS)))
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "1 page: 0 new, 0 known, 0 without ticker, 0 in conflict, 1 unreadable\n")
    assert len(err.splitlines()) == 1


def memory_of_ingest(project: Project) -> tuple[str, str, int]:
    """Return the output of an ingest, and its peak memory in bytes."""
    measure = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"
    )
    command = [sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml"), "ingest"]
    done = subprocess.run([sys.executable, "-c", measure, *command], capture_output=True, text=True, check=True)
    *said, memory = done.stdout.splitlines()
    return said[0], done.stderr, int(memory)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_archive(project: Project) -> None:
    path = project.page("a.warc.gz", members([response(0)]))
    _, _, small = memory_of_ingest(project)
    with path.open("ab") as file:
        for number in range(1, 4001):
            filler = b"<p>%s</p>" % os.urandom(30_000).hex().encode()
            file.write(members([response(number, body=html(number) + filler)]))
    said, _, large = memory_of_ingest(project)
    assert said.startswith("4,001 pages: 4,000 new, 1 known")
    assert path.stat().st_size > 120_000_000
    assert large - small < 64 * 1024 * 1024


@pytest.mark.slow
def test_a_million_tiny_records_cost_bounded_memory_and_everything_else_is_taken(project: Project) -> None:
    path = project.page("a.warc.gz", members([response(0)]))
    _, _, small = memory_of_ingest(project)
    tiny = members([Made("https://x/", b"", None, "metadata", content_type="a/b")])
    with path.open("ab") as file:
        for _ in range(1000):
            file.write(tiny * 1000)
        file.write(members([response(1)]))
    said, remarks, large = memory_of_ingest(project)
    assert said.startswith("2 pages: 1 new, 1 known")
    assert "1,000,000 of another kind" in remarks
    assert large - small < 64 * 1024 * 1024


def test_gunzip_returns_data_that_is_not_packed_unchanged() -> None:
    assert gunzip(b"plain", 5) == b"plain"
    assert BLOCK
