"""``chart``: pictures of the series, to the folder of charts, to files or to standard output."""

import math
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fxtrack.charts.select import CHART_FORMATS, INVERTIBLE, KINDS, Chart, plan
from fxtrack.cli import options
from fxtrack.cli.options import Date, Where, the_config
from fxtrack.cli.progress import counted
from fxtrack.errors import NothingFound, UsageError
from fxtrack.files import write_output
from fxtrack.limits import CHART_DPI, CHART_INCHES, CHART_PIXELS

if TYPE_CHECKING:
    import datetime as dt

    from fxtrack.charts.select import ChartRows
    from fxtrack.config.config import Config

_THEMES = ("light", "dark", "auto")
_SIZE = re.compile(r"(?P<width>\d+(\.\d+)?)x(?P<height>\d+(\.\d+)?)(?P<unit>in|cm|px)?")


class Several(click.ParamType[tuple[str, ...]]):
    """One or more of some words, with commas between them."""

    def __init__(self, what: str, words: Iterable[str]) -> None:
        """Take words that each name a `what`."""
        self.name = what
        self.words = tuple(words)

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the words, or fail with a usage error that lists those there are."""
        if isinstance(value, tuple):
            return value
        wanted = [word.strip().lower() for word in value.split(",") if word.strip()]
        for word in wanted:
            if word not in self.words:
                self.fail(f"unknown {self.name} {word!r}; choose from {', '.join(self.words)}", param, ctx)
        if not wanted:
            self.fail(f"no {self.name} given; choose from {', '.join(self.words)}", param, ctx)
        return tuple(dict.fromkeys(wanted))


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
    """A number within bounds, which NaN is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Return the number, or fail with a usage error."""
        number: float = super().convert(value, param, ctx)
        return number if not math.isnan(number) else self.fail(f"{value!r} is not a number", param, ctx)


@click.command()
@click.argument("pairs", nargs=-1, metavar="[PAIR]...")
@click.option(
    "--kind", "kinds", type=Several("kind", KINDS), metavar="KIND[,KIND...]",
    help=f"{', '.join(KINDS)}; all of them unless given.",
)  # fmt: skip
@click.option(
    "--format", "forms", type=Several("format", CHART_FORMATS), metavar="FORMAT[,FORMAT...]",
    help=f"{', '.join(CHART_FORMATS)}; png, or what --output ends in, unless given.",
)  # fmt: skip
@click.option(
    "--output",
    "-o",
    type=options.Output(),
    metavar="FILE|FOLDER|-",
    help="Where to; the folder of charts unless given.",
)
@click.option("--size", type=Size(), metavar="WxH", help="Width and height: 10x4.8 (inches), 25x12cm, 1200x576px.")
@click.option("--dpi", type=Dpi(*CHART_DPI), default=120, show_default=True, help="Dots per inch.")
@click.option("--theme", type=click.Choice(_THEMES), default="light", show_default=True,
              help="auto: an SVG that follows its reader; otherwise light.")  # fmt: skip
@click.option("--title", help="Instead of the chart's own; for one chart.")
@click.option("--invert", is_flag=True, help="The price the other way round, with its range.")
@click.option("--base", type=Date(), help="Date at which an index is 100.")
@options.where(pair=False)
def chart(  # noqa: PLR0913, PLR0917 -- one for each option
    pairs: tuple[str, ...],
    kinds: tuple[str, ...] | None,
    forms: tuple[str, ...] | None,
    output: str | None,
    size: tuple[float, float, str] | None,
    dpi: float,
    theme: str,
    title: str | None,
    invert: bool,
    base: "dt.date | None",
    where: Where,
) -> None:
    """Draw charts of PAIRs, such as KGS/USD, or of all pairs.

    \b
    trend     a pair: closes, every state seen, and what the printed digits allow
    indexed   all pairs, 100 at a base date
    changes   a pair: computed changes beside the reported ones, by verdict
    overview  all pairs, small, on one time axis
    coverage  captures per calendar day
    """  # noqa: D301 -- \b keeps click from filling the list
    config = the_config()
    chosen = _kinds(kinds, invert=invert)
    forms = _formats(forms, output)
    inches = _inches(size, dpi) if size else None
    rows, palette = _read(config, pairs, where, chosen, base)
    charts = plan(chosen, rows.pairs(), rows.sources())
    targets = _targets(charts, forms, config.charts, output)
    if title is not None:
        _check_title(title, charts, forms)
    from fxtrack.charts.render import Look, draw, picture
    from fxtrack.charts.style import THEMES, WIDE_INCHES

    look = Look(
        theme=THEMES["dark" if theme == "dark" else "light"], size=inches or WIDE_INCHES, height_follows=inches is None,
        dpi=dpi, title=title, invert=invert, palette=palette,
    )  # fmt: skip
    with counted("drawing", len(charts)) as advance:
        for one in charts:
            drawing = draw(one, rows, look)
            for form in forms:
                content = picture(drawing, form, adapts=theme == "auto")
                if target := targets[one, form]:
                    write_output(target, content)
                    click.echo(target)
                else:
                    sys.stdout.buffer.write(content)
                    sys.stdout.buffer.flush()
            advance()


def _kinds(kinds: tuple[str, ...] | None, *, invert: bool) -> tuple[str, ...]:
    """Return the kinds to draw; without a wish all that there are."""
    if not invert:
        return kinds or tuple(KINDS)
    for kind in kinds or ():
        if kind not in INVERTIBLE:
            raise UsageError(f"--invert: {kind} is about what the page prints; it goes with {', '.join(INVERTIBLE)}")
    return kinds or INVERTIBLE


def _formats(forms: tuple[str, ...] | None, output: str | None) -> tuple[str, ...]:
    """Return the formats asked for, or the one that the name of the output asks for.

    Raises:
        UsageError: the name says otherwise, or names no format.
    """
    ending = "" if output is None or _is_folder(output) else Path(output).suffix.lstrip(".").lower()
    if ending and forms and ending in CHART_FORMATS and set(forms) != {ending}:
        raise UsageError(f"--output {output}: the name says {ending}, --format says {', '.join(forms)}")
    if ending and not forms and ending not in CHART_FORMATS:
        raise UsageError(f"--output {output}: {ending!r} is no format; use {', '.join(CHART_FORMATS)}, or say --format")
    return forms or ((ending,) if ending else CHART_FORMATS[:1])


def _inches(size: tuple[float, float, str], dpi: float) -> tuple[float, float]:
    """Return a size in inches.

    Raises:
        UsageError: it is too small to draw on, or too large to hold in memory.
    """
    width, height, unit = size
    per_inch = {"in": 1.0, "cm": 2.54, "px": dpi}[unit]
    inches = width / per_inch, height / per_inch
    least, most = CHART_INCHES
    if not all(least <= side <= most for side in inches):
        raise UsageError(f"--size: {inches[0]:.3g}x{inches[1]:.3g} inches; each side must be {least:g} to {most:g}")
    if inches[0] * inches[1] * dpi**2 > CHART_PIXELS:
        raise UsageError(f"--size and --dpi make {inches[0] * inches[1] * dpi**2:,.0f} dots, over {CHART_PIXELS:,}")
    return inches


def _read(
    config: "Config", pairs: Sequence[str], where: Where, kinds: tuple[str, ...], base: "dt.date | None"
) -> "tuple[ChartRows, tuple[str, ...]]":
    """Return the rows asked for, and all names of the database, which give each pair its colour.

    Raises:
        NothingFound: a pair or source is not known, or has no close there.
    """
    from fxtrack.charts.select import Selection, read_rows
    from fxtrack.store.query import (
        check_pair,
        check_source,
        date_range,
        known_pairs,
        known_sources,
        open_published,
        pairs_with_dates,
    )

    with open_published(config) as connection:
        wanted = tuple(dict.fromkeys(check_pair(connection, pair) for pair in pairs))
        source = check_source(connection, where.source) if where.source is not None else None
        selection = Selection(wanted or tuple(pairs_with_dates(connection)), source, where.since, where.until)
        rows = read_rows(connection, selection, kinds, base)
        palette = (*known_pairs(connection), *known_sources(connection))
        there = date_range(connection, wanted)
    found = rows.pairs()
    if not found:
        raise NothingFound(f"no close there; {there}")
    for pair in wanted:
        if pair not in found:
            click.echo(f"fxtrack: {pair}: no close there, left out", err=True)
    if "indexed" in kinds and rows.index.is_empty():
        raise NothingFound(f"--base {base}: no pair has a close on or before it; {there}")
    return rows, palette


def _targets(
    charts: Sequence[Chart], forms: Sequence[str], folder: Path, output: str | None
) -> dict[tuple[Chart, str], Path | None]:
    """Return where each chart goes in each format; None is standard output.

    Raises:
        UsageError: several charts for one file.
    """
    if output is None or _is_folder(output):
        folder = Path(output) if output else folder
        return {(chart, form): folder / f"{chart.name}.{form}" for chart in charts for form in forms}
    if len(charts) * len(forms) > 1:
        raise UsageError(
            f"--output {output}: one file, but this makes {len(charts) * len(forms)} charts; "
            "choose with PAIR, --kind and --format, or name a folder, which ends in / if it is not there yet"
        )
    if output == "-" and sys.stdout.isatty():
        raise UsageError("a picture is no text for a terminal: name a file with --output, or redirect standard output")
    return {(charts[0], forms[0]): None if output == "-" else Path(output)}


def _is_folder(output: str) -> bool:
    return output.endswith(os.sep) or Path(output).is_dir()


def _check_title(title: str, charts: Sequence[Chart], forms: Sequence[str]) -> None:
    """Refuse a title that cannot be drawn.

    Raises:
        UsageError: there are several charts, or the title is not one line of characters that the font has.
    """
    from fxtrack.charts.labels import missing_glyphs

    if len(charts) > 1:
        raise UsageError(f"--title: for one chart, but this makes {len(charts)}; choose with PAIR and --kind")
    if not title.strip() or not title.isprintable():
        raise UsageError("--title: one line of printable text is needed")
    missing = missing_glyphs(title)
    if missing and set(forms) != {"svg"}:
        raise UsageError(
            f"--title: the font of {' and '.join(form for form in forms if form != 'svg')} has no {missing[:20]!r}; "
            "use --format svg, where the reader brings the font"
        )
