"""URIs of pages as patterns of config.toml match them: host and path, without scheme, ``www.`` and default port."""

from fnmatch import fnmatchcase
from functools import lru_cache

DEFAULT_PORTS = {"http": 80, "https": 443}
_WILDCARDS = frozenset("*?[")


def place_of(uri: str) -> tuple[str, str]:
    """Return host and path with query: ``HTTPS://www.Timesca.com:443/page/2`` is ``timesca.com``, ``/page/2``."""
    scheme, mark, rest = uri.partition("://")
    if not mark:
        scheme, rest = "", uri
    rest = rest.partition("#")[0]
    slash, query = rest.find("/"), rest.find("?")
    end = slash if query < 0 or 0 <= slash < query else query
    end = len(rest) if end < 0 else end
    host, path = rest[:end].rpartition("@")[2].lower(), rest[end:]
    if ":" in host:
        host = host.removesuffix(f":{DEFAULT_PORTS.get(scheme.lower(), '')}")
    host = host.removesuffix(".").removeprefix("www.")
    return host, path if path.startswith("/") else "/" + path


def is_at(place: tuple[str, str], patterns: tuple[str, ...]) -> bool:
    """Return whether (host, path) matches any shell pattern; a pattern without a path matches the whole host."""
    host, path = place
    for wanted_host, wanted_path, is_plain in map(_parts, patterns):  # asked of every record of an archive
        if is_plain and host != wanted_host:
            continue
        if fnmatchcase(host, wanted_host) and fnmatchcase(path, wanted_path):
            return True
    return False


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> tuple[str, str, bool]:
    """Return the patterns of host and path, and whether that of the host has no wildcard."""
    host, path = place_of(pattern)
    path = path if "/" in (pattern.partition("://")[2] or pattern) else "*"
    return host, path, not _WILDCARDS.intersection(host)
