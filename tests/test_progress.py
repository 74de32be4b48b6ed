"""A terminal shows the progress of long work; nothing appears anywhere else."""

import os
import pty
import re
import subprocess
import sys

import pytest
from conftest import Project, page_text

from fxtrack.model.run import Progress


@pytest.fixture
def waiting(project: Project) -> Project:
    """A project with forty pages that are taken in five at a time."""
    project.configure('[ingest]\nbatch_pages = 5\n[[sources]]\nname = "site"\n')
    for n in range(40):
        project.page(f"{n:02}.txt", page_text((("KGS/USD", f"0.01{n:03}", "0%"),), "08 December 2025", 4))
    return project


def seen(project: Project, *command: str) -> tuple[str, str]:
    """Run a command with stderr on a real terminal and stdout on a pipe; return what came to each."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml"), *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "150"},
    )  # fmt: skip
    os.close(slave)
    drawn = b""
    try:
        while chunk := os.read(master, 65536):
            drawn += chunk
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(master)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, drawn
    return out.decode(), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode())


@pytest.mark.parametrize("command", ["ingest", "run"])
def test_an_ingest_shows_pages_their_rate_and_bytes(waiting: Project, command: str) -> None:
    out, drawn = seen(waiting, command)
    assert out.startswith("40 pages: 40 new")
    assert "40 pages, 40 new" in drawn
    assert re.search(r"\d pages/s", drawn)
    size = sum(path.stat().st_size for path in waiting.config.pages.iterdir())
    assert f"{size / 1000:.1f} kB/{size / 1000:.1f} kB" in drawn
    assert re.search(r"\d:\d\d:\d\d", drawn)


@pytest.mark.few(2)
@pytest.mark.parametrize("command", [["verify"], ["reparse"], ["backup"], ["chart", "--kind", "trend"]])
def test_what_may_take_long_says_what_it_does(waiting: Project, command: list[str]) -> None:
    assert waiting.run("ingest").returncode == 0
    out, drawn = seen(waiting, *command)
    assert re.search("reading pages|copying the database|drawing|pages read again|pages checked", drawn)
    if command[0] == "chart":
        assert out.endswith(".png\n")


@pytest.mark.few(1)
@pytest.mark.parametrize("command", [["run"], ["ingest"], ["verify"], ["backup"], ["chart", "--kind", "trend"]])
def test_nothing_is_drawn_where_no_terminal_is(waiting: Project, command: list[str]) -> None:
    if command not in (["run"], ["ingest"]):
        assert waiting.run("ingest").returncode == 0
    assert waiting.run(*command).stderr == ""


def test_progress_counts_bytes_to_the_end(waiting: Project) -> None:
    import datetime as dt

    from fxtrack.model.run import Run
    from fxtrack.pipeline import run_pass

    told: list[Progress] = []
    run_pass(waiting.config, Run("ingest", dt.datetime.now(dt.UTC)), [waiting.config.pages], told.append)
    assert [p.pages for p in told] == [p.new for p in told] == list(range(5, 45, 5))
    assert [p.done_bytes for p in told] == sorted({p.done_bytes for p in told})
    assert told[-1].done_bytes == told[-1].total_bytes == told[0].total_bytes
