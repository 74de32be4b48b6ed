"""Orders the statements that define views and macros so that a new store is made in less than half the time.

When DuckDB creates a view or a table macro, it plans everything below it, down to the tables. So each view first stands
for itself as a row of typed nulls, and each deep scalar macro as a typed null. Then they are created from the uppermost
down, planned on top of nulls only. The outcome is the same: a view stores its text and the types of its columns, no
plan. A table macro stores its text only, and first stands for itself as one that cannot be planned before its argument
is known: DuckDB takes whatever reads that without a plan.
"""

import hashlib
import re
from collections.abc import Sequence

_DEEP = {
    "of_store": "true", "explained_by": "NULL::BOOLEAN", "base_holes": "NULL::HUGEINT",
    "as_printed": "NULL::VARCHAR", "atoms_text": "NULL::VARCHAR",
    "low_text": "NULL::VARCHAR", "high_text": "NULL::VARCHAR",
    "certain_decimals": "NULL::BIGINT", "rate_of_atoms": "NULL::DECIMAL(38, 18)",
    "pow10_wide": "NULL::HUGEINT", "rounded_at": "NULL::HUGEINT",
    "price_round": "NULL::HUGEINT", "price_floor": "NULL::HUGEINT", "price_ceil": "NULL::HUGEINT",
    "percent_round": "NULL::DECIMAL(18, 6)", "percent_floor": "NULL::DECIMAL(18, 6)",
    "percent_ceil": "NULL::DECIMAL(18, 6)",
}  # fmt: skip
"""Scalar macros that take long to plan wherever they are used, each with a null of the type that it returns."""

_STATEMENT = re.compile(r"(?m)^(?=CREATE OR REPLACE |COMMENT ON )")
_TABLE = re.compile(r"CREATE OR REPLACE MACRO (\w+)\((\w+)[^)]*\) AS TABLE\b")
_SCALAR = re.compile(r"CREATE OR REPLACE MACRO (\w+)\([^)]*\) AS\s+(?!TABLE\b|\s)")


def digest_of(texts: Sequence[str]) -> str:
    """Return the digest of the SQL files with the views, in hexadecimal."""
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def in_quick_order(texts: Sequence[str], stand_ins: str) -> list[str]:
    """Return SQL that defines all views and macros, in the order in which it has to run.

    Args:
        texts: the SQL files with the views, in an order in which each reads only what is defined before it.
        stand_ins: the file with the nulls for each view. Where it was made for other views, the texts are
            returned as they are.
    """
    if digest_of(texts) not in stand_ins:
        return list(texts)
    scalars, deep, macros, upper, comments = [], [], [], [], []
    for statement in (statement for text in texts for statement in _STATEMENT.split(text)):
        if found := _SCALAR.match(statement):
            short = _DEEP.get(found[1])
            scalars.append(f"{found[0]}{short};\n" if short else statement)
            deep += [statement] if short else []
        elif statement.startswith("COMMENT "):
            comments.append(statement)
        else:
            upper.append(statement)
            if found := _TABLE.match(statement):
                macros.append(f"{found[0]} FROM range({found[2]});\n")
    return [*scalars, stand_ins, *macros, *reversed(upper), *deep, *comments]
