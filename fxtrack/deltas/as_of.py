"""Makes a table macro of each view that depends on what was known: the same SQL, on the rows of a moment.

`daily` reads `closes`, so `daily_as_of(moment)` reads `closes_as_of(moment)`, and so on down to the macros in
`views/7_as_of.sql`, which select the rows that were known. Each number has one definition, that of its view.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

_FIRST = {
    **{name: f"{name}_as_of" for name in ("snapshots", "sources", "rounding_rules")},
    "sightings": "known_sightings", "settled_reports": "judged_reports_as_of", "settled_bases": "base_evidence_as_of",
    "settled_outliers": "far_rates_as_of", "chances": "uncounted_chances", "evidence_ends": "uncounted_lags",
}  # fmt: skip
"""The macro that stands for each table: one of its own, or what the table stores, computed anew."""

ASKED = ("daily", "latest", "coverage", "gaps", "deltas", "changes", "audit")
"""Views that people ask; the others are steps towards them."""

_STEP = "a step towards daily_as_of and deltas_as_of"
_NULLS = {
    "deltas": ". chance, chance_of, informative and beyond_evidence are null: the option --as-of counts them",
    "audit": ". informative is null: the option --as-of counts it",
}
_VIEWS = (
    "dated_quotes", "printed_quotes", "report_bounds", "explanations", "report_ranges", "repeats", "judged_reports",
    "base_evidence", "state_rates", "neighbour_rates", "far_rates", "ranked_states", "closes", "absent_pairs",
    "standing", "compared", "compared_moves", "audited_pairs", *ASKED,
)  # fmt: skip
_VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS\n(.*?);\nCOMMENT ON VIEW \1 IS", re.DOTALL)
_COMMENT = re.compile(r"(?m)(^|\s)--[^\n]*$")
_READ = re.compile(r"\b(FROM|JOIN)\s+(\w+)\b(?![.(])(?=\s*(\w+)?)")
_PART = re.compile(r"\s*(\w+) AS (?:MATERIALIZED )?\(")
_BRACKET = re.compile(r"[()]|'[^']*'")  # or a text, which may contain brackets
_WORDS = frozenset({
    "USING", "ON", "WHERE", "GROUP", "ORDER", "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "SEMI", "ANTI", "CROSS", "ASOF",
    "UNION", "WINDOW", "QUALIFY", "LIMIT",
})  # fmt: skip


def as_of_macros(texts: Sequence[str]) -> dict[str, str]:
    """Return the statements that create the macros, by the name of the view, those that others read first.

    Args:
        texts: the SQL files with the views.
    """
    views = {found[1]: found[2] for text in texts for found in _VIEW.finditer(text)}
    macros = _FIRST | {name: f"{name}_as_of" for name in _VIEWS}
    known = {name: f"{macro}(moment)" for name, macro in macros.items()}
    return {name: _macro(name, views[name], known) for name in _VIEWS}


def _macro(name: str, body: str, known: dict[str, str]) -> str:
    step = "" if name in ASKED else f"{_STEP}, "
    comment = f"{step}{name} as it was known at a time; a day means its end, UTC{_NULLS.get(name, '')}"
    columns = "* REPLACE (NULL::BIGINT AS informative)" if name == "audit" else "*"  # none is counted, which is not 0
    text = _inlined(_COMMENT.sub("", body), known)
    check = "of_store" if name in ASKED else "in_store"  # of_store in every step would triple the time of an answer
    text = f"SELECT {columns} FROM (\n{text}\n) answer WHERE {check}('{{store_id}}')"
    return (
        f"CREATE OR REPLACE MACRO {name}_as_of(moment) AS TABLE\n{text};\n"
        f"COMMENT ON MACRO TABLE {name}_as_of IS '{name}_as_of(moment): {comment}';\n"
    )


def _inlined(body: str, known: dict[str, str]) -> str:
    """Return a query without WITH, whose names DuckDB 1.4.0 does not find in a macro that a later version stored."""
    parts: dict[str, str] = {}
    text = body.strip()
    if text.startswith("WITH "):
        for name, part, rest in _parts(text.removeprefix("WITH ")):
            parts[name] = f"({_replaced(part, known | parts)})"
            text = rest
    return _replaced(text, known | parts)


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the name and the query of each part of a WITH, and the text behind it."""
    while found := _PART.match(text):
        end = _closing(text, found.end())
        yield found[1], text[found.end() : end], text[end + 1 :].strip()
        text = text[end + 1 :].removeprefix(",")


def _closing(text: str, start: int) -> int:
    """Return the place of the bracket that closes the one before `start`."""
    depth = 1
    for found in _BRACKET.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth:
            return found.start()
    raise ValueError("a bracket is not closed")


def _replaced(text: str, known: Mapping[str, str]) -> str:
    """Return a query that reads others in place of the tables with these names."""

    def one(found: re.Match[str]) -> str:
        if found[2] not in known:
            return found[0]
        following = found[3] or ""
        alias = "" if following and following.upper() not in _WORDS else f" {found[2]}"
        return f"{found[1]} {known[found[2]]}{alias}"

    return _READ.sub(one, text)
