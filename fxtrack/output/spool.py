"""Text kept until it is printed: in memory, or in a temporary file if it is long."""

import tempfile
from typing import IO

PIECE_CHARACTERS = 256 * 1024
"""Text that is read at once from what is kept."""

_HELD_BYTES = 16 * 1024 * 1024
"""Longer text goes to a temporary file."""


def spooled() -> IO[str]:
    """Return a file for text of any length, with lines that end in LF only; it is gone when it is closed."""
    return tempfile.SpooledTemporaryFile(_HELD_BYTES, "w+", encoding="utf-8", errors="surrogatepass", newline="\n")
