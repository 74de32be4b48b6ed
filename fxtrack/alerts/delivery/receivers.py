"""Receivers of messages: a file, a command, and the services that apprise knows."""

import fcntl
import json
import logging
import os
import re
import signal
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fxtrack.alerts.delivery.secrets import secret_urls
from fxtrack.alerts.ledger import Message
from fxtrack.config.config import Config
from fxtrack.errors import ConfigError
from fxtrack.files import append_line, sync
from fxtrack.limits import NOTIFY_SECONDS
from fxtrack.output.cells import plain_value

_LIBRARIES = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib", "MARKDOWN")
_STATUS = re.compile(r"\berror[=: ]+(\d{3})\b")


class DeliveryError(Exception):
    """A receiver did not take a message; the text holds nothing that a library or a receiver said."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver: its name, without any secret, and a function that hands a message over or raises `DeliveryError`."""

    name: str
    take: Callable[[Message], None]


def receivers_of(config: Config, *, loud: bool = False) -> list[Receiver]:
    """Return the receivers that are configured.

    Args:
        config: names them.
        loud: a command may write to the terminal.

    Raises:
        ConfigError: the URLs cannot be read, one of them is wrong, or apprise is not installed.
    """
    notify = config.settings.notify
    found = []
    if config.notify_file:
        path = config.notify_file
        found.append(Receiver("file", lambda message: _append(path, message)))
    if notify.command:
        command = list(notify.command)
        found.append(Receiver("command", lambda message: _run(command, config.root, message, loud=loud)))
    if notify.urls_file or notify.urls_env:
        found += _services(secret_urls(config))
    return found


def message_record(message: Message) -> dict[str, object]:
    """Return a message as an object for programs; `id` is the same in every attempt to send it."""
    return {
        "id": f"{message.store_id[:8]}-{message.message_id}",
        "alert": message.alert,
        "when": message.kind,
        "event": message.event,
        "source": message.source,
        "pair": message.pair,
        "page_date": plain_value(message.page_date),
        "title": message.title,
        "text": message.text,
        "created_utc": plain_value(message.created_utc),
    }


def _append(path: Path, message: Message) -> None:
    """Append a message as a line; other processes that append wait."""
    line = json.dumps(message_record(message)).encode() + b"\n"
    try:
        is_new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            append_line(descriptor, line)
        finally:
            os.close(descriptor)
        if is_new:
            sync(path.parent)
    except OSError as error:
        raise DeliveryError(f"{path} cannot be written: {error.strerror}") from None


def _run(command: list[str], folder: Path, message: Message, *, loud: bool) -> None:
    """Run a command with the message; its output is dropped, since it may hold secrets that only it knows."""
    record = json.dumps(message_record(message))
    name = Path(command[0]).name
    output = None if loud else subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 -- the user's own command, without a shell
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=output,
            env={**os.environ, "FXTRACK_ALERT": record, "FXTRACK_TITLE": message.title}, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise DeliveryError(f"{name} cannot be run: {error.strerror}") from None
    try:
        process.communicate(f"{message.text}\n".encode(), NOTIFY_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise DeliveryError(f"{name} did not end within {NOTIFY_SECONDS:g} s") from None
    except OSError:  # it ended without reading the message, which its exit code judges
        process.wait(NOTIFY_SECONDS)
    if process.returncode:
        raise DeliveryError(f"{name} ended with exit code {process.returncode}")


def _services(urls: list[str]) -> list[Receiver]:
    """Return a receiver for each URL, named by its scheme and its number among those of the scheme."""
    try:
        with _hushed():
            import apprise
    except ImportError:
        raise ConfigError(
            "notify: urls_file and urls_env need apprise, which is not installed; run `pip install 'fxtrack[alerts]'`"
        ) from None
    asset = apprise.AppriseAsset(app_id="fxtrack", app_desc="fxtrack", secure_logging=True, async_mode=False)
    found: list[Receiver] = []
    for number, url in enumerate(urls, 1):
        scheme = url.partition("://")[0].lower()
        with _hushed():
            try:
                service = apprise.Apprise(asset=asset)
                is_known = bool(re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme)) and service.add(url)
            except Exception:  # noqa: BLE001 -- a plugin's error may quote the URL
                is_known = False
        if not is_known:
            raise ConfigError(
                f"notify: URL {number} of {len(urls)} is none that apprise can use (it is not shown: a secret)"
            )
        of_scheme = 1 + sum(receiver.name.startswith(f"{scheme} ") for receiver in found)
        found.append(Receiver(f"{scheme} {of_scheme}", lambda message, service=service: _notify(service, message)))  # type: ignore[misc]
    return found


def _notify(service: object, message: Message) -> None:
    """Send through apprise in a thread that is left alone if it takes too long; no text of apprise gets out."""
    outcome: list[bool] = []

    def send() -> None:
        with suppress(Exception):
            outcome.append(bool(service.notify(body=message.text, title=message.title, body_format="text")))  # type: ignore[attr-defined]

    with _hushed() as said:
        thread = threading.Thread(target=send, name="apprise", daemon=True)
        thread.start()
        thread.join(NOTIFY_SECONDS)
        if thread.is_alive():
            raise DeliveryError(f"no answer within {NOTIFY_SECONDS:g} s")
    if outcome != [True]:
        raise DeliveryError(_reason(" ".join(said)))


def _reason(said: str) -> str:
    """Return the reason of a failure in words of our own: apprise's lines may quote an address."""
    if status := _STATUS.search(said):
        return f"refused with HTTP status {status[1]}"
    if re.search(r"[Cc]onnection|[Ss]ocket|[Tt]imed? ?out", said):
        return "it cannot be reached, or did not take the message"
    return "it did not take the message"


@contextmanager
def _hushed() -> Iterator[list[str]]:
    """Keep the lines of apprise, and of the libraries under it, out of every log from now on, and yield them.

    Their warnings are dropped: they may quote an address, too.
    """
    said: list[str] = []
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    for logger in loggers:
        logger.handlers, logger.propagate = [_Collector(said)], False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield said
    finally:
        for logger in loggers:
            logger.handlers = [logging.NullHandler()]


class _Collector(logging.Handler):
    """A handler that collects the text of records."""

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):
            self._said.append(record.getMessage())
