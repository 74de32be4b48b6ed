"""Work is linear in the size of an input, also of inputs made to keep a reader busy."""

import gzip
import io

import pytest
from archives import members, plain, response

from benchmarks.doubling import MOST, READERS, ratio
from fxtrack.files import ZSTD
from fxtrack.limits import WARC_CANDIDATE_BYTES
from fxtrack.pages import decompress, warc_packing
from fxtrack.pages.warc import Damage, Record, read_records
from fxtrack.pages.warc_packing import packing_of


@pytest.mark.few(16)
@pytest.mark.parametrize("name", READERS)
def test_the_work_of_a_reader_doubles_at_most_when_its_input_does(name: str) -> None:
    found = [ratio(READERS[name], runs=2)]
    while found[-1] > MOST and len(found) < 3:  # other work on the machine may have disturbed one size
        found.append(ratio(READERS[name]))
    assert min(found) <= MOST, found


class CountedFile(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.read_bytes += len(data)
        return data


def steps(data: bytes) -> tuple[int, int]:
    """Return how many records an archive holds, and how many bytes were read of it."""
    file = CountedFile(data)
    items = list(read_records(packing_of(file, len(data)), lambda _record: 10**6))
    return sum(isinstance(item, Record) for item in items), file.read_bytes


# flags that announce a name, which ends with a zero: there is none
@pytest.mark.parametrize("magic", [b"\x1f\x8b\x08", b"\x1f\x8b\x08\x08", b"\x1f\x8b\x08\x1f"], ids=["3", "name", "all"])
def test_a_look_at_what_may_be_a_packed_record_reads_a_bounded_part(magic: bytes) -> None:
    looks = 2_000
    between = members([response(0)]) + magic * looks
    found, read = steps(between + members([response(1)]))
    assert found == 2
    # each is looked at in the search behind the damage: a few times in all, whatever lies behind it
    assert read <= 4 * looks * WARC_CANDIDATE_BYTES + 8 * decompress.CHUNK_BYTES + 4 * len(between)


@pytest.mark.parametrize("every", [10**6, 20])
def test_places_within_records_count_as_well_and_a_longer_file_may_have_more(
    monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    looks: list[int] = []

    def look(file: io.BytesIO, start: int, end: int, magic: bytes) -> bytes:
        looks.append(start)
        return decompress.beginning_of(file, start, end, magic)

    monkeypatch.setattr(warc_packing, "beginning_of", look)
    monkeypatch.setattr(warc_packing, "WARC_CANDIDATES", 50)
    monkeypatch.setattr(warc_packing, "WARC_CANDIDATE_EVERY", every)
    inner = b"\x1f\x8b\x08" * 40
    pages = [response(number, body=b"<p>" + inner) for number in range(3)]
    data = b"".join(gzip.compress(plain([one]), 0, mtime=0) for one in pages)
    items = list(read_records(packing_of(io.BytesIO(data), len(data)), lambda _record: 10**6))
    if every == 20:
        assert [type(item) for item in items] == [Record] * 3
        return
    # behind the second record no more is looked at, and that is a row
    assert [type(item) for item in items] == [Record, Record, Damage]
    assert len(looks) <= 51


@pytest.mark.parametrize("over", [0, 1])
def test_a_zstd_frame_may_have_so_many_blocks_for_its_end_to_be_found(
    monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    data = b"\x28\xb5\x2f\xfd\x00\x58" + bytes(3 * 4) + b"\x01\0\0"  # five blocks, all empty
    monkeypatch.setattr(decompress, "WARC_FRAME_BLOCKS", 5 - over)
    member = decompress.Member(io.BytesIO(data), 0, len(data), ZSTD)
    assert member.read(64) == b""
    assert member.end == (None if over else len(data))
