"""The secret URLs of receivers: read only to send, and never part of a message, a log or an error."""

import os
import re
import stat
from pathlib import Path

from fxtrack.config.config import Config
from fxtrack.errors import ConfigError
from fxtrack.limits import URLS_BYTES


def secret_urls(config: Config) -> list[str]:
    """Return the URLs of `notify.urls_file` and of the environment variable `notify.urls_env`.

    Raises:
        ConfigError: the file is missing or readable for others, or the variable is not set; the message has no URL.
    """
    name = config.settings.notify.urls_env
    urls = _lines(_file(config.urls_file)) if config.urls_file else []
    if name:
        text = os.environ.get(name, "")
        if not _lines(text):
            raise ConfigError(f"notify.urls_env: the environment variable {name} holds no URL; set it, or drop the key")
        urls += _lines(text)
    return urls


def check_secrets(config: Config) -> None:
    """Check the file with the URLs, if there is one, without keeping anything of it.

    Raises:
        ConfigError: it is missing, empty or readable for others.
    """
    if config.urls_file:
        _file(config.urls_file)


def _file(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise ConfigError(f"notify.urls_file: {path} is no file")
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigError(
                    f"notify.urls_file: {path} is open to other users (mode {stat.S_IMODE(mode):04o}); run "
                    f"`chmod 600` on it, and change the secrets in it if others may have read them"
                )
            content = opened.read(URLS_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"notify.urls_file: {path} cannot be read: {error.strerror}") from None
    if len(content) > URLS_BYTES:
        raise ConfigError(f"notify.urls_file: {path} is longer than {URLS_BYTES:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"notify.urls_file: {path} is not UTF-8 text") from None
    if not _lines(text):
        raise ConfigError(f"notify.urls_file: {path} holds no URL; write one a line, or drop the key")
    return text


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in re.split(r"[\r\n]+|\s+(?=[A-Za-z][A-Za-z0-9+.-]*://)", text))
    return [line for line in lines if line and not line.startswith("#")]
