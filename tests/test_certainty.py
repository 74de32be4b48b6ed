"""Text and markup that may change the meaning of an entry: it is read where certain, else left out with a note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markups import read_html
from test_spellings import BEFORE, BEHIND, DEC_8, REST, html, shown, unhurried

from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.quote import Outcome, Reading

UNITS = [
    "100 • ", "100 | ", "1000 \u00d7 ", "1000 x ", "1 / ", "1 \u00f7 ", "100\n", "100\n• ", "1 /\n", "(100)\n",
    "10,000 units\n", "per 100 ", "per thousand ", "inverse ", "Inverse: ", "½ ", "100 KZT • ", "\u00d7 ",
    "100 - ", "10 : ", "• 100 • ", "XBT • ", "Sell ",
]  # fmt: skip


@pytest.mark.parametrize("rate", [
    "<span class=old>545</span><span class=new>546.5</span>", "<span class='line-through'>545</span>546.5",
    "<i class=previous>5</i>46.5", "<bdo dir=rtl>5.645</bdo>", "\u202e5.645\u202c",
    "<span style='unicode-bidi: bidi-override; direction: rtl'>5.645</span>",
])  # fmt: skip
def test_a_rate_that_is_withdrawn_in_part_or_shown_from_its_end_is_left_out(rate: str) -> None:
    reading = read_html(html(f"EUR/KZT = {rate} 0.5%"))
    assert shown(reading) is None
    assert "EUR/KZT" in (reading.detail or "")


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


FORMS = {
    "font": "{p} = {r} <font color={k}>{c}%</font>", "style": "{p} = {r} <b style='color:{k}'>{c}%</b>",
    "class": "{p} = {r} <b class='{w}'>{c}%</b>", "around": "<span class='{w}'>{p} = {r} {c}%</span>",
    "pair": "<span class='{w}'>{p}</span> = {r} {c}%", "rate": "{p} = <span class='{w}'>{r}</span> {c}%",
    "title": "{p} = {r} <b title={d}>{c}%</b>", "number": "{p} = {r} <b data-trend={n}>{c}%</b>",
    "signed": "{p} = {r} <b data-change={s}{c}>{c}%</b>", "label": "{p} = {r} <b aria-label='{m} {c} percent'>{c}%</b>",
    "icon": "{p} = {r} {e}{c}%", "icon before": "{e}{p} = {r} {c}%", "icon behind": "{p} = {r} {c}%{e}",
    "tag": "{p} = {r} <{t}>{c}%</{t}>", "word": "{p} = {r} <b class='{d}'>{c}%</b>",
    "heat": "{p} = {r} <b style='background:hsl({c}0,9%,9%)'>{c}%</b>",
}  # fmt: skip
PLAIN = {
    "text": "{p} = {r} {c}%", "tags": "<b>{p}</b> = {r} <i class=pct>{c}%</i>",
    "zebra": "<b class={z}>{p}</b> = {r} {c}%",
    "link": "<a id={p} href='/q/{p}?v={r}'>{p}</a> = {r} <i data-v={c}>{c}%</i>",
    "flag": "<i class='flag flag-{g}'></i>{p} = {r} {c}%",
}  # fmt: skip
SAYS = [("#c00", "#080", "ng", "ok", "em", "b"), ("crimson", "navy", "tick-dn", "tick-u", "u", "i")]
MOVED = (("KGS", "0.01144", "0.5"), ("KZT", "0.00192", "0.1"), ("TJS", "0.10879", "0.28"), ("TMT", "0.28571", "0.3"))


def marked(form: str, says: tuple[str, ...], falls: set[int], repeats: int, head: str = "") -> str:
    """Return a page whose ticker shows falls by its markup."""
    items = []
    for n, (base, rate, change) in enumerate(MOVED):
        fall = n in falls
        pick = {"k": says[not fall], "w": says[2 + (not fall)], "t": says[4 + (not fall)], "n": 2 - fall}
        pick |= {"d": "down" if fall else "up", "s": "-" * fall, "m": "minus" * fall, "e": "<i></i>" * fall}
        more = {"p": f"{base}/USD", "r": rate, "c": change, "g": base[:2].lower(), "z": ("odd", "even")[n % 2]}
        items.append(f"<li>{form.format(**pick, **more)}</li>")
    body = f"<ul>{''.join(items)}</ul>" * repeats
    return f"<html><head>{head}</head><body>{body}<p>08 December 2025</p><p>A headline</p></body></html>"


def expected(falls: set[int]) -> list[str]:
    return ["-" * (n in falls) + change + "%" for n, (_, _, change) in enumerate(MOVED)]


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("falls", [{0}, {1, 2}, {3}, {0, 1, 2}])
@pytest.mark.parametrize("says", SAYS)
@pytest.mark.parametrize("name", FORMS)
def test_a_sign_that_only_the_markup_shows_is_read_where_certain_and_else_noted(
    name: str, says: tuple[str, ...], falls: set[int], repeats: int
) -> None:
    reading = read_html(marked(FORMS[name], says, falls, repeats))
    assert (reading.outcome, len(reading.quotes), reading.page_date) == (Outcome.OK, 4, DEC_8)
    reports = [quote.reported_text for quote in reading.quotes]
    if name == "word":
        assert reports == expected(falls)
    else:
        assert reports == [None] * 4
        assert all(f"{change}%" in (reading.detail or "") for _, _, change in MOVED)


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("name", PLAIN)
def test_markup_that_only_tells_pairs_apart_is_no_sign(name: str, repeats: int) -> None:
    reading = read_html(marked(PLAIN[name], SAYS[0], set(), repeats))
    assert [quote.reported_text for quote in reading.quotes] == [f"{change}%" for _, _, change in MOVED]
    assert reading.detail is None


@pytest.mark.parametrize("name", [name for name in FORMS if name not in {"word", "label", "signed", "title"}])
def test_markup_says_nothing_where_the_ticker_prints_its_signs(name: str) -> None:
    page = marked(FORMS[name], SAYS[0], {1}, 2).replace("0.1%", "-0.1%")
    assert [quote.reported_text for quote in read_html(page).quotes] == ["0.5%", "-0.1%", "0.28%", "0.3%"]


ODD_PAIRS = [
    "€/KZT = {}", "EUR/₸ = {}", "EUR to KZT = {}", "EUR/KZ\u0301T = {}", "E\u0301UR/KZT = {}", "EUR/100KZT = {}",
    "EUR:KZT = {}", "EUR \u2192 KZT: {}", "€ \u2192 ₸ {}", "1 EUR = {} KZT", "EUR vs. KZT {}", "EUR in KZT {}",
    "EURKZT {}", "eur to kzt {}", "eur kzt {}",
    "Euro/Tenge = {}", "\u0415\u0432\u0440\u043e/\u0442\u0435\u043d\u0433\u0435 = {}", "EUR/KZT: {}", "EUR/KZT\u2248{}",
    "EUR/KZT (cash) = {}", "E U R / K Z T = {}", "EUR<>KZT {}", "EUR/KZT\n= {}", "EUR/KZT\n{}", "EUR/KZT/USD = {}",
]  # fmt: skip


@pytest.mark.parametrize("number", ["545.67", "545.67 0.5%", "\u0665\u0664\u0665", "\u00bd"])
@pytest.mark.parametrize("place", ["first", "middle", "last", "under a heading"])
@pytest.mark.parametrize("pair", ODD_PAIRS)
def test_a_pair_in_any_spelling_with_a_number_is_named(pair: str, place: str, number: str) -> None:
    if "\n" in pair and not number.startswith("5"):
        pytest.skip("no number that could belong to the line above")
    entry = pair.format(number)
    listed = [*BEFORE, *BEHIND]
    listed.insert({"first": 0, "middle": 4}.get(place, 7), f"Others\n{entry}" if place == "under a heading" else entry)
    reading = read_ticker("\n".join(listed) + "\n" + REST)
    assert rows(reading) >= {*BEHIND, *BEFORE[1:]} - ({BEHIND[0]} if place == "middle" else set())
    assert not [row for row in rows(reading) if "EUR" in row]
    assert entry.partition("\n")[0].partition("{")[0][:5] in (reading.detail or "")
    assert reading.page_date == DEC_8 or reading.date_unread


@pytest.mark.parametrize("between", ["\n", " • ", "  "])
@pytest.mark.parametrize("repeats", [1, 2, 4])
def test_a_chain_of_codes_in_a_run_is_an_entry_of_its_own(repeats: int, between: str) -> None:
    block = [*BEFORE, "EUR/KZT/USD = 545.67 0.5%", *BEHIND]
    reading = read_ticker(between.join(block * repeats) + "\n" + REST)
    assert (reading.outcome, reading.page_date, reading.repeats) == (Outcome.OK, DEC_8, repeats)
    assert {*BEFORE[1:3], *BEHIND} <= rows(reading) <= {*BEFORE, *BEHIND}
    assert "EUR/KZT/USD" in (reading.detail or "")


@pytest.mark.parametrize(
    "line", ["A headline of 2025", "Page 2", "Call 112", "TOP TEN 10", "Gold", "USD", "It fell by 3", "the tip for 5"]
)
def test_other_lines_beside_the_ticker_are_nobody_s_quotes(line: str) -> None:
    reading = read_ticker(f"{line}\n" + "\n".join([*BEFORE, REST.strip(), line, line]))
    assert (rows(reading), reading.detail, reading.page_date) == ({*BEFORE}, None, DEC_8)


def test_a_ticker_without_any_certain_entry_is_named() -> None:
    reading = read_ticker(" ".join(f"▼ {entry}" for entry in (*BEFORE, *BEHIND)) + "\n" + REST)
    assert (reading.outcome, rows(reading)) == (Outcome.NO_TICKER, set())
    assert "7 pairs" in (reading.detail or "")


SHOWN_APART = [
    "545.67 <font face=Webdings>6</font>0.5%", "545.67 <i class=ico>6</i>0.5%",
    "<font face=Wingdings>6</font>545.67 0.5%",
    "54<i class=ic>5</i>.67 0.5%", "54<meter>5</meter>.67 0.5%",
    "<input value=5>45.67 0.5%", "5<input value=9>45.67 0.5%",
    "545.67<hr>0.5%", "545<hr>67 0.5%", "<q>545.67</q> 0.5%", "5<q>45</q>.67 0.5%", "545.67 <q>0.5%</q>",
    "<select><option>1<option>2</select>545.67 0.5%", "<textarea>1</textarea>545.67 0.5%",
    "<math><mn>1</mn></math>545.67 0.5%", "<svg><text>1</text></svg>545.67 0.5%", "<button>545</button>.67 0.5%",
    "545.67 <span style='font-family:Symbol'>6</span>0.5%", "<span style='font:9px Webdings'>60</span>.5 0.5%",
    "545.<output>67</output> 0.5%", "545.67 0.5<font face=Symbol>6</font>%",
]  # fmt: skip


@pytest.mark.parametrize("entry", SHOWN_APART)
def test_digits_of_another_font_and_values_of_controls_are_no_part_of_a_number(entry: str) -> None:
    assert shown(read_html(html(f"EUR/KZT = {entry}"))) is None


@pytest.mark.parametrize("unseen", ["template", "noscript", "canvas", "progress", "meter", "iframe", "video"])
def test_the_content_of_an_element_that_shows_something_else_is_no_text(unseen: str) -> None:
    reading = read_html(html(f"EUR/KZT = <{unseen}>1</{unseen}>545.67 0.5%"))
    assert (shown(reading) or ("",))[0] == "545.67"


def test_a_form_beside_the_ticker_does_not_hide_the_date() -> None:
    page = html("").replace("</ul>", "</ul><form><input name=q><select><option>1</select><textarea></textarea></form>")
    assert read_html(page).page_date == DEC_8
