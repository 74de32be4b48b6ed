"""`fxtrack page`: every stored capture can be shown again, or there is one line that says why not."""

import hashlib
import subprocess
import sys

import pytest
from archives import NAMES, PACKINGS, SITE, html, members, response
from conftest import InProcess, Project, page_text


def digest(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def printed(project: Project, *arguments: str) -> bytes:
    """Run `page` and return the bytes that it prints."""
    command = [sys.executable, "-m", "fxtrack", "--config", str(project.root / "config.toml"), "page", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@pytest.mark.few(2)
@pytest.mark.parametrize("kind", PACKINGS)
def test_any_record_of_an_archive_is_printed_to_the_byte(project: Project, kind: str) -> None:
    project.page(NAMES[kind], PACKINGS[kind]([response(n) for n in range(4)]))
    assert project.run("ingest").returncode == 0
    for number in (0, 3):
        assert printed(project, digest(html(number))) == html(number)


def test_a_record_behind_a_damage_is_printed(project: Project) -> None:
    data = members([response(n) for n in range(4)])
    project.page("a.warc.gz", data[:1200] + bytes(50) + data[1250:])
    assert project.run("ingest").returncode == 1
    assert printed(project, digest(html(3))) == html(3)


def test_a_file_is_printed_to_the_byte_however_odd(project: Project) -> None:
    data = page_text().replace("\n", "\r\n").encode() + b"caf\xe9\r"
    project.page("a.txt", data)
    project.run("ingest")
    assert printed(project, digest(data)[:8]) == data


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ["a#1.txt", "b #7", "sub/dir#5/c.txt"])
def test_a_name_with_a_number_sign_is_a_name(project: Project, name: str) -> None:
    path = project.page(name, page_text() + name)
    project.run("ingest", str(path))
    assert printed(project, digest(page_text() + name)) == (page_text() + name).encode()


def test_the_text_is_what_the_ticker_was_read_from(project: Project, in_process: InProcess) -> None:
    project.page("a.html", html(1))
    in_process("ingest")
    code, out, err = in_process("page", digest(html(1)), "--text")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[1:3] == ["KGS/USD = 0.01144 0%", "KZT/USD = 0.00192 -0%"]
    assert "12 December 2025" in lines
    assert "<" not in out


def test_the_text_saved_as_a_page_shows_the_same_snapshot(project: Project, in_process: InProcess) -> None:
    project.page("a.html", html(1))
    in_process("ingest")
    project.page("b.txt", in_process("page", digest(html(1)), "--text")[1])
    in_process("ingest")
    query = "SELECT count(*), count(DISTINCT snapshot_id) FROM captures"
    assert in_process("sql", query, "--csv")[1].splitlines()[1] == "2,1"


def test_the_info_says_where_a_capture_comes_from(project: Project, in_process: InProcess) -> None:
    project.page("a.warc.gz", members([response(1)]))
    in_process("ingest")
    code, out, err = in_process("page", digest(html(1))[:6].upper(), "--info")
    assert (code, err) == (0, "")
    told = dict(line.split("  ", 1) for line in out.splitlines())
    told = {name: value.strip() for name, value in told.items()}
    assert told["location"] == "pages/a.warc.gz#0"
    assert told["uri"] == f"{SITE}/page/1"
    assert told["captured utc"] == "2025-12-12 10:00:00"
    assert (told["page date"], told["outcome"]) == ("2025-12-12", "ok")


def test_a_snapshot_stands_for_its_earliest_capture(project: Project, in_process: InProcess) -> None:
    late, early = response(1, date="2025-12-12T11:00:00Z"), response(2, date="2025-12-12T09:00:00Z")
    project.page("a.warc.gz", members([late, early]))
    in_process("ingest")
    snapshot = in_process("sql", "SELECT DISTINCT snapshot_id FROM captures", "--csv")[1].splitlines()[1]
    assert printed(project, snapshot) == html(2)


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("12345", 2, "at least 6 hex digits"), ("xyzxyz", 2, "'xyzxyz' is no id"), ("", 2, "'' is no id"),
        ("%%%%%%", 2, "is no id"), ("0123456789", 3, "no capture or snapshot begins with 0123456789"),
    ],
)  # fmt: skip
def test_an_id_that_names_nothing_is_one_line(
    project: Project, in_process: InProcess, name: str, code: int, words: str
) -> None:
    project.page("a.txt")
    in_process("ingest")
    found, out, err = in_process("page", name)
    assert (found, out) == (code, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_an_id_that_may_mean_several_names_them(project: Project, in_process: InProcess) -> None:
    texts: dict[str, str] = {}
    number = 0
    while True:  # two pages whose digests begin alike
        text = f"Page {number}\n"
        start = digest(text)[:6]
        if start in texts:
            break
        texts[start] = text
        number += 1
    project.page("a.txt", text)
    project.page("b.txt", texts[start])
    in_process("ingest")
    code, out, err = in_process("page", start)
    assert (code, out) == (2, "")
    assert all(name in err for name in (digest(text), digest(texts[start])))
    assert printed(project, digest(text)) == text.encode()


@pytest.mark.few(4)
@pytest.mark.parametrize("change", ["gone", "other content", "cut", "other archive"])
@pytest.mark.parametrize("name", ["a.txt", "a.warc.gz"])
def test_a_page_that_is_not_there_any_more_is_one_line_that_says_so(
    project: Project, in_process: InProcess, name: str, change: str
) -> None:
    data = page_text().encode() if name == "a.txt" else members([response(0), response(1)])
    wanted = digest(page_text()) if name == "a.txt" else digest(html(1))
    path = project.page(name, data)
    in_process("ingest")
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"other content": data[:-1] + b"x", "cut": data[:-200], "other archive": members([response(9)] * 3)}[change]
        )
    if (name, change) == ("a.warc.gz", "other content"):
        return  # the last byte of a gzip member is no part of a page
    code, out, err = in_process("page", wanted)
    assert (code, out) == (1, "")
    assert err.startswith("fxtrack: pages/" + name)
    assert len(err.splitlines()) == 1


def test_without_a_database_there_is_nothing_to_show(in_process: InProcess) -> None:
    assert in_process("page", "0123456789")[0] == 3
