"""The real pages come out exactly as people wrote down what they show."""

import datetime as dt
from pathlib import Path

import pytest

from fxtrack.extract.text.decode import decode
from fxtrack.extract.ticker.marquee import read_ticker
from fxtrack.model.quote import Outcome, Reading

_DEC_12 = (
    "2025-12-12",
    [("KGS/USD", "0.01144", "0%"), ("KZT/USD", "0.00192", "-0%"), ("TJS/USD", "0.10866", "0.18%"),
     ("UZS/USD", "0.00008", "0%"), ("TMT/USD", "0.28571", "0%")],
)  # fmt: skip

# Read by eye from the five whole captures: date line, one block, and how often the block is printed.
SEEDS = {
    "000_c8930591113db692.txt": _DEC_12,
    "001_e49a68191ff131ba.txt": _DEC_12,
    "002_fb71f65a1e0ec4a4.txt": (
        "2025-12-07",
        [("KGS/USD", "0.01143", "-0%"), ("KZT/USD", "0.00198", "-0%"), ("TJS/USD", "0.10899", "0.65%"),
         ("UZS/USD", "0.00008", "-0%"), ("TMT/USD", "0.28490", "-0.28%")],
    ),
    "003_dd72c539acc7da98.txt": (
        "2025-12-15",
        [("KGS/USD", "0.01144", "0%"), ("KZT/USD", "0.00194", "0%"), ("TJS/USD", "0.10879", "-0.18%"),
         ("UZS/USD", "0.00008", "0%"), ("TMT/USD", "0.28490", "0%")],
    ),
    "004_0e75edb08d85a808.txt": _DEC_12,
}  # fmt: skip


def read(path: Path) -> Reading:
    decoded = decode(path.read_bytes())
    assert decoded.text is not None
    assert decoded.note is None
    return read_ticker(decoded.text)


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_a_whole_capture_is_read_as_a_person_reads_it(shared_pages: Path, name: str) -> None:
    page_date, quotes = SEEDS[name]
    reading = read(shared_pages / "seeds" / name)
    assert reading.outcome is Outcome.OK
    assert reading.page_date == dt.date.fromisoformat(page_date)
    assert [(q.pair, q.rate_text, q.reported_text) for q in reading.quotes] == quotes
    assert reading.repeats == 8
    assert reading.detail is None


def test_the_seeds_are_all_there_are(shared_pages: Path) -> None:
    assert {path.name for path in (shared_pages / "seeds").iterdir()} == set(SEEDS)


def test_all_other_real_pages_show_what_their_index_says(
    shared_pages: Path, shared_index: list[dict[str, object]]
) -> None:
    assert len(shared_index) == 162
    for truth in shared_index:
        reading = read(shared_pages / "timesca" / str(truth["file"]))
        assert reading.outcome is Outcome.OK, truth["file"]
        assert (reading.page_date.isoformat() if reading.page_date else None) == truth["page_date"], truth["file"]
        assert [[q.pair, q.rate_text, q.reported_text] for q in reading.quotes] == truth["quotes"], truth["file"]
        assert reading.detail is None, truth["file"]
