"""The examples run as a reader would run them: notebook, R script, dashboard and alert rules."""

import csv
import datetime as dt
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Project, page_text
from prometheus_client import generate_latest

from fxtrack.runs.facts import Facts, SourceFacts
from fxtrack.service.status.health import Environment, assess
from fxtrack.service.status.metrics import Metrics

EXAMPLES = ROOT / "examples"
NOTEBOOK = ROOT / ".venv" / "notebook" / "bin" / "python"
IN_A_KERNEL = """
import nbclient, nbformat, sys
book = nbformat.read(sys.argv[1], 4)
nbformat.validate(book)
nbclient.NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": "."}}).execute()
shown = [output for cell in book.cells for output in cell.get("outputs", [])]
print(sum("image/svg+xml" in output.get("data", {}) for output in shown), "picture of", len(shown), "outputs")
"""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with two weeks of two pairs, one of which moves where the page shows 0 %."""
    project = Project(tmp_path_factory.mktemp("examples"))
    project.configure('[[sources]]\nname = "site"\n')
    for number in range(14):
        date = f"{number + 1:02} December 2025"
        quotes = (("KGS/USD", "0.01144", "0%"), ("TJS/USD", f"0.108{66 + 2 * number}", "0%"))
        project.page(f"{number}.txt", page_text(quotes, date))
    assert project.run("ingest").returncode == 0
    return project


def cells() -> list[str]:
    book = json.loads((EXAMPLES / "rates.ipynb").read_text("utf-8"))
    assert book["nbformat"] == 4
    assert all(not cell.get("outputs") for cell in book["cells"])
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


def run(known: Project, *command: str | Path, cwd: Path = EXAMPLES) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | {"FXTRACK_CONFIG": str(known.root / "config.toml")},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_cells_of_the_notebook_run(known: Project) -> None:
    out = run(known, sys.executable, "-c", "\n".join([*cells(), "print(hidden)"]))
    assert "13 of 13 moves are sure" in out
    assert re.search(r"a chart of [0-9,]+ bytes", out)
    assert "0.0" in out.partition("hidden_move_pct")[2]


@pytest.mark.slow
def test_the_notebook_runs_in_a_kernel(known: Project) -> None:
    if not NOTEBOOK.exists():
        pytest.skip("the environment for notebooks is missing: `make test-slow` makes it")
    assert run(known, NOTEBOOK, "-c", IN_A_KERNEL, "rates.ipynb").startswith("1 picture of ")


def test_the_r_script_sums_up_and_plots_an_export(known: Project, tmp_path: Path) -> None:
    program = shutil.which("Rscript") or pytest.skip("Rscript is not installed (Debian: r-base-core)")
    assert known.run("export", "--output", str(tmp_path / "closes.csv")).returncode == 0
    out = run(known, program, EXAMPLES / "closes.R", tmp_path / "closes.csv", tmp_path / "closes.pdf", cwd=tmp_path)
    words = " ".join(out.split())
    assert "site TJS/USD 14 2025-12-01 2025-12-14 0.10866 0.10892" in words
    rows = [row for row in csv.DictReader(io.StringIO((tmp_path / "closes.csv").read_text())) if "TJS" in row["pair"]]
    low = 100 * (Fraction(rows[-1]["rate_low"]) / Fraction(rows[0]["rate_high"]) - 1)
    high = 100 * (Fraction(rows[-1]["rate_high"]) / Fraction(rows[0]["rate_low"]) - 1)
    printed = [Fraction(word) for word in re.findall(r"-?\d+\.\d+", out)]
    assert any(low - Fraction(1, 1000) <= bound <= low for bound in printed)
    assert any(high <= bound <= high + Fraction(1, 1000) for bound in printed)
    assert (tmp_path / "closes.pdf").read_bytes().startswith(b"%PDF")


def metrics(known: Project) -> set[str]:
    """Return the names of all samples that the service gives."""
    now = dt.datetime(2025, 12, 20, tzinfo=dt.UTC)
    facts = Facts(now, sources=[SourceFacts("site", dt.date(2025, 12, 14), 14)], outcomes=[("ingest", "done", 1)])
    report = assess(known.config, facts, Environment(backlog=0, free_bytes=(("db", 1),)), now)
    made = Metrics(lambda: (facts, report))
    made.duration.labels("ingest").observe(1)
    text = generate_latest(made.registry).decode()
    families = re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE)
    return {name for name, _ in families} | {f"{name}_bucket" for name, kind in families if kind == "histogram"}


def texts(value: Any, key: str) -> Iterator[str]:  # noqa: ANN401 -- any JSON
    """Yield the texts under a key, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get(key), str):
            yield value[key]
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from texts(item, key)


def test_the_dashboard_and_its_alerts_name_metrics_that_exist(known: Project) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    board = json.loads((EXAMPLES / "grafana" / "dashboard.json").read_text("utf-8"))
    alerts = yaml.safe_load((EXAMPLES / "grafana" / "alerts.yaml").read_text("utf-8"))
    exist = metrics(known)
    assert "fxtrack_rate_age_seconds" in exist
    for document in (board, alerts):
        asked = {name for expression in texts(document, "expr") for name in re.findall(r"fxtrack_\w+", expression)}
        assert asked
        assert asked <= exist
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    taken = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24
    (group,) = alerts["groups"]
    assert len({rule["uid"] for rule in group["rules"]}) == len(group["rules"]) >= 5
    for rule in group["rules"]:
        asked, judged = rule["data"]
        assert rule["condition"] == judged["refId"]
        assert judged["model"]["expression"] == asked["refId"]
