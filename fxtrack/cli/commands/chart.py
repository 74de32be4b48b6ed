"""``chart``: charts as files or on standard output."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from fxtrack.charts.plan import (
    ALL_KINDS,
    CHART_FORMATS,
    INVERTIBLE,
    KINDS,
    Chart,
    check_base,
    check_invertible,
    check_trend,
    plan,
)
from fxtrack.charts.select import Selection, stamp_of
from fxtrack.cli import destination, options
from fxtrack.cli.completion import PairName
from fxtrack.cli.dates import Date
from fxtrack.cli.options import Where, the_config
from fxtrack.cli.progress import step_bar
from fxtrack.config.settings import CHART_LANGUAGES
from fxtrack.deltas.pairs import swapped
from fxtrack.errors import NothingFound, UsageError, did_you_mean
from fxtrack.limits import CHART_DPI, CHART_INCHES, CHART_PIXELS
from fxtrack.output.render import as_json as to_json

if TYPE_CHECKING:
    import datetime as dt

    from fxtrack.charts.select import ChartRows
    from fxtrack.charts.style import Look
    from fxtrack.store.query import AsOf

_THEMES = ("light", "dark", "auto")
_SIZE = re.compile(r"(?P<width>\d+(\.\d+)?)x(?P<height>\d+(\.\d+)?)(?P<unit>in|cm|px)?")
_HELP = f"""Draw charts of PAIRs, such as KGS/USD, or of all pairs.

\b
{chr(10).join(f"{kind:<12} {content}" for kind, content in ALL_KINDS.items())}
"""


class Words(click.ParamType[tuple[str, ...]]):
    """One or more of some words, with commas between them."""

    def __init__(self, name: str, words: Iterable[str]) -> None:
        """Accept `words`, each of which is a `name`: a kind, a format."""
        self.name = name
        self.words = tuple(words)

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the words, or fail with a usage error that lists the choices."""
        if isinstance(value, tuple):
            return value
        wanted = [word.strip().lower() for word in value.split(",") if word.strip()]
        for word in wanted:
            if word not in self.words:
                near = did_you_mean(word, self.words)
                self.fail(f"unknown {self.name} {word!r}{near}; choose from {', '.join(self.words)}", param, ctx)
        if not wanted:
            self.fail(f"no {self.name} given; choose from {', '.join(self.words)}", param, ctx)
        return tuple(dict.fromkeys(wanted))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Return the words that begin with the text behind the last comma, together with the words before it."""
        before, comma, begun = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{word}") for word in self.words if word.startswith(begun)]


class Size(click.ParamType[tuple[float, float, str]]):
    """Width and height with a unit: ``10x4.8``, ``25x12cm``, ``1200x576px``."""

    name = "size"

    def convert(
        self, value: str | tuple[float, float, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float, str]:
        """Return (width, height, unit), or fail with a usage error."""
        if isinstance(value, tuple):
            return value
        found = _SIZE.fullmatch(value.strip().lower())
        if not found:
            self.fail(f"{value!r} is not a size like 10x4.8 (inches), 25x12cm or 1200x576px", param, ctx)
        return float(found["width"]), float(found["height"]), found["unit"] or "in"


class Dpi(click.FloatRange):
    """A number within bounds; NaN is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Return the number, or fail with a usage error."""
        number: float = super().convert(value, param, ctx)
        return number if not math.isnan(number) else self.fail(f"{value!r} is not a number", param, ctx)


@click.command(help=_HELP)
@click.argument("pairs", nargs=-1, type=PairName(), metavar="[PAIR]...")
@click.option(
    "--kind", "kinds", type=Words("kind", ALL_KINDS), metavar="KIND[,KIND...]",
    help=f"{', '.join(ALL_KINDS)}. Unless given, all but the last.",
)  # fmt: skip
@click.option(
    "--format", "forms", type=Words("format", CHART_FORMATS), metavar="FORMAT[,FORMAT...]",
    help=f"{', '.join(CHART_FORMATS)}. Unless given, the suffix of --output, or png.",
)  # fmt: skip
@destination.output_option("the folder of charts")
@click.option("--size", type=Size(), metavar="WxH", help="Width and height: 10x4.8 (inches), 25x12cm, 1200x576px.")
@click.option("--dpi", type=Dpi(*CHART_DPI), default=120, show_default=True, help="Dots per inch.")
@click.option("--theme", type=click.Choice(_THEMES), default="light", show_default=True,
              help="auto: an SVG follows the theme of its reader; other formats are light.")  # fmt: skip
@click.option("--title", help="Replaces the title; for one chart.")
@click.option("--invert", is_flag=True, help="Draw inverse rates, with their ranges.")
@click.option("--implied", is_flag=True, help="In a trend, dash the ranges that reports allow for days not captured.")
@click.option("--mean", type=int, metavar="DAYS",
              help="In a trend, add the mean of the closes captured in this many days up to each date.")  # fmt: skip
@click.option("--gaps", type=click.Choice(("fold", "true")),
              help="Fold long stretches without captures to marked breaks where that helps, or draw them to scale. "
                   "Unless given, charts.gaps.")  # fmt: skip
@click.option(
    "--language", type=click.Choice(tuple(CHART_LANGUAGES)), help="Of the texts. Unless given, charts.language."
)
@options.every
@click.option("--base", type=Date(), help="Date at which an index is 100.")
@options.report
@options.where(pair=False)
def chart_command(  # noqa: D103, PLR0913, PLR0917 -- help is above; one argument for each option
    pairs: tuple[str, ...],
    kinds: tuple[str, ...] | None,
    forms: tuple[str, ...] | None,
    output: str | None,
    size: tuple[float, float, str] | None,
    dpi: float,
    theme: str,
    title: str | None,
    invert: bool,
    implied: bool,
    mean: int | None,
    gaps: str | None,
    language: str | None,
    every: str | None,
    base: "dt.date | None",
    as_json: bool,
    where: Where,
) -> None:
    config = the_config()
    if as_json and output == "-":
        raise UsageError("--json and --output - both print to standard output: leave one of them out")
    if invert:
        check_invertible(kinds or ())
    check_trend(kinds or (), every=every, implied=implied, mean=mean)
    check_base(kinds or (), base)
    if pairs and kinds == ("coverage",):
        raise UsageError(f"coverage is of a source and shows no pair: leave {pairs[0]} out; --source chooses")
    if invert and (every or implied):
        raise UsageError("--invert does not go with --every and --implied; name the inverse pair instead")
    kinds = kinds or (("trend",) if every or implied or mean else INVERTIBLE if invert else tuple(KINDS))
    forms = destination.formats(output, forms or (), CHART_FORMATS)
    inches = _inches(size, dpi) if size else None
    prefer = config.preferences
    zones = tuple(config.time_zones.items())
    selection = Selection(
        tuple(pairs), where.source, where.since, where.until, prefer, every=every, implied=implied, zones=zones,
        mean=mean, as_of=where.as_of,
    )  # fmt: skip
    rows = _read(selection, kinds, base, where.known(verdicts=implied or "changes" in kinds))
    charts = plan(kinds, rows.pairs(), rows.sources(), rows.reported(), every, rows.yearly())
    _check_drawable(kinds, rows, charts, invert=invert)
    folder = f"{config.charts}/" if output is None else output
    targets = _targets(charts, forms, folder)
    if title is not None:
        _check_title(title, charts, forms)
    from fxtrack.charts.render import draw, picture
    from fxtrack.charts.style import THEMES, WIDE_INCHES, configured_look

    look = replace(
        configured_look(config, language, gaps),
        theme=THEMES["dark" if theme == "dark" else "light"], adapts=theme == "auto", size=inches or WIDE_INCHES,
        height_follows=inches is None, dpi=dpi, title=title, invert=invert,
    )  # fmt: skip
    _name_unnamed(charts, look)
    written: list[dict[str, object]] = []
    with step_bar("drawing", len(charts)) as advance:
        for one in charts:
            drawing, stamp = draw(one, rows, look), stamp_of(one, rows)
            for form in forms:
                target = targets[one, form]
                destination.write(folder, target, picture(drawing, form, stamp))
                written.append(
                    {"file": target, "kind": one.kind, "pair": one.pair, "source": one.source, "format": form}
                )
                if target and not as_json:
                    click.echo(target)
            advance()
    if as_json:
        click.echo(to_json(written), nl=False)


def _name_unnamed(charts: Sequence[Chart], look: "Look") -> None:
    """Name the currencies of trends that have no name in the language: their codes stand in the charts."""
    codes = dict.fromkeys(code for chart in charts if chart.kind == "trend" for code in str(chart.pair).split("/"))
    if unnamed := [code for code in codes if look.language.unnamed(code)]:
        click.echo(
            f"fxtrack: no name in {CHART_LANGUAGES[look.language.code]} for {', '.join(unnamed)}: the code stands "
            "there; name it in charts.currencies",
            err=True,
        )


def _inches(size: tuple[float, float, str], dpi: float) -> tuple[float, float]:
    """Return a size in inches.

    Raises:
        UsageError: it is too small to draw on, or too large for memory.
    """
    width, height, unit = size
    per_inch = {"in": 1.0, "cm": 2.54, "px": dpi}[unit]
    inches = width / per_inch, height / per_inch
    least, most = CHART_INCHES
    if not all(least <= side <= most for side in inches):
        raise UsageError(f"--size: {inches[0]:.3g}x{inches[1]:.3g} inches; each side must be {least:g} to {most:g}")
    if inches[0] * inches[1] * dpi**2 > CHART_PIXELS:
        raise UsageError(f"--size and --dpi give {inches[0] * inches[1] * dpi**2:,.0f} dots, over {CHART_PIXELS:,}")
    return inches


def _read(selection: Selection, kinds: Collection[str], base: "dt.date | None", known: "AsOf | None") -> "ChartRows":
    """Return the rows asked for; pairs without any are named on standard error.

    Raises:
        NothingFound: there are none, or a pair or source is unknown.
    """
    from fxtrack.charts.select import select_rows
    from fxtrack.store.query import open_published

    with open_published(the_config(), as_of=known) as connection:
        rows = select_rows(connection, selection, kinds, base)
    found = rows.pairs()
    for pair in rows.selection.pairs:
        if selection.pairs and pair not in found:
            click.echo(f"fxtrack: {pair}: no close matches, left out", err=True)
    return rows


def _check_drawable(kinds: Collection[str], rows: "ChartRows", charts: Sequence[Chart], *, invert: bool) -> None:
    """Refuse what cannot be drawn of derived pairs; name what is left out of several kinds.

    Raises:
        UsageError: an inverse of a derived pair is asked for.
        NothingFound: there is no chart at all.
    """
    derived = [pair for pair in rows.selection.pairs if pair in rows.selection.derived]
    if invert and derived:
        raise UsageError(f"--invert: {derived[0]} is derived; ask for {swapped(derived[0])} instead")
    missing = [pair for pair in derived if pair not in rows.reported()] if "changes" in kinds else []
    reason = f"{', '.join(missing)}: derived, and a report of a change refers to the printed pair"
    if missing and not charts:
        raise NothingFound(reason)
    if missing and not rows.selection.prefer:
        click.echo(f"fxtrack: {reason}; left out of changes", err=True)


def _targets(charts: Sequence[Chart], forms: Sequence[str], output: str) -> Mapping[tuple[Chart, str], Path | None]:
    """Return the file for each chart in each format; None is standard output.

    Raises:
        UsageError: several charts for one file.
    """
    pictures = len(charts) * len(forms)
    if pictures > 1 and not destination.is_folder(output):
        raise UsageError(
            f"--output {output}: one file, but {pictures} charts; choose with PAIR, --kind and --format, or name a "
            "folder, which ends in / if it is not there yet"
        )
    if output == "-":
        destination.refuse_terminal(forms[0])
    return {(c, form): destination.place(output, f"{c.name}.{form}") for c in charts for form in forms}


def _check_title(title: str, charts: Sequence[Chart], forms: Sequence[str]) -> None:
    """Refuse a title that cannot be drawn.

    Raises:
        UsageError: there are several charts, or the title is not one line of characters that the font has.
    """
    from fxtrack.charts.labels import missing_glyphs

    if len(charts) > 1:
        raise UsageError(f"--title: for one chart, but there are {len(charts)}; choose with PAIR and --kind")
    if not title.strip() or not title.isprintable():
        raise UsageError("--title: one line of printable text is needed")
    missing = missing_glyphs(title)
    if missing and set(forms) != {"svg"}:
        raise UsageError(
            f"--title: the font of {' and '.join(form for form in forms if form != 'svg')} has no {missing[:20]!r}; "
            "use --format svg, which is drawn with the reader's font"
        )
