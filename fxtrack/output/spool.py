"""Text kept until it is printed: in memory, or in a temporary file if it is long."""

import tempfile
from typing import IO

PIECE_CHARACTERS = 256 * 1024
"""Size of a piece read back from the kept text."""

_HELD_BYTES = 16 * 1024 * 1024
"""Longer text goes to a temporary file."""


def spooled() -> IO[str]:
    """Return a file for text of any length, with lines that end in LF only; closing deletes it."""
    return tempfile.SpooledTemporaryFile(_HELD_BYTES, "w+", encoding="utf-8", errors="surrogatepass", newline="\n")
