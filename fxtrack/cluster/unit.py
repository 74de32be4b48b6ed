"""Units of extraction: one WARC file, or some small files, under a name that a repeated task finds again. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from fxtrack import __version__
from fxtrack.config.config import Config
from fxtrack.errors import UsageError
from fxtrack.ingest.part import Part
from fxtrack.limits import PART_BYTES, PART_FILES
from fxtrack.model.capture import RefusedFile
from fxtrack.model.page import PageFile
from fxtrack.pages.contents import has_warc_name

_NAME_DIGITS = 24
_CUT_EVERY = 64  # one file in 64, by its name, ends a group, so that a new file changes one group only
_LATER = ("rounding", "lookback_days", "max_age", "url", "private_address")
"""Settings of a source that decide nothing of what is read from a page."""


class Unit(NamedTuple):
    """The work of one task.

    Attributes:
        name: the name of its parts, from everything that decides their rows.
        ordinal: the number of its first file in the listing.
        part: one WARC file, the records at some offsets of one, or some small files.
        unlisted: paths that could not be listed.
    """

    name: str
    ordinal: int
    part: Part
    unlisted: tuple[RefusedFile, ...] = ()

    @property
    def files(self) -> tuple[PageFile, ...]:
        """Its files."""
        return self.part.files


class Shard(NamedTuple):
    """Every `of`-th file of a listing, from the one with this number on."""

    number: int = 0
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Return the shard that ``K/N`` names.

        Raises:
            UsageError: it names none.
        """
        number, mark, of = text.partition("/")
        if mark and all(word.isascii() and word.isdecimal() for word in (number, of)) and int(number) < int(of):
            return cls(int(number), int(of))
        raise UsageError(f"{text!r} is no shard: K/N with K from 0 to N-1, such as 0/4 for the first of four")


WHOLE = Shard()
"""The shard of all files."""


def reading_settings(config: Config) -> str:
    """Return a digest of all settings that decide the rows read from a page: two with the same read the same."""
    sources = [
        {key: value for key, value in msgspec.to_builtins(source).items() if key not in _LATER}
        for source in config.settings.sources
    ]
    places = [config.place_of_folder(folder) for folder in (config.live, config.archived)]
    content = msgspec.json.encode([sources, config.settings.ingest.max_page_bytes, places], order="sorted")
    return hashlib.sha256(content).hexdigest()[:_NAME_DIGITS]


def units_of(files: Iterable[tuple[int, PageFile]], settings: str) -> Iterator[Unit]:
    """Yield the units of a listing: a WARC file is one, small files are grouped.

    Args:
        files: numbered, in order.
        settings: digest of the settings, `reading_settings`.
    """
    held: list[PageFile] = []
    first = size = 0
    for number, file in files:
        alone = file.size >= PART_BYTES or has_warc_name(file.location)
        if held and (alone or size + file.size > PART_BYTES or len(held) >= PART_FILES):
            yield _unit(first, held, settings)
            held, size = [], 0
        if alone:
            yield _unit(number, [file], settings)
            continue
        first = first if held else number
        held.append(file)
        size += file.size
        if _digest(file.location)[0] % _CUT_EVERY == 0:
            yield _unit(first, held, settings)
            held, size = [], 0
    if held:
        yield _unit(first, held, settings)


def one_by_one(unit: Unit, settings: str) -> list[Unit]:
    """Return a unit for each file of a group, so that one of them cannot take the others with it."""
    return [_unit(unit.ordinal, [file], settings) for file in unit.files] if len(unit.files) > 1 else []


class Attempts:
    """Counts the attempts at units whose process died: each is tried a few times, and a group file by file."""

    def __init__(self, retries: int, settings: str) -> None:
        """Allow `retries` further attempts at each unit; `settings` is the digest that names units."""
        self._retries, self._settings = retries, settings
        self._failed: dict[str, int] = {}

    def after_failure(self, unit: Unit) -> list[Unit]:
        """Return the units to try in place of one that failed; none if it is lost."""
        failed = self._failed[unit.name] = self._failed.get(unit.name, 0) + 1
        return [unit] if failed <= self._retries else one_by_one(unit, self._settings)

    def forget(self, unit: Unit) -> None:
        """Forget a unit that is done."""
        self._failed.pop(unit.name, None)


def unit_of_unlisted(unlisted: Iterable[RefusedFile], ordinal: int, settings: str) -> Unit:
    """Return the unit that records paths which could not be listed."""
    refused = tuple(unlisted)
    return Unit(_name(settings, (f"{r.location}\n{r.reason}" for r in refused)), ordinal, Part(()), refused)


def unit_of_records(ordinal: int, warc: PageFile, offsets: Iterable[int], settings: str) -> Unit:
    """Return the unit that reads only the records at some offsets of a WARC file."""
    chosen = tuple(sorted(set(offsets)))
    name = _name(settings, (*_identity(warc), "\n".join(map(str, chosen))))
    return Unit(name, ordinal, Part((warc,), offsets=chosen))


def _unit(ordinal: int, files: list[PageFile], settings: str) -> Unit:
    name = _name(settings, (text for file in files for text in _identity(file)))
    return Unit(name, ordinal, Part(tuple(files)))


def _identity(file: PageFile) -> tuple[str, ...]:
    return file.location, str(file.size), str(file.mtime_ns)


def _name(settings: str, contents: Iterable[str]) -> str:
    return _digest("\n".join((__version__, settings, *contents))).hex()[:_NAME_DIGITS]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
