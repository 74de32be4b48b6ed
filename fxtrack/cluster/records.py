"""The units of a list of records: each WARC file that it names, with the offsets of the records to read."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fxtrack.cluster.unit import Shard, Unit, unit_of_records
from fxtrack.collect.archives.listed import Listed
from fxtrack.collect.archives.record_list import records_in
from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.errors import FxtrackError, PageError
from fxtrack.model.location import is_in_bucket, location_of, printable
from fxtrack.model.page import PageFile
from fxtrack.model.run import counted
from fxtrack.pages.discover import LEADS_OUT, FilePath, file_now, leads_out
from fxtrack.pages.http_payload import SkipReason

_SHOWN_LINES = 3


class RecordList:
    """The records of a list that belong to a source, by WARC file.

    Attributes:
        size: number of those records.
        skipped: number of other records, by reason.
        unreadable: the lines that name no record: the number of all, and of the first few their own numbers.
        missing: name and reason of each WARC file that cannot be found.
    """

    def __init__(self, path: Path, folders: Sequence[FilePath], config: Config) -> None:
        """Read the list at `path`; the names in it are relative to one of `folders`.

        Raises:
            FxtrackError: it cannot be read, or names no record.
        """
        self.skipped: Counter[str] = Counter()
        self.unreadable: tuple[int, list[int]] = (0, [])
        self.missing: list[tuple[str, str]] = []
        self._folders, self._config = folders, config
        self._offsets: dict[str, array[int]] = {}
        self._read(path)
        self.size = sum(map(len, self._offsets.values()))

    @property
    def remarks(self) -> Iterator[str]:
        """A line on what of the list could not be read."""
        count, first = self.unreadable
        if count:
            numbers = ", ".join(f"{number:,}" for number in first) + (", ..." if count > len(first) else "")
            lines = counted(count, "line")
            yield f"{lines} of the list left out, which name no record (url, timestamp, filename, offset): {numbers}"

    def units(self, settings: str, shard: Shard) -> Iterator[Unit]:
        """Yield a unit for each WARC file of a shard; one that cannot be found is added to `missing`.

        Args:
            settings: digest of the settings, `reading_settings`.
            shard: the WARC files to read.
        """
        in_order = sorted(self._offsets, key=lambda name: name.split("/"))  # as folders are listed
        for number, name in enumerate(in_order):
            if number % shard.of != shard.number:
                continue
            try:
                yield unit_of_records(number, self._warc(name), self._offsets[name], settings)
            except PageError as error:
                self.missing.append((printable(name), str(error)))

    def _read(self, path: Path) -> None:
        sources: dict[str, list[Callable[[str | None], Source | None]]] = {}
        count = 0
        first: list[int] = []
        try:
            for listed in records_in(path):
                if isinstance(listed, int):
                    count += 1
                    first += [listed] if len(first) < _SHOWN_LINES else []
                elif listed.is_revisit:
                    self.skipped[SkipReason.OTHER] += 1
                elif not self._has_source(listed, sources):
                    self.skipped[SkipReason.FOREIGN] += 1
                else:
                    self._offsets.setdefault(str(listed.filename), array("Q")).append(listed.offset or 0)
        except PageError as error:
            raise FxtrackError(f"{path}: {error}") from error
        self.unreadable = count, first
        if not self._offsets and not self.skipped:
            raise FxtrackError(f"{path}: names no record; it takes lines of CDXJ, of JSON, or of CDX with a header")

    def _has_source(self, listed: Listed, sources: dict[str, list[Callable[[str | None], Source | None]]]) -> bool:
        """Return whether a record may be of a source; `sources` keeps those of each WARC file, wherever it may lie."""
        name = str(listed.filename)
        if name not in sources:
            places = [location_of(_path(folder, name), self._config.root) for folder in self._folders]
            sources[name] = [self._config.sources_at(place) for place in places]
        return any(source_by(listed.uri) for source_by in sources[name])

    def _warc(self, name: str) -> PageFile:
        """Return the WARC file of a name as it is now.

        Raises:
            PageError: it is in none of the folders, or leads out of them.
        """
        for folder in self._folders:
            path = _path(folder, name)
            try:
                found = file_now(PageFile(path, location_of(path, self._config.root), 0, 0))
            except PageError:
                continue
            if not is_in_bucket(path) and leads_out(path, [Path(folder)], self._config.link_folders):
                raise PageError(LEADS_OUT)
            return found
        raise PageError(f"not found below {', '.join(map(str, self._folders))}")


def _path(folder: FilePath, name: str) -> str:
    return f"{str(folder).rstrip('/')}/{name}"
