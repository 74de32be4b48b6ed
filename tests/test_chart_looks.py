"""Charts are legible: no text overlaps or leaves the sheet, colours differ, and pictures equal their references."""

import datetime as dt
import io
import itertools
import os
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from chart_cases import PAIRS, START, drawn, main_axes, rows_of, story, visible_texts, walk
from matplotlib.text import Text
from oracle import Dated
from PIL import Image

from fxtrack.charts.labels import missing_glyphs, spread, width_of, wrapped
from fxtrack.charts.language.language import english
from fxtrack.charts.plan import INVERTIBLE, KINDS
from fxtrack.charts.render import Drawing, picture
from fxtrack.charts.select import ChartRows
from fxtrack.charts.series import date_of
from fxtrack.charts.style import DARK, LIGHT, NARROW_INCHES, RC, THEMES, WIDE_INCHES, Theme, cues
from fxtrack.charts.time.axis import date_labels, date_ticks

REFERENCES = Path(__file__).parent / "charts"
LIMIT = 3.0
"""Largest root mean square difference, of 255, at which two pictures count as equal."""


@pytest.fixture(scope="module")
def many_rows() -> dict[tuple[int, int], ChartRows]:
    """The rows of the first dates and pairs of one long walk."""
    whole = rows_of(walk(2000, 12))
    return {(dates, pairs): part(whole, dates, pairs) for dates, pairs in itertools.product((1, 2, 60, 2000), (1, 12))}


def part(rows: ChartRows, dates: int, pairs: int) -> ChartRows:
    """Return the rows of the first dates and pairs; only the number of captures stays that of the whole."""
    chosen = rows.selection.pairs if pairs > 1 else ("KGS/USD",)
    until = pl.col("page_date") < START + dt.timedelta(days=dates)
    frames = {
        name: getattr(rows, name).filter(until & pl.col("pair").is_in(chosen))
        for name in ("closes", "states", "changes", "index")
    }
    selection = replace(rows.selection, pairs=chosen)
    return replace(rows, selection=selection, coverage=rows.coverage.filter(until), **frames)


@pytest.fixture(scope="module")
def story_rows() -> ChartRows:
    return rows_of(story())


def charts_of(kind: str, rows: ChartRows) -> list[tuple[str | None, str | None]]:
    if kind == "coverage":
        return [(None, source) for source in rows.sources()]
    return [(pair, None) for pair in list(rows.pairs())[:2]] if kind in {"trend", "changes"} else [(None, None)]


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    """Return the texts that overlap, and those that leave the sheet."""
    figure = drawing.figure
    with mpl.rc_context(RC):  # type: ignore[arg-type]  # letters are as wide as these settings make them
        boxes = [(text.get_text(), Text.get_window_extent(text)) for text in visible_texts(figure)]
    sheet = figure.bbox
    found = [
        (name, "the edge of the sheet") for name, box in boxes
        if box.x0 < sheet.x0 or box.y0 < sheet.y0 or box.x1 > sheet.x1 or box.y1 > sheet.y1
    ]  # fmt: skip
    for (one, a), (two, b) in itertools.combinations(boxes, 2):
        # a point of leading may be shared: boxes are a little higher than their letters
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > 0 and high > 0.25 * min(a.height, b.height):
            found.append((one, two))
    return found


@pytest.mark.few(30)
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("size", [WIDE_INCHES, NARROW_INCHES, (5.0, 3.0)], ids=["wide", "narrow", "small"])
@pytest.mark.parametrize("pairs", [1, 12])
@pytest.mark.parametrize("dates", [1, 2, 60, 2000])
def test_no_label_overlaps_another_or_leaves_the_sheet(
    many_rows: dict[tuple[int, int], ChartRows], dates: int, pairs: int, size: tuple[float, float], kind: str
) -> None:
    rows = many_rows[dates, pairs]
    for pair, source in charts_of(kind, rows):
        for invert in (False, True) if kind in INVERTIBLE else (False,):
            for follows in (True, False) if kind == "indexed" else (True,):
                drawing = drawn(kind, rows, pair, source, size=size, invert=invert, height_follows=follows)
                assert overlaps(drawing) == [], (pair, invert, follows)


@pytest.mark.parametrize("dpi", [40, 60, 300])
@pytest.mark.parametrize("kind", list(KINDS))
def test_letters_fit_at_any_resolution(many_rows: dict[tuple[int, int], ChartRows], kind: str, dpi: int) -> None:
    for size in (WIDE_INCHES, NARROW_INCHES):
        for pair, source in charts_of(kind, many_rows[60, 12]):
            assert overlaps(drawn(kind, many_rows[60, 12], pair, source, size=size, dpi=dpi)) == []


def test_the_search_for_overlaps_finds_some(story_rows: ChartRows) -> None:
    drawing = drawn("trend", story_rows, "KGS/USD")
    drawing.figure.text(0.02, 0.955, "over the title")
    drawing.figure.text(0.99, 0.5, "beyond the edge")
    assert {first for first, _ in overlaps(drawing)} == {"KGS/USD", "beyond the edge"}


def test_data_fills_most_of_the_sheet(many_rows: dict[tuple[int, int], ChartRows]) -> None:
    for pair in ("KGS/USD", "UZS/USD"):
        (axes,) = main_axes(drawn("trend", many_rows[2000, 12], pair))
        box = axes.get_position()
        assert box.width > 0.7
        assert box.height > 0.5


@pytest.mark.parametrize(
    ("first", "last", "room", "labels"),
    [
        ("2025-12-11", "2025-12-12", 10, ["11 Dec\n2025", "12 Dec"]),
        ("2025-12-30", "2026-01-02", 3, ["30 Dec\n2025", "1 Jan\n2026"]),
        ("2025-11-29", "2025-12-20", 6, ["1 Dec\n2025", "8 Dec", "15 Dec"]),
        ("2025-11-03", "2026-02-20", 6, ["1 Dec\n2025", "1 Jan\n2026", "1 Feb"]),
        ("2024-09-08", "2025-12-12", 8, ["Nov\n2024", "Jan\n2025", "Mar", "May", "Jul", "Sep", "Nov"]),
        ("2015-12-01", "2025-11-05", 10, [str(year) for year in range(2016, 2026)]),
        ("2015-12-01", "2025-11-05", 5, ["2016", "2018", "2020", "2022", "2024"]),
        ("2025-12-11", "2025-12-11", 2, ["11 Dec\n2025"]),
    ],
)
def test_ticks_of_a_time_axis_are_round_and_unambiguous_dates(
    first: str, last: str, room: int, labels: list[str]
) -> None:
    bounds = np.array([first, last], dtype="datetime64[D]").astype(float)
    ticks = date_ticks(date_of(bounds[0]), date_of(bounds[1]), room)
    found = date_labels(ticks, english())
    if all(tick.day == 1 for tick in ticks) and not all(label[:1].isdigit() for label in labels):
        assert found == labels
    else:
        assert [label.removeprefix("1 ") if label not in labels else label for label in found] == [
            label.removeprefix("1 ") if label not in found else label for label in labels
        ]


@pytest.mark.parametrize("room", [2, 3, 5, 9, 14])
@pytest.mark.parametrize("span", [1, 2, 3, 6, 13, 30, 59, 60, 92, 200, 366, 500, 1000, 3650, 12000])
def test_there_is_at_least_one_date_and_never_more_than_fit(span: int, room: int) -> None:
    first = date_of(20000)
    ticks = date_ticks(first, date_of(20000 + span - 1), room)
    assert 1 <= len(ticks) <= room
    assert ticks == sorted(set(ticks))
    assert first <= ticks[0]
    assert ticks[-1] <= date_of(20000 + span - 1)


@pytest.mark.parametrize(
    ("wanted", "gap", "expected"),
    [
        ([], 10, []),
        ([50], 10, [50]),
        ([20, 80], 10, [20, 80]),
        ([50, 50], 10, [45, 55]),
        ([0, 0], 10, [0, 10]),
        ([100, 100, 100], 10, [80, 90, 100]),
        ([52, 50, 10], 10, [56, 46, 10]),
        ([0, 0, 0], 80, [0, 50, 100]),
        ([-30, 130], 10, [0, 100]),
    ],
)
def test_labels_move_as_little_as_possible(wanted: list[float], gap: float, expected: list[float]) -> None:
    assert spread(wanted, gap, 0, 100) == pytest.approx(expected)


def test_text_is_broken_at_words_and_a_word_wider_than_the_line_is_cut() -> None:
    lines = wrapped("one two three " + "w" * 300, 9, 60)
    assert " ".join(lines[:-1]) == "one two three"
    assert lines[-1].startswith("www")
    assert lines[-1].endswith("…")
    assert all(width_of(line, 9) <= 60 for line in lines)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    bright, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_text_and_marks_have_the_contrast_that_wcag_requires(theme: Theme) -> None:
    for colour in (theme.ink, theme.muted, theme.alarm, *theme.lines):  # labels are written in the colours of lines
        assert contrast(colour, theme.paper) >= (4.5 if colour in {theme.ink, theme.muted, theme.alarm} else 3.0), (
            colour
        )
    for colour in (theme.agrees, theme.agrees_earlier, theme.unexplained, theme.breaks_the_rule, theme.not_comparable):
        assert contrast(colour, theme.paper) >= 2.8, colour


def as_seen(colour: str, kind: str) -> npt.NDArray[np.float64]:
    """Return a colour as dichromats see it (Viénot, Brettel and Mollon, 1999, in linear RGB), in CIE L*a*b* (D65)."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = {
        "normal": np.eye(3),
        "protan": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
        "deutan": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
    }[kind] @ linear
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(seen, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("kind", ["normal", "protan", "deutan"])
def test_neighbouring_lines_differ_for_colour_blind_readers_and_all_differ_in_colour_or_dashes(
    theme: Theme, kind: str
) -> None:
    chosen = list(cues(theme, list(PAIRS)).values())
    for one, two in itertools.combinations(chosen, 2):
        apart = float(np.linalg.norm(as_seen(one.colour, kind) - as_seen(two.colour, kind)))
        assert one.dash != two.dash or apart > 10, (one, two)
    for one, two in itertools.pairwise(chosen):
        assert one.dash != two.dash
        assert float(np.linalg.norm(as_seen(one.colour, kind) - as_seen(two.colour, kind))) > 10


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("kind", ["normal", "protan", "deutan"])
def test_a_missing_day_differs_in_colour_from_every_captured_one(theme: Theme, kind: str) -> None:
    for colour in theme.counts:
        assert float(np.linalg.norm(as_seen(colour, kind) - as_seen(theme.missing, kind))) > 10


def test_themes_map_onto_one_another() -> None:
    for theme in (LIGHT, DARK):
        assert len(set(theme.colours())) == len(theme.colours())
    assert len(LIGHT.colours()) == len(DARK.colours())


def test_characters_missing_from_the_font_are_listed() -> None:
    assert missing_glyphs("\u041a\u0443\u0440\u0441, Wechselkurs für 1 $") == ""
    assert missing_glyphs("汇率 KGS") == "汇率"


SCENES: dict[str, tuple[str, str | None, str | None, dict[str, object]]] = {
    "trend": ("trend", "KGS/USD", None, {}),
    "trend-flat-dark": ("trend", "UZS/USD", None, {"theme": DARK}),
    "trend-inverse": ("trend", "TMT/USD", None, {"invert": True}),
    "trend-narrow": ("trend", "TMT/USD", None, {"size": NARROW_INCHES}),
    "indexed": ("indexed", None, None, {}),
    "indexed-narrow-dark": ("indexed", None, None, {"size": NARROW_INCHES, "theme": DARK}),
    "changes": ("changes", "TMT/USD", None, {}),
    "overview": ("overview", None, None, {}),
    "coverage": ("coverage", None, "site", {}),
}


def pixels(content: bytes) -> npt.NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=np.float64)


def difference(one: bytes, two: bytes) -> float:
    """Return the root mean square difference of two pictures, of 255."""
    a, b = pixels(one), pixels(two)
    if a.shape != b.shape:
        return float("inf")
    return float(np.sqrt(((a - b) ** 2).mean()))


def scene(name: str, rows: ChartRows) -> bytes:
    kind, pair, source, look = SCENES[name]
    return picture(drawn(kind, rows, pair, source, dpi=60, **look), "png")


@pytest.mark.parametrize("name", SCENES)
def test_a_chart_equals_its_reference(story_rows: ChartRows, name: str) -> None:
    found = scene(name, story_rows)
    reference = REFERENCES / f"{name}.png"
    if os.environ.get("FXTRACK_NEW_REFERENCES"):
        reference.write_bytes(found)
    assert difference(found, reference.read_bytes()) < LIMIT


def bridged() -> list[Dated]:
    """Return the story with each missing day filled from the close before it."""
    history = story()
    by_date = {s.date: s for s in history}
    found = [*history]
    for number in range(1, 10):
        date = history[0].date.replace(day=number)
        if date not in by_date:
            before = max(d for d in by_date if d < date)
            found.append(Dated("site", date, by_date[before].quotes))
    return sorted(found, key=lambda s: s.date)


def one_digit_less() -> list[Dated]:
    """Return the story with the last digits of two pairs cut off, so that their bands are ten times as wide."""
    return [
        Dated(s.source, s.date, {p: (r[:-1] if p != "UZS/USD" else r, pct) for p, (r, pct) in s.quotes.items()})
        for s in story()
    ]  # fmt: skip


@pytest.fixture(scope="module", params=[bridged, one_digit_less], ids=["a bridged gap", "a wrong band"])
def wrong_rows(request: pytest.FixtureRequest) -> ChartRows:
    return rows_of(request.param())


@pytest.mark.few(4)
@pytest.mark.parametrize("name", ["trend", "trend-inverse", "trend-narrow", "overview"])
def test_a_wrong_chart_differs_from_its_reference(wrong_rows: ChartRows, name: str) -> None:
    assert difference(scene(name, wrong_rows), (REFERENCES / f"{name}.png").read_bytes()) > LIMIT


def test_a_wrong_label_differs_from_its_reference() -> None:
    history = [Dated(s.source, s.date.replace(year=2024), s.quotes) for s in story()]
    assert difference(scene("trend", rows_of(history)), (REFERENCES / "trend.png").read_bytes()) > LIMIT
