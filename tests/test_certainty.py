"""Text and markup that may change the meaning of an entry: it is read where certain, else left out with a note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_spellings import BEFORE, BEHIND, DEC_8, REST, unhurried

from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.quote import Outcome, Reading

UNITS = [
    "100 • ", "100 | ", "1000 \u00d7 ", "1000 x ", "1 / ", "1 \u00f7 ", "100\n", "100\n• ", "1 /\n", "(100)\n",
    "10,000 units\n", "per 100 ", "per thousand ", "inverse ", "Inverse: ", "reciprocal ", "½ ", "100 KZT • ", "\u00d7 ",
    "100 - ", "10 : ", "• 100 • ", "XBT • ", "Sell ",
]  # fmt: skip


def rows(reading: Reading) -> set[str]:
    return {str(quote) for quote in (*reading.quotes, *(variant.quote for variant in reading.variants))}


@pytest.mark.parametrize("between", ["\n", " • ", "  ", " | "])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("before", UNITS)
def test_what_stands_before_a_pair_may_belong_to_it(before: str, first: bool, between: str) -> None:
    entry = f"{before}EUR/KZT = 545.67 0.5%"
    entries = [entry, *BEFORE, *BEHIND] if first else [*BEFORE, entry, *BEHIND]
    reading = read_ticker(between.join(entries) + "\n" + REST)
    assert rows(reading) <= {*BEFORE, *BEHIND}
    assert len(reading.quotes) >= 6  # the text may belong to the entry before it as well
    assert "EUR/KZT" in (reading.detail or "")
    assert reading.page_date == DEC_8
    assert all(entry[:7] in (reading.detail or "") for entry in {*BEFORE, *BEHIND} - rows(reading))


@pytest.mark.parametrize("label", ["12:30 ", "08.12.2025 | ", "News | ", "• ", "- ", "Cart (0)\n", "Page 2\n", "A\n"])
def test_other_text_before_the_first_pair_does_not(label: str) -> None:
    reading = read_ticker(label + "\n".join([*BEFORE, REST]))
    assert (rows(reading), reading.detail) == ({*BEFORE}, None)


@pytest.mark.parametrize("repeats", [1, 2])
@pytest.mark.parametrize("mark", ["-", "\u2212", "\u2013", "▼", "▲"])
def test_a_mark_between_two_entries_of_one_line_is_nobody_s_where_it_may_be_either_s(mark: str, repeats: int) -> None:
    block = f"{BEFORE[0]} {mark} {BEFORE[2]}  {BEFORE[3]} {mark} {BEHIND[1]}  {BEHIND[2]}"
    reading = read_ticker("  ".join([block] * repeats) + "\n" + REST)
    assert rows(reading) == {BEHIND[2]}
    assert all(entry[:7] in (reading.detail or "") for entry in (BEFORE[0], BEFORE[2], BEFORE[3], BEHIND[1]))


@pytest.mark.parametrize("gap", [" ", "  ", "\t"])
def test_a_dash_behind_a_report_and_apart_from_it_is_no_bullet(gap: str) -> None:
    block = gap.join(f"{entry} - " for entry in (BEFORE[0], BEFORE[2])) + gap + gap.join(BEHIND)
    reading = read_ticker(f"{block}\n{REST}")
    assert not {BEFORE[0], BEFORE[2]} & rows(reading)
    assert all(entry[:7] in (reading.detail or "") for entry in (BEFORE[0], BEFORE[2]))


@pytest.mark.parametrize("lead", ["", "- "])
@pytest.mark.parametrize("repeats", [1, 2, 3])
def test_dashes_between_all_entries_of_a_line_are_bullets(repeats: int, lead: str) -> None:
    reading = read_ticker(lead + " - ".join([*BEFORE, *BEHIND] * repeats) + "\n" + REST)
    assert ([str(quote) for quote in reading.quotes], reading.detail) == ([*BEFORE, *BEHIND], None)
    assert reading.outcome is Outcome.OK


@unhurried
@given(
    before=st.lists(
        st.sampled_from(
            ["1", "100", "1 000", "50", "per", "inverse", "XBT", "\u00d7", "/", "•", "|", "=", ":", "\n", "x"]
        ),
        min_size=1, max_size=4,
    ),
    gap=st.sampled_from(["", " ", "  "]),
    between=st.sampled_from(["\n", " • ", " | ", "  "]),
    first=st.booleans(),
)  # fmt: skip
def test_no_number_before_a_pair_is_dropped_in_silence(before: list[str], gap: str, between: str, first: bool) -> None:
    entry = " ".join(before) + f"{gap}EUR/KZT = 545.67 0.5%"
    entries = [entry, *BEFORE, *BEHIND] if first else [*BEFORE, entry, *BEHIND]
    reading = read_ticker(between.join(entries) + "\n" + REST)
    assert rows(reading) <= {*BEFORE, *BEHIND, "EUR/KZT = 545.67 0.5%"}
    last = [word for word in before if word not in {"•", "|", "\n"}][-1:]
    if last and last[0] not in {"per", "inverse", "XBT", "x"}:
        assert "EUR/KZT = 545.67 0.5%" not in rows(reading), (entry, reading)
        assert "EUR/KZT" in (reading.detail or "")
