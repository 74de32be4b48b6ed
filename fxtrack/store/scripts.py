"""The statements in `fxtrack/sql`, by folder and name."""

from functools import cache
from importlib import resources

_SQL = resources.files("fxtrack")


@cache
def script(folder: str, name: str) -> str:
    """Return the text of one file, without the ``.sql`` of its name."""
    return (_SQL / folder / f"{name}.sql").read_text("utf-8")


def scripts(folder: str) -> list[str]:
    """Return the texts of all files in a folder, in the order of their names."""
    names = sorted(file.name for file in (_SQL / folder).iterdir() if file.name.endswith(".sql"))
    return [script(folder, name.removesuffix(".sql")) for name in names]
