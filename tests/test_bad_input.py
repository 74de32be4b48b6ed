"""Every fault of the input is one line with the right exit code, and everything else is stored."""

import os
import random
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conftest import BLOCK, InProcess, Project, page_text

from fxtrack.cli.main import main

HOUR_AGO_NS = 3600 * 10**9
READERS = [["latest"], ["show", "KGS/USD"], ["deltas"], ["audit"], ["coverage"], ["export"], ["sql", "FROM captures"]]


def the_line(err: str) -> str:
    """Return the one line on stderr, which a person can read."""
    assert err.startswith("fxtrack: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert len(err) <= 600
    assert "a bug" not in err
    return err.removeprefix("fxtrack: ").strip()


def stored(in_process: InProcess) -> dict[str, str]:
    """Return the outcome of every capture by its location."""
    code, out, _ = in_process("sql", "SELECT location, outcome FROM captures ORDER BY ALL", "--csv")
    assert code == 0
    return dict(line.split(",") for line in out.splitlines()[1:])


def problems(in_process: InProcess) -> list[str]:
    code, out, _ = in_process("sql", "SELECT location FROM problems ORDER BY ALL", "--csv")
    assert code == 0
    return out.splitlines()[1:]


def age(path: Path) -> None:
    """Make a file an hour old, so that it counts as settled."""
    before = path.stat().st_mtime_ns - HOUR_AGO_NS
    os.utime(path, ns=(before, before))


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**30)


def unreadable(path: Path) -> None:
    if os.geteuid():
        path.write_text(page_text())
        path.chmod(0)
    elif Path("/proc/self/mem").exists():
        path.symlink_to("/proc/self/mem")  # file modes do not bind the superuser; nothing is mapped where this starts
    else:
        pytest.skip("no file here that the superuser cannot read")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a_gigabyte": (huge, "1,073,741,824 bytes, over the limit of 16,777,216 (ingest.max_page_bytes)"),
    "a_pipe": (os.mkfifo, "not a regular file"),
    "leads_nowhere": (lambda path: path.symlink_to("nowhere"), "cannot be read: No such file or directory"),
    "leads_to_itself": (lambda path: path.symlink_to(path.name), "cannot be read: Too many levels of symbolic links"),
    "not_to_be_read": (unreadable, "cannot be read: "),
}


def test_each_file_that_cannot_be_read_is_one_line_and_a_problem_and_the_others_are_stored(
    project: Project, in_process: InProcess
) -> None:
    project.configure('[ingest]\nfollow_links = true\n[[sources]]\nname = "site"\n')
    good = [project.page(name).name for name in ("a.txt", "k.txt", "z.txt")]
    for name, (make, _) in REFUSED.items():
        make(project.root / "pages" / f"{name}.txt")
    for new, known in ((3, 0), (0, 3)):
        code, out, err = in_process("ingest")
        assert (code, out) == (
            1, f"8 pages: {new} new, {known} known, 0 without ticker, 0 in conflict, 5 unreadable\n"
        )  # fmt: skip
        said = dict(line.removeprefix("fxtrack: pages/").split(".txt: ") for line in err.splitlines())
        assert said.keys() == REFUSED.keys()
        assert [name for name, (_, reason) in REFUSED.items() if not said[name].startswith(reason)] == []
    assert stored(in_process) == {f"pages/{name}": "ok" for name in good}
    assert problems(in_process) == [f"pages/{name}.txt" for name in REFUSED]


@pytest.mark.parametrize("kind", ["a_gigabyte", "a_pipe", "not_to_be_read"])
def test_one_file_that_cannot_be_read_is_enough_for_exit_code_1(
    project: Project, in_process: InProcess, kind: str
) -> None:
    REFUSED[kind][0](project.root / "pages" / "a.txt")
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "1 page: 0 new, 0 known, 0 without ticker, 0 in conflict, 1 unreadable\n")
    assert the_line(err).startswith("pages/a.txt: ")


def test_each_archive_that_cannot_be_read_is_one_line_and_the_others_are_stored(
    project: Project, in_process: InProcess
) -> None:
    names = ["b.page", "b.warc", "b.warc.gz", "b.wet.zst"]
    project.page("a.txt")
    project.configure('[ingest]\ninclude = ["*"]\nfollow_links = true\n')
    for name in names:
        unreadable(project.root / "pages" / name)
    code, _, err = in_process("ingest")
    assert code == 1
    said = [the_line(line).partition(": cannot be read: ")[0] for line in err.splitlines(keepends=True)]
    assert sorted(said) == [f"pages/{name}" for name in names]
    assert stored(in_process) == {"pages/a.txt": "ok"}
    assert problems(in_process) == [f"pages/{name}" for name in names]


@pytest.mark.parametrize(("spare", "code"), [(0, 0), (-1, 1)])
def test_a_page_may_have_exactly_as_many_bytes_as_are_configured(
    project: Project, in_process: InProcess, spare: int, code: int
) -> None:
    size = project.page("a.txt", page_text()).stat().st_size
    project.configure(f"[ingest]\nmax_page_bytes = {size + spare}\n")
    assert in_process("ingest")[0] == code
    assert stored(in_process) == ({} if code else {"pages/a.txt": "ok"})


UNSOUND: dict[str, tuple[bytes, str, str]] = {
    "blank": (b"\xef\xbb\xbf \r\n", "unreadable", "empty page"),
    "changing": (page_text().replace("0.28571", "0.28572", 1).encode(), "conflict", "TMT/USD"),
    "empty": (b"", "unreadable", "empty page"),
    "image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "unreadable", "binary data"),
    "latin": (page_text().encode() + b"caf\xe9\n", "ok", "not valid UTF-8: 1 place"),
    "latin_article": (b"caf\xe9 \xff\n", "no ticker", "not valid UTF-8: 2 place"),
    "old": (page_text(date="12 December 1925").encode(), "ok", "12 December 1925"),
    "partial": (page_text().replace("0.28571 0%", "N/A").encode(), "ok", "TMT/USD = N/A"),
    "wide": (page_text().encode("utf-16-le"), "ok", "read as utf-16-le"),
}


def test_each_page_that_is_not_sound_is_stored_for_what_it_is_with_a_word_on_why(
    project: Project, in_process: InProcess
) -> None:
    project.page("sound.txt")
    for name, (content, _, _) in UNSOUND.items():
        project.page(f"{name}.txt", content)
    code, out, err = in_process("ingest")
    assert (code, out) == (0, "10 pages: 10 new, 0 known, 1 without ticker, 1 in conflict, 3 unreadable\n")
    said = dict(line.removeprefix("fxtrack: pages/").split(".txt: ") for line in err.splitlines())
    assert said.keys() == UNSOUND.keys()
    assert [name for name, (_, _, words) in UNSOUND.items() if words not in said[name]] == []
    outcomes = {f"pages/{name}.txt": outcome for name, (_, outcome, _) in UNSOUND.items()}
    assert stored(in_process) == {**outcomes, "pages/sound.txt": "ok"}
    assert set(problems(in_process)) == outcomes.keys()


def test_a_page_without_ticker_is_an_ordinary_outcome(project: Project, in_process: InProcess) -> None:
    project.page("a.txt", "A headline\n\nOn 6 June 2024 it rose by 3%.\n")
    assert in_process("ingest") == (
        0, "1 page: 1 new, 0 known, 1 without ticker, 0 in conflict, 0 unreadable\n", ""
    )  # fmt: skip
    assert problems(in_process) == []


def test_a_page_that_no_source_claims_is_named_and_the_others_are_stored(
    project: Project, in_process: InProcess
) -> None:
    project.configure('[[sources]]\nname = "site"\npaths = ["pages/site/*"]\n')
    project.page("site/a.txt")
    project.page("other/b.txt")
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "2 pages: 1 new, 0 known, 0 without ticker, 0 in conflict, 1 unreadable\n")
    assert re.match(r"pages/other/b\.txt: no source\b", the_line(err))
    assert stored(in_process) == {"pages/site/a.txt": "ok"}


def test_random_bytes_are_all_accounted_for_and_only_the_first_are_listed(project: Project) -> None:
    chance = random.Random(20251212)  # noqa: S311 -- junk, the same in every run
    for number in range(60):
        project.page(f"junk{number}.txt", chance.randbytes(chance.randrange(1, 3000)) + b"\0")
    project.page("a.txt")
    done = project.run("ingest")
    assert (done.returncode, done.stdout) == (
        0, "61 pages: 61 new, 0 known, 0 without ticker, 0 in conflict, 60 unreadable\n"
    )  # fmt: skip
    *listed, more = done.stderr.splitlines()
    assert all(re.fullmatch(r"fxtrack: pages/junk\d+\.txt: unreadable: binary data, not text", line) for line in listed)
    assert more.startswith(f"fxtrack: and {60 - len(listed)} more; ")


@pytest.mark.parametrize("name", [b"caf\xe9.txt", b"two\nlines.txt", b"\x1b[2Jgone.txt"])
def test_no_file_name_breaks_the_line_that_names_it(project: Project, in_process: InProcess, name: bytes) -> None:
    project.page("a.txt")
    os.mkfifo(os.path.join(os.fsencode(project.root), b"pages", name))
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "2 pages: 1 new, 0 known, 0 without ticker, 0 in conflict, 1 unreadable\n")
    assert the_line(err).isprintable()
    assert the_line(err).endswith(".txt: not a regular file")


@pytest.mark.new
@pytest.mark.parametrize("path", ["nowhere", "nowhere/a.txt", "pages/a.txt/b.txt", "pages/*.txt", "x" * 300])
def test_a_path_that_is_not_there_is_named_and_nothing_is_done(
    project: Project, in_process: InProcess, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(project.root)
    project.page("a.txt")
    code, out, err = in_process("ingest", "pages", path)
    assert (code, out) == (1, "")
    assert the_line(err).startswith(f"{path}: ")
    assert not project.config.writer.exists()


@pytest.mark.new
@pytest.mark.parametrize("command", ["ingest", "run"])
def test_without_the_pages_folder_nothing_is_done(project: Project, in_process: InProcess, command: str) -> None:
    shutil.rmtree(project.root / "pages")
    code, out, err = in_process(command)
    assert (code, out) == (1, "")
    assert the_line(err) == f"{project.root}/pages: no such file or folder (paths.pages)"
    assert [path.name for path in project.root.iterdir()] == ["config.toml"]


@pytest.mark.new
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nope"], "'nope'"), (["--nope"], "'--nope'"), (["latest", "--nope"], "'--nope'"), ([], "ommand"),
        (["config", "nope"], "'nope'"), (["config"], "ommand"), (["latest", "KGS/USD"], "KGS/USD"), (["show"], "PAIR"),
        (["export", "--format", "ods"], "'ods'"), (["deltas", "--verdict", "fine"], "'fine'"),
        (["deltas", "--from", "2025-02-30"], "'2025-02-30'"), (["show", "KGS/USD", "--to", "someday"], "'someday'"),
        (["export", "--from", "12/08/2025"], "'12/08/2025'"), (["export", "--from", ""], "''"),
        (["deltas", "--from", "2025-12-02", "--to", "2025-12-01"], "2025-12-02"), (["sql", " "], "empty"),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_meant_are_one_line_and_exit_code_2(
    project: Project, in_process: InProcess, arguments: list[str], words: str
) -> None:
    code, out, err = in_process(*arguments)
    assert (code, out) == (2, "")
    assert words in the_line(err)
    assert not (project.root / "db").exists()


def test_the_bare_command_prints_its_help_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines() if line.startswith("  latest")] == [
        "latest"
    ]


@pytest.mark.new
@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_without_a_database_there_is_nothing_to_find(
    project: Project, in_process: InProcess, command: list[str]
) -> None:
    code, out, err = in_process(*command)
    assert (code, out) == (3, "")
    assert the_line(err).startswith(f"{project.config.database}: no database yet")
    assert not project.config.database.parent.exists()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a database of one page, by what the page says."""

    @cache
    def make(content: str) -> Path:
        project = Project(tmp_path_factory.mktemp("made"))
        project.configure('[[sources]]\nname = "site"\n')
        project.page("a.txt", content)
        assert project.run("ingest").returncode == 0
        return project.config.database.parent

    return make


@pytest.mark.few(3)
@pytest.mark.new
@pytest.mark.parametrize("command", [command for command in READERS if command[0] != "sql"], ids=" ".join)
def test_a_database_without_a_dated_page_answers_nothing_found(
    project: Project, in_process: InProcess, made: Callable[[str], Path], command: list[str]
) -> None:
    shutil.copytree(made("A headline\n"), project.config.database.parent, symlinks=True)
    code, out, err = in_process(*command)
    assert (code, out) == (3, "")
    assert the_line(err)


@pytest.mark.few(4)
@pytest.mark.new
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "XAU/USD"], ["'XAU/USD'", *(pair for pair, _, _ in BLOCK)]),
        (["latest", "--pair", "KGS"], ["'KGS'", "KGS/USD"]),
        (["export", "--pair", "USD/KGG"], ["'USD/KGG'", "KGS/USD"]),
        (["deltas", "--source", "elsewhere"], ["'elsewhere'", "site"]),
        (["show", "KGS/USD", "--from", "2025-12-13"], ["2025-12-12"]),
        (["export", "--to", "2025-12-11"], ["2025-12-12"]),
        (["coverage", "--to", "2025-12-11"], ["2025-12-12"]),
    ],
)
def test_a_question_without_an_answer_says_what_there_is(
    project: Project, in_process: InProcess, made: Callable[[str], Path], arguments: list[str], words: list[str]
) -> None:
    shutil.copytree(made(page_text()), project.config.database.parent, symlinks=True)
    code, out, err = in_process(*arguments)
    assert (code, out) == (3, "")
    assert [word for word in words if word not in the_line(err)] == []


@pytest.mark.new
@pytest.mark.parametrize("query", ["SELEC 1", "FROM nowhere", "SELECT 1; oops", "FROM read_text('/etc/passwd')"])
def test_a_query_that_is_refused_is_one_line_and_its_place_and_exit_code_2(
    project: Project, in_process: InProcess, made: Callable[[str], Path], query: str
) -> None:
    shutil.copytree(made(page_text()), project.config.database.parent, symlinks=True)
    code, out, err = in_process("sql", query)
    assert (code, out) == (2, "")
    message, *excerpt = err.splitlines(keepends=True)
    assert the_line(message).startswith("the query was refused: ")
    assert not excerpt or (len(excerpt), set(excerpt[1].strip())) == (2, {"^"})


@pytest.mark.new
@pytest.mark.parametrize(
    "command", [["ingest"], ["run"], ["config", "check"], ["config", "show"], *READERS], ids=" ".join
)
@pytest.mark.parametrize("kind", ["missing", "wrong key", "not TOML", "a folder"])
def test_without_a_usable_configuration_no_command_starts(
    project: Project, in_process: InProcess, command: list[str], kind: str
) -> None:
    file = project.root / "config.toml"
    file.unlink()
    if kind == "a folder":
        file.mkdir()
    elif kind != "missing":
        file.write_text("[ingest]\ninclud = ['*.txt']\n" if kind == "wrong key" else "[ingest\n")
    code, out, err = in_process(*command)
    assert (code, out) == (2, "")
    assert the_line(err).startswith(str(file))
    assert not (project.root / "db").exists()


@pytest.mark.new
@pytest.mark.parametrize(
    ("place", "command"), [("database", "latest"), ("database", "ingest"), ("writer", "ingest"), ("parent", "ingest")]
)
def test_what_lies_in_the_place_of_a_database_and_is_none_is_named(
    project: Project, in_process: InProcess, place: str, command: str
) -> None:
    project.page("a.txt")
    config = project.config
    if place == "parent":
        config.writer.parent.write_text("in the way")
    else:
        (config.writer if place == "writer" else config.database).mkdir(parents=True)
    code, out, err = in_process(command)
    assert (code, out) == (1 if place == "parent" else 2, "")
    named = config.database.parent if place == "parent" else f"paths.{place}: {getattr(config, place)} is a folder"
    assert str(named) in the_line(err)


def test_a_known_page_is_not_read_again(project: Project, in_process: InProcess) -> None:
    path = project.page("a.txt", page_text())
    age(path)
    in_process("ingest")
    before = path.stat()
    path.write_text(page_text().replace("0.01144", "0.09999"))  # no capture tool does this: it shows who reads
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert in_process("ingest") == (
        0, "1 page: 0 new, 1 known, 0 without ticker, 0 in conflict, 0 unreadable\n", ""
    )  # fmt: skip
    assert "0.01144" in in_process("show", "KGS/USD")[1]


@pytest.mark.parametrize("change", ["size", "time"])
def test_a_page_that_changed_is_read_again_and_both_contents_are_kept(
    project: Project, in_process: InProcess, change: str
) -> None:
    path = project.page("a.txt", page_text())
    age(path)
    in_process("ingest")
    before = path.stat()
    path.write_text(page_text().replace("0.01144", "0.01155" if change == "time" else "0.011550"))
    if change == "size":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert in_process("ingest")[1].startswith("1 page: 1 new, 0 known, ")
    assert in_process("sql", "SELECT count(*) FROM captures", "--csv")[1].splitlines()[1] == "2"


def test_a_page_that_was_only_touched_adds_nothing(project: Project, in_process: InProcess) -> None:
    path = project.page("a.txt", page_text())
    in_process("ingest")
    published = project.config.database.read_bytes()
    age(path)
    assert in_process("ingest") == (
        0, "1 page: 0 new, 1 known, 0 without ticker, 0 in conflict, 0 unreadable\n", ""
    )  # fmt: skip
    assert project.config.database.read_bytes() == published
