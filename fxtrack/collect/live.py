"""Live pages: one polite, conditional request for each source; each answer is kept as a WARC file.

The answer "not modified" is kept as a record that refers to the page it is about: a sighting of that page, at its time.

A visit has three steps, all of them in `pipeline.fetch`:

    visit = fetch_sources(config, now)   # the store is not changed
    run_pass(config, run, visit.files)   # the pages are ingested like all others
    remember(config, visit)              # only now: validators for the next visit

A stop in between loses nothing: without `remember`, the next visit requests the whole page again. The time before which
a server wants no request is kept at once, for all sources with pages on it.
"""

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fxtrack.collect.http.client import Ask, Exchange, Web, home_of, put_off
from fxtrack.collect.http.headers import contact_of
from fxtrack.collect.http.rate_limit import Paces, Sleep, server_of
from fxtrack.collect.http.retry_after import keeping, servers_put_off
from fxtrack.collect.http.robots import Robots
from fxtrack.collect.visits import EarlierVisit, Fetched, FetchOutcome, Visit, live_file, recall, settings_digest
from fxtrack.collect.warc_writer import exchange_records, revisit_headers, write_warc
from fxtrack.config.config import Config
from fxtrack.config.source import Source
from fxtrack.errors import ConfigError, FetchError, FxtrackError, UsageError, did_you_mean
from fxtrack.model.location import NOT_MODIFIED

_NOT_MODIFIED = 304
_WATCH_SECONDS = 0.1
ACCEPT = "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.1"


def fetch_sources(
    config: Config, now: dt.datetime, names: Sequence[str] = (), *,
    on_source: Callable[[str], None] = lambda _name: None, sleep: Sleep = time.sleep,
) -> Visit:  # fmt: skip
    """Request each source's page and keep it as a WARC file; a failure is a value in the result.

    Args:
        config: the configuration in force.
        now: the time of the visit, UTC.
        names: sources; without names all that have a `url`.
        on_source: called with each source's name before its request.
        sleep: waits; it may raise to end the visit, also during a request. Files already written stay, and the next
            pass ingests them.

    Raises:
        UsageError: a name is unknown.
        ConfigError: no source has a `url`, a named one has none, or there is no contact.
        StoreError: the store cannot be used.
    """
    sources = chosen(config, names)
    contact_of(config.settings.fetch)
    known, robots_files = recall(config)
    paces = Paces(config.settings.fetch.seconds_between, sleep, put_off=servers_put_off(config, now))
    results = []
    for source in sources:
        on_source(source.name)
        last = known.get(source.name)
        url = source.url or ""
        until = paces.put_off.get(server_of(url))
        if until and until > max(now, dt.datetime.now(dt.UTC)):  # a visit takes time
            detail = f"{url}: {put_off(until)}"
            results.append(Fetched(source.name, url, FetchOutcome.FAILED, detail, not_before=until))
            continue
        homes = home_of(url, trusted=source.private_address)
        with (
            keeping(config, paces, now),
            Web(config.settings.fetch, homes, paces=paces) as web,
            _ended_by(sleep, web),
        ):
            robots = Robots(web, robots_files, now)
            results.append(_fetch(config, source, last, web, robots))
            robots_files = robots.files
        sleep(0)  # raises at a stop, so that the aborted request is no failure of the source
    return Visit(now, tuple(results), robots_files)


def chosen(config: Config, names: Sequence[str]) -> list[Source]:
    """Return the sources of these names, or all that have a live page.

    Raises:
        UsageError: a name is unknown.
        ConfigError: there is no live page.
    """
    sources = {source.name: source for source in config.settings.sources}
    for name in names:
        if name not in sources:
            raise UsageError(
                f"no source is named {name!r}{did_you_mean(name, sources)}; there are: {', '.join(sources)}"
            )
        if sources[name].url is None:
            raise ConfigError(f"{config.file}: the source {name!r} has no live page; set its url")
    found = [s for s in sources.values() if s.url and (not names or s.name in names)]
    if not found:
        raise ConfigError(f"{config.file}: no source has a live page; set sources.url")
    return found


@contextmanager
def _ended_by(sleep: Sleep, web: Web) -> Iterator[None]:
    """End the current request when `sleep` raises; a second thread waits for that."""
    if sleep is time.sleep:
        yield
        return
    done = threading.Event()

    def watch() -> None:
        try:
            while not done.is_set():
                sleep(_WATCH_SECONDS)
        except Exception:  # noqa: BLE001 -- `sleep` raises it again in the thread that waits
            web.abort()

    watcher = threading.Thread(target=watch, name="fetch-stop", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()


def _fetch(config: Config, source: Source, last: EarlierVisit | None, web: Web, robots: Robots) -> Fetched:
    url = source.url or ""
    validators = last.validators(source, settings_digest(source, config.sharing(source))) if last else None
    accept = frozenset({200, _NOT_MODIFIED} if validators else {200})
    ask = Ask(url, config.settings.ingest.max_page_bytes, {"Accept": ACCEPT}, only_at=validators, accept=accept)
    try:
        answer = web.get(ask, robots.check)
        if last and answer.last.status == _NOT_MODIFIED:
            file = _keep_unchanged(config, source, answer, last)
            return Fetched(source.name, url, FetchOutcome.NOT_MODIFIED, f"{url}: not modified", file)
        file = _keep(config, source, answer)
    except FetchError as error:
        return Fetched(source.name, url, FetchOutcome.FAILED, str(error), not_before=error.not_before)
    except FxtrackError as error:  # the page cannot be kept
        return Fetched(source.name, url, FetchOutcome.FAILED, str(error))
    hop = answer.last
    return Fetched(
        source.name, url, FetchOutcome.KEPT, f"{hop.url}: {len(answer.data):,} bytes", file,
        hashlib.sha256(answer.data).hexdigest(), hop.url, hop.header("ETag"), hop.header("Last-Modified"),
    )  # fmt: skip


def _keep(config: Config, source: Source, answer: Exchange) -> Path:
    # two visits within one second are two captures, unless they bring the same bytes: then the first file stays
    target = live_file(
        config, source.name, answer.last.url, answer.last.asked_utc, hashlib.sha256(answer.data).hexdigest()
    )
    if not target.exists():
        write_warc(target, _about(config, source), exchange_records(answer))
    return target


def _keep_unchanged(config: Config, source: Source, answer: Exchange, last: EarlierVisit) -> Path:
    """Keep an answer "not modified" as a record that refers to the page of the validators."""
    hop, name = answer.last, last.capture_id or ""
    target = live_file(config, source.name, hop.url, hop.asked_utc, name, NOT_MODIFIED)
    if not target.exists():
        unchanged = revisit_headers(last.page_url or hop.url, last.kept_utc or hop.asked_utc, name)
        write_warc(target, _about(config, source), exchange_records(answer, unchanged))
    return target


def _about(config: Config, source: Source) -> dict[str, str]:
    return {
        "operator": contact_of(config.settings.fetch),
        "robots": "obey",
        "description": f"live page of {source.name}",
    }
