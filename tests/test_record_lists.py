"""Lists of records: only what an index names is read of archives, and it gives the rows of reading them whole."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest
from archives import NAMES, PACKINGS, cut, response, starts
from clusters import age, everything
from conftest import ROOT, Project

from fxtrack.collect.archives.listed import Listed
from fxtrack.collect.archives.record_list import records_in
from fxtrack.errors import PageError
from fxtrack.limits import LIST_LINE_BYTES
from fxtrack.store.database.opening import connect_reader

SETTINGS = '[[sources]]\nname = "site"\nurls = ["timesca.com"]\n'
RECORDS = [
    *(response(number) for number in range(6)),
    response(kind="request"),
    response(99, uri="https://elsewhere.example/"),
]
INDEXER = ROOT / ".venv" / "pywb" / "bin" / "cdx-indexer"


def line(name: str, offset: int, **changes: object) -> str:
    """Return a line of CDXJ as Common Crawl writes it: all values as text."""
    row = {"url": "https://timesca.com/", "mime": "text/html", "filename": name, "offset": str(offset), **changes}
    return f"com,timesca)/ 20251212100000 {json.dumps(row)}\n"


def crawl(root: Path) -> Project:
    """Return a project with the same pages in an archive of each packing."""
    root.mkdir(parents=True)
    project = Project(root)
    project.configure(SETTINGS)
    for packing, name in NAMES.items():
        project.page(f"crawl/{packing}/{name}", PACKINGS[packing](RECORDS))
    age(project)
    return project


def extract(project: Project, lines: str | bytes, folder: str = "pages/crawl", code: int = 0) -> tuple[str, str]:
    """Extract the records of a list, and return what was printed."""
    (project.root / "list").write_bytes(lines if isinstance(lines, bytes) else lines.encode())
    done = project.run(
        "extract", "--records", f"{project.root}/list", f"{project.root}/{folder}", "--to", parts(project)
    )
    assert (done.returncode, "unexpected" in done.stderr) == (code, False), done.stderr
    return done.stdout, done.stderr


def parts(project: Project) -> str:
    return str(project.root / "parts")


def locations(project: Project, rows: str = "captures") -> list[str]:
    with connect_reader(project.config.database, 10) as connection:
        return [location for (location,) in connection.execute(f"SELECT location FROM {rows} ORDER BY ALL").fetchall()]


def test_records_of_a_list_give_the_rows_of_whole_archives(tmp_path: Path) -> None:
    listed, whole = crawl(tmp_path / "listed"), crawl(tmp_path / "whole")
    lines = "".join(
        line(f"{packing}/{name}", offset) for packing, name in NAMES.items() for offset in starts(packing, RECORDS)[:6]
    )
    out, _ = extract(listed, lines)
    assert out == f"{len(NAMES)} files read, 0 known, 0 lost: {6 * len(NAMES)} pages, 0 unreadable\n"
    assert listed.run("load", parts(listed)).returncode == 0
    assert whole.run("ingest").returncode == 0
    rows, expected = everything(listed.config), everything(whole.config)
    assert len(expected["captures"]) == 6
    assert len(expected.pop("files")) == len(NAMES)
    assert rows.pop("files") == []  # an archive of which a part was read is not known as a whole
    assert rows == expected
    assert listed.run("ingest").stdout.startswith(f"{6 * len(NAMES)} pages: 0 new, {6 * len(NAMES)} known, ")


@pytest.mark.few(1)
@pytest.mark.parametrize("form", ["-j", "CDX"])
def test_lists_of_an_independent_indexer_are_read(tmp_path: Path, form: str) -> None:
    project = crawl(tmp_path / "project")
    folder = project.root / "pages" / "crawl" / "gzip"
    made = subprocess.run(
        [INDEXER, *([form] if form == "-j" else []), folder], capture_output=True, text=True, check=True
    )
    out, err = extract(project, made.stdout, "pages/crawl/gzip")
    assert "1 file read, 0 known, 0 lost: 6 pages, 0 unreadable" in out
    assert "1 of no source" in err
    assert project.run("load", parts(project)).returncode == 0
    assert locations(project) == sorted(
        f"pages/crawl/gzip/{NAMES['gzip']}#{offset}" for offset in starts("gzip", RECORDS)[:6]
    )


def test_what_is_listed_wrongly_is_named_and_costs_the_rest_nothing(tmp_path: Path) -> None:
    project = crawl(tmp_path / "project")
    name, offsets = f"gzip/{NAMES['gzip']}", starts("gzip", RECORDS)
    archive = project.root / "pages" / "crawl" / name
    archive.write_bytes(cut(archive.read_bytes(), offsets[2] + 30, 6, b"damage"))
    (project.root / "outside.warc").write_bytes(PACKINGS["plain"](RECORDS))
    (project.root / "pages" / "crawl" / "link.warc").symlink_to(project.root / "outside.warc")
    lines = [
        line(name, offsets[0]),
        line(name, offsets[0]),  # once more
        line(name, offsets[1] + 1),  # no record begins there
        line(name, offsets[2]),  # damaged
        line(name, offsets[4]),
        line(name, offsets[7], url="https://elsewhere.example/"),
        line(name, offsets[5], mime="warc/revisit"),
        line("gone.warc.gz", 0),
        line("../../outside.warc", 0),
        line("link.warc", 0),
        "no record\n",
        line(name, 10).replace('"10"', '"-10"'),
        "\n",
        "!meta {}\n",
    ]
    out, err = extract(project, gzip.compress("".join(lines).encode()), code=1)
    assert out == "1 file read, 0 known, 3 lost: 2 pages, 2 unreadable\n"
    place = f"pages/crawl/{name}"
    assert f"{place}#{offsets[1] + 1}: " in err
    assert f"{place}#{offsets[2]}: " in err
    assert "2 lines of the list left out, which name no record (url, timestamp, filename, offset): 11, 12" in err
    assert "skipped 2 archive records: 1 of no source, 1 of another kind" in err
    assert f"gone.warc.gz: lost: not found below {project.root / 'pages' / 'crawl'}" in err
    for outside in ("../../outside.warc", "link.warc"):
        assert f"{outside}: lost: a link that leads out of the pages folder" in err
    assert project.run("load", parts(project)).returncode == 1
    assert locations(project) == [f"{place}#{offsets[0]}", f"{place}#{offsets[4]}"]
    told = sorted(f"{place}#{offset}" for offset in (offsets[1] + 1, offsets[2]))
    assert locations(project, "problems WHERE problem = 'damage'") == told


@pytest.mark.slow
def test_a_longer_list_adds_to_a_shorter_one(tmp_path: Path) -> None:
    project = crawl(tmp_path / "project")
    name, offsets = f"zstd/{NAMES['zstd']}", starts("zstd", RECORDS)
    extract(project, line(name, offsets[3]))
    out, _ = extract(project, line(name, offsets[3]))
    assert out == "0 files read, 1 known, 0 lost: 0 pages, 0 unreadable\n"
    extract(project, line(name, offsets[1]) + line(name, offsets[5]))
    assert project.run("load", parts(project)).returncode == 0
    assert locations(project) == sorted(f"pages/crawl/{name}#{offsets[number]}" for number in (1, 3, 5))


def test_a_list_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    project = crawl(tmp_path / "project")
    for data, reason in (
        (b"", "names no record; it takes lines of CDXJ, of JSON, or of CDX with a header"),
        (b"some text\n" * 3, "names no record; it takes lines of CDXJ, of JSON, or of CDX with a header"),
        (b"x" * (LIST_LINE_BYTES + 1), "line 1 is longer than 65,536 bytes: not a list of records"),
        (b"\x1f\x8b\x08junk", "cannot be read: "),
    ):
        _, err = extract(project, data, code=1)
        assert err.startswith(f"fxtrack: {project.root}/list: {reason}"), err
        assert err.count("\n") == 1
    assert not (project.root / "parts").exists()


def test_a_line_of_the_greatest_length_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list"
    short = line("a.warc", 5, more="")
    path.write_text(line("a.warc", 5, more="x" * (LIST_LINE_BYTES - len(short))))
    assert path.stat().st_size == LIST_LINE_BYTES
    (record,) = records_in(path)
    assert isinstance(record, Listed)
    assert (record.filename, record.offset) == ("a.warc", 5)
    path.write_text(line("a.warc", 5, more="x" * (LIST_LINE_BYTES - len(short) + 1)))
    with pytest.raises(PageError, match="line 1 is longer"):
        list(records_in(path))
