"""Files in S3 buckets, by names like ``s3://BUCKET/KEY``: listed, looked up and read in blocks.

Credentials, region and endpoint are those of the usual variables and files of AWS: `AWS_PROFILE`, `AWS_ENDPOINT_URL`.
"""

import io
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO, cast

from fxtrack.errors import FxtrackError, PageError
from fxtrack.limits import BUCKET_BLOCKS, BUCKET_CONNECT_SECONDS, BUCKET_REQUEST_SECONDS
from fxtrack.model.location import S3, printable
from fxtrack.model.page import PageFile

if TYPE_CHECKING:
    from pyarrow import NativeFile
    from pyarrow.fs import FileInfo, S3FileSystem

_BUFFER_BYTES = 4096
_ERROR = re.compile(r"AWS Error ([A-Z_]+)")
_REASONS = {
    "NO_SUCH_BUCKET": "no such bucket",
    "ACCESS_DENIED": "no rights to it; check the credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID)",
    "INVALID_ACCESS_KEY_ID": "the access key is not known; check the credentials (AWS_ACCESS_KEY_ID)",
    "SIGNATURE_DOES_NOT_MATCH": "the secret key does not fit the access key; check the credentials",
    "NETWORK_CONNECTION": "the server does not answer; check AWS_ENDPOINT_URL and the network",
}


@lru_cache(maxsize=1)
def bucket_system() -> "S3FileSystem":
    """Return the connection of this process to the server of buckets."""
    from pyarrow.fs import S3FileSystem  # loaded only where a bucket is named

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return S3FileSystem(
        endpoint_override=endpoint, connect_timeout=BUCKET_CONNECT_SECONDS, request_timeout=BUCKET_REQUEST_SECONDS
    )


def key_of(url: str) -> str:
    """Return ``BUCKET/KEY`` of the name of a file or folder in a bucket.

    Raises:
        PageError: it names no bucket.
    """
    key = url.removeprefix(S3).strip("/")
    if not key or "//" in key:
        raise PageError(f"{printable(url)}: not a place in a bucket like s3://BUCKET/KEY")
    return key


@contextmanager
def bucket_errors(url: str) -> Iterator[None]:
    """Translate errors of the server into one line that names the place.

    Raises:
        FxtrackError: the server refused a request, or does not answer.
    """
    try:
        yield
    except OSError as error:
        raise FxtrackError(f"{printable(url)}: {reason_of(error)}") from error


def reason_of(error: OSError) -> str:
    """Return the reason of an error of the server in a few words."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder in the bucket"
    text = " ".join(str(error).split())
    found = _ERROR.search(text)
    return _REASONS.get(found[1], text) if found else text


def find_in_bucket(url: str) -> Iterator[PageFile]:
    """Yield the files at a place in a bucket, a file or a folder, in the order of a walk through folders.

    Raises:
        FxtrackError: there is nothing at that place, or it cannot be listed.
    """
    from pyarrow.fs import FileSelector, FileType

    key = key_of(url)
    with bucket_errors(url):
        at = bucket_system().get_file_info(key)
        found = [at] if at.type == FileType.File else bucket_system().get_file_info(FileSelector(key, recursive=True))
    files = [info for info in found if info.type == FileType.File]
    if not files and at.type == FileType.NotFound:
        raise PageError(f"{printable(url)}: no such file or folder")
    for info in sorted(files, key=lambda info: info.path.split("/")):
        yield _page_file(info)


def bucket_file(url: str) -> PageFile | None:
    """Return a file in a bucket as it is now, None if it does not exist.

    Raises:
        PageError: the server refused the request, or does not answer.
    """
    from pyarrow.fs import FileType

    try:
        info = bucket_system().get_file_info(key_of(url))
    except OSError as error:
        raise PageError(reason_of(error)) from error
    return _page_file(info) if info.type == FileType.File else None


@contextmanager
def open_bucket_file(url: str, block_bytes: int) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file in a bucket, to be read in blocks; yields it and its size.

    Raises:
        OSError: it cannot be opened; the message is a short reason.
        FxtrackError: a read within the context failed.
    """
    try:
        opened = bucket_system().open_input_file(key_of(url))
        size = opened.size()
    except OSError as error:
        raise OSError(reason_of(error)) from error
    with opened, ThreadPoolExecutor(1) as ahead:
        blocks = _Blocks(url, opened, size, block_bytes, ahead)
        yield cast("BinaryIO", io.BufferedReader(blocks, _BUFFER_BYTES)), size
        if blocks.failure:
            raise blocks.failure


class _Blocks(io.RawIOBase):
    """A file read in aligned blocks, of which the last few are kept: damages are searched back and forth.

    From the beginning on, and where blocks are read one after the other, the next one comes while one is worked on. A
    request that fails is no damage of the file: `failure` has it, since readers take errors of reading for damages.
    """

    def __init__(self, url: str, opened: "NativeFile", size: int, block_bytes: int, ahead: ThreadPoolExecutor) -> None:
        self.failure: FxtrackError | None = None
        self._url, self._ahead = url, ahead
        self._read_at: Callable[[int, int], bytes] = opened.read_at  # type: ignore[assignment]
        self._size, self._block_bytes = size, block_bytes
        self._position = 0
        self._blocks: dict[int, bytes] = {}
        self._coming: dict[int, Future[bytes]] = {}  # at most one

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        number, offset = divmod(self._position, self._block_bytes)
        data = memoryview(self._block(number))[offset : offset + len(buffer)] if self._position < self._size else b""
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _block(self, number: int) -> bytes:
        block = self._blocks.pop(number, None)
        if block is None:
            coming = self._coming.pop(number, None)
            try:
                block = coming.result() if coming else self._fetch(number)
            except OSError as error:
                self.failure = FxtrackError(f"{printable(self._url)}: {reason_of(error)}")
                raise self.failure from error
            following = number + 1
            is_wanted = following not in self._blocks and following * self._block_bytes < self._size
            if is_wanted and (not number or number - 1 in self._blocks):
                self._coming = {following: self._ahead.submit(self._fetch, following)}
            if len(self._blocks) >= BUCKET_BLOCKS:
                del self._blocks[next(iter(self._blocks))]
        self._blocks[number] = block
        return block

    def _fetch(self, number: int) -> bytes:
        start = number * self._block_bytes
        return self._read_at(min(self._block_bytes, self._size - start), start)


def _page_file(info: "FileInfo") -> PageFile:
    url = S3 + info.path
    return PageFile(url, printable(url), info.size, info.mtime_ns or 0)
