"""A new project: a configuration, a folder of pages, and an entry for the pages given; for ``init``."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from fxtrack.config.config import Config
from fxtrack.config.settings import Fetch, Paths, Settings
from fxtrack.errors import FxtrackError, NothingFound, PageError, UsageError
from fxtrack.model.location import location_of, printable

if TYPE_CHECKING:
    from fxtrack.model.page import Page
    from fxtrack.probe.explain import Probe

_PAGES = "pages"
_TRIED = 50
"""Pages of a folder that are looked at for one that can be read."""

_CONFIG = """\
# fxtrack's configuration. Every key has a default; `fxtrack config show` prints all of them with their origin.
# Paths are relative to this file.

[paths]
pages = {pages}
# database = "db/fxtrack.duckdb"
# charts = "charts"

{entry}
# Live and archived pages, for `fxtrack fetch` and `fxtrack backfill`: the contact is sent to servers with each request.
{fetch}
# Jobs of `fxtrack service`; without this section: ingest every 15 minutes, charts every hour, backup
# every night, and fetch four times a day where a source has a `url`
# [schedule]
# time_zone = "Asia/Bishkek"
# ingest = {{ every = "15m" }}
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A project that is to be written.

    Attributes:
        pages: the folder of pages, as the configuration names it.
        entry: the `[[sources]]` entry.
        remarks: remarks on the entry.
        copied: a page that goes into the folder of pages.
        contact: sent to servers with each request.
        following: the command to run next.
    """

    pages: str = _PAGES
    entry: str = '[[sources]]\nname = "site"\n# url = "https://example.org/"\n'
    remarks: tuple[str, ...] = ()
    copied: Path | None = None
    contact: str | None = None
    following: str = "put captured pages into {pages}, then `fxtrack run`; `fxtrack probe PAGE` explains one"


def checked_contact(contact: str | None) -> str | None:
    """Return a contact that can be sent to servers.

    Raises:
        UsageError: it is neither an e-mail address nor a web page.
    """
    import msgspec

    try:
        return msgspec.convert({"contact": contact}, Fetch).contact
    except msgspec.ValidationError:
        raise UsageError(f"--contact: {contact!r} is no e-mail address or web page without spaces") from None


def project_of_files(target: Path, sample: Path, contact: str | None) -> Project:
    """Return the project for a page or a folder of pages.

    Raises:
        PageError: there is nothing at this path, or it cannot be read.
        NothingFound: no entry reads any of its pages.
    """
    from fxtrack.pages.discover import check_paths
    from fxtrack.probe.explain import probe

    check_paths([sample])
    is_folder = sample.is_dir()
    pages = location_of(str(sample), target.parent) if is_folder else _PAGES
    config = Config(target, Settings(paths=Paths(pages=pages)))
    problem = "no page in it"
    for page in islice(_pages(config, sample, is_folder=is_folder), _TRIED):
        found = probe(page, config)
        if read := _entry(found):
            entry, remarks = read
            copied = None if is_folder or sample.resolve().is_relative_to(config.pages.resolve()) else sample
            return Project(pages, entry, remarks, copied, contact, "`fxtrack run`, then `fxtrack latest`")
        problem = _problem(found)
    raise NothingFound(f"{printable(str(sample))}: {problem}; nothing was written (`fxtrack init` alone needs no page)")


def _pages(config: Config, sample: Path, *, is_folder: bool) -> Iterator["Page"]:
    """Yield the pages of a file or folder, at the locations that they have in the project."""
    from fxtrack.model.page import PageFile
    from fxtrack.pages.contents import SourcedPage, pages_in
    from fxtrack.pages.discover import find_pages

    for file in find_pages([sample], config.settings.ingest.include, config.root):
        if not isinstance(file, PageFile):
            continue
        inside = is_folder or sample.resolve().is_relative_to(config.pages.resolve())
        placed = file if inside else file._replace(location=f"{_PAGES}/{Path(file.location).name}")
        try:
            yield from (found.page for found in pages_in(placed, config) if isinstance(found, SourcedPage))
        except PageError as error:
            if not is_folder:
                raise PageError(f"{printable(str(sample))}: {error}") from error


def project_of_url(target: Path, url: str, contact: str | None) -> Project:
    """Return the project for a live page, which is fetched if there is a contact.

    Raises:
        FetchError: the page cannot be fetched.
        NothingFound: it cannot be read.
    """
    from fxtrack.config.fields import check_url
    from fxtrack.config.urls import place_of
    from fxtrack.probe.entry import as_toml, name_of
    from fxtrack.probe.explain import probe

    try:
        check_url("URL", url)
    except ValueError as error:
        raise UsageError(str(error)) from error
    host = place_of(url)[0].partition(":")[0]
    name = name_of(host.rpartition(".")[0].replace(".", "-") or host, ())
    head = f"[[sources]]\nname = {as_toml(name)}\nurl = {as_toml(url)}\n"
    if contact is None:
        following = "set fetch.contact, then `fxtrack fetch`; `fxtrack probe` explains the page that it brings"
        return Project(entry=head, following=following)
    page = _fetched(url, contact)
    found = probe(page, Config(target, Settings()))
    read = _entry(found)
    if read is None:
        raise NothingFound(f"{printable(url)}: {_problem(found)}; nothing was written (without --contact, any URL is)")
    entry, remarks = read
    kept = [line for line in entry.splitlines()[1:] if not line.startswith(("name = ", "paths = ", "urls = "))]
    return Project(
        entry=head + "".join(f"{line}\n" for line in kept), remarks=remarks, contact=contact,
        following="`fxtrack fetch`, then `fxtrack latest`",
    )  # fmt: skip


def _fetched(url: str, contact: str) -> "Page":
    """Fetch a page once, with the limits and the robots.txt rules of `fetch`."""
    import datetime as dt

    from fxtrack.collect.http.client import Ask, Web, home_of
    from fxtrack.collect.http.robots import Robots
    from fxtrack.collect.live import ACCEPT
    from fxtrack.extract.text.decode import known_encoding
    from fxtrack.limits import MAX_PAGE_BYTES
    from fxtrack.model.page import Page

    now = dt.datetime.now(dt.UTC)
    with Web(Fetch(contact=contact), home_of(url)) as web:
        ask = Ask(url, MAX_PAGE_BYTES, {"Accept": ACCEPT})
        answer = web.get(ask, Robots(web, (), now).check)
    header = Message()
    header["Content-Type"] = answer.last.header("Content-Type") or "application/octet-stream"
    charset = header.get_content_charset()
    media = header.get_content_type() if answer.last.header("Content-Type") else None
    charset = charset if charset and known_encoding(charset) else None
    return Page(f"{_PAGES}/live.html", answer.data, answer.last.url, now, media, charset)


def _entry(found: "Probe") -> tuple[str, tuple[str, ...]] | None:
    """Return the entry that reads a page, and remarks on it; None where no entry reads it."""
    from fxtrack.model.quote import Outcome
    from fxtrack.probe.entry import as_toml, name_of
    from fxtrack.probe.explain import explain_suggestion

    if found.suggestion and found.suggestion.toml:
        return found.suggestion.toml, tuple(explain_suggestion(found.suggestion))
    if found.reading.outcome not in {Outcome.OK, Outcome.CONFLICT}:
        return None
    name = name_of(found.page.location, ())
    return f"[[sources]]\nname = {as_toml(name)}\n", ("reads the usual ticker, PAIR = RATE CHANGE", *found.advice)


def _problem(found: "Probe") -> str:
    return "; ".join(found.suggestion.remarks) if found.suggestion else str(found.reading.outcome)


def write_project(target: Path, project: Project) -> None:
    """Write the whole project, or nothing.

    Raises:
        UsageError: the page that goes into it is there already.
        FxtrackError: it cannot be written.
    """
    from fxtrack.files import make_folder, write_whole
    from fxtrack.probe.entry import as_toml

    fetch = (
        f"[fetch]\ncontact = {as_toml(project.contact)}\n"
        if project.contact
        else ('# [fetch]\n# contact = "you@example.org"\n')
    )
    notes = "".join(f"# {printable(remark)}\n" for remark in project.remarks)
    content = _CONFIG.format(pages=as_toml(project.pages), entry=project.entry + notes, fetch=fetch)
    pages = target.parent / project.pages
    made = [folder for folder in (pages, target.parent, *target.parent.parents) if not folder.exists()]
    copy = pages / project.copied.name if project.copied else None
    if copy and os.path.lexists(copy):
        raise UsageError(f"{copy}: already there, and init overwrites nothing")
    try:
        make_folder(pages)
        if project.copied and copy:
            write_whole(copy, project.copied.read_bytes())
            shutil.copystat(project.copied, copy)
        write_whole(target, content.encode())
    except (OSError, FxtrackError) as error:
        with suppress(OSError):
            if copy:
                copy.unlink(missing_ok=True)
            for folder in made:
                folder.rmdir()
        if isinstance(error, FxtrackError):
            raise
        raise FxtrackError(f"{error.filename or pages}: cannot be written: {error.strerror or error}") from error
