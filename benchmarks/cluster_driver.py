"""The driver of `benchmarks.cluster`: it runs inside the namespaces of a cluster and writes what it measured as JSON.

One connection and the same processes serve all rounds, so that nothing starts while a clock runs. In each round the
same archives are read by this process, by as many plain processes as there are nodes, and by the nodes.
"""

import datetime as dt
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.pool import Pool
from pathlib import Path
from unittest import mock

import msgspec
import ray

from benchmarks.cluster import ANSWER
from benchmarks.ray_cluster import ADDRESS, wait_for
from fxtrack.cluster.engines import on_ray
from fxtrack.cluster.folder import announced, folder_at
from fxtrack.cluster.parts import Mark
from fxtrack.cluster.task import Plan, extract_unit
from fxtrack.cluster.unit import Unit, reading_settings, units_of
from fxtrack.config.load import load_config
from fxtrack.ingest.ingest import FileListing
from fxtrack.ingest.part import Part
from fxtrack.limits import PROCESS_TASKS

TICKS = os.sysconf("SC_CLK_TCK")
EMPTY_TASKS, NEVER = 1_000, 1_000_000
EMPTY_MARK = msgspec.json.encode(Mark("", "", "", 0, dt.datetime(2025, 1, 1, tzinfo=dt.UTC), (), {}))


def nothing(_version: str, _plan: bytes, _unit: bytes) -> on_ray.NodeAnswer:
    """Answer as a task that has read nothing, in place of `extract_on_node`."""
    return "done", "", EMPTY_MARK


def cpu_by_kind() -> dict[tuple[str, int], float]:
    """Return the CPU seconds of each process of the namespace: workers, the driver, plain ones, or Ray's daemons."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes()
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        pid = int(path.name)
        if pid == os.getpid():
            kind = "driver"
        elif words.startswith(b"ray::"):
            kind = "workers"
        else:
            kind = "plain" if b"multiprocessing" in words else "daemons"
        found[kind, pid] = (int(fields[11]) + int(fields[12])) / TICKS
    return found


def busy_seconds() -> float:
    """Return the seconds that all processors of the machine were busy."""
    user, nice, system = Path("/proc/stat").read_text("ascii").split()[1:4]
    return (int(user) + int(nice) + int(system)) / TICKS


def peak_of_workers() -> int:
    """Return the largest resident size that any worker process reached, in bytes."""
    peaks = [0]
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cmdline").read_bytes().startswith(b"ray::"):
                lines = (path / "status").read_text().splitlines()
                peaks += [1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
        except OSError:
            continue
    return max(peaks)


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Return the wall time of some work, and the CPU seconds by kind of process; `others` are outside of it all."""
    before, busy, begin = cpu_by_kind(), busy_seconds(), time.monotonic()
    work()
    wall = time.monotonic() - begin
    used: dict[str, float] = dict.fromkeys(("workers", "plain", "driver", "daemons"), 0.0)
    for key, seconds in cpu_by_kind().items():
        used[key[0]] += seconds - before.get(key, 0)
    return {"wall": wall, **used, "others": busy_seconds() - busy - sum(used.values())}


def run(units: Sequence[Unit], plan: Plan) -> None:
    """Run units on the cluster; all must be done."""
    for ended in on_ray.run_on_ray(iter(units), plan):
        if ended.mark is None:
            raise RuntimeError(ended.reason)


def read_plainly(job: tuple[Unit, Plan]) -> int:
    """Read a unit in a plain process."""
    return extract_unit(*job).captures


def read_in(pool: Pool, units: Sequence[Unit], plan: Plan) -> None:
    """Read units in plain processes."""
    for _ in pool.imap_unordered(read_plainly, [(unit, plan) for unit in units]):
        pass


def rounds_of(units: Sequence[Unit], plan: Plan, nodes: int, rounds: int) -> Iterator[dict[str, dict[str, float]]]:
    """Yield the measurements of each round, after one that does not count."""
    # the kernel shares out processors by session, and each node has one of its own
    with multiprocessing.get_context("spawn").Pool(nodes, os.setsid) as pool:
        for number in range(rounds + 1):
            times = {
                "in process": measured(lambda: [extract_unit(unit, plan) for unit in units]),
                "plain": measured(lambda: read_in(pool, units, plan)),
                "nodes": measured(lambda: run(units, plan)),
            }
            if number:
                yield times


def empty_tasks(plan: Plan, renewed_after: int, rounds: int) -> list[dict[str, float]]:
    """Return what tasks without work cost, where processes are renewed after some of them."""
    config = plan.config
    cluster = msgspec.structs.replace(config.settings.cluster, tasks_per_process=renewed_after)
    settings = msgspec.structs.replace(config.settings, cluster=cluster)
    plan = replace(plan, config=replace(config, settings=settings))
    units = [Unit(str(number), number, Part(())) for number in range(EMPTY_TASKS)]
    with mock.patch.object(on_ray, "extract_on_node", nothing):
        run(units[:200], plan)
        return [measured(lambda: run(units, plan)) for _ in range(rounds)]


def main(config_name: str, archives: str, matching: str, nodes: str, rounds: str) -> None:
    """Measure, and write the answer beside the configuration."""
    config = load_config(Path(config_name))
    target = str(config.root / "cluster-parts")
    settings = reading_settings(config)

    def units_at(place: str) -> list[Unit]:
        return list(units_of(enumerate(FileListing(config, [Path(place)]).all()), settings))

    folder = folder_at(target)
    folder.make()
    with on_ray.connected(ADDRESS), announced(folder) as token:
        plan = Plan(config, settings, target, token, dt.datetime.now(dt.UTC), elsewhere=True)
        wait_for(lambda: ray.available_resources().get("CPU") == int(nodes))
        found: dict[str, object] = {"rounds": list(rounds_of(units_at(archives), plan, int(nodes), int(rounds)))}
        found["peak"] = peak_of_workers()
        run(units_at(matching), plan)
        found["peak where every page matches"] = peak_of_workers()
        found["empty tasks"] = EMPTY_TASKS
        found["empty"] = empty_tasks(plan, NEVER, int(rounds))
        found["empty, renewed"] = empty_tasks(plan, PROCESS_TASKS, int(rounds))
    (config.root / ANSWER).write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
