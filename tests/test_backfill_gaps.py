"""`fxtrack backfill --gaps` against a real pywb: exactly the missing dates, in the source's time zone."""

import datetime as dt
from collections.abc import Iterator

import pytest
from conftest import InProcess, Project, Shell
from loopback import page
from promises import ask
from web_archives import HOME, Collection, Pywb, pywb

from fxtrack.collect.archives.plan import BackfillTask
from fxtrack.config.settings import Archive
from fxtrack.config.source import Source


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    """An archive with two captures a day, without the 6th; the second one is of the next day in Bishkek."""
    folder = tmp_path_factory.mktemp("pywb")
    with Collection(folder).file("a.warc.gz") as warc:
        for day in range(1, 13):
            if day != 6:
                warc.response(f"2024-01-{day:02}T09:00:00Z", page(day))
                warc.response(f"2024-01-{day:02}T20:00:00Z", page(100 + day))
    with pywb(folder, folder) as running:
        yield running


@pytest.fixture
def gaping(project: Project, archive: Pywb, in_process: InProcess) -> Project:
    """A project with pages of 2, 5 and 9 January, by the time zone of the source."""
    project.configure(
        '[fetch]\ncontact = "ops@example.org"\nmax_wait_seconds = 0.01\n'
        f'[[archives]]\nname = "local"\nkind = "wayback"\nindex = "{archive.base}/cdx"\ncontent = "{archive.base}"\n'
        "pages_per_minute = 6000\nsearches_per_minute = 6000\n"
        f'[[sources]]\nname = "site"\nurl = "{HOME}"\ntime_zone = "Asia/Bishkek"\n'
    )
    with Collection(project.root / "pages").file("mine.warc.gz") as warc:
        for number, day in enumerate((2, 5, 9)):
            warc.response(f"2024-01-{day:02}T03:00:00Z", page(200 + number))
    assert in_process("ingest")[0] == 0
    archive.forget()
    return project


def test_exactly_the_missing_dates_are_fetched(gaping: Project, shell: Shell, in_process: InProcess) -> None:
    before = ask(shell, gaping.config.database, "FROM gaps")
    assert [(row["first_missing"], row["last_missing"]) for row in before] == [
        ("2024-01-03", "2024-01-04"), ("2024-01-06", "2024-01-08"),
    ]  # fmt: skip
    code, out, _ = in_process("backfill", "site", "--gaps")
    assert code == 0
    # of the 6th the archive has the capture of the 5th at 20:00 UTC
    assert out.splitlines()[:3] == ["site: 5 missing dates", out.splitlines()[1], "fetched: 5 kept"]
    rows = ask(
        shell,
        gaping.config.database,
        "SELECT page_date, strftime(captured_utc, '%d %H') AS captured FROM captures"
        " WHERE location LIKE 'pages/archive/%' ORDER BY ALL",
    )
    assert [(row["page_date"][-2:], row["captured"]) for row in rows] == [
        ("03", "03 09"), ("04", "04 09"), ("06", "05 20"), ("07", "07 09"), ("08", "08 09"),
    ]  # fmt: skip
    assert ask(shell, gaping.config.database, "FROM gaps") == []
    assert in_process("backfill", "site", "--gaps") == (0, "site: no date is missing\n", "")


def test_a_range_cuts_the_missing_dates_and_a_dry_run_fetches_nothing(
    gaping: Project, archive: Pywb, in_process: InProcess
) -> None:
    code, out, err = in_process(
        "backfill", "site", "--gaps", "--from", "2024-01-04", "--to", "2024-01-07", "--dry-run", "--csv"
    )
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == [
        "2024-01-04T09:00:00+00:00", "2024-01-05T20:00:00+00:00", "2024-01-07T09:00:00+00:00",
    ]  # fmt: skip
    assert err.splitlines()[0] == "site: 3 missing dates"
    assert archive.asked == []
    assert len(list((gaping.root / "pages").rglob("*.warc.gz"))) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "--from is missing"),
        (("--gaps", "--every", "week"), 2, "would skip some of them"),
        (("--gaps", "--from", "2024-02-01", "--to", "2024-01-01"), 2, "is after"),
    ],
)
@pytest.mark.usefixtures("gaping")
def test_what_cannot_be_meant_is_refused(
    in_process: InProcess, arguments: tuple[str, ...], code: int, said: str
) -> None:
    found = in_process("backfill", "site", *arguments)
    assert (found[0], said in found[2]) == (code, True)


def test_a_source_without_a_date_has_no_missing_one(gaping: Project, in_process: InProcess) -> None:
    text = (gaping.root / "config.toml").read_text()
    gaping.configure(text + f'[[sources]]\nname = "new"\nurl = "{HOME}new"\npaths = ["pages/new/*"]\n')
    code, _, err = in_process("backfill", "new", "--gaps")
    assert (code, "no captured date yet" in err) == (3, True)


def test_the_index_is_not_asked_for_long_stretches_without_a_missing_date() -> None:
    archive = Archive("local", "http://127.0.0.1/cdx", "http://127.0.0.1")
    days = [dt.date(2010, 1, 5), dt.date(2010, 11, 1), dt.date(2019, 6, 1), dt.date(2019, 6, 2)]
    task = BackfillTask(Source("site"), archive, (HOME,), min(days), max(days), "day", frozenset(days))
    assert task.spans() == [
        (dt.date(2010, 1, 4), dt.date(2010, 11, 2)), (dt.date(2019, 5, 31), dt.date(2019, 6, 3)),
    ]  # fmt: skip
