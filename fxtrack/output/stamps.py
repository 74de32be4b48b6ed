"""Finds the stamp in a chart or an export: in its metadata, in a comment, or in a file beside it."""

import io
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import unescape

from fxtrack.model.stamp import Stamp, parse_stamp, png_texts

STAMP_NAME = "fxtrack-stamp"
"""The name of a stamp in the metadata of Parquet, and in a comment."""

_BESIDE = ".stamp.json"
_SVG = re.compile(rb"<dc:source>(.*?)</dc:source>", re.DOTALL)
_PDF = re.compile(rb"/Keywords \(((?:[^()\\]|\\.)*)\)", re.DOTALL)
_COMMENT = re.compile(rf"^; {STAMP_NAME}: (.*)$".encode(), re.MULTILINE)
_DESCRIPTION = re.compile(rb"<dc:description>(.*?)</dc:description>", re.DOTALL)
_HEAD = 64 * 1024
_MOST_PROPERTIES = 1024 * 1024


def stamp_file(path: Path) -> Path:
    """Return the file that holds the stamp of a file whose format has no place for one."""
    return path.with_name(path.name + _BESIDE)


def stamp_in(path: Path, data: bytes) -> Stamp | None:
    """Return the stamp of a file, None if it has none.

    Args:
        path: the file.
        data: its content.
    """
    text = _text_in(data)
    if text is None and stamp_file(path).is_file():
        text = stamp_file(path).read_text("utf-8", errors="replace")
    return parse_stamp(text) if text else None


def _text_in(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG"):
        return dict(png_texts(data)).get("fxtrack")
    if data.startswith(b"%PDF"):
        found = _PDF.search(data)
        return re.sub(rb"\\(.)", rb"\\1", found[1]).decode("latin-1") if found else None
    if data.startswith(b"PK"):
        return _in_workbook(data)
    if data.startswith(b"PAR1"):
        return _in_parquet(data)
    if found := _COMMENT.search(data[:_HEAD]):
        return found[1].decode("latin-1").strip()
    found = _SVG.search(data[:_HEAD]) if b"<svg" in data[:_HEAD] else None
    return unescape(found[1].decode("utf-8", "replace")).strip() if found else None


def _in_workbook(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book, book.open("docProps/core.xml") as file:
            found = _DESCRIPTION.search(file.read(_MOST_PROPERTIES))
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError, EOFError):
        return None
    return unescape(found[1].decode("utf-8", "replace"), {"&quot;": '"'}) if found else None


def _in_parquet(data: bytes) -> str | None:
    import polars as pl

    try:
        return pl.read_parquet_metadata(io.BytesIO(data)).get(STAMP_NAME)
    except pl.exceptions.PolarsError:
        return None
