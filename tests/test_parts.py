"""An archive read in sections gives what reading it from beginning to end gives, whatever is wrong with it."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from archives import NAMES, PACKINGS, Made, cut, record, response, starts
from conftest import Project, page_text

from fxtrack.ingest import split as parts_module
from fxtrack.ingest.part import Intake, Part
from fxtrack.ingest.split import parts_of, put_together
from fxtrack.ingest.worker import read_part
from fxtrack.model.page import PageFile

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ENTERED = ["plain", "gzip", "zstd"]


def came(project: Project, data: bytes, name: str, section_bytes: int | None) -> tuple[Any, int]:
    """Return the intakes of one archive, in order, and the number of parts in which it was read."""
    path = project.page(name, data)
    file = PageFile(str(path), f"pages/{name}", len(data), path.stat().st_mtime_ns)
    parted = list(parts_of([file], project.config, section_bytes))
    config = project.config

    def read(part: Part) -> Any:  # noqa: ANN401
        return read_part(part, config, NOW)

    taken, damages, passed = [], [], Counter[str]()
    ends: list[tuple[str | None, bool]] = []
    for found, intake in put_together(((part, read(part)) for part in parted), read):
        assert found == file
        assert not ends, "something came behind the end"
        taken += intake.captures
        damages += intake.damages
        passed.update(intake.skipped_records)
        ends += [(intake.refused, intake.is_stable)] if intake.ends else []
    return (taken, damages, passed, ends), len(parted)


def same(project: Project, kind: str, data: bytes, section_bytes: int) -> int:
    """Check that sections change nothing; return how many there were."""
    whole, one = came(project, data, NAMES[kind], None)
    assert one == 1
    in_sections, number = came(project, data, NAMES[kind], section_bytes)
    assert in_sections == whole
    return number


@pytest.mark.parametrize("kind", PACKINGS)
def test_a_sound_archive_in_sections(project: Project, kind: str) -> None:
    records = [response(n) if n % 3 else response(n, kind="request") for n in range(12)]
    data = PACKINGS[kind](records)
    number = same(project, kind, data, len(data) // 5)
    assert number > 3 if kind in ENTERED else number == 1


@pytest.mark.parametrize("kind", ENTERED)
@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_archive_in_sections(project: Project, kind: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- the same damages in every run
    records = [response(n) for n in range(10)]
    data, places = PACKINGS[kind](records), starts(kind, records)
    for _ in range(chance.choice([1, 1, 2, 4])):
        at = chance.choice(places) + chance.choice([-3, 0, 1, 20, 200, 700])
        how = chance.choice(["flip", "cut", "insert", "end"])
        if how == "flip":
            data = cut(data, max(0, at), 1, bytes([chance.randrange(256)]))
        elif how == "cut":
            data = cut(data, max(0, at), chance.choice([1, 50, 900, 3000]))
        elif how == "insert":
            data = cut(data, max(0, at), 0, chance.choice([b"junk" * 30, b"\0" * 512, PACKINGS[kind]([response(77)])]))
        else:
            data = data[: len(data) - chance.randrange(1, 3000)]
    for sections in (2, 3, 5, 9):
        same(project, kind, data, max(60, len(data) // sections))


@pytest.mark.parametrize("kind", ENTERED)
def test_an_archive_within_a_page_is_not_entered(project: Project, kind: str) -> None:
    """The section that begins within a page is not where the one before it ends."""
    inner = PACKINGS[kind]([response(n) for n in range(6)])
    data = PACKINGS[kind]([response(0), response(1, body=b"x" + inner), response(2), response(3)])
    for section_bytes in range(300, len(data) // 2, max(1, len(data) // 17)):
        same(project, kind, data, section_bytes)


@pytest.mark.parametrize("kind", ["plain", "zstd"])
def test_a_length_that_hides_the_begin_of_a_section(project: Project, kind: str) -> None:
    own, following = record(response(2)), record(response(3))
    length = int(own.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    wrong = own.replace(b"Content-Length: %d" % length, b"Content-Length: %d" % (length + len(following)), 1)
    data = PACKINGS[kind]([response(0), response(1), wrong, *(response(n) for n in range(3, 8))])
    for sections in range(2, 9):
        same(project, kind, data, len(data) // sections)


def test_more_records_than_are_read_of_one_archive(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fxtrack.pages.warc.WARC_RECORDS", 7)
    monkeypatch.setattr(parts_module, "WARC_RECORDS", 7)
    monkeypatch.setattr(parts_module, "_SECTION_RECORDS", 3)
    data = PACKINGS["gzip"]([response(n) for n in range(12)])
    whole, _ = came(project, data, "a.warc.gz", None)
    for sections in (5, 8, 12):  # of at most three records, as none has more than is allowed for
        in_sections, number = came(project, data, "a.warc.gz", len(data) // sections)
        assert number > 3
        assert in_sections == whole
    assert len(whole[0]) == 7


@pytest.mark.parametrize("times", [1, 2])
def test_a_section_that_the_disk_does_not_give(project: Project, times: int) -> None:
    data = PACKINGS["gzip"]([response(n) for n in range(12)])
    whole, _ = came(project, data, "a.warc.gz", None)
    path = project.root / "pages/a.warc.gz"
    file = PageFile(str(path), "pages/a.warc.gz", len(data), path.stat().st_mtime_ns)
    parts = list(parts_of([file], project.config, len(data) // 5))
    failed = Intake([], [], {}, "cannot be read: Input/output error")
    left = times

    def read(part: Part) -> Iterator[Intake]:
        nonlocal left
        intakes = list(read_part(part, project.config, NOW))
        if part.section and part.section.start >= parts[2].section.start and left:  # type: ignore[union-attr]
            left -= 1
            return iter([*intakes[:-1], failed])
        return iter(intakes)

    found = [intake for _, intake in put_together(((part, read(part)) for part in parts), read)]
    pages = [page for intake in found for page in intake.captures]
    assert [intake.ends for intake in found] == [False] * (len(found) - 1) + [True]
    if times == 1:  # it was read again, and that went well
        assert (pages, found[-1].refused) == (whole[0], None)
    else:
        assert pages == whole[0][: len(pages)]
        assert found[-1].refused == failed.refused


def test_files_and_archives_keep_their_order(project: Project) -> None:
    made: list[Made] = [response(n) for n in range(40)]
    names = ["a.txt", "b.warc.gz", "c.txt", "d.warc", "e.txt"]
    for name in names:
        packed = {"b.warc.gz": PACKINGS["gzip"](made), "d.warc": PACKINGS["plain"](made)}
        project.page(name, packed.get(name) or page_text() + name)
    files = [
        PageFile(str(p), f"pages/{p.name}", p.stat().st_size, p.stat().st_mtime_ns)
        for p in sorted((project.root / "pages").iterdir())
    ]
    parted = list(parts_of(files, project.config, 2_000))
    assert len(parted) > 8
    config = project.config
    came = list(put_together(((part, read_part(part, config, NOW)) for part in parted), lambda _part: iter(())))
    assert [file.location.removeprefix("pages/") for file, intake in came if intake.ends] == names
    assert [sum(len(i.captures) for f, i in came if f == file) for file in files] == [1, 40, 1, 40, 1]
