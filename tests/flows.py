"""Every command that writes, with a project for it to find, and a check of what a broken-off command leaves."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import duckdb
from archives import html, plain, response
from conftest import Project, Shell, page_text, unstamped
from faults import Ended, Faults
from promises import varied_page
from services import rest

CONFIG = (
    "[ingest]\nbatch_pages = 1\nprocesses = 2\n[backup]\nkeep = 1\nkeep_monthly = 0\n"
    '[[sources]]\nname = "site"\n'
)  # fmt: skip
OLD = (1, 2)
NEW = (5, 6, 7)
RECORDS = 12
BACKUP = "backups/fxtrack-20250101T000000Z.duckdb"
TOLD = (
    "FROM (SELECT * EXCLUDE (ingested_utc) FROM captures) ORDER BY ALL",
    *(
        f"FROM {table} ORDER BY ALL"
        for table in ("snapshots", "quotes", "daily", "deltas", "sources", "rounding_rules")
    ),
)
UNTIMED = "COLUMNS(lambda name: name NOT IN ('message', 'process', 'mtime_ns') AND NOT suffix(name, '_utc'))"
"""The columns of a table that the same command on the same pages fills with the same values."""

DEFINED = (
    "SELECT sql FROM duckdb_tables() ORDER BY ALL",
    "SELECT sql FROM duckdb_indexes() ORDER BY ALL",
    "SELECT sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
    "SELECT function_name, macro_definition FROM duckdb_functions() WHERE NOT internal ORDER BY ALL",
)


@dataclass(frozen=True)
class Flow:
    """A command and the project that it finds.

    Attributes:
        prepare: makes the project.
        command: the command that is broken off.
        captures: numbers of captures that the published file may hold afterwards.
    """

    prepare: Callable[[Faults, Project], None]
    command: tuple[str, ...]
    captures: frozenset[int]


def _fresh(_faults: Faults, project: Project) -> None:
    project.configure(CONFIG)
    _write(project, OLD)


def _published(faults: Faults, project: Project) -> None:
    _fresh(faults, project)
    succeed(faults, project, "ingest")


def _with_news(faults: Faults, project: Project) -> None:
    _published(faults, project)
    _write(project, NEW)


def _with_archive(faults: Faults, project: Project) -> None:
    _published(faults, project)
    # noise that does not pack, so that the file is read in sections, by several processes
    noise = [bytes((number * n * n + n) % 251 + 1 for n in range(1000)) * 450 for number in range(RECORDS)]
    pages = [response(n, body=html(n) + b"<!--" + noise[n].replace(b"-", b"+") + b"-->") for n in range(RECORDS)]
    path = project.page("a.warc", plain(pages))
    assert path.stat().st_size > 4 * 1024 * 1024


def _backed_up(faults: Faults, project: Project) -> None:
    _published(faults, project)
    succeed(faults, project, "backup")
    (backup,) = project.config.backups.glob("*.duckdb")
    backup.rename(project.root / BACKUP)
    _write(project, NEW)
    succeed(faults, project, "ingest")


def _with_one_pair(faults: Faults, project: Project) -> None:
    project.configure(CONFIG)
    for number in OLD:
        project.page(f"{number}.txt", page_text((("KGS/USD", f"0.0114{number}", None),), f"0{number} May 2025"))
    succeed(faults, project, "ingest")


def _with_parts(faults: Faults, project: Project) -> None:
    _published(faults, project)
    for number in NEW:
        (project.root / f"crawl/{number}.txt").parent.mkdir(exist_ok=True)
        (project.root / f"crawl/{number}.txt").write_text(varied_page(number), "utf-8")
    succeed(faults, project, "extract", "crawl", "--to", "parts")


def _configured_otherwise(faults: Faults, project: Project) -> None:
    _published(faults, project)
    project.configure(CONFIG + 'date_formats = ["%Y-%m-%d"]\n')


def _write(project: Project, numbers: tuple[int, ...]) -> None:
    for number in numbers:
        project.page(f"{number}.txt", varied_page(number))


def succeed(faults: Faults, project: Project, *arguments: str) -> Ended:
    """Run a command that has to succeed."""
    done = faults.run(project.root, *arguments)
    assert done.code == 0, done
    return done


_NONE, _FEW, _ALL = frozenset({0}), frozenset({len(OLD)}), frozenset({len(OLD + NEW)})
FLOWS = {
    "create": Flow(_fresh, ("ingest",), _NONE | _FEW),  # a run that failed is published without captures
    "ingest": Flow(_with_news, ("ingest",), _FEW | _ALL),
    "archive": Flow(_with_archive, ("ingest",), frozenset({len(OLD), len(OLD) + RECORDS})),
    "backup": Flow(_backed_up, ("backup",), _ALL),
    "restore": Flow(_backed_up, ("restore", BACKUP), _FEW | _ALL),
    "reparse": Flow(_configured_otherwise, ("reparse", "--apply"), _FEW),
    "load": Flow(_with_parts, ("load", "parts"), _FEW | _ALL),
    "run": Flow(_with_one_pair, ("run",), _FEW),
    "chart": Flow(_published, ("chart", "KGS/USD", "--kind", "trend", "--output", "one.svg"), _FEW),
    "export": Flow(_published, ("export", "--output", "closes.csv"), _FEW),
}
READING = {
    "verify": Flow(_published, ("verify",), _FEW),
    "latest": Flow(_published, ("latest",), _FEW),
    "deltas": Flow(_published, ("deltas", "--json"), _FEW),
    "sql": Flow(_published, ("sql", "FROM captures", "--csv"), _FEW),
}
"""Commands that only read."""


def told(shell: Shell, database: Path) -> list[str]:
    """Return everything that pages say, as a database holds it."""
    done = shell("-readonly", "-csv", str(database), *(word for query in TOLD for word in ("-c", query)))
    assert (done.returncode, done.stderr) == (0, ""), database
    return done.stdout.splitlines()


@dataclass(frozen=True)
class Held:
    """The content of a database file: a digest of all but its times, and the number of its captures."""

    digest: str
    captures: int


@cache
def _held(_content: bytes, file: Path) -> Held:
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        rows = (f"SELECT {UNTIMED} FROM {table} ORDER BY ALL" for (table,) in tables)
        seen = [connection.execute(query).fetchall() for query in (*DEFINED, *rows)]
        ((captures,),) = connection.execute("SELECT count(*) FROM captures").fetchall()
    return Held(hashlib.sha256(repr(seen).encode()).hexdigest(), captures)


def held(file: Path) -> Held | None:
    """Return what a database file holds, None where there is none."""
    log = file.with_name(f"{file.name}.wal")
    parts = [part.read_bytes() for part in (file, log) if part.is_file()]
    return _held(hashlib.sha256(b"".join(parts)).digest(), file) if file.exists() else None


def found(project: Project) -> str:
    """Return a digest of what the next command finds: names of files, and all that databases hold but for times."""
    names = sorted(re.sub(r"\d{8}T\d{6}Z", "", str(path.relative_to(project.root))) for path in project.root.rglob("*"))
    seen = [names, outputs(project), held(project.config.database), held(project.config.writer)]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def outputs(project: Project) -> dict[str, bytes]:
    """Return the content of the files that commands write for people, whichever number the folder of charts has."""
    files = [path for suffix in ("svg", "csv") for path in project.root.rglob(f"*.{suffix}")]
    named = {re.sub(r"drawn-[0-9-]+", "drawn", str(path.relative_to(project.root))): path for path in sorted(files)}
    return {name: unstamped(path.read_bytes()) for name, path in named.items()}


@dataclass
class Place:
    """The project of a flow, and what its command makes of it when nothing breaks it off.

    A command that is broken off at one of a thousand calls leaves one of a few dozen projects: what can be told of a
    published file, and what the next run makes of a project, is looked at once for each.
    """

    flow: Flow
    template: Project
    before: list[str]
    after: list[str]
    outputs: dict[str, bytes]
    quiet: Ended
    published: dict[Held | None, list[str]] = field(default_factory=dict)
    followed: set[str] = field(default_factory=set)

    @classmethod
    def make(cls, flow: Flow, faults: Faults, shell: Shell, folder: Path) -> "Place":
        """Prepare the project of a flow in a folder, and run its command once in a copy."""
        template, quiet = Project(folder / "template"), Project(folder / "quiet")
        template.root.mkdir()
        flow.prepare(faults, template)
        database = template.config.database
        before = told(shell, database) if database.exists() else []
        shutil.copytree(template.root, quiet.root, symlinks=True)
        done = succeed(faults, quiet, *flow.command)
        return cls(flow, template, before, told(shell, quiet.config.database), outputs(quiet), done)

    def copy(self, folder: Path) -> Project:
        """Return a fresh copy of the project in a folder, in place of what is there."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.template.root, folder, symlinks=True)
        return Project(folder)

    def check_broken_off(self, project: Project, shell: Shell, spot: str, unread: int = 0) -> None:
        """Check that what a broken-off command leaves can be opened, and lacks only captures of pages not read."""
        if project.config.database.exists():
            tells = self.tells(project, shell)
            assert tells == self.before or len(self.flow.captures) > 1 or tells == self.after, spot
        for file in (project.config.database, project.config.writer):
            if holds := held(file):
                whole = not self.flow.captures.isdisjoint({holds.captures, holds.captures + unread})
                assert file != project.config.database or whole, spot

    def tells(self, project: Project, shell: Shell) -> list[str]:
        """Return what `told` returns of the published file of a project, or of one that holds the same."""
        holds = held(project.config.database)
        if holds not in self.published:
            self.published[holds] = told(shell, project.config.database)
        return self.published[holds]

    def check_next_run(self, project: Project, faults: Faults, shell: Shell, spot: str) -> None:
        """Check that the same command now ends as if none had been broken off, and leaves nothing half-written."""
        finds = found(project)
        if finds in self.followed:
            return
        again = faults.run(project.root, *self.flow.command)
        assert again.code == 0, f"{spot} and then {again}"
        assert told(shell, project.config.database) == self.after, spot
        assert outputs(project) == self.outputs, spot
        if self.flow.command[0] == "reparse":  # it is no run where nothing is left to apply
            assert faults.run(project.root, "ingest").code == 0, spot
        assert rest(project.root) | faults.left_over() == set(), spot
        self.followed.add(finds)


def one_line(ended: Ended) -> None:
    """Check that a command ended in order: by a known exit code, with a line that says why."""
    assert 0 <= ended.code <= 5, ended
    assert bool(ended.err) or not ended.code, ended
    for line in ended.err.splitlines():
        assert line.startswith("fxtrack: ") or not ended.code, ended
        assert "a bug" not in line, ended


def described(ended: Ended, **more: object) -> str:
    """Return a command's end and where it was broken off, as one line."""
    return json.dumps({**more, "code": ended.code, "calls": ended.calls, "err": ended.err})
