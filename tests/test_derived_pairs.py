"""Derived pairs and periods in every output: marked as derived, with certain digits, and refused with a reason."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from conftest import Project, page_text

import fxtrack
from fxtrack.errors import NothingFound, UsageError

Run = Callable[..., tuple[int, str, str]]

EARLIER = (("KGS/USD", "0.01150", "0%"), ("KZT/USD", "0.00190", "0%"), ("UZS/USD", "0.00008", "0%"))
LATER = (("KGS/USD", "0.01144", "-0.52%"), ("KZT/USD", "0.00192", "0%"), ("UZS/USD", "0.00008", "0%"))


@pytest.fixture
def stored(project: Project, in_process: Run) -> Project:
    """A project with two dates, two days apart."""
    project.page("a.txt", page_text(EARLIER, "10 December 2025"))
    project.page("b.txt", page_text(LATER, "12 December 2025"))
    assert in_process("ingest")[0] == 0
    return project


def records(run: Run, *arguments: str) -> list[dict[str, object]]:
    """Return the rows of a command as JSON has them."""
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    found: list[dict[str, object]] = json.loads(out)
    return found


@pytest.mark.usefixtures("stored")
def test_tables_mark_what_is_derived_and_how(in_process: Run) -> None:
    shown = records(in_process, "show", "USD/KGS")
    keys = ("page_date", "rate", "rate_low", "rate_high", "lowest", "highest", "reported", "derived")
    assert [tuple(row[key] for key in keys) for row in shown] == [
        # 1/0.011505 = 86.9187, 1/0.011495 = 86.9943; 1/0.011445 = 87.3744, 1/0.011435 = 87.4508
        ("2025-12-10", "86.96", "86.918", "86.995", "86.96", "86.96", None, "inverse of KGS/USD"),
        ("2025-12-12", "87.4", "87.374", "87.451", "87.4", "87.4", None, "inverse of KGS/USD"),
    ]
    (latest,) = records(in_process, "latest", "--pair", "kgs-kzt")
    assert {key: latest[key] for key in ("pair", "rate", "previous_rate", "change", "derived")} == {
        "pair": "KGS/KZT", "rate": "5.96", "previous_rate": "6.05", "change": "-0.0943",  # 5.95833 - 6.05263
        "derived": "KGS/USD over KZT/USD",
    }  # fmt: skip
    deltas = records(in_process, "deltas", "--pair", "USD/KGS", "--from", "2025-12-12")
    assert [(row["change_pct"], row["verdict"], row["reported"], row["derived"]) for row in deltas] == [
        ("0.524476", "not reported", None, "inverse of KGS/USD")  # 0.01150 / 0.01144
    ]
    gaps = records(in_process, "coverage", "--pair", "KGS/KZT")
    assert gaps == [
        {"source": "site", "pair": "KGS/KZT", "first_missing": "2025-12-11", "last_missing": "2025-12-11", "days": 1}
    ]
    code, out, _ = in_process("coverage", "--pair", "KGS/KZT")
    assert (code, out.splitlines()[0]) == (
        0, "site, KGS/KZT (KGS/USD over KZT/USD): 2025-12-10 to 2025-12-12, 2 of 3 days captured, 1 missing"
    )  # fmt: skip


@pytest.mark.usefixtures("stored")
def test_a_printed_pair_is_not_marked(in_process: Run) -> None:
    for command in (("show", "KGS/USD"), ("latest",), ("deltas",)):
        assert {row["derived"] for row in records(in_process, *command)} == {None}, command
    shown = records(in_process, "show", "KGS/USD")
    assert [(row["rate"], row["lowest"], row["low"]) for row in shown] == [
        ("0.01150", "0.01150", "0.01150"), ("0.01144", "0.01144", "0.01144")
    ]  # fmt: skip


def test_exports_carry_the_certain_digits_and_the_derivation(stored: Project, in_process: Run) -> None:
    code, out, _ = in_process("export", "--pair", "USD/KGS", "--format", "beancount")
    assert code == 0
    assert out.splitlines()[2:] == [  # below the head and the stamp
        "; USD/KGS is derived: inverse of KGS/USD", "2025-12-10 price USD 86.96 KGS", "2025-12-12 price USD 87.4 KGS"
    ]  # fmt: skip
    _, out, _ = in_process("export", "--pair", "USD/KGS")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["rate"], row["rate_low"], row["derived"]) for row in rows] == [
        ("86.96", "86.918", "inverse of KGS/USD"), ("87.4", "87.374", "inverse of KGS/USD")
    ]  # fmt: skip
    file = stored.root / "rates.parquet"
    assert in_process("export", "--pair", "KGS/KZT", "--output", str(file))[0] == 0
    frame = pl.read_parquet(file)
    assert frame["rate"].to_list() == [Decimal("6.05"), Decimal("5.96")]
    assert set(frame["derived"]) == {"KGS/USD over KZT/USD"}
    assert in_process("export", "--pair", "KGS/KZT", "--output", str(stored.root / "rates.xlsx"))[0] == 0


@pytest.mark.parametrize(
    ("pair", "parts"),
    [
        (
            "EUR/USD",
            ["no pair 'EUR/USD'", "no source quotes EUR", "the nearest is", "it has KGS/USD, KZT/USD, UZS/USD"],
        ),
        ("USD/KGZ", ["no source quotes KGZ", "the nearest is USD/KGS"]),
        ("USD/USD", ["a currency has no rate against itself"]),
        ("nonsense", ["no pair 'nonsense' in the database; it has KGS/USD"]),
    ],
)
@pytest.mark.usefixtures("stored")
def test_a_pair_that_cannot_be_derived_is_refused_with_the_reason(in_process: Run, pair: str, parts: list[str]) -> None:
    for command in (["show", pair], ["latest", "--pair", pair], ["export", "--pair", pair], ["chart", pair]):
        code, out, err = in_process(*command)
        assert (code, out) == (3, ""), command
        assert all(part in err for part in parts), err
        assert err.count("\n") == 1


def test_pairs_without_a_common_currency_or_date_say_so(project: Project, in_process: Run) -> None:
    project.page("a.txt", page_text((("KGS/USD", "0.01144", "0%"), ("TJS/USD", "0.109", "0%")), "10 December 2025"))
    project.page("b.txt", page_text((("EUR/RUB", "90.1", "0%"), ("KZT/RUB", "0.15", "0%")), "11 December 2025"))
    project.page("c.txt", page_text((("UZS/USD", "0.00008", "0%"), ("TMT/USD", "0.285", "0%")), "12 December 2025"))
    assert in_process("ingest")[0] == 0
    code, _, err = in_process("show", "KGS/EUR")
    assert code == 3
    assert "no source quotes both against one currency (KGS against USD and EUR against RUB)" in err
    code, _, err = in_process("show", "KGS/UZS")
    assert code == 3
    assert "the pairs that would give it share no date" in err


@pytest.mark.usefixtures("stored")
def test_what_needs_reports_is_refused_for_derived_pairs(in_process: Run) -> None:
    for command in (["audit", "--pair", "USD/KGS"], ["chart", "USD/KGS", "--kind", "changes"]):
        code, out, err = in_process(*command)
        assert (code, out) == (3, ""), command
        assert "derived" in err
    code, _, err = in_process("chart", "USD/KGS", "--kind", "trend", "--invert")
    assert (code, "ask for KGS/USD instead" in err) == (2, True)


@pytest.mark.slow
def test_charts_of_derived_pairs_and_periods_say_what_they_show(stored: Project, in_process: Run) -> None:
    folder = stored.root / "drawn"
    code, out, err = in_process("chart", "USD/KGS", "KGS/KZT", "--format", "svg", "--output", f"{folder}/")
    assert code == 0
    names = {Path(line).name for line in out.splitlines()}
    assert names == {"trend-USD-KGS.svg", "trend-KGS-KZT.svg", "indexed.svg", "overview.svg", "coverage-site.svg"}
    assert err == (
        "fxtrack: USD/KGS, KGS/KZT: derived, and a report of a change refers to the printed pair; left out of changes\n"
    )
    trend = (folder / "trend-USD-KGS.svg").read_text("utf-8")
    assert "USD/KGS is derived: inverse of KGS/USD." in trend
    assert "87.4 (87.374\u201387.451)" in trend
    assert in_process("chart", "KGS/KZT", "--every", "week", "--format", "svg", "--output", f"{folder}/")[0] == 0
    weekly = (folder / "trend-KGS-KZT-week.svg").read_text("utf-8")
    assert "weeks start on Monday" in weekly
    assert "in the time zone UTC" in weekly
    assert in_process("chart", "KGS/USD", "--implied", "--format", "svg", "--output", f"{folder}/")[0] == 0
    assert "No later report bounds the rate of a day without a capture." in (folder / "trend-KGS-USD.svg").read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    "arguments",
    [["--every", "week", "--kind", "indexed"], ["--implied", "--kind", "coverage"], ["--every", "day"],
     ["--every", "week", "--implied"], ["--every", "week", "--invert"]],
)  # fmt: skip
@pytest.mark.usefixtures("stored")
def test_options_of_a_trend_are_refused_for_other_charts(in_process: Run, arguments: list[str]) -> None:
    code, _, err = in_process("chart", "KGS/USD", *arguments)
    assert code == 2
    assert err.count("\n") == 1


@pytest.mark.usefixtures("stored")
def test_periods_state_their_calendar_and_keep_gaps(in_process: Run) -> None:
    (week,) = records(in_process, "show", "USD/KGS", "--every", "week")
    assert {key: week[key] for key in ("period_start", "period_end", "open", "highest", "lowest", "close")} == {
        "period_start": "2025-12-08", "period_end": "2025-12-14", "open": "86.96", "highest": "87.4", "lowest": "86.96",
        "close": "87.4",
    }  # fmt: skip
    assert (week["days_captured"], week["days_possible"]) == (2, 3)
    assert (week["time_zone"], week["week_starts"], week["derived"]) == ("UTC", "Monday", "inverse of KGS/USD")
    _, out, _ = in_process("export", "--every", "month", "--pair", "KGS/USD", "--locale", "ru")
    assert "0,01150" in out
    code, _, err = in_process("export", "--every", "month", "--format", "ledger")
    assert (code, "--every" in err) == (2, True)


def test_people_see_pairs_in_the_direction_that_they_prefer(stored: Project, in_process: Run) -> None:
    stored.configure('[output]\nprefer = ["USD/KGS", "USD/KZT"]\n[[sources]]\nname = "site"\nprefer = ["KZT/USD"]\n')
    found = {row["pair"]: row for row in records(in_process, "latest")}
    assert {pair: (row["rate"], row["derived"]) for pair, row in found.items()} == {
        "USD/KGS": ("87.4", "inverse of KGS/USD"), "KZT/USD": ("0.00192", None), "UZS/USD": ("0.00008", None)
    }  # fmt: skip
    assert found["USD/KGS"]["change"] == "0.4561"  # 87.41259 - 86.95652
    code, out, err = in_process("chart", "--format", "svg", "--output", f"{stored.root}/drawn/")
    assert (code, err) == (0, "")
    names = {Path(line).name for line in out.splitlines()}
    assert {"trend-USD-KGS.svg", "trend-KZT-USD.svg", "changes-KGS-USD.svg"} <= names
    assert "trend-KGS-USD.svg" not in names
    assert in_process("run")[0] == 0
    page = (stored.root / "charts" / "index.html").read_text("utf-8")
    assert "trend-USD-KGS.svg" in page
    assert "inverse of KGS/USD" in page
    with fxtrack.open(stored.root / "config.toml") as db:
        assert set(db.latest()["pair"]) == {"KGS/USD", "KZT/USD", "UZS/USD"}


def test_a_pair_is_preferred_in_one_direction_only(project: Project, in_process: Run) -> None:
    project.configure('[output]\nprefer = ["USD/KGS", "KGS/USD"]\n')
    code, _, err = in_process("latest")
    assert code == 2
    assert "output.prefer" in err
    assert "one pair" in err


def test_the_api_gives_any_pair_and_its_periods(stored: Project) -> None:
    with fxtrack.open(stored.root / "config.toml") as db:
        daily = db.daily("USD/KGS")
        assert daily.select("rate_text", "derived").rows() == [
            ("86.96", "inverse of KGS/USD"), ("87.4", "inverse of KGS/USD")
        ]  # fmt: skip
        assert isinstance(daily.schema["rate"], pl.Decimal)
        (change,) = db.changes("USD/KGS").drop_nulls("previous_date").to_dicts()
        assert change["change_pct"] == Decimal("0.524476")
        assert db.latest("KGS/KZT")["rate"].to_list() == [Decimal("5.96")]
        assert db.deltas("USD/KGS")["verdict"].to_list() == ["not reported"] * 2
        (month,) = db.periods("USD/KGS", "month").to_dicts()
        assert (month["open"], month["close"], month["time_zone"]) == (Decimal("86.96"), Decimal("87.4"), "UTC")
        assert db.chart("USD/KGS", format="svg").startswith(b"<?xml")
        assert b"by month" in db.chart("USD/KGS", format="svg", every="month")
        with pytest.raises(NothingFound, match="derived"):
            db.audit("USD/KGS")
        with pytest.raises(UsageError, match="unknown period 'day'"):
            db.periods("USD/KGS", "day")
