"""The data contract that a plain shell sees, and ways to read it with the real shell."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from conftest import Project, Shell, page_text

PROMISED = {
    "captures": "capture_id source location uri captured_utc ingested_utc page_date date_basis snapshot_id repeats "
    "outcome detail",
    "quotes": "snapshot_id source page_date pair base counter rate rate_decimals reported_text reported_pct "
    "reported_sign captures",
    "daily": "source page_date pair rate reported_text snapshots low high",
    "deltas": "source page_date pair snapshot_id previous_date previous_rate gap_days change change_pct change_pct_low "
    "change_pct_high reported_pct discrepancy_pp base_low base_high verdict base_date",
    "audit": "source pair reports agrees agrees_earlier unexplained breaks_the_rule base_not_captured no_history "
    "not_reported smallest_report_pct largest_zero_pct",
    "latest": "source pair page_date rate",
    "coverage": "source page_date missing",
    "undated": "snapshot_id source earliest_date latest_date",
    "problems": "problem detail",
    "runs": "run_id started_utc ended_utc outcome",
}
MACROS = {
    "rate_on": "rate_on('KGS/USD', DATE '2025-12-12')",
    "cross_rate": "cross_rate('TJS', 'KGS', '2025-12-12')",
    "rate_series": "rate_series('USD/KGS')",
    "rate_changes": "rate_changes('KGS/TJS')",
    "periods": "periods('KGS/TJS', 'week')",
    "pair_gaps": "pair_gaps('USD/KGS')",
    "indexed": "indexed('KGS/USD', '2025-12-12')",
}


def ask(shell: Shell, database: Path, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query that the real shell must answer without a word on stderr."""
    done = shell("-readonly", "-json", str(database), "-c", query)
    assert (done.returncode, done.stderr) == (0, ""), query
    rows: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    return rows


def value(shell: Shell, database: Path, query: str) -> Any:  # noqa: ANN401 -- whatever was asked for
    """Return the one value of a query."""
    ((only,),) = (row.values() for row in ask(shell, database, query))
    return only


def content(shell: Shell, database: Path) -> list[str]:
    """Return every row of everything promised, less what tells of runs and of the time of ingest."""
    queries = [
        "FROM (SELECT * EXCLUDE ingested_utc FROM captures) ORDER BY ALL",
        *(f"FROM {name} ORDER BY ALL" for name in PROMISED if name not in {"captures", "runs", "problems"}),
        "FROM problems WHERE problem NOT LIKE '% run' ORDER BY ALL",
        *(f"FROM {call} ORDER BY ALL" for call in MACROS.values()),
        "FROM snapshots ORDER BY ALL",
        "FROM sources ORDER BY ALL",
        "FROM rounding_rules ORDER BY ALL",
    ]
    done = shell("-readonly", "-csv", str(database), *(word for query in queries for word in ("-c", query)))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) > len(queries)
    return lines


def varied_page(number: int) -> str:
    """Return a page that differs from that of any other number; dates, states, conflicts and empty ones all occur."""
    if number % 29 == 0:
        return f"Nothing to see on page {number}.\n"
    day = number // 4
    kgs, tjs = f"0.0{1140 + day % 7}", f"0.10{850 + (number * 7) % 40}"
    quotes = (
        ("KGS/USD", kgs, "0%"),
        ("KZT/USD", "0.00192", "-0%"),
        ("TJS/USD", tjs, "0.18%"),
        ("UZS/USD", "0.00008", "0%"),
    )
    date = (
        None
        if number % 13 == 0
        else f"{day % 28 + 1:02d} {('January', 'February', 'March', 'April', 'May')[day // 28 % 5]} 2025"
    )
    text = page_text(quotes, date, 4)
    if number % 31 == 0:
        text = text.replace(kgs, "0.01199", 1)
    return text + f"Page {number}.\n"


def start(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """Start the command in a separate process and return at once."""
    return subprocess.Popen(
        [sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml"), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def shell_program() -> Path:
    """Return the shell itself: what is on the path is a script that starts it, and a kill would miss it."""
    cli = pytest.importorskip("duckdb_cli", reason="the duckdb shell (package duckdb-cli) is not installed")
    return Path(cli.__file__).with_name("duckdb")


class Session:
    """A real shell that stays open and is talked to line by line."""

    def __init__(self, database: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [shell_program(), "-csv", "-noheader", *options, str(database)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def say(self, statement: str) -> str:
        """Return the first line that the shell answers; the statement must be one that it answers."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(statement + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def leave(self) -> str:
        """End the session as a person does and return what else it printed."""
        return self.process.communicate(".quit\n", timeout=30)[0]
