"""Pages of many kinds that nothing was tuned for: what is read of them is right, or left out with a note, never wrong.

Beside each page in `layouts/pages` stands what it shows, written by hand from the page: its date, and each quote with
its report and with how many units the rate is for. `counter` or `base` is the currency that a person knows and the
page does not print.
"""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fxtrack.config.config import Config
from fxtrack.config.settings import Settings
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import read
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Quote
from fxtrack.probe.explain import probe

PAGES = Path(__file__).parent / "layouts" / "pages"
CONFIG = Config(Path("config.toml").absolute(), Settings())
NAMES = sorted(path.name for path in PAGES.iterdir() if path.suffix != ".toml")


class Verdict(NamedTuple):
    """How a page was read: ``right``, ``left out`` or ``wrong``, and why."""

    word: str
    reason: str = ""


class Read(NamedTuple):
    """The reading of a page, by itself or by the suggested entry, and the notes on the rest."""

    quotes: tuple[Quote, ...]
    date: dt.date | None
    notes: tuple[str, ...]


def reading_of(name: str, truth: dict[str, Any]) -> Read:
    """Read a page with the usual grammar and, where it has no usual ticker, as the suggested entry does."""
    media_type = "text/html" if name.endswith(".html") else "text/plain"
    page = Page(f"pages/{name}", (PAGES / name).read_bytes(), media_type=media_type)
    found = read(page, Grammar())
    if found.outcome is Outcome.CONFLICT:
        return Read((), None, (found.detail or "conflict",))
    explained = probe(page, CONFIG)
    if found.outcome is Outcome.OK:
        return Read(found.quotes, found.page_date, ((found.detail,) if found.detail else ()) + explained.advice)
    suggestion = explained.suggestion
    if suggestion is None:
        return Read((), None, ("nothing on the page looks like rates",))
    other = truth.get("counter") or truth.get("base") or "XXX"
    named = (quote._replace(pair=quote.pair.replace("XXX", other)) for quote in suggestion.quotes)
    quotes = tuple(quote for quote in named if quote.pair[:3] != quote.pair[4:])
    return Read(quotes, suggestion.page_date, suggestion.remarks)


def judged(shown: Read, truth: dict[str, Any]) -> Verdict:
    """Compare what is read with what the page shows."""
    expected = {tuple(quote) for quote in truth["quotes"]}
    found = {(q.pair, q.rate_text, q.reported_text or "", getattr(q, "rate_unit", 1)) for q in shown.quotes}
    date = truth.get("date")
    if shown.date not in {None, date}:
        return Verdict("wrong", f"the date {shown.date} instead of {date}")
    bare = {(pair, rate, "", unit) for pair, rate, _, unit in expected}
    if invented := found - expected - bare:
        return Verdict("wrong", f"read but not shown: {sorted(invented)}")
    if found == expected and shown.date == date:
        return Verdict("right")
    missing = f"{len(expected - found)} of {len(expected)} quotes" if found != expected else f"the date {date}"
    if not shown.notes:
        return Verdict("wrong", f"left out without a word: {missing}")
    return Verdict("left out", "; ".join(shown.notes))


def judge(name: str) -> Verdict:
    """Return how a page is read."""
    truth = tomllib.loads((PAGES / name).with_suffix(".toml").read_text("utf-8"))
    return judged(reading_of(name, truth), truth)


def test_nothing_wrong_is_read_of_pages_that_nothing_was_tuned_for() -> None:
    verdicts = {name: judge(name) for name in NAMES}
    counts = {word: sum(v.word == word for v in verdicts.values()) for word in ("right", "left out", "wrong")}
    said = ", ".join(f"{count} {word}" for word, count in counts.items())
    wrong = [f"{name}: {v.reason}" for name, v in verdicts.items() if v.word == "wrong"]
    print(f"{len(NAMES)} layouts: {said}")
    assert len(NAMES) >= 40
    assert not wrong, f"{said}\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_each_page_of_the_corpus_has_its_truth_beside_it(name: str) -> None:
    truth = tomllib.loads((PAGES / name).with_suffix(".toml").read_text("utf-8"))
    text = (PAGES / name).read_text("utf-8")
    assert truth["quotes"]
    for pair, rate, _, _ in truth["quotes"]:
        assert len(pair) == 7
        digits = [c for c in rate if c.isdigit()]
        assert "".join(digits) in "".join(c for c in text if c.isdigit())
