"""Files as pages: which ones are listed, their locations, and their bytes."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Project, page_text

from fxtrack.errors import PageError
from fxtrack.model.location import location_of, path_of, split_location
from fxtrack.model.page import PageFile
from fxtrack.pages.contents import page_at
from fxtrack.pages.discover import LEADS_OUT, OtherFile, UnreadableFile, find_pages, read_page_file

TXT = ("*.txt",)


def found(root: Path, *paths: Path, include: tuple[str, ...] = TXT) -> list[PageFile | OtherFile | UnreadableFile]:
    return list(find_pages(paths or (root,), include, root))


def pages(root: Path, *paths: Path, include: tuple[str, ...] = TXT) -> list[str]:
    return [entry.location for entry in found(root, *paths, include=include) if isinstance(entry, PageFile)]


def page_of(path: Path, size: int | None = None) -> PageFile:
    """The page as listed now, or as listed when it had another size."""
    return PageFile(str(path), path.name, path.stat().st_size if size is None else size, path.stat().st_mtime_ns)


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Drop privileges within the context: file modes do not bind the superuser."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def nested(root: Path, name: str, levels: int) -> Iterator[int]:
    """Make nested folders and yield a descriptor of the innermost; pytest cannot remove them, so this does."""
    folder = os.open(root, os.O_RDONLY)
    try:
        for _ in range(levels):
            os.mkdir(name, dir_fd=folder)
            inner = os.open(name, os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)
        subprocess.run(["rm", "-rf", str(root / name)], check=True)


def test_a_folder_is_listed_in_sorted_order_at_every_level(tmp_path: Path) -> None:
    write(tmp_path, "b/2.txt", "c.txt", "a/z.txt", "b/10.txt", "a/deeper/x.txt", "B.txt")
    assert pages(tmp_path) == ["B.txt", "a/deeper/x.txt", "a/z.txt", "b/10.txt", "b/2.txt", "c.txt"]


def test_in_a_folder_only_names_that_match_a_pattern_are_pages(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.html", "c.txt.gz", "notes/d.text", "notes/e.txt")
    assert pages(tmp_path) == ["a.txt", "notes/e.txt"]
    assert pages(tmp_path, include=("*.txt", "*.html")) == ["a.txt", "b.html", "notes/e.txt"]
    other_files = [entry.location for entry in found(tmp_path) if isinstance(entry, OtherFile)]
    assert other_files == ["b.html", "c.txt.gz", "notes/d.text"]


def test_a_file_named_itself_is_a_page_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "b.html", ".hidden", "a.txt")
    assert pages(tmp_path, tmp_path / "b.html", tmp_path / ".hidden") == ["b.html", ".hidden"]


def test_hidden_files_and_folders_are_not_seen(tmp_path: Path) -> None:
    write(tmp_path, ".a.txt", ".git/b.txt", "c.txt", "d/.e.txt", "d/.f/g.txt")
    assert [entry.location for entry in found(tmp_path)] == ["c.txt"]


def test_a_hidden_folder_that_is_named_itself_is_listed(tmp_path: Path) -> None:
    write(tmp_path, ".captures/a.txt")
    assert pages(tmp_path, tmp_path / ".captures") == [".captures/a.txt"]


@pytest.mark.parametrize("name", ["missing.txt", "missing", "there.txt/below.txt", "x" * 300])
def test_a_path_that_cannot_be_there_is_an_error_before_anything_is_listed(tmp_path: Path, name: str) -> None:
    write(tmp_path, "there.txt")
    listing = find_pages([tmp_path, tmp_path / name], TXT, tmp_path)
    with pytest.raises(PageError, match=name):
        next(iter(listing))


def test_an_empty_folder_holds_no_page(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_a_folder_with_the_name_of_a_page_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "2025.txt/a.txt")
    assert pages(tmp_path) == ["2025.txt/a.txt"]


def test_links_to_folders_are_not_followed_so_loops_end(tmp_path: Path) -> None:
    write(tmp_path, "inner/a.txt")
    (tmp_path / "inner" / "up").symlink_to(tmp_path)
    (tmp_path / "inner" / "self").symlink_to(".")
    (tmp_path / "again").symlink_to("inner")
    assert pages(tmp_path) == ["inner/a.txt"]


def test_a_link_to_a_folder_that_is_named_itself_is_listed(tmp_path: Path) -> None:
    write(tmp_path, "inner/a.txt")
    (tmp_path / "link").symlink_to("inner")
    assert pages(tmp_path, tmp_path / "link") == ["link/a.txt"]


def test_a_link_to_a_file_is_a_page(tmp_path: Path) -> None:
    write(tmp_path, "kept/a.html")
    (tmp_path / "a.txt").symlink_to("kept/a.html")
    (page,) = (entry for entry in found(tmp_path) if isinstance(entry, PageFile))
    assert (page.location, page.size) == ("a.txt", len("kept/a.html"))
    assert read_page_file(page, 100) == b"kept/a.html"


@pytest.mark.parametrize(
    ("target", "reason"), [("nowhere", "No such file"), ("x.txt", "Too many levels"), (".", "not a regular file")]
)
def test_a_link_that_leads_to_no_file_is_skipped_with_the_reason(tmp_path: Path, target: str, reason: str) -> None:
    write(tmp_path, "a.txt")
    (tmp_path / "x.txt").symlink_to(target)
    assert pages(tmp_path) == ["a.txt"]
    (skipped,) = (entry for entry in found(tmp_path) if isinstance(entry, UnreadableFile))
    assert skipped.location == "x.txt"
    assert reason in skipped.reason


@pytest.mark.usefixtures("no_hang")
def test_a_pipe_is_skipped_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert found(tmp_path) == [UnreadableFile("pipe.txt", "not a regular file")]
    assert found(tmp_path, tmp_path / "pipe.txt") == [UnreadableFile("pipe.txt", "not a regular file")]


def test_a_folder_that_cannot_be_listed_is_skipped_and_the_rest_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a/1.txt", "locked/2.txt", "z/3.txt")
    tmp_path.chmod(0o755)
    (tmp_path / "locked").chmod(0)
    monkeypatch.chdir(tmp_path)
    with unprivileged():
        entries = list(find_pages([Path()], TXT, tmp_path))
    (tmp_path / "locked").chmod(0o755)
    assert [entry.location for entry in entries] == ["a/1.txt", "locked", "z/3.txt"]
    assert entries[1] == UnreadableFile("locked", "cannot be listed: Permission denied")


def test_fifteen_hundred_folders_in_one_another_are_listed(tmp_path: Path) -> None:
    with nested(tmp_path, "d", 1500) as innermost:
        os.close(os.open("a.txt", os.O_CREAT | os.O_WRONLY, dir_fd=innermost))
        assert pages(tmp_path) == ["d/" * 1500 + "a.txt"]


def test_a_folder_too_deep_to_be_opened_is_skipped_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    name = "n" * 200
    with nested(tmp_path, name, 25) as innermost:  # 5,000 bytes, more than a path may have
        os.close(os.open("b.txt", os.O_CREAT | os.O_WRONLY, dir_fd=innermost))
        first, *others = found(tmp_path)
    assert first.location == "a.txt"
    assert [type(entry) for entry in others] == [UnreadableFile]


def test_a_location_is_relative_within_the_root_and_absolute_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "pages/a.txt")
    write(tmp_path, "elsewhere/b.txt", "rooted/c.txt")
    assert pages(root, root / "pages" / ".." / "pages") == ["pages/a.txt"]
    assert pages(root, tmp_path / "elsewhere", tmp_path / "rooted") == [
        f"{tmp_path}/elsewhere/b.txt",
        f"{tmp_path}/rooted/c.txt",
    ]


@pytest.mark.parametrize(
    ("name", "location"),
    [
        (b"caf\xe9.txt", r"caf\xe9.txt"), ("Алматы.txt".encode(), "Алматы.txt"), (b"two\nlines.txt", r"two\nlines.txt"),
        (b"red\x1b[31m.txt", r"red\x1b[31m.txt"), (b"a b.txt", "a b.txt"), (b"back\\slash.txt", r"back\slash.txt"),
        ("no\u00a0break.txt".encode(), r"no\xa0break.txt"), (rb"as\xa0it.txt", r"as\xa0it.txt"),
        (b"both\xa0" + "\u00a0".encode() + b".txt", r"both\xa0\xa0.txt"),
    ],
)  # fmt: skip
def test_a_file_of_any_name_is_read_and_called_by_one_printable_line(
    tmp_path: Path, name: bytes, location: str
) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    path.write_bytes(b"content")
    for entries in (found(tmp_path), found(tmp_path, path)):
        (page,) = entries
        assert isinstance(page, PageFile)
        assert page.location == location == location_of(str(path), tmp_path)
        assert path_of(location, tmp_path) == path
        assert read_page_file(page, 100) == b"content"


def test_the_way_back_goes_through_folders_of_any_name_in_and_outside_of_the_root(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \n"))
    folder.mkdir()
    (folder / "a\u00a0b.txt").write_bytes(b"content")
    for root in (tmp_path, folder, tmp_path / "elsewhere"):
        location = location_of(str(folder / "a\u00a0b.txt"), root)
        assert location.isprintable()
        assert path_of(location, root).read_bytes() == b"content"
    assert path_of(r"nowhere\xe9/a\n.txt", tmp_path) == tmp_path / r"nowhere\xe9" / r"a\n.txt"


def test_a_place_in_an_archive_is_told_from_a_name_with_a_number_sign(tmp_path: Path) -> None:
    (tmp_path / "a.warc#12").touch()
    named = ["a.warc", "a.warc#12", "a.warc#13", "a#b.warc", "a.warc#", "a.warc#-1", "a.warc#" + "9" * 19, "b#7#8"]
    assert [split_location(location, tmp_path) for location in named] == [
        ("a.warc", None), ("a.warc#12", None), ("a.warc", 13), ("a#b.warc", None), ("a.warc#", None),
        ("a.warc#-1", None), ("a.warc#" + "9" * 19, None), ("b#7", 8),
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [1, 1000, 100_000])
def test_a_page_of_exactly_the_limit_is_read_and_one_byte_more_is_refused(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * limit)
    assert read_page_file(page_of(path), limit) == b"x" * limit
    path.write_bytes(b"x" * (limit + 1))
    with pytest.raises(PageError, match=r"over the limit of .*ingest\.max_page_bytes"):
        read_page_file(page_of(path), limit)


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("listed", [0, 999_999])
def test_a_page_that_grew_since_it_was_listed_is_read_whole(tmp_path: Path, listed: int) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 2_000_000)
    assert len(read_page_file(page_of(path, listed), 2_000_000)) == 2_000_000


def test_a_page_that_grew_beyond_the_limit_since_it_was_listed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 101)
    with pytest.raises(PageError, match="over the limit of 100 bytes"):
        read_page_file(page_of(path, 50), 100)


@pytest.mark.parametrize("left", [0, 7])
def test_a_page_that_shrank_since_it_was_listed_is_read_as_it_is(tmp_path: Path, left: int) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * left)
    assert read_page_file(page_of(path, 5000), 10_000) == b"x" * left


@pytest.mark.parametrize(
    ("becomes", "reason"), [("nothing", "cannot be read: No such file"), ("folder", "not a regular file")]
)
def test_a_page_that_became_something_else_since_it_was_listed_is_refused(
    tmp_path: Path, becomes: str, reason: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    page = page_of(path)
    path.unlink()
    if becomes == "folder":
        path.mkdir()
    with pytest.raises(PageError, match=reason):
        read_page_file(page, 100)


@pytest.mark.usefixtures("no_hang")
def test_a_page_that_became_a_pipe_since_it_was_listed_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    os.mkfifo(path)
    with pytest.raises(PageError, match="not a regular file"):
        read_page_file(page_of(path, 10), 100)


def test_a_page_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.txt")
    (tmp_path / "a.txt").chmod(0)
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    with unprivileged(), pytest.raises(PageError, match="cannot be read: Permission denied"):
        read_page_file(page_of(Path("a.txt")), 100)


@pytest.mark.parametrize("target", ["../secret.txt", "/etc/hostname", "../pages-of-another/a.txt"])
def test_a_link_that_leads_out_of_the_folder_is_refused_unless_links_may_lead_there(
    tmp_path: Path, target: str
) -> None:
    folder = tmp_path / "pages"
    write(tmp_path, "pages/a.txt", "pages-of-another/a.txt", "secret.txt")
    (folder / "s.txt").symlink_to(target)
    assert found(tmp_path, folder)[1:] == [UnreadableFile("pages/s.txt", LEADS_OUT)]
    there = (folder / target).resolve().parent
    for allowed in (None, [there], [tmp_path / "elsewhere", there]):
        listed = list(find_pages([folder], TXT, tmp_path, allowed))
        assert [entry.location for entry in listed if isinstance(entry, PageFile)] == ["pages/a.txt", "pages/s.txt"]


def test_a_link_between_folders_of_pages_is_no_link_out_of_them(tmp_path: Path) -> None:
    write(tmp_path, "pages/one/a.txt", "pages/two/b.txt")
    (tmp_path / "pages/two/c.txt").symlink_to("../one/a.txt")
    (tmp_path / "other").symlink_to("pages")  # the folder itself may be a link
    assert pages(tmp_path, tmp_path / "other") == ["other/one/a.txt", "other/two/b.txt", "other/two/c.txt"]
    part = list(find_pages([tmp_path / "pages/two"], TXT, tmp_path, (tmp_path / "pages",)))
    assert [type(entry) for entry in part] == [PageFile, PageFile]


def test_a_file_that_a_link_in_the_pages_folder_leads_out_to_is_a_row_and_never_read(
    project: Project, in_process: Callable[..., tuple[int, str, str]]
) -> None:
    (project.root / "secret.txt").write_text(page_text())
    (project.root / "pages/s.txt").symlink_to("../secret.txt")
    code, out, err = in_process("ingest")
    assert (code, out) == (1, "1 page: 0 new, 0 known, 0 without ticker, 0 in conflict, 1 unreadable\n")
    assert err == f"fxtrack: pages/s.txt: {LEADS_OUT}\n"
    assert in_process("probe", str(project.root / "pages/s.txt"))[0] == 1
    project.configure('[ingest]\nfollow_links = true\n[[sources]]\nname = "site"\n')
    assert in_process("ingest")[0] == 0
    code, out, _ = in_process("sql", "SELECT location, outcome FROM captures", "--csv")
    assert out.splitlines()[1:] == ["pages/s.txt,ok"]


def test_a_stored_page_that_became_a_link_out_of_the_folder_is_not_read_again(
    project: Project, in_process: Callable[..., tuple[int, str, str]]
) -> None:
    page = project.page("a.txt")
    assert in_process("ingest")[0] == 0
    page.rename(project.root / "moved.txt")
    page.symlink_to("../moved.txt")
    with pytest.raises(PageError, match="leads out of the pages folder"):
        page_at("pages/a.txt", project.config)
