"""Reads a list of archive records: lines of CDXJ, of JSON objects or of a CDX file with a header, also in gzip.

CDXJ is what pywb and Common Crawl write: ``KEY TIMESTAMP {"url": ..., "filename": ..., "offset": ...}``. The columns of
a CDX file have letters (Internet Archive, "CDX and DAT legend").
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fxtrack.collect.archives.listed import Listed, listed_in
from fxtrack.errors import PageError
from fxtrack.files import GZIP
from fxtrack.limits import LIST_LINE_BYTES

_CDX = b" CDX "
_LETTERS = {
    "b": "timestamp", "a": "url", "m": "mime", "s": "status", "k": "digest", "S": "length", "V": "offset",
    "g": "filename",
}  # fmt: skip


def records_in(path: Path) -> Iterator[Listed | int]:
    """Yield the listed records that name an archive and an offset, or the number of a line that does not.

    Lines of comments and headers are skipped. Memory does not depend on the length of the list.

    Raises:
        PageError: the file cannot be read.
    """
    try:
        with path.open("rb") as opened:
            packed = opened.peek(2).startswith(GZIP)
            columns: list[str] = []
            with gzip.GzipFile(fileobj=opened) if packed else opened as lines:
                number = 0
                while line := lines.readline(LIST_LINE_BYTES + 1):
                    number += 1
                    if len(line) > LIST_LINE_BYTES:
                        raise PageError(
                            f"line {number:,} is longer than {LIST_LINE_BYTES:,} bytes: not a list of records"
                        )
                    if line.startswith(_CDX):
                        columns = [_LETTERS.get(letter, letter) for letter in line.decode("latin-1").split()[1:]]
                    elif line.strip() and not line.startswith((b"!", b"#")):
                        yield _listed(line, columns) or number
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise PageError(f"cannot be read: {reason}") from error


def _listed(line: bytes, columns: list[str]) -> Listed | None:
    """Return the record of a line, None if the line names none."""
    listed = listed_in(_row(line.decode("utf-8", "replace").strip(), columns))
    return listed if listed and listed.filename and listed.offset is not None else None


def _row(line: str, columns: list[str]) -> dict[str, Any]:
    head, brace, rest = line.partition("{")
    if columns and not brace:
        return {"length": "0", **dict(zip(columns, line.split(" "), strict=False))}
    try:
        row = json.loads(brace + rest)
    except (ValueError, RecursionError):
        return {}
    words = head.split()
    return {"timestamp": words[-1] if words else "", "length": "0", **row}
