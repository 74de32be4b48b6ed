"""How things stand, as seen from outside the store: facts and surroundings are read, `health` judges them."""

import datetime as dt
import shutil
from collections.abc import Callable

from fxtrack.config.config import Config
from fxtrack.files import is_alive
from fxtrack.runs.facts import Facts, read_facts
from fxtrack.runs.pending import pending_runs
from fxtrack.service.status.backlog import count_backlog
from fxtrack.service.status.health import Report, Surroundings, report
from fxtrack.store.lock import holder


def survey(
    config: Config, now: dt.datetime, count: Callable[[Config, Facts | None], int | None] = count_backlog
) -> tuple[Facts, Report]:
    """Look at everything but the store itself.

    Args:
        config: the configuration in force.
        now: UTC.
        count: tells how many pages are waiting. To count them opens the published file, which is not to be done in one
            thread while another one of the process has it open.

    Raises:
        FxtrackError: the facts are there and cannot be read.
    """
    facts = read_facts(config)
    around = Surroundings(
        holder=holder(config),
        living=frozenset(
            run.process for run in (facts.last.values() if facts else ()) if run.process and is_alive(str(run.process))
        ),
        unentered=pending_runs(config),
        backlog=count(config, facts),
        free_bytes=tuple(_free(config)),
    )
    return facts or Facts(written_utc=now), report(config, facts, around, now)


def _free(config: Config) -> list[tuple[str, int]]:
    """Return the room where database, pages, charts and backups lie; of places on one device the first."""
    places: dict[int, tuple[str, int]] = {}
    for path in (config.writer.parent, config.pages, config.charts, config.backups):
        folder = next((p for p in (path, *path.parents) if p.is_dir()), None)
        if folder:
            places.setdefault(folder.stat().st_dev, (str(path), shutil.disk_usage(folder).free))
    return list(places.values())
