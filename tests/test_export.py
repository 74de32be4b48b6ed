"""Exports carry exactly the printed digits, and `sql` only reads."""

import csv
import datetime as dt
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import ROOT, InProcess, Project, Shell, page_text

from fxtrack.cli.main import main
from fxtrack.output.sdmx import ATTRIBUTES, DIMENSIONS
from fxtrack.output.workbook import to_workbook

SDMX = ROOT / ".venv" / "sdmx" / "bin" / "python"
PRINTED = {
    "2025-12-11": (("KGS/USD", "0.01140", "0%"), ("UZS/USD", "0.00008", "-0%"), ("XAU/USD", "4199.30", None)),
    "2025-12-12": (("KGS/USD", "0.01144", "0.35%"), ("UZS/USD", "0.000080000", "0%"), ("XAU/USD", "4,200", "0.02%")),
}
CLOSES = sorted(
    (date, pair, rate.replace(",", "")) for date, quotes in PRINTED.items() for pair, rate, _ in quotes
)  # fmt: skip
PRICES = {(date, pair, Decimal(rate)) for date, pair, rate in CLOSES}
COMMODITIES = sorted({pair.partition("/")[0] for _, pair, _ in CLOSES})


def write_pages(project: Project, folder: str = "") -> None:
    for date, quotes in PRINTED.items():
        day = dt.date.fromisoformat(date)
        project.page(f"{folder}{date}.txt", page_text(quotes, f"{day:%d %B %Y}", 4) + folder)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with two dates and three pairs; tests only read it."""
    project = Project(tmp_path_factory.mktemp("export"))
    write_pages(project)
    project.configure('[[sources]]\nname = "site"\n')
    assert project.run("ingest").returncode == 0
    return project


@pytest.fixture
def fxtrack(known: Project, capsys: pytest.CaptureFixture[str]) -> InProcess:
    """Run a command on that project in this process: (exit code, stdout, stderr)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["--config", str(known.root / "config.toml"), *arguments])
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def exported(known: Project) -> Callable[[str], Path]:
    """Export in a format to a file."""

    def export(form: str) -> Path:
        path = known.root / f"closes.{form}"
        done = known.run("export", "--format", form, "--output", str(path))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{path}: 6 closes\n")
        return path

    return export


def program(name: str) -> str:
    """Return where an accounting program is; without it the test is skipped."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def output_of(*command: str | Path, stdin: str | None = None) -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), command
    return done.stdout


def test_csv_holds_exactly_the_printed_digits(exported: Callable[[str], Path]) -> None:
    rows = list(csv.DictReader(io.StringIO(exported("csv").read_text())))
    assert [(row["page_date"], row["pair"], row["rate"]) for row in rows] == CLOSES
    assert [row["low"] for row in rows] == [row["rate"] for row in rows]
    assert [row["reported_text"] for row in rows] == ["0%", "-0%", "", "0.35%", "0%", "0.02%"]


def test_json_holds_rates_as_strings_with_exactly_the_printed_digits(exported: Callable[[str], Path]) -> None:
    rows = json.loads(exported("json").read_text())
    assert [(row["page_date"], row["pair"], row["rate"]) for row in rows] == CLOSES
    assert [row["reported_text"] for row in rows] == ["0%", "-0%", None, "0.35%", "0%", "0.02%"]


def test_parquet_holds_decimals_and_dates(exported: Callable[[str], Path], shell: Shell) -> None:
    path = exported("parquet")
    rows = pq.read_table(path).to_pylist()
    assert {(row["page_date"], row["pair"], row["rate"]) for row in rows} == {
        (dt.date.fromisoformat(date), pair, rate) for date, pair, rate in PRICES
    }
    assert [f"{row['rate']:.{row['rate_decimals']}f}" for row in rows] == [rate for _, _, rate in CLOSES]
    done = shell("-json", ":memory:", "-c", f"SELECT *, typeof(rate) AS kind FROM '{path}'")
    found = json.loads(done.stdout)
    assert {(row["page_date"], row["pair"], Decimal(row["rate"])) for row in found} == PRICES
    assert {row["kind"] for row in found} == {"DECIMAL(18,9)"}


def test_a_workbook_holds_dates_and_numbers_with_the_printed_digits(exported: Callable[[str], Path]) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    book = openpyxl.load_workbook(exported("xlsx"))
    assert book.sheetnames == ["KGS-USD", "UZS-USD", "XAU-USD", "audit"]
    found = []
    for name in book.sheetnames[:-1]:
        head, *rows = book[name].iter_rows()
        names = [cell.value for cell in head]
        for row in rows:
            date, rate, reported = (row[names.index(column)] for column in ("page_date", "rate", "reported_text"))
            assert (date.is_date, date.number_format, rate.data_type) == (True, "yyyy-mm-dd", "n")
            decimals = len(rate.number_format.partition(".")[2])
            found.append((f"{date.value:%Y-%m-%d}", name.replace("-", "/"), f"{rate.value:.{decimals}f}"))
            assert reported.value in {None, *(report for quotes in PRINTED.values() for *_, report in quotes)}
    assert sorted(found) == CLOSES
    head, *rows = book["audit"].iter_rows(values_only=True)
    assert [row[head.index("pair")] for row in rows] == ["KGS/USD", "UZS/USD", "XAU/USD"]
    assert {row[head.index("quotes")] for row in rows} == {2}


def test_sdmx_csv_is_read_by_the_library_of_the_field(known: Project, tmp_path: Path) -> None:
    if not SDMX.exists():
        pytest.skip("the environment of sdmx1 is missing: `make test` makes it")
    written = tmp_path / "closes.sdmx-csv"  # the format is a suffix, too
    done = known.run(
        "export", "--format", "sdmx-csv", "--output", str(written), "--pair", "USD/KGS",
        "--pair", "UZS/USD", "--pair", "XAU/USD",
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    read = subprocess.run(
        [SDMX, ROOT / "tests" / "read_sdmx.py", written, ",".join(DIMENSIONS), ",".join(ATTRIBUTES)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = {}
    for observation in json.loads(read.stdout):
        key = ".".join(observation["dimensions"][name] for name in DIMENSIONS)
        rate, told = observation["value"], observation["attributes"]
        found[key, observation["dimensions"]["TIME_PERIOD"]] = rate, told
        assert len(rate.partition(".")[2]) == int(told["DECIMALS"])
        assert Decimal(told["RATE_LOW"]) < Decimal(rate) < Decimal(told["RATE_HIGH"])
    assert len(found) == 6
    rate, told = found["D.USD.UZS.SP00.E", "2025-12-12"]
    assert (rate, told["RATE_LOW"], told["RATE_HIGH"]) == ("0.000080000", "0.0000799995", "0.0000800005")
    assert (told["OBS_STATUS"], told["BASE"], told["COUNTER"], told["UNIT"]) == ("A", "UZS", "USD", "USD")
    assert (told["REPORTED"], told["SOURCE"], told["DERIVED"]) == ("0%", "site", "")
    assert found["D.USD.XAU.SP00.E", "2025-12-11"][0] == "4199.30"
    rate, told = found["D.KGS.USD.SP00.E", "2025-12-12"]
    assert (told["OBS_STATUS"], told["DERIVED"]) == ("E", "inverse of KGS/USD")
    assert Decimal(told["RATE_LOW"]) <= 1 / Decimal("0.01144") <= Decimal(told["RATE_HIGH"])


def test_the_range_of_a_printed_rate_is_half_a_unit_of_its_last_digit(exported: Callable[[str], Path]) -> None:
    for row in csv.DictReader(io.StringIO(exported("csv").read_text())):
        half = Decimal(5).scaleb(-1 - len(row["rate"].partition(".")[2]))
        assert (Decimal(row["rate_low"]), Decimal(row["rate_high"])) == (
            Decimal(row["rate"]) - half, Decimal(row["rate"]) + half,
        )  # fmt: skip
        assert f"{row['base']}/{row['counter']}" == row["pair"]


def test_the_same_closes_give_the_same_workbook(known: Project, exported: Callable[[str], Path]) -> None:
    content = exported("xlsx").read_bytes()
    time.sleep(1.1)  # the clock of a workbook counts seconds, that of a zip file two
    assert known.run("export", "-o", str(known.root / "again.xlsx")).returncode == 0
    assert (known.root / "again.xlsx").read_bytes() == content


@pytest.mark.parametrize(
    "value", ["123456789.123456789", "0.12345678901234567", "-999999999.99999999", "1234567890123456"]
)
def test_a_number_that_excel_would_round_is_text(value: str) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    content = to_workbook({"A/B": [{"number": Decimal(value), "formula": "=1+1", "none": None}]})
    (row,) = openpyxl.load_workbook(io.BytesIO(content))["A-B"].iter_rows(min_row=2)
    assert [(cell.value, cell.data_type) for cell in row[:2]] == [(f"{Decimal(value):f}", "s"), ("=1+1", "s")]


@pytest.mark.parametrize(
    ("locale", "mark", "separator"), [("ru", ",", ";"), ("de-DE", ",", ";"), ("kk", ",", ";"), ("en_GB", ".", ",")]
)
def test_csv_for_a_language_has_its_decimal_mark(fxtrack: InProcess, locale: str, mark: str, separator: str) -> None:
    code, out, err = fxtrack("export", "--locale", locale)
    rows = list(csv.DictReader(io.StringIO(out), delimiter=separator))
    assert (code, err) == (0, "")
    assert [(row["page_date"], row["pair"], row["rate"].replace(mark, ".")) for row in rows] == CLOSES
    assert all(row["rate"].count(mark) == 1 for row in rows if row["rate"] != "4200")
    assert [row["reported_text"] for row in rows] == ["0%", "-0%", "", "0.35%", "0%", "0.02%"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--locale", "xx"], "unknown locale 'xx'; use one such as ru"),
        (["--locale", ""], "unknown locale ''"),
        (["--locale", "../../etc"], "unknown locale"),
        (["--locale", "ru", "--format", "json"], "--locale: json has the same numbers in every language"),
    ],
)
def test_an_impossible_locale_is_one_line(fxtrack: InProcess, arguments: list[str], words: str) -> None:
    code, out, err = fxtrack("export", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err


def test_hledger_reads_back_every_price(exported: Callable[[str], Path]) -> None:
    hledger = program("hledger")
    found = output_of(hledger, "-f", "-", "prices", stdin=exported("hledger").read_text())
    assert directives(r"P (\S+) (\w+) ([\d.,]+) (\w+)", found) == PRICES


@pytest.mark.parametrize("command", ["prices", "pricedb"])
def test_ledger_reads_back_every_price(exported: Callable[[str], Path], tmp_path: Path, command: str) -> None:
    ledger = program("ledger")
    path = exported("ledger")
    assert output_of(ledger, "--file", path, "balance") == ""
    journal = tmp_path / "journal"  # ledger lists prices of commodities that a journal uses
    postings = "".join(f"    Assets:{name}    1 {name}\n" for name in COMMODITIES)
    journal.write_text(f"2025-12-01 Opening\n{postings}    Equity\n")
    found = output_of(ledger, "--file", journal, "--price-db", path, command)
    rows = re.findall(r"(\d{4})/(\d\d)/(\d\d)(?: 00:00:00)? (\w+) +([A-Z]+) ?([\d.,]+)", found)
    prices = {(f"{y}-{m}-{d}", f"{base}/{to}", Decimal(rate.replace(",", ""))) for y, m, d, base, to, rate in rows}
    assert prices == PRICES


def test_beancount_reads_back_every_price(exported: Callable[[str], Path]) -> None:
    loader = pytest.importorskip("beancount.loader", reason="beancount is not installed")
    path = exported("beancount")
    assert output_of(program("bean-check"), path) == ""
    entries, errors, _ = loader.load_file(str(path))
    assert errors == []
    assert {(str(e.date), f"{e.currency}/{e.amount.currency}", e.amount.number) for e in entries} == PRICES
    texts = directives(r"(\S+) price (\w+) +([\d.,]+) (\w+)", path.read_text())
    assert texts == PRICES


def directives(pattern: str, text: str) -> set[tuple[str, str, Decimal]]:
    return {
        (date, f"{base}/{counter}", Decimal(rate.replace(",", "")))
        for date, base, rate, counter in re.findall(pattern, text)
    }


@pytest.mark.few(1)
@pytest.mark.parametrize("form", ["csv", "parquet", "beancount"])
def test_standard_output_gets_the_same_bytes_as_a_file(
    known: Project, exported: Callable[[str], Path], form: str
) -> None:
    content = exported(form).read_bytes()
    for dash in ([], ["--output", "-"]):
        command = [sys.executable, "-m", "fxtrack", "--config", str(known.root / "config.toml"), "export"]
        done = subprocess.run([*command, "--format", form, *dash], capture_output=True, timeout=60, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, content, b"")


def test_conditions_choose_pairs_and_dates(fxtrack: InProcess) -> None:
    code, out, _ = fxtrack(
        "export", "--format", "ledger", "--pair", "xau-usd", "--from", "2025-12-12", "--to", "2025-12-12"
    )
    assert (code, out.splitlines()[2:]) == (0, ["P 2025-12-12 XAU 4200 USD"])
    assert out.splitlines()[1].startswith("; fxtrack-stamp: {")
    assert fxtrack("export", "--from", "2026-01-01")[0] == 3
    assert fxtrack("export", "--pair", "ABC/USD")[0] == 3


def test_output_is_written_whole_or_not_at_all(known: Project, tmp_path: Path) -> None:
    target = tmp_path / "closes.csv"
    target.write_text("what was there")
    export = [sys.executable, "-m", "fxtrack", "--config", str(known.root / "config.toml"), "export", "-o", str(target)]
    # the limit on the size of files is 0 bytes
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *export],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "cannot be written: File too large" in done.stderr
    assert target.read_text() == "what was there"
    assert os.listdir(tmp_path) == ["closes.csv"]
    assert subprocess.run(export, capture_output=True, check=False).returncode == 0
    assert target.read_text().count("\n") == 7


@pytest.mark.parametrize("path", ["file/closes.csv", "file/", "missing/closes.csv", "missing/deeper/closes.csv"])
def test_output_to_an_impossible_place_is_one_line_and_makes_no_folder(
    fxtrack: InProcess, tmp_path: Path, path: str
) -> None:
    (tmp_path / "file").write_text("")
    code, out, err = fxtrack("export", "--output", f"{tmp_path}/{path}")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "cannot be" in err
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(("folder", "form"), [(".", "csv"), ("asked/for/", "json")])
def test_output_to_a_folder_is_a_file_named_for_its_format(
    fxtrack: InProcess, tmp_path: Path, folder: str, form: str
) -> None:
    code, out, err = fxtrack("export", "--format", form, "--output", f"{tmp_path}/{folder}")
    path = tmp_path / folder / f"closes.{form}"
    assert (code, out, err) == (0, "", f"{path}: 6 closes\n")
    assert path.read_text() == fxtrack("export", "--format", form)[1]


def test_the_name_of_the_output_chooses_the_format_and_cannot_contradict_it(fxtrack: InProcess, tmp_path: Path) -> None:
    assert fxtrack("export", "-o", str(tmp_path / "a.json"))[0] == 0
    assert len(json.loads((tmp_path / "a.json").read_text())) == 6
    assert fxtrack("export", "--format", "csv", "-o", str(tmp_path / "prices.txt"))[0] == 0
    for arguments, words in (
        (["-o", "prices.txt"], "'txt' is not a format; use csv, json,"),
        (["-o", "prices.json", "--format", "csv"], "the name says json, --format says csv"),
    ):
        code, out, err = fxtrack("export", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert words in err


def test_prices_of_two_sources_are_not_mixed(project: Project, in_process: InProcess) -> None:
    for name in ("one", "two"):
        write_pages(project, f"{name}/")
    project.configure(
        '[[sources]]\nname = "one"\npaths = ["pages/one/*"]\n[[sources]]\nname = "two"\npaths = ["pages/two/*"]\n'
    )
    assert in_process("ingest")[0] == 0
    for form in ("ledger", "hledger", "beancount"):
        code, out, err = in_process("export", "--format", form)
        assert (code, out, err.count("\n"), "one, two with --source" in err) == (2, "", 1, True)
        code, out, err = in_process("export", "--format", form, "--source", "two")
        assert (code, out.count("\n"), err) == (0, 8, "")  # two comments and six prices
    assert in_process("export", "--format", "csv")[1].count("\n") == 13
    assert "one, two" in in_process("export", "--source", "three")[2]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM captures",
        "CREATE TABLE mine AS SELECT 1",
        "UPDATE store_info SET generation = 0",
        "FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
        "FROM read_text('/etc/passwd')",
        "FROM glob('/etc/*')",
        "FROM sniff_csv('/etc/passwd')",
        "COPY captures TO '/tmp/fxtrack-test-must-not-be-written'",
        "EXPORT DATABASE '/tmp/fxtrack-test-must-not-be-written'",
        "ATTACH '/tmp/fxtrack-test-must-not-be-written'",
        "ATTACH ':memory:' AS more",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET enable_external_access",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT 1; DELETE FROM captures",
        "SELEC 1",
        "SELECT 1 WHERE",
        "SELECT 'x'::INTEGER",
        " ",
    ],
)
def test_sql_refuses_statements_that_do_not_read(known: Project, fxtrack: InProcess, query: str) -> None:
    before = known.config.database.read_bytes()
    code, out, err = fxtrack("sql", query)
    message, *excerpt = err.splitlines()
    assert (code, out, bool(message)) == (2, "", True)
    assert not excerpt or (len(excerpt), set(excerpt[1].strip())) == (2, {"^"})
    assert not Path("/tmp/fxtrack-test-must-not-be-written").exists()  # noqa: S108
    assert known.config.database.read_bytes() == before


def test_sql_prints_json_and_csv_without_loss(fxtrack: InProcess) -> None:
    query = (
        "SELECT 1.50::DECIMAL(9, 2) AS d, NULL AS n, true AS b, DATE '2025-12-12' AS day, "
        "170141183460469231731 AS big, TIMESTAMP '2025-12-12 01:02:03' AS t, [0.10::DECIMAL(3, 2)] AS l, 'a,\"b' AS s"
    )
    rows = json.loads(fxtrack("sql", "--json", query)[1])
    assert rows == [
        {"d": "1.50", "n": None, "b": True, "day": "2025-12-12", "big": 170141183460469231731,
         "t": "2025-12-12T01:02:03", "l": ["0.10"], "s": 'a,"b'}
    ]  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(fxtrack("sql", "--csv", query)[1]))
    assert (row["d"], row["n"], row["day"], row["big"], row["s"]) == (
        "1.50", "", "2025-12-12", "170141183460469231731", 'a,"b',
    )  # fmt: skip


def test_sql_shows_rates_in_a_table_as_the_pages_print_them(fxtrack: InProcess) -> None:
    for view in ("latest", "daily", "deltas", "quotes"):
        code, out, _ = fxtrack("sql", f"SELECT page_date, pair, rate, rate_decimals FROM {view} ORDER BY ALL")
        shown = [tuple(line.split()[:3]) for line in out.splitlines()[1:]]
        assert code == 0
        assert shown == (CLOSES if view != "latest" else [close for close in CLOSES if close[0] == "2025-12-12"])
    code, out, _ = fxtrack("sql", "SELECT pair, rate FROM latest ORDER BY pair")
    values = {pair: Decimal(rate) for date, pair, rate in CLOSES if date == "2025-12-12"}
    assert {pair: Decimal(rate) for pair, rate in (line.split() for line in out.splitlines()[1:])} == values


def test_sql_can_ask_for_the_time(fxtrack: InProcess) -> None:
    code, out, err = fxtrack("sql", "--csv", "SELECT now() > started_utc AS later, now() AS time FROM runs")
    assert (code, err) == (0, "")
    assert out.splitlines()[1].startswith("True,2")


def test_sql_reads_the_query_from_standard_input(known: Project) -> None:
    command = [sys.executable, "-m", "fxtrack", "--config", str(known.root / "config.toml"), "sql", "--csv", "-"]
    out = output_of(*command, stdin="SELECT count(*) AS n\nFROM captures;\n")
    assert out == "n\n2\n"


def test_rows_keep_rates_as_strings_in_json_and_as_printed_in_csv(fxtrack: InProcess) -> None:
    assert [row["rate"] for row in json.loads(fxtrack("show", "XAU/USD", "--json")[1])] == ["4199.30", "4200"]
    assert json.loads(fxtrack("latest", "--json")[1])[1]["rate"] == "0.000080000"
    changes = json.loads(fxtrack("deltas", "--json", "--pair", "KGS/USD")[1])
    assert {type(row["change_pct"]) for row in changes} == {str, type(None)}
    assert "0.000080000" in fxtrack("latest", "--csv")[1]


@pytest.mark.parametrize("command", [["latest"], ["audit"], ["deltas"], ["coverage"], ["latest", "--json"], ["--help"]])
def test_nothing_is_coloured_off_a_terminal(known: Project, command: list[str]) -> None:
    done = known.run(*command)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr


def on_a_terminal(known: Project, command: str, **environment: str) -> str:
    """Return what a command writes to a terminal."""
    script = program("script")
    done = subprocess.run(
        [script, "-qec", f"{sys.executable} -m fxtrack --config {known.root}/config.toml {command}", "/dev/null"],
        env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", **environment},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize(("no_color", "coloured"), [("1", False), ("", True)])
def test_colour_is_for_terminals_and_no_color_turns_it_off(known: Project, no_color: str, coloured: bool) -> None:
    out = on_a_terminal(known, "deltas", NO_COLOR=no_color, COLUMNS="250")
    assert "KGS/USD" in out
    assert ("\x1b[1m" in out) == coloured
    assert ("\x1b[" in out) == coloured


@pytest.mark.parametrize("columns", ["80", "250"])
def test_a_narrow_terminal_cuts_no_value(known: Project, columns: str) -> None:
    for command in ("audit", "latest", "deltas"):
        out = on_a_terminal(known, command, NO_COLOR="1", COLUMNS=columns)
        assert "…" not in out
        assert {pair for _, pair, _ in CLOSES} <= set(out.split()), command
