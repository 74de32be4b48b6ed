"""``latest``, ``show``, ``deltas``, ``audit`` and ``coverage``: tables, JSON or CSV from the database."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

import click

from fxtrack.cli import options
from fxtrack.cli.completion import PairName
from fxtrack.cli.options import Where, the_config
from fxtrack.errors import AuditFailed, NothingFound
from fxtrack.model.run import counted
from fxtrack.model.words import HIDDEN_MOVES, VERDICT_WORDS, VERDICTS, hidden_move_words, verdict_words
from fxtrack.output.render import as_csv, as_json, as_table, render
from fxtrack.output.table import Wording
from fxtrack.store.query import Rows, ask, open_published, stream
from fxtrack.store.selection import date_range, each_pair

_YELLOW = "33"
_WORDS = {
    "verdict": Wording("verdict", verdict_words),
    "hidden_move_pct": Wording("move", lambda least: hidden_move_words(Decimal(least), Decimal(least)), _YELLOW),
}
"""How people see verdicts and moves that the page does not show; JSON and CSV have the words of the database."""
_HEADINGS = {verdict.replace(" ", "_"): Wording(words, str) for verdict, words in VERDICT_WORDS.items()}
_HEADINGS["hidden_moves"] = Wording(HIDDEN_MOVES, str, _YELLOW)


@click.command()
@options.where(dates=False)
@options.form
def latest_command(where: Where, form: str | None) -> None:
    """Print the newest close of every pair.

    A pair that `prefer` of the configuration lists is shown in that direction.
    """
    turned = not where.pairs and bool(the_config().preferences)
    _print("latest_preferred" if turned else "latest", where, form, prefer=list(the_config().preferences))


@click.command()
@click.argument("pair", type=PairName())
@options.where(pair=False)
@options.every
@options.form
def show_command(pair: str, where: Where, every: str | None, form: str | None) -> None:
    """Print the daily closes of PAIR, such as KGS/USD, or its weeks, months, quarters or years.

    A pair that no source prints is derived, if possible: the inverse, USD/KGS, or two pairs crossed, KGS/KZT.
    """
    where = replace(where, pairs=(pair,))
    if every is None:
        _print("show", where, form, hide=("low", "high"))
        return
    zones = the_config().time_zones
    # the digits of a rate show its range, those of a mean do not
    hide = (
        "pair",
        "every",
        *(f"{name}_{end}" for name in ("open", "highest", "lowest", "close") for end in ("low", "high")),
    )
    _print("periods", where, form, hide=hide, every=every, sources=[*zones], zones=[*zones.values()])


@click.command()
@options.where()
@click.option("--verdict", type=click.Choice(VERDICTS), help="Only deltas with this verdict.")
@options.form
def deltas_command(where: Where, verdict: str | None, form: str | None) -> None:
    """Print computed changes beside the reported ones, with a verdict on each.

    The table says in words whether a report fits the rounding of its site, and which sure moves the page does not show;
    --json and --csv have the verdicts of the database.
    """
    hide = ("chance", "chance_of", "beyond_evidence", "snapshot_id")
    _print("deltas", where, form, hide=hide, words=_WORDS, verdict=verdict)


@click.command()
@options.where()
@options.form
def coverage_command(where: Where, form: str | None) -> None:
    """Print the missing dates between the first and the last; with --pair, those without that pair."""
    with open_published(the_config(), as_of=where.known()) as connection:
        parameters = where.parameters(connection)
        parameters["derived"] = bool(where.pairs)  # the query for any pair answers for printed ones as well
        covered = [(pair, row) for pair, one in each_pair(parameters) for row in ask(connection, "covered", **one).rows]
        gaps = ask(connection, "coverage", **parameters)
        if not covered:
            raise NothingFound(f"no captured date matches; {date_range(connection)}")
    if form:
        echo(render(gaps, form))
        return
    for pair, (source, first, last, captured, days, standing, derived) in covered:
        of_pair = f", {pair}" if pair else ""
        how = f" ({derived})" if derived else ""
        still = f"; the ticker stands still on {counted(standing, 'date')}" if standing else ""
        seen = f"{captured} of {days} days captured, {days - captured} missing"
        click.echo(f"{source}{of_pair}{how}: {first} to {last}, {seen}{still}")
    if gaps.rows:
        click.echo("\n" + as_table(gaps), nl=False)


def echo(pieces: Iterable[str]) -> None:
    """Print the pieces of a rendered answer."""
    for piece in pieces:
        click.echo(piece, nl=False)


def _print(
    question: str,
    where: Where,
    form: str | None,
    *,
    hide: tuple[str, ...] = (),
    words: dict[str, Wording] | None = None,
    **more: object,
) -> None:
    # the queries are ours, so DuckDB may write the CSV to a file itself
    known = where.known(verdicts=question == "deltas")
    with open_published(the_config(), sealed=form != "csv", as_of=known) as connection:
        answer = stream(connection, question, **where.parameters(connection), **more)
        pieces = render(answer, form, hide, words)
        if not answer.count:
            raise NothingFound(f"no row matches; {date_range(connection)}")
    echo(pieces)


_BEST_SHOWN = 6
_FAILING = ("unexplained", "breaks the rule")


Fields = dict[str, Any]


@click.command()
@options.where(dates=False)
@click.option("--fail", is_flag=True, help="Exit with 4 if a report is unexplained or breaks the rule.")
@options.form
def audit_command(where: Where, fail: bool, form: str | None) -> None:
    """Print the rounding rule that the reports follow, and how many reports of each pair it explains.

    A report is informative if few of the source's states would explain it. Informative reports show on which days bases
    are found. --json prints all tables, as `rules`, `pairs`, `lags` and `base_policy`; --csv prints the pairs.
    """
    with open_published(the_config(), as_of=where.known(verdicts=True)) as connection:
        parameters = where.parameters(connection)
        rules, pairs = ask(connection, "rules", **parameters), ask(connection, "audit", **parameters)
        lags, policy = (ask(connection, name, **parameters) for name in ("lags", "base_policy"))
    if not pairs.rows:
        raise NothingFound("no report to audit yet: no page with a ticker and a date")
    if form == "json":
        tables = {"rules": rules, "pairs": pairs, "lags": lags, "base_policy": policy}
        click.echo(as_json({name: table.records() for name, table in tables.items()}), nl=False)
    elif form == "csv":
        click.echo(as_csv(pairs), nl=False)
    else:
        shown = {row["source"] for row in pairs.records()}
        for (name, _), tried in groupby(rules.records(), key=lambda record: (record["source"], record["valid_from"])):
            evidence = list(tried)
            if name in shown:
                click.echo("\n".join(_in_words(name, evidence)) + "\n")
                if not where.as_of:  # the evidence of that time is not on record
                    click.echo(as_table(_ranking(evidence), "Rounding rules tried, best first"))
        click.echo(as_table(pairs, "Reports by verdict", words=_HEADINGS), nl=False)
        if lags.rows:
            click.echo("\n" + as_table(lags, "Informative reports explained, by days back"), nl=False)
            click.echo("\n" + "\n".join(_policy_in_words(row) for row in policy.records() if row["weekday"] is None))
    counts = {verdict: sum(row[verdict.replace(" ", "_")] for row in pairs.records()) for verdict in _FAILING}
    found = [f"{count:,} (`fxtrack deltas --verdict '{verdict}'`)" for verdict, count in counts.items() if count]
    if fail and found:
        raise AuditFailed(f"reports that are unexplained or break the rule: {', '.join(found)}")


def _in_words(source: str, evidence: list[Fields]) -> Iterator[str]:
    first = evidence[0]
    dates = [f"from {first['valid_from']}"] if first["valid_from"] else []
    dates += [f"before {first['valid_to']}"] if first["valid_to"] else []
    name = " ".join([source, *dates])
    if first["rule_origin"] != "configured" and not first["decided"]:
        remaining = [_rule_in_words(e) for e in evidence if e["remains"]]
        more = [f"and {len(remaining) - _BEST_SHOWN} more"] if len(remaining) > _BEST_SHOWN else []
        yield f"{name}: not yet decided; these remain: {'; '.join([*remaining[:_BEST_SHOWN], *more])}"
    else:
        origin = "inferred" if first["rule_origin"] == "undecided" else first["rule_origin"]
        yield f"{name}: {_rule_in_words(first)} ({origin})"
    if first["reports"] is None:
        return
    if not first["reports"]:
        yield "No report has another snapshot of its date or of the days before to test it on."
        return
    tested = counted(first["reports"], "testable report")
    testable = f"{first['explained']:,} of {tested} explained ({_share(first)})"
    plain_rules = [e for e in evidence if _is_plain(e) and not e["chosen"]]
    if plain_rules and first["decided"] and first["change_decimals"] is not None:
        best = max(plain_rules, key=lambda e: e["explained"] - e["breaks"])
        testable += f"; a plain percent change explains {best['explained']} ({_share(best)})"
    yield f"{testable}. Evidence from {first['evidence_from']} on."
    equals = [e for e in evidence if e["remains"] and not e["chosen"]]
    if equals and first["decided"]:
        explain = "explains" if len(equals) == 1 else "explain"
        yield f"{counted(len(equals), 'other rule')} {explain} as many: the reports do not tell them apart."


def _ranking(evidence: list[Fields]) -> Rows:
    plain_rules = [e for e in evidence[_BEST_SHOWN:] if _is_plain(e)]
    rows = [
        (
            "*" if e["chosen"] else "?" if e["remains"] else "",
            _rule_in_words(e), e["explained"], _share(e), e["breaks"], e["informative"], e["log10_odds"],
        )
        for e in [*evidence[:_BEST_SHOWN], *plain_rules[:1]]
    ]  # fmt: skip
    return Rows(("", "rule", "explained", "share", "impossible", "informative", "odds, powers of 10"), rows)


def _policy_in_words(row: Fields) -> str:
    counts = f"{row['explained']} of {counted(row['reports'], 'informative report')}"
    if row["base_days_back"] is None:
        best = counted(row["best_days_back"], "day")
        return f"{row['source']}: on which day the base is captured cannot be told (most are {best} back: {counts})"
    return f"{row['source']}: the base is a state of {row['policy']} ({counts}); base_policy has it by weekday"


def _is_plain(rule: Fields) -> bool:
    return rule["change_decimals"] is None and rule["pct_decimals"] is not None


_MODES_IN_WORDS = {"half to even": ", halves to even", "towards zero": ", cut off towards zero"}


def _rule_in_words(rule: Fields) -> str:
    change = rule["change_decimals"]
    mode = _MODES_IN_WORDS.get(rule["rounding_mode"], "")
    if rule["pct_decimals"] is None:
        decimals = "its printed decimals" if change is None else counted(change, "decimal")
        return f"absolute change rounded to {decimals}{mode}"
    first = "plain percent change" if change is None else f"change rounded to {counted(change, 'decimal')}"
    return f"{first}, percentage to {rule['pct_decimals']}{mode}"


def _share(rule: Fields) -> str:
    return f"{100 * rule['explained'] / rule['reports']:.1f} %" if rule["reports"] else ""
