"""Charts show exactly the printed data; marks and labels are read back from the axes."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from chart_cases import STORY, corners, day, days, drawn, line, main_axes, rows_of, story, texts
from matplotlib.text import Annotation
from oracle import Absolute, Dated, printed

from fxtrack.charts.kinds.changes import beyond, value_range
from fxtrack.charts.language.digits import inverse_text, range_text, value_text
from fxtrack.charts.plan import Chart, plan
from fxtrack.charts.queries import base_date
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import changes_of
from fxtrack.charts.style import LIGHT, verdict_marks


@pytest.fixture(scope="module")
def rows() -> ChartRows:
    return rows_of(story())


def near(found: object, wanted: object) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(wanted, dtype=float), rtol=1e-12)


KGS_CLOSES = {1: "0.01144", 3: "0.01150", 6: "0.01120", 7: "0.01121", 9: "0.01125"}


def kgs_close_of_the_second(rows: ChartRows) -> str:
    found = rows.closes.filter((rows.closes["pair"] == "KGS/USD") & (rows.closes["page_date"] == dt.date(2025, 12, 2)))
    text: str = found["rate_text"][0]
    assert text in {"0.01147", "0.01142"}
    return text


def test_a_trend_steps_through_the_closes_and_is_broken_where_dates_are_missing(rows: ChartRows) -> None:
    (axes,) = main_axes(drawn("trend", rows, "KGS/USD"))
    closes = line(axes, "closes")
    second = kgs_close_of_the_second(rows)
    assert closes.get_drawstyle() == "steps-post"
    assert days(closes.get_xdata()) == [
        day(1), day(2), day(3), day(4), None, day(6), day(7), day(8), None, day(9), day(10)
    ]  # fmt: skip
    near(
        closes.get_ydata(),
        [0.01144, float(second), 0.01150, 0.01150, np.nan, 0.01120, 0.01121, 0.01121, np.nan, 0.01125, 0.01125],
    )


def test_every_state_of_every_date_is_a_dot_in_the_middle_of_its_day(rows: ChartRows) -> None:
    (axes,) = main_axes(drawn("trend", rows, "KGS/USD"))
    dots = line(axes, "states")
    found = {(x, round(y, 9)) for x, y in zip(days(dots.get_xdata()), dots.get_ydata(), strict=True)}
    noon = dt.timedelta(hours=12)
    assert found == {(day(d) + noon, float(q["KGS/USD"][0])) for d, states in STORY for q in states}
    assert len(dots.get_xdata()) == 7


@pytest.mark.parametrize("pair", ["KGS/USD", "TMT/USD", "UZS/USD"])
def test_the_band_is_half_a_tick_of_each_close_either_way_and_has_the_same_gaps(rows: ChartRows, pair: str) -> None:
    (axes,) = main_axes(drawn("trend", rows, pair))
    (band,) = [c for c in axes.collections if c.get_gid() == "band"]
    stretches = [corners(path) for path in band.get_paths()]
    near([(v[:, 0].min(), v[:, 0].max()) for v in stretches], [(20423, 20426), (20428, 20430), (20431, 20432)])
    closes = {1: "0.2849", 2: "0.28571", 3: "0.28571", 6: "0.28490", 7: "0.28490", 9: "0.28520"}
    if pair == "KGS/USD":
        closes = {**KGS_CLOSES, 2: kgs_close_of_the_second(rows)}
    if pair == "UZS/USD":
        closes = dict.fromkeys(closes, "0.00008")
    for number, rate in closes.items():
        middle = 20422 + number + 0.5
        (vertices,) = [v for v in stretches if v[:, 0].min() < middle < v[:, 0].max()]
        # a step band: its corners at the start of a day hold for that day
        heights = vertices[np.isclose(vertices[:, 0], 20422 + number), 1]
        span = printed(rate)
        assert span.high is not None
        assert np.isclose(heights, float(span.low), rtol=1e-12).any()
        assert np.isclose(heights, float(span.high), rtol=1e-12).any()


def test_the_last_value_and_its_date_stand_at_the_end_of_the_line(rows: ChartRows) -> None:
    drawing = drawn("trend", rows, "TMT/USD")
    (axes,) = main_axes(drawing)
    (label,) = [t for t in axes.texts if isinstance(t, Annotation)]
    assert label.get_text() == "0.28520\n9 Dec 2025"
    low, high = axes.get_ylim()
    assert low + label.xy[1] * (high - low) == pytest.approx(0.2852)


@pytest.mark.parametrize(("pair", "decimals"), [("KGS/USD", 5), ("UZS/USD", 5), ("TMT/USD", 5)])
def test_axis_labels_have_the_digits_of_the_source_and_mark_their_own_values(
    rows: ChartRows, pair: str, decimals: int
) -> None:
    (axes,) = main_axes(drawn("trend", rows, pair))
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert 3 <= len(labels) <= 9
    assert all(len(label.partition(".")[2]) == decimals for label in labels)
    near([float(label) for label in labels], axes.get_yticks())
    assert len(set(labels)) == len(labels)
    assert axes.yaxis.get_offset_text().get_text() == ""


def test_the_axis_names_the_unit_in_words(rows: ChartRows) -> None:
    (axes,) = main_axes(drawn("trend", rows, "KGS/USD"))
    assert axes.get_ylabel() == "US dollars for 1 Kyrgyz som"
    (axes,) = main_axes(drawn("trend", rows, "KGS/USD", invert=True))
    assert axes.get_ylabel() == "Kyrgyz soms for 1 US dollar"


def test_a_series_within_a_few_ticks_has_a_note(rows: ChartRows) -> None:
    flat, moving = (drawn("trend", rows, pair) for pair in ("UZS/USD", "KGS/USD"))
    assert any("Every rate prints as 0.00008" in text and "worth 12 %" in text for text in texts(flat))
    assert not any("last digit is worth" in text or "steps show rounding" in text for text in texts(moving))
    few = rows_of([Dated("site", dt.date(2025, 12, d), {"KZT/USD": (f"0.0019{d}", None)}) for d in (1, 2, 4)])
    assert any(
        "All rates lie within 3 units" in text and "0.52 %" in text for text in texts(drawn("trend", few, "KZT/USD"))
    )


def test_the_footer_says_source_dates_captures_and_version(rows: ChartRows) -> None:
    found = [text for text in texts(drawn("trend", rows, "KGS/USD")) if text.startswith("Source:")]
    assert found == ["Source: site · 2025-12-01 to 2025-12-09 · 6 of 9 days captured · 7 captures · fxtrack 0.1.0"]


def test_an_inverse_has_the_inverse_range_and_not_a_band_around_the_inverse_rate(rows: ChartRows) -> None:
    (axes,) = main_axes(drawn("trend", rows, "UZS/USD", invert=True))
    near(line(axes, "closes").get_ydata()[:4], [float(1 / Fraction("0.00008"))] * 4)
    (band,) = [c for c in axes.collections if c.get_gid() == "band"]
    heights = np.concatenate([corners(path)[:, 1] for path in band.get_paths()])
    near([heights.min(), heights.max()], [float(1 / Fraction("0.000085")), float(1 / Fraction("0.000075"))])
    (label,) = [t for t in axes.texts if t.get_gid() == "end-label"]
    assert label.get_text() == "11,764\u201313,334\n9 Dec 2025"


@pytest.mark.parametrize("rate", ["0.01144", "0.00008", "1.25", "2650.10", "0.285710000", "7", "12345.678"])
def test_an_inverse_range_contains_the_true_range_and_is_hardly_wider(rate: str) -> None:
    span = printed(rate)
    assert span.high is not None
    low, high = (Decimal(f.numerator) / Decimal(f.denominator) for f in (span.low, span.high))
    ends = [Fraction(end.replace(",", "")) for end in inverse_text(low, high).split("\u2013")]
    least, most = 1 / span.high, 1 / span.low
    assert ends[0] <= least < most <= ends[1]
    assert ends[1] - ends[0] < 3 * (most - least) + 2


@pytest.mark.parametrize(
    ("value", "low", "high", "texts"),
    [
        ("0.276523", "0.267293", "0.285754", ("+0.277", "+0.267 to +0.286")),
        ("0.016669", "0.016550", "0.016788", ("+0.01667", "+0.01655 to +0.01679")),
        ("0", "-11.764706", "13.333334", ("0", "\u221212 to +14")),
        ("-0.0004", "-0.5", "0.5", ("0.0", "\u22120.5 to +0.5")),
        ("-1234.5", "-1234.55", "-1234.45", ("\u22121,234.50", "\u22121,234.55 to \u22121,234.45")),
    ],
)
def test_a_computed_number_has_two_digits_of_its_range_and_the_range_is_rounded_outwards(
    value: str, low: str, high: str, texts: tuple[str, str]
) -> None:
    ends = Decimal(low), Decimal(high)
    assert (value_text(Decimal(value), *ends, signed=True), range_text(*ends, " to ", signed=True)) == texts


def test_an_index_is_100_at_its_base_and_its_labels_have_the_range_that_the_digits_allow(rows: ChartRows) -> None:
    drawing = drawn("indexed", rows)
    assert drawing.title == "Rates as an index, 100 on 1 Dec 2025"
    (axes,) = main_axes(drawing)
    values = line(axes, "index-TMT/USD")
    assert days(values.get_xdata())[:5] == [day(1), day(2), day(3), day(4), None]
    second = float(round(100 * Fraction("0.28571") / Fraction("0.2849"), 6))
    near(values.get_ydata()[:4], [100, second, second, second])
    base, now = printed("0.2849"), printed("0.28520")
    assert base.high is not None and now.high is not None  # noqa: PT018
    value, low, high = (
        100 * Fraction("0.28520") / Fraction("0.2849"),
        100 * now.low / base.high,
        100 * now.high / base.low,
    )
    assert Fraction(1, 100) < high - low < Fraction(1, 10)  # the second digit of that is a thousandth
    (label,) = [t for t in axes.texts if t.get_text().startswith("TMT/USD")]
    ends = f"{floor(1000 * low) / 1000:.3f}\u2013{ceil(1000 * high) / 1000:.3f}"
    assert label.get_text() == f"TMT/USD  {float(value):.3f} ({ends})"


def test_an_index_of_inverse_rates_has_the_inverse_range(rows: ChartRows) -> None:
    (axes,) = main_axes(drawn("indexed", rows, invert=True))
    (label,) = [t for t in axes.texts if t.get_text().startswith("UZS/USD")]
    assert label.get_text() == "UZS/USD  100 (88\u2013114)"
    (label,) = [t for t in axes.texts if t.get_text().startswith("KGS/USD")]
    assert float(label.get_text().split()[1]) == pytest.approx(100 * 0.01144 / 0.01125, abs=0.006)


def test_an_index_starts_where_most_pairs_have_a_close_and_names_those_that_start_elsewhere() -> None:
    history = [
        Dated("site", dt.date(2025, 12, 1), {"KGS/USD": ("0.01144", None)}),
        Dated("site", dt.date(2025, 12, 2), {"KGS/USD": ("0.01145", None), "KZT/USD": ("0.00192", None)}),
        Dated("site", dt.date(2025, 12, 3), {"KZT/USD": ("0.00193", None), "TJS/USD": ("0.10866", None)}),
    ]
    rows = rows_of(history)
    assert rows.base == base_date(rows.closes) == dt.date(2025, 12, 2)
    found = " ".join(texts(drawn("indexed", rows)))
    assert "100 is the close of 2 Dec 2025" in found
    assert "No close on or before that date: TJS/USD." in found
    later = rows_of(history, base=dt.date(2025, 12, 3))
    assert "from the close before: KGS/USD (2 Dec 2025)." in " ".join(texts(drawn("indexed", later)))


def test_changes_show_the_range_that_the_digits_allow_and_the_report_in_the_colour_of_its_verdict(
    rows: ChartRows,
) -> None:
    drawing = drawn("changes", rows, "TMT/USD")
    (axes,) = main_axes(drawing)
    bars = line(axes, "computed")
    noon = dt.timedelta(hours=12)
    assert [x for x in days(bars.get_xdata()) if x][-2:] == [day(7) + noon] * 2
    now, before = printed("0.28490"), printed("0.28490")
    assert now.high is not None and before.high is not None  # noqa: PT018
    low, high = 100 * (now.low / before.high - 1), 100 * (now.high / before.low - 1)
    near(bars.get_ydata()[-3:-1], [floor(low * 10**6) / 10**6, ceil(high * 10**6) / 10**6])
    middle = line(axes, "computed, middle")  # however narrow a bar is on the scale, this mark is not
    assert (middle.get_marker(), middle.get_markeredgewidth()) == ("_", 0.8)
    near(list(middle.get_ydata())[-1:], [(floor(low * 10**6) + ceil(high * 10**6)) / (2 * 10**6)])
    over_gaps = line(axes, "computed over a gap")
    assert {x.day for x in days(over_gaps.get_xdata()) if x} == {6, 9}
    marks = verdict_marks(LIGHT)
    # 5.54 % on the third: no captured rate explains it, though the day before is there. 0.01 % on the seventh: the
    # change is rounded to 4 decimals, so near 0.2849 a report is 0.04 % at least.
    for verdict, where in {"unexplained": (3, 5.54), "breaks the rule": (7, 0.01)}.items():
        mark = line(axes, f"reported, {verdict}")
        assert (days(mark.get_xdata()), list(mark.get_ydata())) == ([day(where[0]) + noon], [where[1]])
        assert (mark.get_color(), mark.get_marker()) == (marks[verdict].colour, marks[verdict].marker)
    assert {"no captured rate explains it: 1", "no rate at all explains it: 1"} <= set(texts(drawing))


def test_a_report_in_the_counter_currency_is_drawn_as_a_percentage_of_the_rate_that_it_implies() -> None:
    quotes: list[tuple[str, str | None]] = [("87.9112", None), ("87.4512", "-0.4600"), ("88", "+88")]
    history = [Dated("site", dt.date(2025, 12, n), {"KGS/USD": quote}) for n, quote in enumerate(quotes, 1)]
    rows = rows_of(history, rule=Absolute(None))
    (found,) = changes_of(rows.changes)
    assert [str(x) for x in found.reported] == ["nan", str(round(-100 * 0.46 / 87.9112, 6)), "nan"]
    drawing = drawn("changes", rows, "KGS/USD")
    near(line(main_axes(drawing)[0], "reported, agrees").get_ydata(), [-0.523255])
    assert "fits the site's rounding: 1" in texts(drawing)
    assert "A reported change in the counter currency is drawn as a percentage of the rate less that change." in texts(
        drawing
    )


def test_states_of_one_date_are_spread_over_their_day(rows: ChartRows) -> None:
    (found,) = changes_of(rows.changes.filter(rows.changes["pair"] == "KGS/USD"))
    assert days(found.x)[1:3] == [day(2) + dt.timedelta(hours=6), day(2) + dt.timedelta(hours=18)]


def test_a_change_over_many_days_does_not_set_the_scale_and_is_counted_in_a_note() -> None:
    history = [
        Dated("site", dt.date(2025, month, 1 + n), {"KGS/USD": (rate, "0%")})
        for month, rates in ((1, ("0.01000", "0.01001")), (6, ("0.02000", "0.02001")))
        for n, rate in enumerate(rates)
    ]
    rows = rows_of(history)
    (found,) = changes_of(rows.changes)
    assert value_range(found)[1] < 1
    assert beyond(found) == 1
    assert "Beyond the scale: 1 change over gaps of several days." in texts(drawn("changes", rows, "KGS/USD"))


def test_an_overview_has_a_panel_for_each_pair_on_one_time_axis(rows: ChartRows) -> None:
    drawing = drawn("overview", rows)
    panels = main_axes(drawing)
    assert len(panels) == 3
    assert len({axes.get_xlim() for axes in panels}) == 1
    assert {"KGS/USD", "TMT/USD", "UZS/USD", "0.28520 on 9 Dec 2025"} <= set(texts(drawing))
    for axes in panels:
        assert None in days(line(axes, "closes").get_xdata())


def test_a_calendar_has_a_square_for_every_day_in_the_colour_of_its_captures(rows: ChartRows) -> None:
    drawing = drawn("coverage", rows, source="site")
    calendar = drawing.figure.axes[-1]
    squares = {p.get_gid(): len(corners(p.get_path())) // 5 for p in calendar.patches}
    assert sum(squares.values()) == 9
    assert squares[f"days {LIGHT.missing}"] == 3
    assert sorted(squares.values()) == [1, 3, 5]
    missing = next(p for p in calendar.patches if p.get_gid() == f"days {LIGHT.missing}").get_path()
    rows_down = sorted({round(y, 3) for y in corners(missing).reshape(-1, 5, 2)[:, 0, 1]}, reverse=True)
    assert len(rows_down) == 3  # 4, 5 and 8 December 2025: Thursday, Friday and Monday
    assert {"missing", "1", "2"} <= set(texts(drawing))


def test_sources_of_one_pair_share_a_trend_and_have_separate_charts_of_changes() -> None:
    history = [*story("one"), *story("two")]
    rows = rows_of(history)
    assert plan(("trend", "changes", "coverage"), rows.pairs(), rows.sources())[:1] == [Chart("trend", "KGS/USD")]
    names = {c.name for c in plan(("changes", "coverage"), rows.pairs(), rows.sources())}
    assert {"changes-KGS-USD-one", "changes-KGS-USD-two", "coverage-one", "coverage-two"} <= names
    (axes,) = main_axes(drawn("trend", rows, "KGS/USD"))
    labels = [t.get_text() for t in axes.texts if t.get_gid() == "end-label"]
    assert labels == ["one\n0.01125\n9 Dec 2025", "two\n0.01125\n9 Dec 2025"]
    lines = [one for one in axes.lines if one.get_gid() == "closes"]
    assert (
        len({one.get_color() for one in lines}) == len({str(vars(one)["_unscaled_dash_pattern"]) for one in lines}) == 2
    )
