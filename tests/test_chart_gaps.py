"""Long stretches without captures fold to breaks of stated length; dates keep their places, no change is hidden."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np
import polars as pl
import pytest
from chart_cases import START, days, drawn, line, main_axes, rows_of, texts, walk
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from oracle import Dated, printed
from test_chart_looks import overlaps

from fxtrack.charts.language.language import chart_language, english
from fxtrack.charts.plan import KINDS, YEAR_ON_YEAR
from fxtrack.charts.render import Drawing
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import day_of
from fxtrack.charts.style import LIGHT, NARROW_INCHES, WIDE_INCHES, dot_points, line_points
from fxtrack.charts.time.axis import date_ticks
from fxtrack.charts.time.scale import BREAK_POINTS, TimeScale

CAPTURED = (0, 1, 2, 3, 103, 104, 105, 110, 365, 366, 367, 368, 390, 391)
"""Days with a capture, from the first of December 2025."""

BREAKS = ((4, 102), (111, 364))
"""First and last day of the stretches that are folded on a chart of the usual width."""

SKIPPED = (*BREAKS, (369, 389))
"""And of the stretch that is long enough for a label."""


@pytest.fixture(scope="module")
def rows() -> ChartRows:
    history = walk(CAPTURED[-1] + 1, 5)
    return rows_of([history[day] for day in CAPTURED], (*KINDS, YEAR_ON_YEAR))


def numbers(*of: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([day_of(START) + day for day in of])


def breaks(drawing: Drawing) -> list[tuple[dt.date, dt.date]]:
    """Return the first and last day of each break."""
    (axes, *_) = main_axes(drawing)
    first = dt.date(1970, 1, 1)
    found = []
    for patch in axes.patches:
        if patch.get_gid() == "break":
            assert isinstance(patch, Rectangle)
            start, end = patch.get_x(), patch.get_x() + patch.get_width()
            found.append((first + dt.timedelta(days=round(start)), first + dt.timedelta(days=round(end) - 1)))
    return found


def labels(drawing: Drawing) -> list[str]:
    (axes, *_) = main_axes(drawing)
    return [text.get_text() for text in axes.texts if text.get_gid() == "gap-label"]


@pytest.mark.parametrize("width", [60.0, 200.0, 600.0, 2000.0])
def test_days_are_equally_wide_between_breaks_and_every_break_is_as_wide_as_another(width: float) -> None:
    scale = TimeScale.fit(numbers(*CAPTURED), width)
    captured = numbers(*CAPTURED)
    np.testing.assert_allclose(scale.days_at(scale.place(captured)), captured, atol=1e-9)
    for stretch in scale.stretches:
        ends = scale.place(np.array([stretch.start, stretch.end]))
        assert ends[1] - ends[0] == pytest.approx(stretch.days)
        assert {stretch.start, stretch.end - 1} <= set(captured)
    for gap in scale.folded:
        assert scale.points(gap.end) - scale.points(gap.start) == pytest.approx(BREAK_POINTS)
        assert not [day for day in captured if gap.start <= day < gap.end]
    assert scale.points(scale.end) == pytest.approx(width)
    assert BREAK_POINTS * len(scale.folded) <= 0.4 * width


def test_stretches_are_folded_where_that_helps_and_only_there() -> None:
    def folded(*of: int, gaps: str = "fold") -> list[int]:
        assert gaps in {"fold", "true"}
        scale = TimeScale.fit(numbers(*of), 600, "true" if gaps == "true" else "fold")
        return [gap.days for gap in scale.folded]

    assert folded(0) == folded(0, 1) == folded(0, 1, 3, 4, 7) == folded(*range(2000)) == []
    assert folded(0, 1000) == [999]
    assert folded(*CAPTURED) == [99, 254]
    assert folded(*CAPTURED, gaps="true") == []
    assert folded(*range(0, 2000, 3)) == []  # every other day or so: breaks would take more room than days
    assert 0 < len(folded(*range(0, 2000, 100))) <= 14


@pytest.mark.parametrize("kind", ["trend", "indexed", "overview", "changes"])
def test_a_break_states_its_length_and_the_chart_says_that_its_axis_is_folded(rows: ChartRows, kind: str) -> None:
    drawing = drawn(kind, rows, "TJS/USD" if kind in {"trend", "changes"} else None)
    wanted = [(START + dt.timedelta(days=first), START + dt.timedelta(days=last)) for first, last in BREAKS]
    assert breaks(drawing) == wanted
    lengths = [label for label in labels(drawing) if "level" not in label]
    assert sorted(int(label.split()[0]) for label in lengths) == [21, 99, 254]
    assert all(label.endswith(("days not captured", "days")) for label in lengths)
    assert "Time axis folded: 2 stretches without captures are breaks that state their length." in drawing.description


def test_every_date_on_a_folded_axis_stands_at_its_true_place(rows: ChartRows) -> None:
    (axes, *_) = main_axes(drawn("trend", rows, "TJS/USD"))
    places = days(axes.get_xticks())
    shown = [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    assert len(shown) >= 4
    year = ""
    for place, label in zip(places, shown, strict=True):
        assert place is not None
        year = label.split()[2] if len(label.split()) > 2 else year
        assert f"{place.day} {place:%b} {place.year}" == " ".join([*label.split()[:2], year])
        assert not any(first <= (place.date() - START).days <= last for first, last in BREAKS)


def test_a_true_axis_has_no_break_and_says_so(rows: ChartRows) -> None:
    drawing = drawn("trend", rows, "TJS/USD", gaps="true")
    (axes, *_) = main_axes(drawing)
    assert breaks(drawing) == []
    assert axes.get_xscale() == "linear"
    assert "Time axis to scale." in drawing.description
    assert "folded" not in drawing.description
    assert "254 days not captured" in labels(drawing)


def range_across(rows: ChartRows, pair: str, before: int, after: int) -> tuple[Fraction, Fraction]:
    """Return the least and greatest change in percent, from the printed digits."""
    shown = dict(rows.closes.filter(rows.closes["pair"] == pair).select("page_date", "rate_text").iter_rows())
    old, new = (printed(shown[START + dt.timedelta(days=day)]) for day in (before, after))
    assert old.high is not None and new.high is not None  # noqa: PT018
    return 100 * (new.low / old.high - 1), 100 * (new.high / old.low - 1)


def test_a_sure_change_of_level_across_a_break_is_labelled_with_its_range_and_another_is_not(rows: ChartRows) -> None:
    drawing = drawn("trend", rows, "TJS/USD")
    found = [label for label in labels(drawing) if "level" in label]
    wanted = []
    for first, last in SKIPPED:
        low, high = range_across(rows, "TJS/USD", first - 1, last + 1)
        if low > 0 or high < 0:
            digits = 1000  # the second digit of a width of about 0.02 %
            ends = floor(low * digits) / digits, ceil(high * digits) / digits
            wanted.append("level " + " to ".join(f"{end:+.3f}".replace("-", "\u2212") for end in ends) + " %")
    assert wanted
    assert sorted(found) == sorted(wanted)
    assert "Level: the sure change between the closes on either side of a gap." in drawing.description
    flat = drawn("trend", rows, "UZS/USD")
    moved = [range_across(rows, "UZS/USD", first - 1, last + 1) for first, last in SKIPPED]
    assert not [1 for low, high in moved if low > 0 or high < 0]
    assert not [label for label in labels(flat) if "level" in label]
    assert "Level" not in flat.description


def test_the_explanation_speaks_of_what_can_be_seen_only(rows: ChartRows) -> None:
    moving = {1: "0.01144", 2: "0.02144", 3: "0.03144"}
    whole = rows_of(
        [
            Dated("site", dt.date(2025, 12, day), {"KGS/USD": (rate, "0%"), "UZS/USD": ("0.00008", "0%")})
            for day, rate in moving.items()
        ]
    )
    plain = drawn("trend", whole, "KGS/USD").description
    assert "without a capture" not in plain
    assert "Time axis" not in plain
    assert "Days without a capture are blank." in drawn("trend", rows, "TJS/USD").description
    assert "Band" not in plain  # less than a point high
    assert "Band" in drawn("trend", whole, "UZS/USD").description
    assert "Faint bars" not in drawn("changes", whole, "UZS/USD").description
    assert "Faint bars" in drawn("changes", rows, "TJS/USD").description
    assert "Ring" not in drawn("changes", whole, "UZS/USD").description
    assert "Ring" in drawn("changes", whole, "KGS/USD").description


def test_marks_are_larger_and_lines_wider_where_they_are_few() -> None:
    sizes = [dot_points(600, 600 / 461, marks) for marks in (2, 40, 200, 2000)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == sizes[1] == 5.0
    assert sizes[-1] == 2.0
    assert line_points(600, 10) > line_points(600, 2000)


def test_a_moving_mean_counts_captured_dates_only_and_the_chart_says_how_many(rows: ChartRows) -> None:
    asked = replace(rows, selection=replace(rows.selection, mean=30))
    drawing = drawn("trend", asked, "KGS/USD")
    (axes, *_) = main_axes(drawing)
    mean = line(axes, "mean")
    shown = dict(rows.closes.filter(rows.closes["pair"] == "KGS/USD").select("page_date", "rate_text").iter_rows())
    counts = []
    for x, y in zip(days(mean.get_xdata()), mean.get_ydata(), strict=True):
        if x is None:
            continue
        span = [rate for date, rate in shown.items() if 0 <= (x.date() - date).days < 30]
        counts.append(len(span))
        assert y == pytest.approx(float(sum(map(Fraction, span)) / len(span)), rel=1e-12)
    assert len(counts) == len(CAPTURED)
    assert (
        f"captured in the 30 days up to it, {min(counts)} to {max(counts)} closes; no other day" in drawing.description
    )
    joined = np.flatnonzero(np.diff(mean.get_xdata()) > 1)
    assert joined.size == 0  # no line across a gap


def test_an_implied_range_is_a_dashed_box_on_its_day_and_its_day_is_not_folded(rows: ChartRows) -> None:
    day = START + dt.timedelta(days=200)
    implied = pl.DataFrame({
        "source": ["site"], "pair": ["TJS/USD"], "rate_date": [day], "low": [Decimal("0.1")], "high": [Decimal("0.11")],
    })  # fmt: skip
    selection = replace(rows.selection, implied=True)
    drawing = drawn("trend", replace(rows, selection=selection, implied=implied), "TJS/USD")
    (axes, *_) = main_axes(drawing)
    box = line(axes, "implied")
    assert {x.date() for x in days(box.get_xdata()) if x} == {day, day + dt.timedelta(days=1)}
    assert not any(first <= day <= last for first, last in breaks(drawing))
    assert "Dashed: the range that a later report allows" in drawing.description
    assert "254 days not captured" not in labels(drawing)


def test_a_year_on_year_change_compares_the_same_date_a_year_before_and_nothing_else(rows: ChartRows) -> None:
    drawing = drawn(YEAR_ON_YEAR, rows, "TJS/USD")
    (axes, *_) = main_axes(drawing)
    (bars,) = [found for found in axes.collections if found.get_gid() == "year on year"]
    assert isinstance(bars, LineCollection)
    segments = bars.get_segments()
    shown = [(day, day - 365) for day in CAPTURED if day - 365 in CAPTURED]
    low, high = zip(*(range_across(rows, "TJS/USD", before, day) for day, before in shown), strict=True)
    np.testing.assert_allclose([s[0][0] for s in segments], numbers(*(day for day, _ in shown)) + 0.5)
    np.testing.assert_allclose([s[0][1] for s in segments], [float(x) for x in low], rtol=1e-9)
    np.testing.assert_allclose([s[1][1] for s in segments], [float(x) for x in high], rtol=1e-9)
    assert "4 of 14 captured dates have a capture a year before." in texts(drawing)


def test_a_date_on_the_29th_of_february_has_no_date_a_year_before() -> None:
    history = [
        Dated("site", date, {"KGS/USD": (rate, None)})
        for date, rate in (
            (dt.date(2027, 2, 28), "0.01144"), (dt.date(2028, 2, 28), "0.01150"), (dt.date(2028, 2, 29), "0.01151"),
        )
    ]  # fmt: skip
    found = rows_of(history, (YEAR_ON_YEAR,)).year_on_year
    assert found["page_date"].to_list() == [dt.date(2028, 2, 28)]


def test_a_sure_move_that_the_page_reports_as_none_has_a_ring_and_the_largest_is_named() -> None:
    reports = {1: ("0.01144", None), 2: ("0.01160", "0%"), 3: ("0.01161", "0%"), 4: ("0.01190", "2.59%"),
               5: ("0.01150", "0%"), 9: ("0.01190", "0%")}  # fmt: skip
    history = [Dated("site", dt.date(2025, 12, day), {"KGS/USD": report}) for day, report in reports.items()]
    drawing = drawn("changes", rows_of(history), "KGS/USD")
    (axes, *_) = main_axes(drawing)
    rings = line(axes, "hidden moves")
    assert [x.day for x in days(rings.get_xdata()) if x] == [
        2,
        5,
    ]  # 0.01161 may be 0.01160, and the ninth follows a gap
    assert (rings.get_markerfacecolor(), rings.get_color()) == ("none", LIGHT.alarm)
    old, new = printed("0.01190"), printed("0.01150")
    assert old.high is not None and new.high is not None  # noqa: PT018
    least = floor(-100 * (new.high / old.low - 1) * 10) / 10
    assert f"5 Dec 2025: moved by at least {least} %, page shows none." in texts(drawing)
    assert "moved, page shows none: 2" in texts(drawing)


CASES = [
    ("trend", "ru", WIDE_INCHES, "fold"), ("trend", "kk", NARROW_INCHES, "fold"), ("trend", "en", WIDE_INCHES, "true"),
    ("indexed", "uz", NARROW_INCHES, "fold"), ("overview", "tg", WIDE_INCHES, "fold"),
    ("overview", "ru", NARROW_INCHES, "true"), ("changes", "ky", NARROW_INCHES, "fold"),
    ("changes", "ru", WIDE_INCHES, "fold"), (YEAR_ON_YEAR, "kk", NARROW_INCHES, "fold"),
    ("coverage", "ru", NARROW_INCHES, "fold"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "language", "size", "gaps"), CASES)
def test_no_text_of_a_sparse_chart_overlaps_another_in_any_language(
    rows: ChartRows, kind: str, language: str, size: tuple[float, float], gaps: str
) -> None:
    pair = "TJS/USD" if kind in {"trend", "changes", YEAR_ON_YEAR} else None
    source = "site" if kind == "coverage" else None
    assert overlaps(drawn(kind, rows, pair, source, size=size, gaps=gaps, language=chart_language(language))) == []


def test_labels_of_gaps_are_upright_and_inside_their_axes(rows: ChartRows) -> None:
    drawing = drawn("trend", rows, "TJS/USD")
    (axes, *_) = main_axes(drawing)
    drawing.figure.draw_without_rendering()
    box = axes.get_window_extent()
    for text in axes.texts:
        if isinstance(text, Annotation) and text.get_gid() == "gap-label":
            assert text.get_rotation() == 90
            extent = text.get_window_extent()
            assert box.y0 <= extent.y0
            assert extent.y1 <= box.y1


def test_ticks_of_whole_spans_do_not_depend_on_the_language() -> None:
    assert date_ticks(START, START + dt.timedelta(days=40), 5)
    assert english().day(START) == "1 Dec"
