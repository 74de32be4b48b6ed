"""The pages of a source: patterns of locations, and of the addresses that pages were captured from."""

import io

import pytest
from archives import members, response
from conftest import Project

from fxtrack.config.urls import is_at, place_of
from fxtrack.pages import decompress, warc_packing
from fxtrack.pages.warc import Record, read_records
from fxtrack.pages.warc_packing import packing_of


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("https://timesca.com", ("timesca.com", "/")), ("HTTPS://www.Timesca.COM:443/Page", ("timesca.com", "/Page")),
        ("http://user:word@a.b:8080/x?y=/z#f", ("a.b:8080", "/x?y=/z")), ("http://a.b:80?q", ("a.b", "/?q")),
        ("a.b./x", ("a.b", "/x")), ("dns:a.b", ("dns:a.b", "/")), ("", ("", "/")),
    ],
)  # fmt: skip
def test_an_address_is_judged_by_host_and_path(uri: str, place: tuple[str, str]) -> None:
    assert place_of(uri) == place


@pytest.mark.parametrize(
    ("pattern", "uri", "belongs"),
    [
        ("timesca.com", "https://www.timesca.com/any/page?x", True),
        ("timesca.com", "https://en.timesca.com/", False),
        ("timesca.com", "https://timesca.com.evil.org", False),
        ("timesca.com", "https://evil.org/?timesca.com", False),
        ("timesca.com", "https://timesca.com@evil.org/", False),
        ("timesca.com/*", "http://timesca.com", True),
        ("timesca.com/rates*", "https://timesca.com/news", False),
        ("timesca.com/rates*", "https://timesca.com/rates/2", True),
        ("*.timesca.com", "https://en.timesca.com/x", True),
        ("*.timesca.com", "https://evil.org/x.timesca.com/", False),
        ("https://timesca.com/*", "http://timesca.com/x", True),
        ("*", "https://a.b/c", True),
    ],
)
def test_a_pattern_means_a_host_and_its_path_and_no_other(pattern: str, uri: str, belongs: bool) -> None:
    assert is_at(place_of(uri), (pattern,)) is belongs


def test_a_page_belongs_to_the_first_source_whose_patterns_all_match(project: Project) -> None:
    project.configure(
        '[[sources]]\nname = "a"\npaths = ["pages/a/*"]\nurls = ["a.org"]\n'
        '[[sources]]\nname = "b"\nurls = ["a.org", "b.org/x"]\n'
        '[[sources]]\nname = "c"\npaths = ["pages/c/*"]\n'
    )
    config = project.config

    def source(location: str, uri: str | None) -> str | None:
        found = config.source_of(location, uri)
        return found.name if found else None

    assert source("pages/a/1.warc", "https://a.org/") == "a"
    assert source("pages/b/1.warc", "https://a.org/") == "b"
    assert source("pages/a/1.warc", "https://b.org/x") == "b"
    assert source("pages/a/1.warc", "https://b.org/y") is None
    assert source("pages/c/1.warc", "https://b.org/y") == "c"
    assert source("pages/a/1.txt", None) == "a"  # its address is unknown
    assert source("pages/x.txt", None) == "b"


def test_an_archive_where_no_source_has_pages_is_named_and_not_read(project: Project) -> None:
    project.configure('[[sources]]\nname = "a"\npaths = ["pages/a/*"]\n')
    project.page("b.warc.gz", members([response(0)]))
    done = project.run("ingest")
    assert done.returncode == 1
    assert done.stderr.startswith("fxtrack: pages/b.warc.gz: no source in the configuration")


@pytest.mark.parametrize("over", [0, 1])
def test_bytes_that_look_like_a_record_are_examined_up_to_the_limit(monkeypatch: pytest.MonkeyPatch, over: int) -> None:
    monkeypatch.setattr(warc_packing, "WARC_CANDIDATES", 6)
    monkeypatch.setattr(warc_packing, "WARC_CANDIDATE_EVERY", 10**6)
    data = members([response(0)]) + decompress.GZIP_MEMBER * (5 + over) + members([response(1)])
    found = list(read_records(packing_of(io.BytesIO(data), len(data)), lambda _record: 10**6))
    assert sum(isinstance(item, Record) for item in found) == 2 - over
