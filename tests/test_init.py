"""`fxtrack init`: a project for pages of one's own, whole or not at all, and never over anything that is there."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import page_text
from loopback import Site, page, says

from fxtrack.cli.main import main

Init = Callable[..., tuple[int, str, str]]
ROWS = "Rates of 05.12.2025\nUSD / KZT 505.02\nEUR / KZT 587.30\nRUB / KZT 6.5188\nCNY / KZT 71.41\n"
SHOWS = {"USD/KZT": "505.02", "EUR/KZT": "587.30", "RUB/KZT": "6.5188", "CNY/KZT": "71.41"}


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Init:
    """Run a command for the project in `new`, in this process."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["--config", str(tmp_path / "new" / "config.toml"), *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def config_of(tmp_path: Path) -> dict[str, Any]:
    return tomllib.loads((tmp_path / "new" / "config.toml").read_text("utf-8"))


def stored(command: Init) -> dict[str, str]:
    """Take the pages in and return the rates that are stored."""
    assert command("ingest")[0] == 0
    code, out, _ = command("sql", "SELECT pair, rate_text, page_date FROM quotes", "--csv")
    assert code == 0
    rows = [line.split(",") for line in out.splitlines()[1:]]
    assert {row[2] for row in rows} <= {"2025-12-05", "2025-12-12"}
    return {pair: rate for pair, rate, _ in rows}


def test_a_new_project_is_valid_and_says_what_comes_next(tmp_path: Path, command: Init) -> None:
    code, out, err = command("init")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith("next: put captured pages into pages")
    assert (tmp_path / "new" / "pages").is_dir()
    code, out, err = command("config", "check")
    assert (code, err) == (0, "")


def test_a_page_is_copied_and_read_by_the_entry_that_is_written(tmp_path: Path, command: Init) -> None:
    (tmp_path / "rates-2025-12-05.txt").write_text(ROWS)
    assert command("init", str(tmp_path / "rates-2025-12-05.txt"))[0] == 0
    assert (tmp_path / "new" / "pages" / "rates-2025-12-05.txt").read_text() == ROWS
    assert stored(command) == SHOWS
    later = ROWS.replace("05.12", "12.12").replace("505.02", "506.10")
    (tmp_path / "new" / "pages" / "rates-2025-12-12.txt").write_text(later)
    command("ingest")
    assert command("sql", "SELECT count(*) FROM quotes", "--csv")[1].splitlines()[1] == "8"


def test_a_folder_of_pages_stays_where_it_is(tmp_path: Path, command: Init) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    (folder / "a.txt").write_text("Nothing here.\n")
    (folder / "b.txt").write_text(page_text())
    assert command("init", str(folder))[0] == 0
    assert config_of(tmp_path)["paths"]["pages"] == str(folder)
    assert sorted(os.listdir(tmp_path / "new")) == ["config.toml"]
    assert len(stored(command)) == 5


def test_a_currency_that_the_page_does_not_name_is_asked_for(tmp_path: Path, command: Init) -> None:
    (tmp_path / "board.txt").write_text("05.12.2025\nUSD 505.02\nEUR 587.30\nRUB 6.5188\n")
    code, out, _ = command("init", str(tmp_path / "board.txt"))
    assert code == 0
    assert "in place of XXX" in out
    code, _, err = command("config", "check")
    assert code == 2
    assert err.count("\n") == 1
    assert "counter: XXX stands in place of a currency" in err
    config = tmp_path / "new" / "config.toml"
    config.write_text(config.read_text("utf-8").replace("XXX", "KZT"), "utf-8")
    assert stored(command) == {"USD/KZT": "505.02", "EUR/KZT": "587.30", "RUB/KZT": "6.5188"}


def test_nothing_is_overwritten(tmp_path: Path, command: Init) -> None:
    assert command("init")[0] == 0
    (tmp_path / "new" / "config.toml").write_text("# mine\n")
    code, out, err = command("init")
    assert (code, out) == (2, "")
    assert "already there" in err
    assert (tmp_path / "new" / "config.toml").read_text() == "# mine\n"
    (tmp_path / "new" / "config.toml").unlink()
    (tmp_path / "new" / "pages" / "rates.txt").write_text("mine")
    (tmp_path / "rates.txt").write_text(ROWS)
    code, out, err = command("init", str(tmp_path / "rates.txt"))
    assert (code, out) == (2, "")
    assert (tmp_path / "new" / "pages" / "rates.txt").read_text() == "mine"
    assert not (tmp_path / "new" / "config.toml").exists()


@pytest.mark.parametrize(
    ("sample", "code"),
    [("empty.txt", 3), ("missing.txt", 1), ("ftp://example.org/", 2), ("https://", 2)],
)
def test_what_cannot_be_used_is_one_line_and_leaves_nothing(
    tmp_path: Path, command: Init, sample: str, code: int
) -> None:
    (tmp_path / "empty.txt").write_text("Nothing to see.\n")
    found, out, err = command("init", sample if "://" in sample else str(tmp_path / sample))
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert not (tmp_path / "new").exists()


def test_a_url_is_only_written_down_without_a_contact(tmp_path: Path, command: Init, site: Site) -> None:
    code, out, _ = command("init", f"{site.base}/")
    assert code == 0
    assert site.asked == []
    assert config_of(tmp_path)["sources"][0]["url"] == f"{site.base}/"
    assert "set fetch.contact" in out


def test_a_url_is_fetched_politely_and_read_by_the_entry(tmp_path: Path, command: Init, site: Site) -> None:
    site.does["/"] = says(200, f"<html><body><pre>{ROWS}</pre></body></html>".encode(), Content_Type="text/html")
    code, _, err = command("init", f"{site.base}/", "--contact", "ops@example.org")
    assert (code, err) == (0, "")
    assert [asked.path for asked in site.asked] == ["/robots.txt", "/"]
    assert "ops@example.org" in site.asked[1].headers["user-agent"]
    assert config_of(tmp_path)["fetch"]["contact"] == "ops@example.org"
    assert command("fetch")[0] == 0
    rows = command("sql", "SELECT pair, rate_text FROM quotes", "--csv")[1].splitlines()[1:]
    assert dict(row.split(",") for row in rows) == SHOWS


def test_a_url_that_forbids_or_fails_leaves_nothing(tmp_path: Path, command: Init, site: Site) -> None:
    site.does["/"] = says(200, page(), Content_Type="text/html")
    site.does["/robots.txt"] = says(200, b"User-agent: *\nDisallow: /\n")
    for url in (f"{site.base}/", f"{site.base}/gone"):
        code, out, err = command("init", url, "--contact", "ops@example.org")
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert not (tmp_path / "new").exists()
