"""A figure as the bytes of a file. No time stamps, no random names: the same data give the same bytes."""

import io
import re
import warnings
from xml.sax.saxutils import escape

import matplotlib as mpl

from fxtrack.charts.render import Drawing
from fxtrack.charts.style import DARK, LIGHT, RC

_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}


def picture(drawing: Drawing, form: str, *, adapts: bool = False) -> bytes:
    """Return a drawing as PNG, SVG or PDF.

    An SVG has a title and a description for screen readers, and its text is text.

    Args:
        drawing: the chart.
        form: ``png``, ``svg`` or ``pdf``.
        adapts: an SVG drawn in light colours turns dark where its reader prefers that.
    """
    content = io.BytesIO()
    metadata: dict[str, str | None] = {**_METADATA[form]}
    if form != "png":
        metadata["Title"] = drawing.title
    with mpl.rc_context(RC), warnings.catch_warnings():  # type: ignore[arg-type]
        # a glyph that the font lacks is no loss in an SVG, whose reader brings the font
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawing.figure.savefig(content, format=form, metadata=metadata)
    if form != "svg":
        return content.getvalue()
    return _readable(content.getvalue().decode("utf-8"), drawing.description, adapts=adapts).encode()


def _readable(svg: str, description: str, *, adapts: bool) -> str:
    """Name title and description as what a screen reader says (W3C SVG Accessibility API Mappings)."""
    svg = svg.replace("<svg ", '<svg role="img" aria-labelledby="chart-title chart-description" ', 1)
    more = f'</title>\n <desc id="chart-description">{escape(description)}</desc>'
    if adapts:
        more += f"\n <style>{_dark_colours()}</style>"
    svg = svg.replace("<title>", '<title id="chart-title">', 1).replace("</title>", more, 1)
    return re.sub(r"(?m)[ \t]+$", "", svg)


def _dark_colours() -> str:
    """Return style rules that put the dark theme's colours in the place of the light theme's."""
    rules = "".join(
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for light, dark in zip(LIGHT.colours(), DARK.colours(), strict=True)
        for what in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme: dark){{{rules}}}"
