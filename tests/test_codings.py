"""Content codings: bodies of stored pages are decoded as far as they are coded, answers of servers strictly."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from archives import deflated, zstd

from fxtrack.errors import PageError
from fxtrack.limits import CODING_PARTS
from fxtrack.pages.codings import codings_in, decode_answer, decode_content, gunzip

Decode = Callable[[bytes, list[str], int], bytes]
BOTH = pytest.mark.parametrize("decode", [decode_content, decode_answer])
TEXT = b"<p>" + bytes(range(65, 91)) * 9_000 + b"</p>"


def test_the_codings_of_several_header_values_come_in_order_without_identity() -> None:
    assert codings_in(["GZIP, identity", "", " br ,, x-gzip"]) == ["gzip", "br", "x-gzip"]


@BOTH
@pytest.mark.parametrize("size", [1, 2, 511, 512, 513, 65_535, 65_536, 65_537, len(TEXT)])
def test_a_body_of_any_length_decodes_to_what_was_coded(decode: Decode, size: int) -> None:
    plain = TEXT[:size]
    for coding, body in {
        "gzip": gzip.compress(plain), "x-gzip": gzip.compress(plain, 0), "deflate": zlib.compress(plain)
    }.items():  # fmt: skip
        assert decode(body, [coding], size) == plain
    assert decode(deflated(plain, bare=True), ["deflate"], size) == plain
    assert decode(zlib.compress(gzip.compress(plain)), ["gzip", "deflate"], size + 100) == plain


@BOTH
@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072])
def test_zeros_that_a_few_bytes_stand_for_decode_to_the_last_one(decode: Decode, size: int) -> None:
    # the end of bare deflate has no checksum behind it: the last zeros may be all that is left to come
    assert decode(deflated(bytes(size), bare=True), ["deflate"], size) == bytes(size)
    with pytest.raises(PageError, match="unpacks to more than"):
        decode(deflated(bytes(size), bare=True), ["deflate"], size - 1)


@BOTH
def test_members_of_gzip_count_as_one_body_also_with_padding_between_them(decode: Decode) -> None:
    parts = [TEXT[:10], b"", TEXT[10:70_000], TEXT[70_000:]]
    for padding in (b"", b"\0", bytes(700)):
        assert decode(b"".join(gzip.compress(part) + padding for part in parts), ["gzip"], len(TEXT)) == TEXT


@BOTH
@pytest.mark.parametrize("over", [0, 1])
def test_members_of_gzip_are_decoded_up_to_the_limit(decode: Decode, over: int) -> None:
    body = gzip.compress(b"x", mtime=0) * (CODING_PARTS + over)
    if over:
        with pytest.raises(PageError, match="compressed in more than 10,000 parts"):
            decode(body, ["gzip"], 10**6)
    else:
        assert decode(body, ["gzip"], 10**6) == b"x" * CODING_PARTS


@BOTH
def test_a_body_that_breaks_off_anywhere_is_refused_and_its_beginning_may_be_kept(decode: Decode) -> None:
    plain = TEXT[:400]
    for coding, body in {"gzip": gzip.compress(plain), "deflate": zlib.compress(plain)}.items():
        for end in range(3, len(body)):
            with pytest.raises(PageError, match="the compressed data is"):
                decode(body[:end], [coding], 10**6)
            assert plain.startswith(decode_answer(body[:end], [coding], 10**6, cut=True))


def test_frames_of_zstd_are_decoded_up_to_the_limit() -> None:
    assert decode_content(zstd(b"x") * CODING_PARTS, ["zstd"], 10**6) == b"x" * CODING_PARTS
    with pytest.raises(PageError, match="compressed in more than 10,000 parts"):
        decode_content(zstd(b"x") * (CODING_PARTS + 1), ["zstd"], 10**6)


@BOTH
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_answer_without_a_body_may_name_a_coding(decode: Decode, coding: str) -> None:
    assert decode(b"", [coding], 10) == b""


def test_bytes_behind_a_stored_body_are_ignored_and_behind_an_answer_refused() -> None:
    for coding, body in {"gzip": gzip.compress(TEXT), "deflate": zlib.compress(TEXT)}.items():
        assert decode_content(body + b"junk", [coding], len(TEXT)) == TEXT
        with pytest.raises(PageError, match="the compressed data is"):
            decode_answer(body + b"junk", [coding], len(TEXT))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_stored_body_that_is_not_coded_stays_as_it_is_and_an_answer_is_refused(coding: str) -> None:
    assert decode_content(TEXT, [coding], len(TEXT)) == TEXT
    with pytest.raises(PageError):
        decode_answer(TEXT, [coding], len(TEXT))
    with pytest.raises(PageError, match=r"ingest\.max_page_bytes"):
        decode_content(TEXT, [coding], len(TEXT) - 1)


def test_a_file_that_is_not_packed_is_returned_as_it_is() -> None:
    assert gunzip(b"plain", 5) == b"plain"
    assert gunzip(b"", 5) == b""
