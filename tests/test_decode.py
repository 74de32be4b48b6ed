"""Bytes of a page become text, or a reason why they cannot."""

import codecs

import pytest
from conftest import page_text
from hypothesis import given, settings
from hypothesis import strategies as st

from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.extract.text.decode import Decoded, decode
from fxtrack.model.location import printable
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome

TEXT = "• KGS/USD = 0.01144 0%\nÇa va, Алматы 😀\n"
unhurried = settings(deadline=None)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(), codecs.BOM_UTF8 + TEXT.encode(), codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
)  # fmt: skip
def test_utf_8_and_what_a_byte_order_mark_announces_are_read_clean(data: bytes) -> None:
    assert decode(data) == Decoded(TEXT, None)


@pytest.mark.parametrize("encoding", ["cp1250", "cp1251", "cp1252", "cp1254", "mac_roman"])
@pytest.mark.parametrize(
    "words",
    [
        "",
        "It\u2019s \u201cfirm\u201d \u2013 for now. " * 2,
        "Kazakhstan\u2019s \u201cnew\u201d rules \u2026 the bank\u2019s plan. " * 20,
    ],
)
def test_a_ticker_is_read_whatever_its_bullets_and_quotation_marks_became(encoding: str, words: str) -> None:
    text = page_text() + words
    clean = read(Page("a.txt", text.encode()), Grammar())
    found = read(Page("a.txt", text.encode(encoding)), Grammar())
    assert (found.outcome, found.quotes, found.repeats) == (Outcome.OK, clean.quotes, 8)
    assert "not valid UTF-8" in (found.detail or "") or "says no encoding" in (found.detail or "")


def test_a_sign_that_cannot_be_decoded_is_no_sign() -> None:
    text = page_text().replace("0.18%", "\u22120.18%").encode("utf-8").replace("\u2212".encode(), b"\x96")
    found = read(Page("a.txt", text), Grammar())
    assert [quote.pair for quote in found.quotes] == ["KGS/USD", "KZT/USD", "UZS/USD", "TMT/USD"]
    assert "TJS/USD" in (found.detail or "")


@pytest.mark.parametrize("data", [b"a\r\nb\r\n", b"a\rb\r", b"a\nb\n", b"a\r\nb\n", b"\xff\xfea\0\r\0\n\0b\0\n\0"])
def test_every_kind_of_line_end_becomes_a_line_feed(data: bytes) -> None:
    assert decode(data).text == "a\nb\n"


def test_a_byte_order_mark_further_down_stays() -> None:
    assert decode("a\ufeffb".encode()) == Decoded("a\ufeffb", None)


@pytest.mark.parametrize("data", [b"", b" ", b"\r\n\t \n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_page_of_nothing_is_empty(data: bytes) -> None:
    assert decode(data) == Decoded(None, "empty page")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_page_of_blanks_is_empty_in_any_encoding(encoding: str) -> None:
    assert decode(" \r\n\t\n".encode(encoding)) == Decoded(None, "empty page")


@pytest.mark.parametrize(
    "data",
    [
        b"a\0b", b"\0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48", bytes(range(256)),
        TEXT.encode("utf-16-le"), TEXT.encode() + b"\0",
    ],
)  # fmt: skip
def test_data_that_is_no_text_is_refused(data: bytes) -> None:
    assert decode(data) == Decoded(None, "binary data, not text")


@pytest.mark.parametrize(("controls", "is_text"), [(0, True), (2, True), (3, False), (50, False)])
def test_broken_text_with_more_than_two_controls_in_a_hundred_bytes_is_binary(controls: int, is_text: bool) -> None:
    data = b"\xff" + b"\x01" * controls + b"a" * (99 - controls)
    assert len(data) == 100
    assert (decode(data).text is not None) is is_text


def test_tabs_form_feeds_and_terminal_colours_are_text() -> None:
    text = "\t\f\x1b[31m" * 30
    assert decode(text.encode()) == Decoded(text, None)
    assert decode(text.encode() + b"\xff").text == text + "\ufffd"


@pytest.mark.parametrize(
    ("data", "text", "places", "first"),
    [
        (b"caf\xe9 0.5", "caf\ufffd 0.5", 1, 3),
        (b"\xff", "\ufffd", 1, 0),
        (b"a\xffb\xfe\xfdc", "a\ufffdb\ufffd\ufffdc", 3, 1),
        (b"12 December\xe2\x80", "12 December\ufffd", 1, 11),  # a page cut within a character
        (b"\xef\xbb\xbfa\xff", "a\ufffd", 1, 4),
        (b"\xef\xbf\xbd and \xff", "\ufffd and \ufffd", 1, 8),  # the first was on the page
        (b"\xc0\xafa", "\ufffd\ufffda", 2, 0),  # an overlong slash
    ],
)
def test_bytes_that_are_not_utf_8_are_replaced_counted_and_located(
    data: bytes, text: str, places: int, first: int
) -> None:
    decoded = decode(data)
    assert decoded.text == text
    assert f"not valid UTF-8: {places} place" in (decoded.note or "")
    assert (decoded.note or "").endswith(f"byte {first}")


@pytest.mark.parametrize(
    ("data", "text", "first"),
    [
        (b"\xff\xfea\0b", "a\ufffd", 4),  # half a character at the end
        (b"\xff\xfe\0\xd8a\0", "\ufffda", 2),  # half a surrogate pair
        (b"\xfe\xff\0a\xdc\0", "a\ufffd", 4),
    ],
)
def test_broken_utf_16_is_replaced_and_located(data: bytes, text: str, first: int) -> None:
    decoded = decode(data)
    assert decoded.text == text
    assert "not valid UTF-16" in (decoded.note or "")
    assert "1 place" in (decoded.note or "")
    assert (decoded.note or "").endswith(f"byte {first}")


@unhurried
@given(st.text(st.characters(exclude_characters="\0\r\ufeff", exclude_categories=["Cs"])))
def test_text_comes_back_as_it_was(text: str) -> None:
    marked = "|" + text
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert decode(marked.encode(encoding)) == Decoded(marked, None)


@unhurried
@given(st.binary() | st.binary().map(codecs.BOM_UTF16_LE.__add__) | st.binary().map(codecs.BOM_UTF16_BE.__add__))
def test_any_bytes_give_text_or_a_reason_and_a_replacement_is_never_silent(data: bytes) -> None:
    decoded = decode(data)
    if decoded.text is None:
        assert decoded.note in {"empty page", "binary data, not text"}
        return
    assert "\r" not in decoded.text
    try:
        data.decode("utf-16" if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8")
    except UnicodeDecodeError:
        assert decoded.note
        assert "\ufffd" in decoded.text or "read as" in decoded.note
    else:
        assert decoded.note is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""), ("Алматы 0.5 %", "Алматы 0.5 %"), ("a\nb\tc", r"a\nb\tc"), ("\x1b[2J", r"\x1b[2J"),
        ("\x00\x7f", r"\x00\x7f"), ("\u202eevil", r"\u202eevil"), ("\u2028", r"\u2028"), ("\udc80", r"\udc80"),
    ],
)  # fmt: skip
def test_nothing_printed_from_a_page_can_steer_a_screen(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(text).isprintable()
