"""Every command that writes, with a project for it to find, and a check of what a broken-off command leaves."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archives import html, plain, response
from conftest import Project, unstamped
from faults import Ended, Faults
from promises import Shell, varied_page
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
    "run": Flow(_published, ("run",), _FEW),
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


def outputs(project: Project) -> dict[str, bytes]:
    """Return the content of the files that commands write for people."""
    files = [path for suffix in ("svg", "csv") for path in project.root.rglob(f"*.{suffix}")]
    return {str(path.relative_to(project.root)): unstamped(path.read_bytes()) for path in sorted(files)}


@dataclass
class Place:
    """The project of a flow, and what its command makes of it when nothing breaks it off."""

    flow: Flow
    template: Project
    before: list[str]
    after: list[str]
    outputs: dict[str, bytes]
    quiet: Ended

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

    def check_broken_off(self, project: Project, shell: Shell, spot: str) -> None:
        """Check that what a broken-off command leaves can be opened and has whole captures only."""
        database = project.config.database
        if database.exists():
            found = told(shell, database)
            assert found == self.before or len(self.flow.captures) > 1 or found == self.after, spot
        for file in (database, project.config.writer):
            if file.exists():
                done = shell("-readonly", "-csv", "-noheader", str(file), "-c", "SELECT count(*) FROM captures")
                assert (done.returncode, done.stderr) == (0, ""), spot
                assert file != database or int(done.stdout) in self.flow.captures, spot

    def check_next_run(self, project: Project, faults: Faults, shell: Shell, spot: str) -> None:
        """Check that the same command now ends as if none had been broken off, and leaves nothing half-written."""
        again = faults.run(project.root, *self.flow.command)
        assert again.code == 0, f"{spot} and then {again}"
        assert told(shell, project.config.database) == self.after, spot
        assert outputs(project) == self.outputs, spot
        if self.flow.command[0] == "reparse":  # it is no run where nothing is left to apply
            assert faults.run(project.root, "ingest").code == 0, spot
        assert rest(project.root) | faults.left_over() == set(), spot


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
