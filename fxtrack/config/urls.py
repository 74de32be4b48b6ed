"""URIs of pages as patterns of config.toml match them: host and path, without scheme, ``www.`` and default port."""

from fnmatch import fnmatchcase
from functools import lru_cache

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def place_of(uri: str) -> tuple[str, str]:
    """Return host and path with query: ``HTTPS://www.Timesca.com:443/page/2`` is ``timesca.com``, ``/page/2``."""
    scheme, mark, rest = uri.partition("://")
    if not mark:
        scheme, rest = "", uri
    rest = rest.partition("#")[0]
    end = min((rest.find(c) for c in "/?" if c in rest), default=len(rest))
    host, path = rest[:end].rpartition("@")[2].lower(), rest[end:]
    host = host.removesuffix(_DEFAULT_PORTS.get(scheme.lower(), ":")).removesuffix(".").removeprefix("www.")
    return host, path if path.startswith("/") else "/" + path


def is_at(place: tuple[str, str], patterns: tuple[str, ...]) -> bool:
    """Return whether (host, path) matches any shell pattern; a pattern without a path matches the whole host."""
    host, path = place
    return any(fnmatchcase(host, h) and fnmatchcase(path, p) for h, p in map(_parts, patterns))


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> tuple[str, str]:
    host, path = place_of(pattern)
    return host, path if "/" in (pattern.partition("://")[2] or pattern) else "*"
