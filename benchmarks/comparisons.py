"""The comparisons: each is a list of contenders that are measured in turn."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import pages_of, write_pages
from benchmarks.market import PAIRS, states
from benchmarks.measure import Contender
from benchmarks.pages import CAPTURES_A_STATE, PAGES_A_DAY
from benchmarks.setting import HERE, Setting, config_for, counted, extracted, stored
from benchmarks.stores import Filling, copy_store, filled_store, fxtrack_command, sources_by_path

PATTERN = r"[A-Z]{3}/[A-Z]{3} = [0-9]+\.[0-9]+( -?[0-9.]+%)?"
RG = ("rg", "--no-config", "--no-ignore")
BIG_SOURCES = 11
BIG_CAPTURES = 5
MANY_SOURCES = 20
NEW_PAGES = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """Contenders for one job, and what the job is. The first contender is fxtrack's."""

    name: str
    title: str
    contenders: tuple[Contender, ...]


def text(setting: Setting) -> Comparison:
    """Text pages in folders, into a new database."""
    tree = setting.corpus.main
    folder, truth = tree.folder, tree.truth
    lines, rates = truth.lines, (truth.lines, truth.printed.normalize())
    greps = [
        Contender(name, (*command, PATTERN, *where), prepare=lambda: folder, answer=counted, expected=lines)
        for name, command, where in (
            ("ripgrep, counting", (*RG, "-c"), (".",)),
            ("ugrep, counting", ("ugrep", "-rEc"), (".",)),
            ("git grep, counting", ("git", "grep", "--no-index", "-cE"), ("--", ".")),
            ("GNU grep, counting", ("grep", "-rEc"), (".",)),
        )
        if shutil.which(command[0])
    ]
    contenders = (
        setting.ingest("fxtrack ingest", folder, truth),
        *greps,
        Contender(
            "DuckDB read_text, stores nothing",
            setting.script("with_duckdb.py", HERE / "contenders" / "read_text.sql", folder),
            answer=extracted, expected=rates,
        ),
        Contender(
            "Polars scan_lines, stores nothing", setting.script("with_polars.py", folder),
            answer=extracted, expected=rates,
        ),
        Contender(
            "BeautifulSoup, pandas, SQLite", setting.script("with_beautifulsoup.py", folder, "quotes.sqlite"),
            prepare=lambda: setting.fresh(""), answer=extracted, expected=rates, slow=True,
        ),
    )  # fmt: skip
    return Comparison("text", f"{truth.pages:,} text pages, {truth.text_bytes / 1e6:,.0f} MB, in folders", contenders)


def archive(setting: Setting) -> Comparison:
    """The same pages as HTML responses of one archive, into a new database."""
    tree = setting.corpus.main
    file, truth = tree.archive, tree.truth
    lines = truth.lines
    contenders = (
        setting.ingest("fxtrack ingest", file, truth),
        Contender(
            "FastWARC, bare iteration", setting.script("with_fastwarc.py", file), answer=counted, expected=truth.pages
        ),
        Contender(
            "FastWARC, payloads searched", setting.script("grep_fastwarc.py", file), answer=counted, expected=lines
        ),
        Contender(
            "warcio, bare iteration", setting.script("with_warcio.py", file), answer=counted, expected=truth.pages
        ),
        *(
            Contender(name, (*command, PATTERN, str(file)), answer=counted, expected=lines)
            for name, command in (
                ("ripgrep -z, counting", (*RG, "-zc")),
                ("ugrep -z, counting", ("ugrep", "-zcE")),
                ("zgrep, counting", ("zgrep", "-cE")),
            )
            if shutil.which(command[0])
        ),
        Contender(
            "warcio, BeautifulSoup, pandas, SQLite", setting.script("with_beautifulsoup.py", file, "quotes.sqlite"),
            prepare=lambda: setting.fresh(""), answer=extracted,
            expected=(lines, truth.printed.normalize()), once=True,
        ),
    )  # fmt: skip
    size = file.stat().st_size / 1e6
    return Comparison("archive", f"{truth.pages:,} HTML responses in one .warc.gz of {size:,.0f} MB", contenders)


def adding(setting: Setting) -> Comparison:
    """A hundred new pages, published, into an empty store and into one of a million captures."""
    filling = Filling(BIG_SOURCES, setting.days, BIG_CAPTURES)
    big = filled_store(setting.cache, filling)
    new = new_pages(setting)
    captures = filling.captures_in_all

    def onto_big() -> Path:
        setting.clear()
        copy_store(big, setting.work / "run-big")
        return setting.work / "run-big"

    def outcome(offset: int) -> Callable[[str, Path | None], object]:
        return lambda output, folder: _pages_in_store(output, folder) - offset

    command = (fxtrack_command(), "--config", "config.toml", "ingest", str(new))
    return Comparison(
        "adding",
        f"{NEW_PAGES} new pages, published",
        (
            Contender(
                f"into a store of {captures:,} captures", command, prepare=onto_big, answer=outcome(captures),
                expected=NEW_PAGES,
            ),
            Contender(
                "into an empty store", command, prepare=lambda: setting.fresh(sources_by_path(BIG_SOURCES)),
                answer=outcome(0), expected=NEW_PAGES,
            ),
        ),
    )  # fmt: skip


def queries(setting: Setting) -> Comparison:
    """Commands that print, on ten years of one source and of twenty."""
    found: list[Contender] = []
    for sources in (1, MANY_SOURCES):
        home = filled_store(setting.cache, Filling(sources, setting.days))
        quotes = Filling(sources, setting.days).quotes_in_all
        prefix = (fxtrack_command(), "--config", str(home / "config.toml"))
        of = "1 source" if sources == 1 else f"{sources} sources"
        found += [
            Contender(f"latest, {of}", (*prefix, "latest"), answer=_lines, expected=PAIRS * sources + 1),
            Contender(f"deltas --csv, {of}", (*prefix, "deltas", "--csv"), answer=_lines, expected=quotes + 1),
            Contender(f"audit, {of}", (*prefix, "audit")),
            # the table of twenty sources would only measure the layout of a terminal's table
            *([Contender(f"deltas, {of}", (*prefix, "deltas"), slow=True)] if sources == 1 else []),
        ]
    found.append(Contender("--help", (fxtrack_command(), "--help")))
    return Comparison(
        "queries", f"Queries on {setting.days:,} days of five pairs and five snapshots a day", tuple(found)
    )


def again(setting: Setting) -> list[Comparison]:
    """Known trees once more, and bare listings of them."""
    comparisons = []
    for tree in setting.corpus.trees:
        home = setting.work / f"known-{tree.truth.pages}"
        command = (fxtrack_command(), "--config", "config.toml", "ingest")
        setting.fresh(config_for(tree.folder)).rename(home)
        subprocess.run(command, cwd=home, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        known = f"{tree.truth.pages:,} pages: 0 new, {tree.truth.pages:,} known"
        contenders = [
            Contender(
                "fxtrack ingest, nothing new", command, prepare=_in(home), answer=_begins(known), expected=True
            ),
            Contender(
                "Python, os.scandir and stat", setting.script("list_folder.py", tree.folder), answer=counted,
                expected=tree.truth.pages,
            ),
        ]  # fmt: skip
        if shutil.which("find"):
            find = ("find", str(tree.folder), "-type", "f", "-printf", "%s %T@\\n")
            contenders.append(Contender("find -printf '%s %T@'", find, answer=_lines, expected=tree.truth.pages))
        comparisons.append(
            Comparison(f"again {tree.truth.pages}", f"{tree.truth.pages:,} known files again", tuple(contenders))
        )
    return comparisons


def new_pages(setting: Setting) -> Path:
    """Write a hundred pages of the days that follow those of the stores."""
    folder = setting.work / "new"
    shutil.rmtree(folder, ignore_errors=True)
    days = NEW_PAGES // PAGES_A_DAY
    ticker = list(states("site-03", setting.days + days))
    first = (len(ticker) - NEW_PAGES // CAPTURES_A_STATE) * CAPTURES_A_STATE
    write_pages(folder / "site-03", "site-03", pages_of("site-03", ticker, first, NEW_PAGES))
    return folder


def _pages_in_store(output: str, folder: Path | None) -> int:
    found = stored(output, folder)
    return found[0]


def _lines(output: str, _folder: Path | None) -> int:
    return sum(1 for line in output.splitlines() if line.strip())


def _begins(text: str) -> Callable[[str, Path | None], object]:
    return lambda output, _folder: output.startswith(text)


def _in(folder: Path) -> Callable[[], Path]:
    return lambda: folder
