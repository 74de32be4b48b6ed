"""Explains step by step how one page is read, for `fxtrack probe`. Needs no store and writes nothing."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Any

from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.extract.calendar.dates import date_of_page
from fxtrack.extract.grammar import Grammar
from fxtrack.extract.page import Shown, page_text
from fxtrack.extract.ticker.marquee import Examination, examine_ticker
from fxtrack.limits import PROBE_CANDIDATES
from fxtrack.model.capture import PageDate
from fxtrack.model.location import split_location
from fxtrack.model.page import Page
from fxtrack.model.quote import Outcome, Quote, Reading
from fxtrack.probe.date_lines import date_keys
from fxtrack.probe.entry import as_toml
from fxtrack.probe.suggest import Known, Suggestion, suggest


@dataclass(frozen=True, slots=True)
class Probe:
    """How a page is read.

    Attributes:
        page: the page.
        shown: its text.
        source: the source that takes it, None if none does.
        why: the reason why that source takes it.
        examination: how its text is read, None where there is no text or no source.
        dated: the date that it stands for.
        suggestion: an entry that reads it, where no source does.
        above: the source whose entry the suggested one must stand above, since that takes the page as well.
        alone: True where the configuration has no `[[sources]]`, so that the default takes all other pages.
        advice: how to read the date of a page that is read without one.
    """

    page: Page
    shown: Shown
    source: Source | None
    why: str
    examination: Examination | None
    dated: PageDate
    suggestion: Suggestion | None
    above: str | None
    alone: bool
    advice: tuple[str, ...] = ()

    @property
    def reading(self) -> Reading:
        """The reading of the page."""
        if self.examination is not None:
            return self.examination.reading
        if self.shown.text is None:
            return Reading(Outcome.UNREADABLE, detail=self.shown.problem)
        return Reading(Outcome.NO_TICKER, detail="no source takes the page")


def probe(page: Page, config: Config, named: str | None = None) -> Probe:
    """Explain how a page is read.

    Args:
        page: the page.
        config: the configuration with the sources.
        named: the source to read it as; without it, the one that takes the page.
    """
    file, _ = split_location(page.location, config.root)
    taker = config.source_of(file, page.uri)
    source = next((s for s in config.settings.sources if s.name == named), taker)
    shown = page_text(page)
    examination = (
        examine_ticker(shown.text, source.grammar, shown.doubts) if shown.text is not None and source else None
    )
    reading = examination.reading if examination else Reading(Outcome.NO_TICKER)
    zone, days = (source.time_zone, source.max_capture_days) if source else ("UTC", 0)
    suggestion = None
    if shown.text is not None and reading.outcome is Outcome.NO_TICKER:
        taken = {s.name for s in config.settings.sources}
        latest = page.captured_utc or dt.datetime.now(dt.UTC)
        suggestion = suggest(shown.text, page.location, taken, Known(page.uri, shown.doubts, latest.date()))
    return Probe(
        page=page,
        shown=shown,
        source=source,
        why=_why(source, file, named),
        examination=examination,
        dated=date_of_page(reading.page_date, page.captured_utc, zone, days, unread=reading.date_unread),
        suggestion=suggestion,
        above=taker.name if taker and not config.has_default_source else None,
        alone=config.has_default_source,
        advice=_advice(source, examination),
    )


def entry_of(found: Probe) -> str | None:
    """Return the text to paste into the configuration, None where nothing is suggested."""
    if found.suggestion is None or found.suggestion.toml is None:
        return None
    return found.suggestion.toml + ('\n[[sources]]\nname = "default"\n' if found.alone else "")


def as_record(found: Probe) -> dict[str, Any]:
    """Return everything as plain values for JSON."""
    reading, page = found.reading, found.page
    return {
        "location": page.location,
        "capture_id": page.capture_id,
        "bytes": len(page.data),
        "captured_utc": page.captured_utc,
        "uri": page.uri,
        "media_type": page.media_type,
        "charset": page.charset,
        "unclean": found.shown.unclean,
        "notes": list(found.shown.notes),
        "source": found.source.name if found.source else None,
        "why": found.why,
        "candidates": _candidates(found),
        "date_line": _date_line(found),
        "page_date": found.dated.date,
        "date_basis": found.dated.basis,
        "shown_date": found.dated.shown,
        "outcome": str(reading.outcome),
        "repeats": reading.repeats,
        "detail": reading.detail,
        "quotes": _quotes(reading.quotes or [v.quote for v in reading.variants]),
        "advice": list(found.advice),
        "suggestion": entry_of(found),
        "above": found.above,
        "suggested": _suggested(found.suggestion),
        "remarks": list(found.suggestion.remarks) if found.suggestion else [],
    }


def explain_suggestion(suggestion: Suggestion) -> list[str]:
    """Return the quotes and the date that a suggested entry reads, and the remarks on it, a line each."""
    if suggestion.toml is None:
        return list(suggestion.remarks)
    read = [f"reads {_in_one_line(quote)}" for quote in _quotes(suggestion.quotes)]
    return [*read, f"reads {suggestion.page_date or 'no date'}", *suggestion.remarks]


def explain_steps(found: Probe) -> list[tuple[str, list[str]]]:
    """Return the steps as (name, lines)."""
    record = as_record(found)
    steps = [("page", [f"{record['location']}: {record['bytes']:,} bytes, {record['capture_id']}"])]
    if page_facts := [
        f"{key}: {record[key]}" for key in ("uri", "captured_utc", "media_type", "charset") if record[key]
    ]:
        steps[0][1].extend(page_facts)
    lines = (found.shown.text or "").count("\n") + 1
    text = [f"{len(found.shown.text):,} characters, {lines:,} lines"] if found.shown.text is not None else []
    unclean = [line for line in (found.shown.unclean, found.shown.problem) if line]
    steps.append(("text", [*text, *unclean, *found.shown.notes]))
    steps.append(("source", [f"{record['source'] or 'none'}: {found.why}"]))
    if found.source:
        steps.append(("grammar", _grammar(found.source.grammar)))
    if found.examination:
        shown = [
            f"line {c['line']:,}: {c['pairs']} pairs, {c['repeats']} times, {c['quotes']} quotes, begins "
            f"{c['begins']!r}: {'taken' if c['taken'] else 'refused, ' + c['refused']}"
            for c in record["candidates"]
        ]
        steps.append(("runs of entries", _cut(shown) or ["none"]))
    if record["quotes"]:
        steps.append(("quotes", [_in_one_line(quote) for quote in record["quotes"]]))
    if line := record["date_line"]:
        where = [f"line {line['line']:,}: {line['text']!r}"] if line["text"] else ["none"]
        steps.append(("date line", [*where, *(f"tried, and none: {tried!r}" for tried in line["tried"])]))
        steps.append(("page date", [_dated(found), *found.advice]))
    detail = f": {record['detail']}" if record["detail"] else ""
    steps.append(("outcome", [f"{record['outcome']}{detail}"]))
    return steps


def _suggested(suggestion: Suggestion | None) -> dict[str, Any] | None:
    """Return the quotes and date of a suggested entry, None where none is suggested."""
    if suggestion is None or suggestion.toml is None:
        return None
    return {"quotes": _quotes(suggestion.quotes), "page_date": suggestion.page_date}


def _quotes(quotes: Iterable[Quote]) -> list[dict[str, Any]]:
    return [
        {
            "pair": q.pair, "rate": q.rate_text, "unit": q.rate_unit, "reported": q.reported_text,
            "sign": q.reported_sign, "change": q.change_text,
        }
        for q in quotes
    ]  # fmt: skip


def _in_one_line(quote: dict[str, Any]) -> str:
    unit = f"per {quote['unit']}" if quote["unit"] != 1 else None
    change = f"({quote['change']})" if quote["change"] else None
    return " ".join(filter(None, [quote["pair"], quote["rate"], unit, quote["reported"], change]))


def _advice(source: Source | None, examination: Examination | None) -> tuple[str, ...]:
    """Return the keys that would read the date of a page without one, in words."""
    if source is None or examination is None or examination.reading.outcome is not Outcome.OK:
        return ()
    if examination.reading.page_date:
        return ()
    span, text = examination.candidates[-1].span, examination.text
    undated = replace(source.grammar, date_pattern=None, date_lines=None, date_position="after")

    def read(keys: dict[str, Any]) -> dt.date | None:
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in keys.items()}
        return examine_ticker(text, replace(undated, **values)).reading.page_date

    found, _ = date_keys(text, span.start, span.end, read)
    if found is None:
        return ()
    keys = ", ".join(f"{key} = {as_toml(value)}" for key, value in found.keys.items())
    return (f"the line {found.line!r} shows a date: to read it, put into the entry of {source.name}: {keys}",)


def _why(source: Source | None, location: str, named: str | None) -> str:
    if source is None:
        return "no source in the configuration has a pattern that matches the page"
    if source.name == named:
        return "named with --source"
    pattern = next((p for p in source.paths if fnmatch(location, p)), None)
    return f"the first source that matches, by {pattern!r} in its paths" if pattern else "the first source that matches"


def _grammar(grammar: Grammar) -> list[str]:
    what = f"the source's pattern: {grammar.pattern}" if grammar.pattern else "the usual ticker, PAIR = RATE CHANGE"
    change = "absolute changes" if grammar.absolute else "percentages"
    return [
        f"{what}; decimal {grammar.decimal}, {change}",
        f"date {grammar.date_position} the ticker, as {', '.join(grammar.date_formats)}"
        f" in {', '.join(grammar.languages)}" + (f", by {grammar.date_pattern}" if grammar.date_pattern else ""),
    ]


def _candidates(found: Probe) -> list[dict[str, Any]]:
    if found.examination is None:
        return []
    shown: list[dict[str, Any]] = []
    line, counted = 1, 0
    for candidate in found.examination.candidates:  # in the order of the text, so that each line is counted once
        span, run = candidate.span, candidate.run
        line += found.examination.text.count("\n", counted, span.start)
        counted = span.start
        shown.append({
            "line": line,
            "pairs": run.listed,
            "repeats": run.repeats,
            "quotes": run.readable,
            "begins": span.items[0].raw,
            "taken": candidate.refused is None,
            "refused": candidate.refused,
        })  # fmt: skip
    return shown


def _date_line(found: Probe) -> dict[str, Any] | None:
    line = found.examination.date_line if found.examination else None
    if line is None or found.examination is None:
        return None
    span, text = found.examination.candidates[-1].span, found.examination.text
    at = None
    if line.line:
        before = found.source is not None and found.source.date_position == "before"
        at = text.rfind(line.line, 0, span.start) if before else text.find(line.line, span.end)
        at = text.find(line.line) if at < 0 else at
    return {
        "line": None if at is None else text.count("\n", 0, at) + 1,
        "text": line.line,
        "date": line.date,
        "note": line.note,
        "tried": list(line.tried),
    }


def _dated(found: Probe) -> str:
    dated = found.dated
    if dated.date is None and dated.shown:
        return f"none: {dated.shown} is too far from the capture time to be believed"
    if dated.date is None and found.reading.date_unread:
        return "none: the page shows one that is not understood"
    if dated.date is None:
        return "none: the page shows none, and its capture time is not known"
    return f"{dated.date}, {'as the page shows' if dated.basis == 'page' else 'that of its capture'}"


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - PROBE_CANDIDATES
    return lines if more <= 0 else [*lines[: PROBE_CANDIDATES - 1], f"... and {more} more", lines[-1]]


def instant(value: object) -> object:
    """Return times and dates as ISO 8601 text, other values unchanged."""
    return value.isoformat() if isinstance(value, dt.date) else value
